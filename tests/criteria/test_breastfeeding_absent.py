"""
Not breast-feeding? Criteria.md, section J: none recorded, 365 days (P).

Not asked of those of whom pregnancy is not asked, unless it is recorded.
"""

from typing import Any

import pytest

from tests.build import (
    ICD10CM,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    nothing_against,
    observation,
    patient,
    visit_diagnosis,
    withheld,
)

ROW = "breastfeeding-absent"

STATUS = Code(LOINC, "63895-7", "Breastfeeding status")
PREGNANCY_STATUS = Code(LOINC, "82810-3", "Pregnancy status")
YES = Code(LOINC, "LA29252-6", "Currently breastfeeding")
NO = Code(LOINC, "LA29253-4", "Not currently breastfeeding")
NO_SNOMED = Code(SNOMED, "289083006", "Does not perform breast-feeding (finding)")
NURSING = Code(SNOMED, "169750002", "Mother currently breast-feeding (finding)")
PREGNANT = Code(SNOMED, "77386006", "Pregnancy (finding)")
CARE = Code(ICD10CM, "Z39.1", "Encounter for care and examination of lactating mother")
MASTITIS = Code(ICD10CM, "O91.23", "Nonpurulent mastitis associated with lactation")


def woman(**fields: Any) -> Resource:
    return patient(**({"gender": "female", "birth_date": "1990-03-08"} | fields))


def with_woman(*resources: Resource, **fields: Any) -> bytes:
    return chart(woman(**fields), hypertension(), *resources)


def with_man(*resources: Resource) -> bytes:
    return with_woman(*resources, gender="male")


