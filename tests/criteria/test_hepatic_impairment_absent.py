"""
No significant hepatic impairment? Criteria.md, section F: a contraindication of the label.

Cirrhosis, hepatic failure, encephalopathy (P); liver metastases alone are not impairment.
"""

import pytest

from rules.criteria.hepatic import HEPATIC_IMPAIRMENT_ABSENT
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
    colonoscopy,
    condition,
    finding,
    hypertension,
    visit_diagnosis,
    withheld,
)

ROW = "hepatic-impairment-absent"

CIRRHOSIS = Code(ICD10CM, "K74.60", "Unspecified cirrhosis of liver")
CIRRHOSIS_SNOMED = Code(SNOMED, "19943007", "Cirrhosis of liver (disorder)")
FAILURE = Code(ICD10CM, "K72.90", "Hepatic failure, unspecified without coma")
FAILURE_WHO = Code(ICD10, "K72.1", "Chronic hepatic failure")
HEPATORENAL = Code(ICD10CM, "K76.7", "Hepatorenal syndrome")
PORTAL_HYPERTENSION = Code(ICD10CM, "K76.6", "Portal hypertension")
ENCEPHALOPATHY = Code(ICD10CM, "K76.82", "Hepatic encephalopathy")
ENCEPHALOPATHY_SNOMED = Code(SNOMED, "13920009", "Hepatic encephalopathy (disorder)")
FIBROSIS = Code(ICD10CM, "K74.01", "Hepatic fibrosis, early fibrosis")
FATTY = Code(ICD10CM, "K76.0", "Fatty (change of) liver, not elsewhere classified")
JAUNDICE = Code(ICD10CM, "R17", "Unspecified jaundice")
LIVER_METASTASIS = Code(ICD10CM, "C78.7", "Secondary malignant neoplasm of liver")
HEPATITIS_C = Code(ICD10CM, "B18.2", "Chronic viral hepatitis C")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # None recorded
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(
            with_problems(condition(LIVER_METASTASIS)), "met", id="liver metastases alone"
        ),
        pytest.param(
            with_problems(condition(text="Liver metastases")), "met", id="liver metastases in words"
        ),
        pytest.param(with_problems(condition(HEPATITIS_C)), "met", id="hepatitis is another row's"),
        # Impairment
        pytest.param(with_problems(condition(CIRRHOSIS)), "not-met", id="cirrhosis"),
        pytest.param(with_problems(condition(CIRRHOSIS_SNOMED)), "not-met", id="in SNOMED"),
        pytest.param(with_problems(condition(Code(ICD10CM, "K7460"))), "not-met", id="no dot"),
        pytest.param(with_problems(condition(FAILURE)), "not-met", id="hepatic failure"),
        pytest.param(with_problems(condition(FAILURE_WHO)), "not-met", id="hepatic failure, WHO"),
        pytest.param(with_problems(condition(HEPATORENAL)), "not-met", id="hepatorenal syndrome"),
        pytest.param(
            with_problems(condition(PORTAL_HYPERTENSION)),
            "not-met",
            id="portal hypertension: decides in one set, asks in another",
        ),
        pytest.param(with_problems(condition(ENCEPHALOPATHY)), "not-met", id="encephalopathy"),
        pytest.param(
            with_problems(condition(LIVER_METASTASIS), condition(FAILURE)),
            "not-met",
            id="liver metastases, and failure",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, FATTY)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        # Acute or lasting
        pytest.param(
            with_problems(visit_diagnosis(CIRRHOSIS, days_ago=900)),
            "not-met",
            id="cirrhosis of an old visit: not acute",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ENCEPHALOPATHY, days_ago=30)),
            "not-met",
            id="encephalopathy of a visit, last day",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ENCEPHALOPATHY, days_ago=31)),
            "met",
            id="encephalopathy of a visit, a day too old",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ENCEPHALOPATHY, days_ago=None)),
            "unknown:unreadable",
            id="encephalopathy of a visit without a date",
        ),
        pytest.param(
            with_problems(visit_diagnosis(ENCEPHALOPATHY_SNOMED, days_ago=31)),
            "not-met",
            id="the same in SNOMED: it stands in a set that is not acute, too",
        ),
        pytest.param(
            with_problems(visit_diagnosis(text="Hepatic encephalopathy", days_ago=31)),
            "unknown:unclassified",
            id="the same in words",
        ),
        # Perhaps
        pytest.param(with_problems(condition(FATTY)), "unknown:unclassified", id="fatty liver"),
        pytest.param(with_problems(condition(JAUNDICE)), "unknown:unclassified", id="jaundice"),
        pytest.param(with_problems(condition(FIBROSIS)), "unknown:unclassified", id="fibrosis"),
        pytest.param(
            with_problems(condition(CIRRHOSIS, FIBROSIS)),
            "not-met",
            id="cirrhosis and fibrosis in one entry: fibrosis only asks",
        ),
        pytest.param(
            with_problems(condition(text="Liver cirrhosis, Child B")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, abated_days_ago=3)),
            "unknown:conflicting",
            id="active, and abated",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, onset=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        # Not true, past, not the patient's
        pytest.param(
            with_problems(condition(FAILURE, clinical="resolved", abated_days_ago=5)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, verification="entered-in-error")),
            "met",
            id="an error",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's",
        ),
        # Skipped, nothing to search, withheld
        pytest.param(
            with_problems(condition(CIRRHOSIS, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="K74")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(chart(colonoscopy()), "unknown:absent", id="no problem recorded"),
        pytest.param(withheld(hypertension()), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits did not come",
        ),
        pytest.param(
            withheld(condition(CIRRHOSIS), refused=["encounterDx"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            with_problems(condition(CIRRHOSIS, abated_days_ago=5)),
            "unknown:conflicting",
            id="active and abated at once",
        ),
    ],
)
def test_hepatic_impairment_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_contraindication_whose_meaning_is_proposed() -> None:
    found = finding(with_problems(condition(CIRRHOSIS)), ROW)
    assert found["weight"] == "contraindication"
    assert found["proposed"]


def test_how_long_encephalopathy_of_a_visit_counts_is_told_as_proposed() -> None:
    (window,) = HEPATIC_IMPAIRMENT_ABSENT.check.windows
    assert window.text == "acute encounter diagnosis: 30 d (proposed)"
