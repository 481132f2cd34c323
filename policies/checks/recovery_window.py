"""Recovery windows set how long a key or secret deleted by mistake can be restored."""

from __future__ import annotations

from policies.rule import Conf, Rule, destroy_refused, value

_LEAST_DAYS = {"recovery_window_in_days": 7, "deletion_window_in_days": 30}


class RecoveryWindow(Rule):
    check_id = "CKV_SITECHAT_32"
    title = "A protected key or secret must wait before it is deleted"
    fix = "set deletion_window_in_days of a key to 30, recovery_window_in_days of a secret to 7 or more"
    resources = ("aws_kms_key", "aws_secretsmanager_secret")
    attributes = tuple(_LEAST_DAYS)

    def broken(self, conf: Conf) -> bool:
        # Default of both: 30 days.
        return destroy_refused(conf) and any(int(value(conf, key, 30)) < least for key, least in _LEAST_DAYS.items())


check = RecoveryWindow()
