"""
AST and ALT at most 3 x ULN? Criteria.md, section F: each by its own upper limit, 7 days (P).

The worse decides; only one measured: it is judged alone, with a remark.
"""

from typing import Any

import pytest

from tests.build import (
    HL7,
    LOCAL,
    LOINC,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lab,
    observation,
    patient,
    quantity,
    withheld,
)

ROW = "transaminases-acceptable"

AST = Code(LOINC, "1920-8", "Aspartate aminotransferase in Serum or Plasma")
ALT = Code(LOINC, "1742-6", "Alanine aminotransferase in Serum or Plasma")
ALT_WITH_P5P = Code(LOINC, "1743-4", "Alanine aminotransferase with P-5'-P")
RATIO = Code(LOINC, "1916-6", "AST/ALT in Serum or Plasma")


def up_to(*highs: str) -> Resource:
    return {"referenceRange": [{"high": quantity(high)} for high in highs]}


def for_sex(high: str, sex: str) -> Resource:
    applies = [concept(Code(HL7 + "v3-AdministrativeGender", sex))]
    return {"high": quantity(high), "appliesTo": applies}


def ast(value: str, *highs: str, days_ago: int | None = 1, **fields: Any) -> Resource:
    """An AST whose upper limit is 40 U/L unless others are given."""
    return lab(AST, value, days_ago=days_ago, **(up_to(*(highs or ("40 U/L",))) | fields))


