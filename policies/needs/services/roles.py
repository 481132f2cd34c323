"""Roles that services take on, and what they do in them: ECS, flow logs, CloudTrail, Bedrock, EventBridge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.needs.deployed import Deployed
from policies.needs.need import ANYONE, Context, Need, service

# Services that take on roles of an environment, and the fact about the source they send. The trust policies of roles,
# and the services that a CI may pass roles to, follow from this table.
ASSUMES = {
    "bedrock.amazonaws.com": "bedrock-assumes",
    "budgets.amazonaws.com": "budgets-assumes",
    "cloudtrail.amazonaws.com": "trail-assumes",
    "codedeploy.amazonaws.com": "codedeploy-assumes",
    "ecs-tasks.amazonaws.com": "ecs-assumes",
    "events.amazonaws.com": "events-assumes",
    "lambda.amazonaws.com": "lambda-assumes",
    "scheduler.amazonaws.com": "scheduler-assumes",
    "states.amazonaws.com": "states-assumes",
    "vpc-flow-logs.amazonaws.com": "flow-logs-assumes",
}
# The same of ECS's own deployments, which come with version 6 of the provider. Nobody passes a role to it before.
ASSUMES_NEXT = {"ecs.amazonaws.com": "ecs-shifts-assumes"}
_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
EXAMPLE = "0123456789abcdef"


# No document says that these send a source when they take on a role: a condition on one might refuse them. Only this
# account's principals can pass the role on, so no other account's use of the service reaches it (IAM user guide,
# "Grant a user permissions to pass a role to an AWS service").
WITHOUT_SOURCE = frozenset({"cloudtrail.amazonaws.com", "ecs.amazonaws.com"})


def assumed(name: str, role_arn: str, source: Context) -> Need:
    """The need of a service to take on a role."""
    return Need(service(name), ("sts:AssumeRole",), role_arn, (ASSUMES | ASSUMES_NEXT)[name], source)


# Images of AWS's public registry are pulled without credentials ("Pulling an image", ECR Public guide).
_PUBLIC = "public.ecr.aws/"


def task_roles(deployed: Deployed) -> Iterator[Need]:
    """ECS takes on the roles of task definitions, and starts tasks in the execution role."""
    for address, body in deployed.each("aws_ecs_task_definition"):
        partition, region, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:ecs:{region}:{account}:task/{EXAMPLE}")
        for argument in ("execution_role_arn", "task_role_arn"):
            if role := deployed.value(body, argument):
                yield assumed("ecs-tasks.amazonaws.com", role, source)
        if role := deployed.value(body, "execution_role_arn"):
            yield from _started(deployed, address, role)


def _started(deployed: Deployed, address: str, role: str) -> Iterator[Need]:
    partition, region, account = deployed.place(address)
    fact = "ecs-starts-tasks"
    yield Need(role, ("ecr:GetAuthorizationToken",), "*", fact, in_vpc=True)
    layers = f"arn:{partition}:s3:::prod-{region}-starport-layer-bucket/{EXAMPLE}"
    yield Need(ANYONE, ("s3:GetObject",), layers, "layers-from-s3", in_vpc=True)
    for container in _containers(deployed, address):
        if not str(container["image"]).startswith(_PUBLIC):
            yield Need(role, _PULL, _repository(str(container["image"]), partition), fact, in_vpc=True)
        for secret in container.get("secrets", ()):
            yield Need(role, ("secretsmanager:GetSecretValue",), secret["valueFrom"], fact, in_vpc=True)
        options = container.get("logConfiguration", {}).get("options", {})
        if group := options.get("awslogs-group"):
            stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:app/{EXAMPLE}"
            yield Need(role, _WRITE, stream, fact, in_vpc=True)


def _containers(deployed: Deployed, address: str) -> list[dict[str, Any]]:
    """Container definitions of a task definition. Raises ValueError where they aren't a list that can be read."""
    text = deployed.value(deployed.configuration.get(address), "container_definitions")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "image" in each for each in found):
        raise ValueError(f"{address}: container_definitions is no list of containers that can be read here")
    return found


def _repository(image: str, partition: str) -> str:
    """ARN of the repository of an image, in the account and region of its registry."""
    host, _, path = image.partition("/")
    account, _, _, region, *_ = f"{host}....".split(".")
    return f"arn:{partition}:ecr:{region}:{account}:repository/{path.partition('@')[0].partition(':')[0]}"


def flow_logs(deployed: Deployed) -> Iterator[Need]:
    """The flow logs service takes on its role and writes to the log group."""
    for address, body in deployed.each("aws_flow_log"):
        role = deployed.value(body, "iam_role_arn")
        if not role:
            continue
        partition, region, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/fl-{EXAMPLE}")
        yield assumed("vpc-flow-logs.amazonaws.com", role, source)
        group = deployed.value(body, "log_destination").removesuffix(":*")
        groups = f"arn:{partition}:logs:{region}:{account}:log-group:*"
        yield Need(role, ("logs:DescribeLogGroups",), groups, "flow-logs")
        yield Need(role, ("logs:DescribeLogStreams",), f"{group}:log-stream:", "flow-logs")
        yield Need(role, _WRITE, f"{group}:log-stream:eni-{EXAMPLE}-all", "flow-logs")


