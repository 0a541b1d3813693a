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
    Course,
    Device,
    Encounter,
    Entry,
    Kind,
    Order,
    Patient,
    Procedure,
    Report,
    Site,
    Status,
)
from rules.codes import Coding

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
    | fhir.Device
    | fhir.ServiceRequest
    | fhir.BodyStructure
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
            texts=(*parts.texts(one.code), *parts.histology(one.extension)),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            clinical=_clinical(one, abated),
            is_confirmed=parts.is_confirmed(one.verificationStatus),
            is_encounter_diagnosis="encounter-diagnosis" in categories
            and not categories & {"problem-list-item", "health-concern"},
            onset=onset.when,
            abated=abated.when,
            body_sites=parts.all_codings(one.bodySite),
            has_body_site=bool(parts.concepts(one.bodySite)),
            stages=tuple(parts.coded(s.summary) for s in stages if s is not None and s.summary),
            related=parts.related(one.extension, references),
        ),
    )


def _clinical(one: fhir.Condition, abated: parts.Dated) -> Clinical:
    """
    Reading rule 2: abated means inactive; active and abated is a contradiction.

    Only what can be read abates: a date, an age, true. Words ("ongoing") leave it unclear.
    """
    age_told = any(resources.is_there(raw) for raw in (one.abatementAge, one.abatementRange))
    has_abated = abated.when is not None or one.abatementBoolean is True or age_told
    maybe = abated.is_bad or bool(one.abatementString) or one.abatementPeriod is not None
    words = parts.words(one.clinicalStatus)
    if words & _ACTIVE:
        contradicted = has_abated or maybe or bool(words & _INACTIVE)
        return Clinical.CONFLICTING if contradicted else Clinical.ACTIVE
    if words & _INACTIVE:
        return Clinical.INACTIVE
    if parts.says_anything(one.clinicalStatus):
        return Clinical.UNCLEAR
    if has_abated:
        return Clinical.INACTIVE
    return Clinical.UNCLEAR if maybe else Clinical.ACTIVE


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
            conclusions=tuple(
                parts.coded(c)
                for c in (*(one.conclusionCode or ()), *(one.codedDiagnosis or ()))
                if c is not None
            ),
        ),
    )


_PROCEDURE = {
    "completed": Status.FINAL,
    "in-progress": Status.NOT_FINAL,
    "stopped": Status.NOT_FINAL,
    "aborted": Status.NOT_FINAL,  # before R4
}


def _procedure(one: fhir.Procedure, reference: str, _: References) -> Sequence[Entry]:
    if one.status in parts.AS_ABSENT or one.notDone:
        return ()
    period = one.performedPeriod or one.occurrencePeriod
    dated = parts.Dated(one.performedDateTime or one.occurrenceDateTime, period)
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
            is_running=one.status == "in-progress",
            body_sites=parts.all_codings(one.bodySite),
            began=parts.began(period),
            ended=parts.ended(period),
            outcome=parts.coded(one.outcome) if one.outcome else None,
        ),
    )


def _allergy(one: fhir.AllergyIntolerance, reference: str, _: References) -> Sequence[Entry]:
    verification = parts.words(one.verificationStatus)
    if verification & {"entered-in-error", "refuted"}:
        return ()
    reactions = [r for r in one.reaction or () if r is not None]
    concepts = [one.code, *(r.substance for r in reactions)]
    dated = parts.Dated(one.onsetDateTime, one.recordedDate, one.assertedDate)
    return (
        Allergy(
            kind=Kind.ALLERGY,
            reference=reference,
            codings=tuple(c for concept in concepts for c in parts.codings(concept)),
            texts=tuple(text for concept in concepts for text in parts.texts(concept)),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            is_confirmed=parts.is_confirmed(one.verificationStatus),
            is_high=(one.criticality or "").casefold() == "high",
            severities=tuple((r.severity or "").casefold() for r in reactions),
        ),
    )


_FINISHED = frozenset({"finished", "completed", "discharged"})  # the last two in R5


