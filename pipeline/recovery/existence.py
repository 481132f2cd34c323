"""Ask whether a resource exists: the tagging API names some for hours after they are deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.aws import NoAnswer, asked
from pipeline.recovery.import_ids import resource_of_arn
from pipeline.session import Session

# AWS slows down who asks many questions at once.
AT_ONCE = 8
GLOBAL_REGION = "us-east-1"
# AWS's error codes for what doesn't exist.
ABSENT = re.compile(r"NotFound|NoSuch|NotExist|NonExist|Nonexist|^404$")


@dataclass(frozen=True)
class Question:
    """The call that tells whether a resource of a type exists.

    `arguments` take {arn}, the named groups of its ARN's pattern; a list is written as such.
    `alive` is the JMESPath of what is there and isn't being deleted; without one, any answer means that it exists.
    """

    service: str
    operation: str
    arguments: Mapping[str, str | list[str]]
    alive: str = ""


def _ec2(operation: str, argument: str, alive: str) -> Question:
    return Question("ec2", operation, {argument: ["{id}"]}, alive)


QUESTIONS: Mapping[str, Question] = {
    "aws_accessanalyzer_analyzer": Question("accessanalyzer", "get_analyzer", {"analyzerName": "{name}"}),
    "aws_acm_certificate": Question("acm", "describe_certificate", {"CertificateArn": "{arn}"}),
    "aws_bedrock_guardrail": Question(
        "bedrock", "get_guardrail", {"guardrailIdentifier": "{arn}"}, "status != 'DELETING' && guardrailArn"
    ),
    "aws_bedrock_inference_profile": Question(
        "bedrock", "get_inference_profile", {"inferenceProfileIdentifier": "{arn}"}
    ),
    "aws_cloudfront_distribution": Question("cloudfront", "get_distribution", {"Id": "{id}"}),
    "aws_cloudfront_vpc_origin": Question(
        "cloudfront", "list_vpc_origins", {"MaxItems": "100"}, "VpcOriginList.Items[?Id=='{id}']"
    ),
    "aws_cloudtrail": Question("cloudtrail", "get_trail", {"Name": "{arn}"}),
    "aws_cloudwatch_composite_alarm": Question(
        "cloudwatch", "describe_alarms", {"AlarmNames": ["{name}"], "AlarmTypes": ["CompositeAlarm"]}, "CompositeAlarms"
    ),
    "aws_cloudwatch_event_rule": Question("events", "describe_rule", {"Name": "{name}"}),
    "aws_cloudwatch_log_delivery_destination": Question("logs", "get_delivery_destination", {"name": "{name}"}),
    "aws_cloudwatch_log_delivery_source": Question("logs", "get_delivery_source", {"name": "{name}"}),
    "aws_cloudwatch_log_group": Question(
        "logs", "describe_log_groups", {"logGroupNamePrefix": "{name}"}, "logGroups[?logGroupName=='{name}']"
    ),
    "aws_cloudwatch_metric_alarm": Question(
        "cloudwatch", "describe_alarms", {"AlarmNames": ["{name}"]}, "MetricAlarms"
    ),
    "aws_codedeploy_app": Question("codedeploy", "get_application", {"applicationName": "{name}"}),
    "aws_codedeploy_deployment_group": Question(
        "codedeploy", "get_deployment_group", {"applicationName": "{application}", "deploymentGroupName": "{name}"}
    ),
    "aws_dynamodb_table": Question(
        "dynamodb", "describe_table", {"TableName": "{name}"}, "Table.TableStatus != 'DELETING' && Table"
    ),
    "aws_ecr_repository": Question("ecr", "describe_repositories", {"repositoryNames": ["{name}"]}, "repositories"),
    "aws_ecs_cluster": Question("ecs", "describe_clusters", {"clusters": ["{arn}"]}, "clusters[?status!='INACTIVE']"),
    "aws_ecs_service": Question(
        "ecs",
        "describe_services",
        {"cluster": "{cluster}", "services": ["{name}"]},
        "services[?status!='INACTIVE' && status!='DRAINING']",
    ),
    "aws_eip": _ec2("describe_addresses", "AllocationIds", "Addresses"),
    "aws_flow_log": _ec2("describe_flow_logs", "FlowLogIds", "FlowLogs"),
    # There is one detector a region at most; asked for another, AWS says that the request is bad.
    "aws_guardduty_detector": Question("guardduty", "list_detectors", {}, "contains(DetectorIds, '{id}')"),
    "aws_iam_role": Question("iam", "get_role", {"RoleName": "{name}"}),
    "aws_internet_gateway": _ec2("describe_internet_gateways", "InternetGatewayIds", "InternetGateways"),
    "aws_kms_key": Question(
        "kms", "describe_key", {"KeyId": "{arn}"}, "KeyMetadata.KeyState != 'PendingDeletion' && KeyMetadata"
    ),
    "aws_lambda_code_signing_config": Question("lambda", "get_code_signing_config", {"CodeSigningConfigArn": "{arn}"}),
    "aws_lambda_function": Question("lambda", "get_function_configuration", {"FunctionName": "{name}"}),
    "aws_lb": Question("elbv2", "describe_load_balancers", {"LoadBalancerArns": ["{arn}"]}, "LoadBalancers"),
    "aws_lb_listener": Question("elbv2", "describe_listeners", {"ListenerArns": ["{arn}"]}, "Listeners"),
    "aws_lb_listener_rule": Question("elbv2", "describe_rules", {"RuleArns": ["{arn}"]}, "Rules"),
    "aws_lb_target_group": Question("elbv2", "describe_target_groups", {"TargetGroupArns": ["{arn}"]}, "TargetGroups"),
    "aws_nat_gateway": _ec2(
        "describe_nat_gateways", "NatGatewayIds", "NatGateways[?State!='deleted' && State!='deleting']"
    ),
    "aws_network_acl": _ec2("describe_network_acls", "NetworkAclIds", "NetworkAcls"),
    "aws_opensearch_domain": Question(
        "opensearch", "describe_domain", {"DomainName": "{name}"}, "DomainStatus.Deleted != `true` && DomainStatus"
    ),
    "aws_route53_zone": Question("route53", "get_hosted_zone", {"Id": "{id}"}),
    "aws_route_table": _ec2("describe_route_tables", "RouteTableIds", "RouteTables"),
    "aws_s3_bucket": Question("s3", "head_bucket", {"Bucket": "{name}"}),
    "aws_secretsmanager_secret": Question(
        "secretsmanager", "describe_secret", {"SecretId": "{arn}"}, "DeletedDate == null && ARN"
    ),
    "aws_security_group": _ec2("describe_security_groups", "GroupIds", "SecurityGroups"),
    "aws_service_discovery_http_namespace": Question("servicediscovery", "get_namespace", {"Id": "{id}"}),
    "aws_sfn_state_machine": Question(
        "stepfunctions",
        "describe_state_machine",
        {"stateMachineArn": "{arn}"},
        "status != 'DELETING' && stateMachineArn",
    ),
    "aws_signer_signing_profile": Question(
        "signer", "get_signing_profile", {"profileName": "{id}"}, "status == 'Active' && profileName"
    ),
    "aws_sns_topic": Question("sns", "get_topic_attributes", {"TopicArn": "{arn}"}),
    "aws_sqs_queue": Question("sqs", "get_queue_url", {"QueueName": "{name}"}),
    "aws_subnet": _ec2("describe_subnets", "SubnetIds", "Subnets"),
    "aws_vpc": _ec2("describe_vpcs", "VpcIds", "Vpcs"),
    "aws_vpc_endpoint": _ec2(
        "describe_vpc_endpoints", "VpcEndpointIds", "VpcEndpoints[?State!='deleted' && State!='deleting']"
    ),
    "aws_wafv2_web_acl": Question("wafv2", "get_web_acl", {"Name": "{name}", "Scope": "CLOUDFRONT", "Id": "{web_acl}"}),
    # Asked for one that isn't there, X-Ray says that the request is bad; a region has 25 of each ("X-Ray quotas").
    "aws_xray_group": Question("xray", "get_groups", {}, "Groups[?GroupARN=='{arn}']"),
    "aws_xray_sampling_rule": Question(
        "xray", "get_sampling_rules", {}, "SamplingRuleRecords[?SamplingRule.RuleARN=='{arn}']"
    ),
}


# Resources without an import id of their own: the pattern of their ARN's service and resource, and the question.
UNNAMED = (
    (
        re.compile(r"ec2:security-group-rule/(?P<id>[\w-]+)"),
        _ec2("describe_security_group_rules", "SecurityGroupRuleIds", "SecurityGroupRules"),
    ),
)


@dataclass(frozen=True)
class Existence:
    """Whether what an ARN names exists: `exists` is None where nobody can tell, and `why` says why.

    `about` is AWS's answer.
    """

    arn: str
    exists: bool | None
    why: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def ask_whether_they_exist(session: Session, arns: Collection[str]) -> dict[str, Existence]:
    """Ask for each ARN, several at once; answers by ARN."""
    known = {arn: _question(arn) for arn in arns}
    needed = {(asking[0].service, _region(session, arn)) for arn, asking in known.items() if asking is not None}
    # Making clients isn't thread-safe; using them is.
    clients = {each: session.client(*each) for each in sorted(needed)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda arn: _ask(session, clients, arn, known[arn]), sorted(known))
        return {each.arn: each for each in found}


def _question(arn: str) -> tuple[Question, Mapping[str, str]] | None:
    """The question about an ARN, with the words that its arguments take; None for a type that isn't in the tables."""
    kind = resource_of_arn(arn)
    if kind is not None:
        return (QUESTIONS[kind.type], {**kind.parts, "arn": arn}) if kind.type in QUESTIONS else None
    _, _, service, _, _, resource = arn.split(":", 5)
    for pattern, question in UNNAMED:
        if found := pattern.fullmatch(f"{service}:{resource}"):
            return question, {**found.groupdict(), "arn": arn}
    return None


