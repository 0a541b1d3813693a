"""Prefetch as it arrives: PRE-1 to PRE-13. Every shape of every key: `tests/service`."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conformance.stories import (
    GATE,
    KEYS,
    OUTCOME,
    TRANSPLANT,
    bundle_of,
    judged,
    message_of,
    more_entries,
    outcomes,
)
from tests.service.running import (
    LEFT_OUT,
    STABLE,
    Body,
    Server,
    assessment_of,
    named,
    request_of,
    with_prefetch,
)

PAGE = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
NOTHING: list[Any] = [
    None,
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "entry": []},
    {"resourceType": "Bundle", "type": "searchset", "total": 0},
]


def not_shared(server: Server, body: Body) -> list[str]:
    """The keys that the card names as not shared."""
    (card,) = server.post(body).json()["cards"]
    found: list[str] = assessment_of(card).get("notShared", [])
    return found


@pytest.mark.parametrize("key", KEYS)
def test_pre_1_pre_2_pre_8_an_absent_key_is_not_known(server: Server, key: str) -> None:
    """It is named, and nothing becomes fine by its absence (V3-8 changes nothing for us)."""
    answer = server.post(with_prefetch(**{key: LEFT_OUT}))
    if key == "patient":
        assert answer.status_code == 412
        assert message_of(answer).startswith(f"prefetch.{key} ")
        return
    if answer.status_code == 412:
        assert key in GATE
        assert f"prefetch.{key} " in message_of(answer)
        return
    (card,), (whole,) = answer.json()["cards"], server.post(request_of()).json()["cards"]
    assert assessment_of(card)["notShared"] == [key]
    before = outcomes(whole)
    for criterion, outcome in outcomes(card).items():
        assert outcome != "met" or before[criterion] == "met"


@pytest.mark.parametrize("server_told", [True, False], ids=["a fhirServer", "no fhirServer"])
@pytest.mark.parametrize("prefetch", [LEFT_OUT, None, {}], ids=["absent", "null", "empty"])
def test_pre_1_pre_9_htp_2_without_any_prefetch_it_is_412(
    server: Server, prefetch: object, server_told: bool
) -> None:
    body = request_of(prefetch=prefetch)
    if not server_told:
        body.pop("fhirServer", None)
    answer = server.post(body)
    assert answer.status_code == 412
    assert message_of(answer).startswith("prefetch.patient ")


@pytest.mark.parametrize("key", GATE)
@pytest.mark.parametrize("name", ["no-melanoma", "stable-treated-brain-mets"])
def test_pre_9_htp_2_without_what_the_gate_needs_it_is_412_or_a_card(
    server: Server, name: str, key: str
) -> None:
    """A melanoma that did come needs a card; without one nobody can tell."""
    answer = server.post(with_prefetch(name, **{key: LEFT_OUT}))
    if answer.status_code == 200:
        (card,) = answer.json()["cards"]
        assert name != "no-melanoma"
        assert key in assessment_of(card)["notShared"]
        return
    assert answer.status_code == 412
    assert f"prefetch.{key}" in message_of(answer)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in GATE])
def test_pre_3_null_is_known_to_be_none_however_it_is_written(server: Server, key: str) -> None:
    told = [judged(server.post(with_prefetch(**{key: form}))) for form in NOTHING]
    assert all(one == told[0] for one in told)
    ((one,),) = (told[0],)
    assert "notShared" not in one


def test_pre_3_null_and_absent_are_not_the_same(server: Server) -> None:
    (none,), (absent,) = (
        server.post(with_prefetch(labs=value)).json()["cards"] for value in (None, LEFT_OUT)
    )
    assert "not-shared" not in {one.get("reason") for one in assessment_of(none)["criteria"]}
    assert "not-shared" in {one.get("reason") for one in assessment_of(absent)["criteria"]}


@pytest.mark.parametrize("key", ["allergies", "procedures", "medicines", "given", "labs"])
def test_pre_3_an_empty_answer_never_shows_that_something_is_absent(
    server: Server, key: str
) -> None:
    """It may mean that nobody asked: no row becomes met by it."""
    (whole,), (card,) = (
        server.post(body).json()["cards"] for body in (request_of(), with_prefetch(**{key: None}))
    )
    before = outcomes(whole)
    for criterion, outcome in outcomes(card).items():
        assert outcome != "met" or before[criterion] == "met"


def test_pre_3_a_null_patient_is_a_fault_of_the_client(server: Server) -> None:
    answer = server.post(with_prefetch(patient=None))
    assert answer.status_code == 412
    assert message_of(answer).startswith("prefetch.patient ")


@pytest.mark.parametrize("severity", ["fatal", "error", "warning", "information"])
@pytest.mark.parametrize("key", KEYS)
def test_pre_4_pre_5_an_outcome_in_its_place_is_not_known(
    server: Server, key: str, severity: str
) -> None:
    """Whatever its severity: the answer itself is not there."""
    outcome = {**OUTCOME, "issue": [{"severity": severity, "code": "processing"}]}
    answer = server.post(with_prefetch(**{key: outcome}))
    if answer.status_code == 412:
        assert key in GATE
        assert f"prefetch.{key}" in message_of(answer)
        return
    (card,) = answer.json()["cards"]
    assert assessment_of(card)["notShared"] == [key]


def _informational(code: str | None, severity: str = "information") -> Body:
    issue: Body = {"severity": severity, "code": "informational"}
    if code:
        system = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"
        issue["details"] = {"coding": [{"system": system, "code": code}]}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return {"resource": outcome, "search": {"mode": "outcome"}}


@pytest.mark.parametrize(
    ("code", "severity"),
    [(None, "information"), ("4101", "information"), ("4101", "error")],
    ids=["no code", "4101: no results", "4101, told as an error"],
)
def test_pre_5_an_informational_outcome_in_a_searchset_changes_nothing(
    server: Server, code: str | None, severity: str
) -> None:
    labs = more_entries(request_of()["prefetch"]["labs"], _informational(code, severity))
    assert judged(server.post(with_prefetch(labs=labs))) == judged(server.post(request_of()))


@pytest.mark.parametrize("code", ["59204", "4118", "59133"])
def test_pre_5_an_outcome_that_says_withheld_is_not_known(server: Server, code: str) -> None:
    labs = more_entries(request_of()["prefetch"]["labs"], _informational(code))
    assert not_shared(server, with_prefetch(labs=labs)) == ["labs"]


@pytest.mark.parametrize("code", ["4119", "59101"])
def test_pre_5_an_outcome_that_says_unfiltered_is_noted(server: Server, code: str) -> None:
    labs = more_entries(request_of()["prefetch"]["labs"], _informational(code))
    (card,) = server.post(with_prefetch(labs=labs)).json()["cards"]
    assert any(note.startswith("labs: ") for note in assessment_of(card)["notes"])


def test_pre_6_a_bare_bundle_works(server: Server) -> None:
    body = request_of()
    for key, value in body["prefetch"].items():
        if value and value["resourceType"] == "Bundle":
            entries = [{"resource": one["resource"]} for one in value.get("entry", [])]
            body["prefetch"][key] = {"resourceType": "Bundle", "entry": entries}
    assert judged(server.post(body)) == judged(server.post(request_of()))


INCLUDED: list[Body] = [
    {"resourceType": "Practitioner", "id": "p"},
    {"resourceType": "Organization", "id": "o", "name": "Laboratory"},
    named(TRANSPLANT)["prefetch"]["problems"]["entry"][0]["resource"],
]


@pytest.mark.parametrize("resource", INCLUDED, ids=lambda one: one["resourceType"])
@pytest.mark.parametrize("key", ["labs", "medicines", "imaging"])
def test_pre_6_resources_of_another_type_are_passed_over(
    server: Server, key: str, resource: Body
) -> None:
    included = {"resource": resource, "search": {"mode": "include"}}
    value = more_entries(request_of()["prefetch"][key], included)
    assert judged(server.post(with_prefetch(**{key: value}))) == judged(server.post(request_of()))


@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
@pytest.mark.parametrize("is_empty", [False, True], ids=["a page", "an empty page"])
def test_pre_7_v3_7_a_page_is_not_everything(server: Server, key: str, is_empty: bool) -> None:
    """Pages are not followed yet: the criterion is unknown, never judged from page one."""
    value = {"resourceType": "Bundle"} if is_empty else bundle_of(request_of()["prefetch"][key])
    answer = server.post(with_prefetch(**{key: {**value, "link": PAGE}}))
    if answer.status_code == 412:
        assert key in GATE
        assert f"prefetch.{key}" in message_of(answer)
        return
    (card,) = answer.json()["cards"]
    assert assessment_of(card)["notShared"] == [key]


@pytest.mark.parametrize("key", ["problems", "encounterDx"])
def test_pre_7_no_melanoma_on_page_one_is_not_none(server: Server, key: str) -> None:
    page = {**bundle_of(request_of("no-melanoma")["prefetch"][key]), "link": PAGE}
    assert server.post(with_prefetch("no-melanoma", **{key: page})).status_code == 412


def test_pre_10_answers_come_in_half_a_second(server: Server) -> None:
    """The specification's own bound, a hundred times what an answer takes."""
    took = []
    for number in range(40):
        body = request_of((STABLE, TRANSPLANT, "no-melanoma", "growing-brain-lesion")[number % 4])
        started = time.perf_counter()
        assert server.post(body).status_code == 200
        took.append(time.perf_counter() - started)
    assert sorted(took)[37] < 0.5  # the 95th of a hundred


