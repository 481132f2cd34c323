"""Public origins can be called past CloudFront and its web ACL; checkov checks access control of buckets only."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class CloudFrontPrivateOrigin(Rule):
    check_id = "CKV_SITECHAT_55"
    title = "CloudFront must reach its origin through a VPC origin"
    fix = "set vpc_origin_config, or origin_access_control_id for a bucket"
    resources = ("aws_cloudfront_distribution",)
    attributes = ("origin/vpc_origin_config", "origin/origin_access_control_id")

    def broken(self, conf: Conf) -> bool:
        return any(
            not nested_blocks(origin, "vpc_origin_config") and not value(origin, "origin_access_control_id")
            for origin in nested_blocks(conf, "origin")
        )


check = CloudFrontPrivateOrigin()
