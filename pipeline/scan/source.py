"""Read synthesised layers strictly: anything that could make a scanner skip something silently is a problem."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.scan.assets import asset_problems
from pipeline.scan.model import LayerSource
from pipeline.scan.shape import shape_problems
from terraform_json.strict import NotPlainError, parse_object, read_plain_file

_TYPE = re.compile(r'^    "([a-z0-9_]+)": \{')
_NAME = re.compile(r'^      "([^"]+)": \{')


class SourceError(Exception):
    """A layer file that can't be read; the message names the file and what to do."""


def read_source(layer: str, path: Path) -> tuple[LayerSource, list[str]]:
    """The parsed layer and its problems. Raises SourceError when the file is unreadable or no JSON object."""
    try:
        content = read_plain_file(path)
        config = parse_object(content)
    except NotPlainError as error:
        raise SourceError(f"{layer}: {path} is unreadable ({error}); synthesise again") from error
    problems = [f"{layer}: {problem}" for problem in shape_problems(config)]
    if not problems:
        problems = [f"{layer}: {problem}" for problem in asset_problems(config, path.parent)]
    constructs = {
        address: _construct_path(body) for address, body in managed_resources(config) if isinstance(body, dict)
    }
    return LayerSource(layer, path, config, _lines(content.decode()), constructs), problems


def managed_resources(config: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield every managed resource as ("type.name", body); malformed parts are reported by `shape_problems`."""
    blocks = config.get("resource", {})
    if not isinstance(blocks, dict):
        return
    for kind, named in blocks.items():
        if kind != "//" and isinstance(named, dict):
            yield from ((f"{kind}.{name}", body) for name, body in named.items() if name != "//")


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
