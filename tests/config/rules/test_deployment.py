from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import build, problems

DNS = {"domain": "chat.example.com", "zone_name": "example.com"}
SHIFTING = ("blue_green", "canary", "linear")


def deployment(strategy: str = "canary", *, service: dict[str, Any] | None = None, **settings: Any) -> dict[str, str]:
    return problems(dns=DNS, deployment={"strategy": strategy, **settings}, service=service or {})


@pytest.mark.parametrize("strategy", SHIFTING)
def test_traffic_that_is_shifted_needs_a_domain(strategy: str) -> None:
    found = problems(deployment={"strategy": strategy})
    assert set(found) == {"deployment.strategy"}
    assert found["deployment.strategy"].startswith('"rolling", because without dns.domain')
    assert not deployment(strategy)
    assert not problems(deployment={"strategy": "rolling"})


@pytest.mark.parametrize("strategy", SHIFTING)
def test_ecs_itself_needs_a_domain_to_try_new_tasks(strategy: str) -> None:
    assert problems(deployment={"strategy": strategy, "controller": "ecs"}) == {
        "deployment.strategy": '"rolling", because without dns.domain there is no certificate under which new tasks '
        "are tried"
    }
    assert not deployment(strategy, controller="ecs")


def test_a_rolling_release_has_no_controller() -> None:
    assert deployment("rolling", controller="ecs") == {
        "deployment.controller": 'nothing, because strategy = "rolling" doesn\'t use it'
    }


def test_ecs_knows_no_wait_after_the_bake() -> None:
    assert deployment("canary", controller="ecs", termination_wait_minutes=6) == {
        "deployment.termination_wait_minutes": 'nothing, because with controller = "ecs" the old tasks end after '
        "bake_minutes"
    }
    assert not deployment("canary", controller="ecs", termination_wait_minutes=5)


def test_code_deploy_waits_longer() -> None:
    assert not deployment("canary", canary_minutes=1441)
    assert not deployment("blue_green", bake_minutes=1441)


@pytest.mark.parametrize(
    ("strategy", "key"), [("canary", "canary_minutes"), ("linear", "linear_minutes"), ("blue_green", "bake_minutes")]
)
def test_ecs_waits_a_day_at_most(strategy: str, key: str) -> None:
    longest: dict[str, Any] = {"controller": "ecs", key: 1439}
    assert not deployment(strategy, **longest)
    assert deployment(strategy, **longest | {key: 1440}) == {
        f"deployment.{key}": 'at most 1439, because with controller = "ecs" ECS takes back what stays a day'
    }


def test_ecs_moves_no_share_below_three_percent() -> None:
    assert deployment("linear", controller="ecs", linear_percent=2) == {
        "deployment.linear_percent": 'at least 3, because with controller = "ecs" ECS moves no smaller share'
    }
    assert not deployment("linear", controller="ecs", linear_percent=3)
    assert not deployment("linear", linear_percent=2)
    assert not deployment("canary", controller="ecs", canary_percent=1)


def test_all_waits_of_ecs_together_have_no_limit() -> None:
    assert not deployment("linear", controller="ecs", linear_percent=3, linear_minutes=1439)


def test_the_bake_of_ecs_is_as_long_as_an_answer() -> None:
    found = deployment("canary", controller="ecs", bake_minutes=1, service={"stop_timeout_seconds": 90})
    assert found == {
        "deployment.bake_minutes": "at least 2, because an answer may take 90 seconds and the old tasks end then"
    }
    assert not deployment("canary", controller="ecs", bake_minutes=2, service={"stop_timeout_seconds": 90})


@pytest.mark.parametrize(
    ("strategy", "key", "value"),
    [
        ("rolling", "canary_percent", 20),
        ("rolling", "linear_minutes", 1),
        ("rolling", "bake_minutes", 1),
        ("rolling", "termination_wait_minutes", 1),
        ("rolling", "test_question", "Who are you?"),
        ("blue_green", "canary_percent", 20),
        ("blue_green", "linear_percent", 20),
        ("canary", "linear_percent", 20),
        ("canary", "linear_minutes", 1),
        ("linear", "canary_percent", 20),
        ("linear", "canary_minutes", 1),
    ],
)
def test_a_value_that_the_strategy_never_reads(strategy: str, key: str, value: Any) -> None:
    assert deployment(strategy, **{key: value}) == {
        f"deployment.{key}": f'nothing, because strategy = "{strategy}" doesn\'t use it'
    }


