"""
How often a dose is taken: the hours from one dose to the next.

Source: FHIR R4, Timing: "frequency times per period", or a code of the rhythm. `criteria.md`,
row dose-schedule: three a day is every 8 hours; what is unclear is not read.
"""

from fractions import Fraction

from rules.chart import Timing
from rules.model import Why
from rules.units import Span

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
