"""
Doubt is never lost: charts on which a careless reading says "fine" (or the opposite).

Each row is a fault that a review once found. Criteria.md, "Which entry counts".
"""

import pytest

from tests.build import (
    ABSENT,
    ALDESLEUKIN,
    BRAIN,
    CREATININE,
    ECOG,
    HL7,
    ICD10CM,
    LUNG,
    M0,
    M1D,
    M_CATEGORY,
    MELANOMA,
    NO_ABNORMALITY,
    OEDEMA,
    PREDNISONE,
    PRESENT,
    RADIOSURGERY,
    SNOMED,
    STABLE,
    STAGE_GROUP,
    STAGE_IV,
    Code,
    Resource,
    advanced_melanoma,
    ago,
    allergy,
    assert_verdict,
    assess,
    brain_metastasis,
    brain_mri,
    chart,
    colonoscopy,
    concept,
    condition,
    disease_status,
    ecog,
    encounter,
    gcs,
    hypertension,
    lab,
    m_category,
    medication_administration,
    medication_request,
    observation,
    patient,
    procedure,
    quantity,
    resource,
    stage,
    states,
    tumour_size,
    withheld,
)

MASS_EFFECT = Code(SNOMED, "49453006", "Cerebral herniation (disorder)")
INCREASED = Code(SNOMED, "15454001", "Increased size (finding)")
ECOG_1 = Code(SNOMED, "422512005", "ECOG Grade 1: Symptomatic but completely ambulatory")
LOCAL_SITE = Code("urn:oid:1.2.3.4", "17", "a place of the hospital's own list")
MASKED: Resource = {"dataAbsentReason": concept(Code(HL7 + "data-absent-reason", "masked"))}
SEEDS = Code(SNOMED, "169361008", "Radioactive seeds into brain")
LESION = (condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))
RADIOTHERAPY = Code(SNOMED, "1287742003", "Radiotherapy (procedure)")

HISTORY = Code(ICD10CM, "Z85.820", "Personal history of malignant melanoma of skin")
REPLACED = (
    condition(Code(ICD10CM, "E27.40", "Unspecified adrenocortical insufficiency")),
    medication_request(text="hydrocortisone 10 mg tablet"),
)


def lesion(*resources: Resource) -> bytes:
    """A brain metastasis since 150 days, hypertension, and a Procedure that is of no matter."""
    return chart(*LESION, hypertension(), colonoscopy(), *resources)


def broken(one: Resource, **fields: object) -> Resource:
    """The resource with fields that no reader can take."""
    return one | fields


STEADY = (
    tumour_size("10 mm", days_ago=60, lesion="BodyStructure/a"),
    tumour_size("10 mm", days_ago=5, lesion="BodyStructure/a"),
)


