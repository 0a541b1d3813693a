"""Is ejection fraction normal? Criteria.md, section D: >= 50 % (P), within 90 days (P)."""

import pytest

from tests.build import (
    LOINC,
    LVEF,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lvef,
    observation,
    quantity,
    report,
    withheld,
)

ROW = "lvef-normal"

BY_MRI = Code(LOINC, "8811-2", "Left ventricular Ejection fraction by MR")
LOWER_LIMIT_OF_ESTIMATE = Code(
    LOINC, "104258-9", "Left ventricular Ejection fraction - lower limit"
)
ECHO = Code(LOINC, "34552-0", "US Heart 2D")


def between(low: str, high: str) -> Resource:
    limits = {"low": quantity(low), "high": quantity(high)}
    return observation(LVEF, days_ago=20, valueRange=limits)


def with_lower_limit(value: str, *limits: str) -> Resource:
    return lvef(value, referenceRange=[{"low": quantity(limit)} for limit in limits])


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(lvef("60 %")), "met", id="60 %"),
        pytest.param(chart(lvef("50 %")), "met", id="on the limit"),
        pytest.param(chart(lvef("49.9 %")), "not-met", id="just below"),
        pytest.param(chart(lvef("45 %")), "not-met", id="45: some would accept"),
        pytest.param(chart(lvef("30 %")), "not-met", id="30 %"),
        pytest.param(chart(lvef("0.6 1")), "met", id="a ratio"),
        pytest.param(chart(lvef("0.5 1")), "met", id="a ratio on the limit"),
        pytest.param(chart(lvef("0.49 1")), "not-met", id="a ratio just below"),
        pytest.param(
            chart(observation(BY_MRI, valueQuantity=quantity("60 %"))), "met", id="by MRI"
        ),
        # Range and comparator
        pytest.param(chart(between("50 %", "55 %")), "met", id="a range by its low end: 50"),
        pytest.param(chart(between("45 %", "55 %")), "not-met", id="a range by its low end: 45"),
        pytest.param(chart(between("60 %", "40 %")), "unknown", id="a range upside down"),
        pytest.param(chart(lvef(">55 %")), "met", id="above 55"),
        pytest.param(chart(lvef(">=50 %")), "met", id="at least 50"),
        pytest.param(chart(lvef(">45 %")), "unknown", id="above 45: either side"),
        pytest.param(chart(lvef("<50 %")), "not-met", id="below 50"),
        pytest.param(chart(lvef("<=50 %")), "unknown", id="at most 50: either side"),
        pytest.param(
            chart(observation(LVEF, valueString="55-60")), "unknown", id="a string never decides"
        ),
        # The laboratory's own limit
        pytest.param(
            chart(with_lower_limit("52 %", "55 %")), "not-met", id="below the laboratory's 55"
        ),
        pytest.param(chart(with_lower_limit("55 %", "55 %")), "met", id="on the laboratory's 55"),
        pytest.param(
            chart(with_lower_limit("48 %", "45 %")), "not-met", id="a laboratory's 45 is no excuse"
        ),
        pytest.param(
            chart(with_lower_limit("53 %", "52 %", "55 %")),
            "unknown:conflicting",
            id="two lower limits that differ, the value between them",
        ),
        pytest.param(
            chart(with_lower_limit("49 %", "52 %", "55 %")),
            "not-met",
            id="below both lower limits, and below 50",
        ),
        # Unit and plausibility
        pytest.param(chart(lvef("60")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(lvef("60 mL")), "unknown:unit-unknown", id="millilitres"),
        pytest.param(chart(lvef("95 %")), "met", id="the highest plausible"),
        pytest.param(chart(lvef("96 %")), "unknown:unreadable", id="not plausible"),
        pytest.param(chart(lvef("4 %")), "unknown:unreadable", id="not plausible either"),
        # Window and date
        pytest.param(chart(lvef("60 %", days_ago=90)), "met", id="last day of the window"),
        pytest.param(chart(lvef("60 %", days_ago=91)), "unknown:stale", id="a day too old"),
        pytest.param(chart(lvef("30 %", days_ago=91)), "unknown:stale", id="low, a day too old"),
        pytest.param(
            chart(lvef("60 %", at="2026-09")), "met", id="a month whose first day is in the window"
        ),
        pytest.param(
            chart(lvef("60 %", at="2026-08")),
            "unknown:stale",
            id="a month whose last days only are in the window",
        ),
        pytest.param(chart(lvef("60 %", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(lvef("60 %", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        # The newest decides
        pytest.param(
            chart(lvef("60 %", days_ago=60), lvef("40 %", days_ago=6)), "not-met", id="60, then 40"
        ),
        pytest.param(
            chart(lvef("40 %", days_ago=60), lvef("60 %", days_ago=6)), "met", id="40, then 60"
        ),
        pytest.param(
            chart(lvef("60 %", days_ago=60), lvef("60", days_ago=6)),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(lvef("60 %"), lvef("40 %")), "unknown:conflicting", id="60 and 40 at one moment"
        ),
        pytest.param(chart(lvef("60 %"), lvef("62 %")), "met", id="60 and 62 at one moment"),
        pytest.param(chart(lvef("60 %"), lvef("60 %")), "met", id="the same twice"),
        # Status, code, person
        pytest.param(
            chart(lvef("60 %", status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(lvef("60 %", days_ago=60), lvef("20 %", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            chart(observation(LOWER_LIMIT_OF_ESTIMATE, valueQuantity=quantity("50 %"))),
            "unknown:absent",
            id="the lower limit of an estimate is not the value",
        ),
        pytest.param(
            chart(lvef("60 %", valueQuantity=None, dataAbsentReason=concept(text="masked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(chart(report(ECHO)), "unknown:absent", id="performed is not normal"),
        pytest.param(
            chart(lvef("60 %", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hypertension(), missing=["function", "imagingObs"]),
            "unknown:not-shared",
            id="withheld",
        ),
        pytest.param(
            withheld(hypertension(), refused=["function", "imagingObs"]),
            "unknown:not-shared",
            id="refused",
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_lvef_normal(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("value", ["45 %", "49 %"])
def test_from_45_to_50_per_cent_has_a_remark(value: str) -> None:
    found = finding(chart(lvef(value)), ROW)
    assert found["outcome"] == "not-met"
    assert found.get("remark")


def test_it_is_a_contraindication() -> None:
    assert finding(chart(lvef("40 %")), ROW)["weight"] == "contraindication"


def test_the_limit_is_proposed_and_not_the_labels() -> None:
    assert finding(chart(lvef("40 %")), ROW)["proposed"]


def test_an_old_value_is_shown_with_its_date() -> None:
    evidence = finding(chart(lvef("60 %", days_ago=120)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(120)]
