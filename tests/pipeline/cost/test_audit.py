"""Account-wide security services: priced as configured, and unpriced where the table has no price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from config import load
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.result import Estimate
from tests.pipeline.cost.samples import line
from tests.support.environments import varied


def _estimate(kind: str, **body: Any) -> Estimate:
    return estimate_resources((PricedResource("security", kind, "x", body),), load("dev"))


@pytest.mark.parametrize(
    ("kind", "body", "what", "usd"),
    [
        ("aws_guardduty_detector", {"enable": True}, "CloudTrail events read", "0.80"),  # 0.2 million x 4
        ("aws_guardduty_detector", {}, "traffic logs read", "0.29"),  # 300 / 1024 x 1
        ("aws_securityhub_account", {}, "security checks", "3.00"),
        ("aws_config_configuration_recorder", {}, "changes recorded", "1.50"),
        ("aws_config_config_rule", {}, "evaluations", "0.10"),
        ("aws_inspector2_enabler", {"resource_types": ["ECR"]}, "images scanned on push", "0.72"),  # 8 x 0.09
        ("aws_inspector2_enabler", {"resource_types": ["ECR"]}, "images scanned again", "0.40"),  # 10 x 4 x 0.01
        # Without a default value a quarter of the hours: 0.25 x 0.30, half up.
        (
            "aws_cloudwatch_log_metric_filter",
            {"metric_transformation": {"name": "a"}},
            "metric of a log filter",
            "0.08",
        ),
        *(
            ("aws_cloudwatch_log_metric_filter", {"metric_transformation": each}, "metric of a log filter", "0.30")
            for each in ({"name": "a", "default_value": "0"}, [{"default_value": "0"}])
        ),
        ("aws_cloudwatch_composite_alarm", {}, "composite alarm", "0.50"),
    ],
)
def test_lines_by_hand(kind: str, body: dict[str, Any], what: str, usd: str) -> None:
    assert line(_estimate(kind, **body), kind, what).cost.expected == Decimal(usd)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("aws_cloudtrail", {}),
        ("aws_guardduty_detector", {"enable": False}),
        ("aws_guardduty_detector_feature", {"name": "RUNTIME_MONITORING", "status": "DISABLED"}),
        ("aws_guardduty_detector_feature", {"name": "LAMBDA_NETWORK_LOGS", "status": "ENABLED"}),
        ("aws_accessanalyzer_analyzer", {"type": "ACCOUNT"}),
    ],
)
def test_what_is_free_as_configured_says_so(kind: str, body: dict[str, Any]) -> None:
    estimate = _estimate(kind, **body)
    assert [each.type for each in estimate.free] == [kind]
    assert not estimate.lines
    assert not estimate.unpriced


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("aws_cloudtrail", {"event_selector": [{"data_resource": [{"type": "AWS::S3::Object"}]}]}),
        ("aws_cloudtrail", {"advanced_event_selector": [{"name": "data"}]}),
        ("aws_guardduty_detector_feature", {"name": "RUNTIME_MONITORING", "status": "ENABLED"}),
        ("aws_accessanalyzer_analyzer", {"type": "ACCOUNT_UNUSED_ACCESS"}),
        ("aws_inspector2_enabler", {"resource_types": ["ECR", "EC2"]}),
    ],
)
def test_what_costs_an_unknown_amount_is_listed(kind: str, body: dict[str, Any]) -> None:
    estimate = _estimate(kind, **body)
    assert [each.address for each in estimate.unpriced] == [f"{kind}.x"]
    assert not estimate.lines
    assert not estimate.free


def test_s3_events_follow_pages_and_logs_and_not_visitors() -> None:
    """500 pages of dev are 3,000 requests, and a bucket has 2 x 8,760 files of logs: 0.02 million x 0.80."""
    feature = PricedResource(
        "security", "aws_guardduty_detector_feature", "x", {"name": "S3_DATA_EVENTS", "status": "ENABLED"}
    )
    bucket = PricedResource("security", "aws_s3_bucket", "y", {"bucket": "a-b-trail-111111111111-us-east-1"})
    for requests in (0, 10_000_000):
        env = varied("dev", cost__requests_per_month=requests)
        found = line(estimate_resources((feature, bucket), env), feature.type, "S3 events read")
        assert found.quantity.expected == Decimal("0.02052")


@pytest.mark.parametrize(
    ("chats", "quantity"),
    [
        # No hour is without a question: 9 metrics all month, and 14 seldom in a quarter of it.
        (20_000, ("9", "12.5", "23")),
        # In 365 hours of 730: half of that. Low usage is 30 % of it, high 300 %.
        (365, ("1.35", "6.25", "23")),
        (0, ("0", "0", "0")),
    ],
)
def test_metrics_of_the_application_follow_hours_with_questions(chats: int, quantity: tuple[str, ...]) -> None:
    group = PricedResource(
        "infrastructure", "aws_cloudwatch_log_group", "x", {"name": "/sitechat/prod/app", "retention_in_days": 30}
    )
    of_usage = {"cost__chats_per_month": chats, "cost__low_percent": 30, "cost__high_percent": 300}
    env = varied("prod", monitoring__probe_minutes=0, **of_usage)
    found = line(estimate_resources((group,), env), group.type, "metrics of the application").quantity
    assert (found.low, found.expected, found.high) == tuple(map(Decimal, quantity))


def test_metrics_of_what_the_probes_questions_cost_have_values_in_every_hour() -> None:
    """Tokens read and written and their cost all month, those of the cache seldom: nobody else asks."""
    group = PricedResource(
        "infrastructure", "aws_cloudwatch_log_group", "x", {"name": "/sitechat/prod/app", "retention_in_days": 30}
    )
    env = varied("prod", cost__chats_per_month=0, monitoring__probe_minutes=15)
    found = line(estimate_resources((group,), env), group.type, "metrics of the application").quantity
    assert found.expected == Decimal("3.25")


def test_metrics_of_ingestion_are_two_a_source() -> None:
    body = {"name": "/sitechat/prod/ingestion/ledger", "retention_in_days": 30}
    group = PricedResource("workflows", "aws_cloudwatch_log_group", "x", body)
    found = line(estimate_resources((group,), varied("prod")), group.type, "metrics of ingestion").quantity
    assert (found.low, found.expected, found.high) == (Decimal(0), Decimal("0.5"), Decimal(2))


UNTRACED = {"monitoring__tracing": "off"}


def test_other_log_groups_and_applications_without_metrics_cost_none() -> None:
    for name, on in (("/sitechat/prod/exec", True), ("/sitechat/prod/app", False)):
        body = {"name": name, "retention_in_days": 30}
        group = PricedResource("infrastructure", "aws_cloudwatch_log_group", "x", body)
        estimate = estimate_resources((group,), varied("prod", **UNTRACED, monitoring__application_metrics=on))
        assert [each.what for each in estimate.lines] == ["logs written", "logs kept"]


APP = {"name": "/sitechat/prod/app", "retention_in_days": 30}
TRACED = {"monitoring__tracing": "otlp", "monitoring__transaction_search": "adopt", "monitoring__probe_minutes": 0}
# 2**20 questions a month of 6 spans of 1 KiB are 6 GB.
MANY = {"cost__chats_per_month": 2**20, "cost__low_percent": 100, "cost__high_percent": 100}


def spans(**changes: Any) -> dict[str, tuple[Decimal, str]]:
    """Quantity and price key's unit by what is priced, of the application's log group."""
    group = PricedResource("infrastructure", "aws_cloudwatch_log_group", "x", APP)
    env = varied("prod", **{**MANY, **UNTRACED, "monitoring__application_metrics": False, **changes})
    found = estimate_resources((group,), env)
    return {each.what: (each.quantity.expected, each.price.unit) for each in found.lines if "spans" in each.what}


def test_spans_are_priced_where_the_application_sends_any() -> None:
    assert spans(monitoring__probe_minutes=0) == {}
    assert spans(monitoring__transaction_search="own", monitoring__probe_minutes=0) == {}
    assert spans(**TRACED) == {
        "spans written": (Decimal(6), "GB"),
        "spans kept": (Decimal("0.9"), "GB-month"),
    }


@pytest.mark.parametrize(
    ("changes", "written", "kept"),
    [
        ({"monitoring__traced_percent": 12.5}, "0.75", "0.1125"),
        ({"monitoring__spans_retention_days": 90}, "6", "2.7"),
        ({"monitoring__transaction_search": "own"}, "6", "0.9"),
    ],
)
def test_spans_follow_the_share_that_is_traced_and_their_retention(
    changes: dict[str, Any], written: str, kept: str
) -> None:
    found = spans(**{**TRACED, **changes})
    assert (found["spans written"][0], found["spans kept"][0]) == (Decimal(written), Decimal(kept))


SIDECAR = {
    "monitoring__tracing": "sidecar",
    "monitoring__transaction_search": "off",
    "monitoring__collector_image": f"public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3@sha256:{'0' * 64}",
    "monitoring__probe_minutes": 0,
}


def test_a_collector_sends_no_spans_but_traces_that_x_ray_keeps_for_nothing() -> None:
    assert spans(**SIDECAR) == {}
    assert (found := _traces(**SIDECAR, monitoring__traced_percent=100)) == _traces(**SIDECAR)
    assert found == {"traces recorded": (Decimal("1.048576"), "5.24"), "traces matched": (Decimal("1.048576"), "0.52")}


def test_traces_follow_the_share_that_is_traced() -> None:
    found = _traces(**SIDECAR, monitoring__traced_percent=12.5)
    assert {quantity for quantity, _ in found.values()} == {Decimal("0.131072")}


def test_insights_of_a_group_have_no_price() -> None:
    blocks = {"insights_configuration": {"insights_enabled": True}}
    group = PricedResource("monitoring", "aws_xray_group", "g", {"group_name": "x", **blocks})
    (missing,) = estimate_resources((group,), varied("prod", **SIDECAR)).unpriced
    assert "insights_enabled" in missing.reason


def _traces(**changes: Any) -> dict[str, tuple[Decimal, str]]:
    """Million traces and their cost by what is priced, of rule and group."""
    both = (
        PricedResource("monitoring", "aws_xray_sampling_rule", "r", {"rule_name": "x"}),
        PricedResource("monitoring", "aws_xray_group", "g", {"group_name": "x"}),
    )
    found = estimate_resources(both, varied("prod", **{**MANY, **changes}))
    return {each.what: (each.quantity.expected, f"{each.cost.expected:.2f}") for each in found.lines}


def test_where_spans_have_no_price_the_log_that_holds_their_lines_has_none() -> None:
    group = PricedResource("infrastructure", "aws_cloudwatch_log_group", "x", APP)
    estimate = estimate_resources((group,), varied("prod", **TRACED, region="eu-central-1"))
    (missing,) = estimate.unpriced
    assert "cloudwatch.spans.ingest" in missing.reason


def test_metrics_of_filters_are_a_range() -> None:
    found = line(
        _estimate("aws_cloudwatch_log_metric_filter", metric_transformation={"name": "a"}),
        "aws_cloudwatch_log_metric_filter",
        "metric of a log filter",
    )
    assert (found.cost.low, found.cost.high) == (Decimal("0.00"), Decimal("0.30"))
