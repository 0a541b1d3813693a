"""
Does the order match the label schedule? Criteria.md, section M: an order row.

600,000 IU/kg (0.037 mg/kg) every 8 h, at most 14 doses a cycle and 28 a course; within 10 % (P) is
equal; 720,000, the dose of the seed series, is to be confirmed.
"""

from datetime import date
from typing import Any, Final

import pytest

from cds_hooks.evaluate import read_document
from rules.assess import Indicator, assess, indicator
from rules.case import Case
from tests.build import (
    ALDESLEUKIN,
    ATC,
    HL7,
    INTRAVENOUS,
    OURS,
    PATIENT_ID,
    RXNORM,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    concept,
    evaluate,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    more_pages,
    nothing_against,
    quantity,
    vitamin_d,
    withheld,
)
from tests.criteria.test_weight_current import weight

ROW = "dose-schedule"

EVERY_8_H: Final[Resource] = {"frequency": 1, "period": 8, "periodUnit": "h"}
LIFILEUCEL = Code(ATC, "L01XL11", "lifileucel")
PERHAPS_ALDESLEUKIN = Code(RXNORM, "105648")
UNKNOWN_MEDICINE = Code(OURS, "48151")


def rhythm(code: str) -> Code:
    return Code(HL7 + "v3-GTSAbbreviation", code)


def dosage(
    dose: str | Resource | None = "600000 [IU]/kg",
    *,
    count: int | None = 14,
    code: Code | None = None,
    ucum: bool = True,
    repeat: Resource | None = None,
    **fields: Any,
) -> Resource:
    """One dosage instruction; `dose` in words, or as FHIR has it."""
    told = EVERY_8_H if repeat is None and code is None else repeat or {}
    if count is not None:
        told = told | {"count": count}
    timing: Resource = {"repeat": told} if told else {}
    if code is not None:
        timing["code"] = concept(code)
    amount = {"doseQuantity": quantity(dose, ucum=ucum)} if isinstance(dose, str) else dose
    whole: Resource = {
        "route": concept(INTRAVENOUS),
        "timing": timing or None,
        "doseAndRate": [amount] if amount else None,
    }
    return {key: part for key, part in (whole | fields).items() if part is not None}


def order(*dosages: Resource, **fields: Any) -> Resource:
    return aldesleukin_order(dosageInstruction=list(dosages), **fields)


def ordered(*dosages: Resource) -> bytes:
    return chart(hypertension(), order(*dosages))


def dose(words: str, **fields: Any) -> bytes:
    return ordered(dosage(words, **fields))


def weighed(words: str, *weights: Resource, **fields: Any) -> bytes:
    return chart(order(dosage(words, **fields)), *weights)


def dose_range(low: str | None, high: str | None) -> Resource:
    ends = {"low": low, "high": high}
    return {"doseRange": {name: quantity(end) for name, end in ends.items() if end is not None}}


