"""The general reading rules of fhir-notes.md (section 2), 1 to 8: status, dates, codes, values."""

from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.evaluate import read_document
from rules.chart import (
    Allergy,
    Clinical,
    Coded,
    Condition,
    Course,
    Drug,
    Encounter,
    Kind,
    NoValue,
    Observation,
    Procedure,
    Range,
    Report,
    Status,
)
from rules.units import Quantity
from tests.build import (
    ALDESLEUKIN,
    CREATININE,
    HL7,
    HYPERTENSION,
    LOCAL,
    LOINC,
    MELANOMA,
    MELANOMA_SNOMED,
    MRI_BRAIN,
    PEMBROLIZUMAB,
    PREDNISONE,
    RADIOSURGERY,
    UCUM,
    Code,
    Resource,
    allergy,
    chart,
    coding,
    concept,
    condition,
    encounter,
    lab,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    procedure,
    quantity,
    report,
)
from tests.fhir.reading import codes_of, date_of, read, the

# Rule 1: status -----------------------------------------------------------------------------------

FINAL, NOT_FINAL, UNUSABLE = Status.FINAL, Status.NOT_FINAL, Status.UNUSABLE

_RESULT: list[tuple[str | None, Status | None]] = [
    ("final", FINAL),
    ("amended", FINAL),
    ("corrected", FINAL),
    ("appended", FINAL),
    ("registered", NOT_FINAL),
    ("preliminary", NOT_FINAL),
    ("partial", NOT_FINAL),
    ("cancelled", None),
    ("entered-in-error", None),
    ("unknown", UNUSABLE),
    ("Final", UNUSABLE),
    ("", UNUSABLE),
    (None, UNUSABLE),
]


@pytest.mark.parametrize(("status", "expected"), _RESULT)
def test_rule_1_status_of_an_observation(status: str | None, expected: Status | None) -> None:
    found = read(lab(CREATININE, "1.0 mg/dL") | {"status": status})
    assert [o.status for o in found.of_kind(Observation, Kind.OBSERVATION)] == (
        [] if expected is None else [expected]
    )
    assert not found.skipped


@pytest.mark.parametrize(("status", "expected"), _RESULT)
def test_rule_1_status_of_a_report(status: str | None, expected: Status | None) -> None:
    found = read(report(MRI_BRAIN) | {"status": status})
    assert [o.status for o in found.of_kind(Report, Kind.REPORT)] == (
        [] if expected is None else [expected]
    )


@pytest.mark.parametrize(
    ("status", "expected", "is_planned"),
    [
        ("completed", FINAL, False),
        ("in-progress", NOT_FINAL, False),
        ("stopped", NOT_FINAL, False),
        ("aborted", NOT_FINAL, False),
        ("preparation", UNUSABLE, True),
        ("on-hold", UNUSABLE, False),
        ("unknown", UNUSABLE, False),
        (None, UNUSABLE, False),
        ("not-done", None, False),
        ("entered-in-error", None, False),
        ("cancelled", None, False),
    ],
)
def test_rule_1_status_of_a_procedure(
    status: str | None, expected: Status | None, is_planned: bool
) -> None:
    found = read(procedure(RADIOSURGERY) | {"status": status})
    got = [(p.status, p.is_planned) for p in found.of_kind(Procedure, Kind.PROCEDURE)]
    assert got == ([] if expected is None else [(expected, is_planned)])


