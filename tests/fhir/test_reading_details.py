"""Broken resources, medicines, and what else of a chart is read beside the general rules."""

from typing import Any

import pytest

from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import read_document
from rules.chart import (
    Chart,
    Condition,
    Drug,
    Encounter,
    Observation,
)
from tests.build import (
    ALDESLEUKIN,
    COLONOSCOPY,
    CREATININE,
    HL7,
    INTRAVENOUS,
    LOINC,
    MELANOMA,
    MRI_BRAIN,
    ORAL,
    PREDNISONE,
    RADIOSURGERY,
    SNOMED,
    Code,
    Resource,
    allergy,
    chart,
    concept,
    condition,
    encounter,
    lab,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    patient,
    procedure,
    report,
)
from tests.fhir.reading import asked, bundle, codes_of, date_of, read, the

POSITIVE = Code(LOINC, "LA6576-8", "Positive")


DAY, LATER = "2026-11-01", "2026-11-03"

# Broken resources (criteria.md, "Which entry counts", rule 9) -------------------------------------


@pytest.mark.parametrize(
    ("broken", "code", "place"),
    [
        pytest.param(
            condition(MELANOMA, onset=None) | {"onsetDateTime": 5},
            "C43.59",
            ".onsetDateTime",
            id="Condition",
        ),
        pytest.param(condition(MELANOMA, recordedDate=[]), "C43.59", ".recordedDate", id="a list"),
        pytest.param(
            lab(CREATININE, "1 mg/dL", valueBoolean="yes"),
            "2160-0",
            ".valueBoolean",
            id="Observation",
        ),
        pytest.param(
            report(MRI_BRAIN, conclusionCode=[5]), "24590-2", ".conclusionCode[0]", id="report"
        ),
        pytest.param(
            procedure(RADIOSURGERY) | {"status": 7}, "429584001", ".status", id="Procedure"
        ),
        pytest.param(allergy(ALDESLEUKIN, reaction="rash"), "70223", ".reaction", id="allergy"),
        pytest.param(
            medication_request(ALDESLEUKIN, doNotPerform="no"), "70223", ".doNotPerform", id="order"
        ),
        pytest.param(
            medication_statement(ALDESLEUKIN, dosage={}), "70223", ".dosage", id="statement"
        ),
        pytest.param(
            medication_administration(ALDESLEUKIN, dosage=[]), "70223", ".dosage", id="given"
        ),
        pytest.param(condition(code=5), None, ".code", id="no code left"),
        pytest.param(encounter() | {"class": "AMB"}, None, ".class", id="Encounter"),
    ],
)
def test_a_broken_resource_keeps_what_can_be_read_and_names_the_place(
    broken: Resource, code: str | None, place: str
) -> None:
    found = read(broken | {"id": "b1"})
    (skipped,) = found.skipped
    assert skipped.reference == f"{broken['resourceType']}/b1"
    assert skipped.kind.value == broken["resourceType"]
    assert codes_of(skipped) == ([code] if code else [])
    assert skipped.reason.startswith("cannot be read: ")
    assert skipped.reason.endswith(f" at {place}")
    assert not found.entries


@pytest.mark.parametrize(
    ("dated", "expected", "is_bad"),
    [
        ({"effectiveDateTime": DAY, "issued": LATER}, DAY, False),
        ({"issued": LATER}, LATER, False),
        ({"effectiveDateTime": 5, "issued": LATER}, LATER, False),
        ({"effectiveDateTime": "odd"}, None, True),
        ({}, None, False),
    ],
)
def test_a_broken_resource_keeps_its_date(
    dated: Resource, expected: str | None, is_bad: bool
) -> None:
    broken = observation(CREATININE, days_ago=None, valueInteger="x") | dated
    (skipped,) = read(broken).skipped
    assert (date_of(skipped), skipped.is_dated_badly) == (expected, is_bad)


WRITTEN = "Xanthippe-4711"


@pytest.mark.parametrize("field", ["status", "valueQuantity", "effectiveDateTime", "component"])
@pytest.mark.parametrize("value", [[WRITTEN], {WRITTEN: WRITTEN, "value": WRITTEN}, 4711, WRITTEN])
def test_the_reason_never_holds_a_value_of_the_chart(field: str, value: object) -> None:
    found = read(lab(CREATININE, "1 mg/dL") | {field: value})
    for one in found.skipped:
        assert WRITTEN not in one.reason
        assert "4711" not in one.reason


