"""Plan, confirm and apply, wave after wave, until nothing is left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.bundle.apply import apply
from pipeline.bundle.build import Bundle, build
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Synthesis
from pipeline.session import Session
from pipeline.tables import plan_table

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
    verdict: "Verdict",
    *,
    agree: Callable[[Bundle], bool],
    allow: tuple[str, ...] = (),
) -> Deployed:
    """Deploy every layer. `agree` is asked before each wave that changes something; no ends with INTERRUPTED.

    The first wave shows previews of the layers that come later; the following plan only what is left.
    """
    done: list[str] = []
    bundles: list[Bundle] = []
    resources = 0
    while len(done) < len(synthesis.layers):
        bundle = build(session, synthesis, verdict, previews=not bundles, done=done)
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
            if not agree(bundle):
                raise SitechatError(
                    f"stopped before bundle {bundle.id}; nothing of it was applied",
                    hint=f"Apply it with `sitechat apply {bundle.id} --env {session.env_ref}`.",
                    code=ExitCode.INTERRUPTED,
                )
            used = tuple(address for address in allow if address in _losses(bundle))
            resources += apply(session, bundle.id, allow=used).resources
        done += wave
    return Deployed(tuple(done), resources, tuple(bundles))


def _losses(bundle: Bundle) -> set[str]:
    from pipeline.bundle.changes import stateful_losses

    return {address for plan in bundle.plans if not plan.preview for address in stateful_losses(plan.plan)}


def may_skip_question(session: Session, yes: bool) -> bool:
    """Is `--yes` given and allowed here? Raises SitechatError (5) where a person has to agree."""
    if yes and not session.env.auto_approve:
        raise SitechatError(
            f"--yes is refused: {session.env.name} does not set auto_approve",
            hint="Leave --yes out and answer the question.",
            code=ExitCode.REFUSED,
        )
    return yes
