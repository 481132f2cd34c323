"""Largest accepted environment: it stays within limits that AWS checks only at apply."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from config import aws_data, parse
from policies.proof.configuration import Configuration
from terraform_json.blocks import listed
from tests.support.synthesised import layers

REGION = "ap-southeast-2"
# "IAM and AWS STS quotas": all inline policies of a role together, without white space.
ROLE_POLICIES = 10_240
# "Resource quotas", KMS developer guide.
KEY_POLICY = 32 * 1024
# "Amazon S3 bucket policies", S3 user guide.
BUCKET_POLICY = 20 * 1024
# "Service quotas", ECS developer guide.
TASK_DEFINITION = 64 * 1024


def _values() -> dict[str, Any]:
    regions = [each for each in aws_data.regions() if aws_data.partition(each) == "aws"]
    topics = [
        {"name": f"{'t' * 97}{index:03}", "definition": "d" * 200, "examples": ["e" * 100]} for index in range(30)
    ]
    return {
        "project": "p" * 16,
        "account_id": "222222222222",
        "region": REGION,
        "tags": {f"{'k' * 127}{index}": "v" * 256 for index in range(6)},
        "network": {"workload_zones": 2, "egress": "endpoints"},
        "dns": {"domain": f"{'d' * 52}.example.com"},
        "secrets": {"names": ["session-key", *(f"{'s' * 62}{index:02}" for index in range(19))]},
        "service": {
            "environment": {f"{'V' * 20}{index:02}": "x" * 1024 for index in range(40)},
            "execute_command": True,
        },
        "search": {"instance_count": 2, "index": "i" * 128},
        "bedrock": {
            "model_id": "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "embedding_model_id": "global.cohere.embed-multilingual-v4:0",
            "destination_regions": regions,
            "invocation_logging": "own",
            "blocked_topics": topics,
        },
        "edge": {"static_paths": [f"/{index:02}/{'p' * 249}*" for index in range(20)]},
        "monitoring": {
            "alarm_emails": [f"a{index}@example.com" for index in range(10)],
            "transaction_search": "own",
        },
        "security": dict.fromkeys(
            ("trail", "analyzer", "detector", "hub", "recorder", "inspector", "image_scanning"), "own"
        ),
    }


@cache
def _largest() -> Configuration:
    env = parse(_values(), name="e" * 12)
    return Configuration({layer: template.config for layer, template in layers(env).items()})


def _json_length(document: Mapping[str, Any]) -> int:
    """Length of a policy as it is sent; references count as the ARNs they stand for, being about as long."""
    statements = [
        {
            "Sid": each.get("sid"),
            "Effect": each["effect"],
            "Action": each["actions"],
            "Resource": each.get("resources"),
            "Principal": {one["type"]: one["identifiers"] for one in listed(each.get("principals"))},
            "Condition": [[one["test"], one["variable"], one["values"]] for one in listed(each.get("condition"))],
        }
        for each in document["statement"]
    ]
    return len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")))


def _policy(configuration: Configuration, value: str) -> int:
    address = configuration.follow(value)
    assert address is not None
    return _json_length(configuration.get(address))


def test_policies_of_a_role() -> None:
    configuration = _largest()
    lengths: Counter[str] = Counter()
    for policy in configuration.all("aws_iam_role_policy").values():
        role = configuration.follow(policy["role"])
        assert role is not None
        lengths[role] += _policy(configuration, policy["policy"])
    assert {role: length for role, length in lengths.items() if length > ROLE_POLICIES} == {}
    # At least one role has a policy that grows with the configuration.
    assert max(lengths.values()) > ROLE_POLICIES / 2


def test_policies_of_keys_and_buckets() -> None:
    configuration = _largest()
    assert all(_policy(configuration, key["policy"]) < KEY_POLICY for key in configuration.all("aws_kms_key").values())
    assert all(
        _policy(configuration, each["policy"]) < BUCKET_POLICY
        for each in configuration.all("aws_s3_bucket_policy").values()
    )


def test_task_definition() -> None:
    (task,) = _largest().all("aws_ecs_task_definition").values()
    assert len(task["container_definitions"]) < TASK_DEFINITION


def test_topics_and_mails_are_all_there() -> None:
    configuration = _largest()
    (guardrail,) = configuration.all("aws_bedrock_guardrail").values()
    assert len(guardrail["topic_policy_config"][0]["topics_config"]) == 30
    (budget,) = configuration.all("aws_budgets_budget").values()
    assert all(len(each["subscriber_email_addresses"]) == 10 for each in budget["notification"])
    assert len(budget["notification"]) <= 5


def test_alarms_tell_no_more_than_five() -> None:
    for alarm in _largest().all("aws_cloudwatch_metric_alarm").values():
        assert max(len(alarm["alarm_actions"]), len(alarm["ok_actions"])) <= 5
