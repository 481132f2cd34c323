"""Ways to try a configuration, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config import ConfigError, Environment, parse
from config.describe import ValueKind
from config.rules import PAIR_RULES

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "210987654321"


def build(**tables: Any) -> Environment:
    """A valid environment that differs from the defaults by these tables and keys."""
    return parse({"account_id": ACCOUNT, **tables}, name="test")


def problems(**tables: Any) -> dict[str, str]:
    """Reported problems as key and accepted; empty when all is well."""
    try:
        build(**tables)
    except ConfigError as error:
        return {problem.key: problem.accepted for problem in error.problems}
    return {}


def fields() -> Iterator[tuple[tuple[str, ...], ValueKind]]:
    """Every field of the model that a file can set, with its kind; sections themselves are left out."""
    for name, field in Environment.model_fields.items():
        kind = ValueKind.of_field(field)
        if kind.is_model:
            for key, inner in kind.type.model_fields.items():
                yield (name, key), ValueKind.of_field(inner)
        elif name != "name":
            yield (name,), kind


def at(location: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The tables that set one field."""
    return {location[0]: value if len(location) == 1 else {location[1]: value}}


def conflicts(here: dict[str, Any], there: dict[str, Any]) -> dict[str, str]:
    """Conflicts of environment dev with staging, as key and accepted; each is given by its tables."""
    dev, staging = (
        parse({"account_id": ACCOUNT, **tables}, name=name) for name, tables in (("dev", here), ("staging", there))
    )
    return {key: accepted for rule in PAIR_RULES for key, accepted in rule.check(dev, staging)}
