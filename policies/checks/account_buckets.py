"""FSBP S3.1: checkov checks each bucket, but not the public access block of the account."""

from __future__ import annotations

from policies.rule import Conf, Rule, value

_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


class AccountBuckets(Rule):
    check_id = "CKV_SITECHAT_62"
    title = "The account must block public access to every bucket, in all four ways"
    fix = "set block_public_acls, block_public_policy, ignore_public_acls and restrict_public_buckets"
    resources = ("aws_s3_account_public_access_block",)
    attributes = _BLOCKS

    def broken(self, conf: Conf) -> bool:
        return any(value(conf, block, True) in (False, "false") for block in _BLOCKS)


check = AccountBuckets()
