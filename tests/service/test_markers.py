"""
A marker of its own in every field of the patient and of the caller: none is ever seen again.

Not in the log, not in the metrics, not in a refusal or its headers. (A card may quote the chart:
it is the answer, not an error.)
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.service.running import JSON, REQUESTS, SERVICE, Body, Server, named, serving

STORIES: Final = sorted(path.stem.removeprefix("patient-view-") for path in REQUESTS.glob("*.json"))
MARK: Final = "KANARI"
MARKS: Final = re.compile(rf"{MARK}[\w.-]*", re.IGNORECASE)
# Without these nothing of a resource is read; each is marked in a row of its own, at REFUSED.
STRUCTURE: Final = frozenset(
    [
        *("resourceType", "system", "code", "status", "intent", "reference", "mode"),
        *("hook", "hookInstance"),
    ]
)
A_DATE: Final = re.compile(r"\d{4}-\d\d")
PERSON: Final = {
    "identifier": [{"system": "urn:oid:1.2.3", "value": "", "assigner": {"display": ""}}],
    "name": [{"family": "", "given": ["", ""], "text": "", "prefix": [""]}],
    "telecom": [{"system": "phone", "value": ""}, {"system": "email", "value": ""}],
    "address": [{"line": ["", ""], "city": "", "postalCode": "", "text": ""}],
    "contact": [{"name": {"text": ""}, "telecom": [{"value": ""}]}],
    "photo": [{"data": "", "url": "", "title": ""}],
    "generalPractitioner": [{"display": ""}],
}
EVERYWHERE: Final = {
    "identifier": [{"value": ""}],
    "note": [{"text": "", "authorString": ""}],
    "text": {"status": "generated", "div": ""},
    "extension": [{"url": "", "valueString": ""}],
    "contained": [{"resourceType": "Practitioner", "id": "", "name": [{"text": ""}]}],
    "performer": [{"display": ""}],
    "recorder": {"display": ""},
    "unknown": {"a": "", "b": [""]},
}


class Marks:
    """Gives a marker for each place, that names it."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, place: str) -> str:
        self.given.append(f"{MARK}-{len(self.given)}-{place}"[:64])
        return self.given[-1]

    def fill(self, found: Any, place: str = "") -> Any:
        """The same with a marker for every string that is no structure and no date."""
        if isinstance(found, dict):
            return {
                key: part
                if isinstance(part, str) and (key in STRUCTURE or A_DATE.match(part))
                else self.fill(part, key)
                for key, part in found.items()
            }
        if isinstance(found, list):
            return [self.fill(part, place) for part in found]
        return self(place) if isinstance(found, str) else found


def marked(story: str, **fields: Any) -> tuple[Body, Marks]:
    """The request of a story with markers wherever text, ids, names and addresses stand."""
    mark, body = Marks(), named(story)
    patient_id = body["context"]["patientId"]
    body = json.loads(json.dumps(body).replace(f'"Patient/{patient_id}"', '"@@"'))
    for resource in _resources(body["prefetch"]):
        more = PERSON if resource["resourceType"] == "Patient" else {}
        resource |= copy.deepcopy({**EVERYWHERE, **more})
    del body["prefetch"]["patient"]["id"]
    body["prefetch"] = mark.fill(body["prefetch"])
    own = mark("patientId")
    body = json.loads(json.dumps(body).replace('"@@"', f'"Patient/{own}"'))
    body["prefetch"]["patient"]["id"] = own
    body |= {
        "hookInstance": str(uuid4()),
        "context": {
            "patientId": own,
            "userId": f"Practitioner/{mark('userId')}",
            "encounterId": mark("encounterId"),
            "unknown": mark("context"),
        },
        "fhirServer": f"https://{mark('user')}:{mark('password')}@{mark('host')}.example/fhir",
        "fhirAuthorization": {
            "access_token": mark("access_token"),
            "scope": mark("scope"),
            "subject": mark("subject"),
            "patient": own,
        },
        "extension": {mark("key"): mark("extension")},
    }
    return {key: value for key, value in {**body, **fields}.items() if value is not ...}, mark


