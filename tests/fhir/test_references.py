"""Who a resource is about and what it points to (fhir-notes.md, reading rule 13)."""

import json
from collections.abc import Mapping

import pytest

from cds_hooks.evaluate import read_document
from cds_hooks.fhir.references import References, Subject, base_of
from cds_hooks.fhir.resources import Reference
from rules.chart import Chart, Condition, Drug
from tests.build import (
    ALDESLEUKIN,
    HYPERTENSION,
    PATIENT_ID,
    Resource,
    concept,
    condition,
    medication_request,
    patient,
)

BASE = "https://ehr.example/fhir"
URN = "urn:uuid:0f5a1d1e-7c1b-4a7e-9a39-6d3b6a3a0001"

OURS, ANOTHER, NOT_TOLD = Subject.OURS, Subject.ANOTHER, Subject.NOT_TOLD


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        pytest.param("Patient/p1", OURS, id="relative"),
        pytest.param(f"{BASE}/Patient/p1", OURS, id="absolute, same base"),
        pytest.param(f"{BASE}//Patient/p1", OURS, id="absolute, a slash too many"),
        pytest.param("http://ehr.example/fhir/Patient/p1", OURS, id="http for https"),
        pytest.param("https://EHR.example/fhir/Patient/p1", OURS, id="host in capitals"),
        pytest.param("Patient/p1/_history/3", OURS, id="one version, relative"),
        pytest.param(f"{BASE}/Patient/p1/_history/3", OURS, id="one version, absolute"),
        pytest.param(URN, OURS, id="full URL of our Patient"),
        pytest.param("Patient/p2", ANOTHER, id="another id"),
        pytest.param("Patient/P1", ANOTHER, id="an id is told by its case"),
        pytest.param("Patient/p1x", ANOTHER, id="longer"),
        pytest.param("https://other.example/fhir/Patient/p1", ANOTHER, id="same id, other server"),
        pytest.param("https://ehr.example/r4/Patient/p1", ANOTHER, id="same id, other base"),
        pytest.param("urn:uuid:0f5a1d1e-7c1b-4a7e-9a39-6d3b6a3a0009", NOT_TOLD, id="unknown urn"),
        pytest.param("Group/p1", ANOTHER, id="a group of that id"),
        pytest.param("Patient?identifier=x|1", NOT_TOLD, id="conditional"),
        pytest.param(f"{BASE}/Patient?identifier=x|1", NOT_TOLD, id="conditional, absolute"),
        pytest.param("Patient/", NOT_TOLD, id="no id"),
        pytest.param("p1", NOT_TOLD, id="no type"),
        pytest.param("#p1", NOT_TOLD, id="contained"),
        pytest.param("", NOT_TOLD, id="empty"),
        pytest.param(None, NOT_TOLD, id="display only"),
    ],
)
def test_rule_13_whose_a_resource_is(pointer: str | None, expected: Subject) -> None:
    references = References("p1", BASE, {URN: "Patient/p1"})
    assert references.subject(Reference(reference=pointer, display="Jo Example")) is expected
    assert references.subject(None) is NOT_TOLD


@pytest.mark.parametrize("address", ["Patient/p1", f"{BASE}/Patient/p1"])
def test_rule_13_a_full_url_that_is_our_patients_address_makes_nothing_anothers(
    address: str,
) -> None:
    """An entry with the address of another resource contradicts itself: it loses no melanoma."""
    references = References("p1", BASE, {address: "Observation/o1"})
    assert references.subject(Reference(reference=address)) is NOT_TOLD


def test_rule_13_a_trailing_slash_of_the_base_makes_no_difference() -> None:
    references = References("p1", BASE + "/")
    assert references.subject(Reference(f"{BASE}/Patient/p1")) is OURS


def test_rule_13_without_a_known_server_an_absolute_reference_counts_by_type_and_id() -> None:
    references = References("p1")
    assert references.subject(Reference("https://any.example/Patient/p1")) is OURS
    assert references.subject(Reference("https://any.example/Patient/p2")) is ANOTHER


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("Condition/c1", "Condition/c1"),
        (f"{BASE}/Condition/c1", "Condition/c1"),
        ("Condition/c1/_history/1", "Condition/c1"),
        (URN, "entry[3]"),
        ("https://other.example/Condition/c1", None),
        ("#c1", None),
        ("", None),
        (None, None),
        ("Condition?code=1", None),
        ("nothing", None),
        ("Condition/" + "x" * 65, None),
    ],
)
def test_rule_13_what_a_reference_points_to(pointer: str | None, expected: str | None) -> None:
    assert References("p1", BASE, {URN: "entry[3]"}).local(pointer) == expected


