"""Section B: performance status and life expectancy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Coded, NoValue, Observation, Query
from rules.checks import AskClinician
from rules.codes import Match, ValueSet
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    asks,
    met,
    not_met,
    unknown,
)
from rules.select import Reading, Unknown, agree, latest
from rules.sources import CHU13, MOD, NCT00002846, NCT00003568, NCT00080977, SEED, UK20
from rules.units import Analyte, Span
from rules.values import span_of


@dataclass(frozen=True, slots=True)
class Scale:
    """A performance scale: its codes, its coded answers, and which grades are good enough."""

    codes: ValueSet
    answers: ValueSet
    analyte: Analyte
    grades: tuple[int, ...]
    good: frozenset[int]

    def allowed(self, observation: Observation) -> frozenset[int] | Why:
        """The grades that it may mean: one, or several with a comparator or range."""
        as_code = codes.judge(observation.listed, self.answers)
        if as_code.match is Match.DECIDES and _is_stated(observation):
            return frozenset({_grade_of(as_code)})
        match observation.value:
            case Coded() as coded:
                verdict = codes.judge(coded.listed, self.answers)
                if verdict.match is Match.DECIDES:
                    return frozenset({_grade_of(verdict)})
                return Why.UNCLASSIFIED
            case str() as text:
                wholly = re.fullmatch(r"\s*(\d{1,3})\s*", text, re.ASCII)
                allowed = {int(wholly.group(1))} if wholly else set()
                return frozenset(allowed & set(self.grades)) or Why.UNREADABLE
            case _:
                values = span_of(observation, self.analyte)
                if not isinstance(values, Span):
                    return values
                return frozenset(g for g in self.grades if values.allows(g)) or Why.UNREADABLE

    def judge(self, reading: Reading) -> Outcome | Why:
        """Whether every grade allowed is good enough; a coded meaning that differs conflicts."""
        entry = reading.entry
        allowed = self.allowed(entry)
        if isinstance(allowed, Why):
            return allowed
        coded = [*entry.listed, *(codes.listed(c) for c in entry.interpretation)]
        if isinstance(entry.value, Coded):
            coded += entry.value.listed
        if not _grades(coded, self.answers) <= allowed:
            return Why.CONFLICTING
        if allowed <= self.good:
            return Outcome.MET
        return Why.UNREADABLE if allowed & self.good else Outcome.NOT_MET


def _is_stated(observation: Observation) -> bool:
    """A finding code that stands alone, or whose value says that it is so."""
    value = observation.value
    if isinstance(value, Coded):
        return codes.judge(value.listed, codes.RESULT_POSITIVE).match is Match.DECIDES
    return value is True or value is NoValue.ABSENT


def _grades(listed: Sequence[tuple[codes.Code, ...]], answers: ValueSet) -> set[int]:
    """Every grade that codes stand for, grade 5 (which only asks) too."""
    each = [codes.judge([one], answers) for one in listed]
    return {_grade_of(verdict) for verdict in each if verdict.code and verdict.code.means}


def _grade_of(verdict: codes.Verdict) -> int:
    """`means` of an answer code holds "ecog 1"."""
    means = verdict.code.means if verdict.code else ""
    return int(means.split()[-1])


ECOG = Scale(codes.ECOG, codes.ECOG_ANSWER, units.ECOG, tuple(range(5)), frozenset({0, 1}))
KARNOFSKY = Scale(
    codes.KARNOFSKY,
    codes.KARNOFSKY_ANSWER,
    units.KARNOFSKY,
    tuple(range(0, 101, 10)),
    frozenset({80, 90, 100}),
)


@dataclass(frozen=True, slots=True)
class GoodPerformance:
    """The newest ECOG or Karnofsky; both of one day on different sides: conflicting."""

    window: Window

    @property
    def reads(self) -> Reads:
        """Both scales; an ECOG grade may also stand as the code of the Observation."""
        return asks(Query.PERFORMANCE, ECOG.codes, KARNOFSKY.codes, ECOG.answers)

    @property
    def threshold(self) -> str:
        """The label gives none; the seed says "good condition"."""
        return "ECOG 0-1, or Karnofsky >= 80"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the grade may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest grade."""
        ecog = self._newest(case, ECOG, ECOG.codes, ECOG.answers)
        karnofsky = self._newest(case, KARNOFSKY, KARNOFSKY.codes)
        sides = [one for one in (ecog, karnofsky) if one is not None]
        if not sides:
            return unknown(Why.ABSENT)
        newest_day = max(_day(case, side) for side in sides)
        newest = [side for side in sides if _day(case, side) == newest_day]
        for side in newest:
            if isinstance(side, Unknown):
                return side.finding()
        answers = [side for side in newest if not isinstance(side, Unknown)]
        evidence = tuple(one for _, shown in answers for one in shown)
        outcomes = {outcome for outcome, _ in answers}
        if len(outcomes) > 1:
            return unknown(Why.CONFLICTING, *evidence)
        return met(*evidence) if outcomes == {Outcome.MET} else not_met(*evidence)

    def _newest(
        self, case: Case, scale: Scale, *wanted: ValueSet
    ) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown | None:
        readings = latest(case, Query.PERFORMANCE, wanted, self.window)
        if isinstance(readings, Unknown):
            return None if readings.why is Why.ABSENT else readings
        return agree(readings, scale.judge)


def _day(case: Case, side: tuple[Outcome, tuple[Evidence, ...]] | Unknown) -> int:
    """The day of a verdict, as a number to compare; what has no usable date comes first."""
    evidence = side.evidence if isinstance(side, Unknown) else side[1]
    if isinstance(side, Unknown) and side.why is Why.NOT_SHARED:
        return 10**9
    days = [
        case.days(one.when)[1].toordinal()
        for one in evidence
        if one.when is not None and not case.is_future(one.when)
    ]
    return max(days, default=10**9)


PERFORMANCE_STATUS = Criterion(
    id="performance-status",
    group="performance",
    question="Is the patient in good condition?",
    short="performance status",
    shows_limit=True,
    headline="{fact} is outside what trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(
        SEED,
        CHU13.at("introduction"),
        NCT00003568.at("eligibility"),
        NCT00080977.at("eligibility"),
        UK20.at("4.3"),
    ),
    check=GoodPerformance(proposed(30)),
    if_not_met="ECOG 2 or more is contraindicated in the UK text and outside nearly all US trials.",
    work_up=work_ups.ECOG,
)

LIFE_EXPECTANCY = Criterion(
    id="life-expectancy",
    group="performance",
    question="Is survival of >= 3 months expected?",
    short="life expectancy",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(MOD.at("eligibility"), NCT00002846.at("eligibility")),
    check=AskClinician(
        threshold=">= 3 months, never computed",
        remark="survival of 3 months or more expected",
    ),
)

CRITERIA = (PERFORMANCE_STATUS, LIFE_EXPECTANCY)
