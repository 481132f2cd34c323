"""Files and folders are replaced as a whole, also where somebody else does the same, or a signal ends it."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline import whole
from pipeline.whole import StrangersError, replace_file, replace_folder, sweep
from pipeline.work import repo_root

NAMES = [str(number) for number in range(20)]


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    for name in NAMES:
        (path / name).write_text(text)
    return path


def texts(path: Path) -> set[str]:
    return {each.read_text() for each in path.iterdir()}


def nothing(path: Path) -> tuple[str, ...]:
    return ()


def without_exchange(one: bytes, other: bytes) -> None:
    raise OSError(errno.EINVAL, "no exchange on this file system")


def test_a_new_place_and_an_old_one_hold_what_was_made(tmp_path: Path) -> None:
    replace_folder(folder(tmp_path / "one", "1"), tmp_path / "deep" / "target", nothing)
    replace_folder(folder(tmp_path / "two", "2"), tmp_path / "deep" / "target", nothing)
    assert texts(tmp_path / "deep" / "target") == {"2"}
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["target"]


def test_where_folders_can_not_be_exchanged_they_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "_exchange_at_once", without_exchange)
    replace_folder(folder(tmp_path / "one", "1"), folder(tmp_path / "target", "0"), nothing)
    assert texts(tmp_path / "target") == {"1"}
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


def test_another_file_system_is_copied_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, rename = folder(tmp_path / "one", "1"), Path.rename

    def across(path: Path, target: Path) -> Path:
        if path == source:
            raise OSError(errno.EXDEV, "another device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", across)
    replace_folder(source, folder(tmp_path / "target", "0"), nothing)
    assert texts(tmp_path / "target") == {"1"}


def test_what_is_the_same_is_left_alone(tmp_path: Path) -> None:
    target = folder(tmp_path / "target", "1")
    before = target.stat().st_ino
    replace_folder(folder(tmp_path / "one", "1"), target, nothing)
    assert target.stat().st_ino == before


def test_the_rights_of_the_old_folder_stay(tmp_path: Path) -> None:
    target = folder(tmp_path / "target", "0")
    target.chmod(0o750)
    replace_folder(folder(tmp_path / "one", "1"), target, nothing)
    assert target.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_not_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "target"
    if kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(folder(tmp_path / "mine", "mine"))
    with pytest.raises(NotADirectoryError):
        replace_folder(folder(tmp_path / "one", "1"), target, nothing)
    assert target.is_symlink() or target.read_text() == "mine"


def test_strangers_stay(tmp_path: Path) -> None:
    target = folder(tmp_path / "target", "0")
    with pytest.raises(StrangersError, match="mine"):
        replace_folder(folder(tmp_path / "one", "1"), target, lambda path: ["mine"])
    assert texts(target) == {"0"}


@pytest.mark.parametrize("exchange", [True, False])
def test_a_stranger_that_comes_at_the_last_moment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    if not exchange:
        monkeypatch.setattr(whole, "_exchange_at_once", without_exchange)
    target, looks = folder(tmp_path / "target", "0"), iter([[], ["mine"]])
    with pytest.raises(StrangersError, match="mine"):
        replace_folder(folder(tmp_path / "one", "1"), target, lambda path: next(looks))
    assert texts(target) == {"0"}
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("change", ["came", "went"])
def test_a_place_that_another_command_fills_or_empties_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    target, mode = tmp_path / "target", whole._mode
    other, looks = folder(tmp_path / "other", "0"), iter([change])
    if change == "went":
        other.rename(target)

    def meanwhile(path: Path) -> int | None:
        found = mode(path)
        if next(looks, ""):
            (other if change == "came" else target).rename(target if change == "came" else other)
        return found

    monkeypatch.setattr(whole, "_mode", meanwhile)
    replace_folder(folder(tmp_path / "one", "1"), target, nothing)
    assert texts(target) == {"1"}


def test_many_at_once_leave_one_of_them_whole(tmp_path: Path) -> None:
    sources = [folder(tmp_path / f"source{number}", str(number)) for number in range(8)]
    begin, failures = threading.Barrier(len(sources)), []

    def replace(source: Path) -> None:
        begin.wait()
        try:
            replace_folder(source, tmp_path / "target", nothing)
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=replace, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failures) < len(sources)
    assert len(texts(tmp_path / "target")) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline import whole
steps, wanted = 0, int(sys.argv[2])
def traced(frame, event, argument):
    global steps
    if frame.f_code.co_filename == whole.__file__:
        steps += 1
        if steps == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
    return traced
root = Path(sys.argv[1])
sys.settrace(traced)
whole.replace_folder(root / "source", root / "target", lambda path: ())
"""


def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    found, step = set(), 0
    while True:
        step += 7
        root = tmp_path / str(step)
        root.mkdir()
        folder(root / "source", "new")
        folder(root / "target", "old")
        command = [sys.executable, "-c", KILLED, str(root), str(step)]
        ended = subprocess.run(command, cwd=repo_root(), check=False)
        (text,) = texts(root / "target")
        assert sorted(each.name for each in (root / "target").iterdir()) == sorted(NAMES)
        found.add(text)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL
    assert found == {"old", "new"}


def test_drafts_of_killed_runs_are_swept_after_an_hour_unless_they_hold_strangers(tmp_path: Path) -> None:
    old, fresh, strange = (folder(whole.new_draft(tmp_path), text) for text in ("old", "fresh", "strange"))
    for path in (old, strange):
        os.utime(path, (0, 0))
    sweep(tmp_path, lambda path: ["mine"] if path == strange else [])
    assert [each.exists() for each in (old, fresh, strange)] == [False, True, True]


def test_the_system_can_exchange_folders() -> None:
    assert hasattr(ctypes.CDLL(None), "renamex_np" if sys.platform == "darwin" else "renameat2")


def test_a_file_is_written_beside_and_renamed(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "file"
    replace_file(place, b"1")
    place.chmod(0o640)
    replace_file(place, b"2")
    assert place.read_bytes() == b"2"
    assert place.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in place.parent.iterdir()] == ["file"]


def test_a_file_that_can_not_be_written_whole_keeps_its_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "file"
    place.write_text("old")

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:1])
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no room"):
        replace_file(place, b"new")
    assert place.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_link_keeps_leading_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"
