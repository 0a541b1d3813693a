"""Is age alone used against the patient? Criteria.md, section A: never; information."""

import pytest

from tests.build import assert_verdict, chart, finding, hypertension, patient, withheld

ROW = "age-no-upper-limit"


def born(birth_date: str | None) -> bytes:
    return chart(patient(birth_date=birth_date), hypertension())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(born("1970-05-17"), "met", id="56"),
        pytest.param(born("1956-11-24"), "met", id="70 today"),
        pytest.param(born("1956-11-23"), "met", id="a day older"),
        pytest.param(born("1930-01-01"), "met", id="96"),
        pytest.param(born("1930"), "met", id="only the year of birth"),
        pytest.param(born("2015-01-01"), "met", id="a child: adult-age judges that"),
        pytest.param(born(None), "not-applicable", id="no date of birth"),
        pytest.param(born("17/05/1930"), "not-applicable", id="a date that is no FHIR date"),
        pytest.param(born("2027-01-01"), "not-applicable", id="born next year"),
        pytest.param(withheld(hypertension(), patient()), "met", id="in a request"),
    ],
)
def test_age_no_upper_limit(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("birth_date", [None, "17/05/1930", "2027-01-01"])
def test_it_says_why_it_does_not_apply(birth_date: str | None) -> None:
    assert finding(born(birth_date), ROW).get("remark")


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(born("1930-01-01"), ROW)["weight"] == "information"
