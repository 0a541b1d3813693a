"""Bytes to a socket and back: what a well-behaved HTTP client would tidy up stays as it is."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import IO, Any, Final
from urllib.parse import urlsplit

from tests.service.running import TIMEOUT

_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0: the connection was closed without a word."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


SILENCE: Final = Answer()


class _Shared:
    """A socket whose one buffer serves several answers: HTTPResponse would take one each."""

    def __init__(self, wire: socket.socket) -> None:
        self._file = wire.makefile("rb")
        self._file.close = lambda: None  # type: ignore[method-assign] # the socket's end closes it

    def makefile(self, *_: Any) -> IO[bytes]:
        """The one buffer."""
        return self._file


def exchange(
    url: str, sent: Iterable[bytes], *, answers: int = 1, hangs_up: bool = False
) -> list[Answer]:
    """
    Send these bytes on one connection and read this many answers, or those that come.

    `hangs_up`: the client's side is closed after the last byte.
    """
    where = urlsplit(url)
    assert where.hostname
    with socket.create_connection((where.hostname, where.port or 80), timeout=TIMEOUT) as wire:
        try:
            for part in sent:
                for start in range(0, len(part), _PIECE):
                    wire.sendall(part[start : start + _PIECE])
            if hangs_up:
                wire.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it had everything
        return list(_answers(wire, answers)) or [SILENCE]


def _answers(wire: socket.socket, wanted: int) -> Iterator[Answer]:
    shared: Any = _Shared(wire)
    for _ in range(wanted):
        answer = HTTPResponse(shared)
        try:
            answer.begin()
            body = answer.read()
        except (HTTPException, ConnectionError):
            return
        headers = {name.lower(): value for name, value in answer.getheaders()}
        yield Answer(answer.status, body, headers)
