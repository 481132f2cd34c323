from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from policies.states_language import faults

Definition = dict[str, Any]
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}}


def sound() -> Definition:
    """A machine with one state of each kind that is used here."""
    inner = {"Look": {**CALL, "Arguments": {"Payload": "{% $states.input.page %}"}, "End": True}}
    return {
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": 60,
        "StartAt": "Begin",
        "States": {
            "Begin": {
                **CALL,
                "Assign": {"count": "{% $states.result.Payload.count %}"},
                "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}],
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Assign": {"error": "{% $states.errorOutput %}"}, "Next": "No"}
                ],
                "Next": "Any",
            },
            "Any": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $count > 0 and $exists($count) %}", "Next": "Each"}],
                "Default": "Yes",
            },
            "Each": {
                "Type": "Map",
                "Items": "{% [1, $count] %}",
                "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Look", "States": inner},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"error": {"Error": "e"}}, "Next": "No"}],
                "Next": "Yes",
            },
            "Yes": {"Type": "Succeed"},
            "No": {"Type": "Fail", "Error": "{% $error.Error %}"},
        },
    }


def broken(change: Callable[[Definition], object]) -> list[str]:
    definition = sound()
    change(definition)
    return faults(definition)


def test_a_sound_definition_has_no_faults() -> None:
    assert faults(sound()) == []


def state(name: str, **changes: Any) -> Callable[[Definition], object]:
    def change(definition: Definition) -> None:
        body = definition["States"][name]
        for key, value in changes.items():
            body.pop(key, None)
            if value is not None:
                body[key] = value

    return change


def each(**changes: Any) -> Callable[[Definition], object]:
    """Change of the processor of the map."""
    return lambda definition: definition["States"]["Each"]["ItemProcessor"].update(changes)


DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d.pop("TimeoutSeconds"), "TimeoutSeconds: a number"),
        (lambda d: d.update(QueryLanguage="JSONPath"), 'QueryLanguage: "JSONata"'),
        (lambda d: d.update(StartsAt="Begin"), "StartsAt: no field of a definition"),
        (lambda d: d.update(StartAt="Start"), "StartAt: 'Start' is no state"),
        (lambda d: d.update(States={}), "States: an object of states"),
        (lambda d: d["States"].update(Lost={"Type": "Succeed"}), "Lost: nothing leads here"),
        (state("Any", Default="Any"), None),
        (state("Begin", Next="Begin", Catch=None), "Begin: nothing ends it"),
        (state("Begin", Type="Lambda"), "Begin: 'Lambda' is no type of state"),
        (state("Begin", Parameters={}), "Begin: Parameters is no field of a Task state"),
        (state("Begin", ResultPath="$.a"), "Begin: ResultPath is no field of a Task state"),
        (state("Begin", Resource=None), "Begin: a Task state needs Resource"),
        (state("Begin", End=True), "Begin: either Next or End"),
        (state("Begin", Next=None), "Begin: either Next or End"),
        (state("Begin", Next="Gone"), "Begin: 'Gone' is no state"),
        (state("Any", Choices=[{"Condition": "{% true %}"}]), "Any: a choice needs Condition and Next"),
        (state("Begin", Retry=[{"MaxAttempts": 1}]), "Begin: Retry needs ErrorEquals"),
        (state("Begin", Retry=[{"ErrorEquals": ["a"], "Backoff": 1}]), "Begin: Backoff is no field of Retry"),
        (state("Begin", Retry=[{"ErrorEquals": ["States.ALL", "a"]}]), "Begin: States.ALL stands alone, and last"),
        (state("Each", Catch=[{"ErrorEquals": ["States.ALL"]}]), "Each: Catch needs Next"),
        (state("Each", ItemReader={}), "Each: ItemReader is for distributed maps"),
        (each(ProcessorConfig={"Mode": "DISTRIBUTED"}), "Each: a distributed map needs ExecutionType"),
        (each(StartAt="Gone"), "Each: StartAt: 'Gone' is no state"),
        (state("Begin", Output="{% $total %}"), "Begin: $total is set nowhere"),
        (state("Begin", Output="{% $total(1) %}"), "Begin: $total() is no function that is known here"),
        (state("Begin", Output="{% $count"), "begins with {% and ends with %}, or neither"),
        (state("Begin", Output="$.count"), "is text: an expression begins with"),
        (state("Begin", Output="{% $sum([1, 2) %}"), "a bracket or a text that doesn't end"),
        (state("Begin", Output="{% 'it %}"), "a bracket or a text that doesn't end"),
        (state("Begin", Output="{% ($a := 1; $a) %}"), None),
        (state("Begin", Output="{% 'a $price ] of' %}"), None),
    ],
)
def test_a_fault_is_named_with_its_place(change: Callable[[Definition], object], fault: str | None) -> None:
    found = broken(change)
    assert any(fault in each for each in found) if fault else found == []


def test_items_of_a_distributed_map_know_no_variable_from_outside() -> None:
    definition = sound()
    processor = definition["States"]["Each"]["ItemProcessor"]
    processor["States"]["Look"]["Output"] = "{% $count %}"
    assert faults(definition) == []
    distributed = copy.deepcopy(definition)
    distributed["States"]["Each"]["ItemProcessor"]["ProcessorConfig"] = DISTRIBUTED
    assert faults(distributed) == ["Each: Look: $count is set nowhere"]


@pytest.mark.parametrize("text", ["{", "[]", "1"])
def test_what_is_no_definition(text: str) -> None:
    assert len(faults(text)) == 1
