"""The part of the Docker Engine API that ministack's ECS asks for (1.44); all else is answered with 501."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.traffic.serving import Receive, Scope, Send
from local_aws.traffic.tasks.logs import ERRORS, OUTPUT

if TYPE_CHECKING:
    from local_aws.images import StoredImage
    from local_aws.traffic.tasks.container import Container
    from local_aws.traffic.tasks.engine import Engine

API_VERSION = "1.44"
_VERSION = {
    "ApiVersion": API_VERSION,
    "MinAPIVersion": "1.24",
    "Version": "processes",
    "Os": "linux",
    "Arch": "none",
}
_STREAM = "application/vnd.docker.multiplexed-stream"


class EngineError(Exception):
    """An answer of the Engine that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Call:
    """One request: its query, its body, and the parts of its path that its route names."""

    def __init__(self, query: str, content: bytes, names: tuple[str, ...]) -> None:
        self._query = parse_qs(query, keep_blank_values=True)
        self.content = content
        self.names = names

    def given(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self._query.get(name, [default])[0]

    def switched_on(self, name: str) -> bool:
        """Whether a parameter of the query says yes."""
        return self.given(name).lower() in ("1", "true")

    def told(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.content or b"{}")


class Reply:
    """An answer: JSON, or bytes that stream."""

    def __init__(self, status: int, content: Any = None, stream: AsyncIterator[bytes] | None = None) -> None:
        self.status, self.content, self.stream = status, content, stream


class EngineApi:
    """ASGI application in front of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        name = r"/containers/([^/]+)"
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Call], Awaitable[Reply]]]] = [
            (method, re.compile(path), answer)
            for method, path, answer in (
                ("GET", r"/_ping", self._ping),
                ("HEAD", r"/_ping", self._ping),
                ("GET", r"/version", self._version),
                ("POST", r"/images/create", self._pull),
                ("GET", r"/images/(.+)/json", self._image),
                ("POST", r"/images/(.+)/tag", self._tag),
                ("GET", r"/distribution/(.+)/json", self._distribution),
                ("GET", r"/containers/json", self._list),
                ("POST", r"/containers/create", self._create),
                ("GET", rf"{name}/json", self._inspect),
                ("POST", rf"{name}/start", self._start),
                ("POST", rf"{name}/stop", self._stop),
                ("POST", rf"{name}/kill", self._kill),
                ("POST", rf"{name}/wait", self._wait),
                ("GET", rf"{name}/logs", self._logs),
                ("DELETE", name, self._remove),
            )
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        content = b""
        more = True
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        reply = await self._reply(scope, content)
        if reply.stream is not None:
            await _stream(reply, send)
            return
        body = b"" if reply.content is None else json.dumps(reply.content).encode()
        headers = [(b"content-type", b"application/json"), (b"api-version", API_VERSION.encode())]
        if reply.status not in (204, 304):
            headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})

    async def _reply(self, scope: Scope, content: bytes) -> Reply:
        path = re.sub(r"^/v\d+\.\d+(?=/)", "", unquote(scope["path"]))
        try:
            for method, pattern, answer in self._routes:
                if method == scope["method"] and (found := pattern.fullmatch(path)):
                    return await answer(Call(scope["query_string"].decode(), content, found.groups()))
            raise EngineError(501, f"{scope['method']} {path} is not answered here: containers are processes")
        except EngineError as error:
            return Reply(error.status, {"message": error.message})
        except (BotoCoreError, ClientError) as error:
            return Reply(500, {"message": f"the emulated AWS doesn't say what is deployed: {error}"})

    async def _ping(self, call: Call) -> Reply:
        return Reply(200, "OK")

    async def _version(self, call: Call) -> Reply:
        return Reply(200, _VERSION)

    async def _pull(self, call: Call) -> Reply:
        tag = call.given("tag") or "latest"
        image = await self._engine.images.pull(f"{call.given('fromImage')}{'@' if ':' in tag else ':'}{tag}")
        return Reply(200, {"status": f"Digest: {image.digest}"})

    async def _image(self, call: Call) -> Reply:
        """Docker's words for an image that isn't there, which docker-py and so ministack go by."""
        try:
            return Reply(200, _described(await self._engine.images.find(call.names[0]), call.names[0]))
        except EngineError as error:
            raise EngineError(error.status, f"No such image: {call.names[0]}") from None

    async def _tag(self, call: Call) -> Reply:
        """Nothing to do: tags are the emulated registry's."""
        await self._engine.images.find(call.names[0])
        return Reply(201)

    async def _distribution(self, call: Call) -> Reply:
        image = await self._engine.images.find(call.names[0])
        kind = json.loads(image.manifest)["mediaType"]
        descriptor = {"mediaType": kind, "digest": image.digest, "size": len(image.manifest)}
        return Reply(200, {"Descriptor": descriptor, "Platforms": []})

    async def _list(self, call: Call) -> Reply:
        filters = json.loads(call.given("filters") or "{}")
        unknown = set(filters) - {"label"}
        if unknown:
            raise EngineError(501, f"containers are not listed by {', '.join(sorted(unknown))} here")
        wanted = filters.get("label") or []
        labels = list(wanted) if isinstance(wanted, dict) else wanted
        every = call.switched_on("all")
        found = [
            _listed(each)
            for each in self._engine.containers()
            if (every or each.state == "running") and all(_labelled(each, label) for label in labels)
        ]
        return Reply(200, found)

    async def _create(self, call: Call) -> Reply:
        container = await self._engine.create(call.given("name"), call.told())
        return Reply(201, {"Id": container.id, "Warnings": []})

    async def _inspect(self, call: Call) -> Reply:
        return Reply(200, self._engine.container(call.names[0]).described())

    async def _start(self, call: Call) -> Reply:
        container = self._engine.container(call.names[0])
        if container.state == "running":
            return Reply(304)
        if container.state == "exited":
            raise EngineError(501, "a container is not started twice here")
        await self._engine.start(container)
        return Reply(204)

    async def _stop(self, call: Call) -> Reply:
        """Begin to stop. It isn't waited for: ministack would wait for as long as the stop timeout, request and all.

        Nor is its own timeout used, which is always five seconds: the task definition's is.
        """
        container = self._engine.container(call.names[0])
        if container.state != "running":
            return Reply(304)
        self._engine.stop(container)
        return Reply(204)

    async def _kill(self, call: Call) -> Reply:
        container = self._engine.container(call.names[0])
        if container.state != "running":
            raise EngineError(409, f"container {container.id} is not running")
        container.kill(call.given("signal") or "SIGKILL")
        return Reply(204)

    async def _wait(self, call: Call) -> Reply:
        container = self._engine.container(call.names[0])
        await container.ended.wait()
        return Reply(200, {"StatusCode": container.exit_code})

    async def _logs(self, call: Call) -> Reply:
        container = self._engine.container(call.names[0])
        kinds = tuple(kind for name, kind in (("stdout", OUTPUT), ("stderr", ERRORS)) if call.switched_on(name))
        tail = call.given("tail")
        frames = container.log.frames(
            kinds, follow=call.switched_on("follow"), tail=int(tail) if tail.isdecimal() else None
        )
        return Reply(200, stream=frames)

    async def _remove(self, call: Call) -> Reply:
        container = self._engine.container(call.names[0])
        if call.switched_on("force"):
            container.kill()
        self._engine.remove(container)
        return Reply(204)


async def _stream(reply: Reply, send: Send) -> None:
    assert reply.stream is not None
    headers = [(b"content-type", _STREAM.encode()), (b"api-version", API_VERSION.encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    async for part in reply.stream:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _described(image: StoredImage, name: str) -> Mapping[str, Any]:
    return {"Id": image.digest, "RepoTags": [name] if "@" not in name else [], "RepoDigests": [], "Os": "linux"}


def _listed(container: Container) -> Mapping[str, Any]:
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": container.image,
        "Labels": dict(container.labels),
        "State": container.state,
        "Status": container.state,
    }


def _labelled(container: Container, label: str) -> bool:
    name, given, value = label.partition("=")
    return name in container.labels and (not given or container.labels[name] == value)
