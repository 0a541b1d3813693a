"""
What the EHR shared about one patient, as facts: no FHIR shapes, nothing judged.

Made by `cds_hooks.fhir.chart`. Entries made in error, cancelled, not done or refuted, and those
of another patient, never reach a chart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import TypeVar

from rules import codes, stems
from rules.codes import Code, Coding, ValueSet
from rules.stems import DrugName
from rules.units import Quantity


class Kind(Enum):
    """The kinds of entries that the rules read, by their FHIR resource type."""

    __hash__ = object.__hash__  # quicker than Enum's: a key of many dicts

    CONDITION = "Condition"
    OBSERVATION = "Observation"
    REPORT = "DiagnosticReport"
    PROCEDURE = "Procedure"
    ALLERGY = "AllergyIntolerance"
    MEDICATION_REQUEST = "MedicationRequest"
    MEDICATION_STATEMENT = "MedicationStatement"
    MEDICATION_ADMINISTRATION = "MedicationAdministration"
    ENCOUNTER = "Encounter"
    DEVICE = "Device"
    ORDER = "ServiceRequest"
    SITE = "BodyStructure"


class Query(Enum):
    """
    The things asked of the EHR; the value is the prefetch key (`fhir-notes.md`, section 3).

    Completeness is judged for each of them, never for a resource type as a whole.
    """

    __hash__ = object.__hash__  # quicker than Enum's: a key of many dicts

    PATIENT = "patient"
    PROBLEMS = "problems"
    ENCOUNTER_DIAGNOSES = "encounterDx"
    PERFORMANCE = "performance"
    STAGE = "stage"
    LABS = "labs"
    IMAGING_OBSERVATIONS = "imagingObs"
    IMAGING = "imaging"
    PROCEDURES = "procedures"
    MEDICINES = "medicines"
    GIVEN = "given"
    ALLERGIES = "allergies"
    STAYS = "stays"
    FUNCTION = "function"
    VITALS = "vitals"
    SOCIAL = "social"
    HEART_AND_LUNG = "heartLung"
    DEVICES = "devices"
    ORDERS = "orders"

    @property
    def kinds(self) -> frozenset[Kind]:
        """The kinds of entries that an answer to this query may hold."""
        return _KINDS[self]


_KINDS: Mapping[Query, frozenset[Kind]] = {
    Query.PATIENT: frozenset(),
    Query.PROBLEMS: frozenset({Kind.CONDITION}),
    Query.ENCOUNTER_DIAGNOSES: frozenset({Kind.CONDITION}),
    Query.PERFORMANCE: frozenset({Kind.OBSERVATION}),
    Query.STAGE: frozenset({Kind.OBSERVATION}),
    Query.LABS: frozenset({Kind.OBSERVATION}),
    Query.IMAGING_OBSERVATIONS: frozenset({Kind.OBSERVATION}),
    Query.IMAGING: frozenset({Kind.REPORT}),
    Query.PROCEDURES: frozenset({Kind.PROCEDURE}),
    Query.MEDICINES: frozenset({Kind.MEDICATION_REQUEST, Kind.MEDICATION_STATEMENT}),
    Query.GIVEN: frozenset({Kind.MEDICATION_ADMINISTRATION}),
    Query.ALLERGIES: frozenset({Kind.ALLERGY}),
    Query.STAYS: frozenset({Kind.ENCOUNTER}),
    Query.FUNCTION: frozenset({Kind.OBSERVATION}),
    Query.VITALS: frozenset({Kind.OBSERVATION}),
    Query.SOCIAL: frozenset({Kind.OBSERVATION}),
    Query.HEART_AND_LUNG: frozenset({Kind.REPORT}),
    Query.DEVICES: frozenset({Kind.DEVICE}),
    Query.ORDERS: frozenset({Kind.ORDER}),
}


class Answer(Enum):
    """How a query ended. Four states, never two: only the first two are knowledge."""

    CAME = "came"  # all pages; the entries are in the chart, if there are any
    NONE = "none"  # known to be none (a null, an empty answer)
    MISSING = "missing"  # not sent: not known
    FAILED = "failed"  # refused, broken, or not all pages: not known

    @property
    def is_complete(self) -> bool:
        """Whether nothing can be missing from what came."""
        return self in (Answer.CAME, Answer.NONE)


@dataclass(frozen=True, slots=True)
class When:
    """
    A date as the chart wrote it: the interval of days that it names, and its instant.

    `at` is None for a plain or partial date; without an offset it is a naive datetime.
    """

    text: str
    first: date
    last: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What all entries of a chart have: where it stands, what it is, when it was."""

    kind: Kind
    reference: str
    codings: tuple[Coding, ...] = ()
    texts: tuple[str, ...] = ()  # code text and displays: for stems, never parsed
    when: When | None = None
    is_dated_badly: bool = False  # a date was written and cannot be read
    listed: tuple[tuple[Code, ...], ...] = field(init=False, compare=False, repr=False)
    named: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Look codes and words up once: rows of codes.csv of each coding, sets a stem names."""
        object.__setattr__(self, "listed", tuple(codes.listed(c) for c in self.codings))
        if self.kind in (Kind.CONDITION, Kind.PROCEDURE, Kind.ALLERGY):
            # a bare code is called what codes.csv calls it, so that a row can recognise the words
            words = self.texts or tuple(c.display for found in self.listed for c in found)
            object.__setattr__(self, "named", stems.conditions_named(words))
        else:
            object.__setattr__(self, "named", frozenset())

    @property
    def has_code(self) -> bool:
        """Whether it can be told at all what the entry is about."""
        return bool(self.codings or self.texts)


class Clinical(Enum):
    """Whether a condition is going on."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    CONFLICTING = "conflicting"  # active, and abated
    UNCLEAR = "unclear"  # a status that FHIR does not know


