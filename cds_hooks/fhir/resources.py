"""
FHIR resources as lean, tolerant shapes: only the fields that the rules read.

R4, and what STU3 and R5 call by another name. Unknown fields are ignored, missing ones are None,
null elements of lists are allowed. What does not fit even so raises `Unreadable`, with what could
still be made out.
"""

from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from cds_hooks.fhir import twice

ABSENT = Raw(b"")  # msgspec knows no `Raw | None`; a null is `Raw(b"null")`


def is_there(raw: Raw) -> bool:
    """Whether a field that is only noticed was sent with a value."""
    return bytes(raw) not in (b"", b"null")


class Number(Decimal):
    """A JSON number with the digits it was written with; a string is none."""


def _exact(text: str) -> Decimal:
    """A number with a point or exponent; NaN where no machine can hold it."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("NaN")


def _number(of: type, found: Any) -> Number:
    if of is Number and isinstance(found, Decimal | int) and not isinstance(found, bool):
        number = Number(found)
        if number.is_finite():
            return number
    raise ValueError("no number")


class Coding(Struct, frozen=True):
    """A code of a system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Struct, frozen=True):
    """Codings of one meaning, and a text."""

    coding: list[Coding | None] | None = None
    text: str | None = None


Concepts = list[CodeableConcept | None] | CodeableConcept | None


class Reference(Struct, frozen=True):
    """A pointer to another resource."""

    reference: str | None = None
    display: str | None = None


class CodeableReference(Struct, frozen=True):
    """R5: a concept, a pointer, or both."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Period(Struct, frozen=True):
    """A span of time."""

    start: str | None = None
    end: str | None = None


class Quantity(Struct, frozen=True):
    """A number with its unit."""

    value: Number | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Struct, frozen=True):
    """Two numbers."""

    low: Quantity | None = None
    high: Quantity | None = None


class Extension(Struct, frozen=True):
    """An addition to a resource; of values a reference, a concept or a code is read."""

    url: str | None = None
    valueReference: Reference | None = None  # noqa: N815 - FHIR's name
    valueCodeableConcept: CodeableConcept | None = None  # noqa: N815
    valueCode: str | None = None  # noqa: N815


class ReferenceRange(Struct, frozen=True):
    """What the laboratory holds for normal."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    appliesTo: list[CodeableConcept | None] | None = None  # noqa: N815 - FHIR's name
    age: Range | None = None


