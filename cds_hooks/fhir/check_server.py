"""
What a FHIR server supports of what we need: what it declares, and what our queries get there.

The queries are those of the prefetch templates. They go out one after the other, so that the time
of one is its own. Nothing of a chart is kept: only counts.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as NotInTime
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

import requests
from msgspec import Raw, Struct

from cds_hooks.errors import Unusable
from cds_hooks.fhir import resources, scopes, search
from cds_hooks.fhir.bundles import Contents
from cds_hooks.fhir.client import LATE, Access, Body, Failure
from cds_hooks.fhir.declared import Declared, Statement, statement
from cds_hooks.fhir.fetch import not_fetched
from cds_hooks.fhir.prefetch import for_patient, templates
from cds_hooks.fhir.servers import Server
from cds_hooks.fhir.typed import TypedServer
from rules.chart import Query
from rules.site_rules import PUBLISHED, SiteRules

_NOBODY: Final = ""
_T = TypeVar("_T")


class StatementCheck(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The CapabilityStatement; `problem`: why it is not known."""

    ms: int
    status: int | None = None
    problem: str | None = None
    fhir_version: str | None = None
    is_supported: bool | None = None  # None: the version is not told
    software: str | None = None
    formats: tuple[str, ...] = ()


class Trial(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What a query got for a patient; `lacks`: why not all of it came."""

    is_complete: bool
    ms: int
    entries: int
    pages: int
    status: int | None = None
    lacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()  # that the token lacks


class QueryCheck(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One of our queries."""

    key: str
    type: str
    parameters: tuple[str, ...]
    declared: bool | None = None  # None: there is no statement
    undeclared: tuple[str, ...] = ()
    trial: Trial | None = None

    @property
    def works(self) -> bool:
        """What was tried counts before what is declared."""
        return self.trial.is_complete if self.trial is not None else self.declared is True


class ServerCheck(Struct, frozen=True, rename="camel"):
    """All of it."""

    works: bool
    statement: StatementCheck
    queries: tuple[QueryCheck, ...]


@dataclass(slots=True)
class _Seen:
    """The answers of a server as they come: their status, and the scopes that it asks for."""

    statuses: list[int] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)

    def __call__(self, response: requests.Response, **_: Any) -> None:
        self.statuses.append(response.status_code)
        told = response.headers.get("www-authenticate", "")
        self.scopes += scopes.named(told) if response.status_code in scopes.REFUSED else ()

    @property
    def status(self) -> int | None:
        return self.statuses[-1] if self.statuses else None


@contextmanager
def _watched(server: Server) -> Iterator[_Seen]:
    seen = _Seen()
    hooks = server.session.hooks["response"]
    hooks.append(seen)
    try:
        yield seen
    finally:
        hooks.remove(seen)


def check_server(
    typed: TypedServer,
    patient_id: str | None = None,
    rules: SiteRules = PUBLISHED,
    told: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005 - nobody listens
) -> ServerCheck:
    """
    Ask for the CapabilityStatement, then try each query for a patient, if one is named.

    `Unusable` if the server gives no answer at all. `told`: how many queries are done, and of how
    many.
    """
    asked = templates(rules)
    read, declared = _statement(typed)
    if patient_id is None and read.status is None:
        raise Unusable(f"the server cannot be asked: {read.problem}")
    found: list[QueryCheck] = []
    for key, template in asked.items():
        told(len(found), len(asked))
        check = _declared(key, template, declared)
        if patient_id is not None:
            check = _tried(check, for_patient(template, patient_id), typed)
            is_silent = read.status is None and not found
            if is_silent and check.trial is not None and check.trial.status is None:
                raise Unusable(f"the server cannot be asked: {read.problem}")
        found.append(check)
    works = read.is_supported is not False and all(one.works for one in found)
    return ServerCheck(works, read, tuple(found))


