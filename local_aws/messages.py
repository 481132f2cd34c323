"""Requests and answers as the gateway and the shims see them, and errors in the form each AWS protocol expects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

# The AWS SDKs retry 500, 502, 503 and 504, the provider up to 25 times; 501 fails at once.
NOT_IMPLEMENTED_STATUS = 501
NOT_IMPLEMENTED_CODE = "NotImplementedByEmulator"
_REST_XML = ("cloudfront", "route53", "s3-control")


@dataclass(frozen=True)
class Request:
    """One AWS API call. `headers` have lower-case names; `body` is empty where it was too large to hold."""

    method: str
    path: str
    headers: Mapping[str, str]
    service: str
    region: str
    body: bytes = b""

    @property
    def operation(self) -> str:
        """The operation's name where the protocol carries one, else the method and path."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = parse_qs(self.body.decode("utf-8", "replace"))
            return form.get("Action", ["?"])[0]
        return f"{self.method} {self.path.partition('?')[0]}"

    def json(self) -> dict[str, Any]:
        """The body of a JSON protocol; an empty body is an empty object."""
        parsed = json.loads(self.body or b"{}")
        return parsed if isinstance(parsed, dict) else {}


@dataclass(frozen=True)
class Response:
    """The answer to one request."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(body: Mapping[str, Any], status: int = 200) -> Response:
    """An answer of the JSON protocols; 1.1 and REST read the same body."""
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def error_response(request: Request, status: int, code: str, message: str) -> Response:
    """An error that the SDK of the request's service can read."""
    content_type = request.headers.get("content-type", "")
    if request.service == "s3":
        return _xml(status, f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>")
    if request.service == "ec2":
        inner = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return _xml(status, f"<Response><Errors>{inner}</Errors></Response>")
    if request.service in _REST_XML or content_type.startswith("application/x-www-form-urlencoded"):
        inner = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        return _xml(status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>")
    body = json.dumps({"__type": code, "message": message}).encode()
    return Response(status, body, {"Content-Type": "application/x-amz-json-1.1", "X-Amzn-ErrorType": code})


def not_implemented(request: Request, by: str) -> Response:
    """The answer to an operation that neither shim nor emulator has: 501, naming the operation and who lacks it."""
    message = f"{by} has no {request.service} {request.operation}; see local_aws/coverage.py"
    return error_response(request, NOT_IMPLEMENTED_STATUS, NOT_IMPLEMENTED_CODE, message)


def _xml(status: int, body: str) -> Response:
    return Response(status, f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode(), {"Content-Type": "text/xml"})
