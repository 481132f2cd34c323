"""Find what interrupted runs left: locks, states that were not stored, tainted resources, and orphans.

Nothing is repaired here: a lock may belong to somebody who is working right now.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.console import step
from pipeline.recovery.locks import Lock, find_locks
from pipeline.recovery.matching import Import, Orphan
from pipeline.recovery.orphans_by_name import find_orphans_by_name
from pipeline.recovery.orphans_by_tag import describe_orphans, find_orphans_by_tag
from pipeline.recovery.state_objects import layer_of, list_state_objects, read_object
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_regions
from terraform_json.state import managed_addresses, own_ids, tainted_addresses

STATE = ".tfstate"
ERRORED = "errored.tfstate"
# ARN parts of resources that AWS makes for another resource, with its tags; they are deleted with that resource.
MADE_BY_AWS = (":task/", ":network-interface/", ":task-definition/", ":snapshot/", ":volume/")


@dataclass(frozen=True)
class Leftovers:
    """All leftovers. `errored` are state files that were never stored, `tainted` are addresses, both by layer.

    `known` are the addresses in each layer's state; `untagged` are orphans without tags, with their addresses.
    """

    locks: tuple[Lock, ...]
    errored: Mapping[str, Path]
    tainted: Mapping[str, tuple[str, ...]]
    orphans: tuple[Orphan, ...]
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    untagged: tuple[Import, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was left."""
        return bool(self.locks or self.errored or self.tainted or self.orphans or self.untagged)


def find_leftovers(session: Session, synthesis: Synthesis) -> Leftovers:
    """Find all leftovers of an environment. Raises SitechatError (3, 6) when AWS can't be asked."""
    with step(f"look for what cut-off runs of {session.env.name} left") as progress:
        keys = list_state_objects(session)
        progress.update("states")
        states = {layer_of(key): json.loads(read_object(session, key)) for key in keys if key.endswith(STATE)}
        tainted = {layer: found for layer, state in states.items() if (found := tuple(tainted_addresses(state)))}
        known = {layer: tuple(managed_addresses(state)) for layer, state in states.items()}
        progress.update("resources without tags")
        named = tuple(find_orphans_by_name(session, synthesis, states, known))
        progress.update("tagged resources")
        regions = {session.env.region, *(each for layer in synthesis.layers for each in provider_regions(layer.config))}
        tagged = find_orphans_by_tag(session, regions)
        orphans = tuple(describe_orphans(session, unknown_orphans(tagged, states.values(), named)))
        folders = session.work.terraform(session.env.name).glob(f"*/{ERRORED}")
        errored = {path.parent.name: path for path in sorted(folders)}
        return Leftovers(find_locks(session, keys), errored, tainted, orphans, known, named)


def unknown_orphans(
    found: Collection[Orphan], states: Collection[Mapping[str, Any]], named: Collection[Import] = ()
) -> Iterator[Orphan]:
    """Orphans in `found` that no state has: compared by ARN, in EC2 also by id, as a NAT gateway's state has no ARN.

    A reference from another resource or an output doesn't count. `named` are orphans found by name; they are left out,
    as some have tags too.
    """
    known = {each.id for each in named}.union(*map(own_ids, states))
    for orphan in sorted(found, key=lambda each: each.arn):
        ids = (orphan.arn, orphan.arn.rpartition("/")[2]) if ":ec2:" in orphan.arn else (orphan.arn,)
        if known.isdisjoint(ids) and not any(each in orphan.arn for each in MADE_BY_AWS):
            yield orphan