@pytest.mark.parametrize(
    ("strategy", "settings"),
    [
        ("blue_green", {"bake_minutes": 1, "rollback_alarms": False, "test_question": "Who are you?"}),
        ("canary", {"canary_percent": 20, "canary_minutes": 2880}),
        ("linear", {"linear_percent": 20, "linear_minutes": 1}),
        ("rolling", {"rollback_alarms": False}),
        # What says the default again is no mistake.
        ("rolling", {"canary_percent": 10, "bake_minutes": 10}),
    ],
)
def test_values_that_the_strategy_reads(strategy: str, settings: dict[str, Any]) -> None:
    assert not deployment(strategy, **settings)


def test_the_probe_asks_its_question_with_every_strategy() -> None:
    probed = {"application_metrics": True, "probe_minutes": 5}
    asked = {"strategy": "rolling", "test_question": "Who are you?"}
    assert not problems(deployment=asked, monitoring=probed)
    assert set(problems(deployment={**asked, "bake_minutes": 1}, monitoring=probed)) == {"deployment.bake_minutes"}


@pytest.mark.parametrize(
    ("percent", "minutes", "accepted"),
    [(10, 320, True), (10, 321, False), (50, 2880, True), (33, 960, True), (33, 961, False), (1, 29, True)],
)
def test_the_last_share_follows_within_two_days(percent: int, minutes: int, accepted: bool) -> None:
    found = deployment("linear", linear_percent=percent, linear_minutes=minutes)
    assert set(found) == (set() if accepted else {"deployment.linear_minutes"})


def test_too_long_a_shift_names_the_longest_wait() -> None:
    found = deployment("linear", linear_percent=10, linear_minutes=321)
    assert found["deployment.linear_minutes"] == "at most 320, because 9 waits of it have 2880 minutes"


@pytest.mark.parametrize(
    ("bake", "wait", "stop", "accepted"),
    [(0, 0, 30, False), (0, 1, 30, True), (1, 0, 60, True), (0, 1, 61, False), (0, 2, 120, True), (1, 0, 120, False)],
)
def test_old_tasks_stay_for_the_longest_answer(bake: int, wait: int, stop: int, accepted: bool) -> None:
    found = deployment(bake_minutes=bake, termination_wait_minutes=wait, service={"stop_timeout_seconds": stop})
    assert set(found) == (set() if accepted else {"deployment.termination_wait_minutes"})


def test_too_short_a_wait_says_how_long_it_has_to_be() -> None:
    found = deployment(bake_minutes=1, termination_wait_minutes=0, service={"stop_timeout_seconds": 61})
    assert found["deployment.termination_wait_minutes"].startswith("at least 1, because an answer may take 61 seconds")


@pytest.mark.parametrize(("bake", "wait", "accepted"), [(2880, 0, True), (2000, 880, True), (2000, 881, False)])
def test_both_waits_are_one_of_code_deploy(bake: int, wait: int, accepted: bool) -> None:
    found = deployment(bake_minutes=bake, termination_wait_minutes=wait)
    assert set(found) == (set() if accepted else {"deployment.termination_wait_minutes"})


@pytest.mark.parametrize("strategy", SHIFTING)
def test_a_parked_service_may_have_every_strategy(strategy: str) -> None:
    assert not deployment(strategy, service={"parked": True})


def test_minutes_until_everybody_is_on_the_new_tasks() -> None:
    def minutes(**settings: Any) -> int:
        return build(dns=DNS, deployment=settings).deployment.shift_minutes

    assert minutes(strategy="rolling") == 0
    assert minutes(strategy="blue_green") == 0
    assert minutes(strategy="canary", canary_minutes=7) == 7
    assert minutes(strategy="linear", linear_percent=30, linear_minutes=2) == 6
    assert minutes(strategy="linear", linear_percent=99, linear_minutes=2) == 2
