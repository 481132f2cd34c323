"""Markers are found in every encoding and archive that text passes through."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.markers import Marker

MARKER = Marker.new()


def zipped(text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tfstate", text)
    return data.getvalue()


SHAPES: dict[str, Callable[[str], str | bytes]] = {
    "raw": str,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps({"value": text})),
    "URL": urllib.parse.quote_plus,
    "HTML": html.escape,
    "repr": repr,
    "upper case": str.upper,
    "hexadecimal": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64 after one": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64 after two": lambda text: base64.b64encode(b"xy" + text.encode()),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()),
    "gzip": lambda text: gzip.compress(text.encode()),
    "zip": zipped,
    "zip in gzip": lambda text: gzip.compress(zipped(text)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_marker_is_found(shape: str) -> None:
    data = SHAPES[shape](MARKER.value)
    assert MARKER.found_in("file", data if isinstance(data, bytes) else f"before {data} after".encode())


def test_what_holds_none_is_clean() -> None:
    assert MARKER.found_in("file", Marker.new().value.encode()) == []
    assert MARKER.found_in("file", zipped("nothing")) == []


def test_files_are_named_with_the_part_of_an_archive(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "tfplan").write_bytes(zipped(MARKER.value))
    (tmp_path / "deep" / "log.gz").write_bytes(gzip.compress(MARKER.value.encode()))
    (tmp_path / "deep" / "clean").write_text("nothing")
    (tmp_path / MARKER.core).write_text("nothing")
    assert MARKER.found_below(tmp_path) == ["deep/log.gz:", "deep/tfplan:tfstate", MARKER.core]


def test_markers_differ() -> None:
    assert Marker.new() != Marker.new()
