"""Which servers are contacted: by their URL, and by the address that a name leads to."""

import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cds_hooks.fhir import connections, search
from cds_hooks.fhir.allowed import LOOPBACK, AllowedServer, find, is_public
from cds_hooks.fhir.bundles import Contents
from cds_hooks.fhir.client import Access, Failure
from cds_hooks.fhir.fetch import Fetching, NotAllowed, fetcher
from cds_hooks.fhir.servers import Servers
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.wire import HEAD, answers, sending, wire

QUERY = "Observation?patient=p1"
FOUND = answers(HEAD + b'Content-Length: 25\r\n\r\n{"resourceType":"Bundle"}')

BASED = AllowedServer("https://fhir.example.org/r4")
ORIGIN = AllowedServer("https://ehr.example.org:9443", private=True)
PLAIN = AllowedServer("http://plain.example.org/fhir")  # http, and not said that it may be
OPEN = AllowedServer("http://open.example.org/fhir", allow_http=True)
SIX = AllowedServer("https://[2001:db8::7]/fhir")
LISTED = (BASED, ORIGIN, PLAIN, OPEN, SIX)

ALLOWED: list[tuple[str, AllowedServer]] = [
    ("https://fhir.example.org/r4", BASED),
    ("https://fhir.example.org/r4/", BASED),
    ("https://fhir.example.org:443/r4", BASED),
    ("HTTPS://FHIR.Example.ORG/r4", BASED),
    ("https://fhir.example.org./r4", BASED),
    ("https://fhir.example.org/r4/tenant-1", BASED),
    ("https://ehr.example.org:9443", ORIGIN),
    ("https://ehr.example.org:9443/any/thing", ORIGIN),
    ("http://open.example.org/fhir", OPEN),
    ("http://open.example.org:80/fhir", OPEN),
    ("https://[2001:db8::7]/fhir", SIX),
]

REFUSED = [
    "https://fhir.example.org",  # above the base
    "https://fhir.example.org/R4",  # paths have case
    "https://fhir.example.org/r4x",
    "https://fhir.example.org/r",
    "https://fhir.example.org/x/r4",
    "https://fhir.example.org.evil/r4",
    "https://evil.fhir.example.org/r4",
    "https://fhir.example.orgevil/r4",
    "https://fhir-example.org/r4",
    "http://fhir.example.org/r4",  # listed by https
    "https://fhir.example.org:8443/r4",
    "https://fhir.example.org:0/r4",
    "https://fhir.example.org:99999/r4",
    "https://fhir.example.org:x/r4",
    "https://fhir.example.org@evil.example/r4",
    "https://user@fhir.example.org/r4",
    "https://user:word@fhir.example.org/r4",
    "https://evil.example#@fhir.example.org/r4",
    "https://evil.example\\@fhir.example.org/r4",
    "https://fhir.example.org\\.evil/r4",
    "https://fhir.example.org/r4\\..\\admin",
    "https://fhir.example.org/r4/../admin",
    "https://fhir.example.org/r4/./x",
    "https://fhir.example.org/r4/%2e%2e/admin",
    "https://fhir.example.org/r4/.%2E/admin",
    "https://fhir.example.org/r4/%252e%252e/admin",
    "https://fhir.example.org/r4/..;x/admin",
    "https://fhir.example.org/r4/..%2fadmin",
    "https://fhir.example.org/r4/..%5Cadmin",
    "https://fhir.example.org/r4?x=y",
    "https://fhir.example.org/r4#x",
    "https://fhir.example.org/r4\n",
    "https://fhir.exam\tple.org/r4",
    "https://ﬁhir.example.org/r4",  # a ligature
    "https://fhir.example。org/r4",
    "https:///r4",
    "https:fhir.example.org/r4",
    "//fhir.example.org/r4",
    "fhir.example.org/r4",
    "ftp://fhir.example.org/r4",
    "file:///r4",
    "",
    "https://ehr.example.org",
    "https://ehr.example.org:9444",
    "http://ehr.example.org:9443",
    "http://plain.example.org/fhir",
    "https://open.example.org/fhir",
    "https://[2001:db8::8]/fhir",
    "https://[::ffff:192.0.2.1]/fhir",
    "https://[2001:db8::7/fhir",
    "http://127.0.0.1/fhir",  # with a list, loopback is not allowed by itself
]


@pytest.mark.parametrize(("url", "entry"), ALLOWED)
def test_a_server_is_allowed_by_its_base_or_origin(url: str, entry: AllowedServer) -> None:
    assert find(url, LISTED) is entry


@pytest.mark.parametrize("url", REFUSED)
def test_what_only_looks_like_a_listed_server_is_not_allowed(url: str) -> None:
    assert find(url, LISTED) is None