class _Valued(Struct, frozen=True, kw_only=True):
    """value[x] of an Observation or component; what the rules never read is only noticed."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None  # noqa: N815 - FHIR's names from here on
    valueCodeableConcept: CodeableConcept | None = None  # noqa: N815
    valueString: str | None = None  # noqa: N815
    valueBoolean: bool | None = None  # noqa: N815
    valueInteger: int | None = None  # noqa: N815
    valueRange: Range | None = None  # noqa: N815
    valueRatio: Raw = ABSENT  # noqa: N815
    valueSampledData: Raw = ABSENT  # noqa: N815
    valueTime: Raw = ABSENT  # noqa: N815
    valueDateTime: Raw = ABSENT  # noqa: N815
    valuePeriod: Raw = ABSENT  # noqa: N815
    valueAttachment: Raw = ABSENT  # noqa: N815
    valueReference: Raw = ABSENT  # noqa: N815 - R5
    dataAbsentReason: CodeableConcept | None = None  # noqa: N815
    interpretation: Concepts = None
    referenceRange: list[ReferenceRange | None] | None = None  # noqa: N815


class Component(_Valued, frozen=True, kw_only=True):
    """A part of an Observation with a code of its own."""

    modifierExtension: list[Raw] | None = None  # noqa: N815


class _Resource(Struct, frozen=True, kw_only=True, tag_field="resourceType"):
    """What every resource has."""

    id: str | None = None
    modifierExtension: list[Raw] | None = None  # noqa: N815


class Patient(_Resource, frozen=True, kw_only=True, tag="Patient"):
    """The person."""

    birthDate: str | None = None  # noqa: N815
    gender: str | None = None
    deceasedBoolean: bool | None = None  # noqa: N815
    deceasedDateTime: str | None = None  # noqa: N815
    extension: list[Extension | None] | None = None


class Stage(Struct, frozen=True):
    """Condition.stage."""

    summary: CodeableConcept | None = None


class Condition(_Resource, frozen=True, kw_only=True, tag="Condition"):
    """A problem or diagnosis."""

    subject: Reference | None = None
    code: CodeableConcept | None = None
    clinicalStatus: CodeableConcept | str | None = None  # noqa: N815 - a string before R4
    verificationStatus: CodeableConcept | str | None = None  # noqa: N815
    category: Concepts = None
    bodySite: Concepts = None  # noqa: N815
    onsetDateTime: str | None = None  # noqa: N815
    onsetPeriod: Period | None = None  # noqa: N815
    abatementDateTime: str | None = None  # noqa: N815
    abatementPeriod: Period | None = None  # noqa: N815
    abatementAge: Raw = ABSENT  # noqa: N815
    abatementRange: Raw = ABSENT  # noqa: N815
    abatementString: str | None = None  # noqa: N815
    abatementBoolean: bool | None = None  # noqa: N815
    recordedDate: str | None = None  # noqa: N815
    assertedDate: str | None = None  # noqa: N815 - recordedDate before R4
    stage: list[Stage | None] | Stage | None = None
    extension: list[Extension | None] | None = None


class Related(Struct, frozen=True):
    """Observation.related, which held the members before R4."""

    type: str | None = None
    target: Reference | None = None


class Observation(_Valued, frozen=True, kw_only=True, tag_field="resourceType", tag="Observation"):
    """A measurement or finding."""

    id: str | None = None
    modifierExtension: list[Raw] | None = None  # noqa: N815
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    effectiveInstant: str | None = None  # noqa: N815
    effectiveTiming: Raw = ABSENT  # noqa: N815
    issued: str | None = None
    bodySite: CodeableConcept | None = None  # noqa: N815
    focus: list[Reference | None] | None = None
    hasMember: list[Reference | None] | None = None  # noqa: N815
    related: list[Related | None] | None = None  # before R4
    bodyStructure: Raw = ABSENT  # noqa: N815 - R5
    component: list[Component | None] | None = None
    extension: list[Extension | None] | None = None


class Structure(Struct, frozen=True):
    """BodyStructure.includedStructure of R5."""

    structure: CodeableConcept | None = None


class BodyStructure(_Resource, frozen=True, kw_only=True, tag="BodyStructure"):
    """A place in the body, of one patient."""

    patient: Reference | None = None
    location: CodeableConcept | None = None
    includedStructure: list[Structure | None] | None = None  # noqa: N815 - R5


class DiagnosticReport(_Resource, frozen=True, kw_only=True, tag="DiagnosticReport"):
    """A report."""

    status: str | None = None
    subject: Reference | None = None
    code: CodeableConcept | None = None
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    issued: str | None = None
    conclusionCode: list[CodeableConcept | None] | None = None  # noqa: N815
    codedDiagnosis: list[CodeableConcept | None] | None = None  # noqa: N815 - before R4


class Procedure(_Resource, frozen=True, kw_only=True, tag="Procedure"):
    """Something done."""

    status: str | None = None
    subject: Reference | None = None
    code: CodeableConcept | None = None
    bodySite: Concepts = None  # noqa: N815
    performedDateTime: str | None = None  # noqa: N815
    performedPeriod: Period | None = None  # noqa: N815
    occurrenceDateTime: str | None = None  # noqa: N815 - performed[x] in R5
    occurrencePeriod: Period | None = None  # noqa: N815 - R5
    focus: Raw = ABSENT  # R5: who it was done to, if not the patient
    notDone: bool | None = None  # noqa: N815 - before R4
    outcome: CodeableConcept | None = None


class Reaction(Struct, frozen=True):
    """One reaction to a substance."""

    substance: CodeableConcept | None = None
    severity: str | None = None


class AllergyIntolerance(_Resource, frozen=True, kw_only=True, tag="AllergyIntolerance"):
    """An allergy or intolerance."""

    patient: Reference | None = None
    code: CodeableConcept | None = None
    verificationStatus: CodeableConcept | str | None = None  # noqa: N815
    criticality: str | None = None
    reaction: list[Reaction | None] | None = None
    onsetDateTime: str | None = None  # noqa: N815
    recordedDate: str | None = None  # noqa: N815
    assertedDate: str | None = None  # noqa: N815 - recordedDate before R4


class Ingredient(Struct, frozen=True):
    """A part of a medication."""

    itemCodeableConcept: CodeableConcept | None = None  # noqa: N815
    itemReference: Reference | None = None  # noqa: N815
    item: CodeableReference | None = None  # R5


class Medication(_Resource, frozen=True, kw_only=True, tag="Medication"):
    """A drug or mixture."""

    code: CodeableConcept | None = None
    ingredient: list[Ingredient | None] | None = None


class Repeat(Struct, frozen=True):
    """Timing.repeat; times and days are only noticed."""

    boundsPeriod: Period | None = None  # noqa: N815 - FHIR's names from here on
    boundsDuration: Raw = ABSENT  # noqa: N815
    boundsRange: Raw = ABSENT  # noqa: N815
    count: int | None = None
    countMax: int | None = None  # noqa: N815
    frequency: int | None = None
    frequencyMax: int | None = None  # noqa: N815
    period: Number | None = None
    periodMax: Number | None = None  # noqa: N815
    periodUnit: str | None = None  # noqa: N815
    dayOfWeek: Raw = ABSENT  # noqa: N815
    timeOfDay: Raw = ABSENT  # noqa: N815
    when: Raw = ABSENT


class Timing(Struct, frozen=True):
    """When a medicine is to be taken; times of their own are only noticed."""

    repeat: Repeat | None = None
    code: CodeableConcept | None = None
    event: Raw = ABSENT
    modifierExtension: Raw = ABSENT  # noqa: N815


class DoseAndRate(Struct, frozen=True):
    """Dosage.doseAndRate."""

    doseQuantity: Quantity | None = None  # noqa: N815
    doseRange: Range | None = None  # noqa: N815


class Dosage(Struct, frozen=True):
    """
    How a medicine is to be taken, or was given (`dose`).

    Timing and dose are read apart: what cannot be read of them must not lose the medicine.
    """

    modifierExtension: Raw = ABSENT  # noqa: N815
    sequence: Raw = ABSENT
    route: CodeableConcept | None = None
    timing: Raw = ABSENT
    doseAndRate: Raw = ABSENT  # noqa: N815
    dose: Raw = ABSENT
    doseQuantity: Raw = ABSENT  # noqa: N815 - before R4
    doseRange: Raw = ABSENT  # noqa: N815 - before R4
    asNeeded: Raw = ABSENT  # noqa: N815 - R5
    asNeededFor: Raw = ABSENT  # noqa: N815 - R5
    asNeededBoolean: Raw = ABSENT  # noqa: N815
    asNeededCodeableConcept: Raw = ABSENT  # noqa: N815
    maxDosePerPeriod: Raw = ABSENT  # noqa: N815 - a list in R5
    maxDosePerAdministration: Raw = ABSENT  # noqa: N815
    maxDosePerLifetime: Raw = ABSENT  # noqa: N815
    text: Raw = ABSENT


class _Medicated(_Resource, frozen=True, kw_only=True):
    """What the three kinds of medication entries share."""

    status: str | None = None
    subject: Reference | None = None
    medicationCodeableConcept: CodeableConcept | None = None  # noqa: N815
    medicationReference: Reference | None = None  # noqa: N815
    medication: CodeableReference | None = None  # R5
    contained: list[Raw] | None = None


class MedicationRequest(_Medicated, frozen=True, kw_only=True, tag="MedicationRequest"):
    """An order."""

    intent: str | None = None
    doNotPerform: bool | None = None  # noqa: N815
    authoredOn: str | None = None  # noqa: N815
    category: Concepts = None
    dosageInstruction: list[Dosage | None] | None = None  # noqa: N815


class MedicationStatement(_Medicated, frozen=True, kw_only=True, tag="MedicationStatement"):
    """What a patient is said to take."""

    taken: str | None = None  # before R4
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    effectiveTiming: Raw = ABSENT  # noqa: N815 - R5
    dateAsserted: str | None = None  # noqa: N815
    dosage: list[Dosage | None] | None = None


class MedicationAdministration(
    _Medicated, frozen=True, kw_only=True, tag="MedicationAdministration"
):
    """A dose given."""

    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    occurenceDateTime: str | None = None  # noqa: N815 - effective[x] in R5, which spells it so
    occurencePeriod: Period | None = None  # noqa: N815 - R5
    dosage: Dosage | None = None
    notGiven: bool | None = None  # noqa: N815 - before R4


class Hospitalization(Struct, frozen=True):
    """Encounter.hospitalization."""

    dischargeDisposition: CodeableConcept | None = None  # noqa: N815


class Encounter(_Resource, frozen=True, kw_only=True, tag="Encounter"):
    """A visit or stay."""

    status: str | None = None
    subject: Reference | None = None
    class_: list[CodeableConcept | None] | Coding | None = msgspec.field(  # R5: a list
        default=None, name="class"
    )
    period: Period | None = None
    actualPeriod: Period | None = None  # noqa: N815 - period in R5
    hospitalization: Hospitalization | None = None
    admission: Hospitalization | None = None  # hospitalization in R5


class Device(_Resource, frozen=True, kw_only=True, tag="Device"):
    """A device in or on a patient."""

    status: str | None = None
    patient: Reference | None = None
    type: Concepts = None  # R5: several


class Ordered(CodeableConcept, frozen=True):
    """What is ordered: a concept, which R5 puts a level deeper."""

    concept: CodeableConcept | None = None


class ServiceRequest(_Resource, frozen=True, kw_only=True, tag="ServiceRequest"):
    """A test or treatment ordered."""

    status: str | None = None
    intent: str | None = None
    doNotPerform: bool | None = None  # noqa: N815
    subject: Reference | None = None
    code: Ordered | None = None
    orderDetail: Concepts = None  # noqa: N815
    occurrenceDateTime: str | None = None  # noqa: N815
    occurrencePeriod: Period | None = None  # noqa: N815
    authoredOn: str | None = None  # noqa: N815


class Details(Struct, frozen=True):
    """OperationOutcome.issue.details."""

    coding: list[Coding | None] | None = None


class Issue(Struct, frozen=True):
    """OperationOutcome.issue."""

    severity: str | None = None
    code: str | None = None
    details: Details | None = None


class OperationOutcome(_Resource, frozen=True, kw_only=True, tag="OperationOutcome"):
    """What a server says about an answer."""

    issue: list[Issue | None] | None = None


class Link(Struct, frozen=True):
    """Bundle.link."""

    relation: str | None = None
    url: str | None = None


class Bundle(_Resource, frozen=True, kw_only=True, tag="Bundle"):
    """A set of resources."""

    entry: list[Raw] | None = None
    link: list[Link | None] | None = None
    total: Raw = ABSENT


class Response(Struct, frozen=True):
    """Bundle.entry.response."""

    status: str | None = None
    outcome: Raw = ABSENT


class Search(Struct, frozen=True):
    """Bundle.entry.search."""

    mode: str | None = None


class BundleEntry(Struct, frozen=True):
    """Bundle.entry."""

    fullUrl: str | None = None  # noqa: N815
    resource: Raw = ABSENT
    response: Response | None = None
    search: Search | None = None


Resource = (
    Patient
    | Condition
    | Observation
    | DiagnosticReport
    | Procedure
    | AllergyIntolerance
    | Medication
    | MedicationRequest
    | MedicationStatement
    | MedicationAdministration
    | Encounter
    | Device
    | ServiceRequest
    | BodyStructure
    | OperationOutcome
    | Bundle
)

_resource: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Resource, dec_hook=_number, float_hook=_exact
)
_entry = msgspec.json.Decoder(BundleEntry)
# Types that other versions have for one of these; what they hold is not read, only noticed.
OF_OTHER_VERSIONS = {
    "ProcedureRequest": "ServiceRequest",
    "ReferralRequest": "ServiceRequest",
    "DiagnosticOrder": "ServiceRequest",
    "MedicationOrder": "MedicationRequest",
    "MedicationUsage": "MedicationStatement",
    "BodySite": "BodyStructure",
}
READ_TYPES = frozenset(str(one.__struct_config__.tag) for one in Resource.__args__)


class Named(Struct, frozen=True):
    """Only the type of a resource."""

    resourceType: str | None = None  # noqa: N815


class Remains(Struct, frozen=True):
    """What may still be readable of a broken resource, each part on its own."""

    resourceType: Raw = ABSENT  # noqa: N815
    id: Raw = ABSENT
    code: Raw = ABSENT
    medicationCodeableConcept: Raw = ABSENT  # noqa: N815
    subject: Raw = ABSENT
    patient: Raw = ABSENT
    effectiveDateTime: Raw = ABSENT  # noqa: N815
    issued: Raw = ABSENT
    component: Raw = ABSENT


_T = TypeVar("_T")


_decoders: dict[object, msgspec.json.Decoder[Any]] = {}


def part(raw: Raw, of: type[_T]) -> _T | None:
    """One part of a resource that is read apart; None if it is not there or cannot be read."""
    if not is_there(raw):
        return None
    if of not in _decoders:
        _decoders[of] = msgspec.json.Decoder(of, dec_hook=_number, float_hook=_exact)
    try:
        found: _T = _decoders[of].decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return found


class Unreadable(Exception):
    """A resource that does not fit its shape; `reason` names the place, never a value."""

    def __init__(self, reason: str, type_name: str | None, remains: Remains | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.type_name = type_name
        self.remains = remains


def decode(raw: bytes | Raw) -> Resource | None:
    """
    One resource; None if it is of a type that the rules never read.

    Raises `Unreadable` if it is of a type that they read, or of none at all.
    """
    try:
        made: Resource = _resource.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        remains = part(raw if isinstance(raw, Raw) else Raw(raw), Remains)
        type_name = part(remains.resourceType, str) if remains else None
        if type_name is not None and type_name not in READ_TYPES and type_name:
            return None
        raise Unreadable(_reason(error), type_name, remains) from None
    if isinstance(made, Bundle) and twice.bundle_holds(bytes(raw), made.entry or ()):
        raise Unreadable(twice.REASON, "Bundle", None)
    return made


def decode_entry(raw: bytes | Raw) -> BundleEntry | None:
    """One entry of a Bundle; None if it is no entry, or has two resources."""
    try:
        found = _entry.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    body = bytes(raw)
    # a cheap look first: the word stands in nearly no resource
    is_twice = body.count(b'"resource"') > 1 and twice.holds_itself(body)
    return None if is_twice else found


def _reason(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        # "Expected `str`, got `int` - at `$.status`": types and place, no value
        return f"cannot be read: {str(error).replace('`', '').replace(' - at $', ' at ')}"
    if isinstance(error, RecursionError):
        return "cannot be read: nested too deeply"
    return "cannot be read: no valid JSON text"
