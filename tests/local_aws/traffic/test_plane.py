"""The plane as a process: its clock, and an alarm on it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest

from local_aws import Endpoint, LocalAwsError, start, stop
from local_aws.traffic.clock import FACTOR_VARIABLE

ALARM = {
    "AlarmName": "errors",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1.0,
    "EvaluationPeriods": 1,
    "TreatMissingData": "notBreaching",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv(FACTOR_VARIABLE, "60")
    yield start(tmp_path, traffic=True)
    stop(tmp_path)


def test_the_clock_runs_as_asked_and_an_alarm_goes_by_it(run: Endpoint) -> None:
    assert run.traffic is not None
    assert run.clock_factor == 60
    with urlopen(f"http://127.0.0.1:{run.traffic.control}/health") as answer:
        assert json.load(answer)["clock_factor"] == 60
    watch = boto3.client(
        "cloudwatch",
        endpoint_url=run.url,
        region_name=run.region,
        aws_access_key_id=run.account_id,
        aws_secret_access_key="emulated",
    )
    stat = {"Metric": {"Namespace": "Chat", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    doubled = {"Id": "b", "Expression": "2 * FILL(a, 0)", "ReturnData": True}
    watch.put_metric_alarm(**ALARM, Metrics=[{"Id": "a", "MetricStat": stat, "ReturnData": False}, doubled])
    assert reached(watch, "OK")["StateReason"].endswith("for ALARM -> OK transition).")
    watch.put_metric_data(Namespace="Chat", MetricData=[{"MetricName": "Errors", "Value": 1.0}])
    assert "[2.0 (" in reached(watch, "ALARM")["StateReason"]
    assert json.loads(reached(watch, "OK")["StateReasonData"])["emulatedClockFactor"] == 60


def reached(watch: Any, state: str) -> dict[str, Any]:
    """The alarm once it has a state; a minute of its clock is a second."""
    deadline = time.monotonic() + 60
    while True:
        found = dict(watch.describe_alarms()["MetricAlarms"][0])
        if found["StateValue"] == state:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_a_clock_that_cannot_be_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FACTOR_VARIABLE, "0")
    with pytest.raises(LocalAwsError, match=FACTOR_VARIABLE):
        start(tmp_path, traffic=True)
    assert list(tmp_path.iterdir()) == []
