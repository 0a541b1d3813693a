"""Is the brain scan negative? Criteria.md, section C: newest MRI or CT within 28 days (P)."""

import pytest

from tests.build import (
    MELANOMA,
    SCAN_ABNORMAL,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    finding,
    head_ct,
    report,
    tumour_size,
    withheld,
)

ROW = "brain-negative-scan"

ANY_MRI = Code(SNOMED, "113091000", "Magnetic resonance imaging (procedure)")
CHEST_CT = Code("http://loinc.org", "24627-2", "CT Chest")


def of(*resources: Resource) -> bytes:
    return chart(condition(MELANOMA), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(of(brain_mri(conclusion="negative")), "met", id="negative MRI"),
        pytest.param(of(head_ct(conclusion="negative")), "met", id="negative CT"),
        pytest.param(
            of(brain_metastasis(), brain_mri(conclusion="negative")),
            "met",
            id="negative after treatment",
        ),
        pytest.param(of(brain_mri(conclusion="metastasis")), "not-met", id="a coded lesion"),
        pytest.param(
            of(brain_mri(conclusion=Code(SNOMED, "94309003"))), "not-met", id="of the frontal lobe"
        ),
        pytest.param(
            of(brain_metastasis(), brain_mri(), tumour_size("8 mm")),
            "not-met",
            id="a measured lesion on a scan in words",
        ),
        pytest.param(of(brain_mri()), "unknown:in-report", id="words only"),
        pytest.param(
            of(brain_mri(conclusion=SCAN_ABNORMAL)), "unknown:in-report", id="abnormal, no detail"
        ),
        pytest.param(of(), "unknown:absent", id="no scan"),
        pytest.param(of(report(CHEST_CT, conclusion="negative")), "unknown:absent", id="the chest"),
        # The newest decides
        pytest.param(
            of(brain_mri(conclusion="metastasis", days_ago=20), brain_mri(conclusion="negative")),
            "met",
            id="lesion, then negative",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=20), brain_mri()),
            "unknown:in-report",
            id="negative, then in words",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative"), head_ct(conclusion="metastasis")),
            "unknown:conflicting",
            id="two scans of the same moment",
        ),
        # Window, status, date
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=28)), "met", id="last day of the window"
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=29)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", status="corrected")), "met", id="corrected"
        ),
        pytest.param(
            of(
                brain_mri(conclusion="negative", days_ago=9),
                brain_mri(conclusion="metastasis", status="entered-in-error"),
            ),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            of(brain_mri(conclusion="negative", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(
            withheld(condition(MELANOMA), missing=["imaging"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(condition(MELANOMA), refused=["imaging"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(condition(MELANOMA)), "unknown:absent", id="known to be none"),
        pytest.param(of(report(ANY_MRI)), "unknown:unclassified", id="an MRI, of what is not told"),
    ],
)
def test_brain_negative_scan(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_label_and_study_disagree_so_it_is_a_caution() -> None:
    assert finding(of(brain_mri(conclusion="metastasis")), ROW)["weight"] == "caution"
