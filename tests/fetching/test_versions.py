"""FHIR servers of STU3 and R5: what means the same is read, what does not is named."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cds_hooks.answer import Answer, answer, parse
from cds_hooks.errors import GateNotKnown
from cds_hooks.fhir import versions as told_by
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.resources import OF_OTHER_VERSIONS
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from rules.chart import Query
from rules.conditions import QUERY_NAMES
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.test_cards import NOON, detail, outcomes
from tests.fetching.versions import Json, Rewrite, prefetch, r5, stu3
from tests.fhir.stories import FIXTURES

STORIES = (
    "growing-brain-lesion",
    "kidney-transplant-1998",
    "no-brain-mets-all-clear",
    "stable-treated-brain-mets",
)
# what a server of the version does not know of our queries: no such type, or no such parameter
VERSIONS = [
    pytest.param(stu3, "orders", "STU3 or older", id="STU3"),
    pytest.param(r5, "devices", "R5", id="R5"),
]
NOTE = "FHIR {}; only R4 is supported"


def story(name: str) -> Json:
    path = FIXTURES / f"requests/patient-view-{name}.json"
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def answered(
    body: Json, given: Mapping[str, Any], unknown: str | None = None, **served: str
) -> Answer:
    """The call without any prefetch, of a server that gives this; one query it does not know."""
    with ehr() as server:
        server.serves(given, body["context"]["patientId"])
        server.media = served.get("media", server.media)
        if unknown is not None:
            one = {"devices": "/Device?", "orders": "/ServiceRequest?"}[unknown]
            server.answers = {p: a for p, a in server.answers.items() if one not in p}
        for entry in (e for v in given.values() if v for e in v.get("entry", ())):
            held = entry["resource"]
            server.answers[f"/fhir/{held['resourceType']}/{held.get('id')}"] = held
        asked = body | {"prefetch": {}, "fhirServer": server.base}
        fetching = Fetching(Servers(LOOPBACK), 10)
        found = answer(
            parse(json.dumps(asked).encode(), HOOKS),
            now=NOON,
            rule_book_url="http://localhost",
            fetching=fetching,
        )
        fetching.servers.close()
    return found


def notes(found: Answer) -> str:
    """What the assessment says beside the card."""
    assert found.assessment is not None
    return found.assessment.case.chart.not_valid or ""


def with_one(whole: Json, key: str, one: Json) -> Json:
    """A prefetch with one more entry of a query."""
    entries = (whole[key] or {}).get("entry", [])
    return whole | {key: EMPTY | {"entry": [*entries, {"resource": one}], "total": 1}}


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize(
    ("rewrite", "version"), [(stu3, "STU3 or older"), (r5, "R5")], ids=["STU3", "R5"]
)
def test_a_chart_of_another_version_is_read_as_far_as_it_means_the_same(
    name: str, rewrite: Rewrite, version: str
) -> None:
    body = story(name)
    found = answered(body, prefetch(body["prefetch"], rewrite))
    same = answered(body, body["prefetch"])
    assert outcomes(found) == outcomes(same)
    assert found.cards[0]["summary"] == same.cards[0]["summary"]
    # nothing for the card: all was read
    assert detail(found) == detail(same)
    assert NOTE.format(version) in notes(found)
    assert "only R4" not in notes(same)


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize(("rewrite", "unknown", "version"), VERSIONS)
def test_what_a_server_of_another_version_does_not_know_is_not_shared_and_named(
    name: str, rewrite: Rewrite, unknown: str, version: str
) -> None:
    body = story(name)
    found = answered(body, prefetch(body["prefetch"], rewrite), unknown)
    assert outcomes(found) == outcomes(answered(body, body["prefetch"], unknown))
    assert f"Not shared by the EHR: {QUERY_NAMES[Query(unknown)]}." in detail(found)
    words = detail(found).casefold()
    assert f"{unknown}: the fhir server does not know this query (404)" in words
    assert NOTE.format(version) in detail(found)
    assert "only R4" not in notes(found)


SUBJECT = {"subject": {"reference": "Patient/tomas-priklad"}}
# key, one more entry that is not read, its version
NOT_READ = [
    pytest.param(
        "labs",
        {
            "resourceType": "Observation",
            "id": "x",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]},
            "effectiveDateTime": "2026-11-23",
            "valueQuantity": {"value": 9, "unit": "mg/dL"},
            "bodyStructure": {"reference": "BodyStructure/b"},
            **SUBJECT,
        },
        "creatinine-acceptable",
        "R5",
        id="R5, Observation.bodyStructure",
    ),
    pytest.param(
        "orders",
        {
            "resourceType": "ProcedureRequest",
            "id": "x",
            "status": "active",
            "intent": "order",
            "code": {"text": "dialysis"},
            **SUBJECT,
        },
        None,
        "STU3 or older",
        id="STU3, ProcedureRequest",
    ),
    pytest.param(
        "devices",
        {"resourceType": "Device", "id": "x", "type": [{"text": "pacemaker"}]},
        None,
        "R5",
        id="R5, a Device of nobody",
    ),
]


@pytest.mark.parametrize(("key", "one", "row", "version"), NOT_READ)
def test_what_does_not_mean_the_same_is_set_aside_and_its_version_is_on_the_card(
    key: str, one: Json, row: str | None, version: str
) -> None:
    body = story("growing-brain-lesion")
    found = answered(body, with_one(body["prefetch"], key, one))
    assert "1 entry set aside." in detail(found)
    assert f"some entries have the form of {NOTE.format(version)}." in detail(found)
    if row is not None:
        assert outcomes(answered(body, body["prefetch"]))[row] == "MET"
        assert outcomes(found)[row] == "UNKNOWN"


@pytest.mark.parametrize(
    ("media", "version"),
    [
        ("application/fhir+json; fhirVersion=5.0", "R5"),
        ('application/fhir+json;charset=utf-8;fhirversion="3.0"', "STU3"),
        ("application/fhir+json; fhirVersion=4.3", "R4B"),
        ("application/fhir+json; fhirVersion=1.0", "DSTU2"),
        ("application/fhir+json; fhirVersion=6.0", "6.0"),
        ("application/fhir+json; fhirVersion=4.0", None),
        ("application/fhir+json; fhirVersion=KANARI", None),
        ("application/fhir+json", None),
    ],
)
def test_a_server_that_says_its_version_is_told(media: str, version: str | None) -> None:
    body = story("growing-brain-lesion")
    whole = answered(body, body["prefetch"], media=media)
    lacking = answered(body, body["prefetch"], "orders", media=media)
    expected = f"the FHIR server answers in {NOTE.format(version)}" if version else ""
    # on the card where something did not come, else in the assessment alone
    assert "only R4" not in detail(whole) + notes(lacking)
    assert notes(whole) == expected
    assert ("only R4 is supported" in detail(lacking)) is bool(version)
    assert expected in detail(lacking)
    assert "KANARI" not in json.dumps(lacking.response)


def test_one_line_tells_of_all_versions() -> None:
    assert told_by.note(None, ()) is None
    assert told_by.note("R5", {"STU3 or older"}) == (
        "the FHIR server answers in FHIR R5; only R4 is supported"
    )
    assert told_by.note(None, {"STU3 or older", "R5"}) == (
        "some entries have the form of FHIR R5 and STU3 or older; only R4 is supported"
    )


def test_every_type_of_another_version_is_of_one() -> None:
    assert told_by.TYPES.keys() == OF_OTHER_VERSIONS.keys()
    assert set(told_by.TYPES.values()) == {"STU3 or older", "R5"}


@pytest.mark.parametrize("rewrite", [stu3, r5])
def test_conditions_that_cannot_be_read_are_412_never_an_empty_list(rewrite: Rewrite) -> None:
    """Those of the chart are of a type that no version has for them."""
    body = story("growing-brain-lesion")
    made = prefetch(body["prefetch"], rewrite)
    for key in ("problems", "medicines", "procedures", "stage"):
        for entry in (made[key] or {}).get("entry", ()):
            entry["resource"] |= {"code": 7, "medication": 7, "category": 7}
    with pytest.raises(GateNotKnown):
        answered(body, made)
