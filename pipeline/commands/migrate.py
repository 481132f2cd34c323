"""`sitechat migrate`: change a deployment strategy for which the service has to be replaced."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from pipeline.commands.options import DEFAULT_ENV, AcceptUnpriced, Allow, EnvRef, Json, Yes
from pipeline.console import err, out
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
    """Bring `deployment.strategy` to a service that another controller deploys: it is replaced, with an interruption.

    Refuses what doesn't belong to such a change, asks, deploys, and watches the new service until it serves.
    """
    from pipeline.bundle.allowances import allowance_text
    from pipeline.bundle.migration import refuse_other_losses
    from pipeline.clock import now
    from pipeline.commands.settling import LAYER, settle
    from pipeline.deployment.consent import confirm_bundle, may_skip_question
    from pipeline.deployment.deploy import deploy
    from pipeline.gates import price_within_ceiling, synthesise_and_scan
    from pipeline.operations.releases import strategy_change
    from pipeline.operations.releases.kept_images import keep_released
    from pipeline.recovery.existing import refuse_what_exists
    from pipeline.recovery.left_behind import refuse_left_behind
    from pipeline.report.write import report_applied
    from pipeline.session import open_session

    session = open_session(env)
    agreed = may_skip_question(session, yes)
    change = strategy_change.find_change(session)
    if not change.replaces:
        if as_json:
            print(json.dumps({"env": session.env.name, "controller": change.now, "replaced": False}))
            return
        out.print(strategy_change.nothing_to_hand_over(session, change), markup=False)
        return
    synthesis, verdict = synthesise_and_scan(session.env, env)
    price_within_ceiling(synthesis, session.env, accept_unpriced or ())
    refuse_left_behind(session, synthesis)

    def confirm(bundle: NewBundle) -> bool:
        refuse_other_losses(bundle.plans)
        err.print(strategy_change.warning(session, change), markup=False)
        if not (agreed or confirm_bundle(session, bundle)):
            return False
        keep_released(session)
        return True

    deployed = deploy(
        session,
        synthesis,
        verdict,
        confirm=confirm,
        allow=(allowance_text(LAYER, change.service.address, now().date() + timedelta(days=1)), *(allow or ())),
        before=partial(refuse_what_exists, session),
        hand_over=True,
    )
    waves = [bundle.id for bundle in deployed.bundles]
    page = report_applied(session, waves, done=deployed.layers, left=(), verdict=deployed.bundles[-1].verdict)
    found = {
        "env": session.env.name,
        "controller": change.then,
        "replaced": True,
        "resources": deployed.resources,
        "bundles": waves,
        "report": str(page),
    }
    waits = settle(session, found, changed=deployed.changes(LAYER), as_json=as_json)
    if not as_json:
        changes = counted(deployed.resources, "change")
        out.print(f"{session.env.name}: {change.service.name} is deployed by {change.then}, {changes}.", markup=False)
        out.print(f"report: {page}", soft_wrap=True, markup=False)
        if not waits:
            out.print(f"next: sitechat release --env {env} --restart, the first one by the new strategy", markup=False)
