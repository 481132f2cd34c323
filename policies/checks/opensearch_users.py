"""CKV2_AWS_52 asks for fine-grained access alone; a user database with passwords or anonymous access undoes it."""

from policies.rule import Conf, Rule, blocks, value

_OFF = (False, "false", None)


class OpenSearchUsers(Rule):
    check_id = "CKV_SITECHAT_17"
    title = "A search domain must know its users from IAM alone, and name them in its policy"
    fix = "turn internal_user_database_enabled and anonymous_auth_enabled off, and set access_policies"
    resources = ("aws_opensearch_domain",)
    attributes = (
        "access_policies",
        "advanced_security_options/anonymous_auth_enabled",
        "advanced_security_options/internal_user_database_enabled",
    )

    def broken(self, conf: Conf) -> bool:
        weak = [
            value(options, key)
            for options in blocks(conf, "advanced_security_options")
            for key in ("anonymous_auth_enabled", "internal_user_database_enabled")
        ]
        return not value(conf, "access_policies") or any(each not in _OFF for each in weak)


check = OpenSearchUsers()
