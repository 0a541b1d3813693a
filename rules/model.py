"""
The words of an assessment: what a criterion is, what can be found, and on what it rests.

Source of outcomes, reasons and weights: `criteria.md`, "Outcome of one criterion", "Weight".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NoReturn, Protocol, TypeVar

from rules.case import Case, SiteWindows, Window
from rules.chart import Query, When
from rules.codes import ValueSet
from rules.sources import Citation

_T = TypeVar("_T")


class Outcome(Enum):
    """The answer to one criterion. `MET` is always the favourable one."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"
    CONFIRM = "confirm"
    NOT_APPLICABLE = "not-applicable"

    def __bool__(self) -> NoReturn:
        """An outcome is no truth value: say which one is meant."""
        raise TypeError("compare an outcome with Outcome.MET and the others, do not test it")


class Why(Enum):
    """The one reason why a criterion is unknown."""

    ABSENT = "absent"
    STALE = "stale"
    NOT_FINAL = "not-final"
    UNREADABLE = "unreadable"
    UNIT_UNKNOWN = "unit-unknown"
    CONFLICTING = "conflicting"
    UNCLASSIFIED = "unclassified"
    IN_REPORT = "in-report"
    NOT_SHARED = "not-shared"


# What asks to be looked at is told first, what only waits comes last.
_FOREMOST = (
    Why.CONFLICTING,
    Why.UNCLASSIFIED,
    Why.UNREADABLE,
    Why.UNIT_UNKNOWN,
    Why.NOT_FINAL,
    Why.STALE,
    Why.IN_REPORT,
    Why.ABSENT,
    Why.NOT_SHARED,
)


def foremost(reasons: Iterable[Why]) -> Why:
    """The one reason that is told where several hold, whatever the order of the entries."""
    return min(reasons, key=_FOREMOST.index)


class Weight(Enum):
    """What a finding does to the overall result, heaviest first."""

    CONTRAINDICATION = "contraindication"
    REQUIREMENT = "requirement"
    CAUTION = "caution"
    INFORMATION = "information"


class Basis(Enum):
    """What kind of source a criterion rests on."""

    LABEL_CI = "label-ci"
    LABEL_REQ = "label-req"
    CONSENSUS = "consensus"
    STUDY = "study"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry that a finding rests on, as it is shown: what, value, date, where it stands."""

    reference: str
    label: str
    code: str | None = None
    value: str | None = None
    unit: str | None = None
    when: When | None = None

    @property
    def date(self) -> str | None:
        """The date as the chart wrote it."""
        return self.when.text if self.when else None


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one criterion on one chart. Made by `met`, `not_met`, `unknown` and so on."""

    outcome: Outcome
    why: Why | None = None
    evidence: tuple[Evidence, ...] = ()
    remark: str | None = None
    searched: int = 0  # entries read where "none recognised" is the answer
    to_do: tuple["WorkUp", ...] = ()  # the tests that would settle it; empty: the criterion's own
    by_site: bool = False  # not-met only because a site's policy is stricter than the rule book
    is_critical_on_order: bool = False  # a card about an order is critical, whatever the weight


def met(*evidence: Evidence, searched: int = 0, remark: str | None = None) -> Finding:
    """Met, on evidence or on a search of at least one entry; `ValueError` on nothing."""
    if not evidence and searched < 1:
        raise ValueError("met on nothing: name the evidence, or how many entries were searched")
    return Finding(Outcome.MET, None, _once(evidence), remark, searched)


def not_met(first: Evidence, *more: Evidence, remark: str | None = None) -> Finding:
    """Not met, with what speaks against."""
    return Finding(Outcome.NOT_MET, None, _once((first, *more)), remark)


def none_found(searched: int, remark: str) -> Finding:
    """Not met because a search found nothing; `ValueError` if nothing was searched."""
    if searched < 1:
        raise ValueError("nothing was searched")
    return Finding(Outcome.NOT_MET, None, (), remark, searched)


