"""
The arithmetic of an aldesleukin order, in exact numbers: units, weights, how often, how many.

Criteria.md, row dose-schedule; the units are those of units.csv and no others. What an order tells
in another way than the rules read is unknown, and named.
"""

from decimal import Decimal
from typing import Any, Final

import pytest

from rules.criteria.dose import CEILING, TOGETHER, UNCOUNTED
from rules.tables import rows
from tests.build import (
    HL7,
    INTRAVENOUS,
    OURS,
    UCUM,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    finding,
    quantity,
)
from tests.criteria.test_dose_schedule import (
    EVERY_8_H,
    dosage,
    dose,
    dose_range,
    order,
    ordered,
    rhythm,
    times,
    weighed,
)
from tests.criteria.test_weight_current import weight

ROW: Final = "dose-schedule"

# --- Every unit of units.csv ------------------------------------------------------------------

_KILOGRAMS: Final = 80
# 600,000 IU/kg and 10 % about it, in every unit: the label's pair makes 0.037 mg of 600,000 IU.
_EDGES: Final = (
    ("540000", "0.0333", "met"),
    ("539999.999", "0.0332999999", "not-met"),
    ("600000", "0.037", "met"),
    ("660000", "0.0407", "met"),
    ("660000.001", "0.0407000001", "confirm"),
    ("792000", "0.04884", "confirm"),
    ("792000.001", "0.0488400001", "not-met"),
    ("6000000", "0.37", "not-met"),
    ("60000", "0.0037", "not-met"),
)
_DOSES: Final = {"aldesleukin dose per kg": 1, "aldesleukin dose": _KILOGRAMS}


def _written(value: Decimal, row: dict[str, str]) -> Resource:
    unit = row["unit"]
    told: Resource = {"value": _exactly(value), "unit": unit}
    return told | ({"system": UCUM, "code": unit} if row["kind"] == "ucum" else {})


def _exactly(value: Decimal) -> float:
    """A number that JSON writes with the digits of the decimal."""
    made = float(value)
    assert Decimal(repr(made)) == value
    return made


def _in_every_unit() -> list[Any]:
    made = []
    for row in rows("units"):
        if row["analyte"] not in _DOSES:
            continue
        kilograms = _DOSES[row["analyte"]]
        for units, milligrams, expected in _EDGES:
            is_mg = row["unit"].startswith("mg")
            factor = 1 if is_mg else Decimal(row["multiply_by"])
            value = Decimal(milligrams if is_mg else units) * kilograms / factor
            told = {"doseQuantity": _written(value, row)}
            name = f"{value:f} {row['unit']} ({row['kind']})"
            made.append(pytest.param(told, expected, id=name))
    return made


@pytest.mark.parametrize(("told", "expected"), _in_every_unit())
def test_every_unit_of_the_table_is_read_exactly(told: Resource, expected: str) -> None:
    document = chart(order(dosage(told)), weight(f"{_KILOGRAMS} kg"))
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("0.6 10*6.[iU]/kg", id="a spelling that units.csv has for single units only"),
        pytest.param("37 ug/kg", id="micrograms"),
        pytest.param("0.6 MU/kg", id="MU"),
        pytest.param("1.1 mg/m2", id="by body surface"),
        pytest.param("1 {vial}", id="vials"),
        pytest.param("1 mL", id="a volume"),
        pytest.param("600000 [IU]/kg/d", id="by day"),
    ],
)
def test_a_unit_that_the_table_does_not_have_is_unknown(words: str) -> None:
    assert_verdict(weighed(words, weight("80 kg")), ROW, "unknown:unit-unknown")


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"unit": "mg/kg", "code": "[IU]/kg"}, id="mg beside the code of IU"),
        pytest.param({"unit": "MIU/kg", "code": "[IU]/kg"}, id="millions beside the code of ones"),
        pytest.param({"unit": "IU", "code": "[IU]/kg"}, id="not by kilogram beside by kilogram"),
        pytest.param({"unit": "IU/kg", "code": "[IU]"}, id="by kilogram beside not by kilogram"),
    ],
)
def test_a_unit_and_a_code_that_differ_are_unknown(told: Resource) -> None:
    amount = {"value": 600000, "system": UCUM} | told
    document = chart(order(dosage({"doseQuantity": amount})), weight())
    assert_verdict(document, ROW, "unknown:unit-unknown")


