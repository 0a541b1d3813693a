"""The request, what it says of FHIR servers, and the hook: REQ, FHR, HKS, EXT-1 as it comes in."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.conformance.stories import TRANSPLANT, judged, message_of, more_entries
from tests.service.running import (
    LEFT_OUT,
    SERVICE,
    Body,
    Server,
    assessment_of,
    request_of,
    with_context,
    with_prefetch,
)

BASE = "https://ehr.example.org/fhir"
TOKEN = {
    "access_token": "secret-of-the-client",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "il2-advisor",
}


def test_req_1_a_post_is_answered_and_a_get_is_not(server: Server) -> None:
    assert server.post(request_of()).status_code == 200
    assert server.get(SERVICE).status_code == 405


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(request_of(hook=LEFT_OUT), "hook ", id="req-2"),
        pytest.param(request_of(hook=7), "hook ", id="req-2, a number"),
        pytest.param(request_of(hook=""), "hook ", id="req-2, empty"),
        pytest.param(request_of(hook=None), "hook ", id="req-2, null"),
        pytest.param(request_of(hookInstance=LEFT_OUT), "hookInstance ", id="req-3"),
        pytest.param(request_of(hookInstance="7"), "hookInstance ", id="req-3, no UUID"),
        pytest.param(request_of(hookInstance=""), "hookInstance ", id="req-3, empty"),
        pytest.param(request_of(hookInstance=7), "hookInstance ", id="req-3, a number"),
        pytest.param(
            request_of(hookInstance=f"urn:uuid:{uuid4()}"), "hookInstance ", id="req-3, a URN"
        ),
        pytest.param(request_of(fhirServer="file:///x"), "fhirServer ", id="req-4, a file"),
        pytest.param(request_of(fhirServer="garbage"), "fhirServer ", id="req-4, garbage"),
        pytest.param(request_of(fhirServer=8080), "fhirServer ", id="req-4, a number"),
        pytest.param(request_of(fhirServer="//ehr/fhir"), "fhirServer ", id="req-4, no scheme"),
        pytest.param(request_of(context=LEFT_OUT), "context ", id="req-6"),
        pytest.param(request_of(context=[]), "context ", id="req-6, a list"),
        pytest.param(request_of(context={}), "context.patientId ", id="req-6, empty"),
        pytest.param(with_context(patientId=LEFT_OUT), "context.patientId ", id="req-6, nobody"),
        pytest.param(with_context(patientId=""), "context.patientId ", id="req-6, an empty id"),
        pytest.param(with_context(patientId=7), "context.patientId ", id="req-6, a number"),
        pytest.param(with_context(patientId="a b"), "context.patientId ", id="req-6, no id"),
        pytest.param(request_of(prefetch=[]), "prefetch ", id="req-7, a list"),
        pytest.param(request_of(prefetch="x"), "prefetch ", id="req-7, a string"),
        pytest.param(request_of(hook="order-sign"), "hook ", id="req-9, another hook"),
        pytest.param(request_of(hook="il2-view"), "hook ", id="req-9, an invented hook"),
        pytest.param(request_of(hook="Patient-View"), "hook ", id="req-9, in capitals"),
        pytest.param(request_of(hook="patient-view "), "hook ", id="req-9, with a blank"),
    ],
)
def test_req_2_to_7_req_9_a_refusal_names_the_field(server: Server, body: Body, field: str) -> None:
    """Each case's name begins with the number of its point."""
    answer = server.post(body)
    assert answer.status_code == 400
    assert "cards" not in answer.json()
    assert message_of(answer).startswith(field)


def test_req_3_the_hook_instance_is_no_key_of_a_cache(server: Server) -> None:
    """A client may repeat it: each answer is that of its own body."""
    instance = str(uuid4())
    names = ("stable-treated-brain-mets", TRANSPLANT, "no-melanoma")
    alone = [judged(server.post(request_of(name))) for name in names]
    repeated = [judged(server.post(request_of(name, hookInstance=instance))) for name in names]
    assert repeated == alone
    assert len({json.dumps(one) for one in alone}) == len(names)


