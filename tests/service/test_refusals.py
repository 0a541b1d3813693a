"""
Bad requests: the right status, words that say what to do, and never an empty list of cards.

What is worse than a mistake is in `tests/hostile`.
"""

import json
import re
from collections.abc import Mapping

import pytest
import requests
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.service.running import (
    JSON,
    LEFT_OUT,
    REFUSED,
    SERVICE,
    Body,
    Server,
    empty_places,
    request_of,
    with_context,
    with_prefetch,
)

EXPECTED = {
    "wrong-hook": (400, "hook"),
    "hook-instance-missing": (400, "hookInstance"),
    "patient-id-missing": (400, "context.patientId"),
    "other-patient-prefetched": (400, "prefetch.patient"),
    "gate-not-known": (412, "prefetch.problems"),
    "patient-null": (412, "prefetch.patient"),
}
# What a reader of an error must not see: traces, paths of files, names of libraries (PRD-1).
INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|/usr|site-packages|msgspec|starlette|uvicorn|pydantic|Error\b"
)


def refusal(answer: requests.Response, status: int, words: str) -> str:
    """The message of a refusal, after all that every refusal must keep."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] in ("application/fhir+json", "application/json")
    body = answer.json()
    assert "cards" not in body
    assert body["resourceType"] == "OperationOutcome"
    assert list(empty_places(body)) == []
    OperationOutcome.model_validate(body)
    (issue,) = body["issue"]
    message: str = issue["diagnostics"]
    assert not INSIDES.search(message), message
    assert words in message, message
    return message


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_refused_request_of_the_fixtures(server: Server, name: str) -> None:
    refusal(server.post((REFUSED / f"{name}.json").read_bytes()), *EXPECTED[name])


def test_no_refused_request_of_the_fixtures_is_forgotten() -> None:
    assert {path.stem for path in REFUSED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(request_of(hook=LEFT_OUT), "hook is missing", id="no hook"),
        pytest.param(request_of(hook=""), "hook", id="empty hook"),
        pytest.param(request_of(hook=None), "hook", id="null hook"),
        pytest.param(request_of(hook=5), "hook", id="a number for hook"),
        pytest.param(request_of(hook=["patient-view"]), "hook", id="a list for hook"),
        pytest.param(request_of(hook="order-sign"), "patient-view", id="hook of another service"),
        pytest.param(request_of(hook="Patient-View"), "patient-view", id="hook in capitals"),
        pytest.param(request_of(hook=" patient-view"), "patient-view", id="hook with a blank"),
        pytest.param(request_of(hookInstance=LEFT_OUT), "hookInstance", id="no hookInstance"),
        pytest.param(request_of(hookInstance=""), "hookInstance", id="empty hookInstance"),
        pytest.param(request_of(hookInstance="1"), "hookInstance", id="hookInstance no UUID"),
        pytest.param(request_of(hookInstance=1), "hookInstance", id="a number for hookInstance"),
        pytest.param(
            request_of(hookInstance="cbf27734-ac10-4525-8b66-402800e03d2c\n"),
            "hookInstance",
            id="a line break after the UUID",
        ),
        pytest.param(request_of(context=LEFT_OUT), "context", id="no context"),
        pytest.param(request_of(context=None), "context", id="null context"),
        pytest.param(request_of(context=[]), "context", id="a list for context"),
        pytest.param(request_of(context="ilse"), "context", id="a string for context"),
        pytest.param(request_of(context={}), "context.patientId", id="empty context"),
        pytest.param(with_context(patientId=LEFT_OUT), "context.patientId", id="no patientId"),
        pytest.param(with_context(patientId=""), "context.patientId", id="empty patientId"),
        pytest.param(with_context(patientId=17), "context.patientId", id="a number for patientId"),
        pytest.param(with_context(patientId=["a"]), "context.patientId", id="a list of patients"),
        pytest.param(with_context(patientId="a/b"), "context.patientId", id="slash in patientId"),
        pytest.param(with_context(patientId="Patient/"), "context.patientId", id="Patient/ alone"),
        pytest.param(with_context(patientId="Group/1"), "context.patientId", id="a Group"),
        pytest.param(
            with_context(patientId="https://ehr.example.org/fhir/Patient/ilse-beispiel"),
            "context.patientId",
            id="a URL for patientId",
        ),
        pytest.param(
            with_context(patientId="ilse-beispiel\n"), "context.patientId", id="a line break"
        ),
        pytest.param(with_context(patientId="a?b&c"), "context.patientId", id="a query"),
        pytest.param(with_context(patientId="a" * 65), "context.patientId", id="65 characters"),
        pytest.param(
            with_context(patientId="ílse"), "context.patientId", id="a letter with accent"
        ),
        pytest.param(with_context(encounterId="a b"), "context.encounterId", id="odd encounter"),
        pytest.param(with_context(encounterId=1), "context.encounterId", id="number for encounter"),
        pytest.param(request_of(fhirServer="garbage"), "fhirServer", id="fhirServer garbage"),
        pytest.param(request_of(fhirServer=8080), "fhirServer", id="fhirServer a number"),
        pytest.param(request_of(fhirServer=""), "fhirServer", id="fhirServer empty"),
        pytest.param(request_of(fhirServer="https://"), "fhirServer", id="fhirServer no host"),
        pytest.param(request_of(fhirServer="https://[::1"), "fhirServer", id="half an address"),
        pytest.param(request_of(fhirServer="file:///etc/passwd"), "fhirServer", id="a file"),
        pytest.param(request_of(fhirServer="javascript:x"), "fhirServer", id="a script"),
        pytest.param(
            request_of(fhirAuthorization={"patient": "somebody-else"}),
            "fhirAuthorization.patient",
            id="a token for another patient",
        ),
        pytest.param(request_of(fhirAuthorization=["x"]), "fhirAuthorization", id="token a list"),
        pytest.param(request_of(prefetch=[]), "prefetch", id="prefetch a list"),
        pytest.param(request_of(prefetch="none"), "prefetch", id="prefetch a string"),
        pytest.param(request_of(prefetch=5), "prefetch", id="prefetch a number"),
        pytest.param(
            with_prefetch(patient={"resourceType": "Patient", "id": "another"}),
            "prefetch.patient",
            id="another patient prefetched",
        ),
        pytest.param(
            with_prefetch(patient={"resourceType": "Patient"}),
            "prefetch.patient",
            id="a patient without id",
        ),
        pytest.param(
            with_prefetch(
                patient={
                    "resourceType": "Bundle",
                    "entry": [
                        {"resource": {"resourceType": "Patient", "id": "ilse-beispiel"}},
                        {"resource": {"resourceType": "Patient", "id": "another"}},
                    ],
                }
            ),
            "prefetch.patient",
            id="two patients prefetched",
        ),
    ],
)
def test_a_request_of_the_wrong_shape_names_the_field(
    server: Server, body: Body, words: str
) -> None:
    refusal(server.post(body), 400, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(request_of(prefetch=LEFT_OUT), "prefetch.patient", id="no prefetch"),
        pytest.param(request_of(prefetch=None), "prefetch.patient", id="null prefetch"),
        pytest.param(request_of(prefetch={}), "prefetch.patient", id="empty prefetch"),
        pytest.param(with_prefetch(patient=LEFT_OUT), "prefetch.patient", id="no patient"),
        pytest.param(with_prefetch(patient=None), "prefetch.patient", id="null patient"),
        pytest.param(
            with_prefetch(patient={"resourceType": "OperationOutcome"}),
            "prefetch.patient",
            id="an outcome for the patient",
        ),
        pytest.param(
            with_prefetch(patient={"resourceType": "Bundle", "entry": []}),
            "prefetch.patient",
            id="an empty Bundle for the patient",
        ),
        pytest.param(
            with_prefetch(patient={"resourceType": "Condition", "id": "ilse-beispiel"}),
            "prefetch.patient",
            id="a Condition for the patient",
        ),
        pytest.param(with_prefetch(problems=LEFT_OUT), "prefetch.problems", id="no problem list"),
        pytest.param(
            with_prefetch("no-melanoma", problems=LEFT_OUT),
            "prefetch.problems",
            id="no problem list, and no melanoma elsewhere",
        ),
        pytest.param(
            with_prefetch("no-melanoma", encounterDx=LEFT_OUT),
            "prefetch.encounterDx",
            id="no encounter diagnoses, and no melanoma elsewhere",
        ),
    ],
)
def test_what_the_gate_needs_and_does_not_get_is_412(
    server: Server, body: Body, words: str
) -> None:
    refusal(server.post(body), 412, words)


# --- Paths and methods ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *((m, "/cds-services", {"GET", "HEAD"}) for m in ("POST", "PUT", "PATCH", "DELETE")),
        *((m, SERVICE, {"POST"}) for m in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")),
        *((m, "/rulebook", {"GET", "HEAD"}) for m in ("POST", "DELETE")),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(
    server: Server, method: str, path: str, allowed: set[str]
) -> None:
    answer = server.call(method, path, data=b"{}", headers=JSON)
    refusal(answer, 405, "method")
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == allowed


def test_head_of_discovery_has_no_body(server: Server) -> None:
    answer = server.call("HEAD", "/cds-services")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_query_in_the_url_changes_nothing(server: Server) -> None:
    body = json.dumps(request_of()).encode()
    answer = server.call("POST", SERVICE + "?hook=order-sign", data=body, headers=JSON)
    assert answer.status_code == 200


# --- CORS ----------------------------------------------------------------------------------------

MEGABYTE = 1024 * 1024
FROM_A_BROWSER = {"Origin": "https://sandbox.example"}


@pytest.mark.parametrize(
    ("path", "method"), [("/cds-services", "GET"), (SERVICE, "POST"), ("/cds-services/x", "POST")]
)
def test_a_browser_may_call_with_a_token(server: Server, path: str, method: str) -> None:
    asked = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    answer = server.call("OPTIONS", path, headers=FROM_A_BROWSER | asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = {h.strip().lower() for h in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type"} <= allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/cds-services", {}, None, 200),
        ("POST", SERVICE, JSON, json.dumps(request_of()).encode(), 200),
        ("POST", SERVICE, JSON, b"no", 400),
        ("GET", "/nobody", {}, None, 404),
        ("GET", SERVICE, {}, None, 405),
        ("POST", SERVICE, JSON, json.dumps(request_of(prefetch=LEFT_OUT)).encode(), 412),
        ("POST", SERVICE, JSON, b'"' + b"a" * 17 * MEGABYTE + b'"', 413),
        ("POST", SERVICE, {}, b"{}", 415),
    ],
)
def test_a_browser_may_read_every_answer(
    server: Server,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
    status: int,
) -> None:
    answer = server.call(method, path, data=body, headers={**FROM_A_BROWSER, **headers})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
