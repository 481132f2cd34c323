"""Markers: values planted as secrets, and the search for what became of them."""

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
# How deep archives are opened: a plan is one, and it may hold another.
_NESTED = 4


@dataclass(frozen=True)
class Marker:
    """A secret value known by its core.

    Around the core stand characters that JSON, URLs, HTML and shells write in another way; the core itself they all
    leave alone, so that finding it finds each of them. Base64 and hexadecimal are searched for by themselves.
    """

    core: str

    @classmethod
    def new(cls) -> Marker:
        """One that occurs nowhere yet, not even in these sources."""
        return cls("marker" + secrets.token_hex(12))

    @property
    def value(self) -> str:
        """The secret as it is set."""
        return f"a \"&<'/+%\\é={self.core}=é\\%+/'>&\" z"

    @cached_property
    def traces(self) -> tuple[bytes, ...]:
        """What the core looks like to a search."""
        plain = self.core.encode()
        return plain, plain.upper(), plain.hex().encode(), plain.hex().upper().encode(), *self._in_base64(plain)

    def found_in(self, name: str, data: bytes) -> list[str]:
        """The places of a trace in `data`: its name, and what it is called inside of archives."""
        return [place for place, content in _contents(name, data) if any(each in content for each in self.traces)]

    def found_below(self, folder: Path) -> list[str]:
        """The files of a folder that hold a trace, or whose names do. Links are left to where they lead."""
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
        found = []
        for path in files:
            name = str(path.relative_to(folder))
            found += self.found_in(name, path.read_bytes()) or self.found_in(name, name.encode())
        return found

    @staticmethod
    def _in_base64(plain: bytes) -> Iterator[bytes]:
        """Base64 of any text that holds the core, without the characters its neighbours have a part in."""
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