# --- One unit written for another -------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected", "fits"),
    [
        pytest.param(dose("0.037 [IU]/kg"), "unknown:unreadable", "mg/kg", id="IU for mg"),
        pytest.param(dose("600000 mg/kg"), "unknown:unreadable", "IU/kg", id="mg for IU"),
        pytest.param(dose("720000 mg/kg"), "unknown:unreadable", "IU/kg", id="mg, the seed's"),
        pytest.param(dose("0.6 mg/kg"), "not-met", "million IU/kg", id="mg for million IU"),
        pytest.param(dose("0.6 [IU]/kg"), "unknown:unreadable", "million IU/kg", id="a million"),
        pytest.param(
            weighed("48 [IU]", weight("80 kg")), "not-met", "million IU", id="48 IU in all"
        ),
        pytest.param(weighed("48 mg", weight("80 kg")), "not-met", "million IU", id="48 mg in all"),
        pytest.param(weighed("2.96 [IU]", weight("80 kg")), "not-met", "mg", id="2.96 IU in all"),
        pytest.param(
            weighed("48000000 mg", weight("80 kg")), "unknown:unreadable", "IU", id="IU as mg"
        ),
    ],
)
def test_a_unit_that_may_be_mistaken_is_asked_about(
    document: bytes, expected: str, fits: str
) -> None:
    assert_verdict(document, ROW, expected)
    asked = f"(the number would fit {fits}: is the unit right?)"
    assert asked in str(finding(document, ROW)["remark"])


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(dose("6000000 [IU]/kg"), id="ten times too much"),
        pytest.param(dose("60000 [IU]/kg"), id="a tenth"),
        pytest.param(weighed("48 [IU]"), id="no weight to tell by"),
        pytest.param(dose("600000 [IU]/kg"), id="the label's dose"),
        pytest.param(ordered(dosage(dose_range("1 [IU]/kg", "2 [IU]/kg"))), id="a range"),
    ],
)
def test_no_other_unit_is_asked_about_where_none_would_fit(document: bytes) -> None:
    assert "would fit" not in str(finding(document, ROW).get("remark", ""))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("539999.9875 [IU]/kg", "539,999.99 IU/kg: below 540,000"),
        ("792000.04 [IU]/kg", "792,000.04 IU/kg: above 792,000"),
        ("810810.8 [IU]/kg", "810,810.8 IU/kg"),
    ],
)
def test_a_number_next_to_a_limit_is_not_shown_as_the_limit(words: str, shown: str) -> None:
    assert shown in str(finding(dose(words), ROW)["remark"])


# --- Shapes of a dose -------------------------------------------------------------------------


