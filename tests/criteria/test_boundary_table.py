"""The table "Boundary values for tests" of criteria.md, line by line."""

from collections.abc import Mapping

import pytest

from tests.build import (
    ATC,
    BRAIN_METASTASIS_ICD,
    CLEARANCE,
    CREATININE,
    CREATININE_MOLES,
    ICD10CM,
    INTRAVENOUS,
    LOCAL,
    LOINC,
    LUNG_METASTASIS,
    MELANOMA,
    OEDEMA,
    PLATELETS,
    RADIOSURGERY,
    SEIZURE,
    SNOMED,
    Code,
    Resource,
    advanced_melanoma,
    ago,
    aldesleukin_order,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    concept,
    condition,
    ecog,
    evaluate,
    finding,
    gcs,
    head_ct,
    hypertension,
    lab,
    medication_request,
    nothing_against,
    observation,
    procedure,
    quantity,
    states,
    tumour_size,
    verdict,
    withheld,
)

UNSPECIFIED_MELANOMA = Code(SNOMED, "372244006", "Malignant melanoma (disorder)")
HISTORY = Code(ICD10CM, "Z85.820", "Personal history of malignant melanoma of skin")
FEV1 = Code(LOINC, "20150-9", "FEV1")
FEV1_PERCENT = Code(LOINC, "20152-5", "FEV1 measured/predicted")
BILIRUBIN = Code(LOINC, "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma")
BILIRUBIN_MOLES = Code(LOINC, "14631-6", "Bilirubin.total [Moles/volume] in Serum or Plasma")
LEUKOCYTES = Code(LOINC, "6690-2", "Leukocytes [#/volume] in Blood by Automated count")
NEUTROPHILS = Code(LOINC, "751-8", "Neutrophils [#/volume] in Blood by Automated count")
LIFILEUCEL = Code(ATC, "L01XL11", "lifileucel")
KIDNEY_TRANSPLANT = Code(ICD10CM, "Z94.0", "Kidney transplant status")


def creatinine(value: str, *, days_ago: int = 1) -> Resource:
    code = CREATININE_MOLES if "mol" in value else CREATININE
    return lab(code, value, days_ago=days_ago)


def platelets(thousands: int) -> bytes:
    return chart(lab(PLATELETS, f"{thousands} 10*9/L"))


def fev1(litres: str, percent: str | None) -> Resource:
    """One spirometry, as a panel of both values."""
    parts = [(FEV1, litres), *([(FEV1_PERCENT, percent)] if percent else [])]
    components = [{"code": concept(c), "valueQuantity": quantity(value)} for c, value in parts]
    return observation(LOCAL, component=components)


def bilirubin(value: str) -> Resource:
    return lab(BILIRUBIN_MOLES if "mol" in value else BILIRUBIN, value)


def seed_dose() -> Resource:
    """An order of the dose of the seed series, every 8 hours."""
    dose: Resource = {
        "route": concept(INTRAVENOUS),
        "timing": {"repeat": {"count": 14, "frequency": 1, "period": 8, "periodUnit": "h"}},
        "doseAndRate": [{"doseQuantity": quantity("720000 [IU]/kg")}],
    }
    return aldesleukin_order(dosageInstruction=[dose])


STABLE_AND_TREATED = chart(
    *advanced_melanoma(),
    brain_metastasis(days_ago=150),
    procedure(RADIOSURGERY, days_ago=100),
    brain_mri(days_ago=63),
    brain_mri(days_ago=3),
    tumour_size("8 mm", days_ago=63),
    tumour_size("8 mm", days_ago=3),
    gcs(15),
)

