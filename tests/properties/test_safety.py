"""
What must never break, over generated charts and all criteria at once.

The rules that outrank all others: nothing good is said of what is not known, and what is no entry
of this patient's chart changes nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.assess import OVERALL_RESULT
from rules.criteria import CRITERIA
from rules.model import Outcome, Status, Weight
from rules.tables import rows
from tests.build import (
    ICD10CM,
    PREFETCH_KEYS,
    SOMEBODY_ELSE,
    UCUM,
    Code,
    Resource,
    allergy,
    condition,
    gcs,
    lvef,
)
from tests.properties.charts import alone, answers, asked, assessed, charts, pool

often = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

_HEAVY: Final = (Weight.CONTRAINDICATION, Weight.REQUIREMENT)
_FAVOURABLE: Final = (Status.CAUTIONS_FOUND, Status.NO_EXCLUSION_FOUND)
_WEIGHT: Final = {one.id: one.weight for one in CRITERIA}
_WORSE: Final = [row.status for row in OVERALL_RESULT]  # from the top, the worst first


def test_the_charts_are_of_many_kinds() -> None:
    kinds = {one["resourceType"] for one in pool()}
    assert len(kinds) > 6
    assert len(pool()) > 500


@often
@given(chart=charts())
def test_no_good_status_while_something_heavy_is_not_met_or_unknown(
    chart: Sequence[Resource],
) -> None:
    found = assessed(*chart)
    if found.status in _FAVOURABLE:
        open_ = [
            *found.with_outcome(Outcome.NOT_MET, *_HEAVY),
            *found.with_outcome(Outcome.UNKNOWN, *_HEAVY),
        ]
        assert not open_


@often
@given(chart=charts(), withheld=st.sampled_from(PREFETCH_KEYS[1:]))
def test_what_the_ehr_withholds_never_improves_a_finding(
    chart: Sequence[Resource], withheld: str
) -> None:
    whole, less = asked(chart), asked(chart, withheld)
    before = alone(whole)
    for row, (outcome, _) in alone(less).items():
        if outcome is Outcome.MET:
            assert before[row][0] is Outcome.MET, row
    if less.status in _FAVOURABLE:
        assert whole.status in _FAVOURABLE


_CONTRAINDICATIONS: Final = {
    "a kidney transplant long ago": condition(
        Code(ICD10CM, "Z94.0", "Kidney transplant status"), clinical="resolved", days_ago=9000
    ),
    "a severe allergy to aldesleukin": allergy(
        Code("http://www.nlm.nih.gov/research/umls/rxnorm", "70223", "aldesleukin"),
        criticality="high",
    ),
    "dementia": condition(Code(ICD10CM, "F03.90", "Unspecified dementia")),
    "Glasgow 13 today": gcs(13, days_ago=0),
    "an ejection fraction of 30 % today": lvef("30 %", days_ago=0),
}


@often
@given(chart=charts(), against=st.sampled_from(sorted(_CONTRAINDICATIONS)))
def test_an_added_contraindication_never_improves_the_status(
    chart: Sequence[Resource], against: str
) -> None:
    before = assessed(*chart)
    after = assessed(*chart, _CONTRAINDICATIONS[against])
    if before.status not in (Status.NOT_APPLICABLE, Status.OUT_OF_SCOPE):
        assert _WORSE.index(after.status) <= _WORSE.index(before.status)
        assert after.status not in _FAVOURABLE


# What changes nothing -----------------------------------------------------------------------------


def _in_error(one: Resource) -> Resource:
    """The same entry, made in error."""
    wrong: Resource = {"coding": [{"code": "entered-in-error"}]}
    if one["resourceType"] in ("Condition", "AllergyIntolerance"):
        return {**one, "verificationStatus": wrong, "clinicalStatus": None, "id": "error"}
    return {**one, "status": "entered-in-error", "id": "error"}


@often
@given(chart=charts(), wrong=st.sampled_from(pool()))
def test_an_entry_made_in_error_changes_nothing(chart: Sequence[Resource], wrong: Resource) -> None:
    if wrong["resourceType"] == "BodyStructure":
        return  # has no status
    erroneous = {key: value for key, value in _in_error(wrong).items() if value is not None}
    erroneous.pop("modifierExtension", None)
    assert answers(assessed(*chart, erroneous)) == _but_for_empty_answers(chart, erroneous)


def _but_for_empty_answers(chart: Sequence[Resource], extra: Resource) -> object:
    """
    The answers without an entry of which nothing counts.

    In a file a kind without any entry is an empty answer, and one with an entry has come: only
    that may differ, so the chart is asked for with something of that kind in it.
    """
    kind = extra["resourceType"]
    return (
        answers(assessed(*chart))
        if any(one["resourceType"] == kind for one in chart)
        else (answers(assessed(*chart, extra)))
    )


@often
@given(chart=charts(), foreign=st.sampled_from(pool()))
def test_an_entry_of_another_patient_changes_nothing(
    chart: Sequence[Resource], foreign: Resource
) -> None:
    key = "patient" if "patient" in foreign else "subject"
    theirs = {**foreign, key: dict(SOMEBODY_ELSE), "id": "theirs"}
    assert answers(assessed(*chart, theirs)) == _but_for_empty_answers(chart, theirs)


@often
@given(chart=charts(), data=st.data())
def test_the_order_of_entries_changes_nothing(
    chart: Sequence[Resource], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(chart))))
    assert answers(assessed(*chart)) == answers(assessed(*(chart[n] for n in order)))


def _reversed_codings(found: Any) -> Any:
    if isinstance(found, dict):
        return {
            key: _reversed_codings(value[::-1] if key == "coding" else value)
            for key, value in found.items()
        }
    if isinstance(found, list):
        return [_reversed_codings(one) for one in found]
    return found


@often
@given(chart=charts())
def test_the_order_of_codings_changes_nothing(chart: Sequence[Resource]) -> None:
    turned = [_reversed_codings(one) for one in chart]
    assert answers(assessed(*chart)) == answers(assessed(*turned))


@often
@given(chart=charts(), data=st.data())
def test_an_entry_that_is_repeated_changes_nothing(
    chart: Sequence[Resource], data: st.DataObject
) -> None:
    twice = data.draw(st.sampled_from(chart[1:]))
    assert answers(assessed(*chart)) == answers(assessed(*chart, dict(twice)))


@cache
def _ucum_units(loinc: str) -> dict[str, tuple[Fraction, Fraction]]:
    """UCUM unit of what a LOINC code measures → what is added, and the factor (units.csv)."""
    return {
        row["unit"]: (Fraction(row["add_before"]), Fraction(row["multiply_by"]))
        for row in rows("units")
        if row["kind"] == "ucum"
        and "/" not in row["multiply_by"]
        and loinc in row["loinc"].split()
        # ambiguous by itself: criteria.md, row haemoglobin
        and (row["analyte"], row["unit"]) != ("haemoglobin", "mmol/L")
    }


def _exact(value: Fraction) -> Decimal | None:
    """The value as a decimal number, if it is one of few digits."""
    for digits in range(7):
        if (value * 10**digits).denominator == 1:
            return Decimal(int(value * 10**digits)).scaleb(-digits)
    return None


def _in_other_units(one: Resource) -> list[Resource]:
    """The same measurement in every other UCUM unit that gives a number of few digits."""
    quantity = one.get("valueQuantity")
    codings = one.get("code", {}).get("coding", [])
    if not isinstance(quantity, dict) or quantity.get("system") != UCUM:
        return []
    made = []
    for coding in codings:
        units = _ucum_units(coding["code"])
        own = units.get(str(quantity.get("code")))
        for unit, (add, multiply) in units.items():
            if own is None or unit == quantity["code"]:
                continue
            value = (Fraction(str(quantity["value"])) + own[0]) * own[1] / multiply - add
            exact = _exact(value)
            if exact is not None:
                other = {**quantity, "value": float(exact), "unit": unit, "code": unit}
                made.append({**one, "valueQuantity": other})
    return made


@often
@given(chart=charts(), data=st.data())
def test_another_unit_of_the_same_value_changes_nothing(
    chart: Sequence[Resource], data: st.DataObject
) -> None:
    measured = {n: same for n, one in enumerate(chart) if (same := _in_other_units(one))}
    other = list(chart)
    for number, same in measured.items():
        other[number] = data.draw(st.sampled_from(same))
    assert answers(assessed(*chart)) == answers(assessed(*other))


def test_there_are_values_to_be_told_in_other_units() -> None:
    assert sum(bool(_in_other_units(one)) for one in pool()) > 50


@pytest.mark.parametrize("weight", Weight)
def test_every_weight_is_among_the_criteria(weight: Weight) -> None:
    assert weight in _WEIGHT.values()