def status(value: Code | None, *, days_ago: int | None = 30, **fields: Any) -> Resource:
    more: Resource = {"valueCodeableConcept": concept(value)} if value else {}
    return observation(STATUS, days_ago=days_ago, category="social-history", **(more | fields))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # None
        pytest.param(with_woman(), "met", id="none recognised"),
        pytest.param(with_woman(status(NO)), "met", id="she does not"),
        pytest.param(with_woman(status(NO_SNOMED)), "met", id="she does not, another code"),
        pytest.param(
            with_woman(status(YES, days_ago=366)), "met", id="she did, a day too long ago"
        ),
        pytest.param(
            with_woman(status(YES, days_ago=90), status(NO)), "met", id="the newest decides: no"
        ),
        pytest.param(
            with_woman(condition(NURSING, clinical="resolved")), "met", id="she did, it ended"
        ),
        pytest.param(
            with_woman(visit_diagnosis(CARE, days_ago=366)),
            "met",
            id="a diagnosis of a visit, a day too old",
        ),
        pytest.param(
            with_woman(condition(MASTITIS)), "met", id="an inflamed breast is no breast-feeding"
        ),
        pytest.param(
            with_woman(condition(NO_SNOMED)), "met", id="a problem that says she does not"
        ),
        pytest.param(
            with_woman(status(YES, status="entered-in-error")), "met", id="recorded in error"
        ),
        pytest.param(with_woman(status(YES, subject=SOMEBODY_ELSE)), "met", id="another patient's"),
        pytest.param(with_woman(condition(NURSING, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_woman(status(YES, days_ago=400, status="preliminary")),
            "met",
            id="preliminary, and too long ago",
        ),
        # Breast-feeding
        pytest.param(with_woman(status(YES)), "not-met", id="she does"),
        pytest.param(
            with_woman(status(YES, days_ago=365)), "not-met", id="she does, last day of the window"
        ),
        pytest.param(with_woman(condition(NURSING)), "not-met", id="a problem of the list"),
        pytest.param(
            with_woman(condition(NURSING, days_ago=900)), "not-met", id="until it is abated"
        ),
        pytest.param(
            with_woman(visit_diagnosis(CARE, days_ago=365)),
            "not-met",
            id="a diagnosis of a visit, last day",
        ),
        pytest.param(
            with_woman(status(NO), condition(NURSING)),
            "not-met",
            id="the list says so, the status does not",
        ),
        pytest.param(
            with_woman(status(NO, days_ago=90), status(YES)),
            "not-met",
            id="the newest decides: yes",
        ),
        pytest.param(
            chart(woman(), status(YES)), "not-met", id="she does, and no problem is recorded"
        ),
        # Whom it is asked of
        pytest.param(chart(*nothing_against()), "not-applicable", id="a man"),
        pytest.param(with_man(), "not-applicable", id="a young man"),
        pytest.param(
            with_woman(birth_date="1960-01-01"), "not-applicable", id="a woman above 55 years"
        ),
        pytest.param(
            with_woman(status(YES), birth_date="1960-01-01"),
            "not-met",
            id="a woman above 55 years, recorded",
        ),
        pytest.param(with_man(status(YES)), "not-met", id="a man, recorded"),
        pytest.param(with_man(condition(NURSING)), "not-met", id="a man, a problem of the list"),
        pytest.param(with_man(status(NO)), "not-applicable", id="a man who does not"),
        pytest.param(
            with_man(status(Code(LOINC, "LA9999-9"))), "not-applicable", id="a man, not known"
        ),
        pytest.param(with_man(condition(PREGNANT)), "met", id="pregnancy recorded: it is asked"),
        pytest.param(
            with_man(status(YES), status(NO)), "unknown:conflicting", id="a man, yes and no"
        ),
        pytest.param(
            with_man(status(YES, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a man, a status that had to be skipped",
        ),
        # Unknown
        pytest.param(chart(woman()), "unknown:absent", id="no problem recorded"),
        pytest.param(
            chart(woman(), status(NO)),
            "unknown:absent",
            id="she does not, but the list of problems is needed",
        ),
        pytest.param(
            with_woman(condition(text="Breastfeeding mother")),
            "unknown:unclassified",
            id="in words only",
        ),
        pytest.param(
            with_woman(visit_diagnosis(text="Lactation consultation", days_ago=366)),
            "met",
            id="in words only, at a visit too long ago",
        ),
        pytest.param(
            with_woman(condition(NURSING, verification="provisional")),
            "unknown:unclassified",
            id="not confirmed",
        ),
        pytest.param(
            with_woman(visit_diagnosis(CARE, days_ago=None)),
            "unknown:unreadable",
            id="a diagnosis of a visit, undated",
        ),
        pytest.param(
            with_woman(visit_diagnosis(CARE, onset="2025-11")),
            "unknown:unreadable",
            id="a diagnosis of a visit, on both sides of the window",
        ),
        pytest.param(
            with_woman(status(YES, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(with_woman(status(YES, days_ago=None)), "unknown:unreadable", id="undated"),
        pytest.param(
            with_woman(status(YES, days_ago=None, at="2025-11")),
            "unknown:unreadable",
            id="on both sides of the window",
        ),
        pytest.param(with_woman(status(NO, days_ago=-1)), "unknown:unreadable", id="from tomorrow"),
        pytest.param(with_woman(status(None)), "unknown:unreadable", id="no answer"),
        pytest.param(
            with_woman(status(None, valueString="no")),
            "unknown:unreadable",
            id="an answer in words does not decide",
        ),
        pytest.param(
            with_woman(status(Code(LOINC, "LA9999-9"))),
            "unknown:unclassified",
            id="an answer that is not listed",
        ),
        pytest.param(
            with_woman(status(None, valueCodeableConcept=concept(YES, NO))),
            "unknown:conflicting",
            id="both answers in one",
        ),
        pytest.param(
            with_woman(status(YES), status(NO)), "unknown:conflicting", id="of the same time"
        ),
        pytest.param(
            with_woman(status(YES, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a status that had to be skipped",
        ),
        pytest.param(
            with_woman(condition(NURSING, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a problem that had to be skipped",
        ),
        pytest.param(
            with_woman(condition(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="a problem that nobody can read",
        ),
        # Withheld
        pytest.param(withheld(woman(), hypertension()), "met", id="every query came"),
        pytest.param(
            withheld(woman(), hypertension(), refused=["social"]),
            "unknown:not-shared",
            id="the status is refused",
        ),
        pytest.param(
            withheld(woman(), hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="diagnoses of visits are withheld",
        ),
        pytest.param(
            withheld(woman(), hypertension(), status(YES), missing=["encounterDx"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            withheld(woman(), hypertension(), missing=["labs"]),
            "met",
            id="tests are withheld: not needed here",
        ),
    ],
)
def test_breastfeeding_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_what_she_says_is_shown() -> None:
    assert ago(30) in str(finding(with_woman(status(NO)), ROW)["evidence"])
