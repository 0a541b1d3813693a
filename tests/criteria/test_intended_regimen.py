"""
Is the order HD IL-2 alone, not IL-2 with lifileucel? Criteria.md, section A: an order row.

Lifileucel active, drafted or given in the last 30 days (P), or a subcutaneous route: another use,
which follows other criteria.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from cds_hooks.cards.compose import cards
from cds_hooks.evaluate import read_document
from rules.assess import assess as assess_case
from rules.case import Case
from tests.build import (
    ALDESLEUKIN,
    ATC,
    ICD10CM,
    INTRAVENOUS,
    KIDNEY_CANCER,
    OURS,
    RXNORM,
    SNOMED,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    allergy,
    assert_verdict,
    chart,
    concept,
    condition,
    ecog,
    evaluate,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    more_pages,
    nothing_against,
    vitamin_d,
    withheld,
)

ROW = "intended-regimen"

LIFILEUCEL = Code(ATC, "L01XL11", "lifileucel")
SUBCUTANEOUS = Code(SNOMED, "34206005", "Subcutaneous route (qualifier value)")
INTRAMUSCULAR = Code(SNOMED, "78421000", "Intramuscular route")
OWN_ROUTE = Code(OURS, "11", "Intravenous")
PERHAPS_ALDESLEUKIN = Code(RXNORM, "105648")
UNKNOWN_MEDICINE = Code(OURS, "48151")
KIDNEY_TRANSPLANT = Code(ICD10CM, "Z94.0", "Kidney transplant status")


def by(*routes: Resource | None, **fields: Any) -> Resource:
    """An order of aldesleukin, a dosage for each route; None: the route is not told."""
    dosages = [{"text": "as the label"} | ({"route": r} if r else {}) for r in routes]
    return aldesleukin_order(dosageInstruction=dosages, **fields)


def ordered(*resources: Resource) -> bytes:
    """Aldesleukin is ordered into a vein."""
    return chart(hypertension(), vitamin_d(), aldesleukin_order(), *resources)


def given(days_ago: int | None, **fields: Any) -> Resource:
    return medication_administration(LIFILEUCEL, days_ago=days_ago, **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # High-dose IL-2 alone
        pytest.param(ordered(), "met", id="aldesleukin alone, into a vein"),
        pytest.param(
            chart(*nothing_against(order=aldesleukin_order())), "met", id="a full chart, ordered"
        ),
        pytest.param(chart(aldesleukin_order(status="draft")), "met", id="drafted"),
        pytest.param(withheld(aldesleukin_order()), "met", id="every query came"),
        # After lifileucel
        pytest.param(
            ordered(medication_request(LIFILEUCEL)), "not-met", id="an order of lifileucel"
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="draft")), "not-met", id="drafted beside"
        ),
        pytest.param(
            ordered(medication_request(text="Amtagvi infusion")), "not-met", id="by its brand"
        ),
        pytest.param(
            ordered(medication_statement(LIFILEUCEL)), "not-met", id="stated as being taken"
        ),
        pytest.param(ordered(given(1)), "not-met", id="given yesterday"),
        pytest.param(ordered(given(30)), "not-met", id="given, last day of the window"),
        pytest.param(ordered(given(31)), "met", id="given a day too long ago"),
        pytest.param(ordered(given(20, status="in-progress")), "not-met", id="being given"),
        pytest.param(ordered(given(20, status="not-done")), "met", id="not given"),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, days_ago=366)), "met", id="ordered too long ago"
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="cancelled")), "met", id="cancelled"
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, doNotPerform=True)),
            "met",
            id="an order not to give it",
        ),
        pytest.param(
            ordered(given(2, subject=SOMEBODY_ELSE)), "met", id="given to another patient"
        ),
        pytest.param(
            withheld(aldesleukin_order(), medication_request(LIFILEUCEL), refused=["given"]),
            "not-met",
            id="found in what came",
        ),
        # Perhaps after lifileucel
        pytest.param(
            ordered(medication_request(text="tumor infiltrating lymphocyte infusion")),
            "unknown:unclassified",
            id="by words that only ask",
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="on-hold")),
            "unknown:unclassified",
            id="on hold",
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="completed", days_ago=30)),
            "unknown:unclassified",
            id="ordered in the window and ended: given or not",
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="completed", days_ago=31)),
            "met",
            id="ordered and ended before the window",
        ),
        pytest.param(
            ordered(medication_statement(LIFILEUCEL, status="completed", days_ago=9)),
            "unknown:unclassified",
            id="stated, and ended in the window",
        ),
        pytest.param(
            ordered(medication_request(LIFILEUCEL, status="completed", days_ago=None)),
            "unknown:unreadable",
            id="ordered and ended, nobody knows when",
        ),
        pytest.param(
            ordered(given(None, effectiveDateTime=ago(30)[:7])),
            "unknown:unreadable",
            id="given some day of the month in which the window begins",
        ),
        pytest.param(ordered(given(None)), "unknown:unreadable", id="given, nobody knows when"),
        pytest.param(ordered(given(-1)), "unknown:unreadable", id="given tomorrow"),
        pytest.param(
            ordered(given(2, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a dose of it was skipped",
        ),
        pytest.param(
            ordered(medication_administration(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="a dose of nobody knows what was skipped",
        ),
        pytest.param(
            ordered(medication_request(UNKNOWN_MEDICINE)),
            "unknown:unclassified",
            id="an order of nobody knows what",
        ),
        pytest.param(
            withheld(aldesleukin_order(), missing=["given"]),
            "unknown:not-shared",
            id="doses given withheld",
        ),
        pytest.param(
            withheld(aldesleukin_order(), refused=["given"]),
            "unknown:not-shared",
            id="doses given refused",
        ),
        pytest.param(
            more_pages(aldesleukin_order(), "medicines"),
            "unknown:not-shared",
            id="of the orders there are more pages",
        ),
        # The route
        pytest.param(chart(by(concept(SUBCUTANEOUS))), "not-met", id="under the skin"),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS), concept(SUBCUTANEOUS))),
            "not-met",
            id="two dosages under the skin",
        ),
        pytest.param(
            withheld(by(concept(SUBCUTANEOUS)), missing=["given"]),
            "not-met",
            id="under the skin, whatever was given",
        ),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS, INTRAVENOUS))),
            "unknown:conflicting",
            id="two codes that oppose each other",
        ),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS), concept(INTRAVENOUS))),
            "unknown:conflicting",
            id="one dosage under the skin, one into a vein",
        ),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS)), aldesleukin_order()),
            "unknown:conflicting",
            id="one order under the skin, one into a vein",
        ),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS), None)),
            "unknown:conflicting",
            id="one dosage under the skin, one not told",
        ),
        pytest.param(
            chart(by(concept(INTRAVENOUS, OWN_ROUTE))), "met", id="a site's own code beside"
        ),
        pytest.param(
            chart(by(concept(OWN_ROUTE))), "unknown:unclassified", id="a site's own code alone"
        ),
        pytest.param(
            chart(by(concept(text="subcutaneous"))), "unknown:unclassified", id="in words only"
        ),
        pytest.param(chart(by(concept(INTRAMUSCULAR))), "unknown:unclassified", id="another route"),
        pytest.param(chart(by(None)), "unknown:absent", id="no route"),
        pytest.param(chart(by()), "unknown:absent", id="no dosage at all"),
        pytest.param(
            chart(by(concept(INTRAVENOUS), None)), "unknown:absent", id="one dosage without"
        ),
        # Can the order be relied on?
        pytest.param(
            chart(
                medication_request(PERHAPS_ALDESLEUKIN, days_ago=0, route=INTRAVENOUS), vitamin_d()
            ),
            "unknown:unclassified",
            id="a code that only asks",
        ),
        pytest.param(
            chart(medication_request(PERHAPS_ALDESLEUKIN, days_ago=0, route=SUBCUTANEOUS)),
            "unknown:unclassified",
            id="such a code, under the skin",
        ),
        pytest.param(chart(aldesleukin_order(days_ago=-1)), "unknown:unreadable", id="of tomorrow"),
        pytest.param(
            chart(aldesleukin_order(), aldesleukin_order(status="on-hold")),
            "unknown:unclassified",
            id="a second order on hold",
        ),
        pytest.param(
            chart(
                by(concept(SUBCUTANEOUS)),
                medication_request(ALDESLEUKIN, modifierExtension=UNKNOWN_MODIFIER),
            ),
            "unknown:unclassified",
            id="under the skin, and a second order was skipped",
        ),
        # An order row
        pytest.param(
            chart(vitamin_d(), medication_request(LIFILEUCEL)),
            "not-applicable",
            id="lifileucel, and no order of aldesleukin",
        ),
        pytest.param(
            chart(by(concept(SUBCUTANEOUS), status="completed")), "not-applicable", id="completed"
        ),
        pytest.param(
            withheld(medication_administration(LIFILEUCEL), missing=["medicines"]),
            "unknown:not-shared",
            id="whether there is an order is not known",
        ),
        pytest.param(
            chart(aldesleukin_order(status="on-hold")),
            "unknown:unclassified",
            id="the order is on hold",
        ),
    ],
)
def test_intended_regimen(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (ordered(given(2)), "IL-2 after lifileucel follows other criteria"),
        (chart(by(concept(SUBCUTANEOUS))), "subcutaneous IL-2 follows other criteria"),
        (chart(by(None)), "no route on the order; assumed: into a vein, high-dose IL-2"),
        (
            chart(by(concept(text="IV"))),
            "the route of the order is not recognised; assumed: into a vein, high-dose IL-2",
        ),
        (ordered(given(None)), "An entry may be lifileucel."),
    ],
)
def test_it_says_what_was_found_or_assumed(document: bytes, words: str) -> None:
    assert finding(document, ROW)["remark"] == words


# Out of scope -------------------------------------------------------------------------------------

AFTER_LIFILEUCEL = {"order": aldesleukin_order(), "cells": given(2)}
UNDER_THE_SKIN = {"order": by(concept(SUBCUTANEOUS))}


def whole(**changes: Resource | None) -> bytes:
    return chart(*nothing_against(**changes))


def card(document: bytes) -> dict[str, Any]:
    assessment = assess_case(Case(read_document(document), date.fromisoformat(TODAY)))
    (made,) = cards(
        assessment, patient_id="p1", encounter_id=None, rule_book_url="http://localhost/rules"
    )
    return made


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param(AFTER_LIFILEUCEL, "out-of-scope", id="after lifileucel"),
        pytest.param(
            {"order": aldesleukin_order(), "cells": medication_request(LIFILEUCEL)},
            "out-of-scope",
            id="an aldesleukin order with a lifileucel order",
        ),
        pytest.param(UNDER_THE_SKIN, "out-of-scope", id="under the skin"),
        pytest.param(
            AFTER_LIFILEUCEL | {"ecog": ecog(3), "scan": None},
            "out-of-scope",
            id="whatever else speaks against, or is missing",
        ),
        pytest.param(
            AFTER_LIFILEUCEL | {"allergy": None},
            "out-of-scope",
            id="even an allergy that is not known",
        ),
        pytest.param(
            AFTER_LIFILEUCEL | {"graft": condition(KIDNEY_TRANSPLANT)},
            "contraindication-found",
            id="a transplant goes before it",
        ),
        pytest.param(
            AFTER_LIFILEUCEL | {"allergy": allergy(ALDESLEUKIN, criticality="high")},
            "contraindication-found",
            id="a severe allergy goes before it",
        ),
        pytest.param(
            AFTER_LIFILEUCEL | {"melanoma": None, "kidney": condition(KIDNEY_CANCER)},
            "out-of-scope",
            id="in kidney cancer",
        ),
        pytest.param(
            {"order": aldesleukin_order(), "cells": given(None)},
            "cannot-assess",
            id="perhaps after lifileucel",
        ),
        pytest.param({"cells": given(2)}, "no-exclusion-found", id="lifileucel without an order"),
    ],
)
def test_another_use_is_out_of_scope(changes: Mapping[str, Resource | None], status: str) -> None:
    assert evaluate(whole(**changes))["status"] == status


@pytest.mark.parametrize("changes", [AFTER_LIFILEUCEL, UNDER_THE_SKIN])
def test_all_but_transplant_and_allergy_do_not_apply(changes: Mapping[str, Resource]) -> None:
    criteria = evaluate(whole(**changes))["criteria"]
    assert isinstance(criteria, list)
    judged = {one["id"]: one["outcome"] for one in criteria if one["outcome"] != "not-applicable"}
    assert judged == {
        "intended-regimen": "not-met",
        "organ-allograft-absent": "met",
        "hypersensitivity-absent": "met",
    }
    assert all(one.get("remark") for one in criteria if one["outcome"] == "not-applicable")


@pytest.mark.parametrize(
    ("changes", "words"),
    [(AFTER_LIFILEUCEL, "IL-2 after lifileucel"), (UNDER_THE_SKIN, "subcutaneous IL-2")],
)
def test_the_card_says_in_one_line_why(changes: Mapping[str, Resource], words: str) -> None:
    made = card(whole(**changes))
    start = f"High-dose IL-2: this order follows other criteria ({words})"
    assert made["summary"].startswith(start)
    assert made["indicator"] == "info"
    assert "suggestions" not in made
    lines = [line for line in made["detail"].splitlines() if line.startswith("**")]
    assert [line.split("**")[1].split(" (")[0] for line in lines] == [
        "Out of scope",
        "Always",
    ]
    assert f"{words[0].upper()}{words[1:]} follows other criteria." in lines[0]
    assert "only transplant and allergy were judged" in lines[0]


def test_the_card_of_a_contraindication_still_says_it() -> None:
    made = card(whole(**AFTER_LIFILEUCEL, graft=condition(KIDNEY_TRANSPLANT)))
    assert made["summary"].startswith("High-dose IL-2: contraindication on record: Kidney")
    against, scope = (made["detail"].index(f"**{title}**") for title in ("Against", "Out of scope"))
    assert against < scope
    assert json.dumps(made).count("IL-2 after lifileucel follows other criteria") >= 1


def test_an_order_row_of_an_unknown_regimen_is_a_requirement() -> None:
    document = whole(order=by(None))
    assert finding(document, ROW)["weight"] == "requirement"
    assert evaluate(document)["status"] == "cannot-assess"
