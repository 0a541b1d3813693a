"""The general reading rules of fhir-notes.md (section 2), by number, as far as the reader goes."""

import json
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import read_document
from rules.chart import (
    Allergy,
    Answer,
    Chart,
    Clinical,
    Coded,
    Condition,
    Course,
    Drug,
    Encounter,
    Entry,
    Kind,
    NoValue,
    Observation,
    Procedure,
    Query,
    Range,
    Report,
    Status,
)
from rules.units import Quantity
from tests.build import (
    ALDESLEUKIN,
    COLONOSCOPY,
    CREATININE,
    HL7,
    HYPERTENSION,
    INTRAVENOUS,
    LOCAL,
    LOINC,
    MELANOMA,
    MELANOMA_SNOMED,
    MRI_BRAIN,
    ORAL,
    PEMBROLIZUMAB,
    PREDNISONE,
    RADIOSURGERY,
    SNOMED,
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
    patient,
    procedure,
    quantity,
    report,
    request,
)
from tests.fhir.reading import answer_of, asked, bundle, outcome, read, the


def _codes(entry: Entry) -> list[str]:
    return [c.written or c.code for c in entry.codings]


def _text(entry: Entry) -> str | None:
    return entry.when.text if entry.when else None


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
    assert _text(entry) == expected
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
    assert _text(found) == LATER


# Rule 4: what decides between entries of one time -------------------------------------------------


def test_rule_4_the_time_of_issue_is_kept_beside_the_effective_time() -> None:
    found = the(Observation, _observed(effectiveDateTime=DAY, issued="2026-11-03T10:00:00Z"))
    assert found.issued is not None
    assert found.issued.text == "2026-11-03T10:00:00Z"
    assert _text(found) == DAY


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
    assert _codes(found) == ["I10"]
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
    assert _codes(found) == ["70223", "1547545"]
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
    assert _codes(skipped) == ["2160-0"]
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
    assert {_text(o) for o in entries} == {DAY}
    assert len({o.reference for o in entries}) == 1
    assert [[c.code for c in o.parent_codings] for o in entries] == [[], ["2160-0"], ["2160-0"]]


# Rule 9: members ----------------------------------------------------------------------------------


def test_rule_9_members_are_kept_and_one_that_is_not_shared_can_be_noticed() -> None:
    member = observation(CREATININE, id="m1", valueInteger=1)
    pointers = [{"reference": "Observation/m1"}, {"reference": "Observation/m2"}, {"display": "x"}]
    found = read(member, observation(POSITIVE, hasMember=[*pointers, None]))
    (panel,) = (o for o in found.of_kind(Observation, Kind.OBSERVATION) if o.members)
    assert panel.members == ("Observation/m1", "Observation/m2", "")
    assert [found.resolve(one) is not None for one in panel.members] == [True, False, False]


# Rule 10: modifiers -------------------------------------------------------------------------------

