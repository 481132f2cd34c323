"""`history --handover`: each part stands alone, what can't be asked is named, and all of it fits a screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from pipeline import session as sessions
from pipeline.aws.kept import Unreadable
from pipeline.bundle import entries
from pipeline.clock import now
from pipeline.commands import handover, history
from pipeline.commands.handover import COLUMNS, LINES, PARTS, UNFINISHED, Part
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion import places, status
from pipeline.operations import alarms as operations
from pipeline.operations.releases import records
from pipeline.operations.releases.record import Release
from pipeline.recovery import locks
from pipeline.recovery.locks import Lock
from pipeline.scan import waiver_file
from pipeline.scan.model import Waiver
from pipeline.session import Session, open_session
from pipeline.work import Work
from tests.pipeline.bundle.test_entry import ENTRY
from tests.pipeline.operations.releases.test_record import RELEASE
from tests.pipeline.operations.support import Account
from tests.support.environments import varied


def session_of(tmp_path: Path, **changes: Any) -> Session:
    return Session(varied("dev", **changes), "my.toml", Work(tmp_path), {}, Path("terraform"))


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_of(tmp_path)


@pytest.fixture
def shown(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Print the handover with these parts; the exit code and what was printed."""
    monkeypatch.setattr(sessions, "open_session", lambda env, needs_terraform: session)

    def run(*, as_json: bool = False, **parts: Callable[[Session], Part]) -> tuple[int, str]:
        monkeypatch.setattr(out, "_file", sys.stdout)
        monkeypatch.setattr(handover, "PARTS", parts)
        try:
            history.command(env="my.toml", handover=True, as_json=as_json)
        except typer.Exit as ended:
            return ended.exit_code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def refused(session: Session) -> Part:
    raise SitechatError("AWS refused to list the alarms in us-east-1: AccessDenied", code=ExitCode.FAILED)


def test_a_part_that_can_not_be_asked_is_named_and_hides_no_other(shown: Callable[..., tuple[int, str]]) -> None:
    code, text = shown(
        alarms=refused, index=lambda session: Part("Index: every source is in order", ("docs: 2 h old",))
    )
    assert code == ExitCode.INCOMPLETE
    lines = text.splitlines()
    assert lines[0].startswith("Handover of dev, account 111111111111, us-east-1, ")
    assert lines[1:] == [
        "Alarms",
        "  not known: AWS refused to list the alarms in us-east-1: AccessDenied",
        "Index: every source is in order",
        "  docs: 2 h old",
        "next: sitechat drift --env my.toml; docs/runbooks/README.md",
    ]


def test_what_is_unfinished_is_looked_at_first(shown: Callable[..., tuple[int, str]]) -> None:
    code, text = shown(**{UNFINISHED: lambda session: Part("Held locks", ("edge is locked by ann",))})
    assert code == 0
    assert text.splitlines()[-1] == "next: sitechat recover --env my.toml; docs/runbooks/README.md"


def test_a_part_that_is_known_in_part_is_no_whole(shown: Callable[..., tuple[int, str]]) -> None:
    code, text = shown(as_json=True, index=lambda session: Part("Index", ("docs",), "the index can't be asked"))
    found = json.loads(text)
    assert (code, found["unknown"]) == (ExitCode.INCOMPLETE, ["index"])
    assert found["parts"]["index"] == {"title": "Index", "lines": ["docs"], "unknown": "the index can't be asked"}


def test_it_is_one_screen_however_much_there_is(shown: Callable[..., tuple[int, str]]) -> None:
    many = Part("T" * 200, tuple("x" * 200 for _ in range(50)), "y" * 200)
    code, text = shown(**dict.fromkeys(PARTS, lambda session: many))
    lines = text.splitlines()
    assert code == ExitCode.INCOMPLETE
    assert len(lines) <= 45
    assert max(map(len, lines)) == COLUMNS
    assert f"  and {50 - LINES + 1} more" in lines


