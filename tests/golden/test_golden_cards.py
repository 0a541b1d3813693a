"""Every story fixture gives exactly the card that was read and agreed."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.cards.detail import detail
from cds_hooks.cards.summary import summary
from cds_hooks.commands.telling import card_text
from cds_hooks.evaluate import evaluate, evaluate_document
from cds_hooks.repeats import Repeats
from cds_hooks.services import HOOKS
from rules.criteria import CRITERIA
from rules.model import Basis, Outcome, Status

FIXTURES = Path(__file__).parents[2] / "fixtures"
GOLDEN = Path(__file__).parent
TODAY = date(2026, 11, 24)
# a request is judged at an instant, in a zone that is not UTC
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("America/Chicago"))

CHARTS = sorted((FIXTURES / "charts").glob("*.json"))
REQUESTS = sorted((FIXTURES / "requests").glob("*.json"))
ORDERS = sorted((FIXTURES / "requests" / "orders").glob("*.json"))


def _as_prose(path: Path, as_of: date) -> str:
    found = evaluate_document(path.read_bytes(), as_of)
    assessment = found.assessment
    lines = card_text(assessment, drafts=found.drafts)
    prose = "\n".join([f"Status: {assessment.status.value}", *lines]) + "\n"
    # the hash changes with every number of the rule book: no story is about that
    return prose.replace(assessment.policy.hash, "hash")


@pytest.mark.parametrize("path", [*CHARTS, *REQUESTS, *ORDERS], ids=lambda path: path.stem)
def test_the_card_reads_as_agreed(path: Path, pytestconfig: pytest.Config) -> None:
    as_of = TODAY if path in CHARTS else NOW
    golden = GOLDEN / f"{path.stem}.md"
    card = _as_prose(path, as_of)
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(card, encoding="utf-8")
    assert card == golden.read_text(encoding="utf-8")


FOLDED = "patient-view-stable-treated-brain-mets"


def test_a_folded_card_reads_as_agreed(pytestconfig: pytest.Config) -> None:
    """The next day, for the same user: what is read, and what is offered."""
    asked = parse((FIXTURES / "requests" / f"{FOLDED}.json").read_bytes(), HOOKS)
    memory, shown = Repeats(), list[dict[str, Any]]()
    for now in (NOW, NOW + timedelta(days=1)):
        made = answer(asked, now=now, rule_book_url="https://a.example")
        shown = memory.fold("il2-patient-view", asked, made.cards, now.date())
    (card,) = shown
    prose = f"{card['indicator'].upper()}  {card['summary']}\n\n{card['detail']}\n"
    for suggestion in card.get("suggestions", ()):
        prose += f"\nSUGGESTION  {suggestion['label']}\n"
        prose += "".join(f"- {action['description']}\n" for action in suggestion["actions"])
    golden = GOLDEN / f"{FOLDED}-folded.md"
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(prose, encoding="utf-8")
    assert prose == golden.read_text(encoding="utf-8")


def test_every_golden_card_belongs_to_a_story() -> None:
    stories = {path.stem for path in [*CHARTS, *REQUESTS, *ORDERS]} | {f"{FOLDED}-folded"}
    assert {path.stem for path in GOLDEN.glob("*.md")} == stories


def test_a_request_gives_the_card_of_its_chart() -> None:
    for path in REQUESTS:
        story = path.stem.removeprefix("patient-view-")
        chart = GOLDEN / f"{story}.md"
        if story == "labs-withheld" or not chart.exists():
            continue  # the request withholds what the chart has not
        of_request = (GOLDEN / f"{path.stem}.md").read_text(encoding="utf-8")
        assert of_request == chart.read_text(encoding="utf-8"), story


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: path.stem)
def test_a_card_can_be_read_in_thirty_seconds(path: Path) -> None:
    assessment = evaluate(path.read_bytes(), TODAY)
    lines = [line for line in detail(assessment).splitlines() if line]
    assert len(lines) <= 30
    assert 0 < len(summary(assessment)) <= 139
    assert summary(assessment).startswith("High-dose IL-2: ")


def test_the_stories_show_every_result_and_every_contraindication_of_the_label() -> None:
    found = [evaluate(path.read_bytes(), TODAY) for path in CHARTS]
    assert len(found) == 40
    assert {one.status for one in found} == set(Status)
    failing = {j.criterion.id for one in found for j in one.with_outcome(Outcome.NOT_MET)}
    assert failing >= {one.id for one in CRITERIA if Basis.LABEL_CI in one.basis}
    several = [one for one in found if len(one.with_outcome(Outcome.NOT_MET)) > 3]
    assert len(several) >= 3
