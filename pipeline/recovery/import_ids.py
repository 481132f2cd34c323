"""Import ids from ARNs: the Terraform type of a resource, and the id that `terraform import` takes for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Resource part of an EC2 ARN -> resource type.
EC2 = {
    "vpc": "aws_vpc",
    "subnet": "aws_subnet",
    "security-group": "aws_security_group",
    "route-table": "aws_route_table",
    "internet-gateway": "aws_internet_gateway",
    "natgateway": "aws_nat_gateway",
    "network-acl": "aws_network_acl",
    "vpc-endpoint": "aws_vpc_endpoint",
    "vpc-flow-log": "aws_flow_log",
    "elastic-ip": "aws_eip",
}
# Pattern of an ARN's service and resource, resource type, and the form of the import id. A type whose pattern has no
# `name` group is matched by its tag `Name`, or by being the only resource of its type.
SHAPES = tuple(
    (re.compile(pattern), kind, import_id)
    for pattern, kind, import_id in (
        *((rf"ec2:{part}/(?P<id>[\w-]+)", kind, "{id}") for part, kind in EC2.items()),
        (r"access-analyzer:analyzer/(?P<name>.+)", "aws_accessanalyzer_analyzer", "{name}"),
        (r"acm:certificate/.+", "aws_acm_certificate", "{arn}"),
        (r"bedrock:guardrail/(?P<id>\w+)", "aws_bedrock_guardrail", "{id},DRAFT"),
        # The provider doesn't read what it copies: once imported, it is replaced by the next apply, and none is left.
        (r"bedrock:application-inference-profile/(?P<id>[\w-]+)", "aws_bedrock_inference_profile", "{id}"),
        (r"cloudfront:distribution/(?P<id>\w+)", "aws_cloudfront_distribution", "{id}"),
        (r"cloudfront:vpcorigin/(?P<id>\w+)", "aws_cloudfront_vpc_origin", "{id}"),
        (r"cloudtrail:trail/(?P<name>.+)", "aws_cloudtrail", "{arn}"),
        # The ARN of an alarm on alarms is like any other's; ours are told by their names (stacks/monitoring.py).
        (
            r"cloudwatch:alarm:(?P<name>\w+-\w+-slo-(?:availability|first-token))",
            "aws_cloudwatch_composite_alarm",
            "{name}",
        ),
        (r"cloudwatch:alarm:(?P<name>.+)", "aws_cloudwatch_metric_alarm", "{name}"),
        (r"codedeploy:application:(?P<name>[^/:]+)", "aws_codedeploy_app", "{name}"),
        (
            r"codedeploy:deploymentgroup:(?P<application>[^/:]+)/(?P<name>[^/:]+)",
            "aws_codedeploy_deployment_group",
            "{application}:{name}",
        ),
        (r"dynamodb:table/(?P<name>[^/]+)", "aws_dynamodb_table", "{name}"),
        (r"ecr:repository/(?P<name>.+)", "aws_ecr_repository", "{name}"),
        (r"ecs:cluster/(?P<name>[^/]+)", "aws_ecs_cluster", "{name}"),
        (r"ecs:service/(?P<cluster>[^/]+)/(?P<name>[^/]+)", "aws_ecs_service", "{cluster}/{name}"),
        (r"elasticloadbalancing:listener/app/.+", "aws_lb_listener", "{arn}"),
        (r"elasticloadbalancing:listener-rule/app/.+", "aws_lb_listener_rule", "{arn}"),
        (r"elasticloadbalancing:loadbalancer/app/(?P<name>[^/]+)/\w+", "aws_lb", "{arn}"),
        (r"elasticloadbalancing:targetgroup/(?P<name>[^/]+)/\w+", "aws_lb_target_group", "{arn}"),
        (r"es:domain/(?P<name>[^/]+)", "aws_opensearch_domain", "{name}"),
        (r"events:rule/(?P<name>[^/]+)", "aws_cloudwatch_event_rule", "{name}"),
        (r"guardduty:detector/(?P<id>\w+)", "aws_guardduty_detector", "{id}"),
        (r"iam:role/(?P<name>[^/]+)", "aws_iam_role", "{name}"),
        (r"kms:key/(?P<id>[\w-]+)", "aws_kms_key", "{id}"),
        (r"lambda:function:(?P<name>[^:]+)", "aws_lambda_function", "{name}"),
        (r"lambda:code-signing-config:.+", "aws_lambda_code_signing_config", "{arn}"),
        (r"logs:delivery-destination:(?P<name>.+)", "aws_cloudwatch_log_delivery_destination", "{name}"),
        (r"logs:delivery-source:(?P<name>.+)", "aws_cloudwatch_log_delivery_source", "{name}"),
        (r"logs:log-group:(?P<name>[^:]+)(:\*)?", "aws_cloudwatch_log_group", "{name}"),
        (r"route53:hostedzone/(?P<id>\w+)", "aws_route53_zone", "{id}"),
        (r"s3:(?P<name>[^/]+)", "aws_s3_bucket", "{name}"),
        (r"secretsmanager:secret:(?P<name>.+)-\w{6}", "aws_secretsmanager_secret", "{arn}"),
        (r"servicediscovery:namespace/(?P<id>[\w-]+)", "aws_service_discovery_http_namespace", "{id}"),
        (r"signer:/signing-profiles/(?P<id>\w+)", "aws_signer_signing_profile", "{id}"),
        (r"sns:(?P<name>[^:]+)", "aws_sns_topic", "{arn}"),
        (r"sqs:(?P<name>[^:]+)", "aws_sqs_queue", "https://sqs.{region}.amazonaws.com/{account}/{name}"),
        (r"states:stateMachine:(?P<name>.+)", "aws_sfn_state_machine", "{arn}"),
        (
            r"wafv2:global/webacl/(?P<name>[^/]+)/(?P<web_acl>[\w-]+)",
            "aws_wafv2_web_acl",
            "{web_acl}/{name}/CLOUDFRONT",
        ),
        (r"xray:group/(?P<name>[^/]+)/\w+", "aws_xray_group", "{arn}"),
        (r"xray:sampling-rule/(?P<name>[^/]+)", "aws_xray_sampling_rule", "{name}"),
    )
)


@dataclass(frozen=True)
class ArnResource:
    """A resource read from its ARN: Terraform type, import id, and the name (empty when the ARN has none).

    `parts` are all named parts of the ARN's pattern.
    """

    type: str
    id: str
    name: str
    parts: Mapping[str, str] = field(default_factory=dict, compare=False)


def resource_of_arn(arn: str) -> ArnResource | None:
    """Parse an ARN; None for a type that no layer creates."""
    _, _, service, region, account, resource = arn.split(":", 5)
    for pattern, type_, import_id in SHAPES:
        found = pattern.fullmatch(f"{service}:{resource}")
        if found:
            groups = found.groupdict()
            made = import_id.format(arn=arn, region=region, account=account, **groups)
            return ArnResource(type_, made, groups.get("name") or "", {"id": made, **groups})
    return None
