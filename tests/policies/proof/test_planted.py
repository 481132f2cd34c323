"""Mistakes planted into a copy of production: the gate refuses each by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.scan import Verdict, gate
from pipeline.synth import layers
from tests.policies.proof.configurations import Configs, copied, resource, statement
from tests.support.shared import synthesis

TODAY = date(2026, 12, 1)  # fixed: this is not about waivers that expire
# Sixteen capitals and digits after the prefix of access keys, as AWS's own documentation prints them.
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def container(configs: Configs) -> dict[str, Any]:
    task = resource(configs, "service", "aws_ecs_task_definition", "task")
    (only,) = json.loads(task["container_definitions"])
    found: dict[str, Any] = only
    return found


def wildcard(configs: Configs) -> None:
    planted = statement(configs, "infrastructure", "roles_execution_access", "ReadSecrets")
    planted.update(actions=["secretsmanager:*"], resources=["*"])


def wildcard_in_text(configs: Configs) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    configs["llm"]["resource"]["aws_iam_role_policy"]["planted"] = {"role": "x", "policy": policy}


def open_group(configs: Configs) -> None:
    resource(configs, "infrastructure", "aws_vpc_security_group_ingress_rule", "groups_alb_to_task_in").update(
        cidr_ipv4="0.0.0.0/0"
    )


def public_bucket(configs: Configs) -> None:
    resource(configs, "infrastructure", "aws_s3_bucket_public_access_block", "log_buckets_alb").update(
        block_public_policy=False, restrict_public_buckets=False
    )


def readable_bucket(configs: Configs) -> None:
    planted = statement(configs, "edge", "access_logs_bucket_policy", "AWSLogDeliveryWrite1")
    planted.update(principals=[{"type": "AWS", "identifiers": ["*"]}], actions=["s3:GetObject"])
    del planted["condition"]


def secret_in_task(configs: Configs) -> None:
    task = resource(configs, "service", "aws_ecs_task_definition", "task")
    planted = container(configs)
    planted["environment"] = [*planted["environment"], {"name": "DATABASE_PASSWORD", "value": "correct horse"}]
    task["container_definitions"] = json.dumps([planted])


def secret_in_function(configs: Configs) -> None:
    function = resource(configs, "llm", "aws_lambda_function", "search_bootstrap")
    function["environment"]["variables"]["MARKER"] = ACCESS_KEY


def secret_in_state(configs: Configs) -> None:
    configs["infrastructure"]["resource"]["aws_secretsmanager_secret_version"] = {
        "planted": {"secret_id": "sitechat", "secret_string": "correct horse"}
    }


def clear_topic(configs: Configs) -> None:
    del resource(configs, "infrastructure", "aws_sns_topic", "alarms_topic")["kms_master_key_id"]


def alarm_abroad(configs: Configs) -> None:
    """Moves an alarm to another region; CloudFront's alarms are at home in prod, so it is another one."""
    configs["monitoring"]["provider"]["aws"].append({"region": "eu-west-1", "alias": "elsewhere"})
    resource(configs, "monitoring", "aws_cloudwatch_metric_alarm", "alarms_cpu")["provider"] = "aws.elsewhere"


def alarm_on_nothing(configs: Configs) -> None:
    resource(configs, "monitoring", "aws_cloudwatch_metric_alarm", "alarms_model_errors")["metric_name"] = "Errors"


def alarm_of_nobody(configs: Configs) -> None:
    alarm = resource(configs, "monitoring", "aws_cloudwatch_metric_alarm", "alarms_memory")
    alarm.update(ok_actions=[], alarm_description="Tasks near their memory limit")


def unguarded(configs: Configs) -> None:
    for body in configs["llm"]["data"]["aws_iam_policy_document"].values():
        for each in body["statement"]:
            if "bedrock:InvokeModel" in each["actions"]:
                each.pop("condition", None)


def foreign_sender(configs: Configs) -> None:
    del statement(configs, "infrastructure", "alarms_policy", "ServicesOfThisAccount")["condition"]


def key_for_anyone(configs: Configs) -> None:
    planted = statement(configs, "infrastructure", "key_policy", "PublishersOfThisAccount")
    planted["principals"] = [{"type": "AWS", "identifiers": ["*"]}]


def passed_role(configs: Configs) -> None:
    planted = statement(configs, "llm", "bootstrap_role_access", "WriteLog")
    planted.update(actions=["iam:PassRole"], resources=["arn:aws:iam::111111111111:role/*"])


def early_gateway(configs: Configs) -> None:
    for kind, name in (("aws_nat_gateway", "network_nat_0"), ("aws_eip", "network_nat_address_0")):
        del resource(configs, "infrastructure", kind, name)["depends_on"]


def no_agents(configs: Configs) -> None:
    del resource(configs, "security", "aws_guardduty_detector_feature", "threats_runtime")["additional_configuration"]


def similar_list(configs: Configs) -> None:
    lists = configs["infrastructure"]["data"]["aws_ec2_managed_prefix_list"]
    next(body for name, body in lists.items() if name.startswith("groups_cloudfront"))["name"] = (
        "x.cloudfront.origin-facing"
    )


def machine(configs: Configs) -> None:
    configs["service"]["resource"]["aws_instance"] = {"bastion": {"subnet_id": "subnet-1"}}


