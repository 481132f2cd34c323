"""Plan one layer: for real where the outputs it reads exist and don't change, as a preview otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import SitechatError
from pipeline.planning import waves
from pipeline.planning.digests import upstream_digest
from pipeline.planning.preview import Resolve, output_resolver, preview_config
from pipeline.planning.stand_ins import Inputs
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis, lay_out
from pipeline.synth.references import outputs_read
from pipeline.work import private_dir, write_private_json
from terraform_json.plan import Counts, count
from terraform_json.state import lineage_and_serial


@dataclass(frozen=True)
class LayerPlan:
    """The plan of one layer. `blocked` says why it is only a preview; `problem` says why the preview failed.

    `inputs` are the outputs of other layers it was planned with; of a preview, only the placeholders among them.
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
        """Whether this layer is only shown in this wave, not applied."""
        return bool(self.blocked)

    @property
    def counts(self) -> Counts:
        """The number of changes in the plan, by action."""
        return count(self.plan)


@dataclass
class Planner:
    """Plans the layers of one synthesis into `folder`, the bundle being built.

    Layers outside of `names` are not planned: they don't change in this wave, so their state has their outputs.
    `outputs` fills up as layers are read. Without `previews`, blocked layers get no plan: quicker, for the later waves
    of a deployment whose first wave has shown them.
    """

    session: Session
    synthesis: Synthesis
    names: frozenset[str]
    folder: Path
    report: Callable[[str], None]
    previews: bool = True
    outputs: dict[str, waves.LayerOutputs] = field(default_factory=dict)

    def __call__(self, name: str) -> LayerPlan | None:
        """Plan the layer `name`, or only read its state (then None). Its dependencies must come before it."""
        layer = self.synthesis.layer(name)
        self.report(f"{name}: connecting")
        terraform = self.session.opened(layer, lambda text: self.report(f"{name}: {text}"))
        state = terraform.state_pull()
        if name not in self.names:
            self.outputs[name] = waves.outputs_after_plan({}, state, preview=False)
            return None
        needed = outputs_read(layer, self.synthesis.layers)
        blocked = waves.blocked_by(needed, self.outputs) or waves.blocked_by_delegation(self.session, layer, state)
        known = lineage_and_serial(state)
        if blocked:
            resolve = self._resolver()
            plan, problem = self._preview(layer, state, resolve) if self.previews else ({}, "")
            self.outputs[name] = waves.outputs_after_plan(plan, state, preview=True)
            inputs = {
                up: {each: resolve(up, each) for each in outputs if not self.outputs[up].is_known(each)}
                for up, outputs in needed.items()
            }
            return LayerPlan(name, blocked, problem, plan, *known, inputs=inputs)
        self.report(f"{name}: planning")
        terraform.plan(self.folder / name / "tfplan")
        plan = terraform.show_plan(self.folder / name / "tfplan")
        self.outputs[name] = waves.outputs_after_plan(plan, state, preview=False)
        inputs = values_read(needed, self.outputs)
        return LayerPlan(name, "", "", plan, *known, upstream_digest(inputs), inputs)

    def _resolver(self) -> Resolve:
        """A resolver of the outputs of the layers read so far: known values, else placeholders."""
        return output_resolver(self.synthesis.layers, self.outputs, self.session.env.place)

    def _preview(self, layer: Layer, state: Mapping[str, Any] | None, resolve: Resolve) -> tuple[dict[str, Any], str]:
        """Plan against placeholders, on a copy of the state, so that changes show as such; returns plan and problem."""
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
    needed: Mapping[str, tuple[str, ...]], outputs: Mapping[str, waves.LayerOutputs]
) -> dict[str, dict[str, Any]]:
    """Stored values of the outputs that a layer reads, by upstream layer and output."""
    return {
        upstream: {name: outputs[upstream].stored[name] for name in names}
        for upstream, names in needed.items()
        if names
    }
