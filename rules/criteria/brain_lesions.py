"""Section C, third part: the rows that are judged where there are brain lesions."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, work_ups
from rules.case import Case, Window, proposed
from rules.chart import (
    Entry,
    Query,
    When,
)
from rules.conditions import (
    CONDITION_QUERIES,
    find_conditions,
    not_sent,
)
from rules.criteria.cns import GLASGOW_WINDOW, full_glasgow
from rules.lesions import (
    LESION_READS,
    if_lesions,
    lesions,
    onsets_after,
)
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
    met,
    not_met,
    unknown,
)
from rules.scans import (
    SCAN_WINDOW,
    all_scans,
    current_scans,
    newest_scans,
)
from rules.select import Reading, Unknown, not_complete
from rules.sources import (
    CHU13,
    DRO_TIL,
    LBL24,
    NCT00003568,
    SEED,
)
from rules.tumour import (
    APART_AT_LEAST,
    APART_AT_MOST,
    LATER,
    SIZE_READS,
    Growth,
    brain_sizes,
    growth,
    stated_trend,
)


@dataclass(frozen=True, slots=True)
class NoSymptoms:
    """No sign of the lesions, and a dated neurological assessment that says so."""

    before_first: Window = proposed(90, "symptom before the first brain metastasis")
    window: Window = GLASGOW_WINDOW
    threshold: str = "none attributable; Glasgow 15"

    @property
    def reads(self) -> Reads:
        """Conditions, what LESIONS needs, Glasgow."""
        return LESION_READS | asks(Query.FUNCTION, codes.GLASGOW)

    @property
    def windows(self) -> Sequence[Window]:
        """Both windows."""
        return (self.window, self.before_first)

    def __call__(self, case: Case, /) -> Finding:
        """Search the Conditions, then ask for the assessment."""
        first = case.once(lesions).first
        # no acute window: the row's own, from 90 days before the first brain metastasis on
        always = Window(365 * 200)
        signs = find_conditions(
            case, (codes.FOCAL_DEFICIT, codes.RAISED_PRESSURE, codes.SEIZURE), window=always
        )
        doubtful = list(signs.doubtful)
        sure: list[Evidence] = []
        for entry, evidence in signs.sure:
            since = self._is_since(case, entry, first)
            if since is True:
                sure.append(evidence)
            elif since is None:
                doubtful.append((Why.UNCLASSIFIED, evidence))
        if sure:
            return not_met(sure[0], *sure[1:])
        unspecific = find_conditions(case, (codes.UNSPECIFIC_SYMPTOM,))
        doubtful += unspecific.doubtful
        if doubtful:
            return unknown(Why.UNCLASSIFIED, *(one for _, one in doubtful))
        if missing := not_complete(case, CONDITION_QUERIES):
            return not_sent(missing)
        glasgow = full_glasgow(case, self.window)
        if isinstance(glasgow, Unknown):
            remark = glasgow.remark or 'No coded symptom is not "asymptomatic".'
            return unknown(glasgow.why, *glasgow.evidence, remark=remark)
        outcome, evidence_of_15 = glasgow
        if outcome is Outcome.MET:
            return met(*evidence_of_15)
        return unknown(Why.ABSENT, *evidence_of_15, remark="Glasgow is below 15.")

    def _is_since(self, case: Case, entry: Entry, first: When | None) -> bool | None:
        """Whether a symptom dates from 90 days before the first metastasis on; None: not told."""
        when = case.usable(entry)
        if when is None or first is None:
            return None
        first_day = case.days(first)[0]
        earliest, latest_day = case.days(when)
        if (first_day - earliest).days <= self.before_first.days:
            return True
        return None if (first_day - latest_day).days <= self.before_first.days else False


BRAIN_METS_ASYMPTOMATIC = Criterion(
    id="brain-mets-asymptomatic",
    group="cns",
    question="If brain lesions: no symptoms from them?",
    short="symptoms of the brain lesions",
    headline="{fact} with brain lesions; symptomatic lesions were excluded",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(SEED, LBL24.at("section 4")),
    only_if=if_lesions,
    check=NoSymptoms(),
    if_not_met="Symptomatic brain lesions were excluded (Saint Louis, as reported).",
    is_threshold_proposed=True,
    doubts=("Glasgow 15 as a neurological assessment is our proposal.",),
    work_up=work_ups.GLASGOW,
)


@dataclass(frozen=True, slots=True)
class LesionsNotGrowing:
    """Two measured scans, a stated trend, or a negative newest scan; any growth counts (P)."""

    window: Window = LATER
    apart: Window = Window(APART_AT_MOST, what=f"earlier scan, from {APART_AT_LEAST} d before it")
    threshold: str = "no new or enlarging lesion"

    @property
    def reads(self) -> Reads:
        """Sizes, disease status, what LESIONS needs."""
        return LESION_READS | SIZE_READS | asks(Query.FUNCTION, codes.DISEASE_STATUS)

    @property
    def windows(self) -> Sequence[Window]:
        """The later scan, and the span to the earlier one."""
        return (self.window, self.apart)

    def __call__(self, case: Case, /) -> Finding:
        """Judge sizes, trend and scans; of several answers the worse."""
        sizes = growth(case, case.once(brain_sizes), self.window, self.apart)
        earlier = sizes.earlier or _scan_before(case, _newest_day_of_scans(case), self.apart)
        new, perhaps_new = _conditions_after(case, earlier)
        stated = stated_trend(case, self.window)
        trend = _judged(case, stated, self.apart)
        worse = trend if trend is not None and trend.outcome is Outcome.NOT_MET else None
        if sizes.verdict is Outcome.NOT_MET:
            more = worse.evidence if worse is not None else ()
            return not_met(sizes.evidence[0], *sizes.evidence[1:], *more, remark=sizes.remark)
        if worse is not None:
            return worse
        if new:
            remark = "A brain metastasis recorded after the earlier scan."
            return not_met(new[0], *new[1:], remark=remark)
        missing = not_complete(case, [Query.FUNCTION, Query.IMAGING, *CONDITION_QUERIES])
        if missing:
            return not_sent(missing, *sizes.evidence)
        if perhaps_new:
            remark = "It may have been recorded after the earlier scan."
            return unknown(Why.UNREADABLE, *perhaps_new, remark=remark)
        if isinstance(sizes.verdict, Why) and sizes.verdict not in (Why.ABSENT, Why.STALE):
            return unknown(sizes.verdict, *sizes.evidence, remark=sizes.remark)
        return _steady(case, sizes, trend) or _without_measure(case, sizes, stated)


def _steady(case: Case, sizes: Growth, trend: Finding | None) -> Finding | None:
    """What sizes or trend say where neither says growth; None: they say nothing."""
    is_same = sizes.verdict is Outcome.MET
    # "stable" without an earlier scan says nothing beside two sizes
    passed_over = trend is not None and is_same and trend.why is Why.ABSENT
    if trend is not None and trend.outcome is Outcome.UNKNOWN and not passed_over:
        return trend
    stable = trend if trend is not None and trend.outcome is Outcome.MET else None
    evidence = sizes.evidence if is_same else ()
    evidence += stable.evidence if stable is not None else ()
    if not evidence:
        return None
    if unsettling := _unsettling_scans(case, evidence):
        read = "read the report: it is newer than the measurement, or says larger"
        return unknown(Why.IN_REPORT, *evidence, *unsettling, remark=read)
    return met(*sizes.evidence, remark=sizes.remark) if is_same else stable


def _without_measure(case: Case, sizes: Growth, stated: tuple[str, Reading] | Unknown) -> Finding:
    """Neither two sizes nor a trend: a negative scan, or why it is not known."""
    scans = newest_scans(case, SCAN_WINDOW)
    if isinstance(scans, tuple) and all(s.is_negative for s in scans):
        return met(*(s.evidence for s in scans))
    unread = [s.evidence for s in current_scans(case) if s.is_unread]
    if unread:
        return unknown(Why.IN_REPORT, *sizes.evidence, *unread, remark="read the report")
    if sizes.verdict is Why.ABSENT and isinstance(stated, Unknown) and stated.why is Why.STALE:
        return stated.finding()
    why = sizes.verdict if isinstance(sizes.verdict, Why) else Why.ABSENT
    return unknown(why, *sizes.evidence, remark=sizes.remark)


def _judged(case: Case, stated: tuple[str, Reading] | Unknown, apart: Window) -> Finding | None:
    """The stated trend as an answer; None: no usable one is on the chart."""
    if isinstance(stated, Unknown):
        passed_over = (Why.ABSENT, Why.STALE, Why.NOT_SHARED)
        return None if stated.why in passed_over else stated.finding()
    word, reading = stated
    if word == "worsened":
        return not_met(reading.evidence)
    if word not in ("stable", "improved"):
        return unknown(Why.UNCLASSIFIED, reading.evidence)
    if _scan_before(case, reading.when, apart) is None:
        remark = "No earlier brain scan to compare with."
        return unknown(Why.ABSENT, reading.evidence, remark=remark)
    return met(reading.evidence)


# codes.csv, brain-scan-finding-abnormal: "Increased size (finding)".
_INCREASED = codes.coding(codes.SNOMED, "15454001")


def _unsettling_scans(case: Case, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Current scans not coded negative that are newer than the evidence, or coded larger."""
    last = max(case.days(e.when)[1] for e in evidence if e.when is not None)
    return [
        s.evidence
        for s in current_scans(case)
        if not s.is_negative and (case.days(s.when)[0] > last or s.has_conclusion(_INCREASED.token))
    ]


