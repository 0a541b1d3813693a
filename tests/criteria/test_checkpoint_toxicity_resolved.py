"""Immune toxicity from checkpoint drugs settled? Criteria.md, section I: none active; 90 d (P)."""

from typing import Any

import pytest

from tests.build import (
    ALDESLEUKIN,
    ATC,
    ICD10CM,
    PEMBROLIZUMAB,
    PREDNISONE,
    RXNORM,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    condition,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    quantity,
    verdict,
    visit_diagnosis,
    vitamin_d,
    withheld,
)

ROW = "checkpoint-toxicity-resolved"

IPILIMUMAB = Code(RXNORM, "1094833", "ipilimumab")
RELATLIMAB = Code(ATC, "L01FY02", "nivolumab and relatlimab")
DEXAMETHASONE = Code(RXNORM, "3264", "Dexamethasone")
MEPREDNISONE = Code(RXNORM, "29523", "meprednisone")

COLITIS = Code(ICD10CM, "K52.1", "Toxic gastroenteritis and colitis")
HEPATITIS = Code(SNOMED, "235876009", "Drug-induced hepatitis (disorder)")
MYOCARDITIS = Code(SNOMED, "50920009", "Myocarditis (disorder)")
INFECTIVE_MYOCARDITIS = Code(ICD10CM, "I40.0", "Infective myocarditis")
PNEUMONITIS = Code(ICD10CM, "J70.2", "Acute drug-induced interstitial lung disorders")
PNEUMONITIS_UNSPECIFIC = Code(SNOMED, "205237003", "Pneumonitis (disorder)")
THYROIDITIS = Code(ICD10CM, "E06.4", "Drug-induced thyroiditis")
ADVERSE_EFFECT = Code(
    ICD10CM, "T45.AX5A", "Adverse effect of immune checkpoint inhibitors, initial encounter"
)
CYTOKINES = Code(ICD10CM, "D89.831", "Cytokine release syndrome, grade 1")

GIVEN = medication_request(PEMBROLIZUMAB, status="completed", days_ago=300)


def after(*resources: Resource) -> bytes:
    """Pembrolizumab, completed 300 days ago, and these."""
    return chart(hypertension(), GIVEN, *resources)


