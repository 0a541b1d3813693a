"""Is LDH not raised? Criteria.md, section A: against the laboratory's own limit; 30 days (P)."""

from typing import Any

import pytest

from tests.build import (
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
    nothing_against,
    observation,
    patient,
    quantity,
    withheld,
)

ROW = "ldh-prognosis"

LDH = Code(LOINC, "2532-0", "Lactate dehydrogenase")
PYRUVATE_TO_LACTATE = Code(LOINC, "14805-6", "Lactate dehydrogenase by Pyruvate to lactate")
BODY_FLUID = Code(LOINC, "2529-6", "Lactate dehydrogenase in Body fluid")
WOMEN = {"appliesTo": [concept(Code("http://hl7.org/fhir/administrative-gender", "female"))]}


def high(*words: str) -> list[Resource]:
    return [{"high": quantity(one)} for one in words]


def ldh(
    value: str, *limits: str, code: Code = LDH, days_ago: int | None = 1, **fields: Any
) -> Resource:
    """An LDH beside the laboratory's upper limit, 240 U/L if none is given."""
    more: Resource = {"referenceRange": high(*(limits or ("240 U/L",)))} | fields
    status, ucum = str(more.pop("status", "final")), bool(more.pop("ucum", True))
    return lab(code, value, days_ago=days_ago, status=status, ucum=ucum, **more)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(ldh("180 U/L")), "met", id="normal"),
        pytest.param(chart(ldh("240 U/L")), "met", id="on the limit"),
        pytest.param(chart(ldh("240.1 U/L")), "not-met", id="just above"),
        pytest.param(chart(ldh("480 U/L")), "not-met", id="twice the limit"),
        pytest.param(chart(ldh("900 U/L")), "not-met", id="more than twice"),
        pytest.param(chart(ldh("4 ukat/L")), "met", id="on the limit, SI units"),
        pytest.param(chart(ldh("4.01 ukat/L")), "not-met", id="just above, SI units"),
        pytest.param(
            chart(ldh("400 U/L", "480 U/L", code=PYRUVATE_TO_LACTATE)),
            "met",
            id="another method, and its own limit",
        ),
        pytest.param(chart(ldh("<240 U/L")), "met", id="below the limit by a comparator"),
        pytest.param(chart(ldh(">240 U/L")), "not-met", id="above the limit by a comparator"),
        pytest.param(chart(ldh("<300 U/L")), "unknown:unreadable", id="on either side"),
        # The limit
        pytest.param(
            chart(ldh("180 U/L", referenceRange=None)),
            "unknown:unreadable",
            id="no limit beside it",
        ),
        pytest.param(
            chart(ldh("180 U/L", referenceRange=[{"low": quantity("120 U/L")}])),
            "unknown:unreadable",
            id="only a lower limit",
        ),
        pytest.param(
            chart(ldh("180 U/L", referenceRange=[{"text": "120-240 U/L"}])),
            "unknown:unreadable",
            id="a limit in words",
        ),
        pytest.param(chart(ldh("180 U/L", "240 mg")), "unknown:unreadable", id="no unit of LDH"),
        pytest.param(chart(ldh("250 U/L", "240 U/L", "260 U/L")), "unknown:conflicting", id="two"),
        pytest.param(chart(ldh("270 U/L", "240 U/L", "260 U/L")), "not-met", id="above both"),
        pytest.param(
            chart(
                patient(gender="male"),
                ldh("250 U/L", referenceRange=[high("240 U/L")[0] | WOMEN, *high("260 U/L")]),
            ),
            "met",
            id="the limit for women does not fit a man",
        ),
        # Which value
        pytest.param(chart(ldh("180 U/L", days_ago=30)), "met", id="last day of the window"),
        pytest.param(chart(ldh("180 U/L", days_ago=31)), "unknown:stale", id="a day too old"),
        pytest.param(chart(ldh("900 U/L", days_ago=31)), "unknown:stale", id="high and too old"),
        pytest.param(
            chart(ldh("180 U/L", days_ago=9), ldh("900 U/L", days_ago=2)),
            "not-met",
            id="the newest decides",
        ),
        pytest.param(
            chart(ldh("180 U/L"), ldh("900 U/L")), "unknown:conflicting", id="two of one time"
        ),
        pytest.param(
            chart(ldh("180 U/L", days_ago=9), ldh("190 U/L", status="preliminary")),
            "unknown:not-final",
            id="the newest is preliminary",
        ),
        pytest.param(
            chart(ldh("180 U/L", days_ago=9), ldh("900 U/L", status="entered-in-error")),
            "met",
            id="the newest was an error",
        ),
        pytest.param(chart(ldh("180")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(ldh("180 mg/dL")), "unknown:unit-unknown", id="another unit"),
        pytest.param(chart(ldh("180 IU/L", ucum=False)), "met", id="a unit in words"),
        pytest.param(chart(ldh("60000 U/L")), "unknown:unreadable", id="a slip of typing"),
        pytest.param(
            chart(observation(LDH, valueString="normal")), "unknown:unreadable", id="in words"
        ),
        pytest.param(chart(ldh("180 U/L", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(ldh("180 U/L", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(ldh("180 U/L", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped for an unknown modifier",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            chart(ldh("180 U/L", code=BODY_FLUID)), "unknown:absent", id="of a body fluid"
        ),
        pytest.param(
            chart(ldh("180 U/L", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(withheld(ldh("180 U/L")), "met", id="in a request"),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(chart(*nothing_against()), "met", id="a full chart"),
    ],
)
def test_ldh_prognosis(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("value", "ratios"),
    [
        pytest.param("240.1 U/L", {"1.67"}, id="up to twice the limit"),
        pytest.param("480 U/L", {"1.67"}, id="twice the limit"),
        pytest.param("480.1 U/L", {"2.49"}, id="more than twice"),
        pytest.param(">300 U/L", {"1.67", "2.49"}, id="on either side of twice"),
    ],
)
def test_how_much_worse_the_prognosis_is(value: str, ratios: set[str]) -> None:
    remark = str(finding(chart(ldh(value)), ROW)["remark"])
    assert {ratio for ratio in ("1.67", "2.49") if ratio in remark} == ratios


def test_a_missing_limit_is_named() -> None:
    assert "limit" in str(finding(chart(ldh("180 U/L", referenceRange=None)), ROW)["remark"])


def test_it_is_information_and_never_part_of_the_result() -> None:
    assert finding(chart(), ROW)["weight"] == "information"
