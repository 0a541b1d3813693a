"""Is brain function good? Criteria.md, section C: Glasgow 15 (P) within 14 days (P)."""

import pytest

from tests.build import (
    GCS,
    LOINC,
    MELANOMA,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    brain_metastasis,
    brain_mri,
    chart,
    concept,
    condition,
    gcs,
    lab,
    observation,
    quantity,
    withheld,
)

ROW = "brain-function-good"

EYES = Code(LOINC, "9267-6", "Glasgow coma score eye opening")
SCALE = Code(LOINC, "35088-4", "Glasgow coma score")
MOCA = Code(LOINC, "72172-0", "Total score [MoCA]")


def with_lesion(*resources: Resource) -> bytes:
    return chart(condition(MELANOMA), brain_metastasis(), *resources)


def without_lesion(*resources: Resource) -> bytes:
    return chart(condition(MELANOMA), brain_mri(conclusion="negative"), *resources)


def undecided(*resources: Resource) -> bytes:
    return chart(condition(MELANOMA), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The score decides, with or without a lesion
        pytest.param(with_lesion(gcs(15)), "met", id="15"),
        pytest.param(with_lesion(gcs(14)), "not-met", id="14"),
        pytest.param(with_lesion(gcs(3)), "not-met", id="3, the lowest there is"),
        pytest.param(without_lesion(gcs(15)), "met", id="15, no lesion"),
        pytest.param(without_lesion(gcs(14)), "not-met", id="14, no lesion"),
        pytest.param(undecided(gcs(15)), "met", id="15, undecided"),
        pytest.param(undecided(gcs(14)), "not-met", id="14, undecided"),
        pytest.param(
            with_lesion(observation(SCALE, valueInteger=15)), "met", id="under the scale's name"
        ),
        pytest.param(with_lesion(lab(GCS, "15 {score}")), "met", id="as a quantity"),
        pytest.param(with_lesion(lab(GCS, "<15 {score}")), "not-met", id="below 15"),
        # Window
        pytest.param(with_lesion(gcs(15, days_ago=14)), "met", id="last day of the window"),
        pytest.param(with_lesion(gcs(15, days_ago=15)), "unknown:stale", id="a day too old"),
        pytest.param(with_lesion(gcs(14, days_ago=15)), "unknown:stale", id="14, a day too old"),
        pytest.param(
            with_lesion(gcs(15, days_ago=2), gcs(13, days_ago=10)), "met", id="the newest is 15"
        ),
        pytest.param(
            with_lesion(gcs(15, days_ago=10), gcs(13, days_ago=2)), "not-met", id="the newest is 13"
        ),
        # No score
        pytest.param(with_lesion(), "unknown:absent", id="lesion and no score"),
        pytest.param(without_lesion(), "confirm", id="no lesion and no score: a person must say"),
        pytest.param(undecided(), "confirm", id="undecided and no score: a person must say"),
        pytest.param(without_lesion(gcs(15, days_ago=15)), "confirm", id="no lesion, old score"),
        pytest.param(
            with_lesion(observation(EYES, valueInteger=4)), "unknown:absent", id="one part only"
        ),
        pytest.param(
            with_lesion(observation(MOCA, valueQuantity=quantity("29 {score}"))),
            "unknown:absent",
            id="a cognitive screen has no cut-off",
        ),
        pytest.param(
            with_lesion(observation(text="Oriented x4", valueString="oriented x4")),
            "unknown:absent",
            id="orientation in words",
        ),
        # Scores that cannot be used
        pytest.param(
            with_lesion(gcs(15, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            with_lesion(gcs(15, days_ago=9), gcs(15, days_ago=2, status="registered")),
            "unknown:not-final",
            id="the newest is registered",
        ),
        pytest.param(
            with_lesion(gcs(15, days_ago=9), gcs(9, days_ago=2, status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(with_lesion(gcs(16)), "unknown:unreadable", id="16 does not exist"),
        pytest.param(with_lesion(gcs(2)), "unknown:unreadable", id="2 does not exist"),
        pytest.param(with_lesion(gcs(15, days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(with_lesion(gcs(15, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            with_lesion(gcs(15, valueInteger=None, dataAbsentReason=concept(text="intubated"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(with_lesion(gcs(15, valueInteger=None)), "unknown:unreadable", id="no value"),
        pytest.param(
            with_lesion(gcs(15, valueInteger=None, valueString="15")), "unknown", id="a string"
        ),
        pytest.param(with_lesion(lab(GCS, "15 points")), "unknown:unit-unknown", id="'points'"),
        pytest.param(
            with_lesion(gcs(15), gcs(13)), "unknown:conflicting", id="two scores of one moment"
        ),
        pytest.param(with_lesion(gcs(15), gcs(15)), "met", id="the same score twice"),
        pytest.param(
            with_lesion(gcs(15, subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            with_lesion(gcs(15, days_ago=None, issued=ago(3, "10:00:00-05:00"))),
            "met",
            id="only a date of issue",
        ),
        pytest.param(
            withheld(condition(MELANOMA), brain_metastasis(), missing=["function"]),
            "unknown:not-shared",
            id="lesion, scores withheld",
        ),
        pytest.param(
            withheld(condition(MELANOMA), brain_metastasis(), refused=["function"]),
            "unknown:not-shared",
            id="lesion, scores refused",
        ),
        pytest.param(
            withheld(condition(MELANOMA), brain_metastasis()),
            "unknown:absent",
            id="lesion, known to be no score",
        ),
    ],
)
def test_brain_function_good(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
