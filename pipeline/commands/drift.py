"""`sitechat drift`: compare AWS with the last apply; exit 10 when anything was changed outside the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import out
from pipeline.errors import ExitCode, again, counted

if TYPE_CHECKING:
    from pipeline.drift.compare import Drift, DriftedAttribute

# Longest value that is shown, in characters; --json has longer ones whole.
WIDTH = 60


def command(env: EnvRef = DEFAULT_ENV, layer: LayerName = None, as_json: Json = False) -> None:
    """Compare every applied layer with AWS. Changes nothing, and resets nothing that running systems own."""
    from dataclasses import asdict

    from pipeline.drift.compare import DriftKind, find_drift
    from pipeline.gates import synthesise_environment
    from pipeline.session import open_session

    session = open_session(env)
    drift = find_drift(session, synthesise_environment(session.env, env), only=layer)
    if as_json:
        found = {"env": session.env.name, "layers": drift.layers, "not_applied": drift.empty}
        print(json.dumps(found | {"differences": [asdict(each) for each in drift.attributes]}))
    else:
        _show(drift, env)
    if drift.of(DriftKind.DRIFT):
        raise typer.Exit(ExitCode.CHANGES)


def _show(drift: Drift, env: str) -> None:
    from pipeline.drift.compare import DriftKind

    for kind, title in (
        (DriftKind.DRIFT, "Changed past the configuration:"),
        (DriftKind.RUNTIME, "Changed by what runs, as it should be; left alone:"),
    ):
        if drift.of(kind):
            out.print(title)
            for line in difference_lines(drift.of(kind)):
                out.print(line, markup=False)
    unset = {(each.layer, each.address, re.split(r"[.[]", each.attribute)[0]) for each in drift.of(DriftKind.UNSET)}
    if unset:
        out.print("Not set by these resources, and different since their last apply, mostly through others of ours:")
        for layer, address, attribute in sorted(unset):
            out.print(f"  {layer}: {address} {attribute}", soft_wrap=True, markup=False)
    if drift.empty:
        out.print(f"Never applied: {', '.join(drift.empty)}.", markup=False)
    if drift.of(DriftKind.DRIFT):
        out.print(f"next: {again('plan', env)} shows what would be set back", markup=False)
    else:
        out.print(f"No drift in {counted(len(drift.layers), 'layer')}.")


def difference_lines(differences: Sequence[DriftedAttribute]) -> Iterator[str]:
    """A line a resource, then one an attribute: an address in a table's column is broken, and can't be copied."""
    for (layer, address), found in groupby(differences, key=lambda each: (each.layer, each.address)):
        yield f"  {layer}: {address}"
        for each in found:
            owner = f" ({each.owner})" if each.owner else ""
            yield f"    {each.attribute or 'the whole'}{owner}: {_cut(each.was)} -> {_cut(each.found)}"


def _cut(value: str | None) -> str:
    text = "absent" if value is None else value
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
