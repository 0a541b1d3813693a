"""
At least 7 weeks since discharge? Criteria.md, section K: 49 days, an order row.

Counted from the end of the stay in hospital that holds the last dose.
"""

from typing import Any

import pytest

from tests.build import (
    ALDESLEUKIN,
    HL7,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    coding,
    encounter,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    nothing_against,
    verdict,
    vitamin_d,
    withheld,
)

ROW = "course-interval"

OLDER_CLASS: Resource = {"class": coding(Code(HL7 + "v2-0004", "I", "Inpatient"))}
NO_CLASS: Resource = {"class": None}


def given(days_ago: int | None = 60, **fields: Any) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=days_ago, **fields)


def stay(until: int, since: int = 65, kind: str = "IMP", **fields: Any) -> Resource:
    """A stay in hospital that began 65 days ago."""
    return encounter(kind=kind, days_ago=since, until_days_ago=until, **fields)


def ordered(*resources: Resource) -> bytes:
    """An order of today, a dose 60 days ago, a visit, and these."""
    return chart(hypertension(), aldesleukin_order(), given(), encounter(), *resources)


def period(start: str | None, end: str | None) -> Resource:
    return {"period": {k: v for k, v in (("start", start), ("end", end)) if v}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # 49 days
        pytest.param(ordered(stay(49)), "met", id="discharged 49 days ago"),
        pytest.param(ordered(stay(48)), "not-met", id="discharged 48 days ago"),
        pytest.param(ordered(stay(58)), "met", id="discharged two days after the last dose"),
        pytest.param(ordered(stay(60)), "met", id="discharged on the day of the last dose"),
        pytest.param(ordered(stay(48, kind="ACUTE")), "not-met", id="an acute inpatient stay"),
        pytest.param(ordered(stay(48, kind="NONAC")), "not-met", id="another inpatient stay"),
        pytest.param(
            ordered(stay(58), stay(40)), "not-met", id="a ward, and the whole stay in hospital"
        ),
        pytest.param(
            ordered(stay(58, **period("2026-09-20", "2026-10"))),
            "unknown:unreadable",
            id="discharged some day of October: on both sides of 49 days",
        ),
        pytest.param(
            ordered(stay(58, **period("2026-09-20", "2026-09"))),
            "unknown:unreadable",
            id="discharged in September, perhaps before the last dose",
        ),
        pytest.param(
            chart(
                hypertension(),
                aldesleukin_order(),
                given(100),
                stay(0, **period("2026-08-01", "2026-09")),
            ),
            "met",
            id="discharged some day of September, all of it 49 days ago",
        ),
        pytest.param(
            chart(
                hypertension(),
                aldesleukin_order(),
                given(30),
                stay(0, **period("2026-10-20", "2026-11")),
            ),
            "not-met",
            id="discharged some day of November",
        ),
        # The stay that holds the last dose
        pytest.param(ordered(), "unknown:absent", id="no stay"),
        pytest.param(ordered(stay(61)), "unknown:absent", id="ended a day before the last dose"),
        pytest.param(ordered(stay(40, since=59)), "unknown:absent", id="begun a day after it"),
        pytest.param(
            ordered(stay(58), stay(5, since=20)),
            "met",
            id="another stay since then, for another reason",
        ),
        pytest.param(
            chart(
                hypertension(),
                aldesleukin_order(),
                given(),
                given(63),
                given(160),
                stay(150, since=165),
                stay(55),
            ),
            "met",
            id="the last of two courses",
        ),
        pytest.param(ordered(encounter(days_ago=60)), "unknown:absent", id="a visit of that day"),
        pytest.param(
            ordered(stay(48, kind="EMER")), "unknown:absent", id="the emergency department"
        ),
        pytest.param(
            ordered(stay(48, status="planned")), "unknown:absent", id="a stay only planned"
        ),
        pytest.param(
            ordered(stay(48, status="entered-in-error")), "unknown:absent", id="a stay in error"
        ),
        pytest.param(
            ordered(stay(48, **OLDER_CLASS)),
            "unknown:unclassified",
            id="an older code for inpatients",
        ),
        pytest.param(ordered(stay(48, **NO_CLASS)), "unknown:unclassified", id="no class told"),
        pytest.param(
            ordered(stay(0, status="in-progress", **period(ago(65), None))),
            "unknown:not-final",
            id="not yet discharged",
        ),
        pytest.param(
            ordered(stay(0, **period(ago(65), None))), "unknown:unreadable", id="no end told"
        ),
        pytest.param(
            ordered(stay(0, **period(None, ago(50)))), "unknown:unreadable", id="no beginning told"
        ),
        pytest.param(
            ordered(stay(0, **period(ago(65), ago(-4)))),
            "unknown:unreadable",
            id="finished, its end in the future",
        ),
        pytest.param(ordered(stay(0, period=None)), "unknown:unreadable", id="no dates"),
        pytest.param(
            ordered(stay(55), stay(0, **NO_CLASS | period(ago(65), None))),
            "unknown:unclassified",
            id="another entry that may be a longer stay",
        ),
        pytest.param(
            ordered(stay(48), stay(0, **NO_CLASS | period(ago(65), None))),
            "not-met",
            id="too short already: a longer stay makes it shorter",
        ),
        pytest.param(
            ordered(stay(48, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="a stay had to be skipped",
        ),
        # Within a course, no earlier course
        pytest.param(
            chart(hypertension(), aldesleukin_order(), given(21), stay(18, since=25)),
            "not-applicable",
            id="21 days since the last dose: within a course",
        ),
        pytest.param(
            chart(hypertension(), aldesleukin_order(), given(22), stay(18, since=25)),
            "not-met",
            id="22 days: the course is over",
        ),
        pytest.param(
            chart(hypertension(), aldesleukin_order(), stay(48)),
            "not-applicable",
            id="no earlier aldesleukin",
        ),
        pytest.param(
            ordered(given(None), stay(55)), "unknown:unreadable", id="a dose without a date"
        ),
        # An order row
        pytest.param(
            chart(hypertension(), vitamin_d(), given(), stay(48)), "not-applicable", id="no order"
        ),
        pytest.param(
            chart(hypertension(), aldesleukin_order(status="draft"), given(), stay(48)),
            "not-met",
            id="an order drafted",
        ),
        pytest.param(
            chart(
                hypertension(),
                medication_request(ALDESLEUKIN, status="completed", days_ago=60),
                stay(48),
            ),
            "not-applicable",
            id="only the order of the last course",
        ),
        pytest.param(
            chart(hypertension(), aldesleukin_order(status="on-hold"), given(), stay(48)),
            "unknown:unclassified",
            id="an order on hold",
        ),
        pytest.param(
            chart(
                hypertension(),
                medication_request(medicationCodeableConcept=5),
                given(),
                stay(48),
            ),
            "unknown:unreadable",
            id="an order that cannot be read",
        ),
        pytest.param(
            chart(hypertension(), vitamin_d(), given(medicationCodeableConcept=5), stay(48)),
            "not-applicable",
            id="a dose that cannot be read, and no order",
        ),
        # Withheld
        pytest.param(
            withheld(hypertension(), given(), stay(48), missing=["medicines"]),
            "unknown:not-shared",
            id="orders did not come",
        ),
        pytest.param(
            withheld(hypertension(), aldesleukin_order(), given(), stay(55), missing=["stays"]),
            "unknown:not-shared",
            id="stays did not come",
        ),
        pytest.param(
            withheld(hypertension(), aldesleukin_order(), given(), stay(55), missing=["given"]),
            "unknown:not-shared",
            id="doses did not come",
        ),
        pytest.param(
            withheld(
                hypertension(), aldesleukin_order(), given(), stay(55), refused=["procedures"]
            ),
            "unknown:not-shared",
            id="procedures refused: there may be a later dose",
        ),
    ],
)
def test_course_interval(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def test_the_days_since_discharge_are_shown() -> None:
    evidence = str(finding(ordered(stay(48)), ROW)["evidence"])
    assert "48" in evidence
    assert ago(48) in evidence
    partial = chart(
        hypertension(), aldesleukin_order(), given(30), stay(0, **period("2026-10-20", "2026-11"))
    )
    assert "0-23" in str(finding(partial, ROW)["evidence"])


def test_without_an_order_it_does_not_apply() -> None:
    assert verdict(chart(*nothing_against()), ROW) == "not-applicable"
