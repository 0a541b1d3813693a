"""
Connections to FHIR servers: pooled, without proxy variables of the machine, to vetted addresses.

The address is looked at once the connection stands and before a byte is sent, so that a name which
leads elsewhere the second time it is looked up (DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager

from cds_hooks.fhir.allowed import AllowedServer, is_public

ACCEPT = "application/fhir+json, application/json;q=0.9, application/json+fhir;q=0.8"


class AddressRefused(OSError):
    """The name leads to an address inside a network that is not listed as private."""


def _vetted(sock: socket.socket) -> socket.socket:
    peer: str = sock.getpeername()[0]
    if not is_public(peer):
        sock.close()
        raise AddressRefused("the name leads to an address that is not public")
    return sock


class _PublicHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _vetted(super()._new_conn())


class _PublicHTTPS(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _vetted(super()._new_conn())


class _PublicHTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTP


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPS


class _Adapter(HTTPAdapter):
    """Keeps as many connections as calls may be under way; no retries of its own."""

    def __init__(self, size: int, *, is_private: bool) -> None:
        self._is_private = is_private
        super().__init__(pool_connections=4, pool_maxsize=size, max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Pools whose connections look where they lead."""
        super().init_poolmanager(*args, **more)
        manager: PoolManager = self.poolmanager
        if not self._is_private:
            manager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}


def session(server: AllowedServer, size: int, proxies: Mapping[str, str]) -> requests.Session:
    """
    A session for one server.

    Behind a proxy the proxy looks names up, and the address that is vetted would be its own: there
    every address is left to it.
    """
    made = requests.Session()
    made.trust_env = False  # no proxy, netrc or CA of the machine by accident
    made.proxies = dict(proxies)
    made.verify = server.ca_file or True
    made.headers["Accept"] = ACCEPT
    adapter = _Adapter(size, is_private=server.private or bool(proxies))
    for scheme in ("https://", *(["http://"] if server.allow_http else [])):
        made.mount(scheme, adapter)
    if not server.allow_http:
        made.adapters.pop("http://", None)
    return made
