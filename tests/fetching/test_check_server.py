"""`check-server`: what a server declares, what our queries get there, and what a person is told."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import responses

from cds_hooks import cli
from tests.fetching.declaring import KEYS, Statement, needed, statement
from tests.fetching.ehr import Ehr, ehr

BASE: Final = "https://fhir.example.org/r4"
PATIENT: Final = "KANARI-7"
TOKEN: Final = "KANARI.token"  # noqa: S105 - invented
NAME: Final = "SITE_TOKEN"
EMPTY: Final = {"resourceType": "Bundle", "type": "searchset", "total": 0}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`check-server`, with a token in the environment; it prints no token and no patient."""
    monkeypatch.setenv(NAME, TOKEN)

    def made(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["check-server", *arguments])
        printed = capsys.readouterr()
        assert "KANARI" not in printed.out + printed.err
        return code, printed.out, printed.err

    return made


@pytest.fixture
def server() -> Iterator[Ehr]:
    """One that has a patient of whom nothing is recorded."""
    with ehr() as made:
        made.serves({"patient": {"resourceType": "Patient", "id": PATIENT}}, PATIENT)
        yield made


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    """A server that answers as a test tells; whatever is not told answers with an empty Bundle."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def tells(web: responses.RequestsMock, path: str, json_: Any = None, **more: Any) -> None:
    """What the server answers to a path and whatever query follows it."""
    content = {} if json_ is None else {"json": json_}
    web.get(re.compile(rf"{re.escape(BASE)}/{path}(\?.*)?$"), **content, **more)


def tells_else(web: responses.RequestsMock, *but: str) -> None:
    """All but some paths: what we need is declared, the Patient is there, and nothing else is."""
    if "metadata" not in but:
        tells(web, "metadata", statement())
    tells(web, "Patient/.*", {"resourceType": "Patient", "id": PATIENT})
    tells(web, f"(?!(?:{'|'.join([*but, 'Patient', 'metadata'])})\\b)[A-Za-z]+", EMPTY)


def as_json(run: Run, *arguments: str) -> tuple[int, Any]:
    """The exit code, and what was found."""
    code, out, err = run(*arguments, "--json")
    assert err == ""
    return code, json.loads(out)


def query(found: Any, key: str) -> Any:
    """What was found of one query."""
    return next(one for one in found["queries"] if one["key"] == key)


# --- What is declared -----------------------------------------------------------------------------


def test_a_server_that_declares_all_is_fine_and_is_asked_nothing_else(
    run: Run, server: Ehr
) -> None:
    server.answers["/fhir/metadata"] = statement()
    code, found = as_json(run, server.base)
    assert code == 0
    assert found["works"] is True
    assert found["statement"] == {
        "ms": found["statement"]["ms"],
        "status": 200,
        "fhirVersion": "4.0.1",
        "isSupported": True,
        "software": "Example FHIR 1.2",
        "formats": ["application/fhir+json", "json"],
    }
    assert [one["key"] for one in found["queries"]] == list(KEYS)
    assert [path for path, _ in server.asked] == ["/fhir/metadata"]


@pytest.mark.parametrize(
    ("declared", "key", "undeclared"),
    [
        pytest.param(statement({"Patient": set()}), "labs", ["type"], id="no such type"),
        pytest.param(
            statement(needed() | {"Observation": {"patient", "code"}}),
            "imagingObs", ["category"], id="no such parameter",
        ),
        pytest.param(
            statement(rest=[{"mode": "server", "resource": [
                {"type": "Device", "interaction": [{"code": "read"}],
                 "searchParam": [{"name": "patient"}]}]}]),
            "devices", ["search-type"], id="no search",
        ),
        pytest.param(
            statement(rest=[{"mode": "server", "resource": [
                {"type": "Patient", "interaction": [{"code": "create"}]}]}]),
            "patient", ["read"], id="no read",
        ),
        pytest.param(
            statement(rest=[{"mode": "client", "resource": [{"type": "Patient"}]}]),
            "patient", ["type"], id="only what it calls itself",
        ),
        pytest.param(
            statement(rest=[None, {"mode": "server", "resource": [7, {"type": 7}]}]),
            "patient", ["type"], id="types that cannot be read",
        ),
    ],
)  # fmt: skip
def test_what_is_not_declared_is_named(
    run: Run, server: Ehr, declared: Statement, key: str, undeclared: list[str]
) -> None:
    server.answers["/fhir/metadata"] = declared
    code, found = as_json(run, server.base)
    assert code == 1
    assert query(found, key)["undeclared"] == undeclared
    _, out, _ = run(server.base)
    assert f"no {undeclared[0]}" in out
    assert key in out.splitlines()[-2]


def test_a_type_without_interactions_is_taken_at_its_parameters(run: Run, server: Ehr) -> None:
    server.answers["/fhir/metadata"] = statement(interactions=False)
    assert run(server.base)[0] == 0


@pytest.mark.parametrize(
    ("version", "is_supported"),
    [("4.0.1", True), ("4.0.0", True), ("4.0", True), ("3.0.2", False), ("1.0.2", False),
     ("4.3.0", False), ("5.0.0", False), ("4.0.1 KANARI", None), (4, None), (None, None)],
)  # fmt: skip
def test_only_r4_is_supported(
    run: Run, server: Ehr, version: object, is_supported: bool | None
) -> None:
    server.answers["/fhir/metadata"] = statement(fhirVersion=version)
    code, found = as_json(run, server.base, "--patient", PATIENT)
    assert found["statement"].get("isSupported") is is_supported
    assert code == (1 if is_supported is False else 0)
    _, out, _ = run(server.base)
    assert ("Not supported" in out) is (is_supported is False)


def test_words_of_the_server_are_short_and_never_the_token(run: Run, server: Ehr) -> None:
    software = {"name": "a\x1b[31m\n" + "b" * 200, "version": "1"}
    server.answers["/fhir/metadata"] = statement(software=software, format=[f"x{TOKEN}y"])
    _, found = as_json(run, server.base, "--token-env", NAME)
    assert found["statement"]["formats"] == ["(hidden)"]
    assert len(found["statement"]["software"]) == 60
    assert found["statement"]["software"].isprintable()


# --- What is tried --------------------------------------------------------------------------------


def test_with_a_patient_each_query_is_tried_with_the_token(run: Run, server: Ehr) -> None:
    server.answers["/fhir/metadata"] = statement()
    code, found = as_json(run, server.base, "--patient", PATIENT, "--token-env", NAME)
    assert (code, found["works"]) == (0, True)
    assert {token for _, token in server.asked} == {f"Bearer {TOKEN}"}
    assert len(server.asked) == len(KEYS) + 1
    assert len(server.connections) == 1
    for one in found["queries"]:
        trial = one["trial"]
        assert (trial["isComplete"], trial["status"], trial["pages"]) == (True, 200, 1)
        assert trial["entries"] == (one["key"] == "patient")
        assert trial["ms"] >= 0


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_without_a_capability_statement_the_queries_are_tried_all_the_same(
    run: Run, web: responses.RequestsMock, status: int
) -> None:
    tells(web, "metadata", {"resourceType": "OperationOutcome"}, status=status)
    tells_else(web, "metadata")
    code, found = as_json(run, BASE, "--patient", PATIENT)
    assert (code, found["works"]) == (0, True)
    assert found["statement"]["status"] == status
    assert f"({status})" in found["statement"]["problem"] or status == 500
    assert all("declared" not in one for one in found["queries"])
    assert run(BASE)[0] == 1  # nothing is known then


def test_what_works_counts_before_what_is_declared(run: Run, server: Ehr) -> None:
    server.answers["/fhir/metadata"] = statement({})
    assert run(server.base, "--patient", PATIENT)[0] == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({"status": 400}, "400", id="refused"),
        pytest.param({"status": 404}, "(404)", id="not there"),
        pytest.param({"status": 500}, "500", id="broken"),
        pytest.param({"body": "<html>"}, "JSON", id="a page"),
        pytest.param({"json": {"resourceType": "OperationOutcome"}}, "Outcome", id="an outcome"),
        pytest.param({"json": EMPTY | {"total": 3}}, "fewer", id="fewer than counted"),
        pytest.param(
            {"json": EMPTY | {"entry": [{"resource": {"resourceType": "Patient"}}]}},
            "no AllergyIntolerance", id="something else",
        ),
        pytest.param(
            {"json": EMPTY | {"entry": [{"search": {"mode": "outcome"}, "resource": {
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "warning", "code": "suppressed"}]}}]}},
            "EHR", id="held back",
        ),
        pytest.param({"json": EMPTY | {"entry": [5]}}, "read", id="an entry that is none"),
        pytest.param({"body": ConnectionResetError("KANARI")}, "connection", id="cut off"),
    ],
)  # fmt: skip
def test_a_query_that_does_not_come_whole_says_why(
    run: Run, web: responses.RequestsMock, answer: dict[str, Any], words: str
) -> None:
    tells(web, "AllergyIntolerance", **answer)
    tells_else(web, "AllergyIntolerance")
    code, found = as_json(run, BASE, "--patient", PATIENT)
    assert (code, found["works"]) == (1, False)
    trial = query(found, "allergies")["trial"]
    assert trial["isComplete"] is False
    assert any(words in one for one in trial["lacks"])
    assert query(found, "problems")["trial"]["isComplete"] is True
    code, out, _ = run(BASE, "--patient", PATIENT)
    assert code == 1
    assert "allergies" in out.splitlines()[-1]


def test_pages_are_followed_and_counted(run: Run, web: responses.RequestsMock) -> None:
    one = {"resource": {"resourceType": "Condition", "id": "a"}}
    link = [{"relation": "next", "url": f"{BASE}/more?page=2"}]
    tells(web, "Condition", {"resourceType": "Bundle", "entry": [one, one], "link": link})
    tells(web, "more", {"resourceType": "Bundle", "entry": [one]})
    tells_else(web, "Condition", "more")
    code, found = as_json(run, BASE, "--patient", PATIENT)
    trial = query(found, "problems")["trial"]
    assert code == 0
    assert (trial["entries"], trial["pages"], trial["isComplete"]) == (3, 2, True)


@pytest.mark.parametrize(
    ("told", "scopes"),
    [
        (None, ["patient/Observation.rs"]),
        ('Bearer error="insufficient_scope", scope="user/Observation.read"',
         ["user/Observation.read"]),
        (f'Bearer realm="{TOKEN}", scope="openid {PATIENT}"', ["patient/Observation.rs"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [401, 403])
def test_a_scope_that_the_token_lacks_is_named(
    run: Run, web: responses.RequestsMock, status: int, told: str | None, scopes: list[str]
) -> None:
    headers = {} if told is None else {"WWW-Authenticate": told}
    tells(web, "Observation", {"resourceType": "OperationOutcome"}, status=status, headers=headers)
    tells_else(web, "Observation")
    code, found = as_json(run, BASE, "--patient", PATIENT, "--token-env", NAME)
    assert code == 1
    assert query(found, "vitals")["trial"]["scopes"] == scopes
    assert query(found, "vitals")["trial"]["status"] == status
    assert "scopes" not in query(found, "problems")["trial"]
    assert f"scope {scopes[0]}" in run(BASE, "--patient", PATIENT, "--token-env", NAME)[1]
    _, bare = as_json(run, BASE, "--patient", PATIENT)
    assert "no token was sent" in query(bare, "vitals")["trial"]["lacks"]
    assert "scopes" not in query(bare, "vitals")["trial"]


# --- What cannot be asked -------------------------------------------------------------------------


@pytest.mark.parametrize("patient", [(), ("--patient", PATIENT)])
def test_a_server_that_does_not_answer_cannot_be_asked(
    run: Run, web: responses.RequestsMock, patient: tuple[str, ...]
) -> None:
    tells(web, ".*", body=ConnectionRefusedError("KANARI"))
    code, out, err = run(BASE, *patient)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "the server cannot be asked: the connection" in line
    assert len(web.calls) < len(KEYS)


def test_the_table_is_aligned_and_short(run: Run, server: Ehr) -> None:
    server.answers["/fhir/metadata"] = statement()
    code, out, _ = run(server.base, "--patient", PATIENT)
    lines = out.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("query"))
    rows = lines[start : start + len(KEYS) + 1]
    for head in ("declared", "status", "complete"):
        at = rows[0].index(head)
        assert all(row[at - 1] == " " and row[at] != " " for row in rows)
    assert max(map(len, rows)) <= 100
    assert lines[-1] == f"All {len(KEYS)} queries work."
    assert code == 0
