"""Counts requests that may have changed what is deployed, so that the data plane reads it anew only then."""

from __future__ import annotations

from threading import Lock

from local_aws.messages import Request

CHANGES_PATH = "/_local_aws/changes"
# Services whose requests deploy nothing, and come with every visitor.
_HARMLESS = ("bedrock", "es", "logs", "monitoring", "s3", "sts", "xray")
_READING = ("BatchGet", "Describe", "Get", "List")


class Changes:
    """A count that grows with each request that isn't known to change nothing."""

    def __init__(self) -> None:
        self._count, self._lock = 0, Lock()

    @property
    def count(self) -> int:
        """Requests so far."""
        return self._count

    def note(self, request: Request) -> None:
        """Count a request once it was answered: who reads the count and then what is deployed misses nothing."""
        reads = request.method in ("GET", "HEAD") or request.operation.startswith(_READING)
        if request.service in _HARMLESS or reads:
            return
        with self._lock:
            self._count += 1
