"""GuardDuty detectors: moto keeps the features of the last update only."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Item, Shim

_DETECTOR = re.compile(r"(POST|GET|DELETE) /detector/([^/]+)")


class Detectors(Shim):
    """Keeps every feature: the provider sets them one by one, and would find all but the last gone."""

    service = "guardduty"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], dict[str, Item]] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
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
            elif method == "POST":
                features.update({feature["name"]: feature for feature in request.json().get("features", [])})
            elif features:
                body = {**json.loads(given.body), "features": list(features.values())}
                return replace(given, body=json.dumps(_also_as_sources(body, features)).encode())
        return given


def _also_as_sources(body: Item, features: dict[str, Item]) -> Item:
    """Add the S3 feature as a data source too, as GuardDuty does for older tools."""
    if "S3_DATA_EVENTS" not in features:
        return body
    told = {"s3Logs": {"status": features["S3_DATA_EVENTS"]["status"]}}
    return {**body, "dataSources": {**body.get("dataSources", {}), **told}}
