"""
The stage of the melanoma, and whatever else points to advanced disease.

Source: `criteria.md`, row melanoma-advanced and the gate ("no distant metastasis, stage IV or M1,
of whatever origin").
"""

import re
from dataclasses import dataclass
from enum import Enum

from rules import codes
from rules.case import Case, proposed
from rules.chart import Clinical, Coded, Condition, Entry, Kind, NoValue, Observation, Value, When
from rules.codes import Match, Verdict
from rules.lesions import (
    ajcc_text,
)
from rules.melanoma import Owner, conditions_of, melanoma_verdict, other_cancers, owner, spreads
from rules.model import Evidence, Why
from rules.scans import (
    all_scans,
)
from rules.select import newest, skipped_observations, trouble_of
from rules.shown import shown

STAGE_WINDOW = proposed(365, "stage")


class Advanced(Enum):
    """What a stage or M category says."""

    YES = "stage IV or M1"
    NO = "lower stage or M0"
    STAGE_III = "stage III"
    M0 = "M0"
    ASKS = "not told"


# AJCC codes as text (codes.csv, `stage-value-ajcc-text`: matched by normalised text).
_AJCC = {
    **dict.fromkeys(("IV", "4", "M1", "M1A", "M1B", "M1C", "M1D"), Advanced.YES),
    **dict.fromkeys(("III", "3", "IIIA", "IIIB", "IIIC", "IIID"), Advanced.STAGE_III),
    **dict.fromkeys(("0", "I", "1", "IA", "IB", "II", "2", "IIA", "IIB", "IIC"), Advanced.NO),
    "M0": Advanced.M0,
}


def _said(value: Coded) -> Advanced:
    text = ajcc_text(value)
    if text is not None:
        return _AJCC.get(text, Advanced.ASKS)
    if codes.judge(value.listed, codes.STAGE_IV, codes.M1, codes.M1D).match is Match.DECIDES:
        return Advanced.YES
    if codes.judge(value.listed, codes.M0).match is Match.DECIDES:
        return Advanced.M0
    if codes.judge(value.listed, codes.STAGE_III).is_candidate:
        return Advanced.STAGE_III
    return Advanced.ASKS


# Words that tell of spread without deciding anything: they only make that there is a card.
_SAYS_ADVANCED = re.compile(
    r"metasta|\bstage\s*(?:iv|4)|^\s*iv[a-d]?\s*$|\b(?:yc|yp|[cpry])?m1[a-d]?\b", re.IGNORECASE
)


def may_be_advanced(value: Value) -> bool:
    """Whether a stage may be IV or M1 though it does not decide (IVA, ycM1, words)."""
    if isinstance(value, str):
        return bool(_SAYS_ADVANCED.search(value))
    if not isinstance(value, Coded):
        return False
    text = ajcc_text(value) or ""
    listed = codes.judge(value.listed, codes.STAGE_IV, codes.M1, codes.M1D).is_candidate
    words = [value.text or "", *(c.display or "" for c in value.codings)]
    told = not any(value.listed) and any(_SAYS_ADVANCED.search(one) for one in words)
    return listed or "IV" in text or "M1" in text or told


@dataclass(frozen=True, slots=True)
class Staging:
    """The latest stage: what it says, why it cannot be used, and whether any points to IV or M1."""

    says: Advanced | None  # None: no usable stage
    why: Why | None
    evidence: tuple[Evidence, ...]
    points: bool
    when: When | None = None


def staging(case: Case) -> Staging:
    """
    The latest stage group or M category that is the melanoma's, within its window.

    Condition.stage of an active melanoma stands in only where no stage Observation is (rule book:
    "stage Observation before Condition.stage").
    """
    candidates: list[tuple[Entry, Verdict]] = []
    points = False
    foreign = False
    sets = (codes.STAGE_GROUP, codes.M_CATEGORY)
    for entry in case.chart.listed_in(Observation, Kind.OBSERVATION, *sets):
        points = points or _points(entry.value)
        whose = owner(case, entry.focus)
        foreign = foreign or whose is Owner.NOT_TOLD
        if whose is not Owner.OTHER:
            candidates.append((entry, codes.judge(entry.listed, *sets)))
    skipped = skipped_observations(case, *sets)
    candidates += skipped
    points = points or bool(skipped)  # what it said is lost: it may have been stage IV
    if not candidates:
        return _condition_stage(case, points)
    if any(case.usable(e) is None for e, _ in candidates):
        show = tuple(shown(e, v.code) for e, v in candidates)
        return Staging(None, Why.UNREADABLE, show, points)
    return _newest_stage(case, candidates, points, foreign and bool(other_cancers(case)))


