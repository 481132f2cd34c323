"""Synthesise environments one after the other, under the bindings of whichever Python runs this.

`python -m tools.next.synthesise OUT FILE...` writes a folder for each file into OUT. The bindings are loaded once: that
takes as long as many environments.
"""

from __future__ import annotations

import sys
from pathlib import Path

import fast_bindings


def main(out: Path, files: list[str]) -> None:
    """Synthesise each file into a folder of its name."""
    fast_bindings.install()
    from cdktf import App

    from config import load
    from main import build

    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        env = load(file)
        app = App(outdir=str(out / env.name))
        build(app, env)
        app.synth()
        print(env.name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
