"""
Charts of STU3 and R5: what has the same meaning under another name is read as in R4.

What cannot be read is set aside, or told as a breach of R4 in a note; nothing goes in silence.
"""

from contextlib import suppress
from typing import Any

import msgspec
import pytest

from cds_hooks.errors import AdvisorError
from cds_hooks.fhir import parts, resources
from rules.chart import Answer, Course, Drug, NoValue, Observation, Query
from tests.build import (
    ALDESLEUKIN,
    CREATININE,
    HYPERTENSION,
    LOINC,
    MELANOMA,
    MRI_BRAIN,
    PATIENT_ID,
    PREDNISONE,
    RADIOSURGERY,
    Code,
    Resource,
    allergy,
    concept,
    condition,
    device,
    encounter,
    lab,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    patient,
    procedure,
    report,
    resource,
    service_request,
)
from tests.fhir.reading import asked, bundle, read, the

DAY = "2026-11-01"
PERIOD = {"start": DAY, "end": "2026-11-03"}
PORT = Code("http://snomed.info/sct", "257409001", "Port")
RESULT = concept(Code(LOINC, "LA4489-6", "Unknown"))
TEN, TWENTY = {"value": 10, "unit": "mg"}, {"value": 20, "unit": "mg"}
_ALDESLEUKIN = concept(ALDESLEUKIN)


def _order(dosage: Resource) -> Resource:
    return medication_request(PREDNISONE, dosageInstruction=[dosage])


def _without(one: Resource, *names: str) -> Resource:
    return {key: value for key, value in one.items() if key not in names}


def _given(**fields: Any) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=None, **fields)


def _mixture(ingredient: Resource) -> Resource:
    drug = {"resourceType": "Medication", "id": "m", "ingredient": [ingredient]}
    one = _without(medication_request(), "medicationCodeableConcept")
    return one | {"medicationReference": {"reference": "#m"}, "contained": [drug]}


def _contained(name: str, value: Resource) -> Resource:
    drug = {"resourceType": "Medication", "id": "m", "code": _ALDESLEUKIN}
    one = _without(medication_request(), "medicationCodeableConcept")
    return one | {name: value, "contained": [drug]}


STU3 = [
    pytest.param(
        condition(MELANOMA, onset=None, assertedDate=DAY, days_ago=None),
        condition(MELANOMA, onset=None, recordedDate=DAY, days_ago=None),
        id="Condition.assertedDate",
    ),
    pytest.param(
        condition(MELANOMA) | {"clinicalStatus": "remission", "verificationStatus": "provisional"},
        condition(MELANOMA, clinical="remission", verification="provisional"),
        id="Condition, statuses as plain words",
    ),
    pytest.param(
        _without(allergy(ALDESLEUKIN), "recordedDate")
        | {"assertedDate": DAY, "verificationStatus": "unconfirmed"},
        allergy(ALDESLEUKIN, verification="unconfirmed") | {"recordedDate": DAY},
        id="AllergyIntolerance.assertedDate",
    ),
    pytest.param(
        report(MRI_BRAIN, codedDiagnosis=[RESULT]),
        report(MRI_BRAIN, conclusionCode=[RESULT]),
        id="DiagnosticReport.codedDiagnosis",
    ),
    pytest.param(
        observation(
            CREATININE,
            related=[
                {"type": "has-member", "target": {"reference": "Observation/1"}},
                {"type": "derived-from", "target": {"reference": "Observation/2"}},
                {"type": "has-member"},
                None,
            ],
        ),
        observation(CREATININE, hasMember=[{"reference": "Observation/1"}]),
        id="Observation.related",
    ),
    pytest.param(
        lab(CREATININE, "1 mg/dL", interpretation=RESULT),
        lab(CREATININE, "1 mg/dL", interpretation=[RESULT]),
        id="Observation.interpretation, no list",
    ),
    pytest.param(
        _order({"doseQuantity": TEN}),
        _order({"doseAndRate": [{"doseQuantity": TEN}]}),
        id="Dosage.doseQuantity",
    ),
    pytest.param(
        _order({"doseRange": {"low": TEN, "high": TWENTY}}),
        _order({"doseAndRate": [{"doseRange": {"low": TEN, "high": TWENTY}}]}),
        id="Dosage.doseRange",
    ),
    pytest.param(
        medication_statement(PREDNISONE, taken="y"),
        medication_statement(PREDNISONE),
        id="MedicationStatement.taken, yes",
    ),
    pytest.param(
        medication_statement(PREDNISONE, taken="unk"),
        medication_statement(PREDNISONE, status="unknown"),
        id="MedicationStatement.taken, unknown",
    ),
    pytest.param(
        medication_statement(PREDNISONE, taken="n"),
        medication_statement(PREDNISONE, status="not-taken"),
        id="MedicationStatement.taken, no",
    ),
    pytest.param(
        medication_administration(PREDNISONE, notGiven=True),
        medication_administration(PREDNISONE, status="not-done"),
        id="MedicationAdministration.notGiven",
    ),
    pytest.param(
        procedure(RADIOSURGERY, notDone=True),
        procedure(RADIOSURGERY, status="not-done"),
        id="Procedure.notDone",
    ),
]

