"""Effective contraception, both sexes? Criteria.md, section J: ask, always."""

import pytest

from tests.build import assert_verdict, chart, finding, nothing_against, patient, withheld

ROW = "contraception"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(), "confirm", id="an empty chart"),
        pytest.param(chart(*nothing_against()), "confirm", id="a man"),
        pytest.param(
            chart(*nothing_against(person=patient(gender="female", birth_date="1990-03-08"))),
            "confirm",
            id="a woman",
        ),
        pytest.param(chart(patient(birth_date="1940-01-01")), "confirm", id="86 years"),
        pytest.param(withheld(missing=["labs", "social"]), "confirm", id="data withheld"),
    ],
)
def test_contraception(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_says_what_to_confirm() -> None:
    assert "both sexes" in str(finding(chart(), ROW)["remark"])
