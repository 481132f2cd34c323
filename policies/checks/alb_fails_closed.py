"""Load balancers that fail open forward requests without a check while WAF is overloaded or down."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class AlbFailsClosed(Rule):
    check_id = "CKV_SITECHAT_43"
    title = "A load balancer must refuse requests that WAF could not look at"
    fix = "remove enable_waf_fail_open"
    resources = ("aws_lb",)
    attributes = ("enable_waf_fail_open",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "enable_waf_fail_open") in (True, "true")


check = AlbFailsClosed()
