"""Clusters with their Container Insights, Fargate tasks, their scaling, and Lambda."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import HOURS, ZERO, Line, Range
from pipeline.cost.table import NoPriceError
from pipeline.cost.usage import FINDING_EVENTS, TRANSITIONS_PER_EVENT, probes
from terraform_json.blocks import nested_block

if TYPE_CHECKING:
    from config import Environment

# The functions complete a deployment: they run only when their input changes.
RUNS_PER_MONTH, RUN_SECONDS = 10, 60
# A whole answer, as the probe waits for it.
PROBE_SECONDS = 10
# The model's quota is read once a day.
QUOTA_SECONDS = 10
RETENTION_SECONDS = 2
# Releases a month for which the tasks before stay until the new ones have all visitors, and baked.
RELEASES_PER_MONTH = 10
# New tasks start, pass their first health checks and are tried.
START_MINUTES = 5
# Functions of ingestion that run for each page. A page that is fetched politely takes seconds, and the loader few runs.
SECONDS_PER_PAGE = {"fetch": 3, "embed": 2, "ledger": 1}
# A page's own execution begins, fetches, embeds, keeps and ends.
TRANSITIONS_PER_PAGE = 5
# Target tracking creates one alarm to scale out and one to scale in (Application Auto Scaling user guide).
ALARMS_PER_POLICY = 2
# Container Insights metrics on Fargate, counted by dimension in "Amazon ECS Container Insights metrics" (CloudWatch
# user guide), without those of EC2 instances, EBS volumes and restart policies.
METRICS_PER_CLUSTER, METRICS_PER_SERVICE, METRICS_PER_FAMILY = 12, 15, 10


def price_cluster(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The cluster is free; Container Insights is charged as custom metrics."""
    settings = [each["value"] for each in resource.body.get("setting", ()) if each["name"] == "containerInsights"]
    if any(value not in ("enabled", "disabled") for value in settings):
        raise NoPriceError("Container Insights is charged by observation, unless it is enabled or disabled")
    if "enabled" in settings:
        services = len(context.of_type("aws_ecs_service"))
        families = len(context.of_type("aws_ecs_task_definition"))
        metrics = METRICS_PER_CLUSTER + METRICS_PER_SERVICE * services + METRICS_PER_FAMILY * families
        yield context.fixed(resource, "Container Insights metrics", "cloudwatch.metric", metrics)


