"""Counting and decompressing bodies."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from ingestion.errors import PageFailed
from ingestion.web.decoding import decode

TEXT = b"opening hours " * 100
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(TEXT) + BARE.flush()


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("GZIP", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:500], mtime=0) + gzip.compress(TEXT[500:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + bytes(20)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", DEFLATED),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_bodies_come_back(encoding: str, sent: bytes, size: int) -> None:
    chunks = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert decode(chunks, encoding, limit_bytes=len(TEXT)) == TEXT


def test_nothing_stays_nothing() -> None:
    assert decode([], "gzip", limit_bytes=10) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,deflate", "compress"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(PageFailed, match=r"^encoding$"):
        decode([b"x"], encoding, limit_bytes=10)


@pytest.mark.parametrize(
    "sent",
    [gzip.compress(TEXT, mtime=0)[:-9], b"\x1f", b"no gzip at all", gzip.compress(TEXT, mtime=0)[:20] + b"\0" * 40],
)
def test_damaged_bodies_are_refused(sent: bytes) -> None:
    with pytest.raises(PageFailed, match=r"^encoding$"):
        decode([sent], "gzip", limit_bytes=100_000)


def _bomb(counted: list[int]) -> Iterator[bytes]:
    """A gibibyte of zeros in gzip, a mebibyte on the way."""
    packer = zlib.compressobj(wbits=31)
    for _ in range(1024):
        chunk = packer.compress(bytes(1024 * 1024))
        counted.append(len(chunk))
        yield chunk
    yield packer.flush()


def test_a_zip_bomb_is_left_as_soon_as_it_is_larger_than_a_page() -> None:
    counted: list[int] = []
    with pytest.raises(PageFailed, match=r"^too_large$"):
        decode(_bomb(counted), "gzip", limit_bytes=2 * 1024 * 1024)
    assert len(counted) < 64


def test_a_bomb_that_arrives_at_once_never_unfolds_in_memory() -> None:
    packed = gzip.compress(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    try:
        with pytest.raises(PageFailed, match=r"^too_large$"):
            decode([packed], "gzip", limit_bytes=len(packed))
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


def _empty_blocks(counted: list[int]) -> Iterator[bytes]:
    """deflate blocks that hold nothing, as many as anybody reads, up to 16 MiB."""
    for _ in range(256):
        counted.append(1)
        yield b"\x00\x00\x00\xff\xff" * 13107


def test_bytes_on_the_way_count_too() -> None:
    counted: list[int] = []
    with pytest.raises(PageFailed, match=r"^too_large$"):
        decode(_empty_blocks(counted), "deflate", limit_bytes=100_000)
    assert len(counted) == 2


def test_one_byte_more_than_the_limit_is_too_many() -> None:
    for encoding, sent in (("", TEXT), ("gzip", gzip.compress(TEXT))):
        with pytest.raises(PageFailed, match=r"^too_large$"):
            decode([sent], encoding, limit_bytes=len(TEXT) - 1)


def test_a_longer_body_may_be_cut() -> None:
    for encoding, sent in (("", TEXT), ("gzip", gzip.compress(TEXT))):
        assert decode([sent], encoding, limit_bytes=100, truncate=True) == TEXT[:100]
