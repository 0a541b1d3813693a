"""No major psychiatric illness that IL-2 could worsen? Criteria.md, section C: active ones."""

import pytest

from tests.build import (
    ICD10CM,
    SNOMED,
    SOMEBODY_ELSE,
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

ROW = "psychiatric-history"

SCHIZOPHRENIA = Code(SNOMED, "58214004", "Schizophrenia (disorder)")
SCHIZOPHRENIA_ICD = Code(ICD10CM, "F20.9", "Schizophrenia, unspecified")
BIPOLAR = Code(SNOMED, "13746004", "Bipolar disorder (disorder)")
REMISSION = Code(SNOMED, "4926007", "Schizophrenia in remission (disorder)")
BIPOLAR_REMISSION = Code(ICD10CM, "F31.78", "Bipolar disorder, in full remission, mixed")
DEPRESSION = Code(ICD10CM, "F32.A", "Depression, unspecified")
ANXIETY = Code(ICD10CM, "F41.1", "Generalized anxiety disorder")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(condition(SCHIZOPHRENIA)), "not-met", id="schizophrenia"),
        pytest.param(with_problems(condition(SCHIZOPHRENIA_ICD)), "not-met", id="in ICD-10-CM"),
        pytest.param(with_problems(condition(BIPOLAR)), "not-met", id="bipolar disorder"),
        pytest.param(
            with_problems(condition(BIPOLAR, days_ago=6000)), "not-met", id="for years, active"
        ),
        pytest.param(
            with_problems(condition(BIPOLAR, days_ago=None)), "not-met", id="active, no date"
        ),
        pytest.param(
            with_problems(visit_diagnosis(BIPOLAR, days_ago=400)),
            "not-met",
            id="of an old visit: not an acute set",
        ),
        pytest.param(with_problems(condition(REMISSION)), "met", id="in remission"),
        pytest.param(
            with_problems(condition(BIPOLAR_REMISSION)), "met", id="the longer code: in remission"
        ),
        pytest.param(
            with_problems(condition(SCHIZOPHRENIA, REMISSION)),
            "unknown:conflicting",
            id="active and in remission in one entry",
        ),
        pytest.param(
            with_problems(condition(BIPOLAR, clinical="resolved", abated_days_ago=900)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(DEPRESSION)),
            "unknown:unclassified",
            id="depression, how severe is not told",
        ),
        pytest.param(with_problems(condition(ANXIETY)), "unknown:unclassified", id="anxiety"),
        pytest.param(
            with_problems(condition(ANXIETY), condition(BIPOLAR)),
            "not-met",
            id="anxiety and bipolar disorder",
        ),
        pytest.param(
            with_problems(condition(text="Bipolar, followed by psychiatry")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(condition(text="Dipsomania")), "met", id="'mania' is a whole word only"
        ),
        pytest.param(
            with_problems(condition(SCHIZOPHRENIA, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(condition(SCHIZOPHRENIA, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(SCHIZOPHRENIA, subject=SOMEBODY_ELSE)), "met", id="another's"
        ),
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(withheld(hypertension()), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(condition(BIPOLAR), refused=["encounterDx"]),
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
def test_psychiatric_history(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_in_remission_has_a_remark() -> None:
    assert finding(with_problems(condition(REMISSION)), ROW).get("remark")
