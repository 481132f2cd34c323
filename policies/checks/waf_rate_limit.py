"""Each question to a model costs money (OWASP LLM10), so the requests of one address need a limit."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_MOST = 20_000


class WafRateLimit(Rule):
    check_id = "CKV_SITECHAT_53"
    title = "A web ACL must limit the requests of one address"
    fix = f"add a rule with a rate_based_statement of at most {_MOST} requests"
    resources = ("aws_wafv2_web_acl",)
    attributes = ("rule/statement/rate_based_statement/limit",)

    def broken(self, conf: Conf) -> bool:
        limits = [
            int(value(rate, "limit", 0))
            for rule in nested_blocks(conf, "rule")
            for statement in nested_blocks(rule, "statement")
            for rate in nested_blocks(statement, "rate_based_statement")
        ]
        return not any(0 < limit <= _MOST for limit in limits)


check = WafRateLimit()
