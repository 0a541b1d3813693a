"""Section C, third part: the rows that are judged where there are brain lesions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rules import codes
from rules.chart import (
    Condition,
    Entry,
    Kind,
    Procedure,
    Query,
    Status,
    When,
)
from rules.codes import Match, Verdict
from rules.conditions import (
    CONDITION_QUERIES,
    Found,
    counted,
    find_conditions,
    not_shared_text,
)
from rules.criteria.cns import GLASGOW_WINDOW, full_glasgow
from rules.lesions import (
    LESION_READS,
    SCAN_WINDOW,
    Lesions,
    all_scans,
    current_scans,
    if_lesions,
    lesions,
    newest_scans,
)
from rules.model import (
    Basis,
    Case,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    Window,
    asks,
    met,
    none_found,
    not_met,
    proposed,
    unknown,
)
from rules.select import Unknown, not_complete, shown
from rules.sources import (
    CHU13,
    DRO_TIL,
    GUI02,
    LBL19,
    LBL24,
    NCT00003568,
    PRO16,
    SEED,
)
from rules.tumour import (
    APART_AT_LEAST,
    APART_AT_MOST,
    LATER,
    SIZE_READS,
    Sizes,
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
            return unknown(Why.NOT_SHARED, remark=not_shared_text(missing))
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
        by_size = growth(case, case.once(brain_sizes))
        earlier = by_size.earlier or _scan_before(case, _newest_day_of_scans(case))
        new, perhaps_new = _conditions_after(case, earlier)
        by_trend = self._by_trend(case)
        against = [one for one in (by_trend,) if one and one.outcome is Outcome.NOT_MET]
        if by_size.verdict is Outcome.NOT_MET:
            more = [e for one in against for e in one.evidence]
            return not_met(by_size.evidence[0], *by_size.evidence[1:], *more, remark=by_size.remark)
        if against:
            return against[0]
        if new:
            remark = "A brain metastasis recorded after the earlier scan."
            return not_met(new[0], *new[1:], remark=remark)
        missing = not_complete(case, [Query.FUNCTION, Query.IMAGING, *CONDITION_QUERIES])
        if missing:
            return unknown(Why.NOT_SHARED, *by_size.evidence, remark=not_shared_text(missing))
        if perhaps_new:
            remark = "It may have been recorded after the earlier scan."
            return unknown(Why.UNREADABLE, *perhaps_new, remark=remark)
        return self._favourable(case, by_size.verdict, by_size.evidence, by_size.remark, by_trend)

    def _favourable(
        self,
        case: Case,
        sizes: Outcome | Why,
        evidence: tuple[Evidence, ...],
        remark: str | None,
        by_trend: Finding | None,
    ) -> Finding:
        """Nothing speaks for growth: is there something that speaks against it?"""
        unsettled = isinstance(sizes, Why) and sizes not in (Why.ABSENT, Why.STALE)
        trend_open = by_trend is not None and by_trend.outcome is Outcome.UNKNOWN
        if unsettled and isinstance(sizes, Why):
            return unknown(sizes, *evidence, remark=remark)
        if trend_open and by_trend is not None:
            return by_trend
        if sizes is Outcome.MET or (by_trend is not None and by_trend.outcome is Outcome.MET):
            favourable = evidence if sizes is Outcome.MET else ()
            favourable += by_trend.evidence if by_trend is not None else ()
            unsettling = _unsettling_scans(case, favourable)
            if unsettling:
                read = "read the report: it is newer than the measurement, or says larger"
                return unknown(Why.IN_REPORT, *favourable, *unsettling, remark=read)
        if sizes is Outcome.MET:
            return met(*evidence, remark=remark)
        if by_trend is not None:
            return by_trend
        scans = newest_scans(case, SCAN_WINDOW)
        if isinstance(scans, tuple) and all(s.is_negative for s in scans):
            return met(*(s.evidence for s in scans))
        unread = [s.evidence for s in current_scans(case) if s.is_unread]
        if unread:
            return unknown(Why.IN_REPORT, *evidence, *unread, remark="read the report")
        old = stated_trend(case, self.window)
        if sizes is Why.ABSENT and isinstance(old, Unknown) and old.why is Why.STALE:
            return old.finding()
        why = sizes if isinstance(sizes, Why) else Why.ABSENT
        return unknown(why, *evidence, remark=remark)

    def _by_trend(self, case: Case) -> Finding | None:
        """The stated trend; None: no usable one is on the chart."""
        trend = stated_trend(case, self.window)
        if isinstance(trend, Unknown):
            passed_over = (Why.ABSENT, Why.STALE, Why.NOT_SHARED)
            return None if trend.why in passed_over else trend.finding()
        word, reading = trend
        if word == "worsened":
            return not_met(reading.evidence)
        if word not in ("stable", "improved"):
            return unknown(Why.UNCLASSIFIED, reading.evidence)
        if _scan_before(case, reading.when) is None:
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
    scans = case.once(all_scans)
    return max((s.when for s in scans), key=lambda when: case.days(when)[0], default=None)


def _scan_before(case: Case, later: When | None) -> When | None:
    """The newest brain scan 28 to 180 days before a date."""
    if later is None:
        return None
    day = case.days(later)[0]
    before = [
        s.when
        for s in case.once(all_scans)
        if APART_AT_LEAST <= (day - case.days(s.when)[0]).days <= APART_AT_MOST
    ]
    return max(before, key=lambda when: case.days(when)[0], default=None)


def _conditions_after(case: Case, earlier: When | None) -> tuple[list[Evidence], list[Evidence]]:
    """Brain metastases with an onset after the earlier scan; and those that may be so."""
    if earlier is None:
        return [], []
    return _onsets_after(case, case.once(lesions).conditions, case.days(earlier)[1])


def _onsets_after(
    case: Case, conditions: Sequence[Condition], day: date
) -> tuple[list[Evidence], list[Evidence]]:
    """Those with an onset surely after a day; those whose partial date lies on both sides."""
    dated = [(shown(c), case.days(c.onset)) for c in conditions if c.onset is not None]
    surely = [evidence for evidence, (first, _) in dated if first > day]
    perhaps = [evidence for evidence, (first, last) in dated if first <= day < last]
    return surely, perhaps


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
)


@dataclass(frozen=True, slots=True)
class LesionsTreated:
    """A completed local therapy of the brain on or after the first metastasis, none newer."""

    threshold: str = "completed local therapy"

    @property
    def reads(self) -> Reads:
        """Procedures, what LESIONS needs, sizes."""
        return LESION_READS | SIZE_READS | asks(Query.PROCEDURES)

    @property
    def windows(self) -> Sequence[Window]:
        """On or after the date of the first brain metastasis."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Find the last treatment, then look for a lesion newer than that."""
        state: Lesions = case.once(lesions)
        found = treatments(case)
        done: list[tuple[When, Evidence]] = []
        before: list[Evidence] = []
        doubtful = list(found.doubtful)
        for entry, evidence in found.sure:
            when = case.usable(entry)
            first = None if state.first is None else case.days(state.first)
            if when is None or first is None:
                doubtful.append((Why.UNREADABLE, evidence))
            elif case.days(when)[0] >= first[1] or case.days(when) == first:
                done.append((when, evidence))
            elif case.days(when)[1] >= first[0]:
                doubtful.append((Why.UNREADABLE, evidence))
            else:
                before.append(evidence)
        if done:
            last = max(done, key=lambda one: case.days(one[0])[1])
            newer, perhaps_newer = self._newer(case, state, last[0])
            if newer:
                return not_met(last[1], *newer, remark="A lesion newer than the last treatment.")
            if perhaps_newer:
                remark = "It may be newer than the last treatment."
                return unknown(Why.UNREADABLE, last[1], *perhaps_newer, remark=remark)
            if missing := not_complete(case, [*CONDITION_QUERIES, Query.FUNCTION]):
                # a newer lesion may stand in what did not come
                return unknown(Why.NOT_SHARED, last[1], remark=not_shared_text(missing))
            return met(*(e for _, e in done))
        if doubtful:
            return unknown(doubtful[0][0], *(one for _, one in doubtful))
        if missing := not_complete(case, [Query.PROCEDURES]):
            return unknown(Why.NOT_SHARED, remark=not_shared_text(missing))
        searched = case.chart.count([Kind.PROCEDURE])
        if searched == 0:
            return unknown(Why.ABSENT, remark="No Procedure was shared: can mean never asked.")
        if before:
            remark = "Treated only before the first brain metastasis on record."
            return not_met(before[0], *before[1:], remark=remark)
        return none_found(searched, f"No brain treatment in {counted(searched, 'procedure')}.")

    def _newer(
        self, case: Case, state: Lesions, last: When
    ) -> tuple[list[Evidence], list[Evidence]]:
        later, perhaps = _onsets_after(case, state.conditions, case.days(last)[1])
        sizes: Sizes = case.once(brain_sizes)
        before = {s.lesion for s in sizes.readable if case.days(s.when)[0] <= case.days(last)[1]}
        if before:
            later += [
                s.evidence
                for s in sizes.readable
                if s.lesion not in before and case.days(s.when)[0] > case.days(last)[1]
            ]
        return later, perhaps


