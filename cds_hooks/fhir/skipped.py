"""
Resources set aside: what can still be told of them, so that the rows they fit become unknown.
"""

from collections.abc import Sequence

from msgspec import Raw

from cds_hooks.fhir import parts, resources, twice
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.chart import Readable
from cds_hooks.fhir.medications import Medications
from rules.chart import Query, Skipped


def decoded(
    one: Readable, reference: str, reason: str, queries: frozenset[Query], medications: Medications
) -> Skipped:
    """A resource set aside although it could be decoded."""
    concepts: Sequence[fhir.CodeableConcept | None]
    if isinstance(
        one, fhir.MedicationRequest | fhir.MedicationStatement | fhir.MedicationAdministration
    ):
        concepts = medications.concepts(one)
    elif isinstance(one, fhir.Encounter | fhir.BodyStructure):
        concepts = ()
    elif isinstance(one, fhir.Device):
        concepts = parts.concepts(one.type)
    elif isinstance(one, fhir.Observation):
        # a panel is also what its components are (criteria.md, rule 9)
        concepts = (one.code, *(c.code for c in one.component or () if c is not None))
    elif isinstance(one, fhir.ServiceRequest):
        concepts = (one.code, one.code.concept if one.code else None)
    else:
        concepts = (one.code,)
    dated = parts.Dated(None)
    if isinstance(one, fhir.Observation):
        dated = parts.Dated(
            one.effectiveDateTime,
            one.effectiveInstant,
            one.effectivePeriod,
            one.effectiveTiming,
            one.issued,
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


def remains(
    error: resources.Unreadable, reference: str, queries: frozenset[Query]
) -> Skipped | None:
    """What is left of a resource that could not be decoded; None if its type is not read."""
    kind = parts.KINDS.get(error.type_name or "")
    if kind is None:
        return None
    remains = error.remains or resources.Remains()
    raw = remains.code if resources.is_there(remains.code) else remains.medicationCodeableConcept
    concepts = [resources.part(raw, fhir.CodeableConcept)]
    for component in resources.part(remains.component, list[Raw]) or ():
        inside = resources.part(component, resources.Remains)
        concepts += [resources.part(inside.code, fhir.CodeableConcept)] if inside else []
    written = resources.part(remains.effectiveDateTime, str) or resources.part(remains.issued, str)
    dated = parts.Dated(written)
    return Skipped(
        kind=kind,
        reference=reference,
        codings=tuple(c for concept in concepts for c in parts.codings(concept)),
        texts=tuple(t for concept in concepts for t in parts.texts(concept)),
        when=dated.when,
        is_dated_badly=dated.is_bad,
        reason=error.reason,
        queries=queries,
    )


def named_twice(
    type_name: str, raw: bytes, reference: str, queries: frozenset[Query]
) -> Skipped | None:
    """A resource that names an element twice: it may be about whatever it names anywhere."""
    kind = parts.KINDS.get(type_name)
    if kind is None:
        return None
    found = twice.everything(raw)
    return Skipped(
        kind=kind,
        reference=reference,
        codings=tuple(found.codings),
        texts=tuple(found.texts),
        reason=twice.REASON,
        queries=queries,
    )
