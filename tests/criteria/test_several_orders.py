"""
Several aldesleukin orders or drafts in one set: each row says so, and which; the worst counts.
"""

from typing import Any, Final

import pytest

from tests.build import (
    INTRAVENOUS,
    SNOMED,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    finding,
)
from tests.criteria.test_dose_schedule import dosage, order
from tests.criteria.test_weight_current import weight

SUBCUTANEOUS: Final = Code(SNOMED, "34206005", "Subcutaneous route (qualifier value)")


def draft(words: str = "600000 [IU]/kg", **fields: Any) -> Resource:
    route = fields.pop("route", INTRAVENOUS)
    return order(dosage(words, route=concept(route)), status="draft", **fields)


ACTIVE: Final = order(dosage(), days_ago=1)
TWO: Final = "2 orders of aldesleukin (2 draft)"
BOTH: Final = "2 orders of aldesleukin (1 active, 1 draft)"


@pytest.mark.parametrize(
    ("document", "row", "expected", "words"),
    [
        # The dose
        pytest.param(chart(draft(), draft()), "dose-schedule", "met", TWO, id="two good"),
        pytest.param(chart(ACTIVE, draft()), "dose-schedule", "met", BOTH, id="active and draft"),
        pytest.param(
            chart(draft(), draft("6000000 [IU]/kg")),
            "dose-schedule",
            "not-met",
            f"{TWO}; order 2 of 2 (draft): dose 6,000,000 IU/kg: above 792,000; every 8 h; "
            "14 doses",
            id="the second ten times too much",
        ),
        pytest.param(
            chart(draft("6000000 [IU]/kg"), ACTIVE),
            "dose-schedule",
            "not-met",
            f"{BOTH}; order 2 of 2 (draft): dose 6,000,000 IU/kg: above 792,000; every 8 h; "
            "14 doses",
            id="the active one is of yesterday: the first",
        ),
        pytest.param(
            chart(ACTIVE, draft("720000 [IU]/kg")),
            "dose-schedule",
            "confirm",
            f"{BOTH}; order 2 of 2 (draft): dose 720,000 IU/kg, above the label's 600,000; the "
            "dose of the seed series: is it meant?",
            id="one at the seed's dose",
        ),
        pytest.param(
            chart(ACTIVE, draft("600000 mL")),
            "dose-schedule",
            "unknown:unit-unknown",
            f"{BOTH}; order 2 of 2 (draft): the unit of the dose is not known",
            id="one that cannot be read",
        ),
        pytest.param(
            chart(ACTIVE, draft("600000 mL"), draft("6000000 [IU]/kg")),
            "dose-schedule",
            "not-met",
            "order 3 of 3 (draft): dose 6,000,000 IU/kg: above 792,000; every 8 h; 14 doses",
            id="the worst of three",
        ),
        pytest.param(
            chart(ACTIVE, draft(), draft()),
            "dose-schedule",
            "unknown:unclassified",
            "42 doses in all orders: more than 28, if of one course",
            id="the number of all",
        ),
        # The route
        pytest.param(chart(draft(), draft()), "intended-regimen", "met", TWO, id="two into a vein"),
        pytest.param(
            chart(ACTIVE, draft(route=SUBCUTANEOUS)),
            "intended-regimen",
            "unknown:conflicting",
            f"{BOTH}: subcutaneous beside another route (order 1 of 2 (active) into a vein, "
            "order 2 of 2 (draft) under the skin); assumed: into a vein, high-dose IL-2",
            id="one under the skin",
        ),
        pytest.param(
            chart(ACTIVE, order(dosage(), days_ago=-1)),
            "intended-regimen",
            "unknown:unreadable",
            "order 2 of 2 (active): the order has no date that can be used",
            id="one of tomorrow",
        ),
        # The setting
        pytest.param(
            chart(ACTIVE, draft(category="outpatient")),
            "inpatient-icu-setting",
            "not-met",
            "ordered for outpatients: order 2 of 2 (draft)",
            id="one for an outpatient",
        ),
        pytest.param(
            chart(ACTIVE, draft()),
            "inpatient-icu-setting",
            "confirm",
            f"inpatient, intensive care at hand, team experienced with IL-2; {BOTH}",
            id="the setting of both is asked",
        ),
    ],
)
def test_the_rows_name_the_orders(document: bytes, row: str, expected: str, words: str) -> None:
    assert_verdict(document, row, expected)
    assert words in str(finding(document, row)["remark"])


@pytest.mark.parametrize("row", ["dose-schedule", "intended-regimen"])
def test_both_orders_are_evidence(row: str) -> None:
    evidence = finding(chart(ACTIVE, draft()), row)["evidence"]
    assert isinstance(evidence, list)
    assert len({one["reference"] for one in evidence}) == 2


def test_only_the_order_that_differs_is_evidence_against() -> None:
    found = finding(chart(ACTIVE, draft("6000000 [IU]/kg"), weight()), "dose-schedule")
    assert isinstance(found["evidence"], list)
    assert len(found["evidence"]) == 1


@pytest.mark.parametrize("row", ["dose-schedule", "intended-regimen", "inpatient-icu-setting"])
def test_how_an_ehr_lists_the_orders_changes_nothing(row: str) -> None:
    both = (ACTIVE, draft("600000 mL", route=SUBCUTANEOUS, category="outpatient"))
    there = finding(chart(*both), row)
    assert finding(chart(*both[::-1]), row) == there


@pytest.mark.parametrize("row", ["dose-schedule", "intended-regimen", "inpatient-icu-setting"])
def test_one_order_is_not_counted(row: str) -> None:
    assert "orders of" not in str(finding(chart(draft()), row).get("remark", ""))
