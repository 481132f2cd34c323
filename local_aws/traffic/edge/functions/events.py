"""Requests and answers as functions see them.

Source: CloudFront guide, "CloudFront Functions event structure" and "Restrictions on edge functions".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from local_aws.traffic.edge.distributions import Distribution
from local_aws.traffic.edge.paths import split_query, with_query
from local_aws.traffic.hops import Answer, Ask, whole

Plain = dict[str, Any]
# Headers that a function may read and not change.
_READ_ONLY = {"viewer-request": ("content-length", "host", "transfer-encoding", "via"), "viewer-response": ("via",)}


class InvalidResultError(Exception):
    """A function's result that CloudFront refuses."""


def event(kind: str, ask: Ask, distribution: Distribution, request_id: str, answer: Answer | None = None) -> Plain:
    """The event of a function."""
    made: Plain = {
        "version": "1.0",
        "context": {
            "distributionDomainName": distribution.domain,
            "distributionId": distribution.id,
            "eventType": kind,
            "requestId": request_id,
        },
        "viewer": {"ip": ask.client},
        "request": _request(ask),
    }
    if answer is not None:
        headers = [each for each in answer.headers if each[0].lower() != "set-cookie"]
        made["response"] = {"statusCode": answer.status, "headers": _many(_lower(headers)), "cookies": {}}
        cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
        made["response"]["cookies"] = _many(_set_cookies(cookies), attributes=True)
    return made


def _request(ask: Ask) -> Plain:
    path, query = split_query(ask.path)
    pairs = ((name, value) for name, _, value in (each.partition("=") for each in query.split("&") if each))
    cookies = (value for name, value in ask.headers if name.lower() == "cookie")
    jar = (each.strip().partition("=") for line in cookies for each in line.split(";") if each.strip())
    return {
        "method": ask.method,
        "uri": path,
        "querystring": _many((name, {"value": value}) for name, value in pairs),
        "headers": _many(_lower(each for each in ask.headers if each[0].lower() != "cookie")),
        "cookies": _many((name, {"value": value}) for name, _, value in jar),
    }


def _lower(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Plain]]:
    return ((name.lower(), {"value": value}) for name, value in headers)


def _set_cookies(values: Iterable[str]) -> Iterator[tuple[str, Plain]]:
    for each in values:
        pair, _, attributes = each.partition(";")
        name, _, value = pair.strip().partition("=")
        yield name, {"value": value, "attributes": attributes.strip()}


def _many(pairs: Iterable[tuple[str, Plain]], *, attributes: bool = False) -> Plain:
    """Values by name; those of a name that comes again are in its `multiValue`."""
    found: Plain = {}
    for name, value in pairs:
        if name in found:
            first = {key: part for key, part in found[name].items() if key != "multiValue"}
            found[name].setdefault("multiValue", [first]).append(value)
        else:
            found[name] = dict(value)
    return found


def _each(values: Any) -> Iterator[tuple[str, Plain]]:
    """All values again, one after the other."""
    if not isinstance(values, Mapping):
        raise InvalidResultError("headers, cookies and query strings are objects")
    for name, value in values.items():
        parts = value.get("multiValue") or [value] if isinstance(value, Mapping) else [None]
        for part in parts:
            if not isinstance(part, Mapping) or not isinstance(part.get("value", ""), str):
                raise InvalidResultError(f"{name} isn't an object with a text as its value")
            yield name, dict(part)


def changed_request(ask: Ask, result: Plain) -> Ask:
    """The request that a function returned.

    Raises:
        InvalidResultError: it changes what it may not, or isn't a request.
    """
    path = result.get("uri")
    if not isinstance(path, str) or not path.startswith("/"):
        raise InvalidResultError("a request's uri starts with a slash")
    if result.get("method", ask.method) != ask.method:
        raise InvalidResultError("a function can't change the method")
    headers = [(name, part.get("value", "")) for name, part in _each(result.get("headers", {}))]
    _check(ask.headers, headers, "viewer-request")
    cookies = "; ".join(f"{name}={part.get('value', '')}" for name, part in _each(result.get("cookies", {})))
    query = "&".join(_pair(name, part.get("value", "")) for name, part in _each(result.get("querystring", {})))
    sent = {name.lower(): name for name, _ in ask.headers}
    kept = [(sent.get(name, name), value) for name, value in headers]
    return replace(ask, path=with_query(path, query), headers=(*kept, *((("Cookie", cookies),) if cookies else ())))


def _pair(name: str, value: str) -> str:
    return f"{name}={value}" if value else name


def _check(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]], kind: str) -> None:
    old, new = (sorted((n.lower(), v) for n, v in each if n.lower() in _READ_ONLY[kind]) for each in (before, after))
    if old != new:
        raise InvalidResultError(f"a function can't change {', '.join(_READ_ONLY[kind])}")


def made_answer(result: Plain, before: Answer | None = None) -> Answer:
    """The answer that a function returned: its own, or `before` with changes.

    Raises:
        InvalidResultError: it isn't an answer.
    """
    status = result.get("statusCode")
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise InvalidResultError("an answer's statusCode is a number of HTTP")
    headers = [(name, part.get("value", "")) for name, part in _each(result.get("headers", {}))]
    for name, part in _each(result.get("cookies", {})):
        pair = f"{name}={part.get('value', '')}"
        headers.append(("set-cookie", "; ".join(filter(None, (pair, part.get("attributes", ""))))))
    if before is not None:
        _check(before.headers, headers, "viewer-response")
    body = result.get("body")
    if body is None and before is not None:
        return Answer(status, tuple(headers), before.body)
    content = _content(body)
    without = tuple(each for each in headers if each[0].lower() not in ("content-length", "content-encoding"))
    return Answer(status, (*without, ("content-length", str(len(content)))), whole(content))


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, Mapping) and body.get("encoding", "text") == "text":
        return str(body.get("data", "")).encode()
    raise InvalidResultError("a body is a text, or an object with one")
