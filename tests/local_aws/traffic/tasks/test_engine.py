"""The Engine API as docker-py asks it, and what other parts of the plane are told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_aws.images import StoredImage
from local_aws.traffic.tasks import Engine
from local_aws.traffic.tasks.api import EngineError
from local_aws.traffic.world import World
from tests.local_aws.traffic.tasks.conftest import (
    CLOCK_FACTOR,
    REPOSITORY,
    ROLE,
    TASK,
    Docker,
    FakeWorld,
    Roles,
    Served,
    alive,
    wait_for,
)


def _told(served: Served, ip: str = "10.0.0.4") -> dict[str, Any]:
    """What the container at an address says of itself."""
    place = served.engine.address(ip, 8080)
    assert place is not None
    with urllib.request.urlopen(f"http://{place[0]}:{place[1]}/", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def test_a_container_is_a_process_with_the_tasks_variables_alone(
    docker: Docker, served: Served, image: StoredImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_HOST", "1")
    docker(
        "run(GREETING='hello', AWS_ENDPOINT_URL='http://host.docker.internal:4566',"
        "ECS_CONTAINER_METADATA_URI_V4='http://host.docker.internal:4566/v4/abc')"
    )
    told = _told(served)
    variables = told["variables"]
    assert (variables["GREETING"], variables["COLOUR"]) == ("hello", "blue")
    assert "OF_THE_HOST" not in variables
    assert told["folder"] == variables["PYTHONPATH"] == str(image.tree / "app")
    assert variables["AWS_ENDPOINT_URL"] == FakeWorld.gateway
    assert variables["ECS_CONTAINER_METADATA_URI_V4"] == "http://127.0.0.1:4566/v4/abc"
    assert "KEY" not in Path(variables["SSL_CERT_FILE"]).read_text()
    assert Path(variables["TMPDIR"]).is_dir()


def test_tasks_have_addresses_of_their_subnets_and_ports_of_loopback(docker: Docker, served: Served) -> None:
    docker("run('one'); run('two')")
    assert {(each.ip, each.subnet) for each in served.engine.tasks()} == {
        ("10.0.0.4", "subnet-a"),
        ("10.0.1.4", "subnet-b"),
    }
    assert served.engine.address("10.0.0.4", 8080) != served.engine.address("10.0.1.4", 8080)
    assert served.engine.address("10.0.0.4", 8081) is None
    assert served.engine.address("10.0.0.9", 8080) is None
    task = served.engine.task("10.0.0.4")
    assert task is not None
    assert (task.task_arn, task.service, task.groups, task.task_role_arn) == (TASK, "web", ("sg-1",), ROLE)


def test_a_start_is_answered_once_the_container_listens(docker: Docker, served: Served) -> None:
    docker("run()")
    assert _told(served)


def test_credentials_are_the_tasks_own_and_end_with_it(docker: Docker, served: Served, roles: Roles) -> None:
    docker("run(AWS_CONTAINER_AUTHORIZATION_TOKEN='secret')")
    address = _told(served)["variables"]["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    assert address.startswith("http://127.0.0.1:8/credentials/")
    token = address.rpartition("/")[2]
    given = served.engine.credentials(token, "secret")
    assert given is not None
    assert roles.enrolled == {given["AccessKeyId"]: ROLE}
    assert given["AccessKeyId"].startswith("ASIA")
    assert len(given["AccessKeyId"]) == 20
    assert served.engine.credentials(token, "other") is None
    docker("client.containers.get('one').remove(force=True)")
    wait_for(lambda: roles.forgotten == [given["AccessKeyId"]])
    assert served.engine.credentials(token) is None


def test_without_a_task_role_there_are_no_credentials(docker: Docker, served: Served, world: FakeWorld) -> None:
    del world.definition["taskRoleArn"]
    docker("run(AWS_CONTAINER_CREDENTIALS_FULL_URI='http://host.docker.internal:4566/v2/x')")
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in _told(served)["variables"]


@pytest.mark.parametrize(("driver", "heard"), [("awslogs", [b"started\n", b"warned\n"]), ("splunk", [])])
def test_what_a_task_logs_to_cloudwatch_is_heard(
    docker: Docker, world: FakeWorld, logged: list[tuple[str, bytes]], driver: str, heard: list[bytes]
) -> None:
    world.container["logConfiguration"] = {"logDriver": driver, "options": {"awslogs-group": "/site/app"}}
    docker("c = run(BROKEN='1'); c.wait()")
    assert sorted(logged) == [("us-east-1", each) for each in heard]


def test_the_log_has_both_streams_until_the_end(docker: Docker) -> None:
    text = docker(
        "c = run(); client.api.kill(c.id, 'SIGTERM')\n"
        "followed = b''.join(c.logs(stream=True, follow=True)).decode()\n"
        "parts = [c.logs(stdout=True, stderr=False).decode(), c.logs(tail=1).decode()]\n"
        "print(json.dumps([followed, *parts, c.wait()['StatusCode']]))"
    )
    assert sorted(text[0].split()) == ["leaving", "started", "warned"]
    assert text[1:] == ["started\nleaving\n", "leaving\n", 7]


def test_an_end_is_reported_with_its_code(docker: Docker, served: Served) -> None:
    code, state = docker(
        "c = run(BROKEN='1'); print(json.dumps([c.wait()['StatusCode'], client.containers.get(c.id).status]))"
    )
    assert (code, state) == (3, "exited")
    wait_for(lambda: served.engine.tasks() == ())


def test_a_killed_container_ends_with_137(docker: Docker) -> None:
    assert docker("c = run(); c.kill(); print(c.wait()['StatusCode'])") == 137


def test_a_removed_container_finishes_its_work_and_keeps_its_address(docker: Docker, served: Served) -> None:
    docker("run(LINGER='1')")
    pid = _told(served)["pid"]
    assert (
        docker(
            "c = client.containers.get('one'); c.stop(timeout=5); c.remove(v=True)\n"
            "print(json.dumps([x.id for x in client.containers.list(all=True)]))"
        )
        == []
    )
    assert served.engine.address("10.0.0.4", 8080) is not None
    assert alive(pid)
    wait_for(lambda: not alive(pid))
    wait_for(lambda: served.engine.address("10.0.0.4", 8080) is None)


@pytest.mark.parametrize(("reason", "drained"), [("Service scaling down", True), ("Task stopped by user", False)])
def test_targets_are_drained_first_where_the_scheduler_stops_a_task(
    docker: Docker, world: FakeWorld, reason: str, drained: bool
) -> None:
    world.reason = reason
    began = time.monotonic()
    docker("c = run(); c.stop(); assert c.wait()['StatusCode'] == 7")
    least = 50 / CLOCK_FACTOR
    assert (time.monotonic() - began > least) == drained


def test_the_stop_timeout_is_the_task_definitions(docker: Docker, served: Served, world: FakeWorld) -> None:
    world.container["stopTimeout"] = 2
    docker("run(STUBBORN='1')")
    pid = _told(served)["pid"]
    began = time.monotonic()
    assert docker("c = client.containers.get('one'); c.stop(timeout=60); print(c.wait()['StatusCode'])") == 137
    assert 1.5 < time.monotonic() - began < 5
    assert not alive(pid)


def test_what_a_container_left_is_freed_when_it_ended_by_itself(docker: Docker, served: Served, tmp_path: Path) -> None:
    docker("run()")
    os.kill(_told(served)["pid"], signal.SIGKILL)
    wait_for(lambda: list((tmp_path / "tasks").iterdir()) == [])
    assert docker("print(json.dumps(client.containers.get('one').status))") == "exited"


def test_an_image_that_was_not_pushed_is_not_found(docker: Docker) -> None:
    pulled, found = docker(
        f"""