@pytest.mark.parametrize(
    ("body", "status"),
    [(request_of(), 200), (with_prefetch(patient=None), 412)],
    ids=["answered", "412"],
)
def test_req_3_the_log_of_an_answer_has_the_hook_instance(
    server: Server, body: Body, status: int
) -> None:
    instance = str(uuid4())
    assert server.post(body | {"hookInstance": instance}).status_code == status
    lines = [json.loads(line) for line in server.log().splitlines() if instance in line]
    assert [one["status"] for one in lines] == [status]


def _with_full_references(base: str) -> Body:
    """The transplant's subject, and that of all else, told by its address."""
    body = request_of(TRANSPLANT)
    patient = f"Patient/{body['context']['patientId']}"
    told: Body = json.loads(json.dumps(body).replace(f'"{patient}"', f'"{base}/{patient}"'))
    return told | {"hookInstance": str(uuid4()), "fhirServer": LEFT_OUT}


@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "a slash"])
def test_req_4_the_base_may_end_in_a_slash(server: Server, slash: str) -> None:
    """References that name the server are the patient's in both forms."""
    body = _with_full_references(BASE) | {"fhirServer": BASE + slash}
    (plain,), (told,) = (judged(server.post(one)) for one in (request_of(TRANSPLANT), body))
    assert told["summary"] == plain["summary"]
    assert told["criteria"] == plain["criteria"]


def test_req_4_data_of_the_same_id_on_another_server_is_not_used(server: Server) -> None:
    body = _with_full_references(BASE) | {"fhirServer": "https://elsewhere.example.org/fhir"}
    answer = server.post(body)
    assert answer.status_code != 200 or "ransplant" not in answer.text


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A server's socket on this machine, on which nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as listens:
        listens.setblocking(False)
        yield listens


@pytest.mark.parametrize(
    "more", [{}, {"fhirAuthorization": TOKEN}], ids=["no token", "with a token"]
)
@pytest.mark.parametrize(
    "prefetch", [{}, {"labs": LEFT_OUT}, {"problems": LEFT_OUT}], ids=["all", "no labs", "412"]
)
def test_req_4_prd_11_a_fhir_server_that_is_not_allowed_is_never_called(
    server: Server, listening: socket.socket, more: Body, prefetch: Body
) -> None:
    """Unless it is allowed: by its name it is not. Nor a next link of it."""
    base = f"http://localhost:{listening.getsockname()[1]}/fhir"
    body = with_prefetch(**prefetch) | more | {"fhirServer": base}
    page = {"link": [{"relation": "next", "url": f"{base}?page=2"}]}
    body["prefetch"]["vitals"] = {**body["prefetch"]["vitals"], **page}
    assert server.post(body).status_code == (412 if "problems" in prefetch else 200)
    with pytest.raises(BlockingIOError):
        listening.accept()


def test_req_5_a_token_without_server_is_no_fault(server: Server) -> None:
    body = request_of(fhirServer=LEFT_OUT, fhirAuthorization=TOKEN)
    assert judged(server.post(body)) == judged(server.post(request_of(fhirServer=LEFT_OUT)))


@pytest.mark.parametrize(
    "user",
    [LEFT_OUT, None, "", 7, ["Practitioner/1"], "Practitioner/../1?x=y", "nobody"],
    ids=lambda user: "absent" if user is LEFT_OUT else ascii(user),
)
def test_req_6_hks_3_the_user_bears_on_nothing(server: Server, user: object) -> None:
    """It is required of clients; a card needs none, and no query holds it."""
    assert judged(server.post(with_context(userId=user))) == judged(server.post(request_of()))


@pytest.mark.parametrize("none", [LEFT_OUT, None, ""], ids=["absent", "null", "empty"])
def test_hks_2_an_optional_field_may_be_missing(server: Server, none: object) -> None:
    assert judged(server.post(with_context(encounterId=none)))


