"""
The arithmetic of an aldesleukin dose, exact, and a dose in words.

Source: `rules/data/units.csv`: mg and IU by the pair of the label, 600,000 IU/kg = 0.037 mg/kg.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from rules import units
from rules.chart import Dosage, Range
from rules.codes import UCUM
from rules.model import Why
from rules.units import Analyte, Quantity, Span
from rules.values import span_of_value

BY_KILOGRAM, WHOLE = units.ALDESLEUKIN_DOSE_PER_KG, units.ALDESLEUKIN_DOSE

# The units that are written one for another, and what they are called.
_MISTAKEN = {
    BY_KILOGRAM: {"mg/kg": "mg/kg", "[IU]/kg": "IU/kg", "M[IU]/kg": "million IU/kg"},
    WHOLE: {"mg": "mg", "[IU]": "IU", "M[IU]": "million IU"},
}


def read_dose(dose: Quantity | Range) -> tuple[Analyte, Span] | Why:
    """What a dose comes to in IU/kg, or in IU where it is not told by kilogram."""
    found: list[Why] = []
    for analyte, other in ((BY_KILOGRAM, WHOLE), (WHOLE, BY_KILOGRAM)):
        read = span_of_value(dose, analyte)
        if isinstance(read, Span):
            return Why.UNIT_UNKNOWN if _has_words_of(other, dose) else (analyte, read)
        found.append(read)
    return Why.UNREADABLE if Why.UNREADABLE in found else Why.UNIT_UNKNOWN


def _has_words_of(other: Analyte, dose: Quantity | Range) -> bool:
    """Whether the text of the unit says by kilogram where its code does not, or the reverse."""
    ends = (dose,) if isinstance(dose, Quantity) else (dose.low, dose.high)
    return any(
        end is not None and end.unit is not None and units.span(other, _without_code(end))
        for end in ends
    )


def _without_code(quantity: Quantity) -> Quantity:
    return replace(quantity, system=None, code=None)


def in_mistaken_units(dose: Quantity | Range) -> Iterator[tuple[str, Analyte, Span]]:
    """The same number in the other units, where the unit of the dose is one that is known."""
    if not isinstance(dose, Quantity):
        return
    for analyte, names in _MISTAKEN.items():
        own = units.span(analyte, dose)
        if own is None:
            continue
        for unit, name in names.items():
            other = replace(dose, unit=unit, system=UCUM, code=unit)
            read = span_of_value(other, analyte)
            if isinstance(read, Span) and read != own:
                yield name, analyte, read


def by_weight(dose: Span, kilograms: Span) -> Span:
    """Every dose by kilogram that a dose and a weight allow."""
    low, high = dose.low, dose.high
    return Span(
        low / kilograms.high if low is not None and kilograms.high is not None else None,
        high / kilograms.low if high is not None and kilograms.low is not None else None,
        dose.low_open or kilograms.high_open,
        dose.high_open or kilograms.low_open,
    )


def number(value: Fraction) -> str:
    """`600,000`; a fraction to one decimal, to more where that would look like a whole number."""
    if value.denominator == 1:
        return f"{int(value):,}"
    digits = next((n for n in range(1, 7) if round(value, n).denominator != 1), 6)
    return f"{float(value):,.{digits}f}"


def in_words(values: Span) -> str:
    """`600,000`, `500,000 to 700,000`, `at most 600,000`."""
    low = None if values.low is None else number(values.low)
    high = None if values.high is None else number(values.high)
    if low is None:
        return f"at most {high}" if high is not None else "of any size"
    if high is None:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def counted(dosages: Iterable[Dosage]) -> tuple[int, int]:
    """At least and at most so many doses in all, of the dosages that tell their number."""
    timings = [one.timing for one in dosages if one.timing is not None]
    least = sum(one.count or 0 for one in timings)
    return least, sum(one.count_max or one.count or 0 for one in timings)


def follow_each_other(dosages: Sequence[Dosage]) -> bool:
    """FHIR, Dosage.sequence: the same number is at the same time; none tells nothing."""
    places = {one.sequence for one in dosages}
    return None not in places and len(places) == len(dosages)
