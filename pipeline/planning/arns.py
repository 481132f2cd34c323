"""Placeholder ARNs and ids: made-up values of the right form for resources that exist only after an apply."""

from __future__ import annotations

import hashlib

from config.place import Place

# Resource types whose `id` is a prefix and 17 hexadecimal digits.
PREFIXES = {
    "aws_vpc": "vpc-",
    "aws_subnet": "subnet-",
    "aws_security_group": "sg-",
    "aws_route_table": "rtb-",
    "aws_internet_gateway": "igw-",
    "aws_nat_gateway": "nat-",
    "aws_vpc_endpoint": "vpce-",
    "aws_network_acl": "acl-",
    "aws_eip": "eipalloc-",
    "aws_flow_log": "fl-",
    "aws_ec2_managed_prefix_list": "pl-",
    "aws_cloudfront_vpc_origin": "vo_",
    "aws_ecs_task_definition": "td-",
}

# Resource type -> the ARN after "arn:aws:". {r} region, {a} account, {n} a name, {u} a UUID, {h} 16 hex digits.
ARNS = {
    "aws_acm_certificate": "acm:{r}:{a}:certificate/{u}",
    "aws_acm_certificate_validation": "acm:{r}:{a}:certificate/{u}",
    "aws_appautoscaling_target": "application-autoscaling:{r}:{a}:scalable-target/{n}",
    "aws_bedrock_guardrail": "bedrock:{r}:{a}:guardrail/{i}",
    "aws_bedrock_inference_profile": "bedrock:{r}:{a}:application-inference-profile/{i}",
    "aws_cloudfront_distribution": "cloudfront::{a}:distribution/E{I}",
    "aws_cloudfront_vpc_origin": "cloudfront::{a}:vpcorigin/vo_{h}",
    "aws_cloudwatch_composite_alarm": "cloudwatch:{r}:{a}:alarm:{n}",
    "aws_cloudwatch_log_group": "logs:{r}:{a}:log-group:{n}",
    "aws_cloudwatch_metric_alarm": "cloudwatch:{r}:{a}:alarm:{n}",
    "aws_dynamodb_table": "dynamodb:{r}:{a}:table/{n}",
    "aws_ecr_repository": "ecr:{r}:{a}:repository/{n}",
    "aws_ecs_cluster": "ecs:{r}:{a}:cluster/{n}",
    "aws_ecs_service": "ecs:{r}:{a}:service/{n}",
    "aws_ecs_task_definition": "ecs:{r}:{a}:task-definition/{n}:1",
    "aws_iam_policy": "iam::{a}:policy/{n}",
    "aws_iam_role": "iam::{a}:role/{n}",
    "aws_kms_alias": "kms:{r}:{a}:alias/{n}",
    "aws_kms_key": "kms:{r}:{a}:key/{u}",
    "aws_kms_replica_key": "kms:{r}:{a}:key/{u}",
    "aws_lambda_function": "lambda:{r}:{a}:function:{n}",
    "aws_lb": "elasticloadbalancing:{r}:{a}:loadbalancer/app/{n}/{h}",
    "aws_lb_listener": "elasticloadbalancing:{r}:{a}:listener/app/{n}/{h}/{h}",
    "aws_lb_listener_rule": "elasticloadbalancing:{r}:{a}:listener-rule/app/{n}/{h}/{h}/{h}",
    "aws_lb_target_group": "elasticloadbalancing:{r}:{a}:targetgroup/{n}/{h}",
    "aws_opensearch_domain": "es:{r}:{a}:domain/{n}",
    "aws_route53_zone": "route53:::hostedzone/Z{I}",
    "aws_s3_bucket": "s3:::{n}",
    "aws_secretsmanager_secret": "secretsmanager:{r}:{a}:secret:{n}-AbCdEf",
    "aws_service_discovery_http_namespace": "servicediscovery:{r}:{a}:namespace/ns-{h}",
    "aws_sfn_state_machine": "states:{r}:{a}:stateMachine:{n}",
    "aws_sns_topic": "sns:{r}:{a}:{n}",
    "aws_sqs_queue": "sqs:{r}:{a}:{n}",
    "aws_wafv2_web_acl": "wafv2:{r}:{a}:global/webacl/{n}/{u}",
}

# Types whose `id` is their ARN, and types whose `id` is a UUID; the others are known by name.
ID_IS_ARN = frozenset(
    {
        "aws_acm_certificate",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_iam_policy",
        "aws_lb",
        "aws_lb_listener",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
        "aws_opensearch_domain",
        "aws_secretsmanager_secret",
        "aws_sfn_state_machine",
        "aws_sns_topic",
    }
)
ID_IS_UUID = frozenset(
    {
        "aws_cloudfront_cache_policy",
        "aws_cloudfront_origin_request_policy",
        "aws_kms_key",
        "aws_kms_replica_key",
        "aws_wafv2_web_acl",
    }
)


def arn(kind: str, address: str, name: str, place: Place) -> str:
    """A valid ARN for a resource of type `kind`. A type without an entry in `ARNS` gets its service's plain form."""
    shape = ARNS.get(kind, f"{kind.removeprefix('aws_').split('_')[0]}:{{r}}:{{a}}:{{n}}")
    rest = shape.format(
        r=place.region, a=place.account_id, n=name, u=uuid(address), h=digits(address, 16),
        i=digits(address, 12), I=digits(address, 13).upper(),
    )  # fmt: skip
    return f"arn:{place.partition}:{rest}"


def resource_id(kind: str, address: str, name: str, place: Place) -> str:
    """An `id` of the form that a resource of type `kind` has."""
    if kind in ID_IS_ARN:
        return arn(kind, address, name, place)
    if kind in ID_IS_UUID:
        return uuid(address)
    if kind == "aws_route53_zone":
        return f"Z{digits(address, 13).upper()}"
    if kind in PREFIXES:
        return f"{PREFIXES[kind]}{digits(address, 17)}"
    return name


def digits(address: str, count: int) -> str:
    """Hexadecimal digits, different for each address. They start with zeros, to look made up."""
    return hashlib.sha256(address.encode()).hexdigest()[: min(8, count)].rjust(count, "0")


def uuid(address: str) -> str:
    """A UUID of zeros, with digits of the address at its end."""
    return f"00000000-0000-4000-8000-{digits(address, 12)}"
