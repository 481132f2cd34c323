"""CKV_AWS_145 accepts `aws:kms` without a key: then AWS manages the key, and nobody here can revoke it."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_DEFAULT = "apply_server_side_encryption_by_default"


class S3CustomerKey(Rule):
    check_id = "CKV_SITECHAT_48"
    title = "A bucket encrypted with KMS must name its customer key"
    fix = "set kms_master_key_id to the key of the region"
    resources = ("aws_s3_bucket_server_side_encryption_configuration",)
    attributes = (f"rule/{_DEFAULT}/kms_master_key_id",)

    def broken(self, conf: Conf) -> bool:
        defaults = [each for rule in nested_blocks(conf, "rule") for each in nested_blocks(rule, _DEFAULT)]
        with_kms = [each for each in defaults if str(value(each, "sse_algorithm")).startswith("aws:kms")]
        return any(not value(each, "kms_master_key_id") for each in with_kms)


check = S3CustomerKey()
