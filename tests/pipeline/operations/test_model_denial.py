"""`sitechat bedrock pause --level deny` with the emulated AWS: what roles get of a model, and what people are told."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from local_aws.traffic.doors import BedrockDoor, Identity
from local_aws.traffic.world import World
from pipeline.errors import ExitCode
from tests.local_aws.traffic.doors.conftest import Answered, send
from tests.pipeline.operations.support import Account, Run
from tests.pipeline.operations.test_model_pause import Deployed, deployed

__all__ = ["deployed"]
MODEL, EMBEDDER = "amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0"
CALLS = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
SOURCE = Path(__file__).parents[3] / "constructs_lib" / "bedrock" / "stop_lambda"
QUESTION = {"messages": [{"role": "user", "content": [{"text": "When is the garden open?"}]}]}


class Roles:
    """The roles of tasks and of embedding, each of which may call its model, and the policy that denies models."""

    def __init__(self, account: Account) -> None:
        self._account, self._iam = account, account.client("iam")
        source = '[[ingestion.sources]]\nname = "garden"\nkind = "sitemap"\naddress = "https://www.example.com/sitemap.xml"\n'
        account.file.write_text(account.file.read_text() + source)
        self.task, self.embed = (f"sitechat-{account.env}-us-east-1-{each}" for each in ("task", "ingestion-embed"))
        for role, model in ((self.task, MODEL), (self.embed, EMBEDDER)):
            self._iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
            statement = {"Effect": "Allow", "Action": CALLS, "Resource": f"arn:aws:bedrock:*::foundation-model/{model}"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self._iam.put_role_policy(RoleName=role, PolicyName="models", PolicyDocument=document)

    def create_denial(self) -> None:
        statement = {"Sid": "NoModel", "Effect": "Deny", "Action": CALLS, "Resource": "*"}
        self._iam.create_policy(
            PolicyName=f"sitechat-{self._account.env}-us-east-1-model-stop",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def forget(self, role: str) -> None:
        self._iam.delete_role_policy(RoleName=role, PolicyName="models")
        self._iam.delete_role(RoleName=role)

    def attached(self, role: str) -> list[str]:
        found = self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return [each["PolicyName"] for each in found]

    def statuses(self) -> tuple[int, int]:
        """HTTP statuses of Bedrock's door for an answer that the tasks ask for, and for an embedding."""
        answer = self._ask(self.task, f"/model/{MODEL}/converse", QUESTION)
        embedding = self._ask(self.embed, f"/model/{EMBEDDER}/invoke", {"inputText": "garden"})
        return answer.status, embedding.status

    def _ask(self, role: str, path: str, body: dict[str, Any]) -> Answered:
        endpoint = self._account.endpoint
        # A new one remembers no policies.
        world = World(endpoint.url, endpoint.account_id, endpoint.region)
        identity = Identity(world)
        identity.enrol("ASIADENIALTEST000001", f"arn:aws:iam::{endpoint.account_id}:role/{role}")
        return asyncio.run(send(BedrockDoor(world, identity), "POST", path, body, key_id="ASIADENIALTEST000001"))


@pytest.fixture
def roles(deployed: Deployed) -> Roles:
    roles = Roles(deployed.account)
    roles.create_denial()
    return roles


def test_a_denial_stops_every_call_until_it_is_resumed(deployed: Deployed, roles: Roles, run: Run) -> None:
    env = ("--env", deployed.account.file)
    assert roles.statuses() == (200, 200)
    denied = run("bedrock", "pause", *env, "--level", "deny", "--reason", "a loop")
    assert denied.code == ExitCode.OK
    assert roles.statuses() == (403, 403)
    (mail,) = deployed.mails()
    assert mail["Subject"] == f"The model is denied in sitechat {deployed.account.env}"
    for told in (roles.task, roles.embed, "a loop", "sitechat bedrock resume --env"):
        assert told in mail["Message"]
    status = run("bedrock", "status", *env, "--json")
    assert status.code == ExitCode.CHANGES
    found = json.loads(status.out)
    assert (found["paused"], found["denied"]) == (True, [roles.task, roles.embed])
    assert run("bedrock", "resume", *env).code == ExitCode.OK
    assert roles.statuses() == (200, 200)
    assert (roles.attached(roles.task), roles.attached(roles.embed), deployed.stored()) == ([], [], [])
    assert run("bedrock", "status", *env).code == ExitCode.OK


def test_a_pause_denies_nothing_by_itself_and_can_be_followed_by_a_denial(
    deployed: Deployed, roles: Roles, run: Run
) -> None:
    env = ("--env", deployed.account.file)
    run("bedrock", "pause", *env, "--reason", "the first")
    assert roles.statuses() == (200, 200)
    run("bedrock", "pause", *env, "--level", "deny", "--reason", "the second")
    assert roles.statuses() == (403, 403)
    again = run("bedrock", "pause", *env, "--level", "deny")
    assert again.code == ExitCode.OK
    assert "paused already" in again.out
    assert "the first" in again.out
    assert len(deployed.mails()) == 2


def test_a_denial_without_a_pause_is_seen_and_taken_away(deployed: Deployed, roles: Roles, run: Run) -> None:
    env = ("--env", deployed.account.file)
    run("bedrock", "pause", *env, "--level", "deny")
    deployed.account.client("s3").delete_object(Bucket=deployed.bucket, Key="model/paused.json")
    status = run("bedrock", "status", *env)
    assert status.code == ExitCode.CHANGES
    assert f"denied to {roles.task}, {roles.embed}" in status.out
    assert run("bedrock", "resume", *env).code == ExitCode.OK
    assert roles.statuses() == (200, 200)


