"""From what AWS has to the address that was meant for it: which orphan is which resource of the configuration.

Only what is certain is offered: one orphan and one address that have the same name. Two of the same name are what a
run leaves that was killed twice; which of them is needed a person has to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.recovery.import_ids import ArnResource, resource_of_arn
from pipeline.synth.layers import Layer, Synthesis
from terraform_json.blocks import body_at

# Where a block says its name, when it has no tag `Name`. A key has none, and is known by its description.
NAMES = ("name", "bucket", "alarm_name", "domain_name", "function_name", "analyzer_name", "description")

# What a type is called where AWS has made it and Terraform only takes it over.
ADOPTED = {"aws_security_group": "aws_default_security_group"}


@dataclass(frozen=True)
class Orphan:
    """A resource with the environment's tags that no state knows. `name` is its tag `Name`, or a key's description."""

    arn: str
    name: str = ""


@dataclass(frozen=True)
class Import:
    """An orphan and where it belongs: what `terraform import ADDRESS ID` in a layer would do. Some have no ARN."""

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
        """Resource type, the first half of its address."""
        return self.address.partition(".")[0]

    @property
    def body(self) -> Mapping[str, Any]:
        """Body in the configuration."""
        return body_at(self.layer.config, self.address)


def unknown_resources(synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> Iterator[UnknownResource]:
    """Resources of the configuration that no state knows. `known` are the addresses in each layer's state."""
    for layer in synthesis.layers:
        for address in layer.resources:
            if address not in known.get(layer.name, ()):
                yield UnknownResource(layer, address)


def certain_imports(
    orphans: Collection[Orphan], synthesis: Synthesis, known: Mapping[str, Collection[str]]
) -> list[Import]:
    """The imports that are certain. `known` are the addresses in each layer's state."""
    missing = list(unknown_resources(synthesis, known))
    kinds = {orphan: kind for orphan in orphans if (kind := resource_of_arn(orphan.arn)) is not None}
    pairs = [
        (orphan, gap)
        for orphan, kind in kinds.items()
        for gap in missing
        if gap.type in (kind.type, ADOPTED.get(kind.type))
        and _same(orphan, kind, gap, alone=_alone(kind.type, kinds.values(), missing))
    ]
    by_orphan, by_gap = Counter(orphan for orphan, _ in pairs), Counter(gap for _, gap in pairs)
    return [
        Import(gap.layer.name, gap.address, kinds[orphan].id, orphan.arn)
        for orphan, gap in pairs
        if by_orphan[orphan] == by_gap[gap] == 1
    ]


def _same(orphan: Orphan, kind: ArnResource, gap: UnknownResource, *, alone: bool) -> bool:
    names = {name for name in (orphan.name, kind.name) if name}
    wanted = set(_names(gap.body))
    return bool(names & wanted) if names and wanted else alone and not names


def _alone(type_: str, kinds: Collection[ArnResource], missing: Collection[UnknownResource]) -> bool:
    return [each.type for each in kinds].count(type_) == [each.type for each in missing].count(type_) == 1


def _names(block: Mapping[str, Any]) -> Iterator[str]:
    """Names as far as the configuration says them: a reference is no name."""
    for name in (block.get("tags", {}).get("Name"), *(block.get(each) for each in NAMES)):
        if isinstance(name, str) and "${" not in name:
            yield name
