"""Markers: values planted as secrets, and a search for their traces."""

from __future__ import annotations

import base64
import gzip
import io
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_ALIGNMENTS = 3
# Depth to which archives are opened: a plan is one, and it may hold another.
_NESTED = 4


@dataclass(frozen=True)
class Marker:
    """Secret value that is searched for by its core.

    The characters around the core are escaped by JSON, URLs, HTML and shells; the core itself never is, so that one
    search finds all of these forms. Base64 and hexadecimal forms are searched for separately.
    """

    core: str

    @classmethod
    def new(cls) -> Marker:
        """Make a marker with a random core, which occurs nowhere yet."""
        return cls("marker" + secrets.token_hex(12))

    @property
    def value(self) -> str:
        """Secret as it is set."""
        return f"a \"&<'/+%\\é={self.core}=é\\%+/'>&\" z"

    @cached_property
    def traces(self) -> tuple[bytes, ...]:
        """Byte strings of the core in every encoding that is searched for."""
        plain = self.core.encode()
        return plain, plain.upper(), plain.hex().encode(), plain.hex().upper().encode(), *self._in_base64(plain)

    def found_in(self, name: str, data: bytes) -> list[str]:
        """Places in `data` with a trace: `name`, followed by the path inside of archives."""
        return [place for place, content in _contents(name, data) if any(each in content for each in self.traces)]

    def found_below(self, folder: Path) -> list[str]:
        """Files of a folder with a trace in content or name. Links aren't followed."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        found = []
        for path in files:
            name = str(path.relative_to(folder))
            found += self.found_in(name, path.read_bytes()) or self.found_in(name, name.encode())
        return found

    @staticmethod
    def _in_base64(plain: bytes) -> Iterator[bytes]:
        """Base64 of the core at each alignment, without characters that depend on its neighbours."""
        for before in range(_ALIGNMENTS):
            usable = plain[(_ALIGNMENTS - before) % _ALIGNMENTS :]
            whole = usable[: len(usable) // _ALIGNMENTS * _ALIGNMENTS]
            yield base64.b64encode(whole)
            yield base64.urlsafe_b64encode(whole)


def _contents(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if depth == _NESTED:
        return
    if data.startswith(b"\x1f\x8b"):
        yield from _contents(f"{name}:", gzip.decompress(data), depth + 1)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from _contents(f"{name}:{member}", archive.read(member), depth + 1)
