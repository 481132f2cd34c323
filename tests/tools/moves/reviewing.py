"""The reviewed table of what each setting moves: `python -m tests.tools.moves.reviewing` writes the types anew.

Takes three minutes. Reasons are kept; a setting that moves more than one type, or hides a policy, needs one.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support import run_folder
from tests.support.changed_settings import ChangedSetting, changed_settings
from tests.support.shared import configurations
from tools.moves.compare import Moves, compare

FILE = Path(__file__).with_name("reviewed.toml")
HEAD = """# What each setting moves in AWS, by resource type, and why it is more than one thing where it is.
# `python -m tests.tools.moves.reviewing` writes types and hidden policies anew and keeps the reasons.
# `hidden`: policies that a plan shows as "known after apply" then; what they read is made up by AWS.
"""


@dataclass(frozen=True)
class Reviewed:
    """An entry of the table: types that move, construct paths of policies that a plan hides, and the reason."""

    types: frozenset[str]
    hidden: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def needs_reason(self) -> bool:
        return len(self.types) > 1 or bool(self.hidden)


def read_reviewed() -> dict[str, Reviewed]:
    """The table by setting."""
    return {
        key: Reviewed(frozenset(entry["types"]), frozenset(entry.get("hidden", ())), entry.get("reason", ""))
        for key, entry in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
    }


def moved(settings: Iterable[ChangedSetting]) -> dict[str, Moves]:
    """What settings move, by key, all synthesised in one process."""
    chosen = list(settings)
    envs = {env.model_dump_json(): env for each in chosen for env in (each.before, each.after)}
    built = dict(zip(envs, configurations(list(envs.values())), strict=True))
    layers = {text: {name: each.config for name, each in templates.items()} for text, templates in built.items()}
    return {
        each.key: compare(layers[each.before.model_dump_json()], layers[each.after.model_dump_json()])
        for each in chosen
    }


def entry(moves: Moves, reason: str = "") -> Reviewed:
    """What moved, as the table says it; resources without the hash at the end of their names."""
    hidden = {address.rpartition("_")[0] for address in moves.hidden if address not in moves.changed | moves.made}
    return Reviewed(moves.types, frozenset(hidden), reason)


def main() -> None:
    """Write the table."""
    old = read_reviewed() if FILE.exists() else {}
    text = HEAD
    for key, moves in moved(changed_settings()).items():
        found = entry(moves, old[key].reason if key in old else "")
        text += f'\n["{key}"]\ntypes = {json.dumps(sorted(found.types))}\n'
        text += f"hidden = {json.dumps(sorted(found.hidden))}\n" if found.hidden else ""
        text += f"reason = {json.dumps(found.reason)}\n" if found.reason else ""
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ[run_folder.VARIABLE] = folder
        main()
