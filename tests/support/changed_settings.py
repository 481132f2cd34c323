"""Every setting in an environment that it matters in, changed to another of its values."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from config import ConfigError, Environment, parse
from tests.support.environments import ROOT
from tests.support.every_setting import TOGETHER, Location, Tables, at, settings, values, with_tables


@dataclass(frozen=True)
class ChangedSetting:
    """A setting by its key, and the same environment before and after it was changed."""

    key: str
    before: Environment
    after: Environment


@cache
def changed_settings() -> tuple[ChangedSetting, ...]:
    """One change of each setting: in production as it is checked in, else in one with what the setting asks for."""
    return tuple(found for location, kind in settings() if (found := _changed(location, values(location, kind))))


def _changed(location: Location, tried: tuple[Any, ...]) -> ChangedSetting | None:
    alone = [at(location, value) for value in tried]
    # Some settings are refused without others: then those change, too.
    together = [step for step in TOGETHER if _sets(step, location)]
    for steps in (alone, together):
        for tables in _bases():
            before = _parsed(tables)
            for step in steps:
                after = _parsed(with_tables(tables, step))
                if before and after and after != before:
                    return ChangedSetting(".".join(location), before, after)
    return None


def _parsed(tables: Tables) -> Environment | None:
    try:
        return parse(tables, name="prod")
    except ConfigError:
        return None


def _sets(step: Tables, location: Location) -> bool:
    return location[0] in step and (len(location) == 1 or location[1] in step[location[0]])


def _bases() -> Iterator[Tables]:
    for name in ("prod", "dev", "local"):
        tables = tomllib.loads((ROOT / "environments" / f"{name}.toml").read_text(encoding="utf-8"))
        yield tables
        yield from (with_tables(tables, step) for step in TOGETHER)
