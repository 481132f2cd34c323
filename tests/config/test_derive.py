"""A new environment takes choices, never what there is only once, and its file says nothing that is the default."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import load, parse, reading
from config.derive import NEVER, OWNED, Derived, derive
from config.environment import PLACEHOLDER_ACCOUNT
from config.loader import parse_at
from config.toml_text import toml_text
from tests.support.environments import NAMES

ACCOUNT = "222222222222"


def derived(values: dict[str, Any], *, source: str = ACCOUNT, account_id: str | None = None) -> Derived:
    values = {"account_id": source, **values}
    return derive(values, parse(values, name="base"), name="mine", account_id=account_id)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("account_id", [None, ACCOUNT])
def test_every_checked_in_environment_can_be_the_source(name: str, account_id: str | None) -> None:
    path = reading.locate_file(name)
    found = derive(reading.read_toml(path), load(name), name="mine", account_id=account_id)
    env = parse_at(tomllib.loads(found.text("made of another")), reading.locate_file("mine"))
    assert env.dns.domain is None
    assert not env.ci.repository
    assert not env.image.released
    assert "own" not in [getattr(env.security, key.partition(".")[2], "") for key in OWNED]


def test_without_an_account_it_has_the_placeholder() -> None:
    assert derived({}).values["account_id"] == PLACEHOLDER_ACCOUNT
    assert derived({}, account_id=ACCOUNT).values["account_id"] == ACCOUNT


def test_an_emulated_one_stays_in_the_emulators_account() -> None:
    path = reading.locate_file("local")
    found = derive(reading.read_toml(path), load("local"), name="mine")
    assert found.values["account_id"] == load("local").account_id
    assert found.values["search"]["index"] == "mine"


def test_choices_are_taken_and_defaults_are_not() -> None:
    found = derived({"service": {"max_tasks": 6, "min_tasks": 1}, "region": "us-east-1", "budget": {"enabled": True}})
    assert found.values == {"account_id": PLACEHOLDER_ACCOUNT, "service": {"max_tasks": 6}}
    assert found.changed == {}


@pytest.mark.parametrize("key", OWNED)
def test_what_exists_once_is_adopted_in_the_same_account_and_left_out_elsewhere(key: str) -> None:
    section, _, field = key.partition(".")
    company = {"hub": {"recorder": "own"}, "image_scanning": {"inspector": "own"}}.get(field, {})
    given = {section: {field: "own", **company}}
    same = derived(given, account_id=ACCOUNT)
    assert same.values[section][field] == "adopt"
    assert "base has it" in same.changed[key]
    other = derived(given, account_id="333333333333")
    assert field not in other.values.get(section, {})
    assert other.changed[key].startswith("left out")


@pytest.mark.parametrize(
    "given",
    [
        {"dns": {"domain": "chat.example.com", "zone": "existing", "zone_id": "Z0123456789"}},
        {"ci": {"repository": "someone/site", "owner_id": 1, "repository_id": 2}},
        {"image": {"tag": "one", "repository": "a/b"}},
    ],
)
def test_what_is_one_environments_alone_is_left_out_and_told(given: dict[str, Any]) -> None:
    found = derived(given)
    assert found.values == {"account_id": PLACEHOLDER_ACCOUNT}
    assert found.changed
    assert set(found.changed) <= set(NEVER)


def test_the_source_is_left_as_it_is() -> None:
    given = {"account_id": ACCOUNT, "security": {"trail": "own"}}
    derive(given, parse(given, name="base"), name="mine")
    assert given == {"account_id": ACCOUNT, "security": {"trail": "own"}}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), TEXTS)
LISTS = st.lists(TEXTS, max_size=3)
INNER = st.dictionaries(TEXTS, SCALARS | LISTS, max_size=3)
TABLES = st.dictionaries(TEXTS, SCALARS | LISTS | INNER | st.lists(INNER, min_size=1, max_size=2), max_size=4)


@given(st.dictionaries(TEXTS, SCALARS | LISTS | TABLES | st.lists(TABLES, min_size=1, max_size=2), max_size=5))
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(values)) == values
