"""An engine over a made-up deployment, an image with a small server, and docker-py as ministack uses it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.emulators import emulators_python
from local_aws.images import StoredImage, pack
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks import Engine, Start

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
TASK = "arn:aws:ecs:us-east-1:123456789012:task/main/0123456789abcdef"
ROLE = "arn:aws:iam::123456789012:role/task"
CLOCK_FACTOR = 20.0
SERVER = """
import http.server, json, os, signal, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"variables": dict(os.environ), "folder": os.getcwd(), "pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

def leave(*_):
    print("leaving", flush=True)
    time.sleep(float(os.environ.get("LINGER", "0")))
    sys.exit(7)

signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("STUBBORN") else leave)
print("started", flush=True)
print("warned", file=sys.stderr, flush=True)
if os.environ.get("BROKEN"):
    sys.exit(3)
host = os.environ.get("BIND") or os.environ["SITECHAT_BIND_ADDRESS"]
http.server.ThreadingHTTPServer((host, int(os.environ["PORT"])), Handler).serve_forever()
"""
DOCKERFILE = """FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app COLOUR=blue
COPY server.py check.py /app/
WORKDIR /app
CMD ["python", "server.py"]
"""
CHECK = """
import os, sys, urllib.request
if os.path.exists(os.environ["SICK"]):
    sys.exit(1)
urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/", timeout=3)
"""


def make_context(folder: Path) -> Path:
    """A build context with the small server."""
    folder.mkdir()
    for name, text in (("server.py", SERVER), ("check.py", CHECK), ("Dockerfile", DOCKERFILE)):
        (folder / name).write_text(text)
    return folder


class FakeWorld:
    """Answers of ECS, ECR and EC2 about one service with one task definition, which tests change."""

    gateway = "http://127.0.0.1:9"
    account_id, region = "123456789012", "us-east-1"

    def __init__(self, digest: str) -> None:
        self.desired, self.reason = "RUNNING", ""
        self.group, self.grace = "service:web", 0
        self.container: dict[str, Any] = {"name": "app", "portMappings": [{"containerPort": 8080}], "stopTimeout": 10}
        self.definition: dict[str, Any] = {"taskRoleArn": ROLE, "executionRoleArn": f"{ROLE}-execution"}
        self.digests = {"v1": digest}

    def client(self, service: str, region: str | None = None) -> Any:
        missing = type("RepositoryNotFoundException", (Exception,), {})
        return SimpleNamespace(
            exceptions=SimpleNamespace(RepositoryNotFoundException=missing),
            batch_get_image=self._images,
            describe_task_definition=lambda taskDefinition: {  # noqa: N803 - AWS's name
                "taskDefinition": {**self.definition, "containerDefinitions": [self.container]}
            },
            describe_tasks=lambda cluster, tasks: {
                "tasks": [{"group": self.group, "desiredStatus": self.desired, "stoppedReason": self.reason}]
            },
            describe_target_group_attributes=lambda TargetGroupArn: {  # noqa: N803
                "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "50"}]
            },
            describe_services=lambda cluster, services: {
                "services": [{**_SERVICE, "healthCheckGracePeriodSeconds": self.grace}]
            },
            describe_subnets=lambda SubnetIds: {"Subnets": _SUBNETS},  # noqa: N803
        )

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        return question()

    def _images(self, repositoryName: str, imageIds: list[dict[str, str]]) -> Any:  # noqa: N803
        (wanted,) = imageIds
        digest = self.digests.get(wanted["imageTag"]) if "imageTag" in wanted else wanted["imageDigest"]
        return {"images": [{"imageId": {"imageDigest": digest}}] if digest in self.digests.values() else []}


_SERVICE = {
    "serviceName": "web",
    "loadBalancers": [{"targetGroupArn": "arn:of-the-group", "containerName": "app", "containerPort": 8080}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-1"]}},
}
_SUBNETS = [
    {"SubnetId": "subnet-b", "CidrBlock": "10.0.1.0/24"},
    {"SubnetId": "subnet-a", "CidrBlock": "10.0.0.0/24"},
]


@dataclass
class Roles:
    """Access key ids that were made known, and those that were forgotten."""

    enrolled: dict[str, str] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None:
        self.enrolled[key_id] = role_arn

    def forget(self, key_id: str) -> None:
        self.forgotten.append(key_id)


class Served:
    """An engine that answers at its socket, in a loop of its own thread."""

    def __init__(self, engine: Engine, socket: Path) -> None:
        self.engine, self.socket = engine, socket
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._serving: Future[None] = asyncio.run_coroutine_threadsafe(engine.serve(str(socket)), self._loop)
        wait_for(socket.exists)

    def call(self, work: Callable[[], object]) -> None:
        """Call something in the engine's loop, and wait until it was."""

        async def called() -> None:
            work()

        asyncio.run_coroutine_threadsafe(called(), self._loop).result(10)

    def close(self) -> None:
        """End the engine as the plane does."""
        self._serving.cancel()
        wait_for(lambda: not self.socket.exists())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


