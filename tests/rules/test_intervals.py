"""How often a dose is taken: by frequency and period, or by a code of FHIR R4."""

from decimal import Decimal
from fractions import Fraction

import pytest

from rules import codes
from rules.chart import Timing
from rules.intervals import hours_between
from rules.model import Why
from rules.units import Span

R4 = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


def _repeat(
    frequency: int | None,
    period: str | None,
    unit: str | None,
    *,
    most: int | None = None,
    longest: str | None = None,
    code: str | None = None,
    has_more: bool = False,
) -> Timing:
    return Timing(
        frequency=frequency,
        frequency_max=most,
        period=None if period is None else Decimal(period),
        period_max=None if longest is None else Decimal(longest),
        unit=unit,
        codings=() if code is None else (codes.coding(R4, code),),
        has_more=has_more,
    )


def _coded(*found: str, system: str = R4) -> Timing:
    return Timing(codings=tuple(codes.coding(system, code) for code in found))


def _hours(low: str, high: str | None = None) -> Span:
    return Span(Fraction(low), Fraction(high or low))


@pytest.mark.parametrize(
    ("timing", "expected"),
    [
        pytest.param(_repeat(1, "8", "h"), _hours("8"), id="once in 8 h"),
        pytest.param(_repeat(3, "1", "d"), _hours("8"), id="three a day"),
        pytest.param(_repeat(3, "24", "h"), _hours("8"), id="three in 24 h"),
        pytest.param(_repeat(1, "480", "min"), _hours("8"), id="in minutes"),
        pytest.param(_repeat(1, "28800", "s"), _hours("8"), id="in seconds"),
        pytest.param(_repeat(1, "1", "wk"), _hours("168"), id="once a week"),
        pytest.param(_repeat(2, "1", "d"), _hours("12"), id="twice a day"),
        pytest.param(_repeat(1, "8", "h", longest="12"), _hours("8", "12"), id="8 to 12 h"),
        pytest.param(_repeat(2, "1", "d", most=3), _hours("8", "12"), id="two or three a day"),
        # By a code
        pytest.param(_coded("Q8H"), _hours("8"), id="Q8H"),
        pytest.param(_coded("TID"), _hours("8"), id="TID"),
        pytest.param(_coded("BID"), _hours("12"), id="BID"),
        pytest.param(_coded("Q8H", "TID"), _hours("8"), id="two codes that agree"),
        pytest.param(_repeat(3, "1", "d", code="TID"), _hours("8"), id="a code that agrees"),
        # Contradictions
        pytest.param(_coded("Q8H", "BID"), Why.CONFLICTING, id="two codes that differ"),
        pytest.param(_repeat(1, "12", "h", code="TID"), Why.CONFLICTING, id="a code that differs"),
        # Not read
        pytest.param(None, Why.UNREADABLE, id="no timing"),
        pytest.param(Timing(), Why.UNREADABLE, id="an empty timing"),
        pytest.param(_coded("AM"), Why.UNREADABLE, id="a code that names no interval"),
        pytest.param(_coded("q8h"), Why.UNREADABLE, id="small letters are another code"),
        pytest.param(_coded("Q8H", system="urn:local"), Why.UNREADABLE, id="a site's own code"),
        pytest.param(_repeat(1, "8", "h", code="WK"), Why.UNREADABLE, id="beside such a code"),
        pytest.param(_repeat(1, "8", "h", has_more=True), Why.UNREADABLE, id="and at set times"),
        pytest.param(_repeat(None, "8", "h"), Why.UNREADABLE, id="no frequency"),
        pytest.param(_repeat(3, None, None), Why.UNREADABLE, id="no period"),
        pytest.param(_repeat(None, None, "h"), Why.UNREADABLE, id="only a unit"),
        pytest.param(_repeat(None, None, None, most=3), Why.UNREADABLE, id="only the most"),
        pytest.param(_repeat(1, "8", None), Why.UNREADABLE, id="no unit"),
        pytest.param(_repeat(1, "8", "hours"), Why.UNREADABLE, id="another unit"),
        pytest.param(_repeat(1, "1", "mo"), Why.UNREADABLE, id="a month has no fixed hours"),
        pytest.param(_repeat(0, "8", "h"), Why.UNREADABLE, id="never"),
        pytest.param(_repeat(1, "0", "h"), Why.UNREADABLE, id="in no time"),
        pytest.param(_repeat(3, "1", "d", most=2), Why.UNREADABLE, id="the most is less"),
        pytest.param(_repeat(3, "1", "d", most=0), Why.UNREADABLE, id="the most is none"),
        pytest.param(_repeat(1, "8", "h", longest="0"), Why.UNREADABLE, id="the longest is none"),
        pytest.param(_repeat(1, "8", "h", longest="6"), Why.UNREADABLE, id="the longest is less"),
    ],
)
def test_the_hours_between_two_doses(timing: Timing | None, expected: Span | Why) -> None:
    assert hours_between(timing) == expected
