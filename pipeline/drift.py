"""What differs between AWS and what the last apply left, layer by layer. Nothing is changed, and no state written."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.bundle.planner import prepare
from pipeline.console import step
from pipeline.graph import run_graph
from pipeline.layers import Layer, Synthesis
from pipeline.report.attributes import Side, differences
from pipeline.report.redact import Scrubber
from pipeline.runtime_owned import owner
from pipeline.session import Session

#: Every taggable resource has the default tags, whether or not its own block sets any.
TAGS = ("tags", "tags_all")
DELETED = "deleted"


class Kind(StrEnum):
    """Why something differs: somebody changed it, a running system did, or no configuration says what it should be."""

    DRIFT = "drift"
    RUNTIME = "runtime-owned"
    UNSET = "not configured"


@dataclass(frozen=True)
class Difference:
    """One attribute that differs; `attribute` is empty for a resource that is gone."""

    layer: str
    address: str
    attribute: str
    was: str | None
    found: str | None
    kind: Kind
    owner: str = ""


@dataclass(frozen=True)
class Drift:
    """All differences of an environment, the layers looked at, and those that were never applied."""

    differences: tuple[Difference, ...]
    layers: tuple[str, ...]
    empty: tuple[str, ...]

    def of(self, kind: Kind) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(each for each in self.differences if each.kind is kind)


def look(session: Session, synthesis: Synthesis, *, only: str | None = None) -> Drift:
    """Compare every layer, or `only` one, with AWS. Raises SitechatError as Terraform fails."""
    names = [synthesis.layer(only).name] if only else [layer.name for layer in synthesis.layers]
    with step(f"compare {len(names)} layers of {session.env.name} with AWS") as progress:

        def compare(name: str) -> tuple[Difference, ...] | None:
            layer = synthesis.layer(name)
            directory = prepare(session, layer)
            terraform = session.terraform(directory, name, lambda text: progress.update(f"{name}: {text}"))
            terraform.init()
            if not (terraform.state_pull() or {}).get("resources"):
                return None
            plan = directory / "refresh.tfplan"
            try:
                changed = terraform.plan(plan, refresh_only=True)
                return tuple(found(terraform.show_plan(plan), layer)) if changed else ()
            finally:
                plan.unlink(missing_ok=True)

        results = run_graph(dict.fromkeys(names, ()), compare)
    looked = [name for name in names if results[name] is not None]
    every = tuple(each for name in looked for each in results[name] or ())
    return Drift(every, tuple(looked), tuple(name for name in names if name not in looked))


def found(plan: Mapping[str, Any], layer: Layer) -> Iterator[Difference]:
    """The differences in a refresh-only plan; sensitive values are hidden."""
    scrub = Scrubber([plan])
    for resource in plan.get("resource_drift") or ():
        if resource.get("mode", "managed") != "managed":
            continue
        change, address, kind = resource["change"], resource["address"], resource["type"]
        if "delete" in change["actions"]:
            yield Difference(layer.name, address, "", "exists", DELETED, Kind.DRIFT)
            continue
        block = layer.config.get("resource", {}).get(kind, {}).get(resource["name"], {})
        before = Side.of(change.get("before"), change.get("before_sensitive", False), False)
        after = Side.of(change.get("after"), change.get("after_sensitive", False), False)
        lines = differences(before, after, scrub=scrub, replace_paths=[])
        paths = {line.path for line in lines}
        for line in lines:
            if not _repeated(line.path, paths):
                who = owner(kind, block, _top(line.path))
                why = _kind(line.path, block, who)
                yield Difference(layer.name, address, line.path, line.before, line.after, why, who)


def _kind(path: str, block: Collection[str], who: str) -> Kind:
    if who:
        return Kind.RUNTIME
    return Kind.DRIFT if _top(path) in block or _top(path) in TAGS else Kind.UNSET


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _repeated(path: str, paths: Collection[str]) -> bool:
    """Is it a tag that stands in `tags_all`, and in `tags` too?"""
    return _top(path) == "tags_all" and any(_top(each) == "tags" for each in paths)
