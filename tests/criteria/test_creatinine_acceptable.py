"""Creatinine low enough? Criteria.md, section F: <= 1.5 mg/dL within 7 days (P)."""

from typing import Any

import pytest

from tests.build import (
    CLEARANCE,
    CREATININE,
    CREATININE_MOLES,
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
    lab,
    observation,
    withheld,
)

ROW = "creatinine-acceptable"

URINE = Code(LOINC, "2161-8", "Creatinine [Mass/volume] in Urine")
MASS_OR_MOLES = Code(LOINC, "35203-9", "Creatinine [Mass or Moles/volume] in Serum or Plasma")
WHOLE_BLOOD = Code(LOINC, "38483-4", "Creatinine [Mass/volume] in Blood")
PANEL = Code(LOINC, "24320-4", "Basic metabolic 1998 panel - Serum or Plasma")

MEMBER = lab(CREATININE, "1.0 mg/dL")


def creatinine(value: str, *, days_ago: int | None = 1, **fields: Any) -> Resource:
    code = CREATININE_MOLES if "mol" in value else CREATININE
    return lab(code, value, days_ago=days_ago, **fields)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # The limit, in two systems of units
        pytest.param(chart(creatinine("0.9 mg/dL")), "met", id="0.9"),
        pytest.param(chart(creatinine("1.5 mg/dL")), "met", id="on the limit"),
        pytest.param(chart(creatinine("1.51 mg/dL")), "not-met", id="just over"),
        pytest.param(chart(creatinine("2.0 mg/dL")), "not-met", id="2.0"),
        pytest.param(chart(creatinine("2.1 mg/dL")), "not-met", id="above every trial"),
        pytest.param(chart(creatinine("132.6 umol/L")), "met", id="on the limit, SI"),
        pytest.param(chart(creatinine("132.7 umol/L")), "not-met", id="just over, SI"),
        pytest.param(chart(creatinine("0.1326 mmol/L")), "met", id="on the limit, mmol/L"),
        pytest.param(chart(creatinine("15 mg/L")), "met", id="on the limit, mg/L"),
        # Units
        pytest.param(chart(creatinine("1.5 mg/dL", ucum=False)), "met", id="the unit as text"),
        pytest.param(chart(creatinine("1.5 MG/DL", ucum=False)), "met", id="in capitals"),
        pytest.param(
            chart(creatinine("133 \N{MICRO SIGN}mol/L", ucum=False)), "not-met", id="micro sign"
        ),
        pytest.param(
            chart(creatinine("132 \N{GREEK SMALL LETTER MU}mol/L", ucum=False)),
            "met",
            id="Greek mu",
        ),
        pytest.param(chart(creatinine("1.0")), "unknown:unit-unknown", id="no unit"),
        pytest.param(
            chart(creatinine("1.0 mg/kg")), "unknown:unit-unknown", id="a unit of something else"
        ),
        pytest.param(
            chart(creatinine("1.0 mgs", ucum=False)), "unknown:unit-unknown", id="a text we lack"
        ),
        # Plausible
        pytest.param(chart(creatinine("0.1 mg/dL")), "met", id="the lowest plausible"),
        pytest.param(chart(creatinine("0.09 mg/dL")), "unknown:unreadable", id="too low"),
        pytest.param(chart(creatinine("40 mg/dL")), "not-met", id="the highest plausible"),
        pytest.param(
            chart(creatinine("88 mg/dL")), "unknown:unreadable", id="umol/L under the name of mg/dL"
        ),
        # Comparators
        pytest.param(chart(creatinine("<0.2 mg/dL")), "met", id="below 0.2"),
        pytest.param(chart(creatinine(">2.0 mg/dL")), "not-met", id="above 2.0"),
        pytest.param(chart(creatinine(">1.0 mg/dL")), "unknown", id="above 1.0: either side"),
        pytest.param(chart(creatinine("<2.0 mg/dL")), "unknown", id="below 2.0: either side"),
        pytest.param(chart(creatinine("<=1.5 mg/dL")), "met", id="at most the limit"),
        pytest.param(chart(creatinine(">1.5 mg/dL")), "not-met", id="above the limit"),
        pytest.param(chart(creatinine(">=1.5 mg/dL")), "unknown", id="the limit or above"),
        # Window and date
        pytest.param(chart(creatinine("1.0 mg/dL", days_ago=7)), "met", id="last day"),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=8)), "unknown:stale", id="a day too old"
        ),
        pytest.param(
            chart(creatinine("3.0 mg/dL", days_ago=8)), "unknown:stale", id="high, a day too old"
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", at=ago(7, "00:05:00-05:00"))),
            "met",
            id="last day, counted in days and not in hours",
        ),
        pytest.param(chart(creatinine("1.0 mg/dL", days_ago=0)), "met", id="today"),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=-1)), "unknown:unreadable", id="tomorrow"
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=None)), "unknown:unreadable", id="no date"
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=None, issued=ago(2, "12:00:00Z"))),
            "met",
            id="only a date of issue",
        ),
        # The newest decides
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=5), creatinine("1.8 mg/dL")),
            "not-met",
            id="1.0, then 1.8",
        ),
        pytest.param(
            chart(creatinine("1.8 mg/dL", days_ago=5), creatinine("1.0 mg/dL")),
            "met",
            id="1.8, then 1.0",
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", days_ago=5), creatinine("1.0")),
            "unknown:unit-unknown",
            id="an older good one never stands in",
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL"), creatinine("1.8 mg/dL")),
            "unknown:conflicting",
            id="1.0 and 1.8 at one moment",
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL"), creatinine("1.2 mg/dL")), "met", id="both good"
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL"), creatinine("88.4 umol/L")), "met", id="one in each unit"
        ),
        pytest.param(
            chart(creatinine("1.8 mg/dL"), creatinine("1.8 mg/dL")), "not-met", id="the same twice"
        ),
        # Status
        pytest.param(chart(creatinine("1.0 mg/dL", status="corrected")), "met", id="corrected"),
        pytest.param(
            chart(creatinine("1.0 mg/dL", status="preliminary")),
            "unknown:not-final",
            id="preliminary",
        ),
        pytest.param(
            chart(
                creatinine("1.0 mg/dL", days_ago=3),
                creatinine("1.8 mg/dL", status="preliminary"),
            ),
            "unknown:not-final",
            id="the newest is preliminary",
        ),
        pytest.param(
            chart(
                creatinine("1.0 mg/dL", days_ago=3),
                creatinine("9.8 mg/dL", status="entered-in-error"),
            ),
            "met",
            id="a newer one was an error",
        ),
        # Code
        pytest.param(chart(lab(WHOLE_BLOOD, "1.0 mg/dL")), "met", id="whole blood"),
        pytest.param(chart(lab(LOCAL, "1.0 mg/dL", CREATININE)), "met", id="the site's code first"),
        pytest.param(chart(lab(URINE, "90 mg/dL")), "unknown:absent", id="urine"),
        pytest.param(
            chart(lab(CREATININE, "1.0 mg/dL", URINE)),
            "unknown:conflicting",
            id="serum and urine in one entry",
        ),
        pytest.param(
            chart(lab(MASS_OR_MOLES, "1.0 mg/dL")),
            "unknown:unclassified",
            id="a code that only asks",
        ),
        pytest.param(chart(lab(LOCAL, "1.0 mg/dL")), "unknown:absent", id="the site's code alone"),
        pytest.param(
            chart(
                MEMBER, observation(PANEL, hasMember=[{"reference": f"Observation/{MEMBER['id']}"}])
            ),
            "met",
            id="the member of a panel",
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", interpretation=[concept(text="High")])),
            "met",
            id="'high' never stands for a number",
        ),
        # No value, not ours, not there
        pytest.param(
            chart(observation(CREATININE, dataAbsentReason=concept(text="hemolyzed"))),
            "unknown:unreadable",
            id="value said to be absent",
        ),
        pytest.param(chart(observation(CREATININE)), "unknown:unreadable", id="no value"),
        pytest.param(
            chart(observation(CREATININE, valueString="1.0 mg/dL")), "unknown", id="a string"
        ),
        pytest.param(
            chart(creatinine("1.0 mg/dL", subject=SOMEBODY_ELSE)),
            "unknown:absent",
            id="another patient's",
        ),
        pytest.param(chart(hypertension()), "unknown:absent", id="never measured"),
        pytest.param(
            withheld(hypertension(), missing=["labs"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=["labs"]), "unknown:not-shared", id="refused"
        ),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
    ],
)
def test_creatinine_acceptable(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("value", "also"),
    [
        pytest.param("1.51 mg/dL", (), id="just over: trials went up to 2.0"),
        pytest.param("2.0 mg/dL", (), id="2.0"),
        pytest.param("1.8 mg/dL", (lab(CLEARANCE, "60 mL/min"),), id="with a clearance of 60"),
    ],
)
def test_up_to_2_has_a_remark(value: str, also: tuple[Resource, ...]) -> None:
    found = finding(chart(creatinine(value), *also), ROW)
    assert found["outcome"] == "not-met"
    assert found.get("remark")


