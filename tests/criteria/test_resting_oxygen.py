"""Is resting oxygenation adequate? Criteria.md, section E: SpO2 >= 90 % (P), within 7 days (P)."""

from datetime import date
from typing import Any

import pytest

from cds_hooks.evaluate import read_document
from rules import work_ups
from rules.case import Case
from rules.criteria.pulmonary import RESTING_OXYGEN
from rules.model import Outcome
from tests.build import (
    LOCAL,
    LOINC,
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
    lab,
    observation,
    quantity,
    withheld,
)

ROW = "resting-oxygen"

PULSE = Code(LOINC, "59408-5", "Oxygen saturation by Pulse oximetry")
ARTERIAL = Code(LOINC, "2708-6", "Oxygen saturation in Arterial blood")
CAPILLARY = Code(LOINC, "2710-2", "SaO2% BldC Oximetry")
FLOW = Code(LOINC, "3151-8", "Inhaled oxygen flow rate")
FIO2 = Code(LOINC, "3150-0", "Inhaled oxygen concentration")
VENTILATOR = Code(LOINC, "19994-3", "O2/Inspired gas setting VFr Vent")
PAO2 = Code(LOINC, "2703-7", "Oxygen [Partial pressure] in Arterial blood")
PO2_UNTOLD = Code(LOINC, "11556-8", "Oxygen [Partial pressure] in Blood")


def part(code: Code, value: str | None) -> Resource:
    """A component; without a value it says why there is none."""
    if value is None:
        return {"code": concept(code), "dataAbsentReason": concept(text="unknown")}
    return {"code": concept(code), "valueQuantity": quantity(value)}


def spo2(
    value: str,
    *parts: Resource,
    codes: tuple[Code, ...] = (PULSE, ARTERIAL),
    days_ago: int | None = 1,
    **fields: Any,
) -> Resource:
    """At 9:30, as US Core has it: both codes, and oxygen as components."""
    more: Resource = {"valueQuantity": quantity(value), "component": list(parts) or None}
    return observation(*codes, days_ago=days_ago, category="vital-signs", **(more | fields))


def oxygen(
    code: Code,
    value: str,
    time: str = "09:30:00-05:00",
    *,
    days_ago: int | None = 1,
    **fields: Any,
) -> Resource:
    """Oxygen as an Observation of its own."""
    moment = None if days_ago is None else ago(days_ago, time)
    more: Resource = {"valueQuantity": quantity(value)}
    return observation(code, days_ago=None, at=moment, category="vital-signs", **(more | fields))


