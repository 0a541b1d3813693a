"""A fault of ours: a 500 with an id that the log also has, no trace, and never a list of cards."""

import asyncio
import json
import logging
from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from cds_hooks import app as shell
from cds_hooks import services
from cds_hooks.answer import Answer
from cds_hooks.settings import Settings
from tests.service.running import SERVICE, request_of

CANARY = "Beispiel, Ilse"  # what an exception may carry along
Message = MutableMapping[str, Any]


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)

    def faults(self) -> list[dict[str, Any]]:
        """The fields of the faults."""
        return [vars(one)["fields"] for one in self.kept if one.getMessage() == "fault"]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of the service."""
    handler = Lines()
    log = logging.getLogger("il2_advisor")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


def call(method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """One call of the application in this process: status, headers, body."""
    application = shell.create(Settings())
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"origin", b"https://a.example")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def run() -> None:
        await application(scope, receive, send)

    asyncio.run(run())
    start, *rest = sent
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(part["body"] for part in rest)


def check_fault(answer: tuple[int, dict[str, str], bytes], lines: Lines, kind: str) -> None:
    """The answer of a fault, and its line in the log."""
    status, headers, body = answer
    assert status == 500
    assert headers["content-type"] == "application/fhir+json"
    assert headers["access-control-allow-origin"] == "*"
    outcome = json.loads(body)
    OperationOutcome.model_validate(outcome)
    assert "cards" not in outcome
    (fault,) = lines.faults()
    assert fault["id"] in outcome["issue"][0]["diagnostics"]
    assert fault["kind"] == kind
    assert fault["places"]
    assert CANARY not in str(fault)
    for inside in (CANARY, "Traceback", ".py", kind):
        assert inside not in body.decode()


@pytest.mark.parametrize("kind", [ValueError, KeyError, RecursionError, MemoryError, OSError])
@pytest.mark.parametrize("padding", ["", "a" * 300_000], ids=["light", "heavy, in a thread"])
def test_a_fault_in_the_answer(
    monkeypatch: pytest.MonkeyPatch, lines: Lines, kind: type[Exception], padding: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise kind(CANARY)

    monkeypatch.setattr(shell, "answer", fail)
    body = json.dumps(request_of(padding=padding)).encode()
    check_fault(call("POST", SERVICE, body), lines, kind.__name__)


def test_an_answer_that_cannot_be_encoded(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    made = Answer([{CANARY: object()}], None)
    monkeypatch.setattr(shell, "answer", lambda *_, **__: made)
    check_fault(call("POST", SERVICE, json.dumps(request_of()).encode()), lines, "TypeError")


@pytest.mark.parametrize("step", ["Prefetch", "is_surely_not_ours", "cards", "assess", "gate"])
def test_a_fault_in_each_step(monkeypatch: pytest.MonkeyPatch, lines: Lines, step: str) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise ZeroDivisionError(CANARY)

    holder = "cds_hooks.answer.reader." if step == "Prefetch" else "cds_hooks.answer."
    monkeypatch.setattr(holder + step, fail)
    body = json.dumps(request_of()).encode()
    check_fault(call("POST", SERVICE, body), lines, "ZeroDivisionError")


def test_a_fault_in_discovery(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(services, "discovery", fail)
    check_fault(call("GET", "/cds-services"), lines, "RuntimeError")


def test_without_a_fault_nothing_of_the_kind_is_logged(lines: Lines) -> None:
    status, _, body = call("POST", SERVICE, json.dumps(request_of()).encode())
    assert status == 200
    assert len(json.loads(body)["cards"]) == 1
    assert lines.faults() == []
