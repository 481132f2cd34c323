"""The bill of a month: which month, whose tags, and what Cost Explorer's answers become.

The answers are recorded by hand after the API's reference: the emulated AWS has no bills.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from config import load
from pipeline.cli import main
from pipeline.cost.actual import Bill, period
from pipeline.errors import ExitCode

TODAY = date(2026, 11, 30)
BOTH = [{"TagKey": "Deployment", "Type": "UserDefined", "Status": "Active"}]
BOTH += [{"TagKey": "Layer", "Type": "UserDefined", "Status": "Active"}]


def group(*keys: str, usd: str, unit: str = "USD") -> dict[str, Any]:
    return {"Keys": [*keys], "Metrics": {"UnblendedCost": {"Amount": usd, "Unit": unit}}}


def answer(*groups: dict[str, Any], estimated: bool = False, more: str | None = None) -> dict[str, Any]:
    result = {"TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"}, "Groups": [*groups], "Estimated": estimated}
    return {"ResultsByTime": [result]} | ({"NextPageToken": more} if more else {})


def asked(tags: dict[str, Any], *grouped: tuple[str, str], **more: str) -> dict[str, Any]:
    no_usage = {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund", "Tax"]}}
    return {
        "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
        "Filter": {"And": [{"Tags": {"Key": "Deployment", **tags}}, {"Not": no_usage}]},
        "GroupBy": [{"Type": kind, "Key": key} for kind, key in grouped],
        **more,
    }


OURS = {"Values": ["sitechat/dev"], "MatchOptions": ["EQUALS"]}
BY_LAYER = (("TAG", "Layer"), ("DIMENSION", "SERVICE"))
REST = asked({"MatchOptions": ["ABSENT"]}, ("DIMENSION", "SERVICE"))


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    client = boto3.client("ce", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    dev = load("dev")
    session = SimpleNamespace(env=dev, env_ref="dev", client=lambda service, region: client)
    monkeypatch.setattr("pipeline.session.open_session", lambda *args, **keywords: session)
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def tags_are(explorer: Stubber, *tags: dict[str, str]) -> None:
    explorer.add_response(
        "list_cost_allocation_tags", {"CostAllocationTags": [*tags]}, {"TagKeys": ["Deployment", "Layer"]}
    )


def cost(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["cost", "--env", "dev", "--actual", *words])
    return int(stopped.value.code or 0)


@pytest.mark.parametrize(
    ("month", "first", "after"),
    [
        ("", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-11", date(2026, 11, 1), TODAY),
        ("2025-12", date(2025, 12, 1), date(2026, 1, 1)),
        ("2025-10", date(2025, 10, 1), date(2025, 11, 1)),
    ],
)
def test_a_month_ends_with_its_last_day_that_is_over(month: str, first: date, after: date) -> None:
    assert period(month, TODAY) == (first, after)


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "october", "2026-10-01", "٢٠٢٦-10", "2026-12", "2025-09"])
def test_what_is_no_month_of_a_bill_is_refused(month: str) -> None:
    with pytest.raises(ValueError, match=month):
        period(month, TODAY)


def test_a_wrong_month_is_a_wrong_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost("--month", "october") == ExitCode.USAGE
    assert "such as 2026-10" in capsys.readouterr().err


def test_on_the_first_of_a_month_no_day_of_it_is_over() -> None:
    with pytest.raises(ValueError, match="no day of it is over"):
        period("2026-11", date(2026, 11, 1))


def test_the_bill_stands_beside_the_estimate(explorer: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    tags_are(explorer, *BOTH)
    first = answer(
        group("Layer$service", "Amazon Elastic Container Service", usd="21.504"),
        group("Layer$llm", "Amazon Bedrock", usd="1.5"),
        estimated=True,
        more="2",
    )
    second = answer(
        group("Layer$llm", "Claude Sonnet 4 (Amazon Bedrock Edition)", usd="2.25"),
        group("Layer$", "AWS Lambda", usd="0.011"),
    )
    explorer.add_response("get_cost_and_usage", first, asked(OURS, *BY_LAYER))
    explorer.add_response("get_cost_and_usage", second, asked(OURS, *BY_LAYER, NextPageToken="2"))
    rest = answer(group("AWS CloudTrail", usd="3"), group("Amazon EC2", usd="0.001"))
    explorer.add_response("get_cost_and_usage", rest, REST)
    assert cost("--month", "2026-10", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["until"], told["days"], told["final"]) == ("2026-10-01", "2026-11-01", 31, False)
    assert told["billed_usd"] == pytest.approx(21.50 + 3.75 + 0.01)
    lines = {(each["layer"], each["service"]): each for each in told["lines"]}
    assert lines["llm", "Amazon Bedrock"]["billed_usd"] == 3.75
    assert lines["", "AWS Lambda"]["billed_usd"] == 0.01
    assert lines["service", "Amazon Elastic Container Service"]["estimated_usd"] > 0
    assert told["untagged_usd"] == {"AWS CloudTrail": 3.0}
    differences = [abs(each["difference_usd"]) for each in told["lines"]]
    assert differences == sorted(differences, reverse=True)


def test_people_see_layers_and_what_differs_most(explorer: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    tags_are(explorer, *BOTH)
    own = answer(group("Layer$service", "Amazon Elastic Container Service", usd="900"))
    explorer.add_response("get_cost_and_usage", own, asked(OURS, *BY_LAYER))
    explorer.add_response("get_cost_and_usage", answer(), REST)
    assert cost("--month", "2026-10") == 0
    shown = capsys.readouterr().out
    most = shown[shown.index("differs most") :].splitlines()[1]
    assert "Amazon Elastic Container Service" in most
    assert "900.00" in most
    assert "2026-10-01 to 2026-10-31" in shown
    assert "whoever used it: nothing" in shown


def test_without_active_tags_it_says_where_they_are_activated(
    explorer: Stubber, capsys: pytest.CaptureFixture[str]
) -> None:
    tags_are(explorer, BOTH[0], {**BOTH[1], "Status": "Inactive"})
    assert cost() == ExitCode.MISSING
    said = " ".join(capsys.readouterr().err.split())
    assert "Layer not active as cost allocation tags" in said
    assert "activate Layer" in said


@pytest.mark.parametrize("odd", [{"usd": "1", "unit": "CNY"}, {"usd": "much"}, {"usd": "NaN"}])
def test_what_is_no_amount_in_usd_is_refused(
    explorer: Stubber, odd: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    tags_are(explorer, *BOTH)
    own = answer(group("Layer$service", "AWS Lambda", **odd))
    explorer.add_response("get_cost_and_usage", own, asked(OURS, *BY_LAYER))
    explorer.add_response("get_cost_and_usage", answer(), REST)
    assert cost("--month", "2026-10") == ExitCode.FAILED
    assert "isn't USD" in " ".join(capsys.readouterr().err.split())


def test_a_refusal_of_aws_is_told(explorer: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    explorer.add_client_error("list_cost_allocation_tags", "AccessDeniedException")
    assert cost() == ExitCode.FAILED
    assert "AccessDeniedException" in capsys.readouterr().err


def test_a_share_of_a_month_is_compared_with_that_share() -> None:
    found = Bill(date(2026, 11, 1), date(2026, 11, 16), {}, {}, closed=False)
    assert found.share == Decimal("0.5")


@pytest.mark.parametrize("words", [("--bundle", "x"), ("--diff", "prod")])
def test_only_the_configuration_is_compared(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cost(*words) == ExitCode.USAGE
    assert "Leave out --bundle and --diff" in capsys.readouterr().err


def test_a_month_without_the_bill_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["cost", "--env", "dev", "--month", "2026-10"])
    assert stopped.value.code == ExitCode.USAGE
    assert "--actual" in capsys.readouterr().err


def test_the_emulated_aws_sends_no_bill(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    session = SimpleNamespace(env=load("local"), env_ref="local")
    monkeypatch.setattr("pipeline.session.open_session", lambda *args, **keywords: session)
    assert cost() == ExitCode.MISSING
    assert "the emulated AWS sends no bill" in capsys.readouterr().err
