"""
Tests of the heart whose result is coded normal or abnormal: the echo, the stress test.

Source: `criteria.md`, rows wall-motion-normal and cardiac-stress-test; `fhir-notes.md`, "LVEF,
echo, stress test": "performed" is not "normal", and a result comes only from a code.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from rules import codes, stems
from rules.case import Case, Window
from rules.chart import (
    Coded,
    Entry,
    Kind,
    NoValue,
    Observation,
    Procedure,
    Query,
    Report,
    Skipped,
    Status,
    When,
)
from rules.codes import Code, Match, ValueSet, Verdict
from rules.conditions import not_sent
from rules.model import Evidence, Finding, Why, met, not_met, unknown
from rules.select import Unknown, members_missing, newest, not_complete, trouble_of
from rules.shown import plain_display, shown
from rules.values import states

Listed = Sequence[tuple[Code, ...]]  # the rows of codes.csv of each coding


class Shows(Enum):
    """What a coded result shows."""

    NORMAL = "normal"
    ABNORMAL = "abnormal"


Says = Shows | Why  # or why it does not tell


@dataclass(frozen=True, slots=True)
class Result:
    """One entry on a test, and what it says of the result in codes."""

    entry: Entry
    says: Says
    evidence: Evidence
    is_silent: bool = False  # the test was done; what it showed is not coded
    is_partial: bool = False  # one finding denied, or one part normal: not the whole


@dataclass(frozen=True, slots=True)
class HeartTest:
    """How a test is recognised in the chart, and how its coded result is read."""

    names: tuple[ValueSet, ...]  # of its reports; a code that asks: perhaps another test
    findings: tuple[ValueSet, ...]
    read: Callable[[Listed], Says | None]  # None: nothing in the codes is a finding
    procedures: tuple[ValueSet, ...] = ()  # of having it done; a code that asks: result not told
    measured: tuple[ValueSet, ...] = ()  # Observations whose value is the result
    of_a_part: frozenset[str] = frozenset()  # of these: normal there is not normal everywhere

    def results(self, case: Case, window: Window) -> tuple[Result, ...]:
        """Every entry that speaks of the test, in no order; `window`: as for `judged`."""
        return (
            *self._observations(case),
            *self._reports(case),
            *self._procedures(case),
            *self._skipped(case, window),
        )

    def _is_named(self, listed: Listed) -> bool | None:
        """Whether codes name this test; None: perhaps."""
        name = codes.judge(listed, *self.names)
        if name.match is Match.DECIDES or codes.judge(listed, *self.procedures).is_candidate:
            return True
        return None if name.is_candidate else False

    @property
    def _all(self) -> tuple[ValueSet, ...]:
        return (*self.findings, *self.measured, *self.names, *self.procedures)

    def _observations(self, case: Case) -> Iterator[Result]:
        for one in case.chart.listed_in(Observation, Kind.OBSERVATION, *self._all):
            verdict = codes.judge(one.listed, *self._all)
            if not verdict.is_candidate or self._is_told_by_parts(case, one):
                continue
            yield self._observed(one, shown(one, verdict.code))

    def _observed(self, one: Observation, evidence: Evidence) -> Result:
        finding = self.read(one.listed)
        value = self.read(one.value.listed) if isinstance(one.value, Coded) else None
        is_named = self._is_named(one.listed)
        is_own = finding is not None or codes.judge(one.listed, *self.measured).is_candidate
        is_silent = not is_own and value is None
        says, is_partial = _stated(one, finding, value)
        if is_silent and one.value is not NoValue.UNREADABLE:
            says = Why.IN_REPORT if is_named else Why.UNCLASSIFIED
        if says is Shows.NORMAL and not (is_own or is_named):
            says = Why.UNCLASSIFIED
        if says is Shows.NORMAL and self.of_a_part & {c.code for c in one.codings}:
            says, is_partial = Why.UNCLASSIFIED, True
        trouble = trouble_of(one, _SOUND)
        return Result(one, trouble or says, evidence, is_silent, is_partial and trouble is None)

    def _is_told_by_parts(self, case: Case, one: Observation) -> bool:
        """A panel without a value, all of whose parts came and speak for themselves."""
        if one.value is not NoValue.ABSENT or members_missing(case, one):
            return False
        parts = case.chart.parts_of(one)
        return any(codes.judge(part.listed, *self._all).is_candidate for part in parts)

    def _reports(self, case: Case) -> Iterator[Result]:
        for one in case.chart.of_kind(Report, Kind.REPORT):
            coded = [found for each in one.conclusions for found in each.listed]
            trouble = trouble_of(one, _SOUND)
            for result in self._coded(one, coded, Why.IN_REPORT, trouble):
                doubted = result.says is Shows.NORMAL and self._names_finding(one.conclusions)
                yield replace(result, says=Why.UNCLASSIFIED) if doubted else result

    def _names_finding(self, conclusions: Sequence[Coded]) -> bool:
        """Whether a conclusion holds words of a finding and no code of one (rule 8)."""
        words = [
            word
            for each in conclusions
            if self.read(each.listed) is None
            for word in (each.text, *(coding.display for coding in each.codings))
            if word
        ]
        named = stems.conditions_named(words)
        return any(one.name in named for one in self.findings)

    def _procedures(self, case: Case) -> Iterator[Result]:
        for one in case.chart.listed_in(Procedure, Kind.PROCEDURE, *self.procedures):
            coded = one.outcome.listed if one.outcome is not None else ()
            if not one.is_planned:
                yield from self._coded(one, coded, Why.UNCLASSIFIED, _TROUBLE.get(one.status))

    def _coded(
        self, one: Entry, coded: Listed, uncoded: Why, trouble: Why | None
    ) -> Iterator[Result]:
        """A report or procedure: abnormal counts under any name, normal only under the test's."""
        named = self._is_named(one.listed)
        says = self.read(coded)
        if says is None and named is False:
            return
        evidence = shown(one, codes.judge(one.listed, *self.names, *self.procedures).code)
        if says is None:
            reason = uncoded if named else Why.UNCLASSIFIED
            yield Result(one, trouble or reason, evidence, is_silent=True)
            return
        if says is Shows.NORMAL and not named:
            says = Why.UNCLASSIFIED
        told = [plain_display(f[0].display) for f in coded if self.read([f]) is not None]
        evidence = replace(evidence, value=", ".join(dict.fromkeys(told)))
        yield Result(one, trouble or says, evidence)

    def _skipped(self, case: Case, window: Window) -> Iterator[Result]:
        kinds = (Kind.OBSERVATION, Kind.REPORT, *((Kind.PROCEDURE,) if self.procedures else ()))
        for one in case.chart.skipped:
            verdict = codes.judge(one.listed, *self._all)
            fits = verdict.is_candidate or _may_be_any_report(case, one, window)
            if one.kind in kinds and fits:
                silent = one.kind is not Kind.OBSERVATION
                evidence = shown(one, verdict.code)
                yield Result(one, Why.UNCLASSIFIED, evidence, is_silent=silent)


