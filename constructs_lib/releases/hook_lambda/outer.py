"""Entry point of the function that CodeDeploy calls: has the tasks asked, and reports the result.

CodeDeploy waits an hour for a report that never comes ("AppSpec 'hooks' section", its guide), so whatever goes wrong is
reported as failed. What was seen is a line of the log, for `sitechat release` and for people.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Protocol

VARIABLE = "RELEASE_TEST_FUNCTION"
# The inner function ends before; a second try would leave too little time to report.
INVOKE_SECONDS = 150
REPORT_SECONDS = 20
_LONGEST = 1000


class Clients(Protocol):
    """The two AWS clients, as boto3 makes them."""

    def client(self, service_name: str, **options: Any) -> Any: ...


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """CodeDeploy's event names the deployment and the hook. Raises what keeps the report from being made."""
    import boto3

    return answer(event, os.environ[VARIABLE], boto3)


def answer(event: Mapping[str, Any], inner: str, clients: Clients) -> dict[str, Any]:
    """Invoke `inner`, and report to CodeDeploy what it says."""
    deployment, hook = event["DeploymentId"], event["LifecycleEventHookExecutionId"]
    try:
        passed, words = _asked(inner, clients)
    except Exception as error:  # a hook without an answer would hold the deployment for an hour
        passed, words = False, [f"the test itself failed: {type(error).__name__}: {error}"[:_LONGEST]]
    status = "Succeeded" if passed else "Failed"
    print(json.dumps({"message": "release test", "deployment": deployment, "status": status, "words": words}))
    reporting = clients.client("codedeploy", config=_patience(REPORT_SECONDS, attempts=3))
    reporting.put_lifecycle_event_hook_execution_status(
        deploymentId=deployment, lifecycleEventHookExecutionId=hook, status=status
    )
    return {"status": status, "words": words}


def _asked(inner: str, clients: Clients) -> tuple[bool, list[str]]:
    """Result and words of the inner function. Raises RuntimeError for an answer that isn't one."""
    invoking = clients.client("lambda", config=_patience(INVOKE_SECONDS, attempts=1))
    response = invoking.invoke(FunctionName=inner, InvocationType="RequestResponse", Payload=b"{}")
    payload = response["Payload"].read().decode("utf-8", "replace")
    if response.get("FunctionError"):
        raise RuntimeError(f"{inner} ended with an error: {payload[:_LONGEST]}")
    told = json.loads(payload)
    if not isinstance(told.get("passed"), bool) or not isinstance(told.get("words"), list):
        raise RuntimeError(f"{inner} answered {payload[:_LONGEST]}")
    return told["passed"], [str(each)[:_LONGEST] for each in told["words"]]


def _patience(seconds: int, *, attempts: int) -> Any:
    from botocore.config import Config

    return Config(
        connect_timeout=10, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": attempts}
    )
