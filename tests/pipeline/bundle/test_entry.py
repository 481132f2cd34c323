"""An entry of the history: what it says of whoever ran it, what it never holds, and its size."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.aws.kept import ID, LIMIT_BYTES
from pipeline.bundle.entry import (
    Entry,
    LayerRecord,
    entry_id,
    parse_entry,
)
from terraform_json.plan import Counts

BEGUN = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
ENTRY = Entry(
    id="20260115T120000Z-0123456789abcdef",
    env="dev",
    account="222222222222",
    region="us-east-1",
    command="apply",
    begun="2026-01-15T12:00:00Z",
    role="deployer",
    session="ann",
    ended="2026-01-15T12:01:10Z",
    result="failed",
    error="first: no",
    commit="c" * 40,
    dirty=True,
    bundles=("20260115T110000Z-0123456789abcdef",),
    layers={
        "first": LayerRecord("done", "a" * 64, Counts(add=2, outputs=1)),
        "second": LayerRecord("begun", "b" * 64, Counts(destroy=4)),
    },
    addresses=(("destroy", "second/aws_sqs_queue.q"), ("add", "first/aws_vpc.net")),
    versions={"terraform": "1.11.4"},
)


def test_the_id_shares_digits_with_the_bundle_and_no_two_runs_have_one() -> None:
    one, other = (entry_id(BEGUN, ENTRY.bundles[0]) for _ in range(2))
    assert one != other, "two machines may apply one bundle in the same second"
    assert one[:25] == other[:25] == "20260115T120000Z-01234567"
    assert ID.fullmatch(one)
    one, other = entry_id(BEGUN), entry_id(BEGUN, "bundle-1")
    assert one != other
    assert ID.fullmatch(one)
    assert ID.fullmatch(other)


def test_it_comes_back_as_it_was_stored() -> None:
    assert parse_entry(ENTRY.stored()) == ENTRY
    assert ENTRY.counts == Counts(add=2, outputs=1)
    assert ENTRY.changed_layers == ("first",)
    assert ENTRY.shown_commit == "ccccccc+"


def test_long_addresses_are_counted_where_they_do_not_fit() -> None:
    many = tuple(("add", f"first/aws_vpc.{'x' * 1000}{number}") for number in range(200))
    stored = replace(ENTRY, addresses=many, more_addresses=7).stored()
    assert len(stored) <= LIMIT_BYTES
    kept = parse_entry(stored)
    assert kept.addresses
    assert len(kept.addresses) + kept.more_addresses == 207


def changed(**changes: Any) -> bytes:
    return json.dumps(ENTRY.to_json() | changes).encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON"),
        (changed(format=2), "its format is 2"),
        (changed(more="x"), "other fields"),
        (changed(result="well"), "another form"),
        (changed(command="rm"), "another form"),
        (changed(begun="yesterday"), "another form"),
        (changed(layers=[]), "another form"),
        (changed(layers={"first": {"status": "done"}}), "another form"),
        (changed(layers={"first": {"status": "odd", "sha256": "", "counts": {}}}), "another form"),
        (changed(addresses=["x"]), "another form"),
        (changed(more_addresses="many"), "another form"),
    ],
)
def test_what_is_no_entry_is_refused_in_words(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_entry(text)
