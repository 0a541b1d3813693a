"""Who reviewed which row: what the file may hold, and when a review has expired."""

from datetime import date
from typing import Final

import pytest

from rules import reviews, tables
from rules.criteria import CRITERIA
from rules.reviews import BadReviews, Review

ROWS: Final = frozenset({"creatinine-acceptable", "platelets"})
FILLED: Final = """
[[review]]
criterion = "creatinine-acceptable"
reviewer = "A. Example, MD, medical oncology"
date = 2027-01-15
valid_until = 2028-01-15
remark = "limit as in our protocol"

[[review]]
criterion = "platelets"
reviewer = "B. Example, MD"
date = 2027-01-16
valid_until = 2027-01-16
"""


def test_the_file_of_this_version_is_read_and_names_only_rows_that_exist() -> None:
    ids = {one.id for one in CRITERIA}
    assert {one.criterion for one in reviews.recorded(ids)} <= ids


def test_a_filled_file_is_read() -> None:
    first, second = reviews.read(FILLED, ROWS)
    assert first == Review(
        "creatinine-acceptable",
        "A. Example, MD, medical oncology",
        date(2027, 1, 15),
        date(2028, 1, 15),
        "limit as in our protocol",
    )
    assert second.remark is None


def test_the_example_in_the_comment_of_the_file_is_read() -> None:
    text = tables.text("reviews.toml")
    commented = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    (example,) = reviews.read("\n".join(["[[review]]", *commented]), ROWS)
    assert example.criterion == "creatinine-acceptable"


@pytest.mark.parametrize(
    ("on", "expired"),
    [
        pytest.param(date(2027, 1, 15), False, id="the day of the review"),
        pytest.param(date(2028, 1, 15), False, id="the last day"),
        pytest.param(date(2028, 1, 16), True, id="the day after"),
    ],
)
def test_a_review_expires_after_its_last_day(on: date, expired: bool) -> None:
    first, _ = reviews.read(FILLED, ROWS)
    assert first.is_expired(on) is expired
    assert ("expired 2028-01-15" in first.text(on)) is expired


def test_without_a_day_it_is_told_until_when_it_holds() -> None:
    first, second = reviews.read(FILLED, ROWS)
    assert first.text() == (
        "A. Example, MD, medical oncology, 2027-01-15, valid until 2028-01-15: "
        "limit as in our protocol"
    )
    assert second.text() == "B. Example, MD, 2027-01-16, valid until 2027-01-16"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"platelets"', '"platelet"', "review 2: there is no row 'platelet'"),
        ('criterion = "platelets"', "", "review 2: criterion is missing or no text"),
        ('"B. Example, MD"', '" "', "review 2: reviewer is missing or no text"),
        ('"limit as in our protocol"', "1", "review 1: remark is missing or no text"),
        ("date = 2027-01-15\n", "", "review 1: date and valid_until must be dates"),
        ("date = 2027-01-15\n", 'date = "2027-01-15"\n', "must be dates"),
        ("date = 2027-01-15\n", "date = 2027-01-15T08:00:00Z\n", "must be dates"),
        ("until = 2027-01-16", "until = 2027-01-15", "review 2: valid_until is before date"),
        ("remark", "remarks", "review 1: remarks is not known"),
        ("[[review]]", "[[reviews]]", "reviews: only [[review]] is known"),
        ("[[review]]", "[review]", "is no TOML"),
        ('"platelets"', "platelets", "is no TOML"),
    ],
    ids=str,
)
def test_a_wrong_file_is_refused_and_told_what_is_wrong(old: str, new: str, said: str) -> None:
    assert old in FILLED
    with pytest.raises(BadReviews) as refused:
        reviews.read(FILLED.replace(old, new), ROWS)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text", ["review = 5", "[review]\ncriterion = 'platelets'", "review = [1]"]
)
def test_what_is_no_list_of_reviews_is_refused(text: str) -> None:
    with pytest.raises(BadReviews, match=r"write each as \[\[review\]\]"):
        reviews.read(text, ROWS)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BadReviews) as refused:
        reviews.read(FILLED.replace("reviewer", "reader").replace('"platelets"', '"x"'), ROWS)
    for number in (1, 2):
        assert f"review {number}: reader is not known" in str(refused.value)
        assert f"review {number}: reviewer is missing" in str(refused.value)
    assert "there is no row 'x'" in str(refused.value)
