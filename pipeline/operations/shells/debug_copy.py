"""A debug copy: one task of the revision that runs, for a shell alone.

Same image, variables, secrets, roles and network as the visitors' tasks; a root file system that can be written, no
health check that would end it, and no target group, so no visitor reaches it. It ends by itself, whatever becomes of
the client: a second, essential container sleeps as long as it may live, and ECS stops a task when an essential
container ends ("essential", task definition parameters, ECS developer guide).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.definitions import Revision, revision_name
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.shells.ending import ended

# Of the family whose revisions are copies, and of the container that ends them.
SUFFIX = "-debug"
LIMIT = "limit"
STARTED_BY = "sitechat-exec"
# Image and secrets are fetched, as for any task.
START_SECONDS = 300.0
PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class DebugCopy:
    """A running copy: its ARN, and the container to open a shell in."""

    task: str
    container: str


@contextmanager
def debug_copy(service: DeployedService, revision: Revision, minutes: int) -> Iterator[DebugCopy]:
    """Start a copy of a revision, and end it after the block. Raises SitechatError (6), also where it goes on."""
    definition = _register(service, copy_of(revision, service.container, minutes), revision)
    with _registered(service, definition):
        with step(f"start a debug copy of {revision.name}, for at most {minutes} minutes"):
            task = _run(service, definition)
        with _stopped(service, task, minutes):
            with step("wait until it has fetched its image and runs"):
                _await_running(service, task)
            yield DebugCopy(task, service.container)


@contextmanager
def _registered(service: DeployedService, definition: str) -> Iterator[None]:
    """Leave to nobody a revision whose root can be written. A client that is killed leaves it registered."""

    def deregister() -> None:
        asked(
            service.ecs.deregister_task_definition,
            otherwise=failed_to("deregister it"),
            taskDefinition=definition,
        )

    name = revision_name(definition)
    command = f"aws ecs deregister-task-definition --task-definition {name} --region {_region(service)}"
    with ended(
        deregister,
        left=f"the debug copy's task definition {name} is still registered",
        hint=f"Take it away: `{command}`.",
    ):
        yield


@contextmanager
def _stopped(service: DeployedService, task: str, minutes: int) -> Iterator[None]:
    """Stop a copy after the block."""

    def stop() -> None:
        with step("end the debug copy"):
            _stop(service, task)

    name = task.rpartition("/")[2]
    command = f"aws ecs stop-task --cluster {service.cluster} --task {name} --region {_region(service)}"
    with ended(
        stop,
        left=f"the debug copy {name} may still run",
        hint=f"Stop it: `{command}`. Nobody needs to once its {minutes} minutes are over.",
    ):
        yield


def _region(service: DeployedService) -> str:
    return str(service.ecs.meta.region_name)


def copy_of(revision: Revision, container: str, minutes: int) -> dict[str, Any]:
    """What a copy of a revision is registered with."""
    containers = [dict(each) for each in revision.settings["containerDefinitions"]]
    (served,) = [each for each in containers if each["name"] == container]
    for each in containers:
        each["readonlyRootFilesystem"] = False
    served.pop("healthCheck", None)
    kept = ("image", "user", "logConfiguration")
    limit = {
        **{name: served[name] for name in kept if name in served},
        "name": LIMIT,
        "essential": True,
        "readonlyRootFilesystem": True,
        # Every image has Python: its health check is a Python module (docs/application-contract.md).
        "entryPoint": ["python", "-c"],
        "command": [f"import time; time.sleep({minutes * 60})"],
    }
    return {
        **revision.settings,
        "family": f"{revision.settings['family']}{SUFFIX}",
        "containerDefinitions": [*containers, limit],
    }


def _register(service: DeployedService, settings: Mapping[str, Any], revision: Revision) -> str:
    tags: dict[str, Any] = {"tags": list(revision.tags)} if revision.tags else {}
    answer = asked(
        service.ecs.register_task_definition,
        otherwise=failed_to("register the debug copy's task definition"),
        **settings,
        **tags,
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _run(service: DeployedService, definition: str) -> str:
    answer = asked(
        service.ecs.run_task,
        otherwise=failed_to("start the debug copy"),
        cluster=service.cluster,
        taskDefinition=definition,
        count=1,
        # On demand: a Spot task may end within two minutes.
        launchType="FARGATE",
        networkConfiguration=service.network,
        enableExecuteCommand=True,
        enableECSManagedTags=True,
        propagateTags="TASK_DEFINITION",
        startedBy=STARTED_BY,
    )
    if not answer["tasks"]:
        reasons = ", ".join(str(each.get("reason")) for each in answer.get("failures", ())) or "no reason given"
        raise SitechatError(f"ECS didn't start the debug copy: {reasons}", code=ExitCode.FAILED)
    return str(answer["tasks"][0]["taskArn"])


def _await_running(service: DeployedService, task: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        answer = asked(
            service.ecs.describe_tasks,
            otherwise=failed_to("look at the debug copy"),
            cluster=service.cluster,
            tasks=[task],
        )
        found = dict(answer["tasks"][0]) if answer["tasks"] else {"lastStatus": "PROVISIONING"}
        if found["lastStatus"] == "RUNNING":
            return
        if found["lastStatus"] == "STOPPED":
            raise SitechatError(
                f"the debug copy stopped: {stop_reason(found)}",
                hint="The log of the application's last minutes says more: it is that of the visitors' tasks.",
                code=ExitCode.FAILED,
            )
        if time.monotonic() >= deadline:
            raise SitechatError(
                f"the debug copy did not run after {START_SECONDS / 60:.0f} minutes; it was stopped",
                code=ExitCode.FAILED,
            )
        time.sleep(PAUSE_SECONDS)


def stop_reason(task: Mapping[str, Any]) -> str:
    """Why a task stopped, in ECS's words."""
    words = [str(task.get("stoppedReason") or "no reason given")]
    for each in task.get("containers", ()):
        if each.get("reason") or each.get("exitCode"):
            words.append(f"{each['name']}: {each.get('reason') or 'exit code ' + str(each['exitCode'])}")
    return "; ".join(words)


def _stop(service: DeployedService, task: str) -> None:
    """Stop a copy; one that ended by itself is what was wanted. Raises SitechatError (6) for one that goes on."""
    try:
        asked(
            service.ecs.stop_task,
            otherwise=failed_to("stop it"),
            cluster=service.cluster,
            task=task,
            reason="the session is over",
        )
    except SitechatError as error:
        if not _is_over(service, task):
            raise error from None


def _is_over(service: DeployedService, task: str) -> bool:
    """Whether a task has ended, or is being ended; False where ECS doesn't say."""
    try:
        tasks = asked(
            service.ecs.describe_tasks,
            otherwise=failed_to("look at the debug copy"),
            cluster=service.cluster,
            tasks=[task],
        )["tasks"]
    except SitechatError:
        return False
    # ECS forgets a task an hour after its end.
    return all("STOPPED" in (each.get("lastStatus"), each.get("desiredStatus")) for each in tasks)
