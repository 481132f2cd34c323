"""Service-linked roles that the first resource of a type makes, by resource type: whoever deploys must be able to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkedRole:
    """Role that belongs to `service` and exists once in an account; `source` is the document that asks for it."""

    service: str
    source: str


LINKED_ROLES: dict[str, tuple[LinkedRole, ...]] = {
    "aws_accessanalyzer_analyzer": (
        LinkedRole("access-analyzer.amazonaws.com", "IAM user guide, access-analyzer-using-service-linked-roles"),
    ),
    "aws_appautoscaling_target": (
        LinkedRole(
            "ecs.application-autoscaling.amazonaws.com",
            "Application Auto Scaling guide, application-auto-scaling-service-linked-roles",
        ),
    ),
    # The one type that is built by Cloud Control, Transaction Search, has Application Signals look for services.
    "aws_cloudcontrolapi_resource": (
        LinkedRole(
            "application-signals.cloudwatch.amazonaws.com",
            "CloudWatch user guide, Enable-TransactionSearch, prerequisites",
        ),
    ),
    "aws_cloudfront_vpc_origin": (
        LinkedRole("vpcorigin.cloudfront.amazonaws.com", "CloudFront developer guide, using-service-linked-roles"),
    ),
    "aws_config_configuration_recorder": (
        LinkedRole("config.amazonaws.com", "Config developer guide, using-service-linked-roles"),
    ),
    "aws_ecs_cluster": (LinkedRole("ecs.amazonaws.com", "ECS developer guide, using-service-linked-roles"),),
    "aws_guardduty_detector": (
        LinkedRole("guardduty.amazonaws.com", "GuardDuty user guide, slr-permissions"),
        # A new detector starts with malware protection on, until its feature is set to off.
        LinkedRole(
            "malware-protection.guardduty.amazonaws.com", "GuardDuty user guide, slr-permissions-malware-protection"
        ),
    ),
    "aws_inspector2_enabler": (
        LinkedRole("inspector2.amazonaws.com", "Inspector user guide, using-service-linked-roles"),
    ),
    # Keys are multi-region here (constructs_lib/security/key.py).
    "aws_kms_key": (
        LinkedRole(
            "mrk.kms.amazonaws.com", "KMS developer guide, multi-region-keys-auth, create multi-Region primary keys"
        ),
    ),
    "aws_lb": (
        LinkedRole("elasticloadbalancing.amazonaws.com", "Elastic Load Balancing guide, elb-service-linked-roles"),
    ),
    "aws_opensearch_domain": (LinkedRole("opensearchservice.amazonaws.com", "OpenSearch Service guide, slr-aos"),),
    "aws_securityhub_account": (
        LinkedRole("securityhub.amazonaws.com", "Security Hub user guide, using-service-linked-roles"),
    ),
}
LINKED_SERVICES = tuple(sorted({role.service for roles in LINKED_ROLES.values() for role in roles}))
