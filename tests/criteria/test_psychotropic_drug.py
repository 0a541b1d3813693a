"""No psychotropic, opioid or sedative? Criteria.md, section L: active."""

import pytest

from tests.build import (
    ATC,
    INHALED,
    RXNORM,
    SNOMED,
    Code,
    assert_verdict,
    concept,
    medication_request,
)
from tests.criteria.drug_tables import every_class, taking

ROW = "psychotropic-drug"

LORAZEPAM = Code(RXNORM, "6470", "Lorazepam")
MIDAZOLAM = Code(RXNORM, "6960", "Midazolam")
MORPHINE = Code(RXNORM, "7052", "Morphine")
FENTANYL = Code(RXNORM, "4337", "Fentanyl")
HALOPERIDOL = Code(RXNORM, "5093", "Haloperidol")
PROMETHAZINE = Code(RXNORM, "8745", "Promethazine")
ONDANSETRON = Code(RXNORM, "26225", "Ondansetron")
CYCLOBENZAPRINE = Code(RXNORM, "21949", "cyclobenzaprine")
DIAZEPAM_SPRAY = Code(RXNORM, "2272613", "diazepam 100 MG/ML Nasal Spray")
NALOXONE_ATC = Code(ATC, "V03AB15", "naloxone")
ANTIHISTAMINE_ATC = Code(ATC, "R06AD02", "promethazine")
NASAL = Code(SNOMED, "46713006", "Nasal route")

NOSE_IN_WORDS = [{"route": concept(text="intranasal")}]
NOSE_AND_MOUTH = [{"route": concept(NASAL)}, {"text": "or one tablet"}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(LORAZEPAM, "morphine 15 mg tablet", days=0),
        pytest.param(taking(medication_request(MORPHINE)), "not-met", id="an opioid"),
        pytest.param(taking(medication_request(PROMETHAZINE)), "not-met", id="against nausea"),
        pytest.param(
            taking(medication_request(HALOPERIDOL)),
            "not-met",
            id="in two classes: one that decides outweighs one that asks",
        ),
        pytest.param(
            taking(medication_request(CYCLOBENZAPRINE)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(ONDANSETRON, text="ondansetron 4 mg")),
            "met",
            id="against nausea, but not acting on the mind",
        ),
        pytest.param(taking(medication_request(NALOXONE_ATC)), "met", id="an opioid's antagonist"),
        pytest.param(
            taking(medication_request(ANTIHISTAMINE_ATC)), "not-met", id="by its ATC code"
        ),
        # Through the nose
        pytest.param(
            taking(medication_request(FENTANYL, route=NASAL)),
            "not-met",
            id="an opioid through the nose is systemic",
        ),
        pytest.param(
            taking(medication_request(MIDAZOLAM, dosageInstruction=NOSE_IN_WORDS)),
            "not-met",
            id="a sedative through the nose, in words",
        ),
        pytest.param(
            taking(medication_request(FENTANYL, text="fentanyl nasal spray")),
            "not-met",
            id="an opioid, nasal by the form in its name",
        ),
        pytest.param(
            taking(medication_request(text="butorphanol 10 mg/mL nasal spray")),
            "not-met",
            id="an opioid for the nose, by name",
        ),
        pytest.param(taking(medication_request(DIAZEPAM_SPRAY)), "not-met", id="a product for it"),
        pytest.param(
            taking(medication_request(PROMETHAZINE, route=NASAL)),
            "met",
            id="what is neither opioid nor sedative is local in the nose",
        ),
        pytest.param(
            taking(medication_request(PROMETHAZINE, dosageInstruction=NOSE_AND_MOUTH)),
            "not-met",
            id="one way local, the other not told",
        ),
        pytest.param(
            taking(medication_request(MORPHINE, route=INHALED)), "met", id="inhaled: local"
        ),
        pytest.param(
            taking(medication_request(text="fentanyl 25 mcg/hr patch")), "not-met", id="a patch"
        ),
        pytest.param(
            taking(medication_request(MORPHINE, text="morphine 10 mg suppository")),
            "not-met",
            id="a suppository acts on the whole body",
        ),
    ],
)
def test_psychotropic_drug(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
