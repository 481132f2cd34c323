"""Policies and containers in JSON strings are parsed, or the gate fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.scan import Verdict

Configs = dict[str, dict[str, Any]]
Scan = Callable[..., Verdict]

STAR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
STAR_HCL = '{"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = "*", "Resource" = "*"}]}'
IAM_CHECKS = {"CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_286", "CKV_AWS_287", "CKV_AWS_288", "CKV_AWS_289", "CKV_AWS_290"}


def found(verdict: Verdict, address: str) -> set[str]:
    return {finding.check for finding in verdict.findings if finding.address == address}


@pytest.mark.parametrize(
    "text",
    [json.dumps(STAR), f"${{jsonencode({STAR_HCL})}}", f"${{jsonencode({json.dumps(STAR)})}}"],
    ids=["string", "jsonencode", "jsonencode of JSON"],
)
def test_iam_policies_in_strings_are_evaluated(configs: Configs, scan: Scan, text: str) -> None:
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = text
    assert found(scan(configs), "infrastructure/aws_iam_policy.read") >= IAM_CHECKS


def test_a_policy_document_is_evaluated_where_it_is_used(configs: Configs, scan: Scan) -> None:
    configs["infrastructure"]["data"] = {
        "aws_iam_policy_document": {"star": {"statement": [{"actions": ["*"], "resources": ["*"]}]}}
    }
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = (
        "${data.aws_iam_policy_document.star.json}"
    )
    verdict = scan(configs)
    assert found(verdict, "infrastructure/aws_iam_policy.read") >= IAM_CHECKS
    assert "CKV_AWS_1" in found(verdict, "infrastructure/data.aws_iam_policy_document.star")


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_a_key_policy_open_to_everybody(configs: Configs, scan: Scan, principal: Any) -> None:
    everybody = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["policy"] = text
    assert found(scan(configs), "infrastructure/aws_kms_key.main") >= {"CKV_AWS_33", "CKV_SITECHAT_3"}


@pytest.mark.parametrize("text", ['{"Version": ', "${file(policy.json)}", "${jsonencode(local.policy)}"])
def test_a_policy_nobody_can_read(configs: Configs, scan: Scan, text: str) -> None:
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = text
    problems = scan(configs).problems
    assert any("infrastructure/aws_iam_policy.read: policy holds no JSON" in problem for problem in problems)


def test_a_policy_the_analysis_stumbles_over(configs: Configs, scan: Scan) -> None:
    odd = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": 7, "Resource": "x"}]})
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = odd
    assert any("CKV_AWS_286 could not analyse the policy" in problem for problem in scan(configs).problems)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"readonlyRootFilesystem": False}, "CKV_AWS_336"),
        ({"privileged": True}, "CKV_SITECHAT_1"),
        ({"user": "root"}, "CKV_SITECHAT_12"),
        ({"environment": [{"name": "DB_PASSWORD", "value": "x1"}]}, "CKV_SITECHAT_11"),
    ],
)
def test_containers_in_strings(configs: Configs, scan: Scan, change: dict[str, Any], check: str) -> None:
    task = configs["service"]["resource"]["aws_ecs_task_definition"]["app"]
    task["container_definitions"] = json.dumps([json.loads(task["container_definitions"])[0] | change])
    assert check in found(scan(configs), "service/aws_ecs_task_definition.app")


def test_host_process_namespace(configs: Configs, scan: Scan) -> None:
    configs["service"]["resource"]["aws_ecs_task_definition"]["app"]["pid_mode"] = "host"
    assert "CKV_SITECHAT_2" in found(scan(configs), "service/aws_ecs_task_definition.app")


def test_a_topic_policy_open_to_everybody(configs: Configs, scan: Scan) -> None:
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}
    configs["infrastructure"]["resource"]["aws_sns_topic_policy"] = {
        "open": {"arn": "${aws_sns_topic.alarms.arn}", "policy": json.dumps({"Statement": [everybody]})}
    }
    assert "CKV_SITECHAT_3" in found(scan(configs), "infrastructure/aws_sns_topic_policy.open")
