"""Promises of the layer infrastructure, but for its network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from policies.vouched.promises import network
from policies.vouched.promises.parts import DOCUMENT, bucket, key, role, role_policy, secret, subscriptions, topic
from policies.vouched.promises.promise import ALWAYS, Promise, of, promise

if TYPE_CHECKING:
    from config import Environment


def infrastructure(env: Environment) -> Iterator[Promise]:
    """The foundation of a region."""
    yield promise(
        ALWAYS,
        key("key"),
        bucket("log_buckets_server_access", logged=False),
        bucket("log_buckets_alb"),
        bucket("model_switch_switches"),
        role_policy("model_switch_switch_access"),
        of("aws_cloudwatch_log_group", "app_logs_group", "exec_logs_group"),
        ("aws_ecr_repository.images_repository", "aws_ecr_lifecycle_policy.images_expiry"),
        role("roles_execution"),
        role("roles_task", policy=""),
        topic("alarms"),
    )
    yield promise("secrets.names", map(secret, env.secrets.names))
    yield promise("monitoring.alarm_emails", subscriptions("alarms", env.monitoring.alarm_emails))
    if env.service.execute_command or env.traces:
        yield promise(f"service.execute_command = true, or {network.TRACED}", role_policy("roles_task_access"))
    yield from _groups(env)
    yield from network.network(env)


def _groups(env: Environment) -> Iterator[Promise]:
    yield promise(
        ALWAYS,
        of("aws_security_group", "groups_alb", "groups_task"),
        of("aws_vpc_security_group_egress_rule", "groups_alb_to_task_out", "groups_task_out"),
        of("aws_vpc_security_group_ingress_rule", "groups_alb_to_task_in", "groups_cloudfront_to_alb"),
        of("data.aws_ec2_managed_prefix_list", "groups_cloudfront"),
    )
    if env.search.enabled:
        yield promise(
            "search.enabled = true",
            of("aws_security_group", "groups_search"),
            of("aws_vpc_security_group_egress_rule", "groups_task_to_search_out"),
            of("aws_vpc_security_group_ingress_rule", "groups_task_to_search_in"),
        )
    if env.network.egress == "endpoints":
        yield promise(
            'network.egress = "endpoints"',
            of("aws_vpc_security_group_egress_rule", "groups_task_to_s3"),
            of("data.aws_ec2_managed_prefix_list", "groups_s3"),
            of("aws_security_group", "interface_endpoints_group"),
            of("aws_vpc_security_group_ingress_rule", "interface_endpoints_from_client_0"),
            of(DOCUMENT, "interface_endpoints_policy"),
        )
