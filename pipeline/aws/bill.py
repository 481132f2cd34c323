"""What AWS charged: Cost Explorer's figures of some days, by tag and service. Each question costs 0.01 USD."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from config.environment import DEPLOYMENT_TAG, LAYER_TAG
from pipeline.aws.asking import asked, failed_to
from pipeline.errors import ExitCode, SitechatError

# The tags by which one environment's bill is told from another's, once they are active in the paying account.
COST_TAGS = (DEPLOYMENT_TAG, LAYER_TAG)
ACTIVATE = (
    "In the account that pays: Billing and Cost Management, Cost allocation tags, activate {tags}. AWS shows a tag "
    "there a day after its first use, and counts by it from a day after its activation; days before need a backfill."
)
# Without what isn't usage: credits would hide what was used, taxes aren't in the estimate.
_NO_USAGE = ("Credit", "Refund", "Tax")
_METRIC = "UnblendedCost"


@dataclass(frozen=True)
class Charges:
    """USD of what carries an environment's tag, by layer and service, and of what carries none, by service.

    A layer is empty where the tag is missing. `closed` says whether AWS still changes the figures.
    """

    tagged: Mapping[tuple[str, str], Decimal]
    untagged: Mapping[str, Decimal]
    closed: bool


def read_charges(client: Any, deployment: str, first: date, after: date) -> Charges:
    """Charges from `first` up to, not including, `after`; `deployment` is the value of the tag.

    Raises SitechatError: 3 where the tags aren't active, 6 where AWS gives no answer, or one that isn't in USD.
    """
    _check_tags(client)
    ours = {"Key": DEPLOYMENT_TAG, "Values": [deployment], "MatchOptions": ["EQUALS"]}
    nobodys = {"Key": DEPLOYMENT_TAG, "MatchOptions": ["ABSENT"]}
    by_service = {"Type": "DIMENSION", "Key": "SERVICE"}
    own = _pages(client, first, after, ours, [{"Type": "TAG", "Key": LAYER_TAG}, by_service])
    rest = _pages(client, first, after, nobodys, [by_service])
    tagged: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (layer, service), usd in _groups(own):
        tagged[layer.removeprefix(f"{LAYER_TAG}$"), service] += usd
    untagged: dict[str, Decimal] = defaultdict(Decimal)
    for (service,), usd in _groups(rest):
        untagged[service] += usd
    closed = not any(result.get("Estimated") for page in own for result in page["ResultsByTime"])
    return Charges(tagged, untagged, closed)


def inactive_tags(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of `COST_TAGS` that an answer to ListCostAllocationTags doesn't show as active."""
    active = {each["TagKey"] for each in answer.get("CostAllocationTags", ()) if each.get("Status") == "Active"}
    return tuple(each for each in COST_TAGS if each not in active)


def _check_tags(client: Any) -> None:
    listed = asked(
        client.list_cost_allocation_tags, otherwise=failed_to("list the cost allocation tags"), TagKeys=[*COST_TAGS]
    )
    if missing := inactive_tags(listed):
        tags = " and ".join(missing)
        raise SitechatError(
            f"the bill can't be told apart: {tags} not active as cost allocation tags",
            hint=ACTIVATE.format(tags=tags),
            code=ExitCode.MISSING,
        )


def _pages(
    client: Any, first: date, after: date, tags: Mapping[str, Any], grouped: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    no_usage = {"Dimensions": {"Key": "RECORD_TYPE", "Values": [*_NO_USAGE]}}
    question: dict[str, Any] = {
        "TimePeriod": {"Start": first.isoformat(), "End": after.isoformat()},
        "Granularity": "MONTHLY",
        "Metrics": [_METRIC],
        "Filter": {"And": [{"Tags": tags}, {"Not": no_usage}]},
        "GroupBy": [*grouped],
    }
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1].get("NextPageToken"):
        more = {"NextPageToken": pages[-1]["NextPageToken"]} if pages else {}
        pages.append(asked(client.get_cost_and_usage, otherwise=failed_to("read the bill"), **question, **more))
    return pages


def _groups(pages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """Keys and USD of every group."""
    for page in pages:
        for result in page["ResultsByTime"]:
            for group in result.get("Groups", ()):
                yield tuple(group["Keys"]), _usd(group["Metrics"][_METRIC])


def _usd(found: Mapping[str, str]) -> Decimal:
    """Raises SitechatError (6) for another currency, and for what is no amount."""
    try:
        usd = Decimal(found["Amount"])
    except InvalidOperation:
        usd = Decimal("NaN")
    if found.get("Unit") != "USD" or not usd.is_finite():
        raise SitechatError(
            f"the bill holds {found.get('Amount')} {found.get('Unit')}, which isn't USD",
            hint="Prices here are in USD; the console's Cost Explorer shows the account's own currency.",
            code=ExitCode.FAILED,
        )
    return usd
