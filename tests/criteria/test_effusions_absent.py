"""
No ascites or pleural effusion? Criteria.md, section E: an absence row over Condition.

All three sets are acute: the diagnosis of a visit counts for 30 days (P), a problem until abated.
"""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    condition,
    finding,
    hypertension,
    visit_diagnosis,
    withheld,
)

ROW = "effusions-absent"

PLEURAL = Code(SNOMED, "60046008", "Pleural effusion (disorder)")
PLEURAL_ICD = Code(ICD10CM, "J91.0", "Malignant pleural effusion")
ASCITES = Code(SNOMED, "389026000", "Ascites (disorder)")
ASCITES_ICD = Code(ICD10, "R18", "Ascites")
PERICARDIAL = Code(
    ICD10CM, "I31.31", "Malignant pericardial effusion in diseases classified elsewhere"
)


def with_problems(*resources: Resource) -> bytes:
    """The list of problems is not empty."""
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(condition(PLEURAL)), "not-met", id="pleural effusion"),
        pytest.param(with_problems(condition(PLEURAL_ICD)), "not-met", id="pleural, ICD-10-CM"),
        pytest.param(with_problems(condition(ASCITES)), "not-met", id="ascites"),
        pytest.param(with_problems(condition(ASCITES_ICD)), "not-met", id="ascites, ICD-10"),
        pytest.param(with_problems(condition(PERICARDIAL)), "not-met", id="pericardial effusion"),
        pytest.param(chart(condition(ASCITES)), "not-met", id="found, and nothing beside it"),
        # Acute
        pytest.param(
            with_problems(condition(PLEURAL, days_ago=900)), "not-met", id="a problem stays"
        ),
        pytest.param(
            with_problems(visit_diagnosis(PLEURAL, days_ago=30)), "not-met", id="visit, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(PLEURAL, days_ago=31)), "met", id="visit, a day too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(PLEURAL, days_ago=None)),
            "unknown:unreadable",
            id="a visit without a date",
        ),
        pytest.param(
            with_problems(condition(PLEURAL, clinical="resolved", abated_days_ago=9)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(PLEURAL, abated_days_ago=9)),
            "unknown:conflicting",
            id="active, yet abated",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(text="Malignant pleural effusion, left")),
            "unknown:unclassified",
            id="in words",
        ),
        pytest.param(
            with_problems(condition(ASCITES, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(condition(ASCITES, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        # Not the patient's, or not true
        pytest.param(
            with_problems(condition(ASCITES, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(ASCITES, verification="entered-in-error", clinical=None)),
            "met",
            id="entered in error",
        ),
        pytest.param(
            with_problems(condition(ASCITES, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # Nothing to search, or withheld
        pytest.param(chart(), "unknown:absent", id="no problem recorded: never asked"),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits withheld",
        ),
        pytest.param(
            withheld(hypertension(), refused=["problems"]),
            "unknown:not-shared",
            id="problem list refused",
        ),
        pytest.param(
            withheld(condition(ASCITES), refused=["encounterDx"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_effusions_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_caution() -> None:
    assert finding(with_problems(), ROW)["weight"] == "caution"