def _each(*words: str) -> list[Resource]:
    return [{"doseQuantity": quantity(one)} for one in words]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"doseAndRate": _each("600000 [IU]/kg", "48000000 [IU]")},
            "met",
            id="by kilogram, and reckoned",
        ),
        pytest.param(
            {"doseAndRate": _each("600000 [IU]/kg", "2.96 mg")}, "met", id="in IU and in mg"
        ),
        pytest.param(
            {"doseAndRate": _each("600000 [IU]/kg", "480000000 [IU]")},
            "not-met",
            id="reckoned ten times too much",
        ),
        pytest.param(
            {"doseAndRate": _each("600000 [IU]/kg", "57600000 [IU]")},
            "unknown:conflicting",
            id="reckoned as the seed's",
        ),
        pytest.param(
            {"doseAndRate": _each("600000 [IU]/kg", "1 mL")},
            "unknown:unit-unknown",
            id="and as a volume",
        ),
        pytest.param(
            {"doseAndRate": [*_each("600000 [IU]/kg"), {"rateQuantity": quantity("1 mL/min")}]},
            "unknown:unreadable",
            id="a dose, and a rate of its own",
        ),
        pytest.param(
            {
                "doseAndRate": [
                    _each("600000 [IU]/kg")[0]
                    | {
                        "rateRatio": {
                            "numerator": quantity("50 mL"),
                            "denominator": quantity("15 min"),
                        }
                    }
                ]
            },
            "met",
            id="the speed of the infusion is not judged",
        ),
        pytest.param(
            {
                "doseAndRate": [
                    {
                        "rateRatio": {
                            "numerator": quantity("18000000 [IU]"),
                            "denominator": quantity("1 d"),
                        }
                    }
                ]
            },
            "unknown:unreadable",
            id="a rate alone: a continuous infusion",
        ),
        pytest.param(
            {"doseAndRate": None, "doseQuantity": quantity("600000 [IU]/kg")}, "met", id="STU3"
        ),
        pytest.param(
            {"doseAndRate": None, "doseQuantity": quantity("6000000 [IU]/kg")},
            "not-met",
            id="STU3, ten times",
        ),
        pytest.param(
            {"doseAndRate": None} | dose_range("600000 [IU]/kg", "640000 [IU]/kg"),
            "met",
            id="STU3, a range",
        ),
        pytest.param({"asNeeded": True}, "unknown:unreadable", id="R5, as needed"),
        pytest.param(
            {"asNeededFor": [concept(text="pain")]}, "unknown:unreadable", id="R5, as needed for"
        ),
        pytest.param({"asNeeded": False}, "met", id="R5, not as needed"),
        pytest.param(
            {
                "maxDosePerPeriod": {
                    "numerator": quantity("1000000 [IU]"),
                    "denominator": quantity("1 d"),
                }
            },
            "unknown:unreadable",
            id="a highest dose of a period",
        ),
        pytest.param(
            {"maxDosePerPeriod": [{"numerator": quantity("1800000 [IU]/kg")}]},
            "unknown:unreadable",
            id="R5, a highest dose of a period",
        ),
        pytest.param(
            {"maxDosePerAdministration": quantity("22000000 [IU]")},
            "unknown:unreadable",
            id="a highest single dose",
        ),
        pytest.param(
            {"maxDosePerLifetime": quantity("22000000 [IU]")},
            "unknown:unreadable",
            id="a highest dose of a lifetime",
        ),
        pytest.param(
            {"modifierExtension": UNKNOWN_MODIFIER},
            "unknown:unreadable",
            id="something that may turn the dosage round",
        ),
        pytest.param(
            {
                "timing": {
                    "repeat": EVERY_8_H | {"count": 14},
                    "modifierExtension": UNKNOWN_MODIFIER,
                }
            },
            "unknown:unreadable",
            id="or the timing",
        ),
    ],
)
def test_the_shapes_of_a_dose(fields: Resource, expected: str) -> None:
    document = chart(order(dosage(**fields)), weight("80 kg"))
    assert_verdict(document, ROW, expected)


def test_two_amounts_of_one_dosage_are_both_named() -> None:
    document = chart(
        order(dosage(doseAndRate=_each("600000 [IU]/kg", "480000000 [IU]"))), weight("80 kg")
    )
    words = "dose 600,000 IU/kg and dose 6,000,000 IU/kg: above 792,000, by the weight on file"
    assert words in str(finding(document, ROW)["remark"])


