"""Good calls: every request of the fixtures, and what their answers hold."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.service.running import (
    JSON,
    REQUESTS,
    SERVICE,
    TIMEOUT,
    Body,
    Server,
    assessment_of,
    empty_places,
    request_of,
    with_context,
    with_prefetch,
)

GOOD = sorted(REQUESTS.glob("*.json"))
NO_CARD = {"patient-view-no-melanoma"}


def cards_of(answer: requests.Response) -> list[Any]:
    """The cards of a 200."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["cards"]
    assert list(empty_places(body)) == []
    cards: list[Any] = body["cards"]
    return cards


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_every_request_of_the_fixtures_is_answered(server: Server, path: Path) -> None:
    cards = cards_of(server.post(path.read_bytes()))
    assert len(cards) == (0 if path.stem in NO_CARD else 1)
    for card in cards:
        assert card["summary"].startswith("High-dose IL-2: ")
        assert "eligible" not in json.dumps(cards).replace("patient-ineligible", "").lower()


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_no_card_promises(server: Server, path: Path) -> None:
    """Never a word that promises; an override reason's code is HL7's own."""
    for card in cards_of(server.post(path.read_bytes())):
        said = f"{card['summary']} {card['detail']}".lower()
        assert not re.search(r"\beligible\b|\bsafe to\b|\brecommend", said)


def test_the_fixtures_hold_requests_with_a_card() -> None:
    assert {path.stem for path in GOOD} > NO_CARD


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": 'application/json;charset="UTF-8"'},
        {"Content-Type": "APPLICATION/JSON"},
        {"Content-Type": "application/fhir+json"},
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        {"Accept": "text/html"},
        {"Authorization": "Bearer nobody-asked-for-it"},
    ],
    ids=str,
)
def test_harmless_headers_change_nothing(server: Server, headers: dict[str, str]) -> None:
    assert len(cards_of(server.post(request_of(), **headers))) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(request_of(extension={"com.example.x": [1]}), id="an extension"),
        pytest.param(request_of(future="field"), id="an unknown field"),
        pytest.param(request_of(user="Practitioner/1"), id="a field of the days before 1.0"),
        pytest.param(with_context(extension={"a": 1}, more=[None]), id="unknown fields in context"),
        pytest.param(with_prefetch(item1={"x": 1}), id="a prefetch key that nobody asked for"),
        pytest.param(with_context(userId=7), id="an odd user"),
        pytest.param(with_context(encounterId=""), id="an empty encounter"),
        pytest.param(request_of(fhirAuthorization={}), id="an empty authorization"),
        pytest.param(
            request_of(fhirAuthorization={"expires_in": "300", "token_type": "bearer"}),
            id="an odd authorization",
        ),
        pytest.param(
            request_of(fhirAuthorization={"patient": "ilse-beispiel"}), id="our patient's token"
        ),
        pytest.param(
            request_of(fhirServer="https://ehr.example.org/fhir/"), id="a slash after the base"
        ),
        pytest.param(with_context(patientId="Patient/ilse-beispiel"), id="Patient/ID"),
    ],
)
def test_what_a_client_may_add_changes_nothing(server: Server, body: Body) -> None:
    plain, with_more = cards_of(server.post(request_of())), cards_of(server.post(body))
    assert without_uuids(with_more) == without_uuids(plain)


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda body: b"\xef\xbb\xbf" + json.dumps(body).encode(), id="a BOM"),
        pytest.param(lambda body: json.dumps(body, indent=4).encode() + b"\r\n\t ", id="blanks"),
        pytest.param(
            lambda body: json.dumps(body, ensure_ascii=False).encode(), id="UTF-8 without escapes"
        ),
        pytest.param(
            lambda body: iter([json.dumps(body).encode()[:99], json.dumps(body).encode()[99:]]),
            id="in chunks",
        ),
        pytest.param(
            lambda body: json.dumps(body | {"x": "é" * 400_000}).encode(), id="a heavy body"
        ),
    ],
)
def test_how_the_json_is_written_changes_nothing(server: Server, encoded: Any) -> None:
    plain = cards_of(server.post(request_of()))
    assert without_uuids(cards_of(server.post(encoded(request_of())))) == without_uuids(plain)


def without_uuids(cards: list[Any]) -> list[Any]:
    """The same but for the uuids, which must differ."""
    for card in cards:
        UUID(card.pop("uuid"))
        for suggestion in card.get("suggestions", []):
            UUID(suggestion.pop("uuid"))
        card["extension"]["org.il2advisor.assessment"].pop("asOf")
    return cards


def test_many_calls_at_once_do_not_touch_each_other(server: Server) -> None:
    """PRD-14."""
    names = ["stable-treated-brain-mets", "kidney-transplant-1998", "no-melanoma"]
    bodies = {name: json.dumps(with_prefetch(name, labs=None)).encode() for name in names}

    def call(number: int) -> tuple[str, list[Any]]:
        name = names[number % len(names)]
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                server.url + SERVICE, data=bodies[name], headers=JSON, timeout=TIMEOUT
            )
        return name, cards_of(answer)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(call, range(60)))
    uuids = [uuid for _, cards in answers for uuid in uuids_of(cards)]
    assert len(set(uuids)) == len(uuids) > 40
    for name in names:
        first, *others = [without_uuids(cards) for found, cards in answers if found == name]
        assert len(others) == 19
        assert all(other == first for other in others)


def uuids_of(cards: list[Any]) -> list[str]:
    """The uuids of cards and suggestions."""
    found = [card["uuid"] for card in cards]
    return found + [one["uuid"] for card in cards for one in card.get("suggestions", [])]


def test_the_encounter_of_the_call_stands_in_the_drafts(server: Server) -> None:
    body = with_prefetch("no-brain-mets-all-clear", labs=None)
    body["context"]["encounterId"] = "Encounter/e-17"
    (card,) = cards_of(server.post(body))
    (suggestion,) = card["suggestions"]
    for action in suggestion["actions"]:
        assert action["resource"]["encounter"] == {"reference": "Encounter/e-17"}


def test_the_rule_book_that_cards_name_is_served(server: Server) -> None:
    (card,) = cards_of(server.post(request_of()))
    assert card["source"]["url"] == f"{server.url}/rulebook"
    page = server.get("/rulebook")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for judged in assessment_of(card)["criteria"]:
        assert f'id="{judged["id"]}"' in page.text
