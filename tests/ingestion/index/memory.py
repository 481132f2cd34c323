"""The calls of S3 that the functions make, from memory: most of a run's requests go to the bucket.

`tests/ingestion/test_store.py` and `test_handlers.py` ask the emulated S3.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any


class _NoSuchKey(Exception):  # noqa: N818 - AWS's name
    pass


class _Exceptions:
    NoSuchKey = _NoSuchKey


class Memory:
    """A client of S3 with one bucket."""

    exceptions = _Exceptions

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self._objects[Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        if Key not in self._objects:
            raise _NoSuchKey(Key)
        return {"Body": io.BytesIO(self._objects[Key])}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, MaxKeys: int) -> Mapping[str, Any]:  # noqa: N803
        found = sorted(key for key in self._objects if key.startswith(Prefix))[:MaxKeys]
        return {"Contents": [{"Key": each} for each in found]}
