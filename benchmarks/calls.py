"""Calls over one connection, with as little work of their own as can be."""

import http.client
from typing import Final
from urllib.parse import urlsplit

TIMEOUT: Final = 30


class Connection:
    """One connection that stays open."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)

    def send(self, method: str, path: str, body: bytes | None = None, expected: int = 200) -> bytes:
        """What comes; another status than the expected ends the run."""
        self._http.request(method, path, body, {"Content-Type": "application/json"})
        response = self._http.getresponse()
        content = response.read()
        if response.status != expected:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
        return content