NOT_MEANT = [{"url": "http://ehr.example/not", "valueBoolean": True}]


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (condition(MELANOMA, modifierExtension=NOT_MEANT), "C43.59"),
        (lab(CREATININE, "1 mg/dL", modifierExtension=NOT_MEANT), "2160-0"),
        (report(MRI_BRAIN, modifierExtension=NOT_MEANT), "24590-2"),
        (procedure(RADIOSURGERY, modifierExtension=NOT_MEANT), "429584001"),
        (allergy(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_request(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_statement(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_administration(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
    ],
)
def test_rule_10_an_unknown_modifier_sets_a_resource_aside_with_its_code(
    resource: Resource, code: str
) -> None:
    found = read(resource)
    (skipped,) = found.skipped
    assert _codes(skipped) == [code]
    assert skipped.kind.value == resource["resourceType"]
    assert skipped.reason == "has a modifierExtension that is not known here"
    assert not found.entries


def test_rule_10_no_modifier_changes_nothing() -> None:
    assert len(read(condition(MELANOMA, modifierExtension=[])).entries) == 1
    aside = read(encounter() | {"modifierExtension": NOT_MEANT})
    assert [s.kind for s in aside.skipped] == [Kind.ENCOUNTER]
    assert not aside.skipped[0].has_code


@pytest.mark.parametrize(
    ("dated", "expected"),
    [
        ({"effectiveDateTime": DAY, "issued": LATER}, DAY),
        ({"effectivePeriod": {"start": DAY}, "issued": LATER}, DAY),
        ({"effectiveInstant": DAY, "issued": LATER}, DAY),
        ({"issued": LATER}, LATER),
        ({}, None),
    ],
)
def test_rule_10_what_is_set_aside_keeps_its_date(dated: Resource, expected: str | None) -> None:
    aside = observation(CREATININE, days_ago=None, modifierExtension=NOT_MEANT, **dated)
    (skipped,) = read(aside).skipped
    assert _text(skipped) == expected


def test_rule_10_a_modifier_of_a_component_sets_the_component_aside() -> None:
    part = {"code": concept(POSITIVE), "valueInteger": 1, "modifierExtension": NOT_MEANT}
    found = read(observation(CREATININE, component=[part]))
    assert not [o for o in found.of_kind(Observation, Kind.OBSERVATION) if o.value == 1]


# Rule 11: duplicates ------------------------------------------------------------------------------


def test_rule_11_the_same_resource_under_several_queries_is_one_entry() -> None:
    size = observation(CREATININE, valueInteger=1)
    found = asked({"imagingObs": bundle(size), "function": bundle(size), "labs": size})
    assert len(found.entries) == 1


def test_rule_11_the_same_resource_twice_in_one_answer_is_one_entry() -> None:
    size = observation(CREATININE, valueInteger=1)
    assert len(asked({"labs": bundle(size, size)}).entries) == 1
    assert len(read(size, size).entries) == 1


def test_rule_11_another_order_of_its_fields_makes_no_other_resource() -> None:
    size = observation(CREATININE, valueInteger=1)
    turned = dict(reversed(list(size.items())))
    assert len(asked({"imagingObs": bundle(size), "function": bundle(turned)}).entries) == 1


def test_rule_11_a_resource_without_id_is_told_by_its_content() -> None:
    one, other = (observation(CREATININE, id=None, valueInteger=n) for n in (1, 2))
    assert len(asked({"labs": bundle(one, other, one)}).entries) == 2


def test_rule_11_a_broken_resource_under_several_queries_is_set_aside_once() -> None:
    broken = observation(CREATININE, valueInteger="x")
    found = asked({"imagingObs": bundle(broken), "function": bundle(broken)})
    (skipped,) = found.skipped
    assert skipped.queries == {Query.IMAGING_OBSERVATIONS, Query.FUNCTION}


def test_rule_11_what_is_set_aside_knows_the_queries_that_brought_it() -> None:
    aside = observation(CREATININE, modifierExtension=NOT_MEANT)
    (skipped,) = asked({"imagingObs": bundle(aside), "function": bundle(aside)}).skipped
    assert skipped.queries == {Query.IMAGING_OBSERVATIONS, Query.FUNCTION}
    (in_file,) = read(aside).skipped
    assert in_file.queries == {q for q in Query if Kind.OBSERVATION in q.kinds}


# Rule 12 is of the rules; 13 has test_references.py -----------------------------------------------

# Rule 14: none recorded ---------------------------------------------------------------------------


def test_rule_14_in_a_file_a_kind_without_an_entry_is_an_empty_answer() -> None:
    found = read(condition(MELANOMA))
    came = {query for query, state in found.answers.items() if state is Answer.CAME}
    assert came == {Query.PATIENT, Query.PROBLEMS, Query.ENCOUNTER_DIAGNOSES}
    assert {state for query, state in found.answers.items() if query not in came} == {Answer.NONE}


def test_rule_14_what_is_set_aside_or_broken_is_no_empty_answer() -> None:
    for broken in (
        observation(CREATININE, valueInteger="x"),
        observation(CREATININE, modifierExtension=NOT_MEANT),
    ):
        assert read(broken).answers[Query.LABS] is Answer.CAME


# Rules 15 and 16: Bundles, and outcomes in them ---------------------------------------------------

A_LAB = lab(CREATININE, "1.0 mg/dL")
NEXT = [{"relation": "self", "url": "x"}, None, {"relation": "next", "url": "x?page=2"}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(bundle(A_LAB), "came", id="one entry"),
        pytest.param(bundle(A_LAB, total=1), "came", id="as many as it counts"),
        pytest.param(bundle(A_LAB, total=0), "came", id="the total is only a page size"),
        pytest.param(bundle(A_LAB, total="?"), "came", id="a total that is no number"),
        pytest.param(bundle(A_LAB, total=50), "failed", id="it counts more than came"),
        pytest.param(bundle(A_LAB, link=NEXT[:1]), "came", id="a self link"),
        pytest.param(bundle(A_LAB, link=NEXT), "failed", id="a next link"),
        pytest.param(bundle(link=NEXT), "failed", id="empty, and a next link"),
        pytest.param(bundle(), "none", id="no entries"),
        pytest.param({"resourceType": "Bundle"}, "none", id="no entry element"),
        pytest.param(bundle() | {"entry": None}, "none", id="entry null"),
        pytest.param(bundle(outcome("4101")), "none", id="4101: no results"),
        pytest.param(bundle(outcome("4101", severity="error")), "none", id="4101, as an error"),
        pytest.param(bundle(A_LAB, outcome("4119")), "came", id="4119: more may exist"),
        pytest.param(bundle(outcome("4119")), "none", id="4119, empty"),
        pytest.param(bundle(A_LAB, outcome()), "came", id="an outcome without a code"),
        pytest.param(bundle(A_LAB, outcome(severity="error")), "failed", id="an error"),
        pytest.param(bundle(A_LAB, outcome(severity="fatal")), "failed", id="fatal"),
        pytest.param(bundle(A_LAB, outcome("4101", "59204")), "failed", id="two codes, one bad"),
        pytest.param(bundle(bundle(A_LAB)), "came", id="a Bundle in the Bundle"),
        pytest.param(bundle(bundle(A_LAB, link=NEXT)), "failed", id="a next link inside"),
        pytest.param(bundle(bundle(outcome("59204"))), "failed", id="an outcome inside"),
        pytest.param(bundle(A_LAB, {"resourceType": "Binary", "id": "x"}), "came", id="other type"),
        pytest.param(
            bundle({"resourceType": "Binary", "id": "x"}), "failed", id="only other types"
        ),
        pytest.param(bundle(condition(MELANOMA)), "failed", id="only Conditions among labs"),
        pytest.param(bundle(5, A_LAB), "failed", id="an entry that is a number"),
        pytest.param(bundle("x"), "failed", id="an entry that is a text"),
        pytest.param(bundle(None), "failed", id="an entry that is null"),
        pytest.param(bundle([A_LAB]), "failed", id="an entry that is a list"),
    ]
    + [
        pytest.param(bundle(A_LAB, outcome(code)), "failed", id=f"{code}: not shared")
        for code in ("59204", "59205", "4118", "4130", "4131", "4134", "59133")
    ]
    + [
        pytest.param(bundle(A_LAB, outcome(code)), "came", id=f"{code}: unfiltered")
        for code in ("4122", "59100", "59101", "59109")
    ],
)
def test_rules_15_and_16_how_a_bundle_answers(answer: Resource, expected: str) -> None:
    assert answer_of(answer) == expected


@pytest.mark.parametrize(
    ("code", "severity", "words"),
    [
        ("59204", "warning", "withheld or cut"),
        ("4119", "information", "more may exist"),
        ("59100", "warning", "unfiltered"),
        ("99999", "error", "reported an error"),
        ("99999", "warning", None),
        ("4101", "warning", None),
    ],
)
def test_rule_16_what_the_ehr_said_is_noted_with_the_query_and_without_its_text(
    code: str, severity: str, words: str | None
) -> None:
    said = outcome(code, severity=severity)
    said["issue"][0]["diagnostics"] = "Mr Example of 1 High Street"
    said["issue"].append(None)
    notes = asked({"labs": bundle(A_LAB, said)}).notes
    assert len(notes) == (words is not None)
    for note in notes:
        assert note.startswith("labs: ")
        assert words is not None
        assert words in note
        assert "Example" not in note


def test_rule_15_the_entries_of_an_incomplete_answer_are_still_read() -> None:
    found = asked({"labs": bundle(A_LAB, link=NEXT)})
    assert len(found.entries) == 1
    assert found.notes == ("labs: not all pages came (the answer links to another)",)


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        ("204", {}, Answer.CAME),
        ("404 Not Found", {}, Answer.FAILED),
        ("500", {}, Answer.FAILED),
        (None, {"outcome": outcome("4101")}, Answer.CAME),
        ("200", {"outcome": outcome("59204")}, Answer.FAILED),
        ("200", {"outcome": {"resourceType": "OperationOutcome", "issue": 5}}, Answer.FAILED),
    ],
)
def test_rule_15_the_answer_of_a_batch_may_hold_a_status_only(
    status: str | None, more: Resource, expected: Answer
) -> None:
    whole = bundle(A_LAB)
    whole["entry"] += [{"response": {"status": status} | more}]
    found = asked({"labs": whole})
    assert (len(found.entries), found.answers[Query.LABS]) == (1, expected)
    assert not found.of_others


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"fullUrl": "urn:uuid:1"}])
def test_rule_15_an_entry_without_a_resource_is_named_and_the_answer_not_complete(
    entry: Resource,
) -> None:
    whole = bundle(A_LAB)
    whole["entry"].append(entry)
    found = asked({"labs": whole})
    assert (len(found.entries), found.answers[Query.LABS]) == (1, Answer.FAILED)
    assert found.of_others == (("labs.entry[1]", "holds no resource"),)


