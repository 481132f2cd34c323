"""What Step Functions would refuse in a definition, or fail at when it gets there (Amazon States Language, JSONata)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]

# Fields of a state by its type, with JSONata ("Amazon States Language", its specification and Step Functions guide).
_COMMON = {"Type", "Comment", "QueryLanguage", "Assign", "Output"}
_GOES_ON = {"Next", "End"}
_TRIES = {"Retry", "Catch"}
_FIELDS: dict[str, set[str]] = {
    "Task": _COMMON
    | _GOES_ON
    | _TRIES
    | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"},
    "Pass": _COMMON | _GOES_ON,
    "Choice": _COMMON | {"Choices", "Default"},
    "Wait": _COMMON | _GOES_ON | {"Seconds", "Timestamp"},
    "Succeed": _COMMON,
    "Fail": {"Type", "Comment", "QueryLanguage", "Error", "Cause"},
    "Map": _COMMON
    | _GOES_ON
    | _TRIES
    | {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency", "ItemReader", "ItemBatcher", "ResultWriter", "Label"}
    | {"ToleratedFailurePercentage", "ToleratedFailureCount"},
    "Parallel": _COMMON | _GOES_ON | _TRIES | {"Arguments", "Branches"},
}
_NEEDED = {"Task": ("Resource",), "Choice": ("Choices",), "Map": ("ItemProcessor",), "Parallel": ("Branches",)}
_TOLERATES = {"ToleratedFailurePercentage", "ToleratedFailureCount"}
_DISTRIBUTED = {"ItemReader", "ItemBatcher", "ResultWriter", "Label"} | _TOLERATES
_RETRY = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
_CATCH = {"ErrorEquals", "Next", "Assign", "Output"}
_TOP = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
_LABEL_LENGTH, _NAME_LENGTH = 40, 80
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)\b(?!\s*\()")
_CALL = re.compile(r"\$([A-Za-z_]\w*)\s*\(")
_BOUND = re.compile(r"\$([A-Za-z_]\w*)\s*:=")
_TEXTS = re.compile(r"'[^']*'|\"[^\"]*\"")
# Functions of JSONata that are used here, and what Step Functions adds.
_FUNCTIONS = {"append", "count", "exists", "floor", "join", "keys", "merge", "millis", "not", "number", "parse"} | {
    "string",
    "sum",
}
_PAIRS = {")": "(", "]": "[", "}": "{"}


def faults(definition: object) -> list[str]:
    """Sentences about everything wrong in a definition, given as text or as data; empty when it is sound.

    A definition has to say TimeoutSeconds: without it an execution that hangs goes on for a year (its quotas).
    """
    try:
        found = json.loads(definition) if isinstance(definition, str) else definition
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(found, dict):
        return ["no object"]
    problems = [f"{field}: no field of a definition" for field in sorted(found.keys() - _TOP)]
    if found.get("QueryLanguage") != "JSONata":
        problems.append('QueryLanguage: "JSONata", without which paths are read and expressions are not')
    if not isinstance(found.get("TimeoutSeconds"), int):
        problems.append("TimeoutSeconds: a number, without which an execution may run for a year")
    return [*problems, *_machine(found, "", frozenset())]


def _machine(body: State, where: str, known: frozenset[str]) -> Iterator[str]:
    states = body.get("States")
    if not isinstance(states, dict) or not states or not all(isinstance(each, dict) for each in states.values()):
        yield f"{where}States: an object of states"
        return
    known |= _assigned(states)
    if body.get("StartAt") not in states:
        yield f"{where}StartAt: {body.get('StartAt')!r} is no state"
        return
    for name, state in states.items():
        place = f"{where}{name}: "
        if len(name) > _NAME_LENGTH:
            yield f"{place}a name has {_NAME_LENGTH} characters at most"
        yield from (f"{place}{each}" for each in _state(state, states, known))
        yield from _inner(state, place, known)
    reached = _reached(str(body["StartAt"]), states)
    yield from (f"{where}{name}: nothing leads here" for name in states if name not in reached)
    yield from (f"{where}{name}: nothing ends it" for name in sorted(reached) if not _ends(name, states))


def _assigned(states: Mapping[str, State]) -> frozenset[str]:
    """Variables that any of these states sets."""
    setters = (
        each for state in states.values() for each in (state, *_entries(state, "Catch"), *_entries(state, "Choices"))
    )
    return frozenset(name for each in setters for name in each.get("Assign", {}))


def _entries(state: State, field: str) -> list[State]:
    found = state.get(field, [])
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _leads(state: State) -> list[str]:
    """Names of the states that a state may go on to."""
    entries = [*_entries(state, "Catch"), *_entries(state, "Choices")]
    given = [state.get("Next"), state.get("Default"), *(each.get("Next") for each in entries)]
    return [str(each) for each in given if each is not None]


def _reached(start: str, states: Mapping[str, State]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for name in _leads(states[waiting.pop()]):
            if name in states and name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _ends(name: str, states: Mapping[str, State]) -> bool:
    return any(
        states[each].get("End") is True or states[each].get("Type") in ("Succeed", "Fail")
        for each in _reached(name, states)
    )


def _state(state: State, states: Mapping[str, State], known: frozenset[str]) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in _FIELDS:
        yield f"{kind!r} is no type of state"
        return
    yield from (f"{field} is no field of a {kind} state" for field in sorted(state.keys() - _FIELDS[kind]))
    yield from (f"a {kind} state needs {field}" for field in _NEEDED.get(kind, ()) if not state.get(field))
    if "Next" in _FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield "either Next or End"
    yield from (f"{name!r} is no state" for name in _leads(state) if name not in states)
    yield from _tries(state)
    if any(not {"Condition", "Next"} <= each.keys() for each in _entries(state, "Choices")):
        yield "a choice needs Condition and Next"
    own = {key: value for key, value in state.items() if key not in ("ItemProcessor", "Branches")}
    for text in _strings(own):
        yield from _expression(text, known)


def _tries(state: State) -> Iterator[str]:
    for field, allowed in (("Retry", _RETRY), ("Catch", _CATCH)):
        entries = _entries(state, field)
        for index, each in enumerate(entries):
            errors = each.get("ErrorEquals")
            yield from (f"{key} is no field of {field}" for key in sorted(each.keys() - allowed))
            if not isinstance(errors, list) or not errors:
                yield f"{field} needs ErrorEquals"
            elif "States.ALL" in errors and (len(errors) > 1 or index < len(entries) - 1):
                yield f"States.ALL stands alone, and last, in {field}"
            if field == "Catch" and "Next" not in each:
                yield "Catch needs Next"


def _inner(state: State, place: str, known: frozenset[str]) -> Iterator[str]:
    """Faults of the machines inside a map or its branches. A distributed map's items know no variable from outside."""
    processor = state.get("ItemProcessor")
    if isinstance(processor, dict):
        config = processor.get("ProcessorConfig", {})
        distributed = config.get("Mode", "INLINE") == "DISTRIBUTED"
        if distributed and config.get("ExecutionType") not in ("STANDARD", "EXPRESS"):
            yield f"{place}a distributed map needs ExecutionType"
        if not distributed:
            yield from (f"{place}{field} is for distributed maps" for field in sorted(state.keys() & _DISTRIBUTED))
        if len(str(state.get("Label", ""))) > _LABEL_LENGTH:
            yield f"{place}a label has {_LABEL_LENGTH} characters at most"
        yield from _machine(processor, place, frozenset() if distributed else known)
    for branch in _entries(state, "Branches"):
        yield from _machine(branch, place, known)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield value


