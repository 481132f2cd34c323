"""Promises of the layers between the visitor and the application: dns, certificates, edge and service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.place import GLOBAL_REGION
from policies.vouched.promises.parts import alarms, bucket, function_role, key, role
from policies.vouched.promises.promise import ALWAYS, Promise, of, promise

if TYPE_CHECKING:
    from config import Environment


def dns(_env: Environment) -> Iterator[Promise]:
    """The hosted zone, where none exists."""
    yield promise('dns.zone = "create"', of("aws_route53_zone", "zone"))


def certificates(env: Environment) -> Iterator[Promise]:
    """One for viewers in CloudFront's region, and one for the load balancer of another region."""
    yield promise("dns.domain", of("aws_route53_record", "site_validation"))
    for region in sorted({GLOBAL_REGION, env.region}):
        word = region.replace("-", "_")
        yield promise(
            "dns.domain",
            of("aws_acm_certificate", f"site_certificate_{word}"),
            of("aws_acm_certificate_validation", f"site_validated_{word}"),
        )


def service(env: Environment) -> Iterator[Promise]:
    """Load balancer, cluster, task and scaling."""
    yield promise(
        ALWAYS,
        of("aws_ecs_cluster", "cluster"),
        of("aws_ecs_cluster_capacity_providers", "cluster_capacity"),
        of("aws_ecs_service", "web_service"),
        of("aws_ecs_task_definition", "task"),
        of("aws_lb", "load_balancer_alb"),
        of("aws_lb_target_group", "load_balancer_target_group"),
        of("aws_appautoscaling_target", "scaling_target"),
        of("aws_appautoscaling_policy", "scaling_cpu", "scaling_memory"),
    )
    if env.service.service_connect:
        yield promise("service.service_connect = true", of("aws_service_discovery_http_namespace", "connect_namespace"))
    if env.deployment.rollback_alarms:
        yield promise("deployment.rollback_alarms = true", alarms("release_alarms", "errors", "unhealthy"))
    if env.dns.domain:
        yield promise("dns.domain", of("aws_lb_listener", "load_balancer_https"))
        if env.shifts_releases:
            yield from _shifted_releases(env)
    else:
        yield promise(
            "no dns.domain",
            of("aws_lb_listener", "load_balancer_http"),
            of("aws_lb_listener_rule", "load_balancer_viewer_https"),
        )


def _shifted_releases(env: Environment) -> Iterator[Promise]:
    """A second group and a listener for tests, what tries new tasks, and what shifts visitors to them."""
    yield promise(
        f'deployment.strategy = "{env.deployment.strategy}"',
        of("aws_lb_target_group", "load_balancer_second_target_group"),
        of("aws_lb_listener", "load_balancer_tests"),
        of("aws_lambda_function", "release_hook_inner"),
        function_role("release_hook_inner_role"),
        of("aws_s3_object", "release_hook_signed_source"),
        of("aws_signer_signing_job", "release_hook_signed_job"),
        of("aws_security_group", "release_hook_group"),
        of("aws_vpc_security_group_egress_rule", "release_hook_out"),
        of("aws_vpc_security_group_ingress_rule", "release_hook_in"),
    )
    yield from _code_deploy(env) if env.uses_code_deploy else _native()


def _code_deploy(env: Environment) -> Iterator[Promise]:
    strategy = env.deployment.strategy
    yield promise(
        f'deployment.strategy = "{strategy}"',
        of("aws_codedeploy_app", "releases_app"),
        of("aws_codedeploy_deployment_group", "releases_group"),
        role("release_role"),
        of("aws_lambda_function", "release_hook_outer"),
        function_role("release_hook_outer_role"),
    )
    if strategy != "blue_green":
        yield promise(f'deployment.strategy = "{strategy}"', of("aws_codedeploy_deployment_config", "releases_shift"))


def _native() -> Iterator[Promise]:
    yield promise(
        'deployment.controller = "ecs"',
        of("aws_lb_listener_rule", "load_balancer_https_all", "load_balancer_tests_all"),
        role("shift_role"),
        role("call_role"),
    )


def edge(env: Environment) -> Iterator[Promise]:
    """Distribution, web ACL with its log, and the page that answers when the service doesn't."""
    at_home = env.region == GLOBAL_REGION
    yield promise(
        "edge.enabled = true",
        of("aws_cloudfront_distribution", "site_distribution"),
        of("aws_cloudfront_cache_policy", "static_caching_policy"),
        of("aws_cloudfront_response_headers_policy", "headers_policy"),
        of("aws_cloudfront_origin_access_control", "fallback_access"),
        of("aws_s3_object", "fallback_page"),
        bucket("fallback_bucket", logged=at_home),
        of("aws_wafv2_web_acl", "firewall_acl"),
        of("aws_wafv2_web_acl_logging_configuration", "firewall_logging"),
        of("aws_cloudwatch_log_group", "waf_logs_group"),
    )
    if not at_home:
        yield promise(f'region = "{env.region}"', key("key"))
    if env.edge.access_logs:
        yield promise(
            "edge.access_logs = true",
            of("aws_cloudwatch_log_delivery", "access_logs_delivery"),
            of("aws_cloudwatch_log_delivery_destination", "access_logs_destination"),
            of("aws_cloudwatch_log_delivery_source", "access_logs_source"),
            bucket("access_logs_bucket", logged=at_home),
        )
    if env.dns.domain:
        yield promise(
            "dns.domain",
            of("aws_cloudfront_vpc_origin", "origin_https"),
            of("aws_route53_record", "alias_a", "alias_aaaa"),
        )
    else:
        yield promise(
            "no dns.domain",
            of("aws_cloudfront_vpc_origin", "origin_http"),
            of("aws_cloudfront_origin_request_policy", "viewer_direct", "viewer_pages"),
        )
