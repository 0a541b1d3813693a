"""Whatever a FHIR server does wrong: what is known of the answer, and in which words."""

import gzip
import json
import re
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
import requests
import responses

from cds_hooks.fhir import client, connections, search
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.bundles import Contents
from cds_hooks.fhir.client import Access

BASE = "http://127.0.0.1:8080/fhir"
QUERY = "Observation?patient=p1&code=x"
TOKEN = "t0k-3n"  # noqa: S105 - invented
MARKER = "KANARI-7Q"  # stands in whatever a server says in its own words

Json = dict[str, Any]
Headers = Mapping[str, str]


class Reply(NamedTuple):
    """What the server answers once."""

    body: Json | str | bytes | Exception = b""
    status: int = 200
    headers: Headers = MappingProxyType({})
    media: str | None = "application/fhir+json"

    @property
    def content(self) -> bytes | Exception:
        """As it goes over the wire."""
        if isinstance(self.body, bytes | Exception):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@contextmanager
def replying(replies: Iterable[Reply]) -> Iterator[list[requests.PreparedRequest]]:
    """A server that answers each call with the next reply; which calls came."""
    asked: list[requests.PreparedRequest] = []
    left = iter(replies)

    def answer(request: requests.PreparedRequest) -> tuple[int, Headers, bytes | Exception]:
        asked.append(request)
        reply = next(left)
        media = {} if reply.media is None else {"Content-Type": reply.media}
        return reply.status, {**media, **reply.headers}, reply.content

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("GET", re.compile(".*"), answer, content_type=None)
        yield asked


def access(seconds: float = 5, base: str = BASE) -> Access:
    """A call that has so many seconds left."""
    session = connections.session(LOOPBACK[0], 4, {})
    return Access(session, base, TOKEN, time.monotonic() + seconds)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.001)


# What a server sends ------------------------------------------------------------------------------


def observation(id_: str) -> Json:
    return {"resourceType": "Observation", "id": id_, "note": [{"text": "n"}]}


def entry(id_: str, mode: str | None = "match") -> Json:
    made: Json = {"resource": observation(id_)}
    return made if mode is None else made | {"search": {"mode": mode}}


def bundle(*entries: Json, next_url: str | None = None, **more: Any) -> Json:
    link = [{"relation": "self", "url": f"{BASE}/{QUERY}"}]
    if next_url is not None:
        link.append({"relation": "next", "url": next_url})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": link,
        "entry": list(entries),
        **more,
    }


def outcome(code: str = "processing", number: str | None = None, severity: str = "error") -> Json:
    issue: Json = {"severity": severity, "code": code, "diagnostics": MARKER}
    if number is not None:
        issue["details"] = {"coding": [{"code": number, "display": MARKER}], "text": MARKER}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def said(issue: Json) -> Json:
    return {"resource": issue, "search": {"mode": "outcome"}}


ONE = bundle(entry("a"))
TWO = bundle(entry("b"))
HTML = f"<!DOCTYPE html><html><body>{MARKER}</body></html>"
MOVED = {"Location": f"{BASE}/{QUERY}&again=1"}


def not_trusted() -> ssl.SSLError:
    """As OpenSSL raises it: its reason is a text."""
    made = ssl.SSLCertVerificationError(1, MARKER)
    made.reason = "CERTIFICATE_VERIFY_FAILED"
    return made


def pages(*urls: str) -> list[Reply]:
    """Pages that link to these, and a last one."""
    linked = [Reply(bundle(entry(f"p{n}"), next_url=url)) for n, url in enumerate(urls)]
    return [*linked, Reply(bundle(entry("last")))]


def flood() -> Iterator[Reply]:
    number = 0
    while True:
        number += 1
        yield Reply(bundle(entry(f"p{number}"), next_url=f"{BASE}?page={number}"))


class Fault(NamedTuple):
    """What comes, and what is known then. No words: the answer is complete."""

    name: str
    replies: Iterable[Reply]
    words: str = ""
    items: int = 0
    calls: int = 1


ELSEWHERE = "the FHIR server sends us to another address, which is not followed"
NO_END = "the pages of the answer have no end"
NO_RESOURCE = "the FHIR server answered with what is no FHIR resource"
NO_JSON = "the FHIR server answered with a page or XML, not JSON"
OUTCOME = "the FHIR server answered with an OperationOutcome"
FAILED = "the connection to the FHIR server failed"
TOO_LARGE = "the answer is too large"
UNREAD = "the FHIR server's answer cannot be read"
LATE = "no answer in time"