def _newest_stage(
    case: Case, candidates: list[tuple[Entry, Verdict]], points: bool, foreign: bool
) -> Staging:
    """What the newest of them says; `foreign`: they may be another cancer's."""
    top = newest(case, [(e, e.when) for e, _ in candidates if e.when is not None])
    verdicts = {id(e): v for e, v in candidates}
    show = tuple(shown(e, verdicts[id(e)].code) for e in top)
    when = top[0].when
    troubles = [one for e in top if (one := trouble_of(e, verdicts[id(e)])) is not None]
    says = {_of(e) for e in top}
    why: Why | None = None
    if troubles:
        why = troubles[0]
    elif not all(e.when is not None and case.is_within(e.when, STAGE_WINDOW) for e in top):
        why = Why.STALE
    elif foreign or (Advanced.YES in says and says - {Advanced.YES}):
        why = Why.CONFLICTING
    elif None in says:
        why = Why.UNREADABLE
    if why is not None:
        return Staging(None, why, show, points, when)
    for said in (Advanced.YES, Advanced.ASKS, Advanced.STAGE_III, Advanced.M0):
        if said in says:
            open_ = None if said in (Advanced.YES, Advanced.M0) else Why.UNCLASSIFIED
            return Staging(said, open_, show, points, when)
    return Staging(Advanced.NO, None, show, points, when)


def _points(value: Value) -> bool:
    says = isinstance(value, Coded) and _said(value) is Advanced.YES
    return says or may_be_advanced(value)


def _of(entry: Entry) -> Advanced | None:
    """What a stage Observation says; None: it has no value."""
    value = entry.value if isinstance(entry, Observation) else NoValue.UNREADABLE
    if isinstance(value, NoValue):
        return None
    return _said(value) if isinstance(value, Coded) else Advanced.ASKS


def _condition_stage(case: Case, points: bool) -> Staging:
    for condition in conditions_of(case):
        if melanoma_verdict(condition).match is not Match.DECIDES:
            continue
        if condition.clinical is not Clinical.ACTIVE or not condition.is_confirmed:
            continue
        for stage in condition.stages:
            said = _said(stage)
            points = points or _points(stage)
            if said is Advanced.YES:
                return Staging(said, None, (shown(condition, label="stage"),), True, condition.when)
    return Staging(None, None, (), points)


def history_of_metastasis(case: Case) -> Evidence | None:
    """An Observation "history of metastatic cancer" that is true (false means none)."""
    for entry in case.chart.listed_in(Observation, Kind.OBSERVATION, codes.HISTORY_METASTATIC):
        if entry.value is True and owner(case, entry.focus) is not Owner.OTHER:
            return shown(entry)
    return None


def foreign_spread(case: Case) -> bool:
    """A metastasis whose name gives another primary: it points to advanced disease all the same."""
    named = case.chart.listed_in(Condition, Kind.CONDITION, codes.OTHER_PRIMARY_METASTASIS)
    return any(c.clinical is not Clinical.INACTIVE for c in named)


def _named_metastatic(case: Case) -> bool:
    """Whether a Condition that may be melanoma says in words that it has spread."""
    skipped = [s for s in case.chart.skipped if s.kind is Kind.CONDITION]
    going_on = [c for c in conditions_of(case) if c.clinical is not Clinical.INACTIVE]
    return any(
        codes.MELANOMA_CUTANEOUS.name in entry.named
        and any(_SAYS_ADVANCED.search(text) for text in entry.texts)
        for entry in (*skipped, *going_on)
    )


def points_to_advanced(case: Case) -> bool:
    """
    Whether anything on the chart points to advanced disease, of whatever origin and however sure.

    The gate's "distant metastasis, stage IV or M1": with it, a possible melanoma gives a card.
    """
    return (
        any(spread.is_distant for spread in case.once(spreads))
        or case.once(staging).points
        or foreign_spread(case)
        or _named_metastatic(case)
        or history_of_metastasis(case) is not None
        or any(scan.shows_lesion for scan in case.once(all_scans))
    )
