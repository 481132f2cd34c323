"""`apply --follow`: apply a reviewed bundle, then the later waves as far as they match its previews."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.bundle.apply import Applied, BeforeCreating, apply_stored_bundle, nothing_asked
from pipeline.bundle.build import NewBundle
from pipeline.bundle.guard import names_loss, refuse_unused_allowances
from pipeline.bundle.kept import reviewed_previews
from pipeline.bundle.recording import recorded
from pipeline.bundle.transport import fetch_bundle
from pipeline.console import step
from pipeline.deployment.deploy import Deployed, deploy
from pipeline.gates import refuse_findings
from pipeline.planning.planner import LayerPlan
from pipeline.session import Session


def apply_and_follow(
    session: Session,
    wanted: str,
    *,
    confirm: Callable[[NewBundle], bool],
    allow: Sequence[str] = (),
    before: BeforeCreating = nothing_asked,
) -> tuple[Applied, Deployed]:
    """Apply bundle `wanted`, then plan and apply the later waves. `confirm` is asked where they differ, `before` before
    anything is applied.

    All waves use the bundle's own synthesised files. `allow` may name what the bundle or its previews destroy.
    Raises SitechatError as `apply_bundle` and `deploy` do.
    """
    from pipeline.scan import gate

    stored = fetch_bundle(session, wanted)
    plans = {each.name: LayerPlan(each.name, plan=stored.plan(each.name)) for each in stored.manifest.layers}
    refuse_unused_allowances(allow, tuple(plans.values()))
    first = [plans[each.name] for each in stored.manifest.layers if not each.preview]
    now = [text for text in allow if names_loss(text, first)]
    later = tuple(text for text in allow if not names_loss(text, first))
    with recorded(None, session, "apply") as recording:
        applied = apply_stored_bundle(session, stored, allow=now, before=before, recording=recording)
        if not applied.left:
            return applied, Deployed((), 0, ())
        with step("scan the configuration of the bundle"):
            verdict = gate(stored.synthesis, env=session.env)
        refuse_findings(verdict, session.env_ref)
        return applied, deploy(
            session,
            stored.synthesis,
            verdict,
            confirm=confirm,
            allow=later,
            reviewed=reviewed_previews(stored),
            done=tuple(applied.done),
            before=before,
            recording=recording,
        )
