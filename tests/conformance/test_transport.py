"""JSON, statuses, browsers and feedback: GEN, HTP, SEC, FBK."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import pytest
import requests
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.servicerequest import ServiceRequest

from cds_hooks import app as shell
from tests.conformance.stories import STORIES, message_of
from tests.service.running import (
    JSON,
    LEFT_OUT,
    SERVICE,
    Body,
    Server,
    empty_places,
    request_of,
    with_context,
    with_prefetch,
)
from tests.service.test_faults import call


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
    """In discovery, in cards and in errors."""
    assert {answer.status_code for answer in answers} > {200, 400, 404, 412}
    for answer in answers:
        assert list(empty_places(answer.json())) == []


@pytest.mark.parametrize("value", [None, "", [], {}], ids=ascii)
def test_gen_2_gen_3_the_walk_finds_what_it_looks_for(value: object) -> None:
    """A cards: [] is allowed at the top only."""
    assert list(empty_places({"cards": [{"links": value}]})) == ["$.cards[0].links"]
    assert list(empty_places({"cards": [], "services": []})) == []
    assert list(empty_places({"cards": None})) == ["$.cards"]


def test_gen_4_an_optional_element_without_value_is_left_out(cards: Mapping[str, Any]) -> None:
    transplant = cards["kidney-transplant-1998"]
    assert "suggestions" not in transplant
    assert "selectionBehavior" not in transplant


def test_gen_6_act_3_v3_20_resources_are_fhir_json(
    actions: Sequence[Any], refusals: Sequence[requests.Response]
) -> None:
    for action in actions:
        ServiceRequest.model_validate(action["resource"])
        assert action["resource"]["resourceType"] == "ServiceRequest"
    for answer in refusals:
        OperationOutcome.model_validate(answer.json())


@pytest.mark.parametrize("end", [b",}", b"/* a comment */}", b"} // a comment"], ids=ascii)
def test_gen_7_v3_20_a_trailing_comma_or_a_comment_is_refused(server: Server, end: bytes) -> None:
    body = json.dumps(request_of()).encode()
    assert server.post(body[:-1] + end).status_code == 400


# --- Statuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STORIES)
def test_htp_1_crd_1_success_is_200_with_cards(server: Server, name: str) -> None:
    answer = server.post(request_of(name))
    assert answer.status_code == 200
    assert list(answer.json()) == ["cards"]
    assert isinstance(answer.json()["cards"], list)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{", 400, id="no JSON"),
        pytest.param(request_of(hook="order-sign"), 400, id="a hook of another service"),
        pytest.param(with_context(patientId=LEFT_OUT), 400, id="a field of the context"),
        pytest.param(request_of(fhirServer="x"), 400, id="a bad fhirServer"),
        pytest.param(with_prefetch(patient=LEFT_OUT), 412, id="what the gate needs"),
        pytest.param(b"[" + b" " * 17 * 1024 * 1024 + b"]", 413, id="too large"),
    ],
)
def test_htp_3_a_bad_body_has_its_status_and_is_never_404(
    server: Server, body: Body | bytes, status: int
) -> None:
    assert server.post(body).status_code == status


def test_htp_4_v3_9_every_error_is_an_operation_outcome(
    refusals: Sequence[requests.Response],
) -> None:
    assert {answer.status_code for answer in refusals} == {400, 404, 405, 412, 413, 415}
    for answer in refusals:
        OperationOutcome.model_validate(answer.json())
        (issue,) = answer.json()["issue"]
        assert issue["severity"] == "error"
        assert issue["diagnostics"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(request_of(hook=LEFT_OUT), "hook ", id="hook"),
        pytest.param(request_of(hookInstance="x"), "hookInstance ", id="hookInstance"),
        pytest.param(with_context(patientId="a b"), "context.patientId ", id="patientId"),
        pytest.param(with_context(encounterId="a b"), "context.encounterId ", id="encounterId"),
        pytest.param(request_of(fhirServer="ftp://a"), "fhirServer ", id="fhirServer"),
        pytest.param(request_of(prefetch="x"), "prefetch ", id="prefetch"),
        pytest.param(with_prefetch(patient=None), "prefetch.patient ", id="a prefetch key"),
    ],
)
def test_htp_4_an_error_says_which_field_or_key(server: Server, body: Body, field: str) -> None:
    assert message_of(server.post(body)).startswith(field)


def test_htp_3_htp_4_gen_2_prd_1_prd_2_a_fault_of_ours_is_an_operation_outcome_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError("Beispiel, Ilse")

    monkeypatch.setattr(shell, "answer", fail)
    status, headers, body = call("POST", SERVICE, json.dumps(request_of()).encode())
    assert (status, headers["content-type"]) == (500, "application/fhir+json")
    outcome = json.loads(body)
    OperationOutcome.model_validate(outcome)
    assert list(empty_places(outcome)) == []
    for inside in (b"cards", b"Beispiel", b"ZeroDivision", b".py"):
        assert inside not in body


# --- Browsers ------------------------------------------------------------------------------------

EVIL = "https://evil.example"


@pytest.mark.parametrize(
    ("path", "method"),
    [
        pytest.param("/cds-services", "GET", id="discovery"),
        pytest.param(SERVICE, "POST", id="the service"),
        pytest.param(f"{SERVICE}/feedback", "POST", id="feedback, which is not there yet"),
    ],
)
def test_sec_5_prd_15_a_browser_may_call_and_gets_no_credentials(
    server: Server, path: str, method: str
) -> None:
    """No token is needed to ask (the sandbox asks for `authorization` always)."""
    asked = {
        "Origin": EVIL,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = server.call("OPTIONS", path, headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = {h.strip() for h in answer.headers["Access-Control-Allow-Headers"].lower().split(",")}
    assert {"authorization", "content-type"} <= allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/cds-services", b"", 200),
        ("POST", SERVICE, json.dumps(request_of()).encode(), 200),
        ("POST", SERVICE, b"no", 400),
        ("POST", "/cds-services/nobody", b"{}", 404),
        ("PUT", SERVICE, b"{}", 405),
        ("POST", SERVICE, json.dumps(request_of(prefetch=LEFT_OUT)).encode(), 412),
        ("POST", SERVICE, b"[" + b" " * 17 * 1024 * 1024 + b"]", 413),
    ],
)
def test_sec_5_prd_15_every_answer_may_be_read_without_credentials(
    server: Server, method: str, path: str, body: bytes, status: int
) -> None:
    headers = {**JSON, "Origin": EVIL, "Cookie": "session=1", "Authorization": "Bearer x"}
    answer = server.call(method, path, data=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


# --- Feedback ------------------------------------------------------------------------------------


def test_fbk_1_feedback_is_not_taken_yet_and_the_answer_says_so(server: Server) -> None:
    """Never a 2xx for what nobody keeps."""
    told = {"feedback": [{"card": "x", "outcome": "accepted"}]}
    answer = server.call(
        "POST", f"{SERVICE}/feedback", data=json.dumps(told).encode(), headers=JSON
    )
    assert answer.status_code == 404
    OperationOutcome.model_validate(answer.json())
