"""`sitechat exec`: a shell in a task, told to people, logged, and over after a while."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from shlex import join
from typing import Any

from pipeline.aws import NoAnswer, asked, failed_to
from pipeline.aws.kept import caller_names
from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.releases.definitions import read_revision
from pipeline.operations.releases.service import DeployedService, find_service
from pipeline.operations.shells.debug_copy import debug_copy
from pipeline.operations.shells.ending import ended
from pipeline.operations.shells.plugin import Plugin, find_plugin
from pipeline.session import Session

SHELL = "/bin/sh"
# The agent of a task that just started isn't connected yet.
AGENT_SECONDS = 120.0
PAUSE_SECONDS = 2.0
NO_TERMINAL = (
    "  standard input is no terminal, which AWS's plugin wants: it may end at once with `Cannot perform start session: "
    "EOF` (aws/amazon-ssm-agent#354); `script` gives it one"
)
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
            hint=f"`{again('deploy', session.env_ref)}` brings it what service.execute_command asks for.",
            code=ExitCode.MISSING,
        )
    _refuse_unlogged(session, service)
    return Opening(session, service, plugin)


def _refuse_unlogged(session: Session, service: DeployedService) -> None:
    """Raise SitechatError (3) where the deployed cluster doesn't log its sessions where people look for them."""
    found = asked(
        service.ecs.describe_clusters,
        otherwise=failed_to("say where the cluster's sessions are logged"),
        clusters=[service.cluster],
        include=["CONFIGURATIONS"],
    ).get("clusters", ())
    settings = (found[0].get("configuration") or {}).get("executeCommandConfiguration") or {} if found else {}
    group, wanted = (settings.get("logConfiguration") or {}).get("cloudWatchLogGroupName"), _log_group(session)
    if settings.get("logging") == "OVERRIDE" and group == wanted:
        return
    deploy, drift = (again(each, session.env_ref) for each in ("deploy", "drift"))
    raise SitechatError(
        f"sessions in the cluster {service.cluster} are not logged to {wanted}, so none is opened",
        hint=f"`{drift}` shows what was changed, `{deploy}` sets it.",
        code=ExitCode.MISSING,
    )