ACTIVE, PAST, UNCLEAR = Course.ACTIVE, Course.PAST, Course.UNCLEAR


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(medication_request(PREDNISONE, status=status), course, id=f"order {status}")
        for status, course in (
            ("active", ACTIVE),
            ("completed", PAST),
            ("stopped", PAST),
            ("on-hold", UNCLEAR),
            ("unknown", UNCLEAR),
            ("", UNCLEAR),
            ("cancelled", None),
            ("entered-in-error", None),
        )
    ]
    + [
        pytest.param(medication_statement(PREDNISONE, status=status), course, id=f"told {status}")
        for status, course in (
            ("active", ACTIVE),
            ("completed", PAST),
            ("stopped", PAST),
            ("on-hold", UNCLEAR),
            ("unknown", UNCLEAR),
            ("intended", None),
            ("not-taken", None),
            ("entered-in-error", None),
        )
    ]
    + [
        pytest.param(
            medication_administration(PREDNISONE, status=status), course, id=f"given {status}"
        )
        for status, course in (
            ("completed", PAST),
            ("in-progress", ACTIVE),
            ("stopped", PAST),
            ("on-hold", UNCLEAR),
            ("unknown", UNCLEAR),
            ("not-done", None),
            ("entered-in-error", None),
        )
    ]
    + [
        pytest.param(medication_request(PREDNISONE, intent=intent), course, id=f"intent {intent}")
        for intent, course in (
            ("order", ACTIVE),
            ("plan", ACTIVE),
            ("proposal", None),
            ("option", None),
        )
    ]
    + [
        pytest.param(
            medication_request(PREDNISONE, doNotPerform=True), None, id="must not be performed"
        ),
        pytest.param(
            medication_request(PREDNISONE, doNotPerform=False), ACTIVE, id="may be performed"
        ),
    ],
)
def test_rule_1_course_of_a_medicine(resource: Resource, expected: Course | None) -> None:
    found = read(resource)
    assert [d.course for d in found.entries if isinstance(d, Drug)] == (
        [] if expected is None else [expected]
    )
    assert not found.skipped


@pytest.mark.parametrize(
    ("status", "is_there"),
    [("finished", True), ("planned", True), (None, True), ("entered-in-error", False)],
)
def test_rule_1_status_of_an_encounter(status: str | None, is_there: bool) -> None:
    found = read(encounter() | {"status": status})
    assert len(found.of_kind(Encounter, Kind.ENCOUNTER)) == is_there


# Rule 2: Conditions -------------------------------------------------------------------------------

GOING_ON, OVER = Clinical.ACTIVE, Clinical.INACTIVE
OPPOSED, NOT_CLEAR = Clinical.CONFLICTING, Clinical.UNCLEAR


def _clinical(*words: str) -> Resource:
    return concept(*(Code(HL7 + "condition-clinical", word) for word in words))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"clinicalStatus": _clinical("active")}, GOING_ON, id="active"),
        pytest.param({"clinicalStatus": _clinical("recurrence")}, GOING_ON, id="recurrence"),
        pytest.param({"clinicalStatus": _clinical("relapse")}, GOING_ON, id="relapse"),
        pytest.param({"clinicalStatus": _clinical("inactive")}, OVER, id="inactive"),
        pytest.param({"clinicalStatus": _clinical("remission")}, OVER, id="remission"),
        pytest.param({"clinicalStatus": _clinical("resolved")}, OVER, id="resolved"),
        pytest.param({}, GOING_ON, id="no status"),
        pytest.param({"clinicalStatus": {}}, GOING_ON, id="an empty status"),
        pytest.param({"clinicalStatus": _clinical("dormant")}, NOT_CLEAR, id="unknown word"),
        pytest.param({"clinicalStatus": {"text": "Active"}}, NOT_CLEAR, id="text only"),
        pytest.param(
            {"clinicalStatus": _clinical("active", "resolved")}, OPPOSED, id="active and resolved"
        ),
        # before R4: plain words
        pytest.param({"clinicalStatus": "active"}, GOING_ON, id="STU3 active"),
        pytest.param({"clinicalStatus": "resolved"}, OVER, id="STU3 resolved"),
        pytest.param({"clinicalStatus": "odd"}, NOT_CLEAR, id="STU3 unknown word"),
        pytest.param({"clinicalStatus": ""}, GOING_ON, id="STU3 empty"),
        # abated means inactive; active and abated is a contradiction (con-4)
        pytest.param({"abatementDateTime": "2026-01-02"}, OVER, id="no status, abated"),
        pytest.param({"abatementDateTime": "odd"}, NOT_CLEAR, id="no status, abated at no date"),
        pytest.param({"abatementPeriod": {"end": "2026"}}, OVER, id="no status, abated, period"),
        pytest.param({"abatementString": "as a child"}, NOT_CLEAR, id="no status, abated, words"),
        pytest.param({"abatementAge": {"value": 12}}, OVER, id="no status, abated, age"),
        pytest.param({"abatementRange": {"low": {"value": 12}}}, OVER, id="abated, range of ages"),
        pytest.param({"abatementBoolean": True}, OVER, id="no status, abated: yes"),
        pytest.param({"abatementBoolean": False}, GOING_ON, id="no status, abated: no"),
        pytest.param({"abatementAge": None}, GOING_ON, id="no status, abated: null"),
        pytest.param(
            {"clinicalStatus": _clinical("active"), "abatementDateTime": "2026-01-02"},
            OPPOSED,
            id="active and abated",
        ),
        pytest.param(
            {"clinicalStatus": "active", "abatementString": "last year"},
            OPPOSED,
            id="STU3 active and abated in words",
        ),
        pytest.param(
            {"clinicalStatus": _clinical("resolved"), "abatementDateTime": "2026-01-02"},
            OVER,
            id="resolved and abated",
        ),
        pytest.param(
            {"clinicalStatus": _clinical("active"), "abatementBoolean": False},
            GOING_ON,
            id="active, abated: no",
        ),
    ],
)
def test_rule_2_whether_a_condition_is_going_on(fields: Resource, expected: Clinical) -> None:
    found = condition(HYPERTENSION, clinical=None, **fields)
    assert the(Condition, found).clinical is expected


