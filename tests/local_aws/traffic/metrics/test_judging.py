"""States of alarms, by the examples of CloudWatch's guide, "Configuring how CloudWatch alarms treat missing data"."""

from __future__ import annotations

import pytest

from local_aws.traffic.metrics import Point, Rule, judge

STAY = None
NO_DATA, ALARM, OK = "INSUFFICIENT_DATA", "ALARM", "OK"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# Of three values all three, or two of three; X is beyond the threshold, - is missing.
THREE_OF_THREE = {
    "0-X-X": (OK, OK, OK, OK),
    "----0": (OK, OK, OK, OK),
    "-----": (NO_DATA, STAY, ALARM, OK),
    "0XX-X": (ALARM, ALARM, ALARM, ALARM),
    "--X--": (ALARM, STAY, ALARM, OK),
    "----X": (STAY, STAY, ALARM, OK),
}
TWO_OF_THREE = {
    "0-X-X": (ALARM, ALARM, ALARM, ALARM),
    "00X0X": (ALARM, ALARM, ALARM, ALARM),
    "0-X--": (OK, OK, ALARM, OK),
    "----0": (OK, OK, ALARM, OK),
    "---X-": (ALARM, STAY, ALARM, OK),
}
CASES = [(3, *each) for each in THREE_OF_THREE.items()] + [(2, *each) for each in TWO_OF_THREE.items()]


def points(drawn: str) -> list[Point]:
    values = {"0": 0.0, "X": 9.0, "-": None}
    return [Point(60.0 * at, values[each]) for at, each in enumerate(drawn)]


@pytest.mark.parametrize(("needed", "drawn", "states"), CASES)
def test_missing_values_count_as_the_alarm_says(needed: int, drawn: str, states: tuple[str | None, ...]) -> None:
    rules = [Rule("GreaterThanThreshold", 5, 3, needed, each) for each in TREATMENTS]
    assert tuple(judge(rule, points(drawn)).state for rule in rules) == states


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanOrEqualToThreshold", (OK, ALARM, ALARM)),
        ("GreaterThanThreshold", (OK, OK, ALARM)),
        ("LessThanThreshold", (ALARM, OK, OK)),
        ("LessThanOrEqualToThreshold", (ALARM, ALARM, OK)),
    ],
)
def test_a_value_is_compared_as_the_alarm_says(comparison: str, states: tuple[str, ...]) -> None:
    rule = Rule(comparison, 5, 1, 1)
    assert tuple(judge(rule, [Point(0, value)]).state for value in (4.0, 5.0, 6.0)) == states


@pytest.mark.parametrize(
    ("rule", "drawn", "reason"),
    [
        (
            Rule("GreaterThanOrEqualToThreshold", 5.0, 1, 1),
            "--X",
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/70 00:02:00)] was greater than or equal to "
            "the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            Rule("GreaterThanThreshold", 5.0, 3, 2),
            "--X0X",
            "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/01/70 00:04:00), 9.0 (01/01/70 00:02:00)] were "
            "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            Rule("GreaterThanThreshold", 5.0, 1, 1),
            "--0",
            "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (01/01/70 00:02:00)] was not greater than the "
            "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            Rule("GreaterThanThreshold", 5.0, 1, 1, "notBreaching"),
            "---",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
        (Rule("GreaterThanThreshold", 5.0, 2, 2), "----", "Insufficient Data: 2 datapoints were unknown."),
    ],
)
def test_reasons_are_in_the_words_of_cloudwatch(rule: Rule, drawn: str, reason: str) -> None:
    assert judge(rule, points(drawn)).reason == reason