def treatments(case: Case) -> Found:
    """Completed local therapies of the brain; without a site, or planned: doubtful or passed by."""
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    sets = (*_LOCAL_THERAPY, codes.OTHER_BRAIN_RADIOTHERAPY)
    for procedure in case.chart.listed_in(Procedure, Kind.PROCEDURE, *sets):
        verdict = _treatment(procedure)
        if not verdict.is_candidate or procedure.is_planned:
            continue
        if procedure.status is Status.NOT_FINAL:
            continue  # begun or stopped is not completed
        evidence = shown(procedure, verdict.code)
        if verdict.match is Match.CONFLICTING:
            doubtful.append((Why.CONFLICTING, evidence))
        elif verdict.match is Match.ASKS or procedure.status is Status.UNUSABLE:
            doubtful.append((Why.UNCLASSIFIED, evidence))
        else:
            sure.append((procedure, evidence))
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.PROCEDURE:
            if not skipped.has_code:
                doubtful.append((Why.UNREADABLE, shown(skipped)))
            elif codes.judge(skipped.listed, *sets).is_candidate:
                doubtful.append((Why.UNCLASSIFIED, shown(skipped)))
    return Found(tuple(sure), tuple(doubtful))


_LOCAL_THERAPY = (
    codes.RADIOSURGERY,
    codes.METASTASECTOMY,
    codes.RADIOTHERAPY_COURSE,
    codes.WHOLE_BRAIN_RADIOTHERAPY,
)


