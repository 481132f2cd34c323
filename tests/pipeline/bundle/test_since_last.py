"""What changed since the last deployment: commits as git tells them, and layers by the hashes in the history."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.aws.kept import Unreadable
from pipeline.bundle import commits, since_last
from pipeline.bundle.commits import commits_since, current_commit, is_ahead
from pipeline.bundle.entry import Entry, LayerRecord, LayerStatus
from pipeline.bundle.since_last import COMMITS, changed_since_last
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.applied import files_digest
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.pipeline.bundle.test_entry import ENTRY
from tests.support.environments import varied


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def commit(folder: Path, subject: str) -> str:
    git(folder, "commit", "--allow-empty", "-q", "-m", subject)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one commit, in the place of this one."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "file").write_text("one")
    git(folder, "add", "file")
    commit(folder, "begin")
    monkeypatch.setattr(commits, "repo_root", lambda: folder)
    return folder


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(varied("dev"), "my.toml", Work(tmp_path), {}, Path("terraform"))


def digests(synthesis: Synthesis) -> dict[str, str]:
    return {layer.name: files_digest(layer) for layer in synthesis.layers}


def entry(
    number: int,
    sha256: Mapping[str, str],
    *,
    status: LayerStatus = "done",
    result: str = "succeeded",
    **changes: object,
) -> Entry:
    """An entry, the newest with the highest number; an empty hash is a destruction."""
    layers = {name: LayerRecord(status, each, Counts(add=1)) for name, each in sha256.items()}
    given = {"layers": layers, "result": result, "dirty": False} | changes
    return replace(ENTRY, id=f"20260115T12000{number}Z-{number:016x}", **given)  # type: ignore[arg-type]


def holds(monkeypatch: pytest.MonkeyPatch, *entries: Entry | Unreadable) -> None:
    """Let the history hold these entries, the newest first."""
    by_id = {each.id: each for each in entries}
    monkeypatch.setattr(since_last, "entry_ids", lambda session: tuple(by_id))
    monkeypatch.setattr(since_last, "read_entries", lambda session, ids: tuple(by_id[each] for each in ids))


def test_commits_and_layers_since_the_last_one_that_ended_well(
    repository: Path, session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = git(repository, "rev-parse", "HEAD")
    newer = commit(repository, "make the second layer better")
    now = digests(pair)
    holds(
        monkeypatch,
        entry(3, {"second": now["second"]}, status="begun", result="failed"),
        Unreadable("20260115T120002Z-0000000000000002", "it is no JSON"),
        entry(1, now, commit=deployed, command="deploy"),
    )
    found = changed_since_last(session, pair)
    assert found.last.id.startswith("20260115T120001Z")
    assert found.unfinished == (entry(3, {}).id,)
    assert found.commits == (f"{git(repository, 'rev-parse', '--short', newer)} make the second layer better",)
    assert (found.more_commits, found.ahead, found.dirty, found.unknown) == (False, False, False, "")
    assert found.changed == {"second": f"not done in {entry(3, {}).id}"}


def test_each_layer_is_held_to_its_own_newest_record(
    repository: Path, session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = digests(pair)
    holds(
        monkeypatch,
        entry(4, {"second": now["second"]}),
        entry(3, {"first": "0" * 64, "gone": "1" * 64}),
        entry(2, {"taken": ""}, command="destroy"),
        entry(1, {"first": now["first"], "second": "2" * 64, "taken": "3" * 64}),
    )
    assert changed_since_last(session, pair).changed == {
        "first": f"deployed otherwise in {entry(3, {}).id}",
        "gone": "deployed, and not configured any more",
    }
    holds(monkeypatch, entry(4, {"second": now["second"]}), entry(2, {"first": ""}, command="destroy"))
    assert changed_since_last(session, pair).changed == {"first": f"destroyed in {entry(2, {}).id}"}
    holds(monkeypatch, entry(4, {"second": now["second"]}))
    assert list(changed_since_last(session, pair).changed) == ["first"]


def test_nothing_is_new_where_nothing_changed(
    repository: Path, session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(monkeypatch, entry(1, digests(pair), commit=git(repository, "rev-parse", "HEAD")))
    found = changed_since_last(session, pair)
    assert (found.commits, found.changed, found.unfinished) == ((), {}, ())


@pytest.mark.parametrize(
    ("known", "reason"),
    [({"commit": ""}, "outside a git repository"), ({"commit": "d" * 40}, "doesn't know the commit ddddddd")],
)
def test_a_commit_that_git_does_not_know_is_told(
    repository: Path,
    session: Session,
    pair: Synthesis,
    monkeypatch: pytest.MonkeyPatch,
    known: dict[str, Any],
    reason: str,
) -> None:
    holds(monkeypatch, entry(1, digests(pair), **known))
    found = changed_since_last(session, pair)
    assert found.commits is None
    assert reason in found.unknown


def test_without_git_the_layers_are_compared_all_the_same(
    session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "_git", lambda *words: None)
    holds(monkeypatch, entry(1, {**digests(pair), "first": "0" * 64}))
    found = changed_since_last(session, pair)
    assert (found.commits, found.unknown) == (None, "this is no git repository, or git isn't installed")
    assert list(found.changed) == ["first"]


def test_without_a_deployment_that_ended_well_there_is_nothing_to_compare(
    session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(monkeypatch, entry(2, {}, result="failed"), entry(1, {}, command="destroy"))
    with pytest.raises(SitechatError, match="no deployment that ended well") as caught:
        changed_since_last(session, pair)
    assert caught.value.code is ExitCode.MISSING


def test_many_commits_are_bounded_and_other_branches_are_told(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    for number in range(3):
        commit(repository, f"step {number}")
    last = git(repository, "rev-parse", "HEAD")
    found = commits_since(first, 2)
    assert found is not None
    assert [each.partition(" ")[2] for each in found] == ["step 2", "step 1"]
    assert not is_ahead(first)
    git(repository, "checkout", "-q", first)
    assert commits_since(last, COMMITS) == ()
    assert is_ahead(last)
    (repository / "file").write_text("two")
    assert current_commit() == f"{first}+"


@pytest.mark.parametrize("text", ["", "HEAD", "--output=x", "c" * 6, "C" * 40])
def test_only_a_commit_is_asked_for(repository: Path, text: str) -> None:
    assert commits_since(text, 5) is None


def test_what_is_found_is_plain_data(
    repository: Path, session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(monkeypatch, entry(1, digests(pair)))
    assert json.loads(json.dumps(changed_since_last(session, pair).last.to_json()))["format"] == 1