@pytest.mark.parametrize(
    ("row", "document", "expected"),
    [
        # One finding does not speak for another
        pytest.param(
            "cerebral-oedema-absent",
            lesion(states(MASS_EFFECT, value=ABSENT)),
            "unknown:absent",
            id="no mass effect is not no oedema",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(states(MASS_EFFECT, value=PRESENT, days_ago=9), states(OEDEMA, value=ABSENT)),
            "not-met",
            id="mass effect, and a newer statement of no oedema",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(states(OEDEMA, value=ABSENT), broken(states(OEDEMA, value=PRESENT), issued=5)),
            "unknown:unclassified",
            id="a statement that had to be skipped",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(states(OEDEMA, value=PRESENT, effectiveDateTime="2026-10")),
            "unknown:unreadable",
            id="oedema, some day of the month in which the window begins",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            chart(
                condition(MELANOMA),
                brain_mri(conclusion="negative"),
                states(OEDEMA, value=ABSENT, effectiveDateTime="2026-10"),
            ),
            "met",
            id="no oedema some day of that month: passed over, the scan tells",
        ),
        # Measurements
        pytest.param("brain-mets-not-growing", lesion(*STEADY), "met", id="two sizes, the same"),
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, brain_mri(days_ago=2)),
            "unknown:in-report",
            id="a newer scan in words",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, brain_mri(days_ago=8, conclusion=INCREASED)),
            "unknown:in-report",
            id="a current scan coded larger",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, brain_mri(days_ago=8)),
            "met",
            id="an older scan in words",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(
                brain_mri(days_ago=90),
                disease_status(STABLE, of=LESION[1], days_ago=10),
                brain_mri(days_ago=2),
            ),
            "unknown:in-report",
            id="a scan newer than the status",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, broken(tumour_size("30 mm", days_ago=2), issued=5)),
            "unknown:unclassified",
            id="a newer size that had to be skipped",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, tumour_size("9", days_ago=8, lesion="BodyStructure/b")),
            "unknown:unit-unknown",
            id="another lesion, size without unit, older than the first one's",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(
                *STEADY,
                tumour_size("4 mm", days_ago=250, lesion="BodyStructure/b"),
                tumour_size("5 mm", days_ago=5, lesion="BodyStructure/b"),
            ),
            "unknown:absent",
            id="a lesion last measured too long ago is not new",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(
                *(
                    tumour_size(size, days_ago=days, site=None, lesion="BodyStructure/brain")
                    for size, days in (("8 mm", 60), ("12 mm", 5))
                ),
                resource("BodyStructure", id="brain", patient=None, location=concept(BRAIN))
                | {"patient": {"reference": "Patient/p1"}},
            ),
            "not-met",
            id="the site stands in the BodyStructure",
        ),
        pytest.param(
            "brain-mets-not-growing",
            lesion(
                *(
                    tumour_size(
                        size, days_ago=days, site=LUNG, lesion="Condition/" + LESION[1]["id"]
                    )
                    for size, days in (("8 mm", 60), ("12 mm", 5))
                ),
            ),
            "not-met",
            id="site and focus disagree: the focus is in the brain",
        ),
        pytest.param(
            "brain-mets-not-growing",
            chart(
                condition(MELANOMA, days_ago=700),
                hypertension(),
                brain_metastasis(onsetDateTime=ago(60)[:7]),
                *STEADY,
            ),
            "unknown:unreadable",
            id="a metastasis recorded some day about the earlier scan",
        ),
        # Treatment
        pytest.param(
            "brain-mets-treated",
            lesion(procedure(RADIOSURGERY, at="2026-06")),
            "unknown:unreadable",
            id="treated some day about the first metastasis",
        ),
        pytest.param(
            "brain-mets-treated",
            lesion(procedure(RADIOSURGERY, days_ago=400)),
            "not-met",
            id="treated before the first metastasis only",
        ),
        pytest.param(
            "brain-mets-treated",
            lesion(
                procedure(RADIOSURGERY, days_ago=100),
                brain_metastasis(onsetDateTime=ago(100)[:7]),
            ),
            "unknown:unreadable",
            id="another metastasis some day about the treatment",
        ),
        pytest.param(
            "brain-mets-treated",
            lesion(procedure(RADIOTHERAPY, body_site=LOCAL_SITE)),
            "unknown:unclassified",
            id="radiotherapy at a site nobody knows",
        ),
        # Which scan, which stage
        pytest.param(
            "brain-mets-treated",
            chart(
                condition(MELANOMA),
                hypertension(),
                condition(Code("urn:oid:1.2.3", "9", "Growth"), body_site=BRAIN),
                brain_mri(conclusion="negative"),
            ),
            "unknown:unclassified",
            id="something of the brain, under the hospital's own code",
        ),
        pytest.param(
            "melanoma-advanced",
            chart(condition(MELANOMA), broken(stage(STAGE_IV), issued=5)),
            "unknown:unclassified",
            id="a stage that had to be skipped",
        ),
        # Values
        pytest.param(
            "cns-impairment-absent",
            lesion(gcs(8, days_ago=20)),
            "unknown:stale",
            id="a low Glasgow score, too old",
        ),
        pytest.param(
            "cns-impairment-absent",
            lesion(gcs(15, days_ago=20)),
            "met",
            id="a full Glasgow score, too old, speaks against nobody",
        ),
        pytest.param(
            "performance-status",
            chart(observation(ECOG_1, valueInteger=3)),
            "unknown:conflicting",
            id="a grade as the code, and a number that is another",
        ),
        pytest.param(
            "creatinine-acceptable",
            chart(
                lab(CREATININE, "0.9 mg/dL", days_ago=2),
                observation(CREATININE, days_ago=1, **MASKED),
            ),
            "unknown:unreadable",
            id="the newest value is masked",
        ),
        pytest.param(
            "creatinine-acceptable",
            chart(
                lab(CREATININE, "0.9 mg/dL", days_ago=2),
                broken(
                    observation(
                        Code("http://loinc.org", "24323-8", "CMP"),
                        days_ago=1,
                        component=[{"code": concept(CREATININE), "valueQuantity": {"value": 4}}],
                    ),
                    issued=5,
                ),
            ),
            "unknown:unclassified",
            id="a newer panel with it, that had to be skipped",
        ),
        *(
            pytest.param(
                "brain-mets-not-growing",
                lesion(
                    tumour_size(before, days_ago=60, lesion="BodyStructure/a"),
                    tumour_size(after, days_ago=5, lesion="BodyStructure/a"),
                ),
                expected,
                id=f"{before}, then {after}",
            )
            for before, after, expected in (
                ("8 mm", "<5 mm", "met"),
                ("8 mm", "<=8 mm", "met"),
                ("8 mm", ">9 mm", "not-met"),
                ("8 mm", ">8 mm", "not-met"),
                ("8 mm", "<9 mm", "unknown:unreadable"),
                ("8 mm", ">7 mm", "unknown:unreadable"),
                ("<8 mm", "7 mm", "unknown:unreadable"),
                ("<8 mm", "8 mm", "not-met"),
                (">8 mm", "8 mm", "met"),
            )
        ),
        *(
            pytest.param(
                "performance-status",
                chart(observation(ECOG, valueQuantity=quantity(grade))),
                expected,
                id=f"ECOG {grade}",
            )
            for grade, expected in (
                ("<=1", "met"),
                ("<2", "met"),
                (">=2", "not-met"),
                ("<=2", "unknown:unreadable"),
                ("1.5", "unknown:unreadable"),
                (">4", "unknown:unreadable"),
            )
        ),
        pytest.param(
            "brain-mets-treated",
            chart(
                condition(MELANOMA),
                hypertension(),
                m_category(M1D, days_ago=5),
                m_category(M0, days_ago=5),
                brain_mri(conclusion="negative"),
            ),
            "unknown:conflicting",
            id="M1d and M0 of the same day",
        ),
        pytest.param(
            "brain-mets-treated",
            lesion(procedure(SEEDS) | {"performedDateTime": 5}),
            "unknown:unclassified",
            id="seeds into the brain, skipped",
        ),
        pytest.param(
            "brain-mets-treated",
            chart(
                condition(MELANOMA),
                hypertension(),
                condition(text="Brain metastases", body_site=BRAIN, clinical="resolved"),
                brain_mri(conclusion="negative"),
            ),
            "unknown:unclassified",
            id="brain metastases in words, resolved",
        ),
        # By the letter of the rule book
        pytest.param(
            "brain-mets-not-growing",
            lesion(*STEADY, disease_status(STABLE, of=LESION[1], days_ago=5)),
            "met",
            id="two sizes, and stable without an earlier scan",
        ),
        pytest.param(
            "brain-mets-not-growing",
            chart(
                condition(MELANOMA, days_ago=700),
                hypertension(),
                brain_metastasis(days_ago=120),
                brain_mri(days_ago=100),
                brain_mri(days_ago=160),
            ),
            "unknown:absent",
            id="recorded between two scans that are both too old",
        ),
        pytest.param(
            "brain-negative-scan",
            lesion(tumour_size("5 mm")),
            "unknown:absent",
            id="a size, and no scan",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(brain_mri(conclusion=[OEDEMA, NO_ABNORMALITY])),
            "unknown:conflicting",
            id="oedema and no abnormality in one report",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(
                brain_mri(days_ago=3, conclusion="metastasis"),
                states(OEDEMA, value=ABSENT, days_ago=6),
            ),
            "met",
            id="stated absent, and a newer scan that was read",
        ),
        pytest.param(
            "cerebral-oedema-absent",
            lesion(brain_mri(days_ago=3), states(OEDEMA, value=ABSENT, days_ago=6)),
            "unknown:in-report",
            id="stated absent, and a newer scan that nobody has read",
        ),
        pytest.param(
            "melanoma-advanced",
            chart(condition(HISTORY), condition(Code(ICD10CM, "C77.3"))),
            "unknown:unclassified",
            id="melanoma in the past, and a nodal metastasis",
        ),
        pytest.param(
            "performance-status",
            chart(ecog(1), ecog(1, days_ago=None) | {"valueBoolean": 5}),
            "unknown:unclassified",
            id="a skipped grade without a date",
        ),
        # Allergy, medicines
        *(
            pytest.param("systemic-corticosteroid", document, expected, id=f"replaced, {name}")
            for name, document, expected in (
                ("all came", chart(*REPLACED), "met"),
                ("orders refused", withheld(*REPLACED, refused=["medicines"]), "unknown"),
                ("doses refused", withheld(*REPLACED, refused=["given"]), "unknown"),
                (
                    "and prednisone on hold",
                    chart(*REPLACED, medication_request(PREDNISONE, status="on-hold")),
                    "unknown:unclassified",
                ),
                (
                    "and prednisone",
                    chart(*REPLACED, medication_request(PREDNISONE)),
                    "not-met",
                ),
            )
        ),
        pytest.param(
            "hypersensitivity-absent",
            chart(allergy(ALDESLEUKIN, reaction=[{"severity": "mild"}, {}])),
            "unknown:unclassified",
            id="one reaction mild, one not told",
        ),
        pytest.param(
            "systemic-corticosteroid",
            chart(medication_administration(PREDNISONE, days_ago=200, status="in-progress")),
            "not-met",
            id="an infusion begun long ago, and running",
        ),
    ],
)
def test_what_may_be_is_not_taken_for_what_is_not(row: str, document: bytes, expected: str) -> None:
    assert_verdict(document, row, expected)


