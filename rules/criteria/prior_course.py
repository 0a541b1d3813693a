"""Section K, second part: what the last course of aldesleukin did, and how long ago it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from rules import codes
from rules.case import Case, Window
from rules.chart import Coded, Encounter, Kind, Observation, Query
from rules.codes import Match
from rules.conditions import CONDITION_QUERIES, CONDITION_READS, not_sent
from rules.courses import GAP, LastDose, last_course
from rules.courses import READS as COURSE_READS
from rules.melanoma import Owner, other_cancers, owner
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
    in_doubt,
    met,
    not_met,
    unknown,
)
from rules.orders import without_order
from rules.select import Reading, Unknown, agree, latest, not_complete
from rules.shown import shown
from rules.sources import BCBST, DRUGS, LBL24

# The unit of a value that is another each day, though nothing has happened.
DAYS_AGO = "d ago"


@dataclass(frozen=True, slots=True)
class TumourShrank:
    """The newest disease status after the last course says improved."""

    gap: Window = GAP
    threshold: str = "some shrinkage after the last course"

    @property
    def reads(self) -> Reads:
        """Doses, the disease status, and the Conditions that say whose it is."""
        return COURSE_READS | CONDITION_READS | asks(Query.FUNCTION, codes.DISEASE_STATUS)

    @property
    def windows(self) -> Sequence[Window]:
        """What ends a course; the status counts from there on."""
        return (self.gap,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest status that is not another cancer's."""
        last = last_course(case, self.gap)
        if isinstance(last, Finding):
            return last
        readings = latest(
            case,
            Query.FUNCTION,
            (codes.DISEASE_STATUS,),
            None,
            lambda one: owner(case, one.focus) is not Owner.OTHER,
        )
        if isinstance(readings, Unknown):
            return readings.finding()
        trouble = _not_after(case, readings, last) or _not_told_whose(case, readings)
        if trouble is not None:
            return trouble
        verdict = agree(readings, _trend)
        if isinstance(verdict, Unknown):
            return verdict.finding()
        outcome, evidence = verdict
        if outcome is Outcome.MET:
            return met(*evidence)
        return not_met(evidence[0], *evidence[1:])


def _not_after(case: Case, readings: Sequence[Reading], last: LastDose) -> Finding | None:
    """The answer where the newest status is not surely from after the last dose."""
    show = tuple(one.evidence for one in readings)
    days = [case.days(one.when) for one in readings]
    if max(last_day for _, last_day in days) <= last.days[0]:
        return unknown(Why.ABSENT, *show, remark="No disease status since the last course.")
    if min(first for first, _ in days) <= last.days[1]:
        return unknown(Why.UNREADABLE, *show, remark="It may be from before the last dose.")
    return None


def _not_told_whose(case: Case, readings: Sequence[Reading]) -> Finding | None:
    """The answer where a status may be another cancer's (rule 10)."""
    open_ = [one.entry for one in readings if owner(case, one.entry.focus) is Owner.NOT_TOLD]
    show = tuple(one.evidence for one in readings)
    if not open_:
        return None
    if missing := not_complete(case, CONDITION_QUERIES):
        return not_sent(missing, *show)
    others = tuple(one.evidence for one in other_cancers(case))
    if others:
        remark = "Of which cancer the status is, is not told."
        return unknown(Why.CONFLICTING, *show, *others, remark=remark)
    if any(_is_lost(case, one) for one in open_) or _may_hide_a_cancer(case):
        return unknown(Why.UNREADABLE, *show, remark="Of which cancer it is cannot be read.")
    return None


def _is_lost(case: Case, status: Observation) -> bool:
    """Whether it points to a Condition that is not in the chart."""
    pointed = (one for one in status.focus if one.startswith(f"{Kind.CONDITION.value}/"))
    return any(case.chart.resolve(one) is None for one in pointed)


def _may_hide_a_cancer(case: Case) -> bool:
    """Whether a Condition had to be skipped that may be another cancer."""
    return any(
        not skipped.has_code or codes.judge(skipped.listed, codes.OTHER_ACTIVE_CANCER).is_candidate
        for skipped in case.chart.skipped
        if skipped.kind is Kind.CONDITION
    )


def _trend(reading: Reading) -> Outcome | Why:
    """Improved, or stable or worsened; whatever else it says does not decide."""
    value = reading.entry.value
    if not isinstance(value, Coded):
        return Why.UNREADABLE
    verdicts = [codes.judge([found], codes.DISEASE_STATUS_VALUE) for found in value.listed]
    said = {v.code.means for v in verdicts if v.match is Match.DECIDES and v.code is not None}
    if len(said) > 1:
        return Why.CONFLICTING
    if not said:
        return Why.UNCLASSIFIED
    return Outcome.MET if said == {"improved"} else Outcome.NOT_MET


