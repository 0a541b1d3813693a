"""Brain metastases are judged by their state, never by their presence. Criteria.md, section A."""

import pytest

from tests.build import (
    MELANOMA,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    evaluate,
    finding,
    hypertension,
    nothing_against,
    withheld,
)

ROW = "brain-metastases-not-exclusion"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(condition(MELANOMA), brain_metastasis()), "met", id="lesion on record"),
        pytest.param(
            chart(condition(MELANOMA), brain_metastasis(clinical="resolved")),
            "met",
            id="lesion resolved",
        ),
        pytest.param(
            chart(condition(MELANOMA), brain_mri(conclusion="negative")),
            "not-applicable",
            id="no lesion",
        ),
        pytest.param(chart(condition(MELANOMA)), "not-applicable", id="undecided, nothing known"),
        pytest.param(
            chart(condition(MELANOMA), brain_mri()), "not-applicable", id="undecided, in words"
        ),
        pytest.param(
            withheld(hypertension(), missing=["imaging"]), "not-applicable", id="scans withheld"
        ),
    ],
)
def test_brain_metastases_not_exclusion(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(chart(brain_metastasis()), ROW)["weight"] == "information"


def test_no_row_is_not_met_for_the_mere_presence_of_a_brain_metastasis() -> None:
    criteria = evaluate(chart(*nothing_against(scan=None, lesion=brain_metastasis())))["criteria"]
    assert isinstance(criteria, list)
    against = {one["id"] for one in criteria if one["outcome"] == "not-met"}
    # A Procedure is on the chart and none of them treats the brain: the conflict, a caution.
    assert against <= {"brain-mets-treated"}
