"""No beta-blocker or antihypertensive? Criteria.md, section L: active; never "stop it"."""

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
from tests.criteria.drug_tables import NAMELESS, every_class, taking

ROW = "antihypertensive"

METOPROLOL = Code(RXNORM, "6918", "metoprolol")
LISINOPRIL = Code(RXNORM, "29046", "lisinopril")
TIMOLOL = Code(RXNORM, "10600", "timolol")
METIPRANOLOL = Code(RXNORM, "10824", "metipranolol")
EYE_ATC = Code(ATC, "S01ED01", "timolol")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(METOPROLOL, "lisinopril 10 mg tablet", days=0),
        pytest.param(taking(medication_request(LISINOPRIL)), "not-met", id="no beta-blocker"),
        pytest.param(
            taking(medication_request(METIPRANOLOL, LISINOPRIL)),
            "not-met",
            id="in two classes: one that decides outweighs one that asks",
        ),
        pytest.param(
            taking(medication_request(METIPRANOLOL, text="metipranolol with lisinopril")),
            "not-met",
            id="by a code that asks in one class, by name in the other",
        ),
        pytest.param(
            taking(medication_request(METIPRANOLOL)), "unknown:unclassified", id="it only asks"
        ),
        pytest.param(
            taking(medication_request(TIMOLOL, route=OPHTHALMIC)), "met", id="drops for the eye"
        ),
        pytest.param(
            taking(medication_request(TIMOLOL, text="timolol 0.5 % ophthalmic solution")),
            "met",
            id="drops for the eye, by the form in the name",
        ),
        pytest.param(taking(medication_request(EYE_ATC)), "met", id="drops for the eye, by ATC"),
        pytest.param(
            taking(medication_request(text="clonidine 0.1 mg/24 hr patch")),
            "not-met",
            id="a patch acts on the whole body",
        ),
        pytest.param(
            taking(medication_request(text="minoxidil 5 % topical solution")),
            "met",
            id="minoxidil for the hair",
        ),
    ],
)
def test_antihypertensive(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_asks_for_review_and_never_says_stop() -> None:
    for drug in (METOPROLOL, LISINOPRIL):
        found = finding(taking(medication_request(drug)), ROW)
        assert found["remark"] == "review: deepens hypotension"
        assert "stop" not in str(found).casefold()


def test_each_medicine_is_shown_once() -> None:
    document = taking(medication_request(METOPROLOL, LISINOPRIL), medication_request(NAMELESS))
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 1


def test_a_code_outweighs_a_name() -> None:
    document = taking(medication_request(LISINOPRIL, text="metoprolol"))
    assert finding(document, ROW)["remark"] == "review: deepens hypotension"
