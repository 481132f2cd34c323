"""One entry of an environment's history: who applied, deployed or destroyed what, when, and how it ended.

An entry has addresses and counts, never the value of an attribute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, get_args

from pipeline.aws.kept import ID, LIMIT_BYTES, new_id
from pipeline.aws.record import Record, read_record
from terraform_json.plan import CHANGE_KINDS, Counts

# Addresses in an entry, those of the first layers; further changes are counted alone.
ADDRESSES = 200
# Digits of an entry's id that an apply shares with its bundle.
SHARED_DIGITS = 8

Command = Literal["apply", "deploy", "destroy"]
# "begun" is also what a run leaves that was killed: its end is not known.
Result = Literal["begun", "succeeded", "failed", "interrupted"]
LayerStatus = Literal["waiting", "begun", "done"]


@dataclass(frozen=True)
class LayerRecord:
    """What a run did to a layer, or was to do while its status isn't "done". `sha256` is the hash of the layer's files.

    It is empty where the layer was destroyed.
    """

    status: LayerStatus
    sha256: str
    counts: Counts

    @property
    def destroyed(self) -> bool:
        """Whether the run took the layer down."""
        return not self.sha256


@dataclass(frozen=True, kw_only=True)
class Entry(Record):
    """An entry of the history.

    `commit` and `dirty` are those that the plans were made from. `addresses` are ("add", "layer/type.name"); as many as
    `more_addresses` are left out. `left` are layers that the run previewed and didn't apply.
    """

    command: Command
    result: Result = "begun"
    bundles: tuple[str, ...] = ()
    layers: Mapping[str, LayerRecord] = field(default_factory=dict)
    addresses: tuple[tuple[str, str], ...] = ()
    more_addresses: int = 0
    left: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> Counts:
        """All changes of the layers that are done."""
        return sum((each.counts for each in self.layers.values() if each.status == "done"), Counts())

    @property
    def changed_layers(self) -> tuple[str, ...]:
        """Layers that are done, and of which something changed."""
        return tuple(name for name, each in self.layers.items() if each.status == "done" and each.counts.any)

    def stored(self) -> bytes:
        """The entry as it is stored, in LIMIT_BYTES: with fewer addresses where they are too long."""
        entry = self
        while len(text := json.dumps(entry.to_json(), indent=1).encode()) > LIMIT_BYTES and entry.addresses:
            kept = len(entry.addresses) // 2
            more = entry.more_addresses + len(entry.addresses) - kept
            entry = replace(entry, addresses=entry.addresses[:kept], more_addresses=more)
        return text


def parse_entry(text: bytes) -> Entry:
    """Parse a stored entry. Raises ValueError, in words, for anything that isn't one of this format."""
    data = read_record(text, Entry, "an entry")
    try:
        layers = {
            str(name): LayerRecord(
                each["status"], str(each["sha256"]), Counts(**{key: int(n) for key, n in each["counts"].items()})
            )
            for name, each in data["layers"].items()
        }
        addresses = tuple((str(kind), str(address)) for kind, address in data["addresses"])
        lists = {name: tuple(map(str, data[name])) for name in ("bundles", "left")}
        texts = {each: str(data[each]) for each in _TEXTS} | {"dirty": data["dirty"] is True}
        numbers = {"more_addresses": int(data["more_addresses"])}
        versions = {str(name): str(each) for name, each in data["versions"].items()}
        shaped = {"layers": layers, "addresses": addresses, "versions": versions}
        entry = Entry(**(data | texts | numbers | lists | shaped))
        datetime.fromisoformat(entry.begun)
        if entry.ended:
            datetime.fromisoformat(entry.ended)
        if entry.command not in get_args(Command) or entry.result not in get_args(Result):
            raise ValueError
        if any(each.status not in get_args(LayerStatus) for each in layers.values()):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ValueError("a field of it has another form than an entry's") from None
    return entry


_TEXTS = ("id", "env", "account", "region", "command", "begun", "role", "session", "ended", "result", "error", "commit")


def entry_id(begun: datetime, bundle: str = "") -> str:
    """Id of an entry: when the run began, half of the digits of the bundle that is applied, and chance.

    Two machines may apply one bundle in the same second, and one of them is refused by the other's lock.
    """
    found = new_id(begun)
    if not ID.fullmatch(bundle):
        return found
    moment, _, digits = found.partition("-")
    return f"{moment}-{bundle_digits(bundle)}{digits[SHARED_DIGITS:]}"


def bundle_digits(bundle: str) -> str:
    """The digits that a bundle's id shares with the entries of its applies."""
    return bundle.rpartition("-")[2][:SHARED_DIGITS]


def changed_addresses(layer: str, changes: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """("add", "layer/address") of a layer's changes by kind, what is destroyed or replaced first."""
    return [
        (kind, f"{layer}/{address}") for kind in reversed(CHANGE_KINDS) for address in sorted(changes.get(kind, ()))
    ]
