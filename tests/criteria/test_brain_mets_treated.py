"""
If there are brain lesions: were they treated? Criteria.md, section C.

The first brain metastasis is dated 150 days ago; a treatment counts from that day on.
"""

import pytest

from tests.build import (
    BRAIN,
    COLONOSCOPY,
    FRONTAL_LOBE,
    HEAD,
    LUNG,
    MELANOMA,
    RADIOSURGERY,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    colonoscopy,
    condition,
    finding,
    procedure,
    tumour_size,
    withheld,
)

ROW = "brain-mets-treated"

EXCISION = Code(SNOMED, "1201979001", "Excision of lesion of brain (procedure)")
CRANIOTOMY = Code(SNOMED, "25353009", "Craniotomy (procedure)")
INTRACRANIAL_EXCISION = Code(SNOMED, "9888007", "Excision of intracranial lesion (procedure)")
RADIOSURGERY_ANYWHERE = Code(SNOMED, "115959002", "Stereotactic radiosurgery")
RADIOTHERAPY = Code(SNOMED, "1287742003", "Radiotherapy (procedure)")
COURSE = Code(SNOMED, "1217123003", "Radiotherapy course of treatment (regime/therapy)")
MALFORMATION = Code(SNOMED, "230912001", "Stereotactic radiosurgery of arteriovenous malformation")
LESION = (condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))


def lesion(*resources: Resource) -> bytes:
    """A brain metastasis, and a Procedure that has nothing to do with it."""
    return chart(*LESION, colonoscopy(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(lesion(procedure(RADIOSURGERY)), "met", id="radiosurgery"),
        pytest.param(lesion(procedure(EXCISION)), "met", id="excision"),
        pytest.param(
            lesion(procedure(RADIOTHERAPY, body_site=BRAIN)), "met", id="radiotherapy of the brain"
        ),
        pytest.param(
            lesion(
                procedure(
                    COURSE,
                    days_ago=None,
                    performedPeriod={"start": ago(120), "end": ago(105)},
                    body_site=FRONTAL_LOBE,
                )
            ),
            "met",
            id="a course of radiotherapy of one lobe, over two weeks",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY_ANYWHERE, body_site=BRAIN)),
            "met",
            id="radiosurgery of a site that is the brain",
        ),
        # When
        pytest.param(
            lesion(procedure(RADIOSURGERY, days_ago=150)), "met", id="on the day it was found"
        ),
        pytest.param(lesion(procedure(RADIOSURGERY, days_ago=151)), "not-met", id="the day before"),
        pytest.param(lesion(procedure(RADIOSURGERY, days_ago=0)), "met", id="today"),
        pytest.param(lesion(procedure(RADIOSURGERY, at="2026-08")), "met", id="in August"),
        pytest.param(
            lesion(procedure(RADIOSURGERY, days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        # A newer lesion
        pytest.param(
            lesion(procedure(RADIOSURGERY), brain_metastasis(days_ago=20)),
            "not-met",
            id="another brain metastasis after the treatment",
        ),
        pytest.param(
            lesion(
                procedure(RADIOSURGERY),
                brain_metastasis(days_ago=20),
                procedure(EXCISION, days_ago=9),
            ),
            "met",
            id="the later lesion was treated as well",
        ),
        pytest.param(
            lesion(
                procedure(RADIOSURGERY),
                tumour_size("8 mm", days_ago=160),
                tumour_size("8 mm", days_ago=3),
            ),
            "met",
            id="the treated lesion, seen on a later scan, is not newer",
        ),
        # Not treated
        pytest.param(lesion(), "not-met", id="procedures shared, none of them to the brain"),
        pytest.param(lesion(procedure(CRANIOTOMY)), "not-met", id="opened, nothing removed"),
        pytest.param(lesion(procedure(MALFORMATION)), "not-met", id="of a malformation"),
        pytest.param(
            lesion(procedure(RADIOTHERAPY, body_site=LUNG)),
            "not-met",
            id="radiotherapy of the lung",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, status="preparation")), "not-met", id="planned"
        ),
        pytest.param(lesion(procedure(RADIOSURGERY, status="not-done")), "not-met", id="not done"),
        pytest.param(
            lesion(procedure(RADIOSURGERY, status="entered-in-error")),
            "not-met",
            id="entered in error",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, subject=SOMEBODY_ELSE)),
            "not-met",
            id="another patient's",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, status="in-progress")),
            "not-met",
            id="begun, not completed",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, status="stopped")),
            "not-met",
            id="stopped before it was completed",
        ),
        pytest.param(
            lesion(procedure(COLONOSCOPY, modifierExtension=UNKNOWN_MODIFIER)),
            "not-met",
            id="something else was skipped: its code fits no treatment",
        ),
        # Perhaps treated
        pytest.param(
            lesion(procedure(RADIOTHERAPY)), "unknown:unclassified", id="radiotherapy of no site"
        ),
        pytest.param(
            lesion(procedure(RADIOTHERAPY, body_site=HEAD)),
            "unknown:unclassified",
            id="radiotherapy of the head: skin, bone or brain",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY_ANYWHERE)),
            "unknown:unclassified",
            id="radiosurgery of no site",
        ),
        pytest.param(
            lesion(procedure(INTRACRANIAL_EXCISION)),
            "unknown:unclassified",
            id="excision of something intracranial",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, MALFORMATION)),
            "unknown:conflicting",
            id="look-alike beside the code",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY_ANYWHERE, RADIOSURGERY)),
            "met",
            id="a code that decides beside one that asks",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, subject=None)),
            "unknown:unclassified",
            id="radiosurgery of nobody: skipped",
        ),
        pytest.param(
            lesion(procedure(RADIOSURGERY, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="radiosurgery with an unknown modifier: skipped",
        ),
        pytest.param(
            lesion(procedure()),
            "unknown:unreadable",
            id="a Procedure without a code: skipped, and it may be the treatment",
        ),
        # Nothing known
        pytest.param(chart(*LESION), "unknown:absent", id="no Procedure at all"),
        pytest.param(
            withheld(*LESION, missing=["procedures"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(withheld(*LESION, refused=["procedures"]), "unknown:not-shared", id="refused"),
        pytest.param(withheld(*LESION), "unknown:absent", id="known to be none"),
        # Without lesions, or undecided
        pytest.param(
            chart(condition(MELANOMA), brain_mri(conclusion="negative"), procedure(RADIOSURGERY)),
            "not-applicable",
            id="no lesion",
        ),
        pytest.param(
            chart(condition(MELANOMA), procedure(COLONOSCOPY)), "unknown:absent", id="undecided"
        ),
        pytest.param(
            chart(condition(MELANOMA), procedure(COLONOSCOPY), brain_mri()),
            "unknown:in-report",
            id="undecided, a report in words",
        ),
    ],
)
def test_brain_mets_treated(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_label_and_study_disagree_so_it_is_a_caution() -> None:
    assert finding(lesion(), ROW)["weight"] == "caution"
