"""When a view of a patient has a card, by the site's choice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.commands.telling import card_text
from cds_hooks.services import HOOKS
from tests.build import (
    ALDESLEUKIN,
    PEMBROLIZUMAB,
    UNKNOWN_MODIFIER,
    Resource,
    aldesleukin_order,
    chart,
    medication_request,
    nothing_against,
    prefetch_of,
    request,
)
from tests.policy.under import assessed, rules_under

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("America/Chicago"))
BOTH = ("after-checkpoint", "ordered")


def cards(show: str, *found: Resource, without: str = "") -> int:
    """How many cards a view of the patient has."""
    answers = prefetch_of(*found)
    answers.pop(without, None)
    rules = rules_under(f'[patient_view]\nshow = "{show}"')
    made = answer(
        parse(request(answers), HOOKS), now=NOW, rule_book_url="https://a.example", rules=rules
    )
    return len(made.cards)


CHECKPOINT = medication_request(PEMBROLIZUMAB, status="completed", days_ago=300)
NOT_TOLD = medication_request(ALDESLEUKIN, modifierExtension=UNKNOWN_MODIFIER)
ON_HOLD = medication_request(ALDESLEUKIN, status="on-hold")
OLD = aldesleukin_order(days_ago=500)


@pytest.mark.parametrize(
    ("checkpoint", "order", "shown"),
    [
        pytest.param(None, None, {"advanced"}, id="neither"),
        pytest.param(CHECKPOINT, None, {"advanced", "after-checkpoint"}, id="checkpoint therapy"),
        pytest.param(None, aldesleukin_order(), {"advanced", *BOTH}, id="an order"),
        pytest.param(
            None, aldesleukin_order(status="draft"), {"advanced", *BOTH}, id="a drafted order"
        ),
        pytest.param(None, ON_HOLD, {"advanced", *BOTH}, id="an order on hold may be one"),
        pytest.param(None, NOT_TOLD, {"advanced", *BOTH}, id="an order that cannot be read"),
        pytest.param(None, OLD, {"advanced"}, id="an order of long ago is none"),
        pytest.param(
            CHECKPOINT,
            aldesleukin_order(status="completed"),
            {"advanced", "after-checkpoint"},
            id="an order that is done",
        ),
    ],
)
def test_a_card_is_shown_where_the_site_wants_it(
    checkpoint: Resource | None, order: Resource | None, shown: set[str]
) -> None:
    found = nothing_against(checkpoint=checkpoint, order=order)
    assert {show for show in ("advanced", *BOTH) if cards(show, *found)} == shown


@pytest.mark.parametrize("show", BOTH)
def test_where_it_cannot_be_told_the_card_is_shown(show: str) -> None:
    assert cards(show, *nothing_against(checkpoint=None)) == 0
    assert cards(show, *nothing_against(checkpoint=None), without="medicines") == 1


def test_therapy_that_may_stand_in_what_was_not_shared() -> None:
    found = nothing_against(checkpoint=None)
    assert cards("after-checkpoint", *found, without="given") == 1
    assert cards("ordered", *found, without="given") == 0


@pytest.mark.parametrize(
    ("show", "why"),
    [
        ("ordered", "no order of aldesleukin is on record"),
        ("after-checkpoint", "no PD-1/PD-L1 therapy and no order of aldesleukin are on record"),
    ],
)
def test_the_command_line_always_shows_the_assessment(show: str, why: str) -> None:
    toml = f'[patient_view]\nshow = "{show}"'
    found = assessed(chart(*nothing_against(checkpoint=None)), toml)
    first, _, second, *_ = card_text(found, rules_under(toml))
    assert first == f'NO CARD IN THE EHR  patient_view.show = "{show}", and {why}'
    assert second.startswith("INFO  High-dose IL-2: ")
