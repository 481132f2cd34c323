"""Sign-ins and IAM calls are global service events; a trail also needs a role to deliver to its log group."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class TrailComplete(Rule):
    check_id = "CKV_SITECHAT_29"
    title = "A trail must record global services and reach its log group"
    fix = "leave include_global_service_events on and set cloud_watch_logs_role_arn"
    resources = ("aws_cloudtrail",)
    attributes = ("include_global_service_events", "cloud_watch_logs_role_arn")

    def broken(self, conf: Conf) -> bool:
        without = value(conf, "include_global_service_events", True) in (False, "false")
        return without or not value(conf, "cloud_watch_logs_role_arn")


check = TrailComplete()
