"""The tree stays one in which rooms are found: few of them, few arrows, no circle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.map import RoomMap, draw_map

# What the tree had when its rooms were drawn, ingestion since, and releases: they need the clock, and whoever destroys
# an environment deregisters what they left. Fewer is better; a new room replaces one.
MOST_ROOMS = 26
MOST_ARROWS = 134


@pytest.fixture(scope="module")
def tree() -> RoomMap:
    return draw_map()


def test_no_rooms_reach_each_other(tree: RoomMap) -> None:
    assert tree.circles == ()


def test_the_pipeline_has_no_more_rooms_and_arrows_than_were_drawn(tree: RoomMap) -> None:
    assert len(tree.inside) <= MOST_ROOMS
    assert sum(map(len, tree.inside.values())) <= MOST_ARROWS


def test_the_ground_floor_knows_nothing_of_ours(tree: RoomMap) -> None:
    assert tree.arrows["terraform_json"] == frozenset()


def test_what_runs_in_every_command_stands_below_the_constructs(tree: RoomMap) -> None:
    above = {"backend", "constructs_lib", "fast_bindings", "main", "stacks"}
    rooms = ("config", "policies", "terraform_json", *tree.inside)
    assert {room: tree.arrows[room] & above for room in rooms if tree.arrows[room] & above} == {}


def _write(root: Path, files: dict[str, str]) -> RoomMap:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return draw_map(root)


def test_lazy_imports_and_those_for_type_checkers_are_arrows(tmp_path: Path) -> None:
    found = _write(
        tmp_path,
        {
            "main.py": "",
            "pipeline/__init__.py": "",
            "pipeline/work.py": "",
            "pipeline/scan/__init__.py": "",
            "pipeline/scan/gate.py": "def judge():\n    from pipeline import work\n",
            "policies/__init__.py": "",
            "policies/rule.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pipeline.scan.gate\n",
        },
    )
    assert found.arrows["pipeline.scan"] == {"pipeline.work"}
    assert found.arrows["policies"] == {"pipeline.scan"}
    assert found.circles == ()


def test_a_circle_is_named_with_all_its_rooms(tmp_path: Path) -> None:
    found = _write(
        tmp_path,
        {
            "main.py": "",
            "pipeline/a.py": "import pipeline.b",
            "pipeline/b.py": "from pipeline import c",
            "pipeline/c.py": "def later():\n    from pipeline.a import x\n",
        },
    )
    assert found.circles == (("pipeline.a", "pipeline.b", "pipeline.c"),)
