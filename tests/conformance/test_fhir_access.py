"""FHIR access (FHR), and what of the prefetch is read there: against an EHR in this process."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.conformance.stories import judged
from tests.fetching.ehr import Ehr, ehr
from tests.fetching.wire import Wire, wire
from tests.service.running import LEFT_OUT, Body, Server, named, request_of

STORY = "growing-brain-lesion"
TOKEN = "t0k-3n"  # noqa: S105 - invented
BEARER = {
    "access_token": TOKEN,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Observation.rs",
    "subject": "il2-advisor",
}


@pytest.fixture
def hospital() -> Iterator[Ehr]:
    """An EHR that holds the chart of the story."""
    body = named(STORY)
    with ehr() as found:
        found.serves(body["prefetch"], body["context"]["patientId"])
        yield found


def queries(hospital: Ehr) -> list[tuple[str, str | None]]:
    """What was asked, but for what entries only point to."""
    return [(path, token) for path, token in hospital.asked if "/BodyStructure/" not in path]


def call(hospital: Ehr, prefetch: object, **more: Any) -> Body:
    """The story's call with another prefetch, naming the EHR."""
    return request_of(STORY, prefetch=prefetch, fhirServer=hospital.base, **more)


def said(server: Server, body: Body) -> list[dict[str, Any]]:
    """What the cards say, but for references to pages."""
    return judged(server.post(body))


@pytest.mark.parametrize("kept", [0, 1, 2, 3], ids=["nothing", "half", "the other half", "all"])
def test_fhr_1_pre_8_pre_11_pre_13_what_did_not_come_is_read_and_the_card_is_the_same(
    server: Server, hospital: Ehr, kept: int
) -> None:
    whole = named(STORY)["prefetch"]
    chosen = [{}, dict([*whole.items()][::2]), dict([*whole.items()][1::2]), whole][kept]
    assert said(server, call(hospital, chosen or LEFT_OUT)) == said(server, call(hospital, whole))
    assert len(queries(hospital)) == len(whole) - len(chosen)


def test_fhr_2_every_call_carries_the_token_and_no_address_does(
    server: Server, hospital: Ehr
) -> None:
    assert server.post(call(hospital, LEFT_OUT, fhirAuthorization=BEARER)).status_code == 200
    assert {token for _, token in hospital.asked} == {f"Bearer {TOKEN}"}
    assert not any(TOKEN in path for path, _ in hospital.asked)
    assert TOKEN not in server.log()


@pytest.mark.parametrize(
    "odd",
    [LEFT_OUT, None, {}, {"access_token": 7}, {"access_token": "a\r\nHost: b"}],
    ids=["absent", "null", "empty", "a number", "of two lines"],
)
def test_fhr_8_fhr_3_without_a_token_that_can_be_sent_none_is(
    server: Server, hospital: Ehr, odd: object
) -> None:
    assert server.post(call(hospital, LEFT_OUT, fhirAuthorization=odd)).status_code == 200
    assert {token for _, token in hospital.asked} == {None}


@pytest.mark.parametrize("scope", ["patient/Observation.rs", "openid", "patient/*.read"])
def test_fhr_5_what_no_scope_covers_is_asked_for_all_the_same(
    server: Server, hospital: Ehr, scope: str
) -> None:
    token = BEARER | {"scope": scope}
    whole = said(server, call(hospital, named(STORY)["prefetch"]))
    assert said(server, call(hospital, LEFT_OUT, fhirAuthorization=token)) == whole


def test_fhr_7_no_call_goes_out_after_the_answer(server: Server, hospital: Ehr) -> None:
    """With an EHR that is too slow: what is under way is cut off, what waits never begins."""
    hospital.seconds = 2.5
    server.post(call(hospital, LEFT_OUT))
    asked = len(hospital.asked)
    hospital.seconds = 0
    assert server.post(request_of()).status_code == 200
    assert len(hospital.asked) == asked


@pytest.mark.parametrize("is_whole", [True, False], ids=["a pointer to a site", "labs"])
def test_prd_12_while_a_call_waits_for_its_ehr_others_are_answered(
    server: Server, is_whole: bool
) -> None:
    """With the whole prefetch too, of which an entry points to what did not come along."""
    is_asked = threading.Event()

    def behaves(told: Wire, sock: socket.socket) -> None:
        if told.reads(sock):
            is_asked.set()
        told.is_over.wait(5)

    prefetch = dict(named(STORY)["prefetch"])
    if not is_whole:
        del prefetch["labs"]
    with wire(behaves) as hanging, ThreadPoolExecutor(1) as pool:
        body = request_of(STORY, prefetch=prefetch, fhirServer=hanging.base)
        waiting = pool.submit(server.post, body)
        assert is_asked.wait(10)
        live = requests.get(f"{server.url}/health/live", timeout=10)
        assert live.elapsed.total_seconds() < 1
        assert waiting.result().status_code == 200


def page_of(hospital: Ehr, key: str, url: str) -> Body:
    """The prefetch with all of a query but its first entry on another page."""
    prefetch: Body = json.loads(json.dumps(named(STORY)["prefetch"]))
    first, *others = prefetch[key]["entry"]
    link = [{"relation": "next", "url": url}]
    hospital.answers["/fhir?page=2"] = {"resourceType": "Bundle", "entry": others}
    prefetch[key] = {"resourceType": "Bundle", "entry": [first], "link": link}
    return prefetch


@pytest.mark.parametrize("url", ["{base}?page=2", "/fhir?page=2", "../fhir?page=2"])
def test_pre_7_v3_7_the_next_page_is_read_with_the_token(
    server: Server, hospital: Ehr, url: str
) -> None:
    whole = named(STORY)["prefetch"]
    key = next(k for k, v in whole.items() if v and len(v.get("entry", ())) > 1)
    prefetch = page_of(hospital, key, url.format(base=hospital.base))
    found = said(server, call(hospital, prefetch, fhirAuthorization=BEARER))
    assert found == said(server, call(hospital, whole))
    assert queries(hospital) == [("/fhir?page=2", f"Bearer {TOKEN}")]


def test_prd_11_pre_7_a_next_page_elsewhere_is_not_read_and_gets_no_token(
    server: Server, hospital: Ehr
) -> None:
    with ehr() as elsewhere:
        prefetch = page_of(hospital, "labs", f"{elsewhere.base}?page=2")
        (card,) = said(server, call(hospital, prefetch, fhirAuthorization=BEARER))
        assert (elsewhere.asked, queries(hospital)) == ([], [])
    assert "labs" in card["notShared"]


def test_prd_12_an_ehr_that_knows_no_query_is_412_and_one_without_labs_is_unknown(
    server: Server, hospital: Ehr
) -> None:
    hospital.answers = {
        path: found for path, found in hospital.answers.items() if "Observation" not in path
    }
    (card,) = said(server, call(hospital, LEFT_OUT))
    assert "labs" in card["notShared"]
    assert any(note.startswith("labs: ") for note in card["notes"])
    hospital.answers = {}
    assert server.post(call(hospital, LEFT_OUT)).status_code == 412


def test_prd_12_an_ehr_that_hangs_costs_no_more_than_the_deadline(
    server: Server, hospital: Ehr
) -> None:
    hospital.seconds = 30
    answer = server.post(call(hospital, LEFT_OUT))
    assert answer.status_code == 412
    assert answer.elapsed.total_seconds() < 5
    hospital.seconds = 0
