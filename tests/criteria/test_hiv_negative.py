"""HIV negative? Criteria.md, section H: a coded or worded test within 365 days (P)."""

from typing import Any

import pytest

from tests.build import (
    HL7,
    ICD10,
    ICD10CM,
    LOCAL,
    LOINC,
    NEGATIVE,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    observation,
    quantity,
    visit_diagnosis,
    withheld,
)

ROW = "hiv-negative"

COMBINED = Code(LOINC, "56888-1", "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma")
RAPID = Code(LOINC, "68961-2", "HIV 1 Ab [Presence] by Rapid immunoassay")
SET_OF_TESTS = Code(LOINC, "75622-1", "HIV 1 and 2 tests - Meaningful Use set")
VIRAL_LOAD = Code(LOINC, "20447-9", "HIV 1 RNA [#/volume] (viral load)")

NON_REACTIVE = Code(SNOMED, "131194007", "Non-reactive (qualifier value)")
POSITIVE = Code(SNOMED, "10828004", "Positive (qualifier value)")
REACTIVE = Code(SNOMED, "11214006", "Reactive (qualifier value)")
INDETERMINATE = Code(SNOMED, "82334004", "Indeterminate (qualifier value)")

HIV = Code(ICD10CM, "B20", "Human immunodeficiency virus [HIV] disease")
HIV_WHO = Code(ICD10, "B24", "Unspecified human immunodeficiency virus [HIV] disease")
STATUS = Code(ICD10CM, "Z21", "Asymptomatic human immunodeficiency virus infection status")
INCONCLUSIVE = Code(ICD10CM, "R75", "Inconclusive laboratory evidence of HIV")


def hiv_test(value: Code | str | None, *, code: Code = COMBINED, **fields: Any) -> Resource:
    shown: Resource = {}
    if isinstance(value, str):
        shown = {"valueString": value}
    elif value is not None:
        shown = {"valueCodeableConcept": concept(value)}
    return observation(code, category="laboratory", **(shown | fields))


CLEAR = hiv_test(NEGATIVE)


