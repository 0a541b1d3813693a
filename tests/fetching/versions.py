"""Resources of R4 as servers of STU3 and of R5 give them, with what those add."""

from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Rewrite = Callable[[Json], Json]
ENCOUNTER = {"reference": "Encounter/e1"}
SOMEBODY = [{"actor": {"reference": "Practitioner/p1"}}]


def _renamed(one: Json, **names: str) -> Json:
    return {names.get(name, name): value for name, value in one.items()}


def _word(concept: Json | None) -> str | None:
    return concept["coding"][0]["code"] if concept else None


def stu3(one: Json) -> Json:
    """Statuses as words, `context`, flat doses, and orders of another type."""
    kind = one["resourceType"]
    made = _renamed(one, recordedDate="assertedDate", conclusionCode="codedDiagnosis")
    if kind in ("Condition", "AllergyIntolerance"):
        for name in ("clinicalStatus", "verificationStatus"):
            made[name] = _word(one.get(name))
    if kind in ("Condition", "Observation", "DiagnosticReport", "Procedure", "MedicationRequest"):
        made |= {"context": ENCOUNTER}
    for name in ("interpretation", "stage"):
        if name in one:
            (made[name],) = one[name]
    if kind == "Procedure":
        made |= {"notDone": False}
    if kind == "MedicationStatement":
        made |= {"taken": "y"}
    if kind == "MedicationAdministration":
        made |= {"notGiven": False}
    if "dosageInstruction" in one:
        made["dosageInstruction"] = [_flat(dosage) for dosage in one["dosageInstruction"]]
    return made | ({"resourceType": "ProcedureRequest"} if kind == "ServiceRequest" else {})


def _flat(dosage: Json) -> Json:
    made: Json = {name: value for name, value in dosage.items() if name != "doseAndRate"}
    (dose,) = dosage.get("doseAndRate", [{}])
    return {**made, **dose}


def r5(one: Json) -> Json:
    """`medication` and `code` a level deeper, other names for times, classes as lists."""
    kind = one["resourceType"]
    made = dict(one)
    if kind in ("Condition", "AllergyIntolerance"):
        made |= {"participant": SOMEBODY}
    if kind == "Procedure":
        made = _renamed(
            one, performedDateTime="occurrenceDateTime", performedPeriod="occurrencePeriod"
        )
    for name, inside in (
        ("medicationCodeableConcept", "concept"),
        ("medicationReference", "reference"),
    ):
        if name in one:
            made["medication"] = {inside: made.pop(name)}
    if kind == "MedicationAdministration":
        made = _renamed(
            made, effectiveDateTime="occurenceDateTime", effectivePeriod="occurencePeriod"
        )
    if kind == "Encounter":
        made = _renamed(made, period="actualPeriod", hospitalization="admission")
        made |= {"class": [{"coding": [one["class"]]}]}
        made |= {"status": "completed"} if one["status"] == "finished" else {}
    if kind == "Device":
        made |= {"type": [one["type"]]}
        del made["patient"]
    if kind == "ServiceRequest":
        made["code"] = {"concept": one["code"]}
    return made


def prefetch(whole: Mapping[str, Any], rewrite: Rewrite) -> Json:
    """All of a prefetch, rewritten."""
    return {key: _value(value, rewrite) for key, value in whole.items()}


def _value(value: Json | None, rewrite: Rewrite) -> Json | None:
    if value is None or value["resourceType"] != "Bundle":
        return value and rewrite(value)
    entries = [e | {"resource": rewrite(e["resource"])} for e in value.get("entry", ())]
    return value | {"entry": entries}
