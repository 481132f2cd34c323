"""OpenSearch domains: ministack forgets which logs a domain publishes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim

_DOMAINS = re.compile(r"(POST|GET|DELETE) /2021-01-01/opensearch/domain(?:/([^/]+))?(/config)?")
_FIELD = "LogPublishingOptions"


class SearchDomains(Shim):
    """Otherwise every plan would switch the logs on again. An update names only the kinds of log that it changes."""

    service = "es"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        match = _DOMAINS.fullmatch(request.operation)
        if match is None:
            return None
        given = forward(request)
        if given.status >= 300:
            return given
        method, named, config = match.groups()
        place = (request.region, named or request.json().get("DomainName", ""))
        with self._lock:
            if method == "DELETE":
                self._kept.pop(place, None)
            elif method == "POST":
                self._kept[place] = {**self._kept.get(place, {}), **request.json().get(_FIELD, {})}
            elif not config and place in self._kept:
                return self._described(given, self._kept[place])
        return given

    def _described(self, given: Response, logs: dict[str, Any]) -> Response:
        body = json.loads(given.body)
        body["DomainStatus"][_FIELD] = logs
        return replace(given, body=json.dumps(body).encode())
