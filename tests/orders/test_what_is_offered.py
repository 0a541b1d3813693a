"""What a card of an order offers to do: never a dose, and one click does all that it says."""

import json
from typing import Any, Final

import pytest

from tests.build import (
    Resource,
    condition,
    nothing_against,
    prefetch_of,
)
from tests.criteria.test_intended_regimen import KIDNEY_TRANSPLANT as TRANSPLANT
from tests.orders.calls import DRAFT, actions, body, sent
from tests.policy.under import rules_under

CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"


def category(code: str) -> Resource:
    return {"coding": [{"system": CATEGORY, "code": code}]}


OUTPATIENT: Final = DRAFT | {"category": [{"text": "Chemotherapy"}, category("outpatient")]}
TRANSPLANTED: Final = prefetch_of(*nothing_against(), condition(TRANSPLANT))


def test_where_nothing_speaks_against_the_order_nothing_is_done_to_it() -> None:
    assert actions(sent(body(DRAFT))) == []


def test_an_order_for_outpatients_is_corrected_and_everything_else_of_it_is_kept() -> None:
    own = {"url": "https://vendor.example/x", "valueDecimal": 0.25}
    draft = OUTPATIENT | {"extension": [own], "vendorField": {"a": [1, None, "ä"]}}
    (card,) = sent(body(draft)).cards
    (one,) = card["suggestions"]
    (action,) = one["actions"]
    assert card["selectionBehavior"] == "at-most-one"
    assert one["label"] == "Order it for an inpatient"
    assert action["type"] == "update"
    kept, inpatient = action["resource"].pop("category")
    assert kept == {"text": "Chemotherapy"}
    assert inpatient["coding"][0]["code"] == "inpatient"
    assert action["resource"] == {key: draft[key] for key in draft if key != "category"}


def test_a_category_that_is_an_object_is_corrected_too() -> None:
    (action,) = actions(sent(body(DRAFT | {"category": category("community")})))
    (inpatient,) = action["resource"]["category"]
    assert inpatient["coding"][0]["code"] == "inpatient"


def test_a_draft_that_a_contraindication_speaks_against_can_be_deleted() -> None:
    (card,) = sent(body(OUTPATIENT, prefetch=TRANSPLANTED)).cards
    (one,) = card["suggestions"]
    assert card["indicator"] == "critical"
    assert one["label"] == "Delete the draft order of aldesleukin"
    assert [(a["type"], a["resourceId"]) for a in one["actions"]] == [
        ("delete", "MedicationRequest/il2")
    ]


NOT_CHANGED: Final[list[tuple[str, dict[str, Any]]]] = [
    ("signed again", {"status": "active"}),
    ("without an id", {"id": None}),
    ("with an id that is none", {"id": "a b"}),
]


@pytest.mark.parametrize("changes", [r[1] for r in NOT_CHANGED], ids=[r[0] for r in NOT_CHANGED])
def test_what_is_under_way_or_cannot_be_named_is_left(changes: dict[str, Any]) -> None:
    draft = {k: v for k, v in {**OUTPATIENT, **changes}.items() if v is not None}
    assert actions(sent(body(draft))) == []
    assert actions(sent(body(draft, prefetch=TRANSPLANTED))) == []


def test_the_work_up_is_offered_beside_and_each_may_be_taken() -> None:
    missing = prefetch_of(*nothing_against(creatinine=None))
    (card,) = sent(body(OUTPATIENT, prefetch=missing)).cards
    assert card["selectionBehavior"] == "any"
    kinds = [[action["type"] for action in one["actions"]] for one in card["suggestions"]]
    assert kinds == [["update"], ["create"]]
    assert not any("isRecommended" in one for one in card["suggestions"])


def test_two_drafts_are_deleted_together_or_one_by_one_as_the_site_has_it() -> None:
    second = DRAFT | {"id": "again"}
    (card,) = sent(body(DRAFT, second, prefetch=TRANSPLANTED)).cards
    assert [len(one["actions"]) for one in card["suggestions"]] == [2]
    single = rules_under('suggestion_style = "single"')
    (card,) = sent(body(DRAFT, second, prefetch=TRANSPLANTED), single).cards
    assert [len(one["actions"]) for one in card["suggestions"]] == [1, 1]
    assert card["selectionBehavior"] == "any"
    assert len({one["uuid"] for one in card["suggestions"]}) == 2


def test_two_drafts_are_named_as_such() -> None:
    (one,) = sent(body(DRAFT)).cards
    (two,) = sent(body(DRAFT, DRAFT | {"id": "again"})).cards
    assert "More than one draft" not in one["detail"]
    assert two["detail"].startswith("**More than one draft** 2 orders of aldesleukin are drafted")


def test_no_action_chooses_a_dose() -> None:
    ten_fold = json.loads(json.dumps(OUTPATIENT).replace("600000", "6000000"))
    for action in actions(sent(body(ten_fold))):
        assert action["type"] == "delete"