def _verified(*words: str) -> Resource:
    return concept(*(Code(HL7 + "condition-ver-status", word) for word in words))


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        pytest.param(_verified("confirmed"), True, id="confirmed"),
        pytest.param(None, True, id="not told"),
        pytest.param({}, True, id="empty"),
        pytest.param("confirmed", True, id="STU3 confirmed"),
        pytest.param(_verified("unconfirmed"), False, id="unconfirmed"),
        pytest.param(_verified("provisional"), False, id="provisional"),
        pytest.param(_verified("differential"), False, id="differential"),
        pytest.param(_verified("unknown"), False, id="unknown word"),
        pytest.param({"text": "Confirmed"}, False, id="text only"),
        pytest.param(_verified("confirmed", "provisional"), False, id="confirmed and provisional"),
        pytest.param("provisional", False, id="STU3 provisional"),
        pytest.param(
            concept(Code(HL7 + "condition-ver-status", "confirmed"), LOCAL),
            True,
            id="confirmed, and the site's own word for it",
        ),
        pytest.param(_verified("refuted"), None, id="refuted"),
        pytest.param(_verified("entered-in-error"), None, id="entered in error"),
        pytest.param(_verified("refuted", "confirmed"), None, id="refuted and confirmed"),
        pytest.param("refuted", None, id="STU3 refuted"),
        pytest.param("entered-in-error", None, id="STU3 entered in error"),
    ],
)
def test_rule_2_whether_a_condition_or_allergy_is_confirmed(
    verification: object, expected: bool | None
) -> None:
    problem = condition(HYPERTENSION, verification=None, verificationStatus=verification)
    substance = allergy(ALDESLEUKIN, verification=None, verificationStatus=verification)
    found = read(problem, substance)
    wanted = [] if expected is None else [expected]
    assert [c.is_confirmed for c in found.of_kind(Condition, Kind.CONDITION)] == wanted
    assert [a.is_confirmed for a in found.of_kind(Allergy, Kind.ALLERGY)] == wanted
    assert not found.skipped


def _category(*words: str) -> list[Resource]:
    return [concept(Code(HL7 + "condition-category", word)) for word in words]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        (_category("encounter-diagnosis"), True),
        (_category("problem-list-item"), False),
        (_category("encounter-diagnosis", "problem-list-item"), False),
        (_category("encounter-diagnosis", "health-concern"), False),
        (_category("encounter-diagnosis")[0], True),
        (None, False),
        ([], False),
    ],
)
def test_rule_2_which_condition_is_of_a_visit_only(category: object, expected: bool) -> None:
    found = condition(HYPERTENSION, category=None) | {"category": category}
    assert the(Condition, found).is_encounter_diagnosis is expected


# Rule 3: dates ------------------------------------------------------------------------------------

DAY, LATER = "2026-11-01", "2026-11-03"
UPDATED: Resource = {"meta": {"lastUpdated": "2026-11-23T00:00:00Z"}}


def _observed(**fields: Any) -> Resource:
    return observation(CREATININE, days_ago=None, **(UPDATED | fields))


