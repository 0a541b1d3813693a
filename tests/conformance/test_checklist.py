"""
The CDS Hooks checklist, point by point: each test bears the number of its point.

The points are those of 2.0.1 that bind a `patient-view` service without fetching, feedback and
tokens; what 3.0 adds is here where we take it. Bad input in its breadth: `tests/service`.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import requests
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_hooks import report
from tests.service.running import (
    JSON,
    LEFT_OUT,
    REFUSED,
    REQUESTS,
    ROOT,
    SERVICE,
    Body,
    Server,
    assessment_of,
    empty_places,
    named,
    request_of,
    with_context,
    with_prefetch,
)

SCHEMA = ROOT / "docs" / "schema" / "assessment.schema.json"
CODES = ROOT / "rules" / "data" / "codes.csv"
STORIES = sorted(path.stem.removeprefix("patient-view-") for path in REQUESTS.glob("*.json"))
WITH_CARD = [name for name in STORIES if name != "no-melanoma"]
NEEDED = ("patient", "problems", "encounterDx")
OVERRIDES = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


@pytest.fixture(scope="module")
def discovered(server: Server) -> Any:
    """The one service that discovery lists."""
    (service,) = server.get("/cds-services").json()["services"]
    return service


@pytest.fixture(scope="module")
def cards(server: Server) -> Mapping[str, Any]:
    """The card of each story that has one; the last lacks results, so that it suggests orders."""
    bodies = {name: request_of(name) for name in WITH_CARD}
    bodies["labs-none"] = with_prefetch("no-brain-mets-all-clear", labs=None)
    bodies["nothing-but-problems"] = with_prefetch(
        "no-brain-mets-all-clear",
        **{key: None for key in named("no-brain-mets-all-clear")["prefetch"] if key not in NEEDED},
    )
    found = {}
    for name, body in bodies.items():
        (found[name],) = server.post(body).json()["cards"]
    return found


@pytest.fixture(scope="module")
def suggestions(cards: Mapping[str, Any]) -> Sequence[Any]:
    """All suggestions of all cards."""
    return [one for card in cards.values() for one in card.get("suggestions", [])]


@pytest.fixture(scope="module")
def actions(suggestions: Sequence[Any]) -> Sequence[Any]:
    """All their actions."""
    found = [action for suggestion in suggestions for action in suggestion["actions"]]
    assert found
    return found


@pytest.fixture(scope="module")
def answers(server: Server) -> Sequence[requests.Response]:
    """Answers of every kind: discovery, cards, no cards, refusals, odd prefetches."""
    bodies: list[Body | bytes] = [path.read_bytes() for path in sorted(REQUESTS.glob("*.json"))]
    bodies += [path.read_bytes() for path in sorted(REFUSED.glob("*.json"))]
    bodies += [b"", b"[]", with_context(patientId="a/b"), request_of(prefetch=LEFT_OUT)]
    bodies += [_blank_words("no-brain-mets-all-clear"), _blank_words("growing-brain-lesion")]
    return [
        server.get("/cds-services"),
        server.get("/nobody"),
        server.call("PUT", SERVICE),
        server.call("POST", SERVICE, data=b"{}"),
        *(server.post(body) for body in bodies),
    ]


def _blank_words(name: str) -> Body:
    """A request whose displays, texts and units are all empty."""
    blanked = re.sub(r'"(display|text|unit)": "[^"]*"', r'"\1": ""', json.dumps(request_of(name)))
    body: Body = json.loads(blanked)
    return body


# --- JSON and transport --------------------------------------------------------------------------


def test_gen_1_every_body_is_json(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        answer.json()
        wanted = "application/json" if answer.status_code == 200 else "application/fhir+json"
        assert answer.headers["Content-Type"] == wanted


@pytest.mark.parametrize("more", [{}, {"Accept": "*/*"}], ids=["plain", "any answer"])
def test_gen_1_a_charset_in_the_content_type_works(server: Server, more: dict[str, str]) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", **more}
    assert server.post(request_of(), **headers).status_code == 200


def test_gen_2_gen_3_no_element_is_null_or_empty(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        assert list(empty_places(answer.json())) == []


def test_gen_4_an_optional_element_without_value_is_left_out(cards: Mapping[str, Any]) -> None:
    transplant = cards["kidney-transplant-1998"]
    assert "suggestions" not in transplant
    assert "selectionBehavior" not in transplant


def test_gen_6_act_3_resources_are_fhir_json(actions: Sequence[Any]) -> None:
    for action in actions:
        ServiceRequest.model_validate(action["resource"])
        assert action["resource"]["resourceType"] == "ServiceRequest"


def test_gen_7_a_trailing_comma_is_refused(server: Server) -> None:
    body = json.dumps(request_of()).encode()
    assert server.post(body[:-1] + b",}").status_code == 400


# --- Discovery -----------------------------------------------------------------------------------


def test_dsc_1_discovery_is_at_cds_services(server: Server) -> None:
    answer = server.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"


def test_dsc_2_it_is_an_object_with_services(server: Server) -> None:
    body = server.get("/cds-services").json()
    assert list(body) == ["services"]
    assert all(isinstance(one, dict) for one in body["services"])


@pytest.mark.parametrize(
    "element",
    [
        pytest.param("hook", id="dsc-4"),
        pytest.param("title", id="dsc-5"),
        pytest.param("description", id="dsc-6"),
        pytest.param("id", id="dsc-7"),
        pytest.param("usageRequirements", id="dsc-9"),
    ],
)
def test_dsc_4_to_9_a_service_tells_its(discovered: Any, element: str) -> None:
    assert isinstance(discovered[element], str)
    assert discovered[element].strip()


def test_dsc_4_the_hook_is_patient_view(discovered: Any) -> None:
    assert discovered["hook"] == "patient-view"


def test_dsc_7_the_id_is_the_last_part_of_the_path(server: Server, discovered: Any) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", discovered["id"])
    path = f"/cds-services/{discovered['id']}"
    body = json.dumps(request_of()).encode()
    assert server.call("POST", path, data=body, headers=JSON).status_code == 200


def test_dsc_8_prefetch_maps_keys_to_templates(discovered: Any) -> None:
    assert discovered["prefetch"]
    for key, template in discovered["prefetch"].items():
        assert re.fullmatch(r"[A-Za-z0-9-]+", key)
        assert isinstance(template, str)


def test_dsc_10_no_service_is_listed_twice(server: Server) -> None:
    listed = [(one["id"], one["hook"]) for one in server.get("/cds-services").json()["services"]]
    assert len(set(listed)) == len(listed)
    assert len({id_ for id_, _ in listed}) == len(listed)


def test_dsc_11_the_version_is_that_of_cds_hooks(discovered: Any) -> None:
    assert discovered["version"] == "2.0.1"


def test_dsc_13_discovery_is_the_same_each_time(server: Server) -> None:
    assert server.get("/cds-services").content == server.get("/cds-services").content


def test_ext_3_discovery_has_no_unknown_element(discovered: Any) -> None:
    known = {"hook", "title", "description", "id", "version", "prefetch", "usageRequirements"}
    assert set(discovered) <= known


# --- Prefetch templates --------------------------------------------------------------------------

READ = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.[a-zA-Z]+\}\}|\{\{context\.userId\}\}")
SEARCH = re.compile(r"[A-Z][A-Za-z]+\?[^/?#\s][^?#\s]*")
# Required of patient-view and marked "Prefetch Token: Yes"; encounterId is optional (PFT-4).
TOKENS = {"context.patientId", "context.userId"}


@pytest.fixture(scope="module")
def templates(discovered: Any) -> Mapping[str, str]:
    """The prefetch templates by key."""
    found: Mapping[str, str] = discovered["prefetch"]
    return found


def _parameters(template: str) -> list[tuple[str, str]]:
    _, _, query = template.partition("?")
    pairs = [one.partition("=") for one in query.split("&") if query]
    return [(name, value) for name, _, value in pairs]


def test_pft_1_a_template_is_a_relative_read_or_search(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        assert READ.fullmatch(template) or SEARCH.fullmatch(template), template
        assert not template.startswith("/")
        assert not re.match(r"[a-z]+:", template)


def test_pft_2_tokens_stand_between_braces(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        without = re.sub(r"\{\{[^{}]+\}\}", "", template)
        assert "{" not in without
        assert "}" not in without


def test_pft_3_pft_4_pft_5_tokens_are_required_fields_of_the_context(
    templates: Mapping[str, str],
) -> None:
    for template in templates.values():
        found = set(re.findall(r"\{\{([^{}]+)\}\}", template))
        assert found
        assert found <= TOKENS


def test_pft_6_searches_stay_in_the_subset(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        names = [name for name, _ in _parameters(template)]
        assert len(set(names)) == len(names), "the sandbox joins a repeated parameter"
        for name, value in _parameters(template):
            assert re.fullmatch(r"[a-z-]+", name), "no modifier, no chain, no _include, no _sort"
            assert value
            assert " " not in value


def test_pft_6_every_search_names_the_patient(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        if "?" in template:
            assert ("patient", "{{context.patientId}}") in _parameters(template)


def test_pft_8_no_template_bounds_by_count_or_sort(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        assert "_count" not in template
        assert "_sort" not in template
        assert "today()" not in template


# --- The request ---------------------------------------------------------------------------------


def test_req_1_a_post_is_answered_and_a_get_is_not(server: Server) -> None:
    assert server.post(request_of()).status_code == 200
    assert server.get(SERVICE).status_code == 405


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(request_of(hook=LEFT_OUT), "hook", id="req-2"),
        pytest.param(request_of(hook=7), "hook", id="req-2, a number"),
        pytest.param(request_of(hookInstance=LEFT_OUT), "hookInstance", id="req-3"),
        pytest.param(request_of(hookInstance="7"), "hookInstance", id="req-3, no UUID"),
        pytest.param(request_of(fhirServer="file:///x"), "fhirServer", id="req-4"),
        pytest.param(request_of(context=[]), "context", id="req-6"),
        pytest.param(with_context(patientId=LEFT_OUT), "context.patientId", id="req-6, patient"),
        pytest.param(request_of(prefetch=[]), "prefetch", id="req-7"),
        pytest.param(request_of(hook="order-sign"), "hook", id="req-9"),
    ],
)
def test_req_2_to_9_a_refusal_names_the_field(server: Server, body: Body, field: str) -> None:
    answer = server.post(body)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["diagnostics"].startswith(field)


@pytest.mark.parametrize("base", ["https://ehr.example.org/fhir", "https://ehr.example.org/fhir/"])
def test_req_4_the_base_may_end_in_a_slash(server: Server, base: str) -> None:
    assert server.post(request_of(fhirServer=base)).status_code == 200


def test_req_5_a_token_without_server_is_no_fault(server: Server) -> None:
    token = {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "scope": "x"}
    body = request_of(fhirServer=LEFT_OUT, fhirAuthorization=token)
    assert server.post(body).status_code == 200


def test_req_8_ext_1_unknown_fields_and_extensions_change_nothing(server: Server) -> None:
    body = with_context(extension=[{"url": "x"}], unknown=None)
    body |= {"extension": {"org.example.x": {}}, "unknown": 1}
    (plain,), (more,) = (server.post(b).json()["cards"] for b in (request_of(), body))
    assert plain["detail"] == more["detail"]


def test_fhr_6_a_token_for_another_patient_is_refused(server: Server) -> None:
    answer = server.post(request_of(fhirAuthorization={"patient": "another"}))
    assert answer.status_code == 400


def test_hks_3_a_patient_id_with_its_type_is_the_same_patient(server: Server) -> None:
    with_type = with_context(patientId="Patient/" + request_of()["context"]["patientId"])
    (plain,), (typed,) = (server.post(b).json()["cards"] for b in (request_of(), with_type))
    assert plain["detail"] == typed["detail"]


# --- Prefetch as it arrives ----------------------------------------------------------------------


def test_pre_1_pre_2_an_absent_key_is_not_known(server: Server) -> None:
    (card,) = server.post(with_prefetch(labs=LEFT_OUT)).json()["cards"]
    assert "labs" in assessment_of(card)["notShared"]


def test_pre_3_null_is_known_to_be_none_however_it_is_written(server: Server) -> None:
    forms: list[Any] = [None, {"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": []}]
    told = [server.post(with_prefetch(labs=form)).json()["cards"][0] for form in forms]
    assert len({card["detail"] for card in told}) == 1
    assert "notShared" not in assessment_of(told[0])


def test_pre_4_pre_5_an_outcome_in_its_place_is_not_known(server: Server) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "fatal"}]}
    (card,) = server.post(with_prefetch(labs=outcome)).json()["cards"]
    assert "labs" in assessment_of(card)["notShared"]


def test_pre_5_an_informational_outcome_in_a_searchset_changes_nothing(server: Server) -> None:
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational"}],
    }
    labs = request_of()["prefetch"]["labs"]
    more = {**labs, "entry": [*labs["entry"], {"resource": outcome, "search": {"mode": "outcome"}}]}
    (plain,), (told,) = (
        server.post(b).json()["cards"] for b in (request_of(), with_prefetch(labs=more))
    )
    assert plain["detail"] == told["detail"]


def test_pre_6_a_bare_bundle_works(server: Server) -> None:
    body = request_of()
    for key, value in body["prefetch"].items():
        if value and value["resourceType"] == "Bundle":
            entries = [{"resource": one["resource"]} for one in value.get("entry", [])]
            body["prefetch"][key] = {"resourceType": "Bundle", "entry": entries}
    (plain,), (bare,) = (server.post(b).json()["cards"] for b in (request_of(), body))
    assert plain["detail"] == bare["detail"]


def test_pre_7_a_page_is_not_everything(server: Server) -> None:
    labs = request_of()["prefetch"]["labs"]
    page = {**labs, "link": [{"relation": "next", "url": "https://ehr.example.org/fhir?p=2"}]}
    (card,) = server.post(with_prefetch(labs=page)).json()["cards"]
    assert "labs" in assessment_of(card)["notShared"]


@pytest.mark.parametrize("key", ["patient", "problems"])
def test_pre_9_htp_2_without_what_the_gate_needs_it_is_412(server: Server, key: str) -> None:
    answer = server.post(with_prefetch("no-melanoma", **{key: LEFT_OUT}))
    assert answer.status_code == 412
    assert f"prefetch.{key}" in answer.json()["issue"][0]["diagnostics"]


def test_pre_12_a_key_that_nobody_asked_for_is_ignored(server: Server) -> None:
    foreign = named("kidney-transplant-1998")["prefetch"]["problems"]
    (plain,), (more,) = (
        server.post(b).json()["cards"] for b in (request_of(), with_prefetch(item1=foreign))
    )
    assert plain["detail"] == more["detail"]


# --- Answers -------------------------------------------------------------------------------------


def test_htp_1_crd_1_success_is_200_with_cards(server: Server) -> None:
    answer = server.post(request_of())
    assert answer.status_code == 200
    assert isinstance(answer.json()["cards"], list)


def test_htp_4_every_error_is_an_operation_outcome(answers: Sequence[requests.Response]) -> None:
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in refused} == {400, 404, 405, 412, 415}
    for answer in refused:
        OperationOutcome.model_validate(answer.json())


def test_crd_2_no_advice_is_an_empty_list(server: Server) -> None:
    answer = server.post(request_of("no-melanoma"))
    assert answer.status_code == 200
    assert answer.json() == {"cards": []}


def test_crd_3_sug_2_uuids_are_uuids_and_fresh(server: Server) -> None:
    body = with_prefetch("no-brain-mets-all-clear", labs=None)
    found = []
    for _ in range(3):
        (card,) = server.post(body).json()["cards"]
        found += [card["uuid"], card["suggestions"][0]["uuid"]]
    assert len({str(UUID(one)) for one in found}) == 6


def test_crd_4_the_summary_is_one_sentence_under_140_characters(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        assert 0 < len(card["summary"]) < 140
        assert "\n" not in card["summary"]


@pytest.mark.parametrize("length", [60, 139, 140, 500])
def test_crd_4_the_longest_name_of_a_finding_does_not_break_the_summary(
    server: Server, length: int
) -> None:
    body = with_prefetch("kidney-transplant-1998")
    for entry in body["prefetch"]["problems"]["entry"]:
        entry["resource"]["code"]["text"] = "n" * length
        for coding in entry["resource"]["code"].get("coding", []):
            coding["display"] = "n" * length
    (card,) = server.post(body).json()["cards"]
    assert 0 < len(card["summary"]) < 140


def test_crd_5_the_detail_is_markdown_without_html(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        assert not re.search(r"<[a-zA-Z/!]", card["detail"])
        assert len(card["detail"].splitlines()) <= 40


def test_crd_6_the_indicator_is_one_of_three(cards: Mapping[str, Any]) -> None:
    assert {card["indicator"] for card in cards.values()} <= {"info", "warning", "critical"}


def test_crd_7_a_card_has_a_source(cards: Mapping[str, Any]) -> None:
    assert all(card["source"] for card in cards.values())


def test_crd_8_crd_9_suggestions_come_with_a_selection_behaviour(cards: Mapping[str, Any]) -> None:
    assert any("suggestions" in card for card in cards.values())
    for card in cards.values():
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") in ("at-most-one", "any")


def test_crd_10_a_card_stands_alone(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        assert "previous card" not in card["detail"].lower()


def test_src_1_src_2_the_source_is_the_same_for_every_patient(cards: Mapping[str, Any]) -> None:
    sources = [card["source"] for card in cards.values()]
    assert all(source == sources[0] for source in sources)
    assert sources[0]["label"]
    assert re.match(r"https?://[^/]+/", sources[0]["url"])


def test_src_4_cod_1_the_topic_is_a_coding(cards: Mapping[str, Any]) -> None:
    for card in cards.values():
        check_coding(card["source"]["topic"])


def check_coding(coding: Any) -> None:
    """Code and system, and what a person reads."""
    assert set(coding) <= {"code", "system", "display"}
    assert all(isinstance(coding[part], str) and coding[part] for part in ("code", "system"))
    assert coding["display"]


def test_sug_1_a_suggestion_has_a_label(suggestions: Sequence[Any]) -> None:
    assert suggestions
    assert all(one["label"] for one in suggestions)


def test_sug_3_sug_6_nothing_is_recommended_above_the_rest(suggestions: Sequence[Any]) -> None:
    for one in suggestions:
        assert set(one) == {"label", "uuid", "actions"}


def test_act_1_act_2_an_action_creates_and_says_what(actions: Sequence[Any]) -> None:
    for action in actions:
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


def test_ovr_2_override_reasons_are_those_that_hl7_suggests(cards: Mapping[str, Any]) -> None:
    suggested = {
        "patient-ineligible",
        "need-more-info",
        "does-not-align-latest-evidence",
        "recipient-does-not-trust",
        "patient-contraindication",
        "patient-refuses",
        "service-not-available",
    }
    for reason in cards["labs-none"]["overrideReasons"]:
        assert reason["system"] == OVERRIDES
        assert reason["code"] in suggested


def test_lnk_1_to_5_links_are_absolute_and_know_no_patient(cards: Mapping[str, Any]) -> None:
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


def test_sys_1_nothing_happens_without_asking(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        assert "systemActions" not in answer.json()


def test_ext_1_ext_2_the_extension_is_an_object_with_a_name_of_ours(
    cards: Mapping[str, Any],
) -> None:
    for card in cards.values():
        assert list(card["extension"]) == ["org.il2advisor.assessment"]


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


# --- Security and our own rules ------------------------------------------------------------------


def test_sec_5_prd_15_a_browser_may_call_and_gets_no_credentials(server: Server) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = server.call("OPTIONS", SERVICE, headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_sec_5_error_answers_carry_the_header_too(server: Server) -> None:
    answer = server.post(b"no", Origin="https://sandbox.example")
    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_prd_1_no_inside_of_ours_in_any_refusal(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        if answer.status_code != 200:
            assert not re.search(r"Traceback|\.py|site-packages|msgspec|starlette", answer.text)


def test_prd_2_no_refusal_is_a_list_of_cards(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        assert ("cards" in answer.json()) == (
            answer.status_code == 200 and "services" not in answer.json()
        )


def test_prd_4_a_body_beyond_the_bound_is_413_and_the_service_goes_on(server: Server) -> None:
    assert server.post(b'"' + b"a" * 32 * 1024 * 1024 + b'"').status_code == 413
    assert server.post(request_of()).status_code == 200


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [1_000, 200_000])
def test_prd_5_nesting_is_bounded(server: Server, opening: bytes, depth: int) -> None:
    assert server.post(opening * depth).status_code == 400


@pytest.mark.parametrize("text", ["", "NaN", '{"a": Infinity}', "{}{}", '{"a": "\udcff"}'])
def test_prd_6_what_is_no_json_is_400(server: Server, text: str) -> None:
    assert server.post(text.encode(errors="surrogateescape")).status_code == 400


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_prd_7_a_wrong_method_is_405(server: Server, method: str) -> None:
    assert server.call(method, SERVICE).status_code == 405


@pytest.mark.parametrize("id_", ["nobody", "%00", "a" * 4_000], ids=["nobody", "%00", "long"])
def test_prd_8_an_unknown_service_is_404(server: Server, id_: str) -> None:
    assert server.call("POST", f"/cds-services/{id_}", data=b"{}").status_code == 404


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "multipart/form-data"])
def test_prd_9_another_content_type_is_415(server: Server, media: str) -> None:
    assert server.post(request_of(), **{"Content-Type": media}).status_code == 415


ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[press here](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example/steal",
    "| a | b |\n|---|---|\n| c | d |",
    "# Heading\n\n**bold** `code` ~~gone~~",
    "</td></tr></table>",
    "line\u2028separator\u202ereversed\u0007bell",
]


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text)[:24])
def test_prd_10_text_of_the_chart_cannot_become_markup(server: Server, text: str) -> None:
    body = with_prefetch("kidney-transplant-1998")
    for entry in body["prefetch"]["problems"]["entry"]:
        entry["resource"]["code"]["text"] = text
        for coding in entry["resource"]["code"].get("coding", []):
            coding["display"] = text
    (card,) = server.post(body).json()["cards"]
    for said in (card["summary"], card["detail"]):
        assert not re.search(r"<[a-zA-Z/!]", said)
        assert "https://evil" not in said
        assert "\u202e" not in said
        assert "\u0007" not in said
    assert not re.search(r"(?<!\\)\]\(", card["detail"])
    assert not re.search(r"(?m)^\s*\|", card["detail"])
    assert not re.search(r"(?m)^\s*#", card["detail"])
    assert "\n" not in card["summary"]


def test_prd_13_data_of_another_patient_is_not_used(server: Server) -> None:
    body = request_of("kidney-transplant-1998")
    body["prefetch"]["problems"] = json.loads(
        json.dumps(body["prefetch"]["problems"]).replace(
            f"Patient/{body['context']['patientId']}", "Patient/another"
        )
    )
    answer = server.post(body)
    assert "ransplant" not in "".join(card["detail"] for card in answer.json().get("cards", []))


def test_no_card_promises(cards: Mapping[str, Any]) -> None:
    """Never a word that promises; an override reason's code is HL7's own."""
    for card in cards.values():
        said = f"{card['summary']} {card['detail']}".lower()
        assert not re.search(r"\beligible\b|\bsafe to\b|\brecommend", said)
