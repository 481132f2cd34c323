"""A public origin can be called past CloudFront and its firewall; checkov asks for access control of buckets alone."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, value


class CloudFrontPrivateOrigin(Rule):
    check_id = "CKV_SITECHAT_55"
    title = "CloudFront must reach its origin through a VPC origin"
    fix = "set vpc_origin_config, or origin_access_control_id for a bucket"
    resources = ("aws_cloudfront_distribution",)
    attributes = ("origin/vpc_origin_config", "origin/origin_access_control_id")

    def broken(self, conf: Conf) -> bool:
        return any(
            not blocks(origin, "vpc_origin_config") and not value(origin, "origin_access_control_id")
            for origin in blocks(conf, "origin")
        )


check = CloudFrontPrivateOrigin()
