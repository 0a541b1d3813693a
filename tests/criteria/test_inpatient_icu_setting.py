"""Inpatient, intensive care and experienced team at hand? Criteria.md, section M: order row."""

import pytest

from tests.build import (
    RXNORM,
    UNKNOWN_MODIFIER,
    Code,
    aldesleukin_order,
    assert_verdict,
    chart,
    encounter,
    finding,
    hypertension,
    medication_request,
    more_pages,
    vitamin_d,
    withheld,
)

ROW = "inpatient-icu-setting"

NDC = "http://hl7.org/fhir/sid/ndc"
AMTAGVI = Code(NDC, "73776-001-12", "AMTAGVI (lifileucel)")
PROLEUKIN = Code(NDC, "73776-022-01", "PROLEUKIN (aldesleukin) 1 VIAL")
BASILIXIMAB = Code(RXNORM, "1656648", "basiliximab 20 MG Injection")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # An order: a person confirms it, it is never inferred
        pytest.param(chart(aldesleukin_order()), "confirm", id="no category"),
        pytest.param(chart(aldesleukin_order(category="inpatient")), "confirm", id="inpatient"),
        pytest.param(chart(aldesleukin_order(status="draft")), "confirm", id="drafted"),
        pytest.param(
            chart(medication_request(text="Proleukin 22 million units")), "confirm", id="by name"
        ),
        pytest.param(chart(medication_request(PROLEUKIN)), "confirm", id="by its package code"),
        pytest.param(
            chart(aldesleukin_order(), encounter(kind="AMB", status="in-progress", days_ago=0)),
            "confirm",
            id="signed in clinic: the visit never decides",
        ),
        pytest.param(
            chart(aldesleukin_order(), encounter(kind="IMP", status="in-progress", days_ago=0)),
            "confirm",
            id="in hospital now: the stay never decides",
        ),
        # Ordered for home
        pytest.param(chart(aldesleukin_order(category="outpatient")), "not-met", id="outpatient"),
        pytest.param(chart(aldesleukin_order(category="community")), "not-met", id="community"),
        pytest.param(
            chart(aldesleukin_order(category="outpatient", status="draft")),
            "not-met",
            id="outpatient, drafted",
        ),
        pytest.param(
            chart(
                aldesleukin_order(category="outpatient"),
                encounter(kind="IMP", status="in-progress", days_ago=0),
            ),
            "not-met",
            id="outpatient, though in hospital now",
        ),
        # There may be another order
        pytest.param(
            chart(aldesleukin_order(), aldesleukin_order(status="on-hold", category="outpatient")),
            "unknown:unclassified",
            id="a second order on hold",
        ),
        pytest.param(
            chart(aldesleukin_order(), aldesleukin_order(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a second order was skipped",
        ),
        pytest.param(
            more_pages(aldesleukin_order(category="inpatient"), "medicines"),
            "unknown:not-shared",
            id="of the orders there are more pages",
        ),
        pytest.param(
            more_pages(aldesleukin_order(category="outpatient"), "medicines"),
            "not-met",
            id="more pages, and one for outpatients",
        ),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]),
            "unknown:not-shared",
            id="whether there is an order is not known",
        ),
        pytest.param(
            chart(aldesleukin_order(status="on-hold")), "unknown:unclassified", id="on hold"
        ),
        # No order
        pytest.param(chart(hypertension(), vitamin_d()), "not-applicable", id="no order"),
        pytest.param(
            chart(aldesleukin_order(status="cancelled", category="outpatient")),
            "not-applicable",
            id="cancelled",
        ),
        pytest.param(
            chart(aldesleukin_order(status="completed", category="outpatient")),
            "not-applicable",
            id="completed",
        ),
        pytest.param(
            chart(aldesleukin_order(status="entered-in-error")), "not-applicable", id="an error"
        ),
        pytest.param(
            chart(aldesleukin_order(doNotPerform=True)),
            "not-applicable",
            id="an order not to give it",
        ),
        pytest.param(chart(medication_request(AMTAGVI)), "not-applicable", id="lifileucel"),
        pytest.param(chart(medication_request(BASILIXIMAB)), "not-applicable", id="basiliximab"),
        pytest.param(
            chart(medication_request(text="aldesleukin 4 [hp_C] oral drops")),
            "not-applicable",
            id="homeopathic drops",
        ),
        pytest.param(
            chart(
                aldesleukin_order(
                    subject={"reference": "Patient/p2"},
                    category="outpatient",
                )
            ),
            "not-applicable",
            id="another patient's",
        ),
        pytest.param(
            withheld(aldesleukin_order(category="outpatient"), missing=["stays"]),
            "not-met",
            id="stays do not matter",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(medicationCodeableConcept=5)),
            "unknown:unreadable",
            id="an order that cannot be read",
        ),
    ],
)
def test_inpatient_icu_setting(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_requirement() -> None:
    assert finding(chart(aldesleukin_order()), ROW)["weight"] == "requirement"
