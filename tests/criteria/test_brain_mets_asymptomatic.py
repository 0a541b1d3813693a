"""
If there are brain lesions: no symptoms from them? Criteria.md, section C.

The first brain metastasis is dated 150 days ago; what began up to 90 days (P) before counts.
"""

import pytest

from tests.build import (
    GCS,
    HEADACHE,
    HEMIPLEGIA,
    ICD10CM,
    MELANOMA,
    RAISED_PRESSURE,
    SEIZURE,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    gcs,
    lab,
    withheld,
)

ROW = "brain-mets-asymptomatic"

SYNCOPE = Code(ICD10CM, "R55", "Syncope and collapse")
COMPRESSION = Code(ICD10CM, "G93.5", "Compression of brain")
SENSORY = Code(ICD10CM, "R20.2", "Paresthesia of skin")
VOMITING = Code(ICD10CM, "R11.10", "Vomiting, unspecified")
LESION = (condition(MELANOMA, days_ago=700), brain_metastasis(days_ago=150))


def assessed(*resources: Resource) -> bytes:
    """A lesion, and a neurological assessment in the window."""
    return chart(*LESION, gcs(15), *resources)


def not_assessed(*resources: Resource) -> bytes:
    return chart(*LESION, *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # No symptom: met only with an assessment
        pytest.param(assessed(), "met", id="no symptom, Glasgow 15"),
        pytest.param(not_assessed(), "unknown:absent", id="no coded symptom is not asymptomatic"),
        pytest.param(not_assessed(gcs(15, days_ago=14)), "met", id="last day of the window"),
        pytest.param(not_assessed(gcs(15, days_ago=15)), "unknown:stale", id="a day too old"),
        pytest.param(not_assessed(gcs(14)), "unknown", id="the assessment was not 15"),
        pytest.param(
            not_assessed(gcs(15, status="preliminary")),
            "unknown:not-final",
            id="the assessment is preliminary",
        ),
        # A symptom
        pytest.param(assessed(condition(HEMIPLEGIA)), "not-met", id="focal deficit"),
        pytest.param(assessed(condition(RAISED_PRESSURE)), "not-met", id="raised pressure"),
        pytest.param(assessed(condition(COMPRESSION)), "not-met", id="compression of the brain"),
        pytest.param(assessed(condition(SEIZURE)), "not-met", id="seizure"),
        pytest.param(not_assessed(condition(SEIZURE)), "not-met", id="seizure, no assessment"),
        pytest.param(
            assessed(condition(SEIZURE, days_ago=170)),
            "not-met",
            id="the seizure that led to the scan, 20 days before",
        ),
        pytest.param(assessed(condition(SEIZURE, days_ago=240)), "not-met", id="90 days before"),
        pytest.param(assessed(condition(SEIZURE, days_ago=241)), "met", id="91 days before"),
        pytest.param(
            assessed(condition(SEIZURE, clinical="resolved", abated_days_ago=5)),
            "met",
            id="no longer active",
        ),
        pytest.param(assessed(condition(SEIZURE, verification="refuted")), "met", id="refuted"),
        pytest.param(
            assessed(condition(SEIZURE, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(assessed(condition(SYNCOPE)), "met", id="syncope is no seizure"),
        # What may be a symptom
        pytest.param(
            assessed(condition(HEADACHE)), "unknown:unclassified", id="headache: cause not told"
        ),
        pytest.param(
            assessed(condition(VOMITING)), "unknown:unclassified", id="vomiting: cause not told"
        ),
        pytest.param(
            assessed(condition(SEIZURE, days_ago=None)),
            "unknown:unclassified",
            id="a seizure without a date",
        ),
        pytest.param(
            assessed(condition(SENSORY)), "unknown:unclassified", id="a code that only asks"
        ),
        pytest.param(
            assessed(condition(SEIZURE, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(assessed(condition(text="Seizures")), "unknown:unclassified", id="text only"),
        pytest.param(
            assessed(condition(HEADACHE), condition(HEMIPLEGIA)),
            "not-met",
            id="headache and a focal deficit",
        ),
        pytest.param(
            assessed(condition(HEADACHE, clinical="resolved", abated_days_ago=20)),
            "met",
            id="the headache is over",
        ),
        # Without lesions, or undecided
        pytest.param(
            chart(condition(MELANOMA), brain_mri(conclusion="negative"), condition(SEIZURE)),
            "not-applicable",
            id="no lesion",
        ),
        pytest.param(chart(condition(MELANOMA), gcs(15)), "unknown:absent", id="undecided"),
        pytest.param(
            chart(condition(MELANOMA), gcs(15), brain_mri()),
            "unknown:in-report",
            id="undecided, a report in words",
        ),
        # Withheld
        pytest.param(withheld(*LESION, gcs(15)), "met", id="every query came, most of them empty"),
        pytest.param(
            withheld(*LESION, gcs(15), missing=["encounterDx"]),
            "unknown:not-shared",
            id="the visits could hold a symptom",
        ),
        pytest.param(
            withheld(*LESION, gcs(15), condition(SEIZURE), missing=["encounterDx"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            withheld(*LESION, refused=["function"]), "unknown:not-shared", id="no assessment shared"
        ),
        pytest.param(not_assessed(gcs(16)), "unknown:unreadable", id="a score that does not exist"),
        pytest.param(
            not_assessed(lab(GCS, "15 points")),
            "unknown:unit-unknown",
            id="the assessment in 'points'",
        ),
        pytest.param(
            not_assessed(gcs(15), gcs(14)), "unknown:conflicting", id="two scores of one moment"
        ),
    ],
)
def test_brain_mets_asymptomatic(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
