"""FEV1 at least 75 % predicted? Criteria.md, section E: within 180 days (P), label."""

from typing import Any

import pytest

from tests.build import (
    LOCAL,
    LOINC,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    observation,
    quantity,
    withheld,
)

ROW = "fev1-percent"

PERCENT = Code(LOINC, "20152-5", "FEV1 meas/pred")
CALCULATED = Code(LOINC, "20151-7", "FEV1 meas/pred Calcn")
FEV1 = Code(LOINC, "20150-9", "FEV1")
CHANGE = Code(LOINC, "69983-5", "FEV1 percent change")


def percent(
    value: str, code: Code = PERCENT, *, days_ago: int | None = 20, ucum: bool = True, **fields: Any
) -> Resource:
    more: Resource = {"valueQuantity": quantity(value, ucum=ucum)}
    return observation(code, days_ago=days_ago, **(more | fields))


def litres(value: str, *, days_ago: int | None = 20) -> Resource:
    return percent(value, FEV1, days_ago=days_ago)


def at(time: str, value: str, **fields: Any) -> Resource:
    """A value of one and the same day, 20 days ago."""
    return percent(value, days_ago=None, at=ago(20, f"{time}:00-05:00"), **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit
        pytest.param(chart(litres("2.01 L"), percent("75.0 %")), "met", id="75.0 %: on the limit"),
        pytest.param(
            chart(litres("2.6 L"), percent("74.9 %")),
            "not-met",
            id="74.9 %, 2.6 L: label needs both",
        ),
        pytest.param(
            chart(litres("2.0 L"), percent("90 %")), "met", id="90 %, 2.0 L: judged apart"
        ),
        pytest.param(chart(litres("2.6 L")), "unknown:absent", id="2.6 L, percent missing"),
        pytest.param(chart(percent("40 %")), "not-met", id="40 %"),
        pytest.param(chart(percent("92 %", CALCULATED)), "met", id="the code of a calculated one"),
        # Units
        pytest.param(chart(percent("0.75 1")), "met", id="a ratio on the limit"),
        pytest.param(chart(percent("0.749 1")), "not-met", id="a ratio just below"),
        pytest.param(chart(percent("2 1")), "met", id="the highest ratio there is"),
        pytest.param(chart(percent("2.01 1")), "unknown:unreadable", id="a ratio above 2"),
        pytest.param(chart(percent("78 1")), "unknown:unreadable", id="78 as a ratio"),
        pytest.param(chart(percent("0.78 %")), "unknown:unreadable", id="a ratio called percent"),
        pytest.param(chart(percent("80 %pred", ucum=False)), "met", id="the unit in words"),
        pytest.param(chart(percent("80")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(percent("2.6 L")), "unknown:unit-unknown", id="litres under this code"),
        pytest.param(chart(percent("5 %")), "not-met", id="the lowest plausible"),
        pytest.param(chart(percent("4.9 %")), "unknown:unreadable", id="too low to be true"),
        pytest.param(chart(percent("200 %")), "met", id="the highest plausible"),
        pytest.param(chart(percent("201 %")), "unknown:unreadable", id="too high to be true"),
        # Comparators
        pytest.param(chart(percent(">=75 %")), "met", id="75 or above"),
        pytest.param(chart(percent("<75 %")), "not-met", id="below 75"),
        pytest.param(chart(percent(">70 %")), "unknown:unreadable", id="above 70: either side"),
        pytest.param(chart(percent("<=75 %")), "unknown:unreadable", id="75 or below: either side"),
        # Window and date
        pytest.param(chart(percent("80 %", days_ago=180)), "met", id="last day of the window"),
        pytest.param(chart(percent("80 %", days_ago=181)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(percent("60 %", days_ago=181)), "unknown:stale", id="low, a day too old"
        ),
        pytest.param(
            chart(litres("2.6 L", days_ago=5), percent("80 %", days_ago=150)),
            "met",
            id="by its own date, not by that of the litres",
        ),
        pytest.param(chart(percent("80 %", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(percent("80 %", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        # One day: the lower
        pytest.param(
            chart(at("09:00", "72 %"), at("09:30", "84 %")),
            "not-met",
            id="before and after bronchodilator, one below",
        ),
        pytest.param(chart(at("09:00", "76 %"), at("09:00", "84 %")), "met", id="both at least 75"),
        pytest.param(
            chart(at("09:00", "84 %"), at("09:30", "72 %", status="preliminary")),
            "unknown:not-final",
            id="the other of the day is not final",
        ),
        pytest.param(chart(percent("72 %", days_ago=40), percent("84 %")), "met", id="72, then 84"),
        pytest.param(
            chart(percent("84 %", days_ago=40), percent("72 %")), "not-met", id="84, then 72"
        ),
        pytest.param(
            chart(percent("84 %", days_ago=40), percent("72")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        # Status
        pytest.param(chart(percent("80 %", status="corrected")), "met", id="corrected"),
        pytest.param(
            chart(percent("80 %", status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(percent("80 %", status="unknown")), "unknown:unreadable", id="status unknown"
        ),
        pytest.param(
            chart(percent("80 %", days_ago=60), percent("60 %", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        # Code
        pytest.param(chart(percent("12 %", CHANGE)), "unknown:absent", id="the change in percent"),
        pytest.param(chart(percent("80 %", LOCAL)), "unknown:absent", id="the site's code alone"),
        # No value, not ours, not there
        pytest.param(
            chart(percent("80 %", valueQuantity=None, dataAbsentReason=concept(text="masked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(
            chart(percent("60 %", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(percent("80 %", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hypertension(), missing=["function"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["function"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_fev1_percent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("litre", "expected"),
    [
        pytest.param([litres("2.6 L")], True, id="2.6 L"),
        pytest.param([litres("2.0 L")], False, id="2.0 L: neither"),
        pytest.param([], False, id="missing"),
    ],
)
def test_trials_would_have_accepted_either(litre: list[Resource], expected: bool) -> None:
    found = finding(chart(percent("74.9 %"), *litre), ROW)
    assert found["outcome"] == "not-met"
    assert ("trials would have accepted" in str(found.get("remark"))) is expected


def test_it_is_a_contraindication_with_the_labels_own_limit() -> None:
    found = finding(chart(percent("60 %")), ROW)
    assert found["weight"] == "contraindication"
    assert found["threshold"] == ">= 75 %"
