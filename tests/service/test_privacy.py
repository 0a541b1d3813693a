"""Errors and logs hold nothing of a chart, no token, no id, no URL (PRD-1, PRD-3)."""

import json
import socket
from typing import Any

import pytest

from tests.service.running import JSON, LEFT_OUT, SERVICE, Body, Server, request_of

CANARY = "KANARI"  # planted wherever a caller's words may stand; the log must never show it


FIELDS = {
    "at",
    "level",
    "event",
    "service",
    "hook",
    "hookInstance",
    "status",
    "bytes_in",
    "bytes_out",
    "ms",
}


def planted(**fields: Any) -> Any:
    """A request full of canaries that is good but for the fields given."""
    body = request_of(
        fhirServer=f"https://{CANARY}.example.org/fhir?{CANARY}",
        fhirAuthorization={"access_token": f"{CANARY}-token", "scope": CANARY},
        extension={CANARY: CANARY},
    )
    patient_id = body["context"]["patientId"]
    body = json.loads(json.dumps(body).replace(patient_id, f"{CANARY}-1"))
    body["context"]["userId"] = f"Practitioner/{CANARY}"
    body["prefetch"]["patient"]["name"] = [{"family": CANARY}]
    problems = body["prefetch"]["problems"]["entry"]
    problems[-1]["resource"]["code"]["text"] = CANARY
    problems.append({"resource": {"resourceType": "Condition", "id": CANARY, "code": CANARY}})
    problems.append({"resource": {"resourceType": CANARY, "code": {"text": CANARY}}})
    body.update(fields)
    return {key: value for key, value in body.items() if value is not LEFT_OUT}


def _encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


REFUSED = [
    pytest.param(_encoded(planted())[:-1], 400, id="cut off"),
    pytest.param(_encoded([planted()]), 400, id="a list"),
    pytest.param(_encoded(CANARY), 400, id="a string"),
    pytest.param(CANARY.encode() + b"\xff", 400, id="no UTF-8"),
    pytest.param(b"[" * 2_000 + _encoded(CANARY), 400, id="deep"),
    pytest.param(_encoded(planted(hook=CANARY)), 400, id="hook"),
    pytest.param(_encoded(planted(hook={CANARY: 1})), 400, id="hook an object"),
    pytest.param(_encoded(planted(hookInstance=CANARY)), 400, id="hookInstance"),
    pytest.param(_encoded(planted(context=CANARY)), 400, id="context"),
    pytest.param(_encoded(planted(context={CANARY: CANARY})), 400, id="context's fields"),
    pytest.param(_encoded(planted(context={"patientId": f"{CANARY} 2"})), 400, id="patientId"),
    pytest.param(
        _encoded(planted(context={"patientId": f"{CANARY}-1", "encounterId": f"{CANARY} 2"})),
        400,
        id="encounterId",
    ),
    pytest.param(_encoded(planted(context={"patientId": f"{CANARY}-2"})), 400, id="other patient"),
    pytest.param(_encoded(planted(fhirServer=f"file:///{CANARY}")), 400, id="fhirServer"),
    pytest.param(
        _encoded(planted(fhirAuthorization={"patient": CANARY, "access_token": CANARY})),
        400,
        id="token",
    ),
    pytest.param(_encoded(planted(prefetch=CANARY)), 400, id="prefetch"),
    pytest.param(_encoded(planted(prefetch={CANARY: CANARY})), 412, id="prefetch's keys"),
    pytest.param(
        _encoded(planted(prefetch={"patient": {"resourceType": "Patient", "id": [CANARY]}})),
        412,
        id="an id that cannot be read",
    ),
    pytest.param(_encoded({CANARY: "a" * 17 * 1024 * 1024}), 413, id="too large"),
]


@pytest.mark.parametrize(("body", "status"), REFUSED)
def test_a_refusal_repeats_nothing_of_the_body(server: Server, body: bytes, status: int) -> None:
    """PRD-3."""
    answer = server.post(body, Authorization=f"Bearer {CANARY}")
    assert answer.status_code == status
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    assert CANARY not in server.log()


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", f"/cds-services/{CANARY}", JSON),
        ("POST", f"/cds-services/{CANARY}/{CANARY}", JSON),
        ("GET", f"/{CANARY}", {}),
        (CANARY, SERVICE, JSON),
        ("POST", f"{SERVICE}?{CANARY}={CANARY}", {"Content-Type": f"application/{CANARY}"}),
        ("POST", SERVICE, {"Content-Type": f"application/json; charset={CANARY}"}),
        ("POST", SERVICE, {**JSON, "Origin": f"https://{CANARY}.example"}),
        ("POST", SERVICE, {**JSON, "Cookie": CANARY, "User-Agent": CANARY, CANARY: CANARY}),
    ],
)
def test_a_refusal_repeats_neither_path_nor_headers(
    server: Server, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = server.call(method, path, data=b"{}", headers=headers)
    assert 400 <= answer.status_code < 500
    assert CANARY not in answer.text
    assert CANARY not in server.log()


def test_a_good_call_leaves_nothing_of_the_chart_in_the_log(server: Server) -> None:
    """PRD-3, FHR-4."""
    before = len(server.log())
    query = f"?patient={CANARY}"
    answer = server.call("POST", SERVICE + query, data=_encoded(planted()), headers=JSON)
    assert answer.status_code == 412 or CANARY in answer.text  # an entry is named on the card
    written = server.log()[before:]
    assert CANARY not in server.log()
    assert "Patient" not in written
    assert SERVICE not in written


def test_an_answer_has_one_line_in_the_log_and_it_is_json(server: Server) -> None:
    before = len(server.log())
    assert server.post(request_of()).status_code == 200
    (line,) = server.log()[before:].splitlines()
    event = json.loads(line)
    assert event["event"] == "answered"
    assert event["service"] == "il2-patient-view"
    # nothing else: a new field here must be looked at, whether it can hold chart data
    assert set(event) == FIELDS


def test_a_refusal_has_one_line_in_the_log_and_it_is_json(server: Server) -> None:
    before = len(server.log())
    assert server.post(b"no").status_code == 400
    (line,) = server.log()[before:].splitlines()
    event = json.loads(line)
    assert (event["event"], event["status"], event["code"]) == ("refused", 400, "invalid")
    assert "hookInstance" not in event


@pytest.mark.parametrize("wrong", [{"context": {}}, {"prefetch": []}, {"prefetch": {}}])
def test_a_refusal_can_be_found_by_the_instance_of_the_call(server: Server, wrong: Body) -> None:
    body = request_of(**wrong)
    before = len(server.log())
    assert server.post(body).status_code in (400, 412)
    (line,) = server.log()[before:].splitlines()
    assert json.loads(line)["hookInstance"] == body["hookInstance"]


def test_what_is_no_http_leaves_nothing_in_the_log(server: Server) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{CANARY} / {CANARY}\r\n{CANARY}\r\n\r\n".encode())
        said = connection.recv(10_000)
    assert b" 400 " in said
    assert CANARY.encode() not in said
    assert CANARY not in server.log()


def test_nothing_tells_which_software_answers(server: Server) -> None:
    for answer in (server.get("/cds-services"), server.post(b"no"), server.get("/nobody")):
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers
