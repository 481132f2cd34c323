from __future__ import annotations

from typing import Any

import pytest

from config import Environment, parse
from config.rules.together import conflicts

ACCOUNT = "123456789012"


def pair(here: dict[str, Any], there: dict[str, Any]) -> set[str]:
    return {key for key, _ in conflicts(env("dev", here), env("prod", there))}


def env(name: str, tables: dict[str, Any]) -> Environment:
    return parse({"account_id": ACCOUNT, **tables}, name=name)


SHARED = {
    "dns.zone": {"dns": {"domain": "chat.example.com", "zone_name": "example.com"}},
    "bedrock.invocation_logging": {"bedrock": {"invocation_logging": "own"}},
    "image.repository": {"image": {"repository": "chat"}},
}


@pytest.mark.parametrize(("key", "tables"), SHARED.items())
def test_one_owner_in_an_account_and_region(key: str, tables: dict[str, Any]) -> None:
    assert key in pair(tables, tables)
    assert key not in pair(tables, {**tables, "account_id": "210987654321"})
    assert key not in pair(tables, {})


def test_regional_things_exist_in_every_region() -> None:
    here = {"bedrock": {"invocation_logging": "own"}, "image": {"repository": "chat"}}
    elsewhere = {"region": "us-west-2", **here}
    assert pair(here, elsewhere) == set()


def test_name_belongs_to_one_environment_whatever_the_account() -> None:
    tables = {"dns": {"domain": "chat.example.com"}}
    assert pair(tables, {**tables, "account_id": "210987654321"}) == {"dns.domain"}


def test_zone_with_one_creator() -> None:
    here = {"dns": {"domain": "dev.example.com", "zone_name": "example.com"}}
    there = {"dns": {"domain": "example.com"}}
    user = {"dns": {"domain": "a.example.com", "zone_name": "example.com", "zone": "existing", "zone_id": "Z0123456"}}
    assert pair(here, there) == {"dns.zone"}
    assert pair(user, there) == set()


def test_placeholders_are_no_common_account() -> None:
    tables = {**SHARED["bedrock.invocation_logging"], "account_id": "111111111111"}
    assert pair(tables, tables) == set()


def test_adopting_is_no_conflict() -> None:
    assert pair({"bedrock": {"invocation_logging": "adopt"}}, SHARED["bedrock.invocation_logging"]) == set()