def unknown(
    why: Why,
    *evidence: Evidence,
    remark: str | None = None,
    to_do: "tuple[WorkUp, ...]" = (),
) -> Finding:
    """Not known, and why; `to_do`: where other tests than the criterion's own would settle it."""
    return Finding(Outcome.UNKNOWN, why, _once(evidence), remark, to_do=to_do)


def in_doubt(
    doubtful: Sequence[tuple[Why, Evidence]], *more: Evidence, remark: str | None = None
) -> Finding:
    """Not known, for the foremost reason; every entry that leaves doubt is shown."""
    shown = (evidence for _, evidence in doubtful)
    return unknown(foremost(why for why, _ in doubtful), *shown, *more, remark=remark)


def confirm(remark: str, *evidence: Evidence) -> Finding:
    """Only a person can answer."""
    return Finding(Outcome.CONFIRM, None, _once(evidence), remark)


def not_applicable(remark: str, *evidence: Evidence) -> Finding:
    """The criterion does not apply, and why."""
    return Finding(Outcome.NOT_APPLICABLE, None, _once(evidence), remark)


def _once(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence))


# What a check reads: a query, and of it the value sets (None: all that comes).
Ask = tuple[Query, ValueSet | None]
Reads = frozenset[Ask]


def asks(query: Query, *value_sets: ValueSet) -> Reads:
    """What a check reads of one query."""
    return frozenset((query, one) for one in value_sets) or frozenset({(query, None)})


class Check(Protocol):
    """How a criterion is judged: a frozen value whose numbers are fields."""

    @property
    def reads(self) -> Reads:
        """What must be asked of the EHR for this."""
        ...

    @property
    def threshold(self) -> str:
        """The number or condition, in words."""
        ...

    @property
    def windows(self) -> Sequence[Window]:
        """How far the check looks back; empty: for life, or the present state."""
        ...

    def __call__(self, case: Case, /) -> Finding:
        """Judge a case."""
        ...


class Act(Enum):
    """What people do to settle an open question: what is done in one go is one act."""

    BLOOD_DRAW = "one blood draw"
    READ_REPORT = "report read"
    EXAMINATION = "examined and recorded"
    BEDSIDE = "measured at the bedside"
    SCAN = "brain scan"
    HEART = "heart test"
    LUNGS = "lung function test"
    AWAIT = "final result awaited"
    LOOK = "entry looked at"
    ASK = "asked and recorded"
    LOOK_UP = "looked up in the EHR"


@dataclass(frozen=True, slots=True)
class WorkUp:
    """
    A test that settles a criterion; codes from the `orderable-*` sets.

    Without a code it is nothing that is ordered (a weight, a form): only said on the card.
    """

    name: str
    codings: tuple[tuple[str, str, str], ...] = ()  # system, code, display
    act: Act = Act.BLOOD_DRAW
    covers: tuple["WorkUp", ...] = ()  # narrower tests whose values it brings too


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """Everything about one row of criteria.md in one place."""

    id: str
    group: str
    question: str
    weight: Weight
    basis: tuple[Basis, ...]
    sources: tuple[Citation, ...]
    check: Check
    short: str  # what a card calls it: "creatinine"
    shows_limit: bool = False  # a number that a card prints beside the value
    headline: str = "{fact}"  # the summary of a card where this is what matters most
    only_if: Callable[[Case], Finding | None] | None = None
    if_not_met: str | None = None
    is_threshold_proposed: bool = False
    doubts: tuple[str, ...] = ()
    work_up: WorkUp | None = None
    asked: str | None = None  # what is to be found out where no test settles it
    is_order_row: bool = False
    # What a site's policy did to the row (rules/adjust.py); as published: nothing.
    site_windows: SiteWindows = ()
    is_off: bool = False
    raised_from: Weight | None = None  # the published weight, where the site's is heavier
    published: "Criterion | None" = None  # of a contraindication: judged as well, see `stricter`

    def __hash__(self) -> int:
        """By its name alone: a row has many fields, and is the key of what is made once of it."""
        return hash(self.id)

    @property
    def windows(self) -> tuple[Window, ...]:
        """How far the check looks back at this site."""
        if not self.site_windows:
            return tuple(self.check.windows)
        instead = dict(self.site_windows)
        return tuple(instead.get(window, window) for window in self.check.windows)

    @property
    def is_proposed(self) -> bool:
        """Whether a threshold or window is our proposal and awaits review."""
        return self.is_threshold_proposed or any(w.is_proposed for w in self.windows)

    def assess(self, case: Case) -> Finding:
        """The answer for one case."""
        if self.is_off:
            return not_applicable(SWITCHED_OFF)
        found = self._judge(case)
        if self.published is None:
            return found
        return stricter(found, self.published.assess(case.published))

    def _judge(self, case: Case) -> Finding:
        if self.only_if is not None:
            settled = self.only_if(case)
            if settled is not None:
                return settled
        return self.check(case)