def test_nesting_is_read_past_and_only_without_end_refused() -> None:
    raw = chart(lab(CREATININE, "1 mg/dL", note="deep"))
    for depth in (100, 300):
        nested = raw.replace(b'"deep"', b"[" * depth + b"]" * depth)
        assert len(read_document(nested).entries) == 1
    with pytest.raises(AdvisorError):
        read_document(raw.replace(b'"deep"', b"[" * 5000 + b"]" * 5000))


@pytest.mark.parametrize("kind", ["Binary", "FamilyMemberHistory", "Coverage", "condition", "X"])
def test_a_type_that_the_rules_never_read_is_ignored(kind: str) -> None:
    found = read({"resourceType": kind, "id": "f1", "code": 5, "status": []})
    assert (found.entries, found.skipped, found.of_others) == ((), (), ())


# Medicines ----------------------------------------------------------------------------------------


def _pointing(reference: str | None, **fields: Any) -> Resource:
    pointer = {"reference": reference} if reference else {"display": "aldesleukin 22 MIU"}
    return medication_request(medicationCodeableConcept=None, medicationReference=pointer, **fields)


def _medication(id_: str = "m1", **fields: Any) -> Resource:
    return {"resourceType": "Medication", "id": id_} | fields


_MIXTURE: list[Resource | None] = [
    {"itemCodeableConcept": concept(ALDESLEUKIN)},
    None,
    {"itemReference": {}},
]
_OTHER = _medication("m2", code=concept(PREDNISONE))


@pytest.mark.parametrize(
    ("resources", "codes_", "texts"),
    [
        pytest.param([medication_request(ALDESLEUKIN)], ["70223"], ["aldesleukin"], id="inline"),
        pytest.param([medication_request(text="IL-2")], [], ["IL-2"], id="inline, words only"),
        pytest.param(
            [_pointing("#m1", contained=[_OTHER, _medication(code=concept(ALDESLEUKIN))])],
            ["70223"],
            ["aldesleukin"],
            id="contained",
        ),
        pytest.param(
            [_pointing("#m1", contained=[5, _medication(code=5), _OTHER])],
            [],
            [],
            id="contained, broken",
        ),
        pytest.param([_pointing("#m1")], [], [], id="contained, missing"),
        pytest.param(
            [_pointing("Medication/m1"), _medication(code=concept(ALDESLEUKIN)), _OTHER],
            ["70223"],
            ["aldesleukin"],
            id="in the Bundle",
        ),
        pytest.param(
            [
                _pointing("https://ehr.example/fhir/Medication/m1"),
                _medication(code=concept(ALDESLEUKIN)),
            ],
            ["70223"],
            ["aldesleukin"],
            id="in the Bundle, absolute",
        ),
        pytest.param([_pointing("Medication/m1")], [], [], id="not in the Bundle"),
        pytest.param(
            [_pointing("https://x.example/Medication/m1"), _medication(code=concept(ALDESLEUKIN))],
            [],
            [],
            id="of another server",
        ),
        pytest.param(
            [_pointing("Medication/m1"), _medication(ingredient=_MIXTURE)],
            ["70223"],
            ["aldesleukin"],
            id="ingredient",
        ),
        pytest.param(
            [
                _pointing("Medication/m1"),
                _medication(ingredient=[None, {"itemReference": {"reference": "Medication/m2"}}]),
                _medication(code=concept(ALDESLEUKIN)) | {"id": "m2"},
            ],
            ["70223"],
            ["aldesleukin"],
            id="ingredient that is a medication",
        ),
        pytest.param(
            [
                _pointing("Medication/m1"),
                _medication(
                    code=concept(ALDESLEUKIN),
                    ingredient=[{"itemReference": {"reference": "Medication/m1", "display": "x"}}],
                ),
            ],
            ["70223"] * 4,
            ["aldesleukin", "x"],
            id="ingredient of itself",
        ),
        pytest.param([_pointing(None)], [], ["aldesleukin 22 MIU"], id="display only"),
    ],
)
def test_which_medicine_it_is(
    resources: list[Resource], codes_: list[str], texts: list[str]
) -> None:
    found = the(Drug, read(*resources))
    assert codes_of(found) == codes_
    assert list(found.texts) == texts


