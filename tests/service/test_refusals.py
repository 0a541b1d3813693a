"""Bad input: the right status, words that say what to do, and never an empty list of cards."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.service.running import (
    JSON,
    LEFT_OUT,
    REFUSED,
    SERVICE,
    TIMEOUT,
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


def raw(text: str) -> bytes:
    """A good request, with a piece of JSON as it stands in place of its `x`."""
    return json.dumps(request_of(x="@")).replace('"@"', text).encode()


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_refused_request_of_the_fixtures(server: Server, name: str) -> None:
    refusal(server.post((REFUSED / f"{name}.json").read_bytes()), *EXPECTED[name])


def test_no_refused_request_of_the_fixtures_is_forgotten() -> None:
    assert {path.stem for path in REFUSED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "no JSON", id="empty"),
        pytest.param(b" \n", "no JSON", id="blank"),
        pytest.param(b"\xef\xbb\xbf", "no JSON", id="a BOM and nothing else"),
        pytest.param(b"hook=patient-view", "no JSON", id="a form"),
        pytest.param(b"<Bundle/>", "no JSON", id="XML"),
        pytest.param(json.dumps(request_of()).encode()[:-1], "no JSON", id="cut off"),
        pytest.param(json.dumps(request_of()).encode() * 2, "no JSON", id="two documents"),
        pytest.param(json.dumps(request_of())[:-1].encode() + b",}", "no JSON", id="last comma"),
        pytest.param(raw("[1,]"), "no JSON", id="last comma inside"),
        pytest.param(raw("1 /* comment */"), "no JSON", id="a comment"),
        pytest.param(raw("NaN"), "no JSON", id="NaN"),
        pytest.param(raw("Infinity"), "no JSON", id="Infinity"),
        pytest.param(raw("[-Infinity]"), "no JSON", id="-Infinity inside"),
        pytest.param(raw("'single'"), "no JSON", id="single quotes"),
        pytest.param(raw("01"), "no JSON", id="a leading zero"),
        pytest.param(raw('"a\tb"'), "no JSON", id="a control character in a string"),
        pytest.param(b"[" + json.dumps(request_of()).encode() + b"]", "JSON object", id="a list"),
        pytest.param(b'"hook"', "JSON object", id="a string"),
        pytest.param(b"null", "JSON object", id="null"),
        pytest.param(b"7", "JSON object", id="a number"),
        pytest.param(raw('"@"').replace(b"@", b"\xff"), "UTF-8", id="a byte that is no UTF-8"),
        pytest.param(raw('"@"').replace(b"@", "é".encode("latin-1")), "UTF-8", id="Latin-1"),
        pytest.param(json.dumps(request_of()).encode("utf-16"), "UTF-8", id="UTF-16"),
        pytest.param(
            raw('"@"').replace(b"@", b"\xed\xa0\x80"), "UTF-8", id="half a surrogate pair"
        ),
    ],
)
def test_what_is_no_json_object_in_utf_8_is_refused(
    server: Server, body: bytes, words: str
) -> None:
    refusal(server.post(body), 400, words)


@pytest.mark.parametrize(
    ("content_type", "words"),
    [
        pytest.param(None, "Content-Type", id="none"),
        pytest.param("", "Content-Type", id="empty"),
        pytest.param("text/plain", "Content-Type", id="text"),
        pytest.param("application/xml", "Content-Type", id="XML"),
        pytest.param("application/x-www-form-urlencoded", "Content-Type", id="a form"),
        pytest.param("multipart/form-data; boundary=x", "Content-Type", id="an upload"),
        pytest.param("application/jsonp", "Content-Type", id="nearly JSON"),
        pytest.param("text/json", "Content-Type", id="JSON as text"),
        pytest.param("application/json; charset=iso-8859-1", "UTF-8", id="Latin-1"),
        pytest.param('application/json; charset="utf-16"', "UTF-8", id="UTF-16"),
    ],
)
def test_a_content_type_that_is_not_json_is_refused(
    server: Server, content_type: str | None, words: str
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    body = json.dumps(request_of()).encode()
    refusal(server.call("POST", SERVICE, data=body, headers=headers), 415, words)


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


# --- Size and depth ------------------------------------------------------------------------------

MEGABYTE = 1024 * 1024


def test_50_megabytes_are_too_much(server: Server) -> None:
    refusal(server.post(b'{"x": "' + b"a" * 50 * MEGABYTE + b'"}'), 413, "16 MB")
    assert server.post(request_of()).status_code == 200


def test_50_megabytes_in_chunks_are_too_much(server: Server) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"x": "'
        yield from (b"a" * MEGABYTE for _ in range(50))

    refusal(server.post(chunks()), 413, "16 MB")
    assert server.post(request_of()).status_code == 200


@pytest.mark.parametrize("depth", [1_000, 100_000, 1_000_000])
@pytest.mark.parametrize(
    "around",
    [
        pytest.param(b"%s", id="alone"),
        pytest.param(b'{"x": %s}', id="in a field"),
        pytest.param(b'{"hook": "patient-view", "context": %s}', id="in context"),
    ],
)
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(
    server: Server, depth: int, around: bytes, opening: bytes, closing: bytes
) -> None:
    deep = opening * depth + (b"" if opening == b"[" else b"1") + closing * depth
    refusal(server.post(around % deep), 400, "")


@pytest.mark.parametrize("depth", [300, 1_000, 100_000])
@pytest.mark.parametrize("key", ["patient", "problems", "labs", "x"])
def test_deep_nesting_in_the_prefetch_never_becomes_an_empty_answer(
    server: Server, depth: int, key: str
) -> None:
    text = json.dumps(with_prefetch(**{key: "@"}))
    deep = '{"resourceType": "Bundle", "entry": ' + "[" * depth + "]" * depth + "}"
    answer = server.post(text.replace('"@"', deep).encode())
    if answer.status_code == 200:
        assert len(answer.json()["cards"]) == 1
    else:
        assert answer.status_code in (400, 412)
        refusal(answer, answer.status_code, "")


def test_50_000_keys_are_borne(server: Server) -> None:
    many: dict[str, Any] = {f"key-{number}": {"n": number} for number in range(50_000)}
    for body in (request_of(**many), with_prefetch(**many), with_context(**many)):
        answer = server.post(body)
        assert answer.status_code == 200
        assert len(answer.json()["cards"]) == 1
    assert server.get("/cds-services").status_code == 200


def test_20_000_entries_are_borne(server: Server) -> None:
    body = with_prefetch("no-brain-mets-all-clear")
    labs = body["prefetch"]["labs"]["entry"]
    body["prefetch"]["labs"]["entry"] = labs + [
        {"resource": {**labs[0]["resource"], "id": f"lab-{number}", "code": {"text": "Other"}}}
        for number in range(20_000)
    ]
    answer = server.post(body)
    assert answer.status_code == 200
    assert len(answer.json()["cards"]) == 1


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


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services/nobody",
        "/cds-services/il2-patient-view2",
        "/cds-services/IL2-PATIENT-VIEW",
        "/cds-services/..%2f",
        "/cds-services/..%2f..%2fetc%2fpasswd",
        "/cds-services/%2e%2e",
        "/cds-services/%00",
        "/cds-services/il2-patient-view%00",
        "/cds-services/il2-patient-view%20",
        "/cds-services/il2-patient-view%0a",
        "/cds-services/%ff",
        "/cds-services/" + "a" * 4_000,
        "/cds-services/",
        "/cds-services/il2-patient-view/",
        "/cds-services/il2-patient-view/feedback",
        "/cds-services//il2-patient-view",
        "/",
        "/nobody",
    ],
    ids=lambda path: path[:40],
)
def test_an_unknown_path_is_404(server: Server, path: str) -> None:
    answer = call_as_written(server, path)
    assert "Location" not in answer.headers
    refusal(answer, 404, "GET /cds-services")


def call_as_written(server: Server, path: str) -> requests.Response:
    """A good call to a path that nothing on the way rewrites."""
    asked = requests.Request(
        "POST", server.url, data=json.dumps(request_of()).encode(), headers=JSON
    ).prepare()
    asked.url = server.url + path
    return server.session.send(asked, timeout=TIMEOUT, allow_redirects=False)


def test_head_of_discovery_has_no_body(server: Server) -> None:
    answer = server.call("HEAD", "/cds-services")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_query_in_the_url_changes_nothing(server: Server) -> None:
    body = json.dumps(request_of()).encode()
    answer = server.call("POST", SERVICE + "?hook=order-sign", data=body, headers=JSON)
    assert answer.status_code == 200


# --- CORS ----------------------------------------------------------------------------------------

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