@pytest.mark.parametrize(
    ("full_url", "expected"),
    [
        (f"{BASE}/Patient/p1", BASE),
        (URN, None),
        (None, None),
        (f"{BASE}/Patient/p2", None),
        ("Patient/p1", None),
        ("/Patient/p1", None),
    ],
)
def test_the_base_of_a_full_url(full_url: str | None, expected: str | None) -> None:
    assert base_of(full_url, "Patient/p1") == expected


# In a document ------------------------------------------------------------------------------------


def _file(*entries: tuple[str | None, Mapping[str, object]]) -> Chart:
    """A Bundle of (fullUrl, resource); its only Patient is ours."""
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": url, "resource": one} if url else {"resource": one} for url, one in entries
        ],
    }
    return read_document(json.dumps(whole).encode())


def _about(pointer: str | None) -> Resource:
    subject = {"reference": pointer} if pointer else {"display": "Jo Example"}
    return condition(HYPERTENSION, subject=subject)


@pytest.mark.parametrize(
    ("patient_url", "pointer", "is_read"),
    [
        pytest.param(f"{BASE}/Patient/p1", "Patient/p1", True, id="relative"),
        pytest.param(f"{BASE}/Patient/p1", f"{BASE}/Patient/p1", True, id="same base"),
        pytest.param(f"{BASE}/Patient/p1", "https://x.example/Patient/p1", False, id="other base"),
        pytest.param(URN, URN, True, id="urn of the Patient's entry"),
        pytest.param(URN, "Patient/p1", True, id="by id, though the entry has a urn"),
        pytest.param(None, "Patient/p1", True, id="no full URL at all"),
        pytest.param(None, "Patient/p2", False, id="another patient"),
    ],
)
def test_rule_13_a_file_holds_what_is_of_its_patient(
    patient_url: str | None, pointer: str, is_read: bool
) -> None:
    found = _file((patient_url, patient()), (None, _about(pointer)))
    assert len(found.entries) == is_read
    assert len(found.of_others) == (not is_read)
    assert not found.skipped


def test_rule_13_a_patient_without_an_id_is_found_by_its_full_url() -> None:
    person = patient(id=None)
    found = _file((URN, person), (None, _about(URN)), (None, _about("Patient/p1")))
    assert len(found.entries) == 1
    assert [reason for _, reason in found.of_others] == ["is of another patient"]
    assert found.patient.reference == "entry[0]"


def test_rule_13_a_resource_that_names_nobody_is_set_aside_and_keeps_its_code() -> None:
    found = _file((None, patient()), (None, _about(None)))
    (skipped,) = found.skipped
    assert skipped.reason == "names no patient"
    assert [c.code for c in skipped.codings] == ["I10"]
    assert not found.entries


def test_rule_13_another_patient_and_what_is_theirs_are_reported_by_place_not_by_content() -> None:
    theirs = condition(HYPERTENSION, id="theirs", subject={"reference": "Patient/p2"})
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (patient(), patient(id="p2"), theirs)],
    }
    found = read_document(json.dumps(whole).encode(), PATIENT_ID)
    assert found.of_others == (
        ("Patient/p2", "is another patient"),
        ("Condition/theirs", "is of another patient"),
    )
    assert not found.entries


def test_rule_13_a_link_between_conditions_works_by_urn_and_by_id() -> None:
    melanoma = condition(HYPERTENSION, id="m1")
    by_urn, by_id = (
        condition(
            HYPERTENSION,
            extension=[
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/condition-related",
                    "valueReference": {"reference": pointer},
                }
            ],
        )
        for pointer in (URN, "Condition/m1")
    )
    found = _file((None, patient()), (URN, melanoma), (None, by_urn), (None, by_id))
    links = [one.related for one in found.entries if isinstance(one, Condition)]
    assert links == [(), ("Condition/m1",), ("Condition/m1",)]


def test_rule_13_a_medication_is_found_by_urn() -> None:
    medication = {"resourceType": "Medication", "id": "m1", "code": concept(ALDESLEUKIN)}
    order = medication_request(
        medicationCodeableConcept=None, medicationReference={"reference": URN}
    )
    found = _file((None, patient()), (URN, medication), (None, order))
    (drug,) = (one for one in found.entries if isinstance(one, Drug))
    assert [c.code for c in drug.codings] == ["70223"]
