"""Deploy: plan, confirm and apply one wave after the other, until every layer is applied."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.bundle.apply import BeforeCreating, apply_bundle, nothing_asked
from pipeline.bundle.build import NewBundle, build_bundle, changed_layers
from pipeline.bundle.guard import names_loss, refuse_unused_allowances
from pipeline.bundle.migration import refuse_handing_over, refuse_stranding
from pipeline.bundle.recording import PlannedWave, Recording, recorded
from pipeline.bundle.reviewed import ReviewedPreviews
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.applied import files_digest
from pipeline.report.screen import print_screenful
from pipeline.report.tables import differences_table, plan_table
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.plan import count

if TYPE_CHECKING:
    from pipeline.scan import Verdict


@dataclass(frozen=True)
class Deployed:
    """The result of a deployment: layers in the order they were done, resources changed, and the bundle of each wave.

    The last bundle's verdict covers all waves.
    """

    layers: tuple[str, ...]
    resources: int
    bundles: tuple[NewBundle, ...]

    def changes(self, layer: str) -> bool:
        """Whether anything of a layer was changed."""
        plans = [plan for bundle in self.bundles for plan in bundle.plans if plan.name == layer and not plan.preview]
        return any(count(plan.plan).any for plan in plans)


def deploy(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    *,
    confirm: Callable[[NewBundle], bool],
    allow: tuple[str, ...] = (),
    reviewed: ReviewedPreviews | None = None,
    done: Collection[str] = (),
    after_wave: Callable[[Collection[str]], None] = lambda layers: None,
    before: BeforeCreating = nothing_asked,
    recording: Recording | None = None,
    hand_over: bool = False,
) -> Deployed:
    """Deploy every layer that is not `done`. `confirm` is asked before a wave is applied; False raises (130).

    `after_wave` is told the layers of each wave, once they are applied or found to need nothing; `before` is asked
    before one is applied.

    The first wave has previews of the later layers. The following waves plan only the layers left, and are applied
    without a question where they match the `reviewed` previews: those of the first wave, or of an earlier bundle.
    The history gets one entry for all waves: `recording` where they are part of a longer run. `hand_over` lets a
    service be replaced because another controller is to deploy it; without it that is refused before anybody is asked.
    """
    with recorded(recording, session, "deploy") as kept:
        return _deploy(session, synthesis, verdict, confirm, allow, reviewed, done, after_wave, before, kept, hand_over)


def _deploy(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    confirm: Callable[[NewBundle], bool],
    allow: tuple[str, ...],
    reviewed: ReviewedPreviews | None,
    done: Collection[str],
    after_wave: Callable[[Collection[str]], None],
    before: BeforeCreating,
    recording: Recording,
    hand_over: bool,
) -> Deployed:
    settled = list(done)
    bundles: list[NewBundle] = []
    resources = 0
    while len(settled) < len(synthesis.layers):
        if reviewed is not None:
            settled += _unchanged(session, synthesis, settled, reviewed)
            if len(settled) == len(synthesis.layers):
                break
        bundle = build_bundle(session, synthesis, verdict, previews=reviewed is None, done=settled)
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
                print_screenful(err, bundle.plans, rest=f"sitechat show {bundle.id} --env {session.env_ref}")
                plans = {each.name: each.plan for each in bundle.plans}
                if not hand_over:
                    refuse_handing_over(plans, session.env_ref)
                refuse_stranding(plans, session.env_ref)
                refuse_unused_allowances(allow, bundle.plans)
            _confirm_wave(session, bundle, reviewed, confirm)
            reviewed = reviewed or ReviewedPreviews.of(bundle.id, bundle.plans)
            real = [plan for plan in bundle.plans if not plan.preview]
            used = tuple(each for each in allow if names_loss(each, real))
            applied = apply_bundle(
                session, bundle.id, allow=used, before=before, recording=recording, hand_over=hand_over
            )
            resources += applied.resources
        else:
            recording.look(partial(_unchanged_wave, bundle))
        settled += wave
        after_wave(wave)
    return Deployed(tuple(settled[len(done) :]), resources, tuple(bundles))


def _unchanged_wave(bundle: NewBundle) -> PlannedWave:
    """What the history keeps of a wave that changes nothing: its layers are as they are configured."""
    plans = {plan.name: plan.plan for plan in bundle.plans if not plan.preview}
    hashes = {name: files_digest(bundle.synthesis.layer(name)) for name in plans}
    return PlannedWave("", bundle.manifest.commit, plans, hashes, bundle.manifest.versions)


def _unchanged(
    session: Session, synthesis: Synthesis, settled: Collection[str], reviewed: ReviewedPreviews
) -> list[str]:
    """Layers that need no plan in a later wave: as they were last applied, and previewed without a change.

    A preview compares with AWS, so drift in such a layer would have shown there.
    """
    shown = {name for name, each in reviewed.layers.items() if each.plan and not count(each.plan).any}
    left = [layer.name for layer in synthesis.layers if layer.name not in settled and layer.name in shown]
    reasons = changed_layers(session, synthesis) if left else {}
    found = [name for name in left if name not in reasons]
    if found:
        err.print(f"  unchanged since their last apply, not planned again: {', '.join(found)}", markup=False)
    return found


def _confirm_wave(
    session: Session, bundle: NewBundle, reviewed: ReviewedPreviews | None, confirm: Callable[[NewBundle], bool]
) -> None:
    """Ask about a wave unless it matches the reviewed previews.

    Raises SitechatError: 130 for no, 5 when nobody can answer.
    """
    if reviewed is not None:
        differences = reviewed.differences(bundle.plans)
        if not differences:
            err.print(f"  as reviewed in bundle {reviewed.id}: going on", markup=False)
            return
        err.print(f"Not as reviewed in bundle {reviewed.id}:", markup=False)
        err.print(differences_table(differences))
    if not confirm(bundle):
        raise SitechatError(
            f"stopped before bundle {bundle.id}; nothing of it was applied",
            hint=f"Apply it with `sitechat apply {bundle.id} --env {session.env_ref}`.",
            code=ExitCode.INTERRUPTED,
        )
