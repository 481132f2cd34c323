"""Releases that lazy loading was tested with: the output is the same, byte for byte."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from fast_bindings.names import CDKTF, JSII, PROVIDER_DISTRIBUTION

EXACT = {CDKTF: "0.21.0", PROVIDER_DISTRIBUTION: "20.1.0"}
JSII_FIRST = (1, 138, 0)
JSII_LAST = (1, 142, 0)


def mismatch() -> str | None:
    """Name a package installed in an unknown release; None when all are known. Imports none of them."""
    for name, known in EXACT.items():
        found = _installed(name)
        if found != known:
            return f"{name} {known} is known, {found or 'none'} is installed"
    found = _installed(JSII)
    if found is None or not JSII_FIRST <= _numbers(found) <= JSII_LAST:
        first, last = (".".join(map(str, bound)) for bound in (JSII_FIRST, JSII_LAST))
        known = first if first == last else f"{first} to {last}"
        return f"{JSII} {known} is known, {found or 'none'} is installed"
    return None


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _numbers(release: str) -> tuple[int, ...]:
    """``1.142.0`` as numbers; a pre-release or anything else unusual compares as unknown."""
    parts = release.split(".")
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()
