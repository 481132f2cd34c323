"""Whether a resource exists: what is gone or is going is no orphan, and what can't be asked for is told."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipeline.recovery.existence import QUESTIONS, ask_whether_they_exist
from pipeline.recovery.import_ids import SHAPES, resource_of_arn
from pipeline.session import Session
from tests.pipeline.recovery.conftest import Stored

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
# ARNs of resources that don't exist, one for each type that has a question.
GONE = {
    "aws_accessanalyzer_analyzer": f"access-analyzer:{HERE}:analyzer/gone",
    "aws_acm_certificate": f"acm:{HERE}:certificate/0f0e0d0c-0000-4000-8000-000000000000",
    "aws_bedrock_guardrail": f"bedrock:{HERE}:guardrail/abcdefabcdef",
    "aws_bedrock_inference_profile": f"bedrock:{HERE}:application-inference-profile/ip-abcdefabcdef",
    "aws_cloudfront_distribution": f"cloudfront::{ACCOUNT}:distribution/E1GONE",
    "aws_cloudfront_vpc_origin": f"cloudfront::{ACCOUNT}:vpcorigin/vo_gone",
    "aws_cloudtrail": f"cloudtrail:{HERE}:trail/gone",
    "aws_cloudwatch_composite_alarm": f"cloudwatch:{HERE}:alarm:site-dev-slo-availability",
    "aws_cloudwatch_event_rule": f"events:{HERE}:rule/gone",
    "aws_cloudwatch_log_delivery_destination": f"logs:{HERE}:delivery-destination:gone",
    "aws_cloudwatch_log_delivery_source": f"logs:{HERE}:delivery-source:gone",
    "aws_cloudwatch_log_group": f"logs:{HERE}:log-group:/gone",
    "aws_cloudwatch_metric_alarm": f"cloudwatch:{HERE}:alarm:gone",
    "aws_codedeploy_app": f"codedeploy:{HERE}:application:gone",
    "aws_codedeploy_deployment_group": f"codedeploy:{HERE}:deploymentgroup:gone/gone",
    "aws_dynamodb_table": f"dynamodb:{HERE}:table/gone",
    "aws_ecr_repository": f"ecr:{HERE}:repository/gone",
    "aws_ecs_cluster": f"ecs:{HERE}:cluster/gone",
    "aws_ecs_service": f"ecs:{HERE}:service/gone/gone",
    "aws_eip": f"ec2:{HERE}:elastic-ip/eipalloc-0123456789abcdef0",
    "aws_flow_log": f"ec2:{HERE}:vpc-flow-log/fl-0123456789abcdef0",
    "aws_guardduty_detector": f"guardduty:{HERE}:detector/0123456789abcdef0123456789abcdef",
    "aws_iam_role": f"iam::{ACCOUNT}:role/gone",
    "aws_internet_gateway": f"ec2:{HERE}:internet-gateway/igw-0123456789abcdef0",
    "aws_kms_key": f"kms:{HERE}:key/0f0e0d0c-0000-4000-8000-000000000000",
    "aws_lambda_code_signing_config": f"lambda:{HERE}:code-signing-config:csc-0123456789abcdef0",
    "aws_lambda_function": f"lambda:{HERE}:function:gone",
    "aws_lb": f"elasticloadbalancing:{HERE}:loadbalancer/app/gone/0123456789abcdef",
    "aws_lb_listener": f"elasticloadbalancing:{HERE}:listener/app/gone/0123456789abcdef/0123456789abcdef",
    "aws_lb_listener_rule": f"elasticloadbalancing:{HERE}:listener-rule/app/gone/0123456789abcdef/01/0123456789ab",
    "aws_lb_target_group": f"elasticloadbalancing:{HERE}:targetgroup/gone/0123456789abcdef",
    "aws_nat_gateway": f"ec2:{HERE}:natgateway/nat-0123456789abcdef0",
    "aws_network_acl": f"ec2:{HERE}:network-acl/acl-0123456789abcdef0",
    "aws_opensearch_domain": f"es:{HERE}:domain/gone",
    "aws_route53_zone": "route53:::hostedzone/Z0GONE",
    "aws_route_table": f"ec2:{HERE}:route-table/rtb-0123456789abcdef0",
    "aws_s3_bucket": "s3:::gone-for-ever",
    "aws_secretsmanager_secret": f"secretsmanager:{HERE}:secret:gone-abcdef",
    "aws_security_group": f"ec2:{HERE}:security-group/sg-0123456789abcdef0",
    "aws_service_discovery_http_namespace": f"servicediscovery:{HERE}:namespace/ns-gone",
    "aws_sfn_state_machine": f"states:{HERE}:stateMachine:gone",
    "aws_signer_signing_profile": f"signer:{HERE}:/signing-profiles/gone",
    "aws_sns_topic": f"sns:{HERE}:gone",
    "aws_sqs_queue": f"sqs:{HERE}:gone",
    "aws_subnet": f"ec2:{HERE}:subnet/subnet-0123456789abcdef0",
    "aws_vpc": f"ec2:{HERE}:vpc/vpc-0123456789abcdef0",
    "aws_vpc_endpoint": f"ec2:{HERE}:vpc-endpoint/vpce-0123456789abcdef0",
    "aws_wafv2_web_acl": f"wafv2:{HERE}:global/webacl/gone/0f0e0d0c-0000-4000-8000-000000000000",
    "aws_xray_group": f"xray:{HERE}:group/gone/0123456789ABCDEF",
    "aws_xray_sampling_rule": f"xray:{HERE}:sampling-rule/gone",
}
RULE = f"ec2:{HERE}:security-group-rule/sgr-0123456789abcdef0"


def test_each_type_with_an_import_id_has_a_question_and_an_example() -> None:
    types = {kind for _, kind, _ in SHAPES}
    assert types == QUESTIONS.keys() == GONE.keys()
    for kind, arn in GONE.items():
        found = resource_of_arn(f"arn:aws:{arn}")
        assert found is not None
        assert found.type == kind
        question = QUESTIONS[kind]
        text = json.dumps(question.arguments) + question.alive
        assert set(re.findall(r"{(\w+)}", text)) <= {"arn", *found.parts}, kind


def test_what_does_not_exist_is_known_not_to(stored: Stored) -> None:
    # A signing profile is never gone, only cancelled; the emulator has no answer about one that never was.
    arns = [f"arn:aws:{each}" for each in (*GONE.values(), RULE) if "signing-profiles" not in each]
    answers = ask_whether_they_exist(stored.session, arns)
    assert [f"{arn}: {each.exists} {each.why}" for arn, each in answers.items() if each.exists is not False] == []


def test_what_exists_is_known_to(stored: Stored) -> None:
    session = stored.session
    ec2, bucket = session.client("ec2"), session.env.state_backend.bucket
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    topic = session.client("sns").create_topic(Name="here")["TopicArn"]
    key = session.client("kms").create_key(Description="at rest")["KeyMetadata"]
    dead = session.client("kms").create_key()["KeyMetadata"]
    session.client("kms").schedule_key_deletion(KeyId=dead["KeyId"], PendingWindowInDays=7)
    queue = session.client("sqs").create_queue(QueueName="here")
    here = [f"arn:aws:ec2:{HERE}:vpc/{vpc}", topic, key["Arn"], f"arn:aws:s3:::{bucket}", f"arn:aws:sqs:{HERE}:here"]
    answers = ask_whether_they_exist(session, [*here, dead["Arn"]])
    assert [answers[arn].exists for arn in here] == [True] * 5
    assert answers[dead["Arn"]].exists is False, "it is being deleted"
    assert answers[key["Arn"]].about["KeyMetadata"]["Description"] == "at rest"
    session.client("sqs").delete_queue(QueueUrl=queue["QueueUrl"])


def test_what_x_ray_keeps_is_known_by_its_arn(stored: Stored) -> None:
    xray = stored.session.client("xray")
    anything = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
    rule = {"RuleName": "here", "Priority": 100, "FixedRate": 0.5, "ReservoirSize": 0, "Version": 1, **anything}
    made = xray.create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
    group = xray.create_group(GroupName="here", FilterExpression='service("here")')["Group"]["GroupARN"]
    found = {arn: resource_of_arn(arn) for arn in (made, group)}
    assert [(each.type, each.name) for each in found.values() if each] == [
        ("aws_xray_sampling_rule", "here"),
        ("aws_xray_group", "here"),
    ]
    answers = ask_whether_they_exist(stored.session, [made, group])
    xray.delete_sampling_rule(RuleName="here")
    xray.delete_group(GroupName="here")
    gone = ask_whether_they_exist(stored.session, [made, group])
    assert [(answers[arn].exists, gone[arn].exists) for arn in (made, group)] == [(True, False)] * 2


def session_that_answers(answer: Any) -> Session:
    def ask(**arguments: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    env = SimpleNamespace(region="us-east-1")
    client = type("Client", (), {"__getattr__": lambda self, name: ask})()
    return cast("Session", SimpleNamespace(env=env, client=lambda service, region: client))


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("aws_nat_gateway", {"NatGateways": [{"State": "deleted"}]}),
        ("aws_vpc_endpoint", {"VpcEndpoints": [{"State": "deleting"}]}),
        ("aws_ecs_cluster", {"clusters": [{"status": "INACTIVE"}]}),
        ("aws_ecs_cluster", {"clusters": [], "failures": [{"reason": "MISSING"}]}),
        ("aws_ecs_service", {"services": [{"status": "DRAINING"}]}),
        ("aws_kms_key", {"KeyMetadata": {"KeyState": "PendingDeletion"}}),
        ("aws_secretsmanager_secret", {"ARN": "arn", "DeletedDate": "2026-01-15"}),
        ("aws_signer_signing_profile", {"profileName": "gone", "status": "Canceled"}),
        ("aws_opensearch_domain", {"DomainStatus": {"Deleted": True}}),
        ("aws_dynamodb_table", {"Table": {"TableStatus": "DELETING"}}),
        ("aws_cloudwatch_log_group", {"logGroups": [{"logGroupName": "/gone/other"}]}),
        ("aws_flow_log", {"FlowLogs": []}),
    ],
)
def test_what_is_going_does_not_exist(kind: str, answer: dict[str, Any]) -> None:
    arn = f"arn:aws:{GONE[kind]}"
    assert ask_whether_they_exist(session_that_answers(answer), [arn])[arn].exists is False


@pytest.mark.parametrize(
    ("arn", "answer", "why"),
    [
        ("arn:aws:unheard:us-east-1:1:of/it", {}, "its type can't be asked for"),
        (
            f"arn:aws:{GONE['aws_vpc']}",
            ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "secret"}}, "DescribeVpcs"),
            "DescribeVpcs answers UnauthorizedOperation",
        ),
        (
            f"arn:aws:{GONE['aws_vpc']}",
            EndpointConnectionError(endpoint_url="https://x"),
            "no answer (EndpointConnectionError)",
        ),
    ],
)
def test_what_cannot_be_told_is_told_so(arn: str, answer: Any, why: str) -> None:
    (found,) = ask_whether_they_exist(session_that_answers(answer), [arn]).values()
    assert (found.exists, found.why) == (None, why)
