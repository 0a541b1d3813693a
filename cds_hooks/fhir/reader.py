"""
A document → the chart of one patient: a FHIR Bundle from a file, or the prefetch of a request.

Keeps, for each query, which of the four states its answer is in (came, none, missing, failed).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from msgspec import Raw, structs

from cds_hooks.errors import BadRequest, GateNotKnown, Unusable
from cds_hooks.fhir import chart as read
from cds_hooks.fhir import resources, twice, validity
from cds_hooks.fhir.bundles import Contents, Item, contents
from cds_hooks.fhir.local import understood
from cds_hooks.fhir.medications import Medications
from cds_hooks.fhir.references import References, Subject, base_of
from cds_hooks.fhir.resources import Bundle, Medication, OperationOutcome, Patient
from cds_hooks.fhir.validity import Verdict
from rules.chart import Answer, Chart, Drug, Entry, Kind, Query, Skipped
from rules.local_codes import LocalRows

_NO_CODES: LocalRows = {}


@dataclass(slots=True)
class _Held:
    """One resource, where it stood, and the queries that brought it."""

    reference: str
    resource: resources.Resource
    raw: bytes
    queries: set[Query]
    _verdicts: dict[bool, Verdict] = field(default_factory=dict)

    def verdict(self, *, may_matter: bool) -> Verdict:
        """
        What is wrong with it, looked at once.

        R4 is asked only where a rule may look; two elements of one name, wherever they may hide it.
        """
        if may_matter not in self._verdicts:
            self._verdicts[may_matter] = (
                validity.examine(self.raw)
                if may_matter
                else Verdict(problem=None, is_twice=twice.holds(self.raw))
            )
        return self._verdicts[may_matter]


@dataclass(slots=True)
class _Broken:
    """One resource that could not be decoded."""

    place: str
    error: resources.Unreadable
    raw: bytes
    queries: set[Query]


@dataclass(slots=True)
class _Collected:
    """Everything decoded, before it is known who the patient is."""

    held: list[_Held] = field(default_factory=list)
    broken: dict[bytes, _Broken] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)  # reference → server base of its full URL
    _known: dict[str | bytes, list[_Held]] = field(default_factory=dict)

    def add(self, item: Item, queries: Iterable[Query]) -> None:
        """Decode one resource; the same one under several queries is kept once."""
        try:
            one = _decoded(item.raw)
        except resources.Unreadable as error:
            broken = self.broken.setdefault(item.raw, _Broken(item.place, error, item.raw, set()))
            broken.queries.update(queries)
            return
        if one is None:
            self._notice(item, queries)
            return
        reference = f"{type(one).__name__}/{one.id}" if one.id else item.place
        if item.full_url:
            self.full_urls[item.full_url] = reference
            if base := base_of(item.full_url, reference):
                self.bases[reference] = base
        # the same id is the same resource, unless what we read of it differs
        same = self._known.setdefault(reference if one.id else item.raw, [])
        for held in same:
            if held.resource == one:
                held.queries.update(queries)
                return
        held = _Held(reference, one, item.raw, set(queries))
        same.append(held)
        self.held.append(held)

    def _notice(self, item: Item, queries: Iterable[Query]) -> None:
        """A type that other versions of FHIR have for one that is read is as one that is broken."""
        remains = resources.part(Raw(item.raw), resources.Remains)
        called = resources.part(remains.resourceType, str) if remains else None
        if remains is None or called not in resources.OF_OTHER_VERSIONS:
            return
        error = resources.Unreadable(
            f"is of the type {called}, of another version of FHIR",
            resources.OF_OTHER_VERSIONS[called],
            structs.replace(remains, id=resources.ABSENT),
        )
        broken = self.broken.setdefault(item.raw, _Broken(item.place, error, item.raw, set()))
        broken.queries.update(queries)

    @property
    def untyped(self) -> frozenset[Query] | None:
        """The queries that brought a resource of no type: it may be anything. None: no such."""
        found = [one.queries for one in self.broken.values() if not one.error.type_name]
        return frozenset().union(*found) if found else None

    def problems(self, patient: tuple[str, Patient]) -> list[tuple[str, str]]:
        """Where the Patient breaks R4."""
        held = next(held for held in self.held if held.resource is patient[1])
        problem = held.verdict(may_matter=True).problem
        return [(patient[0], problem)] if problem else []

    def patients(self) -> list[tuple[str, Patient]]:
        """The Patient resources, one for each reference."""
        found = {
            one.reference: one.resource for one in self.held if isinstance(one.resource, Patient)
        }
        return list(found.items())


def _decoded(raw: bytes) -> resources.Resource | None:
    """One resource; a Patient or a Medication, which is no entry of its own, without a doubt."""
    one = resources.decode(raw)
    if isinstance(one, Patient | Medication) and twice.holds(raw):
        remains = resources.part(Raw(raw), resources.Remains)
        raise resources.Unreadable(twice.REASON, type(one).__name__, remains)
    return one


@dataclass(slots=True)
class _Sorted:
    """What was read, what had to be set aside, and what is not our patient's."""

    references: References
    medications: Medications
    local: LocalRows
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    invalid: list[tuple[str, str]] = field(default_factory=list)  # read, and not valid R4

    def add(self, held: _Held) -> None:
        """One resource that was decoded."""
        reference, one = held.reference, held.resource
        if isinstance(one, Patient | Medication | Bundle | OperationOutcome):
            return
        subject = read.subject_of(one, self.references)
        made: Sequence[Entry] = ()
        reason = "names no patient" if subject is Subject.NOT_TOLD else None
        if subject is Subject.OURS:
            try:
                made = read.entries(one, reference, self.references, self.medications)
                made = understood(made, self.local)
            except read.SetAside as error:
                reason = str(error)
        verdict = held.verdict(may_matter=any(_may_matter(entry) for entry in made))
        queries = frozenset(held.queries)
        if verdict.is_twice:
            found = read.skipped_twice(type(one).__name__, held.raw, reference, queries)
            self.skipped += understood((found,) if found else (), self.local)
        elif subject is Subject.ANOTHER:
            self.others.append((reference, "is of another patient"))
        elif reason is not None:
            left = read.skipped(one, reference, reason, queries, self.medications)
            self.skipped += understood((left,), self.local)
        else:
            self.entries += made
            if verdict.problem:
                self.invalid.append((reference, verdict.problem))

    def add_remains(self, broken: _Broken) -> None:
        """One that could not be decoded."""
        error = broken.error
        remains = error.remains or resources.Remains()
        id_ = resources.part(remains.id, str)
        reference = f"{error.type_name}/{id_}" if error.type_name and id_ else broken.place
        raw = remains.subject if resources.is_there(remains.subject) else remains.patient
        subject = self.references.subject(resources.part(raw, resources.Reference))
        if subject is Subject.ANOTHER:
            self.others.append((reference, "is of another patient"))
            return
        queries = frozenset(broken.queries)
        if twice.holds(broken.raw):
            found = read.skipped_twice(error.type_name or "", broken.raw, reference, queries)
        else:
            found = read.skipped_remains(error, reference, queries)
        if found is not None:
            self.skipped += understood((found,), self.local)
        else:
            self.others.append((reference, error.reason))


