"""Alarms on the model's quota against the quota: the doctor compares and writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from config.alarm_text import NOT_READ
from pipeline.doctor.account import model_quotas
from tests.pipeline.doctor.conftest import Describe, answers

NAME = "Cross-region model inference tokens per minute for Amazon Nova Lite"
EMBEDDED = "On-demand model inference tokens per minute for Amazon Titan Text Embeddings V2"
ALARMS = {"quota-tokens-50": 50, "quota-tokens-100": 100}


@pytest.mark.parametrize(
    ("thresholds", "light", "said"),
    [
        ({}, "green", "200,000 tokens a minute; the alarms come with the layer monitoring"),
        (
            {"quota-tokens-50": 1e5, "quota-tokens-100": 2e5},
            "green",
            "200,000 tokens a minute; alarms at 50 % and 100 %",
        ),
        (
            {"quota-tokens-50": float(NOT_READ), "quota-tokens-100": 2e5},
            "yellow",
            "200,000 tokens a minute, but quota-tokens-50 was never set: nobody has read the quota yet",
        ),
        (
            {"quota-tokens-50": 5e4, "quota-tokens-100": 2e5},
            "yellow",
            "200,000 tokens a minute, but quota-tokens-50 rings at 50,000 instead of 100,000",
        ),
        (
            {"quota-tokens-50": 1e5},
            "yellow",
            "200,000 tokens a minute, but quota-tokens-100 isn't there",
        ),
    ],
)
def test_thresholds_are_compared_with_the_quota(thresholds: dict[str, float], light: str, said: str) -> None:
    found = model_quotas.compare_thresholds(2e5, ALARMS, thresholds, "model-quota")
    assert (found.light, found.detail) == (light, said)
    assert ("aws lambda invoke --function-name model-quota" in found.fix) is (light == "yellow")


def test_what_is_applied_is_compared_with_what_cloudwatch_has(describe: Describe) -> None:
    asked = describe("[bedrock]\nquota_alarms = true\n")
    half, full, *embedded = asked.env.quota_alarms
    for name, threshold in ((half, 100.0), (full, 150.0), *zip(embedded, (15.0, 30.0), strict=True)):
        asked.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            MetricName="EstimatedTPMQuotaUsage",
            Namespace="AWS/Bedrock",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=threshold,
        )
    answers(
        asked,
        "service-quotas",
        ("list_service_quotas", quotas(("Other", 1.0), (NAME.upper(), 200.0), (EMBEDDED, 30.0))),
    )
    found, other = model_quotas.examine(asked)
    assert (other.light, other.detail) == ("green", "30 tokens a minute; alarms at 50 % and 100 %")
    assert (found.light, found.detail) == (
        "yellow",
        f"200 tokens a minute, but {full} rings at 150 instead of 200",
    )


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ([("Other", 1.0)], f'Service Quotas has no value above 0 of "{NAME}" in us-east-1'),
        ([(NAME, 0.0)], f'Service Quotas has no value above 0 of "{NAME}" in us-east-1'),
        ([(NAME, 1.0), (NAME, 2.0)], f'Service Quotas has 2 values of "{NAME}" in us-east-1'),
    ],
)
def test_a_quota_that_is_not_clear_is_red(describe: Describe, listed: list[tuple[str, float]], said: str) -> None:
    asked = describe("[bedrock]\nquota_alarms = true\n")
    answers(asked, "service-quotas", ("list_service_quotas", quotas(*listed, (EMBEDDED, 30.0))))
    found, other = model_quotas.examine(asked)
    assert (other.light, other.detail) == ("green", "30 tokens a minute; the alarms come with the layer monitoring")
    assert (found.light, found.detail) == ("red", said)


def test_without_alarms_nothing_is_asked(describe: Describe) -> None:
    assert list(model_quotas.examine(describe())) == []


def quotas(*listed: tuple[str, float]) -> dict[str, Any]:
    return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in listed]}
