"""Content of the report, prepared once for the page and the Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.report.architecture import build_picture
from pipeline.report.changes import ORDER, Action, Change, action_totals, changes_of
from pipeline.report.drawing import draw_picture
from pipeline.report.model import LayerResult, LayerStatus, ReportInput
from terraform_json.redact import SENSITIVE, Scrubber, decoded, hides

if TYPE_CHECKING:
    from pipeline.report.kept_road import KeptRoad

# Prefix of cdktf's outputs between layers, which are of no use to readers.
INTERNAL_OUTPUTS = "cross-stack-output-"


@dataclass(frozen=True)
class LayerView:
    """One layer as shown; `resources` are (type, address), `outputs` (name, value)."""

    name: str
    status: LayerStatus
    planned: bool
    changes: tuple[Change, ...]
    resources: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    hidden_outputs: int

    @property
    def totals(self) -> dict[Action, int]:
        """Number of changes by action."""
        return action_totals(self.changes)


@dataclass(frozen=True)
class UncoveredType:
    """A resource type that the emulators can't create, with the number of its resources and the reason."""

    type: str
    count: int
    reason: str


@dataclass(frozen=True)
class ReportView:
    """All content of the report, without any sensitive value."""

    data: ReportInput
    layers: tuple[LayerView, ...]
    uncovered: tuple[UncoveredType, ...]
    scrub: Scrubber
    svg: str
    links: tuple[tuple[str, str, int], ...]
    road: KeptRoad | None

    @property
    def changes(self) -> tuple[Change, ...]:
        """Changes of all layers."""
        return tuple(change for layer in self.layers for change in layer.changes)

    @property
    def losses(self) -> tuple[Change, ...]:
        """Resources of any layer that are destroyed, replaced or forgotten, which reviewers read first."""
        found = [change for change in self.changes if change.action in ("destroy", "replace", "forget")]
        return tuple(sorted(found, key=lambda change: ORDER.index(change.action)))

    @property
    def totals(self) -> dict[Action, int]:
        """Number of changes by action."""
        return action_totals(self.changes)

    @property
    def resource_count(self) -> int:
        """Number of resources in all layers."""
        return sum(len(layer.resources) for layer in self.layers)

    @property
    def planned(self) -> bool:
        """Whether any layer has a plan."""
        return any(layer.planned for layer in self.layers)

    @property
    def state(self) -> tuple[str, str]:
        """(tone, words): progress of this environment in two or three words; the tone is a CSS class."""
        statuses = {layer.status for layer in self.layers}
        if not statuses - {"synthesised"}:
            return "", "synthesised only"
        if statuses <= {"applied", "unchanged"}:
            return "good", "applied" if "applied" in statuses else "nothing to change"
        if not self.changes and not statuses & {"preview", "synthesised"}:
            return "good", "nothing to change"
        return "warn", "partly applied" if "applied" in statuses else "planned"

    @property
    def gate(self) -> tuple[str, str]:
        """(tone, words): result of the scan gate."""
        if self.data.verdict is None:
            return "warn", "not scanned"
        return ("good", "gate passed") if self.data.verdict.passed else ("bad", "gate failed")


def build_view(data: ReportInput) -> ReportView:
    """Build the view. Layers without a result are shown as synthesised."""
    scrub = Scrubber([layer.plan for layer in data.layers if layer.plan is not None])
    results = {layer.name: layer for layer in data.layers}
    layers = tuple(
        _layer(results.get(layer.name) or LayerResult(layer.name), layer.resources, scrub)
        for layer in data.synthesis.layers
    )
    drawn = build_picture(data.synthesis, data.region, [change for layer in layers for change in layer.changes])
    labels = {card.id: card.kind.label for card in drawn.cards}
    links = tuple((labels[link.source], labels[link.target], len(link.uses)) for link in drawn.links)
    road = _road(data.road, scrub) if data.road and data.road.steps else None
    return ReportView(data, layers, _uncovered(data), scrub, draw_picture(drawn), links, road)


def _layer(result: LayerResult, resources: tuple[str, ...], scrub: Scrubber) -> LayerView:
    outputs, hidden = _outputs(result.outputs or {}, scrub)
    return LayerView(
        name=result.name,
        status=result.status,
        planned=result.plan is not None,
        changes=changes_of(result, scrub),
        resources=tuple((address.split(".", 1)[0], address) for address in resources),
        outputs=outputs,
        hidden_outputs=hidden,
    )


def _road(road: KeptRoad, scrub: Scrubber) -> KeptRoad:
    """The road without any value that the plans call sensitive."""
    shown = (replace(step, decided=scrub(step.decided), did=scrub(step.did)) for step in road.steps)
    spans = (
        replace(span, name=scrub(span.name), status=scrub(span.status), notes=tuple(map(scrub, span.notes)))
        for span in road.spans
    )
    return replace(road, steps=tuple(shown), spans=tuple(spans))


def _outputs(outputs: Mapping[str, Any], scrub: Scrubber) -> tuple[tuple[tuple[str, str], ...], int]:
    """Outputs declared as not sensitive, and the number of the others."""
    shown = []
    named = {name: output for name, output in sorted(outputs.items()) if not name.startswith(INTERNAL_OUTPUTS)}
    for name, output in named.items():
        if isinstance(output, Mapping) and "value" in output and output.get("sensitive") is False:
            shown.append((name, SENSITIVE if hides(name, outputs, "") else scrub(_text(output["value"]))))
    return tuple(shown), len(named) - len(shown)


def _text(value: Any, key: str = "", owner: Mapping[str, Any] | None = None, inside: str = "") -> str:
    if owner is not None and hides(key, owner, inside):
        return SENSITIVE
    value = decoded(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(item, str(name), value, key)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(item, key) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _uncovered(data: ReportInput) -> tuple[UncoveredType, ...]:
    """Types without emulation that this environment uses."""
    used: dict[str, int] = {}
    for layer in data.synthesis.layers:
        for address in layer.resources:
            kind = address.split(".", 1)[0]
            used[kind] = used.get(kind, 0) + 1
    return tuple(
        UncoveredType(kind, used[kind], reason) for kind, reason in sorted(data.uncovered.items()) if kind in used
    )
