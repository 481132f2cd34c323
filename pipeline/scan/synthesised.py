"""Compare a folder with what this checkout makes of the environment: what differs was changed by hand, or is old."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from pipeline.synth.layers import Layer, Synthesis
from policies.vouched.strings import decoded

# Blocks that change what an address stands for, never what is built: an operator adds them to a folder.
_ADDED_BY_HAND = frozenset({"import", "moved", "removed"})
# Lines a layer's report has at most.
MOST_LINES = 10
_MISSING = object()
# Depth at which the notes of cdktf's command line and its release stand: ("//", "metadata").
_NOTES = ("//", "metadata")


def differences(found: Synthesis, made: Synthesis) -> list[str]:
    """Where `found` isn't what `made` is, one line each: layer, place, and what is expected there."""
    lines: list[str] = []
    theirs, ours = ({layer.name: layer for layer in each.layers} for each in (found, made))
    for name in sorted({*theirs, *ours}):
        if name not in theirs:
            lines.append(f"{name}: the layer is missing; {_again(made)}")
        elif name not in ours:
            lines.append(f"{name}: {made.env} has no such layer; {_again(made)}")
        else:
            of_layer = list(_layer_differences(theirs[name], ours[name], made))
            lines += of_layer[:MOST_LINES]
            if len(of_layer) > MOST_LINES:
                lines.append(f"{name}: {len(of_layer) - MOST_LINES} more differences; {_again(made)}")
    return lines


def _layer_differences(found: Layer, made: Layer, synthesis: Synthesis) -> Iterator[str]:
    if found.dependencies != made.dependencies:
        yield f"{found.name}: comes after {_named(found)} instead of {_named(made)}; {_again(synthesis)}"
    for path, expected in _pairs(found.config, made.config, ()):
        where = _place(found.name, path)
        told = "is not expected" if expected is _MISSING else f"is expected to be {_short(expected)}"
        yield f"{where} {told} in {synthesis.env}; {_again(synthesis)}"
    for name in sorted({*found.files, *made.files}):
        if found.files.keys() ^ made.files.keys() >= {name}:
            told = "is missing" if name in made.files else "is not expected"
            yield f"{found.name}: {name} {told}; {_again(synthesis)}"
        elif name.startswith("assets/") and _sha256(found, name) != _sha256(made, name):
            yield f"{found.name}: {name} is not the file that is uploaded; {_again(synthesis)}"


def _pairs(found: Any, made: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Places of difference, each with the value expected there."""
    if isinstance(found, dict) and isinstance(made, dict):
        for key in sorted({*found, *made}):
            if not ((not path and key in _ADDED_BY_HAND) or (*path, key) == _NOTES):
                yield from _pairs(found.get(key, _MISSING), made.get(key, _MISSING), (*path, key))
    elif isinstance(found, list) and isinstance(made, list) and len(found) == len(made):
        for number, (each, expected) in enumerate(zip(found, made, strict=True)):
            yield from _pairs(each, expected, (*path, str(number)))
    elif (texts := decoded(found)) is not None and (expected := decoded(made)) is not None:
        inside = list(_pairs(texts, expected, path))
        # The same values written otherwise, which another reader may take for something else.
        yield from inside or ([(path, made)] if found != made else [])
    elif type(found) is not type(made) or found != made:
        yield path, made


def _place(layer: str, path: tuple[str, ...]) -> str:
    """Where a difference is: "edge/aws_s3_bucket.logs: bucket", or the section and key."""
    if path[0] in ("resource", "data") and len(path) >= 3:
        address = f"{layer}/{'data.' if path[0] == 'data' else ''}{path[1]}.{path[2]}"
        return f"{address}: {'.'.join(path[3:])}" if path[3:] else address
    return f"{layer}: {'.'.join(path)}"


def _short(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _named(layer: Layer) -> str:
    return ", ".join(layer.dependencies) or "none"


def _sha256(layer: Layer, name: str) -> str:
    return hashlib.sha256(layer.files[name].read_bytes()).hexdigest()


def _again(synthesis: Synthesis) -> str:
    return f"`sitechat synth --env {synthesis.env}` again"
