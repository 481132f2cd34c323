"""Both sides of a comparison are whole copies; one that can't be had says so and leaves the other to be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench import deployments as module
from tools.bench.cases import REPO
from tools.bench.deployments import CHANGED, Side, deployments
from tools.bench.processes import RunError, Sample


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the sides were asked to run, instead of running it."""
    asked: list[tuple[str, ...]] = []

    def note(side: Side, *arguments: str) -> Sample:
        asked.append((side.name, *arguments[:2]))
        return Sample(1, 2, 3)

    monkeypatch.setattr(Side, "sitechat", note)
    return asked


def test_a_commit_that_is_not_here_leaves_the_other_side(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    with deployments(tmp_path / "sides", "0" * 40) as found:
        unmeasured = {each.name for each in (*found.once, *found.rounds) if each.error}
        assert {each.error for each in found.rounds if each.error} == {f"this clone has no commit {'0' * 40}"}
        assert unmeasured == {"bootstrap, before", "deploy, before", "re-plan, before"}
    assert commands == [("now", "local", "up"), ("now", "local", "down")]


def test_both_sides_are_stopped_whatever_happens(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    with pytest.raises(KeyboardInterrupt), deployments(tmp_path / "sides", "HEAD"):
        raise KeyboardInterrupt
    assert commands[-2:] == [("before", "local", "down"), ("now", "local", "down")]


def test_this_side_is_the_checkout_as_it_stands(tmp_path: Path, commands: list[tuple[str, ...]]) -> None:
    with deployments(tmp_path / "sides", "HEAD"):
        for path in ("main.py", "pipeline/cli.py", "environments/local.toml"):
            assert (tmp_path / "sides" / "now" / path).read_bytes() == (REPO / path).read_bytes()
        assert (tmp_path / "sides" / "before" / "main.py").is_file()
        assert not (tmp_path / "sides" / "now" / ".git").exists()


@pytest.mark.parametrize("layer", CHANGED)
def test_a_change_is_one_that_the_configuration_accepts(
    tmp_path: Path, commands: list[tuple[str, ...]], layer: str
) -> None:
    from config import load

    side = Side("now", tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "local.toml").write_bytes((REPO / "environments" / "local.toml").read_bytes())
    side.planned_change(layer)
    assert load(str(tmp_path / "changed" / layer / "local.toml")) != load("local")
    assert commands == [("now", "plan", "--changed")]


def test_without_this_checkout_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(root: Path) -> None:
        raise RunError("no space")

    monkeypatch.setattr(module, "_copy_checkout", broken)
    with pytest.raises(RunError, match="no space"), deployments(tmp_path / "sides", "0" * 40):
        pass
