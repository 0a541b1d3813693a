"""In shadow mode a call is evaluated and counted, and nobody sees a card."""

import json
from collections.abc import Iterator

import pytest

from tests.service.running import (
    LEFT_OUT,
    STABLE,
    Server,
    assessment_of,
    named,
    request_of,
    serving,
    with_prefetch,
)
from tests.service.running import shared as live
from tests.service.test_metrics import counts, of


@pytest.fixture(scope="module")
def shadow() -> Iterator[Server]:
    """A service that is new at a site."""
    with serving("--port", "0", IL2_ADVISOR_MODE="shadow") as (server, printed):
        assert "Nobody is advised" in printed.readline()
        yield server


def last_line(server: Server) -> dict[str, object]:
    line: dict[str, object] = json.loads(server.log().splitlines()[-1])
    return line


@pytest.mark.parametrize("story", [STABLE, "kidney-transplant-1998", "no-melanoma"])
def test_what_would_have_been_shown_is_counted_and_not_shown(shadow: Server, story: str) -> None:
    shown = live().post(request_of(story)).json()["cards"]
    indicator = shown[0]["indicator"] if shown else "none"
    status = assessment_of(shown[0])["status"] if shown else "not-applicable"
    own = {"service": "il2-patient-view", "mode": "shadow"}
    before = counts(shadow)
    answer = shadow.post(request_of(story))
    after = counts(shadow)
    assert (answer.status_code, answer.json()) == (200, {"cards": []})
    for name, labels in (
        ("il2_advisor_cards_total", {**own, "indicator": indicator}),
        ("il2_advisor_assessments_total", {**own, "status": status}),
    ):
        assert of(after, name, **labels) - of(before, name, **labels) == 1
    assert not [labels for name, labels in after if ("mode", "live") in labels]


def test_its_line_in_the_log_tells_the_outcome_and_not_which_call(shadow: Server) -> None:
    body = request_of("kidney-transplant-1998")
    shadow.post(body)
    line = last_line(shadow)
    assert (line["event"], line["mode"], line["indicator"]) == ("answered", "shadow", "warning")
    assert line["assessment"] == "contraindication-found"
    assert body["hookInstance"] not in shadow.log()
    live().post(body)
    assert {"mode", "assessment", "indicator"}.isdisjoint(last_line(live()))


def test_an_error_stays_an_error(shadow: Server) -> None:
    assert shadow.post(b"{").status_code == 400
    nothing = with_prefetch(problems=LEFT_OUT, encounter_diagnoses=LEFT_OUT)
    nothing["prefetch"] = {"patient": named(STABLE)["prefetch"]["patient"]}
    body = nothing | {"hookInstance": request_of()["hookInstance"]}
    answer = shadow.post(body)
    assert answer.status_code == 412
    assert "cards" not in answer.json()
    assert last_line(shadow)["hookInstance"] == body["hookInstance"]


def test_discovery_and_health_are_those_of_a_live_service(shadow: Server) -> None:
    for path in ("/cds-services", "/health/ready"):
        assert shadow.get(path).json() == live().get(path).json()


def test_what_runs_says_so(shadow: Server) -> None:
    (labels,) = [dict(labels) for name, labels in counts(shadow) if name == "il2_advisor_info"]
    assert labels["mode"] == "shadow"
