"""
Earlier aldesleukin: the doses on record, how sure each of them is, and the course they make.

Source: `criteria.md`, section K, and `fhir-notes.md`, "Prior IL-2": completed, in progress or
stopped is given; on hold or of unknown status is not known; an active order is only planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Course, Drug, Entry, Kind, Procedure, Query, When
from rules.conditions import find_procedures, not_sent
from rules.drugs import READS as DRUG_READS
from rules.drugs import REQUEST_WINDOW, REQUESTED_OR_STATED, find_drugs
from rules.model import (
    Evidence,
    Finding,
    Reads,
    Why,
    asks,
    in_doubt,
    not_applicable,
    unknown,
)
from rules.select import not_complete

QUERIES = (Query.MEDICINES, Query.GIVEN, Query.PROCEDURES)
READS: Reads = DRUG_READS | asks(Query.PROCEDURES, codes.ALDESLEUKIN_GIVEN)

# How long without a dose ends a course.
GAP = proposed(21, "gap that ends a course")

Days = tuple[date, date]  # the first and the last day that a date may mean


@dataclass(frozen=True, slots=True)
class Lasting:
    """From when to when something went on; for what has one date only, twice the same."""

    began: Days
    ended: Days


@dataclass(frozen=True, slots=True)
class Dose:
    """Aldesleukin given, once or over a time: `lasting` None: when is not told."""

    evidence: Evidence
    lasting: Lasting | None = None
    doubt: Why | None = None  # why it is not sure that it was given


def earlier_doses(case: Case) -> tuple[Dose, ...]:
    """Every dose that was, or may have been, given: by medication entries and by Procedures."""
    drugs = find_drugs(case, codes.DRUG_ALDESLEUKIN, _was_given)
    procedures = find_procedures(case, (codes.ALDESLEUKIN_GIVEN,))
    sure = [(one.drug, one.evidence) for one in drugs.sure]
    single = [
        Dose(evidence, _lasting_of(case, entry))
        for entry, evidence in (*sure, *procedures.sure)
        if entry.kind not in REQUESTED_OR_STATED
    ]
    told = [
        Dose(evidence, _ordered(case, entry, single))
        for entry, evidence in sure
        if entry.kind in REQUESTED_OR_STATED
    ]
    perhaps = [Dose(one.evidence, _lasting_of(case, one.drug), why) for why, one in drugs.maybe]
    unread = [Dose(evidence, doubt=why) for why, evidence in (*drugs.unread, *procedures.doubtful)]
    return (*single, *told, *perhaps, *unread)


def _was_given(case: Case, drug: Drug) -> bool | Why:
    """Whether a medication entry says that it was given or taken."""
    if drug.course is Course.DRAFT:
        return False
    if drug.kind is Kind.MEDICATION_REQUEST and drug.course is Course.ACTIVE:
        when = case.usable(drug)
        is_old = when is not None and case.may_be_within(when, REQUEST_WINDOW) is False
        return Why.UNCLASSIFIED if is_old else False  # the planned one, unless forgotten
    if drug.when is not None and case.is_future(drug.when):
        return Why.UNREADABLE
    return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else True


def _lasting_of(case: Case, entry: Entry) -> Lasting | None:
    """When an entry was: its period, up to today at most where it may still go on."""
    when = case.usable(entry)
    if when is None:
        return None
    began = entry.began if isinstance(entry, Drug | Procedure) else None
    is_taken = isinstance(entry, Drug) and entry.course is Course.ACTIVE and entry.until is None
    is_running = is_taken or (isinstance(entry, Procedure) and entry.is_running)
    return lasting(case, began or when, when, is_running=is_running)


def lasting(case: Case, began: When, ended: When, *, is_running: bool = False) -> Lasting:
    """The time between two dates; one that may still go on ends today at the latest."""
    first, last = case.days(ended)
    return Lasting(case.days(began), (first, case.today if is_running else min(last, case.today)))


def _ordered(case: Case, entry: Entry, single: Sequence[Dose]) -> Lasting | None:
    """As `_lasting_of`; up to the end of an order, where no doses since it are told one by one."""
    own = _lasting_of(case, entry)
    until = entry.until if isinstance(entry, Drug) else None
    if own is None or until is None:
        return own
    since = [one for one in single if one.lasting and one.lasting.ended[1] >= own.began[0]]
    if since:
        return own
    last = max(own.ended[1], min(case.days(until)[1], case.today))
    return replace(own, ended=(own.ended[0], last))


def follows(event: Lasting, dose: Dose, window: Window) -> bool | None:
    """Whether something went on during a dose or in so many days after it; None: perhaps."""
    if dose.lasting is None:
        return None
    began, ended, days = dose.lasting.began, dose.lasting.ended, timedelta(window.days)
    if event.ended[0] >= began[1] and event.began[1] <= ended[0] + days:
        return True if dose.doubt is None else None
    return None if event.ended[1] >= began[0] and event.began[0] <= ended[1] + days else False


def without_dose(case: Case) -> Finding | None:
    """The answer where no earlier dose is surely on record; None: there is one."""
    doses = case.once(earlier_doses)
    if any(one.doubt is None for one in doses):
        return None
    perhaps = [(one.doubt, one.evidence) for one in doses if one.doubt is not None]
    if perhaps:
        remark = "Whether aldesleukin was given before cannot be told."
        return in_doubt(perhaps, remark=remark)
    if missing := not_complete(case, QUERIES):
        return not_sent(missing)
    if case.chart.count(REQUESTED_OR_STATED) == 0:
        remark = "No medication entry: whether aldesleukin was given before is not known."
        return unknown(Why.ABSENT, remark=remark)
    return not_applicable("No earlier aldesleukin on record.")


@dataclass(frozen=True, slots=True)
class LastDose:
    """The last dose of the last course: the days that it may have been on."""

    days: Days
    evidence: Evidence


def last_dose(case: Case) -> LastDose | None:
    """The last dose that was surely given and has a date."""
    dated = [(d.lasting, d.evidence) for d in case.once(earlier_doses) if d.doubt is None]
    known = [(one.ended, evidence) for one, evidence in dated if one is not None]
    if not known:
        return None
    _, evidence = max(known, key=lambda one: one[0])
    return LastDose(
        (max(days[0] for days, _ in known), max(days[1] for days, _ in known)), evidence
    )


def last_course(case: Case, gap: Window) -> LastDose | Finding:
    """
    The last dose of the last course, if it is over.

    Else the answer of a row that asks about an earlier course: there is none, one is going on, or
    it cannot be told.
    """
    without = without_dose(case)
    if without is not None:
        return without
    doses = case.once(earlier_doses)
    if missing := not_complete(case, QUERIES):
        return not_sent(missing)
    last = last_dose(case)
    open_ = [one for one in doses if last is None or _may_be_later(one, last)]
    if last is None or open_:
        why = next((one.doubt for one in open_ if one.doubt is not None), Why.UNREADABLE)
        remark = "When aldesleukin was last given cannot be told."
        return unknown(why, *(one.evidence for one in open_), remark=remark)
    if (case.today - last.days[0]).days <= gap.days:
        return not_applicable("A course is going on.", last.evidence)
    if (case.today - last.days[1]).days <= gap.days:
        return unknown(
            Why.UNREADABLE, last.evidence, remark="Whether a course is going on cannot be told."
        )
    return last


def _may_be_later(dose: Dose, last: LastDose) -> bool:
    """Whether a dose without a date, or a doubtful one, may have been after the last sure one."""
    if dose.lasting is None:
        return True
    return dose.doubt is not None and dose.lasting.ended[1] > last.days[0]
