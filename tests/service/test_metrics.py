"""What is counted, under which labels, and that nothing of a request becomes one."""

from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cds_hooks import errors, services
from cds_hooks.fhir.fetch import Fetched
from rules.assess import Indicator
from rules.chart import Answer, Kind, Query
from rules.criteria import CRITERIA
from rules.model import Outcome, Status
from tests.fetching.ehr import ehr
from tests.service.running import (
    SERVICE,
    STABLE,
    Body,
    Server,
    named,
    request_of,
    serving,
    with_prefetch,
)

Counts = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]

REFUSALS = {str(one.status) for one in errors.AdvisorError.__subclasses__()}
IDS = {one.id for one in services.SERVICES}
BOUNDS = {"le"}  # of a histogram's buckets: ours, not a request's
# Each label, and all that it can be.
CLOSED: Mapping[str, set[str]] = {
    "service": IDS | {"none"},
    "status": REFUSALS | {"200"} | {one.value for one in Status},
    "indicator": {one.value for one in Indicator} | {"none"},
    "criterion": {one.id for one in CRITERIA},
    "outcome": {one.value for one in Outcome},
    "key": {one.value for one in Query},
    "state": {one.value for one in (*Answer, *Fetched)},
    "type": {one.value for one in Kind},
    "mode": {"live", "shadow"},
}


def counts(server: Server) -> Counts:
    """Every count of the service by name and labels."""
    answer = server.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(found: Counts, name: str, **labels: str) -> float:
    """One count; 0 where nothing was counted."""
    return found.get((name, tuple(sorted(labels.items()))), 0)


def test_a_card_is_counted_by_urgency_status_and_outcomes(server: Server) -> None:
    before = counts(server)
    answer = server.post(request_of())
    after = counts(server)
    (card,) = answer.json()["cards"]
    assessment = card["extension"]["org.il2advisor.assessment"]

    def more(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    own = {"service": "il2-patient-view"}
    assert more("il2_advisor_requests_total", **own, status="200") == 1
    assert more("il2_advisor_request_seconds_count", **own) == 1
    live = {**own, "mode": "live"}
    assert more("il2_advisor_cards_total", **live, indicator=card["indicator"]) == 1
    assert more("il2_advisor_assessments_total", **live, status=assessment["status"]) == 1
    assert more("il2_advisor_answer_bytes_sum", **own) == len(answer.content)
    for row in assessment["criteria"]:
        labels = {"criterion": row["id"], "outcome": row["outcome"]}
        assert more("il2_advisor_findings_total", **labels) == 1
    assert more("il2_advisor_queries_total", key="patient", state="came") == 1


def test_what_did_not_come_and_what_was_set_aside_is_counted(server: Server) -> None:
    unread = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "modifierExtension": [{"url": "https://a.example/not"}],
        "subject": {"reference": f"Patient/{named(STABLE)['context']['patientId']}"},
    }
    body = with_prefetch(labs={"resourceType": "Bundle", "entry": [{"resource": unread}]})
    del body["prefetch"]["vitals"]
    before = counts(server)
    assert server.post(body).status_code == 200
    after = counts(server)
    for name, labels in (
        ("il2_advisor_queries_total", {"key": "vitals", "state": "missing"}),
        ("il2_advisor_queries_total", {"key": "labs", "state": "came"}),
        ("il2_advisor_resources_set_aside_total", {"type": "Observation"}),
    ):
        assert of(after, name, **labels) - of(before, name, **labels) == 1, labels


def test_what_is_read_from_the_fhir_server_is_counted_by_its_end(server: Server) -> None:
    body = with_prefetch()
    del body["prefetch"]["vitals"], body["prefetch"]["labs"]
    with ehr() as hospital:
        whole = named(STABLE)
        hospital.serves(whole["prefetch"], whole["context"]["patientId"])
        hospital.answers = {p: a for p, a in hospital.answers.items() if "2160-0" not in p}
        before = counts(server)
        assert server.post(body | {"fhirServer": hospital.base}).status_code == 200
        after = counts(server)
    for key, state in (("vitals", "came"), ("labs", "failed")):
        labels = {"key": key, "state": state}
        name = "il2_advisor_fetched_queries_total"
        assert of(after, name, **labels) - of(before, name, **labels) == 1, labels


