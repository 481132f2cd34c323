"""Bytes to characters, by a list of encodings: Python knows some that no page has, and a few of those are slow."""

from __future__ import annotations

import codecs
import re

from ingestion.errors import PageFailed

# As Python spells them. Pages that say Latin-1 or ASCII mean windows-1252 (WHATWG Encoding).
_AS_PYTHON = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_NAMES = (
    "utf-8 utf-16 utf-16-le utf-16-be gbk gb18030 gb2312 big5 big5hkscs euc_jp shift_jis cp932 iso2022_jp euc_kr cp949 "
    "koi8-r koi8-u mac-roman mac-cyrillic cp866 cp874 tis-620"
)
_KNOWN = frozenset(
    _NAMES.split()
    + [f"iso8859-{part}" for part in range(1, 17) if part != 12]
    + [f"cp{page}" for page in range(1250, 1259)]
    + ["ascii"]
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,256}?charset\s{0,16}=\s{0,16}[\"']?\s{0,16}([A-Za-z0-9_:-]{1,40})", re.IGNORECASE)
_LOOKED_AT_BYTES = 1024


def to_text(body: bytes, charset: str) -> str:
    """Decode a page: by its byte order mark, else by its header, else by its `meta`, else as UTF-8.

    Bytes that mean nothing become U+FFFD. Raises PageFailed `charset` for an encoding that isn't known.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    declared = charset or _declared(body)
    if declared:
        return body.decode(_codec(declared), errors="replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _declared(body: bytes) -> str:
    found = _META.search(body[:_LOOKED_AT_BYTES])
    name = found[1].decode("ascii").lower() if found else ""
    # Whoever could read that in ASCII isn't in UTF-16.
    return "utf-8" if name.startswith("utf-16") else name


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        raise PageFailed("charset") from None
    name = _AS_PYTHON.get(name, name)
    if name not in _KNOWN:
        raise PageFailed("charset")
    return name
