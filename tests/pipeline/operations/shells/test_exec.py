"""`sitechat exec`: a debug copy, its mail, its log and its end; and everything that is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.definitions import Revision
from pipeline.operations.shells import debug_copy, shell
from pipeline.operations.shells.debug_copy import copy_of, stop_reason
from tests.pipeline.conftest import FakeTool
from tests.pipeline.operations.shells.conftest import IMAGE, Asked, Deployed
from tests.pipeline.operations.support import Account, Run

TOLD = "[security]\ntrail = 'own'\n[monitoring]\nalarm_emails = ['a@example.com']\n"
SERVED: dict[str, Any] = {
    "name": "app",
    "image": IMAGE,
    "user": "10001:10001",
    "readonlyRootFilesystem": True,
    "environment": [{"name": "A", "value": "1"}],
    "secrets": [{"name": "B", "valueFrom": "arn:of:b"}],
    "healthCheck": {"command": ["CMD", "true"]},
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/app"}},
}
REVISION = Revision(
    "arn:x/app:3",
    {"family": "app", "cpu": "256", "taskRoleArn": "arn:of:task", "containerDefinitions": [SERVED]},
    (),
    IMAGE,
)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (debug_copy, shell):
        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)


def approve(deployed: Deployed) -> None:
    deployed.account.file.write_text(f"auto_approve = true\n{deployed.account.file.read_text()}")


def session_of(deployed: Deployed) -> str:
    """Id of the one session that was opened: the name of its log."""
    (log,) = deployed.account.client("logs").describe_log_streams(logGroupName=deployed.log_group)["logStreams"]
    return str(log["logStreamName"])


def test_a_copy_differs_in_its_root_its_health_check_and_its_end_alone() -> None:
    made = copy_of(REVISION, "app", 30)
    app, limit = made["containerDefinitions"]
    assert {**made, "containerDefinitions": None} == {
        **REVISION.settings,
        "family": "app-debug",
        "containerDefinitions": None,
    }
    kept = {name: value for name, value in SERVED.items() if name != "healthCheck"}
    assert app == {**kept, "readonlyRootFilesystem": False}
    assert (limit["essential"], limit["image"], limit["user"]) == (True, IMAGE, SERVED["user"])
    assert [*limit["entryPoint"], *limit["command"]] == ["python", "-c", "import time; time.sleep(1800)"]
    assert "secrets" not in limit
    assert REVISION.settings["containerDefinitions"] == [SERVED], "what runs is left as it is"


def test_a_shell_in_a_debug_copy_is_told_logged_and_over(deployed: Deployed, run: Run) -> None:
    done = run("exec", "--env", deployed.account.file, "--minutes", "30", "--", "ls", "-l", "a b")
    assert done.code == 0, done.err
    (copy,) = deployed.copies()
    assert (copy["lastStatus"], copy["stoppedReason"], copy["group"]) == ("STOPPED", "the session is over", "")
    assert copy["launchType"] == "FARGATE"
    assert deployed.registered() == [], "no revision with a writable root stays"

    (call,) = deployed.plugin_calls()
    session = json.loads(call["told"])
    variable, region, operation, profile, target, endpoint = call["words"]
    assert (variable, region, operation, profile) == (
        "AWS_SSM_START_SESSION_RESPONSE",
        "us-east-1",
        "StartSession",
        "",
    )
    assert session["tokenValue"] not in str(call["words"]), "other users read command lines"
    task = copy["taskArn"].rpartition("/")[2]
    assert json.loads(target)["Target"].startswith(f"ecs:{deployed.cluster}_{task}_")
    assert endpoint == deployed.account.endpoint.url

    (mail,) = deployed.mails()
    assert mail["Subject"] == f"A shell is opened in sitechat {deployed.account.env}"
    assert f"a debug copy of {deployed.name}:1, which no visitor reaches" in mail["Message"]
    assert "30 minutes" in mail["Message"]
    assert "ls" not in mail["Message"].split(), "a command may hold what isn't for mails"

    log = deployed.account.client("logs").filter_log_events(logGroupName=deployed.log_group)["events"]
    assert [each["logStreamName"] for each in log] == [session["sessionId"]]
    assert "ls -l 'a b' in app" in json.loads(log[0]["message"])["opened"]
    assert f"aws logs tail {deployed.log_group}" in done.err


def test_people_are_told_before_anything_is_begun(deployed: Deployed, run: Run, asked: Asked) -> None:
    assert run("exec", "--env", deployed.account.file).code == 0
    begun = ["Publish", "RegisterTaskDefinition", "RunTask", "ExecuteCommand", "TerminateSession", "StopTask"]
    assert [each for each in asked.operations if each in begun] == begun


def test_the_copy_has_the_network_of_the_visitors_tasks_and_is_no_target(deployed: Deployed, run: Run) -> None:
    ecs = deployed.account.client("ecs")
    before = ecs.describe_services(cluster=deployed.cluster, services=[deployed.name])["services"][0]
    assert run("exec", "--env", deployed.account.file).code == 0
    after = ecs.describe_services(cluster=deployed.cluster, services=[deployed.name])["services"][0]
    assert (after["runningCount"], after["taskDefinition"]) == (before["runningCount"], before["taskDefinition"])
    (copy,) = deployed.copies()
    assert deployed.family in copy["taskDefinitionArn"]


def test_one_object_says_what_was_opened_and_the_shell_prints_beside_it(
    deployed: Deployed, run: Run, plugin: Callable[..., Path]
) -> None:
    plugin(then="echo of the shell")
    done = run("exec", "--env", deployed.account.file, "--json")
    told = json.loads(done.out)
    (copy,) = deployed.copies()
    assert told == {
        "env": deployed.account.env,
        "session": told["session"],
        "task": copy["taskArn"],
        "debug_copy": True,
        "log_group": deployed.log_group,
    }
    assert "of the shell" in done.err


def test_a_session_that_fails_fails_the_command_and_still_ends_the_copy(
    deployed: Deployed, run: Run, plugin: Callable[..., Path]
) -> None:
    plugin(then="exit 4")
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "the session ended with 4" in done.err) == (ExitCode.FAILED, True)
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"]
    assert deployed.registered() == []


def test_a_session_that_goes_on_is_ended(
    deployed: Deployed, run: Run, plugin: Callable[..., Path], asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin(then="exec sleep 60")
    monkeypatch.setattr(shell.Shell, "seconds", 0.5)
    done = run("exec", "--env", deployed.account.file, "--minutes", "5")
    assert (done.code, "the session was ended after 5 minutes" in done.err) == (ExitCode.FAILED, True)
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"]
    assert asked.of("TerminateSession") == [{"SessionId": session_of(deployed)}]


@pytest.mark.parametrize("visitors", [False, True])
@pytest.mark.parametrize("ends", ["exit 0", "exit 4", "kill -INT $PPID; exit 130", "kill -TERM $PPID; exec sleep 60"])
def test_a_session_is_ended_however_the_plugin_ended(
    deployed: Deployed, run: Run, plugin: Callable[..., Path], asked: Asked, ends: str, visitors: bool
) -> None:
    """The plugin's end leaves a session open on AWS's side, and a visitors' task doesn't end with it."""
    plugin(then=ends)
    approve(deployed)
    words = ("--visitors-task", "--yes") if visitors else ()
    run("exec", "--env", deployed.account.file, *words)
    assert asked.of("TerminateSession") == [{"SessionId": session_of(deployed)}]


def test_a_session_is_ended_where_it_never_reached_the_plugin(deployed: Deployed, run: Run, asked: Asked) -> None:
    approve(deployed)
    real = asked.note

    def note(operation: str, given: dict[str, Any]) -> None:
        if operation == "DescribeTasks" and "ExecuteCommand" in asked.operations:
            raise KeyboardInterrupt
        real(operation, given)

    asked.note = note  # type: ignore[method-assign]
    done = run("exec", "--env", deployed.account.file, "--visitors-task", "--yes")
    assert (done.code, deployed.plugin_calls()) == (ExitCode.INTERRUPTED, [])
    assert len(asked.of("TerminateSession")) == 1


@pytest.mark.parametrize(("then", "before"), [("exit 0", ""), ("exit 4", "the session ended with 4\n")])
def test_a_session_that_could_not_be_ended_is_told_with_what_ends_it(
    deployed: Deployed, run: Run, plugin: Callable[..., Path], asked: Asked, then: str, before: str
) -> None:
    plugin(then=then)
    asked.refused["TerminateSession"] = "AccessDeniedException"
    done = run("exec", "--env", deployed.account.file, "--json")
    error, session = json.loads(done.out)["error"], session_of(deployed)
    assert done.code == ExitCode.FAILED
    assert error["message"] == (
        f"{before}the session {session} may still be open: AWS refused to end it: AccessDeniedException"
    )
    assert f"`aws ssm terminate-session --session-id {session} --region us-east-1`" in error["hint"]
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"], "the copy ends all the same"


def test_a_copy_that_could_not_be_stopped_is_told_with_what_stops_it(
    deployed: Deployed, run: Run, asked: Asked
) -> None:
    asked.refused["StopTask"] = "AccessDeniedException"
    done = run("exec", "--env", deployed.account.file, "--json")
    error, (copy,) = json.loads(done.out)["error"], deployed.copies()
    task = copy["taskArn"].rpartition("/")[2]
    assert (done.code, copy["lastStatus"]) == (ExitCode.FAILED, "RUNNING")
    assert error["message"] == f"the debug copy {task} may still run: AWS refused to stop it: AccessDeniedException"
    assert f"`aws ecs stop-task --cluster {deployed.cluster} --task {task} --region us-east-1`" in error["hint"]
    assert deployed.registered() == []


def test_a_copy_that_ended_by_itself_needs_no_end(
    deployed: Deployed, run: Run, plugin: Callable[..., Path], asked: Asked
) -> None:
    ecs = deployed.account.client("ecs")
    real = asked.note

    def note(operation: str, given: dict[str, Any]) -> None:
        if operation == "StopTask":
            ecs.stop_task(cluster=given["cluster"], task=given["task"])
        real(operation, given)

    asked.note = note  # type: ignore[method-assign]
    asked.refused["StopTask"] = "InvalidParameterException"
    done = run("exec", "--env", deployed.account.file)
    assert done.code == 0, done.err
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"]


def test_a_revision_that_could_not_be_taken_away_is_told_after_what_went_wrong_before(
    deployed: Deployed, run: Run, asked: Asked
) -> None:
    asked.refused |= {"StopTask": "ServerException", "DeregisterTaskDefinition": KeyboardInterrupt()}
    done = run("exec", "--env", deployed.account.file, "--json")
    error = json.loads(done.out)["error"]
    first, second = error["message"].splitlines()
    (revision,) = [each.rpartition("/")[2] for each in deployed.registered()]
    assert (done.code, first.endswith("may still run: AWS refused to stop it: ServerException")) == (
        ExitCode.FAILED,
        True,
    )
    assert second == f"the debug copy's task definition {revision} is still registered: interrupted"
    assert "aws ecs stop-task" in error["hint"]
    assert f"aws ecs deregister-task-definition --task-definition {revision}" in error["hint"]


def test_without_a_topic_nothing_is_begun(deployed: Deployed, run: Run) -> None:
    sns = deployed.account.client("sns")
    sns.delete_topic(TopicArn=f"arn:aws:sns:us-east-1:123456789012:sitechat-{deployed.account.env}-alarms")
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "tell people" in done.err) == (ExitCode.FAILED, True)
    assert (deployed.plugin_calls(), deployed.copies(), deployed.registered()) == ([], [], [])


def test_without_a_mail_nothing_is_begun(deployed: Deployed, run: Run, asked: Asked) -> None:
    asked.refused["Publish"] = "KMSAccessDeniedException"
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "tell people" in done.err) == (ExitCode.FAILED, True)
    assert (deployed.plugin_calls(), deployed.copies(), deployed.registered()) == ([], [], [])
    assert "RegisterTaskDefinition" not in asked.operations


def test_where_nobody_confirmed_to_get_mails_nothing_is_begun(deployed: Deployed, run: Run) -> None:
    sns = deployed.account.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        if each["TopicArn"].endswith(f"sitechat-{deployed.account.env}-alarms"):
            sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "no recipient has confirmed" in done.err) == (ExitCode.MISSING, True)
    assert (deployed.plugin_calls(), deployed.copies(), deployed.registered()) == ([], [], [])


@pytest.mark.parametrize("settings", [{}, {"logging": "NONE"}, {"logging": "OVERRIDE", "group": "/elsewhere"}])
def test_where_a_session_would_not_be_logged_nothing_is_begun(
    deployed: Deployed, run: Run, settings: dict[str, str]
) -> None:
    told = {"logging": settings["logging"]} if settings else {}
    logged = {"logConfiguration": {"cloudWatchLogGroupName": settings["group"]}} if "group" in settings else {}
    deployed.account.client("ecs").update_cluster(
        cluster=deployed.cluster, configuration={"executeCommandConfiguration": {**told, **logged}}
    )
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, f"not logged to {deployed.log_group}" in done.err) == (ExitCode.MISSING, True)
    assert (deployed.plugin_calls(), deployed.copies(), deployed.mails()) == ([], [], [])


def test_a_revision_that_stands_for_no_image_has_no_copy(
    deployed: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = Revision("arn:x/app:1", REVISION.settings, (), "registry/app:unreleased")
    monkeypatch.setattr(shell, "read_revision", lambda service, arn: revision)
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "app:1 stands for no image yet" in done.err) == (ExitCode.REFUSED, True)
    assert (deployed.plugin_calls(), deployed.copies(), deployed.mails()) == ([], [], [])


@pytest.mark.parametrize("terminal", [True, False])
def test_without_a_terminal_it_says_what_the_plugin_wants(
    deployed: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(shell, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: terminal)))
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "standard input is no terminal" in done.err) == (0, not terminal)


@pytest.mark.parametrize("containers", [[], [{"name": "app"}], [{"name": "limit", "runtimeId": "x"}]])
def test_a_task_that_names_no_agent_is_told_and_its_session_ended(
    deployed: Deployed, run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch, containers: list[dict[str, str]]
) -> None:
    monkeypatch.setattr(shell, "_described", lambda service, task: {"containers": containers})
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "ECS names no running container app" in done.err) == (ExitCode.FAILED, True)
    assert (len(asked.of("TerminateSession")), deployed.plugin_calls()) == (1, [])


def test_a_visitors_task_is_asked_about_and_left_running(deployed: Deployed, run: Run) -> None:
    refused = run("exec", "--env", deployed.account.file, "--visitors-task")
    assert (refused.code, deployed.plugin_calls()) == (ExitCode.REFUSED, [])
    approve(deployed)
    done = run("exec", "--env", deployed.account.file, "--visitors-task", "--yes")
    assert done.code == 0, done.err
    assert (len(deployed.plugin_calls()), deployed.copies()) == (1, [])
    (mail,) = deployed.mails()
    assert ", which visitors reach, for at most 60 minutes" in mail["Message"]
    ecs = deployed.account.client("ecs")
    assert len(ecs.list_tasks(cluster=deployed.cluster, desiredStatus="RUNNING")["taskArns"]) == 1


def test_visitors_tasks_that_started_before_the_setting_allow_no_shell(deployed: Deployed, run: Run) -> None:
    ecs, named = deployed.account.client("ecs"), {"cluster": deployed.cluster, "service": deployed.name}
    ecs.update_service(**named, enableExecuteCommand=False, forceNewDeployment=True)
    ecs.update_service(**named, enableExecuteCommand=True)
    approve(deployed)
    done = run("exec", "--env", deployed.account.file, "--visitors-task", "--yes")
    assert (done.code, deployed.plugin_calls()) == (ExitCode.MISSING, [])
    assert "none of the 1 tasks that run allows a shell" in done.err
    assert "sitechat release --restart" in done.err


def test_without_a_task_no_visitors_task_can_be_entered(deployed: Deployed, run: Run) -> None:
    ecs = deployed.account.client("ecs")
    for each in ecs.list_tasks(cluster=deployed.cluster)["taskArns"]:
        ecs.stop_task(cluster=deployed.cluster, task=each)
    ecs.update_service(cluster=deployed.cluster, service=deployed.name, desiredCount=0)
    approve(deployed)
    done = run("exec", "--env", deployed.account.file, "--visitors-task", "--yes")
    assert (done.code, deployed.plugin_calls()) == (ExitCode.REFUSED, [])
    assert f"no task runs in {deployed.account.env}" in done.err


@pytest.mark.parametrize(
    ("settings", "code", "reason"),
    [
        ("", ExitCode.REFUSED, "service.execute_command is false"),
        (
            f"[service]\nexecute_command = true\n{TOLD}",
            ExitCode.REFUSED,
            "no image was released",
        ),
        (
            f"[image]\ntag = 'v1'\n[service]\nexecute_command = true\nparked = true\n{TOLD}",
            ExitCode.REFUSED,
            "it is parked",
        ),
    ],
)
def test_where_the_configuration_allows_no_shell_nothing_is_begun(
    account: Account, run: Run, plugin: Callable[..., Path], settings: str, code: ExitCode, reason: str
) -> None:
    calls = plugin()
    account.file.write_text(account.file.read_text() + settings)
    done = run("exec", "--env", account.file)
    assert (done.code, reason in done.err, calls.exists()) == (code, True, False)


def test_without_the_plugin_nothing_is_begun(deployed: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "session-manager-plugin is not on PATH" in done.err) == (ExitCode.MISSING, True)
    assert (deployed.copies(), deployed.registered(), deployed.mails()) == ([], [], [])


@pytest.mark.parametrize("version", ["1.2.463.0", "something"])
def test_a_plugin_that_wants_the_token_on_its_command_line_is_refused(
    deployed: Deployed, run: Run, plugin: Callable[..., Path], version: str
) -> None:
    plugin(version)
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, version in done.err, deployed.copies()) == (ExitCode.MISSING, True, [])


def test_a_plugin_that_cannot_be_started_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one for another processor: the system knows no format of it."""
    from pipeline.operations.shells.plugin import find_plugin

    path = tmp_path / "session-manager-plugin"
    path.write_bytes(b"\x00\x01\xff")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SitechatError, match="is of no known version") as caught:
        find_plugin()
    assert caught.value.code is ExitCode.MISSING


