"""A trap: one change of a synthesised folder, the right verdict, and what the refusal has to name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tests.pipeline.scan.traps.copies import Change, Config, Copy, FolderChange, block, resolved

Verdict = Literal["red", "green", "either"]


@dataclass(frozen=True)
class Trap:
    """`change` is for the layer's configuration, `anywhere` for the folder.

    One line of the refusal holds all `words`: "a|b" stands for either, and "name*" for a synthesised name with its
    digits. No line holds a `hidden` text.
    """

    kind: str
    name: str
    layer: str = ""
    change: Change | None = None
    anywhere: FolderChange | None = None
    verdict: Verdict = "red"
    words: tuple[str, ...] = ()
    hidden: str = ""
    env: str = "dev"

    @property
    def id(self) -> str:
        """Name for pytest."""
        return f"{self.kind}: {self.name}"

    def spring(self, copy: Copy) -> None:
        """Make the change."""
        if self.change:
            copy.change(self.layer, self.change)
        if self.anywhere:
            self.anywhere(copy)

    def named_in(self, lines: Iterable[str]) -> bool:
        """Whether one line holds all the words."""
        return any(all(_pattern(word).search(line) for word in self.words) for line in lines)


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word).replace(r"\*", "_[0-9A-F]{8}").replace(r"\|", "|"), re.IGNORECASE)


def sets(address: str, /, **arguments: Any) -> Change:
    """Set arguments of a resource or data source."""
    return lambda config: block(config, address).update(resolved(config, arguments))


def sets_all(kind: str, /, **arguments: Any) -> Change:
    """Set arguments of every resource of a type."""

    def change(config: Config) -> None:
        for body in config["resource"][kind].values():
            body.update(arguments)

    return change


def drops(address: str, argument: str) -> Change:
    """Remove one argument."""
    return lambda config: block(config, address).pop(argument)


def deletes(address: str) -> Change:
    """Delete a resource; every one of its type for a name of "*"."""

    def change(config: Config) -> None:
        kind, _, name = address.rpartition(".")
        gone = block(config, address) if name != "*" else None
        kept = {each: body for each, body in config["resource"][kind].items() if gone and body is not gone}
        config["resource"].pop(kind)
        config["resource"] |= {kind: kept} if kept else {}

    return change


def adds(address: str, /, **arguments: Any) -> Change:
    """Add a resource or data source; `//` in front of nothing, for it is no construct's."""

    def change(config: Config) -> None:
        section = "data" if address.startswith("data.") else "resource"
        kind, _, name = address.removeprefix("data.").rpartition(".")
        config.setdefault(section, {}).setdefault(kind, {})[name] = resolved(config, arguments)

    return change


def says(address: str, /, **statement: Any) -> Change:
    """One more statement in a policy document."""
    return lambda config: block(config, address)["statement"].append(resolved(config, statement))


def top_level(**keys: Any) -> Change:
    """Set keys beside `resource` and `data`."""
    return lambda config: config.update(resolved(config, keys))


def contains(**fields: Any) -> Change:
    """Set fields of the container; `environment` is added to what is there."""

    def change(config: Config) -> None:
        task = block(config, "aws_ecs_task_definition.task*")
        (container,) = json.loads(task["container_definitions"])
        added = fields.get("environment", [])
        task["container_definitions"] = json.dumps(
            [container | fields | {"environment": container["environment"] + added}]
        )

    return change


def together(*changes: Change) -> Change:
    """Several changes as one."""

    def change(config: Config) -> None:
        for each in changes:
            each(config)

    return change
