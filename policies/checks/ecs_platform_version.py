"""CKV_AWS_332 checks services with a launch type only; those with capacity providers have none."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class EcsPlatformVersion(Rule):
    check_id = "CKV_SITECHAT_35"
    title = "A service must run on the latest Fargate platform"
    fix = 'set platform_version to "LATEST" or leave it out'
    resources = ("aws_ecs_service",)
    attributes = ("platform_version",)

    def broken(self, conf: Conf) -> bool:
        return str(value(conf, "platform_version", "LATEST"))[:1].isdigit()


check = EcsPlatformVersion()
