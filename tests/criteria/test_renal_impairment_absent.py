"""
No significant renal impairment? Criteria.md, section F: a contraindication of the label.

Judged by coded disease and dialysis; creatinine must be known, whatever it is. Acute kidney
failure of a visit counts for 30 days (P), chronic codes last (rule 7).
"""

import pytest

from tests.build import (
    CREATININE,
    ICD10,
    ICD10CM,
    ICD10PCS,
    LOCAL,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    colonoscopy,
    condition,
    finding,
    hypertension,
    lab,
    observation,
    procedure,
    visit_diagnosis,
    withheld,
)

ROW = "renal-impairment-absent"

STAGE_4 = Code(ICD10CM, "N18.4", "Chronic kidney disease, stage 4 (severe)")
STAGE_3 = Code(ICD10CM, "N18.30", "Chronic kidney disease, stage 3 unspecified")
STAGE_UNKNOWN = Code(ICD10CM, "N18.9", "Chronic kidney disease, unspecified")
END_STAGE = Code(SNOMED, "46177005", "End-stage renal disease (disorder)")
ACUTE = Code(ICD10CM, "N17.9", "Acute kidney failure, unspecified")
ACUTE_SNOMED = Code(SNOMED, "722278006", "Acute kidney injury due to sepsis (disorder)")
ACUTE_ON_CHRONIC = Code(SNOMED, "236433006", "Acute-on-chronic renal failure (disorder)")
DEPENDENCE = Code(ICD10CM, "Z99.2", "Dependence on renal dialysis")
DEPENDENCE_WHO = Code(ICD10, "Z99.2", "Dependence on renal dialysis")
MISSED = Code(ICD10CM, "Z91.158", "Patient's noncompliance with renal dialysis")
DIALYSIS_AS_PROBLEM = Code(SNOMED, "302497006", "Hemodialysis (procedure)")
SINGLE_KIDNEY = Code(ICD10CM, "Z90.5", "Acquired absence of kidney")

HAEMODIALYSIS = Code(SNOMED, "302497006", "Hemodialysis (procedure)")
FILTRATION = Code(ICD10PCS, "5A1D90Z", "Performance of Urinary Filtration, Continuous")
MAINTENANCE = Code(SNOMED, "67970008", "Hemodialysis, maintenance at home (procedure)")

GOOD = lab(CREATININE, "0.9 mg/dL")


def with_problems(*resources: Resource) -> bytes:
    """The list of problems is not empty; creatinine is 0.9."""
    return chart(hypertension(), GOOD, *resources)


def with_creatinine(*resources: Resource) -> bytes:
    """No kidney disease is coded."""
    return chart(hypertension(), *resources)


