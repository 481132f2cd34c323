"""Code signing: the profile that signs functions' packages, their bucket, and Lambda's trust in that profile alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lambda_code_signing_config import (
    LambdaCodeSigningConfig,
    LambdaCodeSigningConfigAllowedPublishers,
    LambdaCodeSigningConfigPolicies,
)
from cdktf_cdktf_provider_aws.signer_signing_profile import SignerSigningProfile
from constructs import Construct

from config.place import Place
from constructs_lib.storage.bucket import Bucket

PLATFORM = "AWSLambda-SHA384-ECDSA"


@dataclass(frozen=True)
class Signer:
    """Names of what signs a package, perhaps in another layer; `before_objects` is what its bucket waits for."""

    bucket_name: str
    profile_name: str
    config_arn: str
    before_objects: Sequence[ITerraformDependable] = ()


class PackageSigning(Construct):
    """A signing profile of AWS Signer, a configuration that trusts it alone, and a bucket for what it signs.

    Signing and checking are free ("Using code signing to verify code integrity", Lambda guide). A profile can only be
    cancelled, and its name never comes back, so `profile_prefix` is where names begin: 38 letters, digits and
    underscores at most. Signed packages are never expired: a function that has to be built anew needs its own again.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        profile_prefix: str,
        bucket_name: str,
        place: Place,
        kms_key_arn: str,
        access_logs_bucket: str,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "bucket",
            name=bucket_name,
            place=place,
            kms_key_arn=kms_key_arn,
            access_logs_bucket=access_logs_bucket,
            protected=protected,
        )
        profile = SignerSigningProfile(
            self,
            "profile",
            name_prefix=profile_prefix,
            platform_id=PLATFORM,
            # A new profile signs and is trusted before the old one is cancelled.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.signer = Signer(
            bucket_name=self.bucket.name,
            profile_name=profile.name,
            config_arn=self._trust(profile).arn,
            before_objects=self.bucket.before_objects,
        )

    def _trust(self, profile: SignerSigningProfile) -> LambdaCodeSigningConfig:
        publishers = LambdaCodeSigningConfigAllowedPublishers(signing_profile_version_arns=[profile.version_arn])
        return LambdaCodeSigningConfig(
            self,
            "config",
            description="Only what the environment's own profile has signed",
            allowed_publishers=publishers,
            policies=LambdaCodeSigningConfigPolicies(untrusted_artifact_on_deployment="Enforce"),
        )
