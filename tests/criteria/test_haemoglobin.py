"""Haemoglobin high enough? Criteria.md, section G: >= 9.0 g/dL within 7 days (P)."""

from typing import Any

import pytest

from tests.build import (
    LOCAL,
    LOINC,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lab,
    quantity,
    withheld,
)

ROW = "haemoglobin"

HAEMOGLOBIN = Code(LOINC, "718-7", "Hemoglobin [Mass/volume] in Blood")
MOLES = Code(LOINC, "59260-0", "Hemoglobin [Moles/volume] in Blood")
A1C = Code(LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")
HAEMATOCRIT = Code(LOINC, "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count")


def hb(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(HAEMOGLOBIN, value, days_ago=days_ago, **fields)


def moles(value: str, *ranges: tuple[str, str], **fields: Any) -> Resource:
    """In mmol/L, beside the laboratory's ranges."""
    limits = [{"low": quantity(low), "high": quantity(high)} for low, high in ranges]
    more: Resource = {"referenceRange": limits or None}
    return lab(MOLES, value, **(more | fields))


MONOMER = ("8.7 mmol/L", "10.9 mmol/L")
TETRAMER = ("2.1 mmol/L", "2.7 mmol/L")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit, in several units
        pytest.param(chart(hb("13.9 g/dL")), "met", id="13.9"),
        pytest.param(chart(hb("9.0 g/dL")), "met", id="on the limit"),
        pytest.param(chart(hb("8.9 g/dL")), "not-met", id="just below"),
        pytest.param(chart(hb("90 g/L")), "met", id="on the limit, g/L"),
        pytest.param(chart(hb("89 g/L")), "not-met", id="just below, g/L"),
        pytest.param(chart(hb("9.0 g%", ucum=False)), "met", id="g% in words"),
        pytest.param(chart(hb("9.0")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(hb("30 %")), "unknown:unit-unknown", id="percent"),
        pytest.param(chart(hb("30 g/dL")), "met", id="the highest plausible"),
        pytest.param(chart(hb("90 g/dL")), "unknown:unreadable", id="g/L under the name of g/dL"),
        pytest.param(chart(hb("1 g/dL")), "not-met", id="the lowest plausible"),
        pytest.param(chart(hb("0.9 g/dL")), "unknown:unreadable", id="too low to be true"),
        # mmol/L, by the laboratory's range
        pytest.param(chart(moles("5.6 mmol/L", MONOMER)), "met", id="monomer: 9.02 g/dL"),
        pytest.param(chart(moles("5.5 mmol/L", MONOMER)), "not-met", id="monomer: 8.86 g/dL"),
        pytest.param(chart(moles("1.4 mmol/L", TETRAMER)), "met", id="tetramer: 9.03 g/dL"),
        pytest.param(chart(moles("1.39 mmol/L", TETRAMER)), "not-met", id="tetramer: 8.97 g/dL"),
        pytest.param(chart(moles("7.0 mmol/L")), "unknown:unit-unknown", id="mmol/L, no range"),
        pytest.param(
            chart(moles("7.0 mmol/L", ("4 mmol/L", "5 mmol/L"))),
            "unknown:unit-unknown",
            id="mmol/L, and a range of neither",
        ),
        pytest.param(
            chart(moles("7.0 mmol/L", ("14 g/dL", "17.5 g/dL"))),
            "unknown:unit-unknown",
            id="mmol/L, and a range in another unit",
        ),
        pytest.param(
            chart(moles("7.0 mmol/L", MONOMER, TETRAMER)),
            "unknown:unit-unknown",
            id="mmol/L, and a range of each",
        ),
        pytest.param(
            chart(moles("7.0 mmol/L", MONOMER, ("7.5 mmol/L", "10.0 mmol/L"))),
            "met",
            id="monomer, men's and women's range",
        ),
        pytest.param(
            chart(moles("7.0 mmol/L", referenceRange=[{"text": "8.7-10.9 mmol/L"}])),
            "unknown:unit-unknown",
            id="a range in words is never read",
        ),
        pytest.param(chart(moles("9.2 g/dL", MONOMER)), "met", id="g/dL under the code for moles"),
        # Comparators
        pytest.param(chart(hb("<5 g/dL")), "not-met", id="below 5"),
        pytest.param(chart(hb(">=9 g/dL")), "met", id="9 or above"),
        pytest.param(chart(hb(">8 g/dL")), "unknown:unreadable", id="above 8: either side"),
        # Window, the newest
        pytest.param(chart(hb("12 g/dL", days_ago=7)), "met", id="last day of the window"),
        pytest.param(chart(hb("12 g/dL", days_ago=8)), "unknown:stale", id="a day too old"),
        pytest.param(chart(hb("7 g/dL", days_ago=8)), "unknown:stale", id="low, a day too old"),
        pytest.param(chart(hb("12 g/dL", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(hb("12 g/dL", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(hb("8 g/dL", days_ago=3), hb("9.4 g/dL")), "met", id="8, then 9.4: transfused"
        ),
        pytest.param(chart(hb("12 g/dL", days_ago=3), hb("8 g/dL")), "not-met", id="12, then 8"),
        pytest.param(
            chart(hb("12 g/dL", days_ago=3), moles("7.0 mmol/L")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(hb("12 g/dL"), hb("8 g/dL")), "unknown:conflicting", id="12 and 8 at one moment"
        ),
        # Status, code, person
        pytest.param(
            chart(hb("12 g/dL", status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(hb("12 g/dL", days_ago=3), hb("5 g/dL", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(chart(lab(A1C, "7 %")), "unknown:absent", id="HbA1c"),
        pytest.param(chart(lab(HAEMATOCRIT, "42 %")), "unknown:absent", id="haematocrit"),
        pytest.param(
            chart(lab(HAEMOGLOBIN, "12 g/dL", A1C)),
            "unknown:conflicting",
            id="haemoglobin and HbA1c in one entry",
        ),
        pytest.param(chart(lab(LOCAL, "12 g/dL")), "unknown:absent", id="the site's code alone"),
        pytest.param(
            chart(hb("8 g/dL", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(hb("12 g/dL", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        # No value, not there
        pytest.param(
            chart(hb("9 g/dL", valueQuantity=None, dataAbsentReason=concept(text="clotted"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hb("12 g/dL"), missing=["labs"]), "unknown:not-shared", id="labs withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="labs refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_haemoglobin(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_it_is_a_requirement() -> None:
    found = finding(chart(hb("8 g/dL")), ROW)
    assert found["weight"] == "requirement"
    assert found["threshold"] == ">= 9.0 g/dL"


def test_a_value_is_shown_as_the_laboratory_wrote_it() -> None:
    evidence = finding(chart(moles("5.5 mmol/L", MONOMER)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [(one["value"], one["unit"]) for one in evidence] == [("5.5", "mmol/L")]
