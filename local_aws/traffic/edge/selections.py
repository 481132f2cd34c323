"""Parts of a request that a policy selects: headers, cookies, query strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Behaviours of AWS's policies that take every viewer value, besides headers of CloudFront's own.
_EVERY = ("all", "allViewer", "allViewerAndWhitelistCloudFront")
_KNOWN = ("none", "whitelist", "allExcept", *_EVERY)


def items(part: Mapping[str, Any] | None) -> list[Any]:
    """The list of an API answer's `{"Quantity": n, "Items": [...]}`, which lacks `Items` when it is empty."""
    return list((part or {}).get("Items") or [])


@dataclass(frozen=True)
class Selection:
    """Values that a policy takes; names are compared in lower case where `folded`, as headers are."""

    behaviour: str = "none"
    names: tuple[str, ...] = ()
    folded: bool = False

    @property
    def every(self) -> bool:
        """All values the viewer sent."""
        return self.behaviour in _EVERY

    def takes(self, name: str) -> bool:
        """Whether a value of this name, sent by the viewer, is taken."""
        if self.every:
            return True
        named = self._named(name)
        return not named if self.behaviour == "allExcept" else named and self.behaviour == "whitelist"

    def added(self) -> tuple[str, ...]:
        """Names that the policy lists to be sent: for headers that CloudFront adds itself."""
        return self.names if self.behaviour in ("whitelist", "allViewerAndWhitelistCloudFront") else ()

    def _named(self, name: str) -> bool:
        return name.lower() in {each.lower() for each in self.names} if self.folded else name in self.names


def selection(config: Mapping[str, Any], kind: str) -> Selection:
    """A selection from a policy's `HeadersConfig`, `CookiesConfig` or `QueryStringsConfig`.

    Args:
        kind: "Header", "Cookie" or "QueryString", AWS's prefix of the names in it.

    Raises:
        ValueError: a behaviour that AWS's API doesn't document.
    """
    part = config.get(f"{kind}sConfig") or {}
    behaviour = part.get(f"{kind}Behavior", "none")
    if behaviour not in _KNOWN:
        raise ValueError(f"{kind}Behavior {behaviour}: known are {', '.join(_KNOWN)}")
    return Selection(behaviour, tuple(items(part.get(f"{kind}s"))), folded=kind == "Header")
