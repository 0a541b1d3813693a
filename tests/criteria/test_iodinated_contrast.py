"""
No contrast soon after IL-2? Criteria.md, section L.

Only if aldesleukin is ordered, or was given in the last 14 days. Limited from the first dose (or
the date of the order) until 33 days later (course + 14), and until 14 days after the last dose.
"""

from typing import Any

import pytest

from tests.build import (
    ALDESLEUKIN,
    ATC,
    CT_HEAD,
    LOINC,
    OURS,
    RXNORM,
    TOPICAL,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    service_request,
    vitamin_d,
    withheld,
)
from tests.criteria.drug_tables import NAMELESS, taking

ROW = "iodinated-contrast"

IOHEXOL = Code(RXNORM, "5956", "Iohexol")
ETHIODIZED_OIL = Code(RXNORM, "4125", "Ethiodized Oil")
GADOLINIUM_ATC = Code(ATC, "V08CA02", "gadoteric acid")
CT_WITH = Code(LOINC, "24726-2", "CT Head WO and W contrast IV")
CT_WITHOUT = Code(LOINC, "30799-1", "CT Head WO contrast")
MRI_WITH = Code(LOINC, "24587-8", "MR Brain WO and W contrast IV")
CT_CHEST = Code(OURS, "77012")
IL2_WORD = "il-2"


def dose(days_ago: int | None, **fields: Any) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=days_ago, **fields)


def contrast(days_ago: int | None, **fields: Any) -> Resource:
    return medication_administration(IOHEXOL, days_ago=days_ago, **fields)


def ct(**fields: Any) -> Resource:
    return service_request(CT_WITH, **fields)


def ordered(*resources: Resource, days_ago: int = 5) -> bytes:
    """Aldesleukin was ordered, and is not given yet."""
    return taking(aldesleukin_order(days_ago=days_ago), *resources)


