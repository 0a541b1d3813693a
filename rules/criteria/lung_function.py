"""Section E, first part: FEV1 in litres and in percent of predicted; the label needs both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Entry, Query, When
from rules.checks import AtLeast, MoreThan
from rules.codes import Coding, Verdict
from rules.limits import Limit
from rules.model import (
    Basis,
    Criterion,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    met,
    not_met,
    unknown,
)
from rules.select import Unknown, fitting, newest, pick
from rules.sources import LBL24, NCT00002846, NCT00003568, NCT00020358
from rules.values import decide, values_of


def _of_newest_day(case: Case, entries: Sequence[tuple[Entry, When]]) -> tuple[Entry, ...]:
    """
    All that may be of the newest day.

    Of one code and one time, those issued last: a correction stands for what it corrects.
    """
    last = max((case.days(when)[0] for _, when in entries), default=date.min)
    alike: dict[tuple[tuple[Coding, ...], When], list[tuple[Entry, When]]] = {}
    for entry, when in entries:
        if case.days(when)[1] >= last:
            alike.setdefault((entry.codings, when), []).append((entry, when))
    return tuple(entry for together in alike.values() for entry in newest(case, together))


@dataclass(frozen=True, slots=True)
class LowerOfTheDay:
    """The newest day's value against a limit; of several values of that day the lower (P)."""

    value: MoreThan | AtLeast

    @property
    def reads(self) -> Reads:
        """The values of the analyte."""
        return self.value.reads

    @property
    def threshold(self) -> str:
        """`> 2.0 L`."""
        return self.value.threshold

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return self.value.windows

    def __call__(self, case: Case, /) -> Finding:
        """A value that misses the limit decides, whatever else was measured on that day."""
        found = fitting(case, (self.value.codes,))
        picked = pick(
            case,
            self.value.query,
            found,
            self.value.window,
            trouble=lambda _, __: None,  # each value of the day is judged below
            top_of=_of_newest_day,
        )
        if isinstance(picked, Unknown):
            return picked.finding()
        verdict_of = {id(entry): verdict for entry, verdict in found}
        judged = [(self._judge(e, verdict_of[id(e)]), evidence) for e, _, evidence in picked]
        low = [evidence for verdict, evidence in judged if verdict is Outcome.NOT_MET]
        others = [evidence for verdict, evidence in judged if verdict is not Outcome.NOT_MET]
        is_one_day = len({day for _, when, _ in picked for day in case.days(when)}) == 1
        if low and (is_one_day or not others):
            remark = "of the values of one day the lower counts (proposed)" if others else None
            return not_met(low[0], *low[1:], *others, remark=remark)
        if reasons := {verdict for verdict, _ in judged if isinstance(verdict, Why)}:
            return unknown(next(why for why in Why if why in reasons), *low, *others)
        if low:  # a day and a month, say: which of them is the newer is not told
            return unknown(Why.CONFLICTING, *low, *others)
        return met(*others)

    def _judge(self, entry: Entry, verdict: Verdict) -> Outcome | Why:
        values = values_of(entry, verdict, self.value.limit.analyte)
        if isinstance(values, Why):
            return values
        return decide(self.value.keeps(values, self.value.limit))


@dataclass(frozen=True, slots=True)
class OneOfBoth:
    """Litres or percent, judged apart and each by its own date; trials accepted either."""

    own: LowerOfTheDay
    other: LowerOfTheDay

    @property
    def reads(self) -> Reads:
        """Litres and percent."""
        return self.own.reads | self.other.reads

    @property
    def threshold(self) -> str:
        """The limit of the one that is judged."""
        return self.own.threshold

    @property
    def windows(self) -> Sequence[Window]:
        """How old each may be."""
        return tuple(dict.fromkeys((*self.own.windows, *self.other.windows)))

    def __call__(self, case: Case, /) -> Finding:
        """Judge the one; a remark where the other keeps to its limit."""
        finding = self.own(case)
        if finding.outcome is not Outcome.NOT_MET or self.other(case).outcome is not Outcome.MET:
            return finding
        before = f"{finding.remark}; " if finding.remark else ""
        return replace(
            finding, remark=f"{before}trials would have accepted, by the other FEV1 value"
        )


_WINDOW = proposed(180)
_LITRES = LowerOfTheDay(
    MoreThan(
        codes=codes.FEV1,
        query=Query.FUNCTION,
        limit=Limit(units.FEV1, "2.0", "L"),
        window=_WINDOW,
    )
)
_PERCENT = LowerOfTheDay(
    AtLeast(
        codes=codes.FEV1_PERCENT,
        query=Query.FUNCTION,
        limit=Limit(units.FEV1_PERCENT, "75", "%"),
        window=_WINDOW,
    )
)
_SOURCES = (
    LBL24.at("section 4"),
    # trials accepted either of the two
    NCT00003568.at("eligibility"),
    NCT00020358.at("eligibility"),
    NCT00002846.at("eligibility"),
)
_LOWER_IS_OURS = "That the lower of several values of one day counts is our proposal."

FEV1_LITRES = Criterion(
    id="fev1-litres",
    group="pulmonary",
    question="FEV1 above 2 L?",
    short="FEV1 in litres",
    shows_limit=True,
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=_SOURCES,
    check=OneOfBoth(own=_LITRES, other=_PERCENT),
    if_not_met="FEV1 of 2 L or less is contraindicated by the US label.",
    doubts=(_LOWER_IS_OURS,),
    work_up=work_ups.SPIROMETRY,
)

FEV1_PERCENT = Criterion(
    id="fev1-percent",
    group="pulmonary",
    question="FEV1 at least 75 % predicted?",
    short="FEV1 in % of predicted",
    shows_limit=True,
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=_SOURCES,
    check=OneOfBoth(own=_PERCENT, other=_LITRES),
    if_not_met="FEV1 below 75 % of predicted is contraindicated by the US label.",
    doubts=(_LOWER_IS_OURS,),
    work_up=work_ups.SPIROMETRY,
)
