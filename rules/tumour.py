"""
Measured brain lesions: sizes by lesion and day, and the trend that was stated.

Source: `criteria.md`, row brain-mets-not-growing; `fhir-notes.md`, "Imaging, growth".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rules import codes, units
from rules.case import Case, Window, proposed
from rules.chart import Coded, Condition, Entry, Kind, Observation, Query, Site, When
from rules.codes import Match
from rules.lesions import brain_metastasis, is_brain_site
from rules.model import Evidence, Outcome, Reads, Why, asks
from rules.select import Reading, Unknown, latest, skipped_observations, trouble_of
from rules.shown import shown
from rules.units import Span
from rules.values import span_of

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
class Trouble:
    """A measurement that cannot be used; `lesion` None: which one it is of, is not told."""

    why: Why
    evidence: Evidence
    when: When | None
    lesion: str | None


@dataclass(frozen=True, slots=True)
class Sizes:
    """The measurements that can be read, and those that cannot."""

    readable: tuple[Size, ...]
    trouble: tuple[Trouble, ...]


def _is_about_brain(case: Case, observation: Observation) -> bool:
    """Whether the site or the focus is in the brain."""
    return is_brain_site(observation.body_sites) or _focused_on_brain(case, observation)


def _focused_on_brain(case: Case, observation: Observation) -> bool:
    return any(_is_brain_lesion(case.chart.resolve(one)) for one in observation.focus)


def _is_brain_lesion(entry: Entry | None) -> bool:
    if isinstance(entry, Site):
        return is_brain_site(entry.codings)
    return isinstance(entry, Condition) and brain_metastasis(entry).match is Match.DECIDES


def _lesion_of(observation: Observation) -> str:
    if observation.focus:
        return " ".join(sorted(observation.focus))
    return " ".join(sorted(c.token for c in observation.body_sites))


def brain_sizes(case: Case) -> Sizes:
    """Every size of a lesion in the brain, of whatever primary; what cannot be used is trouble."""
    readable: list[Size] = []
    trouble: list[Trouble] = []
    sets = (codes.TUMOUR_SIZE, codes.TUMOUR_SIZE_COMPONENT)
    found = case.chart.listed_in(Observation, Kind.OBSERVATION, *sets)
    measured = {o.reference for o in found if o.parent_codings}
    for one in found:
        if not one.parent_codings and one.reference in measured:
            continue  # its components are its sizes
        if not _is_about_brain(case, one):
            continue
        verdict = codes.judge(one.listed, *sets)
        evidence = shown(one, verdict.code, "brain lesion size")
        when = case.usable(one)
        values = trouble_of(one, verdict) or span_of(one, units.TUMOUR_SIZE)
        lesion = _lesion_of(one)
        if when is None or isinstance(values, Why):
            why = values if when is not None and isinstance(values, Why) else Why.UNREADABLE
            trouble.append(Trouble(why, evidence, when, lesion))
        else:
            readable.append(Size(lesion, when, values, evidence, bool(one.focus)))
    for skipped, verdict in skipped_observations(case, *sets):
        show = shown(skipped, verdict.code, "tumour size")
        trouble.append(Trouble(Why.UNCLASSIFIED, show, case.usable(skipped), None))
    return Sizes(tuple(readable), tuple(trouble))


@dataclass(frozen=True, slots=True)
class Growth:
    """What the sizes say: an outcome, or why they say nothing; and the scan compared with."""

    verdict: Outcome | Why
    evidence: tuple[Evidence, ...] = ()
    earlier: When | None = None
    remark: str | None = None
    is_only_now: bool = False  # never measured before: new, where others were


def growth(case: Case, sizes: Sizes, current: Window, apart: Window) -> Growth:
    """
    Two sizes of the same lesion far enough apart, the later one current; any growth counts (P).

    Compared with the smallest size measured 28 to 180 days before (`apart`: at most). A lesion
    measured only now, while another was measured then, is new.
    """
    lesions: dict[str, list[Size]] = {}
    last: dict[str | None, date] = {}  # the newest size of each lesion; under None, of any
    for size in sizes.readable:
        lesions.setdefault(size.lesion, []).append(size)
        for key in (size.lesion, None):
            last[key] = max(case.days(size.when)[0], last.get(key, date.min))
    each = [_growth_of(case, lesions[one], current, apart) for one in sorted(lesions)]
    compared = [one.earlier for one in each if one.earlier is not None]
    earlier = min(compared, key=lambda when: case.days(when)[0], default=None)
    for one in each:
        if one.verdict is Outcome.NOT_MET:
            return Growth(Outcome.NOT_MET, one.evidence, earlier, one.remark)
    fresh = [one for one in each if one.is_only_now]
    if compared and fresh:
        new = tuple(e for one in fresh for e in one.evidence)
        return Growth(Outcome.NOT_MET, new, earlier, "A lesion that was not measured before.")
    for trouble in sizes.trouble:
        if _is_newer(case, trouble, last):
            return Growth(trouble.why, (trouble.evidence,))
    if not each:
        return Growth(Why.ABSENT)
    evidence = tuple(e for one in each for e in one.evidence)
    if (case.today - last[None]).days > current.days:
        newest = (s.evidence for s in sizes.readable if case.days(s.when)[0] == last[None])
        return Growth(Why.STALE, tuple(newest))
    for one in each:
        if isinstance(one.verdict, Why):
            return Growth(one.verdict, evidence, earlier, one.remark)
    return Growth(Outcome.MET, evidence, earlier, each[0].remark)


def _is_newer(case: Case, trouble: Trouble, last: Mapping[str | None, date]) -> bool:
    """Whether what cannot be used is not older than the newest size of its lesion."""
    day = last.get(trouble.lesion)
    return trouble.when is None or day is None or case.days(trouble.when)[1] >= day


def _growth_of(case: Case, sizes: Sequence[Size], current: Window, apart: Window) -> Growth:
    """One lesion: its newest size against the smallest one 28 to 180 days before."""
    day = max(case.days(s.when)[0] for s in sizes)
    later = [s for s in sizes if case.days(s.when)[0] == day]
    show = tuple(s.evidence for s in later)
    if (case.today - day).days > current.days:
        return Growth(Why.STALE, show, remark="A lesion has no size on a current scan.")
    days_before = [(s, (day - case.days(s.when)[0]).days) for s in sizes]
    earlier = [s for s, days in days_before if APART_AT_LEAST <= days <= apart.days]
    if not earlier:
        before = [days for _, days in days_before if days > 0]
        if not before:
            return Growth(Why.ABSENT, show, remark="Only one scan with a size.", is_only_now=True)
        too_close = min(before) < APART_AT_LEAST
        remark = f"The scans are too {'close' if too_close else 'far apart'} to compare."
        return Growth(Why.ABSENT, tuple(s.evidence for s in sizes), remark=remark)
    first = min((s.when for s in earlier), key=lambda when: case.days(when)[0])
    if not later[0].has_focus and _is_ambiguous(case, sizes):
        remark = "Several sizes of one day, and no lesion is named."
        return Growth(Why.CONFLICTING, _all(earlier, later), first, remark)
    verdict, pair = _compared(earlier, later)
    named = None if later[0].has_focus else "Same lesion by its body site."
    return Growth(verdict, pair, first, named)


def _compared(
    earlier: Sequence[Size], later: Sequence[Size]
) -> tuple[Outcome | Why, tuple[Evidence, ...]]:
    """The largest of the later sizes against the smallest of the earlier, all that they allow."""
    lows = [(s.values.low, s.values.low_open, s) for s in later if s.values.low is not None]
    highs = [(s.values.high, s.values.high_open, s) for s in earlier if s.values.high is not None]
    if lows and highs:
        low, low_open, grown = max(lows, key=lambda one: one[:2])
        high, high_open, before = min(highs, key=lambda one: (one[0], not one[1]))
        if low > high or (low == high and (low_open or high_open)):
            return Outcome.NOT_MET, (before.evidence, grown.evidence)
    ceilings = [(s.values.high, s) for s in later if s.values.high is not None]
    floors = [(s.values.low, s) for s in earlier if s.values.low is not None]
    if len(ceilings) == len(later) and len(floors) == len(earlier):
        ceiling, largest = max(ceilings, key=lambda one: one[0])
        floor, smallest = min(floors, key=lambda one: one[0])
        if ceiling <= floor:
            return Outcome.MET, (smallest.evidence, largest.evidence)
    return Why.UNREADABLE, _all(earlier, later)


def _all(earlier: Sequence[Size], later: Sequence[Size]) -> tuple[Evidence, ...]:
    return tuple(s.evidence for s in (*earlier, *later))


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
