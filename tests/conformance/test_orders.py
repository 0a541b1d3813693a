"""The hooks of ordering: REQ, HKS, ACT, SUG and PRD as far as they are about orders."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from tests.orders.calls import DRAFT, FINE, body
from tests.orders.test_what_is_offered import OUTPATIENT, TRANSPLANTED
from tests.service.running import JSON, REQUESTS, Server

# What the official sandbox sends, by its description in the checklist (PRD-16).
SANDBOX: Final = sorted((REQUESTS / "sandbox").glob("*.json"))


def post(server: Server, call: Mapping[str, Any]) -> requests.Response:
    """To the service of its hook."""
    path = f"/cds-services/il2-{call['hook']}"
    return server.call("POST", path, data=json.dumps(call).encode(), headers=JSON)


def cards(server: Server, call: Mapping[str, Any]) -> list[Any]:
    answer = post(server, call)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["cards"]  # SYS-1: no systemActions
    found: list[Any] = answer.json()["cards"]
    return found


def without(call: Mapping[str, Any], name: str) -> dict[str, Any]:
    context = {key: value for key, value in call["context"].items() if key != name}
    return {**call, "context": context}


@pytest.mark.parametrize(
    ("hook", "name"),
    [
        ("order-select", "draftOrders"),
        ("order-select", "selections"),
        ("order-select", "patientId"),
        ("order-sign", "draftOrders"),
        ("order-sign", "patientId"),
    ],
)
def test_req_6_hks_2_a_required_field_of_the_context_is_asked_for(
    server: Server, hook: str, name: str
) -> None:
    answer = post(server, without(body(DRAFT, hook=hook), name))
    assert answer.status_code == 400
    assert f"context.{name} is missing" in answer.text


@pytest.mark.parametrize("value", [[], "Bundle", 7, {"resourceType": "Patient"}, {"entry": {}}])
def test_req_6_draft_orders_are_a_bundle(server: Server, value: object) -> None:
    answer = post(server, body(draftOrders=value))
    assert answer.status_code == 400
    assert "context.draftOrders" in answer.text


@pytest.mark.parametrize("entry", ["x", None, {}, {"resource": None}, {"resource": [DRAFT]}])
def test_req_6_an_entry_of_the_drafts_holds_a_resource(server: Server, entry: object) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": DRAFT}, entry]}
    answer = post(server, body(draftOrders=bundle))
    assert answer.status_code == 400
    assert "context.draftOrders.entry[1]" in answer.text


@pytest.mark.parametrize("value", ["MedicationRequest/il2", [7], {}])
def test_req_6_selections_are_a_list_of_strings(server: Server, value: object) -> None:
    answer = post(server, body(DRAFT, hook="order-select", selections=value))
    assert answer.status_code == 400
    assert "context.selections" in answer.text


def test_req_9_each_service_takes_its_own_hook_only(server: Server) -> None:
    data = json.dumps(body(DRAFT)).encode()
    for service in ("il2-order-select", "il2-patient-view"):
        answer = server.call("POST", f"/cds-services/{service}", data=data, headers=JSON)
        assert answer.status_code == 400


def test_req_10_a_draft_without_a_drug_is_no_fault(server: Server) -> None:
    bare = {"resourceType": "MedicationRequest", "id": "il2"}
    assert cards(server, body(bare, hook="order-select")) == []
    assert cards(server, body()) == []


@pytest.mark.parametrize("path", SANDBOX, ids=lambda path: path.stem)
def test_prd_16_req_10_fhr_8_what_the_sandbox_sends_is_taken(server: Server, path: Path) -> None:
    found = cards(server, json.loads(path.read_bytes()))
    assert len(found) == ("aldesleukin" in path.stem)


def test_hks_2_the_encounter_is_optional_and_goes_into_suggested_orders(server: Server) -> None:
    call = body(DRAFT, prefetch=FINE | {"labs": None}, encounterId="e7")
    (card,) = cards(server, call)
    (one,) = card["suggestions"]
    assert {a["resource"]["encounter"]["reference"] for a in one["actions"]} == {"Encounter/e7"}
    assert len(cards(server, without(call, "encounterId"))) == 1


def test_hks_3_the_patient_may_be_written_with_its_type(server: Server) -> None:
    call = body(DRAFT)
    call["context"]["patientId"] = f"Patient/{call['context']['patientId']}"
    assert len(cards(server, call)) == 1


def test_prd_13_a_draft_of_another_patient_is_refused(server: Server) -> None:
    answer = post(server, body(DRAFT | {"subject": {"reference": "Patient/other"}}))
    assert answer.status_code == 400
    assert "subject is another patient" in answer.text


def test_act_2_act_4_an_update_is_the_whole_resource(server: Server) -> None:
    (card,) = cards(server, body(OUTPATIENT | {"unknown": [1]}))
    (one,) = card["suggestions"]
    (action,) = one["actions"]
    assert action["type"] == "update"
    assert action["description"]
    assert action["resource"]["id"] == "il2"
    assert action["resource"]["unknown"] == [1]


def test_act_5_act_6_a_deletion_names_the_resource_by_its_relative_id(server: Server) -> None:
    (card,) = cards(server, body(DRAFT, prefetch=TRANSPLANTED))
    (one,) = card["suggestions"]
    (action,) = one["actions"]
    assert action["type"] == "delete"
    assert action["resourceId"] == "MedicationRequest/il2"
    assert "resource" not in action


def test_crd_8_crd_9_sug_3_ovr_1_on_cards_of_orders_too(server: Server) -> None:
    (card,) = cards(server, body(OUTPATIENT, prefetch=FINE | {"labs": None}))
    assert card["selectionBehavior"] == "any"
    assert len(card["suggestions"]) == 2
    assert sum(one.get("isRecommended", False) for one in card["suggestions"]) <= 1
    assert all(reason["display"] for reason in card["overrideReasons"])
