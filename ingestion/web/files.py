"""Files of a bucket as pages: the same limits and the same types, without the web."""

from __future__ import annotations

from collections import Counter
from email.message import Message
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from ingestion.errors import PageFailed
from ingestion.settings import FilesSource, Limits
from ingestion.store import FetchedPage, ListedPage

from .addresses import page_address, page_id
from .decoding import decode

TYPES = {".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".md": "text/markdown"}
_CHUNK_BYTES = 64 * 1024


class Files:
    """Reads a source's files, through a client of S3."""

    def __init__(self, client: Any, source: FilesSource) -> None:
        self._client = client
        self._source = source

    def list(self, *, most: int) -> tuple[list[ListedPage], Counter[str]]:
        """Files in the order of their keys, `most` of them, and how many were refused by which code."""
        pages: dict[str, ListedPage] = {}
        refused: Counter[str] = Counter()
        paginator = self._client.get_paginator("list_objects_v2")
        for answer in paginator.paginate(Bucket=self._source.bucket, Prefix=self._source.prefix):
            for each in answer.get("Contents", ()):
                if each["Key"].endswith("/"):
                    continue
                try:
                    address = self._address(each["Key"])
                except PageFailed as error:
                    refused[error.code] += 1
                    continue
                if len(pages) >= most:
                    return list(pages.values()), refused + Counter(limit=1)
                pages[address] = ListedPage(page_id(address), address)
        return list(pages.values()), refused

    def read(self, address: str, limits: Limits) -> FetchedPage:
        """The file behind an address. Raises PageFailed `host_refused`, `type`, `missing`, or of its body."""
        key = self._key(address)
        try:
            answer = self._client.get_object(Bucket=self._source.bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            raise PageFailed("missing") from None
        header = Message()
        header["Content-Type"] = answer.get("ContentType", "")
        charset = header.get_content_charset("") or ""
        # Entered, a body gives the connection below it, which has no chunks.
        stream = answer["Body"]
        with stream:
            chunks = stream.iter_chunks(_CHUNK_BYTES)
            # What AWS's own tools write when nothing is compressed.
            encoding = answer.get("ContentEncoding", "").replace("aws-chunked", "").strip(" ,")
            body = decode(chunks, encoding, limit_bytes=limits.page_bytes)
        kind = TYPES[PurePosixPath(key).suffix.lower()]
        return FetchedPage(address, address, f"{kind}; charset={charset}" if charset else kind, body)

    def _address(self, key: str) -> str:
        rest = key.removeprefix(self._source.prefix)
        if PurePosixPath(rest).suffix.lower() not in TYPES:
            raise PageFailed("type")
        address = page_address(self._source.address + quote(rest), keep_query=False)
        # A key with `..` or `//` in it is no path that comes back.
        if self._key(address) != key:
            raise PageFailed("address_refused")
        return address

    def _key(self, address: str) -> str:
        base = page_address(self._source.address, keep_query=False)
        if not address.startswith(base):
            raise PageFailed("host_refused")
        key = self._source.prefix + unquote(address.removeprefix(base))
        if PurePosixPath(key).suffix.lower() not in TYPES:
            raise PageFailed("type")
        return key
