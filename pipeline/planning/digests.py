"""Hashes of plain data, by which bundles are bound to what they were planned from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sha256_of(value: Any) -> str:
    """Hash of plain data that does not depend on the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def upstream_digest(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """One hash over the outputs a layer read, by upstream layer; empty when it reads none."""
    return sha256_of(outputs) if outputs else ""
