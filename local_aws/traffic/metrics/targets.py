"""RequestCountPerTarget of AWS/ApplicationELB, which follows from two other metrics of a minute."""

from __future__ import annotations

from local_aws.traffic.metrics.series import MINUTE, Metric, Series, metric

_NAMESPACE = "AWS/ApplicationELB"


def requests_per_target(series: Series, minute: int) -> None:
    """Add the metric for each target group of a minute.

    Requests by healthy targets, or by all where none is healthy; always there ("Target metrics", ELB user guide).
    """
    groups = [of for of, _ in series.minute(minute) if (of.namespace, of.name) == (_NAMESPACE, "HealthyHostCount")]
    by_group: dict[str, list[tuple[float, int]]] = {}
    for of in groups:
        healthy, unhealthy = (_most(series, of, name, minute) for name in ("HealthyHostCount", "UnHealthyHostCount"))
        if targets := healthy or unhealthy:
            requests = _sum(series, of, minute)
            _add(series, of.region, dict(of.dimensions), minute, requests / targets)
            by_group.setdefault(dict(of.dimensions)["TargetGroup"], []).append((requests, targets))
    for group, counted in by_group.items():
        requests, targets = sum(each[0] for each in counted), max(each[1] for each in counted)
        _add(series, groups[0].region, {"TargetGroup": group}, minute, requests / targets)


def _add(series: Series, region: str, dimensions: dict[str, str], minute: int, value: float) -> None:
    series.record(minute, metric(region, _NAMESPACE, "RequestCountPerTarget", dimensions), value, "None")


def _values(series: Series, of: Metric, name: str, minute: int) -> dict[float, int]:
    return series.values(Metric(of.region, of.namespace, name, of.dimensions), minute, minute + MINUTE)


def _most(series: Series, of: Metric, name: str, minute: int) -> int:
    return int(max(_values(series, of, name, minute), default=0))


def _sum(series: Series, of: Metric, minute: int) -> float:
    return sum(value * count for value, count in _values(series, of, "RequestCount", minute).items())
