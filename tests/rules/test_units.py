"""Exact conversion, and what is not converted (criteria.md, "Which entry counts", rule 5)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import units
from rules.codes import UCUM
from rules.tables import rows
from rules.units import Analyte, Quantity, Span, analyte, is_plausible, limit, span

CREATININE, PLATELETS, LVEF = units.CREATININE, units.PLATELETS, units.LVEF
HAEMOGLOBIN = analyte("haemoglobin")


def _coded(number: str, unit: str, comparator: str | None = None) -> Quantity:
    return Quantity(Decimal(number), unit, UCUM, unit, comparator)


def _worded(number: str, unit: str) -> Quantity:
    return Quantity(Decimal(number), unit)


def _exactly(number: str | Fraction) -> Span:
    return Span(Fraction(number), Fraction(number))


# Conversion ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "number", "unit", "expected"),
    [
        ("creatinine", "1.5", "mg/dL", "1.5"),
        ("creatinine", "132.6", "umol/L", "1.5"),
        ("creatinine", "0.1326", "mmol/L", "1.5"),
        ("creatinine", "15", "mg/L", "1.5"),
        ("creatinine", "88.4", "umol/L", "1"),
        ("creatinine", "100", "umol/L", Fraction(1000, 884)),
        ("bilirubin total", "25.7", "umol/L", "1.50258134"),
        ("platelets", "100", "10*9/L", "100"),
        ("platelets", "100000", "/uL", "100"),
        ("platelets", "99999", "/uL", "99.999"),
        ("haemoglobin", "90", "g/L", "9"),
        ("LVEF", "0.6", "1", "60"),
        ("LVEF", "55", "%", "55"),
        ("body temperature", "100.5", "[degF]", Fraction(685, 18)),
        ("body temperature", "212", "[degF]", "100"),
        ("body temperature", "310.15", "K", "37"),
        ("tumour size", "0.8", "cm", "8"),
        ("tumour size", "8", "mm", "8"),
        ("creatinine clearance", "1", "mL/s", "60"),
        ("Glasgow coma score", "15", "{score}", "15"),
        ("ECOG", "1", "1", "1"),
        ("aldesleukin dose per kg", "0.037", "mg/kg", "600000"),
    ],
)
def test_a_value_is_converted_exactly(
    of: str, number: str, unit: str, expected: str | Fraction
) -> None:
    assert span(analyte(of), _coded(number, unit)) == _exactly(expected)
    assert limit(analyte(of), number, unit) == Fraction(expected)


@pytest.mark.parametrize(
    ("number", "is_met"),
    [("132.6", True), ("132.60", True), ("132.7", False), ("132.60000001", False)],
)
def test_what_is_on_the_limit_stays_on_its_side(number: str, is_met: bool) -> None:
    found = span(CREATININE, _coded(number, "umol/L"))
    assert found is not None
    assert found.is_at_most(limit(CREATININE, "1.5", "mg/dL")) is is_met


@pytest.mark.parametrize(("number", "is_met"), [("25.6", True), ("25.7", False)])
def test_bilirubin_of_the_boundary_table(number: str, is_met: bool) -> None:
    bilirubin = analyte("bilirubin total")
    found = span(bilirubin, _coded(number, "umol/L"))
    assert found is not None
    assert found.is_at_most(limit(bilirubin, "1.5", "mg/dL")) is is_met


_UNITS = [row for row in rows("units") if not row["unit"].startswith("(")]


def test_every_row_of_the_table_converts_as_it_says() -> None:
    for row in _UNITS:
        if (row["analyte"], row["unit"]) == ("haemoglobin", "mmol/L"):
            continue
        above, _, below = row["multiply_by"].partition("/")
        factor = Fraction(above) / Fraction(below or "1")
        expected = _exactly((Fraction(7) + Fraction(row["add_before"])) * factor)
        of = analyte(row["analyte"])
        assert span(of, _worded("7", row["unit"])) == expected, row
        if row["kind"] == "ucum":
            assert span(of, _coded("7", row["unit"])) == expected, row


@given(
    row=st.sampled_from(_UNITS),
    one=st.decimals(-1000, 1000, places=4),
    other=st.decimals(-1000, 1000, places=4),
)
def test_conversion_keeps_the_order_of_values(
    row: dict[str, str], one: Decimal, other: Decimal
) -> None:
    high = Quantity(Decimal("10.5"), "mmol/L")
    of = analyte(row["analyte"])
    first = span(of, Quantity(one, row["unit"]), high)
    second = span(of, Quantity(other, row["unit"]), high)
    assert first is not None
    assert second is not None
    assert first.low is not None
    assert second.low is not None
    assert (first.low < second.low) == (one < other)
    assert (first.low == second.low) == (one == other)


# Which unit it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    ["mg/dL", "mg/dl", "MG/DL", "mg/100mL"],
)
def test_a_unit_in_words_counts_by_the_exact_table(unit: str) -> None:
    assert span(CREATININE, _worded("1.5", unit)) == _exactly("1.5")


@pytest.mark.parametrize("unit", ["K/uL", "k/uL", "x10^9/L", "G/L", "10^3/uL", "thou/uL"])
def test_platelets_in_the_words_of_laboratories(unit: str) -> None:
    assert span(PLATELETS, _worded("100", unit)) == _exactly("100")


@pytest.mark.parametrize(
    "unit", ["mg/ dL", "Mg/dL", "mg per dL", "mg%", "umol", "", "10*3/uL", "g/dL extra"]
)
def test_a_unit_that_is_not_in_the_table_is_not_known(unit: str) -> None:
    assert span(CREATININE, _worded("1.5", unit)) is None


@pytest.mark.parametrize("unit", ["IU/kg", "iu/kg", "units/kg", "Units/kg", "UNITS/KG", "UNT/kg"])
def test_the_words_for_a_dose_count_in_small_and_large_letters(unit: str) -> None:
    per_kilogram = analyte("aldesleukin dose per kg")
    assert span(per_kilogram, _worded("600000", unit)) == _exactly("600000")


@pytest.mark.parametrize("unit", ["[iu]/kg", "MG/KG", "units / kg"])
def test_but_ucum_and_other_words_do_not(unit: str) -> None:
    assert span(analyte("aldesleukin dose per kg"), _worded("600000", unit)) is None


def test_a_number_without_a_unit_is_never_guessed() -> None:
    for number in ("1.5", "132.6"):
        assert span(CREATININE, Quantity(Decimal(number))) is None


@pytest.mark.parametrize(
    ("unit", "system", "code", "expected"),
    [
        pytest.param("umol/L", UCUM, "umol/L", "1.5", id="both say it"),
        pytest.param("µmol/L", UCUM, "umol/L", "1.5", id="both, the text in another spelling"),
        pytest.param("micromoles", UCUM, "umol/L", "1.5", id="the code wins over unknown words"),
        pytest.param(None, UCUM, "umol/L", "1.5", id="code alone"),
        pytest.param("umol/L", None, None, "1.5", id="text alone"),
        pytest.param("umol/L", "urn:local", "77", "1.5", id="text beside a local code"),
        pytest.param("umol/L", None, "umol/L", "1.5", id="a code without a system"),
        pytest.param(None, "urn:local", "umol/L", None, id="a code of another system"),
        pytest.param("mg/dL", UCUM, "umol/L", None, id="code and text contradict"),
        pytest.param("umol/L", UCUM, "mg/dL", None, id="text and code contradict"),
        pytest.param("umol/L", UCUM, "kg", None, id="a UCUM code of something else"),
        pytest.param("umol/L", UCUM, "nonsense", None, id="a UCUM code that is unknown"),
        pytest.param("nonsense", None, None, None, id="unknown words"),
        pytest.param("nonsense", "urn:local", "77", None, id="unknown words and a local code"),
    ],
)
def test_the_ucum_code_decides_and_the_text_must_not_contradict_it(
    unit: str | None, system: str | None, code: str | None, expected: str | None
) -> None:
    found = span(CREATININE, Quantity(Decimal("132.6"), unit, system, code))
    assert found == (None if expected is None else _exactly(expected))


# Comparators and sides ----------------------------------------------------------------------------

ONE = Fraction(1)


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [
        (None, Span(ONE, ONE)),
        ("<", Span(None, ONE, high_open=True)),
        ("<=", Span(None, ONE)),
        (">", Span(ONE, None, low_open=True)),
        (">=", Span(ONE, None)),
        ("ad", Span(None, None)),
        ("~", Span(None, None)),
    ],
)
def test_a_comparator_is_all_values_it_allows(comparator: str | None, expected: Span) -> None:
    assert span(CREATININE, _coded("88.4", "umol/L", comparator)) == expected


def _span(
    low: str | None, high: str | None, *, low_open: bool = False, high_open: bool = False
) -> Span:
    ends = [None if end is None else Fraction(end) for end in (low, high)]
    return Span(ends[0], ends[1], low_open, high_open)


@pytest.mark.parametrize(
    ("values", "at_most_2", "at_least_2"),
    [
        pytest.param(_span("2", "2"), True, True, id="2"),
        pytest.param(_span("1.99", "1.99"), True, False, id="1.99"),
        pytest.param(_span("2.01", "2.01"), False, True, id="2.01"),
        pytest.param(_span(None, "2", high_open=True), True, False, id="below 2"),
        pytest.param(_span(None, "2"), True, None, id="2 or below"),
        pytest.param(_span("2", None, low_open=True), False, True, id="above 2"),
        pytest.param(_span("2", None), None, True, id="2 or above"),
        pytest.param(_span(None, "1"), True, False, id="1 or below"),
        pytest.param(_span("3", None), False, True, id="3 or above"),
        pytest.param(_span(None, "3"), None, None, id="3 or below"),
        pytest.param(_span("1", None), None, None, id="1 or above"),
        pytest.param(_span("1", "3"), None, None, id="1 to 3"),
        pytest.param(_span("1", "2"), True, None, id="1 to 2"),
        pytest.param(_span("2", "3"), None, True, id="2 to 3"),
        pytest.param(_span(None, None), None, None, id="anything"),
    ],
)
def test_all_allowed_values_lie_on_one_side_or_it_is_not_told(
    values: Span, at_most_2: bool | None, at_least_2: bool | None
) -> None:
    assert values.is_at_most(Fraction(2)) is at_most_2
    assert values.is_at_least(Fraction(2)) is at_least_2


# Plausible ranges ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "values", "expected"),
    [
        pytest.param(CREATININE, _span("0.1", "0.1"), True, id="lowest"),
        pytest.param(CREATININE, _span("40", "40"), True, id="highest"),
        pytest.param(CREATININE, _span("0.09", "0.09"), False, id="below"),
        pytest.param(CREATININE, _span("40.1", "40.1"), False, id="above"),
        pytest.param(CREATININE, _span(None, "0.2"), True, id="comparator"),
        pytest.param(CREATININE, _span(None, "41"), False, id="comparator, not plausible"),
        pytest.param(CREATININE, _span(None, None), True, id="anything"),
        pytest.param(LVEF, _span("5", "96"), False, id="one end not plausible"),
        pytest.param(analyte("albumin"), _span("9999", "9999"), True, id="no range is given"),
    ],
)
def test_what_is_outside_the_plausible_range(
    of: units.Analyte, values: Span, expected: bool
) -> None:
    assert is_plausible(of, values) is expected


# Haemoglobin in mmol/L (units.csv, remark) --------------------------------------------------------


def _up_to(number: str, unit: str = "mmol/L") -> Quantity:
    return Quantity(Decimal(number), unit)


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        pytest.param(_up_to("10"), "14.5026", id="monomer, upper limit 10"),
        pytest.param(_up_to("11"), "14.5026", id="monomer, upper limit 11"),
        pytest.param(_up_to("10.9"), "14.5026", id="monomer, upper limit 10.9"),
        pytest.param(_up_to("2.5"), "58.0644", id="tetramer, upper limit 2.5"),
        pytest.param(_up_to("2.8"), "58.0644", id="tetramer, upper limit 2.8"),
        pytest.param(_up_to("5"), None, id="neither"),
        pytest.param(_up_to("9.4"), None, id="a little below the monomer's"),
        pytest.param(_up_to("9.5"), "14.5026", id="about the monomer's, from below"),
        pytest.param(_up_to("11.5"), "14.5026", id="about the monomer's, from above"),
        pytest.param(_up_to("11.6"), None, id="a little above the monomer's"),
        pytest.param(_up_to("2.34"), None, id="a little below the tetramer's"),
        pytest.param(_up_to("2.35"), "58.0644", id="about the tetramer's, from below"),
        pytest.param(_up_to("2.95"), "58.0644", id="about the tetramer's, from above"),
        pytest.param(_up_to("2.96"), None, id="a little above the tetramer's"),
        pytest.param(_up_to("17.5"), None, id="the limit is of another unit"),
        pytest.param(_up_to("10.5", "g/dL"), None, id="the limit is in another unit"),
        pytest.param(None, None, id="no reference range"),
    ],
)
def test_haemoglobin_in_mmol_is_told_by_its_reference_range(
    high: Quantity | None, expected: str | None
) -> None:
    for nine in (_coded("9", "mmol/L"), _worded("9", "mmol/L")):
        found = span(HAEMOGLOBIN, nine, high)
        assert found == (None if expected is None else _exactly(expected))


def test_haemoglobin_in_other_units_needs_no_reference_range() -> None:
    assert span(HAEMOGLOBIN, _coded("9", "g/dL")) == _exactly("9")
    assert span(HAEMOGLOBIN, _coded("9", "g/dL"), _up_to("10")) == _exactly("9")


def test_haemoglobin_whose_code_and_text_contradict_is_not_known() -> None:
    for unit, code in (("mmol/L", "g/dL"), ("g/dL", "mmol/L")):
        assert span(HAEMOGLOBIN, Quantity(Decimal(9), unit, UCUM, code), _up_to("10")) is None


def test_haemoglobin_with_a_comparator() -> None:
    found = span(HAEMOGLOBIN, _coded("5", "mmol/L", "<"), _up_to("10"))
    assert found == Span(None, Fraction("8.057"), high_open=True)


@pytest.mark.parametrize(
    ("of", "value", "unit", "expected"),
    [
        pytest.param(units.CREATININE, "1.5", "umol/L", "132.6", id="multiplied"),
        pytest.param(units.TEMPERATURE, "37", "[degF]", "98.6", id="multiplied, and added"),
        pytest.param(units.FEV1, "2", "mL", "2000", id="a thousandth"),
        pytest.param(units.PLATELETS, "100", "K/uL", "100", id="a unit in words"),
        pytest.param(units.HAEMOGLOBIN, "9", "mmol/L", None, id="which mmol/L is not known"),
        pytest.param(units.CREATININE, "1.5", "mg/kg", None, id="a unit of something else"),
    ],
)
def test_a_limit_in_another_unit(of: Analyte, value: str, unit: str, expected: str | None) -> None:
    found = units.in_unit(of, Fraction(value), unit)
    assert found == (None if expected is None else Fraction(expected))
