"""
The FHIR servers that may be read, each with slots of its own; one that keeps failing is left alone.

A server that hangs takes only its own slots; calls that need another, or none, do not wait for it.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import requests

from cds_hooks.fhir import allowed, connections
from cds_hooks.fhir.allowed import AllowedServer

_SLOTS: Final = 32  # queries under way at one server
_FAILURES: Final = 5  # in a row, before a server is left alone
_REST_SECONDS: Final = 30
_MOST_READY: Final = 64  # ports of one entry beyond that share


@dataclass(slots=True)
class Breaker:
    """Counts failures in a row; open: the server is left alone for a while, then tried once."""

    _failures: int = 0
    _open_until: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lets_through(self) -> bool:
        """Whether a call may go out now."""
        with self._lock:
            if self._failures < _FAILURES:
                return True
            if time.monotonic() < self._open_until:
                return False
            self._open_until = time.monotonic() + _REST_SECONDS  # one tries, the others wait
            return True

    def told(self, *, is_failure: bool) -> None:
        """
        How a round of queries ended.

        A failure: no connection, no answer in time, or nothing but 5xx. A refusal (4xx) is none.
        """
        with self._lock:
            self._failures = self._failures + 1 if is_failure else 0
            if self._failures >= _FAILURES:
                self._open_until = time.monotonic() + _REST_SECONDS


@dataclass(slots=True)
class Server:
    """One entry of the configuration, ready to be called."""

    entry: AllowedServer
    session: requests.Session
    slots: ThreadPoolExecutor
    breaker: Breaker = field(default_factory=Breaker)


class Servers:
    """All that are allowed; each is made ready when it is first named."""

    def __init__(self, entries: Sequence[AllowedServer], proxy: str | None = None) -> None:
        self._entries = tuple(entries)
        self._proxies = {} if proxy is None else {"http": proxy, "https": proxy}
        self._ready: dict[tuple[AllowedServer, int], Server] = {}
        self._lock = threading.Lock()

    def find(self, url: str) -> Server | None:
        """The server that a request names, if it is allowed; each port is a server of its own."""
        entry, asked = allowed.find(url, self._entries), allowed.address(url)
        if entry is None or asked is None:
            return None
        with self._lock:
            key = (entry, asked.port)
            if key not in self._ready and len(self._ready) >= _MOST_READY:
                key = (entry, 0)
            if key not in self._ready:
                self._ready[key] = Server(
                    entry,
                    connections.session(entry, _SLOTS, self._proxies),
                    ThreadPoolExecutor(_SLOTS, thread_name_prefix="fhir"),
                )
            return self._ready[key]

    def close(self) -> None:
        """The service stops."""
        with self._lock:
            for server in self._ready.values():
                server.slots.shutdown(wait=False, cancel_futures=True)
                server.session.close()
