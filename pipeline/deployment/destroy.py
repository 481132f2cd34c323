"""Destroy an environment, the last layer first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.bundle.build import tool_versions
from pipeline.bundle.commits import current_commit
from pipeline.bundle.guard import refuse_losses, stateful_losses
from pipeline.bundle.recording import PlannedWave, recorded
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.operations.releases.leftovers import deregister_revisions, task_families
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.terraform import Terraform
from pipeline.terraform.graph import run_graph
from terraform_json.plan import count

if TYPE_CHECKING:
    from config import Environment


@dataclass(frozen=True)
class DestroyPlan:
    """The plan that destroys one layer: number of resources, and addresses of guarded ones (`losses`).

    `shown` is the plan as JSON. `families` are those of its task definitions: Terraform leaves their revisions, for
    releases to go back to, and releases register more of them.
    """

    name: str
    terraform: Terraform
    resources: int = 0
    losses: tuple[str, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    families: tuple[str, ...] = ()

    @property
    def plan(self) -> Path:
        """The saved plan file. It stays valid while other layers are destroyed, as that doesn't change this state."""
        return self.terraform.dir / "destroy.tfplan"


def destroy(
    session: Session,
    synthesis: Synthesis,
    *,
    allow: Collection[str],
    confirm: Callable[[Mapping[str, DestroyPlan]], bool],
    only: str | None = None,
) -> dict[str, int]:
    """Destroy every layer, or `only` one; returns the number of resources destroyed by layer.

    `confirm` is shown what goes, by layer. All plans are made and checked before anything is destroyed.

    Raises SitechatError (5) under `protection`, and for stateful resources outside the emulated AWS that `allow`
    doesn't name.
    """
    env = session.env
    if env.protection:
        raise SitechatError(
            f"{env.name} is protected: nothing of it is destroyed",
            hint=f"To give it up, set `protection = false` in {env.name}.toml and deploy that first.",
            code=ExitCode.REFUSED,
        )
    names = [synthesis.layer(only).name] if only else [layer.name for layer in synthesis.layers]
    doomed = {each.name: each for each in _plan_destroy(session, synthesis, names)}
    if not doomed:
        return {}
    refuse_losses({name: each.losses for name, each in doomed.items()}, allow, env)
    if not confirm(doomed):
        raise SitechatError("stopped; nothing was destroyed", code=ExitCode.INTERRUPTED)
    with (
        recorded(None, session, "destroy") as recording,
        step(f"destroy {counted(len(doomed), 'layer')} of {env.name}") as progress,
    ):
        recording.begin(lambda: _wave(session, synthesis, doomed))

        def destroy_layer(name: str) -> int:
            progress.update(name)
            each = doomed[name]
            recording.mark(name, "begun")
            each.terraform.apply(each.plan, total=each.resources)
            if each.families:
                gone = deregister_revisions(session, each.families)
                progress.note(f"{name}: {counted(gone, 'revision')} of task definitions deregistered")
            recording.mark(name, "done")
            each.plan.unlink()
            progress.note(f"{name}: {counted(each.resources, 'resource')} destroyed")
            return each.resources

        return run_graph(_destroy_order(synthesis, doomed), destroy_layer)


def _wave(session: Session, synthesis: Synthesis, doomed: Mapping[str, DestroyPlan]) -> PlannedWave:
    """What the history keeps of a destruction, in the order of the layers."""
    plans = {layer.name: doomed[layer.name].shown for layer in synthesis.layers if layer.name in doomed}
    return PlannedWave("", current_commit(), plans, {}, tool_versions(session, synthesis))


def what_stays(env: Environment) -> tuple[str, ...]:
    """What is left of an environment that was destroyed, each in words, with how long."""
    days = env.secrets.recovery_window_days
    found = [f"secrets, for {counted(days, 'day')}, in which they can be restored"] if days else []
    found.append("the customer keys, for 7 days, in which their deletion can be cancelled")
    if env.bedrock.guardrail:
        found.append("published versions of the guardrail")
    if env.search.enabled:
        found.append("the cancelled signing profile and its jobs, which Signer forgets after two years")
    found.append("log groups that AWS services made themselves")
    found.append(f"the state bucket {env.state_backend.bucket} with every version of the states")
    return tuple(found)


def _plan_destroy(session: Session, synthesis: Synthesis, names: Collection[str]) -> list[DestroyPlan]:
    with step(f"plan what to destroy in {counted(len(names), 'layer')} of {session.env.name}") as progress:

        def plan_layer(name: str) -> DestroyPlan | None:
            progress.update(name)
            layer = synthesis.layer(name)
            state = session.read_state(layer) or {}
            if not state.get("resources"):
                return None
            terraform = session.opened(layer, lambda text: progress.update(f"{name}: {text}"))
            doomed = DestroyPlan(name, terraform)
            terraform.plan(doomed.plan, destroy=True)
            shown = terraform.show_plan(doomed.plan)
            return DestroyPlan(
                name, terraform, count(shown).resources, stateful_losses(shown), shown, task_families(state)
            )

        session.await_locks([synthesis.layer(name) for name in names], progress.note)
        found = run_graph(dict.fromkeys(names, ()), plan_layer).values()
        return [each for each in found if each is not None and each.resources]


def _destroy_order(synthesis: Synthesis, doomed: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each layer, the layers to destroy before it: all that depend on it, directly or not."""
    order = synthesis.layers
    above: dict[str, set[str]] = {layer.name: set() for layer in order}
    for layer in reversed(order):
        for need in layer.dependencies:
            above[need] |= {layer.name} | above[layer.name]
    return {name: tuple(sorted(above[name] & set(doomed))) for name in doomed}