PAGES = [
    Fault("one page", [Reply(ONE)], items=1),
    Fault("no entry", [Reply(bundle(total=0))]),
    Fault("next, absolute", pages(f"{BASE}?_getpages=7"), items=2, calls=2),
    Fault("next, relative to the query", pages("Observation?page=2"), items=2, calls=2),
    Fault("next, from the root of the server", pages("/fhir/Observation?page=2"), items=2, calls=2),
    Fault("next, on another path of the host", pages("/paging/7f3"), items=2, calls=2),
    Fault("next, a query alone", pages("?page=2", "?page=3"), items=3, calls=3),
    Fault("an empty last page", [pages("?page=2")[0], Reply(bundle())], items=1, calls=2),
    Fault("next is the page itself", pages(f"{BASE}/{QUERY}"), NO_END, 1, 1),
    Fault("pages in a circle", pages("?a", "?b", "?a", "?b"), NO_END, 3, 3),
    Fault("pages without end", flood(), NO_END, 40, 40),
    Fault("next, at another host", pages("http://192.0.2.1:8080/fhir?page=2"), ELSEWHERE, 1),
    Fault("next, without a scheme", pages("//192.0.2.1:8080/fhir?page=2"), ELSEWHERE, 1),
    Fault("next, at another port", pages("http://127.0.0.1:8081/fhir?page=2"), ELSEWHERE, 1),
    Fault("next, by https", pages("https://127.0.0.1:8080/fhir?page=2"), ELSEWHERE, 1),
    Fault("next, with a password", pages("http://a:b@127.0.0.1:8080/fhir"), ELSEWHERE, 1),
    Fault("next, a file", pages("file:///etc/passwd"), ELSEWHERE, 1),
    Fault("next, no URL", pages("http://[::1"), ELSEWHERE, 1),
    Fault(
        "the second page has expired",
        [*pages("?page=2")[:1], Reply(outcome("expired"), 410)],
        "the answer has expired at the FHIR server (410)",
        1,
        2,
    ),
    Fault("the second page is HTML", [*pages("?page=2")[:1], Reply(HTML)], NO_JSON, 1, 2),
]

ENTRIES = [
    Fault(
        "an outcome among them: more may exist",
        [Reply(bundle(entry("a"), said(outcome("suppressed", "4119", "warning"))))],
        items=1,
    ),
    Fault("an outcome instead: none", [Reply(bundle(said(outcome("x", "4101")), total=0))]),
    Fault(
        "an outcome among them: withheld",
        [Reply(bundle(entry("a"), said(outcome("suppressed", "59204", "warning"))))],
        "the EHR withheld or cut part of an answer",
        1,
    ),
    Fault(
        "an error among them",
        [Reply(bundle(entry("a"), said(outcome())))],
        "the EHR reported an error inside an answer",
        1,
    ),
    Fault(
        "the answer to a batch, one part refused",
        [Reply(bundle({"response": {"status": "403 Forbidden"}}, entry("a")))],
        "the EHR reported an error inside an answer",
        1,
    ),
    Fault("a Bundle inside", [Reply(bundle({"resource": ONE}, entry("b")))], items=2),
    Fault("an entry that is none", [Reply(bundle(entry("a")) | {"entry": [7]})], " ", 0),
    Fault(
        "the total is above",
        [Reply(bundle(entry("a"), total=2))],
        "fewer entries came than the answer counts",
        1,
    ),
    Fault(
        "the total is reached on the second page",
        [
            Reply(bundle(entry("a"), total=2, next_url="?page=2")),
            Reply(bundle(entry("b"), total=2)),
        ],
        items=2,
        calls=2,
    ),
    Fault(
        "the total is an estimate until the last page",
        [
            Reply(bundle(entry("a"), total=90, next_url="?page=2")),
            Reply(bundle(entry("b"), total=2)),
        ],
        items=2,
        calls=2,
    ),
    Fault(
        "the total stands on the first page alone, and is above",
        [Reply(bundle(entry("a"), total=3, next_url="?page=2")), Reply(bundle(entry("b")))],
        "fewer entries came than the answer counts",
        2,
        2,
    ),
    Fault("included ones", [Reply(bundle(entry("a"), entry("i", "include"), total=1))], items=2),
    Fault(
        "included ones do not make up for others",
        [Reply(bundle(entry("a"), entry("i", "include"), total=2))],
        "fewer entries came than the answer counts",
        2,
    ),
]

