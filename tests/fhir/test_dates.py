"""FHIR dates as the interval they name (R4 datatypes: date, dateTime, instant)."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.fhir import dates


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("2026", "2026-01-01", "2026-12-31", id="year"),
        pytest.param("2026-11", "2026-11-01", "2026-11-30", id="month of 30 days"),
        pytest.param("2026-12", "2026-12-01", "2026-12-31", id="month of 31 days"),
        pytest.param("2026-02", "2026-02-01", "2026-02-28", id="February"),
        pytest.param("2024-02", "2024-02-01", "2024-02-29", id="February of a leap year"),
        pytest.param("2026-11-24", "2026-11-24", "2026-11-24", id="day"),
        pytest.param("2024-02-29", "2024-02-29", "2024-02-29", id="leap day"),
        pytest.param("2000-02-29", "2000-02-29", "2000-02-29", id="leap day of 2000"),
        pytest.param("1926-11-24", "1926-11-24", "1926-11-24", id="a hundred years ago"),
        pytest.param(" 2026-11-24\n", "2026-11-24", "2026-11-24", id="white space around it"),
        pytest.param("0001-01-01", "0001-01-01", "0001-01-01", id="the first day there is"),
        pytest.param("9999-12", "9999-12-01", "9999-12-31", id="the last month there is"),
    ],
)
def test_a_plain_date_is_the_days_it_names(text: str, first: str, last: str) -> None:
    read = dates.read(text)
    assert read is not None
    assert (read.first, read.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert read.at is None
    assert read.text == text.strip()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2026-11-24T09:30:00Z", "2026-11-24T09:30:00+00:00", id="UTC"),
        pytest.param("2026-11-24T09:30:00z", "2026-11-24T09:30:00+00:00", id="UTC, small z"),
        pytest.param("2026-11-24T09:30:00-05:00", "2026-11-24T09:30:00-05:00", id="offset"),
        pytest.param("2026-11-24T09:30:00+13:00", "2026-11-24T09:30:00+13:00", id="far east"),
        pytest.param("2026-11-24T09:30:00+0530", "2026-11-24T09:30:00+05:30", id="no colon"),
        pytest.param("2026-11-24T09:30:00", "2026-11-24T09:30:00", id="no zone"),
        pytest.param("2026-11-24T09:30Z", "2026-11-24T09:30:00+00:00", id="no seconds"),
        pytest.param("2026-11-24T09:30", "2026-11-24T09:30:00", id="neither"),
        pytest.param("2026-11-24 09:30:00Z", "2026-11-24T09:30:00+00:00", id="a space for the T"),
        pytest.param("2026-11-24T09:30:00.5Z", "2026-11-24T09:30:00.5+00:00", id="tenths"),
        pytest.param(
            "2026-11-24T09:30:00.123456789Z", "2026-11-24T09:30:00.123456+00:00", id="nanoseconds"
        ),
        pytest.param("2026-11-24T00:00:00Z", "2026-11-24T00:00:00+00:00", id="midnight"),
        pytest.param("2026-11-24T23:59:59Z", "2026-11-24T23:59:59+00:00", id="last second"),
        pytest.param("2024-02-29T12:00:00Z", "2024-02-29T12:00:00+00:00", id="leap day"),
    ],
)
def test_a_time_is_an_instant_and_the_day_written_in_it(text: str, instant: str) -> None:
    read = dates.read(text)
    assert read is not None
    assert read.at == _at(instant)
    assert read.at.utcoffset() == _at(instant).utcoffset()
    assert read.first == read.last == date.fromisoformat(text[:10])
    assert read.text == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("   ", id="white space"),
        pytest.param("yesterday", id="a word"),
        pytest.param("24.11.2026", id="German"),
        pytest.param("11/24/2026", id="American"),
        pytest.param("20261124", id="no hyphens"),
        pytest.param("2026-1-5", id="one digit"),
        pytest.param("26-11-24", id="two digits of a year"),
        pytest.param("02026-11-24", id="five digits of a year"),
        pytest.param("2026-W48", id="week"),
        pytest.param("2026-329", id="day of the year"),
        pytest.param("0000", id="year 0000"),
        pytest.param("0000-01", id="a month of the year 0000"),
        pytest.param("0000-01-01", id="a day of the year 0000"),
        pytest.param("2026-00", id="month 0"),
        pytest.param("2026-13", id="month 13"),
        pytest.param("2026-13-01", id="a day of month 13"),
        pytest.param("2026-11-00", id="day 0"),
        pytest.param("2026-11-31", id="31 November"),
        pytest.param("2026-02-29", id="leap day of no leap year"),
        pytest.param("1900-02-29", id="leap day of 1900"),
        pytest.param("2026-11-24Z", id="a zone and no time"),
        pytest.param("2026-11-24T", id="T and no time"),
        pytest.param("2026-11-24T09", id="an hour alone"),
        pytest.param("2026-11T09:30:00Z", id="a time of a month"),
        pytest.param("2026-11-24T24:00:00Z", id="hour 24"),
        pytest.param("2026-11-24T25:00:00Z", id="hour 25"),
        pytest.param("2026-11-24T09:60:00Z", id="minute 60"),
        pytest.param("2026-11-24T09:30:61Z", id="second 61"),
        pytest.param("2026-11-24T09:30:00+25:00", id="offset of 25 hours"),
        pytest.param("2026-11-24T09:30:00 CET", id="a zone by name"),
        pytest.param("2026-11-24T09:30:00.Z", id="a dot and no fraction"),
        pytest.param("2026-11-24/2026-11-25", id="two days"),
        pytest.param("2026-11-24T09:30:00." + "1" * 25 + "Z", id="46 characters"),
        pytest.param("9" * 5000, id="5000 digits"),
        pytest.param("-2026", id="before Christ"),
        pytest.param("\u0662\u0660\u0662\u0666-11-24", id="digits of another script"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.read(text) is None


@given(st.text(alphabet="0123456789-:.TZ+ ", max_size=45))
def test_no_text_raises_and_every_date_has_its_days_in_order(text: str) -> None:
    read = dates.read(text)
    assert read is None or read.first <= read.last


_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=_offsets))
def test_every_instant_is_read_back(at: datetime) -> None:
    read = dates.read(at.isoformat())
    assert read is not None
    assert read.at == at
    assert read.first == at.date()