def test_rule_15_bundles_in_bundles_are_taken_apart_but_not_without_end() -> None:
    deep = A_LAB
    for _ in range(4):
        deep = bundle(deep)
    assert len(asked({"labs": deep}).entries) == 1
    found = asked({"labs": bundle(deep)})
    assert not found.entries
    assert found.answers[Query.LABS] is Answer.FAILED
    assert found.of_others == (
        ("labs.entry[0].entry[0].entry[0].entry[0]", "is a Bundle nested too deeply"),
    )


def test_rule_15_an_entry_that_is_no_object_is_named_by_its_place() -> None:
    found = asked({"labs": bundle(A_LAB, 5)})
    assert found.of_others == (("labs.entry[1]", "is no Bundle entry"),)


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param({}, id="an empty object"),
        pytest.param({"id": "x", "code": concept(MELANOMA)}, id="no resourceType"),
        pytest.param({"resourceType": None}, id="resourceType null"),
        pytest.param({"resourceType": 5}, id="resourceType a number"),
        pytest.param({"resourceType": ""}, id="resourceType empty"),
    ],
)
def test_rule_15_a_resource_of_no_type_may_be_anything_so_the_answer_is_not_complete(
    thing: Resource,
) -> None:
    found = asked({"problems": bundle(condition(HYPERTENSION), thing)})
    assert not found.answers[Query.PROBLEMS].is_complete
    assert len(found.of_others) == 1
    assert (
        not read(condition(HYPERTENSION), thing | {"id": "x", "resourceType": ""})
        .answers[Query.PROBLEMS]
        .is_complete
    )


