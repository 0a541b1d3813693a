"""No leptomeningeal disease? Criteria.md, section C: judged like cerebral oedema, 28 days (P)."""

import pytest

from tests.build import (
    ABSENT,
    ICD10CM,
    LEPTOMENINGEAL,
    LOINC,
    MELANOMA,
    MRI_BRAIN,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    hypertension,
    report,
    states,
    withheld,
)

ROW = "leptomeningeal-absent"

SPECTROSCOPY = Code(LOINC, "37442-1", "MR spectroscopy Brain")
CEREBRAL_MENINGES = Code(ICD10CM, "C79.32", "Secondary malignant neoplasm of cerebral meninges")
MENINGITIS = Code(SNOMED, "230156002", "Malignant meningitis (disorder)")
OTHER_NERVOUS = Code(ICD10CM, "C79.49", "Secondary neoplasm of other parts of nervous system")
LESION = (condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))
CLEAR = (condition(MELANOMA, days_ago=700), brain_mri(conclusion="negative"))


def lesion(*resources: Resource) -> bytes:
    return chart(*LESION, *resources)


def clear(*resources: Resource) -> bytes:
    return chart(*CLEAR, *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(lesion(condition(CEREBRAL_MENINGES)), "not-met", id="an active problem"),
        pytest.param(lesion(condition(MENINGITIS)), "not-met", id="malignant meningitis"),
        pytest.param(
            lesion(condition(CEREBRAL_MENINGES, days_ago=300)), "not-met", id="a problem stays"
        ),
        pytest.param(
            lesion(brain_mri(conclusion=LEPTOMENINGEAL)), "not-met", id="coded on the scan"
        ),
        pytest.param(
            lesion(states(LEPTOMENINGEAL, value=True)), "not-met", id="stated, as by the fluid"
        ),
        pytest.param(clear(), "met", id="no lesion"),
        pytest.param(
            chart(*LESION, brain_mri(conclusion="negative")), "met", id="lesion, scan negative"
        ),
        pytest.param(
            lesion(brain_mri(conclusion="metastasis"), states(LEPTOMENINGEAL, value=False)),
            "met",
            id="stated to be absent",
        ),
        pytest.param(
            lesion(states(LEPTOMENINGEAL, value=ABSENT, days_ago=28)), "met", id="absent, last day"
        ),
        pytest.param(
            lesion(states(LEPTOMENINGEAL, value=ABSENT, days_ago=29)), "unknown", id="too old"
        ),
        pytest.param(
            clear(condition(CEREBRAL_MENINGES, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            clear(condition(CEREBRAL_MENINGES, subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's",
        ),
        pytest.param(
            clear(condition(OTHER_NERVOUS)),
            "unknown:unclassified",
            id="other parts of the nervous system: ask",
        ),
        pytest.param(
            lesion(brain_mri(conclusion=OTHER_NERVOUS)),
            "unknown:unclassified",
            id="other parts of the nervous system, on the scan: ask",
        ),
        pytest.param(
            clear(condition(text="Leptomeningeal spread")), "unknown:unclassified", id="text only"
        ),
        pytest.param(
            clear(condition(CEREBRAL_MENINGES, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(lesion(brain_mri()), "unknown:in-report", id="in words"),
        pytest.param(
            lesion(brain_mri(conclusion="metastasis")),
            "unknown:in-report",
            id="codes the metastasis, nothing of the meninges",
        ),
        pytest.param(lesion(brain_mri(days_ago=29)), "unknown:stale", id="words, too old"),
        pytest.param(
            lesion(brain_mri(status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(lesion(), "unknown:absent", id="no scan"),
        pytest.param(
            withheld(hypertension(), missing=["imaging"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(*LESION, refused=["imaging"]), "unknown:not-shared", id="scans refused"
        ),
        pytest.param(withheld(*CLEAR), "met", id="every query came"),
        pytest.param(
            lesion(brain_mri(days_ago=None)), "unknown:unreadable", id="a scan without a date"
        ),
        pytest.param(
            lesion(report(MRI_BRAIN, SPECTROSCOPY)),
            "unknown:conflicting",
            id="a scan whose codes oppose each other",
        ),
    ],
)
def test_leptomeningeal_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
