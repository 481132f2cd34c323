from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.workflows.definition import Functions, IngestionRun, RunLimits
from policies.states_language import faults

FUNCTIONS = Functions("arn:of:fetch", "arn:of:embed", "arn:of:ledger", "arn:of:load")


def definition(partition: str = "aws", **limits: int) -> dict[str, Any]:
    return IngestionRun(FUNCTIONS, RunLimits(**limits), "pages", partition).definition()


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    found: dict[str, Any] = definition()["States"]
    return found


def tasks(states: dict[str, Any]) -> dict[str, Any]:
    """Every task, those of pages, too."""
    inner = [each["ItemProcessor"]["States"] for each in states.values() if each["Type"] == "Map"]
    return {name: each for group in (states, *inner) for name, each in group.items() if each["Type"] == "Task"}


def test_it_is_one_that_step_functions_runs() -> None:
    assert faults(json.dumps(definition())) == []


def test_the_road_of_a_run(states: dict[str, Any]) -> None:
    road, name = [], "Begin"
    while name:
        road.append(name)
        name = {"HowManyPages": "Pages", "AnythingToLoad": "Open", "Loaded": "Check", "Checked": "Switch"}.get(
            name, states[name].get("Next", "")
        )
    assert road == [
        *("Begin", "List", "Plan", "HowManyPages", "Pages", "Manifest", "AnythingToLoad", "Open", "Load", "Loaded"),
        *("Check", "Checked", "Switch", "Finish"),
    ]


@pytest.mark.parametrize(
    ("name", "function", "do"),
    [
        ("Begin", "ledger", "begin"),
        ("List", "fetch", "list"),
        ("Plan", "ledger", "plan"),
        ("Fetch", "fetch", "page"),
        ("Keep", "ledger", "keep"),
        ("KeepFailure", "ledger", "keep"),
        ("Manifest", "ledger", "manifest"),
        ("Open", "load", "open"),
        ("Load", "load", "load"),
        ("Check", "load", "check"),
        ("Switch", "load", "switch"),
        ("Finish", "ledger", "finish"),
        ("Abandon", "ledger", "abandon"),
    ],
)
def test_who_does_what(states: dict[str, Any], name: str, function: str, do: str) -> None:
    told = tasks(states)[name]["Arguments"]
    assert (told["FunctionName"], told["Payload"]["do"]) == (f"arn:of:{function}", do)


def test_every_call_is_repeated_ever_later_while_the_other_side_is_busy(states: dict[str, Any]) -> None:
    for each in tasks(states).values():
        (retry,) = each["Retry"]
        assert {"Busy", "Lambda.TooManyRequestsException"} <= set(retry["ErrorEquals"])
        assert retry["BackoffRate"] > 1
        assert retry["JitterStrategy"] == "FULL"


def test_a_page_that_fails_is_kept_as_failed_and_stops_no_other(states: dict[str, Any]) -> None:
    for each in ("Pages", "ManyPages"):
        inner = states[each]["ItemProcessor"]["States"]
        for name in ("Fetch", "Embed"):
            (caught,) = inner[name]["Catch"]
            assert (caught["ErrorEquals"], caught["Next"]) == (["States.ALL"], "KeepFailure")
        assert inner["KeepFailure"]["End"] is True


def test_what_fails_outside_the_pages_gives_the_source_free(states: dict[str, Any]) -> None:
    outside = {name: each for name, each in states.items() if each["Type"] in ("Task", "Map")}
    leads = {name: [caught["Next"] for caught in each.get("Catch", [])] for name, each in outside.items()}
    assert leads.pop("Begin") == ["Failed"], "the lock may be another run's"
    assert leads.pop("Abandon") == ["Failed"]
    assert set(map(tuple, leads.values())) == {("Abandon",)}
    assert states["Abandon"]["Next"] == "Failed"
    assert states["Failed"]["Cause"].startswith("{% $exists($error.Cause) ? "), "an error may come without a cause"


def test_many_pages_are_executions_of_their_own_and_few_are_not(states: dict[str, Any]) -> None:
    few, many = states["Pages"], states["ManyPages"]
    assert few["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    assert many["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert many["ItemReader"]["Arguments"] == {"Bucket": "pages", "Key": "{% $todo.key %}"}
    assert few["ItemSelector"] == many["ItemSelector"]


@pytest.mark.parametrize(("concurrency", "few", "many"), [(5, 5, 5), (100, 40, 100)])
def test_pages_in_work(concurrency: int, few: int, many: int) -> None:
    states = definition(concurrency=concurrency)["States"]
    assert (states["Pages"]["MaxConcurrency"], states["ManyPages"]["MaxConcurrency"]) == (few, many)


def test_limits_of_a_run() -> None:
    found = definition(timeout_minutes=10, tolerated_failures_percent=3)
    assert found["TimeoutSeconds"] == 600
    assert found["States"]["ManyPages"]["ToleratedFailurePercentage"] == 3


def test_an_index_is_loaded_in_steps_and_switched_once_it_is_checked(states: dict[str, Any]) -> None:
    assert states["Loaded"]["Default"] == "Load"
    assert states["Checked"]["Default"] == "CheckFailed"
    assert states["AnythingToLoad"]["Default"] == "NothingToLoad"
    assert [name for name, each in states.items() if each.get("Next") == "Switch"] == []


def test_services_are_named_in_their_partition() -> None:
    found = json.dumps(definition("aws-cn"))
    assert "arn:aws-cn:states:::lambda:invoke" in found
    assert "arn:aws:states:::" not in found
