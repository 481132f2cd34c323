"""Limits of every field, taken from the model itself: a new field is tested by being there."""

from __future__ import annotations

import math
from typing import Any, get_origin

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen

from config.checks import Numbers, OneOf, Text
from config.describe import ValueKind, accepted_text
from tests.config.samples import at, fields, problems

FIELDS = list(fields())
NUMBERS = [(location, kind) for location, kind in FIELDS if kind.type is int and kind.first(Ge)]
CHOICES = [(location, kind) for location, kind in FIELDS if kind.literals]
NUMBER_CHOICES = [(location, kind) for location, kind in FIELDS if kind.first(Numbers)]
LISTS = [(location, kind) for location, kind in FIELDS if get_origin(kind.type) is tuple]
SWITCHES = [(location, kind) for location, kind in FIELDS if kind.type is bool]


def ids(cases: list[tuple[tuple[str, ...], ValueKind]]) -> list[str]:
    return [".".join(location) for location, _ in cases]


def own(location: tuple[str, ...], kind: ValueKind, value: Any) -> bool:
    """Whether the field itself refuses the value; rules about its neighbours have other words."""
    message = problems(**at(location, value)).get(".".join(location), "")
    return message.startswith(accepted_text(kind))


@pytest.mark.parametrize(("location", "kind"), NUMBERS, ids=ids(NUMBERS))
def test_number(location: tuple[str, ...], kind: ValueKind) -> None:
    low, high = kind.first(Ge).ge, kind.first(Le).le
    assert own(location, kind, low - 1)
    assert own(location, kind, high + 1)
    assert not own(location, kind, low)
    assert not own(location, kind, high)


IN_LISTS = [(location, kind.arguments[0]) for location, kind in LISTS if kind.arguments[0].first(Ge)]


@pytest.mark.parametrize(("location", "item"), IN_LISTS, ids=ids(IN_LISTS))
def test_number_in_a_list(location: tuple[str, ...], item: ValueKind) -> None:
    low, high = item.first(Ge).ge, item.first(Le).le
    place = f"{'.'.join(location)}[0]"
    for number in (low - 1, high + 1):
        assert problems(**at(location, [number]))[place] == accepted_text(item)
    for number in (low, high):
        assert place not in problems(**at(location, [number]))


# Numbers that may be left unset, and then follow another setting.
UNSET = {
    *(("cost", f"{name}_per_month") for name in ("requests", "embedded_tokens")),
    *(("cost", name) for name in ("ceiling_usd", "transfer_out_gb", "aws_traffic_gb", "app_log_mib", "flow_log_mib")),
    *(("cost", "busy_percent"), ("ci", "owner_id"), ("ci", "repository_id"), ("budget", "model_usd")),
}
NO_NUMBERS = [math.nan, math.inf, -math.inf, 1.0, "1", True, False, 10**40, -(10**40), None, [], {}]


@pytest.mark.parametrize(
    ("location", "kind"), NUMBERS + NUMBER_CHOICES + CHOICES, ids=ids(NUMBERS + NUMBER_CHOICES + CHOICES)
)
@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_whole_number(location: tuple[str, ...], kind: ValueKind, value: Any) -> None:
    assert own(location, kind, value) is not (value is None and location in UNSET)


@pytest.mark.parametrize(("location", "kind"), CHOICES, ids=ids(CHOICES))
def test_choice(location: tuple[str, ...], kind: ValueKind) -> None:
    for choice in kind.literals:
        assert not own(location, kind, choice)
        assert own(location, kind, f"{choice} ")


@pytest.mark.parametrize(("location", "kind"), NUMBER_CHOICES, ids=ids(NUMBER_CHOICES))
def test_number_choice(location: tuple[str, ...], kind: ValueKind) -> None:
    choices = kind.first(Numbers).values
    for number in choices:
        assert not own(location, kind, number)
        assert own(location, kind, number - 1) != (number - 1 in choices)
        assert own(location, kind, number + 1) != (number + 1 in choices)


@pytest.mark.parametrize(("location", "kind"), SWITCHES, ids=ids(SWITCHES))
@pytest.mark.parametrize("value", [0, 1, "true", "", None, 1.0, []], ids=repr)
def test_switch(location: tuple[str, ...], kind: ValueKind, value: Any) -> None:
    assert own(location, kind, value)
    assert not own(location, kind, True)
    assert not own(location, kind, False)


def sample(kind: ValueKind, index: int) -> Any:
    """A valid item of a list, another one for each index."""
    word = chr(ord("a") + index // 26 % 26) + chr(ord("a") + index % 26)
    if kind.is_model:
        values = {"name": f"{word}{index}", "definition": "d", "kind": "files", "reason": "r", "monthly_usd": 1}
        values |= {"model_id": f"a.{word}{index}", "input_usd_per_million": 0.5}
        if "monthly_usd" in kind.type.model_fields:
            values["address"] = f"edge/{word}{index}"
        return {key: value for key, value in values.items() if key in kind.type.model_fields}
    if kind.type is int:
        return kind.first(Ge).ge + index
    if kind.literals:
        return kind.literals[index % len(kind.literals)]
    one_of = kind.first(OneOf)
    if one_of:
        return one_of.values()[index % len(one_of.values())]
    candidates = (
        *(f"x{index}", f"us-east-1{word[1]}", f"subnet-{index:017x}", f"/{word}", f"{word}@example.com"),
        f"127.0.0.1:{index + 1}",
    )
    check = kind.metadata[0]
    return next(candidate for candidate in candidates if check.allows(candidate))


@pytest.mark.parametrize(("location", "kind"), LISTS, ids=ids(LISTS))
def test_list(location: tuple[str, ...], kind: ValueKind) -> None:
    item = kind.arguments[0]
    low, high = kind.first(MinLen), kind.first(MaxLen)
    # No list of all countries or regions is as long as its limit.
    known = len(item.literals or (item.first(OneOf) and item.first(OneOf).values()) or range(high.max_length + 1))
    most = [sample(item, index) for index in range(min(high.max_length, known))]
    assert not own(location, kind, most)
    if known > high.max_length:
        assert own(location, kind, [*most, sample(item, high.max_length)])
    if low:
        assert own(location, kind, most[: low.min_length - 1])
        assert not own(location, kind, most[: low.min_length])
    assert own(location, kind, [sample(item, 0), sample(item, 0)])
    assert own(location, kind, "text")
    assert own(location, kind, {"a": 1})


TEXTS = [(location, kind) for location, kind in FIELDS if kind.type is str]


@pytest.mark.parametrize(("location", "kind"), TEXTS, ids=ids(TEXTS))
def test_text(location: tuple[str, ...], kind: ValueKind) -> None:
    for value in (1, 1.5, True, ["a"], "", " ", "-", "x" * 3000, "\U0001f600"):
        assert own(location, kind, value)


def lengths() -> list[tuple[str, Text]]:
    """Texts whose shape allows a run of one letter, so that their length alone can be wrong."""
    found = {}
    for location, kind in FIELDS:
        for part in (kind, *kind.arguments):
            check = part.first(Text)
            if check and check.allows("a" * check.max_length):
                found[".".join(location)] = check
    return sorted(found.items())


@pytest.mark.parametrize(("name", "check"), lengths())
def test_length(name: str, check: Text) -> None:
    assert not check.allows("a" * (check.max_length + 1)), name
    assert check.allows("a" * check.min_length)
    assert check.min_length == 0 or not check.allows("a" * (check.min_length - 1))