def test_a_medication_comes_with_either_query_for_medicines() -> None:
    given = medication_administration(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/m1"}
    )
    found = asked({"given": bundle(given, _medication(code=concept(ALDESLEUKIN)))})
    assert codes_of(the(Drug, found)) == ["70223"]


def _dosage(route: Code | None = None, words: str | None = None, **bounds: str) -> Resource:
    made: Resource = {}
    if route or words:
        made["route"] = concept(*([route] if route else []), text=words)
    if bounds:
        made["timing"] = {"repeat": {"boundsPeriod": bounds}}
    return made


@pytest.mark.parametrize(
    ("resource", "routes"),
    [
        pytest.param(medication_request(PREDNISONE), [], id="no dosage"),
        pytest.param(medication_request(PREDNISONE, route=ORAL), [["26643006"]], id="order"),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(ORAL), {}, None]),
            [["26643006"], []],
            id="one dosage of two tells",
        ),
        pytest.param(
            medication_statement(PREDNISONE, dosage=[_dosage(ORAL)]), [["26643006"]], id="statement"
        ),
        pytest.param(
            medication_administration(PREDNISONE, route=INTRAVENOUS), [["47625008"]], id="given"
        ),
    ],
)
def test_the_route_of_a_medicine(resource: Resource, routes: list[list[str]]) -> None:
    found = the(Drug, resource)
    assert [[c.code for c in route.codings] for route in found.routes] == routes


def test_a_route_in_words_is_kept() -> None:
    found = the(Drug, medication_request(PREDNISONE, dosageInstruction=[_dosage(words="topical")]))
    assert [route.text for route in found.routes] == ["topical"]


@pytest.mark.parametrize(
    ("resource", "until"),
    [
        pytest.param(medication_request(PREDNISONE), None, id="no dosage"),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY)]), DAY, id="bounds"
        ),
        pytest.param(
            medication_request(
                PREDNISONE, dosageInstruction=[_dosage(end=LATER), _dosage(end=DAY)]
            ),
            LATER,
            id="the last of several",
        ),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(ORAL)]),
            None,
            id="one is without bounds",
        ),
        pytest.param(
            medication_request(
                PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(start=DAY)]
            ),
            None,
            id="one is open",
        ),
        pytest.param(
            medication_request(PREDNISONE, dosageInstruction=[_dosage(end=DAY), _dosage(end="?")]),
            None,
            id="one cannot be read",
        ),
        pytest.param(
            medication_statement(PREDNISONE, days_ago=None, effectivePeriod={"end": DAY}),
            DAY,
            id="statement",
        ),
        pytest.param(
            medication_statement(PREDNISONE, days_ago=None, effectivePeriod={"start": DAY}),
            None,
            id="statement, open",
        ),
        pytest.param(medication_administration(PREDNISONE), None, id="given"),
    ],
)
def test_how_long_a_medicine_was_meant_to_be_taken(resource: Resource, until: str | None) -> None:
    found = the(Drug, resource).until
    assert (found.text if found else None) == until


# The rest of the chart ----------------------------------------------------------------------------


def test_a_stay_has_its_class_and_discharge() -> None:
    hospice = Code(HL7 + "discharge-disposition", "hosp", "Hospice")
    sent = encounter(kind="IMP") | {"hospitalization": {"dischargeDisposition": concept(hospice)}}
    found = the(Encounter, sent)
    assert codes_of(found) == ["IMP", "hosp"]
    assert found.encounter_class is not None
    assert found.encounter_class.code == "IMP"
    bare = the(Encounter, encounter() | {"class": None})
    assert bare.encounter_class is None


@pytest.mark.parametrize(
    ("fields", "deceased"),
    [
        ({}, None),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2026"}, None),
    ],
)
def test_whether_the_patient_is_deceased(fields: Resource, deceased: bool | None) -> None:
    assert read(patient(**fields)).patient.deceased is deceased


