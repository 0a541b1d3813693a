"""How often a call waits for the FHIR server: what can be asked at once is asked at once."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pytest

from cds_hooks.answer import answer, parse
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetcher, Fetching
from cds_hooks.fhir.prefetch import gate_templates, templates
from cds_hooks.fhir.servers import Servers
from cds_hooks.services import HOOKS
from rules.chart import Query
from tests.build import (
    PATIENT_ID,
    TODAY,
    advanced_melanoma,
    hypertension,
    medication_request,
    patient,
    prefetch_of,
)
from tests.fetching.ehr import Ehr, ehr
from tests.fetching.test_cards import DRUG

NOON: Final = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")
GATE: Final = frozenset(gate_templates())
REST: Final = frozenset(templates()) - GATE
MIXED: Final = DRUG | {
    "id": "m9",
    "ingredient": [{"itemReference": {"reference": "Medication/m10"}}],
}
ORDER: Final = medication_request(
    medicationCodeableConcept=None, medicationReference={"reference": "Medication/m9"}
)
OURS: Final = prefetch_of(patient(), *advanced_melanoma())
OURS_WITH_ORDER: Final = prefetch_of(patient(), *advanced_melanoma(), ORDER)
NOBODY: Final = prefetch_of(patient(), hypertension())
NOBODY_WITH_ORDER: Final = prefetch_of(patient(), hypertension(), ORDER)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str]]:
    """What was asked for together, by key or by reference."""
    found: list[frozenset[str]] = []
    really = Fetcher._together

    def together(self: Fetcher, asked: Any) -> Any:
        if asked:
            found.append(frozenset(k.value if isinstance(k, Query) else k for k in asked))
        return really(self, asked)

    monkeypatch.setattr(Fetcher, "_together", together)
    return found


def call(server: Ehr, prefetch: Mapping[str, object]) -> int:
    """How many cards there are."""
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": server.base,
        "context": {"userId": "Practitioner/1", "patientId": PATIENT_ID},
        "prefetch": dict(prefetch),
    }
    fetching = Fetching(Servers(LOOPBACK), 30)
    asked = parse(json.dumps(body).encode(), HOOKS)
    made = answer(asked, now=NOON, rule_book_url="http://localhost", fetching=fetching)
    fetching.servers.close()
    return len(made.cards)


ROUNDS: Final[list[tuple[str, Mapping[str, Any], frozenset[str], int, list[frozenset[str]]]]] = [
    ("all sent", OURS, GATE | REST, 1, []),
    ("the gate sent", OURS, GATE, 1, [REST]),
    ("nothing sent", OURS, frozenset(), 1, [GATE, REST]),
    ("drugs by reference", OURS_WITH_ORDER, frozenset(), 1, [GATE, REST | {"Medication/m9"}]),
    ("no melanoma", NOBODY, frozenset(), 0, [GATE]),
    (
        "no melanoma, drugs by reference",
        NOBODY_WITH_ORDER,
        frozenset(),
        0,
        [GATE, frozenset({"Medication/m9"})],
    ),
    (
        "no melanoma, all sent but the drug",
        NOBODY_WITH_ORDER,
        GATE | REST,
        0,
        [frozenset({"Medication/m9"})],
    ),
]


@pytest.mark.parametrize(
    ("held", "sent", "cards", "expected"), [r[1:] for r in ROUNDS], ids=[r[0] for r in ROUNDS]
)
def test_what_can_be_asked_at_once_is(
    held: Mapping[str, Any],
    sent: frozenset[str],
    cards: int,
    expected: list[frozenset[str]],
    rounds: list[frozenset[str]],
) -> None:
    with ehr() as server:
        server.serves(held, PATIENT_ID)
        server.answers["/fhir/Medication/m9"] = DRUG
        assert call(server, {key: held[key] for key in held if key in sent}) == cards
    assert rounds == expected


def test_the_ingredients_of_a_drug_are_read_after_it(rounds: list[frozenset[str]]) -> None:
    with ehr() as server:
        server.serves(OURS_WITH_ORDER, PATIENT_ID)
        server.answers["/fhir/Medication/m9"] = MIXED
        server.answers["/fhir/Medication/m10"] = DRUG | {"id": "m10"}
        assert call(server, {}) == 1
    assert rounds == [GATE, REST | {"Medication/m9"}, frozenset({"Medication/m10"})]
