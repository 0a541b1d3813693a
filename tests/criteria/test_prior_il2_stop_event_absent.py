"""
No earlier IL-2 event that forbids retreatment? Criteria.md, section K: a contraindication.

An event counts on the day of a dose of aldesleukin and for 30 days (P) after it, for life.
"""

from typing import Any

import pytest

from tests.build import (
    ALDESLEUKIN,
    HL7,
    ICD10,
    ICD10CM,
    LOCAL,
    RXNORM,
    SEIZURE,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    colonoscopy,
    condition,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    procedure,
    verdict,
    visit_diagnosis,
    vitamin_d,
    withheld,
)

ROW = "prior-il2-stop-event-absent"

PERFORATION = Code(ICD10CM, "K63.1", "Perforation of intestine (nontraumatic)")
ISCHAEMIA = Code(SNOMED, "30588004", "Ischemic colitis (disorder)")
TAMPONADE = Code(SNOMED, "35304003", "Cardiac tamponade (disorder)")
INFARCTION = Code(ICD10CM, "I21.9", "Acute myocardial infarction, unspecified")
OLD_INFARCTION = Code(ICD10CM, "I25.2", "Old myocardial infarction")
INTUBATION = Code(SNOMED, "1258985005", "Invasive mechanical ventilation (regime/therapy)")
DIALYSIS = Code(SNOMED, "302497006", "Hemodialysis (procedure)")
COMA = Code(SNOMED, "371632003", "Coma (disorder)")
COMA_ASKS = Code(ICD10CM, "R40.2", "Coma")
TACHYCARDIA = Code(SNOMED, "426525004", "Sustained ventricular tachycardia (disorder)")
FIBRILLATION = Code(SNOMED, "71908006", "Ventricular fibrillation (disorder)")
BLEEDING = Code(ICD10CM, "K25.0", "Acute gastric ulcer with hemorrhage")
BOWEL_UNSPECIFIED = Code(ICD10, "K55", "Vascular disorders of intestine")
ATRIAL_FIBRILLATION = Code(ICD10CM, "I48.91", "Unspecified atrial fibrillation")

HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
BILLED = Code(HCPCS, "J9015", "Aldesleukin injection")
ICD9_INFUSION = Code(HL7 + "icd9cm", "00.15", "High-dose infusion interleukin-2 [IL-2]")
UNSURE_PRODUCT = Code(RXNORM, "105648", "aldesleukin?")
DROPS = Code("http://hl7.org/fhir/sid/ndc", "17089-380-18", "GUNA-IL 2 drops")


def given(days_ago: int | None = 200, **fields: Any) -> Resource:
    """A dose of aldesleukin, 200 days ago unless told otherwise."""
    return medication_administration(ALDESLEUKIN, days_ago=days_ago, **fields)


def after(*resources: Resource) -> bytes:
    """A dose 200 days ago; problems, procedures and medicines of no matter; and these."""
    return chart(hypertension(), colonoscopy(), vitamin_d(), given(), *resources)


def never(*resources: Resource) -> bytes:
    """The same without the dose."""
    return chart(hypertension(), colonoscopy(), vitamin_d(), *resources)


def lasting(code: Code, start: str, end: str | None, **fields: Any) -> Resource:
    """A procedure over a period."""
    period = {"start": start} | ({"end": end} if end else {})
    return procedure(code, days_ago=None, performedPeriod=period, **fields)


