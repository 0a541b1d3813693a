"""Faults that only a real socket shows: drip, hang, cut, reset; and nothing after the answer."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from cds_hooks.fhir import client, connections, search
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.bundles import Contents
from cds_hooks.fhir.client import LATE, Access
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.wire import HEAD, Behaviour, answers, drips, hangs, resets, sending, wire

QUERY = "Observation?patient=p1"
BODY = b'{"resourceType":"Bundle"}'
LENGTH = HEAD + b"Content-Length: 25\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CUT = "the connection to the FHIR server failed"


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.001)


def access(base: str, seconds: float = 0.15) -> Access:
    session = connections.session(LOOPBACK[0], 4, {})
    return Access(session, base, "t0k-3n", time.monotonic() + seconds)


@pytest.fixture
def opened() -> Iterator[list[Access]]:
    """Calls whose connections end with the test."""
    found: list[Access] = []
    yield found
    for one in found:
        one.close()
        one.session.close()


ROWS: list[tuple[str, Behaviour, str, int]] = [
    ("whole", answers(LENGTH + BODY), "", 1),
    ("whole, in chunks", answers(CHUNKED + b"19\r\n" + BODY + b"\r\n0\r\n\r\n"), "", 1),
    ("whole, to the end of the connection", answers(HEAD + b"\r\n" + BODY), "", 1),
    ("hangs", hangs, LATE.words, 1),
    ("a body that drips", drips(LENGTH + BODY + b" " * 99), LATE.words, 1),
    ("a head that drips", drips(HEAD * 4), LATE.words, 1),
    ("cut inside the body", answers(LENGTH + BODY[:9]), CUT, 3),
    ("cut inside a chunk", answers(CHUNKED + b"19\r\n" + BODY[:9]), CUT, 3),
    ("cut after nothing", answers(b""), CUT, 3),
    ("reset", resets, CUT, 3),
    ("no HTTP", answers(b"SSH-2.0-x\r\n"), CUT, 3),
    ("a length that is none", answers(HEAD + b"Content-Length: x\r\n\r\n" + BODY), "", 1),
]


@pytest.mark.parametrize(
    ("behaves", "words", "calls"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_fault_on_the_wire_is_named_in_time(
    behaves: Behaviour, words: str, calls: int, opened: list[Access]
) -> None:
    with wire(behaves) as server:
        call = access(server.base, 0.15 if words == LATE.words else 5)
        opened.append(call)
        # the answer does not wait for a thread that still reads: it closes the call
        answer = threading.Timer(0.2 if words == LATE.words else 6, call.close)
        answer.start()
        begun = time.monotonic()
        found = search.search(call, QUERY, "labs.")
        assert time.monotonic() - begun < 2
        answer.cancel()
        assert found.is_complete is (words == "")
        assert "; ".join(found.notes) == words
        assert len(server.requests) == calls


def test_what_starts_after_the_answer_does_not_go_out(opened: list[Access]) -> None:
    with wire(answers(LENGTH + BODY)) as server:
        call = access(server.base, 5)
        opened.append(call)
        call.close()
        assert call.read(QUERY) == LATE
        assert server.connections == 0


def test_what_is_still_connecting_at_the_answer_does_not_go_out(
    opened: list[Access], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stands only after the answer: not a byte is sent on it."""
    with wire(answers(LENGTH + BODY)) as server:
        call = access(server.base, 5)
        opened.append(call)
        sent = sending(monkeypatch)
        connect = socket.socket.connect

        def slowly(sock: socket.socket, where: tuple[str, int]) -> None:
            connect(sock, where)
            call.close()

        monkeypatch.setattr(socket.socket, "connect", slowly)
        assert call.read(QUERY) == LATE
    assert sent == []


def test_the_answer_cuts_off_what_is_under_way(opened: list[Access]) -> None:
    with wire(hangs) as server:
        call = access(server.base, 5)
        opened.append(call)

        def answer() -> None:
            while not server.requests:
                time.sleep(0.001)
            call.close()

        threading.Thread(target=answer).start()
        begun = time.monotonic()
        assert call.read(QUERY) == LATE
        assert time.monotonic() - begun < 1
        assert len(server.requests) == 1


def test_the_answer_of_one_call_leaves_the_connections_of_others_alone() -> None:
    """A connection that is pooled, or works for another call by now, is not cut."""
    with ehr() as server:
        server.answers[f"/fhir/{QUERY}"] = EMPTY
        session = connections.session(LOOPBACK[0], 4, {})
        for _ in range(5):
            call = Access(session, server.base, None, time.monotonic() + 5)
            assert search.search(call, QUERY, "") == Contents()
            call.close()
        assert len(server.connections) == 1
        session.close()
