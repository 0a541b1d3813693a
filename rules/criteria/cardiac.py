"""Section D: the heart."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Query, Range
from rules.limits import Bound, Limit
from rules.model import (
    Basis,
    Criterion,
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
from rules.ranges import normal_lows
from rules.select import Reading, Unknown, agree, latest
from rules.sources import DRO_TIL, LBL24
from rules.units import Span
from rules.values import decide, span_of


@dataclass(frozen=True, slots=True)
class EjectionFraction:
    """At least 50 % (P), or the laboratory's lower limit if that is higher."""

    limit: Limit = Limit(units.LVEF, "50", "%", Bound.AT_LEAST)
    trials_go_to: Limit = Limit(units.LVEF, "45", "%")
    window: Window = proposed(90)

    @property
    def reads(self) -> Reads:
        """Ejection fraction by echo, MRI or MUGA."""
        return asks(Query.FUNCTION, codes.LVEF)

    @property
    def threshold(self) -> str:
        """The label says "abnormal" and gives no number."""
        return f">= {self.limit.text}, or the laboratory's lower limit if higher"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest value."""
        readings = latest(case, Query.FUNCTION, (codes.LVEF,), self.window)
        if isinstance(readings, Unknown):
            if readings.why is Why.ABSENT:
                return unknown(Why.ABSENT, remark="required before start")
            return readings.finding()
        verdict = agree(readings, lambda reading: self._judge(case, reading))
        if isinstance(verdict, Unknown):
            return verdict.finding()
        outcome, evidence = verdict
        if outcome is Outcome.MET:
            return met(*evidence)
        spans = [_low_end(reading) for reading in readings]
        near = all(
            isinstance(s, Span)
            and s.is_at_least(self.trials_go_to.value)
            and not s.is_at_least(self.limit.value)
            for s in spans
        )
        reference, own = self.trials_go_to.number, self.limit.number
        remark = (
            f"{reference} to {own} %: TIL consensus, for reference, takes more than {reference} %"
        )
        return not_met(*evidence, remark=remark if near else None)

    def _judge(self, case: Case, reading: Reading) -> Outcome | Why:
        values = _low_end(reading)
        if isinstance(values, Why):
            return values
        lows = normal_lows(case, reading.entry, units.LVEF) or {self.limit.value}
        answers = {values.is_at_least(max(low, self.limit.value)) for low in lows}
        if len(answers) > 1:
            return Why.CONFLICTING
        return decide(answers.pop())


def _low_end(reading: Reading) -> Span | Why:
    """The values allowed; a Range counts by its low end (the row says so)."""
    values = span_of(reading.entry, units.LVEF)
    if isinstance(values, Span) and isinstance(reading.entry.value, Range):
        return Span(values.low, values.low) if values.low is not None else Why.UNREADABLE
    return values


LVEF_NORMAL = Criterion(
    id="lvef-normal",
    group="cardiac",
    question="Is ejection fraction normal?",
    short="ejection fraction",
    shows_limit=True,
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI, Basis.LABEL_REQ),
    sources=(LBL24.at("section 4"), LBL24.at("section 2.1"), DRO_TIL),
    check=EjectionFraction(),
    if_not_met="An abnormal ejection fraction is contraindicated by the US label, which gives no "
    "number.",
    is_threshold_proposed=True,
    doubts=('The label says "abnormal" without a number; 50 % is our proposal.',),
    work_up=work_ups.ECHOCARDIOGRAM,
)

CRITERIA = (LVEF_NORMAL,)