def coma(onset: str, abated: str | None, code: Code = COMA, **fields: Any) -> Resource:
    return condition(
        code, onset=onset, days_ago=None, clinical="resolved", abatementDateTime=abated, **fields
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Events that forbid
        pytest.param(after(condition(PERFORATION, days_ago=195)), "not-met", id="perforation"),
        pytest.param(after(condition(ISCHAEMIA, days_ago=195)), "not-met", id="bowel ischaemia"),
        pytest.param(after(condition(TAMPONADE, days_ago=195)), "not-met", id="tamponade"),
        pytest.param(after(condition(INFARCTION, days_ago=195)), "not-met", id="infarction"),
        pytest.param(
            after(condition(INFARCTION, days_ago=195, clinical="resolved", abated_days_ago=190)),
            "not-met",
            id="infarction, resolved: it holds for life",
        ),
        pytest.param(
            after(visit_diagnosis(INFARCTION, days_ago=195)), "not-met", id="a diagnosis of a visit"
        ),
        pytest.param(
            after(condition(INFARCTION, days_ago=None, recordedDate=ago(195))),
            "not-met",
            id="by the day it was recorded",
        ),
        pytest.param(
            after(condition(PERFORATION, BLEEDING, days_ago=195)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        # The days after a dose
        pytest.param(after(condition(INFARCTION, days_ago=200)), "not-met", id="day of the dose"),
        pytest.param(after(condition(INFARCTION, days_ago=170)), "not-met", id="30 days after it"),
        pytest.param(after(condition(INFARCTION, days_ago=169)), "met", id="31 days after it"),
        pytest.param(after(condition(INFARCTION, days_ago=201)), "met", id="a day before it"),
        pytest.param(after(condition(INFARCTION, days_ago=900)), "met", id="years before it"),
        pytest.param(
            after(given(190), condition(INFARCTION, days_ago=160)),
            "not-met",
            id="30 days after the last of two doses",
        ),
        pytest.param(
            never(given(9000), condition(INFARCTION, days_ago=8990)),
            "not-met",
            id="decades ago: it holds for life",
        ),
        pytest.param(
            never(given(207), condition(INFARCTION, onset="2026-05", days_ago=None)),
            "not-met",
            id="some day of May: all of it is in the 30 days after a dose of 1 May",
        ),
        pytest.param(
            after(condition(INFARCTION, onset="2026-05", days_ago=None)),
            "unknown:unreadable",
            id="some day of May: it may have been before the dose of 8 May",
        ),
        pytest.param(
            after(condition(INFARCTION, onset="2026", days_ago=None)),
            "unknown:unreadable",
            id="some day of the year",
        ),
        pytest.param(
            after(condition(INFARCTION, onset="2025", days_ago=None)), "met", id="the year before"
        ),
        pytest.param(
            after(condition(INFARCTION, days_ago=None)), "unknown:unreadable", id="event, no date"
        ),
        pytest.param(
            after(condition(INFARCTION, onset=ago(-2), days_ago=None)),
            "unknown:unreadable",
            id="event in the future",
        ),
        # Events that forbid if they went on for long enough
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10T08:00:00Z", "2026-05-10T08:00:00Z")),
            "met",
            id="ventilated for no time",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10T08:00:00Z", "2026-05-13T08:00:00Z")),
            "met",
            id="ventilated for 72 h: not over",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10T08:00:00Z", "2026-05-13T08:01:00Z")),
            "not-met",
            id="ventilated for a minute more",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10", "2026-05-14")),
            "not-met",
            id="from Sunday to Thursday: surely over 72 h",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10", "2026-05-13")),
            "unknown:unclassified",
            id="from Sunday to Wednesday: not surely over",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10", "2026-05-12")),
            "met",
            id="from Sunday to Tuesday: surely not over",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10", "2026-05-14T08:00:00Z")),
            "not-met",
            id="begun some time of one day, ended at a time of another",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-14", "2026-05-10")),
            "unknown:unclassified",
            id="ended before it began",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10T09:00:00Z", "2026-05-10T08:00:00Z")),
            "unknown:unclassified",
            id="ended an hour before it began",
        ),
        pytest.param(
            after(lasting(INTUBATION, "2026-05-10", None, status="in-progress")),
            "unknown:unclassified",
            id="its end not told",
        ),
        pytest.param(
            after(procedure(INTUBATION, days_ago=195)), "unknown:unclassified", id="no period"
        ),
        pytest.param(
            after(procedure(DIALYSIS, days_ago=195)), "unknown:unclassified", id="dialysed once"
        ),
        pytest.param(
            after(lasting(DIALYSIS, "2026-05-10T08:00:00Z", "2026-05-13T09:00:00Z")),
            "not-met",
            id="dialysis over 72 h",
        ),
        pytest.param(
            after(lasting(DIALYSIS, "2026-05-10T08:00:00Z", "2026-05-10T12:00:00Z")),
            "met",
            id="dialysis of four hours",
        ),
        pytest.param(
            after(lasting(INTUBATION, ago(175), ago(150))),
            "not-met",
            id="begun inside the 30 days, ended outside",
        ),
        pytest.param(
            after(coma("2026-05-10T08:00:00Z", "2026-05-12T08:00:00Z")),
            "met",
            id="coma of 48 h: not over",
        ),
        pytest.param(
            after(coma("2026-05-10T08:00:00Z", "2026-05-12T08:00:01Z")),
            "not-met",
            id="coma of a second more",
        ),
        pytest.param(
            after(coma("2026-05-10", "2026-05-13", COMA_ASKS)),
            "not-met",
            id="a code that asks, and a period over 48 h: the period outranks it",
        ),
        pytest.param(after(coma("2026-05-10", "2026-05-11")), "met", id="coma over one night"),
        pytest.param(
            after(coma("2026-05-10", "2026-05-12")), "unknown:unclassified", id="coma, 24 to 72 h"
        ),
        pytest.param(after(coma("2026-05-10", None)), "unknown:unclassified", id="coma, no end"),
        pytest.param(
            after(coma("2026-05-10", ago(-5))), "unknown:unclassified", id="coma, end in the future"
        ),
        pytest.param(
            after(condition(COMA, SEIZURE, onset="2026-05-10", abatementDateTime="2026-05-11")),
            "unknown:unclassified",
            id="a short coma with a seizure in one entry",
        ),
        # Events that are shown, and asked about
        pytest.param(
            after(condition(TACHYCARDIA, days_ago=195)),
            "unknown:unclassified",
            id="ventricular tachycardia: how long it was sustained is not told",
        ),
        pytest.param(
            after(condition(FIBRILLATION, days_ago=195)), "unknown:unclassified", id="fibrillation"
        ),
        pytest.param(
            after(condition(SEIZURE, days_ago=195)), "unknown:unclassified", id="one seizure"
        ),
        pytest.param(
            after(condition(BLEEDING, days_ago=195)),
            "unknown:unclassified",
            id="bleeding: whether it needed surgery is not told",
        ),
        pytest.param(
            after(condition(BOWEL_UNSPECIFIED, days_ago=195)),
            "unknown:unclassified",
            id="a code that asks",
        ),
        pytest.param(after(condition(SEIZURE, days_ago=100)), "met", id="a seizure long after"),
        pytest.param(
            after(condition(SEIZURE, days_ago=195), condition(INFARCTION, days_ago=190)),
            "not-met",
            id="a seizure and an infarction",
        ),
        pytest.param(
            after(condition(text="Ischaemic colitis", days_ago=195)),
            "unknown:unclassified",
            id="words only",
        ),
        pytest.param(
            after(condition(LOCAL, text="Ventricular tachycardia", days_ago=195)),
            "unknown:unclassified",
            id="an arrhythmia in words only",
        ),
        pytest.param(
            after(procedure(text="Dialysis", days_ago=195)),
            "unknown:unclassified",
            id="dialysis in words only",
        ),
        pytest.param(
            after(condition(ATRIAL_FIBRILLATION, days_ago=195)),
            "met",
            id="atrial fibrillation by its code is not among the events",
        ),
        pytest.param(
            after(condition(INFARCTION, OLD_INFARCTION, days_ago=195)),
            "unknown:conflicting",
            id="a new and an old infarction in one entry",
        ),
        pytest.param(
            after(condition(INFARCTION, days_ago=195, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            after(procedure(INFARCTION, days_ago=195, status="unknown")),
            "unknown:unclassified",
            id="whether it was done is not known",
        ),
        # No event
        pytest.param(after(), "met", id="none recognised"),
        pytest.param(after(condition(OLD_INFARCTION, days_ago=195)), "met", id="a look-alike"),
        pytest.param(
            after(condition(INFARCTION, days_ago=195, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            after(condition(INFARCTION, days_ago=195, verification="entered-in-error")),
            "met",
            id="an error",
        ),
        pytest.param(
            after(condition(INFARCTION, days_ago=195, subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's",
        ),
        pytest.param(
            after(condition(text="Family history of heart attack", days_ago=195)),
            "met",
            id="the family's",
        ),
        pytest.param(
            after(procedure(INTUBATION, days_ago=195, status="not-done")), "met", id="not done"
        ),
        # What counts as a dose
        pytest.param(
            never(given(status="stopped"), condition(INFARCTION, days_ago=195)),
            "not-met",
            id="a dose that was stopped",
        ),
        pytest.param(
            never(
                medication_request(ALDESLEUKIN, status="completed", days_ago=200),
                condition(INFARCTION, days_ago=195),
            ),
            "not-met",
            id="an order completed",
        ),
        pytest.param(
            never(
                medication_request(
                    text="Proleukin 22 million unit", status="stopped", days_ago=200
                ),
                condition(INFARCTION, days_ago=195),
            ),
            "not-met",
            id="an order stopped, by its name",
        ),
        pytest.param(
            never(
                medication_statement(ALDESLEUKIN, status="completed", days_ago=200),
                condition(INFARCTION, days_ago=195),
            ),
            "not-met",
            id="stated",
        ),
        pytest.param(
            never(
                medication_statement(
                    ALDESLEUKIN,
                    status="completed",
                    days_ago=None,
                    effectivePeriod={"start": ago(230), "end": ago(212)},
                ),
                condition(INFARCTION, days_ago=220),
            ),
            "not-met",
            id="stated from one day to another, event between",
        ),
        pytest.param(
            never(
                medication_statement(ALDESLEUKIN, days_ago=200), condition(INFARCTION, days_ago=195)
            ),
            "not-met",
            id="stated as taken since then",
        ),
        pytest.param(
            never(
                medication_statement(ALDESLEUKIN, days_ago=200), condition(INFARCTION, days_ago=100)
            ),
            "unknown:unreadable",
            id="stated as taken since then, until when is not told",
        ),
        pytest.param(
            never(procedure(BILLED, days_ago=200), condition(INFARCTION, days_ago=195)),
            "not-met",
            id="billed as J9015",
        ),
        pytest.param(
            never(
                medication_request(
                    ALDESLEUKIN,
                    status="completed",
                    days_ago=200,
                    dosageInstruction=[
                        {
                            "timing": {
                                "repeat": {"boundsPeriod": {"start": ago(200), "end": ago(180)}}
                            }
                        }
                    ],
                ),
                condition(INFARCTION, days_ago=160),
            ),
            "unknown:unreadable",
            id="ordered for 20 days, when the last dose was is not told",
        ),
        pytest.param(
            after(
                medication_request(
                    ALDESLEUKIN,
                    status="completed",
                    days_ago=201,
                    dosageInstruction=[
                        {
                            "timing": {
                                "repeat": {"boundsPeriod": {"start": ago(200), "end": ago(180)}}
                            }
                        }
                    ],
                ),
                condition(INFARCTION, days_ago=160),
            ),
            "met",
            id="ordered for 20 days, the doses told one by one",
        ),
        pytest.param(
            never(given(status="on-hold"), condition(INFARCTION, days_ago=195)),
            "unknown:unclassified",
            id="a dose on hold",
        ),
        pytest.param(
            never(medication_request(UNSURE_PRODUCT, status="completed")),
            "unknown:unclassified",
            id="a product that may be aldesleukin",
        ),
        pytest.param(
            never(procedure(ICD9_INFUSION, days_ago=9000)),
            "unknown:unclassified",
            id="a procedure that may be it",
        ),
        pytest.param(
            never(given(status="on-hold"), given(300), condition(INFARCTION, days_ago=195)),
            "unknown:unclassified",
            id="an event after a doubtful dose, and an earlier sure one",
        ),
        pytest.param(
            never(given(status="on-hold"), given(300)), "met", id="a doubtful dose, and no event"
        ),
        pytest.param(
            never(given(None), condition(INFARCTION, days_ago=195)),
            "unknown:unreadable",
            id="a dose without a date, and an event",
        ),
        pytest.param(never(given(None)), "met", id="a dose without a date, and no event"),
        pytest.param(
            never(given(effectiveDateTime="last spring"), condition(INFARCTION, days_ago=195)),
            "unknown:unreadable",
            id="a dose whose date cannot be read",
        ),
        pytest.param(
            never(given(effectiveDateTime="2026-05"), condition(INFARCTION, days_ago=150)),
            "unknown:unreadable",
            id="a dose some day of May, an event at the end of June",
        ),
        pytest.param(
            never(given(-3), condition(INFARCTION, days_ago=1)),
            "unknown:unreadable",
            id="a dose in the future",
        ),
        pytest.param(
            after(medication_request(ALDESLEUKIN, days_ago=400)),
            "met",
            id="an order never closed beside a dose, and no event",
        ),
        pytest.param(
            never(medication_request(ALDESLEUKIN, days_ago=366)),
            "unknown:unclassified",
            id="an order of more than a year ago, never closed: was it given?",
        ),
        # No earlier dose
        pytest.param(never(), "not-applicable", id="no earlier aldesleukin"),
        pytest.param(
            never(aldesleukin_order(), condition(INFARCTION, days_ago=0)),
            "not-applicable",
            id="ordered and not yet given",
        ),
        pytest.param(
            never(medication_request(ALDESLEUKIN, days_ago=365)),
            "not-applicable",
            id="an active order, a year old today",
        ),
        pytest.param(
            never(aldesleukin_order(status="draft")), "not-applicable", id="an order drafted"
        ),
        pytest.param(never(given(status="not-done")), "not-applicable", id="a dose not given"),
        pytest.param(
            never(given(status="entered-in-error")), "not-applicable", id="a dose in error"
        ),
        pytest.param(
            never(given(subject=SOMEBODY_ELSE)), "not-applicable", id="another patient's dose"
        ),
        pytest.param(
            never(medication_request(DROPS, status="completed")),
            "not-applicable",
            id="a look-alike: homeopathic drops",
        ),
        pytest.param(
            chart(hypertension(), condition(INFARCTION)), "unknown:absent", id="no medication entry"
        ),
        pytest.param(
            chart(hypertension(), given()),
            "unknown:absent",
            id="a dose, and no order of any medicine",
        ),
        # Skipped
        pytest.param(
            never(given(modifierExtension=UNKNOWN_MODIFIER), condition(INFARCTION, days_ago=195)),
            "unknown:unclassified",
            id="a dose skipped, its code can be read",
        ),
        pytest.param(
            never(given(medicationCodeableConcept=5)),
            "unknown:unreadable",
            id="a medicine skipped, not even its code can be read",
        ),
        pytest.param(
            after(condition(INFARCTION, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="an event skipped",
        ),
        pytest.param(
            after(procedure(text="Dialysis", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="an event in words skipped",
        ),
        pytest.param(
            after(condition(ATRIAL_FIBRILLATION, modifierExtension=UNKNOWN_MODIFIER)),
            "met",
            id="another problem skipped",
        ),
        pytest.param(
            after(condition(code="I21.9", subject=None)),
            "unknown:unreadable",
            id="a problem skipped, not even its code can be read",
        ),
        pytest.param(
            never(condition(code="I21.9", subject=None)),
            "not-applicable",
            id="the same without a dose",
        ),
        # Withheld
        pytest.param(
            chart(vitamin_d(), given()), "unknown:absent", id="a dose, and no problem recorded"
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), missing=["medicines"]),
            "unknown:not-shared",
            id="orders did not come",
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), missing=["given"]),
            "unknown:not-shared",
            id="doses did not come",
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), refused=["procedures"]),
            "unknown:not-shared",
            id="procedures refused",
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), given(), missing=["problems"]),
            "unknown:not-shared",
            id="a dose, and problems did not come",
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), given(), refused=["procedures"]),
            "unknown:not-shared",
            id="a dose, and procedures refused",
        ),
        pytest.param(
            withheld(
                condition(INFARCTION, days_ago=195),
                given(),
                missing=["medicines", "encounterDx", "procedures"],
            ),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_prior_il2_stop_event_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_contraindication() -> None:
    assert finding(after(), ROW)["weight"] == "contraindication"


def test_the_chart_against_which_nothing_speaks_has_no_earlier_dose() -> None:
    assert verdict(chart(*nothing_against()), ROW) == "not-applicable"


def codes_of(document: bytes) -> list[str]:
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    return [str(one["code"]).rpartition("|")[2] for one in evidence]


def test_an_event_is_shown_with_the_last_dose_before_it() -> None:
    last = given(190, id="last-before")
    document = after(condition(INFARCTION, days_ago=185), last, given(100))
    assert codes_of(document) == ["I21.9", "70223"]
    assert "last-before" in str(finding(document, ROW)["evidence"])
    assert "30 days after aldesleukin" in str(finding(document, ROW)["remark"])


def test_what_is_asked_about_is_shown() -> None:
    assert codes_of(after(condition(SEIZURE, days_ago=195))) == ["91175000"]


def test_an_event_after_a_doubtful_dose_is_shown_with_it() -> None:
    document = never(given(status="on-hold"), condition(INFARCTION, days_ago=195))
    assert codes_of(document) == ["70223", "I21.9"]


def test_none_is_said_with_what_was_searched_and_the_dose() -> None:
    found = finding(after(), ROW)
    assert found["remark"] == (
        "none recognised after aldesleukin in the 1 condition read and the 1 procedure read"
    )
    assert codes_of(after()) == ["70223"]
