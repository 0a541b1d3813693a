"""No cardiotoxic or hepatotoxic drug? Criteria.md, section L: active."""

import pytest

from tests.build import RXNORM, Code, assert_verdict, medication_request
from tests.criteria.drug_tables import every_class, taking

ROW = "cardiotoxic-hepatotoxic-drug"

DOXORUBICIN = Code(RXNORM, "3639", "DOXOrubicin")
METHOTREXATE = Code(RXNORM, "6851", "methotrexate")
VALPROATE = Code(RXNORM, "40254", "valproate")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(DOXORUBICIN, "isoniazid 300 mg tablet", days=0),
        pytest.param(taking(medication_request(METHOTREXATE)), "not-met", id="for the liver"),
        pytest.param(
            taking(medication_request(VALPROATE)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(VALPROATE, DOXORUBICIN)),
            "not-met",
            id="in two classes: one that decides outweighs one that asks",
        ),
    ],
)
def test_cardiotoxic_hepatotoxic_drug(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
