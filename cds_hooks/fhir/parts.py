"""The small parts of FHIR resources that all kinds share: codes, words, numbers, dates, status."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from msgspec import Raw

from cds_hooks.fhir import dates
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.references import References
from rules import codes
from rules.chart import (
    Coded,
    Kind,
    Status,
    When,
)
from rules.codes import Coding
from rules.units import Quantity

AS_ABSENT = frozenset({"entered-in-error", "cancelled", "not-done"})
# FHIR R4 observation-status and diagnostic-report-status; criteria.md, "Which entry counts", 2.
_FINAL = frozenset({"final", "amended", "corrected", "appended"})
_NOT_FINAL = frozenset({"registered", "preliminary", "partial"})
# Intents that ask for nothing to be done now (fhir-notes.md, Medicines: proposal, option).
NO_ORDER = frozenset({"proposal", "option", "directive"})
RELATED = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/condition-related",
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition",
        "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-primary-cancer-condition",
    }
)
_HISTOLOGY = (
    "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
)
KINDS = {kind.value: kind for kind in Kind}


def codings(concept: fhir.CodeableConcept | None) -> tuple[Coding, ...]:
    """Codings with system and code; one without a system says nothing (reading rule 5)."""
    if concept is None or concept.coding is None:
        return ()
    return tuple(
        codes.coding(c.system, c.code, c.display)
        for c in concept.coding
        if c is not None
        and c.system
        and c.code
        and c.system.strip()
        and c.code.strip()
        and not _is_absent(c)
    )


# Written in place of a missing code, they say nothing (reading rule 5).
_NOTHING_SAID = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "http://hl7.org/fhir/data-absent-reason",
        "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
        "http://hl7.org/fhir/v3/NullFlavor",
    }
)


def texts(concept: fhir.CodeableConcept | None) -> tuple[str, ...]:
    """
    The text and the displays, once each: never parsed, only searched for stems.

    What only says that something is absent ("unknown", "masked") names nothing.
    """
    if concept is None:
        return ()
    displays = [c.display for c in concept.coding or () if c is not None and not _is_absent(c)]
    written = (text.strip() for text in (concept.text, *displays) if text)
    return tuple(dict.fromkeys(t for t in written if t and t.casefold() not in _absent_words()))


@cache
def _absent_words() -> frozenset[str]:
    rows = codes.value_set("data-absent-reason").codes
    return frozenset(word.casefold() for row in rows for word in (row.code, row.display))


def _is_absent(coding: fhir.Coding) -> bool:
    return coding.system in _NOTHING_SAID


def concepts(found: fhir.Concepts) -> tuple[fhir.CodeableConcept, ...]:
    """One concept or several, as several."""
    if found is None:
        return ()
    several = found if isinstance(found, list) else [found]
    return tuple(one for one in several if one is not None)


def all_codings(found: fhir.Concepts) -> tuple[Coding, ...]:
    """The codings of one or several concepts together."""
    return tuple(c for one in concepts(found) for c in codings(one))


def is_confirmed(verification: fhir.CodeableConcept | str | None) -> bool:
    """Confirmed, or nothing said; unconfirmed, provisional and unknown words are not."""
    return words(verification) == {"confirmed"} or not says_anything(verification)


def coded(concept: fhir.CodeableConcept) -> Coded:
    """A coded value of the chart."""
    return Coded(codings(concept), concept.text or next(iter(texts(concept)), None))


def words(status: fhir.CodeableConcept | str | None) -> frozenset[str]:
    """
    The codes of a status: a concept, or a plain string as before R4.

    Beside HL7's own word the words of a site say nothing more.
    """
    if status is None:
        return frozenset()
    if isinstance(status, str):
        return frozenset({status})
    found = [c for c in status.coding or () if c is not None and c.code]
    own = [c for c in found if c.system and c.system.startswith(_HL7)]
    return frozenset(c.code for c in own or found if c.code)


_HL7 = ("http://terminology.hl7.org/", "http://hl7.org/fhir/")


def says_anything(status: fhir.CodeableConcept | str | None) -> bool:
    """Whether a status says anything at all."""
    if isinstance(status, str):
        return bool(status)
    return status is not None and bool(status.coding or status.text)


def result_status(status: str | None) -> Status | None:
    """How far a result can be relied on; None: as if absent."""
    if status in AS_ABSENT:
        return None
    if status in _FINAL:
        return Status.FINAL
    return Status.NOT_FINAL if status in _NOT_FINAL else Status.UNUSABLE


_MOST_DIGITS = 40


def quantity(found: fhir.Quantity | None) -> Quantity | None:
    """A number of sensible length; a huge exponent would take the machine, not the patient."""
    if found is None or found.value is None or not is_sensible(found.value):
        return None
    return Quantity(
        value=found.value,
        unit=found.unit.strip() if found.unit and found.unit.strip() else None,
        system=found.system or None,
        code=found.code or None,
        comparator=found.comparator or None,
    )


def is_sensible(value: Decimal) -> bool:
    """Whether a number has no more digits than any measure needs."""
    return (
        value.is_finite()
        and abs(value.adjusted()) <= _MOST_DIGITS
        and len(value.as_tuple().digits) <= _MOST_DIGITS
    )


class Dated:
    """The date of an entry: the first of several fields that was written."""

    def __init__(self, *written: str | fhir.Period | Raw | None) -> None:
        """`Raw`: a form that is only noticed, such as a timing; it is a date and not read."""
        self.when: When | None = None
        self.is_bad = False
        for one in written:
            if isinstance(one, Raw):
                self.is_bad = fhir.is_there(one)
                if self.is_bad:
                    return
                continue
            text = (one.end or one.start) if isinstance(one, fhir.Period) else one
            if text:
                self.when = dates.read(text)
                self.is_bad = self.when is None
                return


def began(period: fhir.Period | None) -> When | None:
    """When a period began, if it is told and can be read."""
    return dates.read(period.start) if period is not None and period.start else None


def ended(period: fhir.Period | None) -> When | None:
    """When a period ended, if it is told and can be read."""
    return dates.read(period.end) if period is not None and period.end else None


def histology(extensions: Iterable[fhir.Extension | None] | None) -> tuple[str, ...]:
    """The words of the histology, which may stand beside a generic code (fhir-notes.md)."""
    return tuple(
        text
        for extension in extensions or ()
        if extension is not None and extension.url in _HISTOLOGY
        for text in texts(extension.valueCodeableConcept)
    )


def related(
    extensions: Iterable[fhir.Extension | None] | None, references: References
) -> tuple[str, ...]:
    """The Conditions that an entry is linked to by extension (criteria.md, rule 10)."""
    return tuple(
        local
        for extension in extensions or ()
        if extension is not None
        and extension.url in RELATED
        and extension.valueReference is not None
        and (local := references.local(extension.valueReference.reference))
    )