def trails(deployed: Deployed) -> Iterator[Need]:
    """CloudTrail takes on the role of its log group, without source conditions, and writes there."""
    for address, body in deployed.each("aws_cloudtrail"):
        if role := deployed.value(body, "cloud_watch_logs_role_arn"):
            yield assumed("cloudtrail.amazonaws.com", role, {})
            group = deployed.value(body, "cloud_watch_logs_group_arn").removesuffix(":*")
            _, region, account = deployed.place(address)
            yield Need(role, _WRITE, f"{group}:log-stream:{account}_CloudTrail_{region}", "trail-logs")


def invocation_logging(deployed: Deployed) -> Iterator[Need]:
    """Bedrock takes on the role of invocation logging and writes to its stream."""
    for address, body in deployed.each("aws_bedrock_model_invocation_logging_configuration"):
        role = deployed.value(body, "logging_config", "cloudwatch_config", "role_arn")
        if not role:
            continue
        partition, region, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:bedrock:{region}:{account}:{EXAMPLE}")
        yield assumed("bedrock.amazonaws.com", role, source)
        group = deployed.value(body, "logging_config", "cloudwatch_config", "log_group_name")
        log = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:aws/bedrock/modelinvocations"
        yield Need(role, _WRITE, log, "bedrock-logs")


def forwarded_events(deployed: Deployed) -> Iterator[Need]:
    """EventBridge takes on the role of a target that has one, and puts events on its bus, or starts its machine."""
    for address, body in deployed.each("aws_cloudwatch_event_target"):
        if role := deployed.value(body, "role_arn"):
            partition, region, account = deployed.place(address)
            rule = f"arn:{partition}:events:{region}:{account}:rule/{deployed.value(body, 'rule')}"
            yield assumed("events.amazonaws.com", role, deployed.source(rule))
            target = deployed.value(body, "arn")
            if ":event-bus/" in target:
                yield Need(role, ("events:PutEvents",), target, "events-forward")
            if ":stateMachine:" in target:
                yield Need(role, ("states:StartExecution",), target, "events-start")


def budget_actions(deployed: Deployed) -> Iterator[Need]:
    """Budgets takes on the role of an action."""
    for address, body in deployed.each("aws_budgets_budget_action"):
        partition, _, account = deployed.place(address)
        source = f"arn:{partition}:budgets::{account}:budget/{deployed.value(body, 'budget_name')}"
        yield assumed("budgets.amazonaws.com", deployed.value(body, "execution_role_arn"), deployed.source(source))


def sessions(deployed: Deployed) -> Iterator[Need]:
    """The agent of ECS Exec opens channels in the task role and logs the session under the cluster's key."""
    for service_address, body in deployed.each("aws_ecs_service"):
        task = deployed.configuration.follow(body.get("task_definition"))
        cluster = deployed.configuration.follow(body.get("cluster"))
        if not body.get("enable_execute_command") or not task or not cluster:
            continue
        role = deployed.value(deployed.configuration.get(task), "task_role_arn")
        settings = ("configuration", "execute_command_configuration")
        key = deployed.value(deployed.configuration.get(cluster), *settings, "kms_key_id")
        group = deployed.value(
            deployed.configuration.get(cluster), *settings, "log_configuration", "cloud_watch_log_group_name"
        )
        partition, region, account = deployed.place(service_address)
        log = f"arn:{partition}:logs:{region}:{account}:log-group:{group}"
        channels = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
        yield Need(role, tuple(f"ssmmessages:{each}" for each in channels), "*", "ecs-exec", in_vpc=True)
        yield Need(role, ("logs:DescribeLogGroups",), "*", "ecs-exec", in_vpc=True)
        yield Need(role, ("logs:DescribeLogStreams",), f"{log}:log-stream:", "ecs-exec", in_vpc=True)
        yield Need(role, _WRITE, f"{log}:log-stream:ecs-execute-command-{EXAMPLE}", "ecs-exec", in_vpc=True)
        yield Need(role, ("kms:Decrypt",), key, "ecs-exec", in_vpc=True)


def proxies(deployed: Deployed) -> Iterator[Need]:
    """The proxy of Service Connect logs in the execution role, as the application's container does."""
    for address, body in deployed.each("aws_ecs_service"):
        task = deployed.configuration.follow(body.get("task_definition"))
        settings = ("service_connect_configuration", "log_configuration", "options", "awslogs-group")
        group = deployed.value(body, *settings)
        if not task or not group:
            continue
        role = deployed.value(deployed.configuration.get(task), "execution_role_arn")
        partition, region, account = deployed.place(address)
        stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:service-connect/{EXAMPLE}"
        yield Need(role, _WRITE, stream, "ecs-starts-tasks", in_vpc=True)


RULES = (task_roles, flow_logs, trails, invocation_logging, forwarded_events, budget_actions, sessions, proxies)
