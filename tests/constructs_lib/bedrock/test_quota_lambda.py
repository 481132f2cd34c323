"""The function that keeps alarms on a quota true: it puts what it read and nothing else, and tells what it can't."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from constructs_lib.bedrock.quota_lambda.handler import Kept, keep

QUOTA = "Cross-region model inference tokens per minute for Amazon Nova Lite"
KEPT = Kept(
    service="bedrock",
    quotas={QUOTA: {"quota-tokens-50": 50, "quota-tokens-100": 100}},
    topic="arn:aws:sns:us-east-1:111111111111:alarms",
    site="site dev",
    doctor="sitechat doctor --env dev",
)
OTHERS = (
    (f"Global c{QUOTA[1:]}", 9.0),
    (QUOTA.replace("tokens", "requests"), 8.0),
    (f"{QUOTA} V1", 7.0),
    (QUOTA.replace("Cross-region", "On-demand"), 6.0),
)
ALARM: dict[str, Any] = {
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111111111111:alarm:x",
    "AlarmDescription": "Tokens. Severity: page.",
    "ActionsEnabled": False,
    "OKActions": [KEPT.topic],
    "AlarmActions": [KEPT.topic],
    "InsufficientDataActions": [],
    "StateValue": "OK",
    "StateReason": "",
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
    "EvaluateLowSampleCountPercentile": "ignore",
}
ONLY_DESCRIBED = ("AlarmArn", "StateValue", "StateReason", "InsufficientDataActions")
PUT = {key: value for key, value in ALARM.items() if key not in ONLY_DESCRIBED}


class Aws:
    """Clients whose answers botocore validates."""

    def __init__(self, *pages: tuple[tuple[str, float], ...]) -> None:
        settings = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        self.made = {name: boto3.client(name, **settings) for name in ("service-quotas", "cloudwatch", "sns")}
        self.stubs = {name: Stubber(client) for name, client in self.made.items()}
        for stub in self.stubs.values():
            stub.activate()
        for number, page in enumerate(pages):
            listed = [{"QuotaName": name, "Value": value} for name, value in page]
            more = {"NextToken": str(number)} if number < len(pages) - 1 else {}
            token = {"NextToken": str(number - 1)} if number else {}
            asked = {"ServiceCode": "bedrock", "MaxResults": 100, **token}
            self.stubs["service-quotas"].add_response("list_service_quotas", {"Quotas": listed, **more}, asked)

    def client(self, service_name: str, **options: Any) -> Any:
        return self.made[service_name]

    def alarms(self, **thresholds: float) -> None:
        listed = [
            {**ALARM, "AlarmName": f"quota-tokens-{name.removeprefix('at_')}", "Threshold": value}
            for name, value in thresholds.items()
        ]
        asked = {"AlarmNames": ["quota-tokens-50", "quota-tokens-100"], "AlarmTypes": ["MetricAlarm"]}
        self.stubs["cloudwatch"].add_response("describe_alarms", {"MetricAlarms": listed}, asked)

    def takes(self, name: str, threshold: float) -> None:
        self.stubs["cloudwatch"].add_response(
            "put_metric_alarm", {}, {**PUT, "AlarmName": name, "Threshold": threshold}
        )

    def told(self) -> None:
        asked = {"TopicArn": KEPT.topic, "Subject": "A model's quota can't be read in site dev", "Message": ANY}
        self.stubs["sns"].add_response("publish", {"MessageId": "1"}, asked)

    def keep(self, kept: Kept = KEPT) -> dict[str, Any]:
        found = keep(kept, self)
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
        return found


def test_it_puts_both_thresholds_and_leaves_the_rest_of_the_alarms() -> None:
    aws = Aws(OTHERS, ((QUOTA, 200_000.0),))
    aws.alarms(at_50=1e15, at_100=1e15)
    aws.takes("quota-tokens-50", 100_000.0)
    aws.takes("quota-tokens-100", 200_000.0)
    found = aws.keep()
    assert found["put"] == {"quota-tokens-50": 100_000.0, "quota-tokens-100": 200_000.0}
    assert found["wrong"] == []


def test_what_is_right_is_not_put_again() -> None:
    aws = Aws(((QUOTA, 200_000.0),))
    aws.alarms(at_50=90_000.0, at_100=200_000.0)
    aws.takes("quota-tokens-50", 100_000.0)
    assert aws.keep()["put"] == {"quota-tokens-50": 100_000.0}


def test_the_name_may_be_in_capitals() -> None:
    aws = Aws(((QUOTA.replace("Cross-region", "Cross-Region"), 2.0),))
    aws.alarms(at_50=1.0, at_100=2.0)
    assert aws.keep() == {"values": {QUOTA: 2.0}, "put": {}, "wrong": []}


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        (OTHERS, f'Service Quotas has no value above 0 of "{QUOTA}" in this account and region.'),
        (((QUOTA, 0.0),), f'Service Quotas has no value above 0 of "{QUOTA}" in this account and region.'),
        (((QUOTA, 1.0), (QUOTA, 2.0)), f'Service Quotas has several values of "{QUOTA}": none of them was taken.'),
    ],
)
def test_a_quota_that_is_not_clear_is_told_and_no_alarm_touched(
    listed: tuple[tuple[str, float], ...], why: str
) -> None:
    aws = Aws(listed)
    aws.told()
    assert aws.keep() == {"values": {QUOTA: 0.0}, "put": {}, "wrong": [why]}


def test_of_two_quotas_one_that_is_not_clear_holds_up_none() -> None:
    other, alarms = "On-demand model inference tokens per minute for Titan", {"quota-embedded-50": 50}
    aws = Aws(((QUOTA, 200_000.0), (other, 5.0), (other, 6.0)))
    aws.alarms(at_50=1e15, at_100=200_000.0)
    aws.takes("quota-tokens-50", 100_000.0)
    aws.told()
    found = aws.keep(replace(KEPT, quotas={other: alarms, **KEPT.quotas}))
    assert found["values"] == {other: 0.0, QUOTA: 200_000.0}
    assert found["put"] == {"quota-tokens-50": 100_000.0}
    assert found["wrong"] == [f'Service Quotas has several values of "{other}": none of them was taken.']


def test_an_alarm_that_is_gone_is_told_and_the_other_one_kept() -> None:
    aws = Aws(((QUOTA, 2.0),))
    aws.alarms(at_100=1e15)
    aws.takes("quota-tokens-100", 2.0)
    aws.told()
    assert aws.keep()["wrong"] == ["There is no alarm quota-tokens-50."]


def test_what_people_are_told_leads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(OTHERS)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(aws.made["sns"], "publish", lambda **given: sent.append(given))
    aws.keep()
    for words in (QUOTA, "`sitechat doctor --env dev`", "docs/runbooks/model-refuses.md"):
        assert words in sent[0]["Message"]


def test_a_refusal_is_lambdas_to_try_again() -> None:
    aws = Aws()
    aws.stubs["service-quotas"].add_client_error(
        "list_service_quotas", "TooManyRequestsException", http_status_code=400
    )
    with pytest.raises(ClientError):
        aws.keep()
