"""White cells or neutrophils high enough? Criteria.md, section G: 3.5 or 1.5, 7 days (P)."""

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
    observation,
    withheld,
)

ROW = "white-cells"

LEUKOCYTES = Code(LOINC, "6690-2", "Leukocytes [#/volume] in Blood by Automated count")
BY_HAND = Code(LOINC, "804-5", "Leukocytes [#/volume] in Blood by Manual count")
NEUTROPHILS = Code(LOINC, "751-8", "Neutrophils [#/volume] in Blood by Automated count")
NEUTROPHILS_PERCENT = Code(LOINC, "770-8", "Neutrophils/100 leukocytes in Blood")


def wbc(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    """In 10*9/L, where no other unit is told."""
    return lab(LEUKOCYTES, _with_unit(value), days_ago=days_ago, **fields)


def anc(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(NEUTROPHILS, _with_unit(value), days_ago=days_ago, **fields)


def _with_unit(value: str) -> str:
    return value if " " in value else f"{value} 10*9/L"


BARE: Resource = {"valueQuantity": {"value": 3.0}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Either is enough
        pytest.param(chart(wbc("3.5"), anc("1.5")), "met", id="both on the limit"),
        pytest.param(chart(wbc("3.5"), anc("1.4")), "met", id="white cells alone are enough"),
        pytest.param(chart(wbc("3.4"), anc("1.5")), "met", id="neutrophils alone are enough"),
        pytest.param(chart(wbc("3.0"), anc("1.6")), "met", id="WBC 3.0, ANC 1.6"),
        pytest.param(chart(wbc("3.4"), anc("1.49")), "not-met", id="both known, both below"),
        pytest.param(chart(wbc("3.5")), "met", id="WBC 3.5, ANC not measured"),
        pytest.param(chart(anc("1.5")), "met", id="ANC 1.5, WBC not measured"),
        pytest.param(chart(wbc("3.0")), "unknown:absent", id="WBC 3.0, ANC not measured"),
        pytest.param(chart(anc("1.0")), "unknown:absent", id="ANC 1.0, WBC not measured"),
        # One below, and what is wrong with the other
        pytest.param(
            chart(wbc("3.0"), anc("1.6", days_ago=8)), "unknown:stale", id="below; ANC too old"
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.0", days_ago=8)),
            "unknown:stale",
            id="below; ANC low, too old",
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.6", status="preliminary")),
            "unknown:not-final",
            id="below; ANC not final",
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.6", **BARE)), "unknown:unit-unknown", id="below; ANC, no unit"
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.6", valueQuantity=None)),
            "unknown:unreadable",
            id="below; ANC without a value",
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.6"), anc("1.0")),
            "unknown:conflicting",
            id="below; two ANC of one time that disagree",
        ),
        pytest.param(
            chart(wbc("3.0"), anc("1.6", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="below; ANC had to be skipped",
        ),
        pytest.param(
            chart(wbc("3.0", status="preliminary"), anc("1.0")),
            "unknown:not-final",
            id="ANC below; WBC not final",
        ),
        # Both not known
        pytest.param(
            chart(wbc("6.0", days_ago=8), anc("4.0", days_ago=8)),
            "unknown:stale",
            id="both too old",
        ),
        pytest.param(
            chart(anc("4.0", days_ago=8)), "unknown:stale", id="one missing, the other too old"
        ),
        pytest.param(
            chart(wbc("6.0", days_ago=8), anc("4.0", status="preliminary")),
            "unknown:stale",
            id="two reasons: that of the white cells",
        ),
        # One known and good is enough, whatever the other
        pytest.param(chart(wbc("2.0", days_ago=8), anc("1.6")), "met", id="ANC good, WBC too old"),
        pytest.param(chart(wbc("6.0", **BARE), anc("1.6")), "met", id="ANC good, WBC without unit"),
        pytest.param(chart(wbc("6.0"), anc("1.6", status="registered")), "met", id="WBC good"),
        # Units
        pytest.param(chart(wbc("3.5 10*3/uL")), "met", id="thousands a microlitre"),
        pytest.param(chart(wbc("3500 /uL")), "met", id="a microlitre"),
        pytest.param(chart(wbc("3499 /uL"), anc("1499 /uL")), "not-met", id="just below, a uL"),
        pytest.param(chart(wbc("3.5 K/uL", ucum=False)), "met", id="K/uL in words"),
        pytest.param(chart(wbc("1001"), anc("1.0")), "unknown:unreadable", id="not plausible"),
        pytest.param(chart(wbc("0"), anc("0")), "not-met", id="none at all"),
        # Comparators
        pytest.param(chart(wbc("<0.5"), anc("<0.1")), "not-met", id="below what can be counted"),
        pytest.param(chart(wbc(">3.0"), anc("1.0")), "unknown:unreadable", id="either side"),
        # Window
        pytest.param(chart(wbc("6.0", days_ago=7)), "met", id="last day of the window"),
        pytest.param(chart(wbc("6.0", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(wbc("6.0", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(wbc("6.0", days_ago=3), wbc("2.0"), anc("1.0")), "not-met", id="6.0, then 2.0"
        ),
        # Codes, not ours
        pytest.param(chart(lab(BY_HAND, "3.5 10*9/L")), "met", id="counted by hand"),
        pytest.param(
            chart(wbc("3.0"), lab(NEUTROPHILS_PERCENT, "60 %")),
            "unknown:absent",
            id="neutrophils in percent are not a count",
        ),
        pytest.param(chart(lab(LOCAL, "6.0 10*9/L")), "unknown:absent", id="the site's code alone"),
        pytest.param(
            chart(wbc("3.0"), anc("1.6", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's neutrophils",
        ),
        pytest.param(
            chart(wbc("6.0", days_ago=3), wbc("1.0", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        # Nothing there, or withheld
        pytest.param(
            chart(observation(LEUKOCYTES, dataAbsentReason=concept(text="clotted"))),
            "unknown:unreadable",
            id="value said to be absent, neutrophils missing",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(wbc("6.0"), missing=["labs"]), "unknown:not-shared", id="labs withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="labs refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_white_cells(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "values"),
    [
        pytest.param(chart(wbc("3.0"), anc("1.6")), ["3.0", "1.6"], id="met by one"),
        pytest.param(chart(wbc("3.0"), anc("1.0")), ["3.0", "1.0"], id="not met"),
        pytest.param(chart(wbc("3.0"), anc("1.6", days_ago=8)), ["3.0", "1.6"], id="unknown"),
    ],
)
def test_both_are_shown(document: bytes, values: list[str]) -> None:
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == values


def test_where_one_of_two_is_below_it_is_said() -> None:
    assert finding(chart(wbc("3.0"), anc("1.6")), ROW)["remark"] == "one of the two is high enough"
    assert finding(chart(wbc("6.0"), anc("1.6")), ROW).get("remark") is None


@pytest.mark.parametrize(
    ("document", "remark"),
    [
        pytest.param(
            chart(wbc("3.0")),
            "white cells are below their limit; neutrophils can still decide",
            id="neutrophils missing",
        ),
        pytest.param(
            chart(wbc("6.0", days_ago=8), anc("1.0")),
            "neutrophils are below their limit; white cells can still decide",
            id="white cells too old",
        ),
        pytest.param(chart(wbc("6.0", days_ago=8)), None, id="neither is known"),
    ],
)
def test_where_the_other_count_decides_it_is_named(document: bytes, remark: str | None) -> None:
    assert finding(document, ROW).get("remark") == remark


def test_it_is_a_requirement() -> None:
    assert finding(chart(wbc("6.0")), ROW)["weight"] == "requirement"
