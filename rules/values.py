"""
What a value says: all numbers that a result allows, or why it cannot be read; a finding stated.

Source: `criteria.md`, "Which entry counts", rules 5 and 6.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from rules import codes, units
from rules.chart import Coded, Entry, Observation, Range, ReferenceRange, Value
from rules.codes import Match, Verdict
from rules.model import Outcome, Why
from rules.select import trouble_of
from rules.units import Analyte, Quantity, Span


def span_of(entry: Observation, of: Analyte) -> Span | Why:
    """The values that a result allows in the analyte's unit, or why it cannot be read."""
    return span_of_value(entry.value, of, entry.ranges)


def span_of_value(value: Value, of: Analyte, ranges: Sequence[ReferenceRange] = ()) -> Span | Why:
    """The same for a value that is no result, such as a dose."""
    found: Span | None
    match value:
        case Quantity(unit=None, code=None) as bare if of.unit == "{score}":
            found = units.span(of, replace(bare, unit=of.unit))  # a score needs no unit
        case Quantity() as quantity:
            found = _by_reference(of, quantity, ranges)
        case bool():
            return Why.UNREADABLE
        case int() as whole if of.unit == "{score}":
            found = Span(Fraction(whole), Fraction(whole))
        case int():
            return Why.UNIT_UNKNOWN
        case Range(low=low, high=high):
            return _range_span(of, low, high)
        case _:
            return Why.UNREADABLE
    if found is None:
        return Why.UNIT_UNKNOWN
    return found if units.is_plausible(of, found) else Why.UNREADABLE


def values_of(entry: Entry, verdict: Verdict, of: Analyte) -> Span | Why:
    """The values that an entry found by `fitting` allows, or why it cannot be used."""
    if not isinstance(entry, Observation):
        return Why.UNCLASSIFIED  # one that had to be skipped
    return trouble_of(entry, verdict) or span_of(entry, of)


def _by_reference(of: Analyte, quantity: Quantity, ranges: Sequence[ReferenceRange]) -> Span | None:
    """
    As `units.span`, with the laboratory's upper limits: of haemoglobin they tell which mmol/L.

    All of them must tell the same, whomever they are for; else the unit is not known.
    """
    told = {one.high for one in ranges if one.high is not None}
    highs: set[Quantity | None] = {*told} or {None}
    spans = {units.span(of, quantity, high) for high in highs}
    return spans.pop() if len(spans) == 1 else None


def _range_span(of: Analyte, low: Quantity | None, high: Quantity | None) -> Span | Why:
    low_span = units.span(of, low) if low else Span(None, None)
    high_span = units.span(of, high) if high else Span(None, None)
    if low_span is None or high_span is None:
        return Why.UNIT_UNKNOWN
    if low is None and high is None:
        return Why.UNREADABLE
    both = Span(low_span.low, high_span.high)
    if both.low is not None and both.high is not None and both.low > both.high:
        return Why.UNREADABLE
    return both if units.is_plausible(of, both) else Why.UNREADABLE


def decide(answer: bool | None) -> Outcome | Why:
    """A number that falls on both sides of a limit is not readable enough."""
    if answer is None:
        return Why.UNREADABLE
    return Outcome.MET if answer else Outcome.NOT_MET


def states(entry: Entry) -> bool | None:
    """Whether an Observation coded as a finding states it present, absent (rule 6), or neither."""
    value = entry.value if isinstance(entry, Observation) else None
    if isinstance(value, bool):
        return value
    if isinstance(value, Coded):
        if codes.judge(value.listed, codes.RESULT_NEGATIVE).match is Match.DECIDES:
            return False
        if codes.judge(value.listed, codes.RESULT_POSITIVE).match is Match.DECIDES:
            return True
    return None
