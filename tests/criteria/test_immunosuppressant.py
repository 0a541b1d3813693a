"""No other immunosuppressant? Criteria.md, section L: active."""

import pytest

from tests.build import (
    ATC,
    OPHTHALMIC,
    RXNORM,
    Code,
    assert_verdict,
    finding,
    medication_request,
)
from tests.criteria.drug_tables import every_class, taking

ROW = "immunosuppressant"

TACROLIMUS = Code(RXNORM, "42316", "tacrolimus")
LENALIDOMIDE = Code(RXNORM, "1242231", "lenalidomide 2.5 MG Oral Capsule")
SKIN_ATC = Code(ATC, "D11AH01", "tacrolimus")
EYE_ATC = Code(ATC, "S01XA18", "ciclosporin")
AZATHIOPRINE_ATC = Code(ATC, "L04AX01", "azathioprine")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(TACROLIMUS, "mycophenolate mofetil 500 mg", days=0),
        pytest.param(taking(medication_request(AZATHIOPRINE_ATC)), "not-met", id="by its ATC code"),
        pytest.param(
            taking(medication_request(LENALIDOMIDE)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(LENALIDOMIDE), medication_request(TACROLIMUS)),
            "not-met",
            id="one that asks, one that decides",
        ),
        pytest.param(taking(medication_request(SKIN_ATC)), "met", id="a preparation for the skin"),
        pytest.param(
            taking(medication_request(EYE_ATC, text="ciclosporin")), "met", id="one for the eye"
        ),
        pytest.param(
            taking(medication_request(text="tacrolimus 0.1 % ointment")),
            "met",
            id="an ointment, by name",
        ),
        pytest.param(
            taking(medication_request(TACROLIMUS, route=OPHTHALMIC)), "met", id="in the eye"
        ),
    ],
)
def test_immunosuppressant(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_sends_to_look_for_a_transplant() -> None:
    assert finding(taking(medication_request(TACROLIMUS)), ROW)["remark"] == (
        "also look for a transplant"
    )
    by_name = finding(taking(medication_request(text="tacrolimus 1 mg")), ROW)["remark"]
    assert by_name == "also look for a transplant; by name"
