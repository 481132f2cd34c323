"""Write the merged copy, so that the stock command can look at it too: `checkov -d DIR --framework terraform_json`."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.scan.merge import Merged


def write_export(merged: Merged, folder: Path) -> Path:
    """Write `folder`/main.tf.json. Its names are "<layer>__<name>"; it is for scanners, not for Terraform."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "main.tf.json"
    path.write_text(json.dumps(merged.config, indent=2) + "\n", encoding="utf-8")
    return path
