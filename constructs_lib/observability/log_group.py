"""Encrypted log groups with a retention."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct


class LogGroup(Construct):
    """A log group under a customer key.

    `retention_days` is one of the values CloudWatch Logs accepts (1, 3, 5, 7, 14, 30, ... 3653).
    With `protected`, Terraform refuses to destroy it: for logs kept as evidence.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        retention_days: int,
        kms_key_arn: str,
        protected: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.group = CloudwatchLogGroup(
            self,
            "group",
            name=name,
            retention_in_days=retention_days,
            kms_key_id=kms_key_arn,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        self.name: str = self.group.name
        self.arn: str = self.group.arn
