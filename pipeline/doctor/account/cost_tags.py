"""Cost allocation tags: without them the bill of an environment can't be told from the account's."""

from __future__ import annotations

from collections.abc import Iterator

from config.place import GLOBAL_REGION
from pipeline.aws.bill import ACTIVATE, COST_TAGS, inactive_tags
from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "cost allocation tags"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the bill and the budget's filter know the tags of our resources."""
    answer = account.at(GLOBAL_REGION).ask("ce", "list_cost_allocation_tags", TagKeys=[*COST_TAGS])
    if missing := inactive_tags(answer):
        tags = " and ".join(missing)
        yield Diagnosis(NAME, "yellow", f"{tags} not active: budget and bill see nothing", ACTIVATE.format(tags=tags))
    else:
        yield Diagnosis(NAME, "green", f"{' and '.join(COST_TAGS)} active")