SWITCHED_OFF = "switched off by this site's policy"
AS_PUBLISHED = "by the published rule, which a site's policy cannot weaken"
STRICTER_HERE = "by this site's policy, which is stricter than the published rule"

_STRICTEST_FIRST = (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.CONFIRM)


def stricter(at_site: Finding, published: Finding) -> Finding:
    """
    The stricter of two answers to a contraindication: not-met over unknown over met.

    A site's answer counts only where it speaks against, or leaves open, no less than the
    published one. So no policy can make a contraindication met, or drop one.
    """
    for outcome in _STRICTEST_FIRST:
        if at_site.outcome is outcome:
            if outcome is published.outcome or outcome is not Outcome.NOT_MET:
                return at_site
            return replace(at_site, remark=_also(at_site.remark, STRICTER_HERE), by_site=True)
        if published.outcome is outcome:
            return replace(published, remark=_also(published.remark, AS_PUBLISHED))
    return published


def _also(remark: str | None, more: str) -> str:
    return f"{remark}; {more}" if remark else more


class Status(Enum):
    """The overall result; never "eligible"."""

    NOT_APPLICABLE = "not-applicable"
    CONTRAINDICATION_FOUND = "contraindication-found"
    OUT_OF_SCOPE = "out-of-scope"
    REQUIREMENT_NOT_MET = "requirement-not-met"
    CANNOT_ASSESS = "cannot-assess"
    CAUTIONS_FOUND = "cautions-found"
    NO_EXCLUSION_FOUND = "no-exclusion-found"


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with its finding."""

    criterion: Criterion
    finding: Finding


@dataclass(frozen=True, slots=True)
class PolicyStamp:
    """Which policy an assessment was made under: the hash of its effective values."""

    hash: str
    differences: int  # to the published values; 0: the default policy

    @property
    def is_site(self) -> bool:
        """Whether a site has changed anything."""
        return self.differences > 0


@dataclass(frozen=True, slots=True)
class Assessment:
    """All findings on one case, and what they come to."""

    case: Case
    status: Status
    judged: tuple[Judged, ...]
    policy: PolicyStamp
    reason: str | None = None  # why not-applicable, out of scope, or without the gate's facts
    is_complete: bool = True  # whether every row was judged: a site has switched none off
    not_shared: tuple[Query, ...] = field(default=())

    def of(self, criterion_id: str) -> Finding:
        """The finding on one criterion."""
        return next(j.finding for j in self.judged if j.criterion.id == criterion_id)

    def with_outcome(self, outcome: Outcome, *weights: Weight) -> tuple[Judged, ...]:
        """The criteria with one outcome, of these weights (all, if none is named)."""
        return tuple(
            j
            for j in self.judged
            if j.finding.outcome is outcome and (not weights or j.criterion.weight in weights)
        )
