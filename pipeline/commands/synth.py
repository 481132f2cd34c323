"""`sitechat synth`: write every layer's Terraform JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out, step


def command(
    env: EnvRef = DEFAULT_ENV,
    out_dir: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to; default .sitechat/synth/ENV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the Terraform JSON of every layer. Needs no AWS account."""
    from pipeline.session import load_environment
    from pipeline.synth.run import synthesise

    environment = load_environment(env)
    with step(f"synthesise {environment.name}"):
        synthesis = synthesise(environment, out_dir.resolve() if out_dir else None, env_ref=env)
    if as_json:
        layers = {layer.name: len(layer.resources) for layer in synthesis.layers}
        print(json.dumps({"env": synthesis.env, "dir": str(synthesis.dir), "layers": layers}))
        return
    for layer in synthesis.layers:
        out.print(f"{layer.name}: {len(layer.resources)} resources, {layer.path}", soft_wrap=True)
