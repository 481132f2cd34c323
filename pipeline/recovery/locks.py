"""Locks on the states of an environment: find them with their holders, and release one by its id.

Terraform releases a lock only while it still has that id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from pipeline.aws import asked
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.state_objects import layer_of, list_state_objects, read_object, recovery_errors
from pipeline.session import Session
from pipeline.synth.layers import Synthesis

LOCK = ".tfstate.tflock"


@dataclass(frozen=True)
class Lock:
    """A held lock on one layer's state. `places` are where it is stored: S3, DynamoDB or both."""

    layer: str
    id: str
    who: str
    operation: str
    created: str
    places: tuple[str, ...]


def find_locks(session: Session, keys: Collection[str] | None = None) -> tuple[Lock, ...]:
    """Find the locks held on the states of this environment. `keys` of the state bucket save listing them again."""
    keys = list_state_objects(session) if keys is None else keys
    found = [parse_lock(layer_of(key), "S3", read_object(session, key)) for key in keys if key.endswith(LOCK)]
    if session.env.state.lock != "s3":
        found += _table_locks(session)
    return merge_locks(found)


def parse_lock(layer: str, place: str, text: str) -> Lock:
    """Parse the JSON that Terraform writes into a lock. A lock that another program wrote gets an empty id."""
    try:
        info = dict(json.loads(text))
    except (ValueError, TypeError):
        info = {}
    holder, who, operation, created = (str(info.get(key, "")) for key in ("ID", "Who", "Operation", "Created"))
    return Lock(layer, holder, who, operation, created, (place,))


def merge_locks(locks: Collection[Lock]) -> tuple[Lock, ...]:
    """Merge the locks that one run holds in two places into one."""
    found: dict[tuple[str, str], Lock] = {}
    for lock in locks:
        before = found.get((lock.layer, lock.id))
        found[lock.layer, lock.id] = replace(before, places=before.places + lock.places) if before else lock
    return tuple(found.values())


def unlock(session: Session, synthesis: Synthesis, wanted: str) -> Lock:
    """Release the lock with the id `wanted`. Raises SitechatError (2), listing the held locks, when there is none."""
    locks = find_locks(session)
    lock = next((each for each in locks if each.id == wanted), None)
    if lock is None:
        known = f"Held: {', '.join(f'{each.id} ({each.layer})' for each in locks)}." if locks else "No lock is held."
        raise SitechatError(f"no lock {wanted!r} in {session.env.name}", hint=known, code=ExitCode.USAGE)
    session.opened(synthesis.layer(lock.layer)).force_unlock(lock.id)
    return lock


def _table_locks(session: Session) -> Iterator[Lock]:
    """Locks in the DynamoDB table. Rows without `Info` are digests of states, not locks."""
    state = session.env.state_backend
    pages = session.client("dynamodb").get_paginator("scan")
    where = {
        "FilterExpression": "begins_with(LockID, :prefix) AND attribute_exists(Info)",
        "ExpressionAttributeValues": {":prefix": {"S": f"{state.bucket}/{state.project}/{state.env}/"}},
    }
    answers = asked(
        lambda: list(pages.paginate(TableName=state.table, ConsistentRead=True, **where)), **recovery_errors(session)
    )
    for item in (each for page in answers for each in page["Items"]):
        yield parse_lock(layer_of(item["LockID"]["S"]), "DynamoDB", item["Info"]["S"])
