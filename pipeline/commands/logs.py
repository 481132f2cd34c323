"""`sitechat logs`: what commands that started Terraform did, and what it printed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import err, out
from pipeline.errors import ExitCode, SitechatError, again

LATEST = "latest"


def complete_run(ctx: typer.Context, begun: str) -> list[str]:
    """Ids of kept runs that begin like this, for a shell's completion; the newest first."""
    from pipeline.session import logged_runs

    try:
        runs = logged_runs(ctx.params.get("env") or DEFAULT_ENV)[1].all()
    except Exception:  # an environment that can't be read has none
        return []
    return [name for name in (LATEST, *(run.id for run in reversed(runs))) if name.startswith(begun)]


RunId = Annotated[
    str | None,
    typer.Argument(metavar="[RUN|latest]", help="Show the logs of this run.", autocompletion=complete_run),
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Show what is printed until the run ends; without RUN, of the latest.")
]


def command(
    run: RunId = None,
    env: EnvRef = DEFAULT_ENV,
    layer: LayerName = None,
    follow: Follow = False,
    as_json: Json = False,
) -> None:
    """List the commands that started Terraform here, or show what it printed. Waits for nothing, needs no account.

    Secrets are hidden. The newest 50 runs are kept, for 30 days, up to 100 MB.
    """
    from pipeline.session import logged_runs

    if follow and as_json:
        raise SitechatError(
            "--follow shows lines as they come, and --json one object", hint="Use one of them.", code=ExitCode.USAGE
        )
    if layer and run is None and not follow:
        raise SitechatError(
            "--layer shows one layer of a run, and none is named",
            hint=f"`{again('logs latest', env, '--layer', layer)}` shows the latest one's.",
            code=ExitCode.USAGE,
        )
    name, runs = logged_runs(env)
    if run is None and not follow:
        kept = runs.all()
        if as_json:
            print(json.dumps({"env": name, "runs": [runs.as_json(each) for each in kept]}))
            return
        for each in kept:
            out.print(runs.line(each), markup=False)
        shown = again("logs latest", env) if kept else ""
        out.print(f"next: {shown}" if kept else "No command has started Terraform here yet.", markup=False)
        return
    found = runs.find(run or LATEST)
    if as_json:
        print(json.dumps({"env": name, "run": runs.as_json(found, whole=True, layer=layer or "")}))
        return
    if follow:
        err.print(f"{found.id}: {found.command}. Ctrl-C ends the showing alone.", markup=False)
        found = runs.follow(found, lambda line: out.print(line, markup=False), layer or "")
    else:
        for line in runs.lines(found, layer or ""):
            out.print(line, markup=False)
    out.print(runs.line(found), markup=False)