def _resources(prefetch: Body) -> Iterator[Body]:
    for value in prefetch.values():
        if value and value["resourceType"] == "Bundle":
            yield from (entry["resource"] for entry in value.get("entry", []))
        elif value:
            yield value


def headers(**more: str) -> Mapping[str, str]:
    """What a caller and the proxies on the way may add."""
    names = [
        *("Authorization", "Cookie", "X-Forwarded-For", "Forwarded", "User-Agent", "Referer"),
        *("X-Request-Id", "Traceparent", "X-Unknown", f"X-{MARK}-name"),
    ]
    return {**{name: f"{MARK}-header-{name}" for name in names}, **JSON, **more}


QUERY: Final = f"?patient={MARK}-query&{MARK}-name=1"


def check(server: Server) -> None:
    """Neither log nor metrics have seen a marker."""
    assert MARKS.findall(server.log()) == []
    metrics = server.get("/metrics")
    assert metrics.status_code == 200
    assert "il2_advisor_requests_total" in metrics.text
    assert MARKS.findall(metrics.text) == []


@pytest.mark.parametrize("story", STORIES)
def test_a_good_call_leaves_no_marker(server: Server, story: str) -> None:
    body, mark = marked(story)
    sent = json.dumps(body).encode()
    assert len(set(mark.given)) == len(mark.given) > 30
    assert all(one.encode() in sent for one in mark.given)
    answer = server.call("POST", SERVICE + QUERY, data=sent, headers=headers())
    assert answer.status_code == 200
    assert len(answer.json()["cards"]) == (0 if story == "no-melanoma" else 1)  # it was read
    assert MARKS.findall(str(answer.headers)) == []
    check(server)


@pytest.mark.parametrize(
    ("mode", "policy"),
    [
        ("shadow", '[patient_view]\nrepeat = "fold"'),
        ("live", '[patient_view]\nrepeat = "fold"'),
        ("live", "[services.il2-patient-view]\noff = true"),
    ],
    ids=["shadow", "folded", "switched off"],
)
def test_no_way_of_answering_leaves_a_marker(tmp_path: Path, mode: str, policy: str) -> None:
    site = tmp_path / "site.toml"
    site.write_text(policy)
    with serving("--port", "0", "--policy", str(site), IL2_ADVISOR_MODE=mode) as (server, _):
        sent = json.dumps(marked("kidney-transplant-1998")[0]).encode()
        for _ in range(2):
            answer = server.call("POST", SERVICE + QUERY, data=sent, headers=headers())
            assert answer.status_code == 200
        assert server.log().count('"event": "answered"') == 2
        check(server)


def _with(**fields: Any) -> bytes:
    return json.dumps(marked("kidney-transplant-1998", **fields)[0]).encode()


def _prefetch(**values: Any) -> bytes:
    body, _ = marked("kidney-transplant-1998")
    body["prefetch"] |= values
    return json.dumps(body).encode()


def _structure(name: str) -> bytes:
    """A marker in every field of this name."""
    body, mark = marked("kidney-transplant-1998")

    def put(found: Any) -> None:
        if isinstance(found, dict):
            for key, part in found.items():
                if key == name and isinstance(part, str):
                    found[key] = mark(name)
                put(part)
        elif isinstance(found, list):
            for part in found:
                put(part)

    put(body)
    return json.dumps(body).encode()


