"""Prefetched, fetched, or half and half: the same cards."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from tests.build import TODAY
from tests.fetching.ehr import ehr
from tests.fhir.stories import REQUESTS, name_of

NOON = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")


def cards(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards of a call, without what is fresh in each answer."""
    fetching = Fetching(Servers(LOOPBACK), 10)
    asked = parse(json.dumps(body).encode(), HOOKS)
    found = answer(asked, now=NOON, rule_book_url="http://localhost", fetching=fetching).cards
    for card in found:
        card.pop("uuid")
        for suggestion in card.get("suggestions", ()):
            suggestion.pop("uuid")
    return found


@pytest.mark.parametrize("left", ["none", "every second", "the gate"])
@pytest.mark.parametrize("path", REQUESTS, ids=name_of)
def test_what_is_fetched_gives_the_same_cards(path: Path, left: str) -> None:
    body = json.loads(path.read_bytes())
    whole = dict(body["prefetch"])
    gate = {"patient", "problems", "encounterDx", "medicines"}
    with ehr() as server:
        body["fhirServer"] = server.base
        server.serves(whole, body["context"]["patientId"])
        expected = cards(body)
        before = len(server.asked)
        kept = {
            "none": {},
            "every second": dict(list(whole.items())[::2]),
            "the gate": {key: value for key, value in whole.items() if key in gate},
        }[left]
        found = cards(body | {"prefetch": kept})
        assert found == expected
        is_answered_by_the_gate = left == "the gate" and not expected
        assert (len(server.asked) > before) is not is_answered_by_the_gate