def refuse(session: Session) -> None:
    """Raise SitechatError (5) where the configuration allows no shell."""
    env = session.env
    if not env.service.execute_command:
        raise SitechatError(
            f"{env.name} allows no shell in its tasks: service.execute_command is false",
            hint="That is the choice for production. Where it is to be another one: set it in the environment's file, "
            f"`{again('deploy', session.env_ref)}`, and see docs/runbooks/debugging-a-task.md.",
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

    Raises SitechatError: 5 where no task runs, 3, 6.
    """
    service = opening.service
    if shell.visitors:
        task = _visitors_task(opening)
        _tell_people(opening.session, shell, f"the task {_last(task)}, which visitors reach")
        return _carry(opening, shell, task, service.container)
    revision = read_revision(service, service.running)
    if revision.unreleased:
        raise SitechatError(
            f"no task runs in {opening.session.env.name}: {revision.name} stands for no image yet",
            hint=f"A debug copy is one of what runs; `{again('deploy', opening.session.env_ref)}` releases the first.",
            code=ExitCode.REFUSED,
        )
    # Before anything is started: a shell that nobody was told of is not opened.
    _tell_people(opening.session, shell, f"a debug copy of {revision.name}, which no visitor reaches")
    with debug_copy(service, revision, shell.minutes) as copy:
        return _carry(opening, shell, copy.task, copy.container)


def _carry(opening: Opening, shell: Shell, task: str, container: str) -> dict[str, Any]:
    session, service = opening.session, opening.service
    with step("connect to the task"):
        answer = _connected(service, shell, task, container)
    opened, log = str(answer["session"]["sessionId"]), _log_group(session)
    if not sys.stdin.isatty():
        err.print(NO_TERMINAL, markup=False)
    with _terminated(session, opened):
        target = f"ecs:{_last(answer['clusterArn'])}_{_last(answer['taskArn'])}_{_runtime_id(service, task, container)}"
        err.print(f"  session {opened} in {_last(task)}; everything in it is logged", markup=False)
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
    return {"session": opened, "task": task, "debug_copy": not shell.visitors, "log_group": log}


@contextmanager
def _terminated(session: Session, opened: str) -> Iterator[None]:
    """End a session after the block, however it ended: the plugin's end leaves it open on AWS's side.

    One that its shell has left is ended already, which AWS doesn't mind.
    """

    def terminate() -> None:
        asked(session.client("ssm").terminate_session, otherwise=failed_to("end it"), SessionId=opened)

    command = f"aws ssm terminate-session --session-id {opened} --region {session.env.region}"
    rights = again("rights --for exec", session.env_ref)
    with ended(
        terminate,
        left=f"the session {opened} may still be open",
        hint=f"End it: `{command}`. `{rights}` prints the policy that this takes. AWS ends a session after 20 minutes "
        "without a key.",
    ):
        yield


def _runtime_id(service: DeployedService, task: str, container: str) -> str:
    """What the agent in a container is called. Raises SitechatError (6)."""
    for each in _described(service, task).get("containers", ()):
        if each.get("name") == container and each.get("runtimeId"):
            return str(each["runtimeId"])
    raise SitechatError(f"ECS names no running container {container} in {_last(task)}", code=ExitCode.FAILED)


def _log_group(session: Session) -> str:
    """Name of the log group that has what is done in shells."""
    return str(session.env.names.path("exec"))


def _visitors_task(opening: Opening) -> str:
    """ARN of a running task of the service that allows shells.

    Raises SitechatError: 5 where no task runs, 3 where none of them allows a shell.
    """
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
    if not found:
        raise SitechatError(
            f"no task runs in {opening.session.env.name}",
            hint=f"`{again('releases', opening.session.env_ref)}` says what was released, and how that ended.",
            code=ExitCode.REFUSED,
        )
    allowing = sorted(str(each["taskArn"]) for each in found if each.get("enableExecuteCommand"))
    if not allowing:
        raise SitechatError(
            f"none of the {len(found)} tasks that run allows a shell: they started before the setting was deployed",
            hint=f"`{again('release --restart', opening.session.env_ref)}` starts them anew; a debug copy needs "
            "no restart.",
            code=ExitCode.MISSING,
        )
    return allowing[0]


def _tell_people(session: Session, shell: Shell, where: str) -> None:
    """Mail the topic of alarms. Raises SitechatError: 3 where nobody would read it, 6."""
    otherwise = failed_to("tell people of the session, without which none is opened")
    env, sns = session.env, session.client("sns")
    topic = env.place.arn("sns", env.names.resource("alarms"))
    # A mail that the emulated AWS sends is read by nobody.
    if not env.emulated:
        readers = asked(sns.get_topic_attributes, otherwise=otherwise, TopicArn=topic).get("Attributes", {})
        if readers.get("SubscriptionsConfirmed", "0") == "0":
            raise SitechatError(
                f"nobody gets the mails of {topic}: no recipient has confirmed, so no shell is opened",
                hint="Each of monitoring.alarm_emails opens the mail from AWS Notifications and confirms; "
                f"`{again('doctor', session.env_ref)}` names who hasn't.",
                code=ExitCode.MISSING,
            )
    arn = asked(session.client("sts").get_caller_identity, otherwise=failed_to("ask who calls"))["Arn"]
    who = " as ".join(each for each in reversed(caller_names(str(arn))) if each)
    asked(
        sns.publish,
        otherwise=otherwise,
        TopicArn=topic,
        Subject=f"A shell is opened in {env.project} {env.name}"[:100],
        Message=f"{who} opens a shell in {where}, for at most {shell.minutes} minutes. The log group "
        f"{_log_group(session)} has what is done in it. If nobody knows of it: docs/runbooks/debugging-a-task.md.",
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
    if not answer["tasks"]:
        raise SitechatError(f"the task {_last(task)} is gone", code=ExitCode.FAILED)
    return dict(answer["tasks"][0])


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
