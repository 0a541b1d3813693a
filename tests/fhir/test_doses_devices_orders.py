"""How a medicine is dosed, devices, ordered tests, periods and the birth sex, as they are read."""

from decimal import Decimal

import pytest

from rules.chart import (
    Course,
    Device,
    Dosage,
    Drug,
    Encounter,
    Kind,
    Order,
    Procedure,
    Range,
    Timing,
)
from rules.units import Quantity
from tests.build import (
    COLONOSCOPY,
    CT_HEAD,
    PREDNISONE,
    SNOMED,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    concept,
    device,
    encounter,
    medication_administration,
    medication_request,
    medication_statement,
    patient,
    procedure,
    quantity,
    service_request,
)
from tests.fhir.reading import read, the

PORT = Code(SNOMED, "398013009", "Implantable venous access port (physical object)")


def _ordered(**dosage: object) -> Dosage:
    (found,) = the(Drug, medication_request(PREDNISONE, dosageInstruction=[dosage])).dosages
    return found


def _mg(value: str) -> Quantity:
    return Quantity(Decimal(value), "mg", "http://unitsofmeasure.org", "mg")


_TEN = {"doseQuantity": quantity("10 mg")}
_TWENTY = {"doseQuantity": quantity("20 mg")}


@pytest.mark.parametrize(
    ("dosage", "dose", "is_unreadable"),
    [
        pytest.param({}, None, False, id="none told"),
        pytest.param({"doseAndRate": [_TEN]}, _mg("10"), False, id="a quantity"),
        pytest.param({"doseAndRate": [_TEN, _TEN]}, _mg("10"), False, id="the same twice"),
        pytest.param({"doseAndRate": [_TEN, _TWENTY]}, None, True, id="two that differ"),
        pytest.param({"doseQuantity": quantity("10 mg")}, _mg("10"), False, id="before R4"),
        pytest.param(
            {"doseAndRate": [{"doseRange": {"low": quantity("5 mg"), "high": quantity("10 mg")}}]},
            Range(_mg("5"), _mg("10")),
            False,
            id="a range",
        ),
        pytest.param(
            {"doseAndRate": [_TEN | {"doseRange": {"low": quantity("5 mg")}}]},
            None,
            True,
            id="a quantity and a range",
        ),
        pytest.param({"doseAndRate": [{}]}, None, True, id="an empty one"),
        pytest.param({"doseAndRate": "ten"}, None, True, id="words where a list belongs"),
        pytest.param({"doseAndRate": [{"doseQuantity": 10}]}, None, True, id="a bare number"),
    ],
)
def test_the_dose_of_an_order(
    dosage: Resource, dose: Quantity | Range | None, is_unreadable: bool
) -> None:
    found = _ordered(**dosage)
    assert found.dose == dose
    assert found.is_dose_unreadable is is_unreadable


def test_the_dose_given() -> None:
    given = medication_administration(PREDNISONE, dosage={"dose": quantity("10 mg")})
    assert [one.dose for one in the(Drug, given).dosages] == [_mg("10")]


TID = Code("http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "TID", "three times a day")


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        pytest.param(None, None, id="none told"),
        pytest.param(
            {"repeat": {"frequency": 1, "period": 8, "periodUnit": "h", "count": 14}},
            Timing(frequency=1, period=Decimal(8), unit="h", count=14),
            id="every 8 hours, 14 times",
        ),
        pytest.param(
            {"repeat": {"frequency": 1, "period": 0.5, "periodMax": 1.5, "periodUnit": "d"}},
            Timing(frequency=1, period=Decimal("0.5"), period_max=Decimal("1.5"), unit="d"),
            id="a span of periods",
        ),
        pytest.param(
            {"repeat": {"frequency": 1, "frequencyMax": 3, "countMax": 5}},
            Timing(frequency=1, frequency_max=3, count_max=5),
            id="at most",
        ),
        pytest.param(
            {"repeat": {"timeOfDay": ["08:00:00"]}}, Timing(has_more=True), id="times of the day"
        ),
        pytest.param({"event": ["2026-11-24"]}, Timing(has_more=True), id="days of their own"),
        pytest.param({"repeat": {"frequency": "3"}}, Timing(has_more=True), id="unreadable"),
    ],
)
def test_the_timing_of_an_order(timing: object, expected: Timing | None) -> None:
    assert _ordered(timing=timing).timing == expected


def test_the_code_of_a_rhythm_is_kept() -> None:
    found = _ordered(timing={"code": concept(TID)}).timing
    assert found is not None
    assert [c.code for c in found.codings] == ["TID"]