@dataclass(frozen=True, slots=True)
class Condition(Entry):
    """A problem or diagnosis."""

    clinical: Clinical = Clinical.ACTIVE
    is_confirmed: bool = True  # False: unconfirmed, provisional, differential, unknown word
    is_encounter_diagnosis: bool = False  # of that category and no other
    onset: When | None = None
    abated: When | None = None
    body_sites: tuple[Coding, ...] = ()
    has_body_site: bool = False  # one was written, readable or not
    stages: tuple["Coded", ...] = ()
    related: tuple[str, ...] = ()  # references to the primary cancer


class Status(Enum):
    """How far a result, report, procedure or medication entry can be relied on."""

    FINAL = "final"
    NOT_FINAL = "not-final"
    UNUSABLE = "unusable"  # status unknown or missing


@dataclass(frozen=True, slots=True)
class Coded:
    """A coded value."""

    codings: tuple[Coding, ...]
    text: str | None = None

    @property
    def listed(self) -> tuple[tuple[Code, ...], ...]:
        """The rows of codes.csv of each coding."""
        return tuple(codes.listed(c) for c in self.codings)


@dataclass(frozen=True, slots=True)
class Range:
    """A range of values."""

    low: Quantity | None
    high: Quantity | None


class NoValue(Enum):
    """There is nothing to read."""

    ABSENT = "absent"  # none was written
    UNREADABLE = "unreadable"  # a data-absent-reason, or a form that the rules do not read


Value = Quantity | Coded | Range | bool | int | str | NoValue


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """A normal range; `sexes` empty: for all; ages in years."""

    low: Quantity | None = None
    high: Quantity | None = None
    sexes: frozenset[str] = frozenset()
    age_low: int | None = None
    age_high: int | None = None


