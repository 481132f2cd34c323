"""CKV2_AWS_52 checks fine-grained access control only; password users or anonymous access undo it."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_OFF = (False, "false", None)


class OpenSearchUsers(Rule):
    check_id = "CKV_SITECHAT_17"
    title = "A search domain must know its users from IAM alone, its master too, and name them in its policy"
    fix = "turn internal_user_database_enabled and anonymous_auth_enabled off, set master_user_arn and access_policies"
    resources = ("aws_opensearch_domain",)
    attributes = (
        "access_policies",
        "advanced_security_options/anonymous_auth_enabled",
        "advanced_security_options/internal_user_database_enabled",
        "advanced_security_options/master_user_options/master_user_arn",
    )

    def broken(self, conf: Conf) -> bool:
        options = nested_blocks(conf, "advanced_security_options")
        masters = [each for option in options for each in nested_blocks(option, "master_user_options")]
        weak = [
            value(option, key)
            for option in options
            for key in ("anonymous_auth_enabled", "internal_user_database_enabled")
        ]
        named = value(conf, "access_policies") and any(value(each, "master_user_arn") for each in masters)
        return not named or any(each not in _OFF for each in weak)


check = OpenSearchUsers()
