"""Conditions of waivers on the settings of an environment: `dns.domain and not region = us-east-1`.

A condition is a positive list: terms joined by ` and `, each the name of a setting as docs/configuration.md has it.
Alone it says that the setting is on, or given; ` = ` compares it with a value it can have, where a `*` at its end
stands for the rest of a listed name; ` < ` compares it with a number. `not ` turns a term round.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, get_origin

from annotated_types import Ge, Le, MinLen

from config import Environment
from config.checks import Numbers, OneOf, ValueCheck
from config.describe import ValueKind, accepted_text

_TERM = re.compile(r"(not )?([a-z0-9_]+(?:\.[a-z0-9_]+)?)(?: ([=<]) (\S+))?", re.ASCII)
_FORM = (
    'terms are "setting", "setting = value" and "setting < number", with "not " before them or not, joined by " and "'
)


class ConditionError(ValueError):
    """A condition that isn't one: the message says which part, and what is accepted."""


@dataclass(frozen=True)
class Term:
    """One setting by its parts, and what it is compared with; without `sign` it has to be on, or given."""

    setting: str
    sign: str
    wanted: str
    negated: bool

    def holds(self, env: Environment) -> bool:
        """Whether the environment's setting is as this term says."""
        value: Any = env
        for part in self.setting.split("."):
            value = getattr(value, part)
        return self._met(value) is not self.negated

    def _met(self, value: Any) -> bool:
        if self.sign == "<":
            return int(value) < int(self.wanted)
        if self.sign and self.wanted.endswith("*"):
            return str(value).startswith(self.wanted[:-1])
        return str(value) == self.wanted if self.sign else bool(value)


@cache
def read_condition(text: str) -> tuple[Term, ...]:
    """The terms of a condition; none for an empty one. Raises ConditionError for anything else that isn't one."""
    terms = tuple(map(_term, text.split(" and "))) if text else ()
    for number, term in enumerate(terms):
        if any(term.setting == other.setting for other in terms[:number]):
            raise ConditionError(f"{term.setting} is named twice; write one term for it")
    return terms


def holds(text: str, env: Environment) -> bool:
    """Whether every term of a condition is true of an environment. Raises ConditionError as `read_condition` does."""
    return all(term.holds(env) for term in read_condition(text))


def named_settings(text: str) -> frozenset[str]:
    """The settings among the words of a text, such as a reason."""
    return frozenset(each for each in re.findall(r"[a-z0-9_]+\.[a-z0-9_]+", text, re.ASCII) if setting_kind(each))


@cache
def setting_kind(name: str) -> ValueKind | None:
    """What a setting accepts, by its dotted name; None for what is no setting: sections, methods, derived values."""
    kind: ValueKind | None = ValueKind(Environment)
    for part in name.split("."):
        field = kind.type.model_fields.get(part) if kind and kind.is_model else None
        kind = ValueKind.of_field(field) if field else None
    return None if kind is None or kind.is_model or name == "name" else kind


def _term(text: str) -> Term:
    found = _TERM.fullmatch(text)
    if not found:
        raise ConditionError(f"{text!r} is no term; {_FORM}")
    negated, setting, sign, wanted = found.groups(default="")
    kind = setting_kind(setting)
    if kind is None:
        raise ConditionError(f"{setting!r} names no setting; docs/configuration.md lists them")
    if sign:
        _check_value(setting, kind, sign, wanted)
    elif not _can_be_off(setting, kind):
        raise ConditionError(f"{setting} always has a value, so its name alone says nothing")
    return Term(setting, sign, wanted, bool(negated))


def _check_value(setting: str, kind: ValueKind, sign: str, wanted: str) -> None:
    if kind.type is bool or get_origin(kind.type) in (tuple, dict):
        raise ConditionError(f'{setting} can\'t be compared; write "{setting}" or "not {setting}"')
    if sign == "<" and kind.type is not int:
        raise ConditionError(f"{setting} is no number; compare it with =")
    if not _can_be(kind, wanted) or (sign == "<" and wanted.endswith("*")):
        raise ConditionError(f"{setting} can't be {wanted!r}; accepted: {accepted_text(kind)}")


def _can_be(kind: ValueKind, wanted: str) -> bool:
    if kind.literals:
        return wanted in kind.literals
    if kind.type is int:
        return re.fullmatch(r"0|[1-9]\d{0,18}", wanted, re.ASCII) is not None and _in_range(kind, int(wanted))
    check = kind.first(ValueCheck)
    if isinstance(check, OneOf) and wanted.endswith("*"):
        return len(wanted) > 1 and any(each.startswith(wanted[:-1]) for each in check.values())
    return check is not None and check.allows(wanted)


def _in_range(kind: ValueKind, number: int) -> bool:
    check = kind.first(ValueCheck)
    if check is not None:
        return bool(check.allows(number))
    return bool(kind.first(Ge).ge <= number <= kind.first(Le).le)


def _can_be_off(setting: str, kind: ValueKind) -> bool:
    """Whether a setting can be false, none, 0 or empty, so that its name alone says something."""
    if get_origin(kind.type) in (tuple, dict):
        return kind.first(MinLen) is None
    if kind.type is int:
        numbers, least = kind.first(Numbers), kind.first(Ge)
        return (0 in numbers.values) if numbers else bool(least and least.ge == 0)
    return kind.type is bool or _default(setting) in (None, "")


def _default(setting: str) -> Any:
    section, _, key = setting.rpartition(".")
    fields = ValueKind.of_field(Environment.model_fields[section]).type.model_fields if section else None
    field = (fields or Environment.model_fields)[key]
    return field.default if not field.is_required() else field
