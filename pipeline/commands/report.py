"""`sitechat report`: write the report again, for the newest bundle or the layers; 8 where something has no price."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, AcceptUnpriced, EnvRef, Json
from pipeline.console import err, out, step
from pipeline.errors import ExitCode, counted

if TYPE_CHECKING:
    from config import Environment
    from pipeline.bundle.store import StoredBundle
    from pipeline.report import ReportInput

BundleId = Annotated[
    str | None, typer.Option("--bundle", metavar="ID", help="Show this bundle; default the newest, if there is one.")
]


def command(
    env: EnvRef = DEFAULT_ENV,
    bundle: BundleId = None,
    accept_unpriced: AcceptUnpriced = None,
    as_json: Json = False,
) -> None:
    """Write the HTML report and the Markdown for a pull request. Needs no AWS account."""
    from pipeline.bundle.kept import kept_bundle, newest_bundle, work_folder
    from pipeline.report import write_report
    from pipeline.scan import preload
    from pipeline.session import load_environment

    environment = load_environment(env)
    preload()
    stored = kept_bundle(environment, bundle) if bundle else newest_bundle(environment)
    data = _input(environment, env, stored)
    page = write_report(data, work_folder(environment).report(environment.name))
    if as_json:
        found = {"env": environment.name, "bundle": stored.id if stored else None, "report": str(page)}
        print(json.dumps(found | {"comment": str(page.with_name("report.md"))}))
    else:
        out.print(f"report: {page}", soft_wrap=True, markup=False)
    if data.cost and not replace(data.cost, accepted=frozenset(accept_unpriced or ())).complete:
        err.print("The price in it is incomplete: it names what has none.", soft_wrap=True)
        raise typer.Exit(ExitCode.INCOMPLETE)


def _input(env: Environment, env_ref: str, stored: StoredBundle | None) -> ReportInput:
    """Report input with a new scan: a bundle keeps only the counts, and waivers may have expired since."""
    from pipeline.bundle.commits import current_commit
    from pipeline.bundle.kept import work_folder
    from pipeline.gates import synthesise_environment
    from pipeline.report.bundles import from_bundle, from_synthesis
    from pipeline.report.kept_road import kept_road
    from pipeline.scan import gate

    synthesis = stored.synthesis if stored else synthesise_environment(env, env_ref)
    with step(f"scan {counted(sum(len(layer.resources) for layer in synthesis.layers), 'resource')}"):
        verdict = gate(synthesis, env=env)
    if stored:
        data = from_bundle(stored, env, verdict=verdict)
    else:
        data = from_synthesis(synthesis, env, commit=current_commit(), verdict=verdict)
    return replace(data, road=kept_road(work_folder(env), env.name))