def _encounter(one: fhir.Encounter, reference: str, _: References) -> Sequence[Entry]:
    if one.status in parts.AS_ABSENT:
        return ()
    stay, period = one.hospitalization or one.admission, one.period or one.actualPeriod
    disposition = stay.dischargeDisposition if stay else None
    # R5 has a list of concepts where R4 has one coding
    told = one.class_
    classes = fhir.CodeableConcept(coding=[told]) if isinstance(told, fhir.Coding) else told
    own = parts.all_codings(classes)
    dated = parts.Dated(period)
    return (
        Encounter(
            kind=Kind.ENCOUNTER,
            reference=reference,
            codings=(*own, *parts.codings(disposition)),
            texts=parts.texts(disposition),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            encounter_class=own[0] if own else None,
            is_planned=one.status == "planned",
            is_finished=one.status in _FINISHED,
            began=parts.began(period),
            ended=parts.ended(period),
        ),
    )


# FHIR R4, device-status; a status that is not told says nothing against "in use".
_DEVICE = {"active": True, "inactive": False}


def _device(one: fhir.Device, reference: str, _: References) -> Sequence[Entry]:
    if one.status in parts.AS_ABSENT:
        return ()
    return (
        Device(
            kind=Kind.DEVICE,
            reference=reference,
            codings=parts.all_codings(one.type),
            texts=tuple(t for concept in parts.concepts(one.type) for t in parts.texts(concept)),
            is_active=_DEVICE.get(one.status or "active"),
        ),
    )


# FHIR R4, request-status.
_ORDERED = {
    "active": Course.ACTIVE,
    "draft": Course.DRAFT,
    "completed": Course.PAST,
}
_CANCELLED = frozenset({*parts.AS_ABSENT, "revoked"})


def _order(one: fhir.ServiceRequest, reference: str, _: References) -> Sequence[Entry]:
    if one.status in _CANCELLED or one.doNotPerform or one.intent in parts.NO_ORDER:
        return ()
    occurs = parts.Dated(one.occurrenceDateTime, one.occurrencePeriod)
    dated = parts.Dated(one.occurrenceDateTime, one.occurrencePeriod, one.authoredOn)
    ordered = (one.code, one.code.concept if one.code else None, *parts.concepts(one.orderDetail))
    return (
        Order(
            kind=Kind.ORDER,
            reference=reference,
            codings=tuple(c for concept in ordered for c in parts.codings(concept)),
            texts=tuple(t for concept in ordered for t in parts.texts(concept)),
            when=dated.when,
            is_dated_badly=dated.is_bad,
            course=_ORDERED.get(one.status or "", Course.UNCLEAR),
            occurs=occurs.when,
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
    if isinstance(one, fhir.Observation) and fhir.is_there(one.bodyStructure):
        raise SetAside("has a bodyStructure (FHIR R5), which is not read")
    if isinstance(one, fhir.Procedure) and fhir.is_there(one.focus):
        raise SetAside("has a focus (FHIR R5), which is not read: it may be of somebody else")
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
        case fhir.Device():
            made = _device(one, reference, references)
        case fhir.ServiceRequest():
            made = _order(one, reference, references)
        case fhir.BodyStructure():
            return (Site(Kind.SITE, reference, codings=_location(one)),)
        case (
            fhir.MedicationRequest() | fhir.MedicationStatement() | fhir.MedicationAdministration()
        ):
            return drug(one, reference, medications)
    if len(made) == 1 and not made[0].has_code:
        raise SetAside("has no code that can be read")
    return made


def _location(one: fhir.BodyStructure) -> tuple[Coding, ...]:
    inside = [s.structure for s in one.includedStructure or () if s is not None]
    return tuple(c for concept in (one.location, *inside) for c in parts.codings(concept))


def subject_of(one: Readable, references: References) -> Subject:
    """Whose a resource is."""
    if isinstance(one, fhir.AllergyIntolerance | fhir.Device | fhir.BodyStructure):
        return references.subject(one.patient)
    return references.subject(one.subject)


def patient(one: fhir.Patient, reference: str) -> Patient:
    """The person."""
    birth = dates.read(one.birthDate) if one.birthDate else None
    died = dates.read(one.deceasedDateTime) if one.deceasedDateTime else None
    return Patient(
        reference=reference,
        birth=birth,
        is_birth_unreadable=bool(one.birthDate) and birth is None,
        gender=one.gender,
        deceased=one.deceasedBoolean,
        died=died,
        birth_sex=_birth_sex(one.extension),
    )


# US Core; the older one names the sex in the same words.
_BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


def _birth_sex(extensions: Sequence[fhir.Extension | None] | None) -> str | None:
    """M, F or another word; None: not told, or told twice and differently."""
    told = {e.valueCode for e in extensions or () if e is not None and e.url == _BIRTH_SEX}
    return told.pop() if len(told) == 1 else None
