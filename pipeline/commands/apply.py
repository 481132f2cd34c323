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
    from pipeline.reporting import report_applied
    from pipeline.scan import preload
    from pipeline.session import open_session

    session = open_session(env)
    preload()
    applied = apply(session, bundle, allow=tuple(allow or ()))
    page = report_applied(session, [applied.id], done=applied.done, left=applied.left)
    if as_json:
        done = {name: counts.resources for name, counts in applied.done.items()}
        found = {"env": session.env.name, "bundle": applied.id, "applied": done, "left": applied.left}
        print(json.dumps(found | {"report": str(page)}))
        return
    out.print(f"Applied {applied.resources} changes in {len(applied.done)} layers.")
    out.print(f"report: {page}", soft_wrap=True, markup=False)
    if applied.left:
        out.print(f"Left: {', '.join(applied.left)}\nnext: sitechat plan --env {env}", soft_wrap=True)
