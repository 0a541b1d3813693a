"""No alcohol misuse? Criteria.md, section C (Chu): a caution, never an exclusion."""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    chart,
    condition,
    finding,
    hypertension,
    observation,
    quantity,
    visit_diagnosis,
    withheld,
)

ROW = "neurotoxicity-risk-alcohol"

DEPENDENCE = Code(ICD10CM, "F10.20", "Alcohol dependence, uncomplicated")
ABUSE = Code(SNOMED, "15167005", "Alcohol abuse (disorder)")
REMISSION = Code(ICD10CM, "F10.21", "Alcohol dependence, in remission")
REMISSION_SNOMED = Code(SNOMED, "191813001", "Chronic alcoholism in remission (disorder)")
USE_UNSPECIFIED = Code(ICD10CM, "F10.929", "Alcohol use, unspecified with intoxication")
WHO_DEPENDENCE = Code(ICD10, "F10.2", "Dependence syndrome")
LIVER_DISEASE = Code(ICD10CM, "K70.30", "Alcoholic cirrhosis of liver without ascites")
COUNSELLING = Code(ICD10CM, "Z71.41", "Alcohol abuse counseling and surveillance of alcoholic")
AUDIT = Code(LOINC, "75624-7", "Total score [AUDIT]")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(condition(DEPENDENCE)), "not-met", id="dependence"),
        pytest.param(with_problems(condition(ABUSE)), "not-met", id="abuse, in SNOMED"),
        pytest.param(
            with_problems(condition(DEPENDENCE, days_ago=4000)), "not-met", id="for years, active"
        ),
        pytest.param(
            with_problems(visit_diagnosis(DEPENDENCE, days_ago=400)),
            "not-met",
            id="of an old visit: not an acute set",
        ),
        # In remission, over
        pytest.param(with_problems(condition(REMISSION)), "met", id="in remission"),
        pytest.param(
            with_problems(condition(REMISSION, verification="unconfirmed")),
            "unknown:unclassified",
            id="in remission, unconfirmed",
        ),
        pytest.param(with_problems(condition(REMISSION_SNOMED)), "met", id="in remission, SNOMED"),
        pytest.param(
            with_problems(condition(DEPENDENCE, clinical="remission")),
            "met",
            id="remission as the clinical status",
        ),
        pytest.param(
            with_problems(condition(DEPENDENCE, REMISSION)),
            "unknown:conflicting",
            id="dependent and in remission in one entry",
        ),
        pytest.param(
            with_problems(condition(DEPENDENCE), condition(REMISSION_SNOMED)),
            "not-met",
            id="an active entry beside one in remission",
        ),
        # The score is shown, and decides nothing
        pytest.param(
            with_problems(observation(AUDIT, valueQuantity=quantity("25 {score}"))),
            "met",
            id="AUDIT 25: no cut-off in the sources",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(USE_UNSPECIFIED)), "unknown:unclassified", id="use, unspecified"
        ),
        pytest.param(
            with_problems(condition(WHO_DEPENDENCE)),
            "unknown:unclassified",
            id="WHO F10.2 holds remission too",
        ),
        pytest.param(
            with_problems(condition(LIVER_DISEASE)),
            "unknown:unclassified",
            id="alcoholic liver disease: present drinking not told",
        ),
        pytest.param(
            with_problems(condition(COUNSELLING)), "unknown:unclassified", id="counselling"
        ),
        pytest.param(
            with_problems(condition(text="Alcohol use disorder, severe")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(condition(DEPENDENCE, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(condition(DEPENDENCE, clinical="controlled")),
            "unknown",
            id="a clinical status that FHIR does not know: going on or over",
        ),
        # Not true, not the patient's
        pytest.param(
            with_problems(condition(DEPENDENCE, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(DEPENDENCE, subject=SOMEBODY_ELSE)), "met", id="another's"
        ),
        pytest.param(
            with_problems(condition(text="Family history of alcoholism")), "met", id="the family's"
        ),
        # Nothing to search, or withheld
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(withheld(hypertension()), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), refused=["problems", "encounterDx"]),
            "unknown:not-shared",
            id="all Conditions refused",
        ),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits did not come",
        ),
        pytest.param(
            withheld(hypertension(), refused=["function"]),
            "unknown:not-shared",
            id="screens refused",
        ),
        pytest.param(
            withheld(condition(DEPENDENCE), missing=["encounterDx", "function"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="F10.20")),
            "unknown:unreadable",
            id="an entry whose code cannot be read",
        ),
    ],
)
def test_neurotoxicity_risk_alcohol(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_in_remission_has_a_remark() -> None:
    assert finding(with_problems(condition(REMISSION)), ROW).get("remark")


def test_a_remission_that_nobody_confirmed_is_not_told_as_one() -> None:
    confirmed = finding(with_problems(condition(REMISSION)), ROW)
    unconfirmed = finding(with_problems(condition(REMISSION, verification="unconfirmed")), ROW)
    assert unconfirmed.get("remark") != confirmed["remark"]


def test_it_is_a_caution_and_never_an_exclusion() -> None:
    assert finding(with_problems(condition(DEPENDENCE)), ROW)["weight"] == "caution"
