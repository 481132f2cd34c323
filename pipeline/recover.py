"""What runs that were cut off have left: locks, states that were not stored, tainted resources, and orphans.

Nothing here is repaired without being asked: a lock may belong to somebody who is working right now.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.imports import Orphan
from pipeline.session import Session

STATE, LOCK = ".tfstate", ".tfstate.tflock"
ERRORED = "errored.tfstate"
#: What AWS makes on behalf of a resource, with its tags: it comes and goes with that resource.
OFFSPRING = (":task/", ":network-interface/", ":task-definition/", ":snapshot/", ":volume/")
Answer = TypeVar("Answer")


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

    `known` are the addresses in each layer's state.
    """

    locks: tuple[Lock, ...]
    errored: Mapping[str, Path]
    tainted: Mapping[str, tuple[str, ...]]
    orphans: tuple[Orphan, ...]
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Is there anything to do?"""
        return bool(self.locks or self.errored or self.tainted or self.orphans)


def find(session: Session) -> Left:
    """Look for all of it. Raises SitechatError when AWS can't be asked."""
    with step(f"look for what cut-off runs of {session.env.name} left") as progress:
        keys = _keys(session)
        progress.update("states")
        states = {_layer(key): json.loads(_read(session, key)) for key in keys if key.endswith(STATE)}
        tainted = {layer: found for layer, state in states.items() if (found := tuple(tainted_in(state)))}
        progress.update("tagged resources")
        left = tuple(described(session, orphans({*_tagged(session), *_roles(session)}, states.values())))
        folders = session.work.terraform(session.env.name).glob(f"*/{ERRORED}")
        errored = {path.parent.name: path for path in sorted(folders)}
        known = {layer: tuple(addresses_in(state)) for layer, state in states.items()}
        return Left(_locks(session, keys), errored, tainted, left, known)


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


def orphans(found: Collection[Orphan], states: Collection[Mapping[str, Any]]) -> Iterator[Orphan]:
    """Those that stand in no state, neither by ARN nor, as a NAT gateway does, by an id that is only AWS's."""
    known = "\n".join(json.dumps(state) for state in states)
    for orphan in sorted(found, key=lambda each: each.arn):
        ids = (orphan.arn, orphan.arn.rpartition("/")[2]) if ":ec2:" in orphan.arn else (orphan.arn,)
        if not any(f'"{each}"' in known for each in ids) and not any(each in orphan.arn for each in OFFSPRING):
            yield orphan


def described(session: Session, found: Iterable[Orphan]) -> Iterator[Orphan]:
    """`found` with keys known by what they are for, as they have no names, and without those that will be deleted."""
    for orphan in found:
        if ":kms:" not in orphan.arn:
            yield orphan
            continue
        about = _asked(session, partial(session.client("kms").describe_key, KeyId=orphan.arn))["KeyMetadata"]
        if about["KeyState"] != "PendingDeletion":
            yield Orphan(orphan.arn, about.get("Description", ""))


def _keys(session: Session) -> list[str]:
    """The objects of this environment in the state bucket."""
    state = session.env.state_backend
    pages = session.client("s3").get_paginator("list_objects_v2")
    prefix = f"{state.project}/{state.env}/"
    answers = _asked(session, lambda: list(pages.paginate(Bucket=state.bucket, Prefix=prefix)))
    return [each["Key"] for page in answers for each in page.get("Contents", ())]


def _read(session: Session, key: str) -> str:
    bucket = session.env.state_backend.bucket
    s3 = session.client("s3")
    return str(_asked(session, lambda: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()))


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
    for page in _asked(session, lambda: list(pages.paginate(TableName=state.table, ConsistentRead=True, **where))):
        for item in page["Items"]:
            yield read_lock(_layer(item["LockID"]["S"]), "DynamoDB", item["Info"]["S"])


def _tagged(session: Session) -> Iterator[Orphan]:
    """What carries this environment's tags, in its region."""
    filters = [{"Key": key, "Values": [value]} for key, value in _tags(session).items()]
    pages = session.client("resourcegroupstaggingapi").get_paginator("get_resources")
    for page in _asked(session, lambda: list(pages.paginate(TagFilters=filters))):
        for each in page["ResourceTagMappingList"]:
            names = [tag["Value"] for tag in each.get("Tags", ()) if tag["Key"] == "Name"]
            yield Orphan(each["ResourceARN"], *names)


def _roles(session: Session) -> Iterator[Orphan]:
    """Roles with this environment's tags: the tagging API doesn't know them, their names begin like its own."""
    iam, wanted = session.client("iam"), _tags(session).items()
    pages = _asked(session, lambda: list(iam.get_paginator("list_roles").paginate()))
    for role in (each for page in pages for each in page["Roles"]):
        name = role["RoleName"]
        if name.startswith(f"{session.env.project}-{session.env.name}-"):
            tags = _asked(session, partial(iam.list_role_tags, RoleName=name))["Tags"]
            if wanted <= {tag["Key"]: tag["Value"] for tag in tags}.items():
                yield Orphan(role["Arn"])


def _tags(session: Session) -> dict[str, str]:
    tags = session.env.default_tags
    return {key: tags[key] for key in ("Project", "Environment")}


def _layer(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _asked(session: Session, ask: Callable[[], Answer]) -> Answer:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucket", "ResourceNotFoundException"):
            raise SitechatError(
                f"{session.env.name} has no state bucket or no lock table",
                hint=f"Create them with `sitechat bootstrap --env {session.env_ref}`.",
                code=ExitCode.MISSING,
            ) from None
        raise SitechatError(f"AWS can't be asked what is left: {error}", code=ExitCode.FAILED) from None
    except BotoCoreError as error:
        raise SitechatError(f"AWS can't be asked what is left: {error}", code=ExitCode.FAILED) from None
