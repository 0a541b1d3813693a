"""
Who has reviewed which row of the rule book, and until when that holds.

Source: `rules/data/reviews.toml`, which says what an entry is. There is no clock here: whether a
review has expired is told for a given day.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rules import tables

NOT_YET = "not yet reviewed"
_TEXTS = ("criterion", "reviewer")
_DAYS = ("date", "valid_until")


class BadReviews(ValueError):
    """The file of reviews is not as it must be; all mistakes are named at once."""


@dataclass(frozen=True, slots=True)
class Review:
    """One review of one row; `valid_until` is the last day on which it holds."""

    criterion: str
    reviewer: str
    day: date
    valid_until: date
    remark: str | None = None

    def is_expired(self, on: date) -> bool:
        """Whether it no longer holds on a day."""
        return on > self.valid_until

    def text(self, on: date | None = None) -> str:
        """In words; with a day, whether it has expired by then."""
        ended = on is not None and self.is_expired(on)
        until = f"{'expired' if ended else 'valid until'} {self.valid_until.isoformat()}"
        remark = f": {self.remark}" if self.remark else ""
        return f"{self.reviewer}, {self.day.isoformat()}, {until}{remark}"


def recorded(criteria: Collection[str]) -> tuple[Review, ...]:
    """The reviews on file, of rows with these ids; `BadReviews` if the file is wrong."""
    return read(tables.text("reviews.toml"), criteria)


def read(text: str, criteria: Collection[str]) -> tuple[Review, ...]:
    """The reviews in a text, of rows with these ids; `BadReviews` names every mistake."""
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadReviews(f"reviews.toml is no TOML: {error}") from None
    entries = whole.pop("review", [])
    mistakes = [f"{name}: only [[review]] is known" for name in whole]
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        entries, mistakes = [], [*mistakes, "review: write each as [[review]]"]
    for number, entry in enumerate(entries, 1):
        mistakes += [f"review {number}: {what}" for what in _mistakes(entry, criteria)]
    if mistakes:
        raise BadReviews("reviews.toml: " + "; ".join(mistakes))
    return tuple(
        Review(e["criterion"], e["reviewer"], e["date"], e["valid_until"], e.get("remark"))
        for e in entries
    )


def _mistakes(entry: Mapping[str, object], criteria: Collection[str]) -> Iterator[str]:
    known = {*_TEXTS, *_DAYS, "remark"}
    yield from (f"{name} is not known" for name in entry if name not in known)
    for name in (*_TEXTS, *({"remark"} & set(entry))):
        told = entry.get(name)
        if not isinstance(told, str) or not told.strip():
            yield f"{name} is missing or no text"
    row = entry.get("criterion")
    if isinstance(row, str) and row not in criteria:
        yield f"there is no row {row!r}"
    days = [day for name in _DAYS if (day := _day(entry.get(name))) is not None]
    if len(days) < len(_DAYS):
        yield "date and valid_until must be dates: write 2027-01-15, without quotes"
    elif days[1] < days[0]:
        yield "valid_until is before date"


def _day(found: object) -> date | None:
    """A plain date: a datetime is one too, and is not meant."""
    return found if isinstance(found, date) and not isinstance(found, datetime) else None