def _may_matter(entry: Entry) -> bool:
    """Whether a rule may look for it: it has a code of some value set, or a word of one."""
    names = entry.drug_names if isinstance(entry, Drug) else entry.named
    return bool(names) or any(entry.listed)


def _chart(
    collected: _Collected,
    patient: tuple[str, Patient],
    references: References,
    answers: Mapping[Query, Answer],
    said: Contents,
    local: LocalRows,
) -> Chart:
    shared = {
        held.reference: held.resource
        for held in collected.held
        if isinstance(held.resource, Medication)
    }
    found = _Sorted(references, Medications(shared, references), local)
    found.others += [
        (reference, "is another patient")
        for reference, _ in collected.patients()
        if reference != patient[0]
    ]
    for held in collected.held:
        found.add(held)
    for broken in collected.broken.values():
        found.add_remains(broken)
    invalid = [*collected.problems(patient), *found.invalid]
    notes = [*said.notes, *([validity.note(invalid)] if invalid else [])]
    return Chart(
        patient=read.patient(patient[1], patient[0]),
        entries=tuple(found.entries),
        answers=dict(answers),
        skipped=tuple(found.skipped),
        of_others=(*found.others, *said.broken),
        notes=tuple(dict.fromkeys(notes)),
    )


# --- A Bundle from a file ---------------------------------------------------------------------


