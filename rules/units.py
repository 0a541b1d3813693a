"""
Quantities and their exact conversion.

Source: `rules/data/units.csv` (value + add_before) x multiply_by, and `plausible-ranges.csv`.
Values and factors are fractions: what is on a limit stays on its side.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache

from rules.codes import UCUM
from rules.tables import rows


@dataclass(frozen=True, slots=True)
class Analyte:
    """A measured thing of units.csv, with the unit all its values are brought to."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A FHIR Quantity as it was written: the value with its own decimals, unit text and code."""

    value: Decimal
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """All values a result allows, in the canonical unit; `None` is without bound."""

    low: Fraction | None
    high: Fraction | None
    low_open: bool = False
    high_open: bool = False

    def allows(self, value: Fraction | int) -> bool:
        """Whether a value is one of those allowed."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = (
            self.high is None or value < self.high or (value == self.high and not self.high_open)
        )
        return above and below

    def is_at_most(self, limit: Fraction) -> bool | None:
        """Whether all allowed values are <= limit; None where they fall on both sides."""
        if self.high is not None and self.high <= limit:
            return True
        if self.low is not None and (self.low > limit or (self.low == limit and self.low_open)):
            return False
        return None

    def is_at_least(self, limit: Fraction) -> bool | None:
        """Whether all allowed values are >= limit; None where they fall on both sides."""
        if self.low is not None and self.low >= limit:
            return True
        if self.high is not None and (self.high < limit or (self.high == limit and self.high_open)):
            return False
        return None


@dataclass(frozen=True, slots=True)
class _Conversion:
    add: Fraction
    multiply: Fraction

    def __call__(self, value: Decimal) -> Fraction:
        return (Fraction(value) + self.add) * self.multiply


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of an analyte: by UCUM code, by their text, by their text in small letters."""

    canonical: str
    by_code: dict[str, _Conversion] = field(default_factory=dict)
    by_text: dict[str, _Conversion] = field(default_factory=dict)
    by_small_letters: dict[str, _Conversion] = field(default_factory=dict)

    def of_text(self, text: str) -> _Conversion | None:
        """The conversion of a unit in words: as it is written, or where letters may be small."""
        return self.by_text.get(text) or self.by_small_letters.get(text.casefold())


@cache
def _units() -> dict[str, _Units]:
    table: dict[str, _Units] = {}
    for row in rows("units"):
        entry = table.setdefault(row["analyte"], _Units(row["canonical_unit"]))
        conversion = _Conversion(Fraction(row["add_before"]), _factor(row["multiply_by"]))
        if row["kind"] == "ucum":
            entry.by_code[row["unit"]] = conversion
        elif "(case-folded)" in row["verified_from"]:
            entry.by_small_letters[row["unit"].casefold()] = conversion
        else:
            entry.by_text[row["unit"]] = conversion
    for name, unit in _PLAIN.items():
        table[name] = _Units(unit)
        table[name].by_code[unit] = _Conversion(Fraction(0), Fraction(1))
    return table


# What a rule limits though it is no result: a number of the rule is told in this unit alone.
_PLAIN = {"age": "years", "aspirin of a day": "mg", "difference of a dose": "%"}


def _factor(text: str) -> Fraction:
    """`1/88.4` as an exact fraction."""
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below) if below else Fraction(above)


@cache
def _ranges() -> dict[str, tuple[Fraction, Fraction]]:
    return {
        row["analyte"]: (Fraction(row["low"]), Fraction(row["high"]))
        for row in rows("plausible-ranges")
    }


def analyte(name: str) -> Analyte:
    """The analyte of this name; `ValueError` where units.csv has none."""
    if name not in _units():
        raise ValueError(f"no analyte {name!r} in rules/data/units.csv")
    return Analyte(name, _units()[name].canonical)


def limit(of: Analyte, number: str, unit: str) -> Fraction:
    """
    A limit of a rule in the canonical unit.

    `ValueError` if the unit does not fit the analyte, so that a wrong rule fails on import.
    """
    conversion = _conversion(of, Quantity(Decimal(number), unit=unit, system=UCUM, code=unit))
    if conversion is None:
        raise ValueError(f"{unit!r} is no unit of {of.name} in rules/data/units.csv")
    return conversion(Decimal(number))


def in_unit(of: Analyte, value: Fraction, unit: str) -> Fraction | None:
    """
    A value in the canonical unit, told in another one; None: the unit is not known.

    Of haemoglobin in mmol/L it is not known which of two it is.
    """
    if _is_ambiguous(of, {unit}):
        return None
    conversion = _conversion(of, Quantity(Decimal(0), unit=unit, code=unit))
    return None if conversion is None else value / conversion.multiply - conversion.add