def test_letters_that_fold_to_others_are_no_listed_host() -> None:
    """`ß` folds to `ss`, but leads to a host of its own."""
    assert find("https://hoßpital.example/r4", [AllowedServer("https://hosspital.example")]) is None


def test_the_most_special_entry_decides() -> None:
    special = AllowedServer("https://ehr.example.org:9443/fhir", ca_file="own.pem")
    for entries in ((ORIGIN, special), (special, ORIGIN)):
        assert find("https://ehr.example.org:9443/fhir", entries) is special
        assert find("https://ehr.example.org:9443/other", entries) is ORIGIN


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://127.0.0.1/fhir", True),
        ("http://127.0.0.1:1", True),
        ("http://127.0.0.1:65535/a/b", True),
        ("https://127.0.0.1/fhir", False),
        ("http://localhost/fhir", False),  # a name may lead anywhere
        ("http://127.0.0.2/fhir", False),
        ("http://127.1/fhir", False),
        ("http://2130706433/fhir", False),
        ("http://[::1]/fhir", False),
        ("http://[::ffff:127.0.0.1]/fhir", False),
        ("http://0.0.0.0/fhir", False),
        ("http://169.254.169.254/", False),
    ],
)
def test_without_a_list_only_loopback_is_allowed(url: str, is_allowed: bool) -> None:
    assert (find(url, LOOPBACK) is not None) is is_allowed


def test_an_unlisted_server_is_never_contacted() -> None:
    with (
        wire(FOUND) as server,
        fetcher(Fetching(Servers(LISTED), 5), server.base, "t0k", {}, "p1") as reading,
    ):
        assert isinstance(reading, NotAllowed)
        assert reading.read([], {}) == {}
        assert reading.read([], {}, ["Medication/1"]) == {}
    assert server.connections == 0


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address, nothing is bound
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),  # 10.0.0.1 behind NAT64
        ("64:ff9b::808:808", True),
        ("2002:a00:1::", False),  # 10.0.0.1 by 6to4
        ("no address", False),
    ],
)
def test_an_address_is_public_or_not(ip: str, expected: bool) -> None:
    assert is_public(ip) is expected


# Where a name leads ------------------------------------------------------------------------------

NOT_ALLOWED = Failure("the FHIR server's name leads to an address that is not allowed")


def read(
    base: str, entry: AllowedServer, proxies: dict[str, str] | None = None
) -> Contents | Failure:
    session = connections.session(entry, 4, proxies or {})
    access = Access(session, base, "t0k-3n", time.monotonic() + 5)
    try:
        found = access.read(QUERY)
        return found if isinstance(found, Failure) else search.search(access, QUERY, "")
    finally:
        access.close()
        session.close()


