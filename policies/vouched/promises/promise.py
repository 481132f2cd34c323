"""A promise: addresses, and the settings that build them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ALWAYS = "every environment"


class Promise(NamedTuple):
    """Addresses of one layer that are built together, without the digits that cdktf appends to names.

    `reason` is what a refusal says of them: the settings, as they stand in the environment's file.
    """

    reason: str
    addresses: tuple[str, ...]


def promise(reason: str, *addresses: str | Iterable[str]) -> Promise:
    """A promise of single addresses and of parts that have several."""
    flat = ((each,) if isinstance(each, str) else each for each in addresses)
    return Promise(reason, tuple(address for group in flat for address in group))


def of(kind: str, *names: str) -> tuple[str, ...]:
    """Addresses of one type."""
    return tuple(f"{kind}.{name}" for name in names)
