"""The work folder: private permissions, and a part per emulator run."""

from __future__ import annotations

import stat
from pathlib import Path

from pipeline.work import Work, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_work_folder_is_closed_to_others_even_when_it_was_open(tmp_path: Path) -> None:
    (tmp_path / ".sitechat").mkdir(mode=0o755)
    assert mode(Work(tmp_path).dir) == 0o700


def test_private_files_are_closed_to_others_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "inner" / "plan.json"
    write_private(path, b"old")
    write_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["plan.json"]


def test_an_emulator_run_has_bundles_and_terraform_data_of_its_own(tmp_path: Path) -> None:
    real, one, two = Work(tmp_path), Work(tmp_path, run="one"), Work(tmp_path, run="two")
    for folder in (Work.bundles, Work.terraform):
        assert len({folder(work, "local") for work in (real, one, two)}) == 3
    assert one.synth("local") == two.synth("local")
