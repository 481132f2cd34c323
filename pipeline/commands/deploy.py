"""`sitechat deploy`: plan, confirm and apply until nothing is left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pipeline.commands.options import DEFAULT_ENV, AcceptUnpriced, Allow, EnvRef, Json, Yes
from pipeline.console import out
from pipeline.errors import counted

if TYPE_CHECKING:
    from pipeline.bundle.build import NewBundle


def command(
    env: EnvRef = DEFAULT_ENV,
    yes: Yes = False,
    allow: Allow = None,
    accept_unpriced: AcceptUnpriced = None,
    as_json: Json = False,
) -> None:
    """Plan, confirm and apply wave after wave. Later waves are asked about only where they aren't what was shown."""
    from pipeline.commands.before_apply import before_apply
    from pipeline.commands.settling import LAYER, settle
    from pipeline.deployment.consent import confirm_bundle, may_skip_question
    from pipeline.deployment.deploy import deploy
    from pipeline.gates import price_within_ceiling, synthesise_and_scan
    from pipeline.operations.releases.kept_images import keep_released
    from pipeline.recovery.left_behind import refuse_left_behind
    from pipeline.report.write import report_applied
    from pipeline.session import open_session

    session = open_session(env)
    agreed = may_skip_question(session, yes)
    synthesis, verdict = synthesise_and_scan(session.env, env)
    cost = price_within_ceiling(synthesis, session.env, accept_unpriced or ())
    refuse_left_behind(session, synthesis)

    def confirm(bundle: NewBundle) -> bool:
        if not (agreed or confirm_bundle(session, bundle)):
            return False
        keep_released(session)
        return True

    deployed = deploy(
        session,
        synthesis,
        verdict,
        confirm=confirm,
        allow=tuple(allow or ()),
        before=partial(before_apply, session),
    )
    waves = [bundle.id for bundle in deployed.bundles]
    page = report_applied(session, waves, done=deployed.layers, left=(), verdict=deployed.bundles[-1].verdict)
    if not as_json:
        changes = counted(deployed.resources, "change")
        out.print(f"{session.env.name}: {counted(len(deployed.layers), 'layer')}, {changes} applied.", markup=False)
        out.print(f"report: {page}", soft_wrap=True, markup=False)
    found = {"env": session.env.name, "layers": deployed.layers, "resources": deployed.resources, "bundles": waves}
    found |= {"cost": cost.to_dict(), "report": str(page)} if as_json else {}
    waits = settle(session, found, changed=deployed.changes(LAYER), as_json=as_json)
    if not (as_json or waits):
        out.print(f"next: sitechat outputs --env {env}", markup=False)
