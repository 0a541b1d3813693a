"""
The general reading rules of fhir-notes.md that only show in a judgement, by number.

The platelets of a chart in which nothing else speaks against stand for any measured value.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.build import (
    BRAIN_METASTASIS,
    LOINC,
    NEGATIVE,
    NO_KNOWN_ALLERGY,
    PLATELETS,
    SNOMED,
    Code,
    Resource,
    allergy,
    chart,
    concept,
    condition,
    evaluate,
    finding,
    lab,
    nothing_against,
    observation,
    quantity,
    verdict,
)

POSITIVE = Code(SNOMED, "10828004", "Positive (qualifier value)")
HIV_TEST = Code(LOINC, "56888-1", "HIV 1+2 Ab")
HIV = Code("http://hl7.org/fhir/sid/icd-10-cm", "B20", "HIV disease")
PRESSURE = Code(LOINC, "85354-9", "Blood pressure panel")
SYSTOLIC = Code(LOINC, "8480-6", "Systolic blood pressure")
MORNING = "2026-11-23T08:00:00Z"
GOOD, BAD = "230 10*3/uL", "20 10*3/uL"


def _platelets(*results: Resource) -> str:
    return verdict(chart(*nothing_against(platelets=results)), "platelets")


def _written(value: str, unit: str | None = None, **fields: object) -> Resource:
    return lab(PLATELETS, GOOD, valueQuantity={"value": float(value), "unit": unit} | fields)


# Rule 3: dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23", "met"),
        ("2026-11-23T08:00:00+14:00", "met"),
        ("2026-11-23T08:00:00", "met"),
        ("2026-11-23T08:00", "met"),
        pytest.param("2026-11", "unknown:stale", id="a month counts by its first day"),
        ("2026", "unknown:stale"),
        pytest.param("2026-12-24", "unknown:unreadable", id="in the future"),
        pytest.param("2027", "unknown:unreadable", id="a year in the future"),
        pytest.param("24.11.2026", "unknown:unreadable", id="no FHIR date"),
        pytest.param(None, "unknown:unreadable", id="no date"),
    ],
)
def test_rule_3_only_a_date_that_is_surely_in_the_window_counts(
    at: str | None, expected: str
) -> None:
    assert _platelets(lab(PLATELETS, GOOD, days_ago=None, at=at)) == expected


# Rule 4: the latest -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (lab(PLATELETS, BAD), "not-met"),
        (_written("230", "wonders"), "unknown:unit-unknown"),
        (observation(PLATELETS, category="laboratory", valueString="230"), "unknown:unreadable"),
        (lab(PLATELETS, BAD, status="preliminary"), "unknown:not-final"),
        (lab(PLATELETS, BAD, status="cancelled"), "met"),
        (lab(PLATELETS, BAD, status="entered-in-error"), "met"),
    ],
)
def test_rule_4_an_older_good_value_never_stands_in_for_a_newer_one(
    newer: Resource, expected: str
) -> None:
    older = lab(PLATELETS, GOOD, days_ago=4)
    assert _platelets(older, newer) == expected
    assert _platelets(newer, older) == expected


def test_rule_4_two_that_differ_at_the_same_time_conflict_and_both_are_shown() -> None:
    results = (lab(PLATELETS, GOOD, at=MORNING), lab(PLATELETS, BAD, at=MORNING))
    judged = evaluate(chart(*nothing_against(platelets=results)))
    assert verdict(judged, "platelets") == "unknown:conflicting"
    evidence = finding(judged, "platelets")["evidence"]
    assert isinstance(evidence, list)
    assert {one["value"] for one in evidence} == {"20", "230"}


def test_rule_4_between_two_of_one_time_the_one_issued_later_counts() -> None:
    first = lab(PLATELETS, BAD, at=MORNING, issued="2026-11-23T09:00:00Z")
    then = lab(PLATELETS, GOOD, at=MORNING, issued="2026-11-23T10:00:00Z", status="corrected")
    assert _platelets(first, then) == _platelets(then, first) == "met"


# Rule 5: codings ----------------------------------------------------------------------------------


def _hiv(*answers: Code, days_ago: int = 1) -> Resource:
    value = concept(*answers)
    return observation(
        HIV_TEST, category="laboratory", days_ago=days_ago, valueCodeableConcept=value
    )


@pytest.mark.parametrize("codes", [(POSITIVE, NEGATIVE), (NEGATIVE, POSITIVE)])
def test_rule_5_opposing_codings_conflict_in_any_order(codes: tuple[Code, ...]) -> None:
    document = chart(*nothing_against(hiv=_hiv(*codes)))
    assert verdict(document, "hiv-negative") == "unknown:conflicting"


# Rule 7: units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        pytest.param(lab(PLATELETS, "230 10*9/L"), "met", id="UCUM, SI"),
        pytest.param(_written("230", "K/uL"), "met", id="a text of the table"),
        pytest.param(_written("230", "G/L"), "met", id="another"),
        pytest.param(_written("230"), "unknown:unit-unknown", id="no unit"),
        pytest.param(_written("230", "k per ul"), "unknown:unit-unknown", id="an unknown text"),
        pytest.param(_written("230000"), "unknown:unit-unknown", id="never from its magnitude"),
    ],
)
def test_rule_7_a_unit_is_known_or_the_value_is_not(result: Resource, expected: str) -> None:
    assert _platelets(result) == expected


# Rule 8: what is no plain value -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"valueQuantity": quantity(GOOD) | {"comparator": ">"}}, "met"),
        ({"valueQuantity": quantity(GOOD) | {"comparator": "<"}}, "unknown:unreadable"),
        ({"valueQuantity": quantity(BAD) | {"comparator": "<"}}, "not-met"),
        ({"valueQuantity": quantity(BAD) | {"comparator": ">"}}, "unknown:unreadable"),
        ({"valueString": "230"}, "unknown:unreadable"),
        ({"dataAbsentReason": concept(text="masked")}, "unknown:unreadable"),
        (
            {"valueQuantity": quantity(GOOD), "dataAbsentReason": concept(text="error")},
            "unknown:unreadable",
        ),
    ],
)
def test_rule_8_a_value_counts_if_all_of_it_lies_on_one_side(
    fields: Resource, expected: str
) -> None:
    assert _platelets(observation(PLATELETS, category="laboratory", **fields)) == expected


# Rule 9: members ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_shared", "expected"), [(True, "met"), (False, "unknown:unreadable")])
def test_rule_9_a_member_is_read_and_one_that_did_not_come_is_unknown(
    is_shared: bool, expected: str
) -> None:
    panel = observation(
        PRESSURE, category="vital-signs", hasMember=[{"reference": "Observation/systolic"}]
    )
    member = observation(
        SYSTOLIC,
        category="vital-signs",
        id="systolic",
        valueQuantity=quantity("124 mm[Hg]"),
    )
    document = chart(*nothing_against(pressure=[panel, member] if is_shared else [panel]))
    assert verdict(document, "systolic-bp") == expected


# Rule 11: duplicates ------------------------------------------------------------------------------


def test_rule_11_the_same_code_time_and_value_under_two_ids_is_no_conflict() -> None:
    assert _platelets(*(lab(PLATELETS, GOOD, at=MORNING) for _ in range(2))) == "met"


# Rule 12: contradictions --------------------------------------------------------------------------


def test_rule_12_two_tests_that_contradict_each_other_are_unknown() -> None:
    document = chart(*nothing_against(hiv=[_hiv(POSITIVE), _hiv(NEGATIVE)]))
    assert verdict(document, "hiv-negative") == "unknown:conflicting"


def test_rule_12_a_positive_finding_is_never_hidden_by_a_negative_one() -> None:
    negative = _hiv(NEGATIVE)
    document = chart(*nothing_against(hiv=[negative]), condition(HIV, days_ago=400))
    assert verdict(document, "hiv-negative") != "met"


def test_rule_12_a_lesion_on_the_problem_list_is_not_hidden_by_a_clear_scan() -> None:
    without, lesion = nothing_against(), condition(BRAIN_METASTASIS, days_ago=100)
    assert verdict(chart(*without), "brain-mets-treated") == "not-applicable"
    assert verdict(chart(*without, lesion), "brain-mets-treated") == "not-met"


# Rule 14: none recorded ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allergies", "expected"),
    [
        pytest.param(None, "unknown:absent", id="nobody may have asked"),
        pytest.param(allergy(NO_KNOWN_ALLERGY), "met", id="a coded none"),
        pytest.param(allergy(text="strawberries"), "met", id="an entry of something else"),
    ],
)
def test_rule_14_none_recorded_needs_an_entry_or_a_coded_none(
    allergies: Resource | None, expected: str
) -> None:
    document = chart(*nothing_against(allergy=allergies))
    assert verdict(document, "hypersensitivity-absent") == expected


# All of them --------------------------------------------------------------------------------------


def test_every_rule_has_a_test_that_bears_its_number() -> None:
    names = [
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    tested = {
        int(number)
        for name in names
        if (found := re.match(r"test_rules?_(\d+)(?:_and_(\d+))?_", name))
        for number in found.groups()
        if number
    }
    assert tested == set(range(1, 20))