@dataclass(frozen=True, slots=True)
class Observation(Entry):
    """A measurement or finding; a component with a code of its own is an entry of its own."""

    status: Status = Status.FINAL
    value: Value = NoValue.ABSENT
    issued: When | None = None
    interpretation: tuple[Coding, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    body_sites: tuple[Coding, ...] = ()
    focus: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    parent_codings: tuple[Coding, ...] = ()  # of the Observation, where this is a component


@dataclass(frozen=True, slots=True)
class Site(Entry):
    """A place in the body that observations point to; `codings` say where it is."""


@dataclass(frozen=True, slots=True)
class Report(Entry):
    """A diagnostic report."""

    status: Status = Status.FINAL
    conclusions: tuple[Coded, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure(Entry):
    """Something done; `FINAL` is completed, `NOT_FINAL` begun or stopped, else it is unclear."""

    status: Status = Status.FINAL
    is_planned: bool = False
    is_running: bool = False
    body_sites: tuple[Coding, ...] = ()
    began: When | None = None  # of a period; None: it has no start, or is no period
    ended: When | None = None
    outcome: Coded | None = None


@dataclass(frozen=True, slots=True)
class Allergy(Entry):
    """An allergy or intolerance; `codings` holds the substances of its reactions too."""

    is_confirmed: bool = True
    is_high: bool = False  # criticality high
    severities: tuple[str, ...] = ()  # one for each reaction, empty where it is not told


class Course(Enum):
    """Where a medication entry stands."""

    ACTIVE = "active"
    DRAFT = "draft"  # an order not signed yet
    PAST = "past"  # was taken or given, or ordered and ended
    UNCLEAR = "unclear"  # on hold, or status unknown


@dataclass(frozen=True, slots=True)
class Between:
    """The time between two dates; `None`: that end is not told, or cannot be read."""

    start: When | None
    end: When | None


# How long doses are given: so long, from so long to so long, or between two dates.
Bounds = Quantity | Range | Between | NoValue


@dataclass(frozen=True, slots=True)
class Timing:
    """How often a dose is taken: `frequency` times in `period` `unit`s, `count` times in all."""

    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    unit: str | None = None  # UCUM: s, min, h, d, wk, mo, a
    count: int | None = None
    count_max: int | None = None
    bounds: Bounds | None = None  # None: for how long is not told
    codings: tuple[Coding, ...] = ()  # a code of the rhythm, such as TID
    has_more: bool = False  # times or days are told that are not read


@dataclass(frozen=True, slots=True)
class Dosage:
    """How a medicine is to be taken, or was given."""

    route: Coded
    dose: Quantity | Range | None = None
    is_dose_unreadable: bool = False  # one was written, and cannot be read; or two that differ
    doses: tuple[Quantity | Range, ...] = ()  # all that were written, if each can be read
    has_ceiling: bool = False  # a highest dose is told, which is not read
    sequence: int | None = None  # its place among the dosages; the same: at the same time
    timing: Timing | None = None
    is_as_needed: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Drug(Entry):
    """A medication ordered, stated or given."""

    course: Course = Course.ACTIVE
    until: When | None = None  # end of the period it was ordered or stated for
    dosages: tuple[Dosage, ...] = ()
    categories: tuple[Coding, ...] = ()
    began: When | None = None  # start of the period in which it was stated or given
    drug_names: tuple[DrugName, ...] = field(init=False, compare=False, repr=False)

    @property
    def routes(self) -> tuple[Coded, ...]:
        """One for each dosage; without codings and text: not told."""
        return tuple(dosage.route for dosage in self.dosages)

    def __post_init__(self) -> None:
        """Look the names of medicines up once, of whatever class."""
        Entry.__post_init__(self)
        object.__setattr__(self, "drug_names", stems.drugs_named(self.texts))


@dataclass(frozen=True, slots=True)
class Encounter(Entry):
    """A visit or stay; `codings` holds its class and discharge disposition."""

    encounter_class: Coding | None = None
    is_planned: bool = False
    is_finished: bool = False
    began: When | None = None
    ended: When | None = None


@dataclass(frozen=True, slots=True)
class Device(Entry):
    """A device in or on the patient; `is_active` False: taken out; None: its status is unknown."""

    is_active: bool | None = True


@dataclass(frozen=True, slots=True)
class Order(Entry):
    """A test or treatment ordered; `when` is when it is to be done, else when it was ordered."""

    course: Course = Course.ACTIVE
    occurs: When | None = None  # when it is to be done


@dataclass(frozen=True, slots=True)
class Skipped(Entry):
    """A resource that could not be read or placed; `codings` are what could still be read."""

    reason: str = ""
    queries: frozenset[Query] = frozenset()  # the answers that held it


@dataclass(frozen=True, slots=True)
class Patient:
    """The person; `deceased` None: not told; `died`: the date of death, if it can be read."""

    reference: str
    birth: When | None = None
    is_birth_unreadable: bool = False
    gender: str | None = None
    deceased: bool | None = None
    died: When | None = None
    birth_sex: str | None = None  # M, F, or another word of the extension


_E = TypeVar("_E", bound=Entry)


@dataclass(frozen=True)
class Chart:
    """All facts of one patient, and how each query for them was answered."""

    patient: Patient
    entries: tuple[Entry, ...] = ()
    answers: Mapping[Query, Answer] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    of_others: tuple[tuple[str, str], ...] = ()  # (reference, reason): ignored, and reported
    notes: tuple[str, ...] = ()  # what the EHR said about its own answers
    not_valid: str | None = None  # what was read although it breaks FHIR; not for the card

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Entry, ...]]:
        groups: dict[Kind, list[Entry]] = {}
        for entry in self.entries:
            groups.setdefault(entry.kind, []).append(entry)
        return {kind: tuple(found) for kind, found in groups.items()}

    @cached_property
    def _by_set(self) -> Mapping[tuple[Kind, str], tuple[Entry, ...]]:
        index: dict[tuple[Kind, str], list[Entry]] = {}
        for entry in self.entries:
            for name in {c.value_set for found in entry.listed for c in found}:
                index.setdefault((entry.kind, name), []).append(entry)
        return {key: tuple(found) for key, found in index.items()}

    def of_kind(self, record: type[_E], kind: Kind) -> tuple[_E, ...]:
        """Every entry of a kind."""
        return tuple(e for e in self._by_kind.get(kind, ()) if isinstance(e, record))

    @cached_property
    def _by_name(self) -> Mapping[tuple[Kind, str], tuple[Entry, ...]]:
        index: dict[tuple[Kind, str], list[Entry]] = {}
        for entry in self.entries:
            for name in entry.named:
                index.setdefault((entry.kind, name), []).append(entry)
        return {key: tuple(found) for key, found in index.items()}

    def listed_in(self, record: type[_E], kind: Kind, *wanted: ValueSet) -> tuple[_E, ...]:
        """The entries with a coding of one of the sets, or of a set that belongs to it."""
        names = sorted(frozenset().union(*(codes.family(one) for one in wanted)))
        found = {id(e): e for name in names for e in self._by_set.get((kind, name), ())}
        return tuple(e for e in found.values() if isinstance(e, record))

    def near(self, record: type[_E], kind: Kind, *wanted: ValueSet) -> tuple[_E, ...]:
        """As `listed_in`, and the entries whose words hold a stem of one of the sets."""
        found = {id(e): e for e in self.listed_in(record, kind, *wanted)}
        for one in wanted:
            found.update({id(e): e for e in self._named_in(record, kind, one)})
        return tuple(found.values())

    def _named_in(self, record: type[_E], kind: Kind, wanted: ValueSet) -> tuple[_E, ...]:
        named = self._by_name.get((kind, wanted.name), ())
        return tuple(e for e in named if isinstance(e, record))

    def count(self, kinds: Iterable[Kind]) -> int:
        """How many entries of these kinds were read."""
        return sum(len(self._by_kind.get(kind, ())) for kind in kinds)

    @cached_property
    def _by_reference(self) -> Mapping[str, Entry]:
        index: dict[str, Entry] = {}
        for entry in self.entries:
            index.setdefault(entry.reference, entry)
        return index

    def resolve(self, reference: str) -> Entry | None:
        """The entry that a reference of this chart points to, if it was shared."""
        return self._by_reference.get(reference)

    @cached_property
    def _components(self) -> Mapping[str, tuple[Observation, ...]]:
        index: dict[str, list[Observation]] = {}
        for entry in self.of_kind(Observation, Kind.OBSERVATION):
            if entry.parent_codings:
                index.setdefault(entry.reference, []).append(entry)
        return {reference: tuple(found) for reference, found in index.items()}

    def parts_of(self, whole: Observation) -> tuple[Observation, ...]:
        """Of what a panel consists: its components, and its members as far as they were shared."""
        if whole.parent_codings:
            return ()  # a component has no parts
        members = (self.resolve(member) for member in whole.members)
        shared = tuple(one for one in members if isinstance(one, Observation))
        return self._components.get(whole.reference, ()) + shared
