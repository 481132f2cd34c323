"""Repeated calls: whoever lost an answer gets it again, and nobody else gets anything of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Endpoint
from local_aws.messages import Request, Response
from local_aws.repeats import KEPT_BYTES, KEPT_CALLS, GivenAnswers

Make = Callable[..., Any]
BUDGET = "sitechat-repeated"


def _numbered(client: Any, call: str, attempt: int) -> None:
    """Give the calls of a client the id and the number that the SDK gives to a repetition."""

    def number(request: Any, **_: object) -> None:
        request.headers["amz-sdk-invocation-id"] = call
        request.headers["amz-sdk-request"] = f"attempt={attempt}; max=3"

    client.meta.events.register_last("before-send", number)


@pytest.fixture
def table(client: Make) -> str:
    name = f"locks-{uuid.uuid4()}"
    client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def _lock(client: Make, table: str, call: str, attempt: int) -> None:
    dynamodb = client("dynamodb")
    _numbered(dynamodb, call, attempt)
    dynamodb.put_item(
        TableName=table, Item={"LockID": {"S": "state"}}, ConditionExpression="attribute_not_exists(LockID)"
    )


def test_a_repeated_lock_is_no_foreign_lock(client: Make, table: str) -> None:
    _lock(client, table, "mine", 1)
    _lock(client, table, "mine", 2)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        _lock(client, table, "theirs", 1)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        _lock(client, table, "theirs", 2)


def test_a_lock_file_that_is_repeated_is_held_once(client: Make) -> None:
    bucket = f"lock-files-{uuid.uuid4()}"
    client("s3").create_bucket(Bucket=bucket)
    put = {"Bucket": bucket, "Key": "a.tfstate.tflock", "IfNoneMatch": "*"}
    for attempt in (1, 2):
        s3 = client("s3")
        _numbered(s3, "lock file", attempt)
        s3.put_object(Body=b"id 1", **put)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client("s3").put_object(Body=b"id 2", **put)


def test_a_notification_of_a_budget_that_is_repeated_is_made_once(client: Make, endpoint: Endpoint) -> None:
    """The one that ended a deployment: the first try had made it, and its answer never came."""
    account = endpoint.account_id
    limit = {"Amount": "10", "Unit": "USD"}
    budget = {"BudgetName": BUDGET, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": limit}
    client("budgets").create_budget(AccountId=account, Budget=budget)
    for attempt in (1, 2):
        budgets = client("budgets")
        _numbered(budgets, "notification", attempt)
        budgets.create_notification(
            AccountId=account,
            BudgetName=BUDGET,
            Notification={"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80},
            Subscribers=[{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
        )
    found = client("budgets").describe_notifications_for_budget(AccountId=account, BudgetName=BUDGET)
    assert len(found["Notifications"]) == 1


def call(id_: str = "a", attempt: int = 1, *, method: str = "POST", path: str = "/", body: bytes = b"{}") -> Request:
    headers = {"amz-sdk-invocation-id": id_, "amz-sdk-request": f"attempt={attempt}; max=3"}
    return Request(method, path, headers, "budgets", "us-east-1", body)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("POST", Response(400, b"ThrottlingException")),
        ("POST", Response(503)),
        ("GET", Response(200, b"{}")),
        ("POST", Response(200, b"x" * (KEPT_BYTES + 1))),
    ],
    ids=["refused", "failed", "read", "large"],
)
def test_errors_reads_and_large_answers_are_asked_for_again(method: str, answer: Response) -> None:
    given = GivenAnswers()
    given.remember(call(method=method), answer)
    assert given.lost(call(attempt=2, method=method)) is None


def test_only_a_further_try_of_the_same_call_gets_the_answer() -> None:
    given, answer = GivenAnswers(), Response(200, b'{"a": 1}')
    given.remember(call(), answer)
    assert given.lost(call(attempt=2)) is answer
    assert given.lost(call(attempt=1)) is None
    assert given.lost(call("b", 2)) is None
    assert given.lost(call(attempt=2, path="/other")) is None
    assert given.lost(call(attempt=2, method="DELETE")) is None
    assert given.lost(call(attempt=2, body=b"other")) is None


def test_old_answers_are_forgotten() -> None:
    given = GivenAnswers()
    for number in range(KEPT_CALLS + 1):
        given.remember(call(str(number)), Response(200))
    assert given.lost(call("0", 2)) is None
    assert given.lost(call("1", 2)) is not None
    assert given.lost(call(str(KEPT_CALLS), 2)) is not None


def test_a_call_without_an_id_is_not_kept() -> None:
    given, anonymous = GivenAnswers(), replace(call(), headers={})
    given.remember(anonymous, Response(200))
    assert given.lost(replace(anonymous, headers={"amz-sdk-request": "attempt=2"})) is None


def test_a_large_body_that_is_repeated_arrives_whole(client: Make) -> None:
    """It streams through, so it is never answered before it was read."""
    bucket, body = f"large-{uuid.uuid4()}", b"x" * (5 * 1024 * 1024)
    client("s3").create_bucket(Bucket=bucket)
    for attempt in (1, 2):
        s3 = client("s3")
        _numbered(s3, "large", attempt)
        s3.put_object(Bucket=bucket, Key="a", Body=body)
    assert client("s3").head_object(Bucket=bucket, Key="a")["ContentLength"] == len(body)
