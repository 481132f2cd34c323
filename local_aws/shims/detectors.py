"""GuardDuty detectors: moto keeps the features of the last update only, and changes no tags."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

from local_aws.messages import Request, Response, json_response
from local_aws.shims.base import Forward, Item, Shim

_DETECTOR = re.compile(r"(POST|GET|DELETE) /detector/([^/]+)")
_TAGS = re.compile(r"(POST|GET|DELETE) /tags/arn:[^/]+:detector/([^/]+)")


class Detectors(Shim):
    """Keeps every feature: the provider sets them one by one, and would find all but the last gone."""

    service = "guardduty"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], dict[str, Item]] = {}
        self._tags: dict[tuple[str, str], dict[str, str]] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        tagged = _TAGS.fullmatch(unquote(request.operation))
        if tagged is not None:
            return self._tag(request, forward, *tagged.groups())
        match = _DETECTOR.fullmatch(request.operation)
        if match is None:
            return None
        given = forward(request)
        if given.status >= 300:
            return given
        method, detector = match.groups()
        with self._lock:
            features = self._kept.setdefault((request.region, detector), {})
            if method == "DELETE":
                del self._kept[request.region, detector]
                self._tags.pop((request.region, detector), None)
            elif method == "POST":
                features.update({feature["name"]: feature for feature in request.json().get("features", [])})
            else:
                body = json.loads(given.body)
                if features:
                    body = _also_as_sources({**body, "features": list(features.values())}, features)
                body["tags"] = self._tags.get((request.region, detector), body.get("tags"))
                return replace(given, body=json.dumps(body).encode())
        return given

    def _tag(self, request: Request, forward: Forward, method: str, detector: str) -> Response:
        headers = {**request.headers, "content-length": "0"}
        asked = replace(request, method="GET", path=f"/detector/{detector}", headers=headers, body=b"")
        found = self.answer(asked, forward)
        assert found is not None
        if found.status >= 300:
            return found
        tags = dict(json.loads(found.body).get("tags") or {})
        if method == "GET":
            return json_response({"tags": tags})
        tags.update(request.json().get("tags", {}))
        for name in parse_qs(urlsplit(request.path).query).get("tagKeys", ()) if method == "DELETE" else ():
            tags.pop(name, None)
        with self._lock:
            self._tags[request.region, detector] = tags
        return Response(204, b"", {})


def _also_as_sources(body: Item, features: dict[str, Item]) -> Item:
    """Add the S3 feature as a data source too, as GuardDuty does for older tools."""
    if "S3_DATA_EVENTS" not in features:
        return body
    told = {"s3Logs": {"status": features["S3_DATA_EVENTS"]["status"]}}
    return {**body, "dataSources": {**body.get("dataSources", {}), **told}}
