"""Outcomes, findings, and the one clock of the rules (criteria.md, "Which entry counts", 1)."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.case import Case, Window, proposed
from rules.chart import Chart, Entry, Kind, Observation, Patient, Query, When
from rules.chart import Status as ResultStatus
from rules.codes import coding
from rules.model import (
    Assessment,
    Evidence,
    Finding,
    Outcome,
    PolicyStamp,
    Status,
    Why,
    asks,
    confirm,
    met,
    none_found,
    not_applicable,
    not_met,
    unknown,
)
from rules.select import newest

NOBODY = Chart(Patient("Patient/p1"))
AUCKLAND = ZoneInfo("Pacific/Auckland")  # UTC+13 in November
HONOLULU = ZoneInfo("Pacific/Honolulu")  # UTC-10

ON_THE_DAY = Case(NOBODY, date(2026, 11, 24))
# 24 November, half past eight in the morning: in Europe it is still the 23rd
IN_AUCKLAND = Case(NOBODY, datetime(2026, 11, 24, 8, 30, tzinfo=AUCKLAND))
IN_HONOLULU = Case(NOBODY, datetime(2026, 11, 24, 8, 30, tzinfo=HONOLULU))


def when(text: str) -> When:
    """A date, a month or an instant, as the reader makes it."""
    if "T" in text:
        at = datetime.fromisoformat(text)
        return When(text, date.fromisoformat(text[:10]), date.fromisoformat(text[:10]), at)
    if len(text) == len("2026-11"):
        first = date.fromisoformat(f"{text}-01")
        return When(text, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    if len(text) == len("2026"):
        return When(text, date(int(text), 1, 1), date(int(text), 12, 31))
    return When(text, date.fromisoformat(text), date.fromisoformat(text))


# Outcomes and findings ----------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_no_truth_value(outcome: Outcome) -> None:
    with pytest.raises(TypeError, match="compare an outcome"):
        bool(outcome)
    with pytest.raises(TypeError):
        assert not outcome


ONE, TWO = Evidence("Observation/1", "creatinine"), Evidence("Observation/2", "creatinine")


def test_met_on_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="met on nothing"):
        met()
    with pytest.raises(ValueError, match="met on nothing"):
        met(searched=0, remark="none recognised")
    with pytest.raises(ValueError, match="met on nothing"):
        met(searched=-1)
    assert met(ONE).outcome is Outcome.MET
    assert met(searched=1).searched == 1


def test_none_found_on_nothing_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="nothing was searched"):
        none_found(0, "none")
    found = none_found(3, "none")
    assert (found.outcome, found.searched, found.remark) == (Outcome.NOT_MET, 3, "none")


@pytest.mark.parametrize(
    ("finding", "outcome", "why"),
    [
        (met(ONE, ONE, TWO), Outcome.MET, None),
        (not_met(ONE, ONE, TWO), Outcome.NOT_MET, None),
        (unknown(Why.STALE, ONE, ONE, TWO), Outcome.UNKNOWN, Why.STALE),
        (confirm("ask", ONE, ONE, TWO), Outcome.CONFIRM, None),
        (not_applicable("no order", ONE, ONE, TWO), Outcome.NOT_APPLICABLE, None),
    ],
)
def test_evidence_is_shown_once_in_order(
    finding: Finding, outcome: Outcome, why: Why | None
) -> None:
    assert finding.evidence == (ONE, TWO)
    assert (finding.outcome, finding.why) == (outcome, why)


def test_evidence_has_the_date_as_the_chart_wrote_it() -> None:
    assert ONE.date is None
    assert Evidence("x", "y", when=when("2026-11")).date == "2026-11"


@pytest.mark.parametrize(
    ("window", "what", "days"),
    [
        (proposed(7), "", "7 d (proposed)"),
        (proposed(30, "order"), "order", "30 d (proposed)"),
        (Window(14, is_proposed=False), "", "14 d"),
        (Window(180, is_proposed=False, what="earlier scan"), "earlier scan", "180 d"),
    ],
)
def test_a_window_says_whether_it_is_our_proposal(window: Window, what: str, days: str) -> None:
    assert window.text.startswith(what)
    assert window.text.endswith(days)


def test_what_a_check_reads() -> None:
    assert asks(Query.LABS) == {(Query.LABS, None)}
    assert asks(Query.LABS) | asks(Query.STAGE) == {(Query.LABS, None), (Query.STAGE, None)}


# The clock ----------------------------------------------------------------------------------------


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Case(NOBODY, datetime(2026, 11, 24, 8, 30))  # noqa: DTZ001 - that is what is refused


@pytest.mark.parametrize(
    ("case", "today", "has_zone"),
    [(ON_THE_DAY, 24, False), (IN_AUCKLAND, 24, True), (IN_HONOLULU, 24, True)],
)
def test_today_is_the_day_in_the_zone_of_the_case(case: Case, today: int, has_zone: bool) -> None:
    assert case.today == date(2026, 11, today)
    assert (case.zone is not None) is has_zone


@pytest.mark.parametrize(
    ("case", "text", "first", "last"),
    [
        # as_of a date: the day is the one that is written
        (ON_THE_DAY, "2026-11-24", "2026-11-24", "2026-11-24"),
        (ON_THE_DAY, "2026-11", "2026-11-01", "2026-11-30"),
        (ON_THE_DAY, "2026", "2026-01-01", "2026-12-31"),
        (ON_THE_DAY, "2026-11-23T23:30:00-10:00", "2026-11-23", "2026-11-23"),
        (ON_THE_DAY, "2026-11-24T00:30:00+13:00", "2026-11-24", "2026-11-24"),
        # as_of an instant: its zone tells the day of another instant
        (IN_AUCKLAND, "2026-11-23T11:30:00+00:00", "2026-11-24", "2026-11-24"),
        (IN_AUCKLAND, "2026-11-23T10:30:00+00:00", "2026-11-23", "2026-11-23"),
        (IN_AUCKLAND, "2026-11-22T23:30:00-10:00", "2026-11-23", "2026-11-23"),
        (IN_HONOLULU, "2026-11-24T09:30:00+00:00", "2026-11-23", "2026-11-23"),
        (IN_HONOLULU, "2026-11-24T10:30:00+00:00", "2026-11-24", "2026-11-24"),
        # summer time: UTC+12 in June, UTC+13 in November
        (IN_AUCKLAND, "2026-06-23T11:30:00+00:00", "2026-06-23", "2026-06-23"),
        # a plain date, or a time without a zone, is the day that is written
        (IN_AUCKLAND, "2026-11-23", "2026-11-23", "2026-11-23"),
        (IN_AUCKLAND, "2026-11-23T11:30:00", "2026-11-23", "2026-11-23"),
        (IN_AUCKLAND, "2026-11", "2026-11-01", "2026-11-30"),
    ],
)
def test_the_days_that_a_date_may_mean(case: Case, text: str, first: str, last: str) -> None:
    assert case.days(when(text)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("case", [IN_AUCKLAND, IN_HONOLULU])
def test_the_first_and_the_last_instant_there_is_have_days(case: Case, text: str) -> None:
    first, last = case.days(when(text))
    assert first <= last
    assert case.is_future(when(text)) is text.startswith("9999")


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        (ON_THE_DAY, "2026-11-24", False),
        (ON_THE_DAY, "2026-11-25", True),
        (ON_THE_DAY, "2026-11-24T23:59:00-10:00", False),
        (ON_THE_DAY, "2026-11-25T00:01:00+13:00", True),
        (ON_THE_DAY, "2026-11", False),
        (ON_THE_DAY, "2026-12", True),
        (ON_THE_DAY, "2026", False),
        (ON_THE_DAY, "2027", True),
        (IN_AUCKLAND, "2026-11-24", False),
        (IN_AUCKLAND, "2026-11-25", True),
        (IN_AUCKLAND, "2026-11-24T08:30:00+13:00", False),
        (IN_AUCKLAND, "2026-11-24T08:31:00+13:00", True),
        (IN_AUCKLAND, "2026-11-23T19:30:00+00:00", False),
        (IN_AUCKLAND, "2026-11-23T19:31:00+00:00", True),
        (IN_AUCKLAND, "2026-11-24T23:00:00", False),  # no zone: a day, and it is today
        (IN_HONOLULU, "2026-11-25T00:00:00+13:00", False),
    ],
)
def test_what_lies_in_the_future(case: Case, text: str, expected: bool) -> None:
    assert case.is_future(when(text)) is expected


@pytest.mark.parametrize(
    ("case", "text", "age"),
    [
        (ON_THE_DAY, "2026-11-24", 0),
        (ON_THE_DAY, "2026-11-17", 7),
        (ON_THE_DAY, "2026-11-17T23:59:00-10:00", 7),
        (ON_THE_DAY, "2026-11", 23),
        (ON_THE_DAY, "2026", 327),
        (ON_THE_DAY, "2024-02-29", 999),
        (IN_AUCKLAND, "2026-11-16T10:59:00+00:00", 8),
        (IN_AUCKLAND, "2026-11-16T11:00:00+00:00", 7),
    ],
)
def test_age_is_in_calendar_days_of_the_earliest_day(case: Case, text: str, age: int) -> None:
    assert case.age_days(when(text)) == age
    assert case.is_within(when(text), Window(age))
    assert not case.is_within(when(text), Window(age - 1))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026-11-23", "2026-11-24", True),
        ("2026-11-24", "2026-11-24", False),
        ("2026-11-24", "2026-11-23", False),
        ("2026-10", "2026-11-01", True),
        ("2026-11", "2026-11-24", False),
        ("2026-11-24", "2026-11", False),
        ("2025", "2026", True),
        ("2026-11-24T08:00:00+00:00", "2026-11-24T09:00:00+00:00", True),
        ("2026-11-24T08:00:00+00:00", "2026-11-24T09:00:00+02:00", False),
        ("2026-11-24T09:00:00+02:00", "2026-11-24T08:00:00+00:00", True),
        ("2026-11-24T08:00:00", "2026-11-24T09:00:00", True),
        ("2026-11-24T08:00:00", "2026-11-24T09:00:00+00:00", False),  # the same day: not told
        ("2026-11-23T08:00:00", "2026-11-24T09:00:00+00:00", True),
        ("2026-11-24T08:00:00+00:00", "2026-11-24", False),
    ],
)
def test_what_is_surely_older(one: str, other: str, expected: bool) -> None:
    assert ON_THE_DAY.is_older(when(one), when(other)) is expected


def _seen(text: str | None, *, issued: str | None = None, badly: bool = False) -> Observation:
    return Observation(
        kind=Kind.OBSERVATION,
        reference=f"Observation/{text}-{issued}",
        codings=(coding("http://loinc.org", "2160-0"),),
        when=when(text) if text else None,
        issued=when(issued) if issued else None,
        is_dated_badly=badly,
    )


@pytest.mark.parametrize(
    ("entry", "is_usable"),
    [
        (_seen("2026-11-24"), True),
        (_seen("2026-11-25"), False),
        (_seen(None), False),
        (_seen(None, badly=True), False),
        (_seen("2026-11-20", badly=True), False),
        (_seen("2026"), True),
    ],
)
def test_a_date_that_can_be_used(entry: Entry, is_usable: bool) -> None:
    assert (ON_THE_DAY.usable(entry) is not None) is is_usable


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([_seen("2026-11-20"), _seen("2026-11-21")], ["2026-11-21"], id="days"),
        pytest.param(
            [_seen("2026-11-20"), _seen("2026-11")], ["2026-11-20", "2026-11"], id="month"
        ),
        pytest.param([_seen("2026-10-31"), _seen("2026-11")], ["2026-11"], id="the month before"),
        pytest.param(
            [_seen("2026-11-20"), _seen("2026-11"), _seen("2026-11-21")],
            ["2026-11", "2026-11-21"],
            id="a month beside two days",
        ),
        pytest.param([_seen("2026"), _seen("2025-12")], ["2026"], id="a year and a month"),
        pytest.param(
            [_seen("2026-11-20T08:00:00+00:00"), _seen("2026-11-20T09:00:00+00:00")],
            ["2026-11-20T09:00:00+00:00"],
            id="hours of a day",
        ),
        pytest.param(
            [_seen("2026-11-20T08:00:00+00:00"), _seen("2026-11-20")],
            ["2026-11-20T08:00:00+00:00", "2026-11-20"],
            id="an hour and its day",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_the_newest_are_those_than_which_none_is_surely_newer(
    entries: list[Observation], expected: list[str]
) -> None:
    for order in (entries, list(reversed(entries))):
        dated = [(e, e.when) for e in order if e.when is not None]
        found = newest(ON_THE_DAY, dated)
        assert {e.when.text for e in found if e.when} == set(expected)
        assert len(found) == len(expected)


_texts = st.sampled_from(
    [
        *("2025", "2026", "2026-10", "2026-11", "2026-11-19", "2026-11-20", "2026-11-21"),
        *("2026-11-20T08:00:00", "2026-11-20T09:00:00", "2026-11-21T00:30:00"),
        *("2026-11-20T08:00:00+00:00", "2026-11-20T09:00:00+02:00", "2026-11-20T09:00:00+00:00"),
        *("2026-11-19T23:30:00-10:00", "2026-11-21T00:30:00+13:00", "2026-11-20T23:30:00+00:00"),
    ]
)


@given(texts=st.lists(_texts, unique=True, max_size=6))
@pytest.mark.parametrize("case", [ON_THE_DAY, IN_AUCKLAND, IN_HONOLULU])
def test_the_newest_are_found_as_by_comparing_each_with_each(case: Case, texts: list[str]) -> None:
    dated = [(_seen(text), when(text)) for text in texts]
    expected = {
        one.reference
        for one, at in dated
        if not any(case.is_older(at, other) for _, other in dated)
    }
    assert {one.reference for one in newest(case, dated)} == expected


def test_of_one_time_the_one_issued_later_is_the_newer() -> None:
    first, second = (_seen("2026-11-20", issued=day) for day in ("2026-11-20", "2026-11-21"))
    unissued = replace(_seen("2026-11-20"), value="another")
    assert first.when is not None

    def top(*entries: Observation) -> tuple[Entry, ...]:
        return newest(ON_THE_DAY, [(e, e.when) for e in entries if e.when])

    assert top(first, second) == (second,)
    assert top(second, first) == (second,)
    assert top(first, unissued) == (first, unissued)
    report = Entry(kind=Kind.REPORT, reference="DiagnosticReport/1", when=first.when)
    assert newest(ON_THE_DAY, [(report, first.when), (second, first.when)]) == (report, second)


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        pytest.param({}, 1, id="a copy"),
        pytest.param({"issued": when("2026-11-21")}, 1, id="a copy issued at another time"),
        pytest.param({"value": "another"}, 2, id="another value"),
        pytest.param({"status": ResultStatus.NOT_FINAL}, 2, id="another status"),
        pytest.param({"focus": ("Condition/1",)}, 2, id="of another tumour"),
        pytest.param({"body_sites": (coding("s", "c"),)}, 2, id="of another place"),
        pytest.param({"codings": (coding("s", "c"),)}, 2, id="another code"),
    ],
)
def test_a_result_of_the_same_code_time_and_value_counts_once(
    changed: dict[str, Any], count: int
) -> None:
    one = _seen("2026-11-20")
    other = replace(one, reference="Observation/copy", **changed)
    assert one.when is not None
    found = newest(ON_THE_DAY, [(one, one.when), (other, one.when)])
    assert len(found) == count
    assert found[0] is one


def test_facts_that_several_criteria_share_are_made_once() -> None:
    made: list[Case] = []

    def make(case: Case) -> int:
        made.append(case)
        return len(made)

    case = Case(NOBODY, date(2026, 11, 24))
    assert [case.once(make), case.once(make)] == [1, 1]
    assert made == [case]
    assert Case(NOBODY, date(2026, 11, 24)).once(make) == 2


def test_the_zone_may_be_a_plain_offset() -> None:
    at = datetime(2026, 11, 24, 8, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert Case(NOBODY, at).days(when("2026-11-23T18:15:00+00:00"))[0] == date(2026, 11, 24)


def test_an_unknown_criterion_is_no_finding() -> None:
    empty = Assessment(ON_THE_DAY, Status.CANNOT_ASSESS, (), PolicyStamp("0", 0))
    with pytest.raises(StopIteration):
        empty.of("nonsense")
    assert empty.with_outcome(Outcome.MET) == ()
