"""Clear what a cut-off run has left: store the states it could not store, and import what it made and forgot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import Leftovers, find_leftovers
from pipeline.recovery.matching import Import, certain_imports
from pipeline.session import Session
from pipeline.synth.layers import Synthesis


def repair(
    session: Session, synthesis: Synthesis, left: Leftovers, agree: Callable[[Leftovers, Sequence[Import]], bool]
) -> tuple[Leftovers, tuple[Import, ...]]:
    """Push states, as they know more than those in the bucket; then import. Returns what is left, and the imports.

    What an import makes known may place something else, as a route table does with its routes: `agree` is asked again,
    until nothing certain is left. Nothing in AWS is created, changed or deleted. Raises SitechatError (7) while a lock
    is held: its holder may be at work.
    """
    if left.locks:
        raise SitechatError(
            f"nothing was repaired: a lock is held on {', '.join(sorted({lock.layer for lock in left.locks}))}",
            hint=f"`sitechat recover --env {session.env_ref}` tells whose. Release it only if nobody works there.",
            code=ExitCode.LOCKED,
        )
    done: list[Import] = []
    while (wanted := _certain(synthesis, left)) or left.errored:
        if not agree(left, wanted):
            rest = f"; {len(done)} resources were imported" if done else "; nothing was repaired"
            raise SitechatError(f"stopped{rest}", code=ExitCode.INTERRUPTED)
        if left.errored:
            _push(session, synthesis, left)
            left = find_leftovers(session, synthesis)
            wanted = _certain(synthesis, left)
        _import(session, synthesis, wanted)
        done += wanted
        left = find_leftovers(session, synthesis)
        if not set(_certain(synthesis, left)).isdisjoint(done):
            raise SitechatError("an imported resource isn't in its state", code=ExitCode.FAILED)
    return left, tuple(done)


def _certain(synthesis: Synthesis, left: Leftovers) -> list[Import]:
    return [*certain_imports(left.orphans, synthesis, left.known), *left.untagged]


def _import(session: Session, synthesis: Synthesis, wanted: Sequence[Import]) -> None:
    with step(f"import {len(wanted)} resources of {session.env.name}") as progress:
        for number, each in enumerate(wanted, 1):
            progress.update(f"{number}/{len(wanted)} {each.layer}: {each.address}")
            session.opened(synthesis.layer(each.layer)).import_resource(each.address, each.id)


def _push(session: Session, synthesis: Synthesis, left: Leftovers) -> None:
    """Store each state, and delete the file, which holds values in clear. Terraform refuses one that is not newer."""
    for layer, path in left.errored.items():
        with step(f"store the state of {layer}"):
            session.opened(synthesis.layer(layer)).state_push(path)
            path.unlink()