@pytest.mark.parametrize(("written", "died"), [("2026-03", "2026-03"), ("?", None), ("", None)])
def test_a_date_of_death_counts_only_if_it_can_be_read(written: str, died: str | None) -> None:
    found = read(patient(deceasedDateTime=written)).patient.died
    assert (found.text if found else None) == died


@pytest.mark.parametrize(
    ("birth", "text", "is_bad"),
    [
        ("1970-05-17", "1970-05-17", False),
        ("1970", "1970", False),
        ("?", None, True),
        (None, None, False),
    ],
)
def test_the_date_of_birth(birth: str | None, text: str | None, is_bad: bool) -> None:
    found: Chart = read(patient(birth_date=birth))
    assert (found.patient.birth.text if found.patient.birth else None) == text
    assert found.patient.is_birth_unreadable is is_bad


def test_stage_focus_and_site_of_a_tumour_are_kept() -> None:
    stage = [{"summary": concept(POSITIVE)}, None, {}]
    assert [
        [c.code for c in s.codings] for s in the(Condition, condition(MELANOMA, stage=stage)).stages
    ] == [["LA6576-8"]]
    single = the(Condition, condition(MELANOMA) | {"stage": stage[0]})
    assert len(single.stages) == 1
    found = the(
        Observation,
        observation(
            CREATININE,
            bodySite=concept(POSITIVE),
            focus=[{"reference": "BodyStructure/b1"}, None, {"display": "x"}],
        ),
    )
    assert found.focus == ("BodyStructure/b1",)
    assert [c.code for c in found.body_sites] == ["LA6576-8"]


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("http://hl7.org/fhir/StructureDefinition/condition-related", True),
        ("http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition", True),
        (
            "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-primary-cancer-condition",
            True,
        ),
        ("http://hl7.org/fhir/StructureDefinition/condition-dueTo", False),
        (None, False),
    ],
)
def test_links_to_the_primary_cancer(url: str | None, is_link: bool) -> None:
    link: Resource = {"url": url, "valueReference": {"reference": "Condition/c1"}}
    extension = [None, {"url": url, "valueString": "x"}, link]
    expected = ("Condition/c1",) if is_link else ()
    assert the(Condition, condition(MELANOMA, extension=extension)).related == expected
    assert the(Observation, observation(CREATININE, extension=extension)).focus == expected


# Before R4, and what says nothing -----------------------------------------------------------------


@pytest.mark.parametrize(
    "resource",
    [
        procedure(COLONOSCOPY, notDone=True),
        medication_administration(PREDNISONE, notGiven=True),
    ],
)
def test_what_was_not_done_is_as_if_absent(resource: Resource) -> None:
    assert read(resource).entries == ()


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ({"text": "Unknown"}, None),
        ({"text": "not asked"}, None),
        ({"coding": [{"system": HL7 + "v3-NullFlavor", "code": "UNK", "display": "n/a"}]}, None),
        ({"coding": [{"system": " ", "code": "x"}]}, None),
        ({"text": "Unknown primary"}, ("Unknown primary",)),
        (
            {
                "coding": [{"system": HL7 + "data-absent-reason", "code": "unknown"}],
                "text": "Melanoma",
            },
            ("Melanoma",),
        ),
    ],
)
def test_words_that_only_say_that_something_is_absent(
    code: Resource, texts: tuple[str, ...] | None
) -> None:
    found = read(condition() | {"code": code})
    if texts is None:
        assert [s.reason for s in found.skipped] == ["has no code that can be read"]
    else:
        assert the(Condition, found).texts == texts


def test_the_histology_is_among_the_words_of_a_condition() -> None:
    url = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
    found = condition(
        Code(SNOMED, "363346000", "Malignant neoplastic disease"),
        extension=[{"url": url, "valueCodeableConcept": {"text": "Malignant melanoma"}}],
    )
    assert the(Condition, read(found)).texts[-1] == "Malignant melanoma"


def test_a_skipped_panel_is_also_what_its_components_are() -> None:
    panel = observation(
        Code(LOINC, "24323-8", "panel"),
        component=[{"code": concept(CREATININE)}, None],
    )
    skipped = read(
        panel | {"modifierExtension": [{"url": "urn:x"}]}, panel | {"id": "b", "issued": 5}
    )
    assert [codes_of(one) for one in skipped.skipped] == [["24323-8", "2160-0"]] * 2