def test_rule_15_a_file_with_a_next_link_is_not_complete() -> None:
    whole = json.loads(chart(A_LAB)) | {"link": NEXT}
    found = read_document(json.dumps(whole).encode())
    assert set(found.answers.values()) == {Answer.FAILED}


# Rule 17: filtering again -------------------------------------------------------------------------


def test_rule_17_what_was_not_asked_for_is_passed_over() -> None:
    found = asked(
        {
            "labs": bundle(A_LAB, condition(MELANOMA)),
            "problems": bundle(lab(CREATININE, "9 mg/dL")),
            "medicines": bundle({"resourceType": "Medication", "id": "m", "code": {}}),
        }
    )
    assert [e.kind for e in found.entries] == [Kind.OBSERVATION]
    assert found.answers[Query.PROBLEMS] is Answer.FAILED


def test_rule_17_what_is_of_another_patient_is_passed_over_and_reported() -> None:
    theirs = lab(CREATININE, "9 mg/dL", id="t1", subject={"reference": "Patient/p2"})
    allergic = allergy(ALDESLEUKIN, id="t2", patient={"reference": "Patient/p2"})
    broken = lab(CREATININE, "9 mg/dL", id="t3", subject={"reference": "Patient/p2"}, issued=5)
    found = asked({"labs": bundle(theirs, broken), "allergies": bundle(allergic)})
    assert not found.entries
    assert not found.skipped
    assert set(found.of_others) == {
        ("Observation/t1", "is of another patient"),
        ("AllergyIntolerance/t2", "is of another patient"),
        ("Observation/t3", "is of another patient"),
    }


@pytest.mark.parametrize("key", ["nonsense", "Patient", "lab"])
def test_rule_17_a_key_that_was_not_asked_for_is_ignored(key: str) -> None:
    assert not asked({key: bundle(A_LAB)}).entries


