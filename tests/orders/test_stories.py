"""The stories of orders: what comes of each, and what a card of an order never does."""

import json
from typing import Any, Final

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.services import HOOKS
from tests.fhir.stories import FIXTURES
from tests.orders.calls import NOON

STORIES: Final = sorted((FIXTURES / "requests" / "orders").glob("*.json"))
# story → indicator, and the kinds of what is offered to do with the draft
EXPECTED: Final[dict[str, tuple[str | None, set[str]]]] = {
    "order-select-another-drug": (None, set()),
    "order-select-by-name": ("info", set()),
    "order-sign-720000-per-kg": ("info", set()),
    "order-sign-abnormal-stress-test": ("warning", {"delete"}),
    "order-sign-after-lifileucel": ("info", set()),
    "order-sign-again-after-perforation": ("critical", {"delete"}),
    "order-sign-contained-drug": ("info", set()),
    "order-sign-contrast-scheduled": ("warning", set()),
    "order-sign-dexamethasone-active": ("warning", set()),
    "order-sign-dexamethasone-drafted": ("warning", set()),
    "order-sign-growing-lesion": ("warning", {"delete"}),
    "order-sign-kidney-cancer": ("info", set()),
    "order-sign-kidney-transplant": ("critical", {"delete"}),
    "order-sign-milligrams-for-units": ("warning", set()),
    "order-sign-outpatient": ("warning", {"update"}),
    "order-sign-right-dose": ("info", set()),
    "order-sign-stable-treated-brain-mets": ("warning", set()),
    "order-sign-subcutaneous-low-dose": ("info", set()),
    "order-sign-ten-fold-dose": ("critical", {"delete"}),
    "order-sign-two-drafts": ("info", set()),
    "order-sign-weight-missing": ("warning", set()),
    "order-sign-whole-dose": ("info", set()),
}


def cards(document: bytes) -> list[Any]:
    asked = parse(document, HOOKS)
    found = answer(asked, now=NOON, rule_book_url="http://localhost").response
    assert list(found) == ["cards"]
    return list(found["cards"])


def test_every_story_has_its_place() -> None:
    assert {path.stem for path in STORIES} == set(EXPECTED)
    assert len(STORIES) >= 15


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_what_comes_of_an_order(path: Any) -> None:
    level, kinds = EXPECTED[path.stem]
    document = path.read_bytes()
    found = cards(document)
    assert [card["indicator"] for card in found] == ([] if level is None else [level])
    drafts = [e["resource"] for e in json.loads(document)["context"]["draftOrders"]["entry"]]
    doses = {one["id"]: one.get("dosageInstruction") for one in drafts}
    for card in found:
        offered = card.get("suggestions", [])
        assert ("selectionBehavior" in card) is bool(offered)
        assert sum(one.get("isRecommended", False) for one in offered) <= 1
        actions = [action for one in offered for action in one["actions"]]
        assert {one["type"] for one in actions} - {"create"} == kinds
        for action in actions:
            if action["type"] == "update":  # never a dose
                changed = action["resource"]
                assert changed["dosageInstruction"] == doses[changed["id"]]
