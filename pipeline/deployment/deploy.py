"""Plan, confirm and apply, wave after wave, until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.bundle.apply import apply
from pipeline.bundle.build import Bundle, build
from pipeline.bundle.guard import meant, refuse_strays
from pipeline.bundle.reviewed import Reviewed
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.report.tables import differences_table, plan_table
from pipeline.session import Session
from pipeline.synth.layers import Synthesis

if TYPE_CHECKING:
    from pipeline.scan import Verdict


@dataclass(frozen=True)
class Deployed:
    """What a deployment did: layers in the order they were settled, resources changed, and the bundles of its waves.

    The last bundle's verdict is the gate's over all waves.
    """

    layers: tuple[str, ...]
    resources: int
    bundles: tuple[Bundle, ...]


def deploy(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    *,
    agree: Callable[[Bundle], bool],
    allow: tuple[str, ...] = (),
    reviewed: Reviewed | None = None,
    done: Collection[str] = (),
) -> Deployed:
    """Deploy every layer that is not `done`. `agree` is asked before a wave is applied; no ends with INTERRUPTED.

    The first wave shows previews of the layers that come later; the following plan only what is left, and are applied
    without a question as far as they are what was `reviewed`: the bundle that was agreed to, or one from before.
    """
    settled = list(done)
    bundles: list[Bundle] = []
    resources = 0
    while len(settled) < len(synthesis.layers):
        bundle = build(session, synthesis, verdict, previews=reviewed is None, done=settled)
        bundles.append(bundle)
        synthesis, verdict = bundle.synthesis, bundle.verdict
        wave = [plan.name for plan in bundle.plans if not plan.preview]
        if not wave:
            raise SitechatError(
                f"no layer can go on: {', '.join(f'{plan.name} ({plan.blocked})' for plan in bundle.plans)}",
                code=ExitCode.FAILED,
            )
        if bundle.applicable:
            err.print(plan_table(bundle.plans))
            if reviewed is None:
                refuse_strays(allow, bundle.plans)
            _ask(session, bundle, reviewed, agree)
            reviewed = reviewed or Reviewed.of(bundle.id, bundle.plans)
            real = [plan for plan in bundle.plans if not plan.preview]
            used = tuple(each for each in allow if meant(each, real))
            resources += apply(session, bundle.id, allow=used).resources
        settled += wave
    return Deployed(tuple(settled[len(done) :]), resources, tuple(bundles))


def _ask(session: Session, bundle: Bundle, reviewed: Reviewed | None, agree: Callable[[Bundle], bool]) -> None:
    """Return when the bundle may be applied. Raises SitechatError (130) for no, (5) where nobody can be asked."""
    if reviewed is not None:
        differences = reviewed.differences(bundle.plans)
        if not differences:
            err.print(f"  as reviewed in bundle {reviewed.id}: going on")
            return
        err.print(f"Not as reviewed in bundle {reviewed.id}:")
        err.print(differences_table(differences))
    if not agree(bundle):
        raise SitechatError(
            f"stopped before bundle {bundle.id}; nothing of it was applied",
            hint=f"Apply it with `sitechat apply {bundle.id} --env {session.env_ref}`.",
            code=ExitCode.INTERRUPTED,
        )
