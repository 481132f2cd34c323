"""Whole files that can't work, or that look so and do: each ends as the tables beside this module say."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from config import ConfigError, load

ACCOUNT = 'account_id = "222222222222"\n'
_TABLE = [
    trap
    for table in ("handed.toml", "found.toml")
    for trap in tomllib.loads(Path(__file__).with_name(table).read_text(encoding="utf-8"))["trap"]
]
_WORDS = ", ".join(f'"w{number:04d}x"' for number in range(9000))
# Too long to be written out.
_BUILT: list[dict[str, Any]] = [
    {"file": f"[bedrock]\nblocked_words=[{_WORDS}]", "right": "either"},
    {"file": f"[service]\nport={'9' * 5000}", "right": "refuse", "names": ["line 3"]},
    {"file": f"[tags]\nx={'[' * 2000}{']' * 2000}", "right": "refuse", "names": ["line 3"]},
]


def _ids(trap: dict[str, Any]) -> str:
    shown = str(trap["file"]).replace("\n", " ")[:60]
    return shown.encode("ascii", "backslashreplace").decode() or str(trap.get("name", "empty"))


@pytest.mark.parametrize("trap", [*_TABLE, *_BUILT], ids=_ids)
def test_a_file_ends_as_the_table_says(trap: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / f"{trap.get('name', 'qa')}.toml"
    account = ACCOUNT if trap.get("account", True) and "account_id" not in trap["file"] else ""
    file.write_text(account + trap["file"], encoding="utf-8")
    told = ""
    try:
        load(file)
    except ConfigError as error:
        told = str(error)
    if trap["right"] != "either":
        assert (told != "") == (trap["right"] == "refuse"), told
    if trap["right"] == "refuse" and trap.get("names"):
        assert any(f"{name}" in told.replace(str(tmp_path), "") for name in trap["names"]), told
    assert "\n\n" not in told
    assert told.isascii()