def given(*resources: Resource, first: int = 10, last: int = 6) -> bytes:
    """Aldesleukin was given from and until so many days ago, and is not ordered now."""
    return taking(dose(first), dose(last), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Whether the row applies
        pytest.param(chart(*nothing_against()), "not-applicable", id="neither ordered nor given"),
        pytest.param(taking(contrast(1)), "not-applicable", id="contrast, but no IL-2"),
        pytest.param(taking(dose(14)), "met", id="IL-2 given, last day of the window"),
        pytest.param(taking(dose(15)), "not-applicable", id="IL-2 given, a day too long ago"),
        pytest.param(ordered(), "met", id="IL-2 ordered, no contrast"),
        pytest.param(
            taking(aldesleukin_order(status="draft")), "met", id="IL-2 drafted, no contrast"
        ),
        pytest.param(
            taking(medication_statement(ALDESLEUKIN, days_ago=3)), "met", id="IL-2 stated as taken"
        ),
        pytest.param(
            taking(dose(3, status="not-done")), "not-applicable", id="IL-2 not given after all"
        ),
        pytest.param(
            taking(dose(3, status="unknown")), "unknown:unclassified", id="IL-2 given? unknown"
        ),
        pytest.param(
            taking(dose(15, status="unknown")),
            "not-applicable",
            id="IL-2 given or not, it is too long ago",
        ),
        pytest.param(taking(dose(None)), "unknown:unreadable", id="IL-2 given, nobody knows when"),
        pytest.param(
            taking(dose(None, effectiveDateTime="2026-11")),
            "unknown:unreadable",
            id="IL-2 given this month: on which side of the window?",
        ),
        pytest.param(
            taking(medication_administration(text=IL2_WORD, days_ago=3)),
            "unknown:unclassified",
            id="IL-2 by a name that only asks",
        ),
        pytest.param(
            taking(medication_administration(NAMELESS, days_ago=3)),
            "unknown:unclassified",
            id="something given that nobody can name",
        ),
        pytest.param(
            taking(dose(3, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="IL-2 given, an entry that had to be skipped",
        ),
        pytest.param(
            taking(medication_request(ALDESLEUKIN, status="completed", days_ago=33)),
            "unknown:unclassified",
            id="an order of IL-2 that ended: given?",
        ),
        pytest.param(
            taking(medication_request(ALDESLEUKIN, status="completed", days_ago=34)),
            "not-applicable",
            id="an order of IL-2 that ended, a day too long ago",
        ),
        pytest.param(
            taking(medication_request(ALDESLEUKIN, status="on-hold", days_ago=3)),
            "unknown:unclassified",
            id="an order of IL-2 on hold",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="no medicine recorded"),
        pytest.param(
            withheld(vitamin_d(), missing=["given"]),
            "unknown:not-shared",
            id="whether it was given is not shared",
        ),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]),
            "unknown:not-shared",
            id="whether it was ordered is not shared",
        ),
        # Contrast given or ordered as a medicine
        pytest.param(given(contrast(1)), "not-met", id="contrast after IL-2"),
        pytest.param(given(contrast(10)), "not-met", id="contrast on the day of the first dose"),
        pytest.param(given(contrast(11)), "met", id="contrast on the day before the first dose"),
        pytest.param(given(contrast(None)), "unknown:unreadable", id="contrast, undated"),
        pytest.param(given(contrast(-1)), "unknown:unreadable", id="contrast given tomorrow"),
        pytest.param(
            given(contrast(None, effectiveDateTime="2026-11")),
            "unknown:unreadable",
            id="contrast this month: before or after?",
        ),
        pytest.param(
            given(contrast(1, status="unknown")), "unknown:unclassified", id="contrast given?"
        ),
        pytest.param(given(contrast(1, status="not-done")), "met", id="contrast not given"),
        pytest.param(
            given(medication_administration(text="iopamidol 76 % injection", days_ago=1)),
            "not-met",
            id="contrast by name",
        ),
        pytest.param(
            given(medication_administration(ETHIODIZED_OIL, days_ago=1)),
            "unknown:unclassified",
            id="contrast that only asks",
        ),
        pytest.param(
            given(medication_administration(GADOLINIUM_ATC, days_ago=1)),
            "met",
            id="contrast for magnetic resonance has no iodine",
        ),
        pytest.param(given(contrast(1, route=TOPICAL)), "met", id="on the skin"),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=1)), "not-met", id="contrast ordered"
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=20)),
            "unknown:unreadable",
            id="ordered before IL-2, and still open: given when?",
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=366)), "met", id="ordered over a year ago"
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=20, status="completed")),
            "met",
            id="ordered before IL-2, and done",
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=1, status="on-hold")),
            "unknown:unclassified",
            id="contrast ordered, on hold",
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=1, status="draft")),
            "met",
            id="contrast drafted, without an order of aldesleukin",
        ),
        pytest.param(
            ordered(medication_request(IOHEXOL, days_ago=0, status="draft")),
            "not-met",
            id="contrast drafted beside the order of aldesleukin",
        ),
        pytest.param(
            given(medication_request(IOHEXOL, days_ago=None)),
            "unknown:unreadable",
            id="contrast ordered, undated",
        ),
        pytest.param(
            given(contrast(1, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="contrast, skipped",
        ),
        # Scans
        pytest.param(given(ct(due_in_days=2)), "not-met", id="CT with contrast, due soon"),
        pytest.param(given(ct(due_in_days=23)), "not-met", id="due 33 days after the first dose"),
        pytest.param(given(ct(due_in_days=24)), "met", id="due 34 days after the first dose"),
        pytest.param(given(ct(due_in_days=-10)), "not-met", id="due on the day of the first dose"),
        pytest.param(given(ct(due_in_days=-11)), "met", id="due before the first dose"),
        pytest.param(
            given(dose(17), ct(due_in_days=10), first=30, last=4),
            "not-met",
            id="over 33 days after the first dose, but 14 after the last",
        ),
        pytest.param(
            given(dose(17), ct(due_in_days=11), first=30, last=4),
            "met",
            id="15 days after the last dose",
        ),
        pytest.param(given(ct()), "unknown:unreadable", id="CT with contrast, day not told"),
        pytest.param(
            given(ct(days_ago=None)), "unknown:unreadable", id="CT with contrast, no date at all"
        ),
        pytest.param(
            given(ct(days_ago=2, status="completed")),
            "not-met",
            id="ordered after the first dose, and done by now",
        ),
        pytest.param(
            given(ct(days_ago=20, status="completed")),
            "unknown:unreadable",
            id="ordered before the first dose, and done: when?",
        ),
        pytest.param(
            given(ct(due_in_days=2, status="revoked")), "met", id="the scan was cancelled"
        ),
        pytest.param(
            given(ct(due_in_days=2, status="on-hold")),
            "unknown:unclassified",
            id="the scan is on hold",
        ),
        pytest.param(
            given(ct(due_in_days=2, status="draft")),
            "met",
            id="a scan drafted, without an order of aldesleukin",
        ),
        pytest.param(
            ordered(ct(due_in_days=2, status="draft")),
            "not-met",
            id="a scan drafted beside the order of aldesleukin",
        ),
        pytest.param(given(ct(due_in_days=2, doNotPerform=True)), "met", id="an order not to scan"),
        pytest.param(
            given(service_request(CT_CHEST, text="CT chest with IV contrast", due_in_days=2)),
            "unknown:unclassified",
            id="contrast in words only",
        ),
        pytest.param(
            given(service_request(CT_CHEST, text="CT chest with IV contrast", due_in_days=40)),
            "met",
            id="contrast in words, late enough",
        ),
        pytest.param(
            given(
                service_request(
                    CT_CHEST, text="CT abdomen with and without contrast", due_in_days=2
                )
            ),
            "unknown:unclassified",
            id="with and without contrast",
        ),
        pytest.param(
            given(service_request(CT_CHEST, text="CT chest w/o contrast", due_in_days=2)),
            "met",
            id="without contrast, in words",
        ),
        pytest.param(
            given(service_request(CT_CHEST, text="Noncontrast CT chest", due_in_days=2)),
            "met",
            id="noncontrast, in a word",
        ),
        pytest.param(
            given(service_request(CT_WITHOUT, due_in_days=2)), "met", id="CT without contrast"
        ),
        pytest.param(
            given(service_request(CT_HEAD, due_in_days=2)), "met", id="CT, contrast not mentioned"
        ),
        pytest.param(
            given(service_request(MRI_WITH, due_in_days=2)),
            "met",
            id="contrast for magnetic resonance has no iodine, scan",
        ),
        pytest.param(
            given(
                service_request(CT_CHEST, text="CT or MRI of abdomen with contrast", due_in_days=2)
            ),
            "unknown:unclassified",
            id="CT or magnetic resonance",
        ),
        pytest.param(
            given(ct(due_in_days=2, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a scan that had to be skipped",
        ),
        pytest.param(
            given(service_request(CT_HEAD, due_in_days=2, modifierExtension=UNKNOWN_MODIFIER)),
            "met",
            id="a scan of no interest that had to be skipped",
        ),
        pytest.param(
            given(service_request(due_in_days=2, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="an order that cannot be read at all",
        ),
        # Before the first dose: from the date of the order
        pytest.param(ordered(contrast(5)), "not-met", id="on the day of the order"),
        pytest.param(ordered(contrast(6)), "met", id="on the day before the order"),
        pytest.param(ordered(ct(due_in_days=28)), "not-met", id="due 33 days after the order"),
        pytest.param(ordered(ct(due_in_days=29)), "met", id="due 34 days after the order"),
        pytest.param(
            ordered(dose(3), contrast(4)),
            "met",
            id="after the order, but before the first dose",
        ),
        pytest.param(
            ordered(dose(25), dose(22), contrast(4)),
            "not-met",
            id="a course that ended over 21 days ago: the order counts",
        ),
        pytest.param(
            ordered(dose(24), dose(21), contrast(15)),
            "not-met",
            id="a course that ended 21 days ago goes on",
        ),
        pytest.param(
            taking(dose(300), dose(4), contrast(100)),
            "met",
            id="between two courses: the first dose is that of this one",
        ),
        pytest.param(
            taking(
                aldesleukin_order(days_ago=100), aldesleukin_order(days_ago=0), ct(due_in_days=9)
            ),
            "not-met",
            id="an old order and a new one",
        ),
        pytest.param(
            taking(aldesleukin_order(authoredOn=None), contrast(1)),
            "unknown:unreadable",
            id="an order of aldesleukin without a date",
        ),
        pytest.param(
            taking(aldesleukin_order(days_ago=-9), contrast(1)), "met", id="ordered for later"
        ),
        # Doses that cannot be read
        pytest.param(
            given(dose(13, modifierExtension=UNKNOWN_MODIFIER), contrast(12)),
            "unknown:unreadable",
            id="contrast before the first dose, unless one that was skipped was earlier",
        ),
        pytest.param(
            given(dose(13, status="unknown"), contrast(12)),
            "unknown:unreadable",
            id="contrast before the first dose, unless one of unknown status was earlier",
        ),
        pytest.param(
            given(dose(34, status="unknown"), contrast(12)),
            "met",
            id="a dose of unknown status that is too old to matter",
        ),
        pytest.param(
            given(dose(13, modifierExtension=UNKNOWN_MODIFIER), contrast(1)),
            "not-met",
            id="contrast after a dose, whatever was skipped",
        ),
        pytest.param(
            given(medication_request(ALDESLEUKIN, status="completed"), contrast(12)),
            "met",
            id="the order of doses that were given tells no dose",
        ),
        # Withheld
        pytest.param(
            withheld(aldesleukin_order(), refused=["orders"]),
            "unknown:not-shared",
            id="orders of scans: refused",
        ),
        pytest.param(
            withheld(aldesleukin_order(), contrast(0), refused=["orders"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            withheld(dose(3), missing=["medicines"]),
            "unknown:not-shared",
            id="given, and the list of medicines is missing",
        ),
        pytest.param(chart(dose(3)), "unknown:absent", id="given, and no list of medicines"),
        pytest.param(
            taking(aldesleukin_order(authoredOn="9999-12-31"), contrast(1)),
            "met",
            id="ordered for the last day there is",
        ),
    ],
)
def test_iodinated_contrast(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_contrast_by_name_has_a_remark() -> None:
    by_name = medication_administration(text="iohexol 300 mg/mL", days_ago=1)
    assert finding(given(by_name), ROW)["remark"] == "by name"
    assert "remark" not in finding(given(contrast(1)), ROW)
    assert "remark" not in finding(given(by_name, ct(due_in_days=1)), ROW)


def test_the_scan_is_shown_with_its_day() -> None:
    assert ago(-2) in str(finding(given(ct(due_in_days=2)), ROW)["evidence"])
