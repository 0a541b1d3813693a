"""Which drafts are for aldesleukin, and that they are judged as the orders that they will be."""

import json
from typing import Any, Final

import pytest

from cds_hooks.errors import BadRequest, GateNotKnown
from cds_hooks.fhir.allowed import LOOPBACK
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.servers import Servers
from tests.build import (
    ALDESLEUKIN,
    PATIENT_ID,
    Resource,
    advanced_melanoma,
    concept,
    medication_request,
    nothing_against,
    patient,
    prefetch_of,
    service_request,
)
from tests.fetching.ehr import ehr
from tests.orders.calls import DRAFT, FINE, body, outcome, sent

MEDICATION: Final = {"resourceType": "Medication", "id": "m1", "code": concept(ALDESLEUKIN)}
SALINE: Final = {"resourceType": "Medication", "id": "m1", "code": {"text": "sodium chloride"}}


def drafted(**changes: Any) -> Resource:
    """The draft with other elements; None leaves one out."""
    return {key: value for key, value in {**DRAFT, **changes}.items() if value is not None}


def by(reference: str, **more: Any) -> Resource:
    pointer = {"reference": reference, **more}
    return drafted(medicationCodeableConcept=None, medicationReference=pointer)


# what is drafted → whether it is ours
DRUGS: Final[list[tuple[str, list[Resource], bool]]] = [
    ("by code", [DRAFT], True),
    ("by name alone", [drafted(medicationCodeableConcept={"text": "Proleukin 22 MIU"})], True),
    ("contained", [by("#m1") | {"contained": [MEDICATION]}], True),
    ("in the Bundle", [by("Medication/m1"), MEDICATION], True),
    ("a display alone", [by("Medication/elsewhere", display="aldesleukin injection")], True),
    ("R5, a concept", [drafted(medicationCodeableConcept=None,
                               medication={"concept": concept(ALDESLEUKIN)})], True),
    ("without a status", [drafted(status=None)], True),
    ("without an intent", [drafted(intent=None)], True),
    ("without an id", [drafted(id=None)], True),
    ("without a subject", [drafted(subject=None)], True),
    ("without a dose", [drafted(dosageInstruction=None)], True),
    ("signed again", [drafted(status="active")], True),
    ("a category as an object", [drafted(category={"text": "Inpatient"})], True),
    ("a dose that is no dose", [drafted(dosageInstruction="14 doses")], True),
    ("after another order", [service_request(text="MRI brain"), DRAFT], True),
    ("another drug", [drafted(medicationCodeableConcept={"text": "ondansetron"})], False),
    ("a reference that leads nowhere", [by("Medication/elsewhere")], False),
    ("another drug in the Bundle", [by("Medication/m1"), SALINE], False),
    ("no drug yet", [drafted(medicationCodeableConcept=None)], False),
    ("an order of another kind", [service_request(text="MRI brain")], False),
    ("a type that no rule reads", [{"resourceType": "NutritionOrder", "id": "n"}], False),
    ("entered in error", [drafted(status="entered-in-error")], False),
    ("not to be given", [drafted(doNotPerform=True)], False),
    ("nothing", [], False),
]  # fmt: skip


@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
@pytest.mark.parametrize(("drafts", "is_ours"), [r[1:] for r in DRUGS], ids=[r[0] for r in DRUGS])
def test_a_card_comes_only_where_aldesleukin_is_drafted(
    drafts: list[Resource], is_ours: bool, hook: str
) -> None:
    found = sent(body(*drafts, hook=hook))
    assert len(found.cards) == is_ours


def test_without_such_a_draft_the_chart_is_not_read() -> None:
    broken = FINE | {"patient": {"resourceType": "Patient", "id": 7}, "labs": "no Bundle"}
    assert sent(body(service_request(text="MRI brain"), prefetch=broken)).cards == []
    assert sent(body(service_request(text="MRI brain"), prefetch={})).cards == []


def test_the_draft_is_the_order_of_the_order_rows() -> None:
    found = sent(body(DRAFT))
    assert outcome(found, "dose-schedule") == "MET"
    assert outcome(found, "weight-current") == "MET"


def test_an_order_that_is_changed_outranks_what_the_chart_has_of_it() -> None:
    ten_fold: Resource = json.loads(json.dumps(DRAFT).replace("600000", "6000000"))
    old = DRAFT | {"status": "active"}
    whole = prefetch_of(*nothing_against(), old)
    assert outcome(sent(body(ten_fold, prefetch=whole)), "dose-schedule") == "NOT_MET"
    mended = prefetch_of(*nothing_against(), ten_fold | {"status": "active"})
    assert outcome(sent(body(DRAFT, prefetch=mended)), "dose-schedule") == "MET"


def test_a_draft_of_another_patient_is_refused() -> None:
    other = drafted(subject={"reference": "Patient/somebody-else"})
    with pytest.raises(BadRequest, match=r"context\.draftOrders\.entry\[1\]\.resource\.subject"):
        sent(body(DRAFT, other))