@pytest.mark.parametrize(
    ("patient", "status"),
    [
        pytest.param(None, 412, id="no Patient"),
        pytest.param({"resourceType": "Patient", "id": "another"}, 400, id="another patient"),
    ],
)
def test_what_a_call_that_is_refused_has_read_is_counted_too(
    server: Server, patient: Body | None, status: int
) -> None:
    """The first round was read: Patient, Conditions and medicines."""
    whole = named(STABLE)
    body = request_of(prefetch={} if patient is None else {"patient": patient})
    with ehr() as hospital:
        hospital.serves(whole["prefetch"], whole["context"]["patientId"])
        hospital.answers = {p: a for p, a in hospital.answers.items() if "/Patient/" not in p}
        before = counts(server)
        assert server.post(body | {"fhirServer": hospital.base}).status_code == status
        after = counts(server)
    ends = {"problems": "came", **({"patient": "failed"} if patient is None else {})}
    for key, state in ends.items():
        labels = {"key": key, "state": state}
        name = "il2_advisor_fetched_queries_total"
        assert of(after, name, **labels) - of(before, name, **labels) == 1, labels


def test_a_chart_without_melanoma_counts_as_no_card(server: Server) -> None:
    before = counts(server)
    assert server.post(named("no-melanoma")).json() == {"cards": []}
    after = counts(server)
    own = {"service": "il2-patient-view", "mode": "live"}
    for name, labels in (
        ("il2_advisor_cards_total", {**own, "indicator": "none"}),
        ("il2_advisor_assessments_total", {**own, "status": "not-applicable"}),
    ):
        assert of(after, name, **labels) - of(before, name, **labels) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "service", "status"),
    [
        ("POST", SERVICE, b"{", "il2-patient-view", "400"),
        ("POST", "/cds-services/nobody", b"{}", "none", "404"),
        ("GET", SERVICE, None, "none", "405"),
        ("GET", "/nowhere", None, "none", "404"),
        ("GET", "/cds-services", None, "none", "200"),
    ],
)
def test_every_answer_is_counted_once(
    server: Server, method: str, path: str, body: bytes | None, service: str, status: str
) -> None:
    labels = {"service": service, "status": status}
    before = of(counts(server), "il2_advisor_requests_total", **labels)
    headers = {"Content-Type": "application/json"}
    assert server.call(method, path, data=body, headers=headers).status_code == int(status)
    after = of(counts(server), "il2_advisor_requests_total", **labels)
    asked = (service, status) == ("none", "200")  # reading the counts counts too
    assert after - before == 1 + asked


def test_every_label_is_of_a_closed_list(server: Server) -> None:
    server.post(request_of())
    server.post(named("no-melanoma"))
    server.post(b"{")
    server.get("/of-somebody?patient=x")
    seen = set()
    for name, labels in counts(server):
        if not name.startswith("il2_advisor_") or name == "il2_advisor_info":
            continue
        for label, value in labels:
            assert label in BOUNDS or value in CLOSED[label], (name, label, value)
            seen.add(label)
    assert seen >= CLOSED.keys() - {"type"}


def test_what_runs_is_told(server: Server) -> None:
    (labels,) = [dict(labels) for name, labels in counts(server) if name == "il2_advisor_info"]
    assert set(labels) == {"version", "rules", "policy", "mode"}
    assert labels["mode"] == "live"
    assert labels["policy"] == server.get("/health/ready").json()["policy"]


def test_the_workers_count_together() -> None:
    headers = {"Content-Type": "application/json", "Connection": "close"}
    labels = {"service": "il2-patient-view", "status": "400"}
    with serving("--port", "0", "--workers", "2") as (server, _):
        for _ in range(12):
            answer = server.call("POST", SERVICE, data=b"{", headers=headers)
            assert answer.status_code == 400
        found = counts(server)
    assert of(found, "il2_advisor_requests_total", **labels) == 12
    assert [value for (name, _), value in found.items() if name == "il2_advisor_info"] == [1]
