"""Rules on tasks, their capacity, and the way from the reader to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config import aws_data
from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment

# Memory per CPU size as (least, most, step); Fargate task size in the ECS developer guide. 256 CPU has 512 besides.
_MEMORY = {
    256: (1024, 2048, 1024),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}


def memory_sizes(cpu: int) -> tuple[int, ...]:
    """Memory sizes in MiB that Fargate has for a CPU size."""
    least, most, step = _MEMORY[cpu]
    return (*((512,) if cpu == 256 else ()), *range(least, most + 1, step))


@reads_fields("service.cpu", "service.memory_mib")
def memory_fits_cpu(env: Environment) -> Iterator[Violation]:
    if env.service.memory_mib not in memory_sizes(env.service.cpu):
        least, most, step = _MEMORY[env.service.cpu]
        sizes = f"{least} to {most} in steps of {step}"
        if env.service.cpu == 256:
            sizes = "512, 1024 or 2048"
        yield "service.memory_mib", f"{sizes}, because cpu = {env.service.cpu}"


@reads_fields("service.min_tasks", "service.max_tasks")
def scaling_has_room(env: Environment) -> Iterator[Violation]:
    if env.service.min_tasks > env.service.max_tasks:
        yield "service.min_tasks", f"at most {env.service.max_tasks}, which is max_tasks"


@reads_fields("service.on_demand_base", "service.max_tasks")
def base_fits_scaling(env: Environment) -> Iterator[Violation]:
    if env.service.on_demand_base > env.service.max_tasks:
        yield "service.on_demand_base", f"at most {env.service.max_tasks}, which is max_tasks"


@reads_fields("service.health_check_timeout_seconds", "service.health_check_interval_seconds")
def health_check_ends_before_the_next(env: Environment) -> Iterator[Violation]:
    interval = env.service.health_check_interval_seconds
    if env.service.health_check_timeout_seconds >= interval:
        yield "service.health_check_timeout_seconds", f"less than {interval}, which is health_check_interval_seconds"


# What AWS recommends for the proxy beside the application's share ("Service Connect concepts", ECS developer guide).
PROXY_CPU, PROXY_MEMORY_MIB = 256, 64
# The smallest task, which the application has for itself without a proxy.
_LEAST_CPU, _LEAST_MEMORY_MIB = 256, 512


@reads_fields("service.service_connect", "deployment.strategy", "deployment.controller", "network.egress")
def connected_services_roll(env: Environment) -> Iterator[Violation]:
    """CODE_DEPLOY takes no Service Connect ("Service Connect", considerations, ECS developer guide)."""
    if not env.service.service_connect:
        return
    if env.shifts_releases:
        yield (
            "service.service_connect",
            f'false, because strategy = "{env.deployment.strategy}" shifts visitors between two groups of tasks: '
            "CodeDeploy doesn't know it, and ECS's own shifting was never tried with it",
        )
    if env.network.egress == "endpoints":
        yield (
            "service.service_connect",
            'false, because egress = "endpoints" leaves the proxy no way to its control plane, for which AWS names '
            "no endpoint",
        )
    if env.partition != "aws":
        yield "service.service_connect", f"false, because nobody tried it in the partition {env.partition}"


@reads_fields("service.service_connect", "service.cpu", "service.memory_mib")
def proxy_fits_task(env: Environment) -> Iterator[Violation]:
    if not env.service.service_connect:
        return
    for key, least, share in (
        ("cpu", _LEAST_CPU, PROXY_CPU),
        ("memory_mib", _LEAST_MEMORY_MIB, PROXY_MEMORY_MIB),
    ):
        if getattr(env.service, key) < least + share:
            yield (
                f"service.{key}",
                f"at least {least + share}, because service_connect adds a proxy of {share} to the {least} that the "
                "application needs",
            )


@reads_fields("service.service_connect", "service.tls_to_task")
def proxy_reads_the_port(env: Environment) -> Iterator[Violation]:
    """The proxy stands before the container's port, the load balancer's requests included; it can't read TLS."""
    if env.service.service_connect and env.service.tls_to_task:
        yield (
            "service.tls_to_task",
            "false, because with service_connect a proxy reads HTTP at the task's port, and its own TLS needs a paid "
            "private CA",
        )


@reads_fields("edge.enabled", "edge.origin_read_timeout_seconds", "service.idle_timeout_seconds")
def load_balancer_waits_as_long_as_the_edge(env: Environment) -> Iterator[Violation]:
    """If the load balancer timed out first, readers of a slow answer would get an error instead of its end."""
    least = env.edge.origin_read_timeout_seconds
    if env.edge.enabled and env.service.idle_timeout_seconds < least:
        yield "service.idle_timeout_seconds", f"at least {least}, which is edge.origin_read_timeout_seconds"


@reads_fields("edge.enabled", "edge.anonymous_addresses", "edge.waf_managed_rules")
def anonymous_addresses_are_known(env: Environment) -> Iterator[Violation]:
    """Which addresses are anonymous, one of AWS's managed rule groups knows."""
    if env.edge.enabled and env.edge.anonymous_addresses == "block" and not env.edge.waf_managed_rules:
        yield "edge.anonymous_addresses", '"count", because waf_managed_rules = false leaves nothing that knows them'


@reads_fields("region", "budget.enabled")
def services_exist_in_partition(env: Environment) -> Iterator[Violation]:
    """Services without which nothing answers, or nothing is built, by the endpoints that AWS publishes."""
    if not aws_data.service_exists("bedrock", env.partition):
        yield "region", f"a region with Bedrock, which the partition {env.partition} doesn't have"
    elif env.budget.enabled and not aws_data.service_exists("budgets", env.partition):
        yield "budget.enabled", f"false, because the partition {env.partition} has no AWS Budgets"


@reads_fields("edge.enabled", "dns.domain", "region")
def global_layers_exist_in_partition(env: Environment) -> Iterator[Violation]:
    """VPC origins (cfn-lint's data) and us-east-1, where global layers live, exist in the partition aws alone."""
    if env.partition == "aws":
        return
    if env.edge.enabled:
        yield "edge.enabled", f"false, because CloudFront has no VPC origins for {env.region}"
    if env.dns.domain:
        yield "dns.domain", f"nothing, because zone and certificate live in us-east-1, which {env.region} can't reach"
