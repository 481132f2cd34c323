"""Locks in S3 and DynamoDB are parsed with their holder, and merged."""

from __future__ import annotations

import json
import re

from pipeline.recovery.locks import Lock, merge_locks, parse_lock

INFO = {"ID": "a784b4e1", "Operation": "OperationTypeApply", "Who": "ann@desk", "Created": "2026-01-15T12:00:00Z"}
KEY = "sitechat/dev/global/edge.tfstate"
LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",), KEY)


def test_a_lock_tells_who_holds_it() -> None:
    assert parse_lock(KEY, "S3", json.dumps(INFO)) == LOCK


def test_a_lock_that_terraform_did_not_write_gets_an_id_of_its_text() -> None:
    ids = set()
    for text in ("", "held", "[]", "3", '{"ID": ""}', '{"ID": "two words"}', '{"ID": "--yes"}'):
        lock = parse_lock(KEY, "S3", text)
        assert (lock.layer, lock.who, lock.altered) == ("edge", "", True)
        assert re.fullmatch(r"altered-[0-9a-f]{12}", lock.id), "it can be typed after --unlock"
        ids.add(lock.id)
    assert len(ids) == 7


def test_one_run_that_holds_both_locks_is_one_lock() -> None:
    other = parse_lock("sitechat/dev/us-east-1/service.tfstate", "DynamoDB", json.dumps(INFO | {"ID": "b2"}))
    table = parse_lock(KEY, "DynamoDB", json.dumps(INFO))
    found = merge_locks([LOCK, other, table])
    assert [(each.layer, each.id, each.places) for each in found] == [
        ("edge", "a784b4e1", ("S3", "DynamoDB")),
        ("service", "b2", ("DynamoDB",)),
    ]
