"""Hashes of plain data, which bind bundles to the inputs they were planned from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sha256_of(value: Any) -> str:
    """SHA-256 of plain data; the order of keys doesn't matter."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def upstream_digest(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """One hash of all outputs a layer reads (by upstream layer); empty when it reads none."""
    return sha256_of(outputs) if outputs else ""
