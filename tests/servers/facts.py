"""How each server answers what FHIR leaves open; told in `docs/fhir-servers.md`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from cds_hooks.fhir.prefetch import templates
from rules.codes import LOINC
from tests.build import Resource
from tests.servers.charts import chart
from tests.servers.reading import read_whole
from tests.servers.running import TIMEOUT, FhirServer

STORY: Final = "untreated-brain-mets"
# Not from a search that was made before: that one may have been counted since.
NEW: Final[Mapping[str, str]] = {"Cache-Control": "no-cache"}
CREATININE: Final = f"{LOINC}|2160-0"


@dataclass(frozen=True, slots=True)
class Facts:
    """What one server does."""

    version: str
    page: int  # entries of a page where no _count is given
    largest_page: int
    next_starts: str  # after the base
    says_total: bool  # while there are more pages
    compresses: bool
    unknown_parameter: int  # status
    html_asked: int  # status
    reuses_searches: bool  # the same search again is answered from the last one
    list_of_400_codes: int  # status; the address has 10,900 characters
    undeclared: frozenset[str]  # types of ours that the CapabilityStatement does not list


FACTS: Final[Mapping[str, Facts]] = {
    "sekmet": Facts(
        version="0.1.0",  # as it says of itself; the package is 0.1.1
        page=20,
        largest_page=1000,
        next_starts="/Observation?",
        says_total=True,
        compresses=False,
        unknown_parameter=200,
        html_asked=406,
        reuses_searches=False,
        list_of_400_codes=200,
        undeclared=frozenset({"BodyStructure"}),
    ),
    "hapi": Facts(
        version="8.8.0",
        page=10,
        largest_page=50,
        next_starts="?_getpages=",
        says_total=False,
        compresses=True,
        unknown_parameter=400,
        html_asked=200,
        reuses_searches=True,
        list_of_400_codes=414,
        undeclared=frozenset(),
    ),
}


@pytest.fixture
def facts(server: FhirServer) -> Facts:
    return FACTS[server.name]


def observations(**more: object) -> str:
    """All Observations of one patient, with further parameters."""
    parameters = {"patient": chart(STORY).patient_id, **more}
    return "Observation?" + "&".join(f"{name}={value}" for name, value in parameters.items())


def bundle(server: FhirServer, query: str, **headers: str) -> Resource:
    answer = server.get(query, **headers)
    assert answer.status_code == 200
    found: Resource = answer.json()
    return found


def next_of(page: Resource) -> str | None:
    return next((link["url"] for link in page["link"] if link["relation"] == "next"), None)


def test_the_statement_names_release_4_and_every_parameter_of_our_templates(
    server: FhirServer, facts: Facts
) -> None:
    statement = bundle(server, "metadata")
    assert statement["fhirVersion"] == "4.0.1"
    assert statement["software"]["version"] == facts.version
    listed = {
        one["type"]: {parameter["name"] for parameter in one.get("searchParam", ())}
        for one in statement["rest"][0]["resource"]
    }
    for template in templates().values():
        kind, _, parameters = template.partition("?")
        named = {one.partition("=")[0] for one in parameters.split("&") if one}
        assert named <= listed[kind.partition("/")[0]]
    assert {"Medication", "BodyStructure"} - listed.keys() == facts.undeclared


def test_a_page_is_as_long_as_the_server_likes(server: FhirServer, facts: Facts) -> None:
    whole = read_whole(server, observations())
    assert len(whole.matches) > facts.page
    page = bundle(server, observations(), **NEW)
    assert len(page["entry"]) == facts.page
    assert (next_of(page) or "").startswith(server.base + facts.next_starts)
    assert ("total" in page) is facts.says_total


def test_count_asks_for_shorter_pages_and_is_capped_in_silence(
    server: FhirServer, facts: Facts
) -> None:
    assert len(bundle(server, observations(_count=3))["entry"]) == 3
    page = bundle(server, "Observation?_count=100000", **NEW)
    everything = bundle(server, "Observation?_summary=count", **NEW)["total"]
    assert len(page["entry"]) == min(facts.largest_page, everything)
    assert not [one for one in page["entry"] if one["search"]["mode"] == "outcome"]


def test_the_last_page_has_the_total_and_no_next(server: FhirServer) -> None:
    page = bundle(server, observations(_count=3))
    count = len(page["entry"])
    while following := next_of(page):
        page = bundle(server, following)
        count += len(page["entry"])
    assert page["total"] == count == len(read_whole(server, observations()).matches)


def test_an_unknown_parameter_is_refused_or_warned_of(server: FhirServer, facts: Facts) -> None:
    answer = server.get(observations(nonsense=1))
    assert answer.status_code == facts.unknown_parameter
    if answer.status_code == 200:
        outcomes = read_whole(server, observations(nonsense=1)).outcomes
        assert {issue["code"] for one in outcomes for issue in one["issue"]} == {"not-supported"}
    else:
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_an_undeclared_type_is_searched_without_regard_to_the_patient(
    server: FhirServer, facts: Facts
) -> None:
    whole = read_whole(server, f"BodyStructure?patient={chart(STORY).patient_id}")
    patients = {one["patient"]["reference"] for one in whole.matches}
    unfiltered = "BodyStructure" in facts.undeclared
    assert (len(patients) > 1) is unfiltered
    assert bool(whole.outcomes) is unfiltered


def test_compression(server: FhirServer, facts: Facts) -> None:
    compressed = server.get(observations(), **{"Accept-Encoding": "gzip"})
    plain = server.get(observations(), **{"Accept-Encoding": "identity"})
    assert (compressed.headers.get("Content-Encoding") == "gzip") is facts.compresses
    assert "Content-Encoding" not in plain.headers


def test_json_is_what_we_get_for_asking_and_not_otherwise(server: FhirServer, facts: Facts) -> None:
    patient = f"Patient/{chart(STORY).patient_id}"
    for accept in ("application/fhir+json", "application/json", "*/*"):
        kind = server.get(patient, Accept=accept).headers["Content-Type"]
        assert kind.replace(" ", "") == "application/fhir+json;charset=utf-8"
    xml = server.get(patient, Accept="application/fhir+xml").headers["Content-Type"]
    assert xml.startswith("application/fhir+xml")
    assert server.get(patient, Accept="text/html").status_code == facts.html_asked


def test_a_long_list_of_codes(server: FhirServer, facts: Facts) -> None:
    def asked(count: int) -> str:
        codes = [f"{LOINC}|{number}-0" for number in range(10_000, 10_000 + count - 1)]
        return observations(code=",".join([*codes, CREATININE]))

    assert len(bundle(server, asked(60))["entry"]) == 1
    assert server.get(asked(400)).status_code == facts.list_of_400_codes


def test_a_search_by_post_is_answered_as_by_get(server: FhirServer) -> None:
    answer = server.session.post(
        f"{server.base}/Observation/_search",
        data={"patient": chart(STORY).patient_id, "code": CREATININE},
        timeout=TIMEOUT,
    )
    assert len(answer.json()["entry"]) == 1


def test_a_search_again_may_be_answered_from_the_last_one(server: FhirServer, facts: Facts) -> None:
    somebody = {"resourceType": "Patient", "id": "somebody-new"}
    assert server.send("PUT", "Patient/somebody-new", somebody).status_code == 201
    query = "Condition?patient=somebody-new"
    assert bundle(server, query)["total"] == 0
    condition = {
        "resourceType": "Condition",
        "id": "somebody-new-problem",
        "subject": {"reference": "Patient/somebody-new"},
        "code": {"text": "new"},
    }
    assert server.send("PUT", "Condition/somebody-new-problem", condition).status_code == 201
    assert bundle(server, query)["total"] == (0 if facts.reuses_searches else 1)
    assert bundle(server, query, **NEW)["total"] == 1


def test_nobody_is_not_found_and_a_search_for_nobody_is_empty(server: FhirServer) -> None:
    answer = server.get("Patient/nobody-of-that-name")
    assert answer.status_code == 404
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert bundle(server, "Condition?patient=nobody-of-that-name")["total"] == 0


def test_a_wrong_token_is_refused_where_a_token_is_asked_for(server: FhirServer) -> None:
    patient = f"Patient/{chart(STORY).patient_id}"
    answer = server.get(patient, Authorization="Bearer wrong")
    if server.token is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["issue"][0]["code"] == "login"
        # what it can do is told to everybody
        assert server.get("metadata", Authorization="Bearer wrong").status_code == 200
