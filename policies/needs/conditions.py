"""Conditions of policy statements, tested against the context of one request (IAM reference, condition operators)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import eq, ge, gt, le, lt

Condition = tuple[str, str, tuple[str, ...]]
_SETS = ("ForAnyValue:", "ForAllValues:")
_IF_EXISTS = "IfExists"


def failing(conditions: tuple[Condition, ...], context: Mapping[str, str], *, denies: bool = False) -> Iterator[str]:
    """A sentence for each condition that the request doesn't meet.

    `context` has lower-case keys with one value each. An operator that isn't known here is never met in a statement
    that allows, and always in one that denies.
    """
    for test, variable, accepted in conditions:
        given = context.get(variable.lower())
        if _operator(test) is None:
            if not denies:
                yield f"{test} on {variable} can't be judged here"
        elif not _met(test, accepted, given):
            held = f"the request has {given}" if given is not None else "the request doesn't carry it"
            yield f"{test} on {variable} wants {' or '.join(accepted)}, {held}"


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` and `?` matches the whole text, case and all."""
    return pattern == text or (("*" in pattern or "?" in pattern) and _compiled(pattern).fullmatch(text) is not None)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def unjudged(conditions: tuple[Condition, ...]) -> list[str]:
    """Operators that aren't known here."""
    return [test for test, _, _ in conditions if _operator(test) is None]


def _operator(test: str) -> str | None:
    """The plain operator of a test; None for one that isn't known here."""
    plain = test.rpartition(":")[2].removesuffix(_IF_EXISTS)
    return plain if plain == "Null" or plain in _OPERATORS else None


def _met(test: str, accepted: tuple[str, ...], given: str | None) -> bool:
    for prefix in _SETS:
        # A context of one value: any and all differ only where the key is missing.
        if test.startswith(prefix):
            if given is None:
                return prefix == "ForAllValues:"
            test = test.removeprefix(prefix)
    if test == "Null":
        return ("true" if given is None else "false") in accepted
    if test.endswith(_IF_EXISTS):
        if given is None:
            return True
        test = test.removesuffix(_IF_EXISTS)
    positive, operator = _OPERATORS[test]
    if given is None:
        # A negated operator holds for a missing key (IAM reference, "Evaluation logic with missing keys").
        return not positive
    hit = any(operator(wanted, given) for wanted in accepted)
    return hit if positive else not hit


def _same(wanted: str, given: str) -> bool:
    return wanted == given


def _same_folded(wanted: str, given: str) -> bool:
    return wanted.lower() == given.lower()


def _arn(wanted: str, given: str) -> bool:
    """ARN operators compare the six parts one by one, each of them a pattern."""
    wants, has = wanted.split(":", 5), given.split(":", 5)
    return len(wants) == len(has) and all(map(matches, wants, has))


def _numbers(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compared(wanted: str, given: str) -> bool:
        try:
            return compare(float(given), float(wanted))
        except ValueError:
            return False

    return compared


_OPERATORS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "StringEquals": (True, _same),
    "StringNotEquals": (False, _same),
    "StringEqualsIgnoreCase": (True, _same_folded),
    "StringNotEqualsIgnoreCase": (False, _same_folded),
    "StringLike": (True, matches),
    "StringNotLike": (False, matches),
    "ArnEquals": (True, _arn),
    "ArnLike": (True, _arn),
    "ArnNotEquals": (False, _arn),
    "ArnNotLike": (False, _arn),
    "Bool": (True, _same_folded),
    "NumericEquals": (True, _numbers(eq)),
    "NumericNotEquals": (False, _numbers(eq)),
    "NumericLessThan": (True, _numbers(lt)),
    "NumericLessThanEquals": (True, _numbers(le)),
    "NumericGreaterThan": (True, _numbers(gt)),
    "NumericGreaterThanEquals": (True, _numbers(ge)),
}
