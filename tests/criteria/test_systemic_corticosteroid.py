"""
No systemic steroid? Criteria.md, section L: active, or given in the last 14 days (P).

A request counts if it is active and at most 365 days old (P); a medicine counts by name too.
"""

from typing import Any

import pytest

from tests.build import (
    ATC,
    ICD10CM,
    INHALED,
    OPHTHALMIC,
    ORAL,
    OURS,
    PREDNISONE,
    RXNORM,
    SOMEBODY_ELSE,
    TOPICAL,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    aldesleukin_order,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    resource,
    vitamin_d,
    withheld,
)

ROW = "systemic-corticosteroid"

DEXAMETHASONE = Code(RXNORM, "3264", "Dexamethasone")
HYDROCORTISONE = Code(RXNORM, "5492", "Hydrocortisone")
FLUDROCORTISONE = Code(RXNORM, "4452", "fludrocortisone")
PREDNISOLONE_ATC = Code(ATC, "H02AB06", "prednisolone")
HYDROCORTISONE_ATC = Code(ATC, "H02AB09", "hydrocortisone")
SKIN_ATC = Code(ATC, "D07AA02", "hydrocortisone")
LEVETIRACETAM_BARE = Code(RXNORM, "114477")
NAMELESS = Code(OURS, "48151")
ADDISON = Code(ICD10CM, "E27.1", "Primary adrenocortical insufficiency")
PITUITARY = Code(ICD10CM, "E23.0", "Hypopituitarism")

TABLET = resource("Medication", subject=None, code=concept(PREDNISONE))
CONTAINED = {"resourceType": "Medication", "id": "drug", "code": concept(PREDNISONE)}


def taking(*resources: Resource) -> bytes:
    """A medicine of no interest, and these."""
    return chart(hypertension(), vitamin_d(), *resources)


def prednisone(**fields: Any) -> Resource:
    return medication_request(PREDNISONE, **fields)