R5 = [
    pytest.param(
        procedure(RADIOSURGERY, days_ago=None, occurrenceDateTime=DAY),
        procedure(RADIOSURGERY, days_ago=None, performedDateTime=DAY),
        id="Procedure.occurrenceDateTime",
    ),
    pytest.param(
        procedure(RADIOSURGERY, days_ago=None, occurrencePeriod=PERIOD),
        procedure(RADIOSURGERY, days_ago=None, performedPeriod=PERIOD),
        id="Procedure.occurrencePeriod",
    ),
    *(
        pytest.param(
            _without(make(), "medicationCodeableConcept")
            | {"medication": {"concept": _ALDESLEUKIN}},
            make(ALDESLEUKIN),
            id=f"{make().get('resourceType')}.medication, a concept",
        )
        for make in (medication_request, medication_statement, medication_administration)
    ),
    pytest.param(
        _contained("medication", {"reference": {"reference": "#m"}}),
        _contained("medicationReference", {"reference": "#m"}),
        id="medication, a reference",
    ),
    pytest.param(
        _mixture({"item": {"concept": _ALDESLEUKIN}}),
        _mixture({"itemCodeableConcept": _ALDESLEUKIN}),
        id="Medication.ingredient.item, a concept",
    ),
    pytest.param(
        _mixture({"item": {"reference": {"display": "aldesleukin"}}}),
        _mixture({"itemReference": {"display": "aldesleukin"}}),
        id="Medication.ingredient.item, a reference",
    ),
    pytest.param(
        _given(occurenceDateTime=DAY),
        _given(effectiveDateTime=DAY),
        id="MedicationAdministration.occurenceDateTime",
    ),
    pytest.param(
        _given(occurencePeriod=PERIOD),
        _given(effectivePeriod=PERIOD),
        id="MedicationAdministration.occurencePeriod",
    ),
    pytest.param(
        _order({"asNeeded": True}), _order({"asNeededBoolean": True}), id="Dosage.asNeeded"
    ),
    pytest.param(
        _order({"asNeeded": False}), _order({"asNeededBoolean": False}), id="not as needed"
    ),
    pytest.param(
        _order({"asNeededFor": [{"text": "nausea"}]}),
        _order({"asNeededCodeableConcept": {"text": "nausea"}}),
        id="Dosage.asNeededFor",
    ),
    pytest.param(
        encounter() | {"class": [{"coding": [encounter()["class"]]}, None]},
        encounter(),
        id="Encounter.class, a list",
    ),
    pytest.param(
        _without(encounter(), "period") | {"actualPeriod": PERIOD, "status": "completed"},
        encounter() | {"period": PERIOD},
        id="Encounter.actualPeriod, completed",
    ),
    pytest.param(encounter(status="discharged"), encounter(), id="Encounter, discharged"),
    pytest.param(
        encounter(admission={"dischargeDisposition": RESULT}),
        encounter(hospitalization={"dischargeDisposition": RESULT}),
        id="Encounter.admission",
    ),
    pytest.param(device(PORT) | {"type": [concept(PORT)]}, device(PORT), id="Device.type, a list"),
    pytest.param(
        service_request(MRI_BRAIN) | {"code": {"concept": concept(MRI_BRAIN)}},
        service_request(MRI_BRAIN),
        id="ServiceRequest.code",
    ),
    pytest.param(
        resource(
            "BodyStructure",
            patient={"reference": f"Patient/{PATIENT_ID}"},
            includedStructure=[{"structure": concept(MRI_BRAIN)}, None],
        ),
        resource(
            "BodyStructure",
            patient={"reference": f"Patient/{PATIENT_ID}"},
            location=concept(MRI_BRAIN),
        ),
        id="BodyStructure.includedStructure",
    ),
    pytest.param(
        allergy(ALDESLEUKIN) | {"type": concept(MRI_BRAIN)},
        allergy(ALDESLEUKIN),
        id="AllergyIntolerance.type, a concept",
    ),
]


@pytest.mark.parametrize(("other", "r4"), [*STU3, *R5])
def test_what_is_the_same_under_another_name_is_read_as_in_r4(
    other: Resource, r4: Resource
) -> None:
    found, same = read(other | {"id": "x"}), read(r4 | {"id": "x"})
    assert found.entries == same.entries
    assert found.skipped == same.skipped == ()
    # where nothing is read of it, that is meant
    assert same.entries or r4.get("status") in ("not-taken", "not-done")


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        pytest.param(
            lab(CREATININE, "1 mg/dL", bodyStructure={"reference": "BodyStructure/1"}),
            "has a bodyStructure (FHIR R5), which is not read",
            id="Observation.bodyStructure",
        ),
        pytest.param(
            procedure(RADIOSURGERY, focus={"reference": "Patient/p2"}),
            "has a focus (FHIR R5), which is not read: it may be of somebody else",
            id="Procedure.focus",
        ),
        pytest.param(_without(device(PORT), "patient"), "names no patient", id="Device of nobody"),
        pytest.param(
            service_request(MRI_BRAIN) | {"resourceType": "ProcedureRequest"},
            "is of the type ProcedureRequest, of another version of FHIR",
            id="ProcedureRequest",
        ),
        pytest.param(
            medication_request(ALDESLEUKIN) | {"resourceType": "MedicationOrder"},
            "is of the type MedicationOrder, of another version of FHIR",
            id="MedicationOrder",
        ),
    ],
)
def test_what_cannot_be_read_is_set_aside_with_its_code(other: Resource, reason: str) -> None:
    found = read(other)
    (skipped,) = found.skipped
    assert skipped.reason == reason
    assert skipped.has_code
    assert not found.entries


