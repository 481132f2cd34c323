"""Spans of the account and region: where they go, who may write them, and how long they are kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.doctor.account import logs, singletons, spans
from pipeline.doctor.account.asking import Account as Asked
from pipeline.doctor.finding import Diagnosis
from tests.pipeline.doctor.conftest import Describe, answers

NEW: dict[str, Any] = {"aws_cloudcontrolapi_resource": {"transaction_search_switch": {}}}
ACCOUNT = "111111111111"


def setting(mode: str) -> str:
    return f"[monitoring]\ntransaction_search = '{mode}'\n[edge]\nenabled = false\n[search]\nenabled = false\n"


def policy(**changes: Any) -> str:
    statement = {
        "Sid": "X",
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws/spans:*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def examine(
    account: Asked,
    *,
    destination: str = "CloudWatchLogs",
    status: str = "ACTIVE",
    document: str = policy(),
    days: int | None = 30,
) -> dict[str, Diagnosis]:
    """Findings by name; by default all is as it should be."""
    group = {"logGroupName": "aws/spans", **({"retentionInDays": days} if days else {})}
    answers(account, "xray", ("get_trace_segment_destination", {"Destination": destination, "Status": status}))
    answers(
        account,
        "logs",
        ("describe_resource_policies", {"resourcePolicies": [{"policyName": "spans", "policyDocument": document}]}),
        ("describe_log_groups", {"logGroups": [{"logGroupName": "aws/spans-of-others"}, group] if days != 0 else []}),
    )
    return {each.name: each for each in spans.examine(account)}


@pytest.mark.parametrize("mode", ["own", "adopt"])
def test_what_is_as_it_should_be_is_green(describe: Describe, mode: str) -> None:
    found = examine(describe(setting(mode)))
    assert {name: each.light for name, each in found.items()} == {
        "destination of spans": "green",
        "policy for spans": "green",
        "retention of spans": "green",
    }
    assert found["retention of spans"].detail == "30 days"


@pytest.mark.parametrize(("mode", "new"), [("off", {}), ("own", NEW)])
def test_nothing_is_asked_before_it_is_switched_on(describe: Describe, mode: str, new: dict[str, Any]) -> None:
    assert list(spans.examine(describe(setting(mode), **new))) == []


@pytest.mark.parametrize(("mode", "fix"), [("own", "`sitechat deploy --env"), ("adopt", "Ask the environment")])
def test_spans_that_go_to_x_ray_are_red(describe: Describe, mode: str, fix: str) -> None:
    found = examine(describe(setting(mode)), destination="XRay")["destination of spans"]
    assert (found.light, found.fix.startswith(fix)) == ("red", True)


def test_a_destination_that_aws_is_still_switching_is_yellow(describe: Describe) -> None:
    found = examine(describe(setting("own")), status="PENDING")["destination of spans"]
    assert (found.light, found.fix) == ("yellow", "Wait some minutes.")


@pytest.mark.parametrize(
    "document",
    [
        policy(Effect="Deny"),
        policy(Principal={"Service": "es.amazonaws.com"}),
        policy(Action="logs:CreateLogStream"),
        policy(Resource=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/spans:*"),
        "{}",
        "no policy",
    ],
)
@pytest.mark.parametrize(("mode", "fix"), [("own", "`sitechat deploy --env"), ("adopt", "Ask the environment")])
def test_spans_that_x_ray_may_not_write_are_red(describe: Describe, document: str, mode: str, fix: str) -> None:
    found = examine(describe(setting(mode)), document=document)["policy for spans"]
    assert (found.light, found.fix.startswith(fix)) == ("red", True)
    assert "spans are lost" in found.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": ["logs:Put*"]},
        {"Resource": "*"},
        {"Principal": {"Service": ["es.amazonaws.com", "xray.amazonaws.com"]}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
    ],
)
def test_a_policy_may_say_it_in_other_words(changes: dict[str, Any]) -> None:
    assert spans.lets_x_ray_write(policy(**changes))


@pytest.mark.parametrize(
    ("mode", "days", "light", "detail"),
    [
        ("own", None, "yellow", "aws/spans is kept for ever"),
        ("adopt", None, "yellow", "aws/spans is kept for ever"),
        ("own", 7, "yellow", "7 days instead of 30"),
        ("adopt", 7, "green", "7 days"),
        ("own", 0, "green", "nobody has sent spans yet"),
    ],
)
def test_retention(describe: Describe, mode: str, days: int | None, light: str, detail: str) -> None:
    account = describe(setting(mode))
    found = examine(account, days=days)["retention of spans"]
    assert (found.light, found.detail) == (light, detail)
    function = f"aws lambda invoke --function-name {account.env.names.resource('span-retention')} "
    assert (function in found.fix) is (light == "yellow" and mode == "own")


@pytest.mark.parametrize(("destination", "light"), [("CloudWatchLogs", "red"), ("XRay", "green")])
def test_what_somebody_else_has_switched_on_is_adopted(describe: Describe, destination: str, light: str) -> None:
    account = describe(setting("own"), **NEW)
    answers(account, "xray", ("get_trace_segment_destination", {"Destination": destination, "Status": "ACTIVE"}))
    (found,) = singletons.examine(account)
    assert (found.name, found.light) == ("Transaction Search", light)
    assert (found.fix == 'Set [monitoring] transaction_search = "adopt".') is (light == "red")


@pytest.mark.parametrize(("mode", "light"), [("own", "red"), ("adopt", "green"), ("off", "green")])
def test_its_owner_needs_room_for_one_more_resource_policy(describe: Describe, mode: str, light: str) -> None:
    account = describe(setting(mode))
    full = [{"policyName": f"other-{number}", "policyDocument": "{}"} for number in range(logs.LIMIT)]
    answers(account, "logs", ("describe_resource_policies", {"resourcePolicies": full}))
    (found,) = logs.examine(account)
    assert found.light == light
    ours = {"policyName": account.env.names.resource("spans"), "policyDocument": "{}"}
    again = describe(setting(mode))
    answers(again, "logs", ("describe_resource_policies", {"resourcePolicies": [*full[1:], ours]}))
    assert [each.light for each in logs.examine(again)] == ["green"]
