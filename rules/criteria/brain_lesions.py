"""Section C, first part: brain imaging and the rows on brain lesions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rules import codes
from rules.chart import (
    Coded,
    Entry,
    Kind,
    NoValue,
    Observation,
    Procedure,
    Query,
    Status,
    When,
)
from rules.checks import CONDITION_READS
from rules.codes import Match, ValueSet, Verdict
from rules.conditions import (
    CONDITION_QUERIES,
    Found,
    counted,
    find_conditions,
    not_shared_text,
)
from rules.criteria.cns import GLASGOW_WINDOW, full_glasgow
from rules.drugs import counts_now, find_drugs
from rules.lesions import (
    SCAN_WINDOW,
    Lesions,
    Scan,
    State,
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
    WorkUp,
    asks,
    met,
    none_found,
    not_met,
    proposed,
    unknown,
)
from rules.select import Unknown, newest, not_complete, plain_display, shown, trouble_of
from rules.sources import (
    CHU13,
    DRO_TIL,
    GUI02,
    LBL19,
    LBL24,
    NCT00003027,
    NCT00003568,
    PRO16,
    SARIS,
    SEED,
    UK20,
)
from rules.tumour import (
    APART_AT_LEAST,
    APART_AT_MOST,
    LATER,
    Sizes,
    brain_sizes,
    growth,
    stated_trend,
)

IMAGING_READS: Reads = asks(Query.IMAGING, codes.BRAIN_MRI, codes.HEAD_CT)
LESION_READS: Reads = CONDITION_READS | IMAGING_READS | asks(Query.STAGE, codes.M_CATEGORY)
SIZE_READS: Reads = asks(Query.FUNCTION, codes.TUMOUR_SIZE, codes.TUMOUR_SIZE_COMPONENT)

BRAIN_MRI = WorkUp(
    "brain MRI with contrast",
    (
        (codes.LOINC, "80510-1", "MR Brain for metastasis WO and W contrast IV"),
        (codes.SNOMED, "816077007", "MRI of brain"),
    ),
)


@dataclass(frozen=True, slots=True)
class BrainImaged:
    """A finished report on a brain MRI or head CT inside the window; never not-met."""

    window: Window = SCAN_WINDOW
    threshold: str = "a report exists"

    @property
    def reads(self) -> Reads:
        """Imaging reports."""
        return IMAGING_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old the report may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest report."""
        scans = newest_scans(case, self.window)
        if isinstance(scans, Unknown):
            if scans.why is Why.STALE and scans.evidence:
                date = scans.evidence[0].date
                repeat = f"last brain imaging {date}: repeat before deciding"
                return unknown(Why.STALE, *scans.evidence, remark=repeat)
            if scans.why is Why.ABSENT:
                return unknown(Why.ABSENT, remark="no report shared: not proof of no imaging")
            return scans.finding()
        full = [s for s in scans if s.is_full_mri]
        remark = None if full else "CT, or an MRI limited or without contrast"
        return met(*(s.evidence for s in (full or scans)), remark=remark)


