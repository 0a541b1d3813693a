"""The suite for public servers holds of a good one, and finds out whatever is wrong."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
import requests
from requests.adapters import HTTPAdapter

from cds_hooks import cli
from cds_hooks.fhir import bundles, client, servers
from cds_hooks.fhir.bundles import Contents, Page
from cds_hooks.fhir.fetch import Fetcher
from rules.chart import Query
from tests.build import MELANOMA_SNOMED, Resource, condition, patient, reference
from tests.fetching.declaring import statement
from tests.fetching.ehr import EMPTY, Ehr, ehr
from tests.sandbox import checks, differing
from tests.sandbox.checks import Check
from tests.sandbox.plain import REFERRED_TO, queries
from tests.sandbox.sandbox import CannotRun, Sandbox, opened
from tests.sandbox.watch import AT_ONCE, Watch
from tests.servers.charts import chart
from tests.service.running import ROOT, clean_environment

ALL: Final[tuple[Check, ...]] = (
    checks.release,
    checks.queries,
    checks.cards,
    checks.charts,
    checks.check_server,
    checks.evaluate,
    checks.traffic,
)
STORY: Final = chart("growing-brain-lesion")  # its labs come on two pages, its orders are refused
LABS: Final = f"/fhir/{queries(STORY.patient_id)['labs']}"
MORE: Final = "/fhir/more?page=2"


@pytest.fixture
def server() -> Iterator[Ehr]:
    """A server with one patient: two pages, a query that is refused, what entries point to."""
    with ehr() as made:
        prefetch = STORY.prefetch()
        for answer in prefetch.values():
            for entry in list((answer or {}).get("entry", ())):
                if entry["resource"]["resourceType"] in REFERRED_TO:
                    made.answers[f"/fhir/{reference(entry['resource'])}"] = entry["resource"]
                    answer["entry"].remove(entry)
        assert len(made.answers) == 2
        made.serves(prefetch, STORY.patient_id)
        made.answers["/fhir/metadata"] = statement()
        whole = made.answers[LABS]
        link = [{"relation": "next", "url": f"{made.base}/more?page=2"}]
        made.answers[LABS] = {**whole, "entry": whole["entry"][:2], "link": link}
        made.answers[MORE] = {**whole, "entry": whole["entry"][2:]}
        del made.answers[LABS]["total"], made.answers[MORE]["total"]
        del made.answers[f"/fhir/{queries(STORY.patient_id)['orders']}"]
        yield made


@pytest.fixture
def sandbox(server: Ehr) -> Iterator[Sandbox]:
    with opened(f"{server.base}/", [STORY.patient_id], None) as made:
        yield made


def test_all_of_it_holds_of_a_good_server(sandbox: Sandbox) -> None:
    assert [checks.problems(one, sandbox) for one in ALL] == [[] for _ in ALL]
    assert sandbox.cards == {STORY.patient_id: "warning"}
    record = sandbox.record(STORY.patient_id)
    assert record.refused == {"orders": "404"}
    assert set(record.first_pages) == {"labs"}
    kinds = {one["resource"]["resourceType"] for one in record.prefetch["medicines"]["entry"]}
    assert kinds == {"MedicationRequest", "Medication"}


OUTCOME: Final = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "suppressed"}],
}
SENT_ELSEWHERE: Final = [{"relation": "next", "url": "https://elsewhere.example.org/?page=2"}]


@pytest.mark.parametrize(
    ("key", "more", "cards", "refused"),
    [
        ("patient", {"deceasedBoolean": False, "active": "?"}, "warning", {}),
        ("problems", None, "412", {"problems": "404"}),
        ("allergies", OUTCOME, "warning", {"allergies": "200, but with OperationOutcome"}),
        ("allergies", {"total": 7}, "warning", {}),
        ("allergies", {"link": SENT_ELSEWHERE}, "warning",
         {"allergies": "it leads to another server"}),
        ("allergies", {"entry": [{"search": {"mode": "outcome"}, "resource": OUTCOME}]},
         "warning", {}),
        ("allergies", {"entry": [{}, {"resource": {"resourceType": "Basic"}}]}, "warning", {}),
        ("allergies", {"entry": [{"resource": {"resourceType": "AllergyIntolerance"}}]},
         "warning", {}),
    ],
    ids=["odd values", "no gate", "an outcome", "too few", "next elsewhere", "withheld",
         "what is nothing", "nobody's"],
)  # fmt: skip
def test_what_a_server_withholds_is_the_same_in_every_way(
    server: Ehr, sandbox: Sandbox, key: str, more: Resource | None, cards: str,
    refused: Mapping[str, str],
) -> None:  # fmt: skip
    query = f"/fhir/{queries(STORY.patient_id)[key]}"
    server.answers[query] = None if more is None else {**server.answers[query], **more}
    if key == "problems":
        server.answers[f"/fhir/{queries(STORY.patient_id)['encounterDx']}"] = None
        refused = {**refused, "encounterDx": "404"}
    assert [checks.problems(one, sandbox) for one in ALL] == [[] for _ in ALL]
    assert sandbox.cards == {STORY.patient_id: cards}
    assert sandbox.refused == {"orders": "404", **refused}


def test_a_query_that_breaks_the_server_is_asked_again_for_each_patient(
    server: Ehr, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is left alone after failures would answer otherwise the next time."""
    monkeypatch.setattr(servers, "_FAILURES", 1)
    monkeypatch.setattr(client, "_PAUSE_SECONDS", 0)
    server.statuses[f"/fhir/{queries(STORY.patient_id)['orders']}"] = 500
    sandbox.patients *= 2
    for check in (checks.cards, checks.charts):
        assert checks.problems(check, sandbox) == []
    assert sandbox.refused == {"orders": "500"}