def without(*resources: Resource) -> bytes:
    """Medicines and problems, but no checkpoint drug."""
    return chart(hypertension(), vitamin_d(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Active
        pytest.param(after(condition(COLITIS)), "not-met", id="colitis, begun a month ago"),
        pytest.param(after(condition(HEPATITIS)), "not-met", id="hepatitis"),
        pytest.param(after(condition(MYOCARDITIS)), "not-met", id="myocarditis"),
        pytest.param(after(condition(PNEUMONITIS)), "not-met", id="pneumonitis"),
        pytest.param(after(condition(THYROIDITIS)), "not-met", id="thyroiditis by the drug"),
        pytest.param(
            after(condition(ADVERSE_EFFECT)), "not-met", id="named after the checkpoint drug"
        ),
        pytest.param(after(condition(COLITIS, days_ago=90)), "not-met", id="last day of 90"),
        pytest.param(
            after(condition(COLITIS, days_ago=91)),
            "unknown:unclassified",
            id="active, and older than 90 days: asks",
        ),
        pytest.param(
            after(visit_diagnosis(COLITIS, days_ago=90)), "not-met", id="a visit 90 days ago"
        ),
        pytest.param(
            after(visit_diagnosis(COLITIS, days_ago=91)),
            "unknown:unclassified",
            id="a visit 91 days ago, never closed",
        ),
        pytest.param(
            after(condition(COLITIS, onset="2026-08", days_ago=None)),
            "unknown:unreadable",
            id="some day of the month in which the 90 days begin",
        ),
        pytest.param(
            after(condition(COLITIS, days_ago=None)), "unknown:unreadable", id="active, no date"
        ),
        pytest.param(
            after(condition(COLITIS, days_ago=400), condition(PNEUMONITIS)),
            "not-met",
            id="an old one and a recent one",
        ),
        # Which drug
        pytest.param(
            without(medication_request(IPILIMUMAB, days_ago=200), condition(COLITIS)),
            "not-met",
            id="after a CTLA-4 drug",
        ),
        pytest.param(
            without(medication_administration(RELATLIMAB, days_ago=200), condition(COLITIS)),
            "not-met",
            id="after a LAG-3 drug",
        ),
        pytest.param(
            without(medication_request(text="Yervoy 3 mg/kg", status="completed")),
            "met",
            id="a checkpoint drug by name, no toxicity",
        ),
        pytest.param(
            chart(hypertension(), medication_administration(PEMBROLIZUMAB, days_ago=800)),
            "met",
            id="given years ago, no toxicity",
        ),
        # Settled
        pytest.param(after(), "met", id="none recognised"),
        pytest.param(after(condition(COLITIS, clinical="resolved")), "met", id="colitis, resolved"),
        pytest.param(
            after(condition(COLITIS, clinical=None, abated_days_ago=5)), "met", id="colitis, abated"
        ),
        pytest.param(
            after(condition(INFECTIVE_MYOCARDITIS)), "met", id="a look-alike: infective myocarditis"
        ),
        pytest.param(
            after(condition(COLITIS, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            after(condition(COLITIS, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        # Perhaps
        pytest.param(
            after(condition(PNEUMONITIS_UNSPECIFIC)),
            "unknown:unclassified",
            id="pneumonitis of unstated cause",
        ),
        pytest.param(
            after(condition(CYTOKINES)), "unknown:unclassified", id="a code that only asks"
        ),
        pytest.param(
            after(condition(text="Immune-mediated hypophysitis")),
            "unknown:unclassified",
            id="words only",
        ),
        pytest.param(
            after(condition(MYOCARDITIS, INFECTIVE_MYOCARDITIS)),
            "unknown:conflicting",
            id="myocarditis and its look-alike in one entry",
        ),
        pytest.param(
            after(condition(COLITIS, verification="differential")),
            "unknown:unclassified",
            id="differential",
        ),
        pytest.param(
            after(condition(COLITIS, onset=ago(-2))), "unknown:unreadable", id="in the future"
        ),
        # No checkpoint drug
        pytest.param(without(), "not-applicable", id="no checkpoint drug on record"),
        pytest.param(
            without(condition(MYOCARDITIS)), "not-applicable", id="myocarditis, and no such drug"
        ),
        pytest.param(
            without(medication_request(PEMBROLIZUMAB, status="draft")),
            "not-applicable",
            id="a draft is no drug on record",
        ),
        pytest.param(
            without(medication_request(PEMBROLIZUMAB, status="entered-in-error")),
            "not-applicable",
            id="ordered in error",
        ),
        pytest.param(
            without(medication_request(ALDESLEUKIN, status="completed")),
            "not-applicable",
            id="aldesleukin is no checkpoint drug",
        ),
        pytest.param(
            without(condition(ADVERSE_EFFECT)),
            "unknown:unclassified",
            id="named after a checkpoint drug, and no such drug",
        ),
        pytest.param(
            without(condition(ADVERSE_EFFECT, clinical="resolved")),
            "not-applicable",
            id="the same, resolved",
        ),
        pytest.param(
            without(medication_request(PEMBROLIZUMAB, status="on-hold")),
            "unknown:unclassified",
            id="on hold: whether it was given is not told",
        ),
        pytest.param(
            without(medication_request(PEMBROLIZUMAB, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped, its code can be read",
        ),
        pytest.param(
            without(medication_request(PEMBROLIZUMAB, days_ago=-5)),
            "unknown:unreadable",
            id="ordered in the future",
        ),
        pytest.param(
            without(medication_statement(medicationCodeableConcept=5)),
            "unknown:unreadable",
            id="skipped, not even its code can be read",
        ),
        pytest.param(
            chart(hypertension(), condition(COLITIS)), "unknown:absent", id="no medication entry"
        ),
        pytest.param(
            withheld(hypertension(), condition(COLITIS), vitamin_d(), missing=["given"]),
            "unknown:not-shared",
            id="medicines given did not come",
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d(), refused=["medicines"]),
            "unknown:not-shared",
            id="orders refused",
        ),
        # Nothing to search, withheld
        pytest.param(chart(GIVEN), "unknown:absent", id="no problem recorded"),
        pytest.param(
            withheld(hypertension(), GIVEN, missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits did not come",
        ),
        pytest.param(
            withheld(condition(COLITIS), GIVEN, missing=["encounterDx", "given"]),
            "not-met",
            id="found in what came",
        ),
        pytest.param(
            after(condition(COLITIS, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="toxicity skipped, its code can be read",
        ),
        pytest.param(
            after(condition(code="K52.1", subject=None)),
            "unknown:unreadable",
            id="a problem skipped, not even its code can be read",
        ),
    ],
)
def test_checkpoint_toxicity_resolved(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_the_chart_against_which_nothing_speaks_is_met() -> None:
    assert verdict(chart(*nothing_against()), ROW) == "met"


def test_toxicity_is_shown_where_the_medicines_are_withheld() -> None:
    found = finding(withheld(condition(COLITIS), vitamin_d(), missing=["given"]), ROW)
    assert "K52.1" in str(found["evidence"])


# At most 10 mg prednisone a day: a remark ---------------------------------------------------------


def dosage(
    dose: str | None = "10 mg", *, ucum: bool = True, repeat: Any = None, **fields: Any
) -> Resource:
    """10 mg once a day."""
    timing = {"frequency": 1, "period": 1, "periodUnit": "d"} if repeat is None else repeat
    given = [] if dose is None else [{"doseQuantity": quantity(dose, ucum=ucum)}]
    return {"doseAndRate": given, "timing": {"repeat": timing}} | fields


def prednisone(*dosages: Resource, **fields: Any) -> Resource:
    return medication_request(PREDNISONE, dosageInstruction=list(dosages), **fields)


RANGE = {"doseAndRate": [{"doseRange": {"low": quantity("5 mg"), "high": quantity("10 mg")}}]}
SAYS = "prednisone, at most 10 mg a day"


@pytest.mark.parametrize(
    ("medicines", "is_said"),
    [
        pytest.param([prednisone(dosage())], True, id="10 mg a day: on the limit"),
        pytest.param([prednisone(dosage("10.5 mg"))], False, id="just over"),
        pytest.param([prednisone(dosage("5 mg", ucum=False))], True, id="mg as text"),
        pytest.param(
            [prednisone(dosage("5 mg", repeat={"frequency": 2, "period": 1, "periodUnit": "d"}))],
            True,
            id="5 mg twice a day",
        ),
        pytest.param(
            [prednisone(dosage("5 mg", repeat={"frequency": 1, "period": 8, "periodUnit": "h"}))],
            False,
            id="5 mg every 8 hours",
        ),
        pytest.param(
            [prednisone(dosage("5 mg", repeat={"frequency": 1, "period": 48, "periodUnit": "h"}))],
            False,
            id="every other day: not read",
        ),
        pytest.param(
            [prednisone(dosage("5 mg", repeat={"frequency": 1, "period": 0, "periodUnit": "d"}))],
            False,
            id="every zero days: not read",
        ),
        pytest.param(
            [prednisone(dosage("5 mg", repeat={"frequency": 1, "period": 0, "periodUnit": "h"}))],
            False,
            id="every zero hours: not read",
        ),
        pytest.param(
            [
                prednisone(
                    dosage(
                        "5 mg",
                        repeat={
                            "frequency": 1,
                            "frequencyMax": 3,
                            "period": 1,
                            "periodUnit": "d",
                        },
                    )
                )
            ],
            False,
            id="5 mg up to three times a day",
        ),
        pytest.param(
            [prednisone(dosage("10 mg", repeat={"frequency": 1, "period": 1, "periodUnit": "wk"}))],
            False,
            id="once a week: not read",
        ),
        pytest.param(
            [
                prednisone(
                    dosage(
                        repeat={
                            "frequency": 1,
                            "period": 1,
                            "periodUnit": "d",
                            "dayOfWeek": ["mon"],
                        }
                    )
                )
            ],
            False,
            id="on some days of the week: not read",
        ),
        pytest.param([prednisone(dosage() | RANGE)], True, id="5 to 10 mg"),
        pytest.param([prednisone(dosage("<10 mg"))], False, id="a comparator: not read"),
        pytest.param([prednisone(dosage("1 {tablet}"))], False, id="in tablets: not read"),
        pytest.param([prednisone(dosage(None))], False, id="no dose"),
        pytest.param([prednisone(dosage(timing=None))], False, id="no timing"),
        pytest.param([prednisone(dosage(repeat={}))], False, id="no rhythm"),
        pytest.param([prednisone()], False, id="no dosage"),
        pytest.param(
            [prednisone(dosage("7.5 mg"), dosage("2.5 mg"))], True, id="7.5 and 2.5 mg: 10 mg"
        ),
        pytest.param([prednisone(dosage("7.5 mg"), dosage("5 mg"))], False, id="7.5 and 5 mg"),
        pytest.param([prednisone(dosage(), dosage(None))], False, id="one of two not read"),
        pytest.param(
            [prednisone(dosage("7.5 mg")), prednisone(dosage("5 mg"))], False, id="two orders"
        ),
        pytest.param(
            [medication_request(text="Deltasone 5 mg", dosageInstruction=[dosage("5 mg")])],
            True,
            id="by its name",
        ),
        pytest.param(
            [medication_request(MEPREDNISONE, dosageInstruction=[dosage("5 mg")])],
            False,
            id="meprednisone is another drug: nothing is converted",
        ),
        pytest.param(
            [
                medication_request(
                    text="prednisone 5 mg with dexamethasone", dosageInstruction=[dosage("5 mg")]
                )
            ],
            False,
            id="another steroid in the same entry",
        ),
        pytest.param(
            [prednisone(dosage()), medication_request(DEXAMETHASONE)],
            False,
            id="with another steroid",
        ),
        pytest.param(
            [prednisone(dosage()), medication_request(DEXAMETHASONE, status="on-hold")],
            False,
            id="with another one on hold",
        ),
        pytest.param(
            [prednisone(dosage()), medication_request(PREDNISONE, subject=None)],
            False,
            id="with one that had to be skipped",
        ),
        pytest.param([prednisone(dosage(), status="completed")], False, id="completed"),
        pytest.param([], False, id="none"),
    ],
)
def test_prednisone_of_at_most_10_mg_a_day_is_a_remark(
    medicines: list[Resource], is_said: bool
) -> None:
    for problems in ([], [condition(COLITIS)]):
        found = finding(after(*medicines, *problems), ROW)
        assert (SAYS in str(found.get("remark"))) is is_said
        assert found["outcome"] == ("not-met" if problems else "met")
