"""Orders, statements and doses given → entries of the chart, and which drug each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Raw

from cds_hooks.fhir import dates, parts, resources
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.references import References
from rules.chart import (
    Between,
    Bounds,
    Coded,
    Course,
    Dosage,
    Drug,
    Entry,
    Kind,
    NoValue,
    Range,
    Timing,
    When,
)
from rules.codes import Coding
from rules.units import Quantity

_Medicated = fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration

_COURSES = {
    Kind.MEDICATION_REQUEST: {
        "active": Course.ACTIVE,
        "draft": Course.DRAFT,
        "completed": Course.PAST,
        "stopped": Course.PAST,
    },
    Kind.MEDICATION_STATEMENT: {
        "active": Course.ACTIVE,
        "completed": Course.PAST,
        "stopped": Course.PAST,
    },
    Kind.MEDICATION_ADMINISTRATION: {
        "completed": Course.PAST,
        "in-progress": Course.ACTIVE,
        "stopped": Course.PAST,
    },
}


_NOT_TAKEN = frozenset({*parts.AS_ABSENT, "intended", "not-taken"})


_DEEPEST = 3  # mixtures of mixtures


class Medications:
    """Medication resources by reference, for entries that only point to one."""

    def __init__(self, shared: dict[str, fhir.Medication], references: References) -> None:
        self._shared = shared
        self._references = references

    def concepts(
        self,
        one: _Medicated,
    ) -> tuple[fhir.CodeableConcept, ...]:
        """Everything that says which drug it is: inline, contained, shared, or a display."""
        found = [one.medicationCodeableConcept] if one.medicationCodeableConcept else []
        if one.medication and one.medication.concept:
            found.append(one.medication.concept)
        inside = one.medication.reference if one.medication else None
        for pointer in (p for p in (one.medicationReference, inside) if p is not None):
            medication = self._find(one, pointer.reference)
            if medication is not None:
                found += self._named_by(one, medication, _DEEPEST)
            if pointer.display:
                found.append(fhir.CodeableConcept(text=pointer.display))
        return tuple(found)

    def _named_by(
        self,
        one: _Medicated,
        medication: fhir.Medication,
        depth: int,
    ) -> list[fhir.CodeableConcept]:
        """The code of a medication and of its ingredients, which may be medications themselves."""
        found = [medication.code] if medication.code else []
        for ingredient in medication.ingredient or ():
            if ingredient is None:
                continue
            item = ingredient.item or fhir.CodeableReference()
            found += [c for c in (ingredient.itemCodeableConcept, item.concept) if c]
            pointer = ingredient.itemReference or item.reference
            inside = self._find(one, pointer.reference) if pointer and depth else None
            if inside is not None:
                found += self._named_by(one, inside, depth - 1)
            if pointer and pointer.display:
                found.append(fhir.CodeableConcept(text=pointer.display))
        return found

    def _find(
        self,
        one: _Medicated,
        reference: str | None,
    ) -> fhir.Medication | None:
        if reference and reference.startswith("#"):
            for raw in one.contained or ():
                try:
                    inside = resources.decode(raw)
                except resources.Unreadable:
                    continue
                if isinstance(inside, fhir.Medication) and inside.id == reference[1:]:
                    return inside
            return None
        local = self._references.local(reference)
        return self._shared.get(local) if local else None


@dataclass(frozen=True, slots=True)
class _Course:
    """When a medicine was ordered, taken or given, until when, and how."""

    dated: parts.Dated
    dosages: list[fhir.Dosage]
    until: When | None = None
    categories: tuple[Coding, ...] = ()
    began: When | None = None


def _course(one: _Medicated) -> _Course | None:
    """None: it is as if absent, because it was not ordered, not taken or not given."""
    if one.status in _NOT_TAKEN:
        return None
    match one:
        case fhir.MedicationRequest():
            if one.doNotPerform or one.intent in parts.NO_ORDER:
                return None
            dosages = [d for d in one.dosageInstruction or () if d is not None]
            timings = [resources.part(d.timing, fhir.Timing) for d in dosages]
            ends = [
                t.repeat.boundsPeriod.end
                for t in timings
                if t is not None and t.repeat and t.repeat.boundsPeriod
            ]
            return _Course(
                dated=parts.Dated(one.authoredOn),
                dosages=dosages,
                until=_last(ends) if len(ends) == len(dosages) else None,
                categories=parts.all_codings(one.category),
            )
        case fhir.MedicationStatement():
            if one.taken == "n":
                return None
            return _Course(
                dated=parts.Dated(
                    one.effectiveDateTime,
                    one.effectivePeriod,
                    one.effectiveTiming,
                    one.dateAsserted,
                ),
                dosages=[d for d in one.dosage or () if d is not None],
                until=parts.ended(one.effectivePeriod),
                began=parts.began(one.effectivePeriod),
            )
        case fhir.MedicationAdministration():
            if one.notGiven:
                return None
            return _Course(
                dated=parts.Dated(
                    one.effectiveDateTime or one.occurenceDateTime,
                    one.effectivePeriod or one.occurencePeriod,
                ),
                dosages=[one.dosage] if one.dosage else [],
                began=parts.began(one.effectivePeriod or one.occurencePeriod),
            )


def drug(one: _Medicated, reference: str, medications: Medications) -> Sequence[Entry]:
    """One order, statement or dose; nothing where it was not taken or must not be given."""
    course = _course(one)
    if course is None:
        return ()
    kind = parts.KINDS[type(one).__name__]
    concepts = medications.concepts(one)
    return (
        Drug(
            kind=kind,
            reference=reference,
            codings=tuple(c for concept in concepts for c in parts.codings(concept)),
            texts=tuple(dict.fromkeys(t for concept in concepts for t in parts.texts(concept))),
            when=course.dated.when,
            is_dated_badly=course.dated.is_bad,
            course=_where(one, kind),
            until=course.until,
            dosages=tuple(_dosage(one) for one in course.dosages),
            categories=course.categories,
            began=course.began,
        ),
    )


def _where(one: _Medicated, kind: Kind) -> Course:
    if isinstance(one, fhir.MedicationStatement) and one.taken not in (None, "y"):
        return Course.UNCLEAR  # before R4 a word of its own said whether it was taken
    return _COURSES[kind].get(one.status or "", Course.UNCLEAR)


def _dosage(one: fhir.Dosage) -> Dosage:
    if resources.is_there(one.modifierExtension):
        # it may say that the dosage is not to be followed
        return Dosage(Coded(()), is_dose_unreadable=True, timing=Timing(has_more=True))
    dose, is_unreadable, doses = _dose(one)
    ceilings = (one.maxDosePerPeriod, one.maxDosePerAdministration, one.maxDosePerLifetime)
    as_needed = any(
        resources.is_there(raw) for raw in (one.asNeededCodeableConcept, one.asNeededFor)
    ) or any(
        resources.is_there(raw) and resources.part(raw, bool) is not False
        for raw in (one.asNeededBoolean, one.asNeeded)
    )
    return Dosage(
        route=parts.coded(one.route or fhir.CodeableConcept()),
        dose=dose,
        is_dose_unreadable=is_unreadable,
        doses=doses,
        has_ceiling=any(resources.is_there(raw) for raw in ceilings),
        sequence=resources.part(one.sequence, int),
        timing=_timing(one.timing),
        is_as_needed=as_needed,
        text=resources.part(one.text, str),
    )


_Amount = Quantity | Range


def _dose(one: fhir.Dosage) -> tuple[_Amount | None, bool, tuple[_Amount, ...]]:
    """
    The dose, and whether one was written that cannot be read; two that differ cannot.

    Then all that were written, each once (ordered by weight and reckoned, say); none if one of
    them cannot be read.
    """
    found: list[Quantity | Range | None] = []
    if resources.is_there(one.doseAndRate):
        each = resources.part(one.doseAndRate, list[fhir.DoseAndRate])
        found += [_one_dose(dose) for dose in each] if each else [None]
    for raw in (one.dose, one.doseQuantity):
        if resources.is_there(raw):
            found.append(parts.quantity(resources.part(raw, fhir.Quantity)))
    if resources.is_there(one.doseRange):
        found.append(_range(resources.part(one.doseRange, fhir.Range)))
    told = dict.fromkeys(found)
    known = tuple(amount for amount in told if amount is not None)
    dose = known[0] if len(told) == len(known) == 1 else None
    return dose, bool(found) and dose is None, known if len(known) == len(told) else ()


def _one_dose(one: fhir.DoseAndRate) -> Quantity | Range | None:
    if one.doseRange is not None:
        return _range(one.doseRange) if one.doseQuantity is None else None
    return parts.quantity(one.doseQuantity)


def _range(one: fhir.Range | None) -> Range | None:
    return None if one is None else Range(parts.quantity(one.low), parts.quantity(one.high))


def _timing(raw: Raw) -> Timing | None:
    """When it is taken; `has_more`: something is told that is not, or cannot be, read."""
    if not resources.is_there(raw):
        return None
    one = resources.part(raw, fhir.Timing)
    if one is None:
        return Timing(has_more=True)
    repeat = one.repeat or fhir.Repeat()
    unread = (repeat.dayOfWeek, repeat.timeOfDay, repeat.when, one.event, one.modifierExtension)
    periods = [p for p in (repeat.period, repeat.periodMax) if p is not None]
    are_sensible = all(parts.is_sensible(p) for p in periods)
    return Timing(
        frequency=repeat.frequency,
        frequency_max=repeat.frequencyMax,
        period=repeat.period if are_sensible else None,
        period_max=repeat.periodMax if are_sensible else None,
        unit=repeat.periodUnit,
        count=repeat.count,
        count_max=repeat.countMax,
        bounds=_bounds(repeat),
        codings=parts.codings(one.code),
        has_more=not are_sensible or any(resources.is_there(one) for one in unread),
    )


def _bounds(repeat: fhir.Repeat) -> Bounds | None:
    """For how long doses are given; None: it is not told."""
    if repeat.boundsPeriod is not None:
        return Between(parts.began(repeat.boundsPeriod), parts.ended(repeat.boundsPeriod))
    if resources.is_there(repeat.boundsDuration):
        length = parts.quantity(resources.part(repeat.boundsDuration, fhir.Quantity))
        return length or NoValue.UNREADABLE
    if resources.is_there(repeat.boundsRange):
        return _range(resources.part(repeat.boundsRange, fhir.Range)) or NoValue.UNREADABLE
    return None


def _last(ends: Sequence[str | None]) -> When | None:
    """The last of several ends; None if one is open or cannot be read."""
    read = [dates.read(end) if end else None for end in ends]
    known = [when for when in read if when is not None]
    if not known or len(known) < len(read):
        return None
    return max(known, key=lambda when: when.last)
