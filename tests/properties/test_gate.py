"""
A chart without any possible melanoma is answered after Conditions and medicines alone.

Nearly every chart is such a one. What the short way answers is what the whole way would.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from cds_hooks.answer import answer, parse
from cds_hooks.errors import AdvisorError
from cds_hooks.fhir import reader
from cds_hooks.fhir.resources import READ_TYPES
from cds_hooks.protocol.request import HookRequest
from cds_hooks.services import HOOKS
from rules.assess import assess, indicator, is_surely_not_ours
from rules.case import Case
from tests.build import (
    ALDESLEUKIN,
    BRAIN_METASTASIS,
    BREAST_CANCER,
    MELANOMA,
    TODAY,
    Resource,
    aldesleukin_order,
    concept,
    condition,
    hypertension,
    medication_request,
    nothing_against,
    prefetch_of,
    request,
)
from tests.fhir.reading import bundle
from tests.fhir.stories import REQUESTS, name_of
from tests.properties.charts import pool

NOON: Final = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")
GATE: Final = {query.value for query in reader.GATE}


class Noticed(dict[str, Raw]):
    """A prefetch that knows which of its values were read."""

    def __init__(self, values: dict[str, Raw]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Raw:
        self.read.add(key)
        return super().__getitem__(key)


def keys_read(document: bytes) -> tuple[set[str], int]:
    """Which keys of a request were read, and how many cards came of it."""
    asked = parse(document, HOOKS)
    prefetch = Noticed(dict(asked.prefetch))
    noticed = HookRequest(
        asked.hook,
        asked.hook_instance,
        asked.patient_id,
        asked.encounter_id,
        asked.fhir_server,
        prefetch,
    )
    made = answer(noticed, now=NOON, rule_book_url="https://a.example")
    return prefetch.read, len(made.cards)


def of(*resources: Resource, **other: object) -> bytes:
    """A request of a patient with high blood pressure and these; other answers as told."""
    return request({**prefetch_of(hypertension(), *resources), **other})


EVERYTHING: Final = set(prefetch_of())
POSSIBLE: Final = condition(MELANOMA, verificationStatus=concept(text="provisional"))
DRUG: Final = {"resourceType": "Medication", "id": "drug", "code": concept(ALDESLEUKIN)}
POINTING: Final = medication_request(
    medicationCodeableConcept=None, medicationReference={"reference": "Medication/drug"}
)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of(), id="nothing of a cancer"),
        pytest.param(of(condition(BREAST_CANCER)), id="another cancer"),
        pytest.param(of(condition(BREAST_CANCER), condition(BRAIN_METASTASIS)), id="spread of it"),
        pytest.param(of(medication_request(text="aspirin")), id="another medicine"),
        pytest.param(of(aldesleukin_order(status="cancelled")), id="an order that was cancelled"),
        pytest.param(of(labs="junk", imaging=[1, 2], stays={"no": "type"}), id="junk elsewhere"),
    ],
)
def test_without_a_possible_melanoma_only_the_gate_is_read(document: bytes) -> None:
    assert keys_read(document) == (GATE, 0)


@pytest.mark.parametrize(
    ("document", "cards"),
    [
        pytest.param(of(condition(MELANOMA)), 0, id="melanoma, not known to be advanced"),
        pytest.param(of(condition(MELANOMA), condition(BRAIN_METASTASIS)), 1, id="advanced"),
        pytest.param(of(POSSIBLE, condition(BRAIN_METASTASIS)), 1, id="a possible melanoma"),
        pytest.param(
            of(condition(text="metastatic melanoma")), 1, id="a melanoma in words, spread"
        ),
        pytest.param(
            of(condition(MELANOMA, clinicalStatus=concept(text="remission"))), 0, id="in the past"
        ),
        pytest.param(of(aldesleukin_order()), 1, id="an order without a melanoma"),
        pytest.param(of(aldesleukin_order(status="draft")), 1, id="a drafted order"),
        pytest.param(
            of(POINTING, given=bundle(DRUG)), 1, id="an order whose drug came with what was given"
        ),
        pytest.param(of(POINTING, medicines=bundle(POINTING, DRUG)), 1, id="or beside it"),
        pytest.param(request(prefetch_of()), 0, id="no Condition at all may mean never asked"),
    ],
)
def test_what_may_be_ours_is_read_whole(document: bytes, cards: int) -> None:
    assert keys_read(document) == (EVERYTHING, cards)


@pytest.mark.parametrize("key", ["problems", "encounterDx"])
def test_conditions_that_did_not_come_are_never_nothing_to_say(key: str) -> None:
    answers = {**prefetch_of(hypertension())}
    del answers[key]
    with pytest.raises(AdvisorError, match=f"prefetch.{key}"):
        keys_read(request(answers))


def whole(asked: HookRequest) -> int | str:
    """How many cards come of reading everything at once, or the error."""
    try:
        chart = reader.Prefetch(asked.prefetch, asked.patient_id, asked.fhir_server).chart()
    except AdvisorError as error:
        return error.message
    return int(indicator(assess(Case(chart, NOON))) is not None)


def is_short(asked: HookRequest) -> bool:
    """Whether the gate alone answers."""
    try:
        read = reader.Prefetch(asked.prefetch, asked.patient_id, asked.fhir_server)
        return is_surely_not_ours(Case(read.gate_chart(), NOON))
    except AdvisorError:
        return False


@pytest.mark.parametrize("path", REQUESTS, ids=name_of)
def test_the_short_way_answers_the_stories_as_the_whole_way(path: Path) -> None:
    asked = parse(path.read_bytes(), HOOKS)
    assert not is_short(asked) or whole(asked) == 0


# Everything but the Conditions and orders that would open the gate by themselves.
_TYPES: Final = READ_TYPES - {"MedicationStatement"}


@st.composite
def requests(draw: st.DrawFn) -> HookRequest:
    """A chart of whatever the tables hold, some of its queries withheld or broken."""
    others = [one for one in nothing_against() if one["resourceType"] != "Condition"]
    found: Sequence[Resource] = draw(
        st.lists(st.sampled_from([*others, *pool()]), max_size=12, unique_by=lambda one: one["id"])
    )
    prefetch = prefetch_of(hypertension(), *(one for one in found if one["resourceType"] in _TYPES))
    for key in draw(st.sets(st.sampled_from(sorted(EVERYTHING)), max_size=3)):
        match draw(st.integers(0, 2)):
            case 0:
                del prefetch[key]
            case 1:
                prefetch[key] = {"resourceType": "OperationOutcome"}
            case _:
                prefetch[key] = "junk"
    return parse(request(prefetch), HOOKS)


@given(requests())
def test_the_short_way_never_hides_a_card_or_an_error(asked: HookRequest) -> None:
    if is_short(asked):
        assert whole(asked) == 0


def test_the_short_way_is_taken_by_some_and_not_by_others() -> None:
    """Else the property above would hold of nothing."""
    assert is_short(parse(of(), HOOKS))
    assert not is_short(parse(of(condition(MELANOMA)), HOOKS))