def alt(value: str, *highs: str, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(ALT, value, days_ago=days_ago, **(up_to(*(highs or ("40 U/L",))) | fields))


GOOD_AST, GOOD_ALT = ast("24 U/L"), alt("21 U/L")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit, each by its own range
        pytest.param(chart(GOOD_AST, GOOD_ALT), "met", id="both normal"),
        pytest.param(chart(ast("120 U/L"), alt("120 U/L")), "met", id="both on the limit"),
        pytest.param(chart(ast("121 U/L"), GOOD_ALT), "not-met", id="AST just over"),
        pytest.param(chart(GOOD_AST, alt("121 U/L")), "not-met", id="ALT just over: the worse"),
        pytest.param(
            chart(ast("130 U/L", "45 U/L"), GOOD_ALT), "met", id="under 3 x a limit of 45"
        ),
        pytest.param(
            chart(ast("130 U/L", "45 U/L"), alt("130 U/L", "40 U/L")),
            "not-met",
            id="the same number, and another limit for ALT",
        ),
        pytest.param(
            chart(ast("2 ukat/L"), GOOD_ALT), "met", id="in katals, the range in units: 120 U/L"
        ),
        pytest.param(chart(ast("2.01 ukat/L"), GOOD_ALT), "not-met", id="in katals, just over"),
        pytest.param(
            chart(ast("120 U/L", "0.67 ukat/L"), GOOD_ALT), "met", id="the range in katals"
        ),
        pytest.param(
            chart(GOOD_AST, lab(ALT_WITH_P5P, "21 U/L", **up_to("40 U/L"))), "met", id="with P-5'-P"
        ),
        # Only one measured
        pytest.param(chart(GOOD_AST), "met", id="only AST measured"),
        pytest.param(chart(alt("121 U/L")), "not-met", id="only ALT measured, too high"),
        pytest.param(
            chart(GOOD_AST, lab(RATIO, "1.1")), "met", id="the ratio of the two is neither"
        ),
        pytest.param(
            chart(GOOD_AST, observation(subject=None, code="ALT")),
            "unknown:unreadable",
            id="AST, and an entry of which not even the code can be read: ALT?",
        ),
        pytest.param(
            chart(GOOD_AST, observation(subject=None, code="ALT", days_ago=8)),
            "met",
            id="the same, older than the window",
        ),
        pytest.param(
            chart(GOOD_AST, GOOD_ALT, observation(subject=None, code="ALT")),
            "met",
            id="both, and such an entry",
        ),
        # One good, the other not known
        pytest.param(
            chart(GOOD_AST, alt("21 U/L", days_ago=8)), "unknown:stale", id="AST good, ALT too old"
        ),
        pytest.param(
            chart(GOOD_AST, alt("21")), "unknown:unit-unknown", id="AST good, ALT without a unit"
        ),
        pytest.param(
            chart(ast("24 U/L", status="preliminary"), GOOD_ALT),
            "unknown:not-final",
            id="ALT good, AST preliminary",
        ),
        pytest.param(
            chart(GOOD_AST, observation(ALT, dataAbsentReason=concept(text="hemolyzed"))),
            "unknown:unreadable",
            id="AST good, ALT without a value",
        ),
        pytest.param(
            chart(GOOD_AST, alt("21 U/L", subject=None)),
            "unknown:unclassified",
            id="AST good, ALT about nobody",
        ),
        pytest.param(
            chart(GOOD_AST, alt("200 U/L", days_ago=8)), "unknown:stale", id="ALT high, too old"
        ),
        pytest.param(
            chart(ast("121 U/L"), alt("21 U/L", days_ago=8)), "not-met", id="AST high, ALT too old"
        ),
        # The range
        pytest.param(
            chart(lab(AST, "24 U/L"), GOOD_ALT), "unknown:unreadable", id="AST without a range"
        ),
        pytest.param(
            chart(lab(AST, "24 U/L", referenceRange=[{"low": quantity("10 U/L")}]), GOOD_ALT),
            "unknown:unreadable",
            id="a lower end alone",
        ),
        pytest.param(
            chart(lab(AST, "24 U/L", referenceRange=[{"text": "<40"}]), GOOD_ALT),
            "unknown:unreadable",
            id="a range in words",
        ),
        pytest.param(
            chart(ast("24 U/L", "40"), GOOD_ALT), "unknown:unreadable", id="a range without a unit"
        ),
        pytest.param(
            chart(ast("130 U/L", "40 U/L", "45 U/L"), GOOD_ALT),
            "unknown:conflicting",
            id="two ranges, the value between their limits",
        ),
        pytest.param(
            chart(ast("110 U/L", "40 U/L", "45 U/L"), GOOD_ALT), "met", id="two ranges, below both"
        ),
        pytest.param(
            chart(ast("140 U/L", "40 U/L", "45 U/L"), GOOD_ALT),
            "not-met",
            id="two ranges, above both",
        ),
        pytest.param(
            chart(
                ast("130 U/L", referenceRange=[for_sex("45 U/L", "M"), for_sex("35 U/L", "F")]),
                GOOD_ALT,
            ),
            "met",
            id="by sex: a man's limit",
        ),
        pytest.param(
            chart(
                patient(gender=None),
                ast("30 U/L", referenceRange=[for_sex("45 U/L", "M"), for_sex("35 U/L", "F")]),
                GOOD_ALT,
            ),
            "unknown:unreadable",
            id="by sex, and the sex is not told",
        ),
        # Unit, plausibility, comparators
        pytest.param(
            chart(ast("24 mg/dL"), GOOD_ALT), "unknown:unit-unknown", id="a unit of something else"
        ),
        pytest.param(chart(ast("50001 U/L"), GOOD_ALT), "unknown:unreadable", id="not plausible"),
        pytest.param(chart(ast("<5 U/L"), GOOD_ALT), "met", id="below 5"),
        pytest.param(chart(ast(">120 U/L"), GOOD_ALT), "not-met", id="above the limit"),
        pytest.param(
            chart(ast(">100 U/L"), GOOD_ALT), "unknown:unreadable", id="above 100: either side"
        ),
        # Window, date, order
        pytest.param(
            chart(ast("24 U/L", days_ago=7), alt("21 U/L", days_ago=7)), "met", id="last day"
        ),
        pytest.param(
            chart(ast("24 U/L", days_ago=8), alt("21 U/L", days_ago=8)),
            "unknown:stale",
            id="a day too old",
        ),
        pytest.param(
            chart(ast("24 U/L", days_ago=None), GOOD_ALT), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            chart(ast("24 U/L", days_ago=-1), GOOD_ALT), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            chart(ast("24 U/L", days_ago=4), ast("200 U/L"), GOOD_ALT),
            "not-met",
            id="24, then 200",
        ),
        pytest.param(
            chart(ast("24 U/L"), ast("200 U/L"), GOOD_ALT),
            "unknown:conflicting",
            id="24 and 200 at one moment",
        ),
        pytest.param(
            chart(ast("24 U/L", days_ago=4), ast("900 U/L", status="entered-in-error"), GOOD_ALT),
            "met",
            id="a newer one was an error",
        ),
        # Not there, withheld
        pytest.param(
            chart(lab(LOCAL, "24 U/L", **up_to("40 U/L"))), "unknown:absent", id="the site's code"
        ),
        pytest.param(
            chart(ast("24 U/L", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(withheld(GOOD_AST, refused=["labs"]), "unknown:not-shared", id="refused"),
    ],
)
def test_transaminases_acceptable(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("resources", "remark"),
    [
        pytest.param((GOOD_AST,), "only AST measured", id="AST"),
        pytest.param((alt("200 U/L"),), "only ALT measured", id="ALT, too high"),
        pytest.param((GOOD_AST, GOOD_ALT), None, id="both"),
        pytest.param(
            (lab(AST, "24 U/L"), GOOD_ALT), "AST without an upper limit of normal", id="no range"
        ),
        pytest.param((ast(">100 U/L"), GOOD_ALT), None, id="a range, and either side of it"),
    ],
)
def test_remarks(resources: tuple[Resource, ...], remark: str | None) -> None:
    assert finding(chart(*resources), ROW).get("remark") == remark


def test_what_speaks_against_is_shown_first_and_the_other_beside_it() -> None:
    evidence = finding(chart(GOOD_AST, alt("200 U/L")), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == ["200", "24"]


def test_an_old_value_is_shown_with_its_date() -> None:
    evidence = finding(chart(GOOD_AST, alt("21 U/L", days_ago=8)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(8)]