ZIPPED = {"Content-Encoding": "gzip"}
BODIES = [
    Fault("gzip", [Reply(gzip.compress(json.dumps(ONE).encode()), headers=ZIPPED)], items=1),
    Fault("half of a gzip", [Reply(gzip.compress(b"x" * 99)[:20], headers=ZIPPED)], NO_RESOURCE),
    Fault("gzip that is none", [Reply(ONE, headers=ZIPPED)], UNREAD),
    Fault("a byte order mark", [Reply(b"\xef\xbb\xbf" + json.dumps(ONE).encode())], items=1),
    Fault(
        "Latin-1, said so",
        [
            Reply(
                json.dumps(bundle(entry("a"), note="Ä"), ensure_ascii=False).encode("latin-1"),
                media="application/fhir+json; charset=ISO-8859-1",
            )
        ],
        items=1,
    ),
    Fault(
        "UTF-16, said so",
        [Reply(json.dumps(ONE).encode("utf-16"), media='application/json; charset="utf-16"')],
        items=1,
    ),
    Fault(
        "UTF-16, cut",
        [Reply(json.dumps(ONE).encode("utf-16")[:-1], media="application/json;charset=utf-16")],
        NO_RESOURCE,
    ),
    Fault("Latin-1, not said", [Reply(b'{"resourceType":"Bundle","id":"\xe4"}')], " "),
    Fault("a charset that is none", [Reply(ONE, media="application/json; charset=zip")], items=1),
    Fault("the wrong content type", [Reply(ONE, media="text/html")], items=1),
    Fault("no content type", [Reply(ONE, media=None)], items=1),
    Fault("a page in HTML", [Reply(HTML, media="text/html")], NO_JSON),
    Fault("a page after a byte order mark", [Reply(b"\xef\xbb\xbf<html>")], NO_JSON),
    Fault("XML", [Reply("<Bundle xmlns='http://hl7.org/fhir'/>")], NO_JSON),
    Fault("an empty body", [Reply(b"")], "the FHIR server answered with nothing"),
    Fault("blanks", [Reply(b" \r\n")], "the FHIR server answered with nothing"),
    Fault("no content", [Reply(b"", 204)], "the FHIR server answered 204"),
    Fault("no JSON", [Reply(f"{{{MARKER}")], NO_RESOURCE),
    Fault("a list", [Reply("[]")], NO_RESOURCE),
    Fault("JSON of another kind", [Reply({"error": MARKER})], NO_RESOURCE),
    Fault(
        "a Bundle that cannot be read",
        [Reply({"resourceType": "Bundle", "entry": MARKER})],
        "the FHIR server answered with a Bundle that cannot be read",
    ),
    Fault("half of it", [Reply(json.dumps(ONE)[:-9])], " "),
    Fault(
        "another resource",
        [Reply(observation("a"))],
        "the FHIR server answered with something other than a Bundle",
    ),
    Fault("an OperationOutcome", [Reply(outcome())], OUTCOME),
]

STATUSES = [
    Fault("400", [Reply(outcome(), 400)], "the FHIR server answered 400 (processing)"),
    Fault(
        "400, a code that FHIR does not have",
        [Reply(outcome(MARKER), 400)],
        "the FHIR server answered 400",
    ),
    Fault("400, in HTML", [Reply(HTML, 400)], "the FHIR server answered 400"),
    Fault(
        "400, explained at length",
        [Reply(outcome() | {"text": MARKER * 20_000}, 400)],
        "the FHIR server answered 400",
    ),
    Fault(
        "400, explained in a gzip that is none",
        [Reply(outcome(), 400, headers={"Content-Encoding": "gzip"})],
        "the FHIR server answered 400",
    ),
    Fault("401", [Reply(outcome("login"), 401)], "does not accept the token (401)"),
    Fault("403", [Reply(outcome("forbidden"), 403)], "the token may not read Observation (403)"),
    Fault("404", [Reply(HTML, 404)], "the FHIR server does not know this query (404)"),
    Fault("406", [Reply(b"", 406)], "the FHIR server cannot answer in JSON (406)"),
    Fault("410", [Reply(outcome(), 410)], "the answer has expired at the FHIR server (410)"),
    Fault("429", [Reply(outcome(), 429)] * 3, "has had too many calls (429)", calls=3),
    Fault("429, then the answer", [Reply(b"", 429), Reply(ONE)], items=1, calls=2),
    Fault("429, wait an hour", [Reply(b"", 429, {"Retry-After": "3600"})], "calls (429)"),
    Fault("429, wait for ever", [Reply(b"", 429, {"Retry-After": "9" * 999})], "calls (429)"),
    Fault(
        "429, until a date",
        [Reply(b"", 429, {"Retry-After": "Tue, 24 Nov 2026 12:00:00 GMT"})],
        "calls (429)",
    ),
    Fault(
        "500",
        [Reply(outcome("exception"), 500)] * 3,
        "the FHIR server answered 500 (exception)",
        calls=3,
    ),
    Fault("501 is not tried again", [Reply(b"", 501)], "the FHIR server answered 501"),
    Fault("502", [Reply(HTML, 502)] * 3, "the FHIR server answered 502", calls=3),
    Fault("503, then the answer", [Reply(HTML, 503), Reply(ONE)], items=1, calls=2),
    Fault("504", [Reply(HTML, 504)] * 3, "the FHIR server answered 504", calls=3),
    Fault("moved, same server", [Reply(b"", 302, MOVED), Reply(ONE)], items=1, calls=2),
    Fault("moved, relative", [Reply(b"", 307, {"Location": "/x/y"}), Reply(ONE)], "", 1, 2),
    Fault("moved, nowhere", [Reply(b"", 302)], "the FHIR server answered 302"),
    Fault(
        "moved, to another server", [Reply(b"", 301, {"Location": "http://192.0.2.1/"})], ELSEWHERE
    ),
    Fault(
        "moved, to the metadata of a cloud",
        [Reply(b"", 302, {"Location": "http://169.254.169.254/"})],
        ELSEWHERE,
    ),
    Fault("moved, without end", [Reply(b"", 302, MOVED)] * 4, "redirects without end", calls=4),
    Fault("no connection", [Reply(requests.ConnectionError(MARKER))] * 3, FAILED, 0, 3),
    Fault(
        "no connection, then the answer",
        [Reply(requests.ConnectionError(MARKER)), Reply(ONE)],
        items=1,
        calls=2,
    ),
    Fault("no answer", [Reply(requests.ReadTimeout(MARKER))], LATE),
    Fault(
        "a certificate that is not trusted",
        [Reply(requests.exceptions.SSLError(not_trusted()))],
        "the FHIR server's certificate is not trusted",
    ),
]