def _expression(text: str, known: frozenset[str]) -> Iterator[str]:
    """Faults of a text that is an expression, or was meant to be one."""
    opens, closes = text.startswith("{%"), text.endswith("%}")
    if not opens and not closes:
        if "{%" in text or text.startswith("$."):
            yield f"{text!r} is text: an expression begins with {{% and ends with %}}"
        return
    if not opens or not closes:
        yield f"{text!r} begins with {{% and ends with %}}, or neither"
        return
    bare = _TEXTS.sub("''", text[2:-2])
    if "'" in bare.replace("''", "") or '"' in bare or not _balanced(bare):
        yield f"{text!r} has a bracket or a text that doesn't end"
        return
    called, bound = {*_CALL.findall(bare)}, {*_BOUND.findall(bare)}
    yield from (f"${name}() is no function that is known here" for name in sorted(called - _FUNCTIONS - bound))
    missing = {*_VARIABLE.findall(bare)} - known - bound - {"states"}
    yield from (f"${name} is set nowhere" for name in sorted(missing))


def _balanced(text: str) -> bool:
    open_brackets: list[str] = []
    for letter in text:
        if letter in _PAIRS.values():
            open_brackets.append(letter)
        elif letter in _PAIRS and (not open_brackets or open_brackets.pop() != _PAIRS[letter]):
            return False
    return not open_brackets
