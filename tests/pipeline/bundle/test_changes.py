"""Counting changes, and guarding what holds data."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.bundle.changes import STATEFUL, Counts, count, stateful_losses
from pipeline.bundle.guard import refuse_losses
from pipeline.errors import ExitCode, SitechatError

LOSSES = {"infrastructure": ("aws_kms_key.key", "aws_s3_bucket.logs")}


def resource(kind: str, *actions: str, mode: str = "managed") -> dict[str, Any]:
    return {"address": f"{kind}.x", "type": kind, "mode": mode, "change": {"actions": list(actions)}}


def test_each_kind_of_change_is_counted() -> None:
    plan = {
        "resource_changes": [
            resource("aws_vpc", "create"),
            resource("aws_subnet", "update"),
            resource("aws_lb", "delete", "create"),
            resource("aws_lb", "create", "delete"),
            resource("aws_eip", "delete"),
            resource("aws_kms_key", "no-op"),
            resource("aws_iam_policy_document", "read", mode="data"),
        ],
        "output_changes": {"a": {"actions": ["update"]}, "b": {"actions": ["no-op"]}},
    }
    assert count(plan) == Counts(add=1, change=1, replace=2, destroy=1, outputs=1)
    assert count(plan).resources == 5


def test_an_empty_plan_changes_nothing_and_an_output_alone_is_a_change() -> None:
    assert not count({}).any
    assert Counts(outputs=1).any


@pytest.mark.parametrize("kind", sorted(STATEFUL))
@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_losing_what_holds_data_is_noticed(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == (f"{kind}.x",)


@pytest.mark.parametrize("kind", sorted(STATEFUL))
@pytest.mark.parametrize("actions", [("create",), ("update",), ("no-op",)])
def test_changes_in_place_are_no_loss(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == ()


def test_losing_what_holds_nothing_is_no_loss() -> None:
    assert stateful_losses({"resource_changes": [resource("aws_cloudwatch_metric_alarm", "delete")]}) == ()


def test_a_loss_is_refused_until_every_address_is_spelled_out() -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_losses(LOSSES, ("aws_kms_key.key",), protected=True)
    assert caught.value.code is ExitCode.REFUSED
    assert "infrastructure: aws_s3_bucket.logs" in caught.value.message
    assert caught.value.hint.endswith("--allow aws_s3_bucket.logs")
    refuse_losses(LOSSES, LOSSES["infrastructure"], protected=True)


def test_where_nothing_is_worth_keeping_no_address_is_needed() -> None:
    refuse_losses(LOSSES, (), protected=False)


@pytest.mark.parametrize("protected", [True, False])
def test_an_allowed_address_that_nothing_destroys_is_refused(protected: bool) -> None:
    with pytest.raises(SitechatError, match=r"does not destroy: aws_s3_bucket\.typo"):
        refuse_losses({}, ("aws_s3_bucket.typo",), protected=protected)
