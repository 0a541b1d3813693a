"""
Which version of FHIR something has the form of, where that is not R4.

Told by what a server says of its answer, by elements and types that only another version has, and
by elements of another kind. What means the same is read; this only tells why the rest is not.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from cds_hooks.fhir import resources as fhir

_OLD: Final = "STU3 or older"
_R5: Final = "R5"

_TOLD: Final = re.compile(r";\s*fhirVersion\s*=\s*\"?(\d{1,2}\.\d{1,2})", re.IGNORECASE)
_R4: Final = "4.0"
_NAMES: Final = {"1.0": "DSTU2", "3.0": "STU3", "4.3": "R4B", "5.0": "R5"}

# Elements that STU3 or R5 has in the types that are read, and R4 has not; both have `reason`.
ELEMENTS: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(
        (
            *("assertedDate", "codedDiagnosis", "comment", "context", "definition"),
            *("doseQuantity", "doseRange", "isBrand", "notDone", "notDoneReason", "notGiven"),
            *("package", "prescription", "reasonNotGiven", "reasonNotTaken", "related", "taken"),
        ),
        _OLD,
    ),
    **dict.fromkeys(
        (
            *("actualPeriod", "adherence", "admission", "asNeeded", "asNeededFor"),
            *("bodyStructure", "effectiveDosePeriod", "focus", "includedStructure", "item"),
            *("medication", "occurenceDateTime", "occurencePeriod", "occurrenceDateTime"),
            *("occurrencePeriod", "participant", "recorded", "reported", "triggeredBy"),
            "valueReference",
        ),
        _R5,
    ),
    "reason": None,
}
TYPES: Final = dict.fromkeys(fhir.OF_OTHER_VERSIONS, _OLD) | {"MedicationUsage": _R5}


def told(content_type: str) -> str | None:
    """The version that a server says its answer is of; None: R4, or it does not say."""
    found = _TOLD.search(content_type)
    return None if found is None or found[1] == _R4 else _NAMES.get(found[1], found[1])


def of(one: fhir.Resource) -> str | None:
    """The version of a resource by an element that is of another kind in R4, or not read."""
    match one:
        case fhir.Condition():
            statuses = (one.clinicalStatus, one.verificationStatus)
            return _OLD if any(isinstance(status, str) for status in statuses) else None
        case fhir.AllergyIntolerance():
            return _OLD if isinstance(one.verificationStatus, str) else None
        case fhir.Observation():
            is_r5 = fhir.is_there(one.bodyStructure)
        case fhir.Procedure():
            is_r5 = fhir.is_there(one.focus)
        case fhir.Encounter():
            is_r5 = isinstance(one.class_, list)
        case fhir.Device():
            is_r5 = isinstance(one.type, list)
        case fhir.ServiceRequest():
            is_r5 = one.code is not None and one.code.concept is not None
        case _:
            is_r5 = False
    return _R5 if is_r5 else None


def note(told_by_server: str | None, found: Iterable[str]) -> str | None:
    """One line on what is not R4; None: nothing is known to be otherwise."""
    if told_by_server is not None:
        return f"the FHIR server answers in FHIR {told_by_server}; only R4 is supported"
    names = " and ".join(sorted(found))
    return f"some entries have the form of FHIR {names}; only R4 is supported" if names else None
