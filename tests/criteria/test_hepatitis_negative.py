"""
Hepatitis B and C negative? Criteria.md, section H: both, within 365 days (P).

What holds for every coded or worded result is in the table of hiv-negative.
"""

from typing import Any

import pytest

from tests.build import (
    ICD10CM,
    LOINC,
    NEGATIVE,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    observation,
    quantity,
    withheld,
)

ROW = "hepatitis-negative"

SURFACE_ANTIGEN = Code(LOINC, "5196-1", "Hepatitis B virus surface Ag [Presence]")
SURFACE_ANTIBODY = Code(LOINC, "22322-2", "Hepatitis B virus surface Ab [Presence] in Serum")
CORE_ANTIBODY = Code(LOINC, "13952-7", "Hepatitis B virus core Ab [Presence]")
B_DNA = Code(LOINC, "42595-9", "HBV DNA SerPl PCR-aCnc")
C_ANTIBODY = Code(LOINC, "13955-0", "Hepatitis C virus Ab [Presence]")
C_RATIO = Code(LOINC, "48159-8", "Hepatitis C virus Ab Signal/Cutoff")
C_RNA = Code(LOINC, "11259-9", "HCV RNA SerPl Ql PCR")
POSITIVE = Code(SNOMED, "10828004", "Positive (qualifier value)")

CHRONIC_B = Code(ICD10CM, "B18.1", "Chronic viral hepatitis B without delta-agent")
CHRONIC_C = Code(SNOMED, "128302006", "Chronic hepatitis C (disorder)")
ACUTE_B = Code(ICD10CM, "B16.9", "Acute hepatitis B without delta-agent")
HEPATITIS_A = Code(ICD10CM, "B15.9", "Hepatitis A without hepatic coma")


def result(code: Code, value: Code | str | None, **fields: Any) -> Resource:
    shown: Resource = {}
    if isinstance(value, str):
        shown = {"valueString": value}
    elif value is not None:
        shown = {"valueCodeableConcept": concept(value)}
    return observation(code, category="laboratory", **(shown | fields))


