"""Match orphans with resources of the configuration, to import them.

Only certain matches count: exactly one orphan and one address with the same name. Two orphans of one name are left by
a run that was killed twice; a person must decide which of them is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.recovery.import_ids import ArnResource, resource_of_arn
from pipeline.synth.layers import Layer, Synthesis
from terraform_json.blocks import body_at

# Attributes that hold a name, besides the tag `Name`. A KMS key has no name; its description stands for it.
NAMES = ("name", "bucket", "alarm_name", "domain_name", "function_name", "analyzer_name", "description")

# Resource type -> the type for a resource that AWS creates and Terraform only manages.
ADOPTED = {"aws_security_group": "aws_default_security_group"}


@dataclass(frozen=True)
class Orphan:
    """A resource with the environment's tags that no state knows. `name` is its tag `Name`, or a key's description."""

    arn: str
    name: str = ""


@dataclass(frozen=True)
class Import:
    """An orphan and its address: the arguments of `terraform import ADDRESS ID` in a layer. Some have no ARN."""

    layer: str
    address: str
    id: str
    arn: str = ""


@dataclass(frozen=True)
class UnknownResource:
    """A resource of the configuration that its layer's state doesn't know."""

    layer: Layer
    address: str

    @property
    def type(self) -> str:
        """The resource type, from the address."""
        return self.address.partition(".")[0]

    @property
    def body(self) -> Mapping[str, Any]:
        """The resource's body in the configuration."""
        return body_at(self.layer.config, self.address)


def unknown_resources(synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> Iterator[UnknownResource]:
    """Resources of the configuration that no state knows. `known` are the addresses in each layer's state."""
    for layer in synthesis.layers:
        for address in layer.resources:
            if address not in known.get(layer.name, ()):
                yield UnknownResource(layer, address)


@dataclass(frozen=True)
class Unsure:
    """An address that several resources could be, or that shares one with another address: ids of all of them."""

    layer: str
    address: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Matches:
    """Orphans with addresses: `certain` ones are one to one."""

    certain: tuple[Import, ...] = ()
    unsure: tuple[Unsure, ...] = ()


def match_orphans(
    orphans: Collection[Orphan],
    synthesis: Synthesis,
    known: Mapping[str, Collection[str]],
    without: Collection[str] = (),
) -> Matches:
    """Match orphans with the configuration. `known` are the addresses in each layer's state.

    Layers in `without` are left out: what they know can't be told.
    """
    missing = [each for each in unknown_resources(synthesis, known) if each.layer.name not in without]
    kinds = {orphan: kind for orphan in orphans if (kind := resource_of_arn(orphan.arn)) is not None}
    pairs = [
        (orphan, unknown)
        for orphan, kind in kinds.items()
        for unknown in missing
        if unknown.type in (kind.type, ADOPTED.get(kind.type))
        and _names_match(orphan, kind, unknown, alone=_only_one_of_type(kind.type, kinds.values(), synthesis))
    ]
    by_orphan, by_unknown = Counter(orphan for orphan, _ in pairs), Counter(unknown for _, unknown in pairs)
    certain, unsure = [], dict[UnknownResource, list[str]]()
    for orphan, unknown in pairs:
        if by_orphan[orphan] == by_unknown[unknown] == 1:
            certain.append(Import(unknown.layer.name, unknown.address, kinds[orphan].id, orphan.arn))
        else:
            unsure.setdefault(unknown, []).append(kinds[orphan].id)
    for unknown, ids in _nameless_doubles(kinds, missing, {unknown for _, unknown in pairs}):
        unsure.setdefault(unknown, []).extend(ids)
    return Matches(
        tuple(certain), tuple(Unsure(each.layer.name, each.address, tuple(ids)) for each, ids in unsure.items())
    )


def _nameless_doubles(
    kinds: Mapping[Orphan, ArnResource], missing: Collection[UnknownResource], matched: Collection[UnknownResource]
) -> Iterator[tuple[UnknownResource, list[str]]]:
    """Addresses without a match, with the orphans of their type that have no name to tell them by."""
    for unknown in missing:
        ids = [
            kind.id
            for orphan, kind in kinds.items()
            if unknown.type in (kind.type, ADOPTED.get(kind.type)) and not (orphan.name or kind.name)
        ]
        if ids and unknown not in matched:
            yield unknown, ids


def _names_match(orphan: Orphan, kind: ArnResource, unknown: UnknownResource, *, alone: bool) -> bool:
    """Whether orphan and resource share a name. An orphan without a name matches when it is `alone` of its type."""
    names = {name for name in (orphan.name, kind.name) if name}
    wanted = set(_configured_names(unknown.body))
    return bool(names & wanted) if names and wanted else alone and not names


def _only_one_of_type(type_: str, kinds: Collection[ArnResource], synthesis: Synthesis) -> bool:
    """Whether one orphan and one address of the whole configuration have the type: another address may have made it."""
    configured = [address for layer in synthesis.layers for address in layer.resources]
    return (
        [each.type for each in kinds].count(type_) == [each.partition(".")[0] for each in configured].count(type_) == 1
    )


def _configured_names(block: Mapping[str, Any]) -> Iterator[str]:
    """Literal names of a resource in the configuration; a reference is no name."""
    for name in (block.get("tags", {}).get("Name"), *(block.get(each) for each in NAMES)):
        if isinstance(name, str) and "${" not in name:
            yield name
