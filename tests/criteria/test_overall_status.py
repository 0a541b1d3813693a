"""
The overall result: the first status that fits, from the top. Criteria.md, "Overall result".

The rows start from a chart with nothing against, and change one thing.
"""

import pytest

from tests.build import (
    ALDESLEUKIN,
    HYPERTENSION,
    ICD10CM,
    KIDNEY_CANCER,
    LEPTOMENINGEAL,
    LUNG_METASTASIS,
    MELANOMA,
    OEDEMA,
    PREDNISONE,
    RADIOSURGERY,
    REFUSED,
    SNOMED,
    STAGE_IV,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    allergy,
    brain_metastasis,
    brain_mri,
    chart,
    concept,
    condition,
    ecog,
    encounter,
    evaluate,
    finding,
    gcs,
    hypertension,
    lab,
    lvef,
    medication_request,
    nothing_against,
    patient,
    prefetch_of,
    procedure,
    request,
    stage,
    states,
    tumour_size,
    visit_diagnosis,
    withheld,
)

IN_SITU = Code(ICD10CM, "D03.59", "Melanoma in situ of other part of trunk")
HISTORY = Code(ICD10CM, "Z85.820", "Personal history of malignant melanoma of skin")
KIDNEY_TRANSPLANT = Code(ICD10CM, "Z94.0", "Kidney transplant status")
HOSPICE = Code(SNOMED, "170935008", "Full care by hospice (finding)")
HOSPICE_ADMISSION = Code(SNOMED, "305336008", "Admission to hospice (procedure)")
ALCOHOL = Code(ICD10CM, "F10.20", "Alcohol dependence, uncomplicated")
CREATININE = Code("http://loinc.org", "2160-0", "Creatinine in Serum or Plasma")
PLATELETS = Code("http://loinc.org", "777-3", "Platelets in Blood by Automated count")

TRANSPLANT = condition(KIDNEY_TRANSPLANT)
ORDER = aldesleukin_order(category="inpatient")


def good(**changes: Resource | tuple[Resource, ...] | None) -> bytes:
    return chart(*nothing_against(**changes))


EXPIRED: Resource = {
    "hospitalization": {
        "dischargeDisposition": concept(
            Code("http://terminology.hl7.org/CodeSystem/discharge-disposition", "exp", "Expired")
        )
    }
}

