"""Each prefetch key in turn, in every state: none may turn what is not known into "none"."""

import json
from typing import Any

import pytest

from cds_hooks.services import discovery
from rules.chart import Query
from rules.conditions import QUERY_NAMES
from tests.service.running import (
    LEFT_OUT,
    Body,
    Server,
    assessment_of,
    empty_places,
    named,
    request_of,
    with_prefetch,
)

KEYS = tuple(discovery()["services"][0]["prefetch"])
GATE = ("patient", "problems", "encounterDx")
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "No answer in time"}],
}


def paged(value: Any) -> Any:
    """The same answer, of which more pages exist."""
    link = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
    return {**_bundle(value), "link": link}


def _bundle(value: Any) -> Body:
    if value is None:
        return {"resourceType": "Bundle", "type": "searchset"}
    return dict(value)


def with_entry(entry: Any) -> Any:
    """The same answer, with one entry more."""
    return lambda value: {**_bundle(value), "entry": [*_bundle(value).get("entry", []), entry]}


# What a key may hold when the EHR did not answer as asked: nobody can tell what is missing.
FAILED = {
    "absent": LEFT_OUT,
    "an outcome": OUTCOME,
    "text": "no data",
    "a number": 404,
    "a list": [{"resourceType": "Condition"}],
    "an unknown type": {"resourceType": "Nonsense", "id": "1"},
    "a next link": paged,
    "an entry that is text": with_entry("junk"),
}
# Rarer ones, for the problem list (which decides whether there is a card) and for results.
FAILED_ODDLY = {
    "an outcome in a Bundle": with_entry({"resource": OUTCOME, "search": {"mode": "outcome"}}),
    "empty text": "",
    "false": False,
    "an empty list": [],
    "an empty object": {},
    "another type": {"resourceType": "Binary", "contentType": "text/plain"},
    "a Bundle with one entry for all": {"resourceType": "Bundle", "entry": {"resource": OUTCOME}},
    "a Bundle with text for entries": {"resourceType": "Bundle", "entry": "none"},
    "an entry that is a number": with_entry(5),
    "an entry that is null": with_entry(None),
    "an entry that is a list": with_entry([]),
    "a resource that is text": with_entry({"resource": "junk"}),
    "a resource that is a number": with_entry({"resource": 5}),
    "a resource that is a list": with_entry({"resource": [1]}),
    "a resource without type": with_entry({"resource": {"id": "1", "code": {"text": "?"}}}),
    "a resource with a number for type": with_entry({"resource": {"resourceType": 5}}),
}


def _rows() -> list[Any]:
    rows = [(key, name, shape) for key in KEYS for name, shape in FAILED.items()]
    rows += [
        (key, name, shape) for key in ("problems", "labs") for name, shape in FAILED_ODDLY.items()
    ]
    return [pytest.param(key, shape, id=f"{key}: {name}") for key, name, shape in rows]


@pytest.mark.parametrize(("key", "shape"), _rows())
def test_what_did_not_come_as_asked_is_named_and_never_an_empty_answer(
    server: Server, key: str, shape: Any
) -> None:
    """PRE-2, PRE-5, PRE-7, PRD-2."""
    body = request_of()
    if key == "patient" and callable(shape):
        shape = shape({"resourceType": "Bundle", "entry": [{"resource": body["prefetch"][key]}]})
    value = shape(body["prefetch"][key]) if callable(shape) else shape
    answer = server.post(with_prefetch(**{key: value}))
    if answer.status_code == 412:
        assert key in GATE
        assert f"prefetch.{key}" in answer.json()["issue"][0]["diagnostics"]
        return
    assert answer.status_code == 200
    (card,) = answer.json()["cards"]
    assert list(empty_places(answer.json())) == []
    assert key in assessment_of(card)["notShared"]
    assert QUERY_NAMES[Query(key)] in card["detail"].split("Not shared by the EHR: ")[-1]


