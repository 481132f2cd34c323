"""What runs that were cut off have left: locks, states that were not stored, tainted resources, and orphans.

Nothing here is repaired without being asked: a lock may belong to somebody who is working right now.
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
from pipeline.recovery.orphans_by_tag import described, find_orphans_by_tag
from pipeline.recovery.state_objects import layer_of, list_state_objects, read_object
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_regions
from terraform_json.state import managed_addresses, own_ids, tainted_addresses

STATE = ".tfstate"
ERRORED = "errored.tfstate"
# What AWS makes on behalf of a resource, with its tags: it comes and goes with that resource.
OFFSPRING = (":task/", ":network-interface/", ":task-definition/", ":snapshot/", ":volume/")


@dataclass(frozen=True)
class Leftovers:
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
        """Whether there is anything to do."""
        return bool(self.locks or self.errored or self.tainted or self.orphans or self.untagged)


def find_leftovers(session: Session, synthesis: Synthesis) -> Leftovers:
    """Look for all of it. Raises SitechatError when AWS can't be asked."""
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
        orphans = tuple(described(session, unknown_orphans(tagged, states.values(), named)))
        folders = session.work.terraform(session.env.name).glob(f"*/{ERRORED}")
        errored = {path.parent.name: path for path in sorted(folders)}
        return Leftovers(find_locks(session, keys), errored, tainted, orphans, known, named)


def unknown_orphans(
    found: Collection[Orphan], states: Collection[Mapping[str, Any]], named: Collection[Import] = ()
) -> Iterator[Orphan]:
    """Those that are no resource of any state, neither by ARN nor, as a NAT gateway is, by an id that is only AWS's.

    That another resource or an output refers to one doesn't make it known. `named` are found without tags, and aren't
    told twice where they have some.
    """
    known = {each.id for each in named}.union(*map(own_ids, states))
    for orphan in sorted(found, key=lambda each: each.arn):
        ids = (orphan.arn, orphan.arn.rpartition("/")[2]) if ":ec2:" in orphan.arn else (orphan.arn,)
        if known.isdisjoint(ids) and not any(each in orphan.arn for each in OFFSPRING):
            yield orphan
