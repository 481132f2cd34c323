"""Locks on the states of an environment: find them with their holders, release one by its id, and hold one.

A lock is released only while it still has the text that it was found with.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from pipeline.aws import asked, asked_for
from pipeline.errors import ExitCode, SitechatError, again, lock_holder
from pipeline.recovery.state_objects import (
    STATE,
    ErrorMapping,
    StateStore,
    layer_of,
    list_state_objects,
    recovery_errors,
    unasked_error,
)
from pipeline.session import Session

LOCK = ".tfstate.tflock"
LOCK_SUFFIX = ".tflock"
S3, TABLE = "S3", "DynamoDB"
# What AWS answers to a condition that doesn't hold.
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "ConditionalCheckFailedException", "412", "409")


@dataclass(frozen=True)
class Lock:
    """A held lock on one layer's state. `places` are where it is stored: S3, DynamoDB or both.

    `key` is the state's object key. `altered`: its text isn't what Terraform writes, and its id is made of that text.
    """

    layer: str
    id: str
    who: str
    operation: str
    created: str
    places: tuple[str, ...]
    key: str = ""
    altered: bool = False


def find_locks(session: Session, keys: Collection[str] | None = None) -> tuple[Lock, ...]:
    """Find the locks held on the states of this environment. `keys` of the state bucket save listing them again."""
    keys = list_state_objects(session) if keys is None else keys
    found = [
        parse_lock(key.removesuffix(LOCK_SUFFIX), S3, text)
        for key in keys
        if key.endswith(LOCK) and (text := _lock_file(session, key)) is not None
    ]
    if session.env.state.lock != "s3":
        found += [parse_lock(key, TABLE, text) for key, text in _table_locks(session)]
    return merge_locks(found)


def parse_lock(key: str, place: str, text: str) -> Lock:
    """Parse the JSON that Terraform writes into a lock. A lock that another program wrote gets an id of its text."""
    try:
        info = dict(json.loads(text))
    except (ValueError, TypeError):
        info = {}
    holder, who, operation, created = (str(info.get(each) or "") for each in ("ID", "Who", "Operation", "Created"))
    altered = not _can_be_typed(holder)
    if altered:
        holder = f"altered-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return Lock(layer_of(key), holder, who, operation, created, (place,), key, altered)


def _can_be_typed(text: str) -> bool:
    """Whether a text can be a lock's id: it has to be typed again as one word."""
    return bool(text) and all(each.isalnum() or each in "-_." for each in text) and not text.startswith("-")


def merge_locks(locks: Collection[Lock]) -> tuple[Lock, ...]:
    """Merge the locks that one run holds in two places into one."""
    found: dict[tuple[str, str], Lock] = {}
    for lock in locks:
        before = found.get((lock.key, lock.id))
        found[lock.key, lock.id] = replace(before, places=before.places + lock.places) if before else lock
    return tuple(found.values())


def unlock(session: Session, wanted: str) -> Lock:
    """Release the lock with the id `wanted`, wherever it is stored.

    Raises SitechatError: 2, listing the held locks, when there is none; 7 when another one took its place meanwhile.
    """
    locks = find_locks(session)
    lock = next((each for each in locks if each.id == wanted), None)
    if lock is None:
        known = f"Held: {', '.join(f'{each.id} ({each.layer})' for each in locks)}." if locks else "No lock is held."
        raise SitechatError(f"no lock {wanted!r} in {session.env.name}", hint=known, code=ExitCode.USAGE)
    for place in lock.places:
        _release(session, lock.key, place, lock.id)
    return lock


@contextmanager
def held_lock(session: Session, key: str) -> Iterator[None]:
    """Hold the lock of a state as Terraform does, in the same places. Raises SitechatError (7) when somebody has it."""
    store, place = StateStore.of(session), session.env.state_backend
    info = {
        "ID": str(uuid.uuid4()),
        "Operation": "OperationTypeRecover",
        "Info": "",
        "Who": f"{_user()}@{socket.gethostname()}",
        "Version": "",
        "Created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Path": f"{place.bucket}/{key}",
    }
    text = json.dumps(info)
    taken: list[str] = []
    how = session.env.state.lock
    try:
        if how != "dynamodb":
            put = partial(store.s3.put_object, Bucket=place.bucket, Key=f"{key}{LOCK_SUFFIX}", Body=text.encode())
            asked(partial(put, IfNoneMatch="*"), **_taken(session, key))
            taken.append(S3)
        if how != "s3":
            item = {"LockID": {"S": f"{place.bucket}/{key}"}, "Info": {"S": text}}
            row = partial(store.table.put_item, TableName=place.table, Item=item)
            asked(partial(row, ConditionExpression="attribute_not_exists(LockID)"), **_taken(session, key))
            taken.append(TABLE)
        yield
    finally:
        for each in taken:
            _release(session, key, each, info["ID"])