# --- How often --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(times(3, 1, "d"), "met", id="3 per 1 d"),
        pytest.param(times(1, 8, "h"), "met", id="1 per 8 h"),
        pytest.param(times(21, 1, "wk"), "met", id="21 per week"),
        pytest.param(times(1, 0.3, "d"), "met", id="every 7.2 h"),
        pytest.param(times(1, 7.19, "h"), "not-met", id="every 7.19 h"),
        pytest.param(times(1, 8.8, "h"), "met", id="every 8.8 h"),
        pytest.param(times(1, 8.81, "h"), "not-met", id="every 8.81 h"),
        pytest.param(times(2, 1, "d", frequencyMax=3), "unknown:unreadable", id="2 or 3 a day"),
        pytest.param(ordered(dosage(code=rhythm("Q8H"))), "met", id="Q8H"),
        pytest.param(ordered(dosage(code=rhythm("TID"))), "met", id="TID"),
        pytest.param(ordered(dosage(code=rhythm("Q6H"))), "not-met", id="Q6H"),
        pytest.param(ordered(dosage(code=rhythm("Q12H"))), "unknown:unreadable", id="no such code"),
        pytest.param(
            ordered(dosage(code=Code(OURS, "Q8"), repeat=EVERY_8_H)), "met", id="an own code beside"
        ),
        pytest.param(
            ordered(dosage(timing={"code": {"text": "every 8 hours"}})),
            "unknown:unreadable",
            id="in words",
        ),
        pytest.param(
            ordered(dosage(timing=None, text="every 8 hours for 14 doses")),
            "unknown:unreadable",
            id="in the words of the dosage",
        ),
        pytest.param(times(1, 8, "hours"), "unknown:unreadable", id="a unit that FHIR has not"),
        pytest.param(
            times(1, 8, "h", when=["MORN"]), "unknown:unreadable", id="and in the morning"
        ),
        pytest.param(
            times(1, 8, "h", dayOfWeek=["mon"]), "unknown:unreadable", id="and only on Mondays"
        ),
        pytest.param(times(1, 8, "h", duration=15, durationUnit="min"), "met", id="over 15 min"),
        pytest.param(
            ordered(dosage(timing={"event": ["2026-11-25"]})), "unknown:unreadable", id="one day"
        ),
        pytest.param(
            ordered(dosage(timing={"code": concept(Code(HL7 + "other", "Q8H"))})),
            "unknown:unreadable",
            id="the code of another system",
        ),
    ],
)
def test_how_often(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


# --- How many, and for how long ---------------------------------------------------------------


def _lasting(value: float, code: str = "d", **fields: object) -> Resource:
    return {"value": value, "unit": code, "system": UCUM, "code": code} | fields


def _for(bounds: Resource, count: int | None = None, **repeat: object) -> bytes:
    return ordered(dosage(repeat=EVERY_8_H | bounds | repeat, count=count))


def _from(start: str | None, end: str | None) -> Resource:
    told = {"start": start, "end": end}
    return {"boundsPeriod": {name: when for name, when in told.items() if when}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # a number that is told decides
        pytest.param(_for({"boundsDuration": _lasting(5)}, 14), "met", id="5 days, 14 doses"),
        pytest.param(_for({"boundsDuration": _lasting(30)}, 14), "met", id="30 days, 14 doses"),
        pytest.param(_for({"boundsDuration": _lasting(4)}, 15), "not-met", id="4 days, 15 doses"),
        pytest.param(
            _for({"boundsDuration": _lasting(30)}, None, countMax=14), "met", id="at most 14"
        ),
        # else what fits in the time
        pytest.param(_for({"boundsDuration": _lasting(4)}), "met", id="4 days: 12 doses"),
        pytest.param(_for({"boundsDuration": _lasting(112, "h")}), "met", id="112 h: 14 doses"),
        pytest.param(
            _for({"boundsDuration": _lasting(112.01, "h")}), "unknown:unreadable", id="a 15th fits"
        ),
        pytest.param(_for({"boundsDuration": _lasting(6720, "min")}), "met", id="112 h in minutes"),
        pytest.param(
            _for({"boundsDuration": _lasting(5)}), "unknown:unreadable", id="5 days: 15 doses"
        ),
        pytest.param(
            _for({"boundsDuration": _lasting(30)}), "unknown:unreadable", id="30 days: 90 doses"
        ),
        pytest.param(
            _for({"boundsDuration": _lasting(1, "mo")}),
            "unknown:unreadable",
            id="a month has no fixed hours",
        ),
        pytest.param(
            _for({"boundsDuration": {"value": 4, "unit": "days"}}),
            "unknown:unreadable",
            id="days in words",
        ),
        pytest.param(
            _for({"boundsDuration": _lasting(4, comparator="<")}),
            "unknown:unreadable",
            id="less than 4 days",
        ),
        pytest.param(_for({"boundsDuration": {}}), "unknown:unreadable", id="of no length"),
        pytest.param(_for({"boundsDuration": _lasting(0)}), "unknown:unreadable", id="of 0 days"),
        pytest.param(
            _for({"boundsDuration": _lasting(4) | {"system": OURS}}),
            "unknown:unreadable",
            id="of 4 in a site's own unit",
        ),
        pytest.param(
            _for({"boundsRange": {"low": _lasting(3), "high": _lasting(4)}}), "met", id="3 to 4 d"
        ),
        pytest.param(
            _for({"boundsRange": {"low": _lasting(4), "high": _lasting(5)}}),
            "unknown:unreadable",
            id="4 to 5 d",
        ),
        pytest.param(_for({"boundsRange": {"high": _lasting(4)}}), "met", id="up to 4 d"),
        pytest.param(_for({"boundsRange": {"low": _lasting(4)}}), "met", id="4 d at least: no end"),
        pytest.param(
            _for({"boundsRange": {"low": _lasting(5), "high": _lasting(4)}}),
            "unknown:unreadable",
            id="5 to 4 d",
        ),
        pytest.param(_for({"boundsRange": {}}), "unknown:unreadable", id="an empty range"),
        pytest.param(_for({"boundsRange": 5}), "unknown:unreadable", id="no range"),
        pytest.param(_for(_from("2026-11-25", "2026-11-28")), "met", id="four days of dates"),
        pytest.param(
            _for(_from("2026-11-25", "2026-11-29")), "unknown:unreadable", id="five days of dates"
        ),
        pytest.param(
            _for(_from("2026-11-25T08:00:00Z", "2026-11-30T00:00:00Z")), "met", id="112 h by clock"
        ),
        pytest.param(
            _for(_from("2026-11-25T08:00:00Z", "2026-11-30T08:00:00Z")),
            "unknown:unreadable",
            id="120 h by clock",
        ),
        pytest.param(_for(_from("2026-11-25", None)), "met", id="from a day on"),
        pytest.param(_for(_from(None, "2026-11-30")), "met", id="until a day"),
        pytest.param(_for(_from("2026-11-25", "soon")), "met", id="until nobody knows when"),
        pytest.param(
            _for(_from("2026-11-25", "2026-11-20")), "unknown:unreadable", id="ends before it began"
        ),
        pytest.param(
            _for(_from("2026-11-25T08:00:00Z", "2026-11-25T07:00:00Z")),
            "unknown:unreadable",
            id="ends before it began, by clock",
        ),
        pytest.param(
            ordered(dosage(repeat={"boundsDuration": _lasting(4)}, count=None)),
            "unknown:unreadable",
            id="four days, and how often is not told",
        ),
        # several dosages of one order
        pytest.param(
            ordered(dosage(), dosage()), "unknown:unclassified", id="two: together, or in turn?"
        ),
        pytest.param(
            ordered(dosage(sequence=1), dosage(sequence=1)),
            "unknown:unclassified",
            id="two at the same time",
        ),
        pytest.param(
            ordered(dosage(sequence=1), dosage()), "unknown:unclassified", id="one without a place"
        ),
        pytest.param(
            ordered(dosage(sequence="one"), dosage(sequence=2)),
            "unknown:unclassified",
            id="a place that cannot be read",
        ),
        pytest.param(ordered(dosage(sequence=2), dosage(sequence=1)), "met", id="in turn"),
        pytest.param(
            ordered(dosage(sequence=1), dosage("1000000 [IU]/kg", sequence=1)),
            "not-met",
            id="together, and one too much",
        ),
        pytest.param(
            ordered(
                *(
                    dosage(sequence=n, repeat=EVERY_8_H | {"countMax": 14}, count=None)
                    for n in (1, 2, 3)
                )
            ),
            "unknown:unreadable",
            id="three of at most 14",
        ),
        # several orders
        pytest.param(chart(order(dosage()), order(dosage())), "met", id="two orders of 14"),
        pytest.param(
            chart(order(dosage()), order(dosage()), order(dosage(count=1))),
            "unknown:unclassified",
            id="29 doses in three orders: of one course?",
        ),
    ],
)
def test_how_many(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            _for({"boundsDuration": _lasting(5)}),
            f"{UNCOUNTED}, and 15 doses fit in the time of the order: 14 a cycle",
        ),
        (
            _for({"boundsDuration": _lasting(1, "mo")}),
            f"{UNCOUNTED}, and for how long cannot be read",
        ),
        (ordered(dosage(), dosage()), TOGETHER),
        (ordered(dosage(maxDosePerAdministration=quantity("22000000 [IU]"))), CEILING),
        (
            ordered(
                *(
                    dosage(sequence=n, repeat=EVERY_8_H | {"countMax": 14}, count=None)
                    for n in (1, 2, 3)
                )
            ),
            "at most 42 doses in all: on both sides of 28 a course",
        ),
    ],
)
def test_what_cannot_be_reckoned_is_named(document: bytes, words: str) -> None:
    assert words in str(finding(document, ROW)["remark"])


def test_what_the_route_says_is_no_matter_of_the_dose() -> None:
    assert_verdict(ordered(dosage(route=None)), ROW, "met")
    assert_verdict(ordered(dosage(route=concept(INTRAVENOUS))), ROW, "met")
