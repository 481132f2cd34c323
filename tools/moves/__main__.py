"""What one changed setting moves: `python -m tools.moves dev logs.retention_days=90`.

Synthesises the environment twice, with the setting as it is and as given (a TOML value, or a word), and asks no AWS.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config import ConfigError, Environment, load
from pipeline.synth.layers import read_synthesis
from tools.moves.compare import Moves, compare

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import sys
from pathlib import Path
import fast_bindings
fast_bindings.install()
from cdktf import App
from config import Environment
from main import build
app = App()
build(app, Environment.model_validate_json(Path(sys.argv[1]).read_text()))
app.synth()
"""


def main(arguments: list[str] | None = None) -> None:
    """Print what differs. Exits with 2 for a setting that doesn't exist or a value that is refused."""
    parser = argparse.ArgumentParser(prog="python -m tools.moves", description=__doc__)
    parser.add_argument("env", help="an environment's name or file")
    parser.add_argument("setting", metavar="SECTION.KEY=VALUE", help="as in the environment's file")
    given = parser.parse_args(arguments)
    try:
        before = load(given.env)
        after = changed(before, given.setting)
    except (ConfigError, ValueError) as error:
        parser.error(str(error))
    print("\n".join(told(compare(layers_of(before), layers_of(after)))))


def changed(env: Environment, setting: str) -> Environment:
    """The environment with one setting, "section.key=value", at another value. Raises ValueError or ConfigError."""
    key, equals, text = setting.partition("=")
    if not equals:
        raise ValueError(f"{setting}: write SECTION.KEY=VALUE")
    data: dict[str, Any] = env.model_dump()
    section, _, inner = key.strip().rpartition(".")
    place = data.get(section) if section else data
    if not isinstance(place, dict) or inner not in place:
        raise ValueError(f"no setting {key}; docs/configuration.md has them all")
    place[inner] = _value(text.strip())
    return Environment.model_validate(data)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def layers_of(env: Environment) -> dict[str, Mapping[str, Any]]:
    """Configurations of an environment's layers, from a process of its own: this one never loads the bindings."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings.json")
        settings.write_text(env.model_dump_json(), encoding="utf-8")
        out = Path(folder, "out")
        command = [sys.executable, "-c", _PROGRAM, str(settings)]
        surroundings = os.environ | {"CDKTF_OUTDIR": str(out)}
        subprocess.run(command, cwd=ROOT, env=surroundings, check=True, stdout=subprocess.DEVNULL)
        return {layer.name: layer.config for layer in read_synthesis(out, env.name).layers}


def told(moves: Moves) -> Iterator[str]:
    """Lines about what differs."""
    yield from (f"~ {address}" for address in sorted(moves.changed))
    yield from (f"+ {address}" for address in sorted(moves.made))
    yield from (f"- {address}" for address in sorted(moves.gone))
    yield from (
        f"? {address}: known after apply, since it reads {', '.join(sorted(read))}"
        for address, read in sorted(moves.unread.items())
    )
    yield from (f"? {address}: known after apply in part" for address in sorted(moves.hidden))
    if moves.following:
        yield f"and if one of these is replaced, what refers to it: {', '.join(sorted(moves.following))}"
    if not (moves.changed or moves.made or moves.gone):
        yield "nothing in AWS moves"


if __name__ == "__main__":
    main()
