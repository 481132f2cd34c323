from __future__ import annotations

from typing import Any

import pytest

from config import Environment, parse
from config.rules.together import conflicts

ACCOUNT = "123456789012"
REGIONAL = ("analyzer", "detector", "inspector", "recorder")


def env(name: str, *, account: str = ACCOUNT, region: str = "us-east-1", **security: Any) -> Environment:
    return parse({"account_id": account, "region": region, "security": security}, name=name)


def pair(here: Environment, there: Environment) -> dict[str, str]:
    return dict(conflicts(here, there))


@pytest.mark.parametrize("key", [*REGIONAL, "trail", "account_settings"])
def test_one_owner_in_an_account_and_region(key: str) -> None:
    found = pair(env("dev", **{key: "own"}), env("staging", **{key: "own"}))
    assert list(found) == [f"security.{key}"]
    assert "environment staging owns it" in found[f"security.{key}"]


def test_hub_and_its_recorder_have_one_owner_each() -> None:
    both = {"hub": "own", "recorder": "own"}
    assert list(pair(env("dev", **both), env("staging", **both))) == ["security.hub", "security.recorder"]


@pytest.mark.parametrize("mode", ["adopt", "off"])
def test_the_other_one_adopts_or_does_without(mode: str) -> None:
    assert pair(env("dev", detector="own"), env("staging", detector=mode)) == {}
    assert pair(env("dev", detector=mode), env("staging", detector="own")) == {}


@pytest.mark.parametrize("key", REGIONAL)
def test_regional_watchers_exist_in_every_region(key: str) -> None:
    role = {"recorder_role": "adopt"} if key == "recorder" else {}
    assert pair(env("dev", **{key: "own"}, **role), env("staging", region="us-west-2", **{key: "own"})) == {}


def test_a_trail_covers_every_region() -> None:
    found = pair(env("dev", trail="own"), env("staging", region="us-west-2", trail="own"))
    assert list(found) == ["security.trail"]


def test_the_recorders_role_is_one_for_all_regions() -> None:
    found = pair(env("dev", recorder="own"), env("staging", region="us-west-2", recorder="own"))
    assert list(found) == ["security.recorder_role"]


def test_another_account_has_watchers_of_its_own() -> None:
    every = dict.fromkeys(("trail", "analyzer", "detector", "hub", "recorder", "inspector"), "own")
    assert pair(env("dev", **every), env("staging", account="210987654321", **every)) == {}


def test_nothing_is_claimed_by_default() -> None:
    assert pair(env("dev"), env("staging")) == {}
    assert not env("dev").security.watches


def with_ci(name: str, provider: str, **more: str) -> Environment:
    data = {"account_id": ACCOUNT, **more, "ci": {"repository": "acme/site", "provider": provider}}
    return parse(data, name=name)


def test_githubs_provider_has_one_owner_in_an_account() -> None:
    found = pair(with_ci("dev", "own"), with_ci("staging", "own", region="us-west-2"))
    assert list(found) == ["ci.provider"]
    assert "environment staging owns it" in found["ci.provider"]


def test_githubs_provider_is_adopted_or_not_asked_for() -> None:
    assert pair(with_ci("dev", "own"), with_ci("staging", "adopt")) == {}
    assert pair(with_ci("dev", "own"), parse({"account_id": ACCOUNT}, name="staging")) == {}