def tried(ask):
    try:
        ask()
    except docker.errors.APIError as error:
        return [type(error).__name__, error.explanation]
name = "{REPOSITORY}@sha256:{"0" * 64}"
print(json.dumps([tried(lambda: client.images.pull(name)), tried(lambda: client.images.get(name))]))"""
    )
    assert pulled == [
        "NotFound",
        f"failed to resolve ref {(name := REPOSITORY + '@sha256:' + '0' * 64)}: {name}: not found",
    ]
    assert found[0] == "ImageNotFound"


def test_images_of_elsewhere_are_not_found(docker: Docker) -> None:
    assert docker(
        "try:\n    client.images.pull('nginx:latest')\nexcept docker.errors.NotFound as error:\n"
        "    print(json.dumps(error.explanation))"
    ).startswith("failed to resolve ref nginx:latest")


def test_a_tag_leads_to_its_digest(docker: Docker, image: StoredImage) -> None:
    assert docker(
        f"data = client.images.get_registry_data('{REPOSITORY}:v1')\n"
        f"pulled = client.images.pull('{REPOSITORY}', 'v1')\n"
        "print(json.dumps([data.id, pulled.id, pulled.tag('other', 'v2')]))"
    ) == [image.digest, image.digest, True]


def test_containers_are_listed_by_label(docker: Docker) -> None:
    assert docker(
        "run('one'); run('two').kill()\nimport time; time.sleep(0.5)\n"
        "print(json.dumps([sorted(c.name for c in client.containers.list(**given)) for given in ("
        "dict(filters={'label': ['ministack=ecs']}), dict(all=True, sparse=False, filters={'label': 'ministack'}),"
        "dict(all=True, filters={'label': 'ministack=rds'}))]))"
    ) == [["one"], ["one", "two"], []]


def test_what_the_execution_role_may_not_do_is_the_answers_message(docker: Docker, refusal: list[str]) -> None:
    refusal.append("ResourceInitializationError: {role} may not")
    said = docker("try:\n    run()\nexcept docker.errors.APIError as error:\n    print(json.dumps(error.explanation))")
    assert said == f"ResourceInitializationError: {ROLE}-execution may not"


FAILING = """
import time
def failing(ask, times):
    began = time.monotonic()
    for _ in range(times):
        try:
            ask()
        except docker.errors.APIError:
            pass
    return time.monotonic() - began
