"""Is the patient in good condition? Criteria.md, section B: ECOG 0-1 or Karnofsky >= 80, 30 d."""

import pytest

from tests.build import (
    ABSENT,
    ECOG,
    KARNOFSKY,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    ecog,
    finding,
    hypertension,
    karnofsky,
    observation,
    quantity,
    withheld,
)

ROW = "performance-status"

INTERPRETATION = Code(LOINC, "89262-0", "ECOG Performance Status [Interpretation]")
ECOG_SNOMED = Code(SNOMED, "423740007", "ECOG performance status (observable entity)")
DEPRECATED = Code(LOINC, "42800-3", "Deprecated ECOG performance status grade Observed")
PANEL = Code(LOINC, "89246-3", "ECOG Performance Status panel")
GRADE_1 = Code(LOINC, "LA9623-5", "Restricted in physically strenuous activity")
GRADE_2 = Code(LOINC, "LA9624-3", "Ambulatory and capable of all selfcare but unable to work")
GRADE_5 = Code(LOINC, "LA9627-6", "Dead")
GRADE_0_SNOMED = Code(SNOMED, "425389002", "ECOG Grade 0: Asymptomatic")
GRADE_1_SNOMED = Code(SNOMED, "422512005", "ECOG Grade 1: Symptomatic but ambulatory")
GRADE_2_SNOMED = Code(SNOMED, "422894000", "ECOG Grade 2: Symptomatic, <50% in bed")
KARNOFSKY_80 = Code(LOINC, "LA29177-5", "Normal activity with effort")
KARNOFSKY_70 = Code(LOINC, "LA29178-3", "Cares for self; unable to carry on normal activity")

MEMBER = ecog(1)
ELSEWHERE = [{"reference": "Observation/elsewhere"}]