def _statement(typed: TypedServer) -> tuple[StatementCheck, Statement | None]:
    begun = time.monotonic()
    with _watched(typed.server) as seen, typed.reading({}, _NOBODY) as reading:
        late: Body | Failure = LATE
        body = _in_time(typed.server, reading.access, lambda access: access.read("metadata"), late)
    ms = _ms_since(begun)
    if isinstance(body, Failure):
        return StatementCheck(ms, seen.status, body.words), None
    found = statement(body.content, secret=typed.token)
    if found is None:
        problem = "what came is no CapabilityStatement in JSON"
        return StatementCheck(ms, seen.status, problem), None
    return StatementCheck(
        ms=ms,
        status=seen.status,
        fhir_version=found.fhir_version,
        is_supported=found.is_r4,
        software=found.software,
        formats=found.formats,
    ), found


def _declared(key: str, template: str, found: Statement | None) -> QueryCheck:
    parts = urlsplit(template)
    type_name = parts.path.partition("/")[0]
    names = tuple(dict.fromkeys(name for name, _ in parse_qsl(parts.query)))
    if found is None:
        return QueryCheck(key, type_name, names)
    known = found.types.get(type_name)
    lacking = ("type",) if known is None else _lacking(known, names)
    return QueryCheck(key, type_name, names, declared=not lacking, undeclared=lacking)


def _lacking(known: Declared, names: tuple[str, ...]) -> tuple[str, ...]:
    needed = "search-type" if names else "read"
    does = not known.interactions or needed in known.interactions
    return (
        *(() if does else (needed,)),
        *(name for name in names if name not in known.parameters),
    )


def _tried(check: QueryCheck, url: str, typed: TypedServer) -> QueryCheck:
    def read(access: Access) -> Contents:
        return search.query(access, url, "")

    begun = time.monotonic()
    with _watched(typed.server) as seen, typed.reading({}, _NOBODY) as reading:
        found = _in_time(typed.server, reading.access, read, not_fetched(LATE.words))
    ms = _ms_since(begun)
    entries = _of_type(check, found)
    lacks = _lacks(check, found, entries, typed, seen.status)
    is_refused = seen.status in scopes.REFUSED and typed.token is not None
    return QueryCheck(
        check.key,
        check.type,
        check.parameters,
        check.declared,
        check.undeclared,
        Trial(
            is_complete=not lacks,
            ms=ms,
            entries=entries,
            pages=seen.statuses.count(200),
            status=seen.status,
            lacks=lacks,
            notes=() if lacks else tuple(dict.fromkeys(found.notes)),
            scopes=_scopes(check, seen) if is_refused else (),
        ),
    )


def _lacks(
    check: QueryCheck, found: Contents, entries: int, typed: TypedServer, status: int | None
) -> tuple[str, ...]:
    lacks: list[str] = []
    if not found.is_complete:
        lacks = list(found.notes) or ["part of the answer cannot be read"]
    if found.is_complete and entries == 0 and (found.items or not check.parameters):
        lacks.append(f"the answer holds no {check.type}")
    if status in scopes.REFUSED and typed.token is None:
        lacks.append("no token was sent")
    return tuple(dict.fromkeys(lacks))


def _scopes(check: QueryCheck, seen: _Seen) -> tuple[str, ...]:
    """Those that the server asks for; else the one that SMART App Launch 2 has for this type."""
    asked_for = scopes.lacking(None, tuple(dict.fromkeys(seen.scopes)), None, is_search=False)
    return asked_for or (scopes.needed(check.type, is_search=bool(check.parameters)),)


def _of_type(check: QueryCheck, found: Contents) -> int:
    """How many entries are what was asked for; Medications and outcomes come beside them."""
    kinds = {kind.value for kind in Query(check.key).kinds} | {check.type}
    named = (resources.part(Raw(item.raw), resources.Named) for item in found.items)
    return sum(one is not None and one.resourceType in kinds for one in named)


def _in_time(server: Server, access: Access, read: Callable[[Access], _T], late: _T) -> _T:
    """A reading that may hang beyond what a socket's time limit sees is left behind."""
    running = server.slots.submit(read, access)
    try:
        return running.result(timeout=access.remaining)
    except NotInTime:
        return late


def _ms_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
