"""FSBP WAF.12: metrics and samples show what a rule blocks or misses; checkov has no rule for them."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_SWITCHES = ("cloudwatch_metrics_enabled", "sampled_requests_enabled")


class WafVisibility(Rule):
    check_id = "CKV_SITECHAT_18"
    title = "A web ACL and each of its rules must show metrics and sampled requests"
    fix = "set cloudwatch_metrics_enabled and sampled_requests_enabled in visibility_config"
    resources = ("aws_wafv2_web_acl",)
    attributes = tuple(f"{part}visibility_config/{switch}" for part in ("", "rule/") for switch in _SWITCHES)

    def broken(self, conf: Conf) -> bool:
        return any(not _visible(part) for part in (conf, *nested_blocks(conf, "rule")))


def _visible(part: Conf) -> bool:
    seen = nested_blocks(part, "visibility_config")
    return bool(seen) and all(value(each, switch) in (True, "true") for each in seen for switch in _SWITCHES)


check = WafVisibility()