def locked_error(session: Session, layer: str) -> SitechatError:
    """The error for a state that somebody else holds."""
    return SitechatError(
        f"the state of {layer} is locked",
        hint=f"`{again('recover', session.env_ref)}` tells by whom. Release it only if nobody works there.",
        code=ExitCode.LOCKED,
    )


def lock_words(lock: Lock) -> str:
    """A lock in words: on what, where it is stored, and who holds it."""
    if lock.altered:
        return f"lock {lock.id} on {lock.layer}, in {' and '.join(lock.places)}: its text isn't one of Terraform's"
    holder = lock_holder(lock.who, lock.operation, lock.created)
    return f"lock {lock.id} on {lock.layer}, in {' and '.join(lock.places)}: {holder}"


def _taken(session: Session, key: str) -> ErrorMapping:
    errors = recovery_errors(session)
    known = {**errors["known"], **dict.fromkeys(TAKEN, locked_error(session, layer_of(key)))}
    return {"known": known, "otherwise": errors["otherwise"]}


def _release(session: Session, key: str, place: str, lock_id: str) -> None:
    """Delete a lock from one of its places, if it is still the same."""
    store, backend = StateStore.of(session), session.env.state_backend
    if place == S3:
        text = _lock_file(session, f"{key}{LOCK_SUFFIX}")
        if text is None:
            return
        if parse_lock(key, S3, text).id != lock_id:
            raise locked_error(session, layer_of(key))
        delete = partial(store.s3.delete_object, Bucket=backend.bucket, Key=f"{key}{LOCK_SUFFIX}")
        asked(delete, **recovery_errors(session))
        return
    text = next((text for found, text in _table_locks(session) if found == key), None)
    if text is None:
        return
    if parse_lock(key, TABLE, text).id != lock_id:
        raise locked_error(session, layer_of(key))
    row = {"LockID": {"S": f"{backend.bucket}/{key}"}}
    asked(
        partial(
            store.table.delete_item,
            TableName=backend.table,
            Key=row,
            # An altered row may hold anything; a whole one is deleted only while nobody else took it.
            **({} if lock_id.startswith("altered-") else _unchanged(text)),
        ),
        **_taken(session, key),
    )


def _unchanged(text: str) -> dict[str, object]:
    return {"ConditionExpression": "Info = :text", "ExpressionAttributeValues": {":text": {"S": text}}}


def _lock_file(session: Session, key: str) -> str | None:
    """Text of a lock file; None once it was released."""
    bucket, s3 = session.env.state_backend.bucket, session.client("s3")

    def download() -> bytes:
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    found = asked_for(download, absent=("NoSuchKey",), otherwise=unasked_error)
    return None if found is None else found.decode(errors="replace")


def _table_locks(session: Session) -> Iterator[tuple[str, str]]:
    """Keys of locked states and the text of their rows in the DynamoDB table. Rows of digests are no locks."""
    state = session.env.state_backend
    pages = session.client("dynamodb").get_paginator("scan")
    where = {
        "FilterExpression": "begins_with(LockID, :prefix)",
        "ExpressionAttributeValues": {":prefix": {"S": f"{state.bucket}/{state.project}/{state.env}/"}},
    }
    answers = asked(
        lambda: list(pages.paginate(TableName=state.table, ConsistentRead=True, **where)), **recovery_errors(session)
    )
    for item in (each for page in answers for each in page["Items"]):
        name = item["LockID"]["S"]
        if name.endswith(STATE):
            info = item.get("Info") or {}
            text = info["S"] if "S" in info else json.dumps(item, sort_keys=True)
            yield name.removeprefix(f"{state.bucket}/"), text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"
