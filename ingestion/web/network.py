"""The ways out: names to addresses, and connections to addresses. A connection never resolves a name again."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Sequence

from ingestion.errors import Busy, PageFailed

from .addresses import AddressRules, Target
from .deadlines import Deadline

# Names with more addresses than that have them for load, not because some are away.
MOST_ADDRESSES_TRIED = 4
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Network:
    """DNS and TCP of this machine."""

    def resolve(self, host: str, port: int, seconds: float) -> Sequence[str]:
        """IP addresses of a name, in the order in which they are to be tried.

        Raises PageFailed `unknown_host` or `too_slow`, Busy `unreachable`.
        """
        # getaddrinfo has no time-out of its own; a daemon thread is left behind until the resolver gives up.
        answers: queue.Queue[Sequence[str] | OSError] = queue.Queue()
        threading.Thread(target=_resolve, args=(host, port, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            raise PageFailed("too_slow") from None
        if isinstance(answer, socket.gaierror) and answer.errno in _UNKNOWN:
            raise PageFailed("unknown_host")
        if isinstance(answer, OSError):
            raise Busy("unreachable")
        return answer

    def connect(self, ip: str, port: int, seconds: float) -> socket.socket:
        """A connection to an IP address; raises OSError."""
        return socket.create_connection((ip, port), timeout=seconds)


def _resolve(host: str, port: int, answers: queue.Queue[Sequence[str] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(tuple(dict.fromkeys(str(address[0]) for *_, address in found)))
    except (OSError, UnicodeError) as error:
        answers.put(error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, "not a name"))


def open_connection(
    target: Target, *, rules: AddressRules, network: Network, tls: ssl.SSLContext, deadline: Deadline
) -> socket.socket:
    """Resolve once, judge every address, connect to one that was judged; TLS asks for the name, not the address.

    Raises PageFailed `address_refused`, `unknown_host`, `tls` or `too_slow`, Busy `unreachable`.
    """
    rules.check_target(target)
    ips = network.resolve(target.host, target.port, deadline.left())
    rules.check_resolved(target, ips)
    connection = _connect(ips, target.port, network, deadline)
    if target.scheme == "http":
        return connection
    try:
        connection.settimeout(deadline.left())
        return tls.wrap_socket(connection, server_hostname=target.host)
    except BaseException as error:
        connection.close()
        if isinstance(error, ssl.SSLCertVerificationError):
            raise PageFailed("tls") from None
        if isinstance(error, TimeoutError):
            raise PageFailed("too_slow") from None
        if isinstance(error, OSError):
            raise Busy("unreachable") from None
        raise


def _connect(ips: Sequence[str], port: int, network: Network, deadline: Deadline) -> socket.socket:
    tried = ips[:MOST_ADDRESSES_TRIED]
    for left, ip in zip(range(len(tried), 0, -1), tried, strict=True):
        # An address that doesn't answer leaves time for the next.
        try:
            return network.connect(ip, port, deadline.left() / left)
        except OSError:
            continue
    deadline.left()
    raise Busy("unreachable")
