"""Locks in S3 and DynamoDB are parsed with their holder, and merged."""

from __future__ import annotations

import json

from pipeline.recovery.locks import Lock, merge_locks, parse_lock

INFO = {"ID": "a784b4e1", "Operation": "OperationTypeApply", "Who": "ann@desk", "Created": "2026-01-15T12:00:00Z"}
LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",))


def test_a_lock_tells_who_holds_it() -> None:
    assert parse_lock("edge", "S3", json.dumps(INFO)) == LOCK


def test_a_lock_that_terraform_did_not_write_is_shown_without_an_id() -> None:
    for text in ("", "held", "[]", "3"):
        assert parse_lock("edge", "S3", text) == Lock("edge", "", "", "", "", ("S3",))


def test_one_run_that_holds_both_locks_is_one_lock() -> None:
    other = parse_lock("service", "DynamoDB", json.dumps(INFO | {"ID": "b2"}))
    table = parse_lock("edge", "DynamoDB", json.dumps(INFO))
    found = merge_locks([LOCK, other, table])
    assert [(each.layer, each.id, each.places) for each in found] == [
        ("edge", "a784b4e1", ("S3", "DynamoDB")),
        ("service", "b2", ("DynamoDB",)),
    ]
