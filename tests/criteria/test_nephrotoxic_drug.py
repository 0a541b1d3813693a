"""
No nephrotoxic drug? Criteria.md, section L: active, or given in the last 7 days (P).

Aspirin up to 100 mg a day is accepted (P), where the dose of a day is certain.
"""

from typing import Any

import pytest

from rules.criteria.interacting_drugs import NEPHROTOXIC_DRUG
from tests.build import (
    ATC,
    OPHTHALMIC,
    RXNORM,
    UNKNOWN_MODIFIER,
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
    quantity,
    withheld,
)
from tests.criteria.drug_tables import NAMELESS, every_class, taking

ROW = "nephrotoxic-drug"

GENTAMICIN = Code(RXNORM, "1596450", "Gentamicin")
IBUPROFEN = Code(RXNORM, "5640", "Ibuprofen")
INDOMETHACIN = Code(RXNORM, "5781", "Indomethacin")
KETOROLAC_SPRAY = Code(
    RXNORM, "1797855", "ketorolac tromethamine 15.8 MG/ACTUAT Metered Dose Nasal Spray"
)
DICLOFENAC = Code(RXNORM, "3355", "Diclofenac")
METHOTREXATE = Code(RXNORM, "6851", "methotrexate")
SKIN_ATC = Code(ATC, "M02AA15", "diclofenac")

ASPIRIN = Code(RXNORM, "1191", "Aspirin")
ASPIRIN_81 = Code(RXNORM, "243670", "aspirin 81 MG Oral Tablet")
ASPIRIN_325 = Code(RXNORM, "212033", "aspirin 325 MG Oral Tablet")
ASPIRIN_DIPYRIDAMOLE = Code(
    RXNORM, "259081", "12 HR aspirin 25 MG / dipyridamole 200 MG Extended Release Oral Capsule"
)
SALICYLATES_ATC = Code(ATC, "N02BA01")
ASPIRIN_ATC = Code(ATC, "B01AC06", "acetylsalicylic acid")

DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}
TWICE = {"frequency": 2, "period": 1, "periodUnit": "d"}


def dosage(dose: str | None, repeat: dict[str, Any] | None = DAILY, **fields: Any) -> Resource:
    """How it is taken: '81 mg' or '1 tablet', and how often."""
    parts: Resource = {}
    if dose is not None:
        is_mass = dose.endswith(" mg")
        parts["doseAndRate"] = [{"doseQuantity": quantity(dose, ucum=is_mass)}]
    if repeat is not None:
        parts["timing"] = {"repeat": repeat}
    return parts | fields


def aspirin(
    dose: str | None, repeat: dict[str, Any] | None = DAILY, *codes: Code, **fields: Any
) -> Resource:
    more: Resource = {"dosageInstruction": [dosage(dose, repeat)]} | fields
    return medication_request(*(codes or (ASPIRIN,)), **more)


