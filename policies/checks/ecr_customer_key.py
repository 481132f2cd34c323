"""CKV_AWS_136 accepts the key that AWS manages, whose policy can't be changed."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class EcrCustomerKey(Rule):
    check_id = "CKV_SITECHAT_15"
    title = "A repository must be encrypted with a customer key"
    fix = "set encryption_configuration.kms_key to the key of the region"
    resources = ("aws_ecr_repository",)
    attributes = ("encryption_configuration/kms_key",)

    def broken(self, conf: Conf) -> bool:
        return not any(value(block, "kms_key") for block in nested_blocks(conf, "encryption_configuration"))


check = EcrCustomerKey()
