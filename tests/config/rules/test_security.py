from __future__ import annotations

from typing import Any

import pytest

from config import parse
from tests.config.samples import ACCOUNT, OTHER_ACCOUNT, build, conflicts, problems

OWN_HUB = {"hub": "own", "recorder": "own"}
REGIONAL = ("analyzer", "detector", "inspector", "recorder")
ELSEWHERE = {"region": "us-west-2"}


@pytest.mark.parametrize(
    ("security", "key"),
    [
        ({"hub": "own"}, "security.recorder"),
        ({"trail": "adopt", "cis_alarms": True}, "security.cis_alarms"),
        ({"trail": "off", "cis_alarms": True}, "security.cis_alarms"),
        ({"recorder_role": "adopt"}, "security.recorder_role"),
        ({"image_scanning": "own"}, "security.inspector"),
        ({"image_scanning": "adopt"}, "security.inspector"),
    ],
)
def test_refused(security: dict[str, Any], key: str) -> None:
    assert list(problems(security=security)) == [key]


@pytest.mark.parametrize(
    "security",
    [
        OWN_HUB,
        {"hub": "own", "recorder": "adopt"},
        {"hub": "adopt"},
        {"trail": "own", "cis_alarms": True},
        {"recorder": "own", "recorder_role": "adopt"},
        {"inspector": "own", "image_scanning": "own"},
        {"inspector": "adopt", "image_scanning": "own"},
    ],
)
def test_accepted(security: dict[str, Any]) -> None:
    assert problems(security=security) == {}


def watched(**security: str) -> dict[str, Any]:
    return {"security": security}


@pytest.mark.parametrize("key", [*REGIONAL, "trail", "account_settings"])
def test_one_owner_in_an_account_and_region(key: str) -> None:
    found = conflicts(watched(**{key: "own"}), watched(**{key: "own"}))
    assert list(found) == [f"security.{key}"]
    assert "environment staging owns it" in found[f"security.{key}"]


def test_one_owner_of_the_registrys_scanning() -> None:
    scans = watched(inspector="adopt", image_scanning="own")
    assert list(conflicts(scans, scans)) == ["security.image_scanning"]
    assert not conflicts(scans, watched(inspector="adopt", image_scanning="adopt"))


def test_hub_and_its_recorder_have_one_owner_each() -> None:
    assert list(conflicts(watched(**OWN_HUB), watched(**OWN_HUB))) == ["security.hub", "security.recorder"]


@pytest.mark.parametrize("mode", ["adopt", "off"])
def test_the_other_one_adopts_or_does_without(mode: str) -> None:
    assert not conflicts(watched(detector="own"), watched(detector=mode))
    assert not conflicts(watched(detector=mode), watched(detector="own"))


@pytest.mark.parametrize("key", REGIONAL)
def test_regional_watchers_exist_in_every_region(key: str) -> None:
    role = {"recorder_role": "adopt"} if key == "recorder" else {}
    assert not conflicts(watched(**{key: "own"}, **role), {**watched(**{key: "own"}), **ELSEWHERE})


def test_a_trail_covers_every_region() -> None:
    assert list(conflicts(watched(trail="own"), {**watched(trail="own"), **ELSEWHERE})) == ["security.trail"]


def test_the_recorders_role_is_one_for_all_regions() -> None:
    found = conflicts(watched(recorder="own"), {**watched(recorder="own"), **ELSEWHERE})
    assert list(found) == ["security.recorder_role"]


def test_another_account_has_watchers_of_its_own() -> None:
    every = watched(**dict.fromkeys(("trail", "analyzer", "detector", "hub", "recorder", "inspector"), "own"))
    assert not conflicts(every, {**every, "account_id": OTHER_ACCOUNT})


def test_nothing_is_watched_by_default() -> None:
    assert not parse({"account_id": ACCOUNT}, name="dev").security.watches


def with_ci(provider: str) -> dict[str, Any]:
    return {"ci": {"repository": "acme/site", "provider": provider}}


def test_githubs_provider_has_one_owner_in_an_account() -> None:
    found = conflicts(with_ci("own"), {**with_ci("own"), **ELSEWHERE})
    assert list(found) == ["ci.provider"]
    assert "environment staging owns it" in found["ci.provider"]


def test_githubs_provider_is_adopted_or_not_asked_for() -> None:
    assert not conflicts(with_ci("own"), with_ci("adopt"))
    assert not conflicts(with_ci("own"), {})


REPOSITORY = {"repository": "acme/site-chat"}


@pytest.mark.parametrize(
    ("ci", "keys"),
    [
        ({**REPOSITORY, "owner_id": 1}, ["ci.owner_id"]),
        ({**REPOSITORY, "repository_id": 2}, ["ci.repository_id"]),
        ({"owner_id": 1, "repository_id": 2}, ["ci.owner_id", "ci.repository_id"]),
    ],
)
def test_ids_of_a_repository_come_together(ci: dict[str, Any], keys: list[str]) -> None:
    assert list(problems(ci=ci)) == keys


@pytest.mark.parametrize("value", [0, -1, 2**53, "9919", 1.0, True])
def test_an_id_is_a_whole_number(value: object) -> None:
    assert "ci.owner_id" in problems(ci={**REPOSITORY, "owner_id": value, "repository_id": 2})


@pytest.mark.parametrize(
    ("ci", "subject"),
    [
        ({}, None),
        (REPOSITORY, "repo:acme/site-chat"),
        ({**REPOSITORY, "owner_id": 9919, "repository_id": 456789}, "repo:acme@9919/site-chat@456789"),
    ],
)
def test_the_subject_has_both_ids_or_none(ci: dict[str, Any], subject: str | None) -> None:
    assert build(ci=ci).ci.subject == subject


SHELLS = {"execute_command": True}
READ = {"alarm_emails": ["oncall@example.com"]}


@pytest.mark.parametrize("trail", ["own", "adopt"])
def test_shells_are_told_of_by_a_trail(trail: str) -> None:
    assert problems(service=SHELLS, security={"trail": trail}, monitoring=READ) == {}


def test_shells_that_nobody_would_hear_of_are_refused() -> None:
    assert problems(service=SHELLS, monitoring=READ) == {
        "service.execute_command": 'false, because security.trail = "off" leaves nothing that tells people of a shell'
    }


@pytest.mark.parametrize("security", [{}, {"emails": ["security@example.com"]}])
def test_shells_whose_mails_nobody_gets_are_refused(security: dict[str, Any]) -> None:
    """Recipients of findings get those of another topic."""
    assert problems(service=SHELLS, security={"trail": "own", **security}) == {
        "monitoring.alarm_emails": "one address at least, because service.execute_command = true tells these of every "
        "shell"
    }


def test_the_emulated_aws_has_no_trail_to_wait_for() -> None:
    assert not build(service=SHELLS, emulator={"enabled": True}).security.routes_findings