STABLE_BRAIN_LESION = {
    "scan": None,
    "lesion": brain_metastasis(days_ago=150),
    "scans": (brain_mri(days_ago=63), brain_mri(days_ago=3)),
    "sizes": (tumour_size("8 mm", days_ago=63), tumour_size("8 mm", days_ago=3)),
    "no_oedema": states(OEDEMA, value=False),
    "no_spread": states(LEPTOMENINGEAL, value=False),
    "treatment": procedure(RADIOSURGERY, days_ago=100),
}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        # Not a patient of these rules
        pytest.param(chart(hypertension()), "not-applicable", id="no melanoma"),
        pytest.param(chart(), "not-applicable", id="no Condition at all, no order"),
        pytest.param(chart(condition(IN_SITU)), "not-applicable", id="melanoma in situ"),
        pytest.param(chart(condition(HISTORY)), "not-applicable", id="history alone"),
        pytest.param(
            chart(condition(MELANOMA, clinical="remission")), "not-applicable", id="in remission"
        ),
        pytest.param(
            chart(condition(MELANOMA)),
            "not-applicable",
            id="a primary melanoma, and nothing that points to advanced disease",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), hypertension()),
            "not-applicable",
            id="kidney cancer, no order",
        ),
        pytest.param(
            good(melanoma=None, metastasis=None), "not-applicable", id="only the melanoma gone"
        ),
        pytest.param(
            chart(condition(HYPERTENSION, modifierExtension=UNKNOWN_MODIFIER)),
            "not-applicable",
            id="no melanoma, and a diagnosis of something else that cannot be read",
        ),
        pytest.param(
            chart(hypertension(), condition(modifierExtension=UNKNOWN_MODIFIER)),
            "cannot-assess",
            id="no melanoma, and a diagnosis that does not say of what",
        ),
        pytest.param(good(hospice=condition(HOSPICE)), "not-applicable", id="in hospice"),
        pytest.param(
            good(hospice=procedure(HOSPICE_ADMISSION, days_ago=10)),
            "not-applicable",
            id="admitted to hospice",
        ),
        pytest.param(
            good(person=patient(deceasedBoolean=True)), "not-applicable", id="the patient died"
        ),
        pytest.param(
            good(person=patient(deceasedDateTime=ago(3))), "not-applicable", id="died, with a date"
        ),
        pytest.param(
            good(person=patient(deceasedBoolean=True), order=ORDER),
            "not-applicable",
            id="died, whatever is ordered",
        ),
        pytest.param(
            good(person=patient(deceasedBoolean=False)), "no-exclusion-found", id="said to be alive"
        ),
        pytest.param(good(last=encounter(**EXPIRED)), "not-applicable", id="discharged: expired"),
        pytest.param(
            good(last=encounter(**EXPIRED, days_ago=0)), "not-applicable", id="expired today"
        ),
        pytest.param(
            good(last=encounter(**EXPIRED, period=None)),
            "not-applicable",
            id="expired, of a visit without a day",
        ),
        pytest.param(
            good(last=encounter(**EXPIRED, status="planned")),
            "no-exclusion-found",
            id="expired, of a visit that is planned",
        ),
        pytest.param(
            good(last=encounter(**EXPIRED, days_ago=-1)),
            "no-exclusion-found",
            id="expired, of a visit to come",
        ),
        pytest.param(
            good(person=patient(deceasedBoolean=False), last=encounter(**EXPIRED)),
            "no-exclusion-found",
            id="expired, of a patient who is said to be alive",
        ),
        # This comes before all that speaks against
        pytest.param(
            chart(hypertension(), TRANSPLANT), "not-applicable", id="no melanoma, a transplant"
        ),
        pytest.param(
            good(hospice=condition(HOSPICE), transplant=TRANSPLANT),
            "not-applicable",
            id="in hospice, a transplant",
        ),
        # Contraindications
        pytest.param(good(transplant=TRANSPLANT), "contraindication-found", id="a transplant"),
        pytest.param(
            good(lvef=lvef("40 %")), "contraindication-found", id="ejection fraction 40 %"
        ),
        pytest.param(good(gcs=gcs(13)), "contraindication-found", id="Glasgow 13"),
        pytest.param(
            good(allergy=allergy(ALDESLEUKIN, criticality="high")),
            "contraindication-found",
            id="allergy to aldesleukin",
        ),
        pytest.param(
            good(transplant=TRANSPLANT, ecog=ecog(3)),
            "contraindication-found",
            id="a contraindication goes before a requirement not met",
        ),
        pytest.param(
            chart(condition(MELANOMA), condition(LUNG_METASTASIS), TRANSPLANT),
            "contraindication-found",
            id="a contraindication goes before all that is unknown",
        ),
        pytest.param(
            chart(condition(HISTORY), condition(LUNG_METASTASIS), TRANSPLANT),
            "contraindication-found",
            id="though it is unclear whether the melanoma is active",
        ),
        # The label's other indication
        pytest.param(
            chart(condition(KIDNEY_CANCER), ORDER), "out-of-scope", id="kidney cancer and an order"
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), TRANSPLANT, ORDER),
            "contraindication-found",
            id="a contraindication goes before that",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), condition(MELANOMA), ORDER),
            "cannot-assess",
            id="kidney cancer and a possible melanoma",
        ),
        pytest.param(
            withheld(condition(KIDNEY_CANCER), ORDER, refused=["encounterDx"]),
            "cannot-assess",
            id="kidney cancer, and diagnoses not shared that may name a melanoma",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), condition(modifierExtension=UNKNOWN_MODIFIER), ORDER),
            "cannot-assess",
            id="kidney cancer, and a diagnosis that cannot be read",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), condition(HISTORY), condition(LUNG_METASTASIS), ORDER),
            "cannot-assess",
            id="kidney cancer, and a history of melanoma beside an active metastasis",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), condition(HISTORY), ORDER),
            "out-of-scope",
            id="kidney cancer, and a history of melanoma without a metastasis",
        ),
        # Requirements
        pytest.param(good(ecog=ecog(2)), "requirement-not-met", id="ECOG 2"),
        pytest.param(
            good(creatinine=lab(CREATININE, "1.6 mg/dL")),
            "requirement-not-met",
            id="creatinine 1.6",
        ),
        pytest.param(
            good(platelets=lab(PLATELETS, "90 10*9/L")), "requirement-not-met", id="platelets 90"
        ),
        pytest.param(
            good(person=patient(birth_date="2010-01-01")), "requirement-not-met", id="16 years old"
        ),
        pytest.param(
            good(melanoma=None, metastasis=None, order=ORDER),
            "requirement-not-met",
            id="an order, and no melanoma on record",
        ),
        pytest.param(
            good(order=aldesleukin_order(category="outpatient")),
            "requirement-not-met",
            id="ordered for an outpatient",
        ),
        pytest.param(good(oedema=condition(OEDEMA)), "requirement-not-met", id="cerebral oedema"),
        pytest.param(
            good(ecog=ecog(2), platelets=None),
            "requirement-not-met",
            id="a requirement not met goes before one unknown",
        ),
        pytest.param(
            good(ecog=ecog(2), alcohol=condition(ALCOHOL)),
            "requirement-not-met",
            id="and before a caution",
        ),
        # Unknown
        pytest.param(good(ecog=None), "cannot-assess", id="no ECOG"),
        pytest.param(good(ecog=ecog(1, days_ago=60)), "cannot-assess", id="ECOG too old"),
        pytest.param(good(lvef=None), "cannot-assess", id="no ejection fraction"),
        pytest.param(good(scan=None), "cannot-assess", id="no brain scan"),
        pytest.param(good(allergy=None), "cannot-assess", id="allergies never asked"),
        pytest.param(
            good(cornea=condition(text="Corneal transplant")),
            "cannot-assess",
            id="what transplant?",
        ),
        pytest.param(
            good(ecog=None, alcohol=condition(ALCOHOL)),
            "cannot-assess",
            id="a requirement unknown goes before a caution",
        ),
        pytest.param(
            chart(condition(MELANOMA), condition(LUNG_METASTASIS)),
            "cannot-assess",
            id="advanced melanoma, nothing else known",
        ),
        pytest.param(
            good(melanoma=condition(HISTORY)),
            "cannot-assess",
            id="history beside an active metastasis always gives a card",
        ),
        pytest.param(
            good(melanoma=condition(text="Melanoma")),
            "cannot-assess",
            id="melanoma as text beside an active metastasis always gives a card",
        ),
        pytest.param(chart(ORDER), "cannot-assess", id="an order, and no Condition at all"),
        # Cautions
        pytest.param(good(alcohol=condition(ALCOHOL)), "cautions-found", id="alcohol"),
        pytest.param(
            good(steroid=medication_request(PREDNISONE)), "cautions-found", id="prednisone"
        ),
        pytest.param(
            good(**STABLE_BRAIN_LESION),
            "cautions-found",
            id="a stable, treated brain lesion: label against study",
        ),
        pytest.param(
            good(**(STABLE_BRAIN_LESION | {"treatment": None})),
            "cautions-found",
            id="a stable brain lesion that was not treated",
        ),
        # Nothing against
        pytest.param(good(), "no-exclusion-found", id="nothing against"),
        pytest.param(
            good(checkpoint=None), "no-exclusion-found", id="no checkpoint therapy never blocks"
        ),
        pytest.param(
            good(person=patient(birth_date="1938-01-01")), "no-exclusion-found", id="88 years old"
        ),
        pytest.param(
            good(metastasis=None, stage=stage(STAGE_IV)), "no-exclusion-found", id="by its stage"
        ),
        pytest.param(
            good(visit=visit_diagnosis(HYPERTENSION)),
            "no-exclusion-found",
            id="diagnoses of visits",
        ),
    ],
)
def test_status(document: bytes, status: str) -> None:
    assert evaluate(document)["status"] == status


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(good(hospice=condition(HOSPICE), order=ORDER), id="in hospice, yet ordered"),
        pytest.param(good(melanoma=None, metastasis=None, order=ORDER), id="no melanoma, ordered"),
        pytest.param(chart(condition(IN_SITU), ORDER), id="in situ, ordered"),
    ],
)
def test_an_order_is_always_judged(document: bytes) -> None:
    assert evaluate(document)["status"] != "not-applicable"


