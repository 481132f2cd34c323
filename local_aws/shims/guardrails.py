"""Bedrock guardrails: ministack doesn't find one by ARN, and describes it in the names of the request.

It also forgets a version's own description, and its ids hold a hyphen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Key, Shim

_ABOUT_GUARDRAILS = ("/guardrails", "/listTagsForResource", "/tagResource", "/untagResource")
# AWS's ids have letters and digits only; ministack's begin with "gr-".
_OUTER, _INNER = re.compile(r"(?<![0-9a-z])gr([0-9a-f]{12})(?![0-9a-z])"), re.compile(rb"gr-([0-9a-f]{12})")
_ARN = re.compile(r"^/guardrails/arn[^?]*?(?::|%3A)guardrail(?:/|%2F)([\w-]+)")


class Guardrails(Shim):
    """Renames fields of answers: `contentPolicy.filtersConfig` becomes `contentPolicy.filters`, and so on."""

    service = "bedrock"

    def __init__(self) -> None:
        super().__init__()
        self._descriptions: dict[Key, str] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if not request.path.startswith(_ABOUT_GUARDRAILS):
            return None
        body = _inner(request.body.decode()).encode()
        headers = {**request.headers, "content-length": str(len(body))}
        asked = replace(request, path=_inner(request.path), headers=headers, body=body)
        given = self._answered(asked, forward)
        return replace(given, body=_outer(given.body))

    def _answered(self, request: Request, forward: Forward) -> Response:
        if not request.path.startswith("/guardrails/"):
            return forward(request)
        path = _ARN.sub(r"/guardrails/\1", request.path)
        given = forward(replace(request, path=path))
        if given.status >= 300 or request.method not in ("GET", "POST"):
            return given
        guardrail = urlsplit(path).path.rpartition("/")[2]
        body = json.loads(given.body)
        if request.method == "POST":
            version = (request.region, guardrail, str(body["version"]))
            self._descriptions[version] = request.json().get("description", "")
            return given
        asked = parse_qs(urlsplit(path).query).get("guardrailVersion", ["DRAFT"])[0]
        described = self._descriptions.get((request.region, guardrail, asked), body.get("description"))
        return replace(given, body=json.dumps({**_renamed(body), "description": described}).encode())


def _inner(text: str) -> str:
    return _OUTER.sub(r"gr-\1", text)


def _outer(content: bytes) -> bytes:
    return _INNER.sub(rb"gr\1", content)


def as_aws_names(text: str) -> str:
    """A text of ministack with ids of guardrails as AWS writes them."""
    return _outer(text.encode()).decode()


def _renamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name.removesuffix("Config"): _renamed(inner) for name, inner in value.items()}
    return [_renamed(inner) for inner in value] if isinstance(value, list) else value
