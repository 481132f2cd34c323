"""Bytes of pages to characters."""

from __future__ import annotations

import pytest

from ingestion.errors import PageFailed
from ingestion.web.charsets import to_text


@pytest.mark.parametrize(
    ("body", "charset", "found"),
    [
        ("für".encode(), "", "für"),
        ("für".encode(), "utf-8", "für"),
        ("für".encode("latin-1"), "iso-8859-1", "für"),
        ("für €".encode("cp1252"), "latin1", "für €"),
        ("für".encode("latin-1"), "", "für"),
        (b'<meta charset="windows-1251">' + "да".encode("cp1251"), "", "да"),
        (b'<meta http-equiv="x" content="text/html; charset=euc-kr">' + "한국".encode("euc-kr"), "", "한국"),
        (b"\xef\xbb\xbf" + "für".encode(), "iso-8859-1", "für"),
        ("\ufefffür".encode("utf-16-le"), "", "für"),
        ("日本".encode("shift_jis"), "Shift_JIS", "日本"),
        (b"a\xffb", "utf-8", "a\ufffdb"),
    ],
)
def test_characters(body: bytes, charset: str, found: str) -> None:
    assert to_text(body, charset).rpartition(">")[2] == found


@pytest.mark.parametrize(
    "charset", ["utf-7", "idna", "punycode", "unicode_escape", "rot13", "zlib", "hex", "nonsense", "a\0b"]
)
def test_encodings_that_no_page_has_are_refused(charset: str) -> None:
    with pytest.raises(PageFailed, match=r"^charset$"):
        to_text(b"x", charset)
