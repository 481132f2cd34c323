"""State locks: a lock put twice is held once, and the lock of another client still refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Make = Callable[..., Any]


def test_a_repeated_lock_item_is_no_foreign_lock(client: Make) -> None:
    table = client("dynamodb")
    table.create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {"TableName": "locks", "ConditionExpression": "attribute_not_exists(LockID)"}
    mine = {"LockID": {"S": "state"}, "Info": {"S": "id 1"}}
    table.put_item(Item=mine, **put)
    table.put_item(Item=mine, **put)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.put_item(Item=mine | {"Info": {"S": "id 2"}}, **put)
    assert table.get_item(TableName="locks", Key={"LockID": {"S": "state"}})["Item"] == mine


def test_a_repeated_lock_file_is_no_foreign_lock(client: Make) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="lock-files")
    put = {"Bucket": "lock-files", "Key": "a.tfstate.tflock", "IfNoneMatch": "*"}
    s3.put_object(Body=b"id 1", **put)
    s3.put_object(Body=b"id 1", **put)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Body=b"id 2", **put)
    assert s3.get_object(Bucket="lock-files", Key="a.tfstate.tflock")["Body"].read() == b"id 1"
