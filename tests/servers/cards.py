"""No prefetch, or half of one: with a real server behind it the cards are those of a whole one."""

import json
from datetime import datetime
from typing import Any, Final

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from tests.build import TODAY, Resource
from tests.servers.charts import NAMES, chart
from tests.servers.running import FhirServer

NOON: Final = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")
FETCHING: Final = Fetching(Servers(LOOPBACK), 60)


def cards(server: FhirServer, name: str, prefetch: Resource) -> list[dict[str, Any]]:
    """The cards of a call, without what is fresh in each answer."""
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": server.base,
        "fhirAuthorization": {"access_token": server.token},
        "context": {"userId": "Practitioner/1", "patientId": chart(name).patient_id},
        "prefetch": prefetch,
    }
    asked = parse(json.dumps(body).encode(), HOOKS)
    found = answer(asked, now=NOON, rule_book_url="http://localhost", fetching=FETCHING).cards
    for card in found:
        card.pop("uuid")
        for suggestion in card.get("suggestions", ()):
            suggestion.pop("uuid")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_cards_are_those_of_a_whole_prefetch(server: FhirServer, name: str) -> None:
    whole = chart(name).prefetch()
    expected = cards(server, name, whole)
    assert cards(server, name, {}) == expected
    for first in (0, 1):
        half = dict(list(whole.items())[first::2])
        assert cards(server, name, half) == expected, f"without every second, from {first}"
