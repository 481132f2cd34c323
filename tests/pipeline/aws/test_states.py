"""States and locks are read from the emulated S3 and DynamoDB as Terraform's backend keeps them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.aws import NoAnswer, read_lock, read_state
from pipeline.aws import states as states_module
from tests.pipeline.operations.support import Account

NUMBERS = itertools.count(1)
STATE = {"version": 4, "lineage": "a1", "serial": 3, "resources": [], "outputs": {}}
LOCK = {"ID": "7b1a62cc", "Who": "ann@desk", "Operation": "OperationTypeApply", "Created": "2026-01-15T12:00:00Z"}


class RefusedError(Exception):
    """What the callers below make of a refusal; its text is AWS's."""


class MismatchError(Exception):
    """What the callers below raise for a state that is not the one remembered."""


@dataclass(frozen=True)
class Backend:
    """State bucket and lock table of one test."""

    s3: Any
    dynamodb: Any
    settings: dict[str, Any]

    @property
    def lock_id(self) -> str:
        return f"{self.settings['bucket']}/{self.settings['key']}"

    def store(self, content: bytes, *, digest: str | None = None, suffix: str = "") -> None:
        """Write an object as Terraform does; `digest` is put into the table for it."""
        self.s3.put_object(Bucket=self.settings["bucket"], Key=self.settings["key"] + suffix, Body=content)
        if digest is not None:
            self.put_row({"LockID": {"S": f"{self.lock_id}-md5"}, "Digest": {"S": digest}})

    def put_row(self, item: Mapping[str, Any]) -> None:
        self.dynamodb.put_item(TableName=self.settings["dynamodb_table"], Item=item)

    def state(self, **other: Any) -> dict[str, Any] | None:
        return read_state(
            self.s3,
            self.dynamodb,
            {**self.settings, **other},
            otherwise=lambda reason: RefusedError(reason.text),
            mismatch=MismatchError,
        )

    def lock(self, **other: Any) -> dict[str, Any] | None:
        def refused(reason: NoAnswer) -> RefusedError:
            return RefusedError(reason.text)

        return read_lock(self.s3, self.dynamodb, {**self.settings, **other}, otherwise=refused)


@pytest.fixture
def backend(account: Account) -> Backend:
    name = f"states-{next(NUMBERS)}"
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    s3.create_bucket(Bucket=name)
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Backend(s3, dynamodb, {"bucket": name, "key": "sitechat/dev/edge.tfstate", "dynamodb_table": name})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for a digest that is still being written."""
    monkeypatch.setattr(states_module, "SETTLING_SECONDS", 0)


def _content(state: Mapping[str, Any] = STATE) -> tuple[bytes, str]:
    content = json.dumps(state).encode()
    return content, hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_a_state_that_its_digest_confirms_is_read(backend: Backend) -> None:
    content, digest = _content()
    backend.store(content, digest=digest)
    assert backend.state() == STATE


@pytest.mark.parametrize("content", [b"", b"{}"], ids=["empty", "no lineage"])
def test_an_object_without_a_state_is_none(backend: Backend, content: bytes) -> None:
    backend.store(content)
    assert backend.state() is None


def test_what_was_never_applied_is_none(backend: Backend) -> None:
    assert backend.state() is None


def test_another_state_than_the_remembered_one_is_refused(backend: Backend, impatient: None) -> None:
    (content, found), (_, remembered) = _content(), _content({**STATE, "serial": 4})
    backend.store(content, digest=remembered)
    with pytest.raises(MismatchError) as caught:
        backend.state()
    assert caught.value.args == (found, remembered)


def test_a_remembered_state_that_is_gone_is_refused(backend: Backend, impatient: None) -> None:
    backend.put_row({"LockID": {"S": f"{backend.lock_id}-md5"}, "Digest": {"S": _content()[1]}})
    with pytest.raises(MismatchError):
        backend.state()


def test_a_digest_that_comes_a_moment_later_is_waited_for(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    content, digest = _content()
    backend.store(content, digest="of the state before")
    monkeypatch.setattr("pipeline.aws.states.time.sleep", lambda seconds: backend.store(content, digest=digest))
    assert backend.state() == STATE


@pytest.mark.parametrize("content", [b"{", b"3", b"[]", b"[1]"])
def test_an_object_that_is_no_state_is_refused(backend: Backend, content: bytes) -> None:
    backend.store(content)
    with pytest.raises(MismatchError):
        backend.state()


def test_without_a_digest_the_state_stands_for_itself(backend: Backend) -> None:
    backend.store(_content()[0])
    assert backend.state() == STATE
    assert backend.state(dynamodb_table="") == STATE, "locks as files in S3: there is no table"


def test_a_bucket_that_is_not_there_is_no_empty_state(backend: Backend) -> None:
    with pytest.raises(RefusedError, match="NoSuchBucket"):
        backend.state(bucket="nowhere")
    with pytest.raises(RefusedError, match="NoSuchBucket"):
        backend.lock(bucket="nowhere", dynamodb_table="")


def test_a_lock_in_the_table_is_told_with_its_holder(backend: Backend) -> None:
    assert backend.lock() is None
    backend.put_row({"LockID": {"S": backend.lock_id}, "Info": {"S": json.dumps(LOCK)}})
    assert backend.lock() == LOCK


def test_a_lock_file_is_told_with_its_holder(backend: Backend) -> None:
    assert backend.lock(dynamodb_table="") is None
    backend.store(json.dumps(LOCK).encode(), suffix=".tflock")
    assert backend.lock(dynamodb_table="") == LOCK


@pytest.mark.parametrize("text", ["", "held", '{"ID": ', "3", "[1]"])
def test_a_lock_that_nobody_can_read_is_a_lock_all_the_same(backend: Backend, text: str) -> None:
    backend.put_row({"LockID": {"S": backend.lock_id}, "Info": {"S": text}})
    assert backend.lock() == {}


def test_the_digest_is_no_lock(backend: Backend) -> None:
    content, digest = _content()
    backend.store(content, digest=digest)
    assert backend.lock() is None


def test_a_lock_that_lies_only_in_the_bucket_is_told_where_both_are_used(backend: Backend) -> None:
    backend.store(json.dumps(LOCK).encode(), suffix=".tflock")
    assert backend.lock() is None
    assert backend.lock(use_lockfile=True) == LOCK
