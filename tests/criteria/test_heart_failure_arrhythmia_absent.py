"""No heart failure or serious arrhythmia? Criteria.md, section D: none active."""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    condition,
    finding,
    hypertension,
    nothing_against,
    observation,
    visit_diagnosis,
    withheld,
)

ROW = "heart-failure-arrhythmia-absent"

FAILURE = Code(SNOMED, "42343007", "Congestive heart failure (disorder)")
FAILURE_ICD = Code(ICD10CM, "I50.22", "Chronic systolic (congestive) heart failure")
LEFT_FAILURE = Code(SNOMED, "85232009", "Left heart failure (disorder)")
CARDIOMYOPATHY = Code(SNOMED, "85898001", "Cardiomyopathy (disorder)")
FIBRILLATION = Code(SNOMED, "49436004", "Atrial fibrillation (disorder)")
FIBRILLATION_ICD = Code(ICD10CM, "I48.91", "Unspecified atrial fibrillation")
FLUTTER = Code(SNOMED, "5370000", "Atrial flutter (disorder)")
VENTRICULAR = Code(SNOMED, "31722008", "Torsades de pointes (disorder)")
COMPLETE_BLOCK = Code(SNOMED, "27885002", "Complete atrioventricular block (disorder)")
SICK_SINUS_ICD = Code(ICD10CM, "I49.5", "Sick sinus syndrome")
ANY_ARRHYTHMIA = Code(SNOMED, "698247007", "Cardiac arrhythmia (disorder)")
ABNORMAL_BEAT = Code(ICD10CM, "R00.8", "Other abnormalities of heart beat")
MYOCARDITIS = Code(SNOMED, "50920009", "Myocarditis (disorder)")
PREMATURE = Code(SNOMED, "17338001", "Ventricular premature beats (disorder)")
PREMATURE_ICD = Code(ICD10CM, "I49.3", "Ventricular premature depolarization")
PALPITATIONS = Code(ICD10CM, "R00.2", "Palpitations")
LEFT_BUNDLE = Code(SNOMED, "63467002", "Left bundle branch block (disorder)")
HEART_BLOCK = Code(SNOMED, "233916004", "Heart block (disorder)")
OTHER_BLOCK = Code(ICD10CM, "I45.5", "Other specified heart block")
WITHOUT_FAILURE = Code(ICD10CM, "I11.9", "Hypertensive heart disease without heart failure")
HISTORY = Code(SNOMED, "161505003", "History of heart failure (situation)")
ECG_FIBRILLATION = Code(SNOMED, "164889003", "Electrocardiographic atrial fibrillation (finding)")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Found
        pytest.param(with_problems(condition(FAILURE)), "not-met", id="heart failure"),
        pytest.param(with_problems(condition(FAILURE_ICD)), "not-met", id="in ICD-10-CM"),
        pytest.param(
            with_problems(condition(Code(ICD10, "I50.0", "Congestive heart failure"))),
            "not-met",
            id="in ICD-10 of the WHO",
        ),
        pytest.param(with_problems(condition(LEFT_FAILURE)), "not-met", id="left heart failure"),
        pytest.param(with_problems(condition(CARDIOMYOPATHY)), "not-met", id="cardiomyopathy"),
        pytest.param(with_problems(condition(FIBRILLATION)), "not-met", id="atrial fibrillation"),
        pytest.param(
            with_problems(condition(FIBRILLATION_ICD)), "not-met", id="fibrillation, ICD-10-CM"
        ),
        pytest.param(with_problems(condition(FLUTTER)), "not-met", id="atrial flutter"),
        pytest.param(with_problems(condition(VENTRICULAR)), "not-met", id="torsades de pointes"),
        pytest.param(with_problems(condition(COMPLETE_BLOCK)), "not-met", id="complete AV block"),
        pytest.param(
            with_problems(condition(SICK_SINUS_ICD)),
            "not-met",
            id="a code in two sets: one asks, the other decides",
        ),
        pytest.param(
            with_problems(condition(ANY_ARRHYTHMIA, FIBRILLATION)),
            "not-met",
            id="some arrhythmia, and which one",
        ),
        pytest.param(
            with_problems(condition(PREMATURE), condition(FAILURE)),
            "not-met",
            id="extra beats, and heart failure",
        ),
        pytest.param(
            with_problems(condition(PREMATURE, FIBRILLATION)),
            "not-met",
            id="extra beats and fibrillation in one entry",
        ),
        pytest.param(
            with_problems(condition(FAILURE, days_ago=3000)), "not-met", id="old, and still active"
        ),
        pytest.param(with_problems(condition(FAILURE, days_ago=None)), "not-met", id="no date"),
        pytest.param(
            with_problems(visit_diagnosis(FIBRILLATION, days_ago=400)),
            "not-met",
            id="a diagnosis of an old visit, never closed",
        ),
        # None
        pytest.param(chart(*nothing_against()), "met", id="nothing against"),
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(
            with_problems(condition(FIBRILLATION, clinical="resolved", abated_days_ago=5)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(FAILURE, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(FAILURE, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            with_problems(condition(FAILURE, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(with_problems(condition(WITHOUT_FAILURE)), "met", id="without heart failure"),
        pytest.param(with_problems(condition(HISTORY)), "met", id="a history of heart failure"),
        pytest.param(
            with_problems(condition(text="Family history of heart failure")),
            "met",
            id="the family's",
        ),
        pytest.param(
            with_problems(observation(ECG_FIBRILLATION, valueBoolean=True)),
            "met",
            id="an ECG is never read",
        ),
        # Benign rhythms and conduction disorders: met with a remark (P)
        pytest.param(with_problems(condition(PREMATURE)), "met", id="extra beats"),
        pytest.param(
            with_problems(condition(PREMATURE_ICD)),
            "met",
            id="extra beats, whose code another set never counts",
        ),
        pytest.param(with_problems(condition(PALPITATIONS)), "met", id="palpitations"),
        pytest.param(with_problems(condition(LEFT_BUNDLE)), "met", id="left bundle branch block"),
        pytest.param(
            with_problems(condition(HEART_BLOCK)),
            "met",
            id="heart block: a conduction disorder whose words sound like an arrhythmia",
        ),
        pytest.param(
            with_problems(condition(OTHER_BLOCK)), "met", id="other heart block, in ICD-10-CM"
        ),
        pytest.param(
            with_problems(condition(ANY_ARRHYTHMIA, PREMATURE)),
            "met",
            id="some arrhythmia, and it is extra beats: what decides outweighs",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(ANY_ARRHYTHMIA)),
            "unknown:unclassified",
            id="an arrhythmia of some kind",
        ),
        pytest.param(
            with_problems(condition(ABNORMAL_BEAT)), "unknown:unclassified", id="abnormal beat"
        ),
        pytest.param(
            with_problems(condition(ANY_ARRHYTHMIA), condition(PREMATURE)),
            "unknown:unclassified",
            id="some arrhythmia, and extra beats in another entry",
        ),
        pytest.param(
            with_problems(condition(MYOCARDITIS)), "unknown:unclassified", id="myocarditis"
        ),
        pytest.param(
            with_problems(condition(text="CHF")), "unknown:unclassified", id="in words only"
        ),
        pytest.param(
            with_problems(condition(text="Heart block")),
            "unknown:unclassified",
            id="heart block in words only",
        ),
        pytest.param(
            with_problems(condition(HEART_BLOCK, verification="unconfirmed")),
            "unknown:unclassified",
            id="heart block, unconfirmed: which one is not settled",
        ),
        pytest.param(
            with_problems(condition(FAILURE, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(condition(LEFT_FAILURE, WITHOUT_FAILURE)),
            "unknown:conflicting",
            id="with and without heart failure in one entry",
        ),
        pytest.param(
            with_problems(condition(LEFT_FAILURE, WITHOUT_FAILURE, PREMATURE)),
            "unknown:conflicting",
            id="the same, beside extra beats",
        ),
        pytest.param(
            with_problems(condition(FAILURE, abated_days_ago=5)),
            "unknown:conflicting",
            id="active and abated",
        ),
        pytest.param(
            with_problems(condition(FAILURE, days_ago=None, onset=ago(-2))),
            "unknown:unreadable",
            id="from the day after tomorrow",
        ),
        # Skipped, empty, withheld
        pytest.param(
            with_problems(condition(FAILURE, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="I50.9")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(
            withheld(hypertension(), missing=["problems"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["encounterDx"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(
            withheld(condition(FAILURE), refused=["encounterDx"]), "not-met", id="found in the rest"
        ),
    ],
)
def test_heart_failure_arrhythmia_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("accepted", [PREMATURE, HEART_BLOCK], ids=lambda code: code.display)
def test_a_benign_rhythm_is_shown_with_a_remark(accepted: Code) -> None:
    found = finding(with_problems(condition(accepted)), ROW)
    assert "benign rhythm" in str(found["remark"])
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 1


def test_without_a_benign_rhythm_none_is_mentioned() -> None:
    assert "benign" not in str(finding(with_problems(), ROW))


def test_it_is_a_caution() -> None:
    assert finding(with_problems(condition(FAILURE)), ROW)["weight"] == "caution"
