"""OpenSearch domains: ministack forgets which logs a domain publishes, and has nothing behind a domain's endpoint."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim
from local_aws.shims.search_content import SearchContent

_API = re.compile(r"/20\d\d-\d\d-\d\d/")
_DOMAINS = re.compile(r"(POST|GET|DELETE) /2021-01-01/opensearch/domain(?:/([^/]+))?(/config)?")
_FIELD = "LogPublishingOptions"


class SearchDomains(Shim):
    """Keeps the published logs, which every plan would switch on again. An update names only the logs that it changes.

    A path outside the service's own API is a request to a domain. All domains have one endpoint here, so those of a
    region share their content, which is deleted with any of them.
    """

    service = "es"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._content: dict[str, SearchContent] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if not _API.match(request.path):
            return self._content_of(request.region).answer(request, forward)
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
                self._content.pop(request.region, None)
            elif method == "POST":
                self._kept[place] = {**self._kept.get(place, {}), **request.json().get(_FIELD, {})}
            elif not config and place in self._kept:
                return self._described(given, self._kept[place])
        return given

    def _content_of(self, region: str) -> SearchContent:
        with self._lock:
            return self._content.setdefault(region, SearchContent())

    def _described(self, given: Response, logs: dict[str, Any]) -> Response:
        body = json.loads(given.body)
        body["DomainStatus"][_FIELD] = logs
        return replace(given, body=json.dumps(body).encode())
