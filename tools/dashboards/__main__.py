"""Draw the dashboards into docs/: `python -m tools.dashboards`."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.toml_text import toml_text
from pipeline.synth.layers import Synthesis
from pipeline.work import repo_root
from tools.dashboards.boards import read_alarms, read_boards
from tools.dashboards.document import page
from tools.dashboards.picture import draw_board

ENV = "prod"
# What brings the alarms that the file of `ENV` doesn't ask for.
MORE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "ingestion": {"schedule": "rate(1 day)", "check_passages": True},
        "image": {"digest": f"sha256:{'0' * 64}"},
    }
)


def files(synthesis: Synthesis, prefix: str) -> dict[str, str]:
    """What is written, by its path below docs/. `prefix` begins the names of the environment's alarms."""
    boards, alarms = read_boards(synthesis), read_alarms(synthesis)
    pictures = {f"dashboards/{board.name}.svg": draw_board(board, alarms, prefix=prefix) for board in boards}
    return {**pictures, "dashboards.md": page(boards, alarms, prefix=prefix)}


def main() -> None:
    """Synthesise `ENV` with `MORE`, and write pictures and page."""
    from config import load
    from pipeline.synth.run import synthesise

    values = tomllib.loads((repo_root() / "environments" / f"{ENV}.toml").read_text(encoding="utf-8"))
    for section, more in MORE.items():
        values[section] = values.get(section, {}) | more
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{ENV}.toml")
        file.write_text(toml_text(values), encoding="utf-8")
        env = load(str(file))
        synthesis = synthesise(env, Path(folder, "layers"), env_ref=str(file))
        found = files(synthesis, env.names.resource("x").removesuffix("x"))
    for name, text in found.items():
        path = repo_root() / "docs" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
