"""Is BRAF V600 status known? Criteria.md, section A: any coded result in life; information."""

from typing import Any

import pytest

from tests.build import (
    HL7,
    LOINC,
    NEGATIVE,
    OURS,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    observation,
    quantity,
    withheld,
)

ROW = "braf-status-known"

GENE = Code(LOINC, "53844-7", "BRAF gene Mut Anal Bld/T")
V600E = Code(LOINC, "58415-1", "BRAF p.V600E Tiss Ql")
GENE_TISSUE = Code(LOINC, "58483-9", "BRAF gene Mut Anal Bld/T")
IMMUNE_STAIN = Code(LOINC, "85299-6", "BRAF V600E mutant protein by Immune stain")
KRAS = Code(LOINC, "21704-2", "KRAS gene mutations found")
DETECTED = Code(SNOMED, "260373001", "Detected")
LOCAL_ANSWER = Code(OURS, "881", "V600E mutated")
NOT_KNOWN = Code(SNOMED, "261665006", "Unknown (qualifier value)")
MASKED = Code(HL7 + "data-absent-reason", "masked")


def braf(
    answer: Code | None, *, test: Code = V600E, days_ago: int | None = 400, **fields: Any
) -> Resource:
    """A test of the tumour more than a year ago."""
    value = None if answer is None else concept(answer)
    more: Resource = {"valueCodeableConcept": value} | fields
    status = str(more.pop("status", "final"))
    return observation(test, days_ago=days_ago, status=status, **more)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Any coded result
        pytest.param(chart(braf(DETECTED)), "met", id="mutated"),
        pytest.param(chart(braf(NEGATIVE)), "met", id="not mutated is known too"),
        pytest.param(chart(braf(DETECTED, test=GENE)), "met", id="the whole gene"),
        pytest.param(chart(braf(DETECTED, test=GENE_TISSUE)), "met", id="the whole gene, tissue"),
        pytest.param(chart(braf(NEGATIVE, test=IMMUNE_STAIN)), "met", id="by immune stain"),
        pytest.param(chart(braf(LOCAL_ANSWER)), "met", id="an answer of the laboratory's own list"),
        pytest.param(chart(braf(DETECTED, days_ago=6000)), "met", id="16 years ago: for life"),
        pytest.param(chart(braf(DETECTED, days_ago=None)), "met", id="without a date: for life"),
        pytest.param(chart(braf(DETECTED, status="corrected")), "met", id="corrected"),
        pytest.param(
            chart(
                observation(
                    Code(LOINC, "69548-6", "Genetic variant assessment"),
                    component=[{"code": concept(V600E), "valueCodeableConcept": concept(DETECTED)}],
                )
            ),
            "met",
            id="as a part of a panel",
        ),
        pytest.param(
            chart(braf(DETECTED), braf(None, days_ago=3, valueString="see report")),
            "met",
            id="a newer one in words takes nothing away",
        ),
        pytest.param(
            chart(braf(DETECTED), braf(NEGATIVE, days_ago=3, status="preliminary")),
            "met",
            id="nor does a newer preliminary one",
        ),
        # Not known
        pytest.param(chart(hypertension()), "unknown:absent", id="never tested"),
        pytest.param(chart(braf(DETECTED, test=KRAS)), "unknown:absent", id="another gene"),
        pytest.param(
            chart(braf(DETECTED, status="entered-in-error")), "unknown:absent", id="an error"
        ),
        pytest.param(
            chart(braf(DETECTED, subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(braf(None, valueString="BRAF V600E detected")),
            "unknown:unreadable",
            id="in words only",
        ),
        pytest.param(
            chart(braf(None, valueCodeableConcept=concept(text="V600E"))),
            "unknown:unreadable",
            id="a concept in words only",
        ),
        pytest.param(chart(braf(None)), "unknown:unreadable", id="without a result"),
        pytest.param(chart(braf(NOT_KNOWN)), "unknown:unreadable", id='"unknown" is no result'),
        pytest.param(
            chart(braf(None, valueCodeableConcept=concept(NOT_KNOWN, LOCAL_ANSWER))),
            "met",
            id='"unknown" beside an answer',
        ),
        pytest.param(chart(braf(MASKED)), "unknown:unreadable", id="the result is masked"),
        pytest.param(
            chart(braf(None, valueBoolean=True)), "unknown:unreadable", id="a yes is no code"
        ),
        pytest.param(
            chart(braf(None, valueQuantity=quantity("34 %"))),
            "unknown:unreadable",
            id="only how many cells carry it",
        ),
        pytest.param(chart(braf(DETECTED, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(braf(DETECTED, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(braf(DETECTED, status="unknown")), "unknown:unreadable", id="status unknown"
        ),
        pytest.param(
            chart(braf(DETECTED, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped for an unknown modifier",
        ),
        pytest.param(withheld(braf(DETECTED)), "met", id="in a request"),
        pytest.param(
            withheld(hypertension(), missing=["function"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["function"]), "unknown:not-shared", id="refused"
        ),
    ],
)
def test_braf_status_known(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_the_result_is_shown_and_says_that_words_are_not_read() -> None:
    shown = finding(chart(braf(DETECTED)), ROW)["evidence"]
    assert isinstance(shown, list)
    assert [one["value"] for one in shown] == ["Detected"]
    assert finding(chart(braf(None, valueString="V600E")), ROW).get("remark")


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(chart(), ROW)["weight"] == "information"
