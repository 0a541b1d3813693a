"""Is systolic pressure adequate? Criteria.md, section D: >= 90 mmHg (P), within 7 days (P)."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.build import (
    HL7,
    LOINC,
    OURS,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    nothing_against,
    observation,
    quantity,
    reference,
    withheld,
)

ROW = "systolic-bp"

PANEL = Code(LOINC, "85354-9", "Blood pressure panel with all children optional")
SYSTOLIC = Code(LOINC, "8480-6", "Systolic blood pressure")
DIASTOLIC = Code(LOINC, "8462-4", "Diastolic blood pressure")
SITTING = Code(LOINC, "8459-0", "Systolic blood pressure--sitting")
STANDING = Code(LOINC, "8460-8", "Systolic blood pressure--standing")
PULSE = Code(LOINC, "8867-4", "Heart rate")
MASKED: Resource = {"dataAbsentReason": concept(Code(HL7 + "data-absent-reason", "masked"))}


def part(code: Code, value: str | None, **fields: Any) -> Resource:
    told: Mapping[str, object] = {"valueQuantity": quantity(value)} if value else MASKED
    return {"code": concept(code), **told, **fields}


def pressure(
    systolic: str | None, *, diastolic: str | None = "60 mm[Hg]", **fields: Any
) -> Resource:
    """A panel as US Core has it: both pressures are components."""
    parts = [part(SYSTOLIC, systolic), part(DIASTOLIC, diastolic)]
    whole: Resource = {"component": parts, "category": None} | fields
    return observation(PANEL, **whole)


def alone(value: str, *codes: Code, **fields: Any) -> Resource:
    return observation(*(codes or (SYSTOLIC,)), **({"valueQuantity": quantity(value)} | fields))


def with_members(*members: Resource, **fields: Any) -> tuple[Resource, ...]:
    """A panel whose pressures are Observations of their own."""
    links = [{"reference": reference(one)} for one in members]
    return (observation(PANEL, hasMember=links, **fields), *members)


MEMBERS = (alone("120 mm[Hg]"), alone("70 mm[Hg]", DIASTOLIC))
ELSEWHERE = [{"reference": "Observation/never-sent"}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit
        pytest.param(chart(pressure("124 mm[Hg]")), "met", id="124"),
        pytest.param(chart(pressure("90 mm[Hg]")), "met", id="on the limit"),
        pytest.param(chart(pressure("89.9 mm[Hg]")), "not-met", id="just below"),
        pytest.param(chart(pressure("89 mm[Hg]")), "not-met", id="89"),
        pytest.param(chart(*nothing_against()), "met", id="the panel without a diastolic one"),
        # Units
        pytest.param(chart(pressure("12 kPa")), "met", id="12 kPa: 90.007 mmHg"),
        pytest.param(chart(pressure("11.99 kPa")), "not-met", id="11.99 kPa: 89.93 mmHg"),
        pytest.param(
            chart(alone("90", valueQuantity={"value": 90, "unit": "mmHg"})),
            "met",
            id="the unit in words",
        ),
        pytest.param(chart(pressure("124")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(pressure("124 Cel")), "unknown:unit-unknown", id="degrees"),
        # Comparators, ranges, what is plausible
        pytest.param(chart(alone("<90 mm[Hg]")), "not-met", id="below 90"),
        pytest.param(chart(alone(">90 mm[Hg]")), "met", id="above 90"),
        pytest.param(chart(alone("<=90 mm[Hg]")), "unknown:unreadable", id="at most 90: either"),
        pytest.param(chart(alone("20 mm[Hg]")), "not-met", id="the lowest plausible"),
        pytest.param(chart(alone("19 mm[Hg]")), "unknown:unreadable", id="not plausible"),
        pytest.param(chart(alone("351 mm[Hg]")), "unknown:unreadable", id="not plausible either"),
        pytest.param(
            chart(observation(SYSTOLIC, valueString="124")),
            "unknown:unreadable",
            id="a string never decides",
        ),
        # A panel and its parts
        pytest.param(chart(alone("124 mm[Hg]")), "met", id="an Observation of its own"),
        pytest.param(chart(alone("88 mm[Hg]")), "not-met", id="an Observation of its own, low"),
        pytest.param(chart(pressure(None)), "unknown:unreadable", id="the systolic part is masked"),
        pytest.param(
            chart(pressure("124 mm[Hg]", diastolic=None)), "met", id="the diastolic part is masked"
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", component=[part(DIASTOLIC, "60 mm[Hg]")])),
            "unknown:unreadable",
            id="a panel without its systolic part",
        ),
        pytest.param(
            chart(
                alone("124 mm[Hg]", days_ago=3),
                pressure("124 mm[Hg]", component=[part(DIASTOLIC, "60 mm[Hg]")]),
            ),
            "unknown:unreadable",
            id="such a panel, newer than a good pressure",
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", component=[{"code": concept(SYSTOLIC)}])),
            "unknown:unreadable",
            id="a systolic part without a value",
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", component=None)), "unknown:unreadable", id="an empty panel"
        ),
        pytest.param(
            chart(observation(PANEL, valueQuantity=quantity("124 mm[Hg]"))),
            "unknown:unreadable",
            id="a number under the panel's code: which pressure is not told",
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", valueString="124/60")), "met", id="the panel in words too"
        ),
        pytest.param(
            chart(
                observation(
                    PANEL,
                    SYSTOLIC,
                    component=[part(SYSTOLIC, "124 mm[Hg]"), part(DIASTOLIC, "60 mm[Hg]")],
                )
            ),
            "met",
            id="the panel coded systolic too, without a value of its own",
        ),
        pytest.param(
            chart(
                observation(
                    SYSTOLIC,
                    valueQuantity=quantity("124 mm[Hg]"),
                    component=[part(SYSTOLIC, "80 mm[Hg]")],
                )
            ),
            "not-met",
            id="a value and a part that differ: the lower",
        ),
        pytest.param(chart(*with_members(*MEMBERS)), "met", id="the parts are members"),
        pytest.param(
            chart(*with_members(MEMBERS[1], alone("80 mm[Hg]"))), "not-met", id="a member is low"
        ),
        pytest.param(
            chart(observation(PANEL, hasMember=ELSEWHERE)),
            "unknown:unreadable",
            id="a member that was not shared",
        ),
        pytest.param(
            chart(
                pressure(
                    "124 mm[Hg]",
                    component=[part(SYSTOLIC, "124 mm[Hg]", modifierExtension=UNKNOWN_MODIFIER)],
                )
            ),
            "unknown:unreadable",
            id="a part with a modifier nobody knows",
        ),
        pytest.param(
            chart(observation(Code(OURS, "5"), text="BP", component=[part(SYSTOLIC, "80 mm[Hg]")])),
            "not-met",
            id="a part of a panel of the hospital's own",
        ),
        # Several at one time: the lowest
        pytest.param(
            chart(alone("118 mm[Hg]", SITTING), alone("85 mm[Hg]", STANDING)),
            "not-met",
            id="sitting 118, standing 85",
        ),
        pytest.param(
            chart(alone("118 mm[Hg]", SITTING), alone("95 mm[Hg]", STANDING)),
            "met",
            id="sitting 118, standing 95",
        ),
        pytest.param(
            chart(alone("118 mm[Hg]", SITTING), alone("118", STANDING)),
            "unknown:unit-unknown",
            id="118, and one without a unit",
        ),
        pytest.param(
            chart(alone("85 mm[Hg]", SITTING), alone("118", STANDING)),
            "not-met",
            id="85, and one without a unit: the lowest is at most 85",
        ),
        # The newest decides
        pytest.param(
            chart(alone("80 mm[Hg]", days_ago=3), pressure("110 mm[Hg]")), "met", id="80, then 110"
        ),
        pytest.param(
            chart(alone("110 mm[Hg]", days_ago=3), pressure("80 mm[Hg]")),
            "not-met",
            id="110, then 80",
        ),
        pytest.param(
            chart(
                alone("110 mm[Hg]", at=ago(1, "08:00:00-05:00")),
                alone("80 mm[Hg]", at=ago(1, "20:00:00-05:00")),
            ),
            "not-met",
            id="110 in the morning, 80 in the evening",
        ),
        pytest.param(
            chart(alone("124 mm[Hg]", days_ago=3), alone("124")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        # Window and date
        pytest.param(chart(pressure("124 mm[Hg]", days_ago=7)), "met", id="last day of the window"),
        pytest.param(
            chart(pressure("124 mm[Hg]", days_ago=8)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            chart(pressure("80 mm[Hg]", days_ago=8)), "unknown:stale", id="low, a day too old"
        ),
        pytest.param(chart(alone("124 mm[Hg]", at=TODAY)), "met", id="today"),
        pytest.param(
            chart(alone("124 mm[Hg]", at="2026-11")), "unknown:stale", id="some day of this month"
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        # Status, code, person
        pytest.param(
            chart(pressure("124 mm[Hg]", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            chart(pressure("124 mm[Hg]", status="unknown")),
            "unknown:unreadable",
            id="status not known",
        ),
        pytest.param(
            chart(alone("110 mm[Hg]", days_ago=3), alone("80 mm[Hg]", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            chart(alone("124 mm[Hg]", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(
            chart(alone("60 mm[Hg]", DIASTOLIC)), "unknown:absent", id="a diastolic pressure"
        ),
        pytest.param(chart(alone("70 /min", PULSE)), "unknown:absent", id="the pulse"),
        pytest.param(
            chart(alone("110 mm[Hg]", days_ago=3), pressure("80 mm[Hg]") | {"issued": 5}),
            "unknown:unclassified",
            id="a newer panel that had to be skipped",
        ),
        pytest.param(
            chart(pressure("110 mm[Hg]"), alone("80 mm[Hg]", days_ago=3) | {"issued": 5}),
            "met",
            id="an older one that had to be skipped",
        ),
        # Nothing, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
        pytest.param(
            withheld(pressure("124 mm[Hg]"), missing=["vitals"]),
            "unknown:not-shared",
            id="vital signs did not come",
        ),
        pytest.param(
            withheld(hypertension(), refused=["vitals"]), "unknown:not-shared", id="refused"
        ),
    ],
)
def test_systolic_bp(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_of_several_low_ones_the_lowest_comes_first() -> None:
    found = finding(chart(alone("85 mm[Hg]", SITTING), alone("80 mm[Hg]", STANDING)), ROW)
    evidence = found["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == ["80", "85"]


def test_it_is_a_caution_and_the_limit_is_proposed() -> None:
    found = finding(chart(pressure("80 mm[Hg]")), ROW)
    assert found["weight"] == "caution"
    assert found["proposed"]
