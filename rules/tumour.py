"""
Measured brain lesions: sizes by lesion and day, and the trend that was stated.

Source: `criteria.md`, row brain-mets-not-growing; `fhir-notes.md`, "Imaging, growth".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units
from rules.chart import Coded, Condition, Kind, NoValue, Observation, Query, Status, When
from rules.codes import Match
from rules.lesions import brain_metastasis, is_brain_site
from rules.model import Case, Evidence, Outcome, Reads, Why, Window, asks, proposed
from rules.select import Reading, Unknown, latest, shown, span_of
from rules.units import Span

LATER = proposed(28, "later scan")
APART_AT_LEAST = 28  # days between the two scans (P)
APART_AT_MOST = 180


SIZE_READS: Reads = asks(Query.FUNCTION, codes.TUMOUR_SIZE, codes.TUMOUR_SIZE_COMPONENT)


@dataclass(frozen=True, slots=True)
class Size:
    """One measurement of one brain lesion; `lesion` is its focus, else its body site."""

    lesion: str
    when: When
    values: Span
    evidence: Evidence
    has_focus: bool


@dataclass(frozen=True, slots=True)
class Sizes:
    """The measurements that can be read, and those that cannot, with the reason."""

    readable: tuple[Size, ...]
    trouble: tuple[tuple[Why, Evidence, When | None], ...]


def _is_about_brain(case: Case, observation: Observation) -> bool:
    if observation.body_sites:
        return is_brain_site(observation.body_sites)
    focused = [case.chart.resolve(reference) for reference in observation.focus]
    return any(
        isinstance(one, Condition) and brain_metastasis(one).match is Match.DECIDES
        for one in focused
    )


def _lesion_of(observation: Observation) -> str:
    if observation.focus:
        return " ".join(sorted(observation.focus))
    return " ".join(sorted(c.token for c in observation.body_sites))


def brain_sizes(case: Case) -> Sizes:
    """Every size of a lesion in the brain, of whatever primary."""
    readable: list[Size] = []
    trouble: list[tuple[Why, Evidence, When | None]] = []
    sets = (codes.TUMOUR_SIZE, codes.TUMOUR_SIZE_COMPONENT)
    found = case.chart.listed_in(Observation, Kind.OBSERVATION, *sets)
    measured = {o.reference for o in found if o.parent_codings}
    for one in found:
        is_parent = not one.parent_codings and one.value is NoValue.ABSENT
        if is_parent and one.reference in measured:
            continue
        if not _is_about_brain(case, one):
            continue
        verdict = codes.judge(one.listed, *sets)
        evidence = shown(one, verdict.code, "brain lesion size")
        when = case.usable(one)
        values = span_of(one, units.TUMOUR_SIZE)
        if when is None:
            trouble.append((Why.UNREADABLE, evidence, None))
        elif one.status is Status.NOT_FINAL:
            trouble.append((Why.NOT_FINAL, evidence, when))
        elif one.status is Status.UNUSABLE:
            trouble.append((Why.UNREADABLE, evidence, when))
        elif isinstance(values, Why):
            trouble.append((values, evidence, when))
        else:
            readable.append(Size(_lesion_of(one), when, values, evidence, bool(one.focus)))
    return Sizes(tuple(readable), tuple(trouble))


@dataclass(frozen=True, slots=True)
class Growth:
    """What the sizes say: an outcome, or why they say nothing; and the scan compared with."""

    verdict: Outcome | Why
    evidence: tuple[Evidence, ...] = ()
    earlier: When | None = None
    remark: str | None = None


def growth(case: Case, sizes: Sizes) -> Growth:
    """
    Two sizes of the same lesion far enough apart, the later one current; any growth counts (P).

    Compared with the smallest size measured 28 to 180 days before. A lesion measured only now,
    while another was measured then, is new.
    """
    newest_day = max((case.days(s.when)[0] for s in sizes.readable), default=None)
    for why, unread, when in sizes.trouble:
        if when is None or newest_day is None or case.days(when)[1] >= newest_day:
            return Growth(why, (unread,))
    if newest_day is None:
        return Growth(Why.ABSENT)
    if (case.today - newest_day).days > LATER.days:
        return Growth(Why.STALE, _newest_evidence(case, sizes.readable))
    lesions = sorted({s.lesion for s in sizes.readable})
    each = [_growth_of(case, [s for s in sizes.readable if s.lesion == one]) for one in lesions]
    compared = [one for one in each if one.earlier is not None]
    evidence = tuple(e for one in each for e in one.evidence)
    earlier = min(
        (one.earlier for one in compared if one.earlier is not None),
        key=lambda when: case.days(when)[0],
        default=None,
    )
    for one in each:
        if one.verdict is Outcome.NOT_MET:
            return Growth(Outcome.NOT_MET, one.evidence, earlier, one.remark)
    fresh = [one for one in each if one.verdict is Why.ABSENT]
    if compared and fresh and all(one.remark == _ONLY_NOW for one in fresh):
        new = tuple(e for one in fresh for e in one.evidence)
        return Growth(Outcome.NOT_MET, new, earlier, "A lesion that was not measured before.")
    for one in each:
        if isinstance(one.verdict, Why):
            return Growth(one.verdict, evidence, earlier, one.remark)
    return Growth(Outcome.MET, evidence, earlier, each[0].remark)


def _newest_evidence(case: Case, sizes: Sequence[Size]) -> tuple[Evidence, ...]:
    last = max(case.days(s.when)[0] for s in sizes)
    return tuple(s.evidence for s in sizes if case.days(s.when)[0] == last)


_ONLY_NOW = "Only one scan with a size."


def _growth_of(case: Case, sizes: Sequence[Size]) -> Growth:
    """One lesion: its newest size against the smallest one 28 to 180 days before."""
    day = max(case.days(s.when)[0] for s in sizes)
    later = [s for s in sizes if case.days(s.when)[0] == day]
    show = tuple(s.evidence for s in later)
    if (case.today - day).days > LATER.days:
        return Growth(Why.STALE, show, remark="A lesion has no size on a current scan.")
    days_before = [(s, (day - case.days(s.when)[0]).days) for s in sizes]
    earlier = [s for s, days in days_before if APART_AT_LEAST <= days <= APART_AT_MOST]
    if not earlier:
        too_close = any(0 < days < APART_AT_LEAST for _, days in days_before)
        remark = "The scans are too close to compare." if too_close else _ONLY_NOW
        return Growth(Why.ABSENT, tuple(s.evidence for s in sizes), remark=remark)
    both = tuple(s.evidence for s in (*earlier, *later))
    first = min((s.when for s in earlier), key=lambda when: case.days(when)[0])
    if not later[0].has_focus and _is_ambiguous(case, sizes):
        remark = "Several sizes of one day, and no lesion is named."
        return Growth(Why.CONFLICTING, both, first, remark)
    ends = [s.values for s in (*earlier, *later)]
    if any(v.low is None or v.low != v.high for v in ends):
        return Growth(Why.UNREADABLE, both, first)
    smallest = min(s.values.low for s in earlier if s.values.low is not None)
    largest = max(s.values.low for s in later if s.values.low is not None)
    named = None if later[0].has_focus else "Same lesion by its body site."
    if largest > smallest:
        return Growth(Outcome.NOT_MET, both, first, named)
    return Growth(Outcome.MET, both, first, named)


def _is_ambiguous(case: Case, sizes: Sequence[Size]) -> bool:
    days = [case.days(s.when)[0] for s in sizes]
    values = {(case.days(s.when)[0], s.values.low) for s in sizes}
    return len(values) > len(set(days))


def stated_trend(case: Case, window: Window) -> tuple[str, Reading] | Unknown:
    """
    The newest disease status whose focus is a brain metastasis: `stable`, `worsened` …

    97509-4 on the whole cancer says nothing of the brain and is passed over.
    """
    sets = (codes.DISEASE_STATUS,)
    readings = latest(case, Query.FUNCTION, sets, window, lambda o: _focused_on_brain(case, o))
    if isinstance(readings, Unknown):
        return readings
    trends = set()
    for reading in readings:
        value = reading.entry.value
        verdict = (
            codes.judge(value.listed, codes.DISEASE_STATUS_VALUE)
            if isinstance(value, Coded)
            else codes.NO_MATCH
        )
        decides = verdict.match is Match.DECIDES and verdict.code is not None
        trends.add(verdict.code.means if decides and verdict.code else "undetermined")
    show = tuple(reading.evidence for reading in readings)
    if len(trends) > 1:
        return Unknown(Why.CONFLICTING, show)
    return trends.pop(), readings[0]


def _focused_on_brain(case: Case, observation: Observation) -> bool:
    focused = [case.chart.resolve(reference) for reference in observation.focus]
    return any(
        isinstance(one, Condition) and brain_metastasis(one).match is Match.DECIDES
        for one in focused
    )
