"""Which calls may wait for a FHIR server: those take a thread, all others are answered at once."""

import json
from typing import Any

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.fhir.allowed import LOOPBACK, AllowedServer
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.reader import may_lack
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from tests.fetching.ehr import EMPTY, ehr
from tests.fetching.test_cards import CONTAINED, INLINE, NOON, POINTING, STORY, WHOLE, included

# without the entries of the story that point to a site or a drug
PLAIN: dict[str, Any] = {key: WHOLE.get(key) for key in templates()} | dict.fromkeys(
    ("imagingObs", "function", "medicines")
)
NEXT = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "?page=2"}]}


def last(bundle: dict[str, Any]) -> dict[str, Any]:
    return bundle | {"entry": bundle["entry"][-1:]}


# what the prefetch holds → whether something is read even so
PREFETCHES: list[tuple[str, dict[str, Any], bool]] = [
    ("all", PLAIN, False),
    ("a query is absent", {k: v for k, v in PLAIN.items() if k != "labs"}, True),
    ("a query failed", PLAIN | {"labs": {"resourceType": "OperationOutcome"}}, False),
    ("a further page", PLAIN | {"labs": NEXT}, True),
    ("a drug inline", PLAIN | {"medicines": last(INLINE)}, False),
    ("a drug contained", PLAIN | {"medicines": last(CONTAINED)}, False),
    ("a drug elsewhere", PLAIN | {"medicines": last(POINTING)}, True),
    ("a site elsewhere", {key: WHOLE.get(key) for key in templates()}, True),
]


def encoded(prefetch: dict[str, Any]) -> bytes:
    return json.dumps(STORY | {"prefetch": prefetch}).encode()


def lacks(body: bytes) -> bool:
    return may_lack(body, parse(body, HOOKS).prefetch, templates())


@pytest.mark.parametrize("row", PREFETCHES, ids=lambda row: row[0])
def test_a_call_that_reads_something_is_told_before(row: tuple[str, dict[str, Any], bool]) -> None:
    _, prefetch, reads = row
    body = encoded(prefetch)
    assert lacks(body) is reads
    with ehr() as server:
        server.answers = {"/fhir?page=2": EMPTY}
        asked = parse(json.dumps(json.loads(body) | {"fhirServer": server.base}).encode(), HOOKS)
        fetching = Fetching(Servers(LOOPBACK), 5)
        answer(asked, now=NOON, rule_book_url="http://localhost", fetching=fetching)
        fetching.servers.close()
        assert bool(server.asked) is reads


def test_a_pointer_that_is_spelled_otherwise_is_no_way_round() -> None:
    body = encoded(PLAIN | {"medicines": last(POINTING)})
    for spelled in (b"Medication\\/m9", b"\\u004dedication/m9", b"Medicatio\\u006e/m9"):
        assert lacks(body.replace(b"Medication/m9", spelled))


def test_what_came_along_may_be_taken_for_lacking_never_the_other_way_round() -> None:
    assert lacks(encoded(PLAIN | {"medicines": included()}))


@pytest.mark.parametrize(
    ("base", "may"),
    [
        ("https://fhir.example.org/r4", True),
        ("https://elsewhere.example.org/r4", False),
        ("https://fhir.example.org/r4/../x", False),
        (None, False),
    ],
)
def test_a_server_that_is_not_allowed_is_not_waited_for(base: str | None, may: bool) -> None:
    fetching = Fetching(Servers([AllowedServer("https://fhir.example.org/r4")]), 5)
    assert fetching.may_read(base) is may