@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
def test_an_answer_without_entries_is_known_to_be_none_however_it_is_written(
    server: Server, key: str
) -> None:
    forms: list[Any] = [
        None,
        {"resourceType": "Bundle", "type": "searchset"},
        {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []},
        {"resourceType": "Bundle", "entry": None},
    ]
    answers = [server.post(with_prefetch(**{key: form})) for form in forms]
    judged = [
        [
            {name: value for name, value in assessment_of(card).items() if name != "asOf"}
            for card in answer.json().get("cards", [])
        ]
        for answer in answers
    ]
    assert {answer.status_code for answer in answers} <= {200}
    assert all(one == judged[0] for one in judged)
    for one in judged[0]:
        assert key not in one.get("notShared", [])


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("patient", "imaging")])
def test_a_resource_that_cannot_be_read_is_named(server: Server, key: str) -> None:
    """Its type is told, so it counts as set aside, and what it bears on is open."""
    kind = sorted(one.value for one in Query(key).kinds)[0]
    broken: Body = {"resourceType": kind, "id": "broken-1", "status": {"a": 1}, "code": 5}
    subject = {"reference": f"Patient/{request_of()['context']['patientId']}"}
    broken["patient" if kind == "AllergyIntolerance" else "subject"] = subject
    value = with_entry({"resource": broken})(request_of()["prefetch"][key])
    answer = server.post(with_prefetch(**{key: value}))
    if answer.status_code == 412:
        assert f"prefetch.{key}" in answer.json()["issue"][0]["diagnostics"]
        return
    assert answer.status_code == 200
    (card,) = answer.json()["cards"]
    skipped = assessment_of(card)["skipped"]
    assert f"{kind}/broken-1" in [one["reference"] for one in skipped]
    assert "set aside" in card["detail"]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"resource": "junk"}, id="a resource that is text"),
        pytest.param({"resource": None}, id="a resource that is null"),
        pytest.param({"resource": {}}, id="an empty resource"),
        pytest.param({"resource": {"resourceType": 5}}, id="a number for type"),
        pytest.param({}, id="an empty entry"),
    ],
)
def test_junk_in_place_of_the_melanoma_is_never_an_empty_answer(
    server: Server, entry: Body
) -> None:
    """A problem list that cannot be read in full does not show that there is no melanoma."""
    body = request_of("kidney-transplant-1998")
    entries = body["prefetch"]["problems"]["entry"]
    body["prefetch"]["problems"]["entry"] = [
        entry if "elanoma" in json.dumps(one) else one for one in entries
    ]
    answer = server.post(body)
    assert answer.status_code in (200, 412)
    if answer.status_code == 200:
        assert len(answer.json()["cards"]) == 1


def test_a_single_resource_in_place_of_a_bundle_is_read(server: Server) -> None:
    body = request_of()
    (entry,) = body["prefetch"]["performance"]["entry"]
    (with_bundle,) = server.post(body).json()["cards"]
    alone = server.post(with_prefetch(performance=entry["resource"]))
    assert alone.status_code == 200
    assert alone.json()["cards"][0]["detail"] == with_bundle["detail"]


@pytest.mark.parametrize("name", ["stable-treated-brain-mets", "no-melanoma"])
def test_entries_of_another_patient_are_not_used(server: Server, name: str) -> None:
    """And the answer is the one that the patient gets without them (PRD-13)."""
    foreign = named("kidney-transplant-1998")["prefetch"]["problems"]
    body = request_of(name)
    own = _bundle(body["prefetch"]["problems"])
    mixed = {**own, "entry": [*own.get("entry", []), *foreign["entry"]]}
    with_them = server.post(with_prefetch(name, problems=mixed)).json()["cards"]
    without = server.post(body).json()["cards"]
    assert len(with_them) == len(without)
    for one, other in zip(with_them, without, strict=True):
        assert one["summary"] == other["summary"]
        assert assessment_of(one)["criteria"] == assessment_of(other)["criteria"]
        said = [found["reason"] for found in assessment_of(one)["skipped"]]
        assert said.count("is of another patient") == len(foreign["entry"])


@pytest.mark.parametrize("extreme", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("key", ["labs", "problems", "patient"])
def test_the_first_and_last_instant_of_the_calendar_are_borne(
    server: Server, key: str, extreme: str
) -> None:
    body = request_of()
    if key == "patient":
        body["prefetch"]["patient"]["birthDate"] = extreme
    else:
        for entry in body["prefetch"][key]["entry"]:
            name = "effectiveDateTime" if key == "labs" else "onsetDateTime"
            entry["resource"][name] = extreme
    answer = server.post(body)
    assert answer.status_code in (200, 412)


@pytest.mark.parametrize("number", ["1e999999", "-1e400000", "1E99999999999999999999", "1e-999999"])
def test_numbers_without_measure_stay_short_in_the_answer(server: Server, number: str) -> None:
    body = request_of()
    for entry in body["prefetch"]["labs"]["entry"]:
        if "valueQuantity" in entry["resource"]:
            entry["resource"]["valueQuantity"]["value"] = "@"
    text = json.dumps(body)
    assert '"@"' in text
    answer = server.post(text.replace('"@"', number).encode())
    assert answer.status_code == 200
    assert len(answer.json()["cards"]) == 1
    assert len(answer.content) < 100_000
