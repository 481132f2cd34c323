"""Parts of a request that WAF's statements look at, and how they are changed before.

Source: WAF guide, "Request components" and "Text transformations"; sizes from "Oversize web request components".
"""

from __future__ import annotations

import base64
import binascii
import html
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.paths import split_query
from local_aws.traffic.hops import Ask

# Headers and cookies are looked at up to 8 KB and 200 values, bodies up to the web ACL's limit.
_PART_LIMIT_BYTES, _PART_LIMIT_VALUES = 8_192, 200


@dataclass(frozen=True)
class Inspected:
    """What WAF sees: the request, its body up to the limit, and whether there is more of it."""

    ask: Ask
    body: bytes = b""
    oversized: bool = False


@dataclass(frozen=True)
class Field:
    """Values of one part of a request; `settled` is the result where the part is too long and the rule says so."""

    values: tuple[bytes, ...]
    settled: bool | None = None


def field(given: Mapping[str, Any], seen: Inspected) -> Field:
    """The part that a statement's `FieldToMatch` names.

    Raises:
        GapError: a part that nothing here reads.
    """
    name, settings = next(iter(given.items()))
    reader = _READERS.get(name)
    if reader is None:
        raise GapError(f"a web ACL's rule on {name}")
    return reader(settings or {}, seen)


def reads_body(statement: Any) -> bool:
    """Whether a statement, or one within it, looks at the body."""
    if isinstance(statement, Mapping):
        return "Body" in (statement.get("FieldToMatch") or {}) or any(map(reads_body, statement.values()))
    return isinstance(statement, list) and any(map(reads_body, statement))


def _path(_: Mapping[str, Any], seen: Inspected) -> Field:
    return Field((split_query(seen.ask.path)[0].encode(),))


def _query(_: Mapping[str, Any], seen: Inspected) -> Field:
    return Field((split_query(seen.ask.path)[1].encode(),))


def _method(_: Mapping[str, Any], seen: Inspected) -> Field:
    return Field((seen.ask.method.encode(),))


def _header(settings: Mapping[str, Any], seen: Inspected) -> Field:
    wanted = settings["Name"].lower()
    values = [value.encode("latin-1", "replace") for name, value in seen.ask.headers if name.lower() == wanted]
    return Field(tuple(values))


def _headers(settings: Mapping[str, Any], seen: Inspected) -> Field:
    return _pairs(list(seen.ask.headers), settings, "Headers")


def _cookies(settings: Mapping[str, Any], seen: Inspected) -> Field:
    header = "; ".join(value for name, value in seen.ask.headers if name.lower() == "cookie")
    sent = [(name.strip(), value) for name, _, value in (each.partition("=") for each in header.split(";")) if name]
    return _pairs(sent, settings, "Cookies")


def _wanted(name: str, pattern: Mapping[str, Any], kind: str) -> bool:
    name = name.lower() if kind == "Headers" else name
    if f"Included{kind}" in pattern:
        return name in {each.lower() if kind == "Headers" else each for each in pattern[f"Included{kind}"]}
    excluded = pattern.get(f"Excluded{kind}", [])
    return name not in {each.lower() if kind == "Headers" else each for each in excluded}


def _pairs(sent: list[tuple[str, str]], settings: Mapping[str, Any], kind: str) -> Field:
    """Names and values that a rule selects, of those that WAF is handed: what is behind the limits it never sees."""
    handed, left = [], _PART_LIMIT_BYTES
    for name, value in sent[:_PART_LIMIT_VALUES]:
        handed.append((name[:left], value[: max(0, left - len(name))]))
        left -= len(name) + len(value)
        if left < 0:
            break
    too_long = left < 0 or len(sent) > _PART_LIMIT_VALUES
    parts = {"KEY": slice(0, 1), "VALUE": slice(1, 2), "ALL": slice(0, 2)}[settings["MatchScope"]]
    pairs = [each for each in handed if _wanted(each[0], settings["MatchPattern"], kind)]
    values = [part.encode("latin-1", "replace") for pair in pairs for part in pair[parts]]
    settled = _settled(settings.get("OversizeHandling", "CONTINUE")) if too_long else None
    return Field(tuple(values), settled)


def _settled(oversize: str) -> bool | None:
    return {"MATCH": True, "NO_MATCH": False}.get(oversize)


def _arguments(_: Mapping[str, Any], seen: Inspected) -> Field:
    pairs = [each.partition("=") for each in split_query(seen.ask.path)[1].split("&") if each]
    return Field(tuple(part.encode() for name, _, value in pairs for part in (name, value)))


def _argument(settings: Mapping[str, Any], seen: Inspected) -> Field:
    wanted = settings["Name"].lower()
    pairs = [each.partition("=") for each in split_query(seen.ask.path)[1].split("&") if each]
    return Field(tuple(value.encode() for name, _, value in pairs if name.lower() == wanted))


def _body(settings: Mapping[str, Any], seen: Inspected) -> Field:
    settled = _settled(settings.get("OversizeHandling", "CONTINUE")) if seen.oversized else None
    return Field((seen.body,), settled)


_READERS: dict[str, Callable[[Mapping[str, Any], Inspected], Field]] = {
    "UriPath": _path,
    "QueryString": _query,
    "Method": _method,
    "SingleHeader": _header,
    "Headers": _headers,
    "Cookies": _cookies,
    "AllQueryArguments": _arguments,
    "SingleQueryArgument": _argument,
    "Body": _body,
}


def transformed(value: bytes, transformations: list[Mapping[str, Any]]) -> bytes:
    """A value after a statement's text transformations, in their order.

    Raises:
        GapError: a transformation that isn't built.
    """
    for each in sorted(transformations, key=lambda one: int(one["Priority"])):
        change = _CHANGES.get(each["Type"])
        if change is None:
            raise GapError(f"a web ACL's text transformation {each['Type']}")
        value = change(value)
    return value


def _normal_path(value: bytes) -> bytes:
    path = value.decode("latin-1")
    normal = posixpath.normpath(path) if path else path
    # normpath keeps two leading slashes and drops the one at the end.
    normal = re.sub("^//", "/", normal)
    return (normal + "/" if path.endswith("/") and not normal.endswith("/") else normal).encode("latin-1")


def _base64(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return value


_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "NONE": bytes,
    "LOWERCASE": bytes.lower,
    "URL_DECODE": lambda value: unquote_to_bytes(value.replace(b"+", b" ")),
    "NORMALIZE_PATH": _normal_path,
    "COMPRESS_WHITE_SPACE": lambda value: re.sub(rb"[ \t\n\v\f\r\xa0]+", b" ", value),
    "HTML_ENTITY_DECODE": lambda value: html.unescape(value.decode("latin-1")).encode("latin-1", "replace"),
    "REMOVE_NULLS": lambda value: value.replace(b"\0", b""),
    "BASE64_DECODE": _base64,
}
