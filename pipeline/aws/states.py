"""A layer's state, read from its S3 backend in one request and checked against the digest in the lock table.

The same check as Terraform's own backend makes: whatever is written there leaves the MD5 of the object in the table.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.aws.asking import NoAnswer, asked_for

# A state is written before its digest: between the two they disagree for a moment. Terraform's backend waits as long.
SETTLING_SECONDS = 10
PAUSE_SECONDS = 1
DIGEST_SUFFIX = "-md5"


def read_state(
    s3: Any,
    table: Any,
    backend: Mapping[str, Any],
    *,
    otherwise: Callable[[NoAnswer], Exception],
    mismatch: Callable[[str, str], Exception],
) -> dict[str, Any] | None:
    """State that the S3 backend settings `backend` lead to; None when nothing was ever written there.

    `s3` and `table` are boto3 clients of S3 and DynamoDB. Raises `mismatch(found, remembered)`, given both MD5s, when
    the object is not the one that the lock table remembers, and what `otherwise` makes of any other refusal.
    """
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        content = _object(s3, backend, otherwise)
        expected = _digest(table, backend, otherwise)
        found = "" if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()
        if expected in ("", found):
            return _parsed(content, mismatch(found, expected))
        if content is None or time.monotonic() >= deadline:
            raise mismatch(found, expected)
        time.sleep(PAUSE_SECONDS)


def _parsed(content: bytes | None, mismatch: Exception) -> dict[str, Any] | None:
    try:
        state = json.loads(content or b"{}")
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise mismatch
    return state if state.get("lineage") else None


def _object(s3: Any, backend: Mapping[str, Any], otherwise: Callable[[NoAnswer], Exception]) -> bytes | None:
    def download() -> bytes:
        return bytes(s3.get_object(Bucket=backend["bucket"], Key=backend["key"])["Body"].read())

    return asked_for(download, absent=("NoSuchKey",), otherwise=otherwise)


def _digest(table: Any, backend: Mapping[str, Any], otherwise: Callable[[NoAnswer], Exception]) -> str:
    """MD5 that the lock table remembers; empty without a table, or before the first state."""
    if not backend.get("dynamodb_table"):
        return ""
    return str(_row(table, backend, DIGEST_SUFFIX, otherwise).get("Digest", {}).get("S", ""))


def _row(
    table: Any, backend: Mapping[str, Any], suffix: str, otherwise: Callable[[NoAnswer], Exception]
) -> Mapping[str, Any]:
    """Row of the lock table for a state; empty where there is none, or no table."""
    answer = asked_for(
        table.get_item,
        absent=("ResourceNotFoundException",),
        otherwise=otherwise,
        TableName=backend["dynamodb_table"],
        Key={"LockID": {"S": f"{backend['bucket']}/{backend['key']}{suffix}"}},
        ConsistentRead=True,
    )
    return dict((answer or {}).get("Item", {}))


def read_lock(
    s3: Any, table: Any, backend: Mapping[str, Any], *, otherwise: Callable[[NoAnswer], Exception]
) -> dict[str, Any] | None:
    """Description of the lock that somebody holds on a state, as Terraform writes it; None when nobody does."""
    text = _table_lock(table, backend, otherwise) if backend.get("dynamodb_table") else None
    if text is None and backend.get("use_lockfile", not backend.get("dynamodb_table")):
        text = _lock_file(s3, backend, otherwise)
    if text is None:
        return None
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):
        return {}


def _table_lock(table: Any, backend: Mapping[str, Any], otherwise: Callable[[NoAnswer], Exception]) -> str | None:
    item = _row(table, backend, "", otherwise)
    return str(item["Info"].get("S", "")) if "Info" in item else None


def _lock_file(s3: Any, backend: Mapping[str, Any], otherwise: Callable[[NoAnswer], Exception]) -> str | None:
    content = _object(s3, {**backend, "key": f"{backend['key']}.tflock"}, otherwise)
    return None if content is None else content.decode(errors="replace")
