"""The laboratory's normal range: by sex and age, inclusive, and nothing in words."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from rules import units
from rules.case import Case
from rules.chart import Chart, Kind, Observation, Patient, ReferenceRange, When
from rules.ranges import normal_highs, normal_lows
from rules.units import Quantity


def _case(gender: str | None = "male", birth: str | None = "1970-11-24") -> Case:
    born = None if birth is None else date.fromisoformat(birth)
    when = None if born is None or birth is None else When(birth, born, born)
    return Case(Chart(Patient("Patient/p1", when, gender=gender)), date(2026, 11, 24))


def _low(percent: str, unit: str = "%") -> Quantity:
    return Quantity(Decimal(percent), unit)


def _lows(case: Case, *ranges: ReferenceRange) -> set[Fraction]:
    observation = Observation(Kind.OBSERVATION, "Observation/1", ranges=ranges)
    return set(normal_lows(case, observation, units.LVEF))


FIFTY, FIFTY_FIVE = ReferenceRange(low=_low("50")), ReferenceRange(low=_low("55"))
MEN = ReferenceRange(low=_low("52"), sexes=frozenset({"male"}))
WOMEN = ReferenceRange(low=_low("54"), sexes=frozenset({"female"}))


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        pytest.param((), set(), id="none"),
        pytest.param((FIFTY_FIVE,), {55}, id="one"),
        pytest.param((FIFTY, FIFTY_FIVE), {50, 55}, id="two that differ"),
        pytest.param((FIFTY, FIFTY), {50}, id="twice the same"),
        pytest.param((MEN, WOMEN), {52}, id="by sex"),
        pytest.param((ReferenceRange(low=_low("0.55", "1")),), {55}, id="as a ratio"),
        pytest.param((ReferenceRange(high=_low("70")),), set(), id="an upper end alone"),
        pytest.param((ReferenceRange(),), set(), id="in words"),
        pytest.param((ReferenceRange(low=_low("55", "mm")),), set(), id="in another unit"),
    ],
)
def test_the_lower_ends_that_fit(ranges: tuple[ReferenceRange, ...], expected: set[int]) -> None:
    assert _lows(_case(), *ranges) == expected


def test_a_range_for_one_sex_does_not_fit_a_patient_whose_sex_is_not_told() -> None:
    assert _lows(_case(gender=None), MEN, WOMEN) == set()


@pytest.mark.parametrize(
    ("birth", "low", "high", "fits"),
    [
        pytest.param("1970-11-24", 18, None, True, id="adult"),
        pytest.param("1970-11-24", None, 18, False, id="child's range"),
        pytest.param("1970-11-24", 56, 56, True, id="both ends count"),
        pytest.param("1970-11-24", 57, None, False, id="a year too young"),
        pytest.param("1970-11-25", 56, None, False, id="the birthday is tomorrow"),
        pytest.param("2008-11-24", 18, None, True, id="18 today"),
        pytest.param("2008-11-26", 18, None, False, id="18 in two days"),
        pytest.param("2008-11-26", None, 17, True, id="still 17"),
        pytest.param(None, 18, None, False, id="no date of birth"),
        pytest.param(None, None, None, True, id="no date of birth, and none needed"),
    ],
)
def test_a_range_by_age(birth: str | None, low: int | None, high: int | None, fits: bool) -> None:
    found = _lows(_case(birth=birth), ReferenceRange(low=_low("55"), age_low=low, age_high=high))
    assert found == ({55} if fits else set())


def _high(number: str, unit: str | None = "U/L") -> Quantity:
    return Quantity(Decimal(number), unit)


def _highs(case: Case, *ranges: ReferenceRange) -> set[Fraction]:
    observation = Observation(Kind.OBSERVATION, "Observation/1", ranges=ranges)
    return set(normal_highs(case, observation, units.AST))


FORTY, FIFTY_U = ReferenceRange(high=_high("40")), ReferenceRange(high=_high("50"))
UP_TO_45_IN_MEN = ReferenceRange(high=_high("45"), sexes=frozenset({"male"}))
UP_TO_35_IN_WOMEN = ReferenceRange(high=_high("35"), sexes=frozenset({"female"}))


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        pytest.param((), set(), id="none"),
        pytest.param((FORTY,), {40}, id="one"),
        pytest.param((FORTY, FIFTY_U), {40, 50}, id="two that differ"),
        pytest.param((FORTY, FORTY), {40}, id="twice the same"),
        pytest.param((UP_TO_45_IN_MEN, UP_TO_35_IN_WOMEN), {45}, id="by sex"),
        pytest.param((ReferenceRange(high=_high("0.5", "ukat/L")),), {30}, id="in katals"),
        pytest.param((ReferenceRange(low=_high("10")),), set(), id="a lower end alone"),
        pytest.param((ReferenceRange(),), set(), id="in words"),
        pytest.param((ReferenceRange(high=_high("40", "mg/dL")),), set(), id="in another unit"),
        pytest.param((ReferenceRange(high=_high("40", None)),), set(), id="without a unit"),
        pytest.param(
            (ReferenceRange(high=Quantity(Decimal(40), "U/L", comparator=">")),),
            set(),
            id="above 40 is no upper end",
        ),
    ],
)
def test_the_upper_ends_that_fit(ranges: tuple[ReferenceRange, ...], expected: set[int]) -> None:
    assert _highs(_case(), *ranges) == expected


def test_an_upper_end_by_sex_does_not_fit_a_patient_whose_sex_is_not_told() -> None:
    assert _highs(_case(gender=None), UP_TO_45_IN_MEN, UP_TO_35_IN_WOMEN) == set()
