"""Deploy a whole environment to the emulated AWS, check that a second plan is empty, ask a question, write a report."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from pipeline.aws import emulated as local
from pipeline.bundle.build import NewBundle, build_bundle
from pipeline.bundle.commits import current_commit
from pipeline.cli import exit_with_code
from pipeline.console import err, out, step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.gates import synthesise_and_scan, synthesise_environment
from pipeline.session import load_environment, open_session
from pipeline.synth.layers import Synthesis
from pipeline.terraform import forwarding_interrupts, tools
from pipeline.work import Work, repo_root
from terraform_json.plan import existing

if TYPE_CHECKING:
    from pipeline.report import LayerResult
    from pipeline.report.model import ShownAnswer
    from pipeline.scan import Verdict

ENV = "local"
# Environments that users deploy to real accounts: their resource types are checked for emulation.
REAL = ("dev", "prod")
AFTER = """
Ask it in a browser:     {site}
Or by curl:              curl -N {site}/api/chat -H 'content-type: application/json' -d '{{"question": "{question}"}}'
Stop the emulated AWS:   .venv/bin/sitechat local down
Try next:                change a value in environments/local.toml, then .venv/bin/sitechat plan --env local
                         .venv/bin/sitechat outputs --env local
                         .venv/bin/sitechat destroy --env local"""


def main() -> None:
    """Run the demo; exits 8 when Terraform is missing and part of it was left out."""
    exit_with_code(_demo)


def _demo() -> None:
    try:
        tools.find_terraform()
    except SitechatError as error:
        _show_without_terraform(error)
    from pipeline.demo.visit import QUESTION, Visit
    from pipeline.deployment.bootstrap import finish_backend, start_backend, update_layer
    from pipeline.deployment.deploy import deploy

    endpoint = local.start_emulated_aws()
    session = open_session(ENV)
    synthesis, verdict = synthesise_and_scan(session.env, ENV)
    started = start_backend(session, whole=False)
    finish = finish_backend if started.created else update_layer
    with forwarding_interrupts(), ThreadPoolExecutor(2) as pool:
        # The provider mostly waits while it creates the rest of the backend; the bucket is usable meanwhile.
        rest = pool.submit(finish, session, started.layer, lambda text: None)
        visit = Visit(session, pool)
        deployed = deploy(session, synthesis, verdict, confirm=lambda bundle: True, after_wave=visit.follow_wave)
        rest.result()
        synthesis = deployed.bundles[0].synthesis
        again = build_bundle(session, synthesis, verdict)
        visit.wait_for_pages()
        answer = visit.ask()
    changes = sum(plan.counts.resources + plan.counts.outputs for plan in again.plans)
    applied = sum(len(existing(plan.plan)) for plan in again.plans)
    page = _write_report(synthesis, again.verdict, _layer_results(deployed.bundles, again), changes, answer)
    uncovered = len(uncovered_types(synthesise_environment(load_environment(name), name) for name in REAL))
    out.print(
        f"{answer.question}\n{answer.text}\n" + "".join(f"  {title}: {url}\n" for title, url in answer.sources),
        soft_wrap=True,
        markup=False,
    )
    out.print(
        f"demo: {counted(len(again.plans), 'layer')}, {counted(applied, 'resource')} applied, "
        f"{counted(changes, 'change')} on re-plan, "
        f"{counted(uncovered, 'type')} not covered by emulation, report: {page}",
        soft_wrap=True,
        markup=False,
    )
    out.print(AFTER.format(site=endpoint.site, question=QUESTION), soft_wrap=True, markup=False)
    if changes:
        raise SitechatError("the second plan is not empty: see the report for what differs", code=ExitCode.FAILED)


def _show_without_terraform(error: SitechatError) -> None:
    """Show the part that needs no Terraform: synthesise, scan and draw the configuration. Exits 8."""
    err.print(f"[yellow]{escape(error.message)}[/yellow]; showing what works without it")
    synthesis, verdict = synthesise_and_scan(load_environment(ENV), ENV)
    page = _write_report(synthesis, verdict, (), None)
    out.print(
        f"demo: incomplete: nothing was planned or applied, because {error.message}; report: {page}", markup=False
    )
    out.print(error.hint, soft_wrap=True, markup=False)
    raise SystemExit(int(ExitCode.INCOMPLETE))


def uncovered_types(syntheses: Iterable[Synthesis]) -> set[str]:
    """Resource types of these environments that no emulator can create."""
    from local_aws import UNCOVERED

    used = {address.partition(".")[0] for each in syntheses for layer in each.layers for address in layer.resources}
    return used & set(UNCOVERED)


def _layer_results(bundles: tuple[NewBundle, ...], again: NewBundle) -> tuple[LayerResult, ...]:
    """Each layer with the plan applied in this run, if any, and its present outputs."""
    from pipeline.report.bundles import planned_layer
    from pipeline.report.model import LayerResult

    applied = {plan.name: plan for bundle in bundles for plan in bundle.plans if not plan.preview and plan.counts.any}
    found = []
    for plan in again.plans:
        now_ = planned_layer(plan.name, plan.plan, preview=plan.preview)
        before = applied.get(plan.name)
        found.append(LayerResult(plan.name, "applied", before.plan, now_.outputs) if before else now_)
    return tuple(found)


def _write_report(
    synthesis: Synthesis,
    verdict: Verdict,
    layers: tuple[LayerResult, ...],
    changes: int | None,
    answer: ShownAnswer | None = None,
) -> Path:
    from pipeline.bundle.kept import work_folder
    from pipeline.report import write_report
    from pipeline.report.bundles import from_synthesis
    from pipeline.report.kept_road import kept_road

    env = load_environment(ENV)
    with step("write the report"):
        data = from_synthesis(synthesis, env, commit=current_commit(), verdict=verdict)
        road = kept_road(work_folder(env), env.name)
        data = replace(data, layers=layers, replan_changes=changes, next_steps=(), road=road, answer=answer)
        return write_report(data, Work(repo_root()).report(env.name))


if __name__ == "__main__":
    main()
