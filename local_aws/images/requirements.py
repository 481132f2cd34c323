"""Compares what an image's requirements.txt asks for with what an interpreter has."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(?:==\s*(?P<version>[^\s;#]+))?")
_LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions() if d.metadata['Name']}))"
)


def missing_requirements(context: Path, interpreter: Path) -> tuple[list[str], list[str]]:
    """Packages of the context's requirements.txt that an interpreter lacks, and those it has in another version."""
    file = context / "requirements.txt"
    if not file.is_file():
        return [], []
    told = subprocess.run([interpreter, "-I", "-c", _LIST], capture_output=True, text=True, check=True).stdout
    installed = {_plain(name): version for name, version in json.loads(told).items()}
    absent, other = [], []
    for raw in file.read_text(encoding="utf-8").splitlines():
        wanted = _LINE.match(raw.strip())
        if wanted is None:
            continue
        version = installed.get(_plain(wanted["name"]))
        if version is None:
            absent.append(wanted["name"])
        elif wanted["version"] and wanted["version"] != version:
            other.append(f"{wanted['name']} {version} for {wanted['version']}")
    return absent, other


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