def _may_be_any_report(case: Case, one: Skipped, window: Window) -> bool:
    """
    A current report under a name that no set lists.

    Had it been read, an abnormal result would have counted under whatever name.
    """
    when = case.usable(one)
    is_old = when is not None and case.may_be_within(when, window) is False
    return one.kind is Kind.REPORT and not any(one.listed) and not is_old


_SOUND = Verdict(Match.DECIDES)  # so that `trouble_of` tells only of the status


# Begun or stopped is not final; a status that says nothing cannot be used.
_TROUBLE = {Status.NOT_FINAL: Why.NOT_FINAL, Status.UNUSABLE: Why.UNREADABLE}


def _stated(one: Observation, finding: Says | None, value: Says | None) -> tuple[Says, bool]:
    """What an Observation says by code and value, and whether it is of one finding only."""
    empty = Why.UNREADABLE if isinstance(one.value, NoValue) else Why.UNCLASSIFIED
    if finding is None:
        return (empty if value is None else value), False
    match states(one):
        case True:
            return finding, False
        case False:
            return Why.UNCLASSIFIED, finding is not Shows.NORMAL
        case None:
            if value is None:
                return empty, False
            return (finding if value == finding else Why.CONFLICTING), False


def judged(
    case: Case, results: Sequence[Result], window: Window, queries: Sequence[Query]
) -> Finding:
    """
    The newest coded result; a later test that is not coded keeps a normal one from being met.

    An abnormal one it does not lift: what has to be read is shown beside it.
    """
    silent = [one for one in results if one.is_silent]
    newest_coded = _newest(case, [one for one in results if not one.is_silent], window)
    if isinstance(newest_coded, Unknown):
        says: Says = newest_coded.why
        later: Sequence[Result] = silent
        evidence = newest_coded.evidence
    else:
        says = _verdict([one for one, _ in newest_coded])
        later = _later(case, newest_coded, silent)
        evidence = tuple(one.evidence for one, _ in newest_coded)
    if says is Shows.ABNORMAL:
        unread = [one.evidence for one in later]
        remark = "a later test is not coded: read its report" if unread else None
        return not_met(evidence[0], *evidence[1:], *unread, remark=remark)
    if missing := not_complete(case, queries):
        return not_sent(missing, *evidence)
    if says is Shows.NORMAL and not later:
        return met(*evidence)
    if says in (Shows.NORMAL, Why.ABSENT, Why.STALE):
        nothing = Why.STALE if says is Why.STALE else Why.ABSENT
        return _unread(_newest(case, later, window), evidence, nothing)
    return unknown(says, *evidence)


