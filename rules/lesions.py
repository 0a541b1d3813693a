"""
LESIONS: whether there are brain metastases, and since when.

Source: `criteria.md`, "LESIONS, used by the brain rows", and "Which entry counts", rule 10: in
the brain a lesion of any primary counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from rules import codes
from rules.case import Case
from rules.chart import Clinical, Coded, Condition, Entry, Kind, Observation, Query, When
from rules.codes import Match, Verdict
from rules.conditions import CONDITION_READS
from rules.model import Evidence, Finding, Reads, Why, asks, foremost, not_applicable, unknown
from rules.scans import (
    IMAGING_READS,
    SCAN_WINDOW,
    all_scans,
    current_scans,
    newest_scans,
    reports_of_anything,
)
from rules.select import Unknown, fitting, newest, not_complete, pick, trouble_of
from rules.shown import shown


class State(Enum):
    """Whether brain lesions are known."""

    PRESENT = "present"
    NONE = "none"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Lesions:
    """The state, what it rests on, and (if present) since when."""

    state: State
    evidence: tuple[Evidence, ...]
    why: Why | None = None  # UNDECIDED only
    first: When | None = None  # the first date on which a brain metastasis is recorded
    conditions: tuple[Condition, ...] = ()


LESION_READS: Reads = CONDITION_READS | IMAGING_READS | asks(Query.STAGE, codes.M_CATEGORY)

# What must have come completely before "no brain lesion" may be said.
NEEDED = (Query.PROBLEMS, Query.ENCOUNTER_DIAGNOSES, Query.STAGE, Query.IMAGING)


@dataclass(frozen=True, slots=True)
class _Signs:
    """Everything on the chart that says, or may say, that there is a brain metastasis."""

    conditions: tuple[Condition, ...]
    evidence: tuple[tuple[Evidence, When | None], ...]
    doubtful: tuple[tuple[Why, Evidence], ...]


def is_brain_site(body_sites: Sequence[codes.Coding]) -> bool:
    """Whether a body site is in the brain."""
    found = [codes.listed(c) for c in body_sites]
    return codes.judge(found, codes.BRAIN_SITE).match is Match.DECIDES


def brain_metastasis(condition: Condition) -> Verdict:
    """A Condition held against `brain-metastasis`, or a generic code with a brain body site."""
    generic = codes.judge(condition.listed, codes.SECONDARY_CANCER)
    own = codes.judge(condition.listed, codes.BRAIN_METASTASIS)
    if own.match is Match.DECIDES:
        return own
    if generic.is_candidate and is_brain_site(condition.body_sites):
        return Verdict(Match.DECIDES, generic.code)
    if generic.is_candidate and condition.has_body_site and not _is_elsewhere(condition):
        return Verdict(Match.ASKS, generic.code)
    if not any(condition.listed) and is_brain_site(condition.body_sites):
        return Verdict(Match.ASKS)  # what it is, is not told; that it is in the brain, is
    return own


def _is_elsewhere(condition: Condition) -> bool:
    """Whether the body site is one that is known not to be in the brain."""
    sites = [codes.listed(c) for c in condition.body_sites]
    return codes.judge(sites, codes.SECONDARY_SITE).match is Match.IGNORED


def _doubt(condition: Condition, verdict: Verdict) -> Why | None:
    """Why a Condition may be a brain metastasis without being known to be one."""
    if verdict.match is Match.CONFLICTING:
        return Why.CONFLICTING
    if verdict.match is Match.NONE:
        return Why.UNCLASSIFIED if codes.BRAIN_METASTASIS.name in condition.named else None
    if verdict.match is Match.IGNORED:
        other = codes.judge(condition.listed, codes.BRAIN_METASTASIS_LOOKALIKE)
        return None if other.match is Match.NONE else Why.UNCLASSIFIED
    if verdict.match is Match.ASKS and verdict.code is None:
        past = condition.clinical is Clinical.INACTIVE
        named = codes.BRAIN_METASTASIS.name in condition.named
        return None if past and not named else Why.UNCLASSIFIED
    if verdict.match is Match.ASKS and verdict.code is not None:
        own = verdict.code.value_set in (
            codes.BRAIN_METASTASIS.name,
            codes.SECONDARY_CANCER.name,
        )
        if condition.clinical is Clinical.INACTIVE and not own:
            return None
        lesion = verdict.code.value_set == codes.BRAIN_LESION_UNSPECIFIC.name
        return Why.IN_REPORT if lesion else Why.UNCLASSIFIED
    return Why.UNCLASSIFIED if not condition.is_confirmed else None


def _condition_signs(case: Case) -> _Signs:
    sure: list[Condition] = []
    evidence: list[tuple[Evidence, When | None]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    sets = (codes.BRAIN_METASTASIS, codes.SECONDARY_CANCER, codes.BRAIN_METASTASIS_LOOKALIKE)
    by_site = [
        c
        for c in case.chart.of_kind(Condition, Kind.CONDITION)
        if c.body_sites and not any(c.listed)
    ]
    near = case.chart.near(Condition, Kind.CONDITION, *sets)
    for condition in dict.fromkeys([*near, *by_site]):
        verdict = brain_metastasis(condition)
        doubt = _doubt(condition, verdict)
        if doubt is not None:
            doubtful.append((doubt, shown(condition, verdict.code)))
        elif verdict.match is Match.DECIDES:
            when = condition.when
            if when is not None and case.is_future(when):
                doubtful.append((Why.UNREADABLE, shown(condition, verdict.code)))
                continue
            sure.append(condition)
            evidence.append((shown(condition, verdict.code), when))
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.CONDITION:
            verdict = codes.judge(skipped.listed, codes.BRAIN_METASTASIS, codes.SECONDARY_CANCER)
            if verdict.is_candidate or codes.BRAIN_METASTASIS.name in skipped.named:
                doubtful.append((Why.UNCLASSIFIED, shown(skipped, verdict.code)))
            elif not skipped.has_code:
                doubtful.append((Why.UNREADABLE, shown(skipped)))
        if skipped.kind is Kind.REPORT and not skipped.has_code:
            doubtful.append((Why.UNREADABLE, shown(skipped)))
    return _Signs(tuple(sure), tuple(evidence), tuple(doubtful))


def ajcc_text(value: Coded) -> str | None:
    """
    An AJCC code such as `cM1d(1)` or `Stage IV`, normalised to `M1D`, `IV`; None: no AJCC code.

    The prefixes of clinical and pathological staging are left out, no others: `ycM1` stays.
    """
    for coding in value.codings:
        if coding.system == codes.AJCC:
            text = "".join(coding.code.upper().split()).split("(")[0].removeprefix("STAGE")
            return text[1:] if text[:1] in ("C", "P") else text
    return None


def _m1d(case: Case) -> tuple[Evidence, When] | Unknown | None:
    """
    The latest M category, if it is M1d (metastasis to the central nervous system).

    `Unknown` if the latest cannot be used: what it says is not known then.
    """
    found = fitting(case, (codes.M_CATEGORY,))
    if not found:
        return None
    picked = pick(case, Query.STAGE, found, None)
    if isinstance(picked, Unknown):
        return _m1d_of(case, found) if picked.why is Why.NOT_SHARED else picked
    return _m1d_among([(entry, when) for entry, when, _ in picked])


def _m1d_of(
    case: Case, found: Sequence[tuple[Entry, Verdict]]
) -> tuple[Evidence, When] | Unknown | None:
    """M1d among what came of an incomplete answer: a lesion seen is a lesion."""
    usable = [
        (entry, when)
        for entry, verdict in found
        if (when := case.usable(entry)) is not None and trouble_of(entry, verdict) is None
    ]
    newest_ids = {id(one) for one in newest(case, usable)}
    return _m1d_among([(e, w) for e, w in usable if id(e) in newest_ids])


def _m1d_among(entries: Sequence[tuple[Entry, When]]) -> tuple[Evidence, When] | Unknown | None:
    """M1d if it is what they say; `Unknown` if they differ, or one says nothing that is known."""
    says = [
        (
            entry,
            when,
            _says_m1d(entry.value)
            if isinstance(entry, Observation) and isinstance(entry.value, Coded)
            else None,
        )
        for entry, when in entries
    ]
    answers = {answer for _, _, answer in says}
    if answers >= {True, False}:
        return Unknown(Why.CONFLICTING, tuple(shown(entry) for entry, _, _ in says))
    if True in answers:
        return next((shown(entry), when) for entry, when, answer in says if answer)
    unclear = tuple(shown(entry) for entry, _, answer in says if answer is None)
    return Unknown(Why.UNREADABLE, unclear) if unclear else None


def _says_m1d(value: Coded) -> bool | None:
    """Whether an M category is M1d; None: it is not told (text, an unknown code)."""
    text = ajcc_text(value) or ""
    if codes.judge(value.listed, codes.M1D).match is Match.DECIDES or text.endswith("M1D"):
        return True
    known = codes.judge(value.listed, codes.M0, codes.M1).match is Match.DECIDES
    return False if known or text in ("M0", "M1", "M1A", "M1B", "M1C") else None


def lesions(case: Case) -> Lesions:
    """PRESENT, NONE or UNDECIDED, with what it rests on."""
    signs = _condition_signs(case)
    evidence = list(signs.evidence)
    m1d = _m1d(case)
    if isinstance(m1d, tuple):
        evidence.append(m1d)
    scans = case.once(all_scans)
    latest_scans = newest(case, [(s.report, s.when) for s in scans])
    newest_ids = {id(one) for one in latest_scans}
    top = [s for s in scans if id(s.report) in newest_ids]
    contradicts = any(s.contradicts_itself for s in top) or (
        any(s.shows_lesion for s in top) and any(s.is_negative for s in top)
    )
    evidence += [(s.evidence, s.when) for s in top if s.shows_lesion and not contradicts]
    if evidence:
        dates = [when for _, when in evidence if when is not None and not case.is_future(when)]
        dates += [s.when for s in scans if s.shows_lesion]
        first = min(dates, key=lambda when: case.days(when)[0], default=None)
        shown_first = tuple(one for one, _ in evidence)
        return Lesions(State.PRESENT, shown_first, None, first, signs.conditions)
    if isinstance(m1d, Unknown):
        stage = tuple((m1d.why, one) for one in m1d.evidence)
        signs = replace(signs, doubtful=signs.doubtful + stage)
    return _without_lesion(case, signs, contradicts)


def _without_lesion(case: Case, signs: _Signs, contradicts: bool) -> Lesions:
    """NONE only if the newest scan is a full MRI, current and coded negative, and all came."""
    scans = newest_scans(case, SCAN_WINDOW)
    unread = [s for s in current_scans(case) if s.is_unread]
    proof = (
        not isinstance(scans, Unknown)
        and all(s.is_negative for s in scans)
        and any(s.is_full_mri for s in scans)
    )
    untold = reports_of_anything(case, scans[0].when) if isinstance(scans, tuple) else ()
    if untold:
        signs = replace(
            signs, doubtful=(*signs.doubtful, *((Why.UNCLASSIFIED, one) for one in untold))
        )
    if isinstance(scans, tuple) and proof and not signs.doubtful and not not_complete(case, NEEDED):
        return Lesions(State.NONE, tuple(s.evidence for s in scans))
    if unread:
        return Lesions(State.UNDECIDED, tuple(s.evidence for s in unread), Why.IN_REPORT)
    if not_complete(case, NEEDED):
        return Lesions(State.UNDECIDED, (), Why.NOT_SHARED)
    if contradicts:
        seen = tuple(s.evidence for s in current_scans(case))
        return Lesions(State.UNDECIDED, seen, Why.CONFLICTING)
    if signs.doubtful:
        why = foremost(why for why, _ in signs.doubtful)
        return Lesions(State.UNDECIDED, tuple(one for _, one in signs.doubtful), why)
    seen = () if isinstance(scans, Unknown) else tuple(s.evidence for s in scans)
    return Lesions(State.UNDECIDED, seen, Why.ABSENT)


def if_lesions(case: Case) -> Finding | None:
    """The condition of the rows that speak of lesions: judged (None) if they are present."""
    found = case.once(lesions)
    match found.state:
        case State.PRESENT:
            return None
        case State.NONE:
            return not_applicable("No brain lesion: the newest MRI is coded negative.")
        case State.UNDECIDED:
            remark = "It is not known whether there are brain lesions."
            return unknown(found.why or Why.ABSENT, *found.evidence, remark=remark)


def onsets_after(
    case: Case, conditions: Sequence[Condition], day: date
) -> tuple[list[Evidence], list[Evidence]]:
    """Those with an onset surely after a day; those whose partial date lies on both sides."""
    dated = [(shown(c), case.days(c.onset)) for c in conditions if c.onset is not None]
    surely = [evidence for evidence, (first, _) in dated if first > day]
    perhaps = [evidence for evidence, (first, last) in dated if first <= day < last]
    return surely, perhaps