def _treatment(procedure: Procedure) -> Verdict:
    """A local therapy by code; one without a site in its code decides by the body site."""
    site = codes.judge(
        [codes.listed(c) for c in procedure.body_sites], codes.RADIOTHERAPY_SITE, codes.BRAIN_SITE
    )
    surgery = codes.judge(procedure.listed, codes.RADIOSURGERY, codes.METASTASECTOMY)
    radiotherapy = codes.judge(
        procedure.listed, codes.RADIOTHERAPY_COURSE, codes.WHOLE_BRAIN_RADIOTHERAPY
    )
    if surgery.match in (Match.DECIDES, Match.CONFLICTING):
        return surgery
    asks_site = next((v for v in (surgery, radiotherapy) if v.is_candidate), None)
    if asks_site is None:
        # seeds and implants stand in no set that the row names: somebody must look
        other = codes.judge(procedure.listed, codes.OTHER_BRAIN_RADIOTHERAPY)
        return Verdict(Match.ASKS, other.code) if other.is_candidate else codes.NO_MATCH
    if site.match is Match.DECIDES:
        return Verdict(Match.DECIDES, asks_site.code)
    # no site, one that asks, or one that is not known at all: somebody must look
    elsewhere = site.match is Match.IGNORED or any(codes.listed(c) for c in procedure.body_sites)
    if site.is_candidate or not elsewhere:
        return Verdict(Match.ASKS, asks_site.code)
    return codes.NO_MATCH


BRAIN_METS_TREATED = Criterion(
    id="brain-mets-treated",
    group="cns",
    question="If brain lesions: treated?",
    short="treatment of the brain lesions",
    headline="brain lesion without recorded treatment",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ, Basis.STUDY),
    sources=(LBL19, GUI02.at("abstract"), PRO16),
    only_if=if_lesions,
    check=LesionsTreated(),
    if_not_met="The earlier label text asks for treatment first; in the NCI series 5.6 % of 36 "
    "with untreated brain metastases responded, 18.5 % of 27 with treated ones.",
    doubts=("A requirement of the older label text; the newer text was not read on this.",),
)


LESION_ROWS = (BRAIN_METS_ASYMPTOMATIC, BRAIN_METS_NOT_GROWING, BRAIN_METS_TREATED)
