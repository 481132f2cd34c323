"""Requests to a search domain, signed with a function's role (signing is local: it needs no way to AWS)."""

from __future__ import annotations

import copy
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# Answers of a domain that is starting, busy or changing its nodes.
PASSING = (429, 500, 502, 503, 504)
TIMEOUT_SECONDS = 15
# For the whole run, not for each request: with the time-outs in between less than the function's own limit.
RETRY_DELAYS_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
JSON, LINES = "application/json", "application/x-ndjson"
_SHOWN_CHARACTERS = 500


class DomainError(Exception):
    """A request that the domain didn't answer as asked. `status` is 0 where it gave no answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (0, *PASSING)


def role_credentials(environment: Mapping[str, str]) -> Credentials:
    """The role's credentials, which Lambda puts into a function's environment. Raises KeyError without them."""
    return Credentials(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN"),
    )


class Domain:
    """JSON over HTTP with one domain. Every request may be repeated: they set a state, they don't add to it."""

    def __init__(
        self,
        endpoint: str,
        *,
        region: str,
        credentials: Credentials,
        retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._signer = SigV4Auth(credentials, "es", region)
        self._delays = iter(retry_delays_seconds)
        self._timeout_seconds = timeout_seconds
        self._ask: Callable[[], object] | None = None
        # A domain in a VPC is reached directly, whatever proxy the environment names.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def asking_first(self, ask: Callable[[], object]) -> Domain:
        """The same domain; `ask` is called before every try of a request that isn't a GET, and stops it by raising."""
        found = copy.copy(self)
        found._ask = ask
        return found

    def get(self, path: str) -> Any:
        """What is at `path`, or None where nothing is."""
        return self._unless_absent("GET", path)

    def put(self, path: str, body: object) -> Any:
        """Make `path` be `body`."""
        return self.send("PUT", path, json.dumps(body).encode())

    def post(self, path: str, body: object | None = None) -> Any:
        """Ask `path` with a body, or without one."""
        return self.send("POST", path, None if body is None else json.dumps(body).encode())

    def delete(self, path: str) -> Any:
        """Remove what is at `path`; None where nothing is."""
        return self._unless_absent("DELETE", path)

    def send(self, method: str, path: str, data: bytes | None, content_type: str = JSON) -> Any:
        """The answer to one request. Raises DomainError for any status of 300 or more."""
        return self._expect(method, path, *self._request(method, path, data, content_type))

    def _unless_absent(self, method: str, path: str) -> Any:
        status, answer = self._request(method, path, None, JSON)
        return None if status == 404 else self._expect(method, path, status, answer)

    def _expect(self, method: str, path: str, status: int, answer: str) -> Any:
        shown = answer[:_SHOWN_CHARACTERS]
        if status >= 300:
            raise DomainError(f"{method} {path}: the domain answered {status}: {shown}", status)
        try:
            return json.loads(answer)
        except ValueError:
            raise DomainError(f"{method} {path}: the domain's answer is not JSON: {shown}", status) from None

    def _request(self, method: str, path: str, data: bytes | None, content_type: str) -> tuple[int, str]:
        while True:
            delay = next(self._delays, None)
            try:
                status, answer = self._once(method, path, data, content_type)
                if status not in PASSING or delay is None:
                    return status, answer
                reason = f"answered {status}"
            except OSError as error:  # refused, reset, timed out, name not there yet
                reason = f"can't be reached: {error}"
                if delay is None:
                    raise DomainError(f"{method} {path}: the domain {reason}") from error
            logging.warning("%s %s: the domain %s; again in %s s", method, path, reason, delay)
            time.sleep(delay)

    def _once(self, method: str, path: str, data: bytes | None, content_type: str) -> tuple[int, str]:
        if self._ask and method != "GET":
            self._ask()
        signed = AWSRequest(method, f"{self._endpoint}/{path}", data=data, headers={"content-type": content_type})
        self._signer.add_auth(signed)
        request = urllib.request.Request(signed.url, data=data, headers=dict(signed.headers.items()), method=method)
        try:
            with self._open(request, timeout=self._timeout_seconds) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
