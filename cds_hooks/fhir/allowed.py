"""
Which FHIR servers may be contacted: a request names the server, and must not lead us anywhere.

Only what the configuration lists is allowed; without a list, on loopback, `http://127.0.0.1` on any
port. A server is told by its base URL, or by an origin for all bases below it.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cds_hooks.settings import FhirServer

_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: scheme, host, port, and the path as its segments."""

    scheme: str
    host: str
    port: int
    path: tuple[str, ...]

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a token must not leave."""
        return (self.scheme, self.host, self.port)


# What some servers read as a step up or as a further slash, however it is written.
_STEPS = ("%2e", "%2f", "%5c", "%25")


def address(url: str) -> Address | None:
    """
    Where an absolute http(s) URL leads; None if it is none, or can be read in more than one way.

    Such are a password, `..` in any spelling, a backslash, a sign that does not print, and a host
    in letters beyond ASCII (its punycode is taken).
    """
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or not port:
        return None
    if "@" in parts.netloc or "\\" in url or not parts.netloc.isascii() or not url.isprintable():
        return None
    segments = tuple(one for one in parts.path.split("/") if one)
    if any(_may_step_up(one.casefold()) for one in segments):
        return None
    return Address(parts.scheme, parts.hostname.rstrip("."), port, segments)


def _may_step_up(segment: str) -> bool:
    # ";" begins a parameter that some servers drop before they look at the segment
    return segment.partition(";")[0] in (".", "..") or any(one in segment for one in _STEPS)


@dataclass(frozen=True, slots=True)
class AllowedServer:
    """One entry of the configuration."""

    base: str
    any_port: bool = False
    allow_http: bool = False
    private: bool = False
    ca_file: str | None = None

    def holds(self, asked: Address) -> bool:
        """Whether an address is this server's, or below it."""
        own = address(self.base)
        return (
            own is not None
            and (own.scheme == "https" or self.allow_http)
            and (own.scheme, own.host) == (asked.scheme, asked.host)
            and (self.any_port or own.port == asked.port)
            and asked.path[: len(own.path)] == own.path
        )


def listed(told: Iterable[FhirServer]) -> tuple[AllowedServer, ...]:
    """The entries of a configuration."""
    return tuple(AllowedServer(**one.model_dump()) for one in told)


# Without a configuration, where only this machine can call.
LOOPBACK = (AllowedServer("http://127.0.0.1", any_port=True, allow_http=True, private=True),)


def find(url: str, servers: Sequence[AllowedServer]) -> AllowedServer | None:
    """The entry that allows a base URL; the most special one where several do."""
    asked = address(url)
    if asked is None or "?" in url or "#" in url:
        return None
    fitting = [one for one in servers if one.holds(asked)]
    return max(fitting, key=lambda one: len(one.base), default=None)


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the internet: not of this machine, network or a link."""
    try:
        found = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inside = ipaddress.IPv4Address(found.packed[-4:])
        found = inside or found
    return found.is_global and not found.is_multicast
