"""
Which entry counts: the newest usable one, or the reason why none can be used.

Source: `criteria.md`, "Which entry counts". The newest counting entry decides; an older good
one never stands in for a newer one that cannot be read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rules import codes
from rules.case import Case, Window
from rules.chart import (
    Answer,
    Entry,
    Kind,
    Observation,
    Query,
    Report,
    Skipped,
    Status,
    When,
)
from rules.codes import Match, ValueSet, Verdict
from rules.model import Evidence, Finding, Outcome, Why, foremost, unknown
from rules.shown import shown


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that could be used, and why; what there is, is still shown."""

    why: Why
    evidence: tuple[Evidence, ...] = ()
    remark: str | None = None

    def finding(self) -> Finding:
        """The same as an answer to a criterion."""
        return unknown(self.why, *self.evidence, remark=self.remark)


@dataclass(frozen=True, slots=True)
class Reading:
    """A usable Observation, with its usable date and how it is shown."""

    entry: Observation
    when: When
    evidence: Evidence


def not_complete(case: Case, queries: Iterable[Query]) -> tuple[Query, ...]:
    """The queries of these that were not answered completely."""
    answers = case.chart.answers
    return tuple(q for q in queries if not answers.get(q, Answer.MISSING).is_complete)


def newest(case: Case, entries: Sequence[tuple[Entry, When]]) -> tuple[Entry, ...]:
    """
    The entries than which none is surely newer: several, if their times cannot be told apart.

    Of the same effective time, those issued last (fhir-notes.md, rule 4).
    """
    same_time: dict[When, list[Entry]] = {}
    for one, when in _unsurpassed(case, entries):
        same_time.setdefault(when, []).append(one)
    top: list[Entry] = []
    for together in same_time.values():
        issued = [(e, e.issued) for e in together if isinstance(e, Observation) and e.issued]
        if len(issued) == len(together):
            top += [e for e, _ in _unsurpassed(case, issued)]
        else:
            top += together
    return _once(top)


