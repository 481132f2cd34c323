"""Plan one layer: for real where the outputs it reads exist and don't change, as a preview otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.planning import waves
from pipeline.planning.digests import upstream_digest
from pipeline.planning.preview import Resolve, output_resolver, preview_config
from pipeline.planning.stand_ins import Inputs
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis, lay_out
from pipeline.synth.references import outputs_read
from pipeline.terraform.graph import run_graph
from pipeline.work import private_dir, write_private_json
from terraform_json.plan import Counts, count, describe_counts, unchanged_plan
from terraform_json.state import lineage_and_serial, output_values

# Before the name of a layer in the graph of tasks: its real plan, made before its upstreams are decided.
ATTEMPT = "plan "


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
class Attempt:
    """A real plan made before it is known whether the layer's upstreams stay: `error` is why it failed."""

    plan: Mapping[str, Any] = field(default_factory=dict, repr=False)
    error: SitechatError | None = None


@dataclass
class Planner:
    """Plans the layers of one synthesis into `folder`, the bundle being built.

    Layers outside of `names` are not planned: they don't change in this wave, so their state has their outputs.
    Without `previews`, blocked layers get no plan: quicker, for the later waves of a deployment whose first wave has
    shown them. `report` and `note` take what is going on and lines that stay. `plan_layers` does it all.
    """

    session: Session
    synthesis: Synthesis
    names: frozenset[str]
    folder: Path
    report: Callable[[str], None]
    note: Callable[[str], None]
    previews: bool = True
    states: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    outputs: dict[str, waves.LayerOutputs] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)

    def plan_layers(self) -> tuple[LayerPlan, ...]:
        """Plan `names`, with all they depend on read, in the order in which they are applied.

        Whatever reads only outputs that exist is planned at once, beside its upstreams: in a plan that changes little,
        that is everything. Where an upstream turns out to change what it hands on, the layer is previewed instead.
        """
        order = self._order()
        self._read_states(order)
        ready = [name for name in reversed(order) if name in self.names and self._may_be_real(name)]
        needs: dict[str, tuple[str, ...]] = {f"{ATTEMPT}{name}": () for name in ready}
        for name in order:
            own = (f"{ATTEMPT}{name}",) if name in ready else ()
            needs[name] = (*own, *self.synthesis.layer(name).dependencies)
        planned = run_graph(needs, self._task)
        return tuple(found for name in order if (found := planned[name]) is not None)

    def _order(self) -> list[str]:
        """The planned layers and all they depend on, dependencies first."""
        wanted: set[str] = set()
        queue = list(self.names)
        while queue:
            name = queue.pop()
            wanted.add(name)
            queue += [each for each in self.synthesis.layer(name).dependencies if each not in wanted]
        return [layer.name for layer in self.synthesis.layers if layer.name in wanted]

    def _read_states(self, order: Sequence[str]) -> None:
        """Read the states side by side, once nobody else works on those that are planned."""
        layers = [self.synthesis.layer(name) for name in order]
        self.session.await_locks([layer for layer in layers if layer.name in self.names], self.note)
        with ThreadPoolExecutor(max(1, len(layers))) as pool:
            self.states = dict(zip(order, pool.map(self.session.read_state, layers), strict=True))

    def _may_be_real(self, name: str) -> bool:
        """Whether every output that the layer reads exists, and nothing else blocks it."""
        needed = outputs_read(self.synthesis.layer(name), self.synthesis.layers)
        there = all(set(outputs) <= output_values(self.states[up]).keys() for up, outputs in needed.items())
        return there and not self._blocked_by_delegation(name)

    def _blocked_by_delegation(self, name: str) -> str:
        return waves.blocked_by_delegation(self.session, self.synthesis.layer(name), self.states[name])

    def _task(self, task: str) -> LayerPlan | None:
        if task.startswith(ATTEMPT):
            self._attempt(task.removeprefix(ATTEMPT))
            return None
        return self._settle(task)

    def _attempt(self, name: str) -> None:
        """Plan a layer for real. An error counts only when nothing blocks the layer."""
        try:
            self.attempts[name] = Attempt(self._real_plan(name))
        except SitechatError as error:
            if error.code is ExitCode.INTERRUPTED:
                raise
            self.attempts[name] = Attempt(error=error)

    def _real_plan(self, name: str) -> Mapping[str, Any]:
        """Plan as JSON. Without changes nothing is shown by Terraform: the state says all that there is."""
        self._report(name, "planning")
        started = time.monotonic()
        terraform = self.session.opened(self.synthesis.layer(name), lambda text: self._report(name, text))
        path = self.folder / name / "tfplan"
        changes = terraform.plan(path)
        plan = terraform.show_plan(path) if changes else unchanged_plan(self.states[name] or {})
        took = f"{time.monotonic() - started:.0f} s"
        self.note(f"{name}: planned, {describe_counts(count(plan))}, {took}")
        return plan

    def _settle(self, name: str) -> LayerPlan | None:
        """Decide about one layer, now that its upstreams are decided: real plan, preview, or only read (None)."""
        layer, state = self.synthesis.layer(name), self.states[name]
        if name not in self.names:
            self.outputs[name] = waves.outputs_after_plan({}, state, preview=False)
            return None
        needed = outputs_read(layer, self.synthesis.layers)
        blocked = waves.blocked_by(needed, self.outputs) or self._blocked_by_delegation(name)
        known = lineage_and_serial(state)
        if blocked:
            return self._settle_preview(layer, blocked, needed)
        attempt = self.attempts.get(name) or Attempt(self._real_plan(name))
        if attempt.error is not None:
            raise attempt.error
        self.outputs[name] = waves.outputs_after_plan(attempt.plan, state, preview=False)
        inputs = values_read(needed, self.outputs)
        return LayerPlan(name, "", "", attempt.plan, *known, upstream_digest(inputs), inputs)

    def _settle_preview(self, layer: Layer, blocked: str, needed: Mapping[str, tuple[str, ...]]) -> LayerPlan:
        name, state = layer.name, self.states[layer.name]
        if name in self.attempts:  # made while its upstreams seemed to stay
            (self.folder / name / "tfplan").unlink(missing_ok=True)
            self.note(f"{name}: only previewed after all, {blocked}")
        resolve, problem = self._resolver(), ""
        plan: dict[str, Any] = {}
        if self.previews:
            started = time.monotonic()
            plan, problem = self._preview(layer, state, resolve)
            told = "the preview failed" if problem else f"previewed, {describe_counts(count(plan))}"
            self.note(f"{name}: {told}, {time.monotonic() - started:.0f} s")
        self.outputs[name] = waves.outputs_after_plan(plan, state, preview=True)
        inputs = {
            up: {each: resolve(up, each) for each in outputs if not self.outputs[up].is_known(each)}
            for up, outputs in needed.items()
        }
        return LayerPlan(name, blocked, problem, plan, *lineage_and_serial(state), inputs=inputs)

    def _report(self, name: str, text: str) -> None:
        self.report(f"{name}: {text}")

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
            terraform = self.session.terraform(directory, layer.name, lambda text: self._report(layer.name, text))
            terraform.init()
            if state is not None:
                write_private_json(state_file, state)
            self._report(layer.name, "previewing")
            if not terraform.plan(directory / "tfplan"):
                return unchanged_plan(state or {}), ""
            return terraform.show_plan(directory / "tfplan"), ""
        except SitechatError as error:
            if error.code in (ExitCode.INTERRUPTED, ExitCode.MISSING):  # no other layer would do better
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
