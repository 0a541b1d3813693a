"""Drafts of missing tests under a site's own codes, together or one each."""

from typing import Any

from cds_hooks.cards.compose import cards
from cds_hooks.cards.suggestions import suggestions, warm_up
from tests.build import chart, nothing_against
from tests.policy.under import assessed, rules_under

MISSING = chart(*nothing_against(platelets=None, creatinine=None, lvef=None))
OWN = """
[orderables.{}]
system = "urn:oid:1.2.3"
code = "LAB77"
display = "Blutbild"
"""


def card(toml: str) -> Any:
    """The card of a patient whose platelets, creatinine and ejection fraction are missing."""
    rules = rules_under(toml)
    (made,) = cards(
        assessed(MISSING, toml),
        patient_id="p1",
        encounter_id=None,
        rule_book_url="https://a.example/rulebook",
        rules=rules,
    )
    return made


def codes_of(suggestion: Any) -> list[str]:
    return [one["resource"]["code"]["coding"][0]["code"] for one in suggestion["actions"]]


def test_as_published_all_tests_are_drafted_together() -> None:
    made = card("")
    (one,) = made["suggestions"]
    assert made["selectionBehavior"] == "at-most-one"
    assert one["label"] == "Draft the missing work-up"
    assert len(one["actions"]) == 3


def test_reasons_to_override_are_the_suggested_ones_or_the_site_s_in_its_order() -> None:
    assert len(card("")["overrideReasons"]) == 6
    own = [{"system": "urn:x", "code": str(n), "display": f"Reason {n}"} for n in (2, 1)]
    toml = "".join(
        "[[override_reasons]]\n" + "".join(f'{name} = "{text}"\n' for name, text in one.items())
        for one in own
    )
    assert card(toml)["overrideReasons"] == own


def test_some_ehrs_take_one_action_a_suggestion() -> None:
    made = card('suggestion_style = "single"')
    assert made["selectionBehavior"] == "any"
    assert [len(one["actions"]) for one in made["suggestions"]] == [1, 1, 1]
    assert "Order creatinine" in [one["label"] for one in made["suggestions"]]
    assert len({one["uuid"] for one in made["suggestions"]}) == 3


def test_a_single_suggestion_is_at_most_one() -> None:
    made = card('suggestion_style = "single"' + OWN.format("creatinine"))
    assert made["selectionBehavior"] == "at-most-one"
    assert len(made["suggestions"]) == 1


def test_a_site_s_own_code_is_drafted_and_the_other_tests_are_text() -> None:
    (one,) = card(OWN.format("blood-count"))["suggestions"]
    (action,) = one["actions"]
    (coding,) = action["resource"]["code"]["coding"]
    assert coding == {"system": "urn:oid:1.2.3", "code": "LAB77", "display": "Blutbild"}
    assert action["resource"]["code"]["text"] == "blood count with platelets"
    assert one["label"] == (
        "Draft the missing work-up (order by hand: echocardiogram (ejection fraction, wall "
        "motion), creatinine)"
    )


def test_without_a_code_of_the_site_nothing_is_drafted() -> None:
    made = card("[orderables]")
    assert "suggestions" not in made
    assert "selectionBehavior" not in made
    assert "creatinine" in made["detail"]


def test_drafts_of_a_site_are_built_at_start() -> None:
    rules = rules_under(OWN.format("blood-count"))
    warm_up(rules)
    ids = iter("ab")
    (one,) = suggestions(
        assessed(MISSING, OWN.format("blood-count")), "p1", None, rules, lambda: next(ids)
    )
    assert one.uuid == "a"