def test_an_old_value_is_shown_with_its_date() -> None:
    evidence = finding(chart(creatinine("1.0 mg/dL", days_ago=8)), ROW)["evidence"]
    assert isinstance(evidence, list)
    (only,) = evidence
    assert float(only["value"]) == 1.0
    assert only["date"][:10] == ago(8)


# The zone of an instant rules; a bare day takes the day as it is written.
EARLY_IN_EUROPE = chart(creatinine("1.0 mg/dL", at="2026-11-17T01:00:00+02:00"))
LATER_TODAY = chart(creatinine("1.0 mg/dL", at="2026-11-24T10:00:00-05:00"))


@pytest.mark.parametrize(
    ("document", "as_of", "expected"),
    [
        pytest.param(EARLY_IN_EUROPE, "2026-11-24", "met", id="a day: as written, 7 days"),
        pytest.param(
            EARLY_IN_EUROPE,
            "2026-11-24T12:00:00-05:00",
            "unknown:stale",
            id="an instant in New York: the 16th there, 8 days",
        ),
        pytest.param(
            EARLY_IN_EUROPE, "2026-11-24T12:00:00+02:00", "met", id="an instant in Europe: 7 days"
        ),
        pytest.param(LATER_TODAY, "2026-11-24", "met", id="a day: the same day is not future"),
        pytest.param(
            LATER_TODAY,
            "2026-11-24T09:00:00-05:00",
            "unknown:unreadable",
            id="an instant an hour before",
        ),
    ],
)
def test_which_day_it_is(document: bytes, as_of: str, expected: str) -> None:
    assert_verdict(document, ROW, expected, as_of=as_of)