def test_where_all_is_known_it_ends_with_0(shown: Callable[..., tuple[int, str]]) -> None:
    assert shown(alarms=lambda session: Part("Open alarms: none"))[0] == 0


def test_open_alarms_are_those_of_the_environment_and_sleeping_ones_stand_apart(account: Account) -> None:
    session = open_session(str(account.file), needs_terraform=False)
    client = session.client("cloudwatch")
    stem = f"{session.env.project}-{session.env.name}"
    for name, enabled, state in (
        (f"{stem}-svc-cpu", True, "ALARM"),
        (f"{stem}-svc-errors", False, "ALARM"),
        (f"{stem}-svc-memory", True, "OK"),
        (f"{stem}x-svc-cpu", True, "ALARM"),
    ):
        client.put_metric_alarm(
            AlarmName=name,
            ActionsEnabled=enabled,
            MetricName="m",
            Namespace="n",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    found = handover.open_alarms(session)
    assert (found.title, found.unknown) == ("Open alarms: 1", "")
    first, second = found.lines
    assert first.startswith(f"{stem}-svc-cpu, since 20")
    assert first.endswith(" UTC")
    assert second == f"asleep, as what they watch is parked: {stem}-svc-errors"


def test_alarms_of_cloudfront_are_asked_for_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def alarms(session: Session, region: str, prefix: str, state: str) -> list[dict[str, Any]]:
        asked.append(region)
        return []

    monkeypatch.setattr(operations, "described", alarms)
    elsewhere = session_of(tmp_path, region="eu-west-1")
    assert handover.open_alarms(elsewhere) == Part("Open alarms: none")
    assert asked == ["eu-west-1", "us-east-1"]


def test_alarms_that_can_not_be_asked_for_are_an_error_with_the_region(session: Session) -> None:
    from botocore.exceptions import ClientError

    def refuse(**given: object) -> list[Any]:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeAlarms")

    client = SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=refuse))
    object.__setattr__(session, "client", lambda service, region: client)
    with pytest.raises(SitechatError, match="list the alarms in us-east-1: AccessDenied"):
        handover.open_alarms(session)


def holds(monkeypatch: pytest.MonkeyPatch, *found: Any) -> None:
    monkeypatch.setattr(entries, "entry_ids", lambda session: tuple(each.id for each in found))
    monkeypatch.setattr(entries, "read_entries", lambda session, ids: found[: len(ids)])


