"""A server that misbehaves on the wire: each connection gets what a test wants it to get."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"


@dataclass
class Wire:
    """Where it is, how many connections came, the requests that were read, and when to stop."""

    base: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def reads(self, sock: socket.socket) -> bool:
        """One request, to its blank line; whether there was one."""
        found = b""
        while b"\r\n\r\n" not in found and (part := sock.recv(65536)):
            found += part
        if found:
            self.requests.append(found)
        return bool(found)


def sending(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Whatever a socket of this process sends from now on: what did not go out is not in it."""
    sent: list[bytes] = []
    really = socket.socket.sendall

    def sendall(sock: socket.socket, data: bytes) -> None:
        sent.append(bytes(data))
        really(sock, data)

    monkeypatch.setattr(socket.socket, "sendall", sendall)
    return sent


Behaviour = Callable[[Wire, socket.socket], None]


@contextmanager
def wire(behaves: Behaviour) -> Iterator[Wire]:
    """On a free port of loopback, until the end of the block."""
    told = Wire()
    listening = socket.create_server(("127.0.0.1", 0))
    told.base = f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"
    threads: list[threading.Thread] = []

    def serve(sock: socket.socket) -> None:
        with sock, suppress(OSError):
            behaves(told, sock)

    def accept() -> None:
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            told.connections += 1
            threads.append(threading.Thread(target=serve, args=(sock,)))
            threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield told
    finally:
        told.is_over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in (accepting, *threads):
            thread.join()


def hangs(told: Wire, sock: socket.socket) -> None:
    """Takes the request and says nothing."""
    told.reads(sock)
    told.is_over.wait(5)


def drips(what: bytes) -> Behaviour:
    """One byte of an answer after the other, far too slowly."""

    def behaves(told: Wire, sock: socket.socket) -> None:
        told.reads(sock)
        for number in range(len(what)):
            sock.sendall(what[number : number + 1])
            if told.is_over.wait(0.02):
                return

    return behaves


def answers(what: bytes) -> Behaviour:
    """One answer, then the connection ends."""

    def behaves(told: Wire, sock: socket.socket) -> None:
        if told.reads(sock):
            sock.sendall(what)

    return behaves


def resets(told: Wire, sock: socket.socket) -> None:
    """Takes the request and resets the connection."""
    told.reads(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
