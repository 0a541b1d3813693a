"""Is the plan of several six-day admissions understood? Criteria.md, section M: ask, always."""

import pytest

from tests.build import (
    aldesleukin_order,
    assert_verdict,
    chart,
    finding,
    hypertension,
    nothing_against,
    withheld,
)

ROW = "cycles-expectation"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(), "confirm", id="an empty chart"),
        pytest.param(chart(*nothing_against()), "confirm", id="a full chart"),
        pytest.param(chart(*nothing_against(order=aldesleukin_order())), "confirm", id="ordered"),
        pytest.param(
            withheld(hypertension(), missing=["medicines", "labs"]), "confirm", id="data withheld"
        ),
    ],
)
def test_cycles_expectation(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(chart(), ROW)["weight"] == "information"