def _problem(**fields: Any) -> Resource:
    return condition(HYPERTENSION, days_ago=None, **(UPDATED | fields))


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        pytest.param(_observed(effectiveDateTime=DAY, issued=LATER), DAY, id="effective"),
        pytest.param(_observed(effectiveInstant=DAY, issued=LATER), DAY, id="instant"),
        pytest.param(
            _observed(effectivePeriod={"start": DAY, "end": LATER}), LATER, id="end of a period"
        ),
        pytest.param(_observed(effectivePeriod={"start": DAY}), DAY, id="start of an open period"),
        pytest.param(_observed(effectivePeriod={}, issued=LATER), LATER, id="an empty period"),
        pytest.param(_observed(issued=LATER), LATER, id="issued alone"),
        pytest.param(_observed(), None, id="Observation, lastUpdated alone"),
        pytest.param(
            report(MRI_BRAIN, days_ago=None, effectiveDateTime=DAY, issued=LATER), DAY, id="report"
        ),
        pytest.param(report(MRI_BRAIN, days_ago=None, issued=LATER), LATER, id="report, issued"),
        pytest.param(
            report(MRI_BRAIN, days_ago=None, effectivePeriod={"end": DAY}, issued=LATER),
            DAY,
            id="report, period",
        ),
        pytest.param(report(MRI_BRAIN, days_ago=None, **UPDATED), None, id="report, no date"),
        pytest.param(_problem(onset=DAY, recordedDate=LATER), DAY, id="onset"),
        pytest.param(
            _problem(onsetPeriod={"start": DAY}, recordedDate=LATER), DAY, id="onset, period"
        ),
        pytest.param(_problem(recordedDate=LATER), LATER, id="recordedDate alone"),
        pytest.param(_problem(assertedDate=LATER), LATER, id="STU3 assertedDate"),
        pytest.param(_problem(), None, id="Condition, lastUpdated alone"),
        pytest.param(procedure(RADIOSURGERY, at=DAY), DAY, id="performed"),
        pytest.param(
            procedure(RADIOSURGERY, days_ago=None, performedPeriod={"start": DAY, "end": LATER}),
            LATER,
            id="performed, period",
        ),
        pytest.param(procedure(RADIOSURGERY, days_ago=None, **UPDATED), None, id="no performed"),
        pytest.param(
            allergy(ALDESLEUKIN, onsetDateTime=DAY, recordedDate=LATER), DAY, id="allergy, onset"
        ),
        pytest.param(allergy(ALDESLEUKIN, recordedDate=LATER), LATER, id="allergy, recorded"),
        pytest.param(medication_request(PREDNISONE, authoredOn=DAY), DAY, id="order"),
        pytest.param(
            medication_statement(PREDNISONE, effectiveDateTime=DAY, dateAsserted=LATER),
            DAY,
            id="statement",
        ),
        pytest.param(
            medication_statement(PREDNISONE, days_ago=None, dateAsserted=LATER),
            LATER,
            id="statement, asserted",
        ),
        pytest.param(
            medication_administration(
                PREDNISONE, days_ago=None, effectivePeriod={"start": DAY, "end": LATER}
            ),
            LATER,
            id="given, period",
        ),
        pytest.param(encounter() | {"period": {"start": DAY}}, DAY, id="stay"),
    ],
)
def test_rule_3_the_date_of_an_entry(resource: Resource, expected: str | None) -> None:
    (entry,) = read(resource).entries
    assert date_of(entry) == expected
    assert not entry.is_dated_badly


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(_observed(effectiveDateTime="last week", issued=LATER), id="Observation"),
        pytest.param(_observed(effectivePeriod={"start": DAY, "end": "?"}), id="end of a period"),
        pytest.param(_problem(onset="2026-02-30", recordedDate=LATER), id="Condition"),
        pytest.param(procedure(RADIOSURGERY, at="2026-13"), id="Procedure"),
        pytest.param(report(MRI_BRAIN, effectiveDateTime="0000"), id="report"),
        pytest.param(medication_request(PREDNISONE, authoredOn="now"), id="order"),
    ],
)
def test_rule_3_a_date_that_cannot_be_read_is_not_replaced_by_another(resource: Resource) -> None:
    (entry,) = read(resource).entries
    assert entry.when is None
    assert entry.is_dated_badly


def test_rule_3_onset_and_abatement_are_kept_apart_from_the_date() -> None:
    found = the(Condition, _problem(recordedDate=LATER, abatementPeriod={"end": "2026-11"}))
    assert found.onset is None
    assert found.abated is not None
    assert found.abated.text == "2026-11"
    assert date_of(found) == LATER


# Rule 4: what decides between entries of one time -------------------------------------------------


