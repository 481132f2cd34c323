"""Files of installed Python distributions, each as it was released."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
# Code, and the licenses that have to travel with it; types, command lines and caches stay behind.
_NATIVE = (".so", ".pyd", ".dylib", ".dll", ".a", ".o")


class DistributionError(Exception):
    """An installed distribution that isn't the one that was pinned, or that can't run on another machine."""


def distribution_files(names: Sequence[str], *, constraints: Path = CONSTRAINTS) -> Iterator[tuple[str, bytes]]:
    """Path below site-packages and content of the modules and licenses of these distributions, in order.

    Each has the version of `constraints`, files with the hashes of its RECORD ("Recording installed projects", Python
    packaging guide), no native code, and names in `names` whatever it needs itself. Raises DistributionError.
    """
    pins = _pins(constraints) if names else {}
    wanted = {_normal(name) for name in names}
    for name in sorted(wanted):
        found = _installed(name, pins)
        if missing := sorted(_needed(found) - wanted):
            raise DistributionError(f"{name} needs {', '.join(missing)}: the package has to hold it, too")
        yield from _files(name, found)


def _pins(constraints: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in constraints.read_text(encoding="utf-8").splitlines())
    return {_normal(name): version for name, mark, version in (line.partition("==") for line in lines) if mark}


def _normal(name: str) -> str:
    """A name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str, pins: dict[str, str]) -> metadata.Distribution:
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise DistributionError(f"{name} is not installed: run `make setup`") from None
    if found.version != pins.get(name):
        raise DistributionError(
            f"{name} {found.version} is installed, constraints.txt has {pins.get(name)}: run `make setup`"
        )
    return found


def _needed(found: metadata.Distribution) -> set[str]:
    """Names of what a distribution always needs; what only an extra or another Python needs is left out."""
    plain = (line for line in found.requires or () if ";" not in line)
    return {_normal(match[0]) for line in plain if (match := re.match(r"[\w.-]+", line))}


def _files(name: str, found: metadata.Distribution) -> Iterator[tuple[str, bytes]]:
    for path in found.files or ():
        where = PurePosixPath(path.as_posix())
        if where.suffix in _NATIVE:
            raise DistributionError(f"{name} has native code in {where}, which Lambda's processor may not run")
        if where.is_absolute() or ".." in where.parts or "__pycache__" in where.parts:
            continue
        if where.suffix == ".py" or "licenses" in where.parts:
            content = path.read_binary()
            if path.hash is None or path.hash.mode != "sha256" or path.hash.value != _digest(content):
                raise DistributionError(f"{where} is not what {name} was released with: run `make clean setup`")
            yield str(where), content


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
