"""`sitechat drift`: compare AWS with the last apply; exit 10 when anything was changed outside the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import out
from pipeline.errors import ExitCode, counted

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.drift.compare import Drift, DriftedAttribute

# Longest value in the table, in characters; --json has longer ones whole.
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
            out.print(_table(drift.of(kind)))
    unset = {(each.layer, each.address, re.split(r"[.[]", each.attribute)[0]) for each in drift.of(DriftKind.UNSET)}
    if unset:
        out.print("Not set by these resources, and different since their last apply, mostly through others of ours:")
        for layer, address, attribute in sorted(unset):
            out.print(f"  {layer}: {address} {attribute}", soft_wrap=True, markup=False)
    if drift.empty:
        out.print(f"Never applied: {', '.join(drift.empty)}.", markup=False)
    if drift.of(DriftKind.DRIFT):
        out.print(f"next: sitechat plan --env {env} shows what would be set back", markup=False)
    else:
        out.print(f"No drift in {counted(len(drift.layers), 'layer')}.")


def _table(differences: Sequence[DriftedAttribute]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table("layer", "resource", "attribute", "was", "is", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for each in differences:
        attribute = f"{each.attribute} ({each.owner})" if each.owner else each.attribute
        cells = (each.layer, each.address, attribute, _cut(each.was), _cut(each.found))
        table.add_row(*(escape(text) for text in cells))
    return table


def _cut(value: str | None) -> str:
    text = "·" if value is None else value
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
