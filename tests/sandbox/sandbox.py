"""The server that was named, the patients that are read there, and our service in front of it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import requests
from msgspec import Raw

from cds_hooks.answer import answer, parse
from cds_hooks.cards.summary import summary
from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import read_server
from cds_hooks.fhir.allowed import address
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.reader import Prefetch
from cds_hooks.fhir.servers import Breaker
from cds_hooks.fhir.typed import TypedServer, patient_id, typed_server
from cds_hooks.report import report
from cds_hooks.services import HOOKS
from cds_hooks.settings import is_this_machine
from rules.chart import Chart
from rules.melanoma import MELANOMA
from tests.build import ICD10, ICD10CM, SNOMED, Resource
from tests.sandbox.plain import PlainReader, Record, Refused
from tests.sandbox.watch import Watch

SECONDS: Final = 120  # for all reading of one call: nobody waits at a bedside
MOST_PATIENTS: Final = 5
_WITH_MELANOMA: Final = 3
_CODES_A_QUERY: Final = 40
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class CannotRun(Exception):
    """Why nothing can be tried, in one line."""


@dataclass(slots=True)
class Sandbox:
    """All that the checks need."""

    base: str
    token: str | None = field(repr=False)
    token_name: str | None
    watch: Watch = field(repr=False)
    reader: PlainReader
    typed: TypedServer
    now: datetime
    statement: Resource = field(repr=False, default_factory=dict)
    patients: tuple[str, ...] = ()
    cards: dict[str, str] = field(default_factory=dict)  # patient → what our service said
    # a failing test shows the sandbox, but no chart
    _records: dict[str, Record] = field(repr=False, default_factory=dict)
    _charts: dict[str, Chart] = field(repr=False, default_factory=dict)

    def record(self, patient: str) -> Record:
        """What the plain reader got; read once until it is forgotten."""
        if patient not in self._records:
            self._records[patient] = self.reader.record(patient)
        return self._records[patient]

    def forget(self) -> None:
        """All is read anew from now on."""
        self._records.clear()
        self._charts.clear()

    @property
    def refused(self) -> Mapping[str, str]:
        """Key → why the plain reader did not get it for one of the patients."""
        return {key: why for one in self._records.values() for key, why in one.refused.items()}

    @property
    def _ready(self) -> TypedServer:
        """The server as if none of our calls had failed: the next is not to be told otherwise."""
        self.typed.server.breaker = Breaker()
        return self.typed

    def answered(self, patient: str, prefetch: Mapping[str, Resource]) -> Resource:
        """What our service says to a call with this prefetch, without what is fresh each time."""
        body = {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "fhirServer": self.base,
            **({"fhirAuthorization": {"access_token": self.token}} if self.token else {}),
            "context": {"userId": "Practitioner/1", "patientId": patient},
            "prefetch": prefetch,
        }
        fetching = Fetching(self._ready.servers, SECONDS)
        asked = parse(_encode(body), HOOKS)
        try:
            found = answer(asked, now=self.now, rule_book_url="http://rules", fetching=fetching)
        except AdvisorError as error:
            return {"refused": str(error)}
        for card in found.cards:
            card.pop("uuid")
            for suggestion in card.get("suggestions", ()):
                suggestion.pop("uuid")
        judged = found.assessment
        told = None if judged is None else msgspec.to_builtins(report(judged, summary(judged)))
        return {"cards": found.cards, "assessment": told}

    def chart_by_us(self, patient: str) -> Chart:
        """The chart of all queries, read by our client; once, as the record."""
        if patient not in self._charts:
            self._charts[patient] = read_server(self._ready, patient)
        return self._charts[patient]

    def chart_of(self, record: Record) -> Chart:
        """The chart of what the plain reader got; what was refused is left for us to ask again."""
        came = {key: Raw(_encode(value)) for key, value in record.prefetch.items()}
        with self._ready.reading(templates(), record.patient_id) as reading:
            return Prefetch(came, record.patient_id, self.base, fetcher=reading).chart()


@contextmanager
def opened(base: str, patients: Sequence[str], token_name: str | None) -> Iterator[Sandbox]:
    """
    The server, once it has said that it speaks FHIR and has patients; `CannotRun` if not.

    `token_name`: the variable of the environment that holds the token.
    """
    base, token = base.rstrip("/"), _token(token_name)
    where = address(base)
    if where is None or "?" in base or "#" in base:
        raise CannotRun("--fhir-base is no base URL such as https://r4.smarthealthit.org")
    if token and where.scheme == "http" and not is_this_machine(where.host):
        raise CannotRun("a token does not go out in clear: give an https address")
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Accept"] = "application/fhir+json"
        session.headers["User-Agent"] = "il2-advisor-sandbox-tests"
        session.headers["Cache-Control"] = "no-cache"
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        try:
            made = typed_server(base, token, SECONDS, allow_http=True)
            with made as typed:
                reader, watch = PlainReader(base, session), Watch(base)
                now = datetime.now(UTC)
                sandbox = Sandbox(base, token, token_name, watch, reader, typed, now)
                with watch.watching():
                    sandbox.statement = _statement(reader)
                    sandbox.patients = _named(reader, patients) or _found(reader)
                yield sandbox
        except AdvisorError as error:
            raise CannotRun(str(error)) from None


def _token(name: str | None) -> str | None:
    token = os.environ.get(name, "").strip() if name else None
    if name and not token:
        raise CannotRun("the variable that --fhir-token-env names is not set, or is empty")
    return token


def _statement(reader: PlainReader) -> Resource:
    try:
        found = reader.get("metadata")
    except Refused as why:
        raise CannotRun(f"{reader.base}/metadata has no CapabilityStatement: {why}") from None
    if found["resourceType"] not in ("CapabilityStatement", "Conformance"):
        raise CannotRun(f"{reader.base}/metadata is no CapabilityStatement")
    return found


def _named(reader: PlainReader, patients: Sequence[str]) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(patient_id(one) for one in patients))
    for one in ids:
        try:
            reader.get(f"Patient/{one}")
        except Refused as why:
            raise CannotRun(f"{reader.base} has no Patient/{one} for us: {why}") from None
    return ids


def _found(reader: PlainReader) -> tuple[str, ...]:
    """Some with melanoma, if the server can search for that, and then any."""
    ids = list(_some(_with_melanoma(reader), _WITH_MELANOMA))
    ids += _some((one for one in _any(reader) if one not in ids), MOST_PATIENTS - len(ids))
    if not ids:
        raise CannotRun(f"{reader.base} finds no Patient: name one with --fhir-patient ID")
    return tuple(ids)


def _some(ids: Iterable[str], count: int) -> Sequence[str]:
    return [one for one, _ in zip(dict.fromkeys(ids), range(count), strict=False)]


def _with_melanoma(reader: PlainReader) -> Iterator[str]:
    sets = (one.tokens(SNOMED, ICD10CM, ICD10) for one in MELANOMA)
    tokens = [token for one in sets for token in one]
    found: set[str] = set()
    for at in range(0, len(tokens), _CODES_A_QUERY):
        if len(found) >= _WITH_MELANOMA:
            break
        codes = ",".join(tokens[at : at + _CODES_A_QUERY])
        subjects = (one.get("subject") for one in _first_page(reader, f"Condition?code={codes}"))
        references = (one.get("reference", "") for one in subjects if isinstance(one, dict))
        found |= {one.rpartition("Patient/")[2] for one in references if "Patient/" in one}
    yield from sorted(found)


def _any(reader: PlainReader) -> Iterator[str]:
    yield from sorted(str(one.get("id")) for one in _first_page(reader, "Patient?_count=20"))


def _first_page(reader: PlainReader, query: str) -> Iterator[dict[str, Any]]:
    """The resources of the asked type; none where the server refuses the search."""
    try:
        page = reader.get(query)
    except Refused:
        return
    for entry in page.get("entry", ()):
        one = entry.get("resource", {})
        if one.get("resourceType") == query.partition("?")[0]:
            yield one