def series(status: str, start: int | None, end: int | None) -> Resource:
    """Haemodialysis over a period, in days ago."""
    days = {"start": start, "end": end}
    period = {key: ago(day) for key, day in days.items() if day is not None}
    return procedure(HAEMODIALYSIS, days_ago=None, status=status, performedPeriod=period)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # None recorded
        pytest.param(with_problems(), "met", id="none recognised, creatinine known"),
        pytest.param(with_problems(condition(STAGE_3)), "met", id="stage 3: creatinine decides"),
        pytest.param(with_problems(condition(SINGLE_KIDNEY)), "met", id="a kidney taken out"),
        # Severe disease
        pytest.param(with_problems(condition(STAGE_4)), "not-met", id="stage 4"),
        pytest.param(with_problems(condition(Code(ICD10CM, "N184"))), "not-met", id="no dot"),
        pytest.param(with_problems(condition(END_STAGE)), "not-met", id="end-stage disease"),
        pytest.param(with_problems(condition(ACUTE)), "not-met", id="acute kidney failure"),
        pytest.param(with_problems(condition(DEPENDENCE)), "not-met", id="dependence on dialysis"),
        pytest.param(chart(condition(STAGE_4)), "not-met", id="stage 4, creatinine not measured"),
        pytest.param(
            with_problems(condition(STAGE_4, STAGE_UNKNOWN)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        # Acute and chronic
        pytest.param(
            with_problems(visit_diagnosis(ACUTE, days_ago=30)), "not-met", id="acute, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE, days_ago=31)), "met", id="acute, a day too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE_SNOMED, days_ago=31)), "met", id="acute in SNOMED"
        ),
        pytest.param(
            with_problems(condition(ACUTE, days_ago=400)), "not-met", id="acute, a problem stays"
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE, days_ago=None)),
            "unknown:unreadable",
            id="acute, a visit without a date",
        ),
        pytest.param(
            with_problems(visit_diagnosis(STAGE_4, days_ago=900)),
            "not-met",
            id="stage 4 of an old visit: chronic",
        ),
        pytest.param(
            with_problems(visit_diagnosis(DEPENDENCE, days_ago=900)),
            "not-met",
            id="dependence on dialysis of an old visit: chronic",
        ),
        pytest.param(
            with_problems(visit_diagnosis(DEPENDENCE_WHO, days_ago=None)),
            "not-met",
            id="dependence on dialysis, a visit without a date",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE, DEPENDENCE, days_ago=900)),
            "not-met",
            id="acute, and dependent on dialysis, in one entry of an old visit",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE, STAGE_UNKNOWN, days_ago=900)),
            "unknown:unclassified",
            id="acute, and chronic without a stage: only the chronic part lasts",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ACUTE_ON_CHRONIC, days_ago=31)),
            "met",
            id="acute on chronic, a day too old: the code is of the acute part",
        ),
        pytest.param(
            with_problems(visit_diagnosis(STAGE_3, days_ago=900)),
            "met",
            id="stage 3 of an old visit: listed, and never counts",
        ),
        pytest.param(
            with_problems(visit_diagnosis(DEPENDENCE, days_ago=900, clinical="resolved")),
            "met",
            id="dependence on dialysis, resolved",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(STAGE_UNKNOWN)), "unknown:unclassified", id="stage not told"
        ),
        pytest.param(
            with_problems(visit_diagnosis(MISSED, days_ago=900)),
            "unknown:unclassified",
            id="dialysis missed, an old visit: it implies dialysis",
        ),
        pytest.param(
            with_problems(condition(DIALYSIS_AS_PROBLEM)),
            "unknown:unclassified",
            id="dialysis on the problem list: past or present is not told",
        ),
        pytest.param(
            with_problems(visit_diagnosis(DIALYSIS_AS_PROBLEM, days_ago=31)),
            "met",
            id="dialysis as a diagnosis of an old visit: told by its date",
        ),
        pytest.param(
            with_problems(condition(text="End stage renal disease")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(visit_diagnosis(text="ESRD on dialysis", days_ago=900)),
            "unknown:unclassified",
            id="words of an old visit: whether it is chronic cannot be told by words",
        ),
        pytest.param(
            with_problems(visit_diagnosis(Code(*LOCAL[:2], "ESRD"), days_ago=900)),
            "unknown:unclassified",
            id="the site's own code, named so",
        ),
        pytest.param(
            with_problems(condition(STAGE_4, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(condition(STAGE_4, onset=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            with_problems(condition(STAGE_4, abated_days_ago=3)),
            "unknown:conflicting",
            id="active, and abated",
        ),
        # Not true, past, not the patient's
        pytest.param(
            with_problems(condition(ACUTE, clinical="resolved", abated_days_ago=5)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(STAGE_4, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(STAGE_4, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            with_problems(condition(STAGE_4, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(
            with_problems(condition(text="Family history of dialysis")), "met", id="the family's"
        ),
        # Dialysis by Procedure
        pytest.param(with_problems(procedure(HAEMODIALYSIS, days_ago=2)), "not-met", id="dialysed"),
        pytest.param(
            with_problems(procedure(FILTRATION, days_ago=30)), "not-met", id="dialysed, last day"
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=31)), "met", id="dialysed once, past"
        ),
        pytest.param(
            with_problems(procedure(MAINTENANCE, days_ago=31)),
            "unknown:unclassified",
            id="maintenance at home, past: does it go on?",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=900, status="in-progress")),
            "not-met",
            id="running, since long",
        ),
        pytest.param(
            with_problems(series("in-progress", 900, None)), "not-met", id="a running series"
        ),
        pytest.param(
            with_problems(series("in-progress", 900, 400)),
            "unknown:unclassified",
            id="running, and ended long ago",
        ),
        pytest.param(
            with_problems(series("completed", 90, 30)), "not-met", id="a series that ended 30 d ago"
        ),
        pytest.param(
            with_problems(series("completed", 90, 31)), "met", id="a series that ended 31 d ago"
        ),
        pytest.param(
            with_problems(series("completed", 90, None)),
            "unknown:unclassified",
            id="completed, and its end is not told",
        ),
        pytest.param(
            with_problems(series("in-progress", 9, -9)),
            "unknown:unreadable",
            id="running, its end in the future",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, at="2026-10")),
            "unknown:unreadable",
            id="some day of the month in which the window begins",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=None)),
            "unknown:unreadable",
            id="dialysed, no date",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=2, status="preparation")),
            "unknown:unclassified",
            id="dialysis prepared",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=2, status="not-done")),
            "met",
            id="dialysis not done",
        ),
        pytest.param(
            with_problems(procedure(text="Renal dialysis", days_ago=2)),
            "unknown:unclassified",
            id="dialysis in words",
        ),
        pytest.param(
            with_problems(procedure(HAEMODIALYSIS, days_ago=2, subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's dialysis",
        ),
        # Creatinine must be known
        pytest.param(
            with_creatinine(lab(CREATININE, "1.8 mg/dL")),
            "met",
            id="creatinine too high: judged in its own row",
        ),
        pytest.param(with_creatinine(), "unknown:absent", id="creatinine never measured"),
        pytest.param(
            with_creatinine(lab(CREATININE, "0.9 mg/dL", days_ago=7)), "met", id="7 days old"
        ),
        pytest.param(
            with_creatinine(lab(CREATININE, "0.9 mg/dL", days_ago=8)),
            "unknown:stale",
            id="8 days old",
        ),
        pytest.param(
            with_creatinine(lab(CREATININE, "0.9 mg/dL", status="preliminary")),
            "unknown:not-final",
            id="creatinine preliminary",
        ),
        pytest.param(
            with_creatinine(lab(CREATININE, "0.9")),
            "unknown:unit-unknown",
            id="creatinine without a unit",
        ),
        pytest.param(
            with_creatinine(observation(CREATININE)),
            "unknown:unreadable",
            id="creatinine without a value",
        ),
        pytest.param(
            with_creatinine(lab(CREATININE, "0.9 mg/dL"), lab(CREATININE, "1.8 mg/dL")),
            "unknown:conflicting",
            id="two values of creatinine at one moment",
        ),
        # Skipped resources
        pytest.param(
            with_problems(condition(STAGE_4, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="N18.4")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(
            with_problems(procedure(subject=None, code="dialysis")),
            "unknown:unreadable",
            id="a procedure of which not even the code can be read",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(GOOD), "unknown:absent", id="no problem recorded"),
        pytest.param(chart(GOOD, colonoscopy()), "unknown:absent", id="procedures, no problems"),
        pytest.param(withheld(hypertension(), GOOD), "met", id="every query came"),
        *(
            pytest.param(
                withheld(hypertension(), GOOD, missing=[key]),
                "unknown:not-shared",
                id=f"{key} did not come",
            )
            for key in ("encounterDx", "procedures", "labs")
        ),
        pytest.param(
            withheld(hypertension(), GOOD, refused=["procedures"]),
            "unknown:not-shared",
            id="procedures refused",
        ),
        pytest.param(
            withheld(condition(STAGE_4), missing=["encounterDx", "procedures", "labs"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_renal_impairment_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_a_high_creatinine_is_shown_and_told_to_be_another_rows() -> None:
    found = finding(with_creatinine(lab(CREATININE, "1.8 mg/dL")), ROW)
    assert "own row" in str(found["remark"])
    assert [one["value"] for one in found["evidence"]] == ["1.8"]  # type: ignore[attr-defined]


def test_it_is_a_contraindication_whose_number_is_proposed() -> None:
    found = finding(with_problems(condition(STAGE_4)), ROW)
    assert found["weight"] == "contraindication"
    assert found["proposed"]