def _newest_day_of_scans(case: Case) -> When | None:
    scans = current_scans(case)
    return max((s.when for s in scans), key=lambda when: case.days(when)[0], default=None)


def _scan_before(case: Case, later: When | None, apart: Window) -> When | None:
    """The newest brain scan 28 to 180 days (`apart`) before a date."""
    if later is None:
        return None
    day = case.days(later)[0]
    before = [
        s.when
        for s in case.once(all_scans)
        if APART_AT_LEAST <= (day - case.days(s.when)[0]).days <= apart.days
    ]
    return max(before, key=lambda when: case.days(when)[0], default=None)


def _conditions_after(case: Case, earlier: When | None) -> tuple[list[Evidence], list[Evidence]]:
    """Brain metastases with an onset after the earlier scan; and those that may be so."""
    if earlier is None:
        return [], []
    return onsets_after(case, case.once(lesions).conditions, case.days(earlier)[1])


BRAIN_METS_NOT_GROWING = Criterion(
    id="brain-mets-not-growing",
    group="cns",
    question="Are brain lesions not rapidly growing?",
    short="growth of the brain lesions",
    headline="{change}; growing lesions were excluded (Saint Louis)",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(SEED, CHU13.at('abstract ("stable")'), DRO_TIL, NCT00003568.at("eligibility")),
    only_if=if_lesions,
    check=LesionsNotGrowing(),
    if_not_met=(
        "Rapidly growing lesions were excluded (Saint Louis, as reported); "
        "any growth counts here (proposed)."
    ),
    is_threshold_proposed=True,
    doubts=(
        'No source gives a number for "rapidly growing".',
        "For reference: stable 14 days or more (TIL practice, SECONDARY); more than 4 months "
        "since therapy (NCT00003568).",
    ),
    asked="brain lesions compared on two scans",
)


LESION_ROWS = (BRAIN_METS_ASYMPTOMATIC, BRAIN_METS_NOT_GROWING)
