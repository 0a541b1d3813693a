"""
What the EHR did not send, read from its FHIR server: in parallel, inside the deadline of the call.

The queries are those of the prefetch templates. What did not come in time is not known, with the
reason; nothing goes out once the call is answered (FHR-7).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final, TypeVar

from cds_hooks.fhir import search
from cds_hooks.fhir.bundles import Contents, Page
from cds_hooks.fhir.client import LATE, Access
from cds_hooks.fhir.prefetch import for_patient
from cds_hooks.fhir.servers import Server, Servers
from rules.chart import Query

_AT_REST: Final = "the FHIR server keeps failing and is left alone for a while"
_MOST_POINTED_TO: Final = 100

_Read = Callable[[Access, str, str], Contents]
_K = TypeVar("_K")


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


@dataclass(frozen=True, slots=True)
class Fetching:
    """What the service brings along for reading: the servers that may be read, and how long."""

    servers: Servers
    seconds: float

    def may_read(self, base: str | None) -> bool:
        """Whether the server of a request may be read."""
        return base is not None and self.servers.find(base) is not None


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The server of the request may not be read: it is never contacted, and its data is missing."""

    note: str = "the FHIR server of the request is not among those that may be read"
    told_version: None = None

    def queries(
        self,
        wanted: Iterable[Query],  # noqa: ARG002 - as Fetcher has it
        begun: Mapping[Query, Page],  # noqa: ARG002
    ) -> Mapping[Query, Contents]:
        """Nothing more comes."""
        return {}

    def by_reference(self, references: Iterable[str]) -> Mapping[str, Contents]:
        """Nothing comes; the orders that point there are unread, and their rows say so."""
        return {one: Contents() for one in references}


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
    try:
        yield Fetcher(server, access, templates, patient_id)
    finally:
        access.close()


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads what one call lacks."""

    server: Server
    access: Access
    templates: Mapping[str, str]
    patient_id: str
    note: str | None = None  # nothing to say of the server as a whole

    @property
    def told_version(self) -> str | None:
        """The version of FHIR that the server says it answers in; None: R4, or not told."""
        return self.access.told_version

    def queries(
        self, wanted: Iterable[Query], begun: Mapping[Query, Page]
    ) -> Mapping[Query, Contents]:
        """
        The answers to queries, all at once; those that no template asks for are left out.

        `begun`: of these the EHR sent the first page, and the others are read (PRE-7).
        """
        asked: dict[Query, tuple[_Read, str, str]] = {
            query: (partial(search.search, first=page), page.next_url or "", f"{query.value}.")
            for query, page in begun.items()
        }
        for query in wanted:
            if query.value in self.templates:
                url = for_patient(self.templates[query.value], self.patient_id)
                asked[query] = (search.query, url, f"{query.value}.")
        return self._together(asked)

    def by_reference(self, references: Iterable[str]) -> Mapping[str, Contents]:
        """Resources that entries only point to, each by its id."""
        wanted = tuple(dict.fromkeys(references))[:_MOST_POINTED_TO]
        return self._together({one: (search.read, one, f"{one}.") for one in wanted})

    def _together(self, asked: Mapping[_K, tuple[_Read, str, str]]) -> Mapping[_K, Contents]:
        if not asked:
            return {}
        if not self.server.breaker.lets_through():
            return {key: not_fetched(_AT_REST) for key in asked}
        self.access.has_answered = False
        running: dict[_K, Future[Contents]] = {
            key: self.server.slots.submit(read, self.access, url, place)
            for key, (read, url, place) in asked.items()
        }
        done, late = wait(running.values(), timeout=self.access.remaining)
        for one in late:
            one.cancel()
        self.server.breaker.told(is_failure=not self.access.has_answered)
        return {
            key: one.result() if one in done else not_fetched(LATE.words)
            for key, one in running.items()
        }
