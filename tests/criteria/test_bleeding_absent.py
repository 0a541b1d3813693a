"""
No active bleeding or coagulation disorder? Criteria.md, section G: an absence row, and INR.

Bleeding sets are acute: the diagnosis of a visit counts for 30 days (P). A coagulation disorder
counts until it is abated. INR <= 1.2 (one kidney trial) in its window of 7 days (P).
"""

from datetime import date
from typing import Any

import pytest

from cds_hooks.evaluate import read_document
from rules import work_ups
from rules.case import Case
from rules.criteria.haematology import BLEEDING_ABSENT
from tests.build import (
    ICD10,
    ICD10CM,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    lab,
    visit_diagnosis,
    withheld,
)

ROW = "bleeding-absent"

MELENA = Code(ICD10CM, "K92.1", "Melena")
SUBDURAL = Code(ICD10CM, "I62.00", "Nontraumatic subdural hemorrhage, unspecified")
EPISTAXIS = Code(ICD10CM, "R04.0", "Epistaxis")
HAEMOPHILIA = Code(SNOMED, "90935002", "Hemophilia (disorder)")
WILLEBRAND = Code(ICD10CM, "D68.01", "Von Willebrand disease, type 1")
DEFECT = Code(ICD10, "D68.9", "Coagulation defect, unspecified")
THROMBOPHILIA = Code(ICD10CM, "D68.51", "Activated protein C resistance")
ABNORMAL_PROFILE = Code(ICD10CM, "R79.1", "Abnormal coagulation profile")
GUMS = Code(SNOMED, "86276007", "Bleeding gums (finding)")
INR = Code(LOINC, "6301-6", "INR in Platelet poor plasma by Coagulation assay")
APTT = Code(LOINC, "14979-9", "aPTT in Platelet poor plasma by Coagulation assay")
PROTHROMBIN_TIME = Code(LOINC, "5902-2", "Prothrombin time (PT)")


