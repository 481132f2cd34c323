"""Loading of an environment: all mistakes are found in one go, and none of them is a traceback."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config import reading
from config.contract import BY_NAME
from config.environment import PLACEHOLDER_ACCOUNT, Environment
from config.explain import explain_error, nearest_key
from config.problems import ConfigError, Location, Problem, dotted_key, shown_value
from config.reserved_variables import SETTINGS
from config.rules import FIELD_RULES, PAIR_RULES
from config.unsafe_text import find_unsafe_text

_VARIABLES = "service.environment."
# Keys of [cost] that are no usage: they are stated in the file, where they are reviewed.
_STATED = ("accepted", "ceiling_usd", "model_prices")


def load(name_or_path: str | Path) -> Environment:
    """Read and check an environment, by its name ("dev") or the path of its file. The file's stem is its name.

    Raises ConfigError with every problem found.
    """
    path = reading.locate_file(name_or_path)
    return parse_at(reading.read_toml(path), path)


def parse_at(data: dict[str, Any], path: Path) -> Environment:
    """Check values as if they stood in the file `path`, its neighbours included. Raises ConfigError as `load` does."""
    env = parse(data, name=path.stem, file=reading.shown_path(path))
    problems = [
        Problem(reading.shown_path(path), key, shown_value(key, value_at(env, key)), accepted)
        for other in _neighbours(path)
        for rule in PAIR_RULES
        for key, accepted in rule.check(env, other)
    ]
    if problems:
        raise ConfigError(tuple(problems))
    return env


def load_with_cost(name_or_path: str | Path, changes: Sequence[str]) -> Environment:
    """Read an environment with other values in [cost]: `changes` are KEY=VALUE, the value as TOML has it.

    Raises ConfigError, as `load` does; for what is no KEY=VALUE, too.
    """
    env = load(name_or_path)
    path = reading.locate_file(name_or_path)
    data = reading.read_toml(path)
    cost: dict[str, Any] = dict(data.get("cost", {}))
    for change in changes:
        key, separator, value = change.partition("=")
        try:
            if not separator:
                raise ValueError
            name = key.strip().removeprefix("cost.")
            found = tomllib.loads(f"value = {value.strip()}")
            if name in _STATED or found.keys() != {"value"}:
                raise ValueError
            cost[name] = found["value"]
        except ValueError:
            accepted = "KEY=VALUE with a usage of [cost], such as chats_per_month=30000"
            raise ConfigError((Problem("--set", "", shown_value(key, change), accepted),)) from None
    return parse({**data, "cost": cost}, name=env.name, file="--set")


def parse(data: dict[str, Any], *, name: str, file: str = "configuration") -> Environment:
    """Check values as `load` does, without a file. Raises ConfigError with every problem found."""
    return _CheckPass(data, name, file).result()


def _neighbours(path: Path) -> Iterator[Environment]:
    """The project's other environments. One that is wrong itself is reported when it is loaded, not here."""
    if path.resolve().parent != reading.ENVIRONMENTS:
        return
    for other in sorted(reading.ENVIRONMENTS.glob("*.toml")):
        if other.stem != path.stem:
            with suppress(ConfigError):
                yield parse(reading.read_toml(other), name=other.stem, file=reading.shown_path(other))


class _CheckPass:
    """One pass over the values: text, then fields, then rules, each skipping what an earlier one found wrong."""

    def __init__(self, data: dict[str, Any], name: str, file: str) -> None:
        self.file = file
        self.given = data
        self.mended: dict[str, Any] = {
            key: dict(value) if isinstance(value, dict) else value for key, value in data.items()
        }
        self.mended["name"] = name
        self.problems: dict[str, Problem] = {}
        self.broken: set[str] = set()

    def result(self) -> Environment:
        if "name" in self.given:
            self._report(("name",), self.given["name"], "no such key: the name of the file is the environment's name")
        for location, value, why in find_unsafe_text(self.given):
            self._report(location, value, why)
            self._cut(location)
        env = self._environment()
        for rule in FIELD_RULES:
            if not any(_overlap(read, wrong) for read in rule.keys for wrong in self.broken):
                for key, accepted in rule.check(env):
                    self._add(key, value_at(env, key), accepted, hide=_name_is_wrong(key))
        if self.problems:
            raise ConfigError(tuple(self.problems.values()))
        return env

    def _environment(self) -> Environment:
        """The environment with whatever is wrong left out, so that rules on the rest can still be checked."""
        try:
            return Environment.model_validate(self.mended)
        except ValidationError as errors:
            for error in errors.errors(include_url=False, include_context=False):
                location = error["loc"]
                missing = error["type"] == "missing"
                self._report(
                    location, None if missing else error["input"], explain_error(error, location), hide=missing
                )
                self._cut(location)
                if error["type"] == "extra_forbidden":
                    self.broken.add(dotted_key((*location[:-1], nearest_key(location) or location[-1])))
        return Environment.model_validate(self.mended)

    def _cut(self, location: Location) -> None:
        """Take the field at the location out of the values and remember that it is wrong."""
        head = location[0]
        self.broken.add(dotted_key(location[:2]))
        section = self.mended.get(str(head))
        if len(location) > 1 and isinstance(section, dict) and head != "tags":
            section.pop(location[1], None)
        elif head == "account_id":
            self.mended["account_id"] = PLACEHOLDER_ACCOUNT
        elif head == "name":
            self.mended["name"] = "unnamed"
        else:
            self.mended.pop(str(head), None)

    def _report(self, location: Location, value: Any, accepted: str, *, hide: bool = False) -> None:
        self._add(dotted_key(tuple(step for step in location if step != "[key]")), value, accepted, hide=hide)

    def _add(self, key: str, value: Any, accepted: str, *, hide: bool = False) -> None:
        self.problems.setdefault(key, Problem(self.file, key, "" if hide else shown_value(key, value), accepted))


def _name_is_wrong(key: str) -> bool:
    """Whether a rule finds fault with a variable's name, so that its value tells nothing and may be a secret."""
    name = key.removeprefix(_VARIABLES)
    taken = name in SETTINGS or (name in BY_NAME and BY_NAME[name].set_by == "environment")
    return key.startswith(_VARIABLES) and not taken


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def value_at(env: Environment, key: str) -> Any:
    """The value at a dotted key, such as "edge.static_paths[0]"."""
    value: Any = env
    for step in key.replace("]", "").replace("[", ".").split("."):
        if isinstance(value, tuple):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            value = getattr(value, step)
    return value
