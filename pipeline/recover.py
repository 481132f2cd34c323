"""What runs that were cut off have left: locks, states that were not stored, tainted resources, and orphans.

Nothing here is repaired without being asked: a lock may belong to somebody who is working right now.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.console import step
from pipeline.imports import Import, Orphan
from pipeline.layers import Synthesis
from pipeline.session import Session
from pipeline.tagged import asked, described, tagged
from pipeline.untagged import regions_of, untagged

STATE, LOCK = ".tfstate", ".tfstate.tflock"
ERRORED = "errored.tfstate"
#: Attributes in which a resource says who it is. All others may name somebody else.
OWN_IDS = ("arn", "id", "guardrail_arn")
#: What AWS makes on behalf of a resource, with its tags: it comes and goes with that resource.
OFFSPRING = (":task/", ":network-interface/", ":task-definition/", ":snapshot/", ":volume/")


@dataclass(frozen=True)
class Lock:
    """A held lock of one layer's state. `places` says where it lies: S3, DynamoDB or both."""

    layer: str
    id: str
    who: str
    operation: str
    created: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """Everything found. `errored` are state files that were never stored, `tainted` addresses, both by layer.

    `known` are the addresses in each layer's state, `untagged` the orphans that no tag names, where they belong.
    """

    locks: tuple[Lock, ...]
    errored: Mapping[str, Path]
    tainted: Mapping[str, tuple[str, ...]]
    orphans: tuple[Orphan, ...]
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untagged: tuple[Import, ...] = ()

    @property
    def any(self) -> bool:
        """Is there anything to do?"""
        return bool(self.locks or self.errored or self.tainted or self.orphans or self.untagged)


def find(session: Session, synthesis: Synthesis) -> Left:
    """Look for all of it. Raises SitechatError when AWS can't be asked."""
    with step(f"look for what cut-off runs of {session.env.name} left") as progress:
        keys = _keys(session)
        progress.update("states")
        states = {_layer(key): json.loads(_read(session, key)) for key in keys if key.endswith(STATE)}
        tainted = {layer: found for layer, state in states.items() if (found := tuple(tainted_in(state)))}
        known = {layer: tuple(addresses_in(state)) for layer, state in states.items()}
        progress.update("resources without tags")
        named = tuple(untagged(session, synthesis, states, known))
        progress.update("tagged resources")
        regions = {session.env.region, *regions_of(synthesis)}
        left = tuple(described(session, orphans(tagged(session, regions), states.values(), named)))
        folders = session.work.terraform(session.env.name).glob(f"*/{ERRORED}")
        errored = {path.parent.name: path for path in sorted(folders)}
        return Left(_locks(session, keys), errored, tainted, left, known, named)


def find_locks(session: Session) -> tuple[Lock, ...]:
    """The locks held on the states of this environment."""
    return _locks(session, _keys(session))


def read_lock(layer: str, place: str, text: str) -> Lock:
    """What Terraform wrote into a lock. One that somebody else wrote has no id."""
    try:
        info = dict(json.loads(text))
    except (ValueError, TypeError):
        info = {}
    holder, who, operation, created = (str(info.get(key, "")) for key in ("ID", "Who", "Operation", "Created"))
    return Lock(layer, holder, who, operation, created, (place,))


def together(locks: Collection[Lock]) -> tuple[Lock, ...]:
    """One lock for what one run holds in two places."""
    found: dict[tuple[str, str], Lock] = {}
    for lock in locks:
        before = found.get((lock.layer, lock.id))
        found[lock.layer, lock.id] = replace(before, places=before.places + lock.places) if before else lock
    return tuple(found.values())


def tainted_in(state: Mapping[str, Any]) -> Iterator[str]:
    """Addresses whose creation was cut off: the next apply replaces them."""
    for resource in state.get("resources", ()):
        if any(each.get("status") == "tainted" for each in resource.get("instances", ())):
            yield f"{resource['type']}.{resource['name']}"


def addresses_in(state: Mapping[str, Any]) -> Iterator[str]:
    """Addresses of the managed resources that a state knows."""
    for resource in state.get("resources", ()):
        if resource.get("mode") == "managed" and resource.get("instances"):
            yield f"{resource['type']}.{resource['name']}"


def orphans(
    found: Collection[Orphan], states: Collection[Mapping[str, Any]], named: Collection[Import] = ()
) -> Iterator[Orphan]:
    """Those that are no resource of any state, neither by ARN nor, as a NAT gateway is, by an id that is only AWS's.

    That another resource or an output refers to one doesn't make it known. `named` are found without tags, and aren't
    told twice where they have some.
    """
    known = {each.id for each in named}.union(*map(_own_ids, states))
    for orphan in sorted(found, key=lambda each: each.arn):
        ids = (orphan.arn, orphan.arn.rpartition("/")[2]) if ":ec2:" in orphan.arn else (orphan.arn,)
        if known.isdisjoint(ids) and not any(each in orphan.arn for each in OFFSPRING):
            yield orphan


def _own_ids(state: Mapping[str, Any]) -> set[str]:
    """What the resources of a state are called by AWS."""
    managed = [each for each in state.get("resources", ()) if each.get("mode") == "managed"]
    attributes = [one.get("attributes") or {} for each in managed for one in each.get("instances", ())]
    return {str(each[key]) for each in attributes for key in OWN_IDS if each.get(key)}


def _keys(session: Session) -> list[str]:
    """The objects of this environment in the state bucket."""
    state = session.env.state_backend
    pages = session.client("s3").get_paginator("list_objects_v2")
    prefix = f"{state.project}/{state.env}/"
    answers = asked(session, lambda: list(pages.paginate(Bucket=state.bucket, Prefix=prefix)))
    return [each["Key"] for page in answers for each in page.get("Contents", ())]


def _read(session: Session, key: str) -> str:
    bucket = session.env.state_backend.bucket
    s3 = session.client("s3")
    return str(asked(session, lambda: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()))


def _locks(session: Session, keys: Collection[str]) -> tuple[Lock, ...]:
    found = [read_lock(_layer(key), "S3", _read(session, key)) for key in keys if key.endswith(LOCK)]
    if session.env.state.lock != "s3":
        found += _table_locks(session)
    return together(found)


def _table_locks(session: Session) -> Iterator[Lock]:
    """The table also holds a digest for each state; those have no `Info`."""
    state = session.env.state_backend
    pages = session.client("dynamodb").get_paginator("scan")
    where = {
        "FilterExpression": "begins_with(LockID, :prefix) AND attribute_exists(Info)",
        "ExpressionAttributeValues": {":prefix": {"S": f"{state.bucket}/{state.project}/{state.env}/"}},
    }
    for page in asked(session, lambda: list(pages.paginate(TableName=state.table, ConsistentRead=True, **where))):
        for item in page["Items"]:
            yield read_lock(_layer(item["LockID"]["S"]), "DynamoDB", item["Info"]["S"])


def _layer(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]