def price_service(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """vCPU, memory and public addresses of the tasks after the first release.

    The synthesised task count is 0, so the average number of tasks comes from the environment's settings. Where
    a release is shifted, tasks run twice until the old ones are ended.
    """
    task = context.referred(resource.body["task_definition"], "aws_ecs_task_definition").body
    family = f"fargate.{nested_block(task['runtime_platform'])['cpu_architecture'].lower()}"
    vcpu, gigabytes = Decimal(task["cpu"]) / 1024, Decimal(task["memory"]) / 1024
    yield from _running(resource, context, family, (vcpu, gigabytes), HOURS, "")
    if twice := _hours_of_two_releases(context):
        yield from _running(resource, context, family, (vcpu, gigabytes), twice, "second ")


def _hours_of_two_releases(context: PricingContext) -> Decimal:
    """Hours a month in which the tasks of two releases run; in a rolling deployment one replaces the other."""
    if not context.env.shifts_releases:
        return Decimal(0)
    deployment = context.env.deployment
    minutes = START_MINUTES + deployment.shift_minutes + deployment.old_tasks_minutes
    return Decimal(RELEASES_PER_MONTH * minutes) / 60


def _running(
    resource: PricedResource,
    context: PricingContext,
    family: str,
    size: tuple[Decimal, Decimal],
    hours_of_each: Decimal | int,
    word: str,
) -> Iterator[Line]:
    vcpu, gigabytes = size
    on_demand, spot = _capacity(resource, context.tasks)
    # Spot moves with supply: as low as the table says, or as high as on demand, whose price it never exceeds.
    cheap, dear = Range(spot.low, spot.expected, Decimal(0)), Range(Decimal(0), Decimal(0), spot.high)
    for kind, tasks, what in (
        ("", on_demand, f"{word}on-demand task {{}}"),
        (".spot", cheap, f"{word}Spot task {{}}"),
        ("", dear, f"{word}Spot task {{}} at most"),
    ):
        if tasks != ZERO:
            hours = tasks.times(hours_of_each)
            yield context.used(resource, what.format("vCPU"), f"{family}{kind}.vcpu", hours.times(vcpu))
            yield context.used(resource, what.format("memory"), f"{family}{kind}.memory", hours.times(gigabytes))
    if nested_block(resource.body["network_configuration"]).get("assign_public_ip"):
        addresses = context.tasks.times(hours_of_each)
        yield context.used(resource, f"public IPv4 of {word}tasks", "vpc.public_ipv4", addresses)


def _capacity(resource: PricedResource, tasks: Range) -> tuple[Range, Range]:
    """Number of tasks on on-demand and on Spot capacity: the base on demand, the rest by weight."""
    strategies = resource.body["capacity_provider_strategy"]
    base = Decimal(sum(each.get("base", 0) for each in strategies if each["capacity_provider"] == "FARGATE"))
    weights = {each["capacity_provider"]: Decimal(each["weight"]) for each in strategies}
    share = weights.get("FARGATE", Decimal(0)) / sum(weights.values())
    first = tasks.most(base)
    rest = tasks + first.times(-1)
    return first + rest.times(share), rest.times(1 - share)


def price_scaling_policy(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Alarms that Application Auto Scaling creates for the policy."""
    yield context.fixed(resource, "alarms that scaling keeps", "cloudwatch.alarm", ALARMS_PER_POLICY)


def runs_of(resource: PricedResource, env: Environment) -> tuple[int, int]:
    """Runs of a function a month, and seconds of each: those of ingestion run for pages, others at apply.

    The probe runs at its interval, as long as an answer takes.
    """
    module = str(resource.body.get("handler", "")).removeprefix("ingestion.functions.").partition(".")[0]
    if module == "quota_lambda":
        return HOURS // 24, QUOTA_SECONDS
    if module == "retention_lambda":
        return HOURS // 24, RETENTION_SECONDS
    if module == "probe_lambda":
        return probes(env), PROBE_SECONDS
    if module in SECONDS_PER_PAGE:
        return env.cost.ingested_pages_per_month, SECONDS_PER_PAGE[module]
    return RUNS_PER_MONTH, RUN_SECONDS


def price_function(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Invocations and duration."""
    memory = Decimal(resource.body.get("memory_size", 128)) / 1024
    architecture = resource.body.get("architectures", ["x86_64"])[0]
    runs, run_seconds = runs_of(resource, context.env)
    yield context.used(resource, "runs", "lambda.requests", context.usage(Decimal(runs) / 1_000_000))
    seconds = context.usage(memory * runs * run_seconds)
    yield context.used(resource, "duration", f"lambda.{architecture}.duration", seconds)


def price_state_machine(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Transitions of a standard machine; an express one is charged by requests and duration."""
    if resource.body.get("type", "STANDARD") != "STANDARD":
        raise NoPriceError("the table has no price for express state machines")
    transitions = context.env.cost.ingested_pages_per_month * TRANSITIONS_PER_PAGE
    if resource.layer == "security":
        transitions = FINDING_EVENTS * TRANSITIONS_PER_EVENT
    yield context.used(resource, "transitions", "states.transitions", context.usage(Decimal(transitions) / 1000))


PRICERS: dict[str, Pricer] = {
    "aws_sfn_state_machine": price_state_machine,
    "aws_ecs_cluster": price_cluster,
    "aws_ecs_service": price_service,
    "aws_appautoscaling_policy": price_scaling_policy,
    "aws_lambda_function": price_function,
}
