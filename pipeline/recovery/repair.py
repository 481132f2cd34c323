"""Repair after an interrupted run: store the states it could not store, and import the orphans it created."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.recovery.import_plan import import_together
from pipeline.recovery.leftovers import Leftovers, find_leftovers
from pipeline.recovery.matching import Import, certain_imports
from pipeline.session import Session
from pipeline.synth.layers import Synthesis


def repair(
    session: Session, synthesis: Synthesis, left: Leftovers, confirm: Callable[[Leftovers, Sequence[Import]], bool]
) -> tuple[Leftovers, tuple[Import, ...]]:
    """Push unstored states, which are newer than the stored ones; then import orphans. Returns leftovers and imports.

    An import can make others possible (routes after their route table): then `confirm` is asked again. In AWS nothing
    is created, changed or deleted. Raises SitechatError: 7 while a lock is held, as its holder may be at work; 130 when
    `confirm` returns False; 6 when an import isn't in its state.
    """
    if left.locks:
        raise SitechatError(
            f"nothing was repaired: a lock is held on {', '.join(sorted({lock.layer for lock in left.locks}))}",
            hint=f"`sitechat recover --env {session.env_ref}` tells whose. Release it only if nobody works there.",
            code=ExitCode.LOCKED,
        )
    done: list[Import] = []
    while (wanted := _certain_imports(synthesis, left)) or left.errored:
        if not confirm(left, wanted):
            rest = f"; {counted(len(done), 'resource')} were imported" if done else "; nothing was repaired"
            raise SitechatError(f"stopped{rest}", code=ExitCode.INTERRUPTED)
        if left.errored:
            _push_states(session, synthesis, left)
            left = find_leftovers(session, synthesis)
            wanted = _certain_imports(synthesis, left)
        _import_resources(session, synthesis, left, wanted)
        done += wanted
        left = find_leftovers(session, synthesis)
        if not set(_certain_imports(synthesis, left)).isdisjoint(done):
            raise SitechatError("an imported resource isn't in its state", code=ExitCode.FAILED)
    return left, tuple(done)


def _certain_imports(synthesis: Synthesis, left: Leftovers) -> list[Import]:
    return [*certain_imports(left.orphans, synthesis, left.known), *left.untagged]


def _import_resources(session: Session, synthesis: Synthesis, left: Leftovers, wanted: Sequence[Import]) -> None:
    with step(f"import {counted(len(wanted), 'resource')} of {session.env.name}") as progress:
        done: set[Import] = set()
        for layer in synthesis.layers:
            progress.update(f"{layer.name}: those that one plan can import")
            terraform = session.opened(layer)
            of_layer = [each for each in wanted if each.layer == layer.name]
            done |= import_together(terraform, layer.config, left.known.get(layer.name, ()), of_layer)
        for number, each in enumerate((each for each in wanted if each not in done), len(done) + 1):
            progress.update(f"{number}/{len(wanted)} {each.layer}: {each.address}")
            session.opened(synthesis.layer(each.layer)).import_resource(each.address, each.id)


def _push_states(session: Session, synthesis: Synthesis, left: Leftovers) -> None:
    """Push each unstored state and delete its file, which holds values in clear text. Terraform refuses an old one."""
    for layer, path in left.errored.items():
        with step(f"store the state of {layer}"):
            session.opened(synthesis.layer(layer)).state_push(path)
            path.unlink()