# --- Faults of ours -------------------------------------------------------------------------------


def stops_after_a_page(patch: pytest.MonkeyPatch) -> None:
    really = bundles.page

    def page(*given: Any) -> Page:
        found = really(*given)
        return Page(found.contents, found.matches, None, None)

    patch.setattr(bundles, "page", page)


def takes_a_refusal_for_none(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Contents, "lack", lambda *_: None)


def does_not_say_why(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Contents, "lack", lambda found, _: setattr(found, "is_complete", False))


def does_not_read_what_is_pointed_to(patch: pytest.MonkeyPatch) -> None:
    really = Fetcher.read
    patch.setattr(Fetcher, "read", lambda one, wanted, begun, _=(): really(one, wanted, begun))


def asks_for_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    really = Fetcher.read

    def read(fetcher: Fetcher, wanted: Any, begun: Any, references: Any = ()) -> Any:
        return really(fetcher, [*wanted, Query.LABS], begun, references)

    patch.setattr(Fetcher, "read", read)


def asks_for_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Fetcher, "read", lambda *_: {})


def ends_with_a_fault(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cli, "main", lambda _: 3)


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        (stops_after_a_page, checks.cards, "no prefetch: not as with the whole prefetch: "),
        (stops_after_a_page, checks.charts, "read by us it differs: Observation/"),
        (takes_a_refusal_for_none, checks.queries, "orders was refused (404), and ours knows it"),
        (takes_a_refusal_for_none, checks.check_server, "does not say that orders was refused"),
        (does_not_say_why, checks.queries, "orders did not come, and nothing says so"),
        (does_not_read_what_is_pointed_to, checks.charts, "read by us it differs: "),
        (asks_for_nothing, checks.cards, "no prefetch: not as with the whole prefetch: "),
        (asks_for_nothing, checks.traffic, "nothing was read"),
        (ends_with_a_fault, checks.check_server, "check-server ends with 3"),
        (ends_with_a_fault, checks.evaluate, "evaluate ends with 3"),
    ],
)
def test_a_fault_of_our_service_is_found_out(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[pytest.MonkeyPatch], None],
    check: Check,
    words: str,
) -> None:
    fault(monkeypatch)
    assert words in "\n".join(checks.problems(check, sandbox))