def test_deployments_are_a_line_each(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Unreadable("20260114T080000Z-00000000000000cc", "it is no JSON")
    holds(monkeypatch, ENTRY, broken, *[ENTRY] * 9)
    found = handover.last_deployments(session)
    assert len(found.lines) == handover.DEPLOYMENTS
    assert found.lines[:2] == (
        "2026-01-15 12:00 UTC apply failed, ccccccc+, 2 added in first; not done, or in part: 4 to destroy in second",
        "20260114T080000Z-00000000000000cc: can't be read: it is no JSON",
    )
    holds(monkeypatch)
    assert handover.last_deployments(session) == Part("Last deployments: none is recorded")


def test_locks_and_runs_without_an_end_lead_to_recover(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Lock("edge", "a7", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",))
    monkeypatch.setattr(locks, "find_locks", lambda session: (lock,))
    monkeypatch.setattr(handover, "damaged_states", lambda session: ["the state of edge is gone"])
    holds(monkeypatch, replace(ENTRY, result="begun", ended=""), ENTRY)
    found = handover.unfinished_runs(session)
    assert found.title == "Locks, states, unfinished runs: 1 held lock, 1 damaged state, 1 run without an end"
    assert found.lines == (
        "edge is locked by ann@desk (apply) since 2026-01-15 12:00:00 UTC",
        "the state of edge is gone",
        "apply by deployer, session ann, begun 2026-01-15 12:00 UTC, no end known",
    )
    monkeypatch.setattr(locks, "find_locks", lambda session: ())
    monkeypatch.setattr(handover, "damaged_states", lambda session: [])
    holds(monkeypatch, ENTRY)
    assert handover.unfinished_runs(session) == Part("Locks, states, unfinished runs: nothing wrong")


def test_releases_are_a_line_each_with_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = replace(
        RELEASE,
        id="20260116T080000Z-00000000000000aa",
        begun="2026-01-16T08:00:00Z",
        ended="2026-01-16T08:10:00Z",
        result="failed",
        digest="sha256:" + "b" * 64,
    )
    found: list[Release | Unreadable] = [bad, Unreadable("20260115T080000Z-00000000000000bb", "it is no JSON")]
    monkeypatch.setattr(records, "release_ids", lambda session: tuple(each.id for each in found))
    monkeypatch.setattr(records, "read_releases", lambda session, ids: tuple(found[: len(ids)]))
    assert handover.last_releases(session_of(tmp_path)) == Part(
        "Last releases, of 2 kept",
        (
            "2026-01-16 08:00 UTC release failed, sha256:bbbbbbbbbbbb, by deployer, session ann",
            "20260115T080000Z-00000000000000bb: can't be read: it is no JSON",
        ),
    )
    found.clear()
    assert "no image is configured" in handover.last_releases(session_of(tmp_path)).title
    assert "the configured one" in handover.last_releases(session_of(tmp_path, image__tag="v1")).title


def source(name: str, age: float | None, *, stale: bool, wants: bool, runs: tuple[str, ...] = ()) -> Any:
    ledger = SimpleNamespace(source=name)
    past = [SimpleNamespace(status=each) for each in runs]
    return SimpleNamespace(ledger=ledger, age_hours=age, stale=stale, wants_attention=wants, runs=past)


def test_the_index_has_an_age_or_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert handover.index_age(session_of(tmp_path, ingestion__sources=[])) == Part("Index: no sources are configured")
    site = {"name": "docs", "kind": "sitemap", "address": "https://docs.example.com/sitemap.xml"}
    filled = session_of(tmp_path, ingestion__sources=[site])
    found = SimpleNamespace(
        sources=(
            source("docs", 2.5, stale=False, wants=False, runs=("SUCCEEDED",)),
            source("wiki", None, stale=True, wants=True, runs=("FAILED", "FAILED")),
            source("news", None, stale=False, wants=True),
        ),
        unknown="the index can't be asked",
    )
    monkeypatch.setattr(places, "find_ingestion", lambda session: None)
    monkeypatch.setattr(status, "ingestion_status", lambda ingestion: found)
    assert handover.index_age(filled) == Part(
        "Index: look at wiki, news",
        (
            "docs: 2.5 h old, last run succeeded",
            "wiki: never succeeded, stale, last run failed",
            "news: never succeeded, no run yet",
        ),
        "the index can't be asked",
    )


def test_waivers_of_the_environment_that_expire_this_week(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    today = now().date()

    def waiver(days: int, **changes: Any) -> Waiver:
        made = Waiver("CKV_AWS_1", f"llm/aws_kms_key.k{days}", (), "why", "ann", today + timedelta(days=days))
        return replace(made, **changes)

    accepted = [waiver(8), waiver(7), waiver(-1), waiver(1, environments=("prod",)), waiver(2, not_in=("dev",))]
    monkeypatch.setattr(waiver_file, "read_waivers", lambda path: (accepted, []))
    found = handover.expiring_waivers(session)
    assert found.title == "Waivers that expire this week: 2"
    assert found.lines == (
        f"{today - timedelta(days=1)} ann: CKV_AWS_1 llm/aws_kms_key.k-1",
        f"{today + timedelta(days=7)} ann: CKV_AWS_1 llm/aws_kms_key.k7",
    )
    monkeypatch.setattr(waiver_file, "read_waivers", lambda path: ([], ["waivers.toml can't be read"]))
    assert handover.expiring_waivers(session).unknown == "waivers.toml can't be read"
