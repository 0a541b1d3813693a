"""No unexplained fever? Criteria.md, section H: <= 100.5 F, the highest within 3 days (P)."""

from typing import Any

import pytest

from tests.build import (
    LOCAL,
    LOINC,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    finding,
    hypertension,
    observation,
    prefetch_of,
    quantity,
    request,
    withheld,
)

ROW = "fever-explained"

BODY = Code(LOINC, "8310-5", "Body temperature")
ORAL = Code(LOINC, "8331-1", "Oral temperature")
AXILLARY = Code(LOINC, "8328-7", "Axillary temperature")
SKIN = Code(LOINC, "39106-0", "Temperature of Skin")


def temperature(
    value: str, *, code: Code = BODY, days_ago: int | None = 1, ucum: bool = True, **fields: Any
) -> Resource:
    more: Resource = {"valueQuantity": quantity(value, ucum=ucum)}
    return observation(code, days_ago=days_ago, category="vital-signs", **(more | fields))


GOOD = temperature("36.8 Cel")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit, in two scales
        pytest.param(chart(temperature("98.6 [degF]")), "met", id="98.6 F"),
        pytest.param(chart(temperature("100.5 [degF]")), "met", id="on the limit"),
        pytest.param(chart(temperature("100.6 [degF]")), "not-met", id="just over"),
        pytest.param(chart(temperature("38.05 Cel")), "met", id="38.05 C: 100.49 F"),
        pytest.param(chart(temperature("38.06 Cel")), "not-met", id="38.06 C: 100.508 F"),
        pytest.param(chart(temperature("38.0555 Cel")), "met", id="a hair below 38.0556"),
        pytest.param(chart(temperature("38.0556 Cel")), "not-met", id="a hair above 38.05555..."),
        pytest.param(chart(temperature("311.15 K")), "met", id="38.0 C, in kelvin"),
        pytest.param(chart(temperature("38.0 degC", ucum=False)), "met", id="the unit as text"),
        pytest.param(chart(temperature("101 F", ucum=False)), "not-met", id="F as text"),
        pytest.param(chart(temperature("37.9 Cel", code=ORAL)), "met", id="by mouth"),
        pytest.param(chart(temperature("38.5 Cel", code=AXILLARY)), "not-met", id="in the armpit"),
        # The highest in the window
        pytest.param(
            chart(temperature("39.0 Cel", days_ago=3), GOOD), "not-met", id="39.0, then 36.8"
        ),
        pytest.param(
            chart(temperature("36.8 Cel", days_ago=3), temperature("39.0 Cel")),
            "not-met",
            id="36.8, then 39.0",
        ),
        pytest.param(
            chart(temperature("39.0 Cel"), GOOD), "not-met", id="36.8 and 39.0 at one moment"
        ),
        pytest.param(
            chart(temperature("39.0 Cel", days_ago=4), GOOD), "met", id="39.0 before the window"
        ),
        pytest.param(chart(GOOD, temperature("37.9 Cel", days_ago=2)), "met", id="36.8 and 37.9"),
        # One of the window that is not known
        pytest.param(
            chart(GOOD, temperature("36.9 Cel", days_ago=2, status="preliminary")),
            "unknown:not-final",
            id="a preliminary one beside a good one",
        ),
        pytest.param(
            chart(GOOD, observation(BODY, days_ago=2, dataAbsentReason=concept(text="error"))),
            "unknown:unreadable",
            id="one without a value beside a good one",
        ),
        pytest.param(
            chart(GOOD, temperature("37.0", days_ago=2)),
            "unknown:unit-unknown",
            id="one without a unit beside a good one",
        ),
        pytest.param(
            chart(temperature("39.0 Cel"), temperature("37.0", days_ago=2)),
            "not-met",
            id="one without a unit beside a fever",
        ),
        pytest.param(
            chart(GOOD, temperature("37.0", days_ago=4)), "met", id="one without a unit, too old"
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", status="preliminary")),
            "unknown:not-final",
            id="a preliminary fever",
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", days_ago=2, status="entered-in-error")),
            "met",
            id="a fever that was an error",
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", subject=None)),
            "unknown:unclassified",
            id="a fever about nobody",
        ),
        pytest.param(
            chart(GOOD, observation(subject=None, code="temperature", days_ago=2)),
            "unknown:unreadable",
            id="an entry of which not even the code can be read",
        ),
        pytest.param(
            chart(GOOD, observation(subject=None, code="temperature", days_ago=4)),
            "met",
            id="the same, older than the window",
        ),
        # Dates
        pytest.param(chart(temperature("36.8 Cel", days_ago=3)), "met", id="last day"),
        pytest.param(
            chart(temperature("36.8 Cel", days_ago=4)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            chart(temperature("39.0 Cel", days_ago=4)), "unknown:stale", id="fever, a day too old"
        ),
        pytest.param(
            chart(temperature("36.8 Cel", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", days_ago=None)),
            "unknown:unreadable",
            id="a fever without a date",
        ),
        pytest.param(
            chart(GOOD, temperature("36.9 Cel", days_ago=None)),
            "met",
            id="one without a date that could not be the highest",
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", days_ago=-1)),
            "unknown:unreadable",
            id="a fever of tomorrow",
        ),
        pytest.param(
            chart(GOOD, temperature("39.0 Cel", days_ago=None, at="2026-11")),
            "unknown:unreadable",
            id="a fever of some day of this month",
        ),
        pytest.param(
            chart(temperature("36.8 Cel", days_ago=None, at="2026-11")),
            "unknown:unreadable",
            id="some day of this month",
        ),
        # Values
        pytest.param(chart(temperature("100.5 Cel")), "unknown:unreadable", id="F named C"),
        pytest.param(chart(temperature("37.0 mg")), "unknown:unit-unknown", id="milligrams"),
        pytest.param(chart(temperature(">39 Cel")), "not-met", id="above 39"),
        pytest.param(chart(temperature(">37 Cel")), "unknown:unreadable", id="above 37"),
        pytest.param(chart(temperature("<36 Cel")), "met", id="below 36"),
        pytest.param(
            chart(observation(BODY, valueString="afebrile", category="vital-signs")),
            "unknown:unreadable",
            id="in words",
        ),
        # Not there, withheld
        pytest.param(chart(temperature("39.0 Cel", code=SKIN)), "unknown:absent", id="of the skin"),
        pytest.param(
            chart(temperature("39.0 Cel", code=LOCAL)), "unknown:absent", id="the site's code"
        ),
        pytest.param(
            chart(temperature("39.0 Cel", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(withheld(hypertension(), GOOD), "met", id="every query came"),
        pytest.param(
            withheld(hypertension(), missing=["vitals"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["vitals"]), "unknown:not-shared", id="refused"
        ),
    ],
)
def test_fever_explained(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(GOOD, "unknown:not-shared", id="36.8 on the page that came"),
        pytest.param(temperature("39.0 Cel"), "not-met", id="39.0 on the page that came"),
    ],
)
def test_a_fever_on_one_of_several_pages_is_a_fever(found: Resource, expected: str) -> None:
    prefetch = prefetch_of(hypertension(), found)
    prefetch["vitals"]["link"] = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
    assert_verdict(request(prefetch), ROW, expected)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param(("38.5 Cel", "39.1 Cel", "36.8 Cel"), "39.1", id="of two fevers"),
        pytest.param(("36.4 Cel", "37.2 Cel", "36.8 Cel"), "37.2", id="of three without fever"),
        pytest.param(("98.6 [degF]", "37.2 Cel"), "37.2", id="in two scales"),
    ],
)
def test_the_highest_is_shown(values: tuple[str, ...], shown: str) -> None:
    taken = [temperature(value, days_ago=days) for days, value in enumerate(values)]
    evidence = finding(chart(*taken), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == [shown]


def test_an_old_value_is_shown_with_its_date() -> None:
    document = chart(temperature("36.8 Cel", days_ago=9), temperature("36.9 Cel", days_ago=5))
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["date"][:10] for one in evidence] == [ago(5)]


def test_the_limit_is_told_in_both_scales() -> None:
    found = finding(chart(GOOD), ROW)
    assert found["threshold"] == "<= 100.5 F (38.06 C)"
    assert found["weight"] == "caution"
