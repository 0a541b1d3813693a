"""Is survival of >= 3 months expected? Criteria.md, section B: ask, always; never computed."""

import pytest

from tests.build import (
    assert_verdict,
    chart,
    ecog,
    finding,
    hypertension,
    nothing_against,
    patient,
    withheld,
)

ROW = "life-expectancy"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(), "confirm", id="an empty chart"),
        pytest.param(chart(*nothing_against()), "confirm", id="a full chart"),
        pytest.param(
            chart(patient(birth_date="1930-01-01"), ecog(4)), "confirm", id="old and bedridden"
        ),
        pytest.param(
            withheld(hypertension(), missing=["performance", "labs"]),
            "confirm",
            id="data withheld",
        ),
    ],
)
def test_life_expectancy(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_caution_that_a_person_confirms() -> None:
    found = finding(chart(), ROW)
    assert found["weight"] == "caution"
    assert "3 months" in str(found["remark"])
