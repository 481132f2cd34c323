"""`sitechat exec`: a shell in a task, told to people, logged, and over after a while."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import join
from typing import Any

from pipeline.aws import NoAnswer, asked, failed_to
from pipeline.aws.kept import caller_names
from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.definitions import read_revision
from pipeline.operations.releases.service import DeployedService, find_service
from pipeline.operations.shells.debug_copy import debug_copy
from pipeline.operations.shells.plugin import Plugin, find_plugin
from pipeline.session import Session

SHELL = "/bin/sh"
# The agent of a task that just started isn't connected yet.
AGENT_SECONDS = 120.0
PAUSE_SECONDS = 2.0
_NOT_YET = ("TargetNotConnectedException", "InvalidParameterException")


@dataclass(frozen=True)
class Shell:
    """What is opened: the words to run, minutes until it ends, and whether in a task that visitors reach.

    `output` is a file descriptor for what the shell prints, in stdout's place.
    """

    words: tuple[str, ...]
    minutes: int
    visitors: bool = False
    output: int | None = None

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return self.minutes * 60

    @property
    def command(self) -> str:
        """The words as one, for a shell."""
        return join(self.words) if self.words else SHELL


@dataclass(frozen=True)
class Opening:
    """A service whose environment allows shells, and the program that carries them."""

    session: Session
    service: DeployedService
    plugin: Plugin


def prepare(session: Session) -> Opening:
    """Everything that has to be in place. Raises SitechatError: 5 where none may be opened, 3 where something lacks."""
    refuse(session)
    plugin = find_plugin()
    service = find_service(session)
    if not service.described.get("enableExecuteCommand"):
        raise SitechatError(
            f"the deployed service of {session.env.name} knows nothing of shells yet",
            hint=f"`sitechat deploy --env {session.env_ref}` brings it what service.execute_command asks for.",
            code=ExitCode.MISSING,
        )
    return Opening(session, service, plugin)


def refuse(session: Session) -> None:
    """Raise SitechatError (5) where the configuration allows no shell."""
    env = session.env
    if not env.service.execute_command:
        raise SitechatError(
            f"{env.name} allows no shell in its tasks: service.execute_command is false",
            hint="That is the choice for production. Where it is to be another one: set it in the environment's file, "
            f"`sitechat deploy --env {session.env_ref}`, and see docs/runbooks/debugging-a-task.md.",
            code=ExitCode.REFUSED,
        )
    if not env.serves:
        raise SitechatError(
            f"no task runs in {env.name}: " + ("it is parked" if env.service.parked else "no image was released"),
            hint="A debug copy is one of what runs.",
            code=ExitCode.REFUSED,
        )


def open_shell(opening: Opening, shell: Shell) -> dict[str, Any]:
    """Open it in a debug copy, which then ends, or in one of the visitors' tasks; what it was, once it is over.

    Raises SitechatError (3, 6).
    """
    service = opening.service
    if shell.visitors:
        return _carry(opening, shell, _visitors_task(opening), service.container)
    revision = read_revision(service, service.running)
    with debug_copy(service, revision, shell.minutes) as copy:
        return _carry(opening, shell, copy.task, copy.container)


def _carry(opening: Opening, shell: Shell, task: str, container: str) -> dict[str, Any]:
    session, service = opening.session, opening.service
    # Before the shell opens: one that nobody was told of is not opened.
    _tell_people(session, shell, task)
    with step("connect to the task"):
        answer = _connected(service, shell, task, container)
    told = _described(service, task)
    (runtime,) = [each["runtimeId"] for each in told["containers"] if each["name"] == container]
    target = f"ecs:{_last(answer['clusterArn'])}_{_last(answer['taskArn'])}_{runtime}"
    log = session.env.names.path("exec")
    err.print(f"  session {answer['session']['sessionId']} in {_last(task)}; everything in it is logged", markup=False)
    code = opening.plugin.run(
        answer["session"],
        target,
        region=session.env.region,
        endpoint=service.ecs.meta.endpoint_url,
        seconds=shell.seconds,
        output=shell.output,
    )
    err.print(f"  its log: `aws logs tail {log} --since 1h --region {session.env.region}`", markup=False)
    if code is None:
        raise SitechatError(
            f"the session was ended after {shell.minutes} minutes",
            hint="--minutes gives another one longer.",
            code=ExitCode.FAILED,
        )
    if code:
        raise SitechatError(f"the session ended with {code}", code=ExitCode.FAILED)
    return {"session": answer["session"]["sessionId"], "task": task, "debug_copy": not shell.visitors, "log_group": log}


def _visitors_task(opening: Opening) -> str:
    """ARN of a running task of the service that allows shells."""
    service = opening.service
    arns = asked(
        service.ecs.list_tasks,
        otherwise=failed_to("list the service's tasks"),
        cluster=service.cluster,
        serviceName=service.name,
        desiredStatus="RUNNING",
    )["taskArns"]
    found: Sequence[dict[str, Any]] = ()
    if arns:
        found = asked(
            service.ecs.describe_tasks,
            otherwise=failed_to("look at the service's tasks"),
            cluster=service.cluster,
            tasks=arns[:100],
        )["tasks"]
    allowing = sorted(str(each["taskArn"]) for each in found if each.get("enableExecuteCommand"))
    if not allowing:
        raise SitechatError(
            f"none of the {len(found)} tasks that run allows a shell: they started before the setting was deployed",
            hint=f"`sitechat release --restart --env {opening.session.env_ref}` starts them anew; a debug copy needs "
            "no restart.",
            code=ExitCode.MISSING,
        )
    return allowing[0]


def _tell_people(session: Session, shell: Shell, task: str) -> None:
    """Mail the topic of alarms. Raises SitechatError (6)."""
    arn = asked(session.client("sts").get_caller_identity, otherwise=failed_to("ask who calls"))["Arn"]
    who = " as ".join(each for each in reversed(caller_names(str(arn))) if each)
    where = "a task that visitors reach" if shell.visitors else "a debug copy, which no visitor reaches"
    env = session.env
    asked(
        session.client("sns").publish,
        otherwise=failed_to("tell people of the session, without which none is opened"),
        TopicArn=env.place.arn("sns", env.names.resource("alarms")),
        Subject=f"A shell is opened in {env.project} {env.name}"[:100],
        Message=f"{who} opens a shell in {where}: {_last(task)}, for at most {shell.minutes} minutes. The log group "
        f"{env.names.path('exec')} has what is done in it. If nobody knows of it: docs/runbooks/debugging-a-task.md.",
    )


def _connected(service: DeployedService, shell: Shell, task: str, container: str) -> dict[str, Any]:
    """ECS's answer with a session, once the agent in the task is there. Raises SitechatError (6)."""
    deadline = time.monotonic() + AGENT_SECONDS
    while True:
        try:
            answer = asked(
                service.ecs.execute_command,
                otherwise=_refusal,
                cluster=service.cluster,
                task=task,
                container=container,
                command=shell.command,
                interactive=True,
            )
        except _NotYetError as error:
            if time.monotonic() >= deadline:
                raise failed_to("open the shell")(error.reason) from None
            time.sleep(PAUSE_SECONDS)
        else:
            return dict(answer)


class _NotYetError(Exception):
    """Raised where the agent of a task may still come."""

    def __init__(self, reason: NoAnswer) -> None:
        super().__init__(reason.text)
        self.reason = reason


def _refusal(reason: NoAnswer) -> Exception:
    return _NotYetError(reason) if reason.code in _NOT_YET else failed_to("open the shell")(reason)


def _described(service: DeployedService, task: str) -> dict[str, Any]:
    answer = asked(
        service.ecs.describe_tasks, otherwise=failed_to("look at the task"), cluster=service.cluster, tasks=[task]
    )
    return dict(answer["tasks"][0])


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