FAULTS = [*PAGES, *ENTRIES, *BODIES, *STATUSES]


def judge(found: Contents, row: Fault) -> None:
    notes = "; ".join(found.notes)
    assert found.is_complete is (row.words == ""), notes
    assert row.words.strip() in notes
    assert MARKER not in notes
    assert MARKER not in str(found.broken)
    assert len(found.items) == row.items


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.name)
def test_a_fault_makes_the_answer_incomplete_and_is_named(row: Fault) -> None:
    with replying(row.replies) as asked:
        judge(search.search(access(), QUERY, "labs."), row)
    assert len(asked) == row.calls
    assert {one.headers.get("Authorization") for one in asked} == {f"Bearer {TOKEN}"}
    assert {one.url.split("/")[2] for one in asked if one.url} == {"127.0.0.1:8080"}


WANTING = Reply(outcome("required", "59108", "fatal"), 400)
# what comes → whether it is asked by category, and whether the answer is complete
BY_CATEGORY: list[tuple[str, list[Reply], bool, bool]] = [
    ("required", [WANTING, Reply(ONE)], True, True),
    ("required, and so is something else", [WANTING, WANTING], True, False),
    ("required, on the second page", [*pages("?page=2")[:1], WANTING], False, False),
    ("another code", [Reply(outcome("invalid"), 400)], False, False),
    ("another status", [Reply(outcome("required"), 422)], False, False),
]


@pytest.mark.parametrize(
    ("replies", "is_asked", "is_complete"),
    [r[1:] for r in BY_CATEGORY],
    ids=[r[0] for r in BY_CATEGORY],
)
def test_a_server_that_insists_on_a_category_is_asked_by_category(
    replies: list[Reply], is_asked: bool, is_complete: bool
) -> None:
    otherwise = "Observation?patient=1&category=laboratory"
    with replying(replies) as asked:
        found = search.query(access(), QUERY, "", otherwise=otherwise)
    assert (unquote(asked[-1].url or "") == f"{BASE}/{otherwise}") is is_asked
    assert found.is_complete is is_complete
    assert any("asked by category" in note for note in found.notes) is is_asked


def test_without_a_category_of_ours_nothing_else_is_asked() -> None:
    with replying([WANTING]) as asked:
        found = search.query(access(), QUERY, "")
    assert len(asked) == 1
    assert found.notes == ["the FHIR server answered 400 (required)"]


def test_every_fault_stands_once() -> None:
    assert len({row.name for row in FAULTS}) == len(FAULTS)


# Medications and Patients: one resource by its id -----------------------------------------------

