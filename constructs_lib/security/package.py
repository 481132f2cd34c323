"""A deployment package whose bytes depend on nothing but its sources and the pinned releases of what they import."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdktf import App, TerraformStack
from constructs import Construct

from constructs_lib.security.distributions import distribution_files

# The earliest date a zip archive knows; any fixed one would do.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o644 << 16


@dataclass(frozen=True)
class ZipPackage:
    """A zip archive in a file, with its hash as Lambda gives it."""

    path: Path
    sha256_base64: str


def build_package(
    name: str,
    folder: Path,
    *,
    sources: Sequence[Path],
    with_modules: Sequence[Path] = (),
    distributions: Sequence[str] = (),
) -> ZipPackage:
    """Zip the Python packages `sources`, single modules of others, and `distributions` into `folder`/`name`.zip.

    cdktf's own archives carry file dates, so every checkout would be a change of the function. Stored, not
    compressed: compressors differ between versions of zlib. Nothing is downloaded: `distributions` are those of this
    Python, in the version of constraints.txt. Raises DistributionError for one that isn't as it was released.
    """
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        for name_inside, module in sorted([*_modules(sources, with_modules), *distribution_files(distributions)]):
            entry = zipfile.ZipInfo(name_inside, _DATE)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, module)
    content = memory.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.zip"
    path.write_bytes(content)
    return ZipPackage(path, base64.b64encode(hashlib.sha256(content).digest()).decode())


def work_folder(scope: Construct) -> Path:
    """Folder beside the synthesised stacks; cdktf copies the package from here when it synthesises."""
    return Path(App.of(scope).outdir).resolve() / "packages" / TerraformStack.of(scope).node.id


def _modules(sources: Sequence[Path], single: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Path in the archive, which begins with the package's name, and content of each module."""
    below = [(source.parent, module) for source in sources for module in source.rglob("*.py")]
    for root, module in (*below, *((each.parents[1], each) for each in single)):
        # Git may check out other line ends.
        yield module.relative_to(root).as_posix(), module.read_bytes().replace(b"\r\n", b"\n")
