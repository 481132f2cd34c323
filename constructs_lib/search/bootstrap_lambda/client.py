"""Requests to the domain, signed with the function's role (signing is local: the function needs no way to AWS)."""

from __future__ import annotations

import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# Answers of a domain that is starting, busy or changing its nodes.
PASSING = (429, 500, 502, 503, 504)
TIMEOUT_SECONDS = 15
# For the whole run, not for each request: with the time-outs in between less than the function's own limit.
RETRY_DELAYS_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_SHOWN_CHARACTERS = 500


class BootstrapError(Exception):
    """The domain can't be brought into the state that was asked for."""


class Domain:
    """JSON over HTTP with one domain. Every request may be repeated: they set a state, they don't add to it."""

    def __init__(
        self,
        endpoint: str,
        *,
        region: str,
        credentials: Credentials,
        retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._signer = SigV4Auth(credentials, "es", region)
        self._delays = iter(retry_delays_seconds)
        # A domain in a VPC is reached directly, whatever proxy the environment names.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def get(self, path: str) -> Any:
        """What is at `path`, or None where nothing is."""
        status, answer = self._request("GET", path, None)
        if status == 404:
            return None
        return self._expect("GET", path, status, answer)

    def put(self, path: str, body: object) -> Any:
        """Make `path` be `body`."""
        status, answer = self._request("PUT", path, body)
        return self._expect("PUT", path, status, answer)

    def _expect(self, method: str, path: str, status: int, answer: str) -> Any:
        if status >= 300:
            raise BootstrapError(f"{method} {path}: the domain answered {status}: {answer[:_SHOWN_CHARACTERS]}")
        try:
            return json.loads(answer)
        except ValueError:
            shown = answer[:_SHOWN_CHARACTERS]
            raise BootstrapError(f"{method} {path}: the domain's answer is not JSON: {shown}") from None

    def _request(self, method: str, path: str, body: object | None) -> tuple[int, str]:
        while True:
            delay = next(self._delays, None)
            try:
                status, answer = self._once(method, path, body)
                if status not in PASSING or delay is None:
                    return status, answer
                reason = f"answered {status}"
            except OSError as error:  # refused, reset, timed out, name not there yet
                reason = f"can't be reached: {error}"
                if delay is None:
                    raise BootstrapError(f"{method} {path}: the domain {reason}") from error
            logging.warning("%s %s: the domain %s; again in %s s", method, path, reason, delay)
            time.sleep(delay)

    def _once(self, method: str, path: str, body: object | None) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        signed = AWSRequest(method, f"{self._endpoint}/{path}", data=data, headers={"content-type": "application/json"})
        self._signer.add_auth(signed)
        request = urllib.request.Request(signed.url, data=data, headers=dict(signed.headers.items()), method=method)
        try:
            with self._open(request, timeout=TIMEOUT_SECONDS) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
