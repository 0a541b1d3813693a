"""
A document → the chart of one patient: a FHIR Bundle from a file, or the prefetch of a request.

Keeps, for each query, which of the four states its answer is in (came, none, missing, failed).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from msgspec import Raw

from cds_hooks.errors import BadRequest, GateNotKnown, Unusable
from cds_hooks.fhir import answers, resources, twice, validity, versions
from cds_hooks.fhir import chart as read
from cds_hooks.fhir.bundles import Contents, Page, contents, has_earlier_page, page
from cds_hooks.fhir.collected import Collected
from cds_hooks.fhir.drafts import Draft
from cds_hooks.fhir.fetch import Fetcher, NotAllowed, ended
from cds_hooks.fhir.medications import Medications
from cds_hooks.fhir.pointers import may_point, unread
from cds_hooks.fhir.prefetch import GATE as ASKED_FIRST
from cds_hooks.fhir.references import References
from cds_hooks.fhir.resources import Bundle, Medication, Patient
from cds_hooks.fhir.sorting import Sorted
from rules.chart import Answer, Chart, Query, Skipped
from rules.local_codes import LocalRows

_NO_CODES: LocalRows = {}
_POINTERS = 2  # an order's drug, and its ingredients
_NEXT = b'"next"'  # a look that costs nothing, before a Bundle is decoded for its links


def _chart(
    collected: Collected,
    patient: tuple[str, Patient],
    references: References,
    answers: Mapping[Query, Answer],
    said: Contents,
    local: LocalRows,
    told_version: str | None = None,
) -> Chart:
    found = _sorted(collected, references, local)
    found.others[:0] = [
        (reference, "is another patient")
        for reference, _ in collected.patients()
        if reference != patient[0]
    ]
    invalid = [*collected.problems(patient), *found.invalid]
    not_valid = [validity.note(invalid)] if invalid else []
    notes = list(said.notes)
    if version := versions.note(told_version, found.versions | collected.versions):
        # where all was read, because it means the same, it is nothing for the card
        is_all = not found.skipped and all(answer.is_complete for answer in answers.values())
        (not_valid if is_all else notes).append(version)
    return Chart(
        patient=read.patient(patient[1], patient[0]),
        entries=tuple(found.entries),
        answers=dict(answers),
        skipped=tuple(found.skipped),
        of_others=(*found.others, *said.broken),
        notes=tuple(dict.fromkeys(notes)),
        not_valid="; ".join(not_valid) or None,
    )


def _sorted(
    collected: Collected, references: References, local: LocalRows, *, drafts_only: bool = False
) -> Sorted:
    shared = {
        held.reference: held.resource
        for held in collected.held
        if isinstance(held.resource, Medication)
    }
    found = Sorted(references, Medications(shared, references), local)
    for held in collected.held:
        if held.is_draft or not drafts_only:
            found.add(held)
    for broken in collected.broken.values():
        if broken.is_draft or not drafts_only:
            found.add_remains(broken)
    return found


# --- A Bundle from a file ---------------------------------------------------------------------


def from_bundle(bundle: Bundle, patient_id: str | None, local: LocalRows = _NO_CODES) -> Chart:
    """
    The chart of the one patient of a Bundle; `patient_id` names one where there are several.

    `local`: what the site's own codes stand for.

    A kind without an entry counts as an empty answer (criteria.md). `Unusable` if there is no
    Patient, or several and none is named.
    """
    found = contents(bundle)
    collected = Collected()
    for item in found.items:
        collected.add(item, ())
    patient = _choose(collected.patients(), patient_id, collected)
    id_ = patient[1].id
    full_urls = dict(collected.full_urls)
    references = References(
        patient_id=id_ or "", base=collected.bases.get(patient[0]), full_urls=full_urls
    )
    if not id_:
        # without an id only a full URL can point to the Patient
        full_urls.update(
            {url: "Patient/" for url, ref in collected.full_urls.items() if ref == patient[0]}
        )
    held = _kinds_held(collected)
    is_complete = found.is_complete and collected.untyped is None
    state = {query: _file_answer(query, held, is_complete=is_complete) for query in Query}
    chart = _chart(collected, patient, references, state, found, local)
    return replace(chart, skipped=_in_all_queries(chart))


def _choose(
    patients: list[tuple[str, Patient]], patient_id: str | None, collected: Collected
) -> tuple[str, Patient]:
    if patient_id is not None:
        for reference, one in patients:
            if one.id == patient_id:
                return reference, one
        raise Unusable("the Bundle holds no Patient with the id given by --patient")
    if len(patients) > 1:
        raise Unusable(
            f"the Bundle holds {len(patients)} Patients: name one with --patient ID, "
            "none is taken by itself"
        )
    if not patients:
        if any(one.error.type_name == "Patient" for one in collected.broken.values()):
            raise Unusable("the Patient of the Bundle cannot be read")
        raise Unusable("the Bundle holds no Patient: the chart of one patient is needed")
    return patients[0]


def _kinds_held(collected: Collected) -> frozenset[str]:
    decoded = {type(one.resource).__name__ for one in collected.held}
    broken = {one.error.type_name or "" for one in collected.broken.values()}
    return frozenset(decoded | broken)


def _file_answer(query: Query, held: frozenset[str], *, is_complete: bool) -> Answer:
    if not is_complete:
        return Answer.FAILED
    if query is Query.PATIENT or any(kind.value in held for kind in query.kinds):
        return Answer.CAME
    return Answer.NONE


def _in_all_queries(chart: Chart) -> tuple[Skipped, ...]:
    """In a file, a skipped resource may belong to any query of its kind."""
    return tuple(
        replace(s, queries=frozenset(q for q in Query if s.kind in q.kinds)) for s in chart.skipped
    )


# --- The prefetch of a request ----------------------------------------------------------------


# What tells whether the patient is ours: nearly every chart is answered after these. Medications
# come with either of the last two.
GATE: Final = (*ASKED_FIRST, Query.GIVEN)


def may_lack(body: bytes, prefetch: Mapping[str, Raw], asked: Iterable[str]) -> bool:
    """Whether a request may leave something to read: a query, a further page, a Medication."""
    return any(key not in prefetch for key in asked) or _NEXT in body or may_point(body)


class Prefetch:
    """
    The prefetch of a request, read query by query and each once (PRE-1 to PRE-7).

    `local`: what the site's own codes stand for.
    """

    def __init__(
        self,
        prefetch: Mapping[str, Raw],
        patient_id: str,
        fhir_server: str | None,
        local: LocalRows = _NO_CODES,
        fetcher: Fetcher | NotAllowed | None = None,
        drafts: Sequence[Draft] = (),
    ) -> None:
        self._prefetch = prefetch
        self._patient_id = patient_id
        self._fhir_server = fhir_server
        self._local = local
        self._fetcher = fetcher
        self._collected = Collected()
        self._answers: dict[Query, Answer] = {}
        self.fetched: dict[str, str] = {}  # key → how its query of the FHIR server ended
        self._sought: set[str] = set()  # `Type/id` that were read by reference, or not found
        self._said = Contents()
        for one in drafts:
            if one.query is not None:
                self._collected.add_draft(one.item, one.query, one.reference)

    def draft_chart(self) -> Chart:
        """
        The orders that are being drafted alone, with the drugs that they point to.

        Nothing else of the chart is read, but the answer for medicines where a drug is in it.
        """
        if self._pointed_to() and Query.MEDICINES.value in self._prefetch:
            self._read([Query.MEDICINES])
        self._read_pointed_to()
        found = _sorted(self._collected, self._references(), self._local, drafts_only=True)
        whose = read.patient(Patient(id=self._patient_id), f"Patient/{self._patient_id}")
        return Chart(whose, tuple(found.entries), skipped=tuple(found.skipped))

    def gate_chart(self) -> Chart:
        """
        The chart that the gate needs; Medications given are looked through if they came.

        What its orders only point to is not read yet: Conditions nearly always decide.
        """
        self._read([q for q in GATE if q is not Query.GIVEN or q.value in self._prefetch])
        return self._chart()

    def gate_chart_with_drugs(self) -> Chart | None:
        """The same with the drugs that its orders point to; None: it has no such orders."""
        return self._chart() if self._read_pointed_to() else None

    def chart(self) -> Chart:
        """
        The whole chart, with the state of each query.

        `GateNotKnown` if the Patient did not come; `BadRequest` if another patient came.
        """
        self._read(Query)
        self._read_pointed_to()
        return self._chart()

    def _read(self, queries: Iterable[Query]) -> None:
        """Queries that were not read before, and at the same time what is pointed to already."""
        wanted = [query for query in queries if query not in self._answers]
        lacking = [query for query in wanted if query.value not in self._prefetch]
        fetched: Mapping[Query | str, Contents] = {}
        if self._fetcher is not None:
            begun = {q: page for q in wanted if (page := self._begun(q)) is not None}
            pointed = self._pointed_to()
            fetched = self._fetcher.read(lacking, begun, pointed)
            if self._fetcher.note is not None and (lacking or begun):
                self._said.notes.append(self._fetcher.note)
            self._take_pointed_to(pointed, fetched)
        for query in wanted:
            if query in fetched:
                answer, found = answers.asked_for(fetched[query], query)
                self.fetched[query.value] = ended(found, is_complete=answer.is_complete).value
                self._take(query, answer, found)
            elif query.value in self._prefetch:
                self._take(query, *answers.prefetched(self._prefetch[query.value], query))
            else:
                self._answers[query] = Answer.MISSING

    def _chart(self) -> Chart:
        for query in self._collected.untyped or ():
            self._answers[query] = Answer.FAILED
        patient = _own_patient(self._collected, self._answers, self._patient_id)
        return _chart(
            self._collected,
            patient,
            self._references(),
            self._answers,
            self._said,
            self._local,
            self._fetcher.told_version if self._fetcher is not None else None,
        )

    def _references(self) -> References:
        return References(self._patient_id, self._fhir_server, self._collected.full_urls)

    def _begun(self, query: Query) -> Page | None:
        """The first page of an answer that the EHR sent, if others follow."""
        raw = self._prefetch.get(query.value)
        if raw is None or _NEXT not in bytes(raw):
            return None
        one = resources.part(raw, Bundle)
        if one is None or twice.bundle_holds(bytes(raw), one.entry or ()):
            return None
        found = page(one, f"{query.value}.")
        return None if found.next_url is None or has_earlier_page(one) else found

    def _take(self, query: Query, answer: Answer, found: Contents) -> None:
        self._answers[query] = answer
        self._said.notes += [f"{query.value}: {note}" for note in found.notes]
        self._said.broken += found.broken
        for item in found.items:
            self._collected.add(item, (query,))

    def _read_pointed_to(self) -> bool:
        """What entries point to and what that points to in turn; whether anything was to read."""
        if self._fetcher is None:
            return False
        for number in range(_POINTERS):
            pointed = self._pointed_to()
            if not pointed:
                return number > 0
            self._take_pointed_to(pointed, self._fetcher.read((), {}, pointed))
        return True

    def _pointed_to(self) -> Mapping[str, set[Query]]:
        """What entries point to and no search brings, that was not sought yet."""
        pointed = unread(self._collected.held, self._references())
        return {one: queries for one, queries in pointed.items() if one not in self._sought}

    def _take_pointed_to(
        self, pointed: Mapping[str, set[Query]], fetched: Mapping[Query | str, Contents]
    ) -> None:
        self._sought.update(pointed)
        for reference, queries in pointed.items():
            if (found := fetched.get(reference)) is None:
                continue
            kind = reference.partition("/")[0]
            self._said.notes += [f"{kind}: {note}" for note in found.notes]
            for item in found.items:
                self._collected.add(item, queries)


def _own_patient(
    collected: Collected, answers: dict[Query, Answer], patient_id: str
) -> tuple[str, Patient]:
    patients = collected.patients()
    for reference, one in patients:
        if one.id == patient_id:
            if len(patients) > 1:
                break
            return reference, one
    if patients:
        raise BadRequest(
            "prefetch.patient is another patient than context.patientId: both must name the same"
        )
    came = answers.get(Query.PATIENT, Answer.MISSING) is Answer.CAME
    state = "cannot be read" if came else "did not come"
    raise GateNotKnown(
        f"prefetch.patient is needed and {state}: send the Patient that context.patientId names"
    )