def _once(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Without copies: an Observation of the same code, time and value counts once (rule 11)."""
    kept: dict[object, Entry] = {}
    for one in entries:
        kept.setdefault(_content(one) if isinstance(one, Observation) else id(one), one)
    return tuple(kept.values())


def _content(one: Observation) -> tuple[object, ...]:
    """All that can tell two Observations apart, but which resource and when it was issued."""
    return (
        *(one.codings, one.texts, one.when, one.status, one.value, one.interpretation),
        *(one.ranges, one.body_sites, one.focus, one.members, one.parent_codings),
    )


def _unsurpassed(case: Case, entries: Sequence[tuple[Entry, When]]) -> list[tuple[Entry, When]]:
    """
    The entries than which none `case.is_older` is true, found in one pass.

    Two instants of one kind (with, or without offset) are compared as instants, all else by days.
    """
    last_instant: dict[str, datetime] = {}
    last_day: dict[str, date] = {}
    for _, when in entries:
        kind = _precision(when)
        first = case.days(when)[0]
        last_day[kind] = max(first, last_day.get(kind, first))
        if when.at is not None:
            last_instant[kind] = max(when.at, last_instant.get(kind, when.at))
    kept = []
    for entry, when in entries:
        kind = _precision(when)
        if when.at is not None and when.at < last_instant[kind]:
            continue
        others = [day for other, day in last_day.items() if other != kind or when.at is None]
        if not any(case.days(when)[1] < day for day in others):
            kept.append((entry, when))
    return kept or list(entries)


def _precision(when: When) -> str:
    if when.at is None:
        return "day"
    return "instant" if when.at.tzinfo is not None else "local time"


def fitting(
    case: Case, wanted: Sequence[ValueSet], keep: Callable[[Observation], bool] | None = None
) -> list[tuple[Entry, Verdict]]:
    """Observations of the sets, and what had to be skipped of them."""
    found: list[tuple[Entry, Verdict]] = []
    for entry in case.chart.listed_in(Observation, Kind.OBSERVATION, *wanted):
        verdict = codes.judge(entry.listed, *wanted)
        lost_members = verdict.match is Match.IGNORED and members_missing(case, entry)
        if (verdict.is_candidate or lost_members) and (keep is None or keep(entry)):
            found.append((entry, verdict))
    return found + skipped_observations(case, *wanted)


def skipped_observations(case: Case, *wanted: ValueSet) -> list[tuple[Entry, Verdict]]:
    """Observations of the sets that had to be skipped (rule 9), those with such a component too."""
    return [
        (skipped, verdict)
        for skipped in case.chart.skipped
        if skipped.kind is Kind.OBSERVATION
        and (verdict := codes.judge(skipped.listed, *wanted)).is_candidate
    ]


def members_missing(case: Case, entry: Observation) -> bool:
    """A panel whose members were not shared (fhir-notes.md, rule 9)."""
    return any(case.chart.resolve(member) is None for member in entry.members)


def trouble_of(entry: Entry, verdict: Verdict) -> Why | None:
    """Why an entry of the right kind cannot be used, if so."""
    if isinstance(entry, Skipped):
        return Why.UNCLASSIFIED
    if verdict.match is Match.CONFLICTING:
        return Why.CONFLICTING
    if verdict.match is Match.ASKS:
        return Why.UNCLASSIFIED
    if verdict.match is Match.IGNORED:
        return Why.UNREADABLE
    if isinstance(entry, Observation | Report):
        if entry.status is Status.NOT_FINAL:
            return Why.NOT_FINAL
        if entry.status is Status.UNUSABLE:
            return Why.UNREADABLE
    return None


def pick(
    case: Case,
    query: Query,
    fitting: Sequence[tuple[Entry, Verdict]],
    window: Window | None,
    trouble: Callable[[Entry, Verdict], Why | None] = trouble_of,
    top_of: Callable[[Case, Sequence[tuple[Entry, When]]], tuple[Entry, ...]] = newest,
) -> tuple[tuple[Entry, When, Evidence], ...] | Unknown:
    """
    The newest of the fitting entries, or why it cannot be used.

    Several only if their times cannot be told apart, or as `top_of` says. `window` None: never
    stale.
    """
    verdicts = {id(e): v for e, v in fitting}
    undated = [e for e, _ in fitting if case.usable(e) is None]
    dated = [(e, when) for e, _ in fitting if (when := case.usable(e)) is not None]
    top = top_of(case, dated)
    show = tuple(shown(e, verdicts[id(e)].code) for e in (undated or top))
    if not_complete(case, [query]):
        return Unknown(Why.NOT_SHARED, show)
    if not fitting:
        return Unknown(Why.ABSENT)
    if undated:
        only_skipped = all(isinstance(e, Skipped) for e in undated)
        reason = Why.UNCLASSIFIED if only_skipped else Why.UNREADABLE
        return Unknown(reason, show, "An entry has no date that can be used.")
    troubles = [why for e in top if (why := trouble(e, verdicts[id(e)])) is not None]
    if Why.NOT_FINAL in troubles:
        return Unknown(Why.NOT_FINAL, show)
    newest_ids = {id(one) for one in top}
    whens = [(e, when) for e, when in dated if id(e) in newest_ids]
    if window is not None and not all(case.is_within(when, window) for _, when in whens):
        return Unknown(Why.STALE, show)
    if troubles:
        return Unknown(foremost(troubles), show)
    return tuple((e, when, shown(e, verdicts[id(e)].code)) for e, when in whens)


def latest(
    case: Case,
    query: Query,
    wanted: Sequence[ValueSet],
    window: Window | None,
    keep: Callable[[Observation], bool] | None = None,
) -> tuple[Reading, ...] | Unknown:
    """
    The newest usable Observations of the sets: several only if of the same time.

    `keep` restricts them (to a body site, say). Usable: the query answered completely; final,
    amended or corrected; dated inside the window and not in the future; of a code that decides.
    """
    picked = pick(case, query, fitting(case, wanted, keep), window)
    if isinstance(picked, Unknown):
        return picked
    return tuple(
        Reading(entry, when, evidence)
        for entry, when, evidence in picked
        if isinstance(entry, Observation)
    )


def agree(
    readings: Sequence[Reading], judge: Callable[[Reading], Outcome | Why]
) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
    """One verdict of all readings of the same time; different verdicts are conflicting."""
    verdicts = [judge(reading) for reading in readings]
    show = tuple(reading.evidence for reading in readings)
    if reasons := [verdict for verdict in verdicts if isinstance(verdict, Why)]:
        return Unknown(foremost(reasons), show)
    outcomes = {v for v in verdicts if isinstance(v, Outcome)}
    if len(outcomes) > 1:
        return Unknown(Why.CONFLICTING, show)
    return outcomes.pop(), show
