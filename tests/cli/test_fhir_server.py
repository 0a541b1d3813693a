"""`evaluate --fhir-server`: the main job against a server, as it is on a file."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import responses

from cds_hooks import cli
from cds_hooks.configuration import PREFIX
from cds_hooks.fhir import typed
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.servers import Servers
from tests.build import prefetch_of
from tests.fetching.ehr import ehr
from tests.fhir.stories import CHARTS, REQUESTS, name_of

TODAY: Final = ("--as-of", "2026-11-24")
BASE: Final = "https://fhir.example.org/r4"
PATIENT: Final = "KANARI-7"
TOKEN: Final = "KANARI.token"  # noqa: S105 - invented
NAME: Final = "SITE_TOKEN"
AT_BASE: Final = ("--fhir-server", BASE, "--patient", PATIENT)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`evaluate`; no token is ever printed, and no traceback."""
    monkeypatch.setenv(NAME, TOKEN)

    def made(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main(["evaluate", *map(str, arguments)])
        printed = capsys.readouterr()
        assert TOKEN not in printed.out + printed.err
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return made


def refused(run: Run, *arguments: str) -> str:
    """The one line of a run that assesses nothing; it names no patient."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("il2-advisor: ")
    assert "KANARI" not in line
    return line


def assessed(run: Run, *arguments: str | Path) -> Any:
    """The assessment of a run that ends well, but for its notes."""
    code, out, err = run("--json", *TODAY, *arguments)
    assert (code, err) == (0, "")
    found = json.loads(out)
    found.pop("notes", None)
    return found


# --- The same as from a file ----------------------------------------------------------------------


@pytest.mark.parametrize("path", REQUESTS, ids=name_of)
def test_a_server_gives_the_same_assessment_as_a_file(run: Run, path: Path) -> None:
    body = json.loads(path.read_bytes())
    patient, prefetch = body["context"]["patientId"], body["prefetch"]
    with ehr() as server:
        server.serves(prefetch, patient)
        # what a request leaves out is refused by the server
        for key, template in templates().items():
            if key not in prefetch:
                del server.answers[f"/fhir/{template.replace('{{context.patientId}}', patient)}"]
        found = assessed(run, "--fhir-server", server.base, "--patient", patient)
    assert found == assessed(run, path)


@pytest.mark.parametrize("path", CHARTS, ids=name_of)
def test_a_server_gives_the_same_judgements_as_a_bundle(run: Run, path: Path) -> None:
    resources = [entry["resource"] for entry in json.loads(path.read_bytes())["entry"]]
    (patient,) = (one["id"] for one in resources if one["resourceType"] == "Patient")
    with ehr() as server:
        server.serves(prefetch_of(*resources), patient)
        found = assessed(run, "--fhir-server", server.base, "--patient", patient)
    assert found == assessed(run, path)


def test_it_reads_each_query_once_and_with_the_token(run: Run) -> None:
    body = json.loads(REQUESTS[0].read_bytes())
    patient = body["context"]["patientId"]
    with ehr() as server:
        server.serves(body["prefetch"], patient)
        at = ("--fhir-server", server.base, "--patient", f"Patient/{patient}")
        assessed(run, *at, "--token-env", NAME)
        asked = [path for path, _ in server.asked]
        assert len(asked) == len(set(asked)) > 10
        assert {token for _, token in server.asked} == {f"Bearer {TOKEN}"}


def test_what_did_not_come_is_unknown_and_told_in_a_note(run: Run) -> None:
    with ehr() as server:
        server.answers[f"/fhir/Patient/{PATIENT}"] = {"resourceType": "Patient", "id": PATIENT}
        code, out, err = run("--fhir-server", server.base, "--patient", PATIENT, *TODAY)
    assert (code, err) == (0, "")
    assert out.startswith("Status: cannot-assess")
    assert "note: labs: the FHIR server does not know this query (404)" in out


# --- No Patient, no assessment --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({"status": 404}, r"\(404\)", id="not there"),
        pytest.param({"status": 401}, r"\(401\)", id="token not accepted"),
        pytest.param({"status": 403}, r"\(403\)", id="scope too narrow"),
        pytest.param({"status": 500, "body": PATIENT}, "500", id="broken"),
        pytest.param(
            {"body": ConnectionRefusedError(PATIENT)}, "the connection to the FHIR server failed",
            id="no server",
        ),
        pytest.param({"body": f"<html>{PATIENT}"}, "a page or XML, not JSON", id="a page"),
        pytest.param(
            {"json": {"resourceType": "OperationOutcome"}}, "an OperationOutcome", id="an outcome"
        ),
        pytest.param(
            {"json": {"resourceType": "Bundle"}}, "something else than", id="a Bundle"
        ),
        pytest.param(
            {"json": {"resourceType": "Patient", "id": "KANARI-8"}},
            "something else than", id="another",
        ),
        pytest.param(
            {"status": 302, "headers": {"Location": "https://KANARI.example.org/"}},
            "not followed", id="sent elsewhere",
        ),
    ],
)  # fmt: skip
def test_without_the_patient_the_reason_is_one_line(
    run: Run, answer: dict[str, Any], words: str
) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        web.get(f"{BASE}/Patient/{PATIENT}", **answer)
        line = refused(run, *AT_BASE, "--token-env", NAME)
    assert re.search(words, line)


# --- Wrong usage ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((), "--fhir-server", id="nothing"),
        pytest.param((*AT_BASE, "chart.json"), "do not go together", id="and a file"),
        pytest.param(("--fhir-server", BASE), "--patient", id="no patient"),
        pytest.param(("--fhir-server", BASE, "--patient", "KANARI/../x"), "no FHIR id", id="id"),
        pytest.param(("--fhir-server", BASE, "--patient", "K?x=1"), "no FHIR id", id="a query"),
        pytest.param((*AT_BASE, "--token-env", "NOT_SET"), "not set", id="no such variable"),
        pytest.param((*AT_BASE, "--token-env", "ODD"), "no bearer token", id="odd token"),
        pytest.param((*AT_BASE, "--seconds", "0"), "from 1 to", id="no time"),
        pytest.param((*AT_BASE, "--seconds", "601"), "from 1 to", id="too long"),
        pytest.param(("chart.json", "--token-env", NAME), "for --fhir-server only", id="token"),
        pytest.param(("chart.json", "--allow-http"), "for --fhir-server only", id="http"),
        pytest.param(("chart.json", "--seconds", "5"), "for --fhir-server only", id="seconds"),
    ],
)
def test_wrong_usage_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setenv("ODD", "KANARI\r\nX: y")
    assert words in refused(run, *arguments)


@pytest.mark.parametrize(
    "url",
    ["fhir.example.org", "ftp://fhir.example.org:21/", "https://me:KANARI@fhir.example.org",
     "https://fhir.example.org/r4?KANARI=1", "https://fhir.example.org/r4#KANARI", "https://",
     "https://fhir.example.org/../KANARI", "https://fhir.example.org:port/", "", "https://a\n.b"],
)  # fmt: skip
def test_what_is_no_base_url_is_refused_and_not_repeated(run: Run, url: str) -> None:
    assert "base URL" in refused(run, "--fhir-server", url, "--patient", PATIENT)


@pytest.mark.parametrize(
    ("url", "more", "goes_out"),
    [
        ("http://fhir.example.org/r4", (), False),
        ("http://10.0.0.7/r4", (), False),
        ("http://127.0.0.1.example.org/r4", (), False),
        ("http://fhir.example.org/r4", ("--allow-http",), True),
        ("http://127.0.0.1:9/r4", (), True),
        ("http://localhost:9/r4", (), True),
        ("http://[::1]:9/r4", (), True),
        ("https://10.0.0.7/r4/", (), True),
    ],
)
def test_http_is_for_this_machine_unless_told(
    run: Run, url: str, more: tuple[str, ...], goes_out: bool
) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as web:
        web.get(f"{url.rstrip('/')}/Patient/{PATIENT}", status=404)
        line = refused(run, "--fhir-server", url, "--patient", PATIENT, *more)
        assert bool(web.calls) is goes_out
    assert ("(404)" if goes_out else "--allow-http") in line


def test_the_ca_of_the_configuration_holds_for_its_server(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, ca = tmp_path / "site.toml", tmp_path / "ca.pem"
    ca.write_text("")
    site.write_text(f"[fhir]\nservers = [{{ base = '{BASE}', ca_file = '{ca}' }}]\n")
    monkeypatch.setenv(f"{PREFIX}CONFIG", str(site))
    with responses.RequestsMock() as web:
        web.get(f"{BASE}/Patient/{PATIENT}", status=404)
        assert "(404)" in refused(run, *AT_BASE)
        sent: Any = web.calls[0].request
        assert sent.req_kwargs["verify"] == str(ca)


@pytest.mark.parametrize(("more", "seconds"), [((), 30), (("--seconds", "5"), 5)])
def test_the_deadline_is_generous_unless_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], seconds: int
) -> None:
    told: list[float] = []

    def made(servers: Servers, given: float) -> Fetching:
        told.append(given)
        return Fetching(servers, given)

    monkeypatch.setattr(typed, "Fetching", made)
    with responses.RequestsMock() as web:
        web.get(f"{BASE}/Patient/{PATIENT}", status=404)
        refused(run, *AT_BASE, *more)
    assert told == [seconds]