def given(dose: str | None, *, days_ago: int = 1, **fields: Any) -> Resource:
    more: Resource = {"dosage": {"dose": quantity(dose)} if dose else None} | fields
    return medication_administration(ASPIRIN, days_ago=days_ago, **more)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(GENTAMICIN, "ibuprofen 400 mg tablet", days=7),
        pytest.param(taking(medication_request(IBUPROFEN)), "not-met", id="an NSAID"),
        pytest.param(
            taking(medication_request(METHOTREXATE)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(METHOTREXATE, IBUPROFEN)),
            "not-met",
            id="in two classes: one that decides outweighs one that asks",
        ),
        pytest.param(
            taking(medication_request(KETOROLAC_SPRAY)),
            "not-met",
            id="an NSAID through the nose is systemic",
        ),
        pytest.param(
            taking(medication_request(text="ketorolac nasal spray")),
            "not-met",
            id="an NSAID through the nose, by name",
        ),
        pytest.param(
            taking(medication_request(DICLOFENAC, text="diclofenac 1 % gel")), "met", id="a gel"
        ),
        pytest.param(
            taking(medication_request(DICLOFENAC, text="diclofenac 1.3 % patch")),
            "met",
            id="the patch of an NSAID acts locally",
        ),
        pytest.param(
            taking(medication_request(DICLOFENAC, text="diclofenac 50 mg suppository")),
            "not-met",
            id="a suppository acts on the whole body",
        ),
        pytest.param(taking(medication_request(SKIN_ATC)), "met", id="for the skin, by ATC"),
        pytest.param(
            taking(medication_request(GENTAMICIN, route=OPHTHALMIC)), "met", id="in the eye"
        ),
        # Aspirin: the dose of a day decides
        pytest.param(taking(aspirin("81 mg")), "met", id="aspirin 81 mg once a day"),
        pytest.param(taking(aspirin("100 mg")), "met", id="aspirin, on the limit"),
        pytest.param(taking(aspirin("101 mg")), "not-met", id="aspirin, just over the limit"),
        pytest.param(taking(aspirin("325 mg")), "not-met", id="aspirin 325 mg once a day"),
        pytest.param(taking(aspirin("81 mg", TWICE)), "not-met", id="aspirin 81 mg twice a day"),
        pytest.param(taking(aspirin("50 mg", TWICE)), "met", id="aspirin 50 mg twice a day"),
        pytest.param(
            taking(aspirin("81 mg", {"frequency": 1, "period": 24, "periodUnit": "h"})),
            "met",
            id="aspirin every 24 hours",
        ),
        pytest.param(
            taking(aspirin("81 mg", {"frequency": 1, "period": 12, "periodUnit": "h"})),
            "not-met",
            id="aspirin every 12 hours",
        ),
        pytest.param(
            taking(aspirin("1 tablet", DAILY, ASPIRIN_81)), "met", id="one tablet of 81 mg"
        ),
        pytest.param(
            taking(aspirin("2 tablets", DAILY, ASPIRIN_81)), "not-met", id="two tablets of 81 mg"
        ),
        pytest.param(
            taking(aspirin("1 tablet", DAILY, ASPIRIN_325)), "not-met", id="one tablet of 325 mg"
        ),
        pytest.param(
            taking(
                aspirin(
                    "1 TAB",
                    DAILY,
                    NAMELESS,
                    medicationCodeableConcept=concept(text="aspirin EC 81 mg tablet"),
                )
            ),
            "met",
            id="aspirin by name, its strength in the name",
        ),
        pytest.param(
            taking(aspirin("1 capsule", TWICE, ASPIRIN_DIPYRIDAMOLE)),
            "unknown:unclassified",
            id="two strengths in one name",
        ),
        pytest.param(
            taking(aspirin("1 tablet", DAILY, ASPIRIN)),
            "unknown:unclassified",
            id="a tablet whose strength is not told",
        ),
        pytest.param(
            taking(
                aspirin(
                    "1 tablet",
                    DAILY,
                    medicationCodeableConcept=concept(ASPIRIN, text="aspirin-omeprazole 81-40 mg"),
                )
            ),
            "unknown:unclassified",
            id="the strength of its partner is not that of aspirin",
        ),
        pytest.param(
            taking(medication_statement(ASPIRIN_ATC, dosage=[dosage("81 mg")])),
            "met",
            id="stated, by ATC",
        ),
        pytest.param(
            taking(
                aspirin(
                    "75 mg", medicationCodeableConcept=concept(SALICYLATES_ATC, text="aspirin 75")
                )
            ),
            "met",
            id="a code of the whole group, and aspirin by name",
        ),
        pytest.param(
            taking(aspirin("75 mg", DAILY, SALICYLATES_ATC)),
            "unknown:unclassified",
            id="a code of the whole group alone",
        ),
        pytest.param(
            taking(aspirin("81 mg", dosageInstruction=[dosage("81 mg"), dosage("81 mg")])),
            "unknown:unclassified",
            id="two instructions: both, or one after the other",
        ),
        pytest.param(
            taking(aspirin("81 mg", dosageInstruction=[dosage("81 mg"), dosage("325 mg")])),
            "not-met",
            id="two instructions, one of them over the limit",
        ),
        pytest.param(
            taking(aspirin("81 mg", dosageInstruction=[dosage("40 mg"), dosage("60 mg")])),
            "met",
            id="two instructions, together on the limit",
        ),
        pytest.param(
            taking(
                aspirin("81 mg", dosageInstruction=[dosage("81 mg", TWICE, asNeededBoolean=True)])
            ),
            "unknown:unclassified",
            id="as needed, up to twice a day",
        ),
        pytest.param(
            taking(
                aspirin("81 mg", dosageInstruction=[dosage("325 mg", TWICE, asNeededBoolean=True)])
            ),
            "not-met",
            id="as needed, but each dose over the limit",
        ),
        # Aspirin, the dose of a day not certain
        pytest.param(
            taking(medication_request(ASPIRIN_81)), "unknown:unclassified", id="no dose told"
        ),
        pytest.param(taking(aspirin("81 mg", None)), "unknown:unclassified", id="how often?"),
        pytest.param(taking(aspirin("325 mg", None)), "not-met", id="325 mg, however often"),
        pytest.param(
            taking(aspirin(None, DAILY, ASPIRIN_81)), "unknown:unclassified", id="how many tablets?"
        ),
        pytest.param(
            taking(aspirin("81", DAILY, ASPIRIN_81)), "unknown:unclassified", id="81 of what?"
        ),
        pytest.param(taking(aspirin("1 mL")), "unknown:unclassified", id="another unit"),
        pytest.param(taking(aspirin("<100 mg")), "unknown:unclassified", id="a comparator"),
        pytest.param(taking(aspirin("0 mg")), "unknown:unclassified", id="no dose at all"),
        pytest.param(
            taking(aspirin("81 mg", {"frequency": 1, "period": 2, "periodUnit": "d"})),
            "unknown:unclassified",
            id="every other day",
        ),
        pytest.param(
            taking(aspirin("81 mg", {"frequency": 1, "period": 1, "periodUnit": "wk"})),
            "unknown:unclassified",
            id="once a week",
        ),
        pytest.param(
            taking(aspirin("81 mg", {"frequency": -1, "period": 1, "periodUnit": "d"})),
            "unknown:unclassified",
            id="minus once a day",
        ),
        pytest.param(
            taking(aspirin("81 mg", DAILY | {"frequencyMax": 2})),
            "unknown:unclassified",
            id="once or twice a day",
        ),
        pytest.param(
            taking(aspirin("81 mg", DAILY | {"timeOfDay": ["08:00:00", "20:00:00"]})),
            "unknown:unclassified",
            id="times of the day that are not read",
        ),
        pytest.param(
            taking(
                aspirin(
                    None,
                    dosageInstruction=[
                        dosage(None)
                        | {
                            "doseAndRate": [
                                {
                                    "doseRange": {
                                        "low": quantity("75 mg"),
                                        "high": quantity("100 mg"),
                                    }
                                }
                            ]
                        }
                    ],
                )
            ),
            "met",
            id="75 to 100 mg",
        ),
        pytest.param(
            taking(
                aspirin(
                    None,
                    dosageInstruction=[
                        dosage(None)
                        | {
                            "doseAndRate": [
                                {
                                    "doseRange": {
                                        "low": quantity("325 mg"),
                                        "high": quantity("81 mg"),
                                    }
                                }
                            ]
                        }
                    ],
                )
            ),
            "unknown:unclassified",
            id="from 325 down to 81 mg",
        ),
        # Aspirin given
        pytest.param(taking(given("81 mg")), "met", id="81 mg given"),
        pytest.param(taking(given("81 mg"), given("81 mg")), "not-met", id="two doses in a day"),
        pytest.param(
            taking(given("81 mg"), given("81 mg", days_ago=2)), "met", id="a dose on each day"
        ),
        pytest.param(taking(given("325 mg")), "not-met", id="325 mg given"),
        pytest.param(
            taking(given("325 mg", days_ago=8)), "met", id="325 mg given, a day too long ago"
        ),
        pytest.param(taking(given(None)), "unknown:unclassified", id="given, the dose not told"),
        pytest.param(
            taking(given("81 mg"), given(None)),
            "unknown:unclassified",
            id="a second dose of the day, not told",
        ),
        pytest.param(
            taking(given("81 mg", effectiveDateTime=None)),
            "unknown:unclassified",
            id="low aspirin given, nobody knows when",
        ),
        # Aspirin, and more
        pytest.param(
            taking(aspirin("81 mg"), aspirin("75 mg")),
            "unknown:unclassified",
            id="two of them, each low: 81 mg a day, or 156",
        ),
        pytest.param(
            taking(aspirin("50 mg"), aspirin("25 mg")), "met", id="two of them, low together"
        ),
        pytest.param(
            taking(aspirin("81 mg"), aspirin("81 mg", intent="plan", days_ago=90)),
            "met",
            id="ordered and reported: the same twice is one",
        ),
        pytest.param(
            taking(aspirin("81 mg"), medication_request(ASPIRIN_81)),
            "unknown:unclassified",
            id="a low one, and one of which no dose is told",
        ),
        pytest.param(
            taking(aspirin("81 mg"), aspirin("325 mg", status="completed")),
            "met",
            id="a low one, and a high one that has ended",
        ),
        pytest.param(
            taking(aspirin("81 mg"), given("81 mg")), "met", id="a low one, and its dose given"
        ),
        pytest.param(
            taking(aspirin("81 mg"), medication_request(IBUPROFEN)),
            "not-met",
            id="low aspirin, and an NSAID",
        ),
        pytest.param(
            taking(aspirin("81 mg", DAILY, ASPIRIN, METHOTREXATE)),
            "unknown:unclassified",
            id="mixed with another that asks",
        ),
        pytest.param(
            taking(
                aspirin(
                    "81 mg",
                    medicationCodeableConcept=concept(ASPIRIN, text="aspirin with ibuprofen"),
                )
            ),
            "unknown:unclassified",
            id="mixed with an NSAID that only its name tells",
        ),
        pytest.param(
            taking(aspirin("325 mg", status="on-hold")),
            "unknown:unclassified",
            id="high aspirin, on hold",
        ),
        pytest.param(taking(aspirin("81 mg", status="on-hold")), "met", id="low aspirin, on hold"),
        pytest.param(taking(aspirin("325 mg", status="stopped")), "met", id="high aspirin, ended"),
        pytest.param(
            taking(aspirin("81 mg", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="low aspirin that had to be skipped",
        ),
        pytest.param(
            withheld(aspirin("81 mg"), refused=["given"]),
            "unknown:not-shared",
            id="low aspirin, and doses given not shared",
        ),
        pytest.param(
            chart(hypertension(), given("81 mg")),
            "unknown:absent",
            id="low aspirin given, and no list of medicines",
        ),
    ],
)
def test_nephrotoxic_drug(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_low_aspirin_is_shown_with_a_remark() -> None:
    found = finding(taking(aspirin("81 mg", days_ago=20)), ROW)
    assert found["remark"] == "aspirin, at most 100 mg a day"
    assert ago(20) in str(found["evidence"])


def test_aspirin_of_uncertain_dose_says_so() -> None:
    found = finding(taking(medication_request(ASPIRIN_81)), ROW)
    assert found["remark"] == "aspirin: the dose of a day is not certain"


def test_indomethacin_has_a_remark() -> None:
    for drug in (medication_request(INDOMETHACIN), medication_request(text="indometacin 25 mg")):
        assert "used as cover" in str(finding(taking(drug), ROW)["remark"])
    assert "remark" not in finding(taking(medication_request(IBUPROFEN)), ROW)


def test_the_accepted_dose_of_aspirin_stands_with_the_limit_as_proposed() -> None:
    assert "aspirin up to 100 mg a day" in NEPHROTOXIC_DRUG.check.threshold
    assert NEPHROTOXIC_DRUG.is_threshold_proposed
