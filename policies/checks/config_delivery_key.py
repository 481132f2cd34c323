"""AWS Config stores every setting of the account; checkov has no rule for the key of its delivery."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class ConfigDeliveryKey(Rule):
    check_id = "CKV_SITECHAT_30"
    title = "AWS Config must deliver under a customer key"
    fix = "set s3_kms_key_arn to the key of the audit buckets"
    resources = ("aws_config_delivery_channel",)
    attributes = ("s3_kms_key_arn",)

    def broken(self, conf: Conf) -> bool:
        return not value(conf, "s3_kms_key_arn")


check = ConfigDeliveryKey()
