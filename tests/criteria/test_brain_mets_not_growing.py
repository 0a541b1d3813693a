"""
Are brain lesions not rapidly growing? Criteria.md, section C.

Later scan at most 28 days old (P), the earlier 28 to 180 days before it (P); any growth counts.
"""

from typing import Any

import pytest

from tests.build import (
    IMPROVED,
    LIVER,
    MELANOMA,
    SOMEBODY_ELSE,
    STABLE,
    UNDETERMINED,
    WORSENED,
    Resource,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    disease_status,
    reference,
    tumour_size,
    withheld,
)

ROW = "brain-mets-not-growing"

PRIMARY = condition(MELANOMA, days_ago=700)
LESION = brain_metastasis(days_ago=300)
OTHER = "BodyStructure/lesion-2"


def lesion(*resources: Resource) -> bytes:
    return chart(PRIMARY, LESION, *resources)


def of_the_metastasis(size: str, **fields: Any) -> Resource:
    """A size without a body site; that it is in the brain is told by its focus only."""
    return tumour_size(size, site=None, lesion=reference(LESION), **fields)


def of_no_lesion(size: str, **fields: Any) -> Resource:
    """A size in the brain that names no lesion."""
    return tumour_size(size, focus=None, **fields)


def sizes(earlier: str, later: str, *, days_ago: int = 3, apart: int = 60) -> bytes:
    """One lesion, measured twice."""
    return lesion(
        tumour_size(earlier, days_ago=days_ago + apart), tumour_size(later, days_ago=days_ago)
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(sizes("8 mm", "8 mm"), "met", id="the same"),
        pytest.param(sizes("8 mm", "7 mm"), "met", id="smaller"),
        pytest.param(sizes("8 mm", "9 mm"), "not-met", id="larger"),
        pytest.param(sizes("8 mm", "8.1 mm"), "not-met", id="any growth counts"),
        pytest.param(sizes("8 mm", "0.8 cm"), "met", id="the same in centimetres"),
        pytest.param(sizes("0.8 cm", "8.1 mm"), "not-met", id="larger in another unit"),
        pytest.param(sizes("8 mm", "0 mm"), "met", id="no longer seen"),
        # Windows
        pytest.param(sizes("8 mm", "8 mm", days_ago=28), "met", id="later: last day"),
        pytest.param(sizes("8 mm", "8 mm", days_ago=29), "unknown:stale", id="later: too old"),
        pytest.param(sizes("8 mm", "8 mm", apart=28), "met", id="28 days apart"),
        pytest.param(sizes("8 mm", "8 mm", apart=27), "unknown:absent", id="27 days apart"),
        pytest.param(sizes("8 mm", "8 mm", apart=180), "met", id="180 days apart"),
        pytest.param(sizes("8 mm", "8 mm", apart=181), "unknown:absent", id="181 days apart"),
        # Which lesion
        pytest.param(lesion(tumour_size("8 mm")), "unknown:absent", id="only one measurement"),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                tumour_size("5 mm", days_ago=63, lesion=OTHER),
                tumour_size("5 mm", days_ago=3, lesion=OTHER),
            ),
            "met",
            id="two lesions, both the same",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                tumour_size("5 mm", days_ago=63, lesion=OTHER),
                tumour_size("6 mm", days_ago=3, lesion=OTHER),
            ),
            "not-met",
            id="two lesions, one larger",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                tumour_size("4 mm", days_ago=3, lesion=OTHER),
            ),
            "not-met",
            id="a new lesion",
        ),
        pytest.param(
            lesion(
                tumour_size("30 mm", days_ago=63, site=LIVER),
                tumour_size("40 mm", days_ago=3, site=LIVER),
            ),
            "unknown:absent",
            id="a lesion of the liver",
        ),
        pytest.param(
            lesion(of_the_metastasis("8 mm", days_ago=63), of_the_metastasis("8 mm")),
            "met",
            id="the same, of the brain by its focus only",
        ),
        pytest.param(
            lesion(of_the_metastasis("8 mm", days_ago=63), of_the_metastasis("9 mm")),
            "not-met",
            id="larger, of the brain by its focus only",
        ),
        pytest.param(
            lesion(tumour_size("8 mm", days_ago=63, site=None), tumour_size("9 mm", site=None)),
            "unknown",
            id="neither site nor focus tells that it is in the brain",
        ),
        pytest.param(
            lesion(of_no_lesion("8 mm", days_ago=63), of_no_lesion("8 mm"), of_no_lesion("9 mm")),
            "unknown:conflicting",
            id="two sizes of one day, and no lesion is named",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm"),
                tumour_size("5 mm", days_ago=100, lesion=OTHER),
                tumour_size("5 mm", days_ago=40, lesion=OTHER),
            ),
            "unknown",
            id="two lesions, one of them without a current size",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                brain_metastasis(days_ago=20),
            ),
            "not-met",
            id="a brain metastasis that began after the earlier scan",
        ),
        # Measurements that cannot be used
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3, status="preliminary"),
            ),
            "unknown:not-final",
            id="the later one is preliminary",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=13),
                tumour_size("20 mm", days_ago=3, status="entered-in-error"),
            ),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            lesion(tumour_size("8 mm", days_ago=63), tumour_size("8 mm", status="unknown")),
            "unknown:unreadable",
            id="the later one of unknown status",
        ),
        pytest.param(
            lesion(
                tumour_size("8 in", days_ago=90),
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm"),
            ),
            "met",
            id="an older one that cannot be read: no effect",
        ),
        pytest.param(
            sizes("8 mm", ">5 mm"), "unknown", id="more than 5 mm: smaller, the same or larger"
        ),
        pytest.param(sizes("8 mm", "8 in"), "unknown:unit-unknown", id="a unit we cannot convert"),
        pytest.param(sizes("8 mm", "8"), "unknown:unit-unknown", id="no unit"),
        pytest.param(sizes("8 mm", "301 mm"), "unknown:unreadable", id="not plausible"),
        pytest.param(
            lesion(tumour_size("8 mm", days_ago=63), tumour_size("8 mm", days_ago=-1)),
            "unknown:unreadable",
            id="measured tomorrow",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("9 mm", days_ago=3, subject=SOMEBODY_ELSE),
            ),
            "unknown",
            id="the later one is another patient's",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                tumour_size("8 mm", days_ago=3),
            ),
            "met",
            id="the same measurement twice",
        ),
    ],
)
def test_sizes(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The trend of the brain metastasis
        pytest.param(lesion(disease_status(WORSENED, of=LESION)), "not-met", id="worsened"),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION), brain_mri(days_ago=65)),
            "met",
            id="stable, with an earlier scan",
        ),
        pytest.param(
            lesion(disease_status(IMPROVED, of=LESION), brain_mri(days_ago=65)),
            "met",
            id="improved, with an earlier scan",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION)),
            "unknown:absent",
            id="stable, compared with nothing on the chart",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=5), brain_mri(days_ago=33)),
            "met",
            id="earlier scan 28 days before",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=5), brain_mri(days_ago=32)),
            "unknown:absent",
            id="earlier scan 27 days before",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=5), brain_mri(days_ago=186)),
            "unknown:absent",
            id="earlier scan 181 days before",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=28), brain_mri(days_ago=88)),
            "met",
            id="status on the last day of the window",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=29), brain_mri(days_ago=89)),
            "unknown:stale",
            id="status a day too old",
        ),
        pytest.param(
            lesion(disease_status(UNDETERMINED, of=LESION), brain_mri(days_ago=65)),
            "unknown",
            id="undetermined",
        ),
        pytest.param(
            chart(PRIMARY, LESION, disease_status(STABLE, of=PRIMARY), brain_mri(days_ago=65)),
            "unknown:absent",
            id="the trend of the whole melanoma is not the brain's",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=None), brain_mri(days_ago=65)),
            "unknown:absent",
            id="the trend of nobody knows what",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, status="preliminary"), brain_mri(days_ago=65)),
            "unknown:not-final",
            id="stable, preliminary",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION, days_ago=-1), brain_mri(days_ago=65)),
            "unknown:unreadable",
            id="stable, tomorrow",
        ),
        pytest.param(
            lesion(
                disease_status(WORSENED, of=LESION, days_ago=10),
                disease_status(STABLE, of=LESION, days_ago=2),
                brain_mri(days_ago=65),
            ),
            "met",
            id="worsened, then stable",
        ),
        pytest.param(
            lesion(
                disease_status(WORSENED, of=LESION),
                disease_status(STABLE, of=LESION),
                brain_mri(days_ago=65),
            ),
            "unknown:conflicting",
            id="worsened and stable at one moment",
        ),
        pytest.param(
            lesion(disease_status(STABLE, of=LESION), brain_mri(days_ago=65, status="preliminary")),
            "unknown",
            id="stable, compared with a scan that is not final",
        ),
        # Sizes and trend together: the worse
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("8 mm", days_ago=3),
                disease_status(WORSENED, of=LESION),
            ),
            "not-met",
            id="sizes the same, trend worsened",
        ),
        pytest.param(
            lesion(
                tumour_size("8 mm", days_ago=63),
                tumour_size("9 mm", days_ago=3),
                disease_status(STABLE, of=LESION),
                brain_mri(days_ago=63),
            ),
            "not-met",
            id="larger, trend stable",
        ),
        # Reports
        pytest.param(
            lesion(brain_mri(conclusion="negative")), "met", id="the newest scan is negative"
        ),
        pytest.param(
            lesion(brain_mri(conclusion="negative", days_ago=28)), "met", id="negative, last day"
        ),
        pytest.param(lesion(brain_mri()), "unknown:in-report", id="one report in words"),
        pytest.param(
            lesion(brain_mri(days_ago=63), brain_mri()), "unknown:in-report", id="two in words"
        ),
        pytest.param(
            lesion(brain_mri(conclusion="metastasis")),
            "unknown:absent",
            id="one scan that codes the lesion: compared with nothing",
        ),
        pytest.param(lesion(), "unknown:absent", id="no scan: never stable by default"),
        # Without lesions, undecided, withheld
        pytest.param(
            chart(PRIMARY, brain_mri(conclusion="negative")), "not-applicable", id="no lesion"
        ),
        pytest.param(chart(PRIMARY), "unknown:absent", id="undecided"),
        pytest.param(chart(PRIMARY, brain_mri()), "unknown:in-report", id="undecided, in words"),
        pytest.param(
            withheld(PRIMARY, LESION, missing=["function", "imagingObs", "imaging"]),
            "unknown:not-shared",
            id="measurements and scans withheld",
        ),
        pytest.param(
            withheld(PRIMARY, LESION, refused=["function", "imagingObs"]),
            "unknown:not-shared",
            id="measurements refused",
        ),
        pytest.param(withheld(PRIMARY, LESION), "unknown:absent", id="known to be none"),
    ],
)
def test_trend_and_reports(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
