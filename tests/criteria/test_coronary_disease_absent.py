"""No significant coronary artery disease? Criteria.md, section D: none coded, ever (P)."""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    ICD10PCS,
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
    nothing_against,
    procedure,
    report,
    visit_diagnosis,
    withheld,
)

ROW = "coronary-disease-absent"

DISEASE = Code(SNOMED, "53741008", "Coronary arteriosclerosis (disorder)")
DISEASE_ICD = Code(ICD10CM, "I25.10", "Atherosclerotic heart disease of native coronary artery")
ANGINA = Code(SNOMED, "194828000", "Angina (disorder)")
OLD_INFARCTION = Code(ICD10CM, "I25.2", "Old myocardial infarction")
OLD_INFARCTION_SNOMED = Code(SNOMED, "1755008", "Old myocardial infarction (disorder)")
INFARCTION = Code(ICD10CM, "I21.4", "Non-ST elevation (NSTEMI) myocardial infarction")
ANTERIOR = Code(SNOMED, "54329005", "Acute myocardial infarction of anterior wall (disorder)")
TYPE_2 = Code(ICD10CM, "I21.A1", "Myocardial infarction type 2")
INJURY = Code(ICD10CM, "I5A", "Non-ischemic myocardial injury (non-traumatic)")
STENT_PRESENT = Code(ICD10CM, "Z95.5", "Presence of coronary angioplasty implant and graft")
BYPASS_HISTORY = Code(SNOMED, "399261000", "History of coronary artery bypass grafting")
STENT = Code(SNOMED, "36969009", "Placement of stent in coronary artery (procedure)")
BYPASS = Code(SNOMED, "232717009", "Coronary artery bypass grafting (procedure)")
BYPASS_PCS = Code(ICD10PCS, "021109W", "Bypass coronary artery, two arteries from aorta")
ANGIOGRAM = Code(SNOMED, "33367005", "Coronary angiography (procedure)")
CALCIFIED = Code(ICD10CM, "I25.84", "Coronary atherosclerosis due to calcified coronary lesion")
ABNORMAL_IMAGING = Code(
    ICD10CM, "R93.1", "Abnormal findings on diagnostic imaging of heart and coronary circulation"
)
ANEURYSM = Code(ICD10CM, "I25.3", "Aneurysm of heart")
FAMILY = Code(ICD10CM, "Z82.49", "Family history of ischemic heart disease")
DIABETES = Code(ICD10CM, "E11.9", "Type 2 diabetes mellitus without complications")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Coronary disease, at any time
        pytest.param(with_problems(condition(DISEASE)), "not-met", id="coronary disease"),
        pytest.param(with_problems(condition(DISEASE_ICD)), "not-met", id="in ICD-10-CM"),
        pytest.param(
            with_problems(condition(Code(ICD10, "I25.9", "Chronic ischaemic heart disease"))),
            "not-met",
            id="in ICD-10 of the WHO",
        ),
        pytest.param(with_problems(condition(ANGINA)), "not-met", id="angina"),
        pytest.param(
            with_problems(condition(ANGINA, clinical="resolved", abated_days_ago=3000)),
            "not-met",
            id="angina, resolved years ago",
        ),
        pytest.param(
            with_problems(condition(OLD_INFARCTION)), "not-met", id="an old infarction, ICD-10-CM"
        ),
        pytest.param(
            with_problems(condition(OLD_INFARCTION_SNOMED, clinical="inactive")),
            "not-met",
            id="an old infarction, inactive",
        ),
        pytest.param(
            with_problems(condition(INFARCTION, onset="1999", clinical="resolved")),
            "not-met",
            id="infarction 1999",
        ),
        pytest.param(
            with_problems(condition(ANTERIOR, clinical="resolved")),
            "not-met",
            id="infarction of the anterior wall",
        ),
        pytest.param(
            with_problems(visit_diagnosis(INFARCTION, days_ago=4000)), "not-met", id="an old visit"
        ),
        pytest.param(with_problems(condition(DISEASE, days_ago=None)), "not-met", id="no date"),
        pytest.param(
            with_problems(condition(STENT_PRESENT)), "not-met", id="a stent as a status code"
        ),
        pytest.param(with_problems(condition(BYPASS_HISTORY)), "not-met", id="history of a bypass"),
        pytest.param(with_problems(procedure(STENT, days_ago=6000)), "not-met", id="a stent"),
        pytest.param(with_problems(procedure(BYPASS, at="1998")), "not-met", id="bypass 1998"),
        pytest.param(
            with_problems(procedure(BYPASS, days_ago=None)), "not-met", id="bypass, when?"
        ),
        pytest.param(with_problems(procedure(BYPASS_PCS)), "not-met", id="in ICD-10-PCS"),
        pytest.param(chart(procedure(STENT)), "not-met", id="a stent, and no problem list"),
        pytest.param(
            with_problems(condition(CALCIFIED, DISEASE)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        pytest.param(
            with_problems(condition(CALCIFIED), condition(DISEASE)),
            "not-met",
            id="calcified, and the disease",
        ),
        # None
        pytest.param(chart(*nothing_against()), "met", id="nothing against"),
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(colonoscopy()), "met", id="other operations"),
        pytest.param(with_problems(condition(DIABETES)), "met", id="a risk factor is no disease"),
        pytest.param(with_problems(condition(INJURY)), "met", id="injury that is not ischaemic"),
        pytest.param(with_problems(condition(FAMILY)), "met", id="the family's"),
        pytest.param(
            with_problems(condition(text="Family history of coronary disease")),
            "met",
            id="the family's, in words",
        ),
        pytest.param(
            with_problems(condition(DISEASE, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(DISEASE, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(with_problems(procedure(STENT, status="not-done")), "met", id="not done"),
        pytest.param(
            with_problems(condition(DISEASE, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(CALCIFIED)),
            "unknown:unclassified",
            id="coronary calcification alone",
        ),
        pytest.param(
            with_problems(condition(ABNORMAL_IMAGING)),
            "unknown:unclassified",
            id="abnormal imaging of the heart",
        ),
        pytest.param(
            with_problems(condition(TYPE_2)), "unknown:unclassified", id="infarction type 2"
        ),
        pytest.param(
            with_problems(condition(ANEURYSM)), "unknown:unclassified", id="aneurysm of the heart"
        ),
        pytest.param(
            with_problems(condition(text="CAD, s/p CABG 2010")),
            "unknown:unclassified",
            id="in words only",
        ),
        pytest.param(
            with_problems(procedure(text="CABG x3")),
            "unknown:unclassified",
            id="an operation in words only",
        ),
        pytest.param(
            with_problems(procedure(ANGIOGRAM)),
            "unknown:unclassified",
            id="an angiogram: its result is not told",
        ),
        pytest.param(
            with_problems(condition(DISEASE, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(procedure(STENT, status="unknown")),
            "unknown:unclassified",
            id="a stent of unknown status",
        ),
        pytest.param(
            with_problems(procedure(STENT, at=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            with_problems(condition(DISEASE, onset=ago(-1), days_ago=None)),
            "unknown:unreadable",
            id="a disease of tomorrow",
        ),
        # Skipped resources
        pytest.param(
            with_problems(condition(DISEASE, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="I25.10")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(
            with_problems(procedure(STENT, subject=None)),
            "unknown:unclassified",
            id="a stent, about nobody",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(chart(colonoscopy()), "unknown:absent", id="operations, but no problems"),
        pytest.param(
            chart(report(ABNORMAL_IMAGING)), "unknown:absent", id="a report is no Condition"
        ),
        pytest.param(withheld(hypertension()), "met", id="every query came, no operation known"),
        pytest.param(
            withheld(hypertension(), missing=["procedures"]),
            "unknown:not-shared",
            id="operations did not come",
        ),
        pytest.param(
            withheld(hypertension(), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(procedure(STENT), missing=["problems", "encounterDx"]),
            "not-met",
            id="a stent in what came",
        ),
    ],
)
def test_coronary_disease_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_contraindication_and_what_is_significant_is_proposed() -> None:
    found = finding(with_problems(condition(DISEASE)), ROW)
    assert found["weight"] == "contraindication"
    assert found["proposed"]