def test_rule_4_the_time_of_issue_is_kept_beside_the_effective_time() -> None:
    found = the(Observation, _observed(effectiveDateTime=DAY, issued="2026-11-03T10:00:00Z"))
    assert found.issued is not None
    assert found.issued.text == "2026-11-03T10:00:00Z"
    assert date_of(found) == DAY


# Rule 5: codings ----------------------------------------------------------------------------------


def test_rule_5_several_codings_are_all_kept_whatever_their_order() -> None:
    one = the(Condition, condition(MELANOMA, MELANOMA_SNOMED, LOCAL))
    other = the(Condition, condition(LOCAL, MELANOMA_SNOMED, MELANOMA))
    assert set(one.codings) == set(other.codings)
    assert len(one.codings) == 3


def test_rule_5_a_coding_without_system_or_code_says_nothing() -> None:
    code: Resource = {
        "coding": [
            {"code": "C43.59", "display": "Melanoma"},
            {"system": MELANOMA.system, "display": "Melanoma"},
            {"system": "", "code": "C43.59"},
            {"system": MELANOMA.system, "code": ""},
            {"system": None, "code": None},
            None,
            coding(HYPERTENSION),
        ]
    }
    found = the(Condition, condition(code=code))
    assert codes_of(found) == ["I10"]
    assert found.texts == ("Melanoma", HYPERTENSION.display)


def test_rule_5_user_selected_and_version_carry_nothing() -> None:
    plain, adorned = (
        the(Condition, condition(code={"coding": [coding(MELANOMA) | more]}))
        for more in ({}, {"userSelected": True, "version": "2027"})
    )
    assert plain.codings == adorned.codings


def test_rule_5_body_site_category_and_interpretation_are_read_from_every_concept() -> None:
    brain, lung = Code(LOINC, "x-1"), Code(LOINC, "x-2")
    found = the(
        Condition, condition(MELANOMA, bodySite=[concept(brain), None, concept(lung), concept()])
    )
    assert [c.code for c in found.body_sites] == ["x-1", "x-2"]
    single = the(Condition, condition(MELANOMA) | {"bodySite": concept(brain)})
    assert [c.code for c in single.body_sites] == ["x-1"]
    seen = the(
        Observation, lab(CREATININE, "1 mg/dL", interpretation=[concept(brain), concept(lung)])
    )
    assert [c.code for c in seen.interpretation] == ["x-1", "x-2"]


def test_rule_5_an_allergy_has_the_codes_of_its_reactions_too() -> None:
    substance: Resource = {"substance": concept(PEMBROLIZUMAB), "severity": "severe"}
    found = the(Allergy, allergy(ALDESLEUKIN, reaction=[substance, None, {"severity": "mild"}]))
    assert codes_of(found) == ["70223", "1547545"]
    assert found.severities == ("severe", "mild")
    assert not found.is_high
    assert the(Allergy, allergy(ALDESLEUKIN, criticality="high")).is_high


# Rule 6: text -------------------------------------------------------------------------------------


def test_rule_6_text_and_displays_are_kept_as_words_never_as_codes() -> None:
    found = the(Condition, condition(text="  Kidney transplant "))
    assert found.codings == ()
    assert found.texts == ("Kidney transplant",)
    both = the(Condition, condition(HYPERTENSION, text="High blood pressure"))
    assert both.texts == ("High blood pressure", HYPERTENSION.display)


@pytest.mark.parametrize("code", [None, {}, {"coding": []}, {"text": "  "}, {"coding": [None]}])
@pytest.mark.parametrize("build", [condition, observation, report, procedure, allergy])
def test_rule_6_without_code_and_words_a_resource_is_set_aside(
    build: Any, code: Resource | None
) -> None:
    found = read(build(id="x") | {"code": code})
    (skipped,) = found.skipped
    assert skipped.reason == "has no code that can be read"
    assert not skipped.has_code
    assert not found.entries


# Rule 7: units and numbers, as they were written --------------------------------------------------


