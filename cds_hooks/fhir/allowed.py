"""
Which FHIR servers may be contacted: a request names the server, and must not lead us anywhere.

Only what the configuration lists is allowed; without a list, on loopback, `http://127.0.0.1` on any
port. A server is told by its base URL, or by an origin for all bases below it.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


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


def address(url: str) -> Address | None:
    """Where an absolute http(s) URL leads; None if it is none, or holds a password or `..`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.hostname is None or port is None or "@" in parts.netloc or "\\" in url:
        return None
    segments = tuple(one for one in parts.path.split("/") if one)
    if any(one in (".", "..") or "%2e" in one.casefold() for one in segments):
        return None
    return Address(parts.scheme, parts.hostname.casefold().rstrip("."), port, segments)


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
            and (own.scheme, own.host) == (asked.scheme, asked.host)
            and (self.any_port or own.port == asked.port)
            and asked.path[: len(own.path)] == own.path
        )


# Without a configuration, where only this machine can call.
LOOPBACK = (AllowedServer("http://127.0.0.1", any_port=True, allow_http=True, private=True),)


def find(url: str, servers: Sequence[AllowedServer]) -> AllowedServer | None:
    """The entry that allows a URL; the most special one where several do."""
    asked = address(url)
    if asked is None:
        return None
    fitting = [one for one in servers if one.holds(asked)]
    return max(fitting, key=lambda one: len(one.base), default=None)


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the internet: not of this machine, network or a link."""
    try:
        found = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
