"""Find what interrupted runs left: damaged or unstored states, locks, tainted resources, and orphans.

Nothing is repaired here: a lock may belong to somebody who is working right now. Each finding stands alone: what can't
be looked at is named, and hides none of the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.console import step
from pipeline.recovery.existence import Existence, ask_whether_they_exist
from pipeline.recovery.import_ids import resource_of_arn
from pipeline.recovery.locks import Lock, find_locks
from pipeline.recovery.looked import Looked, NotLooked
from pipeline.recovery.made_again import MADE_AGAIN
from pipeline.recovery.matching import Import, Orphan, Unsure, match_orphans, unknown_resources
from pipeline.recovery.openings import Opening, find_openings
from pipeline.recovery.orphans_by_name import find_orphans_by_name
from pipeline.recovery.orphans_by_tag import find_orphans_by_tag
from pipeline.recovery.state_objects import list_state_objects
from pipeline.recovery.states import StrayState, look_at_states
from pipeline.recovery.stored_states import StateFinding, ids_states
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_regions
from terraform_json.state import managed_addresses, own_ids, tainted_addresses

# ARN parts of resources that AWS makes for another resource, with its tags; they are deleted with that resource.
MADE_BY_AWS = (":task/", ":network-interface/", ":task-definition/", ":snapshot/", ":volume/")


@dataclass(frozen=True)
class Leftovers:
    """All leftovers. `tainted` are addresses by layer; `orphans` exist, have the tags, and are in no state.

    `imports` are orphans with the one address that each surely belongs to, with tags or without; `unsure` are
    addresses that several could be. `gone` are ARNs that the tagging API still names, though nothing is there.
    `made_again` are addresses of applied layers that no state has, of kinds that no look searches for. `openings` are
    rules that AWS has made in groups among the imports. `not_looked` is what could not be looked at.
    """

    locks: tuple[Lock, ...] = ()
    states: tuple[StateFinding, ...] = ()
    strays: tuple[StrayState, ...] = ()
    tainted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orphans: tuple[Orphan, ...] = ()
    imports: tuple[Import, ...] = ()
    unsure: tuple[Unsure, ...] = ()
    gone: tuple[str, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()
    openings: tuple[Opening, ...] = ()
    made_again: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was left."""
        found = (self.locks, self.states, self.strays, self.tainted, self.orphans, self.imports, self.unsure)
        return any(map(bool, found))

    @property
    def errored(self) -> dict[str, Path]:
        """Files of states that were not stored, by layer."""
        return {each.layer: each.errored for each in self.states if each.errored is not None}

    @property
    def untagged(self) -> tuple[Import, ...]:
        """Imports of resources that were found by name or place."""
        return tuple(each for each in self.imports if not each.arn)

    @property
    def locked(self) -> frozenset[str]:
        """Layers whose states somebody holds."""
        return frozenset(lock.layer for lock in self.locks)


def find_leftovers(session: Session, synthesis: Synthesis) -> Leftovers:
    """Find all leftovers of an environment.

    Raises SitechatError: 3 without state bucket or lock table, 6 when not even the state bucket can be listed.
    """
    looked = Looked()
    with step(f"look for what cut-off runs of {session.env.name} left") as progress:
        keys = list_state_objects(session)
        progress.update("states")
        seen = look_at_states(session, synthesis, keys, looked)
        states, unclear = seen.states, seen.unclear
        tainted = {layer: found for layer, state in states.items() if (found := tuple(tainted_addresses(state)))}
        known = {layer: tuple(managed_addresses(state)) for layer, state in states.items()}
        progress.update("resources without tags")
        named = find_orphans_by_name(session, synthesis, states, known, looked, unclear)
        progress.update("tagged resources")
        regions = {session.env.region, *(each for layer in synthesis.layers for each in provider_regions(layer.config))}
        tagged = find_orphans_by_tag(session, regions, looked)
        in_states = [*states.values(), *seen.others, *ids_states(seen.findings)]
        candidates = list(unknown_orphans(tagged, in_states, named.imports))
        progress.update("which of them exist")
        orphans, gone = existing_orphans(session, candidates, looked)
        placed = {each.name: (*known.get(each.name, ()), *named.of(each.name)) for each in synthesis.layers}
        matches = match_orphans(orphans, synthesis, placed, unclear)
        imports = (*matches.certain, *named.imports)
        openings: tuple[Opening, ...] = ()
        with looked.at("rules that AWS makes in new groups"):
            openings = tuple(find_openings(session, synthesis, imports))
        locks: tuple[Lock, ...] = ()
        with looked.at("locks"):
            locks = find_locks(session, keys)
        return Leftovers(
            locks,
            seen.findings,
            seen.strays,
            tainted,
            orphans,
            imports,
            (*matches.unsure, *named.unsure),
            gone,
            tuple(looked.missing),
            openings,
            tuple(_made_again(synthesis, known)),
        )


def _made_again(synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Resources of layers that have a state, which no state has and nobody looks for."""
    for each in unknown_resources(synthesis, known):
        if known.get(each.layer.name) and each.type in MADE_AGAIN:
            yield f"{each.layer.name}/{each.address}"


def unknown_orphans(
    found: Collection[Orphan], states: Collection[Mapping[str, Any]], named: Collection[Import] = ()
) -> Iterator[Orphan]:
    """Orphans in `found` that no state has: compared by ARN, in EC2 also by id, as a NAT gateway's state has no ARN.

    A reference from another resource or an output doesn't count. `named` are orphans found by name; they are left out,
    as some have tags too.
    """
    found_by_name = {each.id for each in named}
    known = found_by_name.union(*map(own_ids, states))
    for orphan in sorted(found, key=lambda each: each.arn):
        ids = {orphan.arn, *([orphan.arn.rpartition("/")[2]] if ":ec2:" in orphan.arn else [])}
        kind = resource_of_arn(orphan.arn)
        taken = kind is not None and kind.id in found_by_name
        if not taken and known.isdisjoint(ids) and not any(each in orphan.arn for each in MADE_BY_AWS):
            yield orphan


def existing_orphans(
    session: Session, candidates: Collection[Orphan], looked: Looked
) -> tuple[tuple[Orphan, ...], tuple[str, ...]]:
    """Those of the candidates that exist, with their names, and the ARNs of those that don't."""
    answers = ask_whether_they_exist(session, [each.arn for each in candidates])
    gone = tuple(arn for arn, each in sorted(answers.items()) if each.exists is False)
    return tuple(_existing(candidates, answers, looked)), gone


def whether_it_exists(arn: str) -> str:
    """What could not be looked at where nobody can tell whether an orphan exists."""
    return f"whether {arn} exists"


def _existing(candidates: Collection[Orphan], answers: Mapping[str, Existence], looked: Looked) -> Iterator[Orphan]:
    """Those that exist, keys with what they are for and groups with their names.

    One that can't be asked for is kept, and noted in `looked`.
    """
    for orphan in candidates:
        answer = answers[orphan.arn]
        if answer.exists is None:
            looked.note(whether_it_exists(orphan.arn), answer.why)
        if answer.exists is not False:
            yield Orphan(orphan.arn, orphan.name or _own_name(answer.about))


def _own_name(about: Mapping[str, Any]) -> str:
    """Name that AWS's answer gives where an ARN has only an id: a group's, or what a key is for."""
    groups = about.get("SecurityGroups") or [{}]
    return str((about.get("KeyMetadata") or {}).get("Description") or groups[0].get("GroupName") or "")
