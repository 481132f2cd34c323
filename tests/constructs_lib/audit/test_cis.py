from __future__ import annotations

import re

import pytest

from constructs_lib.audit.cis import WATCHES, Watch
from tests.constructs_lib.audit.operations import operations

PATTERN_LIMIT = 1024  # PutMetricFilter
# Where the benchmark names operations without their service.
SOURCES = {"4.5": "cloudtrail", "4.10": "ec2", "4.11": "ec2", "4.12": "ec2", "4.14": "ec2"}
# Not calls: a sign-in has no operation, and this one is left out of a count.
OTHER_EVENTS = {"ConsoleLogin", "HeadBucket"}


def named(watch: Watch) -> set[str]:
    return set(re.findall(r'\$\.eventName !?= "?(\w+)', watch.pattern)) - OTHER_EVENTS


def test_the_fifteen_recommendations_are_all_there_once() -> None:
    assert [watch.number for watch in WATCHES] == [f"4.{number}" for number in range(1, 16)]
    assert len({watch.id for watch in WATCHES}) == len(WATCHES)


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.id)
def test_patterns_are_such_as_cloudwatch_takes(watch: Watch) -> None:
    assert len(watch.pattern) <= PATTERN_LIMIT
    assert watch.pattern.startswith("{ ")
    assert watch.pattern.endswith(" }")
    assert watch.pattern.count("(") == watch.pattern.count(")")


@pytest.mark.parametrize("watch", [watch for watch in WATCHES if named(watch)], ids=lambda watch: watch.id)
def test_a_misspelt_operation_would_never_match(watch: Watch) -> None:
    source = re.search(r"\$\.eventSource = (\w+)\.amazonaws\.com", watch.pattern)
    assert named(watch) <= operations(source[1] if source else SOURCES[watch.number])


def test_operations_are_alternatives_and_the_service_is_not() -> None:
    pattern = next(watch.pattern for watch in WATCHES if watch.id == "key_deletion")
    assert pattern == (
        "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
    )
