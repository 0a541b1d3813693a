"""What the clinician sees when the FHIR server fails: the rows are unknown, the card says why."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import responses

from cds_hooks.answer import Answer, answer, parse
from cds_hooks.errors import GateNotKnown
from cds_hooks.fhir import client
from cds_hooks.fhir.allowed import LOOPBACK, AllowedServer
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from tests.build import TODAY
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.test_faults import BASE, MARKER, Headers, Json, Reply, bundle, outcome
from tests.fetching.wire import hangs, wire
from tests.fhir.stories import FIXTURES

NOON = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")
STORY: Json = json.loads(
    (FIXTURES / "requests/patient-view-growing-brain-lesion.json").read_text(encoding="utf-8")
)
PATIENT_ID: str = STORY["context"]["patientId"]
WHOLE: Json = STORY["prefetch"]
GATE = ("patient", "problems", "encounterDx", "medicines")
REFUSED = requests.ConnectionError(MARKER)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0.001)


def call(
    prefetch: Mapping[str, Any],
    base: str | None = BASE,
    servers: Servers | None = None,
    seconds: float = 5,
    scope: object = "patient/*.rs",
) -> Answer:
    """The story's call with another prefetch."""
    body = STORY | {"prefetch": prefetch, "fhirServer": base}
    body["fhirAuthorization"] = {
        "access_token": "t0k-3n",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": scope,
        "subject": "il2-advisor",
    }
    ours = servers or Servers(LOOPBACK)
    try:
        return answer(
            parse(json.dumps(body).encode(), HOOKS),
            now=NOON,
            rule_book_url="http://localhost",
            fetching=Fetching(ours, seconds),
        )
    finally:
        if servers is None:
            ours.close()


@contextmanager
def serving(failing: Mapping[str, Reply], more: Mapping[str, Json] | None = None) -> Iterator[None]:
    """The story's FHIR server; some queries, by the start of their key, get another reply."""
    found: dict[str, Reply] = {}
    for key, template in templates().items():
        path = f"/fhir/{template.replace('{{context.patientId}}', PATIENT_ID)}"
        value = (more or {}).get(key, WHOLE.get(key))
        found[path] = failing.get(key) or Reply(EMPTY if value is None else value)
    found |= {f"/fhir/{key}": reply for key, reply in failing.items() if "/" in key or "?" in key}

    def reply(request: requests.PreparedRequest) -> tuple[int, Any, bytes | Exception]:
        one = found.get(unquote(request.path_url), Reply(outcome(), 404))
        return one.status, {"Content-Type": one.media or "", **one.headers}, one.content

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_callback("GET", re.compile(".*"), reply, content_type=None)
        yield


def outcomes(found: Answer) -> dict[str, str]:
    assert found.assessment is not None
    return {one.criterion.id: one.finding.outcome.name for one in found.assessment.judged}


def detail(found: Answer) -> str:
    (card,) = found.cards
    return str(card["detail"])


LABS: list[tuple[str, Reply, str]] = [
    ("401", Reply(outcome("login"), 401), "the FHIR server does not accept the token (401)"),
    ("403", Reply(outcome(), 403), "the token may not read Observation (403)"),
    ("404", Reply(outcome(), 404), "the FHIR server does not know this query (404)"),
    ("429", Reply(b"", 429, {"Retry-After": "99"}), "the FHIR server has had too many calls (429)"),
    ("500", Reply(outcome(), 500), "the FHIR server answered 500"),
    ("no connection", Reply(REFUSED), "the connection to the FHIR server failed"),
    ("late", Reply(requests.ReadTimeout(MARKER)), "no answer in time"),
    ("HTML", Reply(f"<p>{MARKER}"), "the FHIR server answered with a page or XML, not JSON"),
    ("no JSON", Reply(f"{{{MARKER}"), "the FHIR server answered with what is no FHIR resource"),
    ("empty body", Reply(b""), "the FHIR server answered with nothing"),
    ("outcome", Reply(outcome()), "the FHIR server answered with an OperationOutcome"),
    ("total", Reply(bundle(total=1)), "fewer entries came than the answer counts"),
    ("next elsewhere", Reply(bundle(next_url="http://192.0.2.1/")), "which is not followed"),
    ("moved", Reply(b"", 302, {"Location": "http://192.0.2.1/"}), "which is not followed"),
]


@pytest.mark.parametrize("row", LABS, ids=lambda row: row[0])
def test_a_query_that_fails_is_unknown_and_the_card_says_why(row: tuple[str, Reply, str]) -> None:
    _, reply, words = row
    with serving({"labs": reply}):
        found = call({})
    assert found.assessment is not None
    assert "Not shared by the EHR: laboratory values." in detail(found)
    assert words in detail(found).partition("Labs: ")[2]
    assert MARKER not in json.dumps(found.response)
    # as if the EHR had sent all else and could not be asked
    lacking = {key: value for key, value in WHOLE.items() if key != "labs"}
    assert outcomes(found) == outcomes(call(lacking, base=None))


