"""
If a course was given: did the tumour shrink? Criteria.md, section K: after the last course.

A gap of more than 21 days (P) ends a course.
"""

from typing import Any

import pytest

from tests.build import (
    ALDESLEUKIN,
    BREAST_CANCER,
    DISEASE_STATUS,
    IMPROVED,
    LUNG_METASTASIS,
    MELANOMA,
    SNOMED,
    SOMEBODY_ELSE,
    STABLE,
    UNDETERMINED,
    UNKNOWN_MODIFIER,
    WORSENED,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    disease_status,
    finding,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    observation,
    procedure,
    related,
    verdict,
    vitamin_d,
    withheld,
)

ROW = "prior-course-response"

PARTIAL_REMISSION = Code(SNOMED, "103337004", "In partial remission (qualifier value)")
NOT_DETECTED = Code(SNOMED, "260415000", "Not detected (qualifier value)")

PRIMARY = condition(MELANOMA, id="melanoma", days_ago=700)
BREAST = condition(BREAST_CANCER, id="breast", days_ago=700)
LUNG = condition(LUNG_METASTASIS, id="lung", days_ago=300, extension=[related(PRIMARY)])


def given(days_ago: int | None = 100, **fields: Any) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=days_ago, **fields)


def status(trend: Code, days_ago: int | None = 60, **fields: Any) -> Resource:
    """A disease status of the melanoma, 40 days after the dose unless told otherwise."""
    return disease_status(trend, of=PRIMARY, days_ago=days_ago) | fields


def after(*resources: Resource) -> bytes:
    """Melanoma, a medicine of no matter, a dose 100 days ago, and these."""
    return chart(PRIMARY, vitamin_d(), given(), *resources)


