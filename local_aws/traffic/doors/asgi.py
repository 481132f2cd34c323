"""What the doors share: an ASGI request read whole, an answer whole or in a stream, and AWS's errors as JSON."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS
from local_aws.traffic.hops import closed
from local_aws.traffic.road import HEADER, Road, RoadBook
from local_aws.traffic.serving import Receive, Scope, Send

# Bodies of InvokeModel have 25,000,000 characters at most (botocore, Body); a bulk request is kept below 10 MiB.
MAX_BODY_BYTES = 25_000_000
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d{8}/([^/]*)/([^/]+)/aws4_request")


class AwsError(Exception):
    """An error as AWS answers it. `status` is its HTTP status, `code` the exception's name."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def unknown(what: str) -> AwsError:
    """The error for what a door doesn't know."""
    return AwsError(NOT_IMPLEMENTED_STATUS, NOT_IMPLEMENTED_CODE, f"{what}: not emulated; see docs/emulation.md")


@dataclass(frozen=True)
class Call:
    """One signed request. `parts` are the decoded parts of the path, `headers` have lower-case names.

    `key_id`, `region` and `service` are what the signature names; empty for a request without one.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    road: Road
    key_id: str = ""
    region: str = ""
    service: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of the path between slashes, each decoded: an ARN in a path holds encoded slashes."""
        return tuple(unquote(part) for part in self.path.split("/") if part)

    def json(self) -> dict[str, Any]:
        """The body; raises AwsError (ValidationException) where it is no JSON object."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise AwsError(400, "SerializationException", "the body is no JSON object")
        return found


@dataclass(frozen=True)
class Reply:
    """An answer: `body` at once, or in pieces as they come."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


# The road of a request, by the key id that signed it and its headers.
RoadOf = Callable[[str, Mapping[str, str]], Road]

# What closes the way of a signer (by key id) to a service ("bedrock", "xray"); None where the way is open.
Closed = Callable[[str, str], Awaitable[str | None]]


class Door:
    """Base of the doors: an ASGI application. `answer` is the door's own.

    The road of a request is the one in `roads` that its header names, or what `road_of` says: an application doesn't
    hand the header on, but the key id tells which task asks. Where `closed` says that the network lets nothing
    through, the request gets no answer, as from a firewall that drops packets, and ends with the caller's time-out.
    """

    def __init__(self, roads: RoadBook | None, road_of: RoadOf | None, closed: Closed | None) -> None:
        self._closed = closed
        book = roads or RoadBook()
        self._road_of = road_of or (lambda key_id, headers: book.open(headers.get(HEADER, "")))

    async def answer(self, call: Call) -> Reply:
        """The answer; an AwsError raised here is answered as AWS would."""
        raise NotImplementedError

    def refusal(self, error: AwsError, headers: Mapping[str, str]) -> Reply:
        """The answer that tells of an error, in the words of the door's protocol."""
        return error_reply(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] != "http":
            return None
        try:
            call = self._call(scope, await _body(receive))
            if self._closed and (by := await self._closed(call.key_id, call.service)):
                call.road.step("network", by, f"no way to {call.service}: nothing answers", refused=True)
                return await _disconnected(receive)
            reply = await self.answer(call)
        except AwsError as error:
            reply = self.refusal(error, _headers(scope))
        except (BotoCoreError, ClientError) as problem:
            away = AwsError(503, "ServiceUnavailableException", f"the emulators don't answer: {problem}")
            reply = self.refusal(away, _headers(scope))
        return await _deliver(reply, receive, send)

    def _call(self, scope: Mapping[str, Any], body: bytes) -> Call:
        headers = _headers(scope)
        signed = _CREDENTIAL.search(headers.get("authorization", ""))
        key_id, region, service = signed.groups() if signed else ("", "", "")
        raw = scope.get("raw_path") or scope["path"].encode()
        return Call(
            method=scope["method"],
            path=raw.decode("latin-1").partition("?")[0],
            query=scope.get("query_string", b"").decode("latin-1"),
            headers=headers,
            body=body,
            road=self._road_of(key_id, headers),
            key_id=key_id,
            region=region,
            service=service,
        )


def error_reply(error: AwsError) -> Reply:
    """An error of a REST-JSON service."""
    return json_reply({"message": error.message}, error.status, (("x-amzn-errortype", error.code),))


def json_reply(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode(), (("content-type", "application/json"), *headers))


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _body(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AwsError(400, "RequestTimeout", "the request ended early")
        content += message.get("body", b"")
        if len(content) > MAX_BODY_BYTES:
            raise AwsError(413, "RequestEntityTooLargeException", "the request is too large")
        if not message.get("more_body"):
            return bytes(content)


async def _deliver(reply: Reply, receive: Receive, send: Send) -> None:
    whole = reply.body if isinstance(reply.body, bytes) else None
    headers = [("x-amzn-requestid", str(uuid.uuid4())), *reply.headers]
    if whole is not None and reply.status != 304:
        headers.append(("content-length", str(len(whole))))
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
    if whole is not None or isinstance(reply.body, bytes):
        await send({"type": "http.response.body", "body": whole or b""})
        return
    left = asyncio.create_task(_disconnected(receive))
    try:
        async for piece in reply.body:
            if left.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        left.cancel()
        await closed(reply.body)
    await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{event}.complete"})
        if event == "shutdown":
            return