def inr(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    """In {INR}, where no other unit is told."""
    words = value if " " in value else f"{value} {{INR}}"
    return lab(INR, words, days_ago=days_ago, **fields)


BARE: Resource = {"valueQuantity": {"value": 1.1}}


def with_problems(*resources: Resource) -> bytes:
    """The list of problems is not empty; INR is 1.0."""
    return chart(hypertension(), inr("1.0"), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Conditions
        pytest.param(with_problems(), "met", id="none recognised, INR 1.0"),
        pytest.param(with_problems(condition(MELENA)), "not-met", id="melena"),
        pytest.param(with_problems(condition(SUBDURAL)), "not-met", id="subdural bleeding"),
        pytest.param(with_problems(condition(EPISTAXIS)), "not-met", id="nose bleed"),
        pytest.param(with_problems(condition(HAEMOPHILIA)), "not-met", id="haemophilia"),
        pytest.param(with_problems(condition(WILLEBRAND)), "not-met", id="von Willebrand disease"),
        pytest.param(with_problems(condition(DEFECT)), "not-met", id="coagulation defect, ICD-10"),
        pytest.param(chart(condition(MELENA)), "not-met", id="found, and nothing beside it"),
        # Acute, or until it is abated
        pytest.param(
            with_problems(condition(MELENA, days_ago=900)), "not-met", id="a problem stays"
        ),
        pytest.param(
            with_problems(visit_diagnosis(MELENA, days_ago=30)), "not-met", id="visit, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(MELENA, days_ago=31)), "met", id="visit, a day too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(MELENA, days_ago=None)),
            "unknown:unreadable",
            id="a visit without a date",
        ),
        pytest.param(
            with_problems(visit_diagnosis(HAEMOPHILIA, days_ago=900)),
            "not-met",
            id="haemophilia of an old visit: not acute",
        ),
        pytest.param(
            with_problems(condition(MELENA, clinical="resolved", abated_days_ago=9)),
            "met",
            id="resolved",
        ),
        pytest.param(
            with_problems(condition(MELENA, abated_days_ago=9)),
            "unknown:conflicting",
            id="active, yet abated",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(ABNORMAL_PROFILE)),
            "unknown:unclassified",
            id="an abnormal profile asks, also beside a good INR",
        ),
        pytest.param(with_problems(condition(GUMS)), "unknown:unclassified", id="gums: asks"),
        pytest.param(
            with_problems(condition(THROMBOPHILIA)), "met", id="thrombophilia is a look-alike"
        ),
        pytest.param(
            with_problems(condition(text="GI bleed")), "unknown:unclassified", id="in words"
        ),
        pytest.param(
            with_problems(condition(MELENA, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(condition(MELENA, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        # Not the patient's, or not true
        pytest.param(with_problems(condition(MELENA, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_problems(condition(MELENA, verification="entered-in-error", clinical=None)),
            "met",
            id="entered in error",
        ),
        pytest.param(
            with_problems(condition(MELENA, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # INR
        pytest.param(chart(hypertension()), "met", id="no INR: judged without"),
        pytest.param(chart(hypertension(), inr("1.2")), "met", id="on the limit"),
        pytest.param(chart(hypertension(), inr("1.21")), "not-met", id="just above"),
        pytest.param(chart(hypertension(), inr("1.3", days_ago=7)), "not-met", id="last day"),
        pytest.param(chart(inr("2.4")), "not-met", id="INR above, no problem list at all"),
        pytest.param(
            chart(hypertension(), inr("1.0", days_ago=8)),
            "met",
            id="good, too old: speaks not against",
        ),
        pytest.param(
            chart(hypertension(), inr("2.4", days_ago=8)), "unknown:stale", id="above, too old"
        ),
        pytest.param(
            chart(hypertension(), inr("1.1", days_ago=8, **BARE)),
            "unknown:stale",
            id="too old, and its unit not known",
        ),
        pytest.param(
            chart(hypertension(), inr("1.1", days_ago=8, status="unknown")),
            "unknown:stale",
            id="too old, and its status not known",
        ),
        pytest.param(
            chart(hypertension(), inr("2.4", days_ago=3), inr("1.1")), "met", id="2.4, then 1.1"
        ),
        pytest.param(
            chart(hypertension(), inr("1.0", days_ago=3), inr("1.8")), "not-met", id="1.0, then 1.8"
        ),
        pytest.param(
            chart(hypertension(), inr("1.0", days_ago=3), inr("1.1", **BARE)),
            "unknown:unit-unknown",
            id="the newest has no unit",
        ),
        pytest.param(
            chart(hypertension(), inr("1.0", days_ago=3), inr("1.8", status="preliminary")),
            "unknown:not-final",
            id="the newest is preliminary",
        ),
        pytest.param(
            chart(hypertension(), inr("1.1"), inr("1.8")),
            "unknown:conflicting",
            id="1.1 and 1.8 at one moment",
        ),
        pytest.param(
            chart(
                hypertension(),
                inr("1", valueQuantity=None, dataAbsentReason=concept(text="clotted")),
            ),
            "unknown:unreadable",
            id="INR said to be absent",
        ),
        pytest.param(
            chart(hypertension(), inr("1.1", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="INR had to be skipped",
        ),
        pytest.param(chart(hypertension(), inr("1.1 1")), "met", id="INR as a bare ratio"),
        pytest.param(chart(hypertension(), inr("0.4")), "unknown:unreadable", id="not plausible"),
        pytest.param(chart(hypertension(), inr("<1.1")), "met", id="below 1.1"),
        pytest.param(chart(hypertension(), inr(">1.1")), "unknown:unreadable", id="either side"),
        pytest.param(
            chart(hypertension(), inr("3.0", status="entered-in-error")), "met", id="INR an error"
        ),
        pytest.param(
            chart(hypertension(), inr("3.0", subject=SOMEBODY_ELSE)), "met", id="another's INR"
        ),
        pytest.param(
            chart(hypertension(), lab(APTT, "48 s"), lab(PROTHROMBIN_TIME, "19 s")),
            "met",
            id="aPTT and prothrombin time are no INR",
        ),
        pytest.param(
            chart(hypertension(), inr("1.1", **BARE), condition(MELENA)),
            "not-met",
            id="bleeding, whatever the INR",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(inr("1.0")), "unknown:absent", id="no problem recorded: never asked"),
        pytest.param(
            withheld(hypertension(), inr("1.0"), missing=["labs"]),
            "unknown:not-shared",
            id="labs withheld",
        ),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="labs refused"
        ),
        pytest.param(
            withheld(hypertension(), inr("1.0"), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(condition(MELENA), refused=["labs", "encounterDx"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            withheld(inr("2.4"), refused=["problems"]), "not-met", id="INR above in what came"
        ),
        pytest.param(withheld(hypertension()), "met", id="INR known to be none"),
    ],
)
def test_bleeding_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("found", "is_without"),
    [
        pytest.param((), True, id="no INR"),
        pytest.param((inr("1.0", days_ago=8),), True, id="an INR too old"),
        pytest.param((inr("1.0"),), False, id="an INR"),
    ],
)
def test_that_it_was_judged_without_an_inr_is_said(
    found: tuple[Resource, ...], is_without: bool
) -> None:
    judged = finding(chart(hypertension(), *found), ROW)
    assert judged["outcome"] == "met"
    assert (judged.get("remark") == "judged without a current INR") is is_without
    assert len(judged.get("evidence") or ()) == len(found)  # type: ignore[arg-type]


def test_an_inr_that_was_too_high_asks_for_a_new_one() -> None:
    case = Case(
        read_document(chart(hypertension(), inr("2.4", days_ago=8))), date.fromisoformat(TODAY)
    )
    assert BLEEDING_ABSENT.assess(case).to_do == (work_ups.INR,)


def test_it_is_a_caution() -> None:
    assert finding(with_problems(), ROW)["weight"] == "caution"