@pytest.mark.parametrize("beside", [(), (service_request(MRI_BRAIN),)])
def test_a_type_of_another_version_is_noticed_in_an_answer_too(
    beside: tuple[Resource, ...],
) -> None:
    other = service_request(MRI_BRAIN) | {"resourceType": "ProcedureRequest"}
    found = asked({"orders": bundle(other, *beside)})
    (skipped,) = found.skipped
    assert skipped.queries == {Query.ORDERS}
    assert [code.code for code in skipped.codings] == [MRI_BRAIN.code]
    assert found.answers[Query.ORDERS] is Answer.CAME


def test_a_value_that_is_only_a_reference_is_unreadable_never_absent() -> None:
    one = the(Observation, observation(CREATININE, valueReference={"reference": "Media/1"}))
    assert one.value is NoValue.UNREADABLE


@pytest.mark.parametrize(
    "one",
    [
        observation(CREATININE, days_ago=None, effectiveTiming={"event": [DAY]}, issued=DAY),
        medication_statement(
            PREDNISONE, days_ago=None, effectiveTiming={"event": [DAY]}, dateAsserted=DAY
        ),
    ],
)
def test_a_timing_is_a_date_that_cannot_be_read_and_no_other_stands_in_for_it(
    one: Resource,
) -> None:
    (entry,) = read(one).entries
    assert (entry.when, entry.is_dated_badly) == (None, True)


@pytest.mark.parametrize("status", ["recorded", "ended"])
def test_a_status_that_only_another_version_has_is_unclear(status: str) -> None:
    one = medication_statement(PREDNISONE, status=status, adherence={"code": {"text": "taking"}})
    assert the(Drug, one).course is Course.UNCLEAR


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (medication_statement(PREDNISONE, taken="y"), "taken"),
        (condition(HYPERTENSION, assertedDate=DAY), "assertedDate"),
        (procedure(RADIOSURGERY, reported=True), "reported"),
        (medication_request(PREDNISONE, effectiveDosePeriod=PERIOD), "effectiveDosePeriod"),
    ],
)
def test_an_element_of_another_version_is_told_by_its_name(one: Resource, name: str) -> None:
    note = read(one).not_valid
    assert note is not None
    assert f"`{name}` is of another version of FHIR" in note


# One broken resource never sinks the others -------------------------------------------------------

_READ = sorted(parts.KINDS)
_WRONG: tuple[object, ...] = (5, "x", True, [], {}, [5], [[]], {"x": {}}, [None], None)


def _lean(kind: str) -> list[str]:
    (shape,) = (one for one in resources.Resource.__args__ if one.__name__ == kind)
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def test_every_type_of_the_chart_is_broken_here() -> None:
    assert set(_READ) | {"Patient", "Medication", "Bundle", "OperationOutcome"} == (
        resources.READ_TYPES
    )


@pytest.mark.parametrize("kind", [*_READ, "Medication"])
def test_one_broken_resource_never_sinks_the_request(kind: str) -> None:
    good = lab(CREATININE, "1 mg/dL", id="good")
    told = 0
    for field in _lean(kind):
        for wrong in _WRONG:
            broken: Resource = {"resourceType": kind, "id": "broken", "status": "final"}
            broken |= {"subject": {"reference": f"Patient/{PATIENT_ID}"}}
            broken |= {"patient": {"reference": f"Patient/{PATIENT_ID}"}} | {field: wrong}
            found = read(good, broken)
            assert "Observation/good" in {entry.reference for entry in found.entries}, field
            told += bool(found.skipped or found.of_others)
    assert told > len(_lean(kind))


@pytest.mark.parametrize("key", ["problems", "labs", "procedures", "medicines", "given", "stays"])
def test_one_broken_answer_never_sinks_the_others(key: str) -> None:
    good = lab(CREATININE, "1 mg/dL", id="good")
    for wrong in _WRONG:
        found = asked({"vitals": bundle(good), key: wrong})
        assert [entry.reference for entry in found.entries] == ["Observation/good"]


@pytest.mark.parametrize("field", sorted(set(_lean("Patient")) - {"extension"}))
def test_a_broken_patient_is_a_clear_error_or_read_around(field: str) -> None:
    for wrong in _WRONG:
        with suppress(AdvisorError):  # any other error fails the test
            asked({"patient": patient() | {field: wrong}, "labs": bundle(lab(CREATININE, "1"))})
