"""Rewrite the generated parts of docs/security-review.md: `python -m policies.review`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from config import load
from pipeline.synthesis import synthesize
from policies.review.document import path, renewed, reviewed, subject


def main() -> None:
    """Synthesise every environment that is reviewed, judge it, write the document."""
    subjects = []
    with tempfile.TemporaryDirectory() as folder:
        for name in reviewed():
            synthesis = synthesize(load(name), Path(folder) / name, env_ref=name)
            subjects.append(subject(name, {layer.name: layer.config for layer in synthesis.layers}))
    path().write_text(renewed(path().read_text(encoding="utf-8"), subjects), encoding="utf-8")


if __name__ == "__main__":
    main()