def from_bundle(bundle: Bundle, patient_id: str | None, local: LocalRows = _NO_CODES) -> Chart:
    """
    The chart of the one patient of a Bundle; `patient_id` names one where there are several.

    `local`: what the site's own codes stand for.

    A kind without an entry counts as an empty answer (criteria.md). `Unusable` if there is no
    Patient, or several and none is named.
    """
    found = contents(bundle)
    collected = _Collected()
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
    patients: list[tuple[str, Patient]], patient_id: str | None, collected: _Collected
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


def _kinds_held(collected: _Collected) -> frozenset[str]:
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
GATE: Final = (
    Query.PATIENT,
    Query.PROBLEMS,
    Query.ENCOUNTER_DIAGNOSES,
    Query.MEDICINES,
    Query.GIVEN,
)


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
    ) -> None:
        self._prefetch = prefetch
        self._patient_id = patient_id
        self._fhir_server = fhir_server
        self._local = local
        self._collected = _Collected()
        self._answers: dict[Query, Answer] = {}
        self._said = Contents()

    def chart(self, queries: Iterable[Query] = Query) -> Chart:
        """
        The chart that these queries make, with the state of each.

        `GateNotKnown` if the Patient did not come; `BadRequest` if another patient came.
        """
        for query in queries:
            if query not in self._answers:
                self._read(query)
        for query in self._collected.untyped or ():
            self._answers[query] = Answer.FAILED
        patient = _own_patient(self._collected, self._answers, self._patient_id)
        references = References(self._patient_id, self._fhir_server, self._collected.full_urls)
        return _chart(self._collected, patient, references, self._answers, self._said, self._local)

    def _read(self, query: Query) -> None:
        if query.value not in self._prefetch:
            self._answers[query] = Answer.MISSING
            return
        self._answers[query], found = _answer(self._prefetch[query.value], query)
        self._said.notes += [f"{query.value}: {note}" for note in found.notes]
        self._said.broken += found.broken
        for item in found.items:
            self._collected.add(item, (query,))


def _answer(raw: Raw, query: Query) -> tuple[Answer, Contents]:
    """One prefetch value: null is none; an outcome, or what is no resource, has failed."""
    if bytes(raw).strip() == b"null":
        # a read cannot be "known to be none": the Patient exists (PRE-3)
        return (Answer.FAILED if query is Query.PATIENT else Answer.NONE), Contents()
    place = f"{query.value}."
    try:
        one = resources.decode(raw)
    except resources.Unreadable as error:
        if error.type_name is None or not _is_asked(error.type_name, query):
            return Answer.FAILED, Contents(notes=["the value is no resource that can be read"])
        return Answer.CAME, Contents(items=[Item(place + "entry[0]", bytes(raw))])
    if one is None:
        return Answer.FAILED, Contents(notes=["the value is of a type that was not asked for"])
    if isinstance(one, OperationOutcome):
        return Answer.FAILED, Contents(notes=["the EHR could not answer"])
    if not isinstance(one, Bundle):
        if not _is_asked(type(one).__name__, query):
            return Answer.FAILED, Contents(notes=["the value is of a type that was not asked for"])
        return Answer.CAME, Contents(items=[Item(place + "entry[0]", bytes(raw))])
    found = contents(one, place)
    held = bool(found.items)
    asked = [item for item in found.items if _is_asked(_type_of(item), query)]
    found.items = asked
    if not found.is_complete:
        return Answer.FAILED, found
    if held and not asked:
        found.notes.append("the answer holds only what was not asked for")
        return Answer.FAILED, found
    return (Answer.CAME if asked else Answer.NONE), found


def _type_of(item: Item) -> str:
    named = resources.part(Raw(item.raw), resources.Named)
    return (named.resourceType if named else None) or ""


def _is_asked(type_name: str, query: Query) -> bool:
    """A resource of another type is passed over (PRE-6); one without a type is not."""
    if query is Query.PATIENT:
        return type_name == "Patient"
    if query in (Query.MEDICINES, Query.GIVEN) and type_name == "Medication":
        return True
    if type_name == "BodyStructure" and Kind.OBSERVATION in query.kinds:
        return True
    return type_name == "" or any(type_name == kind.value for kind in query.kinds)


def _own_patient(
    collected: _Collected, answers: dict[Query, Answer], patient_id: str
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