def _conversion(of: Analyte, quantity: Quantity) -> _Conversion | None:
    """The UCUM code decides, else the exact text; both, and different: none."""
    known = _units()[of.name]
    from_code = None
    if quantity.code is not None:
        if quantity.system in (UCUM, None):
            from_code = known.by_code.get(quantity.code)
        from_code = from_code or known.of_text(quantity.code)
        if from_code is None and quantity.system == UCUM:
            return None
    from_unit = None
    if quantity.unit is not None:
        from_unit = known.of_text(quantity.unit) or known.by_code.get(quantity.unit)
    if from_code is not None and from_unit is not None and from_code != from_unit:
        return None
    return from_code or from_unit


def span(of: Analyte, quantity: Quantity, reference_high: Quantity | None = None) -> Span | None:
    """
    The values that a result allows, in the canonical unit; None: its unit is not known.

    `reference_high` is the upper end of the laboratory's range, needed for haemoglobin in
    mmol/L only. Never guesses a unit from the size of a value.
    """
    told = {quantity.code, quantity.unit} - {None}
    if _is_ambiguous(of, told):
        # a code and a text that differ contradict each other
        conversion = _haemoglobin_mmol(reference_high) if len(told) == 1 else None
    else:
        conversion = _conversion(of, quantity)
    if conversion is None:
        return None
    value = conversion(quantity.value)
    match quantity.comparator:
        case None:
            return Span(value, value)
        case "<":
            return Span(None, value, high_open=True)
        case "<=":
            return Span(None, value)
        case ">":
            return Span(value, None, low_open=True)
        case ">=":
            return Span(value, None)
        case _:
            return Span(None, None)


def _is_ambiguous(of: Analyte, told: Collection[str | None]) -> bool:
    """Haemoglobin in mmol/L: of the monomer, or of the tetramer."""
    return of.name == "haemoglobin" and "mmol/L" in told


# units.csv, remark at haemoglobin mmol/L: monomer (upper limit about 10-11) 1.6114, tetramer
# (upper limit about 2.5-2.8) 6.4516; without a reference range the unit stays unknown.
_MONOMER = (_Conversion(Fraction(0), Fraction("1.6114")), Fraction(10), Fraction(11))
_TETRAMER = (_Conversion(Fraction(0), Fraction("6.4516")), Fraction("2.5"), Fraction("2.8"))


def _haemoglobin_mmol(reference_high: Quantity | None) -> _Conversion | None:
    if reference_high is None or "mmol/L" not in (reference_high.code, reference_high.unit):
        return None
    high = Fraction(reference_high.value)
    for conversion, low_end, high_end in (_MONOMER, _TETRAMER):
        # "about": half the width of the range more on either side
        slack = (high_end - low_end) / 2
        if low_end - slack <= high <= high_end + slack:
            return conversion
    return None


def is_plausible(of: Analyte, value: Span) -> bool:
    """Whether the numbers that were written lie in plausible-ranges.csv (P)."""
    if of.name not in _ranges():
        return True
    low, high = _ranges()[of.name]
    return all(low <= end <= high for end in (value.low, value.high) if end is not None)


AGE = analyte("age")
ASPIRIN_OF_A_DAY = analyte("aspirin of a day")
DOSE_DIFFERENCE = analyte("difference of a dose")
ALDESLEUKIN_DOSE = analyte("aldesleukin dose")
ALDESLEUKIN_DOSE_PER_KG = analyte("aldesleukin dose per kg")
ALT = analyte("ALT")
AST = analyte("AST")
BILIRUBIN = analyte("bilirubin total")
BLOOD_PRESSURE = analyte("systolic/diastolic BP")
CREATININE = analyte("creatinine")
CREATININE_CLEARANCE = analyte("creatinine clearance")
ECOG = analyte("ECOG")
FEV1 = analyte("FEV1")
FEV1_PERCENT = analyte("FEV1 percent predicted")
FIO2 = analyte("FiO2")
GLASGOW = analyte("Glasgow coma score")
HAEMOGLOBIN = analyte("haemoglobin")
INR = analyte("INR")
KARNOFSKY = analyte("Karnofsky")
LDH = analyte("LDH")
LEUKOCYTES = analyte("leukocytes")
LVEF = analyte("LVEF")
NEUTROPHILS = analyte("neutrophils absolute")
OXYGEN_FLOW = analyte("oxygen flow")
PAO2 = analyte("PaO2")
PLATELETS = analyte("platelets")
POTASSIUM = analyte("potassium")
SODIUM = analyte("sodium")
SPO2 = analyte("SpO2")
TEMPERATURE = analyte("body temperature")
TUMOUR_SIZE = analyte("tumour size")
WEIGHT = analyte("body weight")
