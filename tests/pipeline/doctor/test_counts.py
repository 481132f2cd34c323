"""Numbers against quotas, and recipients of alarms."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import counts, mails
from tests.pipeline.doctor.conftest import BARE_MODEL, Describe, answers

ROLE = {"aws_iam_role": {"one": {"name": "one"}, "two": {"name": "two"}}}


@pytest.mark.parametrize(("used", "told", "light"), [(18, True, "green"), (19, True, "red"), (19, False, "yellow")])
def test_a_count_above_a_told_limit_is_red(used: int, told: bool, light: str) -> None:
    assert counts.compare_count("roles", used, 2, 20, told=told).light == light


@pytest.mark.parametrize(("used", "light"), [(998, "green"), (999, "red")])
def test_roles_fit_into_the_account(describe: Describe, used: int, light: str) -> None:
    account = describe(**ROLE)
    answers(account, "iam", ("get_account_summary", {"SummaryMap": {"Roles": used, "RolesQuota": 1000}}))
    (found,) = counts.examine(account)
    assert (found.name, found.light) == ("IAM roles", light)


def test_nothing_new_asks_nothing(describe: Describe) -> None:
    assert list(counts.examine(describe())) == []


@pytest.mark.parametrize(("used", "light"), [(4, "green"), (5, "yellow")])
def test_a_sixth_trail_is_yellow(describe: Describe, used: int, light: str) -> None:
    account = describe(aws_cloudtrail={"trail": {"name": "it"}})
    listed = [{"TrailARN": f"arn:{number}"} for number in range(used)]
    answers(account, "cloudtrail", ("list_trails", {"Trails": listed}))
    (found,) = counts.examine(account)
    assert (found.name, found.light) == ("trails", light)


@pytest.mark.parametrize(("used", "light"), [(24, "green"), (25, "yellow")])
def test_vpc_origins_are_counted_in_the_global_region(describe: Describe, used: int, light: str) -> None:
    account = describe(f"region = 'eu-west-1'\n{BARE_MODEL}", aws_cloudfront_vpc_origin={"origin": {}})
    now = "2026-01-01T00:00:00Z"
    one = {"Id": "1", "Name": "x", "Status": "Deployed", "CreatedTime": now, "LastModifiedTime": now}
    items = [{**one, "Arn": "a", "OriginEndpointArn": "a"}] * used
    listed = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": used, "Items": items}
    answers(account.at("us-east-1"), "cloudfront", ("list_vpc_origins", {"VpcOriginList": listed}))
    (found,) = counts.examine(account)
    assert (found.name, found.light) == ("CloudFront VPC origins", light)


@pytest.mark.parametrize(("used", "light"), [(99, "green"), (100, "yellow")])
def test_web_acls_are_counted_in_the_global_region(describe: Describe, used: int, light: str) -> None:
    account = describe(f"region = 'eu-west-1'\n{BARE_MODEL}", aws_wafv2_web_acl={"firewall": {}})
    listed = {"WebACLs": [{"Name": str(number)} for number in range(used)]}
    answers(account.at("us-east-1"), "wafv2", ("list_web_acls", listed))
    (found,) = counts.examine(account)
    assert (found.name, found.light) == ("web ACLs", light)


def test_distributions_are_counted_against_the_quota_that_aws_tells(describe: Describe) -> None:
    account = describe(aws_cloudfront_distribution={"site": {}})
    answers(account, "service-quotas", ("get_service_quota", {"Quota": {"Value": 0.0}}))
    (found,) = counts.examine(account)
    assert (found.name, found.light) == ("CloudFront distributions", "red")


def test_a_refused_count_names_the_permission(describe: Describe) -> None:
    account = describe(**ROLE)
    answers(account, "iam", ("get_account_summary", "AccessDenied:no"))
    (found,) = counts.examine(account)
    assert (found.light, found.fix) == ("yellow", "Allow this role to call GetAccountSummary.")


def subscription(endpoint: str, arn: str) -> dict[str, Any]:
    return {"SubscriptionArn": arn, "Endpoint": endpoint, "Protocol": "email"}


@pytest.mark.parametrize(
    ("emails", "answer", "light", "words"),
    [
        ((), "NotFound", "yellow", "goes to nobody"),
        (("ann@example.org",), "NotFound", "green", "will ask 1 recipients"),
        (
            ("ann@example.org",),
            [("ann@example.org", "PendingConfirmation")],
            "yellow",
            "not confirmed by ann@example.org",
        ),
        (("ann@example.org",), [("ann@example.org", "arn:aws:sns:x")], "green", "goes to 1 recipients"),
    ],
    ids=("nobody", "new", "pending", "confirmed"),
)
def test_alarms_reach_somebody(
    describe: Describe, emails: tuple[str, ...], answer: Any, light: str, words: str
) -> None:
    listed = ", ".join(f'"{each}"' for each in emails)
    account = describe(f"[monitoring]\nalarm_emails = [{listed}]\n")
    given = answer if isinstance(answer, str) else {"Subscriptions": [subscription(*each) for each in answer]}
    answers(account, "sns", ("list_subscriptions_by_topic", given))
    (found,) = mails.examine(account)
    assert (found.light, words in found.detail) == (light, True)


def test_findings_have_recipients_of_their_own(describe: Describe) -> None:
    account = describe("[security]\ntrail = 'adopt'\nemails = ['ann@example.org']\n")
    answers(account, "sns", *[("list_subscriptions_by_topic", "NotFound")] * 2)
    assert [each.light for each in mails.examine(account)] == ["yellow", "green"]
