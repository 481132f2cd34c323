"""Bedrock guardrails: ministack doesn't find one by ARN, and describes it in the names of the request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim

_ARN = re.compile(r"^/guardrails/arn[^?]*?(?::|%3A)guardrail(?:/|%2F)([\w-]+)")


class Guardrails(Shim):
    """`contentPolicy.filtersConfig` becomes `contentPolicy.filters`, and so on."""

    service = "bedrock"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if not request.path.startswith("/guardrails/"):
            return None
        given = forward(replace(request, path=_ARN.sub(r"/guardrails/\1", request.path)))
        if given.status >= 300 or request.method != "GET":
            return given
        return replace(given, body=json.dumps(_renamed(json.loads(given.body))).encode())


def _renamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name.removesuffix("Config"): _renamed(inner) for name, inner in value.items()}
    return [_renamed(inner) for inner in value] if isinstance(value, list) else value
