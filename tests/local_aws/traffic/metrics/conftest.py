"""A world behind the emulators, and a clock that stands until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from local_aws import Endpoint
from local_aws.traffic.clock import Clock
from local_aws.traffic.metrics import Metrics
from local_aws.traffic.world import World

START = 2_000_000_040.0


class MovedClock(Clock):
    """The plane's clock, moved by hand: a minute passes when a test says so. It stays far from the machine's time."""

    def __init__(self) -> None:
        super().__init__(60)
        self.moment = START

    def now(self) -> float:
        return self.moment


class Watched:
    """Metrics by a clock that is moved, and what a test asks of CloudWatch."""

    def __init__(self, world: World, tasks: Callable[[], Iterable[Any]] = tuple) -> None:
        self.clock = MovedClock()
        self.metrics = Metrics(world, self.clock, tasks)
        self._watch = world.client("cloudwatch")

    def came(self, *values: float, name: str = "RequestCount", **dimensions: str) -> None:
        """Tell values of a metric of load balancers."""
        for value in values:
            self.metrics.record("AWS/ApplicationELB", name, dimensions or {"LoadBalancer": "app/a/1"}, value)

    def minute(self, *values: float, **named: str) -> None:
        """Let a minute pass in which values came."""
        self.came(*values, **named)
        self.clock.moment += 60
        asyncio.run(self.metrics.tick())

    def alarm(self, name: str, **settings: Any) -> None:
        """Make an alarm on RequestCount of the load balancer, of one period of a minute; None leaves a setting out."""
        metric = {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "RequestCount",
            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/a/1"}],
            "Statistic": "Sum",
            "Period": 60,
        }
        rule = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5, "EvaluationPeriods": 1}
        own = {} if "Metrics" in settings else metric
        asked = {**own, **rule, **settings}
        given = {key: value for key, value in asked.items() if value is not None}
        self._watch.put_metric_alarm(AlarmName=name, **given)

    def state(self, name: str) -> tuple[str, str]:
        """State of an alarm, and its reason."""
        found = self._watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        return found["StateValue"], found["StateReason"]


@pytest.fixture
def world(endpoint: Endpoint) -> World:
    return World(endpoint.url, endpoint.account_id, "us-east-1")


@pytest.fixture
def watched(world: World, client: Callable[..., Any]) -> Iterable[Watched]:
    delete_alarms(client("cloudwatch"))  # of other tests, which share the emulated AWS
    yield Watched(world)
    delete_alarms(client("cloudwatch"))


def delete_alarms(watch: Any) -> None:
    """Delete every alarm, first those that watch others."""
    for kind in ("CompositeAlarm", "MetricAlarm"):
        found = watch.describe_alarms(AlarmTypes=[kind])[f"{kind}s"]
        watch.delete_alarms(AlarmNames=[each["AlarmName"] for each in found])
