"""No seizure disorder or recent seizure? Criteria.md, section C: 180 days (P)."""

import pytest

from tests.build import (
    ICD10CM,
    LEVETIRACETAM,
    RXNORM,
    SEIZURE,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    condition,
    finding,
    hypertension,
    medication_request,
    visit_diagnosis,
    vitamin_d,
    withheld,
)

ROW = "seizure-free"

EPILEPSY = Code(ICD10CM, "G40.909", "Epilepsy, unspecified, not intractable")
POST_TRAUMATIC = Code(ICD10CM, "R56.1", "Post traumatic seizures")
FEBRILE = Code(ICD10CM, "R56.00", "Simple febrile convulsions")
CONVERSION = Code(ICD10CM, "F44.5", "Conversion disorder with seizures or convulsions")
SYNCOPE = Code(ICD10CM, "R55", "Syncope and collapse")
FINDING = Code(SNOMED, "313287004", "Seizure related finding (finding)")
GABAPENTIN = Code(RXNORM, "25480", "gabapentin")
LAMOTRIGINE = Code(RXNORM, "28439", "lamotrigine")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), vitamin_d(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(chart(hypertension()), "met", id="no medicine on record either"),
        pytest.param(with_problems(condition(SEIZURE)), "not-met", id="an active problem"),
        pytest.param(with_problems(condition(EPILEPSY)), "not-met", id="epilepsy"),
        pytest.param(
            with_problems(condition(EPILEPSY, days_ago=4000)), "not-met", id="epilepsy since long"
        ),
        # Ended, and when
        pytest.param(
            with_problems(condition(SEIZURE, clinical="resolved", abated_days_ago=180)),
            "not-met",
            id="ended 180 days ago",
        ),
        pytest.param(
            with_problems(
                condition(SEIZURE, days_ago=400, clinical="resolved", abated_days_ago=181)
            ),
            "met",
            id="ended 181 days ago",
        ),
        pytest.param(
            with_problems(condition(SEIZURE, days_ago=30, clinical="resolved")),
            "not-met",
            id="resolved without an end, but begun inside the window: it ended there too",
        ),
        pytest.param(
            with_problems(condition(SEIZURE, days_ago=400, clinical="resolved")),
            "unknown:unreadable",
            id="resolved without an end, begun long ago: ended when?",
        ),
        pytest.param(
            with_problems(
                condition(
                    SEIZURE, clinical="resolved", abated_days_ago=20, verification="unconfirmed"
                )
            ),
            "unknown:unclassified",
            id="ended 20 days ago, unconfirmed",
        ),
        pytest.param(
            with_problems(condition(POST_TRAUMATIC, clinical="resolved", abated_days_ago=20)),
            "unknown:unclassified",
            id="post-traumatic, ended 20 days ago: the code only asks",
        ),
        pytest.param(
            with_problems(visit_diagnosis(SEIZURE, days_ago=100)),
            "not-met",
            id="a visit: the row's 180 days go before the 30 of an acute set",
        ),
        pytest.param(
            with_problems(visit_diagnosis(SEIZURE, days_ago=180)), "not-met", id="visit, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(SEIZURE, days_ago=181)), "met", id="visit, too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(SEIZURE, days_ago=None)),
            "unknown:unreadable",
            id="a visit without a date",
        ),
        pytest.param(
            with_problems(condition(SEIZURE, onset=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        # Look-alikes
        pytest.param(with_problems(condition(SYNCOPE)), "met", id="syncope"),
        pytest.param(
            with_problems(condition(SYNCOPE, clinical="resolved", abated_days_ago=20)),
            "met",
            id="syncope, ended 20 days ago",
        ),
        pytest.param(with_problems(condition(FEBRILE)), "met", id="febrile convulsions"),
        pytest.param(
            with_problems(condition(CONVERSION)), "met", id="psychogenic, for all its display says"
        ),
        pytest.param(
            with_problems(condition(EPILEPSY, CONVERSION)),
            "unknown:conflicting",
            id="epilepsy and psychogenic in one entry",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(POST_TRAUMATIC)), "unknown:unclassified", id="post-traumatic"
        ),
        pytest.param(
            with_problems(condition(FINDING)),
            "unknown:unclassified",
            id="'seizure related finding'",
        ),
        pytest.param(
            with_problems(condition(text="Seizure-like activity")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(condition(text="Family history of epilepsy")), "met", id="the family's"
        ),
        pytest.param(with_problems(condition(text="Risk of seizure")), "met", id="a risk"),
        pytest.param(
            with_problems(condition(SEIZURE, verification="differential")),
            "unknown:unclassified",
            id="a differential diagnosis",
        ),
        # Not true, not the patient's
        pytest.param(
            with_problems(condition(SEIZURE, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            with_problems(condition(SEIZURE, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # Anticonvulsants
        pytest.param(
            with_problems(medication_request(LEVETIRACETAM)),
            "unknown:unclassified",
            id="levetiracetam without a seizure: prophylaxis?",
        ),
        pytest.param(
            with_problems(medication_request(text="levetiracetam 500 mg tablet")),
            "unknown:unclassified",
            id="levetiracetam by name",
        ),
        pytest.param(
            with_problems(medication_request(LAMOTRIGINE)),
            "unknown:unclassified",
            id="lamotrigine: mood or seizures",
        ),
        pytest.param(
            with_problems(condition(SEIZURE), medication_request(LEVETIRACETAM)),
            "not-met",
            id="levetiracetam and a seizure",
        ),
        pytest.param(
            with_problems(condition(POST_TRAUMATIC), medication_request(LEVETIRACETAM)),
            "unknown:unclassified",
            id="levetiracetam and a seizure that only asks",
        ),
        pytest.param(
            with_problems(medication_request(GABAPENTIN)), "met", id="gabapentin is for pain"
        ),
        pytest.param(
            with_problems(medication_request(LEVETIRACETAM, status="completed", days_ago=700)),
            "met",
            id="levetiracetam of the past",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(vitamin_d()), "unknown:absent", id="no problem recorded"),
        pytest.param(withheld(hypertension(), vitamin_d()), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), vitamin_d(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits did not come",
        ),
        pytest.param(
            withheld(hypertension(), refused=["medicines"]),
            "unknown:not-shared",
            id="medicines refused",
        ),
        pytest.param(
            withheld(condition(SEIZURE), refused=["medicines", "encounterDx"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_seizure_free(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("seizure", "remark"),
    [
        pytest.param((), "anticonvulsant without a seizure condition: prophylaxis?", id="alone"),
        pytest.param((condition(SEIZURE),), None, id="beside a seizure"),
        pytest.param((condition(POST_TRAUMATIC),), None, id="beside what may be one"),
    ],
)
def test_why_an_anticonvulsant_asks_is_said(
    seizure: tuple[Resource, ...], remark: str | None
) -> None:
    chart_of_it = with_problems(*seizure, medication_request(LEVETIRACETAM))
    assert finding(chart_of_it, ROW).get("remark") == remark