def test_a_role_that_is_not_there_keeps_no_other_from_being_denied(deployed: Deployed, roles: Roles, run: Run) -> None:
    roles.forget(roles.task)
    ran = run("bedrock", "pause", "--env", deployed.account.file, "--level", "deny", "--json")
    assert (ran.code, json.loads(ran.out)["denied"]) == (ExitCode.OK, [roles.embed])


def test_without_the_policy_it_is_paused_and_names_the_command(deployed: Deployed, run: Run) -> None:
    Roles(deployed.account)
    ran = run("bedrock", "pause", "--env", deployed.account.file, "--level", "deny")
    assert ran.code == ExitCode.MISSING
    assert "the model is paused, but" in ran.err
    assert "It comes with the layer llm" in ran.err
    assert deployed.stored() == ["model/paused.json"]


def test_another_level_is_refused_before_anything_is_done(deployed: Deployed, roles: Roles, run: Run) -> None:
    ran = run("bedrock", "pause", "--env", deployed.account.file, "--level", "of")
    assert (ran.code, deployed.stored(), roles.attached(roles.task)) == (ExitCode.USAGE, [], [])
    assert "pause or deny" in ran.err


class Function:
    """The function that stops the model, and the alarm that calls it, as the layer llm makes them."""

    def __init__(self, deployed: Deployed, roles: Roles) -> None:
        account = deployed.account
        self._name = f"sitechat-{account.env}-stop-model"
        self._lambda, self._watch = account.client("lambda"), account.client("cloudwatch")
        arn = f"arn:aws:iam::{account.endpoint.account_id}"
        told = {
            "bucket": deployed.bucket,
            "object": "model/paused.json",
            "owner": account.endpoint.account_id,
            "topic": f"arn:aws:sns:us-east-1:{account.endpoint.account_id}:sitechat-{account.env}-alarms",
            "site": f"sitechat {account.env}",
            "resume": f"sitechat bedrock resume --env {account.env}",
            "policy": f"{arn}:policy/sitechat-{account.env}-us-east-1-model-stop",
            "roles": [roles.task, roles.embed],
        }
        self.arn = self._lambda.create_function(
            FunctionName=self._name,
            Runtime="python3.13",
            Role=f"{arn}:role/{self._name}",
            Handler="stop_lambda.handler.handle",
            Code={"ZipFile": _zipped(SOURCE)},
            Environment={"Variables": {"MODEL_STOP": json.dumps(told)}},
            Timeout=60,
        )["FunctionArn"]
        self._watch.put_metric_alarm(
            AlarmName=self._name,
            Namespace="site",
            MetricName="InputTokens",
            Statistic="Sum",
            Period=900,
            EvaluationPeriods=1,
            Threshold=10.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=[self.arn],
        )

    def let(self, alarm: str) -> None:
        self._lambda.add_permission(
            FunctionName=self._name,
            StatementId=f"AlarmStopsModel-{alarm}",
            Action="lambda:InvokeFunction",
            Principal="lambda.alarms.cloudwatch.amazonaws.com",
            SourceAccount=self.arn.split(":")[4],
            SourceArn=f"arn:aws:cloudwatch:us-east-1:{self.arn.split(':')[4]}:alarm:{alarm}",
        )

    def ring(self, reason: str) -> None:
        self._watch.set_alarm_state(AlarmName=self._name, StateValue="ALARM", StateReason=reason)

    def be_over(self) -> None:
        self._watch.set_alarm_state(AlarmName=self._name, StateValue="OK", StateReason="over")

    def let_its_alarm(self) -> None:
        self.let(self._name)


def _zipped(folder: Path) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for module in folder.glob("*.py"):
            archive.write(module, f"{folder.name}/{module.name}")
    return memory.getvalue()


def _awaited(deployed: Deployed) -> list[dict[str, Any]]:
    """The mails that come first. Fails where none has come after half a minute."""
    deadline = time.monotonic() + 30
    while not (found := deployed.mails()):
        assert time.monotonic() < deadline, "nobody was told in 30 seconds"
        time.sleep(0.05)
    return found


def test_an_alarm_stops_the_model_and_a_person_resumes_it(deployed: Deployed, roles: Roles, run: Run) -> None:
    function = Function(deployed, roles)
    function.let_its_alarm()
    function.ring("9000 tokens")
    mails = _awaited(deployed)
    assert roles.statuses() == (403, 403)
    assert mails[0]["Subject"] == f"The model is denied in sitechat {deployed.account.env}"
    assert "9000 tokens" in mails[0]["Message"]
    env = ("--env", deployed.account.file)
    status = json.loads(run("bedrock", "status", *env, "--json").out)
    assert (status["paused"], status["denied"]) == (True, [roles.task, roles.embed])
    assert (status["who"], status["why"]) == (f"the alarm sitechat-{deployed.account.env}-stop-model", "9000 tokens")
    assert run("bedrock", "resume", *env).code == ExitCode.OK
    assert roles.statuses() == (200, 200)


def test_an_alarm_that_the_function_does_not_let_in_calls_nothing(deployed: Deployed, roles: Roles) -> None:
    function = Function(deployed, roles)
    function.let("another")
    function.ring("the first")
    function.be_over()
    function.let_its_alarm()
    function.ring("the second")
    mails = _awaited(deployed)
    assert "the second" in mails[0]["Message"]
    assert "It was paused already." not in mails[0]["Message"]
