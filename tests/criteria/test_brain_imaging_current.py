"""Has the brain been imaged recently? Criteria.md, section C: 28 days, and never not-met."""

import pytest

from tests.build import (
    CT_HEAD,
    LOCAL,
    MRI_BRAIN,
    MRI_LIMITED,
    MRI_WITHOUT_CONTRAST,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    ago,
    assert_verdict,
    brain_mri,
    chart,
    concept,
    finding,
    head_ct,
    hypertension,
    pdf,
    report,
    resource,
    withheld,
)

ROW = "brain-imaging-current"

PLANNING = Code("http://loinc.org", "30656-3", "MR Guidance for stereotactic localization of Brain")
SPECTROSCOPY = Code("http://loinc.org", "37442-1", "MR spectroscopy Brain")
CHEST_CT = Code("http://loinc.org", "24627-2", "CT Chest")
ANY_MRI = Code(SNOMED, "113091000", "Magnetic resonance imaging (procedure)")
MRI_SNOMED = Code(SNOMED, "816077007", "MRI of brain")
CT_SNOMED = Code(SNOMED, "303653007", "Computed tomography of head (procedure)")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(brain_mri()), "met", id="an MRI report in words"),
        pytest.param(chart(brain_mri(conclusion="negative")), "met", id="negative"),
        pytest.param(chart(brain_mri(conclusion="metastasis")), "met", id="with a metastasis"),
        pytest.param(chart(brain_mri(text=None, presentedForm=pdf("..."))), "met", id="a PDF"),
        pytest.param(chart(report(MRI_SNOMED)), "met", id="MRI in SNOMED"),
        pytest.param(chart(head_ct()), "met", id="CT"),
        pytest.param(chart(report(CT_SNOMED)), "met", id="CT in SNOMED"),
        pytest.param(chart(brain_mri(code=MRI_LIMITED)), "met", id="limited MRI"),
        pytest.param(chart(brain_mri(code=MRI_WITHOUT_CONTRAST)), "met", id="MRI without contrast"),
        pytest.param(chart(report(LOCAL, MRI_BRAIN)), "met", id="the site's own code first"),
        pytest.param(chart(brain_mri(category=None)), "met", id="no category"),
        pytest.param(
            chart(brain_mri(category=[concept(Code(LOCAL.system, "unknown"))])),
            "met",
            id="a category of the site's own",
        ),
        pytest.param(chart(brain_mri(days_ago=0)), "met", id="today"),
        pytest.param(chart(brain_mri(days_ago=28)), "met", id="last day of the window"),
        pytest.param(chart(brain_mri(days_ago=29)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(brain_mri(days_ago=40, conclusion="negative")),
            "unknown:stale",
            id="negative, 40 days old",
        ),
        pytest.param(
            chart(brain_mri(days_ago=90), head_ct(days_ago=20)), "met", id="old MRI, new CT"
        ),
        pytest.param(chart(brain_mri(status="amended")), "met", id="amended"),
        pytest.param(chart(brain_mri(status="corrected")), "met", id="corrected"),
        pytest.param(chart(brain_mri(status="appended")), "met", id="appended"),
        pytest.param(chart(brain_mri(status="preliminary")), "unknown:not-final", id="preliminary"),
        pytest.param(chart(brain_mri(status="registered")), "unknown:not-final", id="registered"),
        pytest.param(chart(brain_mri(status="partial")), "unknown:not-final", id="partial"),
        pytest.param(
            chart(brain_mri(days_ago=20), brain_mri(days_ago=2, status="preliminary")),
            "unknown:not-final",
            id="the newest is preliminary, an older final one does not stand in",
        ),
        pytest.param(
            chart(brain_mri(days_ago=20, status="preliminary"), brain_mri(days_ago=2)),
            "met",
            id="a preliminary one is older",
        ),
        pytest.param(
            chart(brain_mri(status="entered-in-error")), "unknown:absent", id="entered in error"
        ),
        pytest.param(chart(brain_mri(status="cancelled")), "unknown:absent", id="cancelled"),
        pytest.param(
            chart(brain_mri(days_ago=9), brain_mri(days_ago=2, status="cancelled")),
            "met",
            id="a newer one was cancelled: look on",
        ),
        pytest.param(chart(brain_mri(days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(brain_mri(days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(brain_mri(days_ago=None, issued=ago(5, "10:00:00-05:00"))),
            "met",
            id="only a date of issue",
        ),
        pytest.param(
            chart(brain_mri(days_ago=40, issued=ago(1, "10:00:00-05:00"))),
            "unknown:stale",
            id="an addendum issued yesterday does not make the scan new",
        ),
        pytest.param(
            chart(brain_mri(effectiveDateTime="2026-10")),
            "unknown:stale",
            id="a month: its earliest day is too old",
        ),
        pytest.param(
            chart(
                brain_mri(
                    days_ago=None, effectivePeriod={"start": ago(40), "end": ago(20, "11:00:00Z")}
                )
            ),
            "met",
            id="a period by its end",
        ),
        pytest.param(chart(), "unknown:absent", id="none on the chart"),
        pytest.param(chart(report(CHEST_CT)), "unknown:absent", id="a scan of the chest"),
        pytest.param(chart(report(PLANNING)), "unknown:absent", id="a planning scan"),
        pytest.param(chart(report(SPECTROSCOPY)), "unknown:absent", id="spectroscopy only"),
        pytest.param(
            chart(report(MRI_BRAIN, SPECTROSCOPY)),
            "unknown:conflicting",
            id="look-alike beside the code",
        ),
        pytest.param(
            chart(report(ANY_MRI)), "unknown:unclassified", id="an MRI, of what is not told"
        ),
        pytest.param(
            chart(resource("ImagingStudy", status="available", started=ago(3))),
            "unknown:absent",
            id="pictures, but no report",
        ),
        pytest.param(
            chart(
                resource(
                    "ServiceRequest",
                    status="active",
                    intent="order",
                    code=concept(MRI_BRAIN),
                    authoredOn=ago(3),
                )
            ),
            "unknown:absent",
            id="an order is not a scan",
        ),
        pytest.param(
            chart(brain_mri(subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(chart(brain_mri(), brain_mri()), "met", id="the same report twice"),
        pytest.param(
            withheld(hypertension(), missing=["imaging"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["imaging"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
        pytest.param(
            withheld(hypertension(), brain_mri(), missing=["problems", "labs", "stage"]),
            "met",
            id="other queries do not matter",
        ),
    ],
)
def test_brain_imaging_current(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("code", [CT_HEAD, MRI_LIMITED, MRI_WITHOUT_CONTRAST])
def test_a_lesser_scan_gets_a_remark(code: Code) -> None:
    assert finding(chart(report(code)), ROW).get("remark")


def test_an_old_scan_is_shown_with_its_date() -> None:
    evidence = finding(chart(brain_mri(days_ago=40)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(40)]
