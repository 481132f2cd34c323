"""Every package has a README that names its modules, so that one that is added or renamed without it shows.

Constructs, stacks and the backend have their own test, `tests/constructs_lib/test_readmes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pipeline.cli import COMMANDS, build_app
from pipeline.errors import ExitCode
from tests.docs.commands import ROOT
from tools.map import RoomMap, draw_map

TREES = (
    "config",
    "fast_bindings",
    "ingestion",
    "local_aws",
    "passages",
    "pipeline",
    "policies",
    "terraform_json",
    "tools",
)
CHECKS = ROOT / "policies" / "checks"
EXIT_CODES = ROOT / "docs" / "exit-codes.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"


def _packages_in(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob("*/__init__.py"))


PACKAGES = [package for tree in TREES for package in (ROOT / tree, *_packages_in(ROOT / tree))]
every_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(ROOT)))


def _readme(package: Path) -> str:
    return (package / "README.md").read_text(encoding="utf-8")


def unnamed(package: Path) -> list[str]:
    """Public modules and packages that the README of a package doesn't name."""
    modules = [path.name for path in sorted(package.glob("*.py")) if not path.name.startswith("_")]
    folders = [f"{path.name}/" for path in _packages_in(package)]
    text = _readme(package)
    return [name for name in (*modules, *folders) if f"`{name}`" not in text]


def gone(package: Path) -> list[str]:
    """Files and folders that stand in the first column of a table and don't exist."""
    cells = re.findall(r"^\| (.*?) \|", _readme(package), re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`([\w/]+(?:\.py|/))`", cell)]
    return [name for name in named if not (package / name).exists()]


@every_package
def test_every_module_is_named(package: Path) -> None:
    assert unnamed(package) == []


@every_package
def test_what_a_table_names_exists(package: Path) -> None:
    assert gone(package) == []


def test_a_module_that_is_added_or_renamed_shows(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("| file | holds |\n|---|---|\n| `old.py` `known.py` | things |\n")
    for name in ("new.py", "known.py", "_private.py", "__main__.py"):
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "__init__.py").touch()
    assert unnamed(tmp_path) == ["new.py", "inner/"]
    assert gone(tmp_path) == ["old.py"]


def _rules() -> Iterator[str]:
    """Rows of the rules' table, as the sources say them."""
    python = r'check_id = "(?P<id>[^"]+)"\n    title = "(?P<title>[^"]+)"'
    yaml = r"id: (?P<id>\S+)\n  name: (?P<title>.+)"
    for path in sorted([*CHECKS.glob("*.py"), *CHECKS.glob("*.yaml")]):
        if path.stem != "__init__":
            found = re.search(python if path.suffix == ".py" else yaml, path.read_text(encoding="utf-8"))
            assert found is not None, path
            yield f"| `{path.name}` | {found['id']} | {found['title']} |"


def test_the_table_of_rules_has_every_rule_as_it_is() -> None:
    rows = re.findall(r"^\| `\w+\.(?:py|yaml)` .*$", _readme(CHECKS), re.MULTILINE)
    assert rows == list(_rules())


def _commands() -> Iterator[str]:
    """Every command as it is typed after `sitechat`, those of groups with their group."""
    root: Any = typer.main.get_command(build_app([]))
    for name in COMMANDS:
        inside = getattr(root.commands[name], "commands", None)
        yield from (f"{name} {each}" for each in inside) if inside else (name,)


def test_the_table_of_commands_has_every_command() -> None:
    rows = re.findall(
        r"^\| `([a-z ]+?)(?: [A-Z_|a-z]*[A-Z]+[A-Z_|a-z]*)?` \|", _readme(ROOT / "pipeline"), re.MULTILINE
    )
    assert rows == list(_commands())


def test_the_table_of_exit_codes_has_every_code() -> None:
    rows = re.findall(r"^\| (\d+) \|", EXIT_CODES.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == [int(code) for code in ExitCode]


@pytest.fixture(scope="module")
def tree() -> RoomMap:
    return draw_map()


def test_the_architecture_page_lists_every_room_above_what_it_imports(tree: RoomMap) -> None:
    table = ARCHITECTURE.read_text(encoding="utf-8").partition("### pipeline/")[2].partition("## Layers")[0]
    rooms = [f"pipeline.{name}" for name in re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)]
    assert sorted(rooms) == sorted(tree.inside)
    above = {room: set(rooms[: rooms.index(room)]) for room in rooms}
    assert {room: others & above[room] for room, others in tree.inside.items() if others & above[room]} == {}


def test_the_architecture_page_lists_every_folder_with_code(tree: RoomMap) -> None:
    listed = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {room.partition(".")[0] for room in tree.arrows} - set(listed) == set()


@pytest.mark.parametrize("page", [ROOT / "README.md", ARCHITECTURE], ids=lambda path: path.name)
def test_paths_lead_somewhere(page: Path) -> None:
    paths = re.findall(r"`([\w.-]+(?:/[\w.-]*)+)`", page.read_text(encoding="utf-8"))
    assert paths != []
    assert [path for path in paths if not (ROOT / path).exists() and not path.startswith(".sitechat/")] == []
