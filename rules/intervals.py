"""
How often a dose is taken: the hours from one dose to the next, and the doses that fit in a time.

Source: FHIR R4, Timing: "frequency times per period", or a code of the rhythm. `criteria.md`,
row dose-schedule: three a day is every 8 hours; what is unclear is not read.
"""

from datetime import timedelta
from fractions import Fraction
from math import ceil

from rules.chart import Between, Bounds, NoValue, Range, Timing
from rules.codes import UCUM
from rules.model import Why
from rules.units import Quantity, Span

# FHIR R4, value set timing-abbreviation: the codes of it that name an interval.
_ABBREVIATION = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
_HOURS_OF_CODE = {
    "Q1H": 1,
    "Q2H": 2,
    "Q3H": 3,
    "Q4H": 4,
    "Q6H": 6,
    "Q8H": 8,
    "QID": 6,
    "TID": 8,
    "BID": 12,
    "QD": 24,
    "QOD": 48,
}
# A month and a year have no fixed number of hours.
_HOURS_OF_UNIT = {
    "s": Fraction(1, 3600),
    "min": Fraction(1, 60),
    "h": Fraction(1),
    "d": Fraction(24),
    "wk": Fraction(168),
}


def hours_between(timing: Timing | None) -> Span | Why:
    """The hours from one dose to the next, or why they cannot be read."""
    if timing is None or timing.has_more:
        return Why.UNREADABLE
    told: set[Span | Why] = set()
    for coding in timing.codings:
        if coding.system == _ABBREVIATION:
            hours = _HOURS_OF_CODE.get(coding.code)
            told.add(Why.UNREADABLE if hours is None else _every(hours))
    repeated = _repeated(timing)
    if repeated is not None:
        told.add(repeated)
    if not told or Why.UNREADABLE in told:
        return Why.UNREADABLE
    return told.pop() if len(told) == 1 else Why.CONFLICTING


def _every(hours: int) -> Span:
    return Span(Fraction(hours), Fraction(hours))


def _repeated(timing: Timing) -> Span | Why | None:
    """What `frequency` times in `period` comes to; None: nothing of it is told."""
    least, shortest = timing.frequency, timing.period
    most = least if timing.frequency_max is None else timing.frequency_max
    longest = shortest if timing.period_max is None else timing.period_max
    if all(part is None for part in (most, longest, timing.unit)):
        return None
    hours = _HOURS_OF_UNIT.get(timing.unit or "")
    if hours is None or least is None or most is None or shortest is None or longest is None:
        return Why.UNREADABLE
    if not (0 < least <= most and 0 < shortest <= longest):
        return Why.UNREADABLE
    return Span(Fraction(shortest) * hours / most, Fraction(longest) * hours / least)


# --- How many fit -------------------------------------------------------------------------------


def doses_within(timing: Timing) -> Span | Why | None:
    """
    How many doses fit in the time that is told, the first at its start.

    None: no time is told, or one without an end. A number that is told (`count`) goes before it.
    """
    if timing.bounds is None:
        return None
    lasts = _hours_of(timing.bounds)
    if lasts is None or isinstance(lasts, Why):
        return lasts
    apart = hours_between(timing)
    if isinstance(apart, Why):
        return apart
    return Span(_fitting(lasts.low, apart.high), _fitting(lasts.high, apart.low))


def _fitting(hours: Fraction | None, apart: Fraction | None) -> Fraction | None:
    return None if hours is None or apart is None else Fraction(ceil(hours / apart))


def _hours_of(bounds: Bounds) -> Span | Why | None:
    match bounds:
        case Quantity():
            hours = _length(bounds)
            return Why.UNREADABLE if hours is None else Span(hours, hours)
        case Range(low=low, high=high):
            ends = [None if end is None else _length(end) for end in (low, high)]
            told = [end for end in (low, high) if end is not None]
            if not told or len(told) > sum(hours is not None for hours in ends):
                return Why.UNREADABLE
            shortest, longest = ends
            if shortest is not None and longest is not None and shortest > longest:
                return Why.UNREADABLE
            return None if longest is None else Span(shortest, longest)
        case Between():
            return _between(bounds)
        case NoValue():
            return Why.UNREADABLE


def _length(quantity: Quantity) -> Fraction | None:
    """Hours, by the UCUM code of the unit."""
    unit = quantity.code if quantity.code is not None else quantity.unit
    hours = _HOURS_OF_UNIT.get(unit or "")
    if hours is None or quantity.system not in (UCUM, None):
        return None
    if quantity.comparator is not None or quantity.value <= 0:
        return None
    return Fraction(quantity.value) * hours


def _between(bounds: Between) -> Span | Why | None:
    """From date to date; of a date without a time any hour of the day."""
    start, end = bounds.start, bounds.end
    if start is None or end is None:
        return None
    if start.at and end.at and (start.at.tzinfo is None) == (end.at.tzinfo is None):
        exact = _in_hours(end.at - start.at)
        return Why.UNREADABLE if exact < 0 else Span(exact, exact)
    shortest = _in_hours(end.first - start.last - timedelta(1))
    longest = _in_hours(end.last - start.first + timedelta(1))
    return Why.UNREADABLE if longest <= 0 else Span(max(shortest, Fraction(0)), longest)


def _in_hours(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(seconds=1), 3600)
