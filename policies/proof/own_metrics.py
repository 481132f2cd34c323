"""Metrics of a deployment's own: those that its metric filters and its application make of log lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from config.application_metrics import BY_NAME, PROBE_METRICS
from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, listed, nested_block

FILTER = "aws_cloudwatch_log_metric_filter"
TASK = "aws_ecs_task_definition"
FUNCTION = "aws_lambda_function"
NAMESPACE = "SITECHAT_METRICS_NAMESPACE"
PROBE = "PROBE"


class OwnMetric(NamedTuple):
    """A metric of the deployment: names of its dimensions, and values of each where they are known.

    One that is `filtered` has values only while something happens.
    """

    dimensions: frozenset[str]
    values: Mapping[str, tuple[str, ...]]
    unit: str = ""
    filtered: bool = False


def own_metrics(configuration: Configuration, arns: Arns, region: str, namespace: str, name: str) -> list[OwnMetric]:
    """What makes a metric in a region; nothing where it would never have a value."""
    return [
        *_filtered(configuration, arns, region, namespace, name),
        *_of_applications(configuration, arns, region, namespace, name),
        *_of_probes(configuration, arns, region, namespace, name),
    ]


def _filtered(configuration: Configuration, arns: Arns, region: str, namespace: str, name: str) -> Iterator[OwnMetric]:
    for address, body in configuration.all(FILTER).items():
        if configuration.region(address) != region:
            continue
        for made in listed(body.get("metric_transformation")):
            told = [arns.concrete(str(made.get(each, ""))) for each in ("namespace", "name")]
            if told == [namespace, name]:
                yield OwnMetric(frozenset(made.get("dimensions") or ()), {}, filtered=True)


def _of_applications(
    configuration: Configuration, arns: Arns, region: str, namespace: str, name: str
) -> Iterator[OwnMetric]:
    """The contract's metrics (config/application_metrics.py), of a task that is told the namespace and logs in AWS."""
    row = BY_NAME.get(name)
    if row is None:
        return
    for address, body in configuration.all(TASK).items():
        if configuration.region(address) == region and namespace in _namespaces(arns, body):
            yield OwnMetric(row.dimensions, {row.dimension: row.values} if row.dimension else {}, row.unit)


def _of_probes(configuration: Configuration, arns: Arns, region: str, namespace: str, name: str) -> Iterator[OwnMetric]:
    """The metrics of a function that asks the site, in the namespace that it is told."""
    units = {each.name: each.unit for each in PROBE_METRICS}
    if name not in units:
        return
    for address, body in configuration.all(FUNCTION).items():
        variables = nested_block(body.get("environment")).get("variables") or {}
        try:
            told: Any = json.loads(str(variables.get(PROBE, "")))
        except ValueError:
            continue
        if configuration.region(address) == region and arns.concrete(str(told.get("namespace", ""))) == namespace:
            yield OwnMetric(frozenset(), {}, units[name])


def _namespaces(arns: Arns, body: Body) -> Iterator[str]:
    try:
        containers: Any = json.loads(str(body.get("container_definitions", "")))
    except ValueError:
        return
    for container in containers if isinstance(containers, list) else ():
        if (container.get("logConfiguration") or {}).get("logDriver") != "awslogs":
            continue
        for variable in container.get("environment") or ():
            if variable.get("name") == NAMESPACE:
                yield arns.concrete(str(variable.get("value", "")))
