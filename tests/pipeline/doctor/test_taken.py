"""Names that are taken: each type's question, as AWS answers for a free name, a taken one, and a refusal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from pipeline.doctor.account import taken
from pipeline.doctor.account.taken_nameless import NAMELESS
from pipeline.doctor.account.taken_questions import QUESTIONS
from tests.pipeline.doctor.conftest import BARE_MODEL, Describe, answers
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.environments import ROOT

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:x:us-east-1:123456789012:it"
IT = "sitechat-trial-it"


def policy(item: str, config: dict[str, Any]) -> dict[str, Any]:
    one = {"Id": "1", "LastModifiedTime": NOW, f"{item}Config": {"Name": IT, **config}}
    return {f"{item}List": {"MaxItems": 100, "Quantity": 1, "Items": [{"Type": "custom", item: one}]}}


NOTHING = {
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}
CONTROL = {
    "Id": "1",
    "Description": "",
    "Name": IT,
    "SigningProtocol": "sigv4",
    "SigningBehavior": "always",
    "OriginAccessControlOriginType": "s3",
}
ORIGIN = {"Id": "1", "Name": IT, "Status": "Deployed", "CreatedTime": NOW, "LastModifiedTime": NOW, "Arn": ARN}
GUARDRAIL = {"id": "1", "arn": ARN, "status": "READY", "name": IT, "version": "1", "createdAt": NOW, "updatedAt": NOW}
# Answers that hold the name; where any answer means that it is taken, the smallest that botocore accepts.
THERE: dict[str, dict[str, Any]] = {
    "aws_accessanalyzer_analyzer": {
        "analyzer": {"arn": ARN, "name": IT, "type": "ACCOUNT", "createdAt": NOW, "status": "ACTIVE"}
    },
    "aws_bedrock_guardrail": {"guardrails": [GUARDRAIL]},
    "aws_budgets_budget": {},
    "aws_cloudfront_cache_policy": policy("CachePolicy", {"MinTTL": 0}),
    "aws_cloudfront_origin_access_control": {
        "OriginAccessControlList": {
            "Marker": "",
            "MaxItems": 100,
            "IsTruncated": False,
            "Quantity": 1,
            "Items": [CONTROL],
        }
    },
    "aws_cloudfront_origin_request_policy": policy("OriginRequestPolicy", NOTHING),
    "aws_cloudfront_response_headers_policy": policy("ResponseHeadersPolicy", {}),
    "aws_cloudfront_vpc_origin": {
        "VpcOriginList": {
            "Marker": "",
            "MaxItems": 100,
            "IsTruncated": False,
            "Quantity": 1,
            "Items": [{**ORIGIN, "OriginEndpointArn": ARN}],
        }
    },
    "aws_cloudwatch_composite_alarm": {"CompositeAlarms": [{"AlarmName": IT}]},
    "aws_cloudwatch_event_rule": {"Rules": [{"Name": IT}]},
    "aws_cloudwatch_log_group": {"logGroups": [{"logGroupName": IT}]},
    "aws_cloudwatch_log_resource_policy": {"resourcePolicies": [{"policyName": IT}]},
    "aws_cloudwatch_metric_alarm": {"MetricAlarms": [{"AlarmName": IT}]},
    "aws_config_config_rule": {
        "ConfigRules": [{"ConfigRuleName": IT, "Source": {"Owner": "AWS", "SourceIdentifier": "X"}}],
    },
    "aws_ecr_repository": {"repositories": [{"repositoryName": IT}]},
    "aws_lb": {"LoadBalancers": [{"LoadBalancerName": IT}]},
    "aws_lb_target_group": {"TargetGroups": [{"TargetGroupName": IT}]},
    "aws_ecs_cluster": {"clusters": [{"clusterName": IT, "status": "ACTIVE"}]},
    "aws_iam_role": {
        "Role": {"Path": "/", "RoleName": IT, "RoleId": "A" * 16, "Arn": ARN, "CreateDate": NOW},
    },
    "aws_iam_policy": {"Policies": [{"PolicyName": IT}]},
    "aws_kms_alias": {"Aliases": [{"AliasName": IT}]},
    "aws_opensearch_domain": {"DomainStatus": {"DomainId": "1", "DomainName": IT, "ARN": ARN, "ClusterConfig": {}}},
    "aws_secretsmanager_secret": {"Name": IT},
    "aws_service_discovery_http_namespace": {"Namespaces": [{"Name": IT, "Type": "HTTP"}]},
    "aws_sfn_state_machine": {
        "stateMachines": [{"stateMachineArn": ARN, "name": IT, "type": "STANDARD", "creationDate": NOW}]
    },
    "aws_wafv2_web_acl": {"WebACLs": [{"Name": IT}]},
    "aws_xray_group": {"Groups": [{"GroupName": IT}]},
    "aws_xray_sampling_rule": {
        "SamplingRuleRecords": [
            {
                "SamplingRule": {
                    "RuleName": IT,
                    "ResourceARN": "*",
                    "Priority": 1,
                    "FixedRate": 1.0,
                    "ReservoirSize": 0,
                    "ServiceName": "*",
                    "ServiceType": "*",
                    "Host": "*",
                    "HTTPMethod": "*",
                    "URLPath": "*",
                    "Version": 1,
                }
            }
        ]
    },
}
KINDS = sorted(QUESTIONS)


def body(kind: str) -> dict[str, Any]:
    """Configuration of the type with the name at its place."""
    *outer, key = QUESTIONS[kind].path.split(".")
    made: dict[str, Any] = {key: IT}
    for name in reversed(outer):
        made = {name: made}
    return made


def look(describe: Describe, kind: str, answer: dict[str, Any] | str) -> tuple[str, str, str]:
    account, question = describe(**{kind: {"it": body(kind)}}), QUESTIONS[kind]
    answers(account, question.service, (question.operation, answer))
    (found,) = taken.examine(account)
    return found.light, found.detail, found.fix


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_no_state_knows_is_red(describe: Describe, kind: str) -> None:
    light, detail, fix = look(describe, kind, THERE.get(kind, {}))
    assert light == "red"
    assert f"{kind} {IT} exists, and no state of" in detail
    assert ("AWS would not refuse" in detail) is QUESTIONS[kind].silent
    assert "sitechat recover --env" in fix


@pytest.mark.parametrize("kind", KINDS)
def test_a_free_name_is_green(describe: Describe, kind: str) -> None:
    question = QUESTIONS[kind]
    answer = question.absent[0] if question.absent else _without_name(THERE[kind])
    assert look(describe, kind, answer)[:2] == ("green", "none of 1 is taken")


def _without_name(answer: Any) -> Any:
    """The same answer about things of other names."""
    if isinstance(answer, dict):
        return {key: _without_name(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_without_name(each) for each in answer]
    return f"{IT}-too" if answer == IT else answer


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_question_is_yellow_and_names_the_permission(describe: Describe, kind: str) -> None:
    light, detail, fix = look(describe, kind, "AccessDenied:no")
    assert (light, detail.partition(" ")[0]) == ("yellow", kind)
    assert fix.startswith("Allow this role to call ")


def test_a_bucket_of_another_account_asks_for_another_project(describe: Describe) -> None:
    light, detail, fix = look(describe, "aws_s3_bucket", "403")
    assert (light, "in another account" in detail) == ("red", True)
    assert "another project" in fix


def test_a_cluster_that_was_deleted_frees_its_name(describe: Describe) -> None:
    gone = {"clusters": [{"clusterName": IT, "status": "INACTIVE"}]}
    assert look(describe, "aws_ecs_cluster", gone)[0] == "green"


def test_a_secret_that_waits_for_its_deletion_is_left_to_the_subject_that_brings_it_back(describe: Describe) -> None:
    assert look(describe, "aws_secretsmanager_secret", {"Name": IT, "DeletedDate": NOW})[0] == "green"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if QUESTIONS[kind].absent and kind != "aws_s3_bucket"])
def test_codes_of_a_free_name_are_ones_that_aws_sends(kind: str) -> None:
    """HeadBucket has no body: its code is the HTTP status. SQS sends its older code in a header."""
    question = QUESTIONS[kind]
    model = botocore.session.get_session().get_service_model(question.service)
    operation = next(each for each in model.operation_names if xform_name(each) == question.operation)
    errors = model.operation_model(operation).error_shapes
    older = {"AWS.SimpleQueueService.NonExistentQueue"} if "awsQueryCompatible" in model.metadata else set()
    assert set(question.absent) <= older | {each.metadata.get("error", {}).get("code", each.name) for each in errors}


def test_what_lists_everything_is_asked_once_a_region(describe: Describe) -> None:
    alarms = {name: {"alarm_name": name} for name in (IT, f"{IT}-2")}
    account = describe(aws_cloudwatch_metric_alarm=alarms)
    listed = [{"AlarmName": name} for name in alarms]
    answers(account, "cloudwatch", ("describe_alarms", {"MetricAlarms": listed}))  # a second question has no answer
    assert [each.light for each in taken.examine(account)] == ["red", "red"]


def test_a_resource_is_asked_for_in_the_region_of_its_provider(describe: Describe) -> None:
    alarm = {"alarm_name": IT, "provider": "aws.global"}
    account = describe(f"region = 'eu-west-1'\n{BARE_MODEL}", aws_cloudwatch_metric_alarm={"it": alarm})
    answers(account.at("us-east-1"), "cloudwatch", ("describe_alarms", THERE["aws_cloudwatch_metric_alarm"]))
    assert [each.light for each in taken.examine(account)] == ["red"]


def test_a_name_that_only_the_apply_knows_is_not_asked_for(describe: Describe) -> None:
    account = describe(aws_iam_role={"it": {"name": "${aws_vpc.net.id}"}})
    assert [(each.light, each.detail) for each in taken.examine(account)] == [("green", "nothing is new")]


def test_groups_are_asked_for_in_an_existing_vpc_alone(describe: Describe) -> None:
    group = {"aws_security_group": {"it": {"name": "sitechat-trial-net-alb"}}}
    assert [each.light for each in taken.examine(describe(**group))] == ["green"]
    ec2 = describe().client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    text = (
        f'[network]\nvpc_id = "{vpc}"\ncidr = "10.9.0.0/16"\negress = "nat_gateway"\n'
        'private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]\n'
    )
    assert [each.light for each in taken.examine(describe(text, **group))] == ["green"]
    ec2.create_security_group(VpcId=vpc, GroupName="sitechat-trial-net-alb", Description="of somebody")
    assert [each.light for each in taken.examine(describe(text, **group))] == ["red"]


def test_real_resources_of_the_account_are_found(describe: Describe) -> None:
    """The same questions, answered by the emulated AWS."""
    new = {
        "aws_iam_role": {"it": {"name": "taken-role"}, "free": {"name": "free-role"}},
        "aws_s3_bucket": {"it": {"bucket": "taken-bucket-of-mine"}, "free": {"bucket": "free-bucket-of-mine"}},
        "aws_cloudwatch_log_group": {"it": {"name": "/taken/group"}, "free": {"name": "/taken"}},
        "aws_sns_topic": {"it": {"name": "taken-topic"}, "free": {"name": "free-topic"}},
        "aws_sqs_queue": {"it": {"name": "taken-queue"}, "free": {"name": "free-queue"}},
    }
    account = describe(**new)
    account.client("iam").create_role(RoleName="taken-role", AssumeRolePolicyDocument="{}")
    account.client("s3").create_bucket(Bucket="taken-bucket-of-mine")
    account.client("logs").create_log_group(logGroupName="/taken/group")
    account.client("sns").create_topic(Name="taken-topic")
    account.client("sqs").create_queue(QueueName="taken-queue")
    found = list(taken.examine(account))
    assert [each.light for each in found] == ["red"] * 5
    assert {each.detail.split()[1] for each in found} == {
        "taken-role",
        "taken-bucket-of-mine",
        "/taken/group",
        "taken-topic",
        "taken-queue",
    }


def test_every_type_that_any_configuration_builds_is_in_one_table() -> None:
    """Types by the modules of the bindings that constructs and stacks import; data sources aren't built."""
    imported = {
        f"aws_{module}"
        for folder in ("constructs_lib", "stacks")
        for path in (ROOT / folder).rglob("*.py")
        for module in re.findall(r"cdktf_cdktf_provider_aws\.(\w+)", path.read_text(encoding="utf-8"))
        if not module.startswith("data_") and module != "provider"
    }
    used = {
        address.partition(".")[0]
        for path in ADDRESSES.glob("*.txt")
        for _, _, address in (line.partition(" ") for line in path.read_text().splitlines())
    }
    assert used <= imported
    assert imported - QUESTIONS.keys() - NAMELESS.keys() == set()
    assert QUESTIONS.keys() & NAMELESS.keys() == set()
    assert (QUESTIONS.keys() | NAMELESS.keys()) - imported == set(), "what nothing builds any more"


def test_a_type_in_neither_table_is_yellow(describe: Describe) -> None:
    (found,) = taken.examine(describe(aws_something_new={"it": {"name": IT}}))
    assert (found.light, "neither table" in found.detail) == ("yellow", True)
