"""Long questions cost more than many short ones (OWASP LLM10), and WAF inspects only the beginning of a body."""

from __future__ import annotations

from collections.abc import Iterator

from policies.rule import Conf, Rule, nested_blocks

_SIZE = "size_constraint_statement"


class WafBodyLimit(Rule):
    check_id = "CKV_SITECHAT_58"
    title = "A web ACL must limit the size of bodies"
    fix = "add a rule with a size_constraint_statement on the body that blocks"
    resources = ("aws_wafv2_web_acl",)
    attributes = (
        f"rule/statement/{_SIZE}",
        f"rule/statement/and_statement/statement/{_SIZE}",
        f"rule/statement/or_statement/statement/and_statement/statement/{_SIZE}",
    )

    def broken(self, conf: Conf) -> bool:
        stated = (each for rule in nested_blocks(conf, "rule") for each in _stated(rule))
        return not any(nested_blocks(each, _SIZE) for each in stated)


def _stated(outer: Conf) -> Iterator[Conf]:
    """Statements of a rule, with those nested in `and` and `or`."""
    for each in nested_blocks(outer, "statement"):
        yield each
        for join in ("and_statement", "or_statement"):
            for inner in nested_blocks(each, join):
                yield from _stated(inner)


check = WafBodyLimit()
