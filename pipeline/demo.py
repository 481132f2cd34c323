"""`make demo`: a whole environment on the emulated AWS, from nothing to an empty second plan and a report."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from pipeline.aws import emulated as local
from pipeline.bundle.build import Bundle, build, commit
from pipeline.cli import guarded
from pipeline.console import err, out, step
from pipeline.errors import ExitCode, SitechatError
from pipeline.gates import synthesised, synthesised_and_scanned
from pipeline.session import load_environment, open_session
from pipeline.synth.layers import Synthesis
from pipeline.terraform import forwarding_interrupts, tools
from pipeline.work import Work, repo_root
from terraform_json.plan import existing

if TYPE_CHECKING:
    from pipeline.report import LayerResult
    from pipeline.scan import Verdict

ENV = "local"
# The environments whose resource types count as covered or not: what users deploy to real accounts.
REAL = ("dev", "prod")
AFTER = """
Stop the emulated AWS:   .venv/bin/sitechat local down
Try next:                change a value in environments/local.toml, then .venv/bin/sitechat plan --env local
                         .venv/bin/sitechat outputs --env local
                         .venv/bin/sitechat destroy --env local"""


def main() -> None:
    """Run the demo; exits 8 when something of it could not be run."""
    guarded(_demo)


def _demo() -> None:
    try:
        tools.find_terraform()
    except SitechatError as error:
        _without_terraform(error)
    from pipeline.deployment.bootstrap import begin, finish
    from pipeline.deployment.deploy import deploy

    local.start()
    session = open_session(ENV)
    synthesis, verdict = synthesised_and_scanned(session.env, ENV)
    started = begin(session)
    with forwarding_interrupts(), ThreadPoolExecutor(1) as pool:
        # The rest of the backend is mostly the provider waiting; the bucket can be used meanwhile.
        rest = pool.submit(finish, session, started.layer, lambda text: None)
        deployed = deploy(session, synthesis, verdict, agree=lambda bundle: True)
        rest.result()
    synthesis = deployed.bundles[0].synthesis
    again = build(session, synthesis, verdict)
    changes = sum(plan.counts.resources + plan.counts.outputs for plan in again.plans)
    applied = sum(len(existing(plan.plan)) for plan in again.plans)
    page = _report(synthesis, again.verdict, _layers(deployed.bundles, again), changes)
    uncovered = len(uncovered_types(synthesised(load_environment(name), name) for name in REAL))
    out.print(
        f"demo: {len(again.plans)} layers, {applied} resources applied, {changes} changes on re-plan, "
        f"{uncovered} types not covered by emulation, report: {page}",
        soft_wrap=True,
        markup=False,
    )
    out.print(AFTER, soft_wrap=True)
    if changes:
        raise SitechatError("the second plan is not empty: see the report for what differs", code=ExitCode.FAILED)


def _without_terraform(error: SitechatError) -> None:
    """What can be shown without Terraform: the configuration synthesised, scanned and drawn."""
    err.print(f"[yellow]{escape(error.message)}[/yellow]; showing what works without it")
    synthesis, verdict = synthesised_and_scanned(load_environment(ENV), ENV)
    page = _report(synthesis, verdict, (), None)
    out.print(
        f"demo: incomplete: nothing was planned or applied, because {error.message}; report: {page}", soft_wrap=True
    )
    out.print(error.hint, soft_wrap=True, markup=False)
    raise SystemExit(int(ExitCode.INCOMPLETE))


def uncovered_types(syntheses: Iterable[Synthesis]) -> set[str]:
    """The resource types of these environments that no emulator can create."""
    from local_aws import UNCOVERED

    used = {address.partition(".")[0] for each in syntheses for layer in each.layers for address in layer.resources}
    return used & set(UNCOVERED)


def _layers(bundles: tuple[Bundle, ...], again: Bundle) -> tuple[LayerResult, ...]:
    """Each layer as it was applied in this run, with the outputs it has now."""
    from pipeline.report.bundles import planned_layer
    from pipeline.report.model import LayerResult

    applied = {plan.name: plan for bundle in bundles for plan in bundle.plans if not plan.preview and plan.counts.any}
    found = []
    for plan in again.plans:
        now_ = planned_layer(plan.name, plan.plan, preview=plan.preview)
        before = applied.get(plan.name)
        found.append(LayerResult(plan.name, "applied", before.plan, now_.outputs) if before else now_)
    return tuple(found)


def _report(synthesis: Synthesis, verdict: Verdict, layers: tuple[LayerResult, ...], changes: int | None) -> Path:
    from pipeline.report import render
    from pipeline.report.bundles import from_synthesis

    env = load_environment(ENV)
    with step("write the report"):
        data = from_synthesis(synthesis, env, commit=commit(), verdict=verdict)
        data = replace(data, layers=layers, replan_changes=changes, next_steps=())
        return render(data, Work(repo_root()).report(env.name))


if __name__ == "__main__":
    main()
