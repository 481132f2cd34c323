"""Path patterns of behaviours, and the form of a path that is compared with them."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def split_query(target: str) -> tuple[str, str]:
    """Path and query string of a request target."""
    path, _, query = target.partition("?")
    return path, query


def with_query(path: str, query: str) -> str:
    """A request target again."""
    return f"{path}?{query}" if query else path


def matches(pattern: str, path: str) -> bool:
    """Whether a path fits a behaviour's pattern: `*` and `?` are wild, case counts, a leading slash is optional.

    An empty pattern is that of the default behaviour.
    """
    return not pattern or _compiled(pattern).fullmatch(normalised(path)) is not None


@lru_cache(512)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    written = pattern if pattern.startswith(("/", "*")) else f"/{pattern}"
    return re.compile("".join(wild.get(each, re.escape(each)) for each in written), re.DOTALL)


def normalised(path: str) -> str:
    """A path as RFC 3986 section 6.2.2 normalises it, which CloudFront does before it compares; the origin gets
    it as it was sent (CloudFront guide, cache behavior settings)."""
    return _without_dots(re.sub("%[0-9A-Fa-f]{2}", lambda found: _decoded(found.group()), path))


def _decoded(escape: str) -> str:
    byte = unquote_to_bytes(escape)[0]
    return chr(byte) if byte in _UNRESERVED else escape.upper()


def _without_dots(path: str) -> str:
    kept: list[str] = []
    parts = path.split("/")
    for each in parts:
        if each == "..":
            if len(kept) > 1:
                kept.pop()
        elif each != ".":
            kept.append(each)
    # A dot segment at the end leaves its slash.
    if parts[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept) or "/"
