"""`sitechat bedrock` with the emulated AWS: the object as it stands there, and what people are told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import ExitCode
from tests.pipeline.operations.support import Account, Run

KEY = "model/paused.json"


@dataclass(frozen=True)
class Deployed:
    """An environment with the bucket and the topic of its layer infrastructure."""

    account: Account
    bucket: str
    queue: str

    def mails(self) -> list[dict[str, Any]]:
        found = self.account.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in found.get("Messages", ())]

    def stored(self) -> list[str]:
        found = self.account.client("s3").list_objects_v2(Bucket=self.bucket)
        return [each["Key"] for each in found.get("Contents", ())]

    def put(self, text: bytes) -> None:
        self.account.client("s3").put_object(Bucket=self.bucket, Key=KEY, Body=text)


@pytest.fixture
def deployed(account: Account) -> Deployed:
    bucket = f"sitechat-{account.env}-switches-{account.endpoint.account_id}-us-east-1"
    account.client("s3").create_bucket(Bucket=bucket)
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name=f"sitechat-{account.env}-alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"sitechat-{account.env}-pauses")["QueueUrl"]
    place = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=place)
    return Deployed(account, bucket, queue)


def test_a_pause_is_kept_told_and_taken_away(deployed: Deployed, run: Run) -> None:
    env = ("--env", deployed.account.file)
    assert run("bedrock", "status", *env).code == ExitCode.OK
    paused = run("bedrock", "pause", *env, "--reason", "ten times of\n yesterday's tokens")
    assert paused.code == ExitCode.OK
    assert deployed.stored() == [KEY]
    (mail,) = deployed.mails()
    assert mail["Subject"] == f"The model is paused in sitechat {deployed.account.env}"
    for told in ("ten times of yesterday's tokens", "sitechat bedrock resume --env", "docs/runbooks/model-spend.md"):
        assert told in mail["Message"]
    status = run("bedrock", "status", *env, "--json")
    assert status.code == ExitCode.CHANGES
    found = json.loads(status.out)
    assert (found["paused"], found["why"]) == (True, "ten times of yesterday's tokens")
    assert found["who"] in mail["Message"]
    assert found["when"] in mail["Message"]
    resumed = run("bedrock", "resume", *env)
    assert resumed.code == ExitCode.OK
    assert deployed.stored() == []
    (mail,) = deployed.mails()
    assert mail["Subject"].startswith("The model is resumed")
    assert "ten times of yesterday's tokens" in mail["Message"]
    assert run("bedrock", "status", *env).code == ExitCode.OK


def test_a_pause_that_stands_keeps_its_reason_and_is_told_once(deployed: Deployed, run: Run) -> None:
    env = ("--env", deployed.account.file)
    run("bedrock", "pause", *env, "--reason", "the first")
    again = run("bedrock", "pause", *env, "--reason", "the second")
    assert again.code == ExitCode.OK
    assert "paused already" in again.out
    assert "the first" in again.out
    assert len(deployed.mails()) == 1


def test_resuming_what_is_not_paused_changes_nothing(deployed: Deployed, run: Run) -> None:
    ran = run("bedrock", "resume", "--env", deployed.account.file)
    assert (ran.code, deployed.mails()) == (ExitCode.OK, [])
    assert "was not paused" in ran.out


@pytest.mark.parametrize("text", [b"", b"not json", b"[]", b'{"who": 3}', b"x" * 20_000])
def test_an_object_of_somebody_else_pauses_too(text: bytes, deployed: Deployed, run: Run) -> None:
    deployed.put(text)
    ran = run("bedrock", "status", "--env", deployed.account.file, "--json")
    assert ran.code == ExitCode.CHANGES
    assert json.loads(ran.out) == {
        "env": deployed.account.env,
        "paused": True,
        "denied": [],
        "who": "unknown",
        "why": "",
        "when": "unknown",
    }


@pytest.mark.parametrize("verb", ["status", "pause", "resume"])
def test_before_the_first_deployment_it_names_the_command(verb: str, account: Account, run: Run) -> None:
    ran = run("bedrock", verb, "--env", account.file)
    assert ran.code == ExitCode.MISSING
    assert "sitechat deploy --env" in ran.err


def test_where_nobody_can_be_told_it_is_paused_all_the_same(deployed: Deployed, run: Run) -> None:
    sns = deployed.account.client("sns")
    topics = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    sns.delete_topic(TopicArn=next(each for each in topics if each.endswith(f"-{deployed.account.env}-alarms")))
    ran = run("bedrock", "pause", "--env", deployed.account.file)
    assert ran.code == ExitCode.FAILED
    assert "the model is paused, but nobody was told" in ran.err
    assert deployed.stored() == [KEY]


@pytest.mark.parametrize("reason", ["x" * 501, "bell \a"])
def test_a_reason_that_no_mail_carries_is_refused_before_anything_is_done(
    reason: str, deployed: Deployed, run: Run
) -> None:
    ran = run("bedrock", "pause", "--env", deployed.account.file, "--reason", reason)
    assert ran.code == ExitCode.USAGE
    assert deployed.stored() == []
