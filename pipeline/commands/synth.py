"""`sitechat synth`: write every layer's Terraform JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, writing
from pipeline.console import out, step


def command(
    env: EnvRef = DEFAULT_ENV,
    out_dir: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to; default .sitechat/synth/ENV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the Terraform JSON of every layer. Needs no AWS account."""
    from pipeline.synth.run import begin_environment, default_target

    if out_dir is not None:
        with writing("--out", out_dir):
            out_dir.mkdir(parents=True, exist_ok=True)
    with begin_environment(env) as begun:
        name = begun.env_name
        if not begun.kept:
            from pipeline.session import load_environment

            name = load_environment(env).name
        with step(f"synthesise {name}{', unchanged' if begun.kept else ''}"):
            synthesis = begun.finish(out_dir.resolve() if out_dir else default_target(name), name)
    if as_json:
        layers = {layer.name: len(layer.resources) for layer in synthesis.layers}
        print(json.dumps({"env": synthesis.env, "dir": str(synthesis.dir), "layers": layers}))
        return
    for layer in synthesis.layers:
        out.print(f"{layer.name}: {len(layer.resources)} resources, {layer.path}", soft_wrap=True)