def test_what_else_is_drafted_for_another_patient_is_passed_over() -> None:
    prednisone = medication_request(text="prednisone 20 mg oral tablet", status="draft")
    theirs = prednisone | {"subject": {"reference": "Patient/somebody-else"}}
    assert sent(body(theirs)).cards == []
    assert sent(body(DRAFT, theirs)).cards[0]["summary"] == sent(body(DRAFT)).cards[0]["summary"]
    beside = sent(body(DRAFT, prednisone)).cards[0]
    assert beside["summary"] != sent(body(DRAFT)).cards[0]["summary"]  # it makes a difference


def test_incomplete_drafts_are_no_breach_of_fhir_that_is_told() -> None:
    found = sent(body(drafted(intent=None, subject=None, category={"text": "Inpatient"})))
    assert found.assessment is not None
    assert found.assessment.case.chart.not_valid is None


def test_without_the_patient_it_is_412_and_without_conditions_a_card() -> None:
    with pytest.raises(GateNotKnown):
        sent(body(DRAFT, prefetch={}))
    lone = sent(body(DRAFT, prefetch={"patient": patient()}))
    assert len(lone.cards) == 1
    assert outcome(lone, "melanoma-advanced") == "UNKNOWN"


# what was chosen → whether there is a card; an MRI is drafted beside
MRI: Final = service_request(text="MRI brain") | {"id": "mri"}
CHOSEN: Final[list[tuple[str, list[str], bool]]] = [
    ("ours", ["MedicationRequest/il2"], True),
    ("ours, by a bare id", ["il2"], True),
    ("ours, by its address", ["https://ehr.example/fhir/MedicationRequest/il2"], True),
    ("ours, by its full URL", ["urn:uuid:1"], True),
    ("ours among others", ["ServiceRequest/mri", "MedicationRequest/il2"], True),
    ("another", ["ServiceRequest/mri"], False),
    ("nothing", [], True),
    ("nothing that is there", ["MedicationRequest/gone"], True),
]


@pytest.mark.parametrize(("chosen", "speaks"), [r[1:] for r in CHOSEN], ids=[r[0] for r in CHOSEN])
def test_order_select_judges_what_was_chosen(chosen: list[str], speaks: bool) -> None:
    urls = {"il2": "urn:uuid:1"}
    call = body(DRAFT, MRI, hook="order-select", full_urls=urls, selections=chosen)
    assert len(sent(call).cards) == speaks
    # what is signed is not chosen
    assert len(sent(body(DRAFT, MRI, full_urls=urls, selections=chosen)).cards) == 1


def test_a_draft_without_an_id_cannot_be_told_from_what_was_chosen() -> None:
    call = body(drafted(id=None), MRI, hook="order-select", selections=["ServiceRequest/mri"])
    assert len(sent(call).cards) == 1


@pytest.mark.parametrize("held", [MEDICATION, SALINE], ids=["aldesleukin", "another drug"])
def test_a_drug_that_a_draft_points_to_is_read_from_the_server(held: Resource) -> None:
    fetching = Fetching(Servers(LOOPBACK), 10)
    with ehr() as server:
        server.answers["/fhir/Medication/m1"] = held
        found = sent(body(by("Medication/m1")) | {"fhirServer": server.base}, fetching=fetching)
        asked = [path for path, _ in server.asked]
    fetching.servers.close()
    assert len(found.cards) == (held is MEDICATION)
    assert asked[0] == "/fhir/Medication/m1"


def test_a_drug_that_a_draft_points_to_is_found_in_the_prefetch() -> None:
    whole = prefetch_of(*nothing_against(), MEDICATION)
    assert len(sent(body(by("Medication/m1"), prefetch=whole)).cards) == 1


def test_with_the_patient_alone_the_rest_is_read_from_the_server() -> None:
    fetching = Fetching(Servers(LOOPBACK), 10)
    with ehr() as server:
        server.serves(FINE, PATIENT_ID)
        gate = {"patient": FINE["patient"]}
        found = sent(body(DRAFT, prefetch=gate) | {"fhirServer": server.base}, fetching=fetching)
        other = body(MRI, prefetch=gate) | {"fhirServer": server.base}
        before = len(server.asked)
        assert sent(other, fetching=fetching).cards == []
        assert len(server.asked) == before
    fetching.servers.close()
    expected = sent(body(DRAFT))
    assert found.assessment is not None
    assert expected.assessment is not None
    assert found.assessment.status is expected.assessment.status
    assert found.cards[0]["summary"] == expected.cards[0]["summary"]


def test_an_order_for_a_patient_without_melanoma_gets_a_card() -> None:
    lone = prefetch_of(patient(), *advanced_melanoma())
    assert len(sent(body(DRAFT, prefetch=lone)).cards) == 1
    nobody = prefetch_of(patient())
    assert len(sent(body(DRAFT, prefetch=nobody)).cards) == 1
