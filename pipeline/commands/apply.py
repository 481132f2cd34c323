"""`sitechat apply`: apply a bundle that was reviewed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, Allow, EnvRef, Json
from pipeline.console import out
from pipeline.errors import counted

if TYPE_CHECKING:
    from pipeline.bundle.apply import Applied
    from pipeline.session import Session

Follow = Annotated[
    bool, typer.Option("--follow", help="Then go on with the layers it previewed, as far as they are what it showed.")
]


def command(
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE_ID|latest", help="What `sitechat plan` printed.")],
    env: EnvRef = DEFAULT_ENV,
    follow: Follow = False,
    allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Apply exactly what a bundle holds; refuse one that is stale, altered, expired or made for something else."""
    from pipeline.bundle.apply import apply_bundle
    from pipeline.commands.before_apply import before_apply
    from pipeline.operations.releases.kept_images import keep_released
    from pipeline.scan import preload
    from pipeline.session import open_session

    session = open_session(env)
    preload()
    keep_released(session)
    if follow:
        _follow(session, bundle, tuple(allow or ()), as_json=as_json)
    else:
        applied = apply_bundle(session, bundle, allow=tuple(allow or ()), before=partial(before_apply, session))
        _report(session, applied, as_json=as_json)


def _report(session: Session, applied: Applied, *, as_json: bool) -> None:
    from pipeline.commands.settling import settle
    from pipeline.report.write import report_applied

    page = report_applied(session, [applied.id], done=applied.done, left=applied.left)
    done = {name: counts.resources for name, counts in applied.done.items()}
    found = {"env": session.env.name, "bundle": applied.id, "applied": done, "left": applied.left, "report": str(page)}
    if not as_json:
        out.print(f"Applied {_told(applied)}.", markup=False)
        out.print(f"report: {page}", soft_wrap=True, markup=False)
    settle(session, found, changed=_changed(applied), as_json=as_json)
    if applied.left and not as_json:
        out.print(f"Left: {', '.join(applied.left)}\nnext: sitechat plan --env {session.env_ref}", markup=False)


def _changed(applied: Applied) -> bool:
    """Whether anything of the service's layer was changed."""
    from pipeline.commands.settling import LAYER

    return LAYER in applied.done and applied.done[LAYER].any


def _told(applied: Applied) -> str:
    """What changed, and in which layers: those without a change were only looked at."""
    changed = [name for name, counts in applied.done.items() if counts.any]
    told = counted(applied.resources, "change")
    return f"{told} in {', '.join(changed)}" if changed else f"{told}: everything is as the bundle says"


def _follow(session: Session, bundle: str, allow: tuple[str, ...], *, as_json: bool) -> None:
    from pipeline.commands.before_apply import before_apply
    from pipeline.commands.settling import LAYER, settle
    from pipeline.deployment.consent import confirm_bundle
    from pipeline.deployment.follow import apply_and_follow
    from pipeline.report.write import report_applied

    applied, deployed = apply_and_follow(
        session,
        bundle,
        confirm=lambda each: confirm_bundle(session, each),
        allow=allow,
        before=partial(before_apply, session),
    )
    waves = [applied.id, *(each.id for each in deployed.bundles)]
    layers = [*applied.done, *deployed.layers]
    verdict = deployed.bundles[-1].verdict if deployed.bundles else None
    page = report_applied(session, waves, done=layers, left=(), verdict=verdict)
    resources = applied.resources + deployed.resources
    found = {"env": session.env.name, "bundles": waves, "layers": layers, "resources": resources, "left": []}
    if not as_json:
        out.print(
            f"{session.env.name}: {counted(len(layers), 'layer')}, {counted(resources, 'change')} applied "
            f"in {counted(len(waves), 'wave')}.",
            markup=False,
        )
        out.print(f"report: {page}", soft_wrap=True, markup=False)
    changed = _changed(applied) or deployed.changes(LAYER)
    settle(session, found | {"report": str(page)}, changed=changed, as_json=as_json)
