"""`history` lists entries for people and programs, shows one whole, and says what changed since the last deployment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from pipeline import gates, session
from pipeline.aws.kept import Unreadable
from pipeline.bundle import entries, since_last
from pipeline.bundle.entry import Entry, LayerRecord
from pipeline.bundle.since_last import SinceLast
from pipeline.commands import history
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.pipeline.bundle.test_entry import ENTRY
from tests.support.environments import varied

Shown = Callable[..., str]
WELL = replace(
    ENTRY,
    id="20260116T080000Z-00000000000000aa",
    command="deploy",
    begun="2026-01-16T08:00:00Z",
    ended="2026-01-16T08:00:40Z",
    result="succeeded",
    error="",
    dirty=False,
    session="",
    layers={"first": LayerRecord("done", "a" * 64, Counts())},
    addresses=(),
    bundles=(),
)
KILLED = replace(ENTRY, id="20260117T080000Z-00000000000000bb", ended="", result="begun", error="", more_addresses=3)
BROKEN = Unreadable("20260114T080000Z-00000000000000cc", "it is no JSON")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Entry | Unreadable]:
    """The entries of the history, the newest first; a test may change them."""
    found: list[Entry | Unreadable] = [KILLED, WELL, ENTRY, BROKEN]

    def read(session: Session, ids: tuple[str, ...]) -> tuple[Entry | Unreadable, ...]:
        return tuple(each for each in found if each.id in ids)

    here = Session(varied("dev"), "my.toml", Work(tmp_path), {}, Path("terraform"))
    monkeypatch.setattr(session, "open_session", lambda env, needs_terraform: here)
    monkeypatch.setattr(entries, "entry_ids", lambda session: tuple(each.id for each in found))
    monkeypatch.setattr(entries, "read_entries", read)
    return found


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    def run(*arguments: Any, **options: Any) -> str:
        monkeypatch.setattr(out, "_file", sys.stdout)
        given: dict[str, Any] = {"env": "my.toml", "limit": 10, **options}
        history.command(*arguments, **given)
        return capsys.readouterr().out

    return run


def test_the_list_says_when_who_what_and_how_it_ended(kept: list[Entry | Unreadable], shown: Shown) -> None:
    text = shown()
    assert text == (
        "2026-01-15 12:00 UTC  apply begun, no end known  20260117T080000Z-00000000000000bb\n"
        "  2 added in first; planned: 4 to destroy in second, ccccccc+, by deployer, session ann\n"
        "  bundle 20260115T110000Z-0123456789abcdef\n"
        "2026-01-16 08:00 UTC  deploy succeeded, 40 s  20260116T080000Z-00000000000000aa\n"
        "  no changes, ccccccc, by deployer\n"
        "2026-01-15 12:00 UTC  apply failed, 1 min 10 s  20260115T120000Z-0123456789abcdef\n"
        "  2 added in first; not done, or in part: 4 to destroy in second, ccccccc+, by deployer, session ann\n"
        "  bundle 20260115T110000Z-0123456789abcdef\n"
        "  first: no\n"
        "20260114T080000Z-00000000000000cc: can't be read: it is no JSON\n"
    )


def test_layers_without_changes_are_not_counted_and_a_begun_one_may_be_done_in_part(
    kept: list[Entry | Unreadable], shown: Shown
) -> None:
    layers = {
        "first": LayerRecord("begun", "a" * 64, Counts(add=8)),
        "second": LayerRecord("waiting", "a" * 64, Counts()),
    }
    kept[:] = [replace(ENTRY, layers=layers)]
    assert "not done, or in part: 8 to add in first, " in shown()


def test_a_limit_says_how_to_see_the_rest(kept: list[Entry | Unreadable], shown: Shown) -> None:
    text = shown(limit=1)
    assert text.count("UTC") == 1
    assert "3 older: sitechat history --env my.toml --limit 4" in text


def test_json_has_them_whole(kept: list[Entry | Unreadable], shown: Shown) -> None:
    found = json.loads(shown(limit=4, as_json=True))
    assert (found["env"], found["kept"]) == ("dev", 4)
    assert [each["id"] for each in found["entries"]] == [each.id for each in kept]
    assert found["entries"][2] == json.loads(ENTRY.stored())
    assert found["entries"][3]["unreadable"] == "it is no JSON"


def test_an_empty_history_says_so(kept: list[Entry | Unreadable], shown: Shown) -> None:
    kept.clear()
    assert shown() == "Nothing of dev is recorded yet.\n"


def test_one_is_shown_whole(kept: list[Entry | Unreadable], shown: Shown) -> None:
    text = shown("latest")
    assert text == (
        "apply of dev, 20260117T080000Z-00000000000000bb\n"
        "  began      2026-01-15 12:00 UTC, by deployer, session ann\n"
        "  result     begun, no end known\n"
        "  place      account 222222222222, us-east-1\n"
        f"  commit     {'c' * 40}, with uncommitted changes\n"
        "  bundles    20260115T110000Z-0123456789abcdef\n"
        "  tools      terraform 1.11.4\n"
        "  first: 2 added, files aaaaaaaaaaaa\n"
        "  second: 4 to destroy; cut off or failed\n"
        "  destroy  second/aws_sqs_queue.q\n"
        "  add      first/aws_vpc.net\n"
        "  and 3 further changes\n"
    )
    assert json.loads(shown(ENTRY.id, as_json=True))["entry"] == json.loads(ENTRY.stored())


@pytest.mark.parametrize("given", [{"entry": "latest", "since_last": True}, {"handover": True, "since_last": True}])
def test_one_question_at_a_time(shown: Shown, given: dict[str, Any]) -> None:
    with pytest.raises(SitechatError, match="exclude each other") as caught:
        shown(**given)
    assert caught.value.code is ExitCode.USAGE


SINCE = SinceLast(WELL, (KILLED.id,), ("abc1234 better",), False, True, True, "", {"first": "deployed otherwise"})


@pytest.fixture
def compared(
    kept: list[Entry | Unreadable], pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> Callable[[SinceLast], None]:
    """A function that sets what the comparison finds."""
    monkeypatch.setattr(gates, "synthesise_environment", lambda env, env_ref: pair)
    return lambda found: monkeypatch.setattr(since_last, "changed_since_last", lambda session, synthesis: found)


def test_since_the_last_deployment_leads_on_to_plan_and_drift(
    compared: Callable[[SinceLast], None], shown: Shown
) -> None:
    compared(SINCE)
    text = shown(since_last=True)
    assert text == (
        "Last deployment of dev: 2026-01-16 08:00 UTC, deploy, by deployer\n"
        "  no changes, ccccccc, entry 20260116T080000Z-00000000000000aa\n"
        "Since then, not ended well: 20260117T080000Z-00000000000000bb\n"
        "1 commit since ccccccc:\n"
        "  abc1234 better\n"
        "The deployed commit has commits that this checkout lacks: pull, or change to its branch.\n"
        "This checkout has uncommitted changes.\n"
        "Layers whose configuration differs from what was deployed:\n"
        "  first: deployed otherwise\n"
        "next: sitechat plan --env my.toml shows what would change\n"
        "      sitechat drift --env my.toml shows what was changed past the configuration\n"
    )
    found = json.loads(shown(since_last=True, as_json=True))
    assert (found["last"]["id"], found["changed"]) == (WELL.id, {"first": "deployed otherwise"})


def test_commits_that_git_does_not_know_are_no_pass(compared: Callable[[SinceLast], None], shown: Shown) -> None:
    compared(replace(SINCE, commits=None, unknown="this is no git repository", changed={}))
    with pytest.raises(typer.Exit) as caught:
        shown(since_last=True)
    assert caught.value.exit_code is ExitCode.INCOMPLETE


def test_many_commits_and_uncommitted_ones_are_told(compared: Callable[[SinceLast], None], shown: Shown) -> None:
    compared(replace(SINCE, last=replace(WELL, dirty=True), more_commits=True, ahead=False, dirty=False))
    text = shown(since_last=True)
    assert "More than 1 commit since ccccccc:" in text
    assert "It was deployed with uncommitted changes, which git doesn't know." in text
    compared(replace(SINCE, commits=(), dirty=False, ahead=False, changed={}))
    text = shown(since_last=True)
    assert "No commit since ccccccc." in text
    assert "Every layer is configured as it was deployed." in text
