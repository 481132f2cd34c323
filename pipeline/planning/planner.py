"""Plan one layer: for real where what it reads exists and stays, as a preview otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import SitechatError
from pipeline.planning import waves
from pipeline.planning.digests import upstream_digest
from pipeline.planning.preview import Resolve, preview_config, resolver
from pipeline.planning.stand_ins import Inputs
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis, lay_out
from pipeline.synth.references import outputs_read
from pipeline.work import private_dir, write_private_json
from terraform_json.plan import Counts, count
from terraform_json.state import lineage_and_serial


@dataclass(frozen=True)
class LayerPlan:
    """What planning one layer gave. `blocked` says why it is only a preview; `problem` why even that failed.

    `inputs` are the outputs of other layers it was planned with; of a preview's only those that are placeholders.
    """

    name: str
    blocked: str = ""
    problem: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lineage: str = ""
    serial: int = 0
    upstream_sha256: str = ""
    inputs: Inputs = field(default_factory=dict, repr=False)

    @property
    def preview(self) -> bool:
        """Is this layer only shown, not applied, in this wave?"""
        return bool(self.blocked)

    @property
    def counts(self) -> Counts:
        """The changes of the plan."""
        return count(self.plan)


@dataclass
class Planner:
    """Plans the layers of one synthesis into `folder`, the bundle being made.

    Layers outside of `names` are not planned: they don't change in this wave, so their state tells what they hand on.
    `settled` is filled as layers are looked at. `previews` off leaves blocked layers without a plan: quicker, for the
    later waves of a deployment whose first wave has shown them.
    """

    session: Session
    synthesis: Synthesis
    names: frozenset[str]
    folder: Path
    report: Callable[[str], None]
    previews: bool = True
    settled: dict[str, waves.Settled] = field(default_factory=dict)

    def __call__(self, name: str) -> LayerPlan | None:
        """Plan the layer `name`, or only look at its state; all it reads must have been looked at before."""
        layer = self.synthesis.layer(name)
        self.report(f"{name}: connecting")
        terraform = self.session.opened(layer, lambda text: self.report(f"{name}: {text}"))
        state = terraform.state_pull()
        if name not in self.names:
            self.settled[name] = waves.settle({}, state, preview=False)
            return None
        needed = outputs_read(layer, self.synthesis.layers)
        blocked = waves.blocked_by(needed, self.settled) or waves.undelegated(self.session, layer, state)
        known = lineage_and_serial(state)
        if blocked:
            resolve = self._resolver()
            plan, problem = self._preview(layer, state, resolve) if self.previews else ({}, "")
            self.settled[name] = waves.settle(plan, state, preview=True)
            inputs = {
                up: {each: resolve(up, each) for each in outputs if not self.settled[up].tells(each)}
                for up, outputs in needed.items()
            }
            return LayerPlan(name, blocked, problem, plan, *known, inputs=inputs)
        self.report(f"{name}: planning")
        terraform.plan(self.folder / name / "tfplan")
        plan = terraform.show_plan(self.folder / name / "tfplan")
        self.settled[name] = waves.settle(plan, state, preview=False)
        inputs = values_read(needed, self.settled)
        return LayerPlan(name, "", "", plan, *known, upstream_digest(inputs), inputs)

    def _resolver(self) -> Resolve:
        """What is known of the outputs of the layers settled so far, with placeholders for the rest."""
        return resolver(self.synthesis.layers, self.settled, self.session.env.place)

    def _preview(self, layer: Layer, state: Mapping[str, Any] | None, resolve: Resolve) -> tuple[dict[str, Any], str]:
        """Plan against placeholders. The present state is the starting point, so that it shows a change as a change."""
        directory = private_dir(self.session.work.terraform(self.session.env.name) / f"{layer.name}.preview")
        state_file = directory / "terraform.tfstate"
        state_file.unlink(missing_ok=True)
        try:
            lay_out(layer, directory)
            write_private_json(directory / "cdk.tf.json", preview_config(layer, self.synthesis.layers, resolve))
            terraform = self.session.terraform(directory, layer.name, lambda text: self.report(f"{layer.name}: {text}"))
            terraform.init()
            if state is not None:
                write_private_json(state_file, state)
            self.report(f"{layer.name}: previewing")
            terraform.plan(directory / "tfplan")
            return terraform.show_plan(directory / "tfplan"), ""
        except SitechatError as error:
            if error.code == error.code.INTERRUPTED:
                raise
            return {}, error.message
        finally:
            for file in ("terraform.tfstate", "tfplan", "cdk.tf.json"):
                (directory / file).unlink(missing_ok=True)


def values_read(
    needed: Mapping[str, tuple[str, ...]], settled: Mapping[str, waves.Settled]
) -> dict[str, dict[str, Any]]:
    """The values of the outputs a layer reads, by upstream layer."""
    return {
        upstream: {name: settled[upstream].outputs[name] for name in names}
        for upstream, names in needed.items()
        if names
    }
