"""Bytes as they arrive become the body, counted before and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ingestion.errors import PageFailed

ACCEPTED = "gzip, deflate"
_GZIP = 31
_ZLIB = 15
_RAW = -15


def decode(chunks: Iterable[bytes], encoding: str, *, limit_bytes: int, truncate: bool = False) -> bytes:
    """The body, of at most `limit_bytes`, which neither the bytes on the way nor the decompressed ones exceed.

    Args:
        encoding: The Content-Encoding: nothing, identity, gzip or deflate.
        truncate: Return the first `limit_bytes` of a body that has more, in place of an error.

    Raises PageFailed `encoding` (another one, or damaged) or `too_large`.
    """
    name = encoding.strip().lower()
    if name not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise PageFailed("encoding")
    counted = _counted(chunks, limit_bytes, truncate)
    plain = counted if name in {"", "identity"} else _inflated(counted, name, limit_bytes)
    body = bytearray()
    for piece in plain:
        body += piece
        if len(body) > limit_bytes:
            if truncate:
                return bytes(body[:limit_bytes])
            raise PageFailed("too_large")
    return bytes(body)


def _counted(chunks: Iterable[bytes], limit_bytes: int, truncate: bool) -> Iterator[bytes]:
    """Chunks as they come, until there are more bytes than allowed: empty blocks decompress to nothing, for ever."""
    seen = 0
    for chunk in chunks:
        yield chunk
        seen += len(chunk)
        if seen > limit_bytes:
            if truncate:
                return
            raise PageFailed("too_large")


def _inflated(chunks: Iterable[bytes], name: str, limit_bytes: int) -> Iterator[bytes]:
    """Decompressed pieces, none of them longer than one byte more than the limit. gzip may have several members."""
    inflater = None
    data = b""
    for chunk in chunks:
        data += chunk
        if inflater is None and len(data) < 2:
            continue
        while data:
            if inflater is None or inflater.eof:
                # Bytes after a stream that aren't another one are padding.
                if inflater is not None and (name == "deflate" or not data.startswith(b"\x1f")):
                    return
                inflater = zlib.decompressobj(_window(name, data))
            try:
                yield inflater.decompress(data, limit_bytes + 1)
            except zlib.error:
                raise PageFailed("encoding") from None
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if data or (inflater is not None and not inflater.eof):
        raise PageFailed("encoding")


def _window(name: str, data: bytes) -> int:
    """deflate means zlib's format (RFC 9110, 8.4.1.2); some servers send it bare."""
    if name != "deflate":
        return _GZIP
    return _ZLIB if data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0 else _RAW
