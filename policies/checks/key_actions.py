"""Key policies may use AWS's patterns (kms:ReEncrypt*); kms:* is for the account that administers the key."""

from __future__ import annotations

from policies.rule import Conf, Rule, statements, value
from terraform_json.blocks import listed


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
    """Whether only accounts (`:root`) are named; their own IAM policies then decide who may use the key."""
    principal = statement.get("Principal")
    named = listed(principal.get("AWS")) if isinstance(principal, dict) and set(principal) == {"AWS"} else []
    return bool(named) and all(str(each).endswith(":root") for each in named)


check = KeyActions()
