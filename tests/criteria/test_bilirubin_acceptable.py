"""Bilirubin low enough? Criteria.md, section F: <= 1.5 mg/dL (P), Gilbert 3.0, 7 days (P)."""

from typing import Any

import pytest

from tests.build import (
    ICD10CM,
    LOCAL,
    LOINC,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    lab,
    observation,
    visit_diagnosis,
    withheld,
)

ROW = "bilirubin-acceptable"

TOTAL = Code(LOINC, "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma")
TOTAL_MOLES = Code(LOINC, "14631-6", "Bilirubin.total [Moles/volume] in Serum or Plasma")
DIRECT = Code(LOINC, "1968-7", "Bilirubin.direct [Mass/volume] in Serum or Plasma")
INDIRECT = Code(LOINC, "1971-1", "Bilirubin.indirect [Mass/volume] in Serum or Plasma")

GILBERT = Code(ICD10CM, "E80.4", "Gilbert syndrome")
GILBERT_SNOMED = Code(SNOMED, "27503000", "Gilbert's syndrome (disorder)")
CRIGLER_NAJJAR = Code(ICD10CM, "E80.5", "Crigler-Najjar syndrome")


def bilirubin(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(TOTAL_MOLES if "mol" in value else TOTAL, value, days_ago=days_ago, **fields)


def with_gilbert(value: str) -> bytes:
    return chart(condition(GILBERT, days_ago=4000), bilirubin(value))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit, in two systems of units
        pytest.param(chart(bilirubin("0.7 mg/dL")), "met", id="0.7"),
        pytest.param(chart(bilirubin("1.5 mg/dL")), "met", id="on the limit"),
        pytest.param(chart(bilirubin("1.51 mg/dL")), "not-met", id="just over"),
        pytest.param(chart(bilirubin("25.6 umol/L")), "met", id="25.6 umol/L"),
        pytest.param(chart(bilirubin("25.7 umol/L")), "not-met", id="25.7 umol/L: 1.5026 mg/dL"),
        pytest.param(chart(bilirubin("2.0 mg/dL")), "not-met", id="2.0: some trials accepted"),
        pytest.param(chart(bilirubin("3.0 mg/dL")), "not-met", id="3.0 without Gilbert"),
        pytest.param(chart(bilirubin("15 mg/L")), "met", id="on the limit, mg/L"),
        # Gilbert's syndrome
        pytest.param(with_gilbert("1.5 mg/dL"), "met", id="Gilbert, 1.5"),
        pytest.param(with_gilbert("2.4 mg/dL"), "met", id="Gilbert, 2.4"),
        pytest.param(with_gilbert("3.0 mg/dL"), "met", id="Gilbert, on its limit"),
        pytest.param(with_gilbert("3.01 mg/dL"), "not-met", id="Gilbert, just over"),
        pytest.param(with_gilbert("51.3 umol/L"), "met", id="Gilbert, 51.3 umol/L"),
        pytest.param(with_gilbert("51.4 umol/L"), "not-met", id="Gilbert, 51.4 umol/L: 3.005"),
        pytest.param(with_gilbert("<2.0 mg/dL"), "met", id="Gilbert, below 2.0"),
        pytest.param(with_gilbert(">2.0 mg/dL"), "unknown", id="Gilbert, above 2.0: either side"),
        pytest.param(
            chart(condition(GILBERT_SNOMED), bilirubin("2.4 mg/dL")), "met", id="in SNOMED"
        ),
        pytest.param(
            chart(visit_diagnosis(GILBERT, days_ago=900), bilirubin("2.4 mg/dL")),
            "met",
            id="Gilbert of an old visit: not acute",
        ),
        pytest.param(
            chart(condition(GILBERT, clinical="resolved"), bilirubin("2.4 mg/dL")),
            "not-met",
            id="Gilbert resolved does not count",
        ),
        pytest.param(
            chart(condition(GILBERT, verification="refuted"), bilirubin("2.4 mg/dL")),
            "not-met",
            id="Gilbert refuted",
        ),
        pytest.param(
            chart(condition(CRIGLER_NAJJAR), bilirubin("2.4 mg/dL")),
            "not-met",
            id="another disorder of bilirubin",
        ),
        pytest.param(
            chart(condition(GILBERT, subject=SOMEBODY_ELSE), bilirubin("2.4 mg/dL")),
            "not-met",
            id="another patient's Gilbert",
        ),
        pytest.param(
            chart(condition(GILBERT, verification="provisional"), bilirubin("2.4 mg/dL")),
            "unknown:unclassified",
            id="Gilbert not confirmed, between the limits",
        ),
        pytest.param(
            chart(condition(GILBERT, verification="provisional"), bilirubin("3.1 mg/dL")),
            "not-met",
            id="Gilbert not confirmed, above both limits",
        ),
        pytest.param(
            chart(condition(GILBERT, verification="provisional"), bilirubin("1.4 mg/dL")),
            "met",
            id="Gilbert not confirmed, below both limits",
        ),
        pytest.param(
            chart(condition(text="Gilbert's"), bilirubin("2.4 mg/dL")),
            "unknown:unclassified",
            id="Gilbert in words",
        ),
        pytest.param(
            chart(condition(GILBERT, CRIGLER_NAJJAR), bilirubin("2.4 mg/dL")),
            "unknown:conflicting",
            id="Gilbert and another disorder in one entry",
        ),
        pytest.param(
            chart(condition(GILBERT, onset=ago(-1)), bilirubin("2.4 mg/dL")),
            "unknown:unreadable",
            id="Gilbert, dated tomorrow",
        ),
        pytest.param(
            chart(condition(GILBERT, subject=None), bilirubin("2.4 mg/dL")),
            "unknown:unclassified",
            id="Gilbert, about nobody",
        ),
        pytest.param(
            chart(condition(subject=None, code="E80.4"), bilirubin("2.4 mg/dL")),
            "not-met",
            id="a condition of which not even the code can be read excuses nothing",
        ),
        # Unit and plausibility
        pytest.param(chart(bilirubin("0.7")), "unknown:unit-unknown", id="no unit"),
        pytest.param(
            chart(bilirubin("0.7 mg/kg")), "unknown:unit-unknown", id="a unit of something else"
        ),
        pytest.param(chart(bilirubin("81 mg/dL")), "unknown:unreadable", id="not plausible"),
        # Comparators
        pytest.param(chart(bilirubin("<0.2 mg/dL")), "met", id="below 0.2"),
        pytest.param(chart(bilirubin(">1.5 mg/dL")), "not-met", id="above the limit"),
        pytest.param(chart(bilirubin("<2.0 mg/dL")), "unknown:unreadable", id="either side"),
        # Window and date
        pytest.param(chart(bilirubin("0.7 mg/dL", days_ago=7)), "met", id="last day"),
        pytest.param(
            chart(bilirubin("0.7 mg/dL", days_ago=8)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            chart(bilirubin("9 mg/dL", days_ago=8)), "unknown:stale", id="high, a day too old"
        ),
        pytest.param(
            chart(condition(GILBERT), bilirubin("2 mg/dL", days_ago=8)),
            "unknown:stale",
            id="Gilbert, too old",
        ),
        pytest.param(
            chart(bilirubin("0.7 mg/dL", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            chart(bilirubin("0.7 mg/dL", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        # The newest decides
        pytest.param(
            chart(bilirubin("0.7 mg/dL", days_ago=4), bilirubin("1.8 mg/dL")),
            "not-met",
            id="0.7, then 1.8",
        ),
        pytest.param(
            chart(bilirubin("0.7 mg/dL", days_ago=4), bilirubin("0.7")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(bilirubin("0.7 mg/dL"), bilirubin("1.8 mg/dL")),
            "unknown:conflicting",
            id="0.7 and 1.8 at one moment",
        ),
        pytest.param(
            chart(condition(GILBERT), bilirubin("0.7 mg/dL"), bilirubin("1.8 mg/dL")),
            "met",
            id="the same with Gilbert: both are low enough",
        ),
        # Status and code
        pytest.param(
            chart(bilirubin("0.7 mg/dL", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            chart(
                bilirubin("0.7 mg/dL", days_ago=4),
                bilirubin("9 mg/dL", status="entered-in-error"),
            ),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(chart(lab(DIRECT, "0.2 mg/dL")), "unknown:absent", id="direct only"),
        pytest.param(chart(lab(INDIRECT, "0.2 mg/dL")), "unknown:absent", id="indirect only"),
        pytest.param(
            chart(lab(TOTAL, "0.7 mg/dL", DIRECT)),
            "unknown:conflicting",
            id="total and direct in one entry",
        ),
        pytest.param(chart(lab(LOCAL, "0.7 mg/dL")), "unknown:absent", id="the site's code alone"),
        pytest.param(
            chart(observation(TOTAL, dataAbsentReason=concept(text="icteric"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        # Not there, withheld
        pytest.param(
            chart(bilirubin("0.7 mg/dL", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), bilirubin("0.7 mg/dL"), missing=["encounterDx"]),
            "met",
            id="visits withheld, low enough anyhow",
        ),
        pytest.param(
            withheld(hypertension(), bilirubin("2.4 mg/dL"), missing=["encounterDx"]),
            "not-met",
            id="visits withheld: a Gilbert that is not known does not excuse",
        ),
    ],
)
def test_bilirubin_acceptable(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("value", "remark"),
    [
        pytest.param("1.51 mg/dL", "some trials accepted", id="just over"),
        pytest.param("2.0 mg/dL", "some trials accepted", id="2.0"),
        pytest.param("2.01 mg/dL", None, id="above 2.0"),
    ],
)
def test_up_to_2_has_a_remark(value: str, remark: str | None) -> None:
    found = finding(chart(bilirubin(value)), ROW)
    assert found["outcome"] == "not-met"
    assert found.get("remark") == remark


def test_gilbert_is_shown_where_it_mattered() -> None:
    found = finding(with_gilbert("2.4 mg/dL"), ROW)
    assert "3.0" in str(found["remark"])
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert len(evidence) == 2
    below = finding(with_gilbert("1.2 mg/dL"), ROW)
    assert len(below["evidence"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["1.8 mg/dL", "2.4 mg/dL"])
def test_that_gilbert_was_not_shared_is_said(value: str) -> None:
    document = withheld(hypertension(), bilirubin(value), missing=["encounterDx"])
    remark = str(finding(document, ROW)["remark"])
    assert "not shared" in remark
    assert ("some trials" in remark) == (value == "1.8 mg/dL")


def test_the_limit_is_proposed() -> None:
    found = finding(chart(bilirubin("1.8 mg/dL")), ROW)
    assert found["weight"] == "requirement"
    assert found["proposed"]