def times(frequency: int, period: float, unit: str, **more: Any) -> bytes:
    repeat = {"frequency": frequency, "period": period, "periodUnit": unit} | more
    return ordered(dosage(repeat=repeat))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The dose by kilogram
        pytest.param(dose("600000 [IU]/kg"), "met", id="the label's dose"),
        pytest.param(dose("540000 [IU]/kg"), "met", id="10 % less is equal"),
        pytest.param(dose("539999 [IU]/kg"), "not-met", id="more than 10 % less"),
        pytest.param(dose("660000 [IU]/kg"), "met", id="10 % more is equal"),
        pytest.param(dose("660001 [IU]/kg"), "confirm", id="above that: the seed's dose, nearly"),
        pytest.param(dose("720000 [IU]/kg"), "confirm", id="720,000 every 8 h, the seed's dose"),
        pytest.param(dose("792000 [IU]/kg"), "confirm", id="10 % above the seed's dose"),
        pytest.param(dose("792001 [IU]/kg"), "not-met", id="more than that"),
        pytest.param(dose("1000000 [IU]/kg"), "not-met", id="a million"),
        pytest.param(dose("72000 [IU]/kg"), "not-met", id="a tenth: low-dose IL-2"),
        # Its unit
        pytest.param(dose("0.037 mg/kg"), "met", id="the label's dose in milligrams"),
        pytest.param(dose("0.0333 mg/kg"), "met", id="10 % less in milligrams"),
        pytest.param(dose("0.0332 mg/kg"), "not-met", id="less than that in milligrams"),
        pytest.param(dose("0.045 mg/kg"), "confirm", id="more in milligrams"),
        pytest.param(dose("600 k[IU]/kg"), "met", id="in thousands"),
        pytest.param(dose("0.6 M[IU]/kg"), "met", id="in millions"),
        pytest.param(dose("600000 IU/kg", ucum=False), "met", id="a unit in words"),
        pytest.param(dose("600000 Units/kg", ucum=False), "met", id="large letters in the words"),
        pytest.param(dose("600000 UNT/KG", ucum=False), "met", id="all large letters"),
        pytest.param(dose("0.6 million units/kg", ucum=False), "met", id="millions in words"),
        pytest.param(dose("600000"), "unknown:unit-unknown", id="no unit"),
        pytest.param(dose("600000 mL"), "unknown:unit-unknown", id="a volume"),
        pytest.param(dose("600000 [IU]/m2"), "unknown:unit-unknown", id="by body surface"),
        pytest.param(dose("0.6 [IU]/kg"), "unknown:unreadable", id="a slip of typing"),
        # Comparators and ranges
        pytest.param(
            ordered(dosage(dose_range("560000 [IU]/kg", "640000 [IU]/kg"))),
            "met",
            id="a range within 10 %",
        ),
        pytest.param(
            ordered(dosage(dose_range("600000 [IU]/kg", "720000 [IU]/kg"))),
            "unknown:unreadable",
            id="a range from the label's dose to the seed's",
        ),
        pytest.param(
            ordered(dosage(dose_range("700000 [IU]/kg", "720000 [IU]/kg"))),
            "confirm",
            id="a range about the seed's dose",
        ),
        pytest.param(
            ordered(dosage(dose_range("800000 [IU]/kg", None))), "not-met", id="from 800,000 on"
        ),
        pytest.param(
            ordered(dosage(dose_range(None, "720000 [IU]/kg"))),
            "unknown:unreadable",
            id="up to the seed's dose",
        ),
        pytest.param(
            ordered(dosage(dose_range("600000 [IU]/kg", "50000000 [IU]"))),
            "unknown:unit-unknown",
            id="a range in two units",
        ),
        pytest.param(dose("<540000 [IU]/kg"), "not-met", id="below 540,000"),
        pytest.param(dose(">792000 [IU]/kg"), "not-met", id="above 792,000"),
        pytest.param(dose("<=600000 [IU]/kg"), "unknown:unreadable", id="at most 600,000"),
        # No dose
        pytest.param(ordered(dosage(None)), "unknown:unreadable", id="no dose"),
        pytest.param(
            ordered({"text": "600,000 units/kg IV every 8 hours, 14 doses"}),
            "unknown:unreadable",
            id="in words only",
        ),
        pytest.param(ordered(), "unknown:unreadable", id="no dosage at all"),
        pytest.param(
            ordered(dosage({"doseQuantity": {"unit": "IU/kg"}})),
            "unknown:unreadable",
            id="a unit without a number",
        ),
        pytest.param(
            ordered(
                dosage(
                    doseAndRate=[
                        {"doseQuantity": quantity("600000 [IU]/kg")},
                        {"doseQuantity": quantity("720000 [IU]/kg")},
                    ]
                )
            ),
            "unknown:conflicting",
            id="two doses in one dosage",
        ),
        # The whole dose, by the weight on file
        pytest.param(weighed("48000000 [IU]", weight("80 kg")), "met", id="48 million, 80 kg"),
        pytest.param(weighed("48 M[IU]", weight("80 kg")), "met", id="in millions, UCUM"),
        pytest.param(weighed("48 MIU", weight("80 kg"), ucum=False), "met", id="in words"),
        pytest.param(weighed("2.96 mg", weight("80 kg")), "met", id="milligrams, 80 kg"),
        pytest.param(weighed("43200000 [IU]", weight("80 kg")), "met", id="10 % less, 80 kg"),
        pytest.param(weighed("43199999 [IU]", weight("80 kg")), "not-met", id="less, 80 kg"),
        pytest.param(weighed("57600000 [IU]", weight("80 kg")), "confirm", id="the seed's, 80 kg"),
        pytest.param(weighed("63400000 [IU]", weight("80 kg")), "not-met", id="more, 80 kg"),
        pytest.param(weighed("48000000 [IU]", weight("8000 g")), "not-met", id="a weight in grams"),
        pytest.param(weighed("48000000 [IU]"), "unknown:absent", id="never weighed"),
        pytest.param(weighed("48000000 [IU]", weight(days_ago=7)), "met", id="weighed a week ago"),
        pytest.param(
            weighed("48000000 [IU]", weight(days_ago=8)), "unknown:stale", id="weighed too long ago"
        ),
        pytest.param(
            weighed("48000000 [IU]", weight("80")), "unknown:unit-unknown", id="80 of what?"
        ),
        pytest.param(
            weighed("48000000 [IU]", weight(status="preliminary")),
            "unknown:not-final",
            id="the weight is not final",
        ),
        pytest.param(
            withheld(order(dosage("48000000 [IU]")), weight(), refused=["vitals"]),
            "unknown:not-shared",
            id="vital signs refused",
        ),
        pytest.param(
            withheld(order(dosage()), refused=["vitals"]), "met", id="not needed by kilogram"
        ),
        pytest.param(
            weighed("48000000 [IU]", weight("80 kg"), weight("81 kg")),
            "met",
            id="two weights that come to the same",
        ),
        pytest.param(
            weighed("48000000 [IU]", weight("80 kg"), weight("60 kg")),
            "unknown:conflicting",
            id="two weights that do not",
        ),
        pytest.param(
            weighed("48000000 [IU]", weight(">80 kg")), "unknown:unreadable", id="more than 80 kg"
        ),
        pytest.param(
            weighed("48000000 [IU]", weight(">90 kg")), "not-met", id="more than 90 kg: too little"
        ),
        pytest.param(
            weighed("48000000 [IU]", weight("<60 kg")), "not-met", id="less than 60 kg: too much"
        ),
        pytest.param(
            weighed(">70000000 [IU]", weight("80 kg")), "not-met", id="more than 70 million"
        ),
        pytest.param(
            weighed("0.5 [IU]", weight("80 kg")), "unknown:unreadable", id="half a unit in all"
        ),
        # How often
        pytest.param(times(3, 1, "d"), "met", id="three a day"),
        pytest.param(times(1, 480, "min"), "met", id="every 480 minutes"),
        pytest.param(times(1, 0.333, "d"), "met", id="every 0.333 days: 8 h, rounded"),
        pytest.param(times(1, 432, "min"), "met", id="every 7.2 h: equal within 10 %"),
        pytest.param(times(1, 431, "min"), "not-met", id="every 431 minutes: more than 10 % less"),
        pytest.param(times(1, 528, "min"), "met", id="every 8.8 h: equal within 10 %"),
        pytest.param(times(1, 529, "min"), "not-met", id="every 529 minutes: more than 10 % more"),
        pytest.param(ordered(dosage(code=rhythm("TID"))), "met", id="TID"),
        pytest.param(ordered(dosage(code=rhythm("Q8H"))), "met", id="Q8H"),
        pytest.param(times(1, 12, "h"), "not-met", id="every 12 h"),
        pytest.param(times(1, 6, "h"), "not-met", id="every 6 h"),
        pytest.param(times(1, 1, "d"), "not-met", id="once a day"),
        pytest.param(ordered(dosage(code=rhythm("BID"))), "not-met", id="BID"),
        pytest.param(times(1, 8, "h", periodMax=12), "unknown:unreadable", id="every 8 to 12 h"),
        pytest.param(times(1, 12, "h", periodMax=24), "not-met", id="every 12 to 24 h"),
        pytest.param(
            ordered(dosage(timing=None)), "unknown:unreadable", id="how often is not told"
        ),
        pytest.param(
            ordered(dosage(repeat={"period": 8, "periodUnit": "h"})),
            "unknown:unreadable",
            id="no frequency",
        ),
        pytest.param(
            ordered(dosage(code=Code(OURS, "Q8H"))), "unknown:unreadable", id="a site's own code"
        ),
        pytest.param(
            ordered(
                dosage(code=rhythm("Q8H"), repeat={"frequency": 1, "period": 12, "periodUnit": "h"})
            ),
            "unknown:conflicting",
            id="a code and a period that differ",
        ),
        pytest.param(
            times(3, 1, "d", timeOfDay=["06:00:00", "14:00:00", "22:00:00"]),
            "unknown:unreadable",
            id="at set times",
        ),
        pytest.param(
            ordered(dosage(asNeededBoolean=True)), "unknown:unreadable", id="only as needed"
        ),
        pytest.param(
            ordered(
                dosage(
                    asNeededBoolean=True, repeat={"frequency": 1, "period": 1, "periodUnit": "d"}
                )
            ),
            "not-met",
            id="as needed, and once a day",
        ),
        # How many
        pytest.param(ordered(dosage(count=14)), "met", id="14 doses"),
        pytest.param(ordered(dosage(count=1)), "met", id="one dose"),
        pytest.param(ordered(dosage(count=15)), "not-met", id="15 doses in a cycle"),
        pytest.param(ordered(dosage(count=28)), "not-met", id="28 doses without a rest"),
        pytest.param(ordered(dosage(count=None)), "met", id="number not told: judged without"),
        pytest.param(
            dose("720000 [IU]/kg", count=None), "confirm", id="the seed's dose, number not told"
        ),
        pytest.param(times(1, 8, "h", count=10, countMax=14), "met", id="10 to 14 doses"),
        pytest.param(
            ordered(dosage(repeat=EVERY_8_H | {"countMax": 14}, count=None)), "met", id="up to 14"
        ),
        pytest.param(
            ordered(dosage(repeat=EVERY_8_H | {"countMax": 16}, count=12)),
            "unknown:unreadable",
            id="12 to 16 doses",
        ),
        pytest.param(
            ordered(dosage(sequence=1), dosage(sequence=2)),
            "met",
            id="two cycles in one order: 28 in a course",
        ),
        pytest.param(
            ordered(dosage(), dosage(), dosage(count=1)), "not-met", id="29 doses in a course"
        ),
        pytest.param(ordered(dosage(count=0)), "unknown:unreadable", id="no dose at all"),
        pytest.param(
            ordered(dosage(repeat=EVERY_8_H | {"countMax": 10}, count=14)),
            "unknown:unreadable",
            id="14 doses, at most 10",
        ),
        pytest.param(
            ordered(dosage(repeat=EVERY_8_H | {"countMax": 0}, count=None)),
            "unknown:unreadable",
            id="at most none",
        ),
        # Several: the worse decides
        pytest.param(
            ordered(dosage(), dosage("1000000 [IU]/kg")), "not-met", id="a second dosage, too much"
        ),
        pytest.param(
            chart(order(dosage()), order(dosage("1000000 [IU]/kg"))),
            "not-met",
            id="a second order, too much",
        ),
        pytest.param(
            chart(order(dosage()), order(dosage("720000 [IU]/kg"))),
            "confirm",
            id="a second order at the seed's dose",
        ),
        pytest.param(
            chart(order(dosage()), order(dosage("600000"))),
            "unknown:unit-unknown",
            id="a second order without a unit",
        ),
        pytest.param(
            chart(order(dosage("720000 [IU]/kg")), order(dosage("600000"))),
            "unknown:unit-unknown",
            id="what is not known goes before what is to be confirmed",
        ),
        pytest.param(
            ordered(dosage("1000000 [IU]/kg", timing=None)),
            "not-met",
            id="too much, however often",
        ),
        pytest.param(
            chart(order(dosage()), order(dosage("1000000 [IU]/kg"), status="draft")),
            "not-met",
            id="a draft is judged too",
        ),
        # Can the order be relied on?
        pytest.param(chart(order(dosage(), authoredOn=None)), "unknown:unreadable", id="no date"),
        pytest.param(
            chart(order(dosage(), authoredOn=None, status="draft")), "met", id="a draft needs none"
        ),
        pytest.param(
            chart(order(dosage(), authoredOn="soon", status="draft")),
            "unknown:unreadable",
            id="a draft with a date that cannot be read",
        ),
        pytest.param(chart(order(dosage(), days_ago=-1)), "unknown:unreadable", id="of tomorrow"),
        pytest.param(
            chart(order(dosage("1000000 [IU]/kg"), days_ago=-1)),
            "not-met",
            id="of tomorrow, too much",
        ),
        pytest.param(chart(order(dosage(), days_ago=365)), "met", id="a year old"),
        pytest.param(chart(order(dosage(), days_ago=366)), "not-applicable", id="older"),
        pytest.param(
            chart(order(dosage(), authoredOn=ago(365)[:7])),
            "met",
            id="of a month that may be a year ago",
        ),
        pytest.param(
            chart(
                medication_request(PERHAPS_ALDESLEUKIN, days_ago=0, dosageInstruction=[dosage()])
            ),
            "unknown:unclassified",
            id="a code that only asks",
        ),
        pytest.param(
            chart(
                medication_request(
                    ALDESLEUKIN,
                    Code(RXNORM, "1656648", "basiliximab 20 MG Injection"),
                    days_ago=0,
                    dosageInstruction=[dosage()],
                )
            ),
            "unknown:conflicting",
            id="the code of a look-alike beside it",
        ),
        pytest.param(
            chart(order(dosage()), order(dosage(), modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a second order was skipped",
        ),
        pytest.param(
            chart(order(dosage()), medication_request(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="an order of nobody knows what was skipped",
        ),
        pytest.param(
            chart(order(dosage()), vitamin_d() | {"modifierExtension": UNKNOWN_MODIFIER}),
            "met",
            id="an order of something else was skipped",
        ),
        pytest.param(
            chart(order(dosage()), order(dosage(), status="on-hold")),
            "unknown:unclassified",
            id="a second order on hold",
        ),
        pytest.param(
            withheld(order(dosage()), missing=["given"]), "met", id="doses given do not matter"
        ),
        pytest.param(
            more_pages(order(dosage()), "medicines"),
            "unknown:not-shared",
            id="there may be more orders",
        ),
        pytest.param(
            more_pages(order(dosage("1000000 [IU]/kg")), "medicines"),
            "not-met",
            id="too much, and there may be more orders",
        ),
        # An order row
        pytest.param(chart(hypertension(), vitamin_d()), "not-applicable", id="no order"),
        pytest.param(chart(order(dosage(), status="stopped")), "not-applicable", id="stopped"),
        pytest.param(
            chart(order(dosage(), status="entered-in-error")), "not-applicable", id="an error"
        ),
        pytest.param(
            chart(order(dosage("1000000 [IU]/kg"), doNotPerform=True)),
            "not-applicable",
            id="an order not to give it",
        ),
        pytest.param(
            chart(order(dosage(), subject=SOMEBODY_ELSE)), "not-applicable", id="another patient's"
        ),
        pytest.param(
            chart(vitamin_d(), medication_administration(ALDESLEUKIN, days_ago=2)),
            "not-applicable",
            id="given, and no order",
        ),
        pytest.param(
            chart(medication_request(UNKNOWN_MEDICINE), vitamin_d()),
            "not-applicable",
            id="an order of nobody knows what",
        ),
        pytest.param(
            chart(vitamin_d(), medication_request(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="such an order was skipped",
        ),
        pytest.param(
            chart(order(dosage(), modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="the only order was skipped",
        ),
        pytest.param(
            chart(order(dosage(), status="on-hold")), "unknown:unclassified", id="on hold"
        ),
        pytest.param(
            chart(order(dosage(), status="unknown")), "unknown:unclassified", id="status unknown"
        ),
        pytest.param(
            chart(order(dosage(), status="on-hold", days_ago=366)),
            "not-applicable",
            id="on hold for a year",
        ),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]),
            "unknown:not-shared",
            id="orders withheld",
        ),
        pytest.param(
            chart(*nothing_against(order=aldesleukin_order())), "met", id="a full chart, ordered"
        ),
    ],
)
def test_dose_schedule(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def _remark(document: bytes) -> str:
    return str(finding(document, ROW).get("remark", ""))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(
            ordered(dosage("1000000 [IU]/kg", count=20)),
            "dose 1,000,000 IU/kg: above 792,000; every 8 h; 20 doses: more than 14 a cycle",
            id="dose and number differ",
        ),
        pytest.param(
            ordered(
                dosage("400000 [IU]/kg", repeat={"frequency": 1, "period": 12, "periodUnit": "h"})
            ),
            "dose 400,000 IU/kg: below 540,000; every 12 h: not every 8 h; 14 doses",
            id="dose and interval differ",
        ),
        pytest.param(
            weighed("72000000 [IU]", weight("80 kg")),
            "dose 900,000 IU/kg: above 792,000, by the weight on file; every 8 h; 14 doses",
            id="by weight",
        ),
        pytest.param(
            weighed("0.05 mg/kg"),
            "dose 810,810.8 IU/kg: above 792,000; every 8 h; 14 doses",
            id="milligrams",
        ),
        pytest.param(
            ordered(dosage(), dosage("1000000 [IU]/kg", count=None)),
            "dose 600,000 IU/kg; every 8 h; 14 doses; dose 1,000,000 IU/kg: above 792,000; "
            "number of doses not told; several dosages: whether they follow each other is not told",
            id="each dosage is named",
        ),
        pytest.param(
            ordered(*(dosage(sequence=place) for place in (1, 2, 3))),
            "dose 600,000 IU/kg; every 8 h; 14 doses; 42 doses in all: more than 28 a course",
            id="the number in all",
        ),
        pytest.param(
            ordered(dosage(dose_range("800000 [IU]/kg", None))),
            "dose at least 800,000 IU/kg: above 792,000; every 8 h; 14 doses",
            id="without an upper end",
        ),
        pytest.param(
            ordered(dosage(repeat=EVERY_8_H | {"countMax": 20}, count=15)),
            "dose 600,000 IU/kg; every 8 h; 15 to 20 doses: more than 14 a cycle",
            id="a range of numbers",
        ),
    ],
)
def test_dose_interval_and_number_are_each_named(document: bytes, words: str) -> None:
    assert _remark(document) == words


@pytest.mark.parametrize(
    ("document", "on_order"),
    [
        pytest.param(dose("792001 [IU]/kg"), Indicator.CRITICAL, id="above 792,000"),
        pytest.param(
            weighed("64000000 [IU]", weight("80 kg")), Indicator.CRITICAL, id="so by the weight"
        ),
        pytest.param(dose("792000 [IU]/kg"), Indicator.WARNING, id="792,000 is to be confirmed"),
        pytest.param(dose("500000 [IU]/kg"), Indicator.WARNING, id="below the label's"),
        pytest.param(times(1, 6, "h"), Indicator.WARNING, id="too often"),
        pytest.param(
            chart(order(dosage("900000 [IU]/kg")), medication_request(LIFILEUCEL)),
            Indicator.INFO,
            id="not judged: another use",
        ),
    ],
)
def test_a_dose_above_the_seed_s_is_critical_where_it_is_ordered(
    document: bytes, on_order: Indicator
) -> None:
    case = Case(read_document(document, PATIENT_ID), date.fromisoformat(TODAY))
    assessment = assess(case)
    assert indicator(assessment, on_order=True) is on_order
    assert indicator(assessment) is not Indicator.CRITICAL


def test_the_seed_s_dose_is_asked_about() -> None:
    asked = "the dose of the seed series: is it meant?"
    question = f"dose 720,000 IU/kg, above the label's 600,000; {asked}"
    assert _remark(dose("720000 [IU]/kg")) == question
    assert _remark(dose("720000 [IU]/kg", count=None)) == f"{question} (number of doses not told)"


def test_a_number_that_is_not_told_has_a_remark() -> None:
    assert _remark(dose("600000 [IU]/kg", count=None)) == "number of doses not told"
    assert not _remark(dose("600000 [IU]/kg"))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (weighed("48000000 [IU]"), "48,000,000 IU"),
        (dose("600000"), "unit"),
        (ordered(dosage(timing=None)), "how often"),
        (ordered(dosage(dose_range(None, "720000 [IU]/kg"))), "at most 720,000"),
        (
            ordered(dosage({"doseQuantity": quantity("1 [IU]/kg") | {"comparator": "ad"}})),
            "of any size",
        ),
        (chart(order(dosage(), days_ago=-1)), "date"),
        (chart(order(dosage()), order(dosage(), status="on-hold")), "another order"),
    ],
)
def test_what_is_open_is_named(document: bytes, words: str) -> None:
    assert words in _remark(document)


@pytest.mark.parametrize("words", ["48000000 [IU]", "57600000 [IU]", "90000000 [IU]"])
def test_the_weight_that_was_reckoned_with_is_shown(words: str) -> None:
    shown = finding(weighed(words, weight("80 kg")), ROW)["evidence"]
    assert isinstance(shown, list)
    assert [one.get("value") for one in shown] == [None, "80"]


def test_an_order_that_differs_is_a_requirement_not_met() -> None:
    whole = chart(*nothing_against(order=order(dosage("1000000 [IU]/kg"))))
    assert evaluate(whole)["status"] == "requirement-not-met"
    assert finding(whole, ROW)["weight"] == "requirement"
