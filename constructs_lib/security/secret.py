"""Secrets that hold no value in code, state or plan."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from constructs import Construct


class Secret(Construct):
    """An empty secret under a customer key; its value is set out of band, by `sitechat secret set`.

    `recovery_window_days` is 7 to 30, or 0 to delete at once (Secrets Manager DeleteSecret).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        kms_key_arn: str,
        recovery_window_days: int = 30,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.secret = SecretsmanagerSecret(
            self,
            "secret",
            name=name,
            description=description,
            kms_key_id=kms_key_arn,
            recovery_window_in_days=recovery_window_days,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        self.arn: str = self.secret.arn