ODD: list[Any] = [{"org.example.x": {"a": [None]}}, [{"url": "x"}], "text", 7, None, {}]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_req_8_ext_1_unknown_fields_and_extensions_change_nothing(
    server: Server, odd: object
) -> None:
    """At any level of the request, and of any type; FHIR's own breaches stand in a note."""
    more = {"extension": odd, "unknown": odd}
    body = request_of(fhirAuthorization={"patient": request_of()["context"]["patientId"], **more})
    body |= more
    body["context"] |= more
    body["prefetch"] |= more
    for value in body["prefetch"].values():
        if isinstance(value, dict) and value.get("resourceType") == "Bundle":
            value |= more
            for entry in value.get("entry", []):
                entry |= more
                entry["resource"]["unknown"] = odd
    (said,), (expected,) = judged(server.post(body)), judged(server.post(request_of()))
    notes = said.pop("notes")
    assert said == expected
    assert [note.partition(":")[0] for note in notes] == ["read although not valid FHIR R4"]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({}, id="empty"),
        pytest.param(TOKEN | {"token_type": "bearer"}, id="small letters"),
        pytest.param(TOKEN | {"expires_in": "300"}, id="seconds as a string"),
        pytest.param(TOKEN | {"expires_in": -1}, id="expired"),
        pytest.param(TOKEN | {"access_token": None}, id="no token"),
        pytest.param(TOKEN | {"access_token": [1]}, id="a list for the token"),
        pytest.param(TOKEN | {"token_type": "Basic"}, id="another kind"),
        pytest.param({"subject": 7, "patient": 7, "scope": {}}, id="of other types"),
        pytest.param(None, id="null"),
    ],
)
def test_fhr_3_an_odd_authorization_is_no_fault(server: Server, odd: object) -> None:
    answer = server.post(request_of(fhirAuthorization=odd))
    assert judged(answer) == judged(server.post(request_of()))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(request_of(fhirAuthorization=TOKEN), 200, id="answered"),
        pytest.param(request_of(fhirAuthorization=TOKEN | {"patient": "b"}), 400, id="refused"),
        pytest.param(with_prefetch(patient=None) | {"fhirAuthorization": TOKEN}, 412, id="412"),
    ],
)
def test_fhr_4_sec_6_the_token_is_neither_logged_nor_repeated(
    server: Server, body: Body, status: int
) -> None:
    answer = server.post(body)
    assert answer.status_code == status
    assert "secret-of-the-client" not in answer.text + server.log()


@pytest.mark.parametrize("scope", ["patient/*.read", "patient/Observation.rs user/*.cruds", "", 7])
def test_fhr_5_v3_2_v3_3_scopes_decide_nothing(server: Server, scope: object) -> None:
    body = request_of(fhirAuthorization=TOKEN | {"scope": scope})
    assert judged(server.post(body)) == judged(server.post(request_of()))


def test_fhr_6_a_token_for_another_patient_is_refused(server: Server) -> None:
    answer = server.post(request_of(fhirAuthorization=TOKEN | {"patient": "another"}))
    assert answer.status_code == 400
    assert message_of(answer).startswith("fhirAuthorization.patient ")


def test_fhr_6_a_token_for_the_patient_is_taken(server: Server) -> None:
    patient = request_of()["context"]["patientId"]
    answer = server.post(request_of(fhirAuthorization=TOKEN | {"patient": patient}))
    assert judged(answer) == judged(server.post(request_of()))


def test_hks_3_ids_with_their_type_are_the_same(server: Server) -> None:
    patient = request_of()["context"]["patientId"]
    typed = with_context(patientId=f"Patient/{patient}", encounterId="Encounter/e-1")
    bare = with_context(encounterId="e-1")
    assert judged(server.post(typed)) == judged(server.post(bare))


@pytest.mark.parametrize(
    "id_", ["Group/1", "Patient/Patient/1", "Patient/", "1?a=b", "../1", "1/_history/2"]
)
def test_hks_3_no_other_form_of_an_id_runs_into_a_query(server: Server, id_: str) -> None:
    answer = server.post(with_context(patientId=id_))
    assert answer.status_code == 400
    assert message_of(answer).startswith("context.patientId ")


def test_hks_2_no_order_of_the_context_is_read_by_this_hook(server: Server) -> None:
    """Fields of other hooks are unknown to this one (REQ-8)."""
    draft = {"resourceType": "MedicationRequest", "status": "draft"}
    body = with_context(draftOrders=more_entries(None, {"resource": draft}), selections=["x"])
    answer = server.post(body)
    assert judged(answer) == judged(server.post(request_of()))
    assert assessment_of(answer.json()["cards"][0])["criteria"]