def test_a_query_for_what_was_sent_is_found_out(
    server: Ehr, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers[f"/fhir/{queries(STORY.patient_id)['orders']}"] = EMPTY  # nothing is refused
    assert checks.problems(checks.cards, sandbox) == []
    sandbox.forget()
    asks_for_what_was_sent(monkeypatch)
    assert "the whole prefetch was sent" in checks.problems(checks.cards, sandbox)[0]


# --- Faults of a server ---------------------------------------------------------------------------


class Forgetting(dict[str, Any]):
    """Answers that lose an entry of one query each time it is asked."""

    def get(self, query: str, default: Any = None) -> Any:
        found = super().get(query, default)
        if query == MORE:
            self[MORE] = {**found, "entry": found["entry"][1:]}
        return found


@pytest.mark.parametrize("check", [checks.cards, checks.charts])
def test_a_server_that_loses_an_entry_each_time_is_found_out(
    server: Ehr, sandbox: Sandbox, check: Check
) -> None:
    server.answers = Forgetting(server.answers)
    assert checks.problems(check, sandbox)


@pytest.mark.parametrize(
    ("version", "words"),
    [("4.0.1", ""), ("4.0.0", ""), ("4.0", ""), ("3.0.2", "FHIR 3.0.2"), ("4.3.0", "FHIR 4.3.0"),
     ("5.0.0", "FHIR 5.0.0"), ("1.4.0.1", "FHIR 1.4.0.1"), (None, "does not say")],
)  # fmt: skip
def test_another_release_than_r4_is_named(
    sandbox: Sandbox, version: str | None, words: str
) -> None:
    sandbox.statement["fhirVersion"] = version
    found = checks.problems(checks.release, sandbox)
    assert len(found) == bool(words)
    assert words in "".join(found)


def test_what_has_changed_meanwhile_is_read_once_more(sandbox: Sandbox) -> None:
    records = []

    def differs(more: int) -> Check:
        def check(seen: Sandbox) -> Iterator[str]:
            records.append(seen.record(STORY.patient_id))
            if len(records) <= more:
                yield "differs"

        return check

    assert checks.problems(differs(1), sandbox) == []
    first, again = records
    assert first == again
    assert first is not again
    records.clear()
    assert checks.problems(differs(2), sandbox) == ["differs"]


# --- What goes out --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url", "words"),
    [("POST", "https://fhir.example.org/r4/Observation/_search", "a POST was about to go out"),
     ("GET", "https://fhir.example.org.evil.example/r4/Patient/1", "to another server"),
     ("GET", "http://fhir.example.org/r4/Patient/1", "to another server")],
)  # fmt: skip
def test_what_must_not_go_out_is_stopped(method: str, url: str, words: str) -> None:
    watch = Watch("https://fhir.example.org/r4")
    with (
        watch.watching(),
        requests.Session() as session,
        pytest.raises(AssertionError, match=words),
    ):
        session.request(method, url, timeout=1)
    assert watch.sent == []


def test_what_is_under_way_at_once_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch("https://fhir.example.org/r4")
    request = requests.Request("GET", f"{watch.base}/Patient/1").prepare()

    def answers_late(adapter: HTTPAdapter, *_: Any, **__: Any) -> requests.Response:
        if len(watch.sent) < 3:
            adapter.send(request)  # before the first is answered
        return requests.Response()

    monkeypatch.setattr(HTTPAdapter, "send", answers_late)
    with watch.watching():
        HTTPAdapter().send(request)
        HTTPAdapter().send(request)
    assert (len(watch.sent), watch.most_at_once) == (4, 3)


def test_too_many_at_once_are_found_out(sandbox: Sandbox) -> None:
    assert checks.problems(checks.traffic, sandbox) == []
    sandbox.watch.most_at_once = AT_ONCE + 1
    assert checks.problems(checks.traffic, sandbox) == ["5 requests were under way at once"]


def test_a_difference_is_told_by_its_place_alone() -> None:
    one = {"cards": [{"detail": "KANARI"}], "criteria": [{"id": "ecog", "outcome": "met"}]}
    other = {"cards": [{"detail": ""}], "criteria": [{"id": "ecog", "outcome": "not-met"}]}
    assert differing.answers(one, one) == []
    assert differing.answers(one, other) == ["cards[0].detail", "criteria[ecog].outcome"]
    assert differing.answers(one, {}) == [
        "cards[0].detail", "criteria[ecog].id", "criteria[ecog].outcome", "",
    ]  # fmt: skip
    many = differing.answers(list(range(30)), [])
    assert (len(many), many[-1]) == (11, "21 more")


# --- Which patients -------------------------------------------------------------------------------


def searchset(*resources: Resource) -> Resource:
    return {**EMPTY, "total": len(resources), "entry": [{"resource": one} for one in resources]}


def of(id_: str) -> Resource:
    return condition(MELANOMA_SNOMED, subject={"reference": f"Patient/{id_}"})


class Searching(dict[str, Any]):
    """Answers a search by code with what `found` is; what else there is, as it is."""

    found: Resource | None = None

    def get(self, query: str, default: Any = None) -> Any:
        if query.startswith("/fhir/Condition?code="):
            return self.found
        return super().get(query, default)


