"""Synthesise several apps in one process, each into OUT/NAME: ``synth_all.py SOURCES OUT WHAT...``.

WHAT is an environment of the checkout in SOURCES, by name; a configuration, as a ``.json`` file; or another app, as a
``.py`` file. One process, since loading the bindings costs more than a synth; the stock ones take ten seconds and more.
"""

from __future__ import annotations

import gc
import os
import runpy
import shutil
import sys
from pathlib import Path


def synth(sources: Path, what: str) -> None:
    """Run one app as ``python main.py`` would."""
    if what.endswith(".json"):
        return configured(Path(what))
    os.environ["SITECHAT_ENV"] = what
    script = what if what.endswith(".py") else str(sources / "main.py")
    sys.argv = [script]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise


def configured(file: Path) -> None:
    """Synthesise a configuration that has been validated."""
    from cdktf import App

    from config import Environment
    from main import build

    app = App()
    build(app, Environment.model_validate_json(file.read_text()))
    app.synth()


def main(sources: Path, out: Path, *names: str) -> None:
    """Synthesise all in this order, and print whether the fast bindings were active."""
    import fast_bindings

    state = fast_bindings.install()
    # The Node kernel reads the variable once, when it starts, so every app writes to the same folder.
    os.environ["CDKTF_OUTDIR"] = str(out / "cdktf.out")
    for name in names:
        synth(sources, name)
        shutil.move(out / "cdktf.out", out / Path(name).stem)
    print(state.active)
    # Without this, garbage collection of the bindings at exit takes seconds.
    gc.freeze()


if __name__ == "__main__":
    checkout = Path(sys.argv[1])
    sys.path.insert(0, str(checkout))
    main(checkout, Path(sys.argv[2]), *sys.argv[3:])