def test_rule_7_a_quantity_keeps_its_number_and_unit_as_written() -> None:
    raw = chart(lab(CREATININE, "1 mg/dL")).replace(b'"value": 1,', b'"value": 1.50,')
    (found,) = read_document(raw).of_kind(Observation, Kind.OBSERVATION)
    assert isinstance(found.value, Quantity)
    assert found.value == Quantity(Decimal("1.50"), "mg/dL", UCUM, "mg/dL", None)
    assert str(found.value.value) == "1.50"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param({"value": 1, "unit": " mg/dL "}, Quantity(Decimal(1), "mg/dL"), id="trimmed"),
        pytest.param({"value": 1, "unit": " ", "code": ""}, Quantity(Decimal(1)), id="empty unit"),
        pytest.param(
            {"value": 1, "comparator": "<"}, Quantity(Decimal(1), comparator="<"), id="comparator"
        ),
        pytest.param({"value": 1, "comparator": ""}, Quantity(Decimal(1)), id="empty comparator"),
        pytest.param({"value": 0}, Quantity(Decimal(0)), id="zero"),
        pytest.param({"value": -0.5}, Quantity(Decimal("-0.5")), id="below zero"),
    ],
)
def test_rule_7_small_print_of_a_quantity(sent: Resource, expected: Quantity) -> None:
    assert the(Observation, observation(CREATININE, valueQuantity=sent)).value == expected


@pytest.mark.parametrize(
    "number",
    [
        "1e41",
        "1E+999",
        "1E-999",
        "1e400000000",
        "-1e41",
        "9" * 41,
        "0." + "1" * 60,
        "null",
    ],
)
def test_rule_7_a_number_that_would_take_the_machine_is_unreadable(number: str) -> None:
    sent = chart(lab(CREATININE, "1 mg/dL")).replace(
        b'"value": 1,', b'"value": %s,' % number.encode()
    )
    (found,) = read_document(sent).of_kind(Observation, Kind.OBSERVATION)
    assert found.value is NoValue.UNREADABLE


@pytest.mark.parametrize(
    "number",
    [
        *("1e999999999999999999999", "1e-999999999999999999999", "true", "[1]", "{}"),
        # a string is no number, whatever stands in it
        *('"1.5"', '"1,5"', '"1_000"', '"\\u0663"', '"abc"', '""'),
        *('"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"'),
    ],
)
def test_rule_7_what_is_no_number_sets_the_result_aside_and_keeps_its_code(number: str) -> None:
    sent = chart(lab(CREATININE, "1 mg/dL")).replace(
        b'"value": 1,', b'"value": %s,' % number.encode()
    )
    found = read_document(sent)
    (skipped,) = found.skipped
    assert codes_of(skipped) == ["2160-0"]
    assert ".valueQuantity.value" in skipped.reason
    assert not found.entries


def test_rule_7_reference_ranges() -> None:
    low, high = quantity("0.6 mg/dL"), quantity("1.2 mg/dL")
    normal = concept(Code(HL7 + "referencerange-meaning", "normal"))
    critical = concept(Code(HL7 + "referencerange-meaning", "critical"))
    women = [concept(Code(HL7 + "v3-AdministrativeGender", "F"))]
    ages: Resource = {"low": {"value": 18, "unit": "a"}, "high": {"value": 65, "unit": "a"}}
    found = the(
        Observation,
        lab(
            CREATININE,
            "1.0 mg/dL",
            referenceRange=[
                {"low": low, "high": high},
                {"low": low, "type": normal, "appliesTo": women, "age": ages},
                {"low": low, "type": critical},
                {"text": "0.6 to 1.2"},
                None,
            ],
        ),
    )
    plain, of_women, of_words = found.ranges
    assert (plain.low, plain.high) == (
        Quantity(Decimal("0.6"), "mg/dL", UCUM, "mg/dL"),
        Quantity(Decimal("1.2"), "mg/dL", UCUM, "mg/dL"),
    )
    assert plain.sexes == frozenset()
    assert of_women.sexes == {"female"}
    assert (of_women.age_low, of_women.age_high) == (18, 65)
    assert of_women.high is None
    assert (of_words.low, of_words.high) == (None, None)


def test_rule_7_a_range_whose_type_is_told_in_words_only_is_not_taken_for_normal() -> None:
    found = lab(CREATININE, "1 mg/dL", referenceRange=[{"type": {"text": "critical"}}])
    assert the(Observation, found).ranges == ()


def test_rule_7_an_age_in_months_is_not_read_as_years() -> None:
    months: Resource = {"value": 216, "unit": "mo", "system": UCUM, "code": "mo"}
    found = lab(CREATININE, "1 mg/dL", referenceRange=[{"age": {"low": months}}])
    assert [one.age_low for one in the(Observation, found).ranges] in ([], [18])