MANY: Final = searchset(*(patient() | {"id": f"p{n}"} for n in range(9)))


@pytest.mark.parametrize(
    ("by_code", "by_type", "expected"),
    [
        (searchset(*map(of, "dcbad")), MANY, ("a", "b", "c", "p0", "p1")),
        (searchset(of("p1")), MANY, ("p1", "p0", "p2", "p3", "p4")),
        (None, MANY, ("p0", "p1", "p2", "p3", "p4")),
        (searchset(of("a")), None, ("a",)),
        (EMPTY, EMPTY, "finds no Patient: name one with --fhir-patient ID"),
        (None, None, "finds no Patient"),
    ],
    ids=["with melanoma first", "each once", "no search by code", "only those", "none", "refused"],
)
def test_patients_are_found(
    server: Ehr, by_code: Resource | None, by_type: Resource | None,
    expected: tuple[str, ...] | str,
) -> None:  # fmt: skip
    server.answers = Searching(server.answers)
    server.answers.found = by_code
    server.answers["/fhir/Patient?_count=20"] = by_type
    if isinstance(expected, str):
        with pytest.raises(CannotRun, match=expected), opened(server.base, [], None):
            pass
    else:
        with opened(server.base, [], None) as found:
            assert found.patients == expected


# --- Nothing can be tried -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "token", "patients", "words"),
    [
        ("http://127.0.0.1:9/fhir", None, (), "no CapabilityStatement: no answer"),
        ("{base}/elsewhere", None, (), "no CapabilityStatement: 404"),
        ("{base}/other", None, (), "/metadata is no CapabilityStatement"),
        ("{base}", None, ("nobody",), "no Patient/nobody for us: 404"),
        ("{base}", None, ("a/b",), "no FHIR id"),
        ("{base}", "two words", (), "no bearer token"),
        ("{base}", "", (), "is not set, or is empty"),
        ("fhir.example.org", None, (), "no base URL"),
        ("https://me:secret@fhir.example.org", None, (), "no base URL"),
        ("http://fhir.example.org/r4", "token", (), "in clear"),
    ],
)
def test_why_nothing_can_be_tried_is_one_line(
    server: Ehr,
    monkeypatch: pytest.MonkeyPatch,
    base: str,
    token: str | None,
    patients: tuple[str, ...],
    words: str,
) -> None:
    token_name = None if token is None else "SANDBOX_TOKEN"
    monkeypatch.setenv("SANDBOX_TOKEN", token or "")
    server.answers["/fhir/other/metadata"] = patient()
    with (
        pytest.raises(CannotRun, match=words) as told,
        opened(base.format(base=server.base), patients, token_name),
    ):
        pass
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


# --- The run as a whole ---------------------------------------------------------------------------


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and what is printed."""
    suite = ("-m", "sandbox", "tests/sandbox/test_public_server.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *suite, *arguments],
        cwd=ROOT,
        env={**clean_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 4, "ERROR: give --fhir-base URL"),
        (("--fhir-base", "http://127.0.0.1:9/fhir"), 1, "sandbox: http://127.0.0.1:9/fhir/meta"),
    ],
    ids=["no server", "nobody there"],
)
def test_a_run_that_can_try_nothing_ends_in_a_line(
    arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended, printed = run(*arguments)
    assert ended == code
    assert sum(words in line for line in printed.splitlines()) == 1
    assert "Traceback" not in printed
    assert len(printed.splitlines()) <= 5


def test_a_run_names_what_is_wrong_and_tells_what_was_done(server: Ehr) -> None:
    server.answers = Forgetting(server.answers)
    server.answers["/fhir/metadata"] = statement(fhirVersion="3.0.2")
    at: Mapping[str, str] = {"NAME": "TOKEN.of.tests"}
    arguments = ("--fhir-base", server.base, "--fhir-patient", STORY.patient_id)
    code, printed = run(*arguments, "--fhir-token-env", "NAME", **at)
    assert code == 1
    assert "the server says that it is FHIR 3.0.2" in printed
    assert f"{STORY.patient_id}, no prefetch: not as with the whole prefetch: " in printed
    assert f"patients: 1, 1 with a card: {STORY.patient_id} (warning)" in printed
    assert "queries refused: orders (404)" in printed
    assert "TOKEN" not in printed
    assert {token for _, token in server.asked} == {"Bearer TOKEN.of.tests"}