# Beginning of the address that each check must refuse; resource names end in a hash.
Refusals = dict[str, str]

_INGRESS = "infrastructure/aws_vpc_security_group_ingress_rule.groups_alb_to_task_in"
PLANTED: dict[str, tuple[Callable[[Configs], None], Refusals]] = {
    "wildcard": (
        wildcard,
        {
            "CKV_AWS_108": "infrastructure/data.aws_iam_policy_document.roles_execution_access",
            "PROOF_WILDCARD_ACTION": "infrastructure/aws_iam_role_policy.roles_execution_access",
            "PROOF_WILDCARD_RESOURCE": "infrastructure/aws_iam_role_policy.roles_execution_access",
        },
    ),
    "wildcard in text": (
        wildcard_in_text,
        {
            "CKV_AWS_355": "llm/aws_iam_role_policy.planted",
            "PROOF_WILDCARD_ACTION": "llm/aws_iam_role_policy.planted",
        },
    ),
    "open group": (open_group, {"CKV_SITECHAT_9": _INGRESS, "PROOF_UNEXPECTED_OPENING": _INGRESS}),
    "public bucket": (
        public_bucket,
        {"CKV_AWS_54": "infrastructure/aws_s3_bucket_public_access_block.log_buckets_alb"},
    ),
    "readable bucket": (
        readable_bucket,
        {
            "CKV_AWS_70": "edge/aws_s3_bucket_policy.access_logs_bucket",
            "PROOF_ANY_PRINCIPAL": "edge/aws_s3_bucket_policy.access_logs_bucket",
        },
    ),
    "secret in a task": (secret_in_task, {"CKV_SITECHAT_11": "service/aws_ecs_task_definition.task"}),
    "secret in a function": (secret_in_function, {"CKV_AWS_45": "llm/aws_lambda_function.search_bootstrap"}),
    "secret in state": (
        secret_in_state,
        {"CKV_SITECHAT_23": "infrastructure/aws_secretsmanager_secret_version.planted"},
    ),
    "unencrypted topic": (clear_topic, {"CKV_AWS_26": "infrastructure/aws_sns_topic.alarms_topic"}),
    "alarm in the wrong region": (
        alarm_abroad,
        {"PROOF_WRONG_REGION": "monitoring/aws_cloudwatch_metric_alarm.alarms_cpu"},
    ),
    "alarm on a metric that exists nowhere": (
        alarm_on_nothing,
        {"PROOF_UNKNOWN_METRIC": "monitoring/aws_cloudwatch_metric_alarm.alarms_model_errors"},
    ),
    "alarm that nobody knows what to do about": (
        alarm_of_nobody,
        {
            "PROOF_UNHEARD_ALARM": "monitoring/aws_cloudwatch_metric_alarm.alarms_memory",
            "PROOF_NO_RUNBOOK": "monitoring/aws_cloudwatch_metric_alarm.alarms_memory",
        },
    ),
    "model without guardrail": (unguarded, {"PROOF_UNGUARDED_MODEL": "llm/aws_iam_role_policy.models"}),
    "topic for other accounts": (
        foreign_sender,
        {"PROOF_CONFUSED_DEPUTY": "infrastructure/aws_sns_topic_policy.alarms"},
    ),
    "key for anyone": (key_for_anyone, {"PROOF_ANY_PRINCIPAL": "infrastructure/aws_kms_key.key"}),
    "role passed on": (passed_role, {"PROOF_PASS_ROLE": "llm/aws_iam_role_policy.bootstrap_role"}),
    "gateway before the way out": (
        early_gateway,
        {"PROOF_MISSING_ORDER": "infrastructure/aws_nat_gateway.network_nat_0"},
    ),
    "agents that GuardDuty adds": (
        no_agents,
        {"PROOF_REWRITTEN": "security/aws_guardduty_detector_feature.threats_runtime"},
    ),
    "prefix list of a similar name": (
        similar_list,
        {"PROOF_UNEXPECTED_OPENING": "infrastructure/aws_vpc_security_group_ingress_rule.groups_cloudfront_to_alb"},
    ),
    "machine in a subnet": (machine, {"PROOF_UNMODELLED_NETWORK": "service/aws_instance.bastion"}),
}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """Verdict on one copy that holds every planted mistake."""
    configs = copied("prod")
    for plant, _ in PLANTED.values():
        plant(configs)
    folder: Path = tmp_path_factory.mktemp("planted")
    stacks = {}
    for name, config in configs.items():
        path = folder / "stacks" / name / "cdk.tf.json"
        shutil.copytree(synthesis("prod").layer(name).path.parent, path.parent)
        path.write_text(json.dumps(config, indent=2))
        stacks[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": []}
    (folder / "manifest.json").write_text(json.dumps({"version": "0.21.0", "stacks": stacks}))
    return gate(layers.read_synthesis(folder, "prod"), env=load("prod"), today=TODAY)


@pytest.mark.parametrize("thing", PLANTED)
def test_a_planted_mistake_is_refused_by_name(thing: str, verdict: Verdict) -> None:
    assert not verdict.passed
    found = [(each.check, each.address) for each in verdict.findings]
    for check, start in PLANTED[thing][1].items():
        assert [address for seen, address in found if seen == check and address.startswith(start)], check
