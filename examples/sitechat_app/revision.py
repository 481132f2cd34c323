"""Which revision of the task definition this process runs in, as ECS's metadata endpoint tells it."""

from __future__ import annotations

import http.client
import json
import logging
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from .logs import log_event

# Set by ECS in every container ("Task metadata endpoint version 4", ECS developer guide).
METADATA = "ECS_CONTAINER_METADATA_URI_V4"
HEADER = "x-sitechat-revision"
# The start doesn't hang on it: without an answer no header is sent.
_TRIES, _SECONDS, _PAUSE_SECONDS = 3, 1.0, 0.2


def running_revision(environ: Mapping[str, str]) -> str:
    """Family and number, such as "sitechat-dev-app:7"; empty outside ECS, and where its endpoint doesn't say."""
    address = environ.get(METADATA, "")
    if not address:
        return ""
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        try:
            return _asked(address)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            reason = type(error).__name__
    log_event(logging.WARNING, "revision unknown", reason=reason)
    return ""


def _asked(address: str) -> str:
    """Ask once, past any proxy. Raises ValueError, KeyError or TypeError for another answer than ECS's."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_SECONDS)
    try:
        connection.request("GET", f"{url.path}/task")
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise ValueError(response.status)
        told = json.loads(response.read(1_000_000))
        return f"{told['Family']}:{int(told['Revision'])}"
    finally:
        connection.close()
