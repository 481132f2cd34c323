"""Whether the model is paused: an object in S3 says so by being there."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .logs import log_event
from .settings import PausedObject

# A pause is heard of within a minute, with a question or without one in between.
KEPT_SECONDS = 30.0
# The bucket is the environment's own: where it is missing, nothing is known.
_ABSENT = {"NoSuchKey", "404"}


def s3_client(region: str) -> Any:
    """An S3 client that gives up before a visitor would notice."""
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
    return boto3.client("s3", region_name=region, config=config)


class PauseSwitch:
    """Reads the object at a question, at most every 30 seconds; without an answer of S3 it stays as it was last."""

    def __init__(self, s3: Any, where: PausedObject) -> None:
        self._s3, self._where = s3, where
        self._lock = threading.Lock()
        self._on, self._read_at = False, float("-inf")

    def is_on(self) -> bool:
        """Whether the object exists. Blocks for as long as S3 takes: call it in an answer's thread."""
        with self._lock:
            if time.monotonic() - self._read_at >= KEPT_SECONDS:
                self._on = self._read()
                self._read_at = time.monotonic()
            return self._on

    def _read(self) -> bool:
        try:
            answer = self._s3.get_object(Bucket=self._where.bucket, Key=self._where.key)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            return False if code in _ABSENT else self._unknown(code)
        except BotoCoreError as error:
            return self._unknown(type(error).__name__)
        # What it holds is for people (`sitechat bedrock status`).
        with contextlib.suppress(BotoCoreError, OSError):
            answer["Body"].close()
        return True

    def _unknown(self, reason: str) -> bool:
        log_event(logging.WARNING, "pause unknown", reason=reason, paused=self._on)
        return self._on