# Rule 18: the four states of a prefetch value -----------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(A_LAB, "came", id="a resource"),
        pytest.param(bundle(A_LAB), "came", id="a Bundle"),
        pytest.param(bundle(A_LAB, type="batch-response"), "came", id="a Bundle of a batch"),
        pytest.param(bundle(A_LAB, type="history"), "came", id="a Bundle of another type"),
        pytest.param(None, "none", id="null"),
        pytest.param(outcome(severity="error"), "failed", id="an outcome"),
        pytest.param(outcome("4101"), "failed", id="an outcome, bare"),
        pytest.param("nothing", "failed", id="a text"),
        pytest.param("", "failed", id="an empty text"),
        pytest.param(5, "failed", id="a number"),
        pytest.param(False, "failed", id="a truth value"),
        pytest.param([], "failed", id="a list"),
        pytest.param([A_LAB], "failed", id="a list of resources"),
        pytest.param({}, "failed", id="an empty object"),
        pytest.param({"resourceType": "Binary"}, "failed", id="a resource that is never read"),
        pytest.param(condition(MELANOMA), "failed", id="a resource of another type"),
        pytest.param(condition(MELANOMA, code=5), "failed", id="a broken resource of another type"),
        pytest.param({"resourceType": "Bundle", "entry": 5}, "failed", id="a broken Bundle"),
        pytest.param(
            {"resourceType": "OperationOutcome", "issue": 5}, "failed", id="a broken outcome"
        ),
        pytest.param(A_LAB | {"status": 5}, "came", id="a broken resource"),
    ],
)
def test_rule_18_the_state_of_a_prefetch_value(value: object, expected: str) -> None:
    assert answer_of(value) == expected


def test_rule_18_a_missing_value_is_not_known_and_no_other_query_is_touched() -> None:
    found = asked({"labs": None, "stage": outcome(severity="error"), "problems": bundle()})
    assert found.answers[Query.LABS] is Answer.NONE
    assert found.answers[Query.STAGE] is Answer.FAILED
    assert found.answers[Query.PROBLEMS] is Answer.NONE
    assert found.answers[Query.IMAGING] is Answer.MISSING
    assert found.answers[Query.PATIENT] is Answer.CAME
    assert set(found.answers) == set(Query)


def test_rule_18_without_prefetch_only_the_patient_can_be_missing() -> None:
    body = json.loads(request({"patient": patient()}))
    states = read_document(json.dumps(body).encode()).answers
    assert {q for q, state in states.items() if state is not Answer.MISSING} == {Query.PATIENT}


# Rule 19: narrative is never read -----------------------------------------------------------------


def test_rule_19_narrative_and_notes_are_not_in_the_chart() -> None:
    words = "Kidney transplant 1998"
    more: Resource = {
        "text": {"status": "generated", "div": f"<div>{words}</div>"},
        "note": [{"text": words}],
    }
    found = read(
        condition(HYPERTENSION) | more,
        report(MRI_BRAIN, text=words, presentedForm=[{"title": words}]),
        lab(CREATININE, "1 mg/dL") | more,
    )
    assert len(found.entries) == 3
    assert words not in repr(found)


# Broken resources (criteria.md, "Which entry counts", rule 9) -------------------------------------


@pytest.mark.parametrize(
    ("broken", "code", "place"),
    [
        pytest.param(
            condition(MELANOMA, onset=None) | {"onsetDateTime": 5},
            "C43.59",
            ".onsetDateTime",
            id="Condition",
        ),
        pytest.param(condition(MELANOMA, recordedDate=[]), "C43.59", ".recordedDate", id="a list"),
        pytest.param(
            lab(CREATININE, "1 mg/dL", valueBoolean="yes"),
            "2160-0",
            ".valueBoolean",
            id="Observation",
        ),
        pytest.param(
            report(MRI_BRAIN, conclusionCode=[5]), "24590-2", ".conclusionCode[0]", id="report"
        ),
        pytest.param(
            procedure(RADIOSURGERY) | {"status": 7}, "429584001", ".status", id="Procedure"
        ),
        pytest.param(allergy(ALDESLEUKIN, reaction="rash"), "70223", ".reaction", id="allergy"),
        pytest.param(
            medication_request(ALDESLEUKIN, doNotPerform="no"), "70223", ".doNotPerform", id="order"
        ),
        pytest.param(
            medication_statement(ALDESLEUKIN, dosage={}), "70223", ".dosage", id="statement"
        ),
        pytest.param(
            medication_administration(ALDESLEUKIN, dosage=[]), "70223", ".dosage", id="given"
        ),
        pytest.param(condition(code=5), None, ".code", id="no code left"),
        pytest.param(encounter() | {"class": "AMB"}, None, ".class", id="Encounter"),
    ],
)
def test_a_broken_resource_keeps_what_can_be_read_and_names_the_place(
    broken: Resource, code: str | None, place: str
) -> None:
    found = read(broken | {"id": "b1"})
    (skipped,) = found.skipped
    assert skipped.reference == f"{broken['resourceType']}/b1"
    assert skipped.kind.value == broken["resourceType"]
    assert _codes(skipped) == ([code] if code else [])
    assert skipped.reason.startswith("cannot be read: ")
    assert skipped.reason.endswith(f" at {place}")
    assert not found.entries


