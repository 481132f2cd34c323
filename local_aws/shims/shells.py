"""Sessions in ECS tasks: ministack opens one in any task, of AWS's own address, and ends none. Here ExecuteCommand is
told as ECS tells it, and SSM's TerminateSession ends what it opened.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Request, Response, json_response
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Handler, Item, Shim, ShimError

OPERATION = "ExecuteCommand"
_ECS, _LOGS = "AmazonEC2ContainerServiceV20141113.", "Logs_20140328."
_ASKED = {"cluster", "command", "container", "interactive", "task"}
_INVALID = "InvalidParameterException"
# Nobody listens there: the emulated AWS carries no session, and a client must not dial AWS.
_STREAM = "wss://127.0.0.1:9/v1/data-channel/"
# AWS's words ("Troubleshooting Amazon ECS Exec", and ExecuteCommand, ECS API reference).
_OFF = (
    "The execute command failed because execute command was not enabled when the task was run or the execute command "
    "agent isn't running. Wait and try again or run a new task with execute command enabled and try again."
)


class Sessions(Shim):
    """Sessions that were opened here, by region and id. TerminateSession ends one, and one that has ended again."""

    service = "ssm"

    def __init__(self) -> None:
        super().__init__()
        self._opened: set[tuple[str, str]] = set()

    def handlers(self) -> Mapping[str, Handler]:
        return {"TerminateSession": self._terminate}

    def open(self, region: str, session: str) -> None:
        """Take note of a new session."""
        with self._lock:
            self._opened.add((region, session))

    def _terminate(self, request: Request, body: Item) -> Item:
        place = (request.region, str(body["SessionId"]))
        if place not in self._opened:
            what = f"TerminateSession of {place[1]}: no source says what SSM answers for a session that it doesn't know"
            raise ShimError(NOT_IMPLEMENTED_CODE, what, NOT_IMPLEMENTED_STATUS)
        return {"SessionId": place[1]}


def execute_command(request: Request, forward: Forward, sessions: Sessions) -> Response:
    """The answer, with a line in the log group of the cluster's sessions. Raises ShimError."""
    body = request.json()
    if unknown := sorted(body.keys() - _ASKED):
        raise ShimError(NOT_IMPLEMENTED_CODE, f"{OPERATION} with {', '.join(unknown)}", NOT_IMPLEMENTED_STATUS)
    asking = Asking(request, forward)
    cluster = str(body.get("cluster") or "default")
    tasks = asking.json("ecs", f"{_ECS}DescribeTasks", {"cluster": cluster, "tasks": [body["task"]]})["tasks"]
    if not tasks:
        raise ShimError(_INVALID, "The referenced task was not found.")
    (task,) = tasks
    container = _container(task, str(body.get("container") or ""))
    if body.get("interactive") is not True:
        raise ShimError(_INVALID, "Interactive is the only mode supported currently.")
    if not body.get("command"):
        raise ShimError(_INVALID, "Command cannot be empty.")
    if not task.get("enableExecuteCommand"):
        raise ShimError(_INVALID, _OFF)
    if task["lastStatus"] != "RUNNING":
        raise ShimError("TargetNotConnectedException", "The execute command failed: the task is not running.")
    session = f"ecs-execute-command-{secrets.token_hex(9)[:17]}"
    sessions.open(request.region, session)
    _note(asking, cluster, session, f"{body['command']} in {container['name']} of {task['taskArn']}")
    return json_response(
        {
            "clusterArn": task["clusterArn"],
            "taskArn": task["taskArn"],
            "containerArn": container.get("containerArn", ""),
            "containerName": container["name"],
            "interactive": True,
            "session": {"sessionId": session, "streamUrl": _STREAM + session, "tokenValue": secrets.token_hex(16)},
        }
    )


def _container(task: Item, name: str) -> Item:
    containers: list[Item] = task.get("containers") or []
    if not name and len(containers) > 1:
        raise ShimError(_INVALID, "A container name is required for a task with more than one container.")
    found = [each for each in containers if name in ("", each["name"])]
    if not found:
        raise ShimError(_INVALID, f"The container {name} was not found in the task.")
    return found[0]


def _note(asking: Asking, cluster: str, session: str, what: str) -> None:
    """Write where the cluster logs its sessions that one was opened; nothing of it is carried, so nothing follows."""
    asked = {"clusters": [cluster], "include": ["CONFIGURATIONS"]}
    (found,) = asking.json("ecs", f"{_ECS}DescribeClusters", asked)["clusters"]
    settings = (found.get("configuration") or {}).get("executeCommandConfiguration") or {}
    logged = settings.get("logConfiguration") or {}
    if logged.get("s3BucketName"):
        raise ShimError(NOT_IMPLEMENTED_CODE, "sessions that are logged to S3", NOT_IMPLEMENTED_STATUS)
    group = logged.get("cloudWatchLogGroupName")
    if settings.get("logging") != "OVERRIDE" or not group:
        return
    place = {"logGroupName": group, "logStreamName": session}
    asking.json("logs", f"{_LOGS}CreateLogStream", place)
    line = json.dumps({"session": session, "opened": what, "carried": "nothing: the emulated AWS carries no session"})
    event = {"timestamp": int(time.time() * 1000), "message": line}
    asking.json("logs", f"{_LOGS}PutLogEvents", {**place, "logEvents": [event]})
