"""What AWS writes by itself stands in every environment's configuration, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.proof.catalogue import prove
from policies.proof.written_by_aws import WRITTEN, unwritten
from tests.policies.proof.configurations import (
    ALL,
    Break,
    Configs,
    broken,
    configuration,
    resource,
    settings,
    statement,
)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_left_for_aws_to_write(name: str) -> None:
    assert [*unwritten(configuration(name))] == []


def test_every_entry_is_met_somewhere() -> None:
    assert all(any(configuration(name).all(each.kind) for name in ALL) for each in WRITTEN)


def delivery(configs: Configs) -> dict[str, Any]:
    return statement(configs, "edge", "access_logs_bucket_policy", "AWSLogDeliveryWrite1")


def feature(configs: Configs) -> dict[str, Any]:
    return resource(configs, "security", "aws_guardduty_detector_feature", "threats_runtime_monitoring")


LEFT_OUT: dict[str, tuple[Break, str]] = {
    "an agent": (lambda configs: feature(configs)["additional_configuration"].pop(), "GuardDuty answers with "),
    "the order of agents": (
        lambda configs: feature(configs)["additional_configuration"].reverse(),
        "GuardDuty answers with ",
    ),
    "all agents": (
        lambda configs: feature(configs).pop("additional_configuration"),
        "EKS_ADDON_MANAGEMENT, ECS_FARGATE_AGENT_MANAGEMENT, EC2_AGENT_MANAGEMENT, in this order",
    ),
    "the statement's name": (lambda configs: delivery(configs).update(sid="LogDelivery"), "AWSLogDeliveryWrite1"),
    "a wider path": (
        lambda configs: delivery(configs).update(resources=["arn:aws:s3:::logs/*"]),
        "AWSLogDeliveryWrite1",
    ),
    "its effect": (lambda configs: delivery(configs).update(effect="Deny"), "AWSLogDeliveryWrite1"),
    "a condition": (lambda configs: delivery(configs)["condition"].pop(), "AWSLogDeliveryWrite1"),
    "speed of the disk": (
        lambda configs: resource(configs, "llm", "aws_opensearch_domain", "search")["ebs_options"].pop("iops"),
        "OpenSearch sets iops of the disk",
    ),
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_left_out_it_is_refused(what: str) -> None:
    change, said = LEFT_OUT[what]
    (found,) = (each for each in prove(broken("prod", change), settings("prod")) if each.rule == "rewritten")
    assert found.check == "PROOF_REWRITTEN"
    assert said in found.detail


def as_text(configs: Configs) -> dict[str, Any]:
    """The statement of log delivery, in a policy that is now written as JSON text."""
    said = delivery(configs)
    conditions: dict[str, dict[str, list[str]]] = {}
    for each in said["condition"]:
        conditions.setdefault(each["test"], {})[each["variable"]] = each["values"]
    (who,) = said["principals"]
    (service,) = who["identifiers"]
    return {
        "Sid": said["sid"],
        "Effect": "Allow",
        "Principal": {who["type"]: service},
        "Action": said["actions"][0],
        "Resource": said["resources"],
        "Condition": conditions,
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_policy_written_as_text_is_read_as_well(region: str) -> None:
    def write(configs: Configs) -> None:
        text = json.dumps({"Version": "2012-10-17", "Statement": [as_text(configs)]})
        policy = resource(configs, "edge", "aws_s3_bucket_policy", "access_logs_bucket_policy")
        policy["policy"] = text.replace(":us-east-1:", f":{region}:")

    found = [*unwritten(broken("prod", write))]
    assert bool(found) is (region != "us-east-1")


def test_a_delivery_to_a_log_group_needs_no_bucket() -> None:
    def to_group(configs: Configs) -> None:
        destination = resource(configs, "edge", "aws_cloudwatch_log_delivery_destination", "access_logs")
        group = next(iter(configs["edge"]["resource"]["aws_cloudwatch_log_group"]))
        destination["delivery_destination_configuration"] = [
            {"destination_resource_arn": f"${{aws_cloudwatch_log_group.{group}.arn}}"}
        ]
        delivery(configs).update(sid="Other")

    assert [*unwritten(broken("prod", to_group))] == []
