"""Becomes ministack, with three things of its own done otherwise.

Step Functions ends an expression that takes a second of evaluation. ministack looks at the clock on the wall, by which
a busy machine needs a second for anything: executions failed there with States.QueryEvaluationError. Counted is the
processor time of the thread that evaluates.

ministack looks at the container of each running task ten times a second, by two requests to the engine. That it ended
is known soon enough by every fifth look, and a deployed site takes less of a processor.

A rolling deployment is over for ministack a second after its tasks run, and it stops the old ones. ECS waits until load
balancers find the new ones healthy ("minimumHealthyPercent", ECS API reference): so does this, where the data plane
runs.

Run by path in the emulators' own virtual environment.
"""

from __future__ import annotations

import os
import runpy
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from jsonata.timebox import Timebox
from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs

# Seconds between two looks at a container: ministack's, and ours.
LOOK_SECONDS, SELDOM_SECONDS = 0.1, 0.5


def thread_milliseconds() -> int:
    """Processor time of the calling thread."""
    return round(time.thread_time() * 1000)


def count_processor_time() -> None:
    """Have every evaluation from now on measured by it."""
    Timebox.current_milli_time = staticmethod(thread_milliseconds)


class SeldomLooks:
    """The module `time` for the scheduler of tasks, which sleeps longer between two looks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        """Sleep as asked, but for the pause between two looks."""
        time.sleep(SELDOM_SECONDS if seconds == LOOK_SECONDS else seconds)


def look_seldom() -> None:
    """Have ministack look at containers twice a second."""
    vars(ecs)["time"] = SeldomLooks()


def wait_for_targets() -> None:
    """Have a deployment go on until the targets of its tasks are healthy."""
    complete = ecs._complete_service_deployment

    def complete_once_healthy(cluster: str, service: str, expected_deployment_id: str | None = None) -> None:
        told = ecs._services.get(service) or {}
        primary: dict[str, Any] = (ecs._primary_deployment(told) if told else None) or {}
        is_asked = expected_deployment_id in (None, primary.get("id"))
        waits = is_asked and told.get("desiredCount") and primary.get("rolloutState") == "IN_PROGRESS"
        if not waits or _are_healthy(told, primary):
            complete(cluster, service, expected_deployment_id)
            return
        account, region = get_account_id(), get_region()

        def again() -> None:
            time.sleep(SELDOM_SECONDS)
            with request_scope(account, region):
                complete_once_healthy(cluster, service, primary["id"])

        spawn_background(again, thread_name=f"targets-{service.rpartition('/')[2][:16]}")

    vars(ecs)["_complete_service_deployment"] = complete_once_healthy


def _are_healthy(service: dict[str, Any], deployment: dict[str, Any]) -> bool:
    """Whether load balancers find each running task of a deployment healthy; one behind no listener isn't checked."""
    addresses = set(_addresses(deployment["id"]))
    for group in {each["targetGroupArn"] for each in service.get("loadBalancers", []) if each.get("targetGroupArn")}:
        try:
            told = _balancing(get_region()).describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        except (BotoCoreError, ClientError):  # the emulators begin or end, or the group is gone
            return True
        states = {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in told}
        if any(states.get(each) not in ("healthy", "unused") for each in addresses):
            return False
    return True


def _addresses(deployment: str) -> Iterator[str]:
    """Addresses of the running tasks of a deployment."""
    for task in list(ecs._tasks.values()):
        if task.get("_deployment_id") == deployment and task.get("lastStatus") == "RUNNING":
            for attachment in task.get("attachments", []):
                for detail in attachment.get("details", []):
                    if detail.get("name") == "privateIPv4Address":
                        yield detail["value"]


@cache
def _balancing(region: str) -> Any:
    """A client of the emulated AWS's load balancers: what the data plane found is told there."""
    return boto3.client("elbv2", region_name=region, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


if __name__ == "__main__":
    count_processor_time()
    look_seldom()
    if os.environ.get("LOCAL_AWS_INSIDE_DOOR"):
        wait_for_targets()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
