"""The function that keeps alarms on a quota true, with the alarms of the emulated AWS: nothing else of them changes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from botocore.stub import Stubber

from tests.pipeline.operations.support import Account

# The function's file alone: what builds it loads the bindings.
SOURCE = Path(__file__).parents[3] / "constructs_lib" / "bedrock" / "quota_lambda" / "handler.py"
QUOTA = "Cross-region model inference tokens per minute for Amazon Nova Lite"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
ALARM: dict[str, Any] = {
    "AlarmDescription": "Tokens. Severity: page.",
    "ActionsEnabled": False,
    "OKActions": [TOPIC],
    "AlarmActions": [TOPIC],
    "MetricName": "EstimatedTPMQuotaUsage",
    "Namespace": "AWS/Bedrock",
    "Statistic": "Sum",
    "Dimensions": [{"Name": "ModelId", "Value": "us.amazon.nova-lite-v1:0"}],
    "Period": 60,
    "Unit": "Count",
    "EvaluationPeriods": 5,
    "DatapointsToAlarm": 3,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}

# What CloudWatch writes itself when an alarm is put.
TIMES = ("AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "Threshold")


class Clients:
    """The account's clients; of the quotas it has the one that is given."""

    def __init__(self, account: Account, value: float) -> None:
        self._account, self._quotas = account, account.client("service-quotas")
        stub = Stubber(self._quotas)
        stub.add_response("list_service_quotas", {"Quotas": [{"QuotaName": QUOTA, "Value": value}]})
        stub.activate()

    def client(self, service_name: str, **options: Any) -> Any:
        return self._quotas if service_name == "service-quotas" else self._account.client(service_name)


def test_of_an_alarm_nothing_but_its_threshold_changes(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    name = f"{account.env}-quota-tokens-50"
    cloudwatch.put_metric_alarm(**ALARM, AlarmName=name, Threshold=1e15)

    def described() -> dict[str, Any]:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return dict(found)

    before = described()
    function = _function()
    kept = function.Kept("bedrock", {QUOTA: {name: 50}}, TOPIC, "site", "sitechat doctor")
    assert function.keep(kept, Clients(account, 200_000.0))["put"] == {name: 100_000.0}
    after = described()
    assert (before["Threshold"], after["Threshold"]) == (1e15, 100_000.0)
    assert {key for key in {*before, *after} if before.get(key) != after.get(key)} <= {*TIMES}
    assert function.keep(kept, Clients(account, 200_000.0))["put"] == {}


def _function() -> Any:
    spec = importlib.util.spec_from_file_location("quota_handler", SOURCE)
    assert spec, SOURCE
    assert spec.loader, SOURCE
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
