"""
How much aspirin a day an entry tells: criteria.md, section L, "aspirin <= 100 mg/day".

Only what is certain bounds the dose; what is not told leaves it open.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from rules.case import Case
from rules.chart import Dosage, Drug, Kind, Range, Timing
from rules.codes import ValueSet
from rules.drugs import is_only
from rules.units import Quantity, Span

_OPEN = Span(Fraction(0), None)
_NAMES = ("aspirin", "acetylsalicylic acid")


def is_aspirin(drug: Drug, classes: Sequence[ValueSet]) -> bool:
    """Whether all that makes a medicine one of the classes is aspirin."""
    return is_only(drug, classes, _NAMES)


def mg_a_day(case: Case, drug: Drug, all_aspirin: Sequence[Drug]) -> Span:
    """
    The aspirin of a day, in mg, by the doses told; given doses of one day are added up.

    Several instructions, and several entries, may follow or join each other: at least the largest,
    at most all. The same one twice (ordered, and reported) is one.
    """
    if drug.kind is Kind.MEDICATION_ADMINISTRATION:
        return _given_that_day(case, drug, all_aspirin)
    taken = [one for one in all_aspirin if one.kind is not Kind.MEDICATION_ADMINISTRATION]
    distinct = {(one.codings, one.texts, one.dosages): one for one in taken}.values()
    return Span(_by_instructions(drug).low, _sum_of_highs([*map(_by_instructions, distinct)]))


def _by_instructions(drug: Drug) -> Span:
    """What the instructions of one entry come to in a day."""
    doses = [_a_day(one, _strength(drug)) for one in drug.dosages]
    return Span(max(map(_low, doses)), _sum_of_highs(doses)) if doses else _OPEN


def _given_that_day(case: Case, drug: Drug, all_aspirin: Sequence[Drug]) -> Span:
    day = case.days(drug.when) if drug.when else None
    doses = [
        _amount(dosage, _strength(one))
        for one in all_aspirin
        if one.kind is drug.kind and one.when and case.days(one.when) == day
        for dosage in one.dosages or (None,)
    ]
    return Span(sum(map(_low, doses), Fraction(0)), _sum_of_highs(doses)) if doses else _OPEN


def _low(one: Span) -> Fraction:
    return one.low or Fraction(0)


def _sum_of_highs(doses: Sequence[Span]) -> Fraction | None:
    highs = [one.high for one in doses if one.high is not None]
    return sum(highs, Fraction(0)) if len(highs) == len(doses) else None


def _a_day(dosage: Dosage, strength: Fraction | None) -> Span:
    """The doses of a day on which it is taken: at least one, where it is taken as needed."""
    amount = _amount(dosage, strength)
    times = _times_a_day(dosage.timing) if dosage.timing else None
    if times is None or amount.high is None:
        return Span(amount.low, None)
    least = 1 if dosage.is_as_needed else times[0]
    return Span(_low(amount) * least, amount.high * times[1])


# --- One dose ---------------------------------------------------------------------------------

_MG = frozenset({"mg", "milligram", "milligrams"})
_PIECES = frozenset(
    {
        *("tablet", "tablets", "tab", "tabs", "{tbl}", "{tablet}", "tablet(s)"),
        *("capsule", "capsules", "cap", "caps", "{capsule}", "capsule(s)"),
    }
)


def _amount(dosage: Dosage | None, strength: Fraction | None) -> Span:
    """A dose in mg; in tablets by their strength."""
    match dosage.dose if dosage else None:
        case Quantity() as one:
            low, high = _mg(one, strength), _mg(one, strength)
        case Range(low=Quantity() as least, high=Quantity() as most):
            low, high = _mg(least, strength), _mg(most, strength)
        case _:
            return _OPEN
    return _OPEN if low is None or high is None or low > high else Span(low, high)


def _mg(dose: Quantity, strength: Fraction | None) -> Fraction | None:
    units = {unit.casefold() for unit in (dose.code, dose.unit) if unit}
    if dose.comparator is not None or not units or dose.value <= 0:
        return None
    if units <= _MG:
        return Fraction(dose.value)
    if units <= _PIECES and strength is not None:
        return Fraction(dose.value) * strength
    return None


# "aspirin 81 MG Oral Tablet"; not the end of "81-40 mg", nor "81 mg/mL"
_STRENGTH = re.compile(r"(?<![\d.,/-])(\d+(?:\.\d+)?) ?mg\b(?!/)", re.IGNORECASE)


def _strength(drug: Drug) -> Fraction | None:
    """The strength that all names of the product agree on."""
    names = [*drug.texts, *(code.display for found in drug.listed for code in found)]
    told = {Fraction(number) for name in names for number in _STRENGTH.findall(name)}
    return told.pop() if len(told) == 1 else None


# --- How often --------------------------------------------------------------------------------

_HOURS = {"h": Fraction(1), "d": Fraction(24)}


def _times_a_day(timing: Timing) -> tuple[Fraction, Fraction] | None:
    """At least and at most so many times, where it is told for a day or less; None: it is not."""
    unit, often = _HOURS.get(timing.unit or ""), timing.frequency
    if timing.has_more or unit is None or not often or not timing.period:
        return None
    counts = (often, timing.frequency_max or often)
    hours = [unit * Fraction(one) for one in (timing.period, timing.period_max or timing.period)]
    if min(counts) <= 0 or min(hours) <= 0 or max(hours) > _HOURS["d"]:
        return None
    return min(counts) * _HOURS["d"] / max(hours), max(counts) * _HOURS["d"] / min(hours)