DRUG: Json = {"resourceType": "Medication", "id": "m1", "code": {"text": "x"}}
OTHER_THING = "the FHIR server answered with something else than it was asked for"
READS = [
    Fault("read: found", [Reply(DRUG)], items=1),
    Fault("read: after a byte order mark", [Reply("\ufeff" + json.dumps(DRUG))], items=1),
    Fault("read: of a shape that is kept as its remains", [Reply(DRUG | {"code": 7})], items=1),
    Fault("read: not found", [Reply(outcome("not-found"), 404)], "not know this query (404)"),
    Fault("read: denied", [Reply(outcome(), 403)], "the token may not read Medication (403)"),
    Fault("read: HTML", [Reply(HTML)], NO_JSON),
    Fault("read: nothing", [Reply(b"")], "the FHIR server answered with nothing"),
    Fault("read: an OperationOutcome", [Reply(outcome())], OUTCOME),
    Fault("read: another one", [Reply(DRUG | {"id": "m2"})], OTHER_THING),
    Fault("read: another type", [Reply(observation("m1"))], OTHER_THING),
    Fault("read: a type that is never read", [Reply({"resourceType": "Basic"})], OTHER_THING),
]


@pytest.mark.parametrize("row", READS, ids=lambda row: row.name)
def test_a_fault_of_a_single_resource_is_named(row: Fault) -> None:
    with replying(row.replies):
        judge(search.read(access(), "Medication/m1", "m1."), row)


# Size ---------------------------------------------------------------------------------------------


def test_the_size_of_an_answer_is_limited_by_its_unpacked_bytes() -> None:
    bomb = gzip.compress(b" " * (client._LARGEST + 1), 1)
    assert len(bomb) < 300_000
    with replying([Reply(bomb, headers=ZIPPED)]):
        judge(search.search(access(), QUERY, "labs."), Fault("", [], TOO_LARGE))


def test_an_answer_of_the_largest_size_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(json.dumps(ONE))
    for largest, words in ((size, ""), (size - 1, TOO_LARGE)):
        monkeypatch.setattr(client, "_LARGEST", largest)
        with replying([Reply(ONE)]):
            judge(search.search(access(), QUERY, ""), Fault("", [], words, 0 if words else 1))


def test_all_answers_of_one_call_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_LARGEST_OF_ALL", 2 * len(json.dumps(ONE)))
    call = access()
    with replying([Reply(ONE), Reply(TWO), Reply(ONE)]):
        judge(search.search(call, QUERY, ""), Fault("", [], "", 1))
        judge(search.search(call, QUERY, ""), Fault("", [], "", 1))
        judge(search.search(call, QUERY, ""), Fault("", [], TOO_LARGE))


# Token, cookies, repetition ----------------------------------------------------------------------


def test_the_token_is_not_in_what_is_shown_of_an_access() -> None:
    assert TOKEN not in repr(access())


def test_a_cookie_of_one_call_does_not_go_out_with_the_next() -> None:
    session = connections.session(LOOPBACK[0], 4, {})
    with replying(
        [Reply(ONE, headers={"Set-Cookie": "JSESSIONID=1; Path=/"}), Reply(ONE)]
    ) as asked:
        for token in ("one", "two"):
            search.search(Access(session, BASE, token, time.monotonic() + 5), QUERY, "")
    assert [one.headers.get("Cookie") for one in asked] == [None, None]
    assert [one.headers["Authorization"] for one in asked] == ["Bearer one", "Bearer two"]


def test_retry_after_is_waited_for_inside_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("threading.Event.wait", lambda _, seconds: waited.append(seconds))
    for seconds, calls in ((2, 2), (8, 1)):
        with replying([Reply(b"", 429, {"Retry-After": str(seconds)}), Reply(ONE)]) as asked:
            search.search(access(7), QUERY, "")
        assert len(asked) == calls
    assert len(waited) == 1
    assert 2 <= waited[0] <= 3  # with its jitter


def test_the_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("threading.Event.wait", lambda _, seconds: waited.append(seconds))
    with replying([Reply(b"", 503)] * 6):
        search.search(access(), QUERY, "")
        search.search(access(), QUERY, "")
    assert len(set(waited)) == len(waited) == 4
    for first, second in (waited[:2], waited[2:]):
        assert 0.1 <= first <= 0.15
        assert 0.2 <= second <= 0.3


def test_what_waits_to_be_tried_again_ends_with_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(event: threading.Event, _: float) -> bool:
        event.set()
        return True

    monkeypatch.setattr("threading.Event.wait", answered)
    with replying([Reply(b"", 503), Reply(ONE)]) as asked:
        judge(search.search(access(), QUERY, ""), Fault("", [], "the FHIR server answered 503"))
    assert len(asked) == 1
