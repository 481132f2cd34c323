"""`sitechat synth`: write every layer's Terraform JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out, step
from pipeline.errors import SitechatError, counted


def command(
    env: EnvRef = DEFAULT_ENV,
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="New, empty or of an earlier synthesis; default .sitechat/synth/ENV."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the Terraform JSON of every layer. Needs no AWS account."""
    from pipeline.synth.run import begin_environment, default_target, other_command

    target = None
    if out_dir is not None:
        from pipeline.synth.place import check_place

        target = check_place(out_dir)
    with begin_environment(env) as begun:
        name, judged = begun.env_name, None
        if not begun.kept:
            from pipeline.session import load_environment

            judged = load_environment(env)
            name = judged.name
        with step(f"synthesise {name}{', unchanged' if begun.kept else ''}"):
            synthesis = begun.finish(target or default_target(name), name, judged=judged)
    try:
        layers = {layer.name: len(layer.resources) for layer in synthesis.layers}
    except SitechatError:  # what was written is no longer there
        raise other_command(synthesis.dir) from None
    if as_json:
        print(json.dumps({"env": synthesis.env, "dir": str(synthesis.dir), "layers": layers}))
        return
    for layer in synthesis.layers:
        out.print(f"{layer.name}: {counted(layers[layer.name], 'resource')}, {layer.path}", markup=False)