"""


def test_a_task_that_keeps_failing_is_held_back_until_one_is_ready(docker: Docker, refusal: list[str]) -> None:
    refusal.append("refused")
    first, more = docker(f"{FAILING}print(json.dumps([failing(run, 8), failing(run, 1)]))")
    assert first < 4
    assert more >= 1
    refusal.clear()
    assert docker(f"{FAILING}run(); print(json.dumps(failing(lambda: run('two'), 1)))") < 2


def test_an_image_that_keeps_missing_is_held_back(docker: Docker) -> None:
    ask = f"lambda: client.images.pull('{REPOSITORY}:none')"
    first, more = docker(f"{FAILING}print(json.dumps([failing({ask}, 8), failing({ask}, 1)]))")
    assert first < 4
    assert more >= 1


def test_a_command_that_is_nowhere_does_not_start(docker: Docker, world: FakeWorld, served: Served) -> None:
    world.container["entryPoint"] = ["no-such-command"]
    said = docker("try:\n    run()\nexcept docker.errors.APIError as error:\n    print(json.dumps(error.explanation))")
    assert said == "failed to create task for container: exec: 'no-such-command': No such file or directory"
    assert served.engine.tasks() == ()


def test_an_unhealthy_container_is_ended(docker: Docker, served: Served, world: FakeWorld, tmp_path: Path) -> None:
    world.container["healthCheck"] = {"command": ["CMD", "python", "check.py"], "interval": 5, "retries": 2}
    sick = tmp_path / "sick"
    docker(f"run(SICK={str(sick)!r})")
    assert [each.health for each in served.engine.tasks()] == ["HEALTHY"]
    sick.touch()
    wait_for(lambda: served.engine.tasks() == ())
    assert "health check failed" in docker("print(json.dumps(client.containers.get('one').logs().decode()))")


def test_a_container_that_others_could_reach_is_ended(docker: Docker) -> None:
    log = docker("c = run(BIND='0.0.0.0'); c.wait(); print(json.dumps(c.logs().decode()))")
    assert "port 8080 is listened on beyond 127.0.0.1" in log


def test_a_start_that_ecs_no_longer_wants_is_not_waited_for(docker: Docker, world: FakeWorld) -> None:
    world.container["healthCheck"] = {"command": ["CMD", "python", "check.py"], "interval": 3000}
    world.desired = "STOPPED"
    began = time.monotonic()
    docker("run()")
    assert time.monotonic() - began < 10


def test_an_end_for_a_reason_is_in_the_log(docker: Docker, served: Served) -> None:
    docker("run()")
    assert not served.engine.end("10.9.9.9", "target is unhealthy")
    served.call(lambda: served.engine.end("10.0.0.4", "target is unhealthy"))
    assert "target is unhealthy" in docker(
        "c = client.containers.get('one'); c.wait(); print(json.dumps(c.logs().decode()))"
    )


def _health(ip: str, state: str) -> Any:
    return lambda group: [SimpleNamespace(target=SimpleNamespace(ip=ip), state=state)] if group else None


def _judge(served: Served, ip: str, state: str) -> None:
    served.call(lambda: served.engine.judge(_health(ip, state)))


def test_a_task_whose_target_is_unhealthy_is_ended(docker: Docker, served: Served) -> None:
    docker("run()")
    for ip, state in (("10.0.0.4", "initial"), ("10.0.0.4", "draining"), ("10.0.1.4", "unhealthy")):
        _judge(served, ip, state)
    assert len(served.engine.tasks()) == 1
    _judge(served, "10.0.0.4", "unhealthy")
    log = docker("c = client.containers.get('one'); c.wait(); print(json.dumps(c.logs().decode()))")
    assert "Task failed ELB health checks in (target-group arn:of-the-group)" in log


def test_the_grace_period_is_waited_for(docker: Docker, served: Served, world: FakeWorld) -> None:
    world.grace = 3000
    docker("run()")
    _judge(served, "10.0.0.4", "unhealthy")
    assert docker("print(json.dumps(client.containers.get('one').status))") == "running"


@pytest.mark.parametrize(
    "ask",
    [
        "client.networks.list()",
        "client.volumes.list()",
        "client.info()",
        "client.containers.run('x', labels={})",
        "client.containers.list(filters={'status': 'exited'})",
    ],
)
def test_all_else_is_not_implemented(docker: Docker, ask: str) -> None:
    assert docker(f"try:\n    {ask}\nexcept docker.errors.APIError as error:\n    print(error.status_code)") == 501


def test_with_the_engine_all_is_gone(docker: Docker, served: Served, roles: Roles, tmp_path: Path) -> None:
    docker("run(STUBBORN='1')")
    pid = _told(served)["pid"]
    served.close()
    wait_for(lambda: not alive(pid))
    assert sorted(roles.enrolled) == sorted(roles.forgotten)
    assert not (tmp_path / "tasks").exists()


def test_a_container_that_is_removed_while_it_starts_never_runs(
    world: FakeWorld, image: StoredImage, tmp_path: Path
) -> None:
    labels = {
        "com.amazonaws.ecs.task-arn": TASK,
        "com.amazonaws.ecs.container-name": "app",
        "com.amazonaws.ecs.task-definition-family": "web",
        "com.amazonaws.ecs.task-definition-version": "1",
    }
    told = {"Image": f"{REPOSITORY}@{image.digest}", "Labels": labels, "Env": ["PORT=8080"]}

    async def run() -> None:
        engine = Engine(cast(World, world), tmp_path)
        container = await engine.create("one", told)
        starting = asyncio.create_task(engine.start(container))
        await asyncio.sleep(0)
        engine.remove(container)
        next_one = await engine.create("one", told)
        with pytest.raises(EngineError, match="removed before it ran"):
            await starting
        # Its address was given back once: the next one's is its own.
        assert next_one.address != (await engine.create("two", told)).address
        await engine.close()

    asyncio.run(run())