B, C = result(SURFACE_ANTIGEN, NEGATIVE), result(C_ANTIBODY, "Non-Reactive")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(chart(B, C), "met", id="both negative"),
        pytest.param(chart(B, result(C_RNA, NEGATIVE)), "met", id="C by its RNA"),
        pytest.param(
            chart(result(SURFACE_ANTIGEN, POSITIVE), C), "not-met", id="B positive, C negative"
        ),
        pytest.param(
            chart(B, result(C_ANTIBODY, "reactive")), "not-met", id="B negative, C reactive"
        ),
        # One missing
        pytest.param(chart(B), "unknown:absent", id="C missing"),
        pytest.param(chart(C), "unknown:absent", id="B missing"),
        pytest.param(
            chart(result(SURFACE_ANTIGEN, POSITIVE)), "not-met", id="B positive, C missing"
        ),
        pytest.param(
            chart(B, result(C_ANTIBODY, NEGATIVE, days_ago=366)), "unknown:stale", id="C too old"
        ),
        pytest.param(
            chart(result(C_ANTIBODY, NEGATIVE, days_ago=366)),
            "unknown:stale",
            id="B missing, C too old",
        ),
        pytest.param(
            chart(
                result(SURFACE_ANTIGEN, NEGATIVE, days_ago=365),
                result(C_ANTIBODY, NEGATIVE, days_ago=365),
            ),
            "met",
            id="both of the last day",
        ),
        pytest.param(
            chart(B, result(C_ANTIBODY, NEGATIVE, status="preliminary")),
            "unknown:not-final",
            id="C preliminary",
        ),
        pytest.param(
            chart(B, result(C_ANTIBODY, None)), "unknown:unreadable", id="C without a value"
        ),
        pytest.param(
            chart(B, C, result(C_ANTIBODY, POSITIVE)),
            "unknown:conflicting",
            id="C negative and positive at one moment",
        ),
        pytest.param(
            chart(B, result(C_ANTIBODY, NEGATIVE, subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="C is another patient's",
        ),
        # Antibodies
        pytest.param(
            chart(result(SURFACE_ANTIBODY, POSITIVE), C),
            "unknown:absent",
            id="antibody to the surface antigen: immune, says nothing here",
        ),
        pytest.param(
            chart(B, C, result(SURFACE_ANTIBODY, POSITIVE)), "met", id="the same beside the antigen"
        ),
        pytest.param(
            chart(result(CORE_ANTIBODY, POSITIVE), C),
            "unknown:unclassified",
            id="core antibody alone: past or present not told",
        ),
        pytest.param(
            chart(result(CORE_ANTIBODY, NEGATIVE), C),
            "unknown:unclassified",
            id="core antibody alone, negative: still not the antigen",
        ),
        pytest.param(
            chart(B, C, result(CORE_ANTIBODY, POSITIVE)),
            "unknown:unclassified",
            id="core antibody positive, of the same blood as the antigen",
        ),
        pytest.param(
            chart(B, C, result(CORE_ANTIBODY, NEGATIVE)),
            "met",
            id="core antibody negative, of the same blood: nothing to ask",
        ),
        pytest.param(
            chart(B, C, result(C_RATIO, None, valueQuantity=quantity("0.1 {s_co_ratio}"))),
            "unknown:unclassified",
            id="a signal ratio of the same blood: it has no limit here",
        ),
        pytest.param(
            chart(result(B_DNA, None, valueQuantity=quantity("<10 [IU]/mL")), C),
            "unknown:unclassified",
            id="a viral load has no limit here",
        ),
        # Conditions
        pytest.param(chart(condition(CHRONIC_B), B, C), "not-met", id="chronic hepatitis B"),
        pytest.param(chart(condition(CHRONIC_C), B, C), "not-met", id="chronic hepatitis C"),
        pytest.param(
            chart(condition(ACUTE_B), B, C),
            "unknown:unclassified",
            id="acute hepatitis B: may be over",
        ),
        pytest.param(
            chart(condition(CHRONIC_C, clinical="resolved"), B, C),
            "met",
            id="hepatitis C resolved: the tests decide",
        ),
        pytest.param(chart(condition(HEPATITIS_A), B, C), "met", id="hepatitis A"),
        pytest.param(
            chart(condition(text="Hepatitis C, treated"), B, C),
            "unknown:unclassified",
            id="hepatitis C in words",
        ),
        # Not there, withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="never tested"),
        pytest.param(withheld(hypertension(), B, C), "met", id="every query came"),
        *(
            pytest.param(
                withheld(hypertension(), B, C, refused=[key]),
                "unknown:not-shared",
                id=f"{key} refused",
            )
            for key in ("labs", "encounterDx")
        ),
        pytest.param(
            withheld(condition(CHRONIC_B), missing=["labs", "encounterDx"]),
            "not-met",
            id="a condition found in what came",
        ),
    ],
)
def test_hepatitis_negative(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("resources", "remark"),
    [
        pytest.param((B,), "Not found: hepatitis C antibody.", id="C"),
        pytest.param((C,), "Not found: hepatitis B surface antigen.", id="B"),
        pytest.param(
            (hypertension(),),
            "Not found: hepatitis B surface antigen, hepatitis C antibody.",
            id="both",
        ),
        pytest.param((B, result(C_ANTIBODY, NEGATIVE, days_ago=366)), None, id="too old"),
    ],
)
def test_what_is_missing_is_named(resources: tuple[Resource, ...], remark: str | None) -> None:
    assert finding(chart(*resources), ROW).get("remark") == remark


def test_it_is_a_caution() -> None:
    assert finding(chart(condition(CHRONIC_B)), ROW)["weight"] == "caution"
