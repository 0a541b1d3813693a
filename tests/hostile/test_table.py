"""Every row of the table, sent to a running service."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.hostile.bodies import MARKER, MEGABYTE, encoded, good, message
from tests.hostile.table import ROWS, Card, Discovery, Expected, NotHttp, Refused, Row
from tests.hostile.wire import SILENCE, Answer, exchange
from tests.service.running import Server, empty_places, serving
from tests.service.test_calls import without_uuids
from tests.service.test_refusals import INSIDES

ISSUE_CODES: Final = {
    400: "invalid",
    404: "not-found",
    405: "not-supported",
    408: "timeout",
    412: "incomplete",
    413: "too-long",
    415: "not-supported",
}
SECONDS: Final = 30  # the slowest row takes a fifth of this
MEMORY: Final = 400 * MEGABYTE  # above what it held before


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    """A service of its own: its memory is measured, and a body must come within a second."""
    with serving("--port", "0", IL2_ADVISOR_SERVER__BODY_SECONDS="1") as (started, _):
        yield started


@pytest.fixture(scope="module")
def card(service: Server) -> Any:
    """The card of the good request."""
    return _cards(exchange(service.url, [message(encoded(good()))])[0])


def _cards(answer: Answer) -> list[Any]:
    assert answer.status == 200, answer.body[:500]
    assert answer.headers["content-type"] == "application/json"
    cards = json.loads(answer.body)["cards"]
    assert len(cards) == 1
    assert list(empty_places(cards)) == []
    return without_uuids(cards)


def check(answer: Answer, expected: Expected, card: list[Any]) -> None:
    """Whether this is the answer."""
    match expected:
        case Refused():
            assert answer.status == expected.status, answer.body[:500]
            assert answer.headers["content-type"] == "application/fhir+json"
            outcome = json.loads(answer.body)
            OperationOutcome.model_validate(outcome)
            (issue,) = outcome["issue"]
            assert issue["code"] == ISSUE_CODES[expected.status]
            assert expected.words in issue["diagnostics"]
            assert not INSIDES.search(issue["diagnostics"])
            assert "cards" not in outcome
            assert MARKER not in str((answer.headers, answer.body))
        case Card(same=same):
            found = _cards(answer)
            assert found == card or not same
        case Discovery():
            assert answer.status == 200
            assert list(json.loads(answer.body)) == ["services"]
        case NotHttp(flood=flood):
            if flood and answer == SILENCE:
                return
            check(answer, Refused(400, "this is no HTTP/1.1 request, or its head is"), card)
            assert answer.headers["connection"] == "close"
        case _:
            assert answer == SILENCE


def _memory(service: Server, of: str) -> int:
    """Bytes, from the kernel."""
    told = Path(f"/proc/{service.process.pid}/status").read_text()
    (kilobytes,) = re.findall(rf"{of}:\s+(\d+) kB", told)
    return int(kilobytes) * 1024


def _params() -> Iterator[Any]:
    for section, row in ROWS:
        marks = [pytest.mark.xfail(reason=row.fault, strict=True)] if row.fault else []
        yield pytest.param(row, id=f"{section}: {row.name}", marks=marks)


@pytest.mark.parametrize("row", list(_params()))
def test_the_table(service: Server, card: list[Any], row: Row) -> None:
    has_proc = os.path.exists("/proc/self/clear_refs")
    before = 0
    if has_proc:
        before = _memory(service, "VmRSS")
        Path(f"/proc/{service.process.pid}/clear_refs").write_text("5")  # forget the peak
    made = row.sent()
    sent = [made] if isinstance(made, bytes) else list(made)
    started = time.monotonic()
    answers = exchange(service.url, sent, answers=len(row.expected), hangs_up=row.hangs_up)
    took = time.monotonic() - started
    assert len(answers) == len(row.expected)
    for answer, expected in zip(answers, row.expected, strict=True):
        check(answer, expected, card)
    assert took < SECONDS
    # little in, much out: never
    assert sum(len(answer.body) for answer in answers) < MEGABYTE + sum(map(len, sent))
    if has_proc:
        assert _memory(service, "VmHWM") - before < MEMORY
    assert MARKER not in service.log()
    # alive, and answers as before
    assert _cards(exchange(service.url, [message(encoded(good()))])[0]) == card