NAMED = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{MARKER} user/*.rs"'}
ODD = f"patient/{MARKER}.rs patient/Kanari.read user/Observation.{MARKER}"
# status, scopes told with the token, what the server names → which the card says that it lacks
SCOPES: list[tuple[str, int, object, Headers, str]] = [
    ("version 1", 403, "patient/Patient.read openid", {}, "patient/Observation.read"),
    ("version 2", 403, "user/Patient.rs user/Condition.rs", {}, "user/Observation.rs"),
    ("of a system", 403, "system/Patient.cruds", {}, "system/Observation.rs"),
    ("reading without searching", 403, "patient/Observation.r", {}, "patient/Observation.rs"),
    ("only writing", 403, "patient/*.write", {}, "patient/Observation.read"),
    ("none for a resource", 403, "openid launch", {}, "patient/Observation.rs"),
    ("not readable", 403, ODD.replace("Observation", "Device"), {}, "patient/Observation.rs"),
    ("the server knows better", 403, "patient/*.rs", NAMED, "user/*.rs"),
    ("the server, with 401", 401, "patient/*.rs", NAMED, "user/*.rs"),
    ("told by the server only", 403, None, NAMED, "user/*.rs"),
    ("granted", 403, "patient/Observation.rs", {}, ""),
    ("granted, version 1", 403, "patient/*.read", {}, ""),
    ("granted in part", 403, "patient/Observation.rs?category=laboratory", {}, ""),
    ("granted in a form of its own", 403, "patient/Observation.search", {}, ""),
    ("the one the server names is granted", 403, "user/*.cruds", NAMED, ""),
    ("not told", 403, None, {}, ""),
    ("no text", 403, 7, {}, ""),
    ("401", 401, "patient/Patient.rs", {}, ""),
    ("the server says something else", 403, None, {"WWW-Authenticate": f'scope="{ODD}"'}, ""),
]


@pytest.mark.parametrize("row", SCOPES, ids=lambda row: row[0])
def test_a_refusal_names_the_scope_that_the_token_lacks(
    row: tuple[str, int, object, Headers, str],
) -> None:
    _, status, scope, headers, lacks = row
    with serving({"labs": Reply(outcome(), status, headers)}):
        found = call({}, scope=scope)
    words = detail(found).partition("Labs: ")[2].partition("; BodyStructure")[0]
    assert f"({status})" in words
    assert words.partition(": it lacks the scope ")[2] == lacks.replace("*", r"\*")  # no markup
    assert ("scope" in words) is bool(lacks)
    assert MARKER not in json.dumps(found.response)
    assert "Kanari" not in json.dumps(found.response)


def test_the_scope_of_what_is_read_by_its_id_needs_no_search() -> None:
    with serving({"Medication/m9": Reply(outcome(), 403)}, {"medicines": POINTING}):
        found = call({}, scope="patient/Observation.rs")
    assert "the token may not read Medication (403): it lacks the scope patient/Medication.r;" in (
        detail(found)
    )


def test_what_the_outcomes_of_the_labs_would_be_differs() -> None:
    """Else the tests above would show nothing."""
    lacking = {key: value for key, value in WHOLE.items() if key != "labs"}
    assert outcomes(call(WHOLE)) != outcomes(call(lacking, base=None))


@pytest.mark.parametrize("key", ["patient", "problems", "encounterDx"])
@pytest.mark.parametrize(
    "reply", [Reply(b"", 401), Reply(b"", 500), Reply(REFUSED), Reply("<html>"), Reply(outcome())]
)
def test_without_the_facts_of_the_gate_it_is_412(key: str, reply: Reply) -> None:
    others = {"problems", "encounterDx", "medicines", "given"} if key != "patient" else set()
    with serving(dict.fromkeys({key} | others, reply)), pytest.raises(GateNotKnown) as raised:
        call({})
    assert MARKER not in str(raised.value)


def test_a_server_that_is_not_allowed_is_no_error_where_the_gate_came() -> None:
    nowhere = Servers([AllowedServer("https://fhir.example.org")])
    found = call({key: WHOLE[key] for key in GATE}, servers=nowhere)
    assert "server of the request is not among those that may be read" in detail(found)
    assert "Not shared by the EHR:" in detail(found)


def test_with_the_whole_prefetch_a_server_that_is_not_allowed_is_not_spoken_of() -> None:
    nowhere = Servers([AllowedServer("https://fhir.example.org")])
    given = {key: WHOLE.get(key) for key in templates()}
    assert "may be read" not in detail(call(given, servers=nowhere))


def test_a_server_that_is_left_alone_is_said_on_the_card() -> None:
    servers = Servers(LOOPBACK)
    with serving(dict.fromkeys(templates(), Reply(b"", 501))):
        gate = {key: WHOLE[key] for key in GATE}
        *_, found = [call(gate, servers=servers) for _ in range(6)]
    servers.close()
    assert "the FHIR server keeps failing and is left alone for a while" in detail(found)


def test_a_server_that_hangs_costs_the_deadline_and_nothing_goes_out_afterwards() -> None:
    with wire(hangs) as server:
        servers = Servers(LOOPBACK)
        begun = time.monotonic()
        found = call({key: WHOLE[key] for key in GATE}, server.base, servers, 0.15)
        assert time.monotonic() - begun < 1
        asked = server.connections
        ready = servers.find(server.base)
        assert ready is not None
        ready.slots.shutdown(wait=True)  # every thread has ended
        assert server.connections == asked
    assert "no answer in time" in detail(found)


def test_only_what_came_in_time_is_known() -> None:
    """One slow query: all others are used, and its rows are unknown."""
    with ehr() as server:
        server.serves(WHOLE, PATIENT_ID)
        slow = next(path for path in server.answers if "2160-0" in path)
        server.slow = {slow: 1.0}
        begun = time.monotonic()
        found = call({}, server.base, seconds=0.5)
        assert time.monotonic() - begun < 0.9
    lacking = {key: value for key, value in WHOLE.items() if key != "labs"}
    assert outcomes(found) == outcomes(call(lacking, base=None))
    assert "no answer in time" in detail(found)


@pytest.mark.parametrize(
    ("key", "category"),
    [("labs", "laboratory"), ("vitals", "vital-signs"), ("performance", "survey")],
)
def test_from_a_server_that_insists_on_a_category_the_outcomes_are_the_same(
    key: str, category: str
) -> None:
    by_category = f"Observation?patient={PATIENT_ID}&category={category}"
    wanting = Reply(outcome("required", "59108", "fatal"), 400)
    with serving({key: wanting, by_category: Reply(WHOLE[key])}):
        found = call({})
    with serving({}):
        expected = call({})
    assert outcomes(found) == outcomes(expected)
    assert found.cards[0]["summary"] == expected.cards[0]["summary"]


# A Medication by reference ------------------------------------------------------------------------

PREDNISONE: Json = {
    "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "8640"}],
    "text": "prednisone",
}
DRUG: Json = {"resourceType": "Medication", "id": "m9", "code": PREDNISONE}


def ordered(**medicine: Any) -> Json:
    """The story's medicines and one order."""
    order = {
        "resourceType": "MedicationRequest",
        "id": "by-reference",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "authoredOn": "2026-11-20",
        **medicine,
    }
    entries = [*(WHOLE["medicines"] or {}).get("entry", ()), {"resource": order}]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


INLINE = ordered(medicationCodeableConcept=PREDNISONE)
POINTING = ordered(medicationReference={"reference": "Medication/m9"})
CONTAINED = ordered(medicationReference={"reference": "#m9"}, contained=[DRUG])


def included() -> Json:
    made = json.loads(json.dumps(POINTING))
    made["entry"].append({"resource": DRUG, "search": {"mode": "include"}})
    return dict(made)


@pytest.mark.parametrize(
    ("medicines", "replies"),
    [
        (POINTING, {"Medication/m9": Reply(DRUG)}),
        (CONTAINED, {}),
        (included(), {}),
        (ordered(medication={"concept": PREDNISONE}), {}),
        (
            ordered(medication={"reference": {"reference": "Medication/m9"}}),
            {"Medication/m9": Reply(DRUG)},
        ),
    ],
    ids=["read", "contained", "included", "R5, a concept", "R5, read"],
)
def test_a_medication_by_reference_is_the_same_as_one_inline(
    medicines: Json, replies: dict[str, Reply]
) -> None:
    with serving({}, {"medicines": INLINE}):
        expected = outcomes(call({}))
    with serving(replies, {"medicines": medicines}):
        assert outcomes(call({})) == expected
    with serving({}):
        assert outcomes(call({})) != expected  # it makes a difference


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(outcome(), 404), "the FHIR server does not know this query (404)"),
        (Reply(outcome(), 403), "the token may not read Medication (403)"),
        (Reply(REFUSED), "the connection to the FHIR server failed"),
        (Reply("<html>"), "a page or XML, not JSON"),
    ],
    ids=["not found", "denied", "no connection", "HTML"],
)
def test_a_medication_that_does_not_come_leaves_its_order_unread(reply: Reply, words: str) -> None:
    with serving({}, {"medicines": INLINE}):
        inline = outcomes(call({}))
    with serving({"Medication/m9": reply}, {"medicines": POINTING}):
        found = call({})
    unsent = {**WHOLE, "medicines": POINTING}
    assert outcomes(found) == outcomes(call(unsent, base=None)) != inline
    assert words in detail(found).partition("Medication: ")[2]
    assert MARKER not in json.dumps(found.response)
