"""`sitechat plan`: synthesise, scan and plan an environment, and make a bundle of the plans."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.options import DEFAULT_ENV, AcceptUnpriced, EnvRef, Json, LayerName
from pipeline.console import err, out, step
from pipeline.doctor.finding import Diagnosis, print_diagnosis
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.bundle.build import NewBundle
    from pipeline.bundle.reviewed import ReviewedPreviews
    from pipeline.session import Session
    from pipeline.synth.layers import Synthesis


def command(
    env: EnvRef = DEFAULT_ENV,
    layer: LayerName = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 10 when there are changes, for scripts.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Also keep the bundle in the state bucket, to be applied elsewhere.")
    ] = False,
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Only layers changed since the last apply (or empty plan) from here; hides drift.",
        ),
    ] = False,
    accept_unpriced: AcceptUnpriced = None,
    as_json: Json = False,
) -> None:
    """Plan every layer that can be planned, preview the rest, and keep it all as a bundle to apply."""
    from pipeline.bundle.build import build_bundle
    from pipeline.bundle.kept import last_reviewed
    from pipeline.commands.left_suspended import scaling_findings
    from pipeline.doctor.account import find_missing_prerequisites
    from pipeline.gates import price_within_ceiling, synthesise_and_scan
    from pipeline.operations.releases.pending import look_for_pending
    from pipeline.recovery.left_behind import refuse_left_behind
    from pipeline.report.write import report_plan
    from pipeline.session import open_session

    if changed and layer is not None:
        raise SitechatError(
            "--changed chooses the layers itself", hint="Leave out --layer or --changed.", code=ExitCode.USAGE
        )
    session = open_session(env)
    synthesis, verdict = synthesise_and_scan(session.env, env)
    cost = price_within_ceiling(synthesis, session.env, accept_unpriced or ())
    refuse_left_behind(session, synthesis)
    chosen = [layer] if layer is not None else None
    if changed:
        chosen = _changed_layers(session, synthesis)
    bundle = build_bundle(session, synthesis, verdict, only=chosen)
    page = report_plan(session, bundle.id, bundle.verdict)
    published = publish and _publish(session, bundle)
    before = last_reviewed(bundle.dir.parent, session.env.name, synthesis.sha256) if bundle.applicable else None
    with step("look at what the site still needs"):
        missing = [*find_missing_prerequisites(session), *scaling_findings(session)]
        pending = look_for_pending(session)
    if as_json:
        found = _plain(bundle, before, missing)
        found["pending"] = pending.to_json() if pending else None
        print(json.dumps(found | {"published": published, "only": chosen, "cost": cost.to_dict(), "report": str(page)}))
    else:
        _print_result(bundle, before, missing, page, env)
        if pending is not None:
            out.print(pending.line, markup=False)
    if any(plan.problem for plan in bundle.plans):
        raise typer.Exit(ExitCode.INCOMPLETE)
    if detailed_exitcode and bundle.changes:
        raise typer.Exit(ExitCode.CHANGES)


def _plain(bundle: NewBundle, before: ReviewedPreviews | None, missing: Sequence[Diagnosis]) -> dict[str, Any]:
    """A bundle as plain data, for --json."""
    from pipeline.report.tables import plan_json, reviewed_json

    return {
        "env": bundle.manifest.env,
        "bundle": bundle.id,
        "changes": bundle.changes,
        "layers": [plan_json(plan) for plan in bundle.plans],
        "missing": [asdict(each) for each in missing],
        "reviewed": reviewed_json(before, bundle.plans),
    }


def _print_result(
    bundle: NewBundle, before: ReviewedPreviews | None, missing: Sequence[Diagnosis], page: Path, env: str
) -> None:
    """Print a bundle for people: its layers and changes, what differs from the review before, and what comes next."""
    from pipeline.report.screen import print_screenful
    from pipeline.report.tables import plan_table

    if bundle.plans:
        out.print(plan_table(bundle.plans))
        print_screenful(out, bundle.plans, rest=f"sitechat show latest --env {env}")
    if before is not None:
        _compare(before, bundle)
    out.print(f"report: {page}", soft_wrap=True, markup=False)
    for each in missing:
        print_diagnosis(each)
    out.print(_next(bundle, env), markup=False)


def _changed_layers(session: Session, synthesis: Synthesis) -> list[str]:
    """Layers to plan with --changed; says which are planned, why, and which are not."""
    from pipeline.bundle.build import changed_layers

    with step("look for layers that changed since they were last applied"):
        reasons = changed_layers(session, synthesis)
    for name, reason in reasons.items():
        err.print(f"  {name}: {reason}", markup=False)
    left = [layer.name for layer in synthesis.layers if layer.name not in reasons]
    if left:
        text = f"  not planned, unchanged since their last apply: {', '.join(left)}"
        err.print(f"{text}. Changes made to them in AWS don't show; without --changed they do.", markup=False)
    return list(reasons)


def _publish(session: Session, bundle: NewBundle) -> bool:
    """Publish a bundle that can be applied and whose previews all succeeded; False for any other."""
    from pipeline.bundle.transport import publish_bundle

    if not bundle.applicable or any(plan.problem for plan in bundle.plans):
        return False
    publish_bundle(session, bundle.dir)
    return True


def _compare(before: ReviewedPreviews, bundle: NewBundle) -> None:
    """Print whether the plans match the previews of the bundle applied before, so that nobody reviews them twice."""
    from pipeline.report.tables import differences_table

    differences = before.differences(bundle.plans)
    out.print(
        f"{'Not as' if differences else 'As'} reviewed in bundle {before.id}{':' if differences else '.'}", markup=False
    )
    if differences:
        out.print(differences_table(differences))


def _next(bundle: NewBundle, env: str) -> str:
    if bundle.applicable:
        return f"Bundle {bundle.id}\nnext: sitechat apply {bundle.id} --env {env}"
    if bundle.changes:
        return f"Only previews: what they wait for is not part of this plan.\nnext: sitechat plan --env {env}"
    if not bundle.plans:
        return "Nothing changed here since it was last applied or planned, so nothing was planned."
    return "No changes: AWS is as the configuration says."
