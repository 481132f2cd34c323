"""What is measured once a minute: tasks, queues, targets, models."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_aws.traffic.doors import Invocation
from local_aws.traffic.metrics.usage import sessions
from local_aws.traffic.world import World
from tests.local_aws.traffic.metrics.conftest import Watched

Make = Callable[..., Any]
_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@dataclass(frozen=True)
class SmallTask:
    task_arn: str
    cluster: str
    service: str
    pid: int
    revision: str


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads its session, whose child's child works, with 30 MB."""
    code = "x = b'1' * 30_000_000\nwhile True: pass"
    for _ in range(2):
        code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def values(watched: Watched, client: Make, namespace: str, name: str, dimensions: dict[str, str]) -> list[float]:
    """Averages of a metric by minute, as CloudWatch has them."""
    found = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=watched.clock.moment - 600,
        EndTime=watched.clock.moment,
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    return [each["Average"] for each in sorted(found, key=lambda each: each["Timestamp"])]


@_LINUX
def test_tasks_are_measured_with_all_their_processes(world: World, client: Make, busy: subprocess.Popen[bytes]) -> None:
    container = {"name": "chat", "image": "none", "essential": True}
    definition = client("ecs").register_task_definition(
        family="measured", containerDefinitions=[container], cpu="1024", memory="512"
    )["taskDefinition"]
    revision = f"measured:{definition['revision']}"
    arn = "arn:aws:ecs:us-east-1:123456789012:task/c/1"
    watched = Watched(world, lambda: [SmallTask(arn, "c", "s", busy.pid, revision)])
    deadline = time.monotonic() + 30
    while (used := sessions().get(busy.pid)) is None or used.cpu_seconds < 0.5 or used.memory_bytes < 30_000_000:
        assert time.monotonic() < deadline, used
        time.sleep(0.05)
    watched.minute()
    time.sleep(0.5)
    watched.minute()
    names = {"ClusterName": "c", "ServiceName": "s"}
    (cpu,) = values(watched, client, "AWS/ECS", "CPUUtilization", names)
    memory = values(watched, client, "AWS/ECS", "MemoryUtilization", names)
    assert 1 < cpu <= 100
    assert memory == pytest.approx([100 * used.memory_bytes / (512 * 1024 * 1024)] * 2, rel=0.2)


def test_queues_are_measured(watched: Watched, client: Make) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="measured")["QueueUrl"]
    for text in ("a", "b"):
        sqs.send_message(QueueUrl=url, MessageBody=text)
    watched.minute()
    sqs.delete_queue(QueueUrl=url)
    found = values(watched, client, "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "measured"})
    assert found == [2]


def test_requests_by_healthy_targets(watched: Watched, client: Make) -> None:
    both = {"LoadBalancer": "app/per/1", "TargetGroup": "targetgroup/t/2"}
    for healthy, unhealthy in ((1, 1), (2, 0)):
        watched.came(healthy, name="HealthyHostCount", **both)
        watched.came(unhealthy, name="UnHealthyHostCount", **both)
    watched.minute(*[1] * 10, **both)
    for dimensions in (both, {"TargetGroup": "targetgroup/t/2"}):
        assert values(watched, client, "AWS/ApplicationELB", "RequestCountPerTarget", dimensions) == [5]


def test_models_are_measured_by_their_id(watched: Watched, client: Make) -> None:
    watched.metrics.invoked(Invocation("nova", "us-east-1", 1.5, 10, 20))
    watched.metrics.invoked(Invocation("nova", "us-east-1", 0.1, error="ThrottlingException", status=429))
    watched.minute()
    found = {
        name: values(watched, client, "AWS/Bedrock", name, {"ModelId": "nova"})
        for name in (
            "Invocations",
            "InvocationLatency",
            "OutputTokenCount",
            "InvocationThrottles",
            "InvocationServerErrors",
        )
    }
    assert found == {
        "Invocations": [1],
        "InvocationLatency": [1500],
        "OutputTokenCount": [20],
        "InvocationThrottles": [1],
        "InvocationServerErrors": [],
    }


def test_many_different_values_are_written_in_short(watched: Watched, client: Make) -> None:
    watched.minute(*(1 + each / 10_000 for each in range(2000)), name="TargetResponseTime", LoadBalancer="app/many/1")
    dimensions = [{"Name": "LoadBalancer", "Value": "app/many/1"}]
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": "TargetResponseTime", "Dimensions": dimensions}
    asked = {each: {"Metric": metric, "Period": 60, "Stat": each} for each in ("p95", "SampleCount")}
    found = client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {"Id": f"m{at}", "Label": name, "MetricStat": stat} for at, (name, stat) in enumerate(asked.items())
        ],
        StartTime=watched.clock.moment - 60,
        EndTime=watched.clock.moment,
    )["MetricDataResults"]
    assert [each["Values"] for each in found] == [[1.19], [2000]]
