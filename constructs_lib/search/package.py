"""A deployment package whose bytes depend on nothing but its sources."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# The earliest date a zip archive knows; any fixed one would do.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o644 << 16


@dataclass(frozen=True)
class ZipPackage:
    """A zip archive in a file, with its hash as Lambda gives it."""

    path: Path
    sha256_base64: str


def build_package(source: Path, folder: Path, *, with_modules: Sequence[Path] = ()) -> ZipPackage:
    """Zip the modules of the Python package `source` into `folder`, and single modules of other packages.

    cdktf's own archives carry file dates, so every checkout would be a change of the function. Stored, not
    compressed: compressors differ between versions of zlib.
    """
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        for module in (*sorted(source.glob("*.py")), *sorted(with_modules)):
            entry = zipfile.ZipInfo(f"{module.parent.name}/{module.name}", _DATE)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            # Git may check out other line ends.
            archive.writestr(entry, module.read_bytes().replace(b"\r\n", b"\n"))
    content = memory.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{source.name}.zip"
    path.write_bytes(content)
    return ZipPackage(path, base64.b64encode(hashlib.sha256(content).digest()).decode())