def test_a_service_that_was_deployed_without_shells_is_named(deployed: Deployed, run: Run) -> None:
    ecs = deployed.account.client("ecs")
    ecs.update_service(cluster=deployed.cluster, service=deployed.name, enableExecuteCommand=False)
    done = run("exec", "--env", deployed.account.file)
    assert (done.code, "knows nothing of shells yet" in done.err) == (ExitCode.MISSING, True)


def test_an_environment_without_a_service_is_named(account: Account, run: Run, plugin: Callable[..., Path]) -> None:
    plugin()
    account.file.write_text(f"{account.file.read_text()}[image]\ntag = 'v1'\n[service]\nexecute_command = true\n{TOLD}")
    done = run("exec", "--env", account.file)
    assert done.code == ExitCode.MISSING
    assert "bucket" in done.err or "no service yet" in done.err


@pytest.mark.parametrize("minutes", ["4", "481", "soon"])
def test_minutes_are_some_and_not_a_day(account: Account, run: Run, minutes: str) -> None:
    assert run("exec", "--env", account.file, "--minutes", minutes).code == ExitCode.USAGE


def test_a_copy_that_does_not_start_is_told_in_ecs_words() -> None:
    containers = [{"name": "app", "exitCode": 3}, {"name": "limit", "reason": "CannotPullContainerError"}]
    told = stop_reason({"stoppedReason": "Essential container in task exited", "containers": containers})
    assert told == "Essential container in task exited; app: exit code 3; limit: CannotPullContainerError"


def test_the_plugin_that_is_found_is_the_one_on_path(fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.operations.shells.plugin import find_plugin

    path = fake_tool("session-manager-plugin", "echo 1.2.497.0")
    monkeypatch.setenv("PATH", str(path.parent))
    assert find_plugin().path == path