@pytest.mark.parametrize(
    ("dated", "expected", "is_bad"),
    [
        ({"effectiveDateTime": DAY, "issued": LATER}, DAY, False),
        ({"issued": LATER}, LATER, False),
        ({"effectiveDateTime": 5, "issued": LATER}, LATER, False),
        ({"effectiveDateTime": "odd"}, None, True),
        ({}, None, False),
    ],
)
def test_a_broken_resource_keeps_its_date(
    dated: Resource, expected: str | None, is_bad: bool
) -> None:
    broken = observation(CREATININE, days_ago=None, valueInteger="x") | dated
    (skipped,) = read(broken).skipped
    assert (_text(skipped), skipped.is_dated_badly) == (expected, is_bad)


WRITTEN = "Xanthippe-4711"


@pytest.mark.parametrize("field", ["status", "valueQuantity", "effectiveDateTime", "component"])
@pytest.mark.parametrize("value", [[WRITTEN], {WRITTEN: WRITTEN, "value": WRITTEN}, 4711, WRITTEN])
def test_the_reason_never_holds_a_value_of_the_chart(field: str, value: object) -> None:
    found = read(lab(CREATININE, "1 mg/dL") | {field: value})
    for one in found.skipped:
        assert WRITTEN not in one.reason
        assert "4711" not in one.reason


def test_nesting_is_read_past_and_only_without_end_refused() -> None:
    raw = chart(lab(CREATININE, "1 mg/dL", note="deep"))
    for depth in (100, 300):
        nested = raw.replace(b'"deep"', b"[" * depth + b"]" * depth)
        assert len(read_document(nested).entries) == 1
    with pytest.raises(AdvisorError):
        read_document(raw.replace(b'"deep"', b"[" * 5000 + b"]" * 5000))


@pytest.mark.parametrize("kind", ["Binary", "FamilyMemberHistory", "Coverage", "condition", "X"])
def test_a_type_that_the_rules_never_read_is_ignored(kind: str) -> None:
    found = read({"resourceType": kind, "id": "f1", "code": 5, "status": []})
    assert (found.entries, found.skipped, found.of_others) == ((), (), ())


# Medicines ----------------------------------------------------------------------------------------


def _pointing(reference: str | None, **fields: Any) -> Resource:
    pointer = {"reference": reference} if reference else {"display": "aldesleukin 22 MIU"}
    return medication_request(medicationCodeableConcept=None, medicationReference=pointer, **fields)


def _medication(id_: str = "m1", **fields: Any) -> Resource:
    return {"resourceType": "Medication", "id": id_} | fields


_MIXTURE: list[Resource | None] = [
    {"itemCodeableConcept": concept(ALDESLEUKIN)},
    None,
    {"itemReference": {}},
]
_OTHER = _medication("m2", code=concept(PREDNISONE))


@pytest.mark.parametrize(
    ("resources", "codes_", "texts"),
    [
        pytest.param([medication_request(ALDESLEUKIN)], ["70223"], ["aldesleukin"], id="inline"),
        pytest.param([medication_request(text="IL-2")], [], ["IL-2"], id="inline, words only"),
        pytest.param(
            [_pointing("#m1", contained=[_OTHER, _medication(code=concept(ALDESLEUKIN))])],
            ["70223"],
            ["aldesleukin"],
            id="contained",
        ),
        pytest.param(
            [_pointing("#m1", contained=[5, _medication(code=5), _OTHER])],
            [],
            [],
            id="contained, broken",
        ),
        pytest.param([_pointing("#m1")], [], [], id="contained, missing"),
        pytest.param(
            [_pointing("Medication/m1"), _medication(code=concept(ALDESLEUKIN)), _OTHER],
            ["70223"],
            ["aldesleukin"],
            id="in the Bundle",
        ),
        pytest.param(
            [
                _pointing("https://ehr.example/fhir/Medication/m1"),
                _medication(code=concept(ALDESLEUKIN)),
            ],
            ["70223"],
            ["aldesleukin"],
            id="in the Bundle, absolute",
        ),
        pytest.param([_pointing("Medication/m1")], [], [], id="not in the Bundle"),
        pytest.param(
            [_pointing("https://x.example/Medication/m1"), _medication(code=concept(ALDESLEUKIN))],
            [],
            [],
            id="of another server",
        ),
        pytest.param(
            [_pointing("Medication/m1"), _medication(ingredient=_MIXTURE)],
            ["70223"],
            ["aldesleukin"],
            id="ingredient",
        ),
        pytest.param(
            [
                _pointing("Medication/m1"),
                _medication(ingredient=[None, {"itemReference": {"reference": "Medication/m2"}}]),
                _medication(code=concept(ALDESLEUKIN)) | {"id": "m2"},
            ],
            ["70223"],
            ["aldesleukin"],
            id="ingredient that is a medication",
        ),
        pytest.param(
            [
                _pointing("Medication/m1"),
                _medication(
                    code=concept(ALDESLEUKIN),
                    ingredient=[{"itemReference": {"reference": "Medication/m1", "display": "x"}}],
                ),
            ],
            ["70223"] * 4,
            ["aldesleukin", "x"],
            id="ingredient of itself",
        ),
        pytest.param([_pointing(None)], [], ["aldesleukin 22 MIU"], id="display only"),
    ],
)
def test_which_medicine_it_is(
    resources: list[Resource], codes_: list[str], texts: list[str]
) -> None:
    found = the(Drug, read(*resources))
    assert _codes(found) == codes_
    assert list(found.texts) == texts