def valued(**value: Any) -> Resource:
    focus = [{"reference": "Condition/melanoma"}]
    return observation(DISEASE_STATUS, days_ago=60, focus=focus, **value)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Shrunk or not
        pytest.param(after(status(IMPROVED)), "met", id="improved"),
        pytest.param(after(status(STABLE)), "not-met", id="stable"),
        pytest.param(after(status(WORSENED)), "not-met", id="worsened"),
        pytest.param(
            after(status(WORSENED, 80), status(IMPROVED, 60)), "met", id="worsened, then improved"
        ),
        pytest.param(
            after(status(IMPROVED, 80), status(WORSENED, 60)),
            "not-met",
            id="improved, then worsened",
        ),
        pytest.param(
            after(status(STABLE), status(WORSENED)), "not-met", id="stable and worsened at once"
        ),
        pytest.param(
            after(status(IMPROVED), status(WORSENED)),
            "unknown:conflicting",
            id="improved and worsened at once",
        ),
        pytest.param(
            after(valued(valueCodeableConcept=concept(IMPROVED, WORSENED))),
            "unknown:conflicting",
            id="improved and worsened in one value",
        ),
        pytest.param(
            after(status(UNDETERMINED)), "unknown:unclassified", id="undetermined is not stable"
        ),
        pytest.param(
            after(status(PARTIAL_REMISSION)), "unknown:unclassified", id="a value that only asks"
        ),
        pytest.param(
            after(status(NOT_DETECTED)), "unknown:unclassified", id="a finding that is no status"
        ),
        pytest.param(
            after(valued(valueCodeableConcept=concept(text="improved"))),
            "unknown:unclassified",
            id="a value in words",
        ),
        pytest.param(after(valued(valueString="improved")), "unknown:unreadable", id="a string"),
        pytest.param(after(valued()), "unknown:unreadable", id="no value"),
        pytest.param(
            after(status(IMPROVED, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            after(status(STABLE, 80), status(IMPROVED, status="entered-in-error")),
            "not-met",
            id="an error, and one before it",
        ),
        pytest.param(
            after(status(IMPROVED, subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        # After the last dose
        pytest.param(after(), "unknown:absent", id="no status"),
        pytest.param(after(status(IMPROVED, 99)), "met", id="a day after the dose"),
        pytest.param(after(status(IMPROVED, 100)), "unknown:absent", id="on the day of the dose"),
        pytest.param(after(status(IMPROVED, 101)), "unknown:absent", id="a day before it"),
        pytest.param(
            after(given(50), status(IMPROVED, 60)),
            "unknown:absent",
            id="after the first course, before the second",
        ),
        pytest.param(
            after(status(IMPROVED, effectiveDateTime="2026-08")),
            "unknown:unreadable",
            id="some day of the month of the dose",
        ),
        pytest.param(
            after(status(IMPROVED, effectiveDateTime=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(after(status(IMPROVED, -1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(
                PRIMARY,
                vitamin_d(),
                given(effectiveDateTime="2026-08"),
                status(IMPROVED, effectiveDateTime="2026-08-20"),
            ),
            "unknown:unreadable",
            id="the dose some day of that month",
        ),
        # A course that is over
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(22), status(IMPROVED, 10)),
            "met",
            id="22 days since the last dose: the course is over",
        ),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(21), status(WORSENED, 10)),
            "not-applicable",
            id="21 days: within a course",
        ),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(100), given(0), status(WORSENED, 10)),
            "not-applicable",
            id="within a second course",
        ),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(0, status="in-progress")),
            "not-applicable",
            id="being given now",
        ),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(effectiveDateTime="2026-11"), status(IMPROVED, 1)),
            "unknown:unreadable",
            id="the last dose some day of this month",
        ),
        pytest.param(
            chart(
                PRIMARY,
                vitamin_d(),
                medication_statement(ALDESLEUKIN, days_ago=100),
                status(IMPROVED),
            ),
            "unknown:unreadable",
            id="stated as taken since then, until when is not told",
        ),
        pytest.param(
            chart(
                PRIMARY,
                vitamin_d(),
                procedure(
                    Code(
                        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
                        "J9015",
                        "Aldesleukin injection",
                    ),
                    days_ago=None,
                    status="in-progress",
                    performedPeriod={"start": ago(3)},
                ),
            ),
            "not-applicable",
            id="a procedure begun three days ago goes on",
        ),
        # Which dose was the last
        pytest.param(
            after(given(None), status(IMPROVED)), "unknown:unreadable", id="a dose without a date"
        ),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(None), status(IMPROVED)),
            "unknown:unreadable",
            id="no dose has a date",
        ),
        pytest.param(
            after(given(70, status="on-hold"), status(IMPROVED)),
            "unknown:unclassified",
            id="a doubtful dose after the last sure one",
        ),
        pytest.param(
            after(given(130, status="on-hold"), status(IMPROVED)),
            "met",
            id="a doubtful dose before it",
        ),
        pytest.param(
            after(given(70, modifierExtension=UNKNOWN_MODIFIER), status(IMPROVED)),
            "unknown:unclassified",
            id="a dose had to be skipped",
        ),
        # No earlier aldesleukin
        pytest.param(
            chart(PRIMARY, vitamin_d(), status(WORSENED)), "not-applicable", id="none on record"
        ),
        pytest.param(
            chart(
                PRIMARY, vitamin_d(), medication_request(ALDESLEUKIN, days_ago=3), status(WORSENED)
            ),
            "not-applicable",
            id="ordered and not yet given",
        ),
        pytest.param(chart(PRIMARY, status(WORSENED)), "unknown:absent", id="no medication entry"),
        pytest.param(
            chart(PRIMARY, vitamin_d(), given(status="on-hold")),
            "unknown:unclassified",
            id="whether it was given is not known",
        ),
        # Whose status
        pytest.param(
            after(disease_status(IMPROVED, of=None, days_ago=60)), "met", id="of no named cancer"
        ),
        pytest.param(
            after(LUNG, disease_status(IMPROVED, of=LUNG, days_ago=60)),
            "met",
            id="of its metastasis",
        ),
        pytest.param(
            after(BREAST, disease_status(WORSENED, of=BREAST, days_ago=60)),
            "unknown:absent",
            id="of another cancer",
        ),
        pytest.param(
            after(BREAST, disease_status(WORSENED, of=BREAST, days_ago=50), status(IMPROVED)),
            "met",
            id="of another cancer, and an older one of the melanoma",
        ),
        pytest.param(
            after(BREAST, disease_status(IMPROVED, of=None, days_ago=60)),
            "unknown:conflicting",
            id="of no named cancer, beside another active cancer",
        ),
        pytest.param(
            after(BREAST, status(IMPROVED)), "met", id="of the melanoma, beside another cancer"
        ),
        pytest.param(
            after(
                BREAST | {"modifierExtension": UNKNOWN_MODIFIER},
                disease_status(IMPROVED, of=None, days_ago=60),
            ),
            "unknown:unreadable",
            id="of no named cancer, and another one had to be skipped",
        ),
        pytest.param(
            after(
                condition(code="C50.9", subject=None),
                disease_status(IMPROVED, of=None, days_ago=60),
            ),
            "unknown:unreadable",
            id="of no named cancer, and a problem without a readable code",
        ),
        pytest.param(
            after(disease_status(IMPROVED, of=BREAST, days_ago=60)),
            "unknown:unreadable",
            id="of an entry that was not shared",
        ),
        pytest.param(
            after(status(IMPROVED, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a status skipped",
        ),
        # Withheld
        pytest.param(
            withheld(PRIMARY, vitamin_d(), given(), status(IMPROVED), missing=["function"]),
            "unknown:not-shared",
            id="disease status did not come",
        ),
        pytest.param(
            withheld(PRIMARY, vitamin_d(), given(), status(IMPROVED), refused=["medicines"]),
            "unknown:not-shared",
            id="orders refused: there may be a later dose",
        ),
        pytest.param(
            withheld(PRIMARY, vitamin_d(), missing=["given"]),
            "unknown:not-shared",
            id="doses did not come",
        ),
        pytest.param(
            withheld(PRIMARY, vitamin_d(), given(), status(IMPROVED), missing=["encounterDx"]),
            "met",
            id="of the melanoma, visits did not come",
        ),
        pytest.param(
            withheld(
                PRIMARY,
                vitamin_d(),
                given(),
                disease_status(IMPROVED, of=None, days_ago=60),
                missing=["encounterDx"],
            ),
            "unknown:not-shared",
            id="of no named cancer, visits did not come",
        ),
    ],
)
def test_prior_course_response(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_caution() -> None:
    assert finding(after(), ROW)["weight"] == "caution"


def test_the_chart_against_which_nothing_speaks_has_no_earlier_dose() -> None:
    assert verdict(chart(*nothing_against()), ROW) == "not-applicable"


def test_a_status_from_before_the_last_dose_is_shown() -> None:
    assert "97509-4" in str(finding(after(status(IMPROVED, 101)), ROW)["evidence"])
