"""The shapes of judgement that criteria share. Others stand beside their criterion."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules.case import Case, Window
from rules.chart import Kind, Query
from rules.codes import ACUTE, ValueSet
from rules.conditions import (
    ACUTE_WINDOW,
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
)
from rules.limits import Limit
from rules.model import Finding, Outcome, Reads, Why, asks, confirm, met, not_met
from rules.select import Reading, Unknown, agree, latest
from rules.units import Span
from rules.values import decide, span_of


@dataclass(frozen=True, slots=True)
class Band:
    """A remark on values that miss the limit but still keep to this one."""

    limit: Limit
    remark: str


@dataclass(frozen=True, slots=True)
class _Bounded(ABC):
    """The newest value of an analyte against a limit; `beyond`: the remark outside all bands."""

    codes: ValueSet
    query: Query
    limit: Limit
    window: Window
    bands: tuple[Band, ...] = ()
    beyond: str | None = None

    @property
    def reads(self) -> Reads:
        """The values of the analyte."""
        return asks(self.query, self.codes)

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return (self.window,)

    @abstractmethod
    def keeps(self, values: Span, to: Limit) -> bool | None:
        """Whether all values keep to a limit; None: they fall on both sides."""

    def _judge(self, reading: Reading) -> Outcome | Why:
        values = span_of(reading.entry, self.limit.analyte)
        return values if isinstance(values, Why) else decide(self.keeps(values, self.limit))

    def _remark(self, readings: Sequence[Reading]) -> str | None:
        """The remark of the narrowest band that every reading keeps to."""
        spans = [span_of(reading.entry, self.limit.analyte) for reading in readings]
        for band in self.bands:
            if all(isinstance(s, Span) and self.keeps(s, band.limit) for s in spans):
                return band.remark
        return self.beyond

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest value."""
        readings = latest(case, self.query, (self.codes,), self.window)
        if isinstance(readings, Unknown):
            return readings.finding()
        verdict = agree(readings, self._judge)
        if isinstance(verdict, Unknown):
            return verdict.finding()
        outcome, evidence = verdict
        if outcome is Outcome.MET:
            return met(*evidence)
        return not_met(*evidence, remark=self._remark(readings))


@dataclass(frozen=True, slots=True)
class AtMost(_Bounded):
    """The newest value is at most a limit."""

    @property
    def threshold(self) -> str:
        """`<= 1.5 mg/dL`."""
        return f"<= {self.limit.text}"

    def keeps(self, values: Span, to: Limit) -> bool | None:
        """Whether all values are at most the limit."""
        return values.is_at_most(to.value)


@dataclass(frozen=True, slots=True)
class AtLeast(_Bounded):
    """The newest value is at least a limit."""

    @property
    def threshold(self) -> str:
        """`>= 100 10*3/uL`."""
        return f">= {self.limit.text}"

    def keeps(self, values: Span, to: Limit) -> bool | None:
        """Whether all values are at least the limit."""
        return values.is_at_least(to.value)


@dataclass(frozen=True, slots=True)
class MoreThan(_Bounded):
    """The newest value is above a limit: on it is not enough."""

    @property
    def threshold(self) -> str:
        """`> 2.0 L`."""
        return f"> {self.limit.text}"

    def keeps(self, values: Span, to: Limit) -> bool | None:
        """Whether all values are above the limit."""
        is_at_most = values.is_at_most(to.value)
        return None if is_at_most is None else not is_at_most


@dataclass(frozen=True, slots=True)
class NoneRecorded:
    """No active Condition of the sets, on a problem list and diagnoses that came completely."""

    codes: tuple[ValueSet, ...]
    threshold: str = "none active"
    remission_remark: str | None = None
    if_found: str | None = None
    accepted: tuple[ValueSet, ...] = ()  # found, these are only shown, with `accepted_remark`
    accepted_remark: str | None = None

    @property
    def reads(self) -> Reads:
        """All Conditions."""
        return CONDITION_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How long an encounter diagnosis counts, where one of the sets is acute; else active."""
        return (ACUTE_WINDOW,) if any(one.name in ACUTE for one in self.codes) else ()

    def __call__(self, case: Case, /) -> Finding:
        """Search the Conditions."""
        found = find_conditions(case, self.codes)
        accepted = find_conditions(case, self.accepted)
        finding = absence(
            case,
            _not_explained(found, accepted),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            remission_remark=self.remission_remark,
            remark_if_found=self.if_found,
        )
        if finding.outcome is not Outcome.MET or not accepted.sure:
            return finding
        return replace(
            finding,
            evidence=(*finding.evidence, *accepted.evidence),
            remark=self.accepted_remark,
        )


def _not_explained(found: Found, accepted: Found) -> Found:
    """
    Less what only may be the thing and surely is one of the accepted (rule 6).

    "Heart block" holds a stem of an arrhythmia, and its code is that of a conduction disorder.
    """
    explained = {evidence.reference for evidence in accepted.evidence}
    doubtful = tuple(
        (why, evidence)
        for why, evidence in found.doubtful
        if why is not Why.UNCLASSIFIED or evidence.reference not in explained
    )
    return replace(found, doubtful=doubtful)


@dataclass(frozen=True, slots=True)
class AskClinician:
    """FHIR cannot answer it: always to be confirmed by a person."""

    threshold: str
    remark: str

    @property
    def reads(self) -> Reads:
        """Nothing."""
        return frozenset()

    @property
    def windows(self) -> Sequence[Window]:
        """The present."""
        return ()

    def __call__(self, case: Case, /) -> Finding:  # noqa: ARG002 - the same answer for everyone
        """Always confirm."""
        return confirm(self.remark)