MELANOMA_AND_METASTASIS = (condition(MELANOMA), condition(LUNG_METASTASIS))


@pytest.mark.parametrize(
    ("document", "status"),
    [
        pytest.param(
            withheld(refused=["problems", "encounterDx"]), "cannot-assess", id="all refused"
        ),
        pytest.param(
            withheld(missing=["problems", "encounterDx"]), "cannot-assess", id="none came"
        ),
        pytest.param(
            withheld(missing=["problems"], refused=["encounterDx"]),
            "cannot-assess",
            id="one did not come, one refused",
        ),
        pytest.param(
            request({"patient": patient()}), "cannot-assess", id="nothing came but the patient"
        ),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "cannot-assess",
            id="no melanoma in what came: it may stand in what did not",
        ),
        pytest.param(
            withheld(*MELANOMA_AND_METASTASIS, missing=["encounterDx"]),
            "cannot-assess",
            id="melanoma in what came",
        ),
        pytest.param(
            withheld(condition(MELANOMA), missing=["stage"]),
            "cannot-assess",
            id="melanoma, and its stage did not come",
        ),
        pytest.param(withheld(hypertension()), "not-applicable", id="all came, no melanoma"),
        pytest.param(withheld(), "not-applicable", id="all came, all empty"),
        pytest.param(withheld(ORDER), "cannot-assess", id="all empty but for an order"),
        pytest.param(
            withheld(*nothing_against()), "no-exclusion-found", id="all came, nothing against"
        ),
        pytest.param(
            withheld(*nothing_against(), missing=["labs"]), "cannot-assess", id="labs withheld"
        ),
        pytest.param(
            withheld(*nothing_against(transplant=TRANSPLANT), missing=["labs", "allergies"]),
            "contraindication-found",
            id="labs and allergies withheld, a transplant found",
        ),
        pytest.param(
            request(prefetch_of(*nothing_against()) | {"problems": dict(REFUSED)}),
            "cannot-assess",
            id="the problem list refused, no melanoma among the visits",
        ),
    ],
)
def test_conditions_are_the_gate(document: bytes, status: str) -> None:
    assert evaluate(document)["status"] == status


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(good(), id="nothing against"),
        pytest.param(good(transplant=TRANSPLANT), id="a contraindication"),
        pytest.param(chart(hypertension()), id="not a patient of these rules"),
        pytest.param(withheld(refused=["problems", "encounterDx"]), id="Conditions refused"),
    ],
)
def test_nobody_is_ever_called_eligible(document: bytes) -> None:
    summary = evaluate(document)["summary"]
    assert isinstance(summary, str)
    assert summary
    assert "eligible" not in summary.lower()


