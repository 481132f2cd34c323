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


def _estimate(kind: str, **body: Any) -> Estimate:
    return estimate_resources((PricedResource("security", kind, "x", body),), load("dev"))


@pytest.mark.parametrize(
    ("kind", "body", "what", "usd"),
    [
        ("aws_guardduty_detector", {"enable": True}, "CloudTrail events read", "0.80"),  # 0.2 million x 4
        ("aws_guardduty_detector", {}, "traffic logs read", "0.29"),  # 300 / 1024 x 1
        # 15,000 requests: 0.015 million x 0.80
        ("aws_guardduty_detector_feature", {"name": "S3_DATA_EVENTS", "status": "ENABLED"}, "S3 events read", "0.01"),
        ("aws_securityhub_account", {}, "security checks", "3.00"),
        ("aws_config_configuration_recorder", {}, "changes recorded", "1.50"),
        ("aws_config_config_rule", {}, "evaluations", "0.10"),
        ("aws_inspector2_enabler", {"resource_types": ["ECR"]}, "images scanned on push", "0.72"),  # 8 x 0.09
        ("aws_inspector2_enabler", {"resource_types": ["ECR"]}, "images scanned again", "0.40"),  # 10 x 4 x 0.01
        ("aws_cloudwatch_log_metric_filter", {}, "metric of a log filter", "0.30"),
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