def test_a_medication_comes_with_either_query_for_medicines() -> None:
    given = medication_administration(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"}
    )
    found = asked({"given": bundle(given, _medication(code=concept(ALDESLEUKIN)))})
    assert _codes(the(Drug, found)) == ["70223"]


def _dosage(route: Code | None = None, words: str | None = None, **bounds: str) -> Resource:
    made: Resource = {}
    if route or words:
        made["route"] = concept(*([route] if route else []), text=words)
    if bounds:
        made["timing"] = {"repeat": {"boundsPeriod": bounds}}
    return made


@pytest.mark.parametrize(
    ("resource", "routes"),
    [
        pytest.param(medication_request(PREDNISONE), [], id="no dosage"),
        pytest.param(medication_request(PREDNISONE, route=ORAL), [["26643006"]], id="order"),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(ORAL), {}, None]),
            [["26643006"], []],
            id="one dosage of two tells",
        ),
        pytest.param(
            medication_statement(PREDNISONE, dosage=[_dosage(ORAL)]), [["26643006"]], id="statement"
        ),
        pytest.param(
            medication_administration(PREDNISONE, route=INTRAVENOUS), [["47625008"]], id="given"
        ),
    ],
)
def test_the_route_of_a_medicine(resource: Resource, routes: list[list[str]]) -> None:
    found = the(Drug, resource)
    assert [[c.code for c in route.codings] for route in found.routes] == routes


def test_a_route_in_words_is_kept() -> None:
    found = the(Drug, medication_request(PREDNISONE, dosageInstruction=[_dosage(words="topical")]))
    assert [route.text for route in found.routes] == ["topical"]


@pytest.mark.parametrize(
    ("resource", "until"),
    [
        pytest.param(medication_request(PREDNISONE), None, id="no dosage"),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY)]), DAY, id="bounds"
        ),
        pytest.param(
            medication_request(
                PREDNISONE, dosageInstruction=[_dosage(end=LATER), _dosage(end=DAY)]
            ),
            LATER,
            id="the last of several",
        ),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(ORAL)]),
            None,
            id="one is without bounds",
        ),
        pytest.param(
            medication_request(
                PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(start=DAY)]
            ),
            None,
            id="one is open",
        ),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(end="?")]),
            None,
            id="one cannot be read",
        ),
        pytest.param(
            medication_statement(PREDNISONE, days_ago=None, effectivePeriod={"end": DAY}),
            DAY,
            id="statement",
        ),
        pytest.param(
            medication_statement(PREDNISONE, days_ago=None, effectivePeriod={"start": DAY}),
            None,
            id="statement, open",
        ),
        pytest.param(medication_administration(PREDNISONE), None, id="given"),
    ],
)
def test_how_long_a_medicine_was_meant_to_be_taken(resource: Resource, until: str | None) -> None:
    found = the(Drug, resource).until
    assert (found.text if found else None) == until


# The rest of the chart ----------------------------------------------------------------------------


def test_a_stay_has_its_class_and_discharge() -> None:
    hospice = Code(HL7 + "discharge-disposition", "hosp", "Hospice")
    sent = encounter(kind="IMP") | {"hospitalization": {"dischargeDisposition": concept(hospice)}}
    found = the(Encounter, sent)
    assert _codes(found) == ["IMP", "hosp"]
    assert found.encounter_class is not None
    assert found.encounter_class.code == "IMP"
    bare = the(Encounter, encounter() | {"class": None})
    assert bare.encounter_class is None


