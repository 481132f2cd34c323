"""Read synthesised layers strictly: anything that could make a scanner skip something silently is a problem."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.scan.model import LayerSource

KNOWN_KEYS = frozenset({"//", "terraform", "provider", "resource", "data", "output", "moved", "import", "removed"})
REFUSED_KEYS = {
    "module": "a module's resources can't be scanned; build them with constructs",
    "variable": "a value from a variable is unknown to the scanner; put it in the environment file",
    "locals": "a value from locals is unknown to the scanner; write the value itself",
}
KNOWN_TERRAFORM_KEYS = frozenset({"//", "backend", "required_providers"})
REFUSED_TERRAFORM_KEYS = {
    "required_version": "checkov reads nothing of a file that holds it, and exits 0; the pipeline pins Terraform",
    "experiments": "checkov reads nothing of a file that holds it, and exits 0",
}
REFUSED_RESOURCE_KEYS = {
    "dynamic": "checks that depend on a dynamic block are not evaluated; build the list in Python",
    "count": "a resource with count is scanned once or not at all; build the resources in Python",
}
_TYPE = re.compile(r'^    "([a-z0-9_]+)": \{')
_NAME = re.compile(r'^      "([^"]+)": \{')


class SourceError(Exception):
    """A layer file that can't be read; the message names the file and what to do."""


def read_source(layer: str, path: Path) -> tuple[LayerSource, list[str]]:
    """The parsed layer and its problems. Raises SourceError when the file is unreadable or no JSON object."""
    try:
        text = path.read_text(encoding="utf-8")
        config = json.loads(text, object_pairs_hook=_unique_keys)
    except (OSError, ValueError) as error:
        raise SourceError(f"{layer}: {path} is unreadable ({error}); synthesise again") from error
    if not isinstance(config, dict):
        raise SourceError(f"{layer}: {path} holds a {type(config).__name__}, not a Terraform configuration")
    problems = [f"{layer}: {problem}" for problem in _problems(config)]
    constructs = {
        address: _construct_path(body) for address, body in managed_resources(config) if isinstance(body, dict)
    }
    return LayerSource(layer, path, config, _lines(text), constructs), problems


def managed_resources(config: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield every managed resource as ("type.name", body); malformed parts are reported by `_problems`."""
    blocks = config.get("resource", {})
    if not isinstance(blocks, dict):
        return
    for kind, named in blocks.items():
        if kind != "//" and isinstance(named, dict):
            yield from ((f"{kind}.{name}", body) for name, body in named.items() if name != "//")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else set()
    if twice:
        raise ValueError(f"key given twice: {', '.join(sorted(twice))}")
    return dict(pairs)


def _problems(config: dict[str, Any]) -> Iterable[str]:
    for key in config:
        if key in REFUSED_KEYS:
            yield f"top-level key {key!r}: {REFUSED_KEYS[key]}"
        elif key not in KNOWN_KEYS:
            yield f"unknown top-level key {key!r}: the scan can't vouch for what it doesn't know"
    terraform = config.get("terraform", {})
    for block in terraform if isinstance(terraform, list) else [terraform]:
        for key in block if isinstance(block, dict) else [block]:
            if key in REFUSED_TERRAFORM_KEYS:
                yield f"terraform.{key}: {REFUSED_TERRAFORM_KEYS[key]}"
            elif key not in KNOWN_TERRAFORM_KEYS:
                yield f"unknown key terraform.{key}: the scan can't vouch for what it doesn't know"
    for section in ("resource", "data"):
        yield from _malformed(section, config.get(section, {}))
    for address, body in managed_resources(config):
        for key in body if isinstance(body, dict) else ():
            if key in REFUSED_RESOURCE_KEYS:
                yield f"{address}: {key!r}: {REFUSED_RESOURCE_KEYS[key]}"


def _malformed(section: str, blocks: Any) -> Iterable[str]:
    if not isinstance(blocks, dict):
        yield f"{section!r} must be an object of types, got {type(blocks).__name__}"
        return
    for kind, named in blocks.items():
        if kind == "//":
            continue
        if not isinstance(named, dict):
            yield f"{section}.{kind} must be an object of names, got {type(named).__name__}"
            continue
        for name, body in named.items():
            if name != "//" and not isinstance(body, dict):
                yield f"{section}.{kind}.{name} must be an object, got {type(body).__name__}"


def _construct_path(body: dict[str, Any]) -> str:
    note = body.get("//", {})
    metadata = note.get("metadata", {}) if isinstance(note, dict) else {}
    path = metadata.get("path", "") if isinstance(metadata, dict) else ""
    return str(path)


def _lines(text: str) -> dict[str, int]:
    """Line of each "type.name", from the two-space indentation cdktf writes; empty for other layouts."""
    found: dict[str, int] = {}
    section = kind = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith('  "'):
            section = line.split('"')[1]
        elif section == "resource":
            if match := _TYPE.match(line):
                kind = match.group(1)
            elif match := _NAME.match(line):
                found[f"{kind}.{match.group(1)}"] = number
    return found
