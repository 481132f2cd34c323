"""The backend layer: bucket, lock table and key of the states of every other layer."""

from __future__ import annotations

from cdktf import S3Backend, TerraformOutput, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from config import Environment
from constructs_lib.identity.policy import Statement
from constructs_lib.security.key import LONGEST_DELETION_WINDOW_DAYS, CustomerKey
from constructs_lib.storage.bucket import Bucket
from constructs_lib.storage.log_buckets import server_access_writer

LAYER = "backend"
# S3 and DynamoDB ask for the item key of Terraform's S3 backend by this name.
LOCK_KEY = "LockID"
# Prefix of published bundles until they are applied. They hold values in clear, and are valid for a day.
BUNDLES = "bundles"
BUNDLE_DAYS = 1


class BackendStack(TerraformStack):
    """State bucket with its access log, lock table and key, for all environments of a project, account and region."""

    def __init__(self, scope: Construct, id_: str, env: Environment) -> None:
        super().__init__(scope, id_)
        self._env = env
        self._place = env.place
        self._provider()
        self._remote_state()
        self._key = self._state_key()
        self._bucket = self._state_bucket(self._log_bucket())
        self._table = self._lock_table()
        TerraformOutput(self, "bucket", value=self._bucket.name)
        TerraformOutput(self, "lock_table", value=self._table.name)
        TerraformOutput(self, "key_arn", value=self._key.arn)

    def _provider(self) -> None:
        env = self._env
        # No environment tag: dev and staging of one account share this backend, and would take it from each other.
        tags = {"Project": env.project, "Layer": LAYER, "ManagedBy": "terraform"}
        AwsProvider(
            self,
            "aws",
            region=env.region,
            allowed_account_ids=[env.account_id],
            default_tags=[AwsProviderDefaultTags(tags=tags)],
            max_retries=env.provider.max_retries,
            s3_use_path_style=env.provider.s3_path_style or None,
        )

    def _remote_state(self) -> None:
        env, state = self._env, self._env.state_backend
        S3Backend(
            self,
            bucket=state.bucket,
            # "state" can't be the name of an environment, so this key belongs to no other layer.
            key=f"{env.project}/state/{env.region}/{LAYER}.tfstate",
            region=state.region,
            encrypt=True,
            kms_key_id=self._place.arn("kms", state.key_alias, region=state.region),
            use_path_style=env.provider.s3_path_style or None,
        )
        # The lock file alone: the table is one of the things this layer mends, and may be what is missing.
        self.add_override("terraform.backend.s3.use_lockfile", True)

    def _state_key(self) -> CustomerKey:
        env = self._env
        return CustomerKey(
            self,
            "key",
            alias=env.state_backend.key_alias.removeprefix("alias/"),
            description=f"Terraform state of {env.project}",
            place=self._place,
            protected=env.protection,
            # States of other environments are under this key too, whatever the protection of this one.
            deletion_window_days=LONGEST_DELETION_WINDOW_DAYS,
        )

    def _log_bucket(self) -> Bucket:
        env = self._env
        name = f"{env.project}-state-logs-{env.account_id}-{env.region}"
        return Bucket(
            self,
            "logs",
            name=name,
            place=self._place,
            kms_key_arn=None,  # S3 server access logs support S3-managed keys only
            expire_days=env.logs.audit_retention_days,
            protected=env.protection,
            statements=(server_access_writer(name, self._place),),
        )

    def _state_bucket(self, logs: Bucket) -> Bucket:
        return Bucket(
            self,
            "state",
            name=self._env.state_backend.bucket,
            place=self._place,
            kms_key_arn=self._key.arn,
            noncurrent_days=self._env.state.noncurrent_days,
            expire_prefixes={BUNDLES: BUNDLE_DAYS},
            access_logs_bucket=logs.name,
            protected=self._env.protection,
            statements=(self._deny_other_encryption(),),
        )

    def _deny_other_encryption(self) -> Statement:
        """Refuse a write that asks for other encryption; one that asks for none gets the bucket's key."""
        header = "s3:x-amz-server-side-encryption"
        return Statement(
            sid="DenyOtherEncryption",
            effect="Deny",
            actions=("s3:PutObject",),
            resources=(self._place.bucket_arn(f"{self._env.state_backend.bucket}/*"),),
            principals={"AWS": ("*",)},
            conditions=(("Null", header, ("false",)), ("StringNotEquals", header, ("aws:kms",))),
        )

    def _lock_table(self) -> DynamodbTable:
        protected = self._env.protection
        return DynamodbTable(
            self,
            "lock",
            name=self._env.state_backend.table,
            billing_mode="PAY_PER_REQUEST",
            hash_key=LOCK_KEY,
            attribute=[DynamodbTableAttribute(name=LOCK_KEY, type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=self._key.arn),
            deletion_protection_enabled=protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
