"""Is the patient an adult? Criteria.md, section A: 18 years; today is 2026-11-24."""

import pytest

from tests.build import assert_verdict, chart, evaluate, hypertension, patient, verdict, withheld

ROW = "adult-age"


def born(birth_date: str | None) -> bytes:
    return chart(patient(birth_date=birth_date), hypertension())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(born("1970-05-17"), "met", id="56"),
        pytest.param(born("1934-01-01"), "met", id="92: no upper limit"),
        pytest.param(born("2008-11-24"), "met", id="18 today"),
        pytest.param(born("2008-11-25"), "not-met", id="18 tomorrow"),
        pytest.param(born("2012-02-29"), "not-met", id="a child"),
        pytest.param(born("1970"), "met", id="year only, certain"),
        pytest.param(born("2007"), "met", id="18 by the end of that year"),
        pytest.param(born("2009"), "not-met", id="year only, certainly a child"),
        pytest.param(born("2008"), "unknown", id="year only, could be either"),
        pytest.param(born("2008-10"), "met", id="month only, certain"),
        pytest.param(born("2008-11"), "unknown", id="month only, could be either"),
        pytest.param(born("2008-12"), "not-met", id="month only, certainly 17"),
        pytest.param(born(None), "unknown:absent", id="no date of birth"),
        pytest.param(born("2027-01-01"), "unknown:unreadable", id="born next year"),
        pytest.param(
            born("17/05/1970"), "unknown:unreadable", id="a date of birth that is no FHIR date"
        ),
        pytest.param(withheld(hypertension(), patient()), "met", id="in a request"),
    ],
)
def test_adult_age(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_the_birthday_is_counted_to_the_day_asked_about() -> None:
    document = born("2008-11-25")
    assert verdict(evaluate(document, as_of="2026-11-24"), ROW) == "not-met"
    assert verdict(evaluate(document, as_of="2026-11-25"), ROW) == "met"