def leads(monkeypatch: pytest.MonkeyPatch, *ports: int) -> list[str]:
    """Any name leads to loopback, one of these ports each time; which names were looked up."""
    asked: list[str] = []
    left = list(ports)

    def look_up(host: str, *_: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", left.pop(0)))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def port_of(base: str) -> int:
    return int(base.split(":")[2].split("/")[0])


def test_a_listed_name_that_leads_inside_is_refused_before_a_byte_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = AllowedServer("http://fhir.example.org/fhir", allow_http=True)
    sent = sending(monkeypatch)
    with wire(FOUND) as server:
        names = leads(monkeypatch, *[port_of(server.base)] * 3)
        assert read(entry.base, entry) == NOT_ALLOWED
    assert names == ["fhir.example.org"]  # and it is not tried again
    assert sent == []


def test_it_is_read_where_it_is_listed_as_private(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = AllowedServer("http://fhir.example.org/fhir", allow_http=True, private=True)
    with wire(FOUND) as server:
        leads(monkeypatch, *[port_of(server.base)] * 2)
        assert read(entry.base, entry) == Contents()
    assert len(server.requests) == 2


def test_an_address_inside_is_refused_by_its_number_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = sending(monkeypatch)
    with wire(FOUND) as server:
        assert read(server.base, AllowedServer(server.base, allow_http=True)) == NOT_ALLOWED
    assert sent == []


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The peer of each new connection is looked at, not the answer of an earlier look-up."""
    entry = AllowedServer("http://fhir.example.org/fhir", allow_http=True)
    public = [True, False]
    monkeypatch.setattr(connections, "is_public", lambda _: public.pop(0))
    with wire(FOUND) as server:  # it closes each connection
        leads(monkeypatch, *[port_of(server.base)] * 2)
        session = connections.session(entry, 4, {})
        access = Access(session, entry.base, None, time.monotonic() + 5)
        assert search.search(access, QUERY, "") == Contents()
        assert access.read(QUERY) == NOT_ALLOWED
        access.close()
        session.close()
    assert len(server.requests) == 1


def test_http_does_not_go_out_unless_it_is_listed() -> None:
    with wire(FOUND) as server:
        found = read(server.base, AllowedServer(server.base, private=True))
        assert isinstance(found, Failure)
    assert server.connections == 0


# Proxies and certificates -------------------------------------------------------------------------


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with wire(FOUND) as proxy, wire(FOUND) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert read(server.base, LOOPBACK[0]) == Contents()
    assert proxy.connections == 0
    assert b"authorization: bearer t0k-3n" in server.requests[0].lower()


def test_a_proxy_that_is_configured_is_used_and_looks_the_name_up() -> None:
    entry = AllowedServer("http://fhir.example.org/fhir", allow_http=True)
    with wire(FOUND) as proxy:
        assert read(entry.base, entry, {"http": proxy.base.removesuffix("/fhir")}) == Contents()
    assert proxy.requests[0].startswith(b"GET http://fhir.example.org/fhir/Observation?patient=p1 ")


def test_a_call_that_is_answered_sends_nothing_to_a_proxy_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = AllowedServer("http://fhir.example.org/fhir", allow_http=True)
    with wire(FOUND) as proxy:
        session = connections.session(entry, 4, {"http": proxy.base.removesuffix("/fhir")})
        access = Access(session, entry.base, None, time.monotonic() + 5)
        sent = sending(monkeypatch)
        connect = socket.socket.connect

        def slowly(sock: socket.socket, where: tuple[str, int]) -> None:
            connect(sock, where)
            access.close()

        monkeypatch.setattr(socket.socket, "connect", slowly)
        assert access.read(QUERY) == Failure("no answer in time")
        session.close()
    assert sent == []


@pytest.mark.parametrize("knows_the_ca", [True, False])
def test_a_private_ca_is_taken_from_its_file_and_a_foreign_certificate_is_refused(
    knows_the_ca: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme = pytest.importorskip("trustme", reason="trustme makes the certificates (extra deploy)")
    own, foreign = trustme.CA(), trustme.CA()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("127.0.0.1").configure_cert(made)
    ca_file = tmp_path / "ca.pem"
    (own if knows_the_ca else foreign).cert_pem.write_to_path(ca_file)
    own_file = tmp_path / "own.pem"
    own.cert_pem.write_to_path(own_file)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own_file))  # the machine's is not read
    monkeypatch.setenv("SSL_CERT_FILE", str(own_file))
    plain = FOUND
    seen: list[bytes] = []

    def secure(told: Any, sock: socket.socket) -> None:
        with made.wrap_socket(sock, server_side=True) as inside:
            plain(told, inside)
        seen.append(b"")

    with wire(secure) as server:
        base = server.base.replace("http:", "https:")
        entry = AllowedServer(base, private=True, ca_file=str(ca_file))
        found = read(base, entry)
    if knows_the_ca:
        assert found == Contents()
    else:
        assert found == Failure("the FHIR server's certificate is not trusted")
    assert bool(server.requests) is knows_the_ca


def test_the_token_of_one_server_does_not_reach_another() -> None:
    """Each call has an access of its own; a redirect or a page elsewhere is not followed."""
    with ehr() as own, ehr() as other:
        own.answers[f"/fhir/{QUERY}"] = EMPTY | {
            "link": [{"relation": "next", "url": f"{other.base}/{QUERY}"}]
        }
        other.answers[f"/fhir/{QUERY}"] = EMPTY
        found = read(own.base, LOOPBACK[0])
        assert isinstance(found, Contents)
        assert not found.is_complete
        assert {token for _, token in own.asked} == {"Bearer t0k-3n"}
        assert other.asked == []


def test_calls_with_different_tokens_at_once_do_not_mix() -> None:
    with ehr() as server:
        session = connections.session(LOOPBACK[0], 8, {})

        def reads(name: str) -> None:
            access = Access(session, server.base, name, time.monotonic() + 5)
            for number in range(5):
                access.read(f"Patient/{name}-{number}")
            access.close()

        threads = [threading.Thread(target=reads, args=(f"t{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        session.close()
    assert len(server.asked) == 30
    for path, token in server.asked:
        assert token == f"Bearer {path.removeprefix('/fhir/Patient/').partition('-')[0]}"


def test_no_server_answers_from_what_it_remembers() -> None:
    """HAPI answers the same search from its last result for a minute, unless told otherwise."""
    with connections.session(AllowedServer("https://fhir.example.org"), 1, {}) as made:
        assert made.headers["Cache-Control"] == "no-cache"
