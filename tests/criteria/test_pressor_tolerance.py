"""No reason against vasopressors? Criteria.md, section D: only a clinician can tell."""

import pytest

from tests.build import (
    ALDESLEUKIN,
    assert_verdict,
    chart,
    finding,
    hypertension,
    medication_request,
    nothing_against,
    withheld,
)

ROW = "pressor-tolerance"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(*nothing_against()), "confirm", id="nothing against"),
        pytest.param(chart(), "confirm", id="an empty chart"),
        pytest.param(
            chart(hypertension(), medication_request(ALDESLEUKIN)), "confirm", id="with an order"
        ),
        pytest.param(
            withheld(hypertension(), missing=["medicines", "vitals"]), "confirm", id="withheld"
        ),
    ],
)
def test_pressor_tolerance(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_says_what_is_to_be_confirmed() -> None:
    found = finding(chart(hypertension()), ROW)
    assert found["weight"] == "caution"
    assert "vasopressors" in str(found["remark"])
