"""Rewrite the generated parts of docs/security-review.md: `python -m tools.assurance.review`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from config import load
from pipeline.synth.run import synthesise
from tools.assurance.review.document import renewed, review_page, reviewed_environment, reviewed_names


def rewrite_review(document: Path, names: Sequence[str]) -> None:
    """Synthesise these environments, judge them, and rewrite the generated parts of the document."""
    subjects = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            synthesis = synthesise(load(name), Path(folder) / name, env_ref=name)
            subjects.append(reviewed_environment(name, {layer.name: layer.config for layer in synthesis.layers}))
    document.write_text(renewed(document.read_text(encoding="utf-8"), subjects), encoding="utf-8")


if __name__ == "__main__":
    rewrite_review(review_page(), reviewed_names())
