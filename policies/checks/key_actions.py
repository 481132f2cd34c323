"""A key policy's patterns (kms:ReEncrypt*) are AWS's own words; everything of a key is for who administers it."""

from __future__ import annotations

from policies.rule import Conf, Rule, listed, statements, value


class KeyActions(Rule):
    check_id = "CKV_SITECHAT_57"
    title = "A key policy must give all of the key to the account alone"
    fix = "list what the service or role does with the key: kms:Decrypt, kms:GenerateDataKey*, ..."
    resources = ("aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key")
    attributes = ("policy/Statement/Action",)

    def broken(self, conf: Conf) -> bool:
        return any(_all_of_it(each) and not _to_account(each) for each in statements(value(conf, "policy")))


def _all_of_it(statement: Conf) -> bool:
    actions = {str(action) for action in listed(statement.get("Action"))}
    return statement.get("Effect") == "Allow" and bool(actions & {"*", "kms:*"})


def _to_account(statement: Conf) -> bool:
    """What goes to an account's root is shared out by that account's own IAM policies."""
    principal = statement.get("Principal")
    named = listed(principal.get("AWS")) if isinstance(principal, dict) and set(principal) == {"AWS"} else []
    return bool(named) and all(str(each).endswith(":root") for each in named)


check = KeyActions()
