"""
What is drafted beside the aldesleukin order: every row of section L, and every class of it.

Criteria.md, section L: a drug counts if active, "or a draft beside the aldesleukin order". What is
drafted with no such order is not taken by anybody; beside an order on hold it is not known.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from rules import codes
from rules.codes import Use, ValueSet
from rules.criteria import interacting_drugs
from rules.criteria.interacting_drugs import NoDrug
from rules.model import Criterion
from tests.build import (
    ALDESLEUKIN,
    LOINC,
    OURS,
    RXNORM,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    aldesleukin_order,
    assert_verdict,
    medication_administration,
    medication_request,
    service_request,
)
from tests.criteria.drug_tables import taking

DRAFTED: Final = aldesleukin_order(status="draft")
# An order that is written at this moment: no date yet.
BEING_WRITTEN: Final = aldesleukin_order(status="draft", authoredOn=None)


def draft(*found: Code, days_ago: int | None = 0, **fields: Any) -> Resource:
    return medication_request(*found, status="draft", days_ago=days_ago, **fields)


def _one_of(wanted: ValueSet) -> Code:
    """A code of RxNorm that decides for the class: one ingredient, if there is one of one word."""
    deciding = [
        code
        for code in wanted.codes
        if code.system == RXNORM and code.use is Use.DECIDES and not code.is_prefix
    ]
    found = min(deciding, key=lambda code: (not code.display.isalpha(), len(code.display)))
    return Code(found.system, found.code, found.display)


def _classes() -> Iterator[tuple[Criterion, ValueSet]]:
    for criterion in interacting_drugs.CRITERIA:
        if isinstance(criterion.check, NoDrug):
            for one in criterion.check.classes:
                yield criterion, one


def _rows() -> Iterator[Any]:
    for criterion, wanted in _classes():
        drug = _one_of(wanted)
        on_hold = aldesleukin_order(status="on-hold")
        skipped = medication_request(ALDESLEUKIN, modifierExtension=UNKNOWN_MODIFIER)
        for words, document, expected in (
            ("beside the drafted order", taking(DRAFTED, draft(drug)), "not-met"),
            ("beside an order being written", taking(BEING_WRITTEN, draft(drug)), "not-met"),
            ("beside an active order", taking(aldesleukin_order(), draft(drug)), "not-met"),
            (
                "not dated, beside the drafted order",
                taking(DRAFTED, draft(drug, days_ago=None)),
                "not-met",
            ),
            (
                "by name, beside the drafted order",
                taking(DRAFTED, draft(text=drug.display)),
                "not-met",
            ),
            ("without an order", taking(draft(drug)), "met"),
            ("beside an order on hold", taking(on_hold, draft(drug)), "unknown:unclassified"),
            ("beside a skipped order", taking(skipped, draft(drug)), "unknown:unclassified"),
        ):
            name = f"{criterion.id}: {wanted.name}, {words}"
            yield pytest.param(criterion.id, document, expected, id=name)


@pytest.mark.parametrize(("row", "document", "expected"), list(_rows()))
def test_a_drug_drafted_beside_the_order_counts(row: str, document: bytes, expected: str) -> None:
    assert_verdict(document, row, expected)


def test_every_row_of_the_section_is_in_a_table() -> None:
    rows = {criterion.id for criterion, _ in _classes()} | {"iodinated-contrast"}
    assert rows == {one.id for one in interacting_drugs.CRITERIA}
    assert codes.DRUG_ALDESLEUKIN not in {wanted for _, wanted in _classes()}


# --- Contrast, ordered as a medicine or as a scan ---------------------------------------------

IOHEXOL: Final = Code(RXNORM, "5956", "Iohexol")
CT_WITH: Final = Code(LOINC, "24726-2", "CT Head WO and W contrast IV")
CT_CHEST: Final = Code(OURS, "77012")


def scan(*, status: str = "draft", days_ago: int | None = 0, **fields: Any) -> Resource:
    return service_request(CT_WITH, status=status, days_ago=days_ago, **fields)


def given(days_ago: int) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=days_ago)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # as a medicine
        pytest.param(taking(DRAFTED, draft(IOHEXOL)), "not-met", id="a medicine, today"),
        pytest.param(taking(DRAFTED, draft(text="iohexol 350")), "not-met", id="by name"),
        pytest.param(
            taking(DRAFTED, draft(IOHEXOL, days_ago=None)), "unknown:unreadable", id="not dated"
        ),
        pytest.param(
            taking(BEING_WRITTEN, draft(IOHEXOL)),
            "unknown:unreadable",
            id="the first dose is not dated",
        ),
        pytest.param(
            taking(BEING_WRITTEN, medication_administration(IOHEXOL, days_ago=1)),
            "met",
            id="contrast of yesterday: what is being written cannot have begun",
        ),
        pytest.param(
            taking(BEING_WRITTEN, medication_administration(IOHEXOL, days_ago=0)),
            "unknown:unreadable",
            id="contrast of today",
        ),
        pytest.param(taking(draft(IOHEXOL)), "not-applicable", id="no order, none given"),
        pytest.param(taking(given(3), draft(IOHEXOL)), "met", id="given lately, and no order"),
        pytest.param(
            taking(given(3), aldesleukin_order(status="on-hold"), draft(IOHEXOL)),
            "unknown:unclassified",
            id="given lately, and an order on hold",
        ),
        # as a scan
        pytest.param(taking(DRAFTED, scan(due_in_days=2)), "not-met", id="a scan, soon"),
        pytest.param(taking(DRAFTED, scan(due_in_days=33)), "not-met", id="after 33 days"),
        pytest.param(taking(DRAFTED, scan(due_in_days=34)), "met", id="after 34 days"),
        pytest.param(taking(DRAFTED, scan()), "unknown:unreadable", id="a scan without a day"),
        pytest.param(
            taking(DRAFTED, scan(days_ago=None)), "unknown:unreadable", id="without any date"
        ),
        pytest.param(
            taking(BEING_WRITTEN, scan(due_in_days=2)),
            "unknown:unreadable",
            id="a scan soon, and the first dose is not dated",
        ),
        pytest.param(
            taking(
                DRAFTED,
                service_request(
                    CT_CHEST, text="CT chest with contrast", status="draft", due_in_days=2
                ),
            ),
            "unknown:unclassified",
            id="a scan in words",
        ),
        pytest.param(taking(scan(due_in_days=2)), "not-applicable", id="a scan, no order"),
        pytest.param(taking(given(3), scan(due_in_days=2)), "met", id="a scan, given and no order"),
        pytest.param(
            taking(given(3), aldesleukin_order(status="on-hold"), scan(due_in_days=2)),
            "unknown:unclassified",
            id="a scan, given, and an order on hold",
        ),
        # the next cycle, drafted while a course goes on
        pytest.param(
            taking(given(18), given(14), DRAFTED, scan(due_in_days=16)),
            "not-met",
            id="late after this cycle, soon after the drafted one",
        ),
        pytest.param(
            taking(given(18), given(14), scan(due_in_days=16, status="active")),
            "met",
            id="late after this cycle, and no other",
        ),
    ],
)
def test_contrast_drafted_beside_the_order(document: bytes, expected: str) -> None:
    assert_verdict(document, "iodinated-contrast", expected)