OUTCOME: Final = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "x", "diagnostics": MARK, "details": {"text": MARK}}],
}
REFUSED: Final = [
    *(pytest.param(_structure(name), {}, id=f"{name} everywhere") for name in sorted(STRUCTURE)),
    pytest.param(_with()[:-1], {}, id="cut off"),
    pytest.param(_with() + b'"KANARI"', {}, id="two documents"),
    pytest.param(_with(hook=MARK), {}, id="hook"),
    pytest.param(_with(hookInstance=MARK), {}, id="hookInstance"),
    pytest.param(_with(context=[MARK]), {}, id="context"),
    pytest.param(_with(context={"patientId": f"{MARK}/1"}), {}, id="patientId"),
    pytest.param(_with(context={"patientId": f"{MARK}-2"}), {}, id="another patient"),
    pytest.param(_with(fhirServer=MARK), {}, id="fhirServer"),
    pytest.param(_with(fhirAuthorization={"patient": MARK}), {}, id="another patient's token"),
    pytest.param(_with(prefetch={MARK: MARK}), {}, id="prefetch"),
    pytest.param(_with().replace(b'"extension"', b'"KANARI": 1, "KANARI"'), {}, id="twice"),
    pytest.param(_with(prefetch=...), {}, id="no prefetch"),
    pytest.param(_prefetch(problems=OUTCOME), {}, id="an outcome for the problem list"),
    pytest.param(_prefetch(patient=OUTCOME), {}, id="an outcome for the patient"),
    pytest.param(_prefetch(problems=MARK), {}, id="words for the problem list"),
    pytest.param(_with() + b" " * 17 * 1024 * 1024, {}, id="too large"),
    pytest.param(_with(), {"Content-Type": f"text/{MARK}"}, id="media type"),
    pytest.param(_with(), {"Content-Type": f"application/json; charset={MARK}"}, id="charset"),
    pytest.param(_with(), {"Content-Encoding": MARK}, id="coding"),
    pytest.param(_with(), {"Host": f"{MARK}.example.org"}, id="Host"),
]


@pytest.mark.parametrize(("body", "more"), REFUSED)
def test_a_refused_call_leaves_no_marker(
    server: Server, body: bytes, more: Mapping[str, str]
) -> None:
    answer = server.call("POST", SERVICE + QUERY, data=body, headers=headers(**more))
    assert answer.status_code in (200, 400, 412, 413, 415)
    if answer.status_code != 200:
        assert MARKS.findall(str(answer.headers) + answer.text) == []
    check(server)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"/cds-services/{MARK}", 404),
        ("POST", f"/{MARK}/{MARK}", 404),
        ("PUT", SERVICE, 405),
        (MARK, SERVICE, 405),
        ("GET", "/cds-services", 200),
        ("GET", "/rulebook", 200),
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
    ],
)
def test_no_other_path_leaves_a_marker(server: Server, method: str, path: str, status: int) -> None:
    answer = server.call(method, path + QUERY, data=_with(), headers=headers())
    assert answer.status_code == status
    assert MARKS.findall(str(answer.headers) + answer.text) == []
    check(server)


# The service with a mistake in it: the exception carries everything that it could.
FAULTY: Final = """
import sys
from cds_hooks import app, cli

def answer(asked, **_):
    words = str({name: bytes(raw) for name, raw in asked.prefetch.items()}) + str(asked)
    error = ValueError(words)
    error.add_note(words)
    try:
        raise KeyError(words)
    except KeyError:
        raise error

app.answer = answer
sys.exit(cli.main())
"""


def test_a_fault_of_ours_leaves_no_marker() -> None:
    with serving("--port", "0", program=("-c", FAULTY)) as (faulty, _):
        for padding in ("", " " * 300_000):  # answered at once; in a thread
            body, mark = marked("kidney-transplant-1998")
            sent = json.dumps(body | {"padding": padding}).encode()
            assert mark.given
            answer = faulty.call("POST", SERVICE + QUERY, data=sent, headers=headers())
            assert answer.status_code == 500
            assert "cards" not in answer.json()
            assert MARKS.findall(str(answer.headers) + answer.text) == []
        assert "ValueError" in faulty.log()
        check(faulty)
