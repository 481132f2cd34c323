"""Base of the shims: each answers a few operations of one service that the emulators lack or get wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, ItemsView, Mapping
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from local_aws.messages import Request, Response, error_response, json_response, not_implemented
from local_aws.releases.plane import PlaneDoor

Item = dict[str, Any]
Key = tuple[str, ...]
Handler = Callable[[Request, Item], Mapping[str, Any] | None]
Forward = Callable[[Request], Response]
AnswerRepair = Callable[[Request, Response], Response]
# An ARN and its tags.
Tagged = tuple[str, Mapping[str, str]]


class ShimError(Exception):
    """An error as the real service would answer it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Shim:
    """Answers the operations it knows; the rest goes to an emulator, or is refused where no emulator has the service.

    One lock per shim: a shim's operations take microseconds, and half-written state would be worse than waiting.
    """

    service: str
    # True for a shim that is the whole service: it answers unknown operations with 501.
    whole = False

    def __init__(self) -> None:
        self._lock = Lock()
        self._handlers = [(_pattern(name), handler) for name, handler in self.handlers().items()]
        self._repairs = self.repairs()

    def handlers(self) -> Mapping[str, Handler]:
        """The operations: a name ("PutScalingPolicy"), or method and path ("GET /analyzer/{analyzerName}").

        A handler gets the body with the parts named in the path and the query added, and answers None to pass on.
        """
        return {}

    def repairs(self) -> Mapping[str, AnswerRepair]:
        """Operations of an emulator whose successful answers are corrected, each with its correction."""
        return {}

    def plane_runs(self, plane: PlaneDoor) -> None:
        """Take note that the data plane runs; for shims that act with it."""

    def tagged(self) -> list[Tagged]:
        """What exists here and may have tags, for the tagging API."""
        kept = [each for each in vars(self).values() if isinstance(each, Tags)]
        with self._lock:
            return [(arn, dict(tags)) for each in kept for arn, tags in each.items()]

    def answer(self, request: Request, forward: Forward) -> Response | None:
        """The answer, or None when an emulator should give it. `forward` asks the emulator."""
        answered = self._handle(request)
        if answered is None and self.whole:
            return not_implemented(request, "the shim")
        repair = self._repairs.get(request.operation) if answered is None else None
        if repair is None:
            return answered
        given = forward(request)
        if given.status >= 300:
            return given
        with self._lock:
            return repair(request, given)

    def _handle(self, request: Request) -> Response | None:
        for pattern, handler in self._handlers:
            match = pattern.fullmatch(request.operation)
            if match is None:
                continue
            try:
                named = {name: unquote(value) for name, value in match.groupdict().items()}
                with self._lock:
                    result = handler(request, {**_query(request), **request.json(), **named})
            except ShimError as refusal:
                return error_response(request, refusal.status, refusal.code, str(refusal))
            except (KeyError, ValueError) as problem:
                return error_response(request, 400, "ValidationException", f"missing or unreadable: {problem}")
            return None if result is None else json_response(result)
        return None


class Tags:
    """Tags by ARN; only ARNs that were created here have any."""

    def __init__(self) -> None:
        self._by_arn: dict[str, dict[str, str]] = {}

    def create(self, arn: str, tags: Mapping[str, str]) -> None:
        """Keep the tags of a new resource."""
        self._by_arn[arn] = dict(tags)

    def forget(self, arn: str) -> None:
        """Drop the tags of a deleted resource."""
        self._by_arn.pop(arn, None)

    def items(self) -> ItemsView[str, dict[str, str]]:
        """All ARNs with their tags."""
        return self._by_arn.items()

    def of(self, arn: str) -> dict[str, str]:
        """The tags, to read or to change; raises ShimError where nothing has this ARN."""
        if arn not in self._by_arn:
            raise ShimError("ResourceNotFoundException", f"nothing has the ARN {arn}", 404)
        return self._by_arn[arn]


def tag_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the list of Key and Value that some services use."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def tags_from_pairs(tags: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags from a list of Key and Value; services write these two with capitals."""
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def _pattern(name: str) -> re.Pattern[str]:
    """The path template of a service model as a pattern. An ARN in a path may hold slashes."""
    escaped = re.escape(name).replace(r"\{", "{").replace(r"\}", "}").replace(r"\ ", " ")
    return re.compile(re.sub(r"\{(\w*[aA]rn)\}", r"(?P<\1>.+)", escaped).replace("{", "(?P<").replace("}", ">[^/]+)"))


def _query(request: Request) -> Item:
    query = parse_qs(urlsplit(request.path).query)
    return {name: values if len(values) > 1 else values[0] for name, values in query.items()}
