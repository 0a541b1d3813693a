"""Watches what this process sends: only GETs, only to the server that was named, few at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import requests
from requests.adapters import HTTPAdapter

from cds_hooks.fhir import servers

AT_ONCE: Final = 4  # public servers are shared by many


@dataclass(slots=True)
class Watch:
    """What went out so far; anything that must not is stopped, and fails the test."""

    base: str
    sent: list[str] = field(default_factory=list)  # URLs
    most_at_once: int = 0
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Whatever `requests` sends in this process, ours too: an adapter is its last step."""
        really = HTTPAdapter.send

        def send(
            adapter: HTTPAdapter, request: requests.PreparedRequest, *told: Any, **more: Any
        ) -> requests.Response:
            self._goes_out(request.method or "", request.url or "")
            try:
                return really(adapter, request, *told, **more)
            finally:
                with self._lock:
                    self._under_way -= 1

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HTTPAdapter, "send", send)
            patch.setattr(servers, "_SLOTS", AT_ONCE)
            yield

    def _goes_out(self, method: str, url: str) -> None:
        assert method == "GET", f"a {method} was about to go out: this suite only reads"
        origin = "/".join(self.base.split("/")[:3])
        assert url.startswith(f"{origin}/"), "a request was about to go to another server"
        with self._lock:
            self.sent.append(url)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
