"""
No untreated bacterial infection? Criteria.md, section H: named in the boxed warning.

An acute set: a diagnosis of a visit counts for 30 days (P); a blood culture for 14 (P).
"""

from typing import Any

import pytest

from tests.build import (
    HL7,
    ICD10,
    ICD10CM,
    LOINC,
    NEGATIVE,
    OPHTHALMIC,
    RXNORM,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    observation,
    visit_diagnosis,
    vitamin_d,
    withheld,
)

ROW = "active-infection-absent"

SEPSIS = Code(ICD10CM, "A41.9", "Sepsis, unspecified organism")
SEPSIS_WHO = Code(ICD10, "A41.9", "Sepsis, unspecified")
PNEUMONIA = Code(SNOMED, "233604007", "Pneumonia (disorder)")
URINARY = Code(ICD10CM, "N39.0", "Urinary tract infection, site not specified")
LINE_INFECTION = Code(ICD10CM, "T80.211A", "Bloodstream infection due to central venous catheter")
BACTERIAL = Code(ICD10CM, "A49.9", "Bacterial infection, unspecified")
INFECTIOUS_DISEASE = Code(SNOMED, "40733004", "Infectious disease (disorder)")
ZOSTER = Code(ICD10CM, "B02.9", "Zoster without complications")

CULTURE = Code(LOINC, "600-7", "Bacteria identified in Blood by Culture")
ANAEROBIC = Code(LOINC, "17934-1", "Bacteria in Blood by Anaerobe culture")
URINE_CULTURE = Code(LOINC, "630-4", "Bacteria identified in Urine by Culture")
POSITIVE = Code(SNOMED, "10828004", "Positive (qualifier value)")
STAPHYLOCOCCUS = Code(SNOMED, "3092008", "Staphylococcus aureus (organism)")

CEFTRIAXONE = Code(RXNORM, "2193", "ceftriaxone")
LEVOFLOXACIN = Code(RXNORM, "82122", "levofloxacin")


def culture(
    value: Code | None, *, code: Code = CULTURE, days_ago: int | None = 3, **fields: Any
) -> Resource:
    shown: Resource = {} if value is None else {"valueCodeableConcept": concept(value)}
    return observation(code, days_ago=days_ago, category="laboratory", **(shown | fields))


