"""
No severe hypersensitivity to aldesleukin? Criteria.md, section I: ever; a contraindication.

Severe is criticality high, or any reaction severe.
"""

import pytest

from tests.build import (
    ALDESLEUKIN,
    ATC,
    NO_KNOWN_ALLERGY,
    RXNORM,
    SNOMED,
    UNKNOWN_MODIFIER,
    Code,
    allergy,
    assert_verdict,
    chart,
    finding,
    hypertension,
    withheld,
)

ROW = "hypersensitivity-absent"

PENICILLIN = Code(SNOMED, "91936005", "Allergy to penicillin (finding)")
NO_KNOWN_DRUG_ALLERGY = Code(SNOMED, "409137002", "No known drug allergy (situation)")
BY_ATC = Code(ATC, "L03AC01", "aldesleukin")
HINT = Code(RXNORM, "105648")
BASILIXIMAB = Code(RXNORM, "1656648", "basiliximab 20 MG Injection")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Severe
        pytest.param(
            chart(allergy(ALDESLEUKIN, criticality="high")), "not-met", id="criticality high"
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, severities=["severe"])), "not-met", id="a severe reaction"
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, severities=["mild", "severe"])),
            "not-met",
            id="one of two reactions severe",
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, criticality="low", severities=["severe"])),
            "not-met",
            id="criticality low, but the reaction was severe",
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, criticality="high", severities=["mild"])),
            "not-met",
            id="mild so far, but criticality high",
        ),
        pytest.param(chart(allergy(BY_ATC, criticality="high")), "not-met", id="by its ATC code"),
        pytest.param(
            chart(allergy(NO_KNOWN_ALLERGY), allergy(ALDESLEUKIN, criticality="high")),
            "not-met",
            id="'none known' never hides it",
        ),
        # Not severe
        pytest.param(
            chart(allergy(ALDESLEUKIN, criticality="low", severities=["mild"])), "met", id="mild"
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, criticality="low", severities=["moderate"])),
            "met",
            id="moderate",
        ),
        pytest.param(
            chart(allergy(ALDESLEUKIN, severities=["mild", "moderate"])),
            "met",
            id="moderate, criticality not stated",
        ),
        # None
        pytest.param(chart(allergy(NO_KNOWN_ALLERGY)), "met", id="none known"),
        pytest.param(chart(allergy(NO_KNOWN_DRUG_ALLERGY)), "met", id="no known drug allergy"),
        pytest.param(chart(allergy(PENICILLIN, criticality="high")), "met", id="penicillin only"),
        pytest.param(
            chart(allergy(BASILIXIMAB, criticality="high")), "met", id="a look-alike: basiliximab"
        ),
        pytest.param(
            chart(
                allergy(PENICILLIN),
                allergy(ALDESLEUKIN, criticality="high", verification="refuted"),
            ),
            "met",
            id="refuted",
        ),
        pytest.param(
            chart(
                allergy(PENICILLIN),
                allergy(
                    ALDESLEUKIN,
                    criticality="high",
                    verification="entered-in-error",
                    clinicalStatus=None,
                ),
            ),
            "met",
            id="entered in error",
        ),
        pytest.param(
            chart(
                allergy(PENICILLIN),
                allergy(ALDESLEUKIN, criticality="high", patient={"reference": "Patient/p2"}),
            ),
            "met",
            id="another patient's",
        ),
        # Perhaps
        pytest.param(chart(allergy(ALDESLEUKIN)), "unknown", id="how severe is not stated"),
        pytest.param(
            chart(allergy(text="Proleukin", criticality="high")),
            "unknown:unclassified",
            id="a name is not the allergy's code",
        ),
        pytest.param(
            chart(allergy(text="IL-2", severities=["severe"])),
            "unknown:unclassified",
            id="'IL-2' as text",
        ),
        pytest.param(
            chart(allergy(HINT, criticality="high")),
            "unknown:unclassified",
            id="a code that only asks",
        ),
        # Skipped
        pytest.param(
            chart(
                allergy(PENICILLIN),
                allergy(ALDESLEUKIN, criticality="high", modifierExtension=UNKNOWN_MODIFIER),
            ),
            "unknown:unclassified",
            id="to aldesleukin, with an unknown modifier: skipped",
        ),
        pytest.param(
            chart(
                allergy(PENICILLIN), allergy(text="Proleukin", modifierExtension=UNKNOWN_MODIFIER)
            ),
            "unknown:unclassified",
            id="to aldesleukin in words, with an unknown modifier: skipped",
        ),
        pytest.param(
            chart(allergy(PENICILLIN), allergy(criticality="high")),
            "unknown:unreadable",
            id="to something without a code: skipped, and it may be aldesleukin",
        ),
        pytest.param(
            chart(
                allergy(NO_KNOWN_DRUG_ALLERGY),
                allergy(PENICILLIN, modifierExtension=UNKNOWN_MODIFIER),
            ),
            "met",
            id="to penicillin, skipped: its code does not fit",
        ),
        # Never asked, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="an empty list: never asked"),
        pytest.param(withheld(hypertension()), "unknown:absent", id="an empty answer"),
        pytest.param(
            withheld(hypertension(), missing=["allergies"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["allergies"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(allergy(NO_KNOWN_ALLERGY)), "met", id="none known, in a request"),
    ],
)
def test_hypersensitivity_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_a_mild_reaction_has_a_remark() -> None:
    document = chart(allergy(ALDESLEUKIN, criticality="low", severities=["mild"]))
    assert finding(document, ROW).get("remark")


def test_it_is_a_contraindication() -> None:
    assert finding(chart(allergy(NO_KNOWN_ALLERGY)), ROW)["weight"] == "contraindication"