ONLY_THE_DIAGNOSIS = chart(condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            chart(creatinine("1.5 mg/dL")),
            {"creatinine-acceptable": "met"},
            id="Creatinine 1.5 mg/dL: met",
        ),
        pytest.param(
            chart(creatinine("132.6 umol/L")),
            {"creatinine-acceptable": "met"},
            id="Creatinine 132.6 umol/L: met",
        ),
        pytest.param(
            chart(creatinine("1.51 mg/dL"), lab(CLEARANCE, "60 mL/min")),
            {"creatinine-acceptable": "not-met"},
            id="Creatinine 1.51 mg/dL, clearance 60: not-met, remark",
        ),
        pytest.param(platelets(100), {"platelets": "met"}, id="Platelets 100: met"),
        pytest.param(platelets(99), {"platelets": "not-met"}, id="Platelets 99: not-met, remark"),
        pytest.param(platelets(79), {"platelets": "not-met"}, id="Platelets 79: not-met"),
        pytest.param(chart(ecog(1)), {"performance-status": "met"}, id="ECOG 1: met"),
        pytest.param(chart(ecog(2)), {"performance-status": "not-met"}, id="ECOG 2: not-met"),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=7)),
            {"creatinine-acceptable": "met"},
            id="Creatinine 1.0, 7 days old: met",
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=8)),
            {"creatinine-acceptable": "unknown:stale"},
            id="Creatinine 1.0, 8 days old: unknown (stale)",
        ),
        pytest.param(
            chart(creatinine("<0.2 mg/dL")),
            {"creatinine-acceptable": "met"},
            id="Creatinine <0.2 mg/dL: met",
        ),
        pytest.param(
            chart(creatinine(">2.0 mg/dL")),
            {"creatinine-acceptable": "not-met"},
            id="Creatinine >2.0 mg/dL: not-met",
        ),
        pytest.param(
            chart(creatinine(">1.0 mg/dL")),
            {"creatinine-acceptable": "unknown"},
            id="Creatinine >1.0 mg/dL: unknown",
        ),
        pytest.param(
            chart(brain_metastasis(days_ago=150), condition(SEIZURE, days_ago=170), gcs(15)),
            {"brain-mets-asymptomatic": "not-met"},
            id="Seizure 20 d before the brain metastasis was coded, active: not-met",
        ),
        pytest.param(
            chart(condition(MELANOMA), brain_mri(conclusion="metastasis")),
            {"cerebral-oedema-absent": "unknown:in-report"},
            id="Report codes the metastasis, says nothing coded of oedema: in-report",
        ),
        pytest.param(
            chart(
                condition(MELANOMA),
                brain_mri(conclusion="metastasis"),
                states(OEDEMA, value=False),
            ),
            {"cerebral-oedema-absent": "met"},
            id="... with an Observation of oedema, value false: met",
        ),
        pytest.param(
            chart(condition(MELANOMA), brain_mri(days_ago=40, conclusion="negative")),
            {"brain-imaging-current": "unknown:stale"},
            id="MRI 40 days old, no lesion: brain-imaging-current unknown (stale)",
        ),
        pytest.param(
            ONLY_THE_DIAGNOSIS,
            {
                "brain-imaging-current": "unknown:absent",
                "brain-function-good": "unknown:absent",
                "brain-mets-asymptomatic": "unknown:absent",
                "brain-mets-not-growing": "unknown:absent",
                "brain-mets-treated": "unknown:absent",
                "brain-negative-scan": "unknown:absent",
                "cerebral-oedema-absent": "unknown:absent",
                "leptomeningeal-absent": "unknown:absent",
                "brain-metastases-not-exclusion": "met",
            },
            id="Brain metastases Condition only, no imaging: unknown, never for presence",
        ),
        pytest.param(
            STABLE_AND_TREATED,
            {
                "brain-mets-not-growing": "met",
                "brain-mets-asymptomatic": "met",
                "brain-function-good": "met",
                "brain-mets-treated": "met",
                "brain-negative-scan": "not-met",
            },
            id="Lesion of 8 mm on two scans 60 d apart, treated, GCS 15, no symptoms",
        ),
        pytest.param(
            chart(
                condition(
                    KIDNEY_TRANSPLANT,
                    onset="1998",
                    clinical="resolved",
                    abatementDateTime="1998",
                )
            ),
            {"organ-allograft-absent": "not-met"},
            id="Kidney transplant 1998, resolved: not-met",
        ),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(1, days_ago=2, status="preliminary")),
            {"performance-status": "unknown:not-final"},
            id="ECOG preliminary as the newest: unknown (not-final)",
        ),
        pytest.param(
            chart(ecog(1, days_ago=20), ecog(3, days_ago=2, status="entered-in-error")),
            {"performance-status": "met"},
            id="ECOG entered-in-error, an older final 1 in the window: met",
        ),
        pytest.param(
            withheld(hypertension()),
            {"hypersensitivity-absent": "unknown:absent"},
            id="Empty AllergyIntolerance answer: unknown (absent)",
        ),
        pytest.param(
            chart(hypertension(), condition(text="Kidney transplant")),
            {"organ-allograft-absent": "unknown:unclassified"},
            id="'Kidney transplant' as text only: unknown (unclassified)",
        ),
        pytest.param(
            chart(condition(UNSPECIFIED_MELANOMA), condition(BRAIN_METASTASIS_ICD)),
            {"melanoma-advanced": "met"},
            id="'Malignant melanoma' 372244006 and C79.31, active: met, remark",
        ),
        pytest.param(
            chart(condition(HISTORY), condition(LUNG_METASTASIS)),
            {"melanoma-advanced": "unknown:unclassified"},
            id="Z85.820 and C78.00, active: unknown",
        ),
        pytest.param(
            withheld(condition(MELANOMA), brain_mri(conclusion="negative"), refused=["stage"]),
            {
                "brain-mets-asymptomatic": "unknown:not-shared",
                "brain-mets-not-growing": "unknown:not-shared",
                "brain-metastases-not-exclusion": "not-applicable",
            },
            id="Stage query failed, all else good, MRI negative: LESIONS UNDECIDED",
        ),
        pytest.param(
            chart(condition(MELANOMA), head_ct(conclusion="negative")),
            {
                "brain-imaging-current": "met",
                "brain-mets-asymptomatic": "unknown",
                "brain-metastases-not-exclusion": "not-applicable",
            },
            id="Head CT coded negative, in window: met with remark; LESIONS UNDECIDED",
        ),
        pytest.param(
            chart(fev1("2.0 L", "90 %")),
            {"fev1-litres": "not-met", "fev1-percent": "met"},
            id="FEV1 2.0 L, 90 %: fev1-litres not-met (label: <= 2 L)",
        ),
        pytest.param(
            chart(fev1("2.01 L", "75.0 %")),
            {"fev1-litres": "met", "fev1-percent": "met"},
            id="FEV1 2.01 L, 75.0 %: both met",
        ),
        pytest.param(
            chart(fev1("2.6 L", "74.9 %")),
            {"fev1-litres": "met", "fev1-percent": "not-met"},
            id="FEV1 2.6 L, 74.9 %: percent not-met",
        ),
        pytest.param(
            chart(fev1("2.6 L", None)),
            {"fev1-percent": "unknown:absent"},
            id="FEV1 2.6 L, percent missing: percent unknown",
        ),
        pytest.param(
            chart(bilirubin("1.5 mg/dL")),
            {"bilirubin-acceptable": "met"},
            id="Bilirubin 1.5 mg/dL: met",
        ),
        pytest.param(
            chart(bilirubin("25.6 umol/L")),
            {"bilirubin-acceptable": "met"},
            id="Bilirubin 25.6 umol/L: met",
        ),
        pytest.param(
            chart(bilirubin("25.7 umol/L")),
            {"bilirubin-acceptable": "not-met"},
            id="Bilirubin 25.7 umol/L: not-met (1.5026)",
        ),
        pytest.param(
            chart(lab(LEUKOCYTES, "3.0 10*3/uL")),
            {"white-cells": "unknown:absent"},
            id="WBC 3.0, ANC not measured: unknown",
        ),
        pytest.param(
            chart(lab(LEUKOCYTES, "3.0 10*3/uL"), lab(NEUTROPHILS, "1.6 10*3/uL")),
            {"white-cells": "met"},
            id="WBC 3.0, ANC 1.6: met",
        ),
        pytest.param(
            chart(*nothing_against(order=seed_dose())),
            {"dose-schedule": "confirm"},
            id="720,000 IU/kg every 8 h: dose-schedule confirm",
        ),
    ],
)
def test_rows(document: bytes, expected: Mapping[str, str]) -> None:
    for criterion_id, outcome in expected.items():
        assert_verdict(document, criterion_id, outcome)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        pytest.param(
            withheld(refused=["problems", "encounterDx"]),
            "cannot-assess",
            id="Conditions refused (403), all queries: cannot-assess",
        ),
        pytest.param(
            chart(condition(HISTORY), condition(LUNG_METASTASIS)),
            "cannot-assess",
            id="Z85.820 and C78.00, active: a card",
        ),
        pytest.param(
            withheld(hypertension(), refused=["encounterDx"]),
            "cannot-assess",
            id="Problem list answered without melanoma, encounter diagnoses failed: 412",
        ),
        pytest.param(
            chart(
                *nothing_against(
                    scan=None,
                    lesion=brain_metastasis(days_ago=150),
                    treatment=procedure(RADIOSURGERY, days_ago=100),
                    scans=(brain_mri(days_ago=63), brain_mri(days_ago=3)),
                    sizes=(tumour_size("8 mm", days_ago=63), tumour_size("8 mm", days_ago=3)),
                    no_oedema=states(OEDEMA, value=False),
                    no_spread=states(Code(SNOMED, "1155991005"), value=False),
                )
            ),
            "cautions-found",
            id="Lesion of 8 mm on two scans 60 d apart, treated: the conflict, a warning",
        ),
        pytest.param(
            chart(
                *nothing_against(order=aldesleukin_order(), cells=medication_request(LIFILEUCEL))
            ),
            "out-of-scope",
            id="Aldesleukin order with lifileucel order: out-of-scope",
        ),
    ],
)
def test_status(document: bytes, status: str) -> None:
    assert evaluate(document)["status"] == status


