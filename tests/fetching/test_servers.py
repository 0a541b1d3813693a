"""A server that keeps failing is left alone; one that hangs takes only its own slots."""

import threading
import time
from collections.abc import Iterable, Iterator

import pytest
import requests

from cds_hooks.fhir import client, fetch, servers
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.bundles import Contents
from cds_hooks.fhir.fetch import Fetcher, Fetching, Turn, fetcher
from cds_hooks.fhir.servers import Breaker, Servers
from rules.chart import Query
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.test_faults import BASE, ONE, Reply, outcome, replying
from tests.fetching.wire import hangs, wire

TEMPLATES = {"procedures": "Procedure?patient={{context.patientId}}"}
AT_REST = "the FHIR server keeps failing and is left alone for a while"


@pytest.fixture
def allowed() -> Iterator[Servers]:
    made = Servers(LOOPBACK)
    yield made
    made.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the breaker takes for the time."""
    now = [1000.0]

    class Clock:
        def monotonic(self) -> float:
            return now[0]

    monkeypatch.setattr(servers, "time", Clock())
    return now


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.001)


def ask(allowed: Servers, base: str = BASE, seconds: float = 5) -> Contents:
    """One call that reads one query."""
    with fetcher(Fetching(allowed, seconds), base, None, TEMPLATES, "p1") as reading:
        assert isinstance(reading, Fetcher)
        return reading.read([Query.PROCEDURES], {})[Query.PROCEDURES]


def is_left_alone(allowed: Servers) -> bool:
    server = allowed.find(BASE)
    assert server is not None
    return not server.breaker.lets_through()


def said(found: Contents) -> str:
    return "; ".join(found.notes)


REFUSED = requests.ConnectionError("refused")
# what comes each time, as often as a call tries → whether the server is left alone after five
FAILURES: list[tuple[str, list[Reply], bool]] = [
    ("no connection", [Reply(REFUSED)] * 3, True),
    ("no answer in time", [Reply(requests.ReadTimeout("late"))], True),
    ("500", [Reply(outcome(), 500)] * 3, True),
    ("501", [Reply(b"", 501)], True),
    ("503", [Reply(b"", 503)] * 3, True),
    ("401", [Reply(b"", 401)], False),
    ("403", [Reply(b"", 403)], False),
    ("404", [Reply(b"", 404)], False),
    ("429", [Reply(b"", 429)] * 3, False),
    ("a page in HTML", [Reply("<html>")], False),
    ("moved elsewhere", [Reply(b"", 302, {"Location": "http://192.0.2.1/"})], False),
    ("no connection at first", [Reply(REFUSED), Reply(b"", 403)], False),
]


@pytest.mark.parametrize(
    ("replies", "opens"), [r[1:] for r in FAILURES], ids=[r[0] for r in FAILURES]
)
def test_a_server_is_left_alone_after_failures_of_its_own_not_after_refusals(
    allowed: Servers, replies: list[Reply], opens: bool
) -> None:
    with replying(replies * 5) as asked:
        for _ in range(5):
            assert not ask(allowed).is_complete
        assert len(asked) == 5 * len(replies)
    assert is_left_alone(allowed) is opens


def test_a_server_at_rest_is_not_called_and_the_words_say_so(allowed: Servers) -> None:
    with replying([Reply(b"", 501)] * 9) as asked:
        found = [ask(allowed) for _ in range(9)]
        assert len(asked) == 5
    assert [said(one) == AT_REST for one in found] == [False] * 5 + [True] * 4
    assert not any(one.is_complete for one in found)


def test_a_server_that_hangs_is_left_alone_too(allowed: Servers) -> None:
    with wire(hangs) as server:
        for _ in range(5):
            assert said(ask(allowed, server.base, 0.03)) == "no answer in time"
        begun = time.monotonic()
        assert said(ask(allowed, server.base)) == AT_REST
        assert time.monotonic() - begun < 1
        assert len(server.requests) <= 5


def test_after_its_rest_one_call_tries_and_its_answer_ends_it(
    allowed: Servers, clock: list[float]
) -> None:
    replies = iter([*[Reply(b"", 501)] * 6, Reply(ONE), Reply(ONE)])
    with replying(replies) as asked:
        for _ in range(5):
            ask(allowed)
        clock[0] += 29
        assert said(ask(allowed)) == AT_REST
        clock[0] += 2
        assert "501" in said(ask(allowed))  # it tried, and rests again
        assert said(ask(allowed)) == AT_REST
        clock[0] += 31
        assert "not asked for" not in said(ask(allowed))
        ask(allowed)
        assert len(asked) == 8


def test_only_one_of_many_tries(clock: list[float]) -> None:
    breaker = Breaker()
    for _ in range(5):
        assert breaker.lets_through()
        breaker.told(is_failure=True)
    assert not breaker.lets_through()
    clock[0] += 31
    assert [breaker.lets_through() for _ in range(5)] == [True, False, False, False, False]
    breaker.told(is_failure=False)
    assert [breaker.lets_through() for _ in range(2)] == [True, True]


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = Breaker()
    for is_failure in [True] * 4 + [False] + [True] * 4:
        breaker.told(is_failure=is_failure)
    assert breaker.lets_through()


def test_nothing_to_ask_neither_tries_nor_counts(allowed: Servers) -> None:
    for _ in range(9):
        with fetcher(Fetching(allowed, 0), BASE, None, TEMPLATES, "p1") as reading:
            assert isinstance(reading, Fetcher)
            assert reading.read([], {}) == {}
    assert not is_left_alone(allowed)


def test_each_round_of_a_call_counts_by_itself(allowed: Servers) -> None:
    """An answer to the first round is none to the next."""
    with (
        replying([Reply(b"", 403), *[Reply(b"", 501)] * 5]),
        fetcher(Fetching(allowed, 5), BASE, None, TEMPLATES, "p1") as reading,
    ):
        assert isinstance(reading, Fetcher)
        for _ in range(6):
            reading.read([Query.PROCEDURES], {})
    assert is_left_alone(allowed)


def test_one_answer_of_many_shows_that_the_server_works(allowed: Servers) -> None:
    keys = [Query.PROCEDURES, Query.STAYS]
    templates = {key.value: f"{key.value}?x" for key in keys}

    def replies() -> Iterable[Reply]:
        for _ in range(6):
            yield Reply(b"", 501)
            yield Reply(b"", 403)

    with replying(replies()):
        for _ in range(6):
            with fetcher(Fetching(allowed, 5), BASE, None, templates, "p1") as reading:
                assert isinstance(reading, Fetcher)
                reading.read(keys, {})
    assert not is_left_alone(allowed)


def test_a_server_that_hangs_takes_only_its_own_slots(
    allowed: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_SLOTS", 2)
    with wire(hangs) as hanging, ehr() as server:
        server.answers["/fhir/Procedure?patient=p1"] = EMPTY
        with fetcher(Fetching(allowed, 2), hanging.base, None, TEMPLATES, "p1") as reading:
            assert isinstance(reading, Fetcher)
            for _ in range(4):
                reading.server.slots.submit(reading.access.read, "Procedure?x")
            begun = time.monotonic()
            assert ask(allowed, server.base).is_complete
            # a call that needs the hanging one waits for a slot until its deadline, no longer
            assert said(ask(allowed, hanging.base, 0.1)) == "no answer in time"
            assert time.monotonic() - begun < 1
        assert len(hanging.requests) <= 2


def test_each_port_of_loopback_is_a_server_of_its_own_up_to_a_bound(
    allowed: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_MOST_READY", 2)
    found = [allowed.find(f"http://127.0.0.1:{port}/fhir") for port in (1, 2, 3, 4, 1)]
    assert found[0] is found[4]
    assert found[0] is not found[1]
    assert found[2] is found[3]


def test_one_call_works_at_a_time_and_lets_others_work_while_it_waits() -> None:
    lock = threading.Lock()
    one, other = Turn(lock), Turn(lock)
    with one.working():
        assert lock.locked()
        with one.waiting(), other.working():
            assert lock.locked()
        assert lock.locked()
    assert not lock.locked()


def test_behind_a_call_that_works_for_long_the_others_do_not_wait_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch, "_PATIENCE_SECONDS", 0.001)
    lock = threading.Lock()
    one, other = Turn(lock), Turn(lock)
    with one.working():
        with other.working(), other.waiting():
            assert lock.locked()  # what it has not got it does not give away
        assert lock.locked()
    assert not lock.locked()
