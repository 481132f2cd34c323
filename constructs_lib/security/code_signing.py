"""Code signing: the profile that signs functions' packages, their bucket, and Lambda's trust in that profile alone."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lambda_code_signing_config import (
    LambdaCodeSigningConfig,
    LambdaCodeSigningConfigAllowedPublishers,
    LambdaCodeSigningConfigPolicies,
)
from cdktf_cdktf_provider_aws.signer_signing_profile import SignerSigningProfile
from constructs import Construct

from constructs_lib.storage.bucket import Bucket

PLATFORM = "AWSLambda-SHA384-ECDSA"


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
        kms_key_arn: str,
        access_logs_bucket: str,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "bucket",
            name=bucket_name,
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
        self.profile_name: str = profile.name
        self.config_arn: str = self._trust(profile).arn

    def _trust(self, profile: SignerSigningProfile) -> LambdaCodeSigningConfig:
        publishers = LambdaCodeSigningConfigAllowedPublishers(signing_profile_version_arns=[profile.version_arn])
        return LambdaCodeSigningConfig(
            self,
            "config",
            description="Only what the environment's own profile has signed",
            allowed_publishers=publishers,
            policies=LambdaCodeSigningConfigPolicies(untrusted_artifact_on_deployment="Enforce"),
        )
