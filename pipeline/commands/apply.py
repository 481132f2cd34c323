"""`sitechat apply`: apply a bundle that was reviewed."""

import json
from typing import Annotated

import typer

from pipeline.console import out
from pipeline.options import DEFAULT_ENV, Allow, EnvRef, Json


def command(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE_ID|latest", help="What `sitechat plan` printed.")],
    env: EnvRef = DEFAULT_ENV,
    allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Apply exactly what a bundle holds; refuse one that is stale, altered, expired or made for something else."""
    from pipeline.bundle.apply import apply
    from pipeline.session import open_session

    session = open_session(env)
    applied = apply(session, bundle, allow=tuple(allow or ()))
    if as_json:
        done = {name: counts.resources for name, counts in applied.done.items()}
        print(json.dumps({"env": session.env.name, "bundle": applied.id, "applied": done, "left": applied.left}))
        return
    out.print(f"Applied {applied.resources} changes in {len(applied.done)} layers.")
    if applied.left:
        out.print(f"Left: {', '.join(applied.left)}\nnext: sitechat plan --env {env}", soft_wrap=True)