@pytest.mark.parametrize(
    ("fields", "deceased"),
    [
        ({}, None),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026"}, None),
    ],
)
def test_whether_the_patient_is_deceased(fields: Resource, deceased: bool | None) -> None:
    assert read(patient(**fields)).patient.deceased is deceased


@pytest.mark.parametrize(("written", "died"), [("2026-03", "2026-03"), ("?", None), ("", None)])
def test_a_date_of_death_counts_only_if_it_can_be_read(written: str, died: str | None) -> None:
    found = read(patient(deceasedDateTime=written)).patient.died
    assert (found.text if found else None) == died


@pytest.mark.parametrize(
    ("birth", "text", "is_bad"),
    [
        ("1970-05-17", "1970-05-17", False),
        ("1970", "1970", False),
        ("?", None, True),
        (None, None, False),
    ],
)
def test_the_date_of_birth(birth: str | None, text: str | None, is_bad: bool) -> None:
    found: Chart = read(patient(birth_date=birth))
    assert (found.patient.birth.text if found.patient.birth else None) == text
    assert found.patient.is_birth_unreadable is is_bad


def test_stage_focus_and_site_of_a_tumour_are_kept() -> None:
    stage = [{"summary": concept(POSITIVE)}, None, {}]
    assert [
        [c.code for c in s.codings] for s in the(Condition, condition(MELANOMA, stage=stage)).stages
    ] == [["LA6576-8"]]
    single = the(Condition, condition(MELANOMA) | {"stage": stage[0]})
    assert len(single.stages) == 1
    found = the(
        Observation,
        observation(
            CREATININE,
            bodySite=concept(POSITIVE),
            focus=[{"reference": "BodyStructure/b1"}, None, {"display": "x"}],
        ),
    )
    assert found.focus == ("BodyStructure/b1",)
    assert [c.code for c in found.body_sites] == ["LA6576-8"]


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("http://hl7.org/fhir/StructureDefinition/condition-related", True),
        ("http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition", True),
        (
            "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-primary-cancer-condition",
            True,
        ),
        ("http://hl7.org/fhir/StructureDefinition/condition-dueTo", False),
        (None, False),
    ],
)
def test_links_to_the_primary_cancer(url: str | None, is_link: bool) -> None:
    link: Resource = {"url": url, "valueReference": {"reference": "Condition/c1"}}
    extension = [None, {"url": url, "valueString": "x"}, link]
    expected = ("Condition/c1",) if is_link else ()
    assert the(Condition, condition(MELANOMA, extension=extension)).related == expected
    assert the(Observation, observation(CREATININE, extension=extension)).focus == expected


# Before R4, and what says nothing -----------------------------------------------------------------


@pytest.mark.parametrize(
    "resource",
    [
        procedure(COLONOSCOPY, notDone=True),
        medication_administration(PREDNISONE, notGiven=True),
    ],
)
def test_what_was_not_done_is_as_if_absent(resource: Resource) -> None:
    assert read(resource).entries == ()


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ({"text": "Unknown"}, None),
        ({"text": "not asked"}, None),
        ({"coding": [{"system": HL7 + "v3-NullFlavor", "code": "UNK", "display": "n/a"}]}, None),
        ({"coding": [{"system": " ", "code": "x"}]}, None),
        ({"text": "Unknown primary"}, ("Unknown primary",)),
        (
            {
                "coding": [{"system": HL7 + "data-absent-reason", "code": "unknown"}],
                "text": "Melanoma",
            },
            ("Melanoma",),
        ),
    ],
)
def test_words_that_only_say_that_something_is_absent(
    code: Resource, texts: tuple[str, ...] | None
) -> None:
    found = read(condition() | {"code": code})
    if texts is None:
        assert [s.reason for s in found.skipped] == ["has no code that can be read"]
    else:
        assert the(Condition, found).texts == texts


def test_the_histology_is_among_the_words_of_a_condition() -> None:
    url = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
    found = condition(
        Code(SNOMED, "363346000", "Malignant neoplastic disease"),
        extension=[{"url": url, "valueCodeableConcept": {"text": "Malignant melanoma"}}],
    )
    assert the(Condition, read(found)).texts[-1] == "Malignant melanoma"


def test_a_skipped_panel_is_also_what_its_components_are() -> None:
    panel = observation(
        Code(LOINC, "24323-8", "panel"),
        component=[{"code": concept(CREATININE)}, None],
    )
    skipped = read(
        panel | {"modifierExtension": [{"url": "urn:x"}]}, panel | {"id": "b", "issued": 5}
    )
    assert [_codes(one) for one in skipped.skipped] == [["24323-8", "2160-0"]] * 2