BRAIN_IMAGING_CURRENT = Criterion(
    id="brain-imaging-current",
    group="cns",
    question="Has the brain been imaged recently?",
    short="brain imaging",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.1 (CNS evaluation)"), LBL19),
    check=BrainImaged(),
    doubts=("The interval is ours; the label asks for a CNS evaluation.",),
    work_up=BRAIN_MRI,
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
        start = case.days(first)[0] - timedelta(days=self.before_first.days)
        earliest, latest_day = case.days(when)
        if earliest >= start:
            return True
        return None if latest_day >= start else False


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
        new = _conditions_after(case, earlier)
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


def _newest_day_of_scans(case: Case) -> When | None:
    scans = all_scans(case)
    return max((s.when for s in scans), key=lambda when: case.days(when)[0], default=None)


def _scan_before(case: Case, later: When | None) -> When | None:
    """The newest brain scan 28 to 180 days before a date."""
    if later is None:
        return None
    day = case.days(later)[0]
    before = [
        s.when
        for s in all_scans(case)
        if APART_AT_LEAST <= (day - case.days(s.when)[0]).days <= APART_AT_MOST
    ]
    return max(before, key=lambda when: case.days(when)[0], default=None)


def _conditions_after(case: Case, earlier: When | None) -> list[Evidence]:
    """Brain metastases with an onset after the earlier scan."""
    if earlier is None:
        return []
    return [
        shown(c)
        for c in case.once(lesions).conditions
        if c.onset is not None and case.days(c.onset)[0] > case.days(earlier)[1]
    ]


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
        doubtful = list(found.doubtful)
        for entry, evidence in found.sure:
            when = case.usable(entry)
            if when is None or state.first is None:
                doubtful.append((Why.UNREADABLE, evidence))
            elif case.days(when)[1] >= case.days(state.first)[0]:
                done.append((when, evidence))
        if done:
            last = max(done, key=lambda one: case.days(one[0])[1])
            newer = self._newer(case, state, last[0])
            if newer:
                return not_met(last[1], *newer, remark="A lesion newer than the last treatment.")
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
        return none_found(searched, f"No brain treatment in {counted(searched, 'procedure')}.")

    def _newer(self, case: Case, state: Lesions, last: When) -> list[Evidence]:
        later = [
            shown(c)
            for c in state.conditions
            if c.onset is not None and case.days(c.onset)[0] > case.days(last)[1]
        ]
        sizes: Sizes = case.once(brain_sizes)
        before = {s.lesion for s in sizes.readable if case.days(s.when)[0] <= case.days(last)[1]}
        if before:
            later += [
                s.evidence
                for s in sizes.readable
                if s.lesion not in before and case.days(s.when)[0] > case.days(last)[1]
            ]
        return later


def treatments(case: Case) -> Found:
    """Completed local therapies of the brain; without a site, or planned: doubtful or passed by."""
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    for procedure in case.chart.of_kind(Procedure, Kind.PROCEDURE):
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
            elif codes.judge(skipped.listed, *_LOCAL_THERAPY).is_candidate:
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
    if not procedure.body_sites:
        return Verdict(Match.ASKS, asks_site.code)
    if site.match is Match.DECIDES:
        return Verdict(Match.DECIDES, asks_site.code)
    return Verdict(Match.ASKS, asks_site.code) if site.is_candidate else codes.NO_MATCH


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


@dataclass(frozen=True, slots=True)
class ScanNegative:
    """The newest brain scan, coded: no lesion visible."""

    window: Window = SCAN_WINDOW
    threshold: str = "no lesion visible"

    @property
    def reads(self) -> Reads:
        """What LESIONS needs, sizes."""
        return LESION_READS | SIZE_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old the scan may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest scan and the sizes measured on it."""
        scans = newest_scans(case, self.window)
        visible = self._visible(case, scans)
        if isinstance(scans, Unknown):
            if visible and scans.why is Why.ABSENT:
                return not_met(visible[0], *visible[1:])
            return scans.finding()
        lesion = [s.evidence for s in scans if s.shows_lesion] + visible
        negative = [s.evidence for s in scans if s.is_negative]
        opposed = [s.evidence for s in scans if s.contradicts_itself]
        if opposed:
            return unknown(Why.CONFLICTING, *opposed)
        if lesion and negative:
            return unknown(Why.CONFLICTING, *lesion, *negative)
        if lesion:
            return not_met(lesion[0], *lesion[1:])
        missing = not_complete(case, [*CONDITION_QUERIES, Query.FUNCTION])
        if len(negative) == len(scans) and missing:
            # a lesion or its size may stand in what did not come
            return unknown(Why.NOT_SHARED, *negative, remark=not_shared_text(missing))
        if len(negative) == len(scans):
            full = any(s.is_full_mri for s in scans)
            remark = None if full else "CT, or an MRI limited or without contrast"
            return met(*negative, remark=remark)
        unread = [s.evidence for s in scans if s.is_unread]
        return unknown(Why.IN_REPORT, *unread, remark="read the report")

    def _visible(self, case: Case, scans: tuple[Scan, ...] | Unknown) -> list[Evidence]:
        """Current sizes above zero, measured on the newest scan or after it."""
        if case.once(lesions).state is not State.PRESENT:
            return []
        day = None if isinstance(scans, Unknown) else max(case.days(s.when)[0] for s in scans)
        return [
            s.evidence
            for s in case.once(brain_sizes).readable
            if case.is_within(s.when, self.window)
            and (day is None or case.days(s.when)[1] >= day)
            and s.values.low is not None
            and s.values.low > 0
        ]


BRAIN_NEGATIVE_SCAN = Criterion(
    id="brain-negative-scan",
    group="cns",
    question="Is the brain scan negative?",
    short="negative brain scan",
    headline="visible brain lesion{date}",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL19, UK20.at("4.3")),
    check=ScanNegative(),
    if_not_met="The earlier label text asked for a negative scan.",
    doubts=("Older label text; whether the newer text repeats it is UNVERIFIED.",),
)


@dataclass(frozen=True, slots=True)
class NotOnScan:
    """A finding that must be absent: by Condition, by the newest scan, or stated."""

    codes: tuple[ValueSet, ...]
    window: Window = SCAN_WINDOW
    threshold: str = "none"
    mentions_dexamethasone: bool = False

    @property
    def reads(self) -> Reads:
        """What LESIONS needs, and Observations that state the finding present or absent."""
        stated = asks(Query.FUNCTION, *self.codes) | asks(Query.IMAGING_OBSERVATIONS)
        return LESION_READS | stated

    @property
    def windows(self) -> Sequence[Window]:
        """How old scan and statement may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Anything that shows it: not-met; then what settles that it is absent."""
        finding = self._judge(case)
        if self.mentions_dexamethasone and finding.outcome is not Outcome.MET:
            return _with_dexamethasone(case, finding)
        return finding

    def _judge(self, case: Case) -> Finding:
        conditions = find_conditions(case, self.codes, window=self.window)
        present, absent, unclear = self._stated(case)
        scans = newest_scans(case, self.window)
        coded = [s.codes_any(*self.codes) for s in scans] if isinstance(scans, tuple) else []
        seen = isinstance(scans, tuple)
        on_scan = [
            replace(s.evidence, label=f"{s.evidence.label} with {plain_display(v.code.display)}")
            for s, v in zip(scans if isinstance(scans, tuple) else (), coded, strict=True)
            if v.match is Match.DECIDES and v.code is not None
        ]
        against = [*conditions.evidence, *on_scan, *(e for _, e in present)]
        if present and absent and not conditions.evidence and not on_scan:
            both = [e for _, e in (*present, *absent)]
            return unknown(Why.CONFLICTING, *both)
        if against:
            return not_met(against[0], *against[1:])
        doubtful = [*conditions.doubtful, *unclear]
        if any(v.is_candidate for v in coded) and isinstance(scans, tuple):
            doubtful += [(Why.UNCLASSIFIED, s.evidence) for s in scans]
        if doubtful:
            return unknown(doubtful[0][0], *(one for _, one in doubtful))
        needed = (*CONDITION_QUERIES, Query.IMAGING, Query.FUNCTION, Query.IMAGING_OBSERVATIONS)
        if missing := not_complete(case, needed):
            return unknown(Why.NOT_SHARED, remark=not_shared_text(missing))
        state = case.once(lesions)
        if state.state is State.NONE:
            return met(*state.evidence)
        if isinstance(scans, tuple) and all(s.is_negative for s in scans):
            return met(*(s.evidence for s in scans))
        current = [(w, e) for w, e in absent if self._is_not_before(case, w, scans)]
        if current:
            return met(*(e for _, e in current))
        if seen and isinstance(scans, tuple):
            unread = tuple(s.evidence for s in scans)
            return unknown(Why.IN_REPORT, *unread, remark="read the report")
        return scans.finding() if isinstance(scans, Unknown) else unknown(Why.ABSENT)

    def _is_not_before(self, case: Case, when: When, scans: tuple[Scan, ...] | Unknown) -> bool:
        """A statement older than an unread scan does not speak for that scan."""
        if isinstance(scans, Unknown):
            return scans.why in (Why.ABSENT, Why.STALE)
        return case.days(when)[1] >= max(case.days(s.when)[0] for s in scans)

    def _stated(
        self, case: Case
    ) -> tuple[
        list[tuple[When, Evidence]], list[tuple[When, Evidence]], list[tuple[Why, Evidence]]
    ]:
        """The newest Observations in the window that state it present, absent, or unclearly."""
        fitting: list[tuple[Observation, Verdict]] = []
        unclear: list[tuple[Why, Evidence]] = []
        for one in case.chart.listed_in(Observation, Kind.OBSERVATION, *self.codes):
            verdict = codes.judge(one.listed, *self.codes)
            if not verdict.is_candidate:
                continue
            when = case.usable(one)
            if when is None:
                unclear.append((Why.UNREADABLE, shown(one, verdict.code)))
            elif case.is_within(when, self.window):
                fitting.append((one, verdict))
        verdicts = {id(o): v for o, v in fitting}
        present: list[tuple[When, Evidence]] = []
        absent: list[tuple[When, Evidence]] = []
        for entry in newest(case, [(o, o.when) for o, _ in fitting if o.when is not None]):
            if not isinstance(entry, Observation) or entry.when is None:
                continue
            evidence = shown(entry, verdicts[id(entry)].code)
            trouble = trouble_of(entry, verdicts[id(entry)])
            says = states(entry)
            if trouble is not None:
                unclear.append((trouble, evidence))
            elif says is None:
                empty = isinstance(entry.value, NoValue)
                unclear.append((Why.UNREADABLE if empty else Why.UNCLASSIFIED, evidence))
            else:
                (present if says else absent).append((entry.when, evidence))
        return present, absent, unclear


def states(observation: Observation) -> bool | None:
    """Whether an Observation coded as a finding states it present, absent (rule 6), or neither."""
    value = observation.value
    if isinstance(value, bool):
        return value
    if isinstance(value, Coded):
        if codes.judge(value.listed, codes.RESULT_NEGATIVE).match is Match.DECIDES:
            return False
        if codes.judge(value.listed, codes.RESULT_POSITIVE).match is Match.DECIDES:
            return True
    return None


def _with_dexamethasone(case: Case, finding: Finding) -> Finding:
    """Dexamethasone alone never decides: it is only mentioned."""
    steroids = find_drugs(
        case, codes.DRUG_CORTICOSTEROID, lambda c, d: counts_now(c, d, Window(14))
    )
    if not any("dexamethasone" in one.ingredient for one in steroids.sure):
        return finding
    note = "dexamethasone is on the medication list: for oedema?"
    remark = f"{finding.remark}; {note}" if finding.remark else note
    return Finding(finding.outcome, finding.why, finding.evidence, remark, finding.searched)


CEREBRAL_OEDEMA_ABSENT = Criterion(
    id="cerebral-oedema-absent",
    group="cns",
    question="No cerebral oedema or mass effect?",
    short="cerebral oedema",
    headline="cerebral oedema or mass effect{date}; trials excluded it",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003027.at("eligibility"), SARIS.at("abstract"), SEED),
    check=NotOnScan((codes.CEREBRAL_OEDEMA, codes.MASS_EFFECT), mentions_dexamethasone=True),
    if_not_met="Trials excluded brain oedema; IL-2 worsened peritumoural oedema in all 3 glioma "
    "patients of one series.",
)

LEPTOMENINGEAL_ABSENT = Criterion(
    id="leptomeningeal-absent",
    group="cns",
    question="No leptomeningeal disease?",
    short="leptomeningeal disease",
    headline="leptomeningeal disease{date}; trials excluded it",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003027.at("eligibility")),
    check=NotOnScan((codes.LEPTOMENINGEAL,)),
    if_not_met="Trials excluded leptomeningeal disease.",
)

IMAGING = (BRAIN_IMAGING_CURRENT,)
LESION_ROWS = (
    BRAIN_METS_ASYMPTOMATIC,
    BRAIN_METS_NOT_GROWING,
    BRAIN_METS_TREATED,
    BRAIN_NEGATIVE_SCAN,
    CEREBRAL_OEDEMA_ABSENT,
    LEPTOMENINGEAL_ABSENT,
)
