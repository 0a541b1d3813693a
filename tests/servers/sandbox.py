"""The suite for public servers (`tests/sandbox`), run against real ones that hold our charts."""

import re
import subprocess
import sys
from typing import Final

import pytest

from tests.servers.charts import chart
from tests.servers.running import FhirServer
from tests.service.running import ROOT, clean_environment

TOKEN_NAME: Final = "IL2_SANDBOX_TOKEN"  # noqa: S105 - the name of a variable
# A drug and a lesion that entries only point to; many drugs; a patient who is not ours.
NAMED: Final = ("growing-brain-lesion", "colitis-and-many-drugs", "no-melanoma")


def run(server: FhirServer, token: str | None, *patients: str) -> tuple[int, str]:
    """The suite as a person starts it: its exit code, and what it printed."""
    named = [f"--fhir-patient={chart(name).patient_id}" for name in patients]
    suite = ("-m", "sandbox", "tests/sandbox/test_public_server.py", "--fhir-base", server.base)
    by_token = ("--fhir-token-env", TOKEN_NAME) if token else ()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *suite, *named, *by_token],
        cwd=ROOT,
        env={**clean_environment(), **({TOKEN_NAME: token} if token else {})},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert token is None or token not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_it_finds_patients_with_melanoma_and_compares_their_cards(server: FhirServer) -> None:
    code, printed = run(server, server.token)
    assert code == 0, printed
    found = re.search(r"patients: 5, (\d) with a card", printed)
    assert found is not None, printed
    assert int(found[1]) >= 3
    assert "7 passed" in printed.splitlines()[-1]


def test_it_reads_the_patients_that_are_named(server: FhirServer) -> None:
    code, printed = run(server, server.token, *NAMED)
    assert code == 0, printed
    assert "patients: 3, 2 with a card" in printed
    assert "queries refused: none" in printed
    assert all(f"{chart(name).patient_id} (" in printed for name in NAMED)


def test_a_token_that_the_server_does_not_take_ends_the_run_in_a_line(server: FhirServer) -> None:
    if server.token is None:
        pytest.skip(f"{server.name} asks for no token")
    code, printed = run(server, "another", *NAMED)
    assert code == 1
    assert printed.splitlines()[-1].endswith("for us: 401 !")
