"""Every alarm of an environment is on one of its dashboards, and drawn where it has a metric."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from config import Environment, load
from config.application_metrics import BY_NAME, INGESTION_METRICS, PROBE_METRICS
from policies.proof.alarms import documented_metrics
from tests.support import shared
from tests.support.environments import NAMES, varied
from tests.support.template import Template

KINDS = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
Layers = Mapping[str, Template]
FAR = {
    "region": "eu-central-1",
    "network__availability_zones": ("eu-central-1a", "eu-central-1b"),
    "bedrock__model_id": "amazon.nova-lite-v1:0",
    "bedrock__destination_regions": (),
}
# What the files don't choose: environment, and settings as tests/support/environments.py takes them.
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "far": ("prod", FAR),
    "bare": (
        "dev",
        {"edge__enabled": False, "search__enabled": False, "ingestion__sources": (), "security__trail": "off"},
    ),
    "probed": ("prod", {"image__digest": f"sha256:{'0' * 64}"}),
    "parked": ("prod", {"service__parked": True, "ingestion__schedule": "rate(1 day)"}),
    "scheduled": (
        "staging",
        {"ingestion__schedule": "rate(1 day)", "ingestion__check_passages": True, "bedrock__stop": "off"},
    ),
}
# Metrics that no alarm watches, so that policies/proof/metrics.toml hasn't got them.
DRAWN_ALONE = {
    ("AWS/Billing", "EstimatedCharges"),
    ("ECS/ContainerInsights", "RunningTaskCount"),
    ("ECS/ContainerInsights", "DesiredTaskCount"),
}


def _arns(env: Environment, layers: Layers) -> list[str]:
    """ARNs of all alarms that Terraform makes."""
    found = []
    for layer in layers.values():
        regions = {each.get("alias", ""): each["region"] for each in layer.config["provider"]["aws"]}
        for alarm in (each for kind in KINDS for each in layer.all(kind).values()):
            region = regions[str(alarm.get("provider", "")).removeprefix("aws.")]
            found.append(f"arn:aws:cloudwatch:{region}:{env.account_id}:alarm:{alarm['alarm_name']}")
    return sorted(found)


def _widgets(layers: Layers, kind: str) -> Iterator[dict[str, Any]]:
    for board in layers["monitoring"].all("aws_cloudwatch_dashboard").values():
        for widget in json.loads(board["dashboard_body"])["widgets"]:
            if widget["type"] == kind:
                yield widget["properties"]


@cache
def _environment(name: str) -> tuple[Environment, Layers]:
    if name in NAMES:
        return load(name), shared.environment(name)
    return _others()[name]


@cache
def _others() -> dict[str, tuple[Environment, Layers]]:
    envs = [varied(base, **changes) for base, changes in OTHERS.values()]
    return dict(zip(OTHERS, zip(envs, shared.configurations(envs), strict=True), strict=True))


every_one = pytest.mark.parametrize("name", [*NAMES, *OTHERS])


@every_one
def test_every_alarm_is_on_exactly_one_dashboard(name: str) -> None:
    env, layers = _environment(name)
    shown = sorted(arn for widget in _widgets(layers, "alarm") for arn in widget["alarms"])
    assert shown == _arns(env, layers)


@every_one
def test_every_threshold_crosses_a_graph_of_what_its_alarm_watches(name: str) -> None:
    """But one that a function sets: then a graph has the line that moves towards it."""
    _, layers = _environment(name)
    graphs = [
        {(row[0], row[1]) for row in widget["metrics"] if isinstance(row[0], str)}
        for widget in _widgets(layers, "metric")
    ]
    drawn = [
        ({(row[0], row[1]) for row in widget["metrics"] if isinstance(row[0], str)}, crossing["value"])
        for widget in _widgets(layers, "metric")
        for crossing in widget.get("annotations", {}).get("horizontal", ())
    ]
    for layer in layers.values():
        for alarm in layer.all(KINDS[0]).values():
            queries = [each["metric"] for each in alarm.get("metric_query", ()) if "metric" in each] or [alarm]
            watched = {(each["namespace"], each["metric_name"]) for each in queries}
            named = alarm["alarm_name"]
            crossed = any(watched <= metrics and value == alarm["threshold"] for metrics, value in drawn)
            if "threshold" in alarm.get("lifecycle", {}).get("ignore_changes", ()):
                assert any(watched <= metrics for metrics in graphs), named
                assert not crossed, named
            else:
                assert crossed, named


@every_one
def test_every_graph_has_metrics_that_somebody_writes(name: str) -> None:
    env, layers = _environment(name)
    filtered = {
        (each["metric_transformation"]["namespace"], each["metric_transformation"]["name"])
        for layer in layers.values()
        for each in layer.all("aws_cloudwatch_log_metric_filter").values()
    }
    names = (*BY_NAME, *(each.name for each in (*INGESTION_METRICS, *PROBE_METRICS)))
    own = {(env.metrics_namespace, each) for each in names} if env.metrics_namespace else set()
    known = {*documented_metrics(), *own, *filtered, *DRAWN_ALONE}
    drawn = {
        (row[0], row[1])
        for widget in _widgets(layers, "metric")
        for row in widget["metrics"]
        if isinstance(row[0], str)
    }
    assert drawn - known == set()


def test_the_probe_has_its_graphs() -> None:
    _, layers = _environment("probed")
    drawn = {
        row[1]: row[-1]["period"]
        for widget in _widgets(layers, "metric")
        for row in widget["metrics"]
        if isinstance(row[0], str) and row[1].startswith("Probe")
    }
    assert drawn == {each.name: 60 * load("prod").monitoring.probe_minutes for each in PROBE_METRICS}


@every_one
def test_every_graph_was_meant(name: str) -> None:
    """What no graph takes is drawn by itself, for whoever adds an alarm; here all have their places."""
    _, layers = _environment(name)
    headings = [widget["markdown"] for widget in _widgets(layers, "text")]
    assert headings
    assert not [each for each in headings if "Other alarms" in each]