# Rule 8: values -----------------------------------------------------------------------------------

POSITIVE = Code(LOINC, "LA6576-8", "Positive")
ONE = Quantity(Decimal(1), "mg/dL", UCUM, "mg/dL")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"valueInteger": 1}, 1, id="integer"),
        pytest.param({"valueInteger": 0}, 0, id="zero"),
        pytest.param({"valueBoolean": False}, False, id="false"),
        pytest.param({"valueString": "1"}, "1", id="string"),
        pytest.param({"valueQuantity": quantity("1 mg/dL")}, ONE, id="quantity"),
        pytest.param({"valueQuantity": {}}, NoValue.UNREADABLE, id="quantity without a number"),
        pytest.param(
            {"valueRange": {"low": quantity("1 mg/dL")}}, Range(ONE, None), id="range, open"
        ),
        pytest.param(
            {"valueRange": {"low": quantity("1 mg/dL"), "high": quantity("1 mg/dL")}},
            Range(ONE, ONE),
            id="range",
        ),
        pytest.param({}, NoValue.ABSENT, id="nothing"),
        pytest.param({"valueInteger": None}, NoValue.ABSENT, id="null"),
        pytest.param(
            {"dataAbsentReason": concept(text="not asked")},
            NoValue.UNREADABLE,
            id="absent, and why",
        ),
        pytest.param(
            {"valueInteger": 1, "dataAbsentReason": concept(text="not asked")},
            NoValue.UNREADABLE,
            id="a value and why it is absent (obs-6)",
        ),
        pytest.param({"valueInteger": 1, "valueString": "1"}, NoValue.UNREADABLE, id="two values"),
        pytest.param(
            {"valueInteger": 1, "valueRatio": {"numerator": {"value": 1}}},
            NoValue.UNREADABLE,
            id="two values, one never read",
        ),
    ]
    + [
        pytest.param({name: value}, NoValue.UNREADABLE, id=name)
        for name, value in (
            ("valueRatio", {"numerator": {"value": 1}}),
            ("valueSampledData", {"data": "1 2"}),
            ("valueTime", "10:00:00"),
            ("valueDateTime", "2026-11-24"),
            ("valuePeriod", {"start": "2026"}),
            ("valueAttachment", {"url": "x"}),
        )
    ],
)
def test_rule_8_the_value_of_a_result_and_of_a_component(
    fields: Resource, expected: object
) -> None:
    found = the(Observation, observation(CREATININE, **fields))
    assert found.value == expected
    assert type(found.value) is type(expected)
    component = {"code": concept(POSITIVE)} | fields
    whole, part = read(observation(CREATININE, component=[component])).of_kind(
        Observation, Kind.OBSERVATION
    )
    assert whole.value is NoValue.ABSENT
    assert part.value == expected


def test_rule_8_a_coded_value_keeps_its_codes_and_text() -> None:
    found = the(
        Observation, observation(CREATININE, valueCodeableConcept=concept(POSITIVE, text="pos"))
    )
    assert isinstance(found.value, Coded)
    assert [c.code for c in found.value.codings] == ["LA6576-8"]
    assert found.value.text == "pos"
    shown = the(Observation, observation(CREATININE, valueCodeableConcept=concept(POSITIVE))).value
    assert isinstance(shown, Coded)
    assert shown.text == "Positive"


def test_rule_8_a_component_is_an_entry_with_time_and_status_of_the_whole() -> None:
    parts: list[Resource | None] = [
        {"code": concept(POSITIVE), "valueInteger": 1},
        {"code": concept(MELANOMA), "valueInteger": 2, "dataAbsentReason": concept(text="x")},
        {"code": concept(text="in words"), "valueInteger": 3},
        {"valueInteger": 4},
        None,
    ]
    found = read(
        observation(CREATININE, at=DAY, status="preliminary", component=parts, valueInteger=9)
    )
    entries = found.of_kind(Observation, Kind.OBSERVATION)
    assert [o.value for o in entries] == [9, 1, NoValue.UNREADABLE]
    assert {o.status for o in entries} == {NOT_FINAL}
    assert {date_of(o) for o in entries} == {DAY}
    assert len({o.reference for o in entries}) == 1
    assert [[c.code for c in o.parent_codings] for o in entries] == [[], ["2160-0"], ["2160-0"]]