def wait_for(happened: Callable[[], object], seconds: float = 15) -> None:
    """Wait until something is true; fails after some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            if happened():
                return
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() if sys.platform == "linux" else True


@pytest.fixture
def refusal() -> list[str]:
    """Reason why nothing may start, while there is one."""
    return []


@pytest.fixture
def image(tmp_path: Path) -> StoredImage:
    return pack(make_context(tmp_path / "context"), tmp_path / "images", Path(sys.executable))


@pytest.fixture
def world(image: StoredImage) -> FakeWorld:
    return FakeWorld(image.digest)


@pytest.fixture
def roles() -> Roles:
    return Roles()


@pytest.fixture
def logged() -> list[tuple[str, bytes]]:
    """Lines that tasks log to CloudWatch Logs, with the region of the group."""
    return []


@pytest.fixture
def served(
    tmp_path: Path, world: Any, roles: Roles, refusal: list[str], logged: list[tuple[str, bytes]]
) -> Iterator[Served]:
    async def may_start(start: Start) -> str:
        return refusal[0].format(role=start.execution_role_arn) if refusal else ""

    certificate = tmp_path / "loopback.pem"
    certificate.write_text("KEY\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    engine = Engine(
        world,
        tmp_path,
        clock=Clock(CLOCK_FACTOR),
        credentials_url="http://127.0.0.1:8/credentials",
        certificate=certificate,
        identity=roles,
        may_start=may_start,
        logged=lambda region, line: logged.append((region, line)),
    )
    found = Served(engine, tmp_path / "engine.sock")
    yield found
    found.close()


_WORKER = f"""
import contextlib, docker, io, json, sys, traceback
LABELS = {{
    "com.amazonaws.ecs.task-arn": {TASK!r},
    "com.amazonaws.ecs.container-name": "app",
    "com.amazonaws.ecs.task-definition-family": "web",
    "com.amazonaws.ecs.task-definition-version": "1",
    "ministack": "ecs",
}}
def worked(told):
    image = {REPOSITORY!r} + "@" + told["digest"]
    client = docker.DockerClient(base_url=told["host"], timeout=30)
    def run(name="one", image=image, **given):
        variables = {{"PORT": "8080", "SICK": "/nowhere", **given}}
        return client.containers.run(image, detach=True, name=name, environment=variables, labels=LABELS,
                                     command=None, platform="linux/arm64", privileged=False,
                                     extra_hosts={{"host.docker.internal": "host-gateway"}})
    printed, said = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(told["lines"], {{"client": client, "run": run, "docker": docker, "json": json}})
    except Exception:
        said = traceback.format_exc()
    client.close()
    return {{"printed": printed.getvalue(), "error": said}}
for line in sys.stdin:
    print(json.dumps(worked(json.loads(line))), flush=True)
"""
Docker = Callable[[str], Any]


@pytest.fixture(scope="module")
def worker() -> Iterator[subprocess.Popen[str]]:
    """A process with docker-py, which is the emulators' library and takes its time to be imported."""
    with subprocess.Popen(
        [emulators_python(), "-c", _WORKER],
        env={"PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def docker(served: Served, image: StoredImage, worker: subprocess.Popen[str]) -> Docker:
    """Run lines with docker-py, as `client`, and `run` to run the image; gives what they print as JSON."""

    def run(lines: str) -> Any:
        assert worker.stdin is not None
        assert worker.stdout is not None
        told = {"host": f"unix://{served.socket}", "digest": image.digest, "lines": lines}
        worker.stdin.write(json.dumps(told) + "\n")
        worker.stdin.flush()
        found = json.loads(worker.stdout.readline())
        assert not found["error"], found["error"]
        return json.loads(found["printed"]) if found["printed"] else None

    return run
