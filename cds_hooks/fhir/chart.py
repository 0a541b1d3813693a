"""
FHIR resources → entries of the chart, one resource at a time.

Source: `fhir-notes.md`, "General reading rules". What cannot be read is set aside, counted and
named; entered in error, cancelled, not done and refuted are dropped here, once.
"""

from collections.abc import Sequence

from cds_hooks.fhir import dates, parts, resources
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.medications import Medications, drug
from cds_hooks.fhir.observations import observation
from cds_hooks.fhir.references import References, Subject
from rules.chart import (
    Allergy,
    Clinical,
    Condition,
    Encounter,
    Entry,
    Kind,
    Patient,
    Procedure,
    Query,
    Report,
    Skipped,
    Status,
)

_ACTIVE = frozenset({"active", "recurrence", "relapse"})


_INACTIVE = frozenset({"inactive", "remission", "resolved"})


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


def _condition(one: fhir.Condition, reference: str, references: References) -> Sequence[Entry]:
    verification = parts.words(one.verificationStatus)
    if verification & {"entered-in-error", "refuted"}:
        return ()
    onset = parts.Dated(one.onsetDateTime, one.onsetPeriod)
    dated = parts.Dated(one.onsetDateTime, one.onsetPeriod, one.recordedDate, one.assertedDate)
    abated = parts.Dated(one.abatementDateTime, one.abatementPeriod)
    categories = {c.code for c in parts.all_codings(one.category)}
    stages = one.stage if isinstance(one.stage, list) else [one.stage]
    return (
        Condition(
            kind=Kind.CONDITION,
            reference=reference,
            codings=parts.codings(one.code),
            texts=parts.texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            clinical=_clinical(one, abated.when is not None),
            is_confirmed=verification == {"confirmed"}
            or not parts.says_anything(one.verificationStatus),
            is_encounter_diagnosis="encounter-diagnosis" in categories
            and not categories & {"problem-list-item", "health-concern"},
            onset=onset.when,
            abated=abated.when,
            body_sites=tuple(
                c for site in parts.concepts(one.bodySite) for c in parts.codings(site)
            ),
            stages=tuple(parts.codings(s.summary) for s in stages if s is not None and s.summary),
            related=parts.related(one.extension, references),
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
    words = parts.words(one.clinicalStatus)
    if words & _ACTIVE:
        contradicted = has_abated or bool(words & _INACTIVE)
        return Clinical.CONFLICTING if contradicted else Clinical.ACTIVE
    if words & _INACTIVE:
        return Clinical.INACTIVE
    if parts.says_anything(one.clinicalStatus):
        return Clinical.UNCLEAR
    return Clinical.INACTIVE if has_abated else Clinical.ACTIVE


def _report(one: fhir.DiagnosticReport, reference: str, _: References) -> Sequence[Entry]:
    status = parts.result_status(one.status)
    if status is None:
        return ()
    dated = parts.Dated(one.effectiveDateTime, one.effectivePeriod, one.issued)
    return (
        Report(
            kind=Kind.REPORT,
            reference=reference,
            codings=parts.codings(one.code),
            texts=parts.texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            status=status,
            conclusions=tuple(parts.coded(c) for c in one.conclusionCode or () if c is not None),
        ),
    )


_PROCEDURE = {
    "completed": Status.FINAL,
    "in-progress": Status.NOT_FINAL,
    "stopped": Status.NOT_FINAL,
    "aborted": Status.NOT_FINAL,  # before R4
}


def _procedure(one: fhir.Procedure, reference: str, _: References) -> Sequence[Entry]:
    if one.status in parts.AS_ABSENT:
        return ()
    dated = parts.Dated(one.performedDateTime, one.performedPeriod)
    return (
        Procedure(
            kind=Kind.PROCEDURE,
            reference=reference,
            codings=parts.codings(one.code),
            texts=parts.texts(one.code),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            status=_PROCEDURE.get(one.status or "", Status.UNUSABLE),
            is_planned=one.status == "preparation",
            body_sites=tuple(
                c for site in parts.concepts(one.bodySite) for c in parts.codings(site)
            ),
        ),
    )


def _allergy(one: fhir.AllergyIntolerance, reference: str, _: References) -> Sequence[Entry]:
    verification = parts.words(one.verificationStatus)
    if verification & {"entered-in-error", "refuted"}:
        return ()
    reactions = [r for r in one.reaction or () if r is not None]
    concepts = [one.code, *(r.substance for r in reactions)]
    dated = parts.Dated(one.onsetDateTime, one.recordedDate)
    return (
        Allergy(
            kind=Kind.ALLERGY,
            reference=reference,
            codings=tuple(c for concept in concepts for c in parts.codings(concept)),
            texts=tuple(text for concept in concepts for text in parts.texts(concept)),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            is_confirmed=verification == {"confirmed"}
            or not parts.says_anything(one.verificationStatus),
            is_high=one.criticality == "high",
            severities=frozenset(r.severity for r in reactions if r.severity),
        ),
    )


def _encounter(one: fhir.Encounter, reference: str, _: References) -> Sequence[Entry]:
    if one.status in parts.AS_ABSENT:
        return ()
    disposition = one.hospitalization.dischargeDisposition if one.hospitalization else None
    own = parts.codings(fhir.CodeableConcept(coding=[one.class_])) if one.class_ else ()
    dated = parts.Dated(one.period)
    return (
        Encounter(
            kind=Kind.ENCOUNTER,
            reference=reference,
            codings=(*own, *parts.codings(disposition)),
            texts=parts.texts(disposition),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            encounter_class=own[0] if own else None,
        ),
    )


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
            made = observation(one, reference, references)
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
            return drug(one, reference, medications)
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
    dated = parts.Dated(None)
    if isinstance(one, fhir.Observation):
        dated = parts.Dated(
            one.effectiveDateTime, one.effectiveInstant, one.effectivePeriod, one.issued
        )
    elif isinstance(one, fhir.DiagnosticReport):
        dated = parts.Dated(one.effectiveDateTime, one.effectivePeriod, one.issued)
    return Skipped(
        kind=parts.KINDS[type(one).__name__],
        reference=reference,
        codings=tuple(c for concept in concepts for c in parts.codings(concept)),
        texts=tuple(t for concept in concepts for t in parts.texts(concept)),
        when=dated.when,
        is_dated_badly=dated.is_bad,
        reason=reason,
        queries=queries,
    )


def skipped_remains(
    error: resources.Unreadable, reference: str, queries: frozenset[Query]
) -> Skipped | None:
    """What is left of a resource that could not be decoded; None if its type is not read."""
    kind = parts.KINDS.get(error.type_name or "")
    if kind is None:
        return None
    remains = error.remains or resources.Remains()
    raw = remains.code if resources.is_there(remains.code) else remains.medicationCodeableConcept
    concept = resources.part(raw, fhir.CodeableConcept)
    written = resources.part(remains.effectiveDateTime, str) or resources.part(remains.issued, str)
    dated = parts.Dated(written)
    return Skipped(
        kind=kind,
        reference=reference,
        codings=parts.codings(concept),
        texts=parts.texts(concept),
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
