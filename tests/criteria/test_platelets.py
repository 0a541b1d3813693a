"""Platelets high enough? Criteria.md, section G: >= 100 x10^9/L within 7 days (P)."""

import pytest

from tests.build import (
    LOINC,
    PLATELETS,
    SOMEBODY_ELSE,
    Code,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lab,
    observation,
    withheld,
)

ROW = "platelets"

MANUAL = Code(LOINC, "778-1", "Platelets [#/volume] in Blood by Manual count")
ESTIMATE = Code(LOINC, "49497-1", "Platelets [#/volume] in Blood by Estimate")


def count(value: str) -> bytes:
    return chart(lab(PLATELETS, value))


def in_words(value: str) -> bytes:
    return chart(lab(PLATELETS, value, ucum=False))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(count("230 10*3/uL"), "met", id="230"),
        pytest.param(count("100 10*3/uL"), "met", id="on the limit"),
        pytest.param(count("99 10*3/uL"), "not-met", id="just below"),
        pytest.param(count("79 10*3/uL"), "not-met", id="79"),
        pytest.param(count("100 10*9/L"), "met", id="on the limit, per litre"),
        pytest.param(count("99 10*9/L"), "not-met", id="just below, per litre"),
        pytest.param(count("100000 /uL"), "met", id="on the limit, single cells"),
        pytest.param(count("99999 /uL"), "not-met", id="just below, single cells"),
        pytest.param(in_words("100 K/uL"), "met", id="K/uL"),
        pytest.param(in_words("99 x10^9/L"), "not-met", id="x10^9/L"),
        pytest.param(in_words("100 G/L"), "met", id="G/L"),
        pytest.param(count("230"), "unknown:unit-unknown", id="no unit"),
        pytest.param(count("230 mg/dL"), "unknown:unit-unknown", id="a unit of something else"),
        pytest.param(count("3001 10*3/uL"), "unknown:unreadable", id="not plausible"),
        pytest.param(count("230000 10*3/uL"), "unknown:unreadable", id="single cells, wrong unit"),
        # Comparators
        pytest.param(count("<80 10*3/uL"), "not-met", id="below 80"),
        pytest.param(count("<100 10*3/uL"), "not-met", id="below the limit"),
        pytest.param(count(">=100 10*3/uL"), "met", id="the limit or above"),
        pytest.param(count(">80 10*3/uL"), "unknown", id="above 80: either side"),
        # Window, date, order
        pytest.param(chart(lab(PLATELETS, "230 10*3/uL", days_ago=7)), "met", id="last day"),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", days_ago=8)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", days_ago=4), lab(PLATELETS, "60 10*3/uL")),
            "not-met",
            id="230, then 60",
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL"), lab(PLATELETS, "60 10*3/uL")),
            "unknown:conflicting",
            id="230 and 60 at one moment",
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL"), lab(MANUAL, "230 10*3/uL")),
            "met",
            id="counted twice, the same",
        ),
        # Status and code
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", status="partial")),
            "unknown:not-final",
            id="partial",
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            chart(
                lab(PLATELETS, "230 10*3/uL", days_ago=4),
                lab(PLATELETS, "3 10*3/uL", status="cancelled"),
            ),
            "met",
            id="a newer one was cancelled",
        ),
        pytest.param(chart(lab(MANUAL, "230 10*3/uL")), "met", id="counted by hand"),
        pytest.param(
            chart(lab(ESTIMATE, "230 10*3/uL")), "unknown:unclassified", id="only an estimate"
        ),
        pytest.param(
            chart(observation(PLATELETS, valueCodeableConcept=concept(text="adequate"))),
            "unknown",
            id="'adequate'",
        ),
        pytest.param(
            chart(observation(PLATELETS, dataAbsentReason=concept(text="clumped"))),
            "unknown:unreadable",
            id="clumped",
        ),
        pytest.param(
            chart(lab(PLATELETS, "230 10*3/uL", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never counted"),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_platelets(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("value", ["80 10*3/uL", "99 10*3/uL"])
def test_from_80_to_100_has_a_remark(value: str) -> None:
    assert finding(count(value), ROW).get("remark")


def test_an_old_count_is_shown_with_its_date() -> None:
    evidence = finding(chart(lab(PLATELETS, "230 10*3/uL", days_ago=9)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(9)]
