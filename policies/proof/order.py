"""Proof that what AWS wants to find in place exists before what needs it, on a first apply as on the last one.

Terraform orders resources by references. Where AWS wants a resource that the later one doesn't name, only an explicit
`depends_on` keeps the two from a race that the first apply, or the next one, may lose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, listed, strings


@dataclass(frozen=True)
class Order:
    """Rule: a resource of type `later` comes after the resources of type `first` that concern it.

    Without `via` those are all of the environment. With it, types lead step by step from the later resource to what
    both concern, or to the earlier one itself: a service names its cluster, and so do the cluster's capacity providers.
    `attribute` is where the later resource names it, and `about` where the earlier one does; empty: anywhere.
    """

    later: str
    first: str
    reason: str
    source: str
    via: tuple[str, ...] = ()
    attribute: str = ""
    about: str = ""


_BUCKET = ("aws_s3_bucket",)
_TRIED = "the role is tried when it is set"
_ONE_BY_ONE = "S3 answers two changes of one bucket at a time with OperationAborted"
_ONE_BY_ONE_SOURCE = "hashicorp/terraform-provider-aws#7628"


def _role_policy(
    later: str, attribute: str, source: str, reason: str = _TRIED, via: tuple[str, ...] = ("aws_iam_role",)
) -> Order:
    return Order(later, "aws_iam_role_policy", reason, source, via=via, attribute=attribute, about="role")


def _bucket(later: str, first: str, reason: str, source: str, attribute: str = "") -> Order:
    return Order(later, first, reason, source, via=_BUCKET, attribute=attribute, about="bucket")


ORDERS = (
    # Network
    Order(
        "aws_nat_gateway",
        "aws_internet_gateway",
        "it fails in a VPC without an attached internet gateway",
        "provider docs, aws_nat_gateway",
    ),
    Order(
        "aws_eip",
        "aws_internet_gateway",
        "it may need one before it is associated",
        "provider docs, aws_eip",
    ),
    Order(
        "aws_cloudfront_vpc_origin",
        "aws_internet_gateway",
        "CloudFront refuses a VPC without an internet gateway",
        "CloudFront guide, restrict access with VPC origins",
    ),
    _role_policy(
        "aws_flow_log",
        "iam_role_arn",
        "VPC guide, troubleshoot VPC flow logs",
        "it starts with an access error otherwise",
    ),
    # Service
    Order(
        "aws_ecs_service",
        "aws_ecs_cluster_capacity_providers",
        "ECS refuses a provider that the cluster doesn't have",
        "dask/dask-cloudprovider#328; CreateService",
        via=("aws_ecs_cluster",),
        about="cluster_name",
    ),
    Order(
        "aws_ecs_service",
        "aws_lb_listener",
        "ECS refuses a target group without a load balancer",
        "provider docs, aws_ecs_service",
        via=("aws_lb_target_group",),
    ),
    Order(
        "aws_ecs_service",
        "aws_lb_listener_rule",
        "ECS refuses a target group without a load balancer",
        "provider docs, aws_ecs_service",
        via=("aws_lb_target_group",),
    ),
    _role_policy(
        "aws_ecs_service",
        "task_definition",
        "provider docs, aws_ecs_service",
        "a task may start, or stop, without the permissions it needs",
        via=("aws_ecs_task_definition", "aws_iam_role"),
    ),
    _bucket(
        "aws_lb", "aws_s3_bucket_policy", "ELB writes a test file when logs are switched on", "ELB guide, access logs"
    ),
    Order(
        "aws_lb_listener",
        "aws_acm_certificate_validation",
        "ELB refuses a certificate that isn't issued yet",
        "provider docs, aws_acm_certificate_validation",
        via=("aws_acm_certificate",),
        about="certificate_arn",
    ),
    # Edge
    Order(
        "aws_cloudfront_distribution",
        "aws_acm_certificate_validation",
        "CloudFront refuses a certificate that isn't issued yet",
        "provider docs, aws_acm_certificate_validation",
        via=("aws_acm_certificate",),
        about="certificate_arn",
    ),
    Order(
        "aws_acm_certificate_validation",
        "aws_route53_record",
        "it waits for the record",
        "provider docs, aws_acm_certificate_validation",
        via=("aws_acm_certificate",),
    ),
    _bucket(
        "aws_cloudwatch_log_delivery_destination",
        "aws_s3_bucket_policy",
        "CloudWatch Logs changes the policy itself when it lacks the statement",
        "CloudWatch Logs guide, logs sent to Amazon S3",
    ),
    _bucket(
        "aws_cloudwatch_log_delivery_destination",
        "aws_s3_bucket_server_side_encryption_configuration",
        "logs before it are not under the customer key",
        "S3 guide, default encryption",
    ),
    _bucket(
        "aws_cloudwatch_log_delivery_destination",
        "aws_s3_bucket_versioning",
        "logs before it have no version",
        "S3 guide, versioning",
    ),
    # Search and models
    Order(
        "aws_opensearch_domain",
        "aws_cloudwatch_log_resource_policy",
        "OpenSearch refuses a log group it may not write to",
        "OpenSearch Service guide, enabling log publishing",
        via=("aws_cloudwatch_log_group",),
    ),
    Order(
        "aws_opensearch_domain",
        "aws_iam_role",
        "OpenSearch refuses a policy that names a role which doesn't exist",
        "hashicorp/terraform-provider-aws#11",
        via=("aws_iam_role",),
        attribute="access_policies",
    ),
    _role_policy("aws_lambda_function", "role", "Lambda guide, giving functions access to a VPC"),
    Order(
        "aws_lambda_invocation",
        "aws_vpc_security_group_egress_rule",
        "the function reaches nothing before",
        "VPC guide, security group rules",
        via=("aws_lambda_function", "aws_security_group"),
        about="security_group_id",
    ),
    Order(
        "aws_lambda_invocation",
        "aws_vpc_security_group_ingress_rule",
        "what the function asks doesn't let it in before",
        "VPC guide, security group rules",
        via=("aws_lambda_function", "aws_security_group"),
        about="referenced_security_group_id",
    ),
    _role_policy(
        "aws_bedrock_model_invocation_logging_configuration",
        "logging_config",
        "Bedrock guide, model invocation logging",
    ),
    # Releases
    _role_policy(
        "aws_codedeploy_deployment_group",
        "service_role_arn",
        "CodeDeploy guide, getting-started-create-service-role",
        "a release before it fails",
    ),
    # Buckets
    _bucket("aws_s3_bucket_ownership_controls", "aws_s3_bucket_public_access_block", _ONE_BY_ONE, _ONE_BY_ONE_SOURCE),
    _bucket("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block", _ONE_BY_ONE, _ONE_BY_ONE_SOURCE),
    _bucket("aws_s3_bucket_policy", "aws_s3_bucket_ownership_controls", _ONE_BY_ONE, _ONE_BY_ONE_SOURCE),
    _bucket(
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_versioning",
        "rules for old versions need a versioned bucket",
        "provider docs, aws_s3_bucket_lifecycle_configuration",
    ),
    _bucket(
        "aws_s3_bucket_logging",
        "aws_s3_bucket_policy",
        "what S3 may not write yet is lost",
        "S3 guide, enabling server access logging",
        attribute="target_bucket",
    ),
    _bucket("aws_s3_object", "aws_s3_bucket_versioning", "an object before it has no version", "S3 guide, versioning"),
    _bucket(
        "aws_s3_object",
        "aws_s3_bucket_server_side_encryption_configuration",
        "an object before it is not under the customer key",
        "S3 guide, default encryption",
    ),
    # Watching the account
    _bucket("aws_cloudtrail", "aws_s3_bucket_policy", "CloudTrail tries the bucket", "provider docs, aws_cloudtrail"),
    _role_policy("aws_cloudtrail", "cloud_watch_logs_role_arn", "provider docs, aws_cloudtrail"),
    Order(
        "aws_cloudtrail",
        "aws_sns_topic_policy",
        "CloudTrail tries the topic",
        "CloudTrail guide, SNS topic policy",
        via=("aws_sns_topic",),
        about="arn",
    ),
    _bucket(
        "aws_config_delivery_channel",
        "aws_s3_bucket_policy",
        "AWS Config tries the bucket",
        "AWS Config guide, permissions for the bucket",
    ),
    Order(
        "aws_config_delivery_channel",
        "aws_config_configuration_recorder",
        "a channel is refused without a recorder",
        "provider docs, aws_config_delivery_channel",
    ),
    Order(
        "aws_config_configuration_recorder_status",
        "aws_config_delivery_channel",
        "a recorder starts only with a channel",
        "provider docs, aws_config_configuration_recorder_status",
    ),
    Order(
        "aws_config_config_rule",
        "aws_config_configuration_recorder",
        "a rule is refused without a recorder",
        "provider docs, aws_config_config_rule",
    ),
    Order(
        "aws_securityhub_account",
        "aws_config_configuration_recorder_status",
        "controls that find no recorder fail for a day",
        "Security Hub guide, enabling and configuring AWS Config",
    ),
    Order(
        "aws_securityhub_standards_subscription",
        "aws_securityhub_account",
        "a standard is subscribed to in a hub",
        "provider docs, aws_securityhub_standards_subscription",
    ),
    # Workflows
    _role_policy("aws_sfn_state_machine", "role_arn", "Step Functions guide, cw-logs: CreateStateMachine is refused"),
    _role_policy(
        "aws_scheduler_schedule",
        "target",
        "EventBridge Scheduler guide, setting-up-iam",
        "a start before it is refused",
    ),
    # Events
    _role_policy(
        "aws_cloudwatch_event_target",
        "role_arn",
        "EventBridge guide, identity-based policies",
        "events before it are lost",
    ),
    Order(
        "aws_cloudwatch_event_target",
        "aws_sqs_queue_policy",
        "what the queue doesn't let in is dropped",
        "EventBridge guide, dead-letter queues",
        via=("aws_sqs_queue",),
        about="queue_url",
    ),
)


@dataclass(frozen=True)
class Race:
    """Resource that nothing keeps from coming before another one."""

    order: Order
    later: str
    first: str

    @property
    def detail(self) -> str:
        return f"may come before {self.first}: {self.order.reason} ({self.order.source})"


def races(configuration: Configuration) -> Iterator[Race]:
    """Resources that may come before what they need."""
    graph = _Graph(configuration)
    for order in ORDERS:
        for later in graph.of_type(order.later):
            yield from (
                Race(order, later, first) for first in graph.needed(order, later) if not graph.after(later, first)
            )


def judged(configuration: Configuration) -> Iterator[Race]:
    """Every pair that a rule judges, whether it is in order or not."""
    graph = _Graph(configuration)
    for order in ORDERS:
        for later in graph.of_type(order.later):
            yield from (Race(order, later, first) for first in graph.needed(order, later))


class _Graph:
    """Resources of an environment with what each of them names, and what each of them comes after."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._arns = Arns(configuration)
        self._bodies = dict(configuration.blocks())
        self._before: dict[str, frozenset[str]] = {}

    def of_type(self, kind: str) -> list[str]:
        return [address for address in self._bodies if _kind(address) == kind]

    def needed(self, order: Order, later: str) -> list[str]:
        """Resources of the rule's earlier type that concern the later resource."""
        found = self.of_type(order.first)
        if not order.via:
            return found
        concerned = {later}
        for step, kind in enumerate(order.via):
            attribute = order.attribute if step == 0 else ""
            concerned = {each for one in concerned for each in self._named(one, attribute) if _kind(each) == kind}
        return [
            each
            for each in found
            if each != later and (each in concerned or self._named(each, order.about) & concerned)
        ]

    def after(self, later: str, first: str) -> bool:
        """Whether Terraform, or the order of layers, makes the one come after the other."""
        if _layer(later) != _layer(first):
            return self._configuration.comes_after(_layer(later), _layer(first))
        return first in self._closure(later)

    def _closure(self, address: str) -> frozenset[str]:
        """Everything that Terraform builds before a resource, in its own layer."""
        if address not in self._before:
            found: set[str] = set()
            waiting = [address]
            while waiting:
                near = self._configuration.direct(waiting.pop())
                fresh = {each for each in near - found if _layer(each) == _layer(address)}
                found |= fresh
                waiting += fresh
            self._before[address] = frozenset(found)
        return self._before[address]

    def _named(self, address: str, attribute: str = "") -> frozenset[str]:
        """Resources that a resource names, in one attribute or anywhere, also through policy documents and by name."""
        body: Body = self._bodies[address]
        texts = (
            listed(body.get(attribute)) if attribute else [value for key, value in body.items() if key != "depends_on"]
        )
        found: set[str] = set()
        for text in strings(texts):
            by_name = self._buckets.get(text) or (self._arns.address(text) if text.startswith("arn:") else None)
            found |= {by_name} if by_name else set(self._configuration.mentioned(text))
        documents = {each for each in found if "/data." in each}
        return frozenset(found - documents).union(*(self._named(each) for each in documents))

    @cached_property
    def _buckets(self) -> dict[str, str]:
        """Buckets by name: a layer may name one of another layer without reading it."""
        return {str(self._bodies[each].get("bucket")): each for each in self.of_type("aws_s3_bucket")}


def _kind(address: str) -> str:
    return address.partition("/")[2].partition(".")[0]


def _layer(address: str) -> str:
    return address.partition("/")[0]
