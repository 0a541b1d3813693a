"""
Connections to FHIR servers: pooled, without proxy variables of the machine, to vetted addresses.

The address is looked at once the connection stands and before a byte is sent, so that a name which
leads elsewhere the second time it is looked up (DNS rebinding) gains nothing. A connection knows
for which call it works: that call may refuse at the last moment, and can cut it.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.poolmanager import PoolManager

from cds_hooks.fhir.allowed import AllowedServer, is_public

ACCEPT = "application/fhir+json, application/json;q=0.9, application/json+fhir;q=0.8"


class AddressRefused(OSError):
    """The name leads to an address inside a network that is not listed as private."""


class Call(Protocol):
    """On whose behalf something is sent."""

    def goes_out(self, line: "Line") -> None:
        """Something is about to be sent; an OSError keeps it back."""


_at_work: Final = threading.local()
_owners: Final = threading.Lock()


@contextmanager
def on_behalf_of(call: Call) -> Iterator[None]:
    """What this thread sends, it sends for this call."""
    _at_work.call = call
    try:
        yield
    finally:
        _at_work.call = None


class Line(HTTPConnection):
    """A connection that belongs to one call at a time."""

    _owner: Call | None = None
    _wire: socket.socket | None = None

    def request(self, *args: Any, **more: Any) -> None:
        """Connect, which may take long, and only then ask whether this may still go out."""
        if self.sock is None:
            self.connect()
        call: Call | None = getattr(_at_work, "call", None)
        with _owners:
            self._owner, self._wire = call, self.sock
        if call is not None:
            call.goes_out(self)
        super().request(*args, **more)

    def let_go(self, call: Call) -> None:
        """The call is done with it; another may have it already."""
        with _owners:
            if self._owner is call:
                self._owner = self._wire = None

    def cut(self, call: Call) -> None:
        """End what is under way, unless the connection works for another call by now."""
        with _owners:
            if self._owner is call and self._wire is not None:
                with suppress(OSError, ValueError):
                    self._wire.shutdown(socket.SHUT_RDWR)


class _SecureLine(Line, HTTPSConnection):
    pass


def _vetted(sock: socket.socket) -> socket.socket:
    peer: str = sock.getpeername()[0]
    if not is_public(peer):
        sock.close()
        raise AddressRefused("the name leads to an address that is not public")
    return sock


class _PublicLine(Line):
    def _new_conn(self) -> socket.socket:
        return _vetted(super()._new_conn())


class _PublicSecureLine(_SecureLine):
    def _new_conn(self) -> socket.socket:
        return _vetted(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = Line


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureLine


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicLine


class _PublicSecurePool(HTTPSConnectionPool):
    ConnectionCls = _PublicSecureLine


_ANYWHERE: Final = {"http": _Pool, "https": _SecurePool}
_PUBLIC: Final = {"http": _PublicPool, "https": _PublicSecurePool}


class _Adapter(HTTPAdapter):
    """Keeps as many connections as calls may be under way; no retries of its own."""

    def __init__(self, size: int, *, is_private: bool) -> None:
        self._pools = _ANYWHERE if is_private else _PUBLIC
        super().__init__(pool_connections=4, pool_maxsize=size, max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Pools of our connections."""
        super().init_poolmanager(*args, **more)
        self._use_ours(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **more: Any) -> PoolManager:
        """Pools of our connections, through a proxy."""
        return self._use_ours(super().proxy_manager_for(*args, **more))

    def _use_ours(self, manager: PoolManager) -> PoolManager:
        manager.pool_classes_by_scheme = dict(self._pools)
        return manager


def get(
    session: requests.Session, url: str, token: str | None, seconds: float
) -> requests.Response:
    """
    A GET whose body is still to come; no redirect is followed.

    Goes to the adapter at once: a Session would look for cookies, a `.netrc` and a proxy of the
    environment anew for each query, which costs as much as the rest of it.
    """
    headers = {**session.headers}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    asked = requests.Request("GET", url, headers).prepare()
    response = session.get_adapter(url).send(
        asked,
        stream=True,
        timeout=seconds,
        verify=True if session.verify is None else session.verify,
        proxies=session.proxies,
    )
    for told in session.hooks["response"]:
        told(response)
    return response


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
    made.headers.update({"Accept": ACCEPT, "Accept-Encoding": "gzip", "User-Agent": "il2-advisor"})
    made.headers["Cache-Control"] = "no-cache"  # HAPI answers a search from its last for a minute
    # calls for several users share the session: a cookie of one must not go out with another
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.adapters.clear()
    adapter = _Adapter(size, is_private=server.private or bool(proxies))
    for scheme in ("https://", *(["http://"] if server.allow_http else [])):
        made.mount(scheme, adapter)
    return made
