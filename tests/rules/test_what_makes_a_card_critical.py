"""Docs/orders.md, "What makes a card critical": the table is what the code does."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from cds_hooks.evaluate import read_document
from rules.assess import OVERALL_RESULT, Facts, Gate, Indicator, assess, indicator
from rules.case import Case
from rules.chart import Chart, Patient
from rules.criteria import CRITERIA
from rules.model import (
    Assessment,
    Criterion,
    Evidence,
    Finding,
    Judged,
    Outcome,
    Weight,
    Why,
    confirm,
    met,
    not_met,
    unknown,
)
from rules.policy import Policy, RowPolicy
from rules.site_rules import PUBLISHED, SiteRules
from tests.build import TODAY, aldesleukin_order, chart, ecog, nothing_against
from tests.rulebook import rows_of

ORDERS: Final = Path(__file__).parents[2] / "docs" / "orders.md"
GATE: Final = Gate(
    has_order=True,
    is_deceased=False,
    is_hospice=False,
    not_answered=(),
    has_melanoma=True,
    points_to_advanced=True,
    is_kidney_cancer=False,
)
ENTRY: Final = Evidence(reference="Observation/1", label="an entry")
AGAINST: Final = not_met(ENTRY)
DOSE: Final = "dose-schedule"


def _documented() -> dict[str, tuple[str, str]]:
    """Row → its question, and when it makes a card critical."""
    section = ORDERS.read_text(encoding="utf-8").split("## What makes a card critical", 1)[1]
    section = section.split("\n## ", 1)[0]
    lines = re.findall(
        r"^\| \[([a-z0-9-]+)\]\(rulebook\.md#\1\) \| (.+) \| (.+) \|$", section, re.M
    )
    assert len(lines) == section.count("\n| [")
    return {row: (question, when) for row, question, when in lines}


def _level(finding: Finding, criterion: Criterion) -> Indicator | None:
    """How urgent the card about an order is, if one row has this finding and all others are met."""
    judged = tuple(Judged(one, finding if one is criterion else met(ENTRY)) for one in CRITERIA)
    facts = Facts(GATE, judged, stage_missing=False)
    status = next(row.status for row in OVERALL_RESULT if row.applies(facts))
    case = Case(Chart(Patient("Patient/1")), date.fromisoformat(TODAY))
    return indicator(Assessment(case, status, judged, PUBLISHED.stamp), on_order=True)


def _with(finding: Finding) -> set[str]:
    return {one.id for one in CRITERIA if _level(finding, one) is Indicator.CRITICAL}


def test_the_rows_of_the_table_make_a_card_critical_and_no_others() -> None:
    by_weight = {row for row in _documented() if row != DOSE}
    assert _with(AGAINST) == by_weight


@pytest.mark.parametrize(
    "finding",
    [unknown(Why.ABSENT), confirm("a question", ENTRY), met(ENTRY)],
    ids=lambda f: f.outcome,
)
def test_nothing_but_not_met_makes_a_card_critical(finding: Finding) -> None:
    assert _with(finding) == set()


def _critical_by_themselves() -> Iterator[str]:
    """The rows of which some case of the tables is critical, whatever its weight."""
    for criterion in CRITERIA:
        for row in rows_of(criterion):
            case = Case(read_document(row.document), date.fromisoformat(TODAY))
            if criterion.assess(case).is_critical_on_order:
                yield criterion.id


def test_of_other_weights_the_dose_alone_can() -> None:
    assert set(_critical_by_themselves()) == {DOSE}
    dose = next(one for one in CRITERIA if one.id == DOSE)
    assert _level(replace(AGAINST, is_critical_on_order=True), dose) is Indicator.CRITICAL
    assert _level(AGAINST, dose) is Indicator.WARNING


def test_the_table_has_the_questions_of_the_rows_and_the_limit_of_the_dose() -> None:
    found = _documented()
    assert list(found) == [one.id for one in CRITERIA if one.id in found]
    assert {row: question for row, (question, _) in found.items()} == {
        one.id: one.question for one in CRITERIA if one.id in found
    }
    assert all(when == "not-met" for row, (_, when) in found.items() if row != DOSE)
    assert "above 792,000 IU/kg" in found[DOSE][1]


def test_on_patient_view_no_card_is_critical() -> None:
    assert Indicator.CRITICAL not in {row.patient_view for row in OVERALL_RESULT}


def test_a_row_that_a_site_makes_a_contraindication_makes_a_card_critical() -> None:
    raised = Policy(rows={"performance-status": RowPolicy(weight=Weight.CONTRAINDICATION)})
    order = aldesleukin_order(status="draft", category="inpatient")
    document = chart(*nothing_against(order=order, ecog=ecog(2)))
    case = Case(read_document(document), date.fromisoformat(TODAY))
    assert indicator(assess(case), on_order=True) is Indicator.WARNING
    assert indicator(assess(case, SiteRules(raised)), on_order=True) is Indicator.CRITICAL
    assert assess(case).of("performance-status").outcome is Outcome.NOT_MET
