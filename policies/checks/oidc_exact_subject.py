"""Roles assumed by OIDC must name one repository and environment; a pattern admits other branches or repositories."""

from __future__ import annotations

from policies.rule import Conf, Rule, statements, value
from terraform_json.blocks import listed


class OidcExactSubject(Rule):
    check_id = "CKV_SITECHAT_8"
    title = "An OIDC trust must compare aud and sub exactly"
    fix = 'use StringEquals on ":aud" and ":sub", without wildcards'
    resources = ("aws_iam_role",)
    attributes = ("assume_role_policy/Statement/Condition",)

    def broken(self, conf: Conf) -> bool:
        trusted = statements(value(conf, "assume_role_policy"))
        return any(_loose(each) for each in trusted if "sts:AssumeRoleWithWebIdentity" in listed(each.get("Action")))


def _loose(statement: Conf) -> bool:
    exact = (statement.get("Condition") or {}).get("StringEquals") or {}
    for claim in (":aud", ":sub"):
        values = [item for key, found in exact.items() if key.endswith(claim) for item in listed(found)]
        if not values or any("*" in str(item) for item in values):
            return True
    return False


check = OidcExactSubject()