def interpreted(code: str) -> Resource:
    return {"interpretation": [concept(Code(HL7 + "v3-ObservationInterpretation", code))]}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Coded
        pytest.param(chart(CLEAR), "met", id="negative"),
        pytest.param(chart(hiv_test(NON_REACTIVE)), "met", id="non-reactive"),
        pytest.param(chart(hiv_test(NEGATIVE, code=RAPID)), "met", id="a rapid test"),
        pytest.param(chart(hiv_test(POSITIVE)), "not-met", id="positive"),
        pytest.param(chart(hiv_test(REACTIVE)), "not-met", id="reactive"),
        pytest.param(
            chart(hiv_test(INDETERMINATE)),
            "unknown:unclassified",
            id="an answer that is not listed",
        ),
        # Words
        pytest.param(chart(hiv_test("negative")), "met", id="'negative'"),
        pytest.param(chart(hiv_test("Non-Reactive")), "met", id="'Non-Reactive'"),
        pytest.param(chart(hiv_test("REACTIVE")), "not-met", id="'REACTIVE'"),
        pytest.param(
            chart(hiv_test("Negative, repeat in 3 months")),
            "unknown:unclassified",
            id="more than the word",
        ),
        pytest.param(
            chart(hiv_test(None, valueCodeableConcept={"text": "Negative"})),
            "met",
            id="a coded value of text alone",
        ),
        pytest.param(
            chart(hiv_test(Code(*LOCAL[:2], "Negative"))),
            "unknown:unclassified",
            id="the site's own answer code",
        ),
        pytest.param(
            chart(hiv_test(None, valueQuantity=quantity("0.1"))),
            "unknown:unclassified",
            id="a number",
        ),
        pytest.param(
            chart(hiv_test(None, valueBoolean=False)), "unknown:unclassified", id="'false'"
        ),
        pytest.param(chart(hiv_test(None)), "unknown:unreadable", id="no value"),
        pytest.param(
            chart(hiv_test(None, dataAbsentReason=concept(text="masked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        # Interpretation
        pytest.param(
            chart(hiv_test(NEGATIVE, **interpreted("NEG"))), "met", id="interpreted as negative"
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, **interpreted("POS"))),
            "unknown:conflicting",
            id="interpreted the other way",
        ),
        pytest.param(
            chart(hiv_test(None, **interpreted("NEG"))),
            "unknown:unreadable",
            id="an interpretation alone",
        ),
        # A Condition goes before every test
        pytest.param(chart(condition(HIV)), "not-met", id="HIV disease"),
        pytest.param(chart(condition(HIV_WHO)), "not-met", id="HIV disease, WHO"),
        pytest.param(chart(condition(STATUS), CLEAR), "not-met", id="HIV status, test negative"),
        pytest.param(
            chart(visit_diagnosis(HIV, days_ago=900), CLEAR), "not-met", id="an old visit"
        ),
        pytest.param(
            chart(condition(INCONCLUSIVE), CLEAR),
            "unknown:unclassified",
            id="inconclusive serology, test negative",
        ),
        pytest.param(
            chart(condition(INCONCLUSIVE), hiv_test(POSITIVE)),
            "not-met",
            id="inconclusive serology, test positive",
        ),
        pytest.param(
            chart(condition(text="HIV"), CLEAR), "unknown:unclassified", id="HIV in words"
        ),
        pytest.param(
            chart(condition(text="Screening for HIV"), CLEAR), "met", id="a screening, in words"
        ),
        pytest.param(chart(condition(HIV, verification="refuted"), CLEAR), "met", id="HIV refuted"),
        pytest.param(
            chart(condition(HIV, clinical="resolved"), CLEAR), "met", id="HIV resolved: the test"
        ),
        pytest.param(
            chart(condition(HIV, onset=ago(-1)), CLEAR), "unknown:unreadable", id="HIV tomorrow"
        ),
        pytest.param(
            chart(condition(HIV, subject=SOMEBODY_ELSE), CLEAR), "met", id="another patient's HIV"
        ),
        pytest.param(
            chart(condition(HIV, subject=None), CLEAR),
            "unknown:unclassified",
            id="HIV, about nobody",
        ),
        pytest.param(
            chart(condition(subject=None, code="B20"), CLEAR),
            "unknown:unreadable",
            id="a condition of which not even the code can be read",
        ),
        # Window, date, order, status
        pytest.param(chart(hiv_test(NEGATIVE, days_ago=365)), "met", id="last day"),
        pytest.param(chart(hiv_test(NEGATIVE, days_ago=366)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(hiv_test(POSITIVE, days_ago=366)), "unknown:stale", id="positive, a day too old"
        ),
        pytest.param(chart(hiv_test(NEGATIVE, days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(hiv_test(NEGATIVE, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(hiv_test(NEGATIVE, days_ago=None, at="2025")),
            "unknown:stale",
            id="some day of 2025",
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, days_ago=90), hiv_test(POSITIVE)),
            "not-met",
            id="negative, then positive",
        ),
        pytest.param(
            chart(hiv_test(POSITIVE, days_ago=90), CLEAR), "met", id="positive, then negative"
        ),
        pytest.param(
            chart(CLEAR, hiv_test(POSITIVE, code=RAPID)),
            "unknown:conflicting",
            id="negative and positive at one moment",
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, days_ago=90), hiv_test("see comment")),
            "unknown:unclassified",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, days_ago=90), hiv_test(POSITIVE, status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        # Not there, withheld
        pytest.param(
            chart(hiv_test(NEGATIVE, code=SET_OF_TESTS)), "unknown:absent", id="a set of tests"
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, code=VIRAL_LOAD)), "unknown:absent", id="a code not listed"
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(
            chart(hiv_test(NEGATIVE, subject=None)), "unknown:unclassified", id="about nobody"
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never tested"),
        pytest.param(withheld(hypertension(), CLEAR), "met", id="every query came"),
        *(
            pytest.param(
                withheld(hypertension(), CLEAR, missing=[key]),
                "unknown:not-shared",
                id=f"{key} did not come",
            )
            for key in ("labs", "encounterDx")
        ),
        pytest.param(
            withheld(condition(HIV), refused=["labs", "encounterDx"]),
            "not-met",
            id="a condition found in what came",
        ),
        pytest.param(
            withheld(hypertension(), hiv_test(POSITIVE), missing=["encounterDx"]),
            "not-met",
            id="a positive test, visits withheld",
        ),
    ],
)
def test_hiv_negative(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_condition_and_test_are_shown_together() -> None:
    found = finding(chart(condition(HIV), hiv_test(POSITIVE)), ROW)
    assert len(found["evidence"]) == 2  # type: ignore[arg-type]
    assert found["weight"] == "caution"
