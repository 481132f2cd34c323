"""S3 buckets that are private, encrypted, TLS-only and tidy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_notification import S3BucketNotification
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, policy_document


class Bucket(Construct):
    """A versioned bucket, closed to the public and to clear-text connections.

    What is put into it within the same apply waits for `before_objects`, so that it is versioned and encrypted. S3
    answers two changes of one bucket at a time with OperationAborted, so those of who may do what come one by one.
    Policies name it by `named_arn`, which refers to nothing; `arn` makes what reads it wait for the bucket.

    Args:
        kms_key_arn: customer key, or None for S3's own keys where the writer supports nothing else (ALB and S3 access
            logs, Elastic Load Balancing user guide).
        expire_days: objects older than this are deleted; None keeps them.
        expire_prefixes: days by prefix of object keys, for what is deleted sooner than the rest, old versions included.
        noncurrent_days: how long replaced or deleted versions are kept.
        access_logs_bucket: bucket that receives server access logs, None on the log bucket itself.
        access_logs_ready: what lets S3 write them, where the same layer builds it: the other bucket's policy.
        statements: further bucket policy statements; None leaves the policy to `attach_policy`, for what is built after
            the bucket.
        protected: Terraform refuses to destroy the bucket; without it the bucket goes with its objects.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        place: Place,
        kms_key_arn: str | None,
        expire_days: int | None = None,
        expire_prefixes: Mapping[str, int] | None = None,
        noncurrent_days: int = 30,
        access_logs_bucket: str | None = None,
        access_logs_ready: Sequence[ITerraformDependable] = (),
        statements: Sequence[Statement] | None = (),
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = self._bucket(name, protected=protected)
        self.name: str = self.bucket.bucket
        self.arn: str = self.bucket.arn
        self.named_arn = place.bucket_arn(name)
        self._closed = self._close_to_public()
        encryption = self._encrypt(kms_key_arn)
        versioning = self._version_and_expire(
            _expiry("tidy", "", expire_days, noncurrent_days),
            *(_expiry(f"tidy-{prefix}", f"{prefix}/", days, days) for prefix, days in (expire_prefixes or {}).items()),
        )
        self.before_objects: Sequence[ITerraformDependable] = (encryption, versioning)
        if statements is not None:
            self.attach_policy(*statements)
        # EventBridge costs nothing until a rule listens, and adding it later would touch every bucket again.
        S3BucketNotification(self, "events", bucket=self.name, eventbridge=True)
        if access_logs_bucket:
            self._log_access(access_logs_bucket, prefix=f"{name}/", ready=access_logs_ready)

    def _bucket(self, name: str, *, protected: bool) -> S3Bucket:
        return S3Bucket(
            self,
            "bucket",
            bucket=name,
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )

    def _close_to_public(self) -> S3BucketOwnershipControls:
        block = S3BucketPublicAccessBlock(
            self,
            "public_access",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        return S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=self.name,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
            depends_on=[block],
        )

    def _encrypt(self, kms_key_arn: str | None) -> S3BucketServerSideEncryptionConfigurationA:
        default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="aws:kms" if kms_key_arn else "AES256", kms_master_key_id=kms_key_arn
        )
        return S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=self.name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=default, bucket_key_enabled=kms_key_arn is not None
                )
            ],
        )

    def _version_and_expire(self, *rules: S3BucketLifecycleConfigurationRule) -> S3BucketVersioningA:
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=self.name,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "expiry",
            bucket=self.name,
            rule=list(rules),
            # Rules for old versions are refused on a bucket that isn't versioned yet.
            depends_on=[versioning],
        )
        return versioning

    def _log_access(self, target_bucket: str, *, prefix: str, ready: Sequence[ITerraformDependable]) -> None:
        S3BucketLoggingA(
            self,
            "access_logs",
            bucket=self.name,
            target_bucket=target_bucket,
            target_prefix=prefix,
            # What S3 may not write yet is lost without a word.
            depends_on=list(ready) or None,
        )

    def attach_policy(self, *statements: Statement) -> None:
        """Attach the bucket's one policy: a denial of clear text, and these statements."""
        deny = Statement(
            sid="DenyClearText",
            effect="Deny",
            actions=("s3:*",),
            resources=(self.named_arn, f"{self.named_arn}/*"),
            principals={"AWS": ("*",)},
            conditions=(("Bool", "aws:SecureTransport", ("false",)),),
        )
        self.policy = S3BucketPolicy(
            self,
            "policy",
            bucket=self.name,
            policy=policy_document(self, "policy_document", deny, *statements),
            depends_on=[self._closed],
        )


def _expiry(id_: str, prefix: str, days: int | None, noncurrent_days: int) -> S3BucketLifecycleConfigurationRule:
    """Delete what lies below `prefix` after `days` (None keeps it), old versions and abandoned uploads in any case."""
    return S3BucketLifecycleConfigurationRule(
        id=id_,
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=prefix)],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=days)] if days else None,
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=noncurrent_days)
        ],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
        ],
    )