HOSPICE = Code(SNOMED, "385763009", "Hospice care (regime/therapy)")
TO_HOSPICE: Resource = {
    "hospitalization": {
        "dischargeDisposition": concept(Code(HL7 + "discharge-disposition", "hosp"))
    }
}


@pytest.mark.parametrize(
    ("resources", "is_ours"),
    [
        pytest.param([condition(text="Metastatic melanoma")], True, id="spread, in words"),
        pytest.param([condition(text="Melanoma of the back")], False, id="melanoma, in words"),
        pytest.param(
            [condition(MELANOMA), observation(STAGE_GROUP, valueString="Stage IV")],
            True,
            id="stage, in words",
        ),
        pytest.param(
            [condition(MELANOMA), stage(Code("urn:oid:1.2", "4", "M1a"), of=M_CATEGORY)],
            True,
            id="M category of the hospital's own list, by its name",
        ),
        pytest.param(
            [condition(MELANOMA, stage=[{"summary": {"text": "IV"}}])], True, id="Condition.stage"
        ),
        pytest.param(
            [condition(MELANOMA, stage=[{"summary": {"text": "II"}}])], False, id="a low one"
        ),
        pytest.param(
            [condition(MELANOMA), observation(STAGE_GROUP, valueQuantity={"value": 4})],
            False,
            id="a number is no stage",
        ),
        pytest.param([condition(MELANOMA), stage(STAGE_IV) | {"issued": 5}], True, id="skipped"),
        pytest.param([*advanced_melanoma()], True, id="advanced melanoma"),
        pytest.param(
            [*advanced_melanoma(), patient(deceasedDateTime="2026-11-01")], False, id="dead"
        ),
        pytest.param(
            [*advanced_melanoma(), patient(deceasedDateTime="2027-11-01")],
            True,
            id="a date of death that is to come",
        ),
        pytest.param(
            [*advanced_melanoma(), patient(deceasedDateTime="?")], True, id="no date of death"
        ),
        pytest.param([*advanced_melanoma(), procedure(HOSPICE)], False, id="hospice"),
        pytest.param(
            [*advanced_melanoma(), procedure(HOSPICE, status="in-progress")], False, id="running"
        ),
        pytest.param(
            [*advanced_melanoma(), procedure(HOSPICE, status="stopped")], True, id="stopped"
        ),
        pytest.param([*advanced_melanoma(), encounter() | TO_HOSPICE], False, id="discharged to"),
        pytest.param(
            [*advanced_melanoma(), encounter(status="planned") | TO_HOSPICE], True, id="planned"
        ),
    ],
)
def test_whether_there_is_a_card_at_all(resources: list[Resource], is_ours: bool) -> None:
    assert (assess(hypertension(), *resources)["status"] != "not-applicable") is is_ours