PRIOR_COURSE_RESPONSE = Criterion(
    id="prior-course-response",
    group="prior-toxicity",
    question="If a course was given: did the tumour shrink?",
    short="response to the last course",
    headline="{fact} after the last course",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ,),
    sources=(DRUGS, LBL24.at("section 2.2 (timing)")),
    check=TumourShrank(),
    if_not_met="Older label wording, read in secondary sources only: a further course only where "
    "the tumour shrank.",
    doubts=(
        "Read in secondary sources only; whether the newer US text has it is unverified.",
        "How long without a dose ends a course is our proposal.",
    ),
    asked="earlier IL-2 and the response to it",
)


@dataclass(frozen=True, slots=True)
class LongSinceDischarge:
    """With an order: long enough since the end of the stay that holds the last dose."""

    since: Window = Window(49, is_proposed=False, what="since discharge")
    gap: Window = GAP

    @property
    def reads(self) -> Reads:
        """Orders and doses, stays."""
        return COURSE_READS | asks(Query.STAYS)

    @property
    def threshold(self) -> str:
        """`>= 49 d since discharge`."""
        return f">= {self.since.days} d since discharge"

    @property
    def windows(self) -> Sequence[Window]:
        """How long since discharge, and what ends a course."""
        return (self.since, self.gap)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the stays; a later discharge can only make it shorter."""
        without = without_order(case)
        if without is not None:
            return without
        last = last_course(case, self.gap)
        if isinstance(last, Finding):
            return last
        judged = [
            one for stay in _stays(case) if (one := self._judge(case, stay, last)) is not None
        ]
        short = [evidence for answer, evidence in judged if answer is Outcome.NOT_MET]
        if short:
            return not_met(short[0], *short[1:])
        if missing := not_complete(case, [Query.STAYS]):
            show = (evidence for _, evidence in judged)
            return not_sent(missing, *show)
        doubts = [(one, evidence) for one, evidence in judged if isinstance(one, Why)]
        doubts += [
            (Why.UNREADABLE, shown(one)) for one in case.chart.skipped if one.kind is Kind.ENCOUNTER
        ]
        if doubts:
            return in_doubt(doubts)
        if not judged:
            remark = "No hospital stay that holds the last dose."
            return unknown(Why.ABSENT, last.evidence, remark=remark)
        return met(*(evidence for _, evidence in judged))

    def _judge(
        self, case: Case, stay: Encounter, last: LastDose
    ) -> tuple[Outcome | Why, Evidence] | None:
        """What a stay says; None: it was surely not the one of the last dose."""
        holds = _holds(case, stay, last)
        if holds is False:
            return None
        show = shown(stay, label="hospital stay")
        if not _is_inpatient(stay):
            return Why.UNCLASSIFIED, show
        if not stay.is_finished:
            return Why.NOT_FINAL, show
        if holds is None or stay.ended is None or case.is_future(stay.ended):
            return Why.UNREADABLE, show
        first, last_day = case.days(stay.ended)
        most, least = (case.today - first).days, max((case.today - last_day).days, 0)
        if most < self.since.days:
            return Outcome.NOT_MET, _discharged(show, most, least)
        if least < self.since.days:
            return Why.UNREADABLE, show
        return Outcome.MET, _discharged(show, most, least)


def _discharged(stay: Evidence, most: int, least: int) -> Evidence:
    days = str(least) if least == most else f"{least}-{most}"
    return replace(stay, label="discharge", value=days, unit=DAYS_AGO)


def _stays(case: Case) -> list[Encounter]:
    """The stays in hospital, and those that may be one: whose class is not told or not listed."""
    return [
        stay
        for stay in case.chart.of_kind(Encounter, Kind.ENCOUNTER)
        if not stay.is_planned and (_is_inpatient(stay) or not _class_of(stay))
    ]


def _class_of(stay: Encounter) -> tuple[codes.Code, ...]:
    return codes.listed(stay.encounter_class) if stay.encounter_class is not None else ()


def _is_inpatient(stay: Encounter) -> bool:
    return codes.judge([_class_of(stay)], codes.ENCOUNTER_INPATIENT).match is Match.DECIDES


def _holds(case: Case, stay: Encounter, last: LastDose) -> bool | None:
    """Whether the last dose was given during a stay; None: its dates do not tell."""
    began = case.days(stay.began) if stay.began else (date.min, date.max)
    ended = case.days(stay.ended) if stay.ended else (date.min, date.max)
    if began[1] <= last.days[0] and last.days[1] <= ended[0]:
        return True
    return None if began[0] <= last.days[1] and last.days[0] <= ended[1] else False


COURSE_INTERVAL = Criterion(
    id="course-interval",
    group="prior-toxicity",
    question="At least 7 weeks since discharge?",
    short="discharge after the last course",
    shows_limit=True,
    headline="{fact}, after the last course",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ,),
    sources=(DRUGS, BCBST, LBL24.at("section 2.2")),
    check=LongSinceDischarge(),
    if_not_met="Older label wording, read in secondary sources only: 7 weeks from discharge to "
    "the next course.",
    doubts=(
        "Read in secondary sources only; whether the newer US text has it is unverified.",
        "How long without a dose ends a course is our proposal.",
    ),
    asked="earlier IL-2 and the day of discharge",
    is_order_row=True,
)

CRITERIA = (PRIOR_COURSE_RESPONSE, COURSE_INTERVAL)
