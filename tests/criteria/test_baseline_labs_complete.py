"""Are the baseline tests all present? Criteria.md, section G: a final result each, 7 days (P)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import pytest

from cds_hooks.evaluate import read_document
from rules import work_ups
from rules.case import Case
from rules.criteria.baseline_labs import BASELINE_LABS_COMPLETE
from rules.model import WorkUp
from tests.build import (
    LOINC,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    lab,
    quantity,
    withheld,
)

ROW = "baseline-labs-complete"

TESTS: Final[Mapping[str, tuple[Code, str]]] = {
    "haemoglobin": (Code(LOINC, "718-7", "Hemoglobin"), "13.9 g/dL"),
    "white cells": (Code(LOINC, "6690-2", "Leukocytes"), "6.4 10*3/uL"),
    "platelets": (Code(LOINC, "777-3", "Platelets"), "230 10*3/uL"),
    "sodium": (Code(LOINC, "2951-2", "Sodium"), "140 mmol/L"),
    "potassium": (Code(LOINC, "2823-3", "Potassium"), "4.2 mmol/L"),
    "creatinine": (Code(LOINC, "2160-0", "Creatinine"), "0.9 mg/dL"),
    "bilirubin": (Code(LOINC, "1975-2", "Bilirubin.total"), "0.7 mg/dL"),
    "AST": (Code(LOINC, "1920-8", "AST"), "24 U/L"),
    "ALT": (Code(LOINC, "1742-6", "ALT"), "21 U/L"),
}
DIRECT_BILIRUBIN = Code(LOINC, "1968-7", "Bilirubin.direct")
URINE_CREATININE = Code(LOINC, "2161-8", "Creatinine in Urine")


def result(name: str, **fields: Any) -> Resource:
    code, value = TESTS[name]
    return lab(code, value, **fields)


def labs(*without: str, **changed: Resource | list[Resource]) -> list[Resource]:
    """A result of each test yesterday, less those named; a keyword replaces one."""
    found: list[Resource] = []
    for name in TESTS:
        if name in without:
            continue
        one = changed.get(name.replace(" ", "_"), result(name))
        found += one if isinstance(one, list) else [one]
    return found


BARE: Resource = {"valueQuantity": {"value": 4.2}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(*labs()), "met", id="all"),
        pytest.param(chart(*labs("ALT")), "met", id="AST without ALT"),
        pytest.param(chart(*labs("AST")), "met", id="ALT without AST"),
        pytest.param(chart(*labs(potassium=result("potassium", days_ago=7))), "met", id="last day"),
        # Values are the business of other rows
        pytest.param(
            chart(*labs(creatinine=lab(TESTS["creatinine"][0], "9.8 mg/dL"))),
            "met",
            id="a bad value",
        ),
        pytest.param(
            chart(*labs(sodium=[result("sodium"), lab(TESTS["sodium"][0], "128 mmol/L")])),
            "met",
            id="two results of one time",
        ),
        pytest.param(
            chart(*labs(bilirubin=lab(TESTS["bilirubin"][0], "<0.2 mg/dL"))),
            "met",
            id="below what can be measured",
        ),
        pytest.param(
            chart(*labs(haemoglobin=lab(TESTS["haemoglobin"][0], "139 g/L"))), "met", id="SI units"
        ),
        # Missing
        *(
            pytest.param(chart(*labs(name)), "unknown:absent", id=f"{name} missing")
            for name in TESTS
            if name not in ("AST", "ALT")
        ),
        pytest.param(chart(*labs("AST", "ALT")), "unknown:absent", id="neither AST nor ALT"),
        pytest.param(
            chart(*labs("bilirubin"), lab(DIRECT_BILIRUBIN, "0.1 mg/dL")),
            "unknown:absent",
            id="direct bilirubin alone",
        ),
        pytest.param(
            chart(*labs("creatinine"), lab(URINE_CREATININE, "90 mg/dL")),
            "unknown:absent",
            id="creatinine in urine",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", subject=SOMEBODY_ELSE))),
            "unknown:absent",
            id="another patient's potassium",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", status="cancelled"))),
            "unknown:absent",
            id="cancelled",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", status="entered-in-error"))),
            "unknown:absent",
            id="entered in error",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="no test at all"),
        # Old
        *(
            pytest.param(
                chart(*labs(**{name.replace(" ", "_"): result(name, days_ago=8)})),
                "met" if name in ("AST", "ALT") else "unknown:stale",
                id=f"{name} a day too old",
            )
            for name in TESTS
        ),
        pytest.param(
            chart(*labs("ALT", AST=result("AST", days_ago=8))),
            "unknown:stale",
            id="AST too old, ALT missing",
        ),
        pytest.param(
            chart(*labs("AST", ALT=result("ALT", days_ago=8))),
            "unknown:stale",
            id="ALT too old, AST missing",
        ),
        # A result that is none
        pytest.param(
            chart(*labs(sodium=result("sodium", status="preliminary"))),
            "unknown:not-final",
            id="not final",
        ),
        pytest.param(
            chart(*labs(sodium=result("sodium", status="registered", valueQuantity=None))),
            "unknown:not-final",
            id="ordered, not resulted",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", **BARE))),
            "unknown:unit-unknown",
            id="no unit",
        ),
        pytest.param(
            chart(*labs(haemoglobin=lab(TESTS["haemoglobin"][0], "8.6 mmol/L"))),
            "unknown:unit-unknown",
            id="haemoglobin in mmol/L without a range",
        ),
        pytest.param(
            chart(
                *labs(
                    haemoglobin=lab(
                        TESTS["haemoglobin"][0],
                        "8.6 mmol/L",
                        referenceRange=[{"high": quantity("10.9 mmol/L")}],
                    )
                )
            ),
            "met",
            id="haemoglobin in mmol/L with a range",
        ),
        pytest.param(
            chart(
                *labs(
                    potassium=result(
                        "potassium", valueQuantity=None, dataAbsentReason=concept(text="hemolyzed")
                    )
                )
            ),
            "unknown:unreadable",
            id="hemolysed",
        ),
        pytest.param(
            chart(*labs(potassium=lab(TESTS["potassium"][0], "42 mmol/L"))),
            "unknown:unreadable",
            id="not plausible",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", days_ago=None))),
            "unknown:unreadable",
            id="no date",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", days_ago=-1))),
            "unknown:unreadable",
            id="tomorrow",
        ),
        pytest.param(
            chart(*labs(creatinine=lab(TESTS["creatinine"][0], "0.9 mg/dL", URINE_CREATININE))),
            "unknown:conflicting",
            id="serum and urine in one entry",
        ),
        pytest.param(
            chart(*labs(potassium=result("potassium", modifierExtension=UNKNOWN_MODIFIER))),
            "unknown:unclassified",
            id="one that had to be skipped",
        ),
        pytest.param(
            chart(*labs(potassium=[result("potassium", days_ago=3), result("potassium", **BARE)])),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        # Several reasons: the first that fits
        pytest.param(
            chart(*labs("sodium", potassium=result("potassium", days_ago=8))),
            "unknown:absent",
            id="one missing, one too old",
        ),
        pytest.param(
            chart(
                *labs(
                    haemoglobin=result("haemoglobin", status="preliminary"),
                    potassium=result("potassium", days_ago=8),
                )
            ),
            "unknown:stale",
            id="one not final, one too old",
        ),
        # Withheld
        pytest.param(withheld(*labs()), "met", id="every query came"),
        pytest.param(withheld(*labs(), missing=["labs"]), "unknown:not-shared", id="withheld"),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_baseline_labs_complete(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("resources", "remark"),
    [
        pytest.param(labs("potassium"), "not found: potassium", id="one missing"),
        pytest.param(
            labs(
                "AST",
                "ALT",
                sodium=result("sodium", days_ago=9),
                potassium=result("potassium", **BARE),
            ),
            "not found: AST or ALT; too old: sodium; unit not known: potassium",
            id="three reasons",
        ),
        pytest.param(
            [],
            "not found: haemoglobin, white cells, platelets, sodium, potassium, creatinine, "
            "bilirubin, AST or ALT",
            id="all missing",
        ),
    ],
)
def test_what_is_open_is_listed(resources: list[Resource], remark: str) -> None:
    assert finding(chart(*resources), ROW)["remark"] == remark


def test_what_is_too_old_is_shown_with_its_value() -> None:
    evidence = finding(chart(*labs(sodium=result("sodium", days_ago=9))), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == ["140"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(labs("platelets", "haemoglobin"), [work_ups.BLOOD_COUNT], id="blood count"),
        pytest.param(labs("creatinine"), [work_ups.CREATININE], id="creatinine alone"),
        pytest.param(
            labs("bilirubin", "AST", "ALT"), [work_ups.LIVER_PANEL], id="both of the liver panel"
        ),
        pytest.param(
            labs("creatinine", "sodium", "bilirubin"),
            [work_ups.METABOLIC_PANEL],
            id="the metabolic panel brings creatinine and liver along",
        ),
        pytest.param([], [work_ups.BLOOD_COUNT, work_ups.METABOLIC_PANEL], id="all"),
        pytest.param(
            labs(potassium=result("potassium", days_ago=8)),
            [work_ups.METABOLIC_PANEL],
            id="too old",
        ),
        pytest.param(
            labs(potassium=result("potassium", status="preliminary")),
            [],
            id="not final: to wait for",
        ),
    ],
)
def test_the_orders_bring_what_is_missing(
    resources: list[Resource], expected: list[WorkUp]
) -> None:
    case = Case(read_document(chart(*resources)), date.fromisoformat(TODAY))
    assert list(BASELINE_LABS_COMPLETE.assess(case).to_do) == expected


def test_it_is_a_requirement() -> None:
    assert finding(chart(*labs()), ROW)["weight"] == "requirement"
