"""Answers of the load balancer itself: error pages, redirects and fixed responses."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from local_aws.traffic.balancer.conditions import UnknownError, host_of
from local_aws.traffic.balancer.deployed import Item, Listener, LoadBalancer
from local_aws.traffic.hops import Answer, Ask, page

SERVER = "awselb/2.0"
# Status of a request whose X-Forwarded-For names more than 30 addresses (ELB guide, "Troubleshoot").
TOO_MANY_FORWARDERS = 463


def error(status: int, said: str = "") -> Answer:
    """An error page of the load balancer; `said` replaces the status's own words."""
    title = f"{status} {said or _phrase(status)}"
    return _signed(page(status, _html(title), "text/html"))


def unknown(what: str) -> Answer:
    """The answer where something deployed isn't known here: never one of ELB's."""
    return page(501, f"Not known to the emulated load balancer: {what}\n", "text/plain; charset=utf-8")


def redirect(action: Item, balancer: LoadBalancer, listener: Listener, ask: Ask) -> Answer:
    """The answer of a redirect action; parts that it doesn't change keep the request's value."""
    settings = action["RedirectConfig"]
    path, _, query = ask.path.partition("?")
    kept = {
        "#{protocol}": listener.protocol.lower(),
        "#{host}": host_of(ask) or balancer.dns_name,
        "#{port}": str(listener.port),
        "#{path}": path.removeprefix("/"),
        "#{query}": query,
    }
    protocol = _filled(settings.get("Protocol", "#{protocol}"), kept).lower()
    host = _filled(settings.get("Host", "#{host}"), kept)
    port = _filled(settings.get("Port", "#{port}"), kept)
    address = f"{protocol}://{host}:{port}{_filled(settings.get('Path', '/#{path}'), kept)}"
    if asked := _filled(settings.get("Query", "#{query}"), kept):
        address += f"?{asked}"
    status = int(settings["StatusCode"].removeprefix("HTTP_"))
    answer = page(status, _html(f"{status} {_phrase(status)}"), "text/html")
    return _signed(replace(answer, headers=(*answer.headers, ("location", address))))


def fixed_response(action: Item) -> Answer:
    """The answer of a fixed-response action."""
    settings = action["FixedResponseConfig"]
    answer = page(
        int(settings["StatusCode"]), settings.get("MessageBody", ""), settings.get("ContentType", "text/plain")
    )
    return _signed(answer)


def only_terminal(actions: tuple[Item, ...]) -> Item:
    """The one action of a rule. Raises UnknownError where others come before it: they would log a user in."""
    others = [each["Type"] for each in actions if each["Type"] not in ("forward", "redirect", "fixed-response")]
    if others or len(actions) != 1:
        raise UnknownError(f"actions {', '.join(others) or 'of several types'}")
    return actions[0]


def _filled(text: str, kept: dict[str, str]) -> str:
    for name, value in kept.items():
        text = text.replace(name, value)
    return text


def _html(title: str) -> str:
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _signed(answer: Answer) -> Answer:
    return replace(answer, headers=(("server", SERVER), *answer.headers))
