"""Counting changes, and noticing the loss of what holds data."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.bundle.changes import STATEFUL, TRAFFIC, Counts, count, stateful_losses


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


GUARDED = sorted(STATEFUL | TRAFFIC)
#: The measurable goal's list, as far as its types have names of their own here.
PROMISED = {
    *("aws_s3_bucket", "aws_dynamodb_table", "aws_opensearch_domain", "aws_kms_key", "aws_secretsmanager_secret"),
    *("aws_cloudwatch_log_group", "aws_route53_zone", "aws_ecr_repository", "aws_cloudtrail", "aws_backup_vault"),
    *("aws_lb", "aws_cloudfront_vpc_origin"),
}


def test_everything_promised_is_guarded() -> None:
    assert set(GUARDED) >= PROMISED
    assert not STATEFUL & TRAFFIC


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_losing_what_holds_data_is_noticed(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == (f"{kind}.x",)


def test_what_vanished_from_the_code_is_noticed() -> None:
    gone = resource("aws_s3_bucket", "delete")
    gone["action_reason"] = "delete_because_no_resource_config"
    assert stateful_losses({"resource_changes": [gone], "configuration": {}}) == ("aws_s3_bucket.x",)


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("actions", [("create",), ("update",), ("no-op",), ("read",)])
def test_changes_in_place_are_no_loss(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == ()


def test_losing_what_holds_nothing_is_no_loss() -> None:
    assert stateful_losses({"resource_changes": [resource("aws_cloudwatch_metric_alarm", "delete")]}) == ()
