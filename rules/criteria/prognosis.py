"""Section A: what is shown beside the result, brain metastases by their state and LDH."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Query
from rules.conditions import CONDITION_READS
from rules.lesions import Lesions, State, lesions
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
    not_applicable,
    not_met,
    unknown,
)
from rules.ranges import normal_highs
from rules.select import Reading, Unknown, agree, latest
from rules.sources import CHU13, DAV17, SEED
from rules.values import decide, span_of


@dataclass(frozen=True, slots=True)
class PresenceAlone:
    """Brain metastases are handled by their state: presence alone never gives not-met."""

    threshold: str = "presence alone is no exclusion"

    @property
    def reads(self) -> Reads:
        """What LESIONS needs."""
        return (
            CONDITION_READS
            | asks(Query.STAGE, codes.M_CATEGORY)
            | asks(Query.IMAGING, codes.BRAIN_MRI, codes.HEAD_CT)
        )

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Met if lesions are present: information only."""
        found: Lesions = case.once(lesions)
        if found.state is State.PRESENT:
            return met(*found.evidence)
        return not_applicable("No brain metastasis is known.")


BRAIN_METASTASES_NOT_EXCLUSION = Criterion(
    id="brain-metastases-not-exclusion",
    group="disease",
    question="Are brain metastases handled by their state, not their presence?",
    short="brain metastases by state",
    weight=Weight.INFORMATION,
    basis=(Basis.STUDY,),
    sources=(SEED, CHU13.at("abstract (authors' opinion, n = 8)")),
    check=PresenceAlone(),
)


_NO_LIMIT = "The value, or the laboratory's upper limit beside it, cannot be read."


@dataclass(frozen=True, slots=True)
class LdhNotRaised:
    """The newest LDH against the laboratory's own upper limit: methods differ twofold."""

    window: Window = proposed(30)
    far_above: int = 2  # times the upper limit: the higher hazard ratio begins above it

    @property
    def reads(self) -> Reads:
        """LDH."""
        return asks(Query.LABS, codes.LDH)

    @property
    def threshold(self) -> str:
        """The laboratory's upper limit, and where prognosis is worse still."""
        far = self.far_above
        return f"<= the laboratory's upper limit (ULN); worse: up to {far} x and above {far} x ULN"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest value."""
        readings = latest(case, Query.LABS, (codes.LDH,), self.window)
        if isinstance(readings, Unknown):
            return readings.finding()
        verdict = agree(readings, lambda reading: self._keeps(case, reading, 1))
        if isinstance(verdict, Unknown):
            remark = _NO_LIMIT if verdict.why is Why.UNREADABLE else None
            return unknown(verdict.why, *verdict.evidence, remark=remark)
        outcome, evidence = verdict
        if outcome is Outcome.MET:
            return met(*evidence)
        far = {self._keeps(case, reading, self.far_above) for reading in readings}
        return not_met(*evidence, remark=self._worse(far))

    def _keeps(self, case: Case, reading: Reading, times: int) -> Outcome | Why:
        """Whether a value is at most so many times the upper limit."""
        values = span_of(reading.entry, units.LDH)
        if isinstance(values, Why):
            return values
        highs = normal_highs(case, reading.entry, units.LDH)
        if not highs:
            return Why.UNREADABLE
        answers = {values.is_at_most(times * high) for high in highs}
        return Why.CONFLICTING if len(answers) > 1 else decide(answers.pop())

    def _worse(self, far: set[Outcome | Why]) -> str:
        """What the series found; both numbers where it cannot be told which of them."""
        if far == {Outcome.MET}:
            return f"up to {self.far_above} x the upper limit: worse prognosis (hazard ratio 1.67)"
        if far == {Outcome.NOT_MET}:
            return f"above {self.far_above} x the upper limit: worse prognosis (hazard ratio 2.49)"
        return "worse prognosis (hazard ratio 1.67 or 2.49)"


LDH_PROGNOSIS = Criterion(
    id="ldh-prognosis",
    group="disease",
    question="Is LDH not raised?",
    short="LDH",
    weight=Weight.INFORMATION,
    basis=(Basis.CAUTION,),
    sources=(DAV17.at("abstract"),),
    check=LdhNotRaised(),
    if_not_met="Worse prognosis in one series of 243 patients; no exclusion.",
    work_up=work_ups.LDH,
)

CRITERIA = (BRAIN_METASTASES_NOT_EXCLUSION, LDH_PROGNOSIS)
