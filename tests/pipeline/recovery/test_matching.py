"""Matching of orphans with resources of the configuration: only certain matches are imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.recovery.import_ids import SHAPES
from pipeline.recovery.matching import Import, Matches, Orphan, Unsure, match_orphans, unknown_resources
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from policies.vouched.types import read_vouched
from tests.pipeline import samples
from tests.support.addresses import FOLDER as ADDRESSES

PLACE = "us-east-1:123456789012"
TOPIC = f"arn:aws:sns:{PLACE}:chat-alarms"
KEY = f"arn:aws:kms:{PLACE}:key/0f0e-1"
VPC = f"arn:aws:ec2:{PLACE}:vpc/vpc-1"


def synthesis(folder: Path, **resources: dict[str, dict[str, Any]]) -> Synthesis:
    """One layer with these blocks by type and name."""
    config = {"terraform": {"backend": {"s3": samples.backend("first")}}, "resource": resources}
    return layers.read_synthesis(samples.write(folder, {"first": (config, [])}), "dev")


@pytest.mark.parametrize(
    ("orphan", "kind", "block", "import_id"),
    [
        (Orphan(TOPIC), "aws_sns_topic", {"name": "chat-alarms"}, TOPIC),
        (
            Orphan(f"arn:aws:sqs:{PLACE}:chat-undelivered"),
            "aws_sqs_queue",
            {"name": "chat-undelivered"},
            "https://sqs.us-east-1.amazonaws.com/123456789012/chat-undelivered",
        ),
        (
            Orphan(f"arn:aws:ec2:{PLACE}:security-group/sg-0", "chat-closed"),
            "aws_default_security_group",
            {"tags": {"Name": "chat-closed"}},
            "sg-0",
        ),
        (Orphan("arn:aws:s3:::chat-logs"), "aws_s3_bucket", {"bucket": "chat-logs"}, "chat-logs"),
        (Orphan(VPC, "chat-net"), "aws_vpc", {"tags": {"Name": "chat-net"}}, "vpc-1"),
        (
            Orphan(f"arn:aws:ec2:{PLACE}:security-group/sg-1"),
            "aws_security_group",
            {"name": "web"},
            "sg-1",
        ),
        (
            Orphan(f"arn:aws:logs:{PLACE}:log-group:/chat/app:*"),
            "aws_cloudwatch_log_group",
            {"name": "/chat/app"},
            "/chat/app",
        ),
        (
            Orphan(f"arn:aws:ecs:{PLACE}:service/main/app"),
            "aws_ecs_service",
            {"name": "app"},
            "main/app",
        ),
        (
            Orphan(f"arn:aws:secretsmanager:{PLACE}:secret:chat/key-AbC123"),
            "aws_secretsmanager_secret",
            {"name": "chat/key"},
            f"arn:aws:secretsmanager:{PLACE}:secret:chat/key-AbC123",
        ),
        (
            Orphan("arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/0a-1b"),
            "aws_wafv2_web_acl",
            {"name": "edge"},
            "0a-1b/edge/CLOUDFRONT",
        ),
        (Orphan("arn:aws:iam::123456789012:role/chat-task"), "aws_iam_role", {"name": "chat-task"}, "chat-task"),
        (Orphan(KEY, "at rest"), "aws_kms_key", {"description": "at rest"}, "0f0e-1"),
        (Orphan(f"arn:aws:guardduty:{PLACE}:detector/0f0e"), "aws_guardduty_detector", {"enable": True}, "0f0e"),
        (
            Orphan(f"arn:aws:signer:{PLACE}:/signing-profiles/chat_dev_1"),
            "aws_signer_signing_profile",
            {"name_prefix": "chat_dev_"},
            "chat_dev_1",
        ),
        (
            Orphan(f"arn:aws:lambda:{PLACE}:code-signing-config:csc-1"),
            "aws_lambda_code_signing_config",
            {"policies": {}},
            f"arn:aws:lambda:{PLACE}:code-signing-config:csc-1",
        ),
        (
            Orphan(f"arn:aws:bedrock:{PLACE}:guardrail/abc123"),
            "aws_bedrock_guardrail",
            {"name": "chat"},
            "abc123,DRAFT",
        ),
    ],
)
def test_an_orphan_is_told_by_its_name_or_by_being_the_only_one(
    tmp_path: Path, orphan: Orphan, kind: str, block: dict[str, Any], import_id: str
) -> None:
    found = match_orphans([orphan], synthesis(tmp_path, **{kind: {"it": block}}), {})
    assert found == Matches((Import("first", f"{kind}.it", import_id, orphan.arn),))


def test_what_the_state_knows_is_not_imported_again(tmp_path: Path) -> None:
    made = synthesis(tmp_path, aws_sns_topic={"it": {"name": "chat-alarms"}})
    assert match_orphans([Orphan(TOPIC)], made, {"first": ("aws_sns_topic.it",)}) == Matches()


def test_where_nobody_can_tell_what_a_state_knows_nothing_is_matched(tmp_path: Path) -> None:
    made = synthesis(tmp_path, aws_sns_topic={"it": {"name": "chat-alarms"}})
    assert match_orphans([Orphan(TOPIC)], made, {}, without=("first",)) == Matches()


def test_two_for_one_address_are_both_named(tmp_path: Path) -> None:
    made = synthesis(tmp_path, aws_vpc={"it": {"tags": {"Name": "net"}}})
    found = match_orphans([Orphan(VPC, "net"), Orphan(f"{VPC}2", "net")], made, {})
    assert found == Matches((), (Unsure("first", "aws_vpc.it", ("vpc-1", "vpc-12")),))


def test_two_without_a_name_are_both_named(tmp_path: Path) -> None:
    made = synthesis(tmp_path, aws_kms_key={"it": {}})
    found = match_orphans([Orphan(KEY), Orphan(f"{KEY}2")], made, {})
    assert found == Matches((), (Unsure("first", "aws_kms_key.it", ("0f0e-1", "0f0e-12")),))


def test_one_without_a_name_may_be_of_an_address_that_a_state_knows(tmp_path: Path) -> None:
    made = synthesis(tmp_path, aws_kms_key={"a": {}, "b": {}})
    found = match_orphans([Orphan(KEY)], made, {"first": ("aws_kms_key.a",)})
    assert found == Matches((), (Unsure("first", "aws_kms_key.b", ("0f0e-1",)),))


@pytest.mark.parametrize(
    ("orphans", "resources"),
    [
        ([Orphan(TOPIC)], {"aws_sns_topic": {"it": {"name": "chat-others"}}}),
        ([Orphan(TOPIC)], {"aws_sns_topic": {"it": {"name": "${local.name}"}}}),
        ([Orphan(TOPIC)], {"aws_sqs_queue": {"it": {"name": "chat-alarms"}}}),
        ([Orphan(VPC, "net"), Orphan(f"{VPC}2", "net")], {"aws_vpc": {"it": {"tags": {"Name": "net"}}}}),
        ([Orphan(VPC, "net")], {"aws_vpc": {"a": {"tags": {"Name": "net"}}, "b": {"tags": {"Name": "net"}}}}),
        ([Orphan(KEY)], {"aws_kms_key": {"a": {}, "b": {}}}),
        ([Orphan(KEY), Orphan(f"{KEY}2")], {"aws_kms_key": {"a": {}}}),
        ([Orphan(KEY, "named")], {"aws_kms_key": {"a": {}}}),
        ([Orphan(KEY, "evidence")], {"aws_kms_key": {"a": {"description": "at rest"}}}),
        ([Orphan(f"arn:aws:unheard:{PLACE}:of/it")], {"aws_sns_topic": {"it": {"name": "it"}}}),
    ],
)
def test_what_is_not_certain_is_left_to_a_person(
    tmp_path: Path, orphans: list[Orphan], resources: dict[str, Any]
) -> None:
    assert match_orphans(orphans, synthesis(tmp_path, **json.loads(json.dumps(resources))), {}).certain == ()


def test_every_shape_is_of_a_type_in_use_or_of_the_backend() -> None:
    used = {
        address.partition(".")[0]
        for path in ADDRESSES.glob("*.txt")
        for _, _, address in (line.partition(" ") for line in path.read_text().splitlines())
    }
    # What no checked-in environment has is on the gate's list of types.
    assert {kind for _, kind, _ in SHAPES} - used - read_vouched().resource.keys() == set()


def test_what_no_state_knows_is_unknown_with_what_the_configuration_says(pair: Synthesis) -> None:
    known = {"first": ("aws_vpc.net", "aws_acm_certificate.viewer"), "second": pair.layer("second").resources}
    (unknown,) = unknown_resources(pair, known)
    assert (unknown.layer.name, unknown.address, unknown.type) == ("first", "aws_sns_topic.alerts", "aws_sns_topic")
    assert unknown.body == {"name": "alerts"}


def test_without_a_state_everything_is_one(pair: Synthesis) -> None:
    assert [unknown.address for unknown in unknown_resources(pair, {})] == [
        each for layer in pair.layers for each in layer.resources
    ]
