"""Is a recent weight on file? Criteria.md, section M: 7 days (P), an order row, never not-met."""

from typing import Any

import pytest

from tests.build import (
    LOINC,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    aldesleukin_order,
    assert_verdict,
    chart,
    finding,
    hypertension,
    nothing_against,
    observation,
    quantity,
    vitamin_d,
    withheld,
)

ROW = "weight-current"

WEIGHT = Code(LOINC, "29463-7", "Body weight")
MEASURED = Code(LOINC, "3141-9", "Body weight Measured")
HEIGHT = Code(LOINC, "8302-2", "Body height")


def weight(
    value: str = "80 kg", *, code: Code = WEIGHT, days_ago: int | None = 1, **fields: Any
) -> Resource:
    more: Resource = {"valueQuantity": quantity(value)} | fields
    status = more.pop("status", "final")
    return observation(code, days_ago=days_ago, status=status, category="vital-signs", **more)


def ordered(*resources: Resource) -> bytes:
    """Aldesleukin is ordered."""
    return chart(hypertension(), aldesleukin_order(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(ordered(weight()), "met", id="yesterday"),
        pytest.param(ordered(weight(code=MEASURED)), "met", id="measured"),
        pytest.param(ordered(weight("176 [lb_av]")), "met", id="in pounds"),
        pytest.param(ordered(weight(days_ago=7)), "met", id="last day of the window"),
        pytest.param(ordered(weight(days_ago=8)), "unknown:stale", id="a day too old"),
        pytest.param(
            ordered(weight("80 kg"), weight("81 kg")), "met", id="two of one time: one is on file"
        ),
        pytest.param(
            chart(aldesleukin_order(status="draft"), weight()), "met", id="the order is a draft"
        ),
        # Not usable
        pytest.param(ordered(), "unknown:absent", id="never weighed"),
        pytest.param(ordered(weight(code=HEIGHT)), "unknown:absent", id="a height"),
        pytest.param(
            ordered(weight(status="entered-in-error")), "unknown:absent", id="entered in error"
        ),
        pytest.param(
            ordered(weight(subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            ordered(weight(days_ago=3), weight(status="preliminary")),
            "unknown:not-final",
            id="the newest is preliminary",
        ),
        pytest.param(ordered(weight("80")), "unknown:unit-unknown", id="no unit"),
        pytest.param(ordered(weight("80 cm")), "unknown:unit-unknown", id="another unit"),
        pytest.param(ordered(weight("800 kg")), "unknown:unreadable", id="a slip of typing"),
        pytest.param(
            ordered(observation(WEIGHT, valueString="80 kg")), "unknown:unreadable", id="in words"
        ),
        pytest.param(ordered(observation(WEIGHT)), "unknown:unreadable", id="no value"),
        pytest.param(ordered(weight(days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(ordered(weight(days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            ordered(weight(effectiveDateTime="2026-11")),
            "unknown:stale",
            id="some day of this month: its first day is too old",
        ),
        pytest.param(
            ordered(weight(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped for an unknown modifier",
        ),
        pytest.param(
            withheld(aldesleukin_order(), weight(), refused=["vitals"]),
            "unknown:not-shared",
            id="vital signs refused",
        ),
        pytest.param(
            withheld(aldesleukin_order(), missing=["vitals"]),
            "unknown:not-shared",
            id="vital signs withheld",
        ),
        # An order row
        pytest.param(chart(hypertension(), vitamin_d(), weight()), "not-applicable", id="no order"),
        pytest.param(
            chart(aldesleukin_order(status="completed"), weight()),
            "not-applicable",
            id="the order is completed",
        ),
        pytest.param(
            withheld(weight(), missing=["medicines"]),
            "unknown:not-shared",
            id="whether there is an order is not known",
        ),
        pytest.param(
            chart(aldesleukin_order(status="on-hold"), weight()),
            "unknown:unclassified",
            id="the order is on hold",
        ),
        pytest.param(
            chart(*nothing_against(order=aldesleukin_order())), "met", id="a full chart, ordered"
        ),
        pytest.param(chart(*nothing_against()), "not-applicable", id="a full chart, no order"),
    ],
)
def test_weight_current(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_an_old_weight_is_shown_with_its_date() -> None:
    shown = finding(ordered(weight(days_ago=8)), ROW)["evidence"]
    assert isinstance(shown, list)
    assert [(one["value"], one["unit"]) for one in shown] == [("80", "kg")]
    assert shown[0]["date"].startswith("2026-11-16")


def test_it_is_a_requirement() -> None:
    assert finding(ordered(), ROW)["weight"] == "requirement"
