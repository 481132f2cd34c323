"""The plane's own port: roads of requests, credentials of tasks, the clock."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local_aws.traffic.serving import App, Receive, Scope, Send

if TYPE_CHECKING:
    from local_aws.traffic.balancer.health import TargetHealth
    from local_aws.traffic.plane import Plane
    from local_aws.traffic.tasks.running import RunningTask

_TRACE_ID = re.compile("[0-9a-f]{32}")


def control_app(plane: Plane) -> App:
    """GET /health (how fast the clock runs, and its time in seconds since the epoch), /roads/ID, /spans/TRACE_ID (in
    order of their start), /tasks, /target-health/ARN, and /credentials/TOKEN with the container's authorization;
    DELETE /tasks/IP.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        sent = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        status, found = _found(plane, scope["method"], scope["path"], sent.get("authorization"))
        body = json.dumps(found).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _found(plane: Plane, method: str, path: str, authorization: str | None) -> tuple[int, Any]:
    first, _, rest = path.removeprefix("/").partition("/")
    if method == "GET" and first == "health":
        return 200, {"clock_factor": plane.clock.factor, "clock_now": plane.clock.now()}
    if method == "GET" and first == "roads":
        road = plane.roads.find(rest)
        return (200, road.plain()) if road else (404, {"error": f"no road {rest}"})
    if method == "GET" and first == "spans":
        return (200, plane.traces.book.trace(rest)) if _TRACE_ID.fullmatch(rest) else (404, {"error": f"no id: {rest}"})
    if method == "GET" and first == "credentials":
        credentials = plane.engine.credentials(rest, authorization)
        return (200, credentials) if credentials else (404, {"error": "no such task"})
    if method == "GET" and first == "target-health":
        found = plane.balancers.health(rest)
        return (
            (404, {"error": f"no target group {rest}"}) if found is None else (200, [_health(each) for each in found])
        )
    if method == "GET" and first == "tasks":
        return 200, [_task(each) for each in plane.engine.tasks()]
    if method == "DELETE" and first == "tasks":
        return (200, {"killed": rest}) if plane.engine.kill(rest) else (404, {"error": f"no task {rest}"})
    return 404, {"error": f"{method} {path}"}


def _health(health: TargetHealth) -> dict[str, Any]:
    """Health of a target in the words of DescribeTargetHealth."""
    return {
        "ip": health.target.ip,
        "port": health.target.port,
        "check_port": health.check_port,
        "state": health.state,
        "reason": health.reason,
        "description": health.description,
    }


def _task(task: RunningTask) -> dict[str, Any]:
    """A task; `ports` are those of loopback by those of its container."""
    return {
        "task": task.task_arn,
        "ip": task.ip,
        "ports": dict(task.ports),
        "health": task.health,
        "sends_spans": task.sends_spans,
    }
