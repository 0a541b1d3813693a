"""Has PD-1-based therapy been given? Criteria.md, section A: information, never blocks."""

from typing import Any

import pytest

from tests.build import (
    ATC,
    PEMBROLIZUMAB,
    RXNORM,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    resource,
    vitamin_d,
    withheld,
)

ROW = "first-line-checkpoint"

NIVOLUMAB = Code(RXNORM, "1657192", "4 ML nivolumab 10 MG/ML Injection [Opdivo]")
ATEZOLIZUMAB = Code(RXNORM, "1792776", "atezolizumab")
GROUP = Code(ATC, "L01FF02", "pembrolizumab")
IPILIMUMAB = Code(RXNORM, "1094833", "ipilimumab")
VEMURAFENIB = Code(RXNORM, "1147220", "vemurafenib")

VIAL = resource("Medication", subject=None, code=concept(PEMBROLIZUMAB))
CONTAINED = {"resourceType": "Medication", "id": "drug", "code": concept(PEMBROLIZUMAB)}


def pointing_at(target: str, **fields: Any) -> Resource:
    return medication_request(
        status="completed",
        medicationCodeableConcept=None,
        medicationReference={"reference": target},
        **fields,
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(medication_request(PEMBROLIZUMAB)), "met", id="an active order"),
        pytest.param(
            chart(medication_request(PEMBROLIZUMAB, status="completed", days_ago=1200)),
            "met",
            id="an order completed years ago",
        ),
        pytest.param(
            chart(medication_request(PEMBROLIZUMAB, status="stopped", days_ago=300)),
            "met",
            id="stopped: it was given",
        ),
        pytest.param(
            chart(medication_request(PEMBROLIZUMAB, status="completed", days_ago=None)),
            "met",
            id="no date: the row holds for life",
        ),
        pytest.param(chart(medication_administration(NIVOLUMAB)), "met", id="administered"),
        pytest.param(
            chart(medication_administration(NIVOLUMAB, status="stopped")),
            "met",
            id="an infusion that was stopped",
        ),
        pytest.param(
            chart(medication_statement(ATEZOLIZUMAB, status="completed")),
            "met",
            id="a PD-L1 agent, as a statement",
        ),
        pytest.param(chart(medication_request(GROUP)), "met", id="by its ATC code"),
        pytest.param(
            chart(medication_request(IPILIMUMAB), medication_request(NIVOLUMAB)),
            "met",
            id="in combination",
        ),
        pytest.param(
            chart(medication_request(text="Keytruda 200 mg IV every 3 weeks")),
            "met",
            id="by its brand name",
        ),
        pytest.param(
            chart(medication_request(text="PEMBROLIZUMAB 25 mg/mL")), "met", id="by its name"
        ),
        pytest.param(
            chart(pointing_at(f"Medication/{VIAL['id']}"), VIAL), "met", id="a Medication"
        ),
        pytest.param(
            chart(pointing_at("#drug", contained=[CONTAINED])), "met", id="a contained Medication"
        ),
        # Not given
        pytest.param(chart(vitamin_d()), "not-met", id="other medicines only"),
        pytest.param(chart(medication_request(IPILIMUMAB)), "not-met", id="CTLA-4 only"),
        pytest.param(chart(medication_request(VEMURAFENIB)), "not-met", id="targeted therapy only"),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, status="entered-in-error")),
            "not-met",
            id="entered in error",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, status="cancelled")),
            "not-met",
            id="cancelled",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, status="draft")),
            "not-met",
            id="drafted: not given",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, doNotPerform=True)),
            "not-met",
            id="an order not to give it",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, intent="proposal")),
            "not-met",
            id="only proposed",
        ),
        pytest.param(
            chart(vitamin_d(), medication_administration(PEMBROLIZUMAB, status="not-done")),
            "not-met",
            id="not administered",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, subject=SOMEBODY_ELSE)),
            "not-met",
            id="another patient's",
        ),
        pytest.param(
            chart(medication_request(text="pembrolizumab companion diagnostic")),
            "not-met",
            id="the name beside a word that excludes it",
        ),
        # Unclear
        pytest.param(
            chart(vitamin_d(), medication_request(PEMBROLIZUMAB, status="on-hold")),
            "unknown:unclassified",
            id="on hold: begun or not",
        ),
        pytest.param(
            chart(vitamin_d(), medication_administration(PEMBROLIZUMAB, days_ago=-1)),
            "unknown:unreadable",
            id="given tomorrow",
        ),
        pytest.param(
            chart(vitamin_d(), pointing_at("Medication/elsewhere")),
            "unknown",
            id="a Medication we cannot read",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="no medication entry"),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["medicines"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(
            withheld(medication_administration(PEMBROLIZUMAB), missing=["medicines"]),
            "met",
            id="orders withheld, an administration came",
        ),
        pytest.param(withheld(vitamin_d()), "not-met", id="every query came"),
    ],
)
def test_first_line_checkpoint(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(chart(vitamin_d()), ROW)["weight"] == "information"


def test_the_day_it_was_found_is_shown() -> None:
    evidence = finding(chart(medication_request(PEMBROLIZUMAB, days_ago=300)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(300)]