@pytest.mark.parametrize(
    ("document", "criterion_id"),
    [
        pytest.param(
            chart(creatinine("1.51 mg/dL"), lab(CLEARANCE, "60 mL/min")),
            "creatinine-acceptable",
            id="Creatinine 1.51 mg/dL, clearance 60",
        ),
        pytest.param(platelets(99), "platelets", id="Platelets 99"),
        pytest.param(
            chart(condition(UNSPECIFIED_MELANOMA), condition(BRAIN_METASTASIS_ICD)),
            "melanoma-advanced",
            id="'Malignant melanoma' 372244006",
        ),
        pytest.param(
            chart(condition(MELANOMA), head_ct(conclusion="negative")),
            "brain-imaging-current",
            id="Head CT coded negative",
        ),
        pytest.param(
            chart(fev1("2.6 L", "74.9 %")), "fev1-percent", id="FEV1 2.6 L, 74.9 %: trials"
        ),
    ],
)
def test_remarks(document: bytes, criterion_id: str) -> None:
    assert finding(document, criterion_id).get("remark")


def test_stale_creatinine_shows_its_value_and_date() -> None:
    found = finding(chart(creatinine("1.0 mg/dL", days_ago=8)), "creatinine-acceptable")
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    (only,) = evidence
    assert (float(only["value"]), only["date"][:10]) == (1.0, ago(8))


def test_no_brain_row_speaks_against_the_mere_diagnosis() -> None:
    assessment = evaluate(ONLY_THE_DIAGNOSIS)
    criteria = assessment["criteria"]
    assert isinstance(criteria, list)
    cns = [one["id"] for one in criteria if one["group"] == "cns"]
    assert cns
    for criterion_id in cns:
        assert verdict(assessment, criterion_id) != "not-met", criterion_id
