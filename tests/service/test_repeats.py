"""A card that a user has seen before, folded into one line where the site's policy wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.answer import answer, parse
from cds_hooks.fhir.resources import READ_TYPES
from cds_hooks.protocol.request import HookRequest
from cds_hooks.repeats import Repeats
from cds_hooks.services import HOOKS
from rules.site_rules import PUBLISHED, SiteRules
from tests.build import (
    ALDESLEUKIN,
    PLATELETS,
    Resource,
    aldesleukin_order,
    ecog,
    encounter,
    lab,
    medication_administration,
    nothing_against,
    prefetch_of,
    request,
)
from tests.policy.under import rules_under
from tests.properties.charts import charts
from tests.properties.test_safety import often
from tests.service.running import (
    LEFT_OUT,
    REQUESTS,
    SERVICE,
    Server,
    assessment_of,
    request_of,
    serving,
)
from tests.service.test_markers import STORIES

SERVICE_ID = SERVICE.rpartition("/")[2]
FOLD = '[patient_view]\nrepeat = "fold"\n'
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("America/Chicago"))
LATER = NOW + timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)
NOT_ASKED_FOR = {"MedicationStatement"}
Cards = list[dict[str, Any]]

LOW = lab(PLATELETS, "60 10*3/uL", days_ago=1)
CHART = nothing_against(platelets=LOW)


def asked(*found: Resource, **changed: Any) -> HookRequest:
    """A view of the patient by the usual user."""
    return replace(parse(request(prefetch_of(*found)), HOOKS), **changed)


def seen(
    memory: Repeats,
    view: HookRequest,
    now: datetime = NOW,
    rules: SiteRules = PUBLISHED,
    service: str = SERVICE_ID,
) -> tuple[Cards, Cards]:
    """The cards of a view, and as they are shown."""
    made = answer(view, now=now, rule_book_url="https://a.example", rules=rules).cards
    return made, memory.fold(service, view, made, now.date())


def line(cards: Sequence[Mapping[str, Any]]) -> str | None:
    """The one line of a folded card; None: it is whole."""
    (card,) = cards
    detail = str(card["detail"])
    return detail if "\n" not in detail else None


def test_the_same_advice_for_the_same_user_is_one_line() -> None:
    memory, view = Repeats(), asked(*CHART)
    assert line(seen(memory, view)[1]) is None
    assert line(seen(memory, view, LATER)[1]) == "Unchanged since 24 Nov."
    assert line(seen(memory, view, TOMORROW)[1]) == "Unchanged since 24 Nov."


def test_only_the_detail_is_folded() -> None:
    memory, view = Repeats(), asked(*nothing_against(platelets=None))
    seen(memory, view)
    (whole,), (folded,) = seen(memory, view, LATER)
    assert {**folded, "detail": ""} == {**whole, "detail": ""}
    assert len(assessment_of(folded)["criteria"]) > 70
    assert folded["suggestions"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"user_id": "Practitioner/another"}, id="another user"),
        pytest.param({"user_id": None}, id="a user who is not told"),
        pytest.param({"fhir_server": "https://other.example"}, id="another server"),
    ],
)
def test_whoever_has_not_seen_it_sees_all_of_it(other: Mapping[str, Any]) -> None:
    memory = Repeats()
    seen(memory, asked(*CHART))
    assert line(seen(memory, asked(*CHART, **other))[1]) is None
    assert line(seen(memory, asked(*CHART))[1]) is not None


def test_another_patient_service_or_process_has_a_memory_of_its_own() -> None:
    memory, view = Repeats(), asked(*CHART)
    made, _ = seen(memory, view)
    assert line(memory.fold(SERVICE_ID, replace(view, patient_id="p2"), made, NOW.date())) is None
    assert line(memory.fold("il2-other", view, made, NOW.date())) is None
    assert line(Repeats().fold(SERVICE_ID, view, made, NOW.date())) is None
    assert line(memory.fold(SERVICE_ID, view, made, NOW.date())) is not None


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(nothing_against(platelets=None), id="another row"),
        pytest.param(
            nothing_against(platelets=lab(PLATELETS, "61 10*3/uL", days_ago=1)), id="a value"
        ),
        pytest.param(
            nothing_against(platelets=lab(PLATELETS, "60 10*3/uL", days_ago=2)), id="its date"
        ),
        pytest.param((*CHART, ecog(0, days_ago=0)), id="an entry that decides and says the same"),
        pytest.param((*CHART, aldesleukin_order()), id="an order"),
    ],
)
def test_advice_that_has_changed_is_whole_and_counts_from_that_day(
    changed: Sequence[Resource],
) -> None:
    memory, view = Repeats(), asked(*CHART)
    seen(memory, view)
    assert line(seen(memory, asked(*changed), TOMORROW)[1]) is None
    assert line(seen(memory, asked(*changed), TOMORROW)[1]) == "Unchanged since 25 Nov."
    assert line(seen(memory, view, TOMORROW)[1]) is None


def test_another_policy_is_other_advice() -> None:
    memory, view = Repeats(), asked(*CHART)
    seen(memory, view)
    rules = rules_under(FOLD + "[criteria.fev1-litres]\nwindow_days = 100")
    assert line(seen(memory, view, rules=rules)[1]) is None


def test_how_many_days_ago_something_was_is_no_news() -> None:
    dose = medication_administration(ALDESLEUKIN, days_ago=60)
    stay = encounter(kind="IMP", days_ago=65, until_days_ago=30)
    memory = Repeats()
    view = asked(*nothing_against(order=aldesleukin_order()), dose, stay)
    made, _ = seen(memory, view)
    assert "Discharge 30 d ago" in made[0]["detail"]
    again, shown = seen(memory, view, TOMORROW)
    assert "Discharge 31 d ago" in again[0]["detail"]
    assert line(shown) == "Unchanged since 24 Nov."


@pytest.mark.parametrize("story", STORIES)
def test_time_alone_is_no_news(story: str) -> None:
    """An hour later; and a day later, unless a window has ended in between."""
    view = parse((REQUESTS / f"patient-view-{story}.json").read_bytes(), HOOKS)
    memory = Repeats()
    first, _ = seen(memory, view)
    later, shown = seen(memory, view, LATER)
    assert len(first) == len(shown)
    if shown:
        assert line(shown) == "Unchanged since 24 Nov."
        tomorrow, shown = seen(memory, view, TOMORROW)
        if outcomes(tomorrow) == outcomes(later):
            assert line(shown) == "Unchanged since 24 Nov."


def outcomes(cards: Cards) -> list[tuple[str, str]]:
    return [(row["id"], row["outcome"]) for row in assessment_of(cards[0])["criteria"]]


def test_a_critical_card_is_always_whole() -> None:
    memory, view = Repeats(), asked(*CHART)
    made, _ = seen(memory, view)
    critical = [{**card, "indicator": "critical"} for card in made]
    for _ in range(2):
        assert memory.fold(SERVICE_ID, view, critical, NOW.date()) == critical
    assert len(memory) == 0


def test_after_no_card_it_is_whole_again() -> None:
    memory, view = Repeats(), asked(*CHART)
    made, _ = seen(memory, view)
    assert memory.fold(SERVICE_ID, view, [], NOW.date()) == []
    assert line(memory.fold(SERVICE_ID, view, made, NOW.date())) is None


def test_the_year_is_told_when_it_is_not_this_one() -> None:
    memory, view = Repeats(), asked(*CHART)
    made, _ = seen(memory, view)
    in_january = NOW.replace(year=2027, month=1).date()
    shown = memory.fold(SERVICE_ID, view, made, in_january)
    assert line(shown) == "Unchanged since 24 Nov 2026."


def test_the_memory_is_bounded_and_forgets_whom_it_has_not_seen_for_longest() -> None:
    memory, view = Repeats(most=2), asked(*CHART)
    made, _ = seen(memory, view)

    def is_folded(patient: str) -> bool:
        one = replace(view, patient_id=patient)
        return line(memory.fold(SERVICE_ID, one, made, NOW.date())) is not None

    assert [is_folded(patient) for patient in ("p1", "a", "p1", "b", "p1")] == [
        *(True, False, True, False, True)
    ]
    assert not is_folded("a")
    assert len(memory) == 2


def test_nothing_of_a_patient_or_user_stands_in_the_memory() -> None:
    memory, view = Repeats(), asked(*CHART)
    seen(memory, view)
    other = Repeats()
    seen(other, view)
    ((who, (said, _)),) = memory._shown.items()
    assert [len(part) for part in (who, said)] == [32, 32]
    assert who not in other._shown  # the key is this process's own


@often
@given(chart=charts(), user=st.sampled_from(["Practitioner/a", "b", None]))
def test_there_is_never_no_card_where_there_was_one(
    chart: Sequence[Resource], user: str | None
) -> None:
    memory = Repeats()
    asked_for = [one for one in chart if one["resourceType"] in READ_TYPES - NOT_ASKED_FOR]
    for now in (NOW, LATER, TOMORROW):
        made, shown = seen(memory, asked(*asked_for, user_id=user), now)
        assert len(shown) == len(made)
        for one, card in zip(made, shown, strict=True):
            assert {**card, "detail": ""} == {**one, "detail": ""}
            assert card["detail"]
            assert card["indicator"] != "critical" or card == one


# In the service -----------------------------------------------------------------------------------


def details(server: Server, **fields: Any) -> list[str | None]:
    """The line of two views."""
    body = request_of(**fields)
    answers = [server.post({**body, "hookInstance": request_of()["hookInstance"]}) for _ in "12"]
    return [line(one.json()["cards"]) for one in answers]


def test_the_service_folds_where_the_policy_says_so(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(FOLD)
    with serving("--port", "0", "--policy", str(site)) as (server, _):
        first, second = details(server)
        assert first is None
        assert str(second).startswith("Unchanged since ")
        context = request_of()["context"]
        for user in (LEFT_OUT, 1, "", None):
            other = {**context, "userId": user}
            told = {key: value for key, value in other.items() if value is not LEFT_OUT}
            assert details(server, context=told) == [None, None]


def test_as_published_the_card_stays_the_same(server: Server) -> None:
    assert details(server) == [None, None]


def test_in_shadow_nothing_is_remembered(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(FOLD)
    program = (
        "import sys; from cds_hooks import cli, repeats; "
        "repeats.Repeats.fold = None; sys.exit(cli.main())"
    )
    shadow = {"IL2_ADVISOR_MODE": "shadow"}
    started = serving("--port", "0", "--policy", str(site), program=("-c", program), **shadow)
    with started as (server, _):
        assert server.post(request_of()).json() == {"cards": []}