def answer(value: Code, *, of: Code = INTERPRETATION) -> Resource:
    return observation(of, valueCodeableConcept=concept(value))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # ECOG
        pytest.param(chart(ecog(0)), "met", id="ECOG 0"),
        pytest.param(chart(ecog(1)), "met", id="ECOG 1"),
        pytest.param(chart(ecog(2)), "not-met", id="ECOG 2"),
        pytest.param(chart(ecog(4)), "not-met", id="ECOG 4"),
        pytest.param(chart(ecog(5)), "unknown:unreadable", id="ECOG 5 is not a living patient's"),
        pytest.param(
            chart(ecog(80)), "unknown:unreadable", id="a Karnofsky score under the ECOG code"
        ),
        pytest.param(chart(answer(GRADE_1)), "met", id="LA9623-5 is grade 1"),
        pytest.param(chart(answer(GRADE_2)), "not-met", id="LA9624-3 is grade 2"),
        pytest.param(chart(answer(GRADE_1, of=ECOG)), "met", id="an answer under the score"),
        pytest.param(chart(answer(GRADE_0_SNOMED, of=ECOG_SNOMED)), "met", id="grade 0 in SNOMED"),
        pytest.param(chart(answer(GRADE_2_SNOMED)), "not-met", id="grade 2 in SNOMED"),
        pytest.param(chart(answer(GRADE_5)), "unknown", id="the answer 'dead'"),
        pytest.param(chart(observation(ECOG_SNOMED, valueInteger=1)), "met", id="SNOMED question"),
        pytest.param(chart(observation(DEPRECATED, valueInteger=1)), "met", id="an older code"),
        pytest.param(
            chart(observation(PANEL, valueInteger=1)), "unknown:absent", id="a panel has no value"
        ),
        pytest.param(
            chart(
                MEMBER, observation(PANEL, hasMember=[{"reference": f"Observation/{MEMBER['id']}"}])
            ),
            "met",
            id="the member of a panel",
        ),
        pytest.param(
            chart(ecog(1), observation(PANEL, days_ago=2, hasMember=ELSEWHERE)),
            "unknown:unreadable",
            id="the member of a newer panel was not shared",
        ),
        pytest.param(
            chart(observation(GRADE_1_SNOMED, valueBoolean=True)),
            "met",
            id="the grade is what is observed: 1, true",
        ),
        pytest.param(
            chart(observation(GRADE_2_SNOMED, valueBoolean=True)),
            "not-met",
            id="the grade is what is observed: 2, true",
        ),
        pytest.param(
            chart(observation(GRADE_1_SNOMED, valueBoolean=False)),
            "unknown",
            id="not grade 1: which grade is not told",
        ),
        pytest.param(
            chart(observation(GRADE_1_SNOMED, valueCodeableConcept=concept(ABSENT))),
            "unknown",
            id="grade 1 coded as absent",
        ),
        pytest.param(
            chart(observation(GRADE_1_SNOMED, valueRatio={"numerator": quantity("1")})),
            "unknown",
            id="grade 1 with a value of a kind that says nothing of it",
        ),
        pytest.param(
            chart(observation(ECOG, valueQuantity=quantity("1 {score}"))), "met", id="a quantity"
        ),
        pytest.param(
            chart(observation(ECOG, valueQuantity=quantity(">0 {score}"))),
            "unknown",
            id="above 0: 1 is good enough, 2 is not",
        ),
        pytest.param(
            chart(observation(ECOG, valueQuantity=quantity("1.5 {score}"))),
            "unknown",
            id="there is no grade between 1 and 2",
        ),
        pytest.param(
            chart(observation(ECOG, valueQuantity=quantity("2 1"))), "not-met", id="unit '1'"
        ),
        pytest.param(
            chart(observation(ECOG, valueQuantity=quantity("1 mg"))),
            "unknown:unit-unknown",
            id="a unit that makes no sense",
        ),
        pytest.param(chart(observation(ECOG, valueString="1")), "met", id="a string that is 1"),
        pytest.param(chart(observation(ECOG, valueString="2")), "not-met", id="a string that is 2"),
        pytest.param(chart(observation(ECOG, valueString="ECOG 1")), "unknown", id="words"),
        pytest.param(chart(observation(ECOG, valueString="0-1")), "unknown", id="a range in words"),
        pytest.param(
            chart(ecog(1, interpretation=[concept(GRADE_2)])),
            "unknown:conflicting",
            id="value and interpretation differ",
        ),
        pytest.param(
            chart(ecog(1, interpretation=[concept(GRADE_1)])), "met", id="value and interpretation"
        ),
        # Karnofsky
        pytest.param(chart(karnofsky(100)), "met", id="Karnofsky 100"),
        pytest.param(chart(karnofsky(80)), "met", id="Karnofsky 80"),
        pytest.param(chart(karnofsky(70)), "not-met", id="Karnofsky 70"),
        pytest.param(chart(karnofsky(75)), "unknown:unreadable", id="Karnofsky goes in tens"),
        pytest.param(chart(karnofsky(110)), "unknown:unreadable", id="Karnofsky 110"),
        pytest.param(
            chart(observation(KARNOFSKY, valueQuantity=quantity("80 %"))), "met", id="in per cent"
        ),
        pytest.param(chart(answer(KARNOFSKY_80, of=KARNOFSKY)), "met", id="the answer for 80"),
        pytest.param(chart(answer(KARNOFSKY_70, of=KARNOFSKY)), "not-met", id="the answer for 70"),
        # Both
        pytest.param(chart(ecog(1), karnofsky(80)), "met", id="both good, one moment"),
        pytest.param(chart(ecog(2), karnofsky(60)), "not-met", id="both poor, one moment"),
        pytest.param(
            chart(ecog(1), karnofsky(60)), "unknown:conflicting", id="they differ, one moment"
        ),
        pytest.param(
            chart(ecog(2), karnofsky(90, days_ago=20)), "not-met", id="the newer is the ECOG of 2"
        ),
        pytest.param(
            chart(ecog(2, days_ago=20), karnofsky(90)), "met", id="the newer is the Karnofsky of 90"
        ),
        # Window and date
        pytest.param(chart(ecog(1, days_ago=30)), "met", id="last day of the window"),
        pytest.param(chart(ecog(1, days_ago=31)), "unknown:stale", id="a day too old"),
        pytest.param(chart(ecog(2, days_ago=31)), "unknown:stale", id="ECOG 2, a day too old"),
        pytest.param(chart(ecog(1, at=ago(0, "23:00:00-05:00"))), "met", id="late today"),
        pytest.param(chart(ecog(1, at=ago(3))), "met", id="a day without a time"),
        pytest.param(chart(ecog(1, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(chart(ecog(1, days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(
            chart(ecog(1, at="2026-10")), "unknown:stale", id="last month: its first day is too old"
        ),
        pytest.param(
            chart(ecog(1, days_ago=None, issued=ago(3, "08:00:00-05:00"))),
            "met",
            id="only a date of issue",
        ),
        pytest.param(
            chart(ecog(1, days_ago=40, issued=ago(1, "08:00:00-05:00"))),
            "unknown:stale",
            id="the day it was observed goes before the day of issue",
        ),
        pytest.param(
            chart(ecog(1, days_ago=None, effectivePeriod={"start": ago(40), "end": ago(20)})),
            "met",
            id="a period by its end",
        ),
        pytest.param(
            chart(ecog(1, days_ago=None, effectivePeriod={"start": ago(40)})),
            "unknown:stale",
            id="an open period by its start",
        ),
        # The newest decides
        pytest.param(chart(ecog(2, days_ago=20), ecog(1, days_ago=2)), "met", id="2, then 1"),
        pytest.param(chart(ecog(1, days_ago=20), ecog(2, days_ago=2)), "not-met", id="1, then 2"),
        pytest.param(
            chart(ecog(1), ecog(2)), "unknown:conflicting", id="1 and 2 at the same moment"
        ),
        pytest.param(chart(ecog(0), ecog(1)), "met", id="0 and 1 at the same moment"),
        pytest.param(chart(ecog(1), ecog(1)), "met", id="the same twice"),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(1, valueInteger=None, valueString="good")),
            "unknown",
            id="an older 1 never stands in for a newer one that cannot be read",
        ),
        # Status
        pytest.param(chart(ecog(1, status="amended")), "met", id="amended"),
        pytest.param(chart(ecog(1, status="corrected")), "met", id="corrected"),
        pytest.param(chart(ecog(1, status="preliminary")), "unknown:not-final", id="preliminary"),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(1, days_ago=2, status="preliminary")),
            "unknown:not-final",
            id="preliminary as the newest",
        ),
        pytest.param(
            chart(ecog(1, days_ago=2), ecog(2, days_ago=20, status="preliminary")),
            "met",
            id="preliminary, but older",
        ),
        pytest.param(chart(ecog(1, status="registered")), "unknown:not-final", id="registered"),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(3, days_ago=2, status="entered-in-error")),
            "met",
            id="entered in error, an older 1 in the window",
        ),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(3, days_ago=2, status="cancelled")),
            "met",
            id="cancelled, an older 1 in the window",
        ),
        pytest.param(chart(ecog(1, status="entered-in-error")), "unknown:absent", id="only error"),
        # No value, not ours, not there
        pytest.param(
            chart(ecog(1, valueInteger=None, dataAbsentReason=concept(text="not asked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(chart(ecog(1, valueInteger=None)), "unknown:unreadable", id="no value"),
        pytest.param(chart(ecog(1, subject=SOMEBODY_ELSE)), "unknown:absent", id="another's"),
        pytest.param(
            chart(ecog(1, days_ago=10), ecog(2, days_ago=2, subject=None)),
            "unknown",
            id="a newer one of nobody was skipped",
        ),
        pytest.param(
            chart(ecog(1, days_ago=10), ecog(2, days_ago=20, subject=None)),
            "met",
            id="an older one of nobody was skipped",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never assessed"),
        pytest.param(
            withheld(hypertension(), missing=["performance"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["performance"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
        pytest.param(
            withheld(ecog(1), missing=["labs", "problems", "function"]),
            "met",
            id="other queries do not matter",
        ),
    ],
)
def test_performance_status(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_an_old_score_is_shown_with_its_value_and_date() -> None:
    evidence = finding(chart(ecog(1, days_ago=42)), ROW)["evidence"]
    assert isinstance(evidence, list)
    (only,) = evidence
    assert str(only["value"]) == "1"
    assert only["date"][:10] == ago(42)
