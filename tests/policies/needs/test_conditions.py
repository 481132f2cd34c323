"""Conditions hold as IAM documents them: missing keys, sets, ARNs, and operators nobody knows."""

from __future__ import annotations

import pytest

from policies.needs.conditions import Condition, failing, matches

CONTEXT = {
    "aws:sourceaccount": "111111111111",
    "aws:sourcearn": "arn:aws:logs:us-east-1:111111111111:delivery-source:a",
}


@pytest.mark.parametrize(
    "condition",
    [
        ("StringEquals", "aws:SourceAccount", ("222222222222", "111111111111")),
        ("StringEquals", "AWS:SourceAccount", ("111111111111",)),
        ("StringNotEquals", "aws:SourceAccount", ("222222222222",)),
        ("StringNotEquals", "aws:PrincipalTag/team", ("red",)),
        ("StringLike", "aws:SourceAccount", ("1111*",)),
        ("StringNotLike", "aws:SourceAccount", ("2*",)),
        ("StringEqualsIfExists", "aws:SourceVpc", ("vpc-1",)),
        ("ArnLike", "aws:SourceArn", ("arn:aws:logs:*:111111111111:delivery-source:*",)),
        ("ArnEquals", "aws:SourceArn", ("arn:aws:logs:us-east-1:111111111111:delivery-source:?",)),
        ("Null", "aws:SourceVpc", ("true",)),
        ("Null", "aws:SourceAccount", ("false",)),
        ("ForAllValues:StringLike", "dynamodb:LeadingKeys", ("a*",)),
        ("ForAnyValue:StringEquals", "aws:SourceAccount", ("111111111111",)),
    ],
    ids=lambda each: f"{each[0]} {each[1]}",
)
def test_a_condition_that_the_request_meets(condition: Condition) -> None:
    assert list(failing((condition,), CONTEXT)) == []


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (("StringEquals", "aws:SourceAccount", ("222222222222",)), "the request has 111111111111"),
        (("StringEquals", "aws:SourceVpc", ("vpc-1",)), "the request doesn't carry it"),
        (("StringNotEquals", "aws:SourceAccount", ("111111111111",)), "StringNotEquals"),
        (("StringLike", "aws:SourceAccount", ("1?",)), "wants 1?"),
        (("ArnLike", "aws:SourceArn", ("arn:aws:logs:*",)), "ArnLike"),
        (("ArnLike", "aws:SourceArn", ("arn:aws:logs:us-east-1:1*:delivery-source",)), "ArnLike"),
        (("Null", "aws:SourceAccount", ("true",)), "Null"),
        (("Bool", "aws:SecureTransport", ("true",)), "doesn't carry"),
        (("ForAnyValue:StringEquals", "kms:ResourceAliases", ("alias/a",)), "doesn't carry"),
        (("IpAddress", "aws:SourceIp", ("10.0.0.0/8",)), "IpAddress"),
    ],
    ids=lambda each: f"{each[0]} {each[1]}" if isinstance(each, tuple) else "",
)
def test_a_condition_that_it_does_not_meet_is_named(condition: Condition, says: str) -> None:
    (sentence,) = failing((condition,), CONTEXT)
    assert says in sentence


def test_an_operator_nobody_knows_never_allows_and_always_denies() -> None:
    unknown: Condition = ("DateGreaterThan", "aws:CurrentTime", ("2026-01-01T00:00:00Z",))
    assert list(failing((unknown,), CONTEXT))
    assert list(failing((unknown,), CONTEXT, denies=True)) == []


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "anything", True),
        ("kms:GenerateDataKey*", "kms:GenerateDataKeyWithoutPlaintext", True),
        ("a[b]c*", "a[b]cd", True),
        ("a[b]c*", "abcd", False),
        ("a.c", "abc", False),
        ("a?c", "ac", False),
    ],
)
def test_patterns_have_two_wildcards_and_no_others(pattern: str, text: str, *, fits: bool) -> None:
    assert matches(pattern, text) is fits
