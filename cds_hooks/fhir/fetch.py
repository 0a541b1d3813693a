"""
What the EHR did not send, read from its FHIR server: in parallel, inside the deadline of the call.

The queries are those of the prefetch templates. What did not come in time is not known, with the
reason; nothing goes out once the call is answered (FHR-7).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final

from cds_hooks.fhir import search
from cds_hooks.fhir.bundles import Contents, Page
from cds_hooks.fhir.client import LATE, Access
from cds_hooks.fhir.prefetch import by_category, for_patient
from cds_hooks.fhir.servers import Server, Servers
from rules.chart import Query

_AT_REST: Final = "the FHIR server keeps failing and is left alone for a while"
_MOST_POINTED_TO: Final = 100
_PATIENCE_SECONDS: Final = 0.25  # behind another call's work

_Read = Callable[[Access, str, str], Contents]


class Fetched(Enum):
    """How a query of the FHIR server ended."""

    CAME = "came"
    FAILED = "failed"  # refused, broken, or not complete
    LATE = "late"
    RESTING = "resting"  # not asked: the server keeps failing


def ended(found: Contents, *, is_complete: bool) -> Fetched:
    """How a query ended, by what is said of its answer."""
    if is_complete:
        return Fetched.CAME
    if _AT_REST in found.notes:
        return Fetched.RESTING
    return Fetched.LATE if LATE.words in found.notes else Fetched.FAILED


def not_fetched(words: str) -> Contents:
    """An answer that did not come, and why."""
    found = Contents()
    found.lack(words)
    return found


@dataclass(slots=True)
class Turn:
    """
    One call at a time works; while it waits for a server, another does.

    Python runs one thread at a time anyway. But it would share that time among all that want it:
    fifty calls that begin at once would leave a call which waits for nobody a fiftieth. Behind a
    call that works for long the others do not wait for long.
    """

    lock: threading.Lock  # of all calls
    _is_ours: bool = False

    @contextmanager
    def working(self) -> Iterator[None]:
        """From the beginning of a call to its end."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The call waits, and lets others work."""
        self._give()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._is_ours = self.lock.acquire(timeout=_PATIENCE_SECONDS)

    def _give(self) -> None:
        if self._is_ours:
            self.lock.release()
            self._is_ours = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """What the service brings along for reading: the servers that may be read, and how long."""

    servers: Servers
    seconds: float
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def may_read(self, base: str | None) -> bool:
        """Whether the server of a request may be read."""
        return base is not None and self.servers.find(base) is not None


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The server of the request may not be read: it is never contacted, and its data is missing."""

    note: str = "the FHIR server of the request is not among those that may be read"
    told_version: None = None

    def read(
        self,
        wanted: Iterable[Query],  # noqa: ARG002 - as Fetcher has it
        begun: Mapping[Query, Page],  # noqa: ARG002
        references: Iterable[str] = (),  # noqa: ARG002
    ) -> Mapping[Query | str, Contents]:
        """Nothing comes; the orders that point somewhere are unread, and their rows say so."""
        return {}


@contextmanager
def fetcher(
    fetching: Fetching | None,
    base: str | None,
    token: str | None,
    templates: Mapping[str, str],
    patient_id: str,
    scope: str | None = None,
) -> Iterator["Fetcher | NotAllowed | None"]:
    """For one call; once it is answered nothing goes out any more. None: nothing can be read."""
    if fetching is None or base is None:
        yield None
        return
    server = fetching.servers.find(base)
    if server is None:
        yield NotAllowed()
        return
    ends_at = time.monotonic() + fetching.seconds
    access = Access(server.session, base, token, ends_at, scope)
    turn = Turn(fetching.one_at_a_time)
    try:
        with turn.working():
            yield Fetcher(server, access, templates, patient_id, turn)
    finally:
        access.close()


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads what one call lacks."""

    server: Server
    access: Access
    templates: Mapping[str, str]
    patient_id: str
    turn: Turn
    note: str | None = None  # nothing to say of the server as a whole

    @property
    def told_version(self) -> str | None:
        """The version of FHIR that the server says it answers in; None: R4, or not told."""
        return self.access.told_version

    def read(
        self,
        wanted: Iterable[Query],
        begun: Mapping[Query, Page],
        references: Iterable[str] = (),
    ) -> Mapping[Query | str, Contents]:
        """
        The answers to queries, and resources that entries only point to by their id, all at once.

        `begun`: of these queries the EHR sent the first page, and the others are read (PRE-7).
        Queries that no template asks for are left out, and references beyond a bound.
        """
        asked: dict[Query | str, tuple[_Read, str]] = {
            query: (partial(search.search, first=page), page.next_url or "")
            for query, page in begun.items()
        }
        for query in wanted:
            if query.value in self.templates:
                url = for_patient(self.templates[query.value], self.patient_id)
                category = by_category(query)
                otherwise = category and for_patient(category, self.patient_id)
                asked[query] = (partial(search.query, otherwise=otherwise), url)
        for one in tuple(dict.fromkeys(references))[:_MOST_POINTED_TO]:
            asked[one] = (search.read, one)
        return self._together(asked)

    def _together(
        self, asked: Mapping[Query | str, tuple[_Read, str]]
    ) -> Mapping[Query | str, Contents]:
        if not asked:
            return {}
        if not self.server.breaker.lets_through():
            return {key: not_fetched(_AT_REST) for key in asked}
        self.access.has_answered = False
        running: dict[Query | str, Future[Contents]] = {
            key: self.server.slots.submit(read, self.access, url, _place(key))
            for key, (read, url) in asked.items()
        }
        with self.turn.waiting():
            done, late = wait(running.values(), timeout=self.access.remaining)
        for one in late:
            one.cancel()
        self.server.breaker.told(is_failure=not self.access.has_answered)
        return {
            key: one.result() if one in done else not_fetched(LATE.words)
            for key, one in running.items()
        }


def _place(key: Query | str) -> str:
    """Where what comes will be said to have stood."""
    return f"{key.value if isinstance(key, Query) else key}."