def _region(session: Session, arn: str) -> str:
    """Region to ask in: the ARN's; a bucket's has none, and CloudFront, IAM and Route 53 answer in one alone."""
    _, _, service, region, *_ = arn.split(":", 5)
    return region or (session.env.region if service == "s3" else GLOBAL_REGION)


def _ask(
    session: Session, clients: Mapping[Any, Any], arn: str, asking: tuple[Question, Mapping[str, str]] | None
) -> Existence:
    import jmespath

    if asking is None:
        return Existence(arn, None, "its type can't be asked for")
    question, words = asking
    arguments = {key: _filled(value, words) for key, value in question.arguments.items()}
    client = clients[question.service, _region(session, arn)]
    try:
        answer = dict(asked(partial(getattr(client, question.operation), **arguments), otherwise=_UnansweredError))
    except _UnansweredError as unanswered:
        code = unanswered.reason.code
        if ABSENT.search(code):
            return Existence(arn, False)
        return Existence(arn, None, unanswered.words)
    alive = jmespath.search(str(_filled(question.alive, words)), answer) if question.alive else True
    return Existence(arn, bool(alive), about=answer)


def _filled(value: str | list[str], words: Mapping[str, str]) -> str | list[str]:
    if isinstance(value, list):
        return [str(_filled(each, words)) for each in value]
    for key, word in words.items():
        value = value.replace(f"{{{key}}}", word)
    return value


class _UnansweredError(Exception):
    """No answer, or AWS's refusal."""

    def __init__(self, reason: NoAnswer) -> None:
        super().__init__(reason.text)
        self.reason = reason

    @property
    def words(self) -> str:
        """Why there is no answer, without the request's arguments."""
        reason = self.reason
        return f"{reason.operation} answers {reason.code}" if reason.refused else f"no answer ({reason.kind})"
