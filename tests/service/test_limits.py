"""How much is taken at once and how slowly, under which name, and how the service stops."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from cds_hooks import hosts
from tests.service.running import JSON, SERVICE, TIMEOUT, Server, request_of, serving

BODY = json.dumps(request_of()).encode()


def outcome(answer: requests.Response, status: int, code: str) -> str:
    """What a refusal says."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/fhir+json"
    (issue,) = answer.json()["issue"]
    assert issue["code"] == code
    said: str = issue["diagnostics"]
    return said


@contextmanager
def half_sent(server: Server, sent: int = len(BODY) // 2) -> Iterator[socket.socket]:
    """A call whose body has come in part."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = (
        f"POST {SERVICE} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        connection.sendall(head.encode() + BODY[:sent])
        yield connection


def the_rest(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of the answer that ends the connection."""
    received = b""
    while part := connection.recv(65536):
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def wait_until(server: Server, status: int) -> None:
    """Until readiness has this status: what was sent has reached the service."""
    give_up = time.monotonic() + TIMEOUT
    while server.get("/health/ready").status_code != status:
        assert time.monotonic() < give_up


def test_calls_beyond_the_limit_hear_when_to_come_again() -> None:
    """HTP-3, HTP-4."""
    with serving("--port", "0", IL2_ADVISOR_SERVER__MAX_CONCURRENT="2") as (server, _):
        assert server.get("/health/ready").json()["status"] == "ready"
        with half_sent(server) as one, half_sent(server) as other:
            wait_until(server, 503)
            for answer in (server.post(BODY), server.get("/health/ready")):
                assert "2 calls are in hand" in outcome(answer, 503, "throttled")
                assert answer.headers["retry-after"] == "1"
            # what is no call of the service is answered all the same
            assert server.get("/health/live").json() == {"status": "live"}
            assert server.get("/cds-services").status_code == 200
            for connection in (one, other):
                connection.sendall(BODY[len(BODY) // 2 :])
                status, body = the_rest(connection)
                assert (status, len(json.loads(body)["cards"])) == (200, 1)
        wait_until(server, 200)
        assert server.post(BODY).status_code == 200


def test_calls_that_end_badly_leave_their_place(server: Server) -> None:
    """A place that is never given back would close the service after 64 broken calls."""
    for number in range(80):
        with half_sent(server, number):
            pass
        assert server.post(b"{").status_code == 400
    assert server.post(BODY).status_code == 200


def test_a_body_that_does_not_come_is_408_and_gives_its_place_back() -> None:
    """HTP-3, HTP-4."""
    limits = {"IL2_ADVISOR_SERVER__BODY_SECONDS": "1", "IL2_ADVISOR_SERVER__MAX_CONCURRENT": "1"}
    with serving("--port", "0", **limits) as (server, _):
        with half_sent(server) as connection:
            status, body = the_rest(connection)
        assert status == 408
        (issue,) = json.loads(body)["issue"]
        assert issue["code"] == "timeout"
        assert "within 1 seconds" in issue["diagnostics"]
        assert server.post(BODY).status_code == 200
        assert '"status": 408' in server.log()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "GZIP"])
def test_a_compressed_body_is_not_unpacked(server: Server, coding: str) -> None:
    answer = server.post(BODY, **{"Content-Encoding": coding})
    assert "not compressed" in outcome(answer, 415, "not-supported")
    assert server.post(BODY, **{"Content-Encoding": "identity"}).status_code == 200


# --- Under which name -------------------------------------------------------------------------

LOOPBACK = frozenset({"127.0.0.1"})
PUBLIC = frozenset({"0.0.0.0", "cds.example.org"})  # noqa: S104 - where a container listens


@pytest.mark.parametrize(
    ("header", "names", "is_ours"),
    [
        ("127.0.0.1:8000", LOOPBACK, True),
        ("localhost:8000", LOOPBACK, True),
        ("advisor.localhost", LOOPBACK, True),
        ("[::1]:8000", LOOPBACK, True),
        ("10.0.0.5", LOOPBACK, True),  # an address is never a false name
        ("advisor:8000", PUBLIC, True),  # a container of the same network
        ("cds.example.org", PUBLIC, True),
        ("CDS.example.org.:443", PUBLIC, True),
        ("evil.example", LOOPBACK, False),
        ("evil.example:8000", PUBLIC, False),
        ("cds.example.org.evil.example", PUBLIC, False),
        ("127.0.0.1.evil.example", LOOPBACK, False),
        ("evil.example", None, True),  # nothing tells what the name should be
        ("evil example", None, False),
        ("user@127.0.0.1", None, False),
        ("127.0.0.1:99999999", None, False),
        ("[::1", None, False),
        ("", None, False),
        ("a/b", None, False),
    ],
)
def test_whether_a_host_is_ours(header: str, names: frozenset[str] | None, is_ours: bool) -> None:
    assert hosts.is_ours(header, names) is is_ours


@pytest.mark.parametrize("path", ["/cds-services", "/health/live", "/metrics", "/rulebook", "/no"])
def test_a_page_of_another_site_that_was_led_here_is_refused(server: Server, path: str) -> None:
    answer = server.call("GET", path, headers={"Host": "evil.example"})
    if path == "/no":
        assert answer.status_code == 404
    else:
        assert "Host header" in outcome(answer, 400, "invalid")
    assert "evil" not in answer.text


def test_with_a_public_url_its_name_is_taken_and_no_other() -> None:
    public = "https://cds.example.org/il2"
    with serving("--port", "0", "--public-url", public) as (server, _):
        named = {**JSON, "Host": "cds.example.org"}
        assert server.call("POST", SERVICE, data=BODY, headers=named).status_code == 200
        foreign = {**JSON, "Host": "other.example.org"}
        answer = server.call("POST", SERVICE, data=BODY, headers=foreign)
        assert "public_url" in outcome(answer, 400, "invalid")


def test_the_origins_that_may_call_are_a_setting() -> None:
    """SEC-5, PRD-15."""
    origins = "https://ehr.example.org,https://other.example.org"
    with serving("--port", "0", IL2_ADVISOR_SERVER__CORS_ORIGINS=origins) as (server, _):
        for origin in (*origins.split(","), "https://evil.example"):
            answer = server.post(BODY, Origin=origin)
            assert answer.status_code == 200
            told = answer.headers.get("access-control-allow-origin")
            assert told == (origin if origin in origins else None)
            assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_that_is_refused_says_so_as_every_error(server: Server) -> None:
    asked = {"Origin": "https://ehr.example.org", "Access-Control-Request-Method": "DELETE"}
    answer = server.call("OPTIONS", SERVICE, headers=asked)
    assert "cors_origins" in outcome(answer, 400, "invalid")
    assert answer.headers["access-control-allow-origin"] == "*"


# --- Stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_what_is_in_hand_and_is_no_failure(
    workers: str, stop: signal.Signals
) -> None:
    with serving("--port", "0", "--workers", workers) as (server, _):
        with half_sent(server) as connection:
            wait_until_in_hand(server)
            server.process.send_signal(stop)
            wait_until_closed(server)
            connection.sendall(BODY[len(BODY) // 2 :])
            status, body = the_rest(connection)
        assert (status, len(json.loads(body)["cards"])) == (200, 1)
        assert server.process.wait(timeout=TIMEOUT) == 0
        events = [json.loads(line)["event"] for line in server.log().splitlines()]
        assert events.count("stopped") == int(workers)
        assert "Traceback" not in server.log()


def test_a_stop_does_not_wait_for_ever() -> None:
    seconds = {"IL2_ADVISOR_SERVER__SHUTDOWN_SECONDS": "1"}
    with serving("--port", "0", **seconds) as (server, _), half_sent(server):
        wait_until_in_hand(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=TIMEOUT) == 0


def wait_until_in_hand(server: Server) -> None:
    """A call made after it is answered: so the head that was sent before has been read."""
    for _ in range(20):
        assert server.post(BODY).status_code == 200


def wait_until_closed(server: Server) -> None:
    """Until nobody is taken any more."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    give_up = time.monotonic() + TIMEOUT
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return
        assert time.monotonic() < give_up
