"""What a result allows, why an entry cannot be used, and how an entry is shown."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from rules import codes, units
from rules.case import Case
from rules.chart import (
    Answer,
    Chart,
    Coded,
    Entry,
    Kind,
    NoValue,
    Observation,
    Patient,
    Procedure,
    Query,
    Range,
    ReferenceRange,
    Report,
    Skipped,
    Status,
    Value,
    When,
)
from rules.codes import UCUM, Match, Verdict, coding
from rules.model import Evidence, Outcome, Why
from rules.select import Reading, Unknown, agree, pick, trouble_of
from rules.shown import coding_text, number_text, plain_display, shown
from rules.units import Analyte, Quantity, Span
from rules.values import decide, span_of, values_of

CREATININE, ECOG, LVEF = units.CREATININE, units.ECOG, units.LVEF
DAY = When("2026-11-20", date(2026, 11, 20), date(2026, 11, 20))


def _seen(value: Value, status: Status = Status.FINAL) -> Observation:
    return Observation(
        Kind.OBSERVATION,
        "Observation/1",
        codings=(coding(codes.LOINC, "2160-0", "Creatinine [Mass/volume] in Serum"),),
        when=DAY,
        status=status,
        value=value,
    )


def _q(number: str, unit: str | None = None, comparator: str | None = None) -> Quantity:
    return Quantity(Decimal(number), unit, UCUM if unit else None, unit, comparator)


def _exactly(number: str) -> Span:
    return Span(Fraction(number), Fraction(number))


@pytest.mark.parametrize(
    ("of", "value", "expected"),
    [
        pytest.param(CREATININE, _q("88.4", "umol/L"), _exactly("1"), id="quantity"),
        pytest.param(CREATININE, _q("1.0"), Why.UNIT_UNKNOWN, id="no unit"),
        pytest.param(CREATININE, _q("1.0", "kg"), Why.UNIT_UNKNOWN, id="another unit"),
        pytest.param(CREATININE, _q("99", "mg/dL"), Why.UNREADABLE, id="not plausible"),
        pytest.param(CREATININE, 1, Why.UNIT_UNKNOWN, id="integer where a unit is needed"),
        pytest.param(ECOG, 1, _exactly("1"), id="score as an integer"),
        pytest.param(ECOG, 7, Why.UNREADABLE, id="a score that there is not"),
        pytest.param(ECOG, _q("1", "{score}"), _exactly("1"), id="score with its unit"),
        pytest.param(ECOG, _q("1"), _exactly("1"), id="score as a bare quantity"),
        pytest.param(
            ECOG, _q("1", None, "<"), Span(None, Fraction(1), high_open=True), id="bare, comparator"
        ),
        pytest.param(ECOG, True, Why.UNREADABLE, id="a truth value is no number"),
        pytest.param(CREATININE, "1.0", Why.UNREADABLE, id="string"),
        pytest.param(CREATININE, Coded(()), Why.UNREADABLE, id="coded"),
        pytest.param(CREATININE, NoValue.ABSENT, Why.UNREADABLE, id="nothing"),
        pytest.param(CREATININE, NoValue.UNREADABLE, Why.UNREADABLE, id="not readable"),
        pytest.param(
            LVEF,
            Range(_q("50", "%"), _q("55", "%")),
            Span(Fraction(50), Fraction(55)),
            id="range",
        ),
        pytest.param(LVEF, Range(_q("0.5", "1"), None), Span(Fraction(50), None), id="open range"),
        pytest.param(LVEF, Range(None, None), Why.UNREADABLE, id="range of nothing"),
        pytest.param(LVEF, Range(_q("50"), _q("55", "%")), Why.UNIT_UNKNOWN, id="one bare end"),
        pytest.param(LVEF, Range(_q("50", "%"), _q("99", "%")), Why.UNREADABLE, id="odd end"),
    ],
)
def test_the_values_that_a_result_allows(of: Analyte, value: Value, expected: Span | Why) -> None:
    assert span_of(_seen(value), of) == expected


@pytest.mark.parametrize(
    ("highs", "expected"),
    [
        pytest.param(("10.5 mmol/L",), _exactly("11.2798"), id="monomer"),
        pytest.param(("2.7 mmol/L",), Why.UNREADABLE, id="tetramer: 45 g/dL, not plausible"),
        pytest.param(("11.0 mmol/L", "10.0 mmol/L"), _exactly("11.2798"), id="men and women"),
        pytest.param(("10.5 mmol/L", "2.7 mmol/L"), Why.UNIT_UNKNOWN, id="one of each"),
        pytest.param(("10.5 mmol/L", "17.5 g/dL"), Why.UNIT_UNKNOWN, id="in two units"),
        pytest.param((None,), Why.UNIT_UNKNOWN, id="a lower end alone"),
        pytest.param((None, "10.5 mmol/L"), _exactly("11.2798"), id="a lower end, and a whole one"),
        pytest.param((), Why.UNIT_UNKNOWN, id="no range"),
    ],
)
def test_the_laboratorys_range_tells_which_mmol_of_haemoglobin_it_is(
    highs: tuple[str | None, ...], expected: Span | Why
) -> None:
    ends = [high.split() if high else None for high in highs]
    ranges = tuple(ReferenceRange(high=_q(end[0], end[1]) if end else None) for end in ends)
    entry = replace(_seen(_q("7.0", "mmol/L")), ranges=ranges)
    assert span_of(entry, units.HAEMOGLOBIN) == expected


@pytest.mark.parametrize(
    ("entry", "match", "expected"),
    [
        pytest.param(_seen(_q("1", "mg/dL")), Match.DECIDES, _exactly("1"), id="a value"),
        pytest.param(_seen(_q("1")), Match.DECIDES, Why.UNIT_UNKNOWN, id="no unit"),
        pytest.param(_seen(_q("1", "mg/dL")), Match.ASKS, Why.UNCLASSIFIED, id="a code that asks"),
        pytest.param(
            Skipped(Kind.OBSERVATION, "Observation/2"),
            Match.DECIDES,
            Why.UNCLASSIFIED,
            id="skipped",
        ),
    ],
)
def test_the_values_of_what_fits_a_row(entry: Entry, match: Match, expected: Span | Why) -> None:
    assert values_of(entry, Verdict(match), CREATININE) == expected


def test_a_row_may_take_more_than_the_newest_entry() -> None:
    earlier = replace(_seen(1), when=When("2026-11-01", date(2026, 11, 1), date(2026, 11, 1)))
    later = _seen(2)
    case = Case(
        Chart(Patient("Patient/p1"), (earlier, later), {Query.LABS: Answer.CAME}),
        date(2026, 11, 24),
    )
    found = [(one, Verdict(Match.DECIDES)) for one in (earlier, later)]

    def picked(**how: Any) -> list[Entry]:
        entries = pick(case, Query.LABS, found, None, **how)
        assert not isinstance(entries, Unknown)
        return [entry for entry, _, _ in entries]

    assert picked() == [later]
    assert picked(top_of=lambda _, entries: tuple(e for e, _ in entries)) == [earlier, later]


def test_a_number_on_both_sides_is_not_readable_enough() -> None:
    assert decide(True) is Outcome.MET
    assert decide(False) is Outcome.NOT_MET
    assert decide(None) is Why.UNREADABLE


_SKIPPED = Skipped(Kind.OBSERVATION, "Observation/2", reason="x")
_REPORT = Report(Kind.REPORT, "DiagnosticReport/1", status=Status.UNUSABLE)


@pytest.mark.parametrize(
    ("entry", "match", "expected"),
    [
        (_seen(1), Match.DECIDES, None),
        (_seen(1), Match.CONFLICTING, Why.CONFLICTING),
        (_seen(1), Match.ASKS, Why.UNCLASSIFIED),
        (_seen(1), Match.IGNORED, Why.UNREADABLE),
        (_seen(1, Status.NOT_FINAL), Match.DECIDES, Why.NOT_FINAL),
        (_seen(1, Status.UNUSABLE), Match.DECIDES, Why.UNREADABLE),
        (_REPORT, Match.DECIDES, Why.UNREADABLE),
        (_SKIPPED, Match.DECIDES, Why.UNCLASSIFIED),
        (Procedure(Kind.PROCEDURE, "Procedure/1"), Match.DECIDES, None),
    ],
)
def test_why_an_entry_cannot_be_used(entry: Entry, match: Match, expected: Why | None) -> None:
    assert trouble_of(entry, Verdict(match)) is expected


def _reading(number: int) -> Reading:
    entry = _seen(number)
    return Reading(entry, DAY, Evidence(f"Observation/{number}", "x"))


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([Outcome.MET], Outcome.MET),
        ([Outcome.MET, Outcome.MET], Outcome.MET),
        ([Outcome.NOT_MET, Outcome.NOT_MET], Outcome.NOT_MET),
        ([Outcome.MET, Outcome.NOT_MET], Why.CONFLICTING),
        ([Outcome.MET, Why.UNIT_UNKNOWN], Why.UNIT_UNKNOWN),
        ([Why.UNREADABLE, Outcome.NOT_MET], Why.UNREADABLE),
    ],
)
def test_readings_of_one_time_agree_or_are_not_known(
    verdicts: list[Outcome | Why], expected: Outcome | Why
) -> None:
    readings = [_reading(number) for number in range(len(verdicts))]
    found = agree(readings, lambda reading: verdicts[readings.index(reading)])
    if isinstance(found, Unknown):
        assert found.why is expected
        assert len(found.evidence) == len(verdicts)
        assert found.finding().why is expected
    else:
        outcome, evidence = found
        assert outcome is expected
        assert len(evidence) == len(verdicts)


# How an entry is shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (_q("1.50", "mg/dL"), "1.50"),
        (_q("1E+3", "/uL"), "1000"),
        (_q("0.2", "mg/dL", "<"), "<0.2"),
    ],
)
def test_a_number_is_shown_as_it_was_written(quantity: Quantity, text: str) -> None:
    assert number_text(quantity) == text


@pytest.mark.parametrize(
    ("value", "shows", "unit"),
    [
        (_q("1.50", "mg/dL"), "1.50", "mg/dL"),
        (Range(_q("50", "%"), _q("55", "%")), "50-55", "%"),
        (Range(None, _q("55", "%")), "-55", "%"),
        (Range(None, None), "-", None),
        (True, "present", None),
        (False, "absent", None),
        (2, "2", None),
        ("ECOG 1", "ECOG 1", None),
        (NoValue.ABSENT, None, None),
        (Coded((coding(codes.LOINC, "LA9623-5"),)), "1", None),
        (Coded((coding(codes.SNOMED, "2667000"),)), "Absent", None),
        (Coded((coding("urn:x", "1", "local word"),)), "local word", None),
        (Coded((coding("urn:x", "1"),), "in words"), "in words", None),
    ],
)
def test_a_value_is_shown_in_words(value: Value, shows: str | None, unit: str | None) -> None:
    found = shown(_seen(value))
    assert (found.value, found.unit) == (shows, unit)
    assert found.when is DAY


def test_a_concept_is_called_as_the_tables_call_it() -> None:
    listed, local = coding(codes.SNOMED, "2032001", "Edema!"), coding("urn:x", "1", "Word")
    assert coding_text([local, listed]) == "Cerebral edema"
    assert coding_text([local]) == "Word"
    assert coding_text([], "text") == "text"
    assert coding_text([]) is None
    assert plain_display("Cerebral edema (disorder)") == "Cerebral edema"
    assert plain_display("Sodium (serum)") == "Sodium (serum)"


def test_an_entry_shows_the_coding_that_was_recognised() -> None:
    first, second = coding("urn:x", "77", "Local"), coding(codes.LOINC, "2160-0", "Creatinine")
    entry = Observation(Kind.OBSERVATION, "Observation/1", codings=(first, second), value=1)
    (row,) = (c for c in codes.listed(second) if c.value_set == "lab-creatinine")
    assert shown(entry, row).code == second.token
    assert shown(entry, row).label == "creatinine"
    assert shown(entry).code == first.token
    assert shown(Skipped(Kind.CONDITION, "Condition/1")).label == "Condition"
    assert Chart(Patient("Patient/p1"), (entry,)).resolve("Observation/1") is entry


@pytest.mark.parametrize("turned", [False, True])
def test_the_reason_does_not_depend_on_the_order_of_entries(turned: bool) -> None:
    no_unit, not_readable = _seen(_q("1.0")), _seen(NoValue.UNREADABLE)
    both = (not_readable, no_unit) if turned else (no_unit, not_readable)
    case = Case(Chart(Patient("Patient/p1"), both, {Query.LABS: Answer.CAME}), date(2026, 11, 24))
    conflicting, asks = Verdict(Match.CONFLICTING), Verdict(Match.ASKS)
    found = [(no_unit, asks), (not_readable, conflicting)]
    picked = pick(case, Query.LABS, found[::-1] if turned else found, None)
    assert isinstance(picked, Unknown)
    assert picked.why is Why.CONFLICTING
    readings = [Reading(one, DAY, shown(one)) for one in both]
    agreed = agree(readings, lambda one: _unless_span(span_of(one.entry, CREATININE)))
    assert isinstance(agreed, Unknown)
    assert agreed.why is Why.UNREADABLE


def _unless_span(found: Span | Why) -> Outcome | Why:
    return found if isinstance(found, Why) else Outcome.MET