def _newest(
    case: Case, results: Sequence[Result], window: Window
) -> tuple[tuple[Result, When], ...] | Unknown:
    """The newest of the results, several if of the same time, or why they cannot be used."""
    dated = {id(r.entry): (r, when) for r in results if (when := case.usable(r.entry)) is not None}
    undated = [r for r in results if id(r.entry) not in dated]
    top = [dated[id(one)] for one in newest(case, [(r.entry, when) for r, when in dated.values()])]
    show = tuple(r.evidence for r in (*undated, *(r for r, _ in top)))
    if not results:
        return Unknown(Why.ABSENT)
    if undated:
        only_skipped = all(isinstance(r.entry, Skipped) for r in undated)
        return Unknown(Why.UNCLASSIFIED if only_skipped else Why.UNREADABLE, show)
    if any(r.says is Why.NOT_FINAL for r, _ in top):
        return Unknown(Why.NOT_FINAL, show)
    if not all(case.is_within(when, window) for _, when in top):
        return Unknown(Why.STALE, show)
    return tuple(top)


def _verdict(together: Sequence[Result]) -> Says:
    """What results of the same time say together; one on a part only counts if it is alone."""
    said = {r.says for r in together if not r.is_partial} or {r.says for r in together}
    reasons = [why for why in Why if why in said]
    if reasons:
        return reasons[0]
    return Why.CONFLICTING if len(said) > 1 else said.pop()


def _later(
    case: Case, coded: Sequence[tuple[Result, When]], silent: Sequence[Result]
) -> list[Result]:
    """Tests of a later day than the coded result, of which it does not speak; undated ones too."""
    return [
        one
        for one in silent
        if (when := case.usable(one.entry)) is None
        or any(_is_later(case, one, when, than) for _, than in coded)
    ]


def _is_later(case: Case, one: Result, when: When, than: When) -> bool:
    if isinstance(one.entry, Skipped):
        return not case.is_older(when, than)  # what it codes is not known (rule 9)
    return case.days(when)[1] > case.days(than)[0]


def _unread(
    unread: tuple[tuple[Result, When], ...] | Unknown, beside: Sequence[Evidence], nothing: Why
) -> Finding:
    """The newest test that is not coded, or why it cannot be used; `nothing`: if there is none."""
    if isinstance(unread, Unknown):
        why = nothing if unread.why is Why.ABSENT else unread.why
        return unknown(why, *unread.evidence, *beside)
    said = {one.says for one, _ in unread}
    evidence = (*(one.evidence for one, _ in unread), *beside)
    if Why.IN_REPORT in said:
        return unknown(Why.IN_REPORT, *evidence)
    return unknown(
        next(why for why in Why if why in said),
        *evidence,
        remark="whether it was normal, its codes do not tell",
    )
