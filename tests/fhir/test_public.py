"""Public FHIR data of many origins: each file is read or refused, and nobody there is ours."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.fhir import public
from tests.service.running import JSON, Server

pytestmark = public.needs_public
DOCS: Final = public.ROOT / "docs" / "real-charts.md"
SNAPSHOT: Final = Path(__file__).with_name("public-snapshot.txt")


def test_what_we_make_of_it_is_what_was_read_and_agreed(pytestconfig: pytest.Config) -> None:
    found = public.snapshot()
    if pytestconfig.getoption("--update-golden"):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8")


def test_the_counts_in_the_docs_are_current(pytestconfig: pytest.Config) -> None:
    before, opening, rest = DOCS.read_text(encoding="utf-8").partition("<!-- counts -->\n")
    _, closing, after = rest.partition("<!-- end of counts -->")
    assert opening
    assert closing
    if pytestconfig.getoption("--update-golden"):
        text = before + opening + public.counts() + closing + after
        DOCS.write_text(text, encoding="utf-8")
    assert public.counts() in DOCS.read_text(encoding="utf-8")


def test_every_file_gives_not_applicable_or_a_clear_error() -> None:
    assert len(public.paths()) > 800
    for path in public.paths():
        said = public.judged(path.read_bytes())
        assert re.match(r"not-applicable \||4\d\d [a-z]", said), (path, said)


def test_every_patient_gives_no_card_or_a_clear_error() -> None:
    cannot = 0
    for person in public.people():
        said, service = public.judged(person.bundle()), public.answered(person.request())
        if service == "0 cards":
            assert said.startswith("not-applicable |"), (person.of, said)
        else:
            # Conditions without any code, and a Patient whose id is none
            assert re.match(r"4\d\d [a-zA-Z]", service), (person.of, service)
            cannot += 1
    assert 0 < cannot < 5 < len(public.people())


def test_no_resource_is_lost_in_silence() -> None:
    """Read, set aside, or as if absent by its own status: nothing else."""
    assert public.silent() == {
        ("MedicationAdministration", "entered-in-error"),
        ("MedicationRequest", "cancelled"),
        ("MedicationRequest", "option"),
        ("MedicationRequest", "proposal"),
        ("MedicationStatement", "entered-in-error"),
        ("Observation", "cancelled"),
        ("Observation", "entered-in-error"),
        ("Procedure", "not-done"),
        ("ServiceRequest", "proposal"),
    }


def test_the_service_says_the_same_over_http_and_stays_alive(server: Server) -> None:
    for body in (
        *(path.read_bytes() for path in public.paths()),
        *(person.request() for person in public.people()),
    ):
        path = f"/cds-services/il2-{public.hook_of(body)}"
        answer = server.call("POST", path, data=body, headers=JSON)
        said = public.answered(body)
        if answer.status_code == 200:
            assert said == f"{len(answer.json()['cards'])} cards"
        else:
            issue = answer.json()["issue"][0]["diagnostics"]
            assert said == f"{answer.status_code} {issue}"
    assert server.get("/cds-services").status_code == 200
    assert "Traceback" not in server.log()