def with_problems(*resources: Resource) -> bytes:
    """Neither the list of problems nor that of medicines is empty."""
    return chart(hypertension(), vitamin_d(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # None recorded
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(chart(hypertension()), "met", id="no medicine on record either"),
        pytest.param(
            with_problems(condition(INFECTIOUS_DISEASE)),
            "met",
            id="'infectious disease': too broad",
        ),
        pytest.param(with_problems(condition(ZOSTER)), "met", id="a virus"),
        # Infections
        pytest.param(with_problems(condition(SEPSIS)), "not-met", id="sepsis"),
        pytest.param(with_problems(condition(Code(ICD10CM, "A419"))), "not-met", id="no dot"),
        pytest.param(with_problems(condition(SEPSIS_WHO)), "not-met", id="sepsis, WHO"),
        pytest.param(with_problems(condition(PNEUMONIA)), "not-met", id="pneumonia"),
        pytest.param(with_problems(condition(LINE_INFECTION)), "not-met", id="line infection"),
        pytest.param(
            with_problems(condition(URINARY, days_ago=400)), "not-met", id="a problem stays"
        ),
        pytest.param(
            with_problems(visit_diagnosis(URINARY, days_ago=30)), "not-met", id="visit, last day"
        ),
        pytest.param(
            with_problems(visit_diagnosis(URINARY, days_ago=31)), "met", id="visit, a day too old"
        ),
        pytest.param(
            with_problems(visit_diagnosis(URINARY, days_ago=None)),
            "unknown:unreadable",
            id="a visit without a date",
        ),
        pytest.param(
            with_problems(condition(SEPSIS), medication_request(CEFTRIAXONE)),
            "not-met",
            id="sepsis, and an antibacterial: still active",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(BACTERIAL)), "unknown:unclassified", id="site not told"
        ),
        pytest.param(
            with_problems(condition(text="Cellulitis of left leg")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(condition(SEPSIS, verification="differential")),
            "unknown:unclassified",
            id="a differential diagnosis",
        ),
        pytest.param(
            with_problems(condition(SEPSIS, onset=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        # Not true, past, not the patient's
        pytest.param(
            with_problems(condition(SEPSIS, clinical="resolved", abated_days_ago=5)),
            "met",
            id="resolved",
        ),
        pytest.param(with_problems(condition(SEPSIS, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_problems(condition(SEPSIS, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            with_problems(condition(SEPSIS, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(
            with_problems(condition(text="Risk of sepsis")), "met", id="a risk is no infection"
        ),
        # Blood culture
        pytest.param(with_problems(culture(POSITIVE)), "not-met", id="culture positive"),
        pytest.param(with_problems(culture(NEGATIVE)), "met", id="culture negative"),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=14)), "not-met", id="positive, last day"
        ),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=15)), "met", id="positive, a day too old"
        ),
        pytest.param(
            with_problems(culture(STAPHYLOCOCCUS)),
            "unknown:unclassified",
            id="an organism is no listed answer",
        ),
        pytest.param(
            with_problems(culture(None, valueString="No growth at 5 days")),
            "unknown:unclassified",
            id="a result in words",
        ),
        pytest.param(
            with_problems(culture(None, valueString="negative")),
            "unknown:unclassified",
            id="'negative' in words: only a code decides here",
        ),
        pytest.param(
            with_problems(culture(None)), "unknown:unreadable", id="culture without a result"
        ),
        pytest.param(
            with_problems(culture(NEGATIVE, status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, status="entered-in-error")),
            "met",
            id="positive, an error",
        ),
        pytest.param(
            with_problems(
                culture(
                    NEGATIVE,
                    interpretation=[concept(Code(HL7 + "v3-ObservationInterpretation", "POS"))],
                )
            ),
            "unknown:conflicting",
            id="negative, interpreted as positive",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=9), culture(NEGATIVE, days_ago=3)),
            "met",
            id="positive, and negative on a later day",
        ),
        pytest.param(
            with_problems(culture(NEGATIVE, days_ago=9), culture(POSITIVE, days_ago=3)),
            "not-met",
            id="negative, then positive",
        ),
        pytest.param(
            with_problems(
                culture(POSITIVE, days_ago=None, at=ago(3, "09:30:00-05:00")),
                culture(NEGATIVE, days_ago=None, at=ago(3, "09:50:00-05:00"), code=ANAEROBIC),
            ),
            "not-met",
            id="one of two bottles of a day positive",
        ),
        pytest.param(
            with_problems(culture(STAPHYLOCOCCUS, days_ago=9), culture(NEGATIVE, days_ago=3)),
            "met",
            id="an organism, and negative on a later day",
        ),
        pytest.param(
            with_problems(
                culture(POSITIVE, days_ago=9), culture(NEGATIVE, days_ago=3, status="preliminary")
            ),
            "not-met",
            id="positive, and a later one that is preliminary settles nothing",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=None)),
            "unknown:unreadable",
            id="positive, no date",
        ),
        pytest.param(
            with_problems(culture(NEGATIVE, days_ago=None)), "met", id="negative, no date"
        ),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=None, at="2026-11")),
            "unknown:unreadable",
            id="positive, some day of the month in which the window begins",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, days_ago=-1)),
            "unknown:unreadable",
            id="positive, tomorrow",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, code=URINE_CULTURE)), "met", id="a culture of urine"
        ),
        pytest.param(
            with_problems(culture(POSITIVE, subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's culture",
        ),
        pytest.param(
            with_problems(culture(POSITIVE, subject=None)),
            "unknown:unclassified",
            id="a culture about nobody",
        ),
        pytest.param(
            with_problems(observation(subject=None, code="culture", days_ago=3)),
            "unknown:unreadable",
            id="a result of which not even the code can be read",
        ),
        pytest.param(
            with_problems(observation(subject=None, code="culture", days_ago=15)),
            "met",
            id="the same, older than the window",
        ),
        # Antibacterials
        pytest.param(
            with_problems(medication_request(CEFTRIAXONE)),
            "unknown:unclassified",
            id="an antibacterial without an infection: prophylaxis?",
        ),
        pytest.param(
            with_problems(medication_request(text="levofloxacin 500 mg tablet")),
            "unknown:unclassified",
            id="an antibacterial by name",
        ),
        pytest.param(
            with_problems(medication_administration(CEFTRIAXONE, days_ago=0)),
            "unknown:unclassified",
            id="an antibacterial given today",
        ),
        pytest.param(
            with_problems(condition(BACTERIAL), medication_request(CEFTRIAXONE)),
            "unknown:unclassified",
            id="an antibacterial, and an infection that only asks",
        ),
        pytest.param(
            with_problems(medication_request(LEVOFLOXACIN, route=OPHTHALMIC)),
            "met",
            id="eye drops",
        ),
        pytest.param(
            with_problems(medication_request(CEFTRIAXONE, status="completed")),
            "met",
            id="an antibacterial of the past",
        ),
        pytest.param(
            with_problems(medication_request(CEFTRIAXONE, status="on-hold")),
            "unknown:unclassified",
            id="an antibacterial on hold",
        ),
        pytest.param(
            with_problems(medication_request()),
            "unknown:unclassified",
            id="a medicine with neither code nor name",
        ),
        # Skipped, nothing to search, withheld
        pytest.param(
            with_problems(condition(SEPSIS, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="A41")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(chart(vitamin_d()), "unknown:absent", id="no problem recorded"),
        pytest.param(withheld(hypertension(), vitamin_d()), "met", id="every query came"),
        *(
            pytest.param(
                withheld(hypertension(), vitamin_d(), missing=[key]),
                "unknown:not-shared",
                id=f"{key} did not come",
            )
            for key in ("encounterDx", "labs", "medicines", "given")
        ),
        pytest.param(
            withheld(condition(SEPSIS), refused=["encounterDx", "labs", "medicines", "given"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_active_infection_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_an_antibacterial_is_asked_about() -> None:
    found = finding(with_problems(medication_request(CEFTRIAXONE)), ROW)
    assert "prophylaxis?" in str(found["remark"])
    beside = finding(with_problems(condition(BACTERIAL), medication_request(CEFTRIAXONE)), ROW)
    assert "prophylaxis?" not in str(beside.get("remark"))


def test_infection_and_culture_are_shown_together() -> None:
    found = finding(with_problems(condition(SEPSIS), culture(POSITIVE)), ROW)
    assert len(found["evidence"]) == 2  # type: ignore[arg-type]
    assert found["weight"] == "requirement"
