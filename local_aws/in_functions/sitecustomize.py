"""Loaded by every function that ministack runs: names of what is deployed lead to the data plane.

These are load balancers, distributions of CloudFront, and the site that a probe is told to ask. Such a name resolves
nowhere here, or must not. So it gets an address of its own in a range that nobody routes (RFC 2544), and a
connection to that is one to the data plane, which is told who asks for what (local_aws/traffic/inside). It runs in the
emulators' Python, in the function's process: standard library only. Sockets that don't block aren't led.
"""

from __future__ import annotations

import json
import os
import socket
from typing import Any

_DOOR = os.environ.get("LOCAL_AWS_INSIDE_DOOR", "")
_FUNCTION = os.environ.get("_LAMBDA_FUNCTION_ARN", "")
_DEPLOYED = (".elb.amazonaws.com", ".cloudfront.net")
# The variable of a probe, whose host may be any name (constructs_lib/observability/probe_lambda).
_PROBE = os.environ.get("PROBE", "")
_LOOPBACK = "127.0.0.1"
_LET_IN = b"+"
_REFUSED = b"r"


def _sites(told: str) -> tuple[str, ...]:
    """The names of sites that this function is told to ask."""
    try:
        return (str(json.loads(told)["host"]).lower(),)
    except (ValueError, KeyError, TypeError):
        return ()


def _is_led(name: str, sites: tuple[str, ...]) -> bool:
    return name.endswith(_DEPLOYED) or name in sites


def _lead(door: int, function: str) -> None:
    """Replace how this process looks up names and connects."""
    names: dict[str, str] = {}
    sites = _sites(_PROBE)
    look_up, connect = socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host: Any, port: Any, *given: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and _is_led(name.lower().rstrip("."), sites):
            known = next((address for address, kept in names.items() if kept == name), None)
            host = known or f"198.18.{len(names) // 250}.{len(names) % 250 + 1}"
            names[host] = name
        return look_up(host, port, *given, **named)

    def connected(self: socket.socket, address: Any) -> None:
        name = names.get(address[0]) if isinstance(address, tuple) else None
        if name is None:
            connect(self, address)
            return
        connect(self, (_LOOPBACK, door))
        self.sendall(f"{function} {name} {address[1]}\n".encode())
        said = self.recv(1)
        if said == _LET_IN:
            return
        self.close()
        if said == _REFUSED:
            raise ConnectionRefusedError(f"{name} listens on no port {address[1]}")
        raise TimeoutError(f"no way from {function} to {name}:{address[1]}")

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = connected  # type: ignore[method-assign,assignment]


if _DOOR and _FUNCTION:
    _lead(int(_DOOR), _FUNCTION)
