"""CKV_AWS_310 asks for two origins; this rule checks when the second one is used, and that it can answer."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed

_FAILURES = frozenset({502, 503, 504})
# Refusals and missing pages are answers of the service; failing over would turn them into a page with status 200.
_ANSWERS = frozenset({403, 404})
# AWS's managed origin request policies that send the visitor's Host header, which names no bucket: S3 answers 403.
_SEND_HOST = frozenset(
    {
        "216adef6-5c7f-47e4-b989-5492eafa07d3",  # AllViewer
        "33f36d7e-f396-46d9-90e0-52428a34d9dc",  # AllViewerAndCloudFrontHeaders-2022-06
        "bf0718e1-ba1e-49d1-88b1-f726733018ae",  # HostHeaderOnly
    }
)
_BEHAVIOURS = ("default_cache_behavior", "ordered_cache_behavior")


class CloudFrontFailover(Rule):
    check_id = "CKV_SITECHAT_67"
    title = "A fallback must answer when the service is down, and only then"
    fix = "fail over on 502, 503 and 504, not on 403 or 404; where the fallback is a bucket, send it no Host header"
    resources = ("aws_cloudfront_distribution",)
    attributes = (
        "origin_group/failover_criteria/status_codes",
        *(f"{behaviour}/origin_request_policy_id" for behaviour in _BEHAVIOURS),
    )

    def broken(self, conf: Conf) -> bool:
        groups = nested_blocks(conf, "origin_group")
        return any(not _on_failures(group) for group in groups) or any(
            value(behaviour, "origin_request_policy_id") in _SEND_HOST
            for name in _BEHAVIOURS
            for behaviour in nested_blocks(conf, name)
            if value(behaviour, "target_origin_id") in _with_bucket(conf, groups)
        )


def _on_failures(group: Conf) -> bool:
    codes = {
        int(code)
        for criteria in nested_blocks(group, "failover_criteria")
        for given in listed(criteria.get("status_codes"))
        for code in listed(given)
    }
    return codes >= _FAILURES and not codes & _ANSWERS


def _with_bucket(conf: Conf, groups: list[Conf]) -> set[str]:
    """Ids of the origin groups with a bucket among their members, which is known by its origin access control."""
    buckets = {
        value(origin, "origin_id")
        for origin in nested_blocks(conf, "origin")
        if value(origin, "origin_access_control_id")
    }
    return {
        value(group, "origin_id")
        for group in groups
        if any(value(member, "origin_id") in buckets for member in nested_blocks(group, "member"))
    }


check = CloudFrontFailover()
