"""What an answer holds: CRD, SRC, SUG, ACT, OVR, LNK, SYS, COD, EXT."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import requests
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_hooks import report
from tests.conformance.markdown import marks
from tests.conformance.stories import STORIES, TRANSPLANT
from tests.service.running import (
    ROOT,
    Server,
    assessment_of,
    named,
    request_of,
    with_prefetch,
)

SCHEMA = ROOT / "docs" / "schema" / "assessment.schema.json"
CODES = ROOT / "rules" / "data" / "codes.csv"
OVERRIDES = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


def test_crd_2_no_advice_is_an_empty_list(server: Server) -> None:
    answer = server.post(request_of("no-melanoma"))
    assert answer.status_code == 200
    assert answer.json() == {"cards": []}


def test_crd_3_sug_2_uuids_are_uuids_and_fresh(server: Server) -> None:
    """Also in answers to the same call, told twice."""
    body = with_prefetch("no-brain-mets-all-clear", labs=None)
    found = []
    for _ in range(3):
        (card,) = server.post(body).json()["cards"]
        found += [card["uuid"], card["suggestions"][0]["uuid"]]
    assert len({str(UUID(one)) for one in found}) == 6


def test_crd_4_the_summary_is_one_sentence_under_140_characters(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        assert 0 < length(card["summary"]) < 140
        assert not re.search(r"[\r\n\u2028\u2029]", card["summary"])


@pytest.mark.parametrize("letter", ["n", "é", "\U00010348"], ids=ascii)
@pytest.mark.parametrize("times", [60, 139, 140, 500])
def test_crd_4_the_longest_name_of_a_finding_does_not_break_the_summary(
    server: Server, times: int, letter: str
) -> None:
    body = with_prefetch(TRANSPLANT)
    for entry in body["prefetch"]["problems"]["entry"]:
        entry["resource"]["code"]["text"] = letter * times
        for coding in entry["resource"]["code"].get("coding", []):
            coding["display"] = letter * times
    (card,) = server.post(body).json()["cards"]
    assert letter in card["summary"]
    assert 0 < length(card["summary"]) < 140


def length(text: str) -> int:
    """As most clients count: in UTF-16, where a rare letter is two."""
    return len(text.encode("utf-16-le")) // 2


def test_crd_5_v3_10_the_detail_is_markdown_without_html(cards: Mapping[str, Any]) -> None:
    """It renders as paragraphs and lists with bold words, and as nothing else."""
    for card in cards.values():
        assert len(card["detail"].splitlines()) <= 40
        assert marks(card["detail"]) <= {
            "paragraph", "bullet_list", "list_item", "inline", "text", "softbreak", "strong",
        }  # fmt: skip


def test_crd_5_the_summary_stands_alone(cards: Mapping[str, Any]) -> None:
    """A client may hide the detail: the first line names the drug, and is no bare heading."""
    for card in cards.values():
        assert re.match(r"High-dose IL-2: \S.{9,}", card["summary"])


def test_crd_6_the_indicator_is_one_of_three(cards: Mapping[str, Any]) -> None:
    assert {card["indicator"] for card in cards.values()} == {"info", "warning"}


def test_crd_7_a_card_has_a_source(cards: Mapping[str, Any]) -> None:
    assert all(card["source"] for card in cards.values())


def test_crd_8_crd_9_suggestions_come_with_a_selection_behaviour(cards: Mapping[str, Any]) -> None:
    assert any("suggestions" in card for card in cards.values())
    for card in cards.values():
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") in ("at-most-one", "any")


def test_crd_10_v3_16_a_card_stands_alone(cards: Mapping[str, Any]) -> None:
    """The next one takes its place: it points to no other card."""
    for card in cards.values():
        said = f"{card['summary']} {card['detail']}".lower()
        assert not re.search(r"(previous|earlier|other|last|above) (card|advice|message)", said)


def test_crd_10_v3_16_the_same_chart_gives_the_whole_card_again(server: Server) -> None:
    details = {server.post(request_of()).json()["cards"][0]["detail"] for _ in range(2)}
    assert len(details) == 1


def test_src_1_src_2_the_source_is_the_same_for_every_patient(cards: Mapping[str, Any]) -> None:
    sources = [card["source"] for card in cards.values()]
    assert all(source == sources[0] for source in sources)
    assert sources[0]["label"]
    assert re.match(r"https?://[^/]+/", sources[0]["url"])


def test_src_3_there_is_no_icon(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        assert set(card["source"]) == {"label", "url", "topic"}


def test_src_4_cod_1_the_topic_is_a_coding(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        check_coding(card["source"]["topic"])


def test_cod_1_every_coding_of_an_answer_is_one(cards: Mapping[str, Any]) -> None:
    """Topic, override reasons, codes of drafted orders: whatever has a code and a system."""
    found = [one for card in cards.values() for one in codings(card)]
    assert len(found) > len(cards)
    for coding in found:
        check_coding(coding)


def codings(value: object) -> Iterator[Any]:
    """The objects with a `code` and a `system` of their own."""
    if isinstance(value, dict):
        if "system" in value:
            yield value
        for key, inner in value.items():
            if key != "extension":  # FHIR's quantities live there too
                yield from codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from codings(inner)


def check_coding(coding: Any) -> None:
    """Code and system, and what a person reads."""
    assert set(coding) <= {"code", "system", "display"}
    assert all(isinstance(coding[part], str) and coding[part] for part in ("code", "system"))
    assert coding["display"]


def test_sug_1_a_suggestion_has_a_label(suggestions: Sequence[Any]) -> None:
    assert suggestions
    assert all(one["label"] for one in suggestions)


def test_sug_3_sug_6_v3_11_nothing_is_recommended_above_the_rest(
    suggestions: Sequence[Any],
) -> None:
    """Neither `isRecommended` nor `actionSelectionBehavior`."""
    for one in suggestions:
        assert set(one) == {"label", "uuid", "actions"}


def test_sug_4_sug_5_the_actions_of_a_suggestion_go_together_in_any_order(
    cards: Mapping[str, Any],
) -> None:
    """One suggestion of drafts, none of which points to another."""
    found = [card["suggestions"] for card in cards.values() if "suggestions" in card]
    assert any(len(one["actions"]) > 1 for (one,) in found)
    for (suggestion,) in found:
        orders = [action["resource"] for action in suggestion["actions"]]
        assert len({json.dumps(order["code"]) for order in orders}) == len(orders)
        assert not re.search(r"urn:uuid|ServiceRequest/|basedOn|replaces", json.dumps(orders))


def test_act_1_act_2_act_4_to_6_an_action_creates_and_says_what(actions: Sequence[Any]) -> None:
    """We never update or delete: neither `resourceId` nor an id in the resource."""
    for action in actions:
        assert "id" not in action["resource"]
        assert action["type"] == "create"
        assert action["description"]
        assert set(action) == {"type", "description", "resource"}


def test_act_3_a_drafted_order_is_a_draft_for_the_patient(cards: Mapping[str, Any]) -> None:
    patient = named("no-brain-mets-all-clear")["context"]["patientId"]
    for action in cards["nothing-but-problems"]["suggestions"][0]["actions"]:
        order = ServiceRequest.model_validate(action["resource"])
        assert order.status == "draft"
        assert order.intent == "order"
        assert order.subject.reference == f"Patient/{patient}"
        assert "id" not in action["resource"]


def test_act_3_orders_bear_codes_that_are_verified_for_ordering(actions: Sequence[Any]) -> None:
    with CODES.open(encoding="utf-8", newline="") as file:
        orderable = {
            (row["system"], row["code"])
            for row in csv.DictReader(file)
            if row["value_set"].startswith("orderable-")
        }
    for action in actions:
        for coding in action["resource"]["code"]["coding"]:
            check_coding(coding)
            assert (coding["system"], coding["code"]) in orderable


def test_act_3_no_order_is_a_drug(actions: Sequence[Any]) -> None:
    assert "aldesleukin" not in json.dumps([action["resource"] for action in actions]).lower()


def test_ovr_1_override_reasons_have_a_display_and_come_once(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        reasons = card["overrideReasons"]
        for reason in reasons:
            check_coding(reason)
        assert len({(one["system"], one["code"]) for one in reasons}) == len(reasons)


def test_ovr_2_v3_14_override_reasons_are_those_that_hl7_suggests(
    cards: Mapping[str, Any],
) -> None:
    suggested = {
        "patient-ineligible",
        "need-more-info",
        "does-not-align-latest-evidence",
        "recipient-does-not-trust",
        "patient-contraindication",
        "patient-refuses",
        "service-not-available",
    }
    for card in cards.values():
        for reason in card["overrideReasons"]:
            assert reason["system"] == OVERRIDES
            assert reason["code"] in suggested


def test_lnk_1_to_5_v3_13_links_are_absolute_and_know_no_patient(cards: Mapping[str, Any]) -> None:
    """Neither `appContext` nor `autolaunchable`."""
    for name, card in cards.items():
        patient = named(name if name in STORIES else "no-brain-mets-all-clear")["context"][
            "patientId"
        ]
        for link in card["links"]:
            assert set(link) == {"label", "url", "type"}
            assert link["label"]
            assert re.match(r"https?://", link["url"])
            assert link["type"] == "absolute"
            assert patient not in link["url"]


def test_sys_1_v3_12_nothing_happens_without_asking(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        assert "systemActions" not in answer.json()


def test_ext_1_ext_2_the_extension_is_an_object_with_a_name_of_ours(
    cards: Mapping[str, Any],
) -> None:
    for card in cards.values():
        assert list(card["extension"]) == ["org.il2advisor.assessment"]
        assert isinstance(card["extension"]["org.il2advisor.assessment"], dict)


def test_ext_3_a_card_has_no_unknown_element(cards: Mapping[str, Any]) -> None:
    known = {
        "uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior",
        "overrideReasons", "links", "extension",
    }  # fmt: skip
    for card in cards.values():
        assert set(card) <= known


def test_ext_1_the_assessment_is_as_its_schema_says(cards: Mapping[str, Any]) -> None:
    schema = report.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for card in cards.values():
        validator.validate(assessment_of(card))
        assert assessment_of(card)["summary"] == card["summary"]


def test_ext_1_the_committed_schema_is_that_of_the_code() -> None:
    """As json.dumps writes it with an indent of 2."""
    assert SCHEMA.read_text(encoding="utf-8") == json.dumps(report.schema(), indent=2) + "\n"
