"""Addresses: their one spelling, and which of them lead to the public web."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from ingestion.errors import PageFailed

DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_CHARACTERS = 2048
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_KEPT = "/:@!$&'()*+,;=-._~%"

# IANA's special-purpose registries (RFC 6890 and what followed), multicast, and anycast addresses of relays.
_REFUSED_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; AWS uses it inside, too
        "127.0.0.0/8",  # a function's runtime API
        "169.254.0.0/16",  # metadata and credentials of AWS
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 nothing else is routed. Outside are loopback, ULA, link-local, multicast, IPv4-mapped and -compatible forms,
# and NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


@dataclass(frozen=True)
class Target:
    """An address in its one spelling: lower-case host, no fragment, no default port, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port, as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What robots.txt speaks for: scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def address(self) -> str:
        return self.origin + self.path


def parse(address: str) -> Target:
    """Read an address. Raises PageFailed `address_refused` for what isn't http(s)://host[:port]/path."""
    try:
        if len(address) > MOST_CHARACTERS:
            raise ValueError("too long")
        parts = urlsplit(address.strip())
        scheme, port = parts.scheme.lower(), parts.port
        if scheme not in DEFAULT_PORTS or "@" in parts.netloc:
            raise ValueError("scheme or user name")
        host = _host(parts.hostname or "")
        path = _path(parts.path) + (f"?{_encoded(parts.query, '?')}" if parts.query else "")
    except ValueError:
        raise PageFailed("address_refused") from None
    return Target(scheme, host, DEFAULT_PORTS[scheme] if port is None else port, path)


def page_address(address: str, *, keep_query: bool) -> str:
    """The address that a page is known by, and fetched from. Raises PageFailed as `parse` does."""
    target = parse(address)
    path = target.path if keep_query else target.path.partition("?")[0]
    return target.origin + path


def page_id(address: str) -> str:
    """Name of a page in keys and ledger: 32 hexadecimal characters of its `page_address`."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def join(base: str, reference: str) -> str:
    """Where a reference in the page at `base` leads. Raises PageFailed `address_refused` for what can't be joined."""
    try:
        return urljoin(base, reference.strip())
    except ValueError:
        raise PageFailed("address_refused") from None


def is_public(ip: str) -> bool:
    """Whether an IP address, as a resolver gives it, is one of the public internet. What can't be read isn't."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    # A zone ("%eth0") names an interface of this machine.
    if address.scope_id is not None or address not in _PUBLIC_6:
        return False
    return not any(address in network for network in _REFUSED_6)


@dataclass(frozen=True)
class AddressRules:
    """Decides on addresses.

    Args:
        allowed: `HOST:PORT` on loopback that may be fetched by http although it isn't public: a demo's own site.
    """

    allowed: frozenset[str] = frozenset()

    def is_allowed(self, target: Target) -> bool:
        """Whether this very host and port are named in `allowed`."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        return target.scheme == "http" and f"{host}:{target.port}" in self.allowed

    def check_target(self, target: Target) -> None:
        """Raises PageFailed `address_refused` for a port that isn't the scheme's own."""
        if target.port != DEFAULT_PORTS[target.scheme] and not self.is_allowed(target):
            raise PageFailed("address_refused")

    def check_resolved(self, target: Target, ips: Sequence[str]) -> None:
        """Raises PageFailed `address_refused` when one of the addresses that a name has isn't public."""
        public = self.is_allowed(target) or all(is_public(ip) for ip in ips)
        if not ips or not public:
            raise PageFailed("address_refused")


def _host(host: str) -> str:
    """Lower-case ASCII name or IP address, without the brackets and the last dot."""
    if "%" in host:
        raise ValueError("zone")
    if ":" in host:
        return ipaddress.IPv6Address(host).compressed
    if not host.isascii():
        if len(host) > 253:
            raise ValueError("host")
        host = host.encode("idna").decode()
    host = host.lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        raise ValueError("host")
    return host


def _encoded(text: str, kept: str = "") -> str:
    """Percent-encode what has to be, decode what needn't be, spell the rest in capitals (RFC 3986, 6.2.2)."""

    def respell(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else found[0].upper()

    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return re.sub(r"%([0-9A-Fa-f]{2})", respell, quote(text, safe=_KEPT + kept))


def _path(path: str) -> str:
    """An absolute path without `.` and `..`."""
    kept: list[str] = []
    segments = _encoded(path).split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
