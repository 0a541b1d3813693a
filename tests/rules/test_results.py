"""Positive, negative, or why that cannot be told. Criteria.md, section H, and rule 5."""

from decimal import Decimal

import pytest

from rules import codes
from rules.chart import Coded, Kind, NoValue, Observation, Range, Value
from rules.codes import Coding
from rules.model import Why
from rules.results import qualitative
from rules.units import Quantity

NEGATIVE = codes.coding(codes.SNOMED, "260385009")
NON_REACTIVE = codes.coding(codes.SNOMED, "131194007")
NOT_DETECTED = codes.coding(codes.SNOMED, "260415000")
ABSENT_ANSWER = codes.coding(codes.LOINC, "LA9634-2")
POSITIVE = codes.coding(codes.SNOMED, "10828004")
REACTIVE = codes.coding(codes.SNOMED, "11214006")
WEAKLY_POSITIVE = codes.coding(codes.SNOMED, "260408008")
STAPHYLOCOCCUS = codes.coding(codes.SNOMED, "3092008", "Staphylococcus aureus")
LOCAL = codes.coding("urn:oid:1.2.3", "NEG", "Negative")

_V3 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
SAYS_NEGATIVE = codes.coding(_V3, "NEG")
SAYS_POSITIVE = codes.coding(_V3, "POS")
SAYS_HIGH = codes.coding(_V3, "H")


def result(value: Value, *interpretation: Coding) -> Observation:
    return Observation(
        Kind.OBSERVATION, "Observation/1", value=value, interpretation=interpretation
    )


def coded(*codings: Coding, text: str | None = None) -> Coded:
    return Coded(codings, text)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # Coded
        pytest.param(result(coded(NEGATIVE)), False, id="negative"),
        pytest.param(result(coded(NON_REACTIVE)), False, id="non-reactive"),
        pytest.param(result(coded(NOT_DETECTED)), False, id="not detected"),
        pytest.param(result(coded(ABSENT_ANSWER)), False, id="absent, a LOINC answer"),
        pytest.param(result(coded(POSITIVE)), True, id="positive"),
        pytest.param(result(coded(REACTIVE)), True, id="reactive"),
        pytest.param(result(coded(WEAKLY_POSITIVE)), True, id="weakly positive is positive"),
        pytest.param(result(coded(LOCAL, NEGATIVE)), False, id="the site's own code beside it"),
        pytest.param(
            result(coded(NEGATIVE, POSITIVE)), Why.CONFLICTING, id="negative and positive"
        ),
        pytest.param(
            result(coded(NEGATIVE, text="Positive")), False, id="a code goes before its text"
        ),
        pytest.param(result(coded(STAPHYLOCOCCUS)), Why.UNCLASSIFIED, id="an organism"),
        pytest.param(
            result(coded(LOCAL, text="Negative")), Why.UNCLASSIFIED, id="a code that nobody knows"
        ),
        # Words, the whole value
        pytest.param(result("negative"), False, id="'negative'"),
        pytest.param(result("Non-Reactive"), False, id="'Non-Reactive'"),
        pytest.param(result("  NEGATIVE "), False, id="in capitals, with spaces about it"),
        pytest.param(result("POSITIVE"), True, id="'POSITIVE'"),
        pytest.param(result("reactive"), True, id="'reactive'"),
        pytest.param(result(coded(text="Negative")), False, id="a coded value of text alone"),
        pytest.param(
            result("negative for HIV-1, HIV-2 indeterminate"),
            Why.UNCLASSIFIED,
            id="a sentence that begins with the word",
        ),
        pytest.param(result("not reactive"), Why.UNCLASSIFIED, id="a word that is not listed"),
        pytest.param(result(""), Why.UNCLASSIFIED, id="an empty text"),
        # Anything else
        pytest.param(result(NoValue.ABSENT), Why.UNREADABLE, id="no value"),
        pytest.param(result(NoValue.UNREADABLE), Why.UNREADABLE, id="a value that is masked"),
        pytest.param(
            result(Quantity(Decimal("0.1"), "{s_co_ratio}")), Why.UNCLASSIFIED, id="a number"
        ),
        pytest.param(result(0), Why.UNCLASSIFIED, id="a whole number"),
        pytest.param(result(Range(None, None)), Why.UNCLASSIFIED, id="a range"),
        pytest.param(result(False), Why.UNCLASSIFIED, id="'false'"),
        pytest.param(result(coded()), Why.UNCLASSIFIED, id="a coded value that says nothing"),
        # Interpretation
        pytest.param(result(coded(NEGATIVE), SAYS_NEGATIVE), False, id="interpreted as negative"),
        pytest.param(
            result(coded(NEGATIVE), SAYS_POSITIVE), Why.CONFLICTING, id="interpreted the other way"
        ),
        pytest.param(
            result("negative", SAYS_POSITIVE), Why.CONFLICTING, id="words, interpreted otherwise"
        ),
        pytest.param(
            result(coded(POSITIVE), NEGATIVE), Why.CONFLICTING, id="interpreted by an answer code"
        ),
        pytest.param(result(coded(NEGATIVE), SAYS_HIGH), False, id="'high' says nothing of it"),
        pytest.param(
            result(NoValue.ABSENT, SAYS_NEGATIVE),
            Why.UNREADABLE,
            id="an interpretation without a value: the value decides",
        ),
        pytest.param(
            result(coded(STAPHYLOCOCCUS), SAYS_NEGATIVE),
            Why.UNCLASSIFIED,
            id="an organism, interpreted as negative",
        ),
    ],
)
def test_a_qualitative_result(entry: Observation, expected: bool | Why) -> None:
    assert qualitative(entry) is expected


@pytest.mark.parametrize("value", ["negative", Coded((), "negative")])
def test_words_decide_only_where_a_row_lets_them(value: Value) -> None:
    assert qualitative(result(value), in_words=False) is Why.UNCLASSIFIED


def test_a_row_may_have_answers_of_its_own() -> None:
    theirs = codes.PREGNANCY_TEST_NEGATIVE.codes[0]
    entry = result(coded(codes.coding(theirs.system, theirs.written)))
    says = qualitative(
        entry,
        negative=(codes.PREGNANCY_TEST_NEGATIVE,),
        positive=(codes.PREGNANCY_TEST_POSITIVE,),
    )
    assert says is False
