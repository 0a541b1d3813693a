"""
What must never break in the arithmetic of a dose: over weights, doses, units and orders.

Every number here has so few digits that JSON carries it exactly.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.evaluate import read_document
from rules.assess import Indicator, assess, indicator
from rules.case import Case
from rules.criteria.dose import DOSE_SCHEDULE
from rules.criteria.weight import WEIGHT_CURRENT
from rules.model import Finding, Outcome
from tests.build import PATIENT_ID, TODAY, UCUM, Resource, chart
from tests.criteria.test_dose_schedule import dosage, order
from tests.criteria.test_weight_current import weight

often = settings(max_examples=150, deadline=None, derandomize=True)

_HUNDREDTHS: Final = 100
_LABEL: Final = 600_000
_LABEL_MG: Final = Decimal("0.037")
# The worst first: what is against goes before what is open, that before a question.
_WORST_FIRST: Final = (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.CONFIRM, Outcome.MET)


def written(value: Decimal) -> float:
    """A number that JSON writes with the digits of the decimal."""
    made = float(value)
    assert Decimal(repr(made)) == value
    return made


def amount(value: Decimal, unit: str) -> Resource:
    return {"value": written(value), "unit": unit, "system": UCUM, "code": unit}


def ordered(value: Decimal, unit: str, **fields: Any) -> Resource:
    return order(dosage({"doseQuantity": amount(value, unit)}), **fields)


def weighing(kilograms: Decimal) -> Resource:
    return weight(valueQuantity=amount(kilograms, "kg"))


def case(*resources: Resource) -> Case:
    return Case(read_document(chart(*resources), PATIENT_ID), date.fromisoformat(TODAY))


def judged(*resources: Resource) -> Finding:
    return DOSE_SCHEDULE.assess(case(*resources))


# IU by kilogram: about the limits, and far from them
_NEAR: Final = st.sampled_from([540_000, 600_000, 660_000, 720_000, 792_000]).flatmap(
    lambda edge: st.integers(edge - 3, edge + 3)
)
_DOSES: Final = st.one_of(_NEAR, st.integers(1_000, 4_000_000))
_KILOGRAMS: Final = st.integers(35_00, 110_00).map(lambda n: Decimal(n) / _HUNDREDTHS)


@often
@given(dose=_DOSES, kilograms=_KILOGRAMS, times=st.sampled_from([Decimal("0.5"), Decimal(2)]))
def test_weight_and_whole_dose_scaled_together_change_nothing(
    dose: int, kilograms: Decimal, times: Decimal
) -> None:
    whole = dose * kilograms
    before = judged(ordered(whole, "[IU]"), weighing(kilograms))
    after = judged(ordered(whole * times, "[IU]"), weighing(kilograms * times))
    assert (before.outcome, before.why) == (after.outcome, after.why)
    assert before.is_critical_on_order is after.is_critical_on_order


@often
@given(dose=_DOSES, kilograms=_KILOGRAMS)
def test_a_whole_dose_is_judged_as_the_same_dose_by_kilogram(dose: int, kilograms: Decimal) -> None:
    whole = judged(ordered(dose * kilograms, "[IU]"), weighing(kilograms))
    by_kilogram = judged(ordered(Decimal(dose), "[IU]/kg"), weighing(kilograms))
    assert (whole.outcome, whole.why) == (by_kilogram.outcome, by_kilogram.why)


# Parts of 100,000 of the label's dose: 90,000 is 10 % less, 110,000 10 % more, exactly.
_PARTS: Final = st.one_of(
    st.sampled_from([90_000, 100_000, 110_000, 120_000, 132_000]).flatmap(
        lambda edge: st.integers(edge - 2, edge + 2)
    ),
    st.integers(1_000, 1_500_000),
)
_WHOLE: Final = Decimal(100_000)


@often
@given(parts=_PARTS, kilograms=_KILOGRAMS, is_whole=st.booleans())
def test_milligrams_and_units_give_the_same_verdict(
    parts: int, kilograms: Decimal, is_whole: bool
) -> None:
    units, milligrams = _LABEL * parts / _WHOLE, _LABEL_MG * parts / _WHOLE
    by, per = (kilograms, "") if is_whole else (Decimal(1), "/kg")
    in_units = judged(ordered(units * by, f"[IU]{per}"), weighing(kilograms))
    in_milligrams = judged(ordered(milligrams * by, f"mg{per}"), weighing(kilograms))
    assert in_units.outcome is in_milligrams.outcome
    assert in_units.is_critical_on_order is in_milligrams.is_critical_on_order


@often
@given(parts=_PARTS)
def test_the_border_of_10_percent_is_exact(parts: int) -> None:
    expected = (
        Outcome.NOT_MET
        if parts < 90_000 or parts > 132_000
        else Outcome.MET
        if parts <= 110_000
        else Outcome.CONFIRM
    )
    for value, unit in (
        (_LABEL * parts / _WHOLE, "[IU]/kg"),
        (_LABEL_MG * parts / _WHOLE, "mg/kg"),
    ):
        assert judged(ordered(value, unit)).outcome is expected


# Every dose that the label or the seed series has, ten times too much or too little.
_RIGHT: Final = st.integers(540_000, 792_000)


@often
@given(dose=_RIGHT, kilograms=_KILOGRAMS, is_whole=st.booleans())
def test_ten_times_the_dose_is_never_met_and_critical(
    dose: int, kilograms: Decimal, is_whole: bool
) -> None:
    value, unit = (dose * kilograms, "[IU]") if is_whole else (Decimal(dose), "[IU]/kg")
    too_much, too_little = value * 10, value / 10
    assert judged(ordered(value, unit), weighing(kilograms)).outcome is not Outcome.NOT_MET
    assert judged(ordered(too_little, unit), weighing(kilograms)).outcome is Outcome.NOT_MET
    found = judged(ordered(too_much, unit), weighing(kilograms))
    assert found.outcome is Outcome.NOT_MET
    assert found.is_critical_on_order


@often
@given(parts=st.integers(90_000, 132_000), kilograms=_KILOGRAMS)
def test_the_number_of_a_right_dose_in_a_mistaken_unit_is_never_met(
    parts: int, kilograms: Decimal
) -> None:
    dose, milligrams = _LABEL * parts / _WHOLE, _LABEL_MG * parts / _WHOLE
    for value, unit in (
        (dose, "mg/kg"),
        (milligrams, "[IU]/kg"),
        (dose * kilograms, "mg"),
        (milligrams * kilograms, "[IU]"),
        (dose * kilograms, "[IU]/kg"),
        (dose, "[IU]"),
    ):
        found = judged(ordered(value, unit), weighing(kilograms))
        assert found.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN), unit


@often
@given(dose=_DOSES, kilograms=_KILOGRAMS, unit=st.sampled_from(["[IU]", "M[IU]", "mg"]))
def test_a_whole_dose_without_a_current_weight_is_unknown(
    dose: int, kilograms: Decimal, unit: str
) -> None:
    factor = {"[IU]": Decimal(1), "M[IU]": Decimal(1) / 10**6, "mg": Decimal(1) / 10**7}[unit]
    whole = ordered(dose * kilograms * factor, unit)
    old = weight(valueQuantity=amount(kilograms, "kg"), days_ago=8)
    for resources in ((whole,), (whole, old)):
        assert judged(*resources).outcome is Outcome.UNKNOWN
        assert WEIGHT_CURRENT.assess(case(*resources)).outcome is Outcome.UNKNOWN


_ANY: Final = st.sampled_from(
    [
        *("600000 [IU]/kg", "660001 [IU]/kg", "720000 [IU]/kg", "6000000 [IU]/kg", "60000 [IU]/kg"),
        *("600000 mL", "0.037 mg/kg", "0.037 [IU]/kg", "48000000 [IU]"),
    ]
)


@often
@given(doses=st.lists(_ANY, min_size=2, max_size=2), data=st.data())
def test_of_several_drafts_the_worst_counts(doses: Sequence[str], data: st.DataObject) -> None:
    drafts = [order(dosage(words, count=14), status="draft") for words in doses]
    alone = [judged(one) for one in drafts]
    together = judged(*data.draw(st.permutations(drafts)))
    assert together.outcome is min((one.outcome for one in alone), key=_WORST_FIRST.index)
    assert together.is_critical_on_order is any(one.is_critical_on_order for one in alone)


@often
@given(dose=st.integers(792_001, 50_000_000))
def test_an_overdose_is_critical_where_it_is_ordered_and_only_there(dose: int) -> None:
    found = assess(case(ordered(Decimal(dose), "[IU]/kg", status="draft")))
    assert indicator(found, on_order=True) is Indicator.CRITICAL
    assert indicator(found) is not Indicator.CRITICAL