FOREIGN: Mapping[str, Any] = {
    "foreign problems": named(TRANSPLANT)["prefetch"]["problems"],
    "another patient": {"resourceType": "Patient", "id": "another"},
    "an outcome": OUTCOME,
    "a page": {"resourceType": "Bundle", "link": PAGE},
    "text": "x",
    "a number": 7,
    "a list": [None],
    "null": None,
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN)
def test_pre_12_a_key_that_nobody_asked_for_is_ignored(server: Server, value: object) -> None:
    body = with_prefetch(item1=value, Patient=value, problem=value)
    assert judged(server.post(body)) == judged(server.post(request_of()))


def test_pre_13_the_order_of_keys_and_entries_bears_on_nothing(server: Server) -> None:
    """A server may sort its answer as it likes."""
    body = request_of(TRANSPLANT)
    turned: Body = {}
    for key, value in reversed(body["prefetch"].items()):
        is_bundle = value and value["resourceType"] == "Bundle"
        turned[key] = {**value, "entry": value.get("entry", [])[::-1]} if is_bundle else value
    assert json.dumps(turned) != json.dumps(body["prefetch"])
    answer = server.post(request_of(TRANSPLANT, prefetch=turned))
    assert judged(answer) == judged(server.post(body))


# --- Whose data ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in KEYS if key != "patient"])
def test_prd_13_data_of_another_patient_is_not_used(server: Server, key: str) -> None:
    """The subjects of one key swapped: as if the EHR had sent none of it."""
    body = request_of(TRANSPLANT)
    patient = f'"Patient/{body["context"]["patientId"]}"'
    own = bundle_of(body["prefetch"][key])
    swapped = json.loads(json.dumps(own).replace(patient, '"Patient/another"'))
    foreign = server.post(with_prefetch(TRANSPLANT, **{key: swapped}))
    none = server.post(with_prefetch(TRANSPLANT, **{key: None}))
    assert foreign.status_code == none.status_code
    if foreign.status_code == 412:
        return
    for one, other in zip(judged(foreign), judged(none), strict=True):
        assert one["criteria"] == other["criteria"]
        said = [found["reason"] for found in one.get("skipped", [])]
        assert said.count("is of another patient") == len(own.get("entry", []))
