"""What the doctor asks AWS is in the policies that `sitechat rights --for doctor` prints, and they only read."""

from __future__ import annotations

from config import load
from policies.proof.authorization import known, only_reads
from policies.rights.actions import actions_of
from policies.rights.environment import arns_of, state_access
from policies.rights.questions import doctor
from tests.pipeline.doctor.questions import asked_operations

# Requests that boto3 has no operation for, and what `find_locks` of pipeline/recovery asks.
ELSEWHERE = {"bedrock:GetFoundationModelAvailability", "bedrock:GetUseCaseForModelAccess", "dynamodb:Scan"}
GRANTS = doctor(arns_of(load("dev")), state_access(load("dev")))
GRANTED = {action for each in GRANTS for action in each.actions}


def test_the_policies_hold_what_is_asked_and_nothing_else() -> None:
    asked = {action for operation in asked_operations() for action in actions_of(operation)}
    assert "servicequotas:GetServiceQuota" in asked
    assert asked | ELSEWHERE == GRANTED


def test_the_policies_only_read() -> None:
    assert {each for each in GRANTED if known(each) and not only_reads(each)} == set()
    assert {each.partition(":")[2] for each in GRANTED if not known(each)} == {
        "DescribeVpcBlockPublicAccessExclusions",
        "DescribeVpcBlockPublicAccessOptions",
    }


def test_what_holds_data_is_named() -> None:
    named = {each.sid: each.resources for each in GRANTS}
    assert named["AskForLocks"] == ("arn:aws:dynamodb:us-east-1:111111111111:table/sitechat-state-lock",)
    assert named["AskForParameters"] == ("arn:aws:ssm:*::parameter/aws/service/*",)
    assert all("*" not in each.resources for each in GRANTS if "s3:ListBucket" in each.actions)
