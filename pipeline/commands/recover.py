"""`sitechat recover`: list and repair leftovers of interrupted runs; exit 10 when there are any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes
from pipeline.console import confirm, err, out, step
from pipeline.errors import ExitCode, lock_holder

if TYPE_CHECKING:
    from pipeline.recovery.leftovers import Leftovers
    from pipeline.recovery.matching import Import
    from pipeline.session import Session
    from pipeline.synth.layers import Synthesis

Unlock = Annotated[
    str | None, typer.Option("--unlock", metavar="ID", help="Release this lock, whose holder is surely gone.")
]


Repair = Annotated[
    bool, typer.Option("--repair", help="Store states that were not stored, and import orphans; asks before.")
]


def command(
    env: EnvRef = DEFAULT_ENV, unlock: Unlock = None, repair: Repair = False, yes: Yes = False, as_json: Json = False
) -> None:
    """List held locks, states that were not stored, tainted resources, and resources that no state knows."""
    from pipeline.gates import synthesise_environment
    from pipeline.recovery.leftovers import find_leftovers
    from pipeline.session import open_session

    session = open_session(env)
    if unlock is not None:
        _unlock(session, unlock, as_json=as_json)
        return
    synthesis = synthesise_environment(session.env, env)
    left = find_leftovers(session, synthesis)
    imported: tuple[Import, ...] = ()
    if repair:
        left, imported = _repaired(session, synthesis, left, yes=yes)
    if as_json:
        done = {"imported": [vars(each) for each in imported]} if repair else {}
        print(json.dumps({"env": session.env.name} | _plain(left) | done))
    else:
        for line in leftover_lines(left, env):
            out.print(line, soft_wrap=True, markup=False)
    if left.any:
        raise typer.Exit(ExitCode.CHANGES)


def leftover_lines(left: Leftovers, env: str) -> Iterator[str]:
    """Yield a line per leftover, each followed by what to do about it."""
    for lock in left.locks:
        holder = lock_holder(lock.who, lock.operation, lock.created)
        yield f"lock {lock.id} on {lock.layer}, in {' and '.join(lock.places)}: {holder}"
        yield f"  only if nobody works there any more: sitechat recover --env {env} --unlock {lock.id}"
    for layer, path in left.errored.items():
        yield f"state of {layer} that was never stored: {path}"
    for layer, addresses in left.tainted.items():
        yield f"cut off while being created in {layer}: {', '.join(addresses)}"
        yield f"  the next sitechat deploy --env {env} replaces them"
    for orphan in left.orphans:
        yield f"tagged for {env}, and in no state: {orphan.arn}{f' ({orphan.name})' if orphan.name else ''}"
    for each in left.untagged:
        yield f"exists, and in no state: {each.id} ({each.layer}: {each.address})"
    if left.errored or left.orphans or left.untagged:
        yield f"next: sitechat recover --env {env} --repair stores those states, and imports what surely belongs here"
        yield f"  the rest: terraform -chdir=.sitechat/terraform/{env}/LAYER import ADDRESS ID, or delete it by hand"
    if not left.any:
        yield "Nothing is left of any cut-off run."
    yield "Looked for: what the regions' tagging APIs know, roles, and by name or place what can't be made twice."


def _repaired(
    session: Session, synthesis: Synthesis, left: Leftovers, *, yes: bool
) -> tuple[Leftovers, tuple[Import, ...]]:
    from pipeline.deployment.consent import may_skip_question
    from pipeline.recovery.repair import repair

    agreed = may_skip_question(session, yes)

    def agree(found: Leftovers, imports: Sequence[Import]) -> bool:
        for layer, path in found.errored.items():
            err.print(f"  store the state of {layer}: {path}", soft_wrap=True, markup=False)
        for each in imports:
            err.print(f"  import into {each.layer}: {each.address} = {each.id}", soft_wrap=True, markup=False)
        return agreed or confirm("Nothing in AWS changes; the states do. Go on?")

    return repair(session, synthesis, left, agree)


def _plain(left: Leftovers) -> dict[str, object]:
    return {
        "locks": [vars(lock) for lock in left.locks],
        "errored": {layer: str(path) for layer, path in left.errored.items()},
        "tainted": dict(left.tainted),
        "orphans": [orphan.arn for orphan in left.orphans],
        "untagged": [{"layer": each.layer, "address": each.address, "id": each.id} for each in left.untagged],
    }


def _unlock(session: Session, lock_id: str, *, as_json: bool) -> None:
    from pipeline.gates import synthesise_environment
    from pipeline.recovery.locks import unlock

    synthesis = synthesise_environment(session.env, session.env_ref)
    with step(f"release lock {lock_id}"):
        lock = unlock(session, synthesis, lock_id)
    if as_json:
        print(json.dumps({"env": session.env.name, "unlocked": vars(lock)}))
    else:
        out.print(f"Released the lock of {lock.who} on {lock.layer}.", soft_wrap=True, markup=False)
