"""Origin access controls that don't sign can't read a private bucket, which tempts people to make it public."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class CloudFrontSigns(Rule):
    check_id = "CKV_SITECHAT_68"
    title = "CloudFront must sign every request to an origin with access control"
    fix = 'set signing_behavior = "always" and signing_protocol = "sigv4"'
    resources = ("aws_cloudfront_origin_access_control",)
    attributes = ("signing_behavior", "signing_protocol")

    def broken(self, conf: Conf) -> bool:
        return (value(conf, "signing_behavior"), value(conf, "signing_protocol")) != ("always", "sigv4")


check = CloudFrontSigns()
