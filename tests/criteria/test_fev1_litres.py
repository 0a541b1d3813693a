"""FEV1 above 2 L? Criteria.md, section E: > 2.0 L within 180 days (P), a contraindication."""

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
    report,
    withheld,
)

ROW = "fev1-litres"

FEV1 = Code(LOINC, "20150-9", "FEV1")
BEFORE = Code(LOINC, "20157-4", "FEV1 pre BD")
AFTER = Code(LOINC, "20155-8", "FEV1 p BD")
PERCENT = Code(LOINC, "20152-5", "FEV1 meas/pred")
CHANGE = Code(LOINC, "69983-5", "FEV1 percent change")
PREDICTED = Code(LOINC, "20156-6", "FEV1 pre BD Predicted")
LUNG_REPORT = Code(LOINC, "58477-1", "Pulmonary function report")


def fev1(
    value: str, code: Code = FEV1, *, days_ago: int | None = 20, ucum: bool = True, **fields: Any
) -> Resource:
    more: Resource = {"valueQuantity": quantity(value, ucum=ucum)}
    return observation(code, days_ago=days_ago, **(more | fields))


def at(time: str, value: str, code: Code = FEV1, **fields: Any) -> Resource:
    """A value of one and the same day, 20 days ago."""
    return fev1(value, code, days_ago=None, at=ago(20, f"{time}:00-05:00"), **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit
        pytest.param(
            chart(fev1("2.0 L"), fev1("90 %", PERCENT)), "not-met", id="2.0 L, 90 %: 2 L is too low"
        ),
        pytest.param(
            chart(fev1("2.01 L"), fev1("75.0 %", PERCENT)), "met", id="2.01 L: just above"
        ),
        pytest.param(chart(fev1("2.6 L"), fev1("74.9 %", PERCENT)), "met", id="2.6 L, 74.9 %"),
        pytest.param(chart(fev1("2.6 L")), "met", id="2.6 L, percent missing"),
        pytest.param(chart(fev1("1.4 L")), "not-met", id="1.4 L"),
        # Units
        pytest.param(chart(fev1("2000 mL")), "not-met", id="on the limit in mL"),
        pytest.param(chart(fev1("2001 mL")), "met", id="just above in mL"),
        pytest.param(chart(fev1("2.5 liters", ucum=False)), "met", id="litres in a word"),
        pytest.param(chart(fev1("2.5")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(fev1("92 %")), "unknown:unit-unknown", id="percent under the code of L"),
        pytest.param(chart(fev1("0.1 L")), "not-met", id="the lowest plausible"),
        pytest.param(chart(fev1("0.09 L")), "unknown:unreadable", id="too low to be true"),
        pytest.param(chart(fev1("10 L")), "met", id="the highest plausible"),
        pytest.param(chart(fev1("2500 L")), "unknown:unreadable", id="mL under the name of L"),
        # Comparators and ranges
        pytest.param(chart(fev1(">2.0 L")), "met", id="above 2"),
        pytest.param(chart(fev1(">=2.0 L")), "unknown:unreadable", id="2 or above: either side"),
        pytest.param(chart(fev1("<=2.0 L")), "not-met", id="2 or below"),
        pytest.param(chart(fev1("<2.5 L")), "unknown:unreadable", id="below 2.5: either side"),
        pytest.param(
            chart(
                fev1(
                    "2 L",
                    valueQuantity=None,
                    valueRange={"low": quantity("2.1 L"), "high": quantity("2.4 L")},
                )
            ),
            "met",
            id="a range above 2",
        ),
        # Window and date
        pytest.param(chart(fev1("2.6 L", days_ago=180)), "met", id="last day of the window"),
        pytest.param(chart(fev1("2.6 L", days_ago=181)), "unknown:stale", id="a day too old"),
        pytest.param(chart(fev1("1.4 L", days_ago=180)), "not-met", id="low, last day"),
        pytest.param(chart(fev1("1.4 L", days_ago=181)), "unknown:stale", id="low, a day too old"),
        pytest.param(
            chart(fev1("2.6 L", days_ago=None, at="2026-06")), "met", id="June: its first day fits"
        ),
        pytest.param(
            chart(fev1("2.6 L", days_ago=None, at="2026-05")),
            "unknown:stale",
            id="May: its last day only would fit",
        ),
        pytest.param(chart(fev1("2.6 L", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(fev1("2.6 L", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(fev1("1.4 L"), fev1("2.6 L", days_ago=None)),
            "unknown:unreadable",
            id="low, and one without a date that may be newer",
        ),
        # One day: the lower
        pytest.param(
            chart(at("09:00", "1.9 L", BEFORE), at("09:30", "2.3 L", AFTER)),
            "not-met",
            id="before and after bronchodilator, one below",
        ),
        pytest.param(
            chart(at("09:00", "2.3 L", BEFORE), at("09:30", "1.9 L", AFTER)),
            "not-met",
            id="the lower, whichever it is",
        ),
        pytest.param(
            chart(at("09:00", "2.2 L", BEFORE), at("09:30", "2.4 L", AFTER)),
            "met",
            id="before and after, both above",
        ),
        pytest.param(
            chart(at("08:00", "1.9 L"), at("16:00", "2.6 L")),
            "not-met",
            id="twice on one day under one code",
        ),
        pytest.param(
            chart(
                at("09:00", "1.9 L", BEFORE, issued=ago(20, "10:00:00Z")),
                at("09:00", "2.3 L", AFTER, issued=ago(20, "11:00:00Z")),
            ),
            "not-met",
            id="one time, the lower issued first: still two measurements",
        ),
        pytest.param(
            chart(
                at("09:00", "1.2 L", issued=ago(20, "10:00:00Z")),
                at("09:00", "2.1 L", issued=ago(20, "11:00:00Z"), status="corrected"),
            ),
            "met",
            id="the same measurement, corrected later",
        ),
        pytest.param(
            chart(at("09:00", "1.9 L", BEFORE), at("09:30", "2.3", AFTER)),
            "not-met",
            id="low, and another of the day without a unit",
        ),
        pytest.param(
            chart(at("09:00", "1.9 L", BEFORE), at("09:30", "2.3 L", AFTER, status="preliminary")),
            "not-met",
            id="low, and another of the day not final",
        ),
        pytest.param(
            chart(at("09:00", "2.2 L", BEFORE), at("09:30", "2.3", AFTER)),
            "unknown:unit-unknown",
            id="high enough, and another of the day without a unit",
        ),
        pytest.param(
            chart(
                at("09:00", "2.2 L", BEFORE),
                at("09:30", "2.3 L", AFTER, modifierExtension=UNKNOWN_MODIFIER),
            ),
            "unknown:unclassified",
            id="high enough, and another of the day that had to be skipped",
        ),
        pytest.param(
            chart(fev1("1.9 L", days_ago=21), fev1("2.3 L", days_ago=20)),
            "met",
            id="1.9, a day later 2.3: the newest day decides",
        ),
        pytest.param(
            chart(fev1("2.3 L", days_ago=21), fev1("1.9 L", days_ago=20)),
            "not-met",
            id="2.3, a day later 1.9",
        ),
        pytest.param(
            chart(fev1("2.3 L", days_ago=21), fev1("2.3", days_ago=20)),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(fev1("1.9 L", days_ago=21), fev1("2.3", days_ago=20)),
            "unknown:unit-unknown",
            id="nor an older low one",
        ),
        pytest.param(
            chart(
                fev1("1.9 L", days_ago=None, at="2026-11-10"),
                fev1("2.3 L", days_ago=None, at="2026-11"),
            ),
            "unknown:conflicting",
            id="a day and its month: which is newer is not told",
        ),
        pytest.param(
            chart(
                fev1("2.1 L", days_ago=None, at="2026-11-10"),
                fev1("2.3 L", days_ago=None, at="2026-11"),
            ),
            "met",
            id="a day and its month, both above",
        ),
        pytest.param(
            chart(
                fev1("1.1 L", days_ago=None, at="2026-11-10"),
                fev1("1.3 L", days_ago=None, at="2026-11"),
            ),
            "not-met",
            id="a day and its month, both low",
        ),
        pytest.param(chart(fev1("1.9 L"), fev1("1.9 L")), "not-met", id="the same twice"),
        # Status
        pytest.param(chart(fev1("2.6 L", status="amended")), "met", id="amended"),
        pytest.param(
            chart(fev1("2.6 L", days_ago=60), fev1("1.4 L", status="preliminary")),
            "unknown:not-final",
            id="the newest is preliminary",
        ),
        pytest.param(
            chart(fev1("2.6 L", days_ago=60), fev1("1.4 L", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        # Code
        pytest.param(chart(fev1("2.6 L", LOCAL)), "unknown:absent", id="the site's code alone"),
        pytest.param(chart(fev1("3.4 L", PREDICTED)), "unknown:absent", id="the predicted value"),
        pytest.param(chart(fev1("12 %", CHANGE)), "unknown:absent", id="the change in percent"),
        pytest.param(
            chart(observation(FEV1, PREDICTED, days_ago=20, valueQuantity=quantity("2.6 L"))),
            "unknown:conflicting",
            id="measured and predicted in one entry",
        ),
        pytest.param(
            chart(report(LUNG_REPORT, days_ago=20)), "unknown:absent", id="a report holds no value"
        ),
        # No value, not ours, not there
        pytest.param(
            chart(fev1("2 L", valueQuantity=None, dataAbsentReason=concept(text="masked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(
            chart(fev1("2 L", valueQuantity=None, valueString="2.6 L")),
            "unknown:unreadable",
            id="a string never decides",
        ),
        pytest.param(
            chart(fev1("1.4 L", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(fev1("2.6 L", modifierExtension=UNKNOWN_MODIFIER)),
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
def test_fev1_litres(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        pytest.param([fev1("75 %", PERCENT)], True, id="75 %"),
        pytest.param([fev1("75 %", PERCENT, days_ago=150)], True, id="75 %, of another day"),
        pytest.param([fev1("74 %", PERCENT)], False, id="74 %: neither"),
        pytest.param([fev1("90 %", PERCENT, days_ago=181)], False, id="too old"),
        pytest.param([], False, id="missing"),
    ],
)
def test_trials_would_have_accepted_either(percent: list[Resource], expected: bool) -> None:
    found = finding(chart(fev1("1.9 L"), *percent), ROW)
    assert found["outcome"] == "not-met"
    assert ("trials would have accepted" in str(found.get("remark"))) is expected


def test_where_the_lower_of_a_day_decided_it_is_said() -> None:
    low, high = at("09:00", "1.9 L", BEFORE), at("09:30", "2.3 L", AFTER)
    found = finding(chart(high, low, fev1("90 %", PERCENT)), ROW)
    assert found["remark"] == (
        "of the values of one day the lower counts (proposed); "
        "trials would have accepted, by the other FEV1 value"
    )
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == ["1.9", "2.3"]


def test_it_is_a_contraindication_with_the_labels_own_limit() -> None:
    found = finding(chart(fev1("1.4 L")), ROW)
    assert found["weight"] == "contraindication"
    assert found["threshold"] == "> 2.0 L"


def test_an_old_value_is_shown_with_its_date() -> None:
    evidence = finding(chart(fev1("2.6 L", days_ago=200)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [(one["value"], one["date"][:10]) for one in evidence] == [("2.6", ago(200))]
