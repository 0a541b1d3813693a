"""
FHIR resources → the chart of the rules, one resource at a time.

Source: `fhir-notes.md`, "General reading rules". What cannot be read is set aside, counted and
named; entered in error, cancelled, not done and refuted are dropped here, once.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cds_hooks.fhir import dates, resources
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.references import References, Subject
from rules import codes
from rules.chart import (
    Allergy,
    Clinical,
    Coded,
    Condition,
    Course,
    Drug,
    Encounter,
    Entry,
    Kind,
    NoValue,
    Observation,
    Patient,
    Procedure,
    Query,
    Range,
    ReferenceRange,
    Report,
    Skipped,
    Status,
    Value,
    When,
)
from rules.codes import Coding
from rules.units import Quantity

# FHIR R4 observation-status and diagnostic-report-status; criteria.md, "Which entry counts", 2.
_FINAL = frozenset({"final", "amended", "corrected", "appended"})
_NOT_FINAL = frozenset({"registered", "preliminary", "partial"})
_AS_ABSENT = frozenset({"entered-in-error", "cancelled", "not-done"})
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_INACTIVE = frozenset({"inactive", "remission", "resolved"})
_RELATED = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/condition-related",
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition",
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-primary-cancer-condition",
    }
)
_KINDS = {kind.value: kind for kind in Kind}

Readable = (
    fhir.Condition
    | fhir.Observation
    | fhir.DiagnosticReport
    | fhir.Procedure
    | fhir.AllergyIntolerance
    | fhir.MedicationRequest
    | fhir.MedicationStatement
    | fhir.MedicationAdministration
    | fhir.Encounter
)


class SetAside(Exception):
    """A resource that must not be read as it stands; the message says why, without values."""


# --- Small parts ------------------------------------------------------------------------------


def _codings(concept: fhir.CodeableConcept | None) -> tuple[Coding, ...]:
    """Codings with system and code; one without a system says nothing (reading rule 5)."""
    if concept is None or concept.coding is None:
        return ()
    return tuple(
        codes.coding(c.system, c.code, c.display)
        for c in concept.coding
        if c is not None and c.system and c.code and c.system != _DATA_ABSENT
    )


# Oracle writes this in place of a missing code; it says nothing (reading rule 5).
_DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


def _texts(concept: fhir.CodeableConcept | None) -> tuple[str, ...]:
    if concept is None:
        return ()
    displays = [
        c.display for c in concept.coding or () if c is not None and c.system != _DATA_ABSENT
    ]
    every = (concept.text, *displays)
    return tuple(dict.fromkeys(text.strip() for text in every if text and text.strip()))


def _concepts(found: fhir.Concepts) -> tuple[fhir.CodeableConcept, ...]:
    if found is None:
        return ()
    several = found if isinstance(found, list) else [found]
    return tuple(one for one in several if one is not None)


def _coded(concept: fhir.CodeableConcept) -> Coded:
    return Coded(_codings(concept), concept.text or next(iter(_texts(concept)), None))


def _words(status: fhir.CodeableConcept | str | None) -> frozenset[str]:
    """The codes of a status: a concept, or a plain string as before R4."""
    if status is None:
        return frozenset()
    if isinstance(status, str):
        return frozenset({status})
    return frozenset(c.code for c in status.coding or () if c is not None and c.code)


def _sent(status: fhir.CodeableConcept | str | None) -> bool:
    """Whether a status says anything at all."""
    if isinstance(status, str):
        return bool(status)
    return status is not None and bool(status.coding or status.text)


_MOST_DIGITS = 40


def _quantity(found: fhir.Quantity | None) -> Quantity | None:
    """A number of sensible length; a huge exponent would take the machine, not the patient."""
    if found is None or found.value is None or not _is_sensible(found.value):
        return None
    return Quantity(
        value=found.value,
        unit=found.unit.strip() if found.unit and found.unit.strip() else None,
        system=found.system or None,
        code=found.code or None,
        comparator=found.comparator or None,
    )


def _is_sensible(value: Decimal) -> bool:
    return (
        value.is_finite()
        and abs(value.adjusted()) <= _MOST_DIGITS
        and len(value.as_tuple().digits) <= _MOST_DIGITS
    )


class _Dated:
    """The date of an entry: the first of several fields that was written."""

    def __init__(self, *written: str | fhir.Period | None) -> None:
        self.when: When | None = None
        self.is_bad = False
        for one in written:
            text = (one.end or one.start) if isinstance(one, fhir.Period) else one
            if text:
                self.when = dates.read(text)
                self.is_bad = self.when is None
                return


# --- One resource of each kind ----------------------------------------------------------------


def _condition(one: fhir.Condition, reference: str, references: References) -> Sequence[Entry]:
    verification = _words(one.verificationStatus)
    if verification & {"entered-in-error", "refuted"}:
        return ()
    onset = _Dated(one.onsetDateTime, one.onsetPeriod)
    dated = _Dated(one.onsetDateTime, one.onsetPeriod, one.recordedDate, one.assertedDate)
    abated = _Dated(one.abatementDateTime, one.abatementPeriod)
    categories = {c.code for found in _concepts(one.category) for c in _codings(found)}
    stages = one.stage if isinstance(one.stage, list) else [one.stage]
    return (
        Condition(
            kind=Kind.CONDITION,
            reference=reference,
            codings=_codings(one.code),
            texts=_texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            clinical=_clinical(one, abated.when is not None),
            is_confirmed=verification == {"confirmed"} or not _sent(one.verificationStatus),
            is_encounter_diagnosis="encounter-diagnosis" in categories
            and not categories & {"problem-list-item", "health-concern"},
            onset=onset.when,
            abated=abated.when,
            body_sites=tuple(c for site in _concepts(one.bodySite) for c in _codings(site)),
            stages=tuple(_codings(s.summary) for s in stages if s is not None and s.summary),
            related=tuple(
                local
                for extension in one.extension or ()
                if extension is not None
                and extension.url in _RELATED
                and extension.valueReference is not None
                and (local := references.local(extension.valueReference.reference))
            ),
        ),
    )


def _clinical(one: fhir.Condition, has_date: bool) -> Clinical:
    """Reading rule 2: abated means inactive; active and abated is a contradiction."""
    has_abated = (
        has_date
        or one.abatementBoolean is True
        or bool(one.abatementDateTime or one.abatementPeriod or one.abatementString)
        or resources.is_there(one.abatementAge)
        or resources.is_there(one.abatementRange)
    )
    words = _words(one.clinicalStatus)
    if words & _ACTIVE:
        contradicted = has_abated or bool(words & _INACTIVE)
        return Clinical.CONFLICTING if contradicted else Clinical.ACTIVE
    if words & _INACTIVE:
        return Clinical.INACTIVE
    if _sent(one.clinicalStatus):
        return Clinical.UNCLEAR
    return Clinical.INACTIVE if has_abated else Clinical.ACTIVE


def _status(status: str | None) -> Status | None:
    """How far a result can be relied on; None: as if absent."""
    if status in _AS_ABSENT:
        return None
    if status in _FINAL:
        return Status.FINAL
    return Status.NOT_FINAL if status in _NOT_FINAL else Status.UNUSABLE


def _observation(one: fhir.Observation, reference: str, references: References) -> Sequence[Entry]:
    status = _status(one.status)
    if status is None:
        return ()
    dated = _Dated(one.effectiveDateTime, one.effectiveInstant, one.effectivePeriod, one.issued)
    codings = _codings(one.code)
    focus = tuple(
        local
        for pointer in one.focus or ()
        if pointer is not None and (local := references.local(pointer.reference))
    )
    related = tuple(
        local
        for extension in one.extension or ()
        if extension is not None
        and extension.url in _RELATED
        and extension.valueReference is not None
        and (local := references.local(extension.valueReference.reference))
    )
    body_sites = _codings(one.bodySite)
    issued = _Dated(one.issued).when

    def entry(
        part: fhir.Observation | fhir.Component, own: tuple[Coding, ...], texts: tuple[str, ...]
    ) -> Observation:
        is_part = isinstance(part, fhir.Component)
        return Observation(
            kind=Kind.OBSERVATION,
            reference=reference,
            codings=own,
            texts=texts,
            when=dated.when,
            is_dated_badly=dated.is_bad,
            status=status,
            value=_value(part),
            issued=issued,
            interpretation=tuple(c for i in _concepts(part.interpretation) for c in _codings(i)),
            ranges=tuple(_ranges(part.referenceRange)),
            body_sites=body_sites,
            focus=focus + related,
            members=()
            if is_part
            else tuple(
                references.local(member.reference) or ""
                for member in one.hasMember or ()
                if member is not None
            ),
            parent_codings=codings if is_part else (),
        )

    parts = [
        entry(component, own, _texts(component.code))
        for component in one.component or ()
        if component is not None and (own := _codings(component.code))
    ]
    return (entry(one, codings, _texts(one.code)), *parts)


_OTHER_VALUES = (
    "valueRatio",
    "valueSampledData",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
    "valueAttachment",
)


def _value(one: fhir.Observation | fhir.Component) -> Value:
    """value[x]; two of them, or one beside a data-absent-reason, cannot be read (obs-6)."""
    found: list[Value] = []
    if one.valueQuantity is not None:
        found.append(_quantity(one.valueQuantity) or NoValue.UNREADABLE)
    if one.valueCodeableConcept is not None:
        found.append(_coded(one.valueCodeableConcept))
    if one.valueString is not None:
        found.append(one.valueString)
    if one.valueBoolean is not None:
        found.append(one.valueBoolean)
    if one.valueInteger is not None:
        found.append(one.valueInteger)
    if one.valueRange is not None:
        low, high = _quantity(one.valueRange.low), _quantity(one.valueRange.high)
        found.append(Range(low, high))
    if any(resources.is_there(getattr(one, name)) for name in _OTHER_VALUES):
        found.append(NoValue.UNREADABLE)
    if not found:
        return NoValue.ABSENT
    if len(found) > 1 or one.dataAbsentReason is not None:
        return NoValue.UNREADABLE
    return found[0]


# Codes of Observation.referenceRange that the rules know: v3 and FHIR gender words.
_SEXES = {"M": "male", "male": "male", "F": "female", "female": "female"}


def _ranges(found: list[fhir.ReferenceRange | None] | None) -> Iterable[ReferenceRange]:
    """Normal ranges only: no type means normal (R4)."""
    for one in found or ():
        if one is None:
            continue
        types = {c.code for c in one.type.coding or () if c is not None} if one.type else set()
        if types and "normal" not in types:
            continue
        words = {c.code for a in one.appliesTo or () if a for c in a.coding or () if c}
        low_age = _quantity(one.age.low) if one.age else None
        high_age = _quantity(one.age.high) if one.age else None
        yield ReferenceRange(
            low=_quantity(one.low),
            high=_quantity(one.high),
            sexes=frozenset(_SEXES[word] for word in words if word in _SEXES),
            age_low=int(low_age.value) if low_age else None,
            age_high=int(high_age.value) if high_age else None,
        )


def _report(one: fhir.DiagnosticReport, reference: str, _: References) -> Sequence[Entry]:
    status = _status(one.status)
    if status is None:
        return ()
    dated = _Dated(one.effectiveDateTime, one.effectivePeriod, one.issued)
    return (
        Report(
            kind=Kind.REPORT,
            reference=reference,
            codings=_codings(one.code),
            texts=_texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            status=status,
            conclusions=tuple(_coded(c) for c in one.conclusionCode or () if c is not None),
        ),
    )


_PROCEDURE = {
    "completed": Status.FINAL,
    "in-progress": Status.NOT_FINAL,
    "stopped": Status.NOT_FINAL,
    "aborted": Status.NOT_FINAL,  # before R4
}


def _procedure(one: fhir.Procedure, reference: str, _: References) -> Sequence[Entry]:
    if one.status in _AS_ABSENT:
        return ()
    dated = _Dated(one.performedDateTime, one.performedPeriod)
    return (
        Procedure(
            kind=Kind.PROCEDURE,
            reference=reference,
            codings=_codings(one.code),
            texts=_texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            status=_PROCEDURE.get(one.status or "", Status.UNUSABLE),
            is_planned=one.status == "preparation",
            body_sites=tuple(c for site in _concepts(one.bodySite) for c in _codings(site)),
        ),
    )


def _allergy(one: fhir.AllergyIntolerance, reference: str, _: References) -> Sequence[Entry]:
    verification = _words(one.verificationStatus)
    if verification & {"entered-in-error", "refuted"}:
        return ()
    reactions = [r for r in one.reaction or () if r is not None]
    concepts = [one.code, *(r.substance for r in reactions)]
    dated = _Dated(one.onsetDateTime, one.recordedDate)
    return (
        Allergy(
            kind=Kind.ALLERGY,
            reference=reference,
            codings=tuple(c for concept in concepts for c in _codings(concept)),
            texts=tuple(text for concept in concepts for text in _texts(concept)),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            is_confirmed=verification == {"confirmed"} or not _sent(one.verificationStatus),
            is_high=one.criticality == "high",
            severities=frozenset(r.severity for r in reactions if r.severity),
        ),
    )


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
        "in-progress": Course.PAST,
        "stopped": Course.PAST,
    },
}
_NOT_TAKEN = frozenset({*_AS_ABSENT, "intended", "not-taken"})
_NO_ORDER = frozenset({"proposal", "option", "directive"})


class Medications:
    """Medication resources by reference, for entries that only point to one."""

    def __init__(self, shared: dict[str, fhir.Medication], references: References) -> None:
        self._shared = shared
        self._references = references

    def concepts(
        self,
        one: fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration,
    ) -> tuple[fhir.CodeableConcept, ...]:
        """Everything that says which drug it is: inline, contained, shared, or a display."""
        found = [one.medicationCodeableConcept] if one.medicationCodeableConcept else []
        pointer = one.medicationReference
        if pointer is not None:
            medication = self._find(one, pointer.reference)
            if medication is not None:
                found += [medication.code] if medication.code else []
                found += [
                    part.itemCodeableConcept
                    for part in medication.ingredient or ()
                    if part is not None and part.itemCodeableConcept
                ]
            if pointer.display:
                found.append(fhir.CodeableConcept(text=pointer.display))
        return tuple(found)

    def _find(
        self,
        one: fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration,
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


def _drug(
    one: fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration,
    reference: str,
    medications: Medications,
) -> Sequence[Entry]:
    kind = _KINDS[type(one).__name__]
    if one.status in _NOT_TAKEN:
        return ()
    concepts = medications.concepts(one)
    if isinstance(one, fhir.MedicationRequest):
        if one.doNotPerform or one.intent in _NO_ORDER:
            return ()
        dated = _Dated(one.authoredOn)
        dosages = [d for d in one.dosageInstruction or () if d is not None]
        categories = tuple(c for found in _concepts(one.category) for c in _codings(found))
        ends = [
            d.timing.repeat.boundsPeriod.end
            for d in dosages
            if d.timing and d.timing.repeat and d.timing.repeat.boundsPeriod
        ]
        until = _last(ends) if len(ends) == len(dosages) else None
    elif isinstance(one, fhir.MedicationStatement):
        dated = _Dated(one.effectiveDateTime, one.effectivePeriod, one.dateAsserted)
        dosages = [d for d in one.dosage or () if d is not None]
        categories = ()
        until = _Dated(one.effectivePeriod.end).when if one.effectivePeriod else None
    else:
        dated = _Dated(one.effectiveDateTime, one.effectivePeriod)
        dosages = [one.dosage] if one.dosage else []
        categories = ()
        until = None
    return (
        Drug(
            kind=kind,
            reference=reference,
            codings=tuple(c for concept in concepts for c in _codings(concept)),
            texts=tuple(dict.fromkeys(t for concept in concepts for t in _texts(concept))),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            course=_COURSES[kind].get(one.status or "", Course.UNCLEAR),
            until=until,
            routes=tuple(_coded(d.route or fhir.CodeableConcept()) for d in dosages),
            categories=categories,
        ),
    )


def _last(ends: Sequence[str | None]) -> When | None:
    """The last of several ends; None if one is open or cannot be read."""
    read = [dates.read(end) if end else None for end in ends]
    known = [when for when in read if when is not None]
    if not known or len(known) < len(read):
        return None
    return max(known, key=lambda when: when.last)


def _encounter(one: fhir.Encounter, reference: str, _: References) -> Sequence[Entry]:
    if one.status in _AS_ABSENT:
        return ()
    disposition = one.hospitalization.dischargeDisposition if one.hospitalization else None
    own = _codings(fhir.CodeableConcept(coding=[one.class_])) if one.class_ else ()
    dated = _Dated(one.period)
    return (
        Encounter(
            kind=Kind.ENCOUNTER,
            reference=reference,
            codings=(*own, *_codings(disposition)),
            texts=_texts(disposition),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            encounter_class=own[0] if own else None,
        ),
    )


# --- Any resource -----------------------------------------------------------------------------


def entries(
    one: Readable, reference: str, references: References, medications: Medications
) -> Sequence[Entry]:
    """
    The entries of one resource of our patient; none if it is as if absent.

    Raises `SetAside` where it must not be read: an unknown modifier, or no code.
    """
    if one.modifierExtension:
        raise SetAside("has a modifierExtension that is not known here")
    made: Sequence[Entry]
    match one:
        case fhir.Condition():
            made = _condition(one, reference, references)
        case fhir.Observation():
            made = _observation(one, reference, references)
        case fhir.DiagnosticReport():
            made = _report(one, reference, references)
        case fhir.Procedure():
            made = _procedure(one, reference, references)
        case fhir.AllergyIntolerance():
            made = _allergy(one, reference, references)
        case fhir.Encounter():
            return _encounter(one, reference, references)
        case (
            fhir.MedicationRequest() | fhir.MedicationStatement() | fhir.MedicationAdministration()
        ):
            return _drug(one, reference, medications)
    if made and not made[0].has_code and len(made) == 1:
        raise SetAside("has no code that can be read")
    return made


def subject_of(one: Readable, references: References) -> Subject:
    """Whose a resource is."""
    pointer = one.patient if isinstance(one, fhir.AllergyIntolerance) else one.subject
    return references.subject(pointer)


def skipped(
    one: Readable, reference: str, reason: str, queries: frozenset[Query], medications: Medications
) -> Skipped:
    """A resource set aside although it could be decoded."""
    concepts: Sequence[fhir.CodeableConcept | None]
    if isinstance(
        one, fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration
    ):
        concepts = medications.concepts(one)
    elif isinstance(one, fhir.Encounter):
        concepts = ()
    else:
        concepts = (one.code,)
    dated = _Dated(None)
    if isinstance(one, fhir.Observation | fhir.DiagnosticReport):
        dated = _Dated(one.effectiveDateTime, one.effectivePeriod, one.issued)
    return Skipped(
        kind=_KINDS[type(one).__name__],
        reference=reference,
        codings=tuple(c for concept in concepts for c in _codings(concept)),
        texts=tuple(t for concept in concepts for t in _texts(concept)),
        when=dated.when,
        is_dated_badly=dated.is_bad,
        reason=reason,
        queries=queries,
    )


def skipped_remains(
    error: resources.Unreadable, reference: str, queries: frozenset[Query]
) -> Skipped | None:
    """What is left of a resource that could not be decoded; None if its type is not read."""
    kind = _KINDS.get(error.type_name or "")
    if kind is None:
        return None
    remains = error.remains or resources.Remains()
    raw = remains.code if resources.is_there(remains.code) else remains.medicationCodeableConcept
    concept = resources.part(raw, fhir.CodeableConcept)
    written = resources.part(remains.effectiveDateTime, str) or resources.part(remains.issued, str)
    dated = _Dated(written)
    return Skipped(
        kind=kind,
        reference=reference,
        codings=_codings(concept),
        texts=_texts(concept),
        when=dated.when,
        is_dated_badly=dated.is_bad,
        reason=error.reason,
        queries=queries,
    )


def patient(one: fhir.Patient, reference: str) -> Patient:
    """The person."""
    birth = dates.read(one.birthDate) if one.birthDate else None
    deceased = one.deceasedBoolean
    if one.deceasedDateTime:
        deceased = True
    return Patient(
        reference=reference,
        birth=birth,
        is_birth_unreadable=bool(one.birthDate) and birth is None,
        gender=one.gender,
        deceased=deceased,
    )
