"""Entry point of the function that CodeDeploy calls: has the tasks asked, and reports the result.

CodeDeploy waits an hour for a report that never comes ("AppSpec 'hooks' section", its guide), so whatever goes wrong is
reported as failed. What was seen is a line of the log, for `sitechat release` and for people.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

VARIABLE = "RELEASE_HOOK"
# The inner function ends before; a second try would leave too little time to report.
INVOKE_SECONDS = 150
REPORT_SECONDS = 20
LOOK_SECONDS = 10
_LONGEST = 1000


@dataclass(frozen=True)
class NewTasks:
    """The function that asks the tasks, and names of cluster and service whose tasks they are."""

    function: str
    cluster: str
    service: str


class Clients(Protocol):
    """The AWS clients, as boto3 makes them."""

    def client(self, service_name: str, **options: Any) -> Any: ...


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """CodeDeploy's event names the deployment and the hook. Raises what keeps the report from being made."""
    import boto3

    return answer(event, NewTasks(**json.loads(os.environ[VARIABLE])), boto3)


def answer(event: Mapping[str, Any], tested: NewTasks, clients: Clients) -> dict[str, Any]:
    """Have the new tasks asked, and report to CodeDeploy what they say."""
    deployment, hook = event["DeploymentId"], event["LifecycleEventHookExecutionId"]
    try:
        passed, words = _asked(tested.function, _revision(deployment, tested, clients), clients)
    except Exception as error:  # a hook without an answer would hold the deployment for an hour
        passed, words = False, [f"the test itself failed: {type(error).__name__}: {error}"[:_LONGEST]]
    status = "Succeeded" if passed else "Failed"
    print(json.dumps({"message": "release test", "deployment": deployment, "status": status, "words": words}))
    reporting = clients.client("codedeploy", config=_patience(REPORT_SECONDS, attempts=3))
    reporting.put_lifecycle_event_hook_execution_status(
        deploymentId=deployment, lifecycleEventHookExecutionId=hook, status=status
    )
    return {"status": status, "words": words}


def _revision(deployment: str, tested: NewTasks, clients: Clients) -> str:
    """FAMILY:NUMBER of the deployment's task set, whose external id is the deployment's (TaskSet, ECS API reference).

    Empty where no task set is the deployment's. CodeDeploy itself doesn't tell what an AppSpec says (GetDeployment).
    """
    looking = clients.client("ecs", config=_patience(LOOK_SECONDS, attempts=2))
    for found in looking.describe_services(cluster=tested.cluster, services=[tested.service])["services"]:
        for task_set in found.get("taskSets", ()):
            if task_set.get("externalId") == deployment:
                return str(task_set["taskDefinition"]).rpartition("/")[2]
    return ""


def _asked(inner: str, revision: str, clients: Clients) -> tuple[bool, list[str]]:
    """Result and words of the inner function. Raises RuntimeError for an answer that isn't one."""
    invoking = clients.client("lambda", config=_patience(INVOKE_SECONDS, attempts=1))
    payload = json.dumps({"revision": revision}).encode()
    response = invoking.invoke(FunctionName=inner, InvocationType="RequestResponse", Payload=payload)
    said = response["Payload"].read().decode("utf-8", "replace")
    if response.get("FunctionError"):
        raise RuntimeError(f"{inner} ended with an error: {said[:_LONGEST]}")
    told = json.loads(said)
    if not isinstance(told.get("passed"), bool) or not isinstance(told.get("words"), list):
        raise RuntimeError(f"{inner} answered {said[:_LONGEST]}")
    return told["passed"], [str(each)[:_LONGEST] for each in told["words"]]


def _patience(seconds: int, *, attempts: int) -> Any:
    from botocore.config import Config

    return Config(
        connect_timeout=10, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": attempts}
    )
