"""If creatinine is above 1.5: clearance >= 60? Criteria.md, section F: mL/min, 7 days (P)."""

from typing import Any

import pytest

from tests.build import (
    CLEARANCE,
    CREATININE,
    LOCAL,
    LOINC,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lab,
    observation,
    withheld,
)

ROW = "creatinine-clearance"

TWELVE_HOURS = Code(LOINC, "2163-4", "Creatinine renal clearance in 12 hour")
INDEXED = Code(LOINC, "12195-4", "Creatinine renal clearance/1.73 sq M in 24 hour")
ESTIMATE = Code(LOINC, "98979-8", "GFR by Creatinine-based formula (CKD-EPI 2021)")

HIGH = lab(CREATININE, "1.8 mg/dL")


def clearance(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(CLEARANCE, value, days_ago=days_ago, **fields)


def with_high(*resources: Resource) -> bytes:
    """Creatinine is 1.8, so that the row applies."""
    return chart(HIGH, *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit
        pytest.param(with_high(clearance("60 mL/min")), "met", id="on the limit"),
        pytest.param(with_high(clearance("59.9 mL/min")), "not-met", id="just below"),
        pytest.param(with_high(clearance("90 mL/min")), "met", id="90"),
        pytest.param(with_high(clearance("1 mL/s")), "met", id="on the limit, per second"),
        pytest.param(with_high(clearance("0.99 mL/s")), "not-met", id="just below, per second"),
        pytest.param(with_high(lab(TWELVE_HOURS, "60 mL/min")), "met", id="of twelve hours"),
        pytest.param(with_high(clearance(">=60 mL/min")), "met", id="60 or more"),
        pytest.param(with_high(clearance("<60 mL/min")), "not-met", id="below 60"),
        pytest.param(
            with_high(clearance(">50 mL/min")), "unknown:unreadable", id="above 50: either side"
        ),
        # Whether the row applies
        pytest.param(
            chart(lab(CREATININE, "1.5 mg/dL"), clearance("30 mL/min")),
            "not-applicable",
            id="creatinine is low enough",
        ),
        pytest.param(
            chart(lab(CREATININE, "1.51 mg/dL"), clearance("60 mL/min")),
            "met",
            id="creatinine just over",
        ),
        pytest.param(
            chart(hypertension(), clearance("30 mL/min")),
            "not-applicable",
            id="creatinine never measured",
        ),
        pytest.param(
            chart(lab(CREATININE, "1.8 mg/dL", days_ago=8), clearance("30 mL/min")),
            "not-applicable",
            id="creatinine too old",
        ),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "not-applicable", id="labs withheld"
        ),
        # Estimated, indexed
        pytest.param(
            with_high(lab(ESTIMATE, "80 mL/min/{1.73_m2}")),
            "unknown:unclassified",
            id="an estimated GFR alone is not clearance",
        ),
        pytest.param(
            with_high(clearance("55 mL/min", days_ago=3), lab(ESTIMATE, "80 mL/min/{1.73_m2}")),
            "not-met",
            id="a newer estimate does not stand in for the clearance",
        ),
        pytest.param(
            with_high(clearance("60 mL/min", days_ago=8), lab(ESTIMATE, "80 mL/min/{1.73_m2}")),
            "unknown:stale",
            id="a clearance too old, and an estimate",
        ),
        pytest.param(
            with_high(lab(ESTIMATE, "80 mL/min/{1.73_m2}", days_ago=8)),
            "unknown:absent",
            id="an estimate too old says nothing",
        ),
        pytest.param(
            with_high(lab(ESTIMATE, "80 mL/min/{1.73_m2}", days_ago=None)),
            "unknown:absent",
            id="an estimate without a date says nothing",
        ),
        pytest.param(
            with_high(lab(INDEXED, "80 mL/min/{1.73_m2}")),
            "unknown:unclassified",
            id="clearance per body surface",
        ),
        pytest.param(
            with_high(lab(CLEARANCE, "80 mL/min", INDEXED)),
            "met",
            id="one code that decides outweighs one that asks",
        ),
        # Unit, value, window, date, order, status
        pytest.param(with_high(clearance("80")), "unknown:unit-unknown", id="no unit"),
        pytest.param(
            with_high(clearance("80 mL/min/{1.73_m2}")),
            "unknown:unit-unknown",
            id="the unit of another thing",
        ),
        pytest.param(with_high(clearance("401 mL/min")), "unknown:unreadable", id="not plausible"),
        pytest.param(
            with_high(observation(CLEARANCE, dataAbsentReason=concept(text="spilled"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(with_high(clearance("80 mL/min", days_ago=7)), "met", id="last day"),
        pytest.param(
            with_high(clearance("80 mL/min", days_ago=8)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            with_high(clearance("30 mL/min", days_ago=8)), "unknown:stale", id="low, too old"
        ),
        pytest.param(
            with_high(clearance("80 mL/min", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            with_high(clearance("80 mL/min", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            with_high(clearance("80 mL/min", days_ago=4), clearance("40 mL/min")),
            "not-met",
            id="80, then 40",
        ),
        pytest.param(
            with_high(clearance("80 mL/min"), clearance("40 mL/min")),
            "unknown:conflicting",
            id="80 and 40 at one moment",
        ),
        pytest.param(
            with_high(clearance("80 mL/min", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            with_high(
                clearance("80 mL/min", days_ago=4), clearance("4 mL/min", status="entered-in-error")
            ),
            "met",
            id="a newer one was an error",
        ),
        # Not there
        pytest.param(with_high(lab(LOCAL, "80 mL/min")), "unknown:absent", id="the site's code"),
        pytest.param(
            with_high(clearance("80 mL/min", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(with_high(), "unknown:absent", id="never measured"),
    ],
)
def test_creatinine_clearance(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("value", "remark"),
    [
        pytest.param("60 mL/min", "one trial asked for 75 mL/min", id="60"),
        pytest.param("74.9 mL/min", "one trial asked for 75 mL/min", id="just below 75"),
        pytest.param(">=60 mL/min", "one trial asked for 75 mL/min", id="perhaps below 75"),
        pytest.param("75 mL/min", None, id="75"),
        pytest.param("59 mL/min", None, id="not met anyhow"),
    ],
)
def test_below_75_has_a_remark(value: str, remark: str | None) -> None:
    assert finding(with_high(clearance(value)), ROW).get("remark") == remark


def test_clearance_and_creatinine_are_each_shown_once() -> None:
    evidence = finding(with_high(clearance("80 mL/min")), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 2
    assert evidence[0]["value"] == "80"


def test_the_newest_estimate_of_the_window_is_shown_but_never_decides() -> None:
    found = finding(
        with_high(
            lab(ESTIMATE, "80 mL/min/{1.73_m2}", days_ago=6),
            lab(ESTIMATE, "40 mL/min/{1.73_m2}", days_ago=2),
        ),
        ROW,
    )
    assert "not a clearance" in str(found["remark"])
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert [(one["value"], one["date"][:10]) for one in evidence] == [("40", ago(2))]


def test_it_is_a_caution() -> None:
    assert finding(with_high(clearance("30 mL/min")), ROW)["weight"] == "caution"