def pao2(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    return lab(PAO2, value, days_ago=days_ago, **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit
        pytest.param(chart(spo2("98 %")), "met", id="98 %"),
        pytest.param(chart(spo2("90 %")), "met", id="on the limit"),
        pytest.param(chart(spo2("89.9 %")), "not-met", id="just below"),
        pytest.param(chart(spo2("0.96 1")), "met", id="a ratio"),
        pytest.param(chart(spo2("0.89 1")), "not-met", id="a ratio below"),
        pytest.param(chart(spo2("96 1")), "unknown:unreadable", id="96 as a ratio: a unit error"),
        pytest.param(chart(spo2("0.96 %")), "unknown:unreadable", id="a ratio called percent"),
        pytest.param(chart(spo2("96")), "unknown:unit-unknown", id="no unit"),
        pytest.param(chart(spo2("100 %")), "met", id="the highest plausible"),
        pytest.param(chart(spo2("101 %")), "unknown:unreadable", id="above 100 %"),
        pytest.param(chart(spo2("30 %")), "not-met", id="the lowest plausible"),
        pytest.param(chart(spo2("29 %")), "unknown:unreadable", id="too low to be true"),
        pytest.param(chart(spo2(">=95 %")), "met", id="95 or above"),
        pytest.param(chart(spo2(">85 %")), "unknown:unreadable", id="above 85: either side"),
        pytest.param(chart(spo2("<90 %")), "not-met", id="below 90"),
        # Window, the newest
        pytest.param(chart(spo2("96 %", days_ago=7)), "met", id="last day of the window"),
        pytest.param(chart(spo2("96 %", days_ago=8)), "unknown:stale", id="a day too old"),
        pytest.param(chart(spo2("80 %", days_ago=7)), "not-met", id="low, last day"),
        pytest.param(chart(spo2("80 %", days_ago=8)), "unknown:stale", id="low, a day too old"),
        pytest.param(chart(spo2("96 %", days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(spo2("96 %", days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(chart(spo2("96 %", days_ago=3), spo2("88 %")), "not-met", id="96, then 88"),
        pytest.param(chart(spo2("88 %", days_ago=3), spo2("96 %")), "met", id="88, then 96"),
        pytest.param(
            chart(spo2("96 %", days_ago=3), spo2("96")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(spo2("96 %"), spo2("88 %")), "unknown:conflicting", id="96 and 88 at one moment"
        ),
        # Codes
        pytest.param(chart(spo2("96 %", codes=(PULSE,))), "met", id="by pulse oximetry alone"),
        pytest.param(
            chart(spo2("96 %", codes=(ARTERIAL,))),
            "unknown:unclassified",
            id="arterial alone: may be of a blood gas",
        ),
        pytest.param(
            chart(spo2("96 %", codes=(CAPILLARY,))), "unknown:unclassified", id="capillary alone"
        ),
        pytest.param(chart(spo2("96 %", codes=(LOCAL,))), "unknown:absent", id="the site's code"),
        # Status, not ours
        pytest.param(
            chart(spo2("96 %", status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(spo2("96 %", days_ago=3), spo2("80 %", status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            chart(spo2("80 %", subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(spo2("96 %", valueQuantity=None, dataAbsentReason=concept(text="masked"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(
            chart(spo2("96 %", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        # Oxygen, in the Observation itself
        pytest.param(chart(spo2("96 %", part(FLOW, "2 L/min"))), "not-met", id="on 2 L/min"),
        pytest.param(chart(spo2("96 %", part(FLOW, "0.5 L/min"))), "not-met", id="on half a litre"),
        pytest.param(chart(spo2("96 %", part(FLOW, "0 L/min"))), "met", id="on no oxygen"),
        pytest.param(chart(spo2("96 %", part(FIO2, "21 %"))), "met", id="on room air"),
        pytest.param(chart(spo2("96 %", part(FIO2, "21.1 %"))), "not-met", id="on 21.1 %"),
        pytest.param(chart(spo2("96 %", part(FIO2, "40 %"))), "not-met", id="on 40 %"),
        pytest.param(chart(spo2("96 %", part(FIO2, "0.21 1"))), "met", id="room air as a fraction"),
        pytest.param(chart(spo2("96 %", part(FIO2, "0.4 1"))), "not-met", id="0.4 as a fraction"),
        pytest.param(
            chart(spo2("96 %", part(FIO2, "0.2 1"))),
            "unknown:unreadable",
            id="a fraction below room air",
        ),
        pytest.param(
            chart(spo2("96 %", part(FIO2, "0.4 %"))),
            "unknown:unreadable",
            id="a fraction called percent: a unit error",
        ),
        pytest.param(
            chart(spo2("96 %", part(VENTILATOR, "30 %"))), "not-met", id="a ventilator's setting"
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "2"))), "unknown:unit-unknown", id="a flow without unit"
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, None))),
            "unknown:unreadable",
            id="oxygen given, and not told how much",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "<2 L/min"))),
            "unknown:unreadable",
            id="less than 2 L/min: perhaps none",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "2 L/min"), part(FIO2, None))),
            "not-met",
            id="one of both can be read, and tells",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "0 L/min"), part(FIO2, None))),
            "unknown:unreadable",
            id="no flow, and a concentration that cannot be read",
        ),
        pytest.param(chart(spo2("85 %", part(FLOW, "4 L/min"))), "not-met", id="85 % on oxygen"),
        pytest.param(
            chart(spo2("85 %", part(FLOW, None))), "not-met", id="85 %, oxygen not readable"
        ),
        # Oxygen, in an Observation of its own
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min")), "not-met", id="recorded at the same time"
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", "07:00:00-05:00")),
            "not-met",
            id="earlier that day, and nothing since",
        ),
        pytest.param(
            chart(
                spo2("96 %"),
                oxygen(FLOW, "2 L/min", "06:00:00-05:00"),
                oxygen(FLOW, "0 L/min", "08:00:00-05:00"),
            ),
            "met",
            id="earlier that day, and stopped before",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", "22:00:00-05:00")),
            "not-met",
            id="later: needed since",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "2 L/min")), oxygen(FLOW, "0 L/min", "22:00:00-05:00")),
            "not-met",
            id="with it, though none later",
        ),
        pytest.param(
            chart(
                spo2("96 %", part(FLOW, "2 L/min"), issued=ago(1, "15:00:00Z")),
                oxygen(FLOW, "0 L/min", issued=ago(1, "16:00:00Z")),
            ),
            "not-met",
            id="its own component counts, whatever is issued later",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", days_ago=2)), "met", id="the day before"
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", days_ago=None)),
            "unknown:unreadable",
            id="without a date",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", status="preliminary")),
            "unknown:not-final",
            id="not final",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="had to be skipped",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", status="entered-in-error")),
            "met",
            id="oxygen entered in error",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", subject=SOMEBODY_ELSE)),
            "met",
            id="another patient's oxygen",
        ),
        pytest.param(
            chart(spo2("96 %", days_ago=8), oxygen(FLOW, "2 L/min")),
            "unknown:stale",
            id="a saturation too old, oxygen now",
        ),
        # PaO2, where there is no saturation
        pytest.param(chart(pao2("60 mm[Hg]")), "met", id="PaO2 60: on the limit"),
        pytest.param(chart(pao2("59.9 mm[Hg]")), "not-met", id="PaO2 just below"),
        pytest.param(chart(pao2("8 kPa")), "met", id="PaO2 8 kPa: 60.005 mmHg"),
        pytest.param(chart(pao2("7.9 kPa")), "not-met", id="PaO2 7.9 kPa"),
        pytest.param(chart(pao2("80 mm[Hg]", days_ago=7)), "met", id="PaO2, last day"),
        pytest.param(chart(pao2("80 mm[Hg]", days_ago=8)), "unknown:stale", id="PaO2 too old"),
        pytest.param(chart(pao2("80")), "unknown:unit-unknown", id="PaO2 without unit"),
        pytest.param(
            chart(lab(PO2_UNTOLD, "80 mm[Hg]")),
            "unknown:unclassified",
            id="oxygen pressure that may be venous",
        ),
        pytest.param(
            chart(pao2("80 mm[Hg]"), oxygen(FLOW, "2 L/min")), "not-met", id="PaO2 80 on oxygen"
        ),
        pytest.param(
            chart(spo2("96 %", days_ago=8), pao2("80 mm[Hg]")),
            "unknown:stale",
            id="PaO2 never stands in for a saturation that is too old",
        ),
        pytest.param(
            chart(spo2("96"), pao2("80 mm[Hg]")),
            "unknown:unit-unknown",
            id="nor for one that cannot be read",
        ),
        pytest.param(
            chart(spo2("96 %"), pao2("55 mm[Hg]")), "met", id="the saturation decides (remark)"
        ),
        pytest.param(
            chart(spo2("88 %"), pao2("80 mm[Hg]")), "not-met", id="the saturation decides, low"
        ),
        # Nothing there, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(chart(oxygen(FLOW, "2 L/min")), "unknown:absent", id="oxygen, not measured"),
        pytest.param(
            chart(oxygen(FLOW, "2 L/min", days_ago=8)),
            "unknown:absent",
            id="oxygen a while ago, not measured",
        ),
        pytest.param(
            withheld(spo2("96 %"), missing=["vitals"]), "unknown:not-shared", id="vitals withheld"
        ),
        pytest.param(
            withheld(pao2("80 mm[Hg]"), refused=["vitals"]),
            "unknown:not-shared",
            id="PaO2 does not help where vitals were refused",
        ),
        pytest.param(withheld(spo2("96 %"), refused=["labs"]), "met", id="labs are not needed"),
        pytest.param(
            withheld(hypertension(), refused=["labs"]),
            "unknown:not-shared",
            id="no saturation, and labs refused",
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_resting_oxygen(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


UK = "the UK text has PaO2 below 60 mmHg as a contraindication"


@pytest.mark.parametrize(
    ("document", "outcome", "remark"),
    [
        pytest.param(chart(pao2("55 mm[Hg]")), "not-met", UK, id="PaO2 decides"),
        pytest.param(
            chart(spo2("96 %"), pao2("55 mm[Hg]")),
            "met",
            f"no oxygen recorded at that time; {UK}",
            id="beside a saturation that decides",
        ),
        pytest.param(
            chart(spo2("96 %", days_ago=8), pao2("55 mm[Hg]")),
            "unknown",
            UK,
            id="beside a saturation that is too old",
        ),
        pytest.param(
            withheld(pao2("55 mm[Hg]"), missing=["vitals"]),
            "unknown",
            UK,
            id="beside vital signs that were not shared",
        ),
        pytest.param(
            chart(spo2("96 %"), oxygen(FLOW, "2 L/min", days_ago=2)),
            "met",
            "no oxygen recorded at that time",
            id="oxygen on the day before",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "2 L/min"))),
            "not-met",
            "oxygen was given at that time",
            id="on oxygen",
        ),
        pytest.param(
            chart(oxygen(FLOW, "2 L/min")),
            "unknown",
            "oxygen was given",
            id="oxygen, no saturation",
        ),
        pytest.param(
            chart(oxygen(FLOW, "2 L/min", days_ago=8)), "unknown", None, id="oxygen a while ago"
        ),
        pytest.param(
            chart(spo2("96 %", days_ago=-1), oxygen(FLOW, "2 L/min")),
            "unknown",
            "An entry has no date that can be used; oxygen was given",
            id="oxygen, and a saturation of tomorrow",
        ),
        pytest.param(
            chart(spo2("85 %", part(FLOW, "2 L/min"))),
            "not-met",
            "oxygen was given",
            id="85 on 2 L",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "2"))),
            "unknown",
            "whether oxygen was given cannot be told",
            id="a flow without unit",
        ),
        pytest.param(
            chart(spo2("96 %", part(FLOW, "0 L/min"))), "met", None, id="no oxygen, and it is said"
        ),
    ],
)
def test_what_is_said_beside_it(document: bytes, outcome: str, remark: str | None) -> None:
    found = finding(document, ROW)
    assert found["outcome"] == outcome
    assert found.get("remark") == remark


def test_oxygen_and_a_low_pao2_are_shown() -> None:
    taken = oxygen(FLOW, "2 L/min")
    evidence = finding(chart(spo2("96 %", days_ago=8), taken, pao2("55 mm[Hg]")), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == ["96", "2", "55"]


def test_on_the_first_day_of_the_calendar_there_is_no_day_before() -> None:
    document = chart(spo2("96 %", part(FLOW, "2 L/min")))
    assert_verdict(document, ROW, "unknown:unreadable", as_of="0001-01-01")


def test_what_would_settle_it_is_measured_at_the_bedside() -> None:
    for document in (chart(hypertension()), chart(spo2("96 %", days_ago=8))):
        case = Case(read_document(document), date.fromisoformat(TODAY))
        assert RESTING_OXYGEN.assess(case).outcome is Outcome.UNKNOWN
        assert RESTING_OXYGEN.work_up is work_ups.OXYGEN_SATURATION


def test_the_limit_is_proposed_and_a_caution() -> None:
    found = finding(chart(spo2("96 %")), ROW)
    assert found["proposed"]
    assert found["weight"] == "caution"
