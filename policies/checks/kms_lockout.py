"""Key policies can lock out everybody who could change them; AWS checks for that unless the check is bypassed."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class KmsLockout(Rule):
    check_id = "CKV_SITECHAT_39"
    title = "A key's policy must not lock out those who administer it"
    fix = "remove bypass_policy_lockout_safety_check"
    resources = ("aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key")
    attributes = ("bypass_policy_lockout_safety_check",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "bypass_policy_lockout_safety_check") in (True, "true")


check = KmsLockout()