def pointing_at(reference: dict[str, str], **fields: Any) -> Resource:
    return medication_request(
        medicationCodeableConcept=None, medicationReference=reference, **fields
    )


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # A steroid, ordered or taken
        pytest.param(taking(prednisone()), "not-met", id="prednisone, active"),
        pytest.param(taking(prednisone(route=ORAL)), "not-met", id="by mouth"),
        pytest.param(taking(prednisone(intent="plan")), "not-met", id="reported as taken"),
        pytest.param(taking(medication_request(PREDNISOLONE_ATC)), "not-met", id="by its ATC code"),
        pytest.param(taking(medication_statement(PREDNISONE)), "not-met", id="a statement"),
        pytest.param(
            taking(medication_request(text="predniSONE 10 mg tablet")), "not-met", id="by name"
        ),
        pytest.param(
            taking(pointing_at({"reference": f"Medication/{TABLET['id']}"}), TABLET),
            "not-met",
            id="a Medication",
        ),
        pytest.param(
            taking(pointing_at({"reference": "#drug"}, contained=[CONTAINED])),
            "not-met",
            id="a contained Medication",
        ),
        pytest.param(
            taking(
                pointing_at({"reference": "Medication/elsewhere", "display": "dexamethasone 4 mg"})
            ),
            "not-met",
            id="a Medication we cannot read, by its display",
        ),
        pytest.param(taking(prednisone(days_ago=365)), "not-met", id="ordered a year ago"),
        pytest.param(taking(prednisone(days_ago=366)), "met", id="ordered a year and a day ago"),
        pytest.param(
            taking(medication_administration(DEXAMETHASONE, days_ago=14)),
            "not-met",
            id="given, last day of the window",
        ),
        pytest.param(
            taking(medication_administration(DEXAMETHASONE, days_ago=15)),
            "met",
            id="given, a day too long ago",
        ),
        pytest.param(
            chart(medication_administration(DEXAMETHASONE, days_ago=2)),
            "not-met",
            id="given, and no list of medicines",
        ),
        pytest.param(
            taking(aldesleukin_order(), prednisone(status="draft")),
            "not-met",
            id="drafted beside the aldesleukin order",
        ),
        # None
        pytest.param(taking(), "met", id="other medicines only"),
        pytest.param(taking(prednisone(status="completed")), "met", id="completed"),
        pytest.param(taking(prednisone(status="stopped")), "met", id="stopped"),
        pytest.param(taking(prednisone(status="cancelled")), "met", id="cancelled"),
        pytest.param(taking(prednisone(status="entered-in-error")), "met", id="an error"),
        pytest.param(taking(prednisone(status="draft")), "met", id="drafted, nothing else"),
        pytest.param(taking(prednisone(intent="proposal")), "met", id="only proposed"),
        pytest.param(taking(prednisone(doNotPerform=True)), "met", id="an order not to give it"),
        pytest.param(taking(prednisone(subject=SOMEBODY_ELSE)), "met", id="another patient's"),
        pytest.param(
            taking(medication_statement(PREDNISONE, status="intended")), "met", id="intended"
        ),
        pytest.param(
            taking(medication_statement(PREDNISONE, status="not-taken")), "met", id="not taken"
        ),
        pytest.param(
            taking(medication_administration(DEXAMETHASONE, days_ago=2, status="not-done")),
            "met",
            id="not given",
        ),
        pytest.param(
            taking(medication_request(LEVETIRACETAM_BARE)),
            "met",
            id="no text, but a code listed for another class",
        ),
        pytest.param(
            taking(
                medication_request(
                    text="cholecalciferol 1000 unit", modifierExtension=UNKNOWN_MODIFIER
                )
            ),
            "met",
            id="another medicine was skipped: it fits nothing here",
        ),
        # Local routes and forms
        pytest.param(
            taking(medication_request(HYDROCORTISONE, route=TOPICAL)), "met", id="on the skin"
        ),
        pytest.param(taking(medication_request(DEXAMETHASONE, route=OPHTHALMIC)), "met", id="eye"),
        pytest.param(taking(medication_request(DEXAMETHASONE, route=INHALED)), "met", id="inhaled"),
        pytest.param(
            taking(medication_request(text="hydrocortisone 1 % cream")),
            "met",
            id="a cream, by name",
        ),
        pytest.param(taking(medication_request(SKIN_ATC)), "met", id="a preparation for the skin"),
        # Replacement
        pytest.param(
            taking(medication_request(HYDROCORTISONE, route=ORAL)),
            "not-met",
            id="hydrocortisone, no reason recorded",
        ),
        pytest.param(
            taking(medication_request(HYDROCORTISONE, route=ORAL), condition(ADDISON)),
            "met",
            id="hydrocortisone for adrenal insufficiency",
        ),
        pytest.param(
            taking(medication_request(HYDROCORTISONE, route=ORAL), condition(PITUITARY)),
            "met",
            id="hydrocortisone for hypopituitarism",
        ),
        pytest.param(
            taking(medication_request(HYDROCORTISONE), prednisone(), condition(ADDISON)),
            "not-met",
            id="replacement, and prednisone on top",
        ),
        pytest.param(
            taking(
                medication_request(text="hydrocortisone 10 mg and dexamethasone 4 mg"),
                condition(ADDISON),
            ),
            "not-met",
            id="replacement and another steroid in one entry, by name",
        ),
        pytest.param(
            taking(
                medication_request(HYDROCORTISONE, DEXAMETHASONE, route=ORAL), condition(ADDISON)
            ),
            "not-met",
            id="replacement and another steroid in one entry, by code",
        ),
        pytest.param(
            taking(medication_request(text="Solu-Cortef 100 mg"), condition(ADDISON)),
            "met",
            id="replacement, by a brand",
        ),
        # Perhaps
        pytest.param(taking(prednisone(status="on-hold")), "unknown:unclassified", id="on hold"),
        pytest.param(
            taking(prednisone(status="unknown")), "unknown:unclassified", id="status unknown"
        ),
        pytest.param(
            taking(medication_request(FLUDROCORTISONE)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(HYDROCORTISONE_ATC)),
            "unknown:unclassified",
            id="hydrocortisone by ATC: replacement possible",
        ),
        pytest.param(
            taking(medication_request(text="budesonide 3 mg capsule")),
            "unknown:unclassified",
            id="budesonide by name: low availability",
        ),
        pytest.param(
            taking(medication_request(FLUDROCORTISONE, PREDNISONE)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        pytest.param(
            taking(medication_request(NAMELESS)),
            "unknown:unclassified",
            id="neither a listed code nor a text",
        ),
        pytest.param(
            taking(pointing_at({"reference": "Medication/elsewhere"})),
            "unknown:unclassified",
            id="a Medication we cannot read",
        ),
        pytest.param(taking(prednisone(days_ago=-1)), "unknown:unreadable", id="ordered tomorrow"),
        pytest.param(
            taking(prednisone(days_ago=None)),
            "unknown:unreadable",
            id="an active order without a date: a year old or not",
        ),
        pytest.param(
            taking(medication_administration(DEXAMETHASONE, days_ago=None)),
            "unknown:unreadable",
            id="given, nobody knows when",
        ),
        pytest.param(
            taking(prednisone(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a steroid with an unknown modifier: skipped",
        ),
        pytest.param(
            taking(medication_request(text="prednisone 10 mg", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a steroid by name, with an unknown modifier: skipped",
        ),
        pytest.param(
            taking(medication_request(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="skipped, and without a code: it may be a steroid",
        ),
        pytest.param(
            taking(medication_request(NAMELESS), prednisone()),
            "not-met",
            id="one unclear, one steroid",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="no medicine recorded"),
        pytest.param(
            chart(medication_administration(text="cholecalciferol 1000 unit")),
            "unknown:absent",
            id="given medicines only: the list of medicines is needed",
        ),
        pytest.param(
            chart(medication_statement(text="cholecalciferol 1000 unit")),
            "met",
            id="statements are such a list",
        ),
        pytest.param(withheld(vitamin_d()), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(vitamin_d(), refused=["given"]), "unknown:not-shared", id="given: refused"
        ),
        pytest.param(withheld(prednisone(), refused=["given"]), "not-met", id="found in what came"),
    ],
)
def test_systemic_corticosteroid(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_a_steroid_found_by_its_name_has_a_remark() -> None:
    assert finding(taking(medication_request(text="prednisone 10 mg")), ROW).get("remark")


def test_replacement_has_a_remark() -> None:
    document = taking(medication_request(HYDROCORTISONE, route=ORAL), condition(ADDISON))
    assert finding(document, ROW).get("remark")
