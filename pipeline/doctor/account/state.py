"""The remote state: whether bucket and table exist, are protected as bootstrap does it, and are locked."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import SitechatError, lock_holder

BUCKET, TABLE, LOCKS = "state bucket", "lock table", "state locks"
NO_BUCKET = ("404", "NoSuchBucket", "NotFound")


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose state bucket, lock table and locks; versions of the bucket are the backup of a lost or damaged state."""
    state, env_ref = account.env.state_backend, account.session.env_ref
    mend = f"`sitechat bootstrap --env {env_ref}` mends it."
    owner = account.env.account_id
    if account.find("s3", "head_bucket", *NO_BUCKET, Bucket=state.bucket, ExpectedBucketOwner=owner) is None:
        yield Diagnosis(BUCKET, "yellow", f"{state.bucket} does not exist yet", f"`sitechat bootstrap --env {env_ref}`")
        return
    wrong = list(_wrong(account, state.bucket))
    detail = f"{state.bucket}: {', '.join(wrong)}" if wrong else state.bucket
    yield Diagnosis(BUCKET, "red" if wrong else "green", detail, mend if wrong else "")
    if account.env.state.lock != "s3":
        yield _table(account, state.table, mend)
    yield _locks(account)


def _wrong(account: Account, bucket: str) -> Iterator[str]:
    if account.ask("s3", "get_bucket_versioning", Bucket=bucket).get("Status") != "Enabled":
        yield "old versions are not kept"
    no_encryption = "ServerSideEncryptionConfigurationNotFoundError"
    encryption = account.find("s3", "get_bucket_encryption", no_encryption, Bucket=bucket) or {}
    rules = encryption.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    if not any(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms" for rule in rules):
        yield "not encrypted with the customer key"
    block = account.find("s3", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration", Bucket=bucket) or {}
    blocked = block.get("PublicAccessBlockConfiguration", {})
    if not (blocked and all(blocked.values())):
        yield "public access is not blocked"


def _table(account: Account, table: str, mend: str) -> Diagnosis:
    found = account.find("dynamodb", "describe_table", "ResourceNotFoundException", TableName=table)
    if found is None:
        return Diagnosis(TABLE, "red", f"{table} does not exist", mend)
    status = found["Table"]["TableStatus"]
    if status != "ACTIVE":
        return Diagnosis(TABLE, "yellow", f"{table} is {status}", "Wait until it is ACTIVE.")
    return Diagnosis(TABLE, "green", table)


def _locks(account: Account) -> Diagnosis:
    from pipeline.recovery.locks import find_locks

    try:
        locks = find_locks(account.session)
    except SitechatError as error:
        return Diagnosis(LOCKS, "yellow", f"could not be looked at: {error.message}")
    if not locks:
        return Diagnosis(LOCKS, "green", "none is held")
    held = ", ".join(f"{lock.layer} by {lock_holder(lock.who, lock.operation, lock.created)}" for lock in locks)
    fix = f"Wait for them; if they are gone: `sitechat recover --env {account.session.env_ref}`."
    return Diagnosis(LOCKS, "yellow", held, fix)
