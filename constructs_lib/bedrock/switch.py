"""The switch that pauses the model: one object in a bucket of its own, which no Terraform resource is.

`sitechat bedrock pause` puts it there and `resume` takes it away; the application reads it before each question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from constructs import Construct

from config.place import Place
from config.switches import PAUSED
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import attach_policy
from constructs_lib.storage.bucket import Bucket
from policies.needs.need import Need


@dataclass(frozen=True)
class SwitchPlace:
    """Bucket and object of the switch by name: policies need them before they exist."""

    place: Place
    bucket_name: str

    @property
    def bucket_arn(self) -> str:
        return self.place.bucket_arn(self.bucket_name)

    @property
    def object_arn(self) -> str:
        return f"{self.bucket_arn}/{PAUSED}"

    def endpoint_statements(self, role_arn: str) -> tuple[Statement, ...]:
        """Statements of the S3 endpoint's policy; it takes no role as principal (gateway endpoints guide)."""
        whoever = {"AWS": ("*",)}
        role = ("ArnEquals", "aws:PrincipalArn", (role_arn,))
        return (
            Statement("ReadSwitch", ("s3:GetObject",), (self.object_arn,), whoever, (role,)),
            Statement("FindSwitch", ("s3:ListBucket",), (self.bucket_arn,), whoever, (role,)),
        )

    def read_statements(self, *, kms_key_arn: str) -> tuple[Statement, ...]:
        """Read the one object, and learn that it isn't there: else S3 answers 403 and not 404 (S3 API, GetObject)."""
        via = ("StringEquals", "kms:ViaService", (f"s3.{self.place.region}.amazonaws.com",))
        # A bucket with a key of its own names itself and not the object (S3 user guide, bucket keys).
        named = ("StringEquals", "kms:EncryptionContext:aws:s3:arn", (self.bucket_arn,))
        return (
            Statement("ReadSwitch", ("s3:GetObject",), (self.object_arn,)),
            Statement("FindSwitch", ("s3:ListBucket",), (self.bucket_arn,)),
            Statement("DecryptSwitch", ("kms:Decrypt",), (kms_key_arn,), conditions=(via, named)),
        )

    def write_statements(self, *, kms_key_arn: str) -> tuple[Statement, ...]:
        """Write the one object, unless it is there: a condition in the request needs no further right (PutObject)."""
        via = ("StringEquals", "kms:ViaService", (f"s3.{self.place.region}.amazonaws.com",))
        named = ("StringEquals", "kms:EncryptionContext:aws:s3:arn", (self.bucket_arn,))
        return (
            Statement("WriteSwitch", ("s3:PutObject",), (self.object_arn,)),
            Statement("EncryptSwitch", ("kms:Decrypt", "kms:GenerateDataKey"), (kms_key_arn,), conditions=(via, named)),
        )

    def write_needs(self, role_arn: str) -> tuple[Need, ...]:
        """Requests of a role that pauses the model, from outside the VPC."""
        return (Need(role_arn, ("s3:PutObject",), self.object_arn, "model-stop"),)

    def read_needs(self, role_arn: str) -> tuple[Need, ...]:
        """Requests of a role that reads the switch from within the VPC."""
        return (
            Need(role_arn, ("s3:GetObject",), self.object_arn, "application", in_vpc=True),
            Need(role_arn, ("s3:ListBucket",), self.bucket_arn, "missing-object", in_vpc=True),
        )


class ModelSwitch(Construct):
    """A bucket for nothing but the switch, and one role's right to read it. Old objects are kept for 30 days."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        switch: SwitchPlace,
        role_name: str,
        kms_key_arn: str,
        access_logs_bucket: str,
        access_logs_ready: Sequence[ITerraformDependable],
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "switches",
            name=switch.bucket_name,
            place=switch.place,
            kms_key_arn=kms_key_arn,
            access_logs_bucket=access_logs_bucket,
            access_logs_ready=access_logs_ready,
            protected=protected,
        )
        attach_policy(
            self, "switch_access", role_name=role_name, statements=switch.read_statements(kms_key_arn=kms_key_arn)
        )
        declare(self, *switch.read_needs(switch.place.role_arn(role_name)))
