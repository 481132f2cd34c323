"""The policies of the role that signed a request decide about it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from local_aws.traffic.doors import Decision, Identity

KEY_ID = "ASIATASKTASKTASK0001"
ROLE = "arn:aws:iam::123456789012:role/chat-task"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-abc"
CMK = "arn:aws:kms:us-east-1:123456789012:key/1"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}
DECRYPT = {"Sid": "Decrypt", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": CMK}
USER = "User: arn:aws:sts::123456789012:assumed-role/chat-task/task-1 is not authorized to perform: "


@pytest.fixture
def identity(world: Any) -> Identity:
    identity = Identity(world)
    identity.enrol(KEY_ID, ROLE, "task-1")
    return identity


def decide(
    identity: Identity, action: str = "secretsmanager:GetSecretValue", resource: str = SECRET, **given: Any
) -> Decision:
    key_id, in_vpc = given.pop("key_id", KEY_ID), given.pop("in_vpc", False)
    return asyncio.run(identity.decide(key_id, action, resource, given, in_vpc=in_vpc))


def test_a_role_may_what_its_inline_policy_allows(world: Any, identity: Identity) -> None:
    world.allow(READ)
    found = decide(identity)
    assert found.allowed
    assert found.decided == "policy inline Read"


def test_what_nothing_allows_is_refused_in_the_words_of_aws(world: Any, identity: Identity) -> None:
    world.allow({**READ, "Action": "secretsmanager:PutSecretValue"})
    found = decide(identity)
    assert not found.allowed
    assert found.code == "AccessDeniedException"
    because = "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    assert found.reason == f"{USER}secretsmanager:GetSecretValue on resource: {SECRET} {because}"


def test_a_denial_wins_and_says_where_it_stands(world: Any, identity: Identity) -> None:
    world.allow(READ)
    world.managed["arn:aws:iam::123456789012:policy/stop"] = {"Statement": {**READ, "Sid": "Stop", "Effect": "Deny"}}
    found = decide(identity)
    assert not found.allowed
    assert found.reason.endswith(" with an explicit deny in an identity-based policy")
    assert found.decided == "denied by policy stop Stop"


def test_an_attached_policy_counts(world: Any, identity: Identity) -> None:
    world.managed["arn:aws:iam::123456789012:policy/read"] = {"Statement": [READ]}
    assert decide(identity).allowed


def test_a_boundary_limits_what_the_role_has(world: Any, identity: Identity) -> None:
    world.allow(READ)
    world.boundary = "arn:aws:iam::123456789012:policy/boundary"
    world.managed[world.boundary] = {"Statement": [{**READ, "Action": "s3:*"}]}
    found = decide(identity)
    assert not found.allowed
    assert "because no permissions boundary allows" in found.reason


def test_the_policy_of_an_endpoint_counts_inside_the_vpc_alone(world: Any, identity: Identity) -> None:
    world.allow(READ)
    world.endpoints["secretsmanager"] = (
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:Put*", "Resource": "*"}]}'
    )
    assert decide(identity).allowed
    found = decide(identity, in_vpc=True)
    assert not found.allowed
    assert "because no VPC endpoint policy allows" in found.reason


def test_a_key_has_to_hand_on_to_iam(world: Any, identity: Identity) -> None:
    world.allow(DECRYPT)
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    world.policies_on[CMK] = {"Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}]}
    assert decide(identity, "kms:Decrypt", CMK).allowed
    other = {"AWS": "arn:aws:iam::123456789012:role/other"}
    world.policies_on[CMK] = {
        "Statement": [{"Effect": "Allow", "Principal": other, "Action": "kms:*", "Resource": "*"}]
    }
    found = decide(identity, "kms:Decrypt", CMK)
    assert not found.allowed
    assert "because no resource-based policy allows the kms:Decrypt action" in found.reason


def test_a_secret_policy_can_deny(world: Any, identity: Identity) -> None:
    world.allow(READ)
    world.policies_on[SECRET] = {"Statement": [{**READ, "Effect": "Deny", "Principal": {"AWS": ROLE}}]}
    assert decide(identity).reason.endswith(" with an explicit deny in a resource-based policy")


def test_conditions_are_tested_against_the_request(world: Any, identity: Identity) -> None:
    world.allow({**READ, "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}})
    assert not decide(identity).allowed
    assert decide(identity, **{"secretsmanager:VersionStage": "AWSCURRENT"}).allowed


def test_a_policy_that_cannot_be_read_refuses(world: Any, identity: Identity) -> None:
    world.allow({**READ, "Unheard": "of"})
    assert not decide(identity).allowed


def test_the_account_itself_may_everything(identity: Identity) -> None:
    assert decide(identity, key_id="123456789012").allowed
    assert decide(identity, key_id="").code == "MissingAuthenticationTokenException"
    assert decide(identity, key_id="AKIAIOSFODNN7EXAMPLE").code == "UnrecognizedClientException"


def test_an_ended_task_and_a_deleted_role_are_nobody(world: Any, identity: Identity) -> None:
    world.allow(READ)
    identity.forget(KEY_ID)
    assert decide(identity).code == "ExpiredTokenException"
    identity.enrol("ASIAOTHER", "arn:aws:iam::123456789012:role/gone")
    assert decide(identity, key_id="ASIAOTHER").code == "UnrecognizedClientException"


def test_a_service_reads_what_bucket_and_key_allow_it(world: Any, identity: Identity) -> None:
    def read(source: str = "arn:aws:cloudfront::123456789012:distribution/E1") -> Decision:
        asked = identity.service_may_read("cloudfront.amazonaws.com", bucket="pages", key="a.html", source_arn=source)
        return asyncio.run(asked)

    assert not read().allowed
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::pages/*",
        "Condition": {"StringEquals": {"aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1"}},
    }
    world.policies_on["pages"] = {"Statement": [statement]}
    assert read().allowed
    assert not read("arn:aws:cloudfront::123456789012:distribution/E2").allowed
    world.bucket_key = CMK
    world.policies_on[CMK] = {"Statement": []}
    assert not read().allowed
    world.policies_on[CMK] = {"Statement": [{**statement, "Action": "kms:Decrypt", "Resource": "*"}]}
    assert read().allowed
