"""Settings of the whole account that are safe to have and off in a new one."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.ebs_encryption_by_default import EbsEncryptionByDefault
from cdktf_cdktf_provider_aws.iam_account_password_policy import IamAccountPasswordPolicy
from cdktf_cdktf_provider_aws.s3_account_public_access_block import S3AccountPublicAccessBlock
from constructs import Construct

# CIS 1.8 and 1.9; the age is what auditors of FSBP ask for. They are for users without single sign-on.
MINIMUM_LENGTH, REMEMBERED, MAX_AGE_DAYS = 14, 24, 90


class AccountSettings(Construct):
    """Password policy, no public bucket in the account, and encryption of new disks (in this region), all free.

    Each setting exists once in an account: creating it here sets it, destroying it goes back to AWS's default.
    """

    def __init__(self, scope: Construct, id_: str, *, account_id: str) -> None:
        super().__init__(scope, id_)
        IamAccountPasswordPolicy(
            self,
            "passwords",
            minimum_password_length=MINIMUM_LENGTH,
            password_reuse_prevention=REMEMBERED,
            max_password_age=MAX_AGE_DAYS,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
        )
        S3AccountPublicAccessBlock(
            self,
            "buckets",
            account_id=account_id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        EbsEncryptionByDefault(self, "disks", enabled=True)