@pytest.mark.parametrize(
    ("dosage", "expected"),
    [
        ({}, False),
        ({"asNeededBoolean": False}, False),
        ({"asNeededBoolean": True}, True),
        ({"asNeededBoolean": "yes"}, True),
        ({"asNeededCodeableConcept": concept(text="pain")}, True),
    ],
)
def test_whether_a_medicine_is_taken_as_needed(dosage: Resource, expected: bool) -> None:
    assert _ordered(**dosage).is_as_needed is expected


@pytest.mark.parametrize(
    ("resource", "began"),
    [
        (medication_request(PREDNISONE), None),
        (medication_statement(PREDNISONE, effectivePeriod={"start": "2026-11"}), "2026-11"),
        (medication_administration(PREDNISONE, effectivePeriod={"start": "2026-11"}), "2026-11"),
    ],
)
def test_when_a_medicine_was_begun(resource: Resource, began: str | None) -> None:
    found = the(Drug, resource | {"effectiveDateTime": None}).began
    assert (found.text if found else None) == began


def test_how_long_a_procedure_lasted_and_what_it_showed() -> None:
    period = {"start": "2026-11-01", "end": "2026-11-05"}
    long = procedure(COLONOSCOPY, performedDateTime=None, performedPeriod=period)
    found = the(Procedure, long | {"outcome": concept(PORT)})
    assert found.began is not None
    assert found.ended is not None
    assert (found.began.text, found.ended.text) == ("2026-11-01", "2026-11-05")
    assert found.outcome is not None
    assert [c.code for c in found.outcome.codings] == [PORT.code]
    bare = the(Procedure, procedure(COLONOSCOPY))
    assert (bare.began, bare.ended, bare.outcome) == (None, None, None)


def test_when_a_stay_began_and_ended() -> None:
    found = the(Encounter, encounter(kind="IMP", days_ago=60, until_days_ago=54))
    assert found.is_finished
    assert found.began is not None
    assert found.ended is not None
    assert (found.began.text, found.ended.text) == (ago(60), ago(54))
    assert not the(Encounter, encounter(status="in-progress")).is_finished


@pytest.mark.parametrize(
    ("status", "is_active"),
    [("active", True), (None, True), ("inactive", False), ("unknown", False)],
)
def test_a_device_is_in_the_patient_while_it_is_active(status: str | None, is_active: bool) -> None:
    found = the(Device, device(PORT, status=status))
    assert found.is_active is is_active
    assert [c.code for c in found.codings] == [PORT.code]


def test_a_device_entered_in_error_is_as_if_absent() -> None:
    found = read(device(PORT, status="entered-in-error"))
    assert not found.entries
    assert not found.skipped


def test_a_device_that_must_be_set_aside_keeps_its_code() -> None:
    (skipped,) = read(device(PORT, modifierExtension=UNKNOWN_MODIFIER)).skipped
    assert skipped.kind is Kind.DEVICE
    assert [c.code for c in skipped.codings] == [PORT.code]


@pytest.mark.parametrize(
    ("fields", "course"),
    [
        ({}, Course.ACTIVE),
        ({"status": "draft"}, Course.DRAFT),
        ({"status": "completed"}, Course.PAST),
        ({"status": "revoked"}, None),
        ({"status": "on-hold"}, Course.UNCLEAR),
        ({"status": "unknown"}, Course.UNCLEAR),
        ({"status": "entered-in-error"}, None),
        ({"intent": "proposal"}, None),
        ({"doNotPerform": True}, None),
    ],
)
def test_where_an_ordered_test_stands(fields: Resource, course: Course | None) -> None:
    found = read(service_request(CT_HEAD) | fields).of_kind(Order, Kind.ORDER)
    assert [one.course for one in found] == ([] if course is None else [course])


def test_an_ordered_test_is_dated_by_when_it_is_to_be_done() -> None:
    detail = concept(text="with contrast")
    found = the(Order, service_request(CT_HEAD, due_in_days=7, orderDetail=[detail]))
    assert found.when is not None
    assert found.occurs is not None
    assert found.when.text == found.occurs.text == ago(-7)
    assert "with contrast" in found.texts
    bare = the(Order, service_request(CT_HEAD, days_ago=3))
    assert bare.when is not None
    assert bare.when.text == ago(3)
    assert bare.occurs is None


_BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], None),
        (["F"], "F"),
        (["M"], "M"),
        (["UNK"], "UNK"),
        (["F", "F"], "F"),
        (["F", "M"], None),
    ],
)
def test_the_birth_sex(told: list[str], expected: str | None) -> None:
    other = {"url": "https://ehr.example/else", "valueCode": "X"}
    extensions = [{"url": _BIRTH_SEX, "valueCode": one} for one in told]
    found = read(patient(extension=[other, None, *extensions]))
    assert found.patient.birth_sex == expected
