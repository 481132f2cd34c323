"""Roles assumed by OIDC must name one repository and environment; a pattern admits other branches or repositories."""

from __future__ import annotations

from policies.rule import Conf, Rule, statements, value
from policies.subjects import GITHUB, loose_audience, loose_subject
from terraform_json.blocks import listed


class OidcExactSubject(Rule):
    check_id = "CKV_SITECHAT_8"
    title = "An OIDC trust must compare aud and sub exactly"
    fix = (
        'use StringEquals on ":aud" and ":sub", without wildcards; '
        "GitHub's default subjects only, all with ids or all without"
    )
    resources = ("aws_iam_role",)
    attributes = ("assume_role_policy/Statement/Condition",)

    def broken(self, conf: Conf) -> bool:
        trusted = statements(value(conf, "assume_role_policy"))
        return any(_loose(each) for each in trusted if "sts:AssumeRoleWithWebIdentity" in listed(each.get("Action")))


def _loose(statement: Conf) -> bool:
    exact = (statement.get("Condition") or {}).get("StringEquals") or {}
    accepted = {
        claim: [str(item) for key, found in exact.items() if key.endswith(claim) for item in listed(found)]
        for claim in (":aud", ":sub")
    }
    github = any(key == f"{GITHUB}:sub" for key in exact)
    return bool(loose_audience(accepted[":aud"]) or loose_subject(accepted[":sub"], github=github))


check = OidcExactSubject()