@pytest.mark.parametrize(
    ("criterion_id", "weight"),
    [
        pytest.param("lvef-normal", "contraindication", id="label-ci"),
        pytest.param("cns-impairment-absent", "contraindication", id="label-ci, brain"),
        pytest.param("organ-allograft-absent", "contraindication", id="label-ci, graft"),
        pytest.param("hypersensitivity-absent", "contraindication", id="label-ci, allergy"),
        pytest.param("melanoma-advanced", "requirement", id="label-req"),
        pytest.param("adult-age", "requirement", id="label-req, age"),
        pytest.param("brain-imaging-current", "requirement", id="label-req, brain imaging"),
        pytest.param("inpatient-icu-setting", "requirement", id="label-req, setting"),
        pytest.param("performance-status", "requirement", id="the seed's own rule"),
        pytest.param("brain-function-good", "requirement", id="the seed's own rule, function"),
        pytest.param("brain-mets-asymptomatic", "requirement", id="the seed's own rule, symptoms"),
        pytest.param("brain-mets-not-growing", "requirement", id="the seed's own rule, growth"),
        pytest.param("cerebral-oedema-absent", "requirement", id="the seed's own rule, oedema"),
        pytest.param("leptomeningeal-absent", "requirement", id="most trials had it"),
        pytest.param("creatinine-acceptable", "requirement", id="a number most trials had"),
        pytest.param("platelets", "requirement", id="a number most trials had, platelets"),
        pytest.param("brain-mets-treated", "caution", id="the conflict"),
        pytest.param("brain-negative-scan", "caution", id="the conflict, scan"),
        pytest.param("seizure-free", "caution", id="study"),
        pytest.param("neurotoxicity-risk-alcohol", "caution", id="caution"),
        pytest.param("psychiatric-history", "caution", id="study, psychiatric"),
        pytest.param("systemic-corticosteroid", "caution", id="caution, steroid"),
        pytest.param("first-line-checkpoint", "information", id="shown only"),
        pytest.param("brain-metastases-not-exclusion", "information", id="shown only, brain"),
        pytest.param("cycles-expectation", "information", id="shown only, cycles"),
    ],
)
def test_weights(criterion_id: str, weight: str) -> None:
    assert finding(good(), criterion_id)["weight"] == weight
