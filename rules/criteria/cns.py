"""Section C, second part: function of the brain, seizures, alcohol, psychiatric history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Clinical, Condition, Kind, Query
from rules.checks import NoneRecorded
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
    fits,
)
from rules.drugs import READS as DRUG_READS
from rules.drugs import counts_now, find_drugs
from rules.lesions import (
    State,
    lesions,
)
from rules.limits import Limit
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
    confirm,
    met,
    not_met,
    unknown,
)
from rules.select import Reading, Unknown, agree, latest
from rules.shown import shown
from rules.sources import (
    CHU13,
    DUT14,
    LBL19,
    LBL24,
    MOD,
    NCT00003568,
    SEED,
    UK20,
)
from rules.values import decide, span_of

GLASGOW_WINDOW = proposed(14, "Glasgow coma score")
GLASGOW_15 = Limit(units.GLASGOW, "15", "{score}")
GLASGOW_READS: Reads = asks(Query.FUNCTION, codes.GLASGOW)


def full_glasgow(
    case: Case, window: Window | None
) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
    """The newest Glasgow total: 15 is met, less is not; `window` None: however old."""
    readings = latest(case, Query.FUNCTION, (codes.GLASGOW,), window)
    if isinstance(readings, Unknown):
        return readings

    def judge(reading: Reading) -> Outcome | Why:
        values = span_of(reading.entry, units.GLASGOW)
        if isinstance(values, Why):
            return values
        return decide(values.is_at_least(GLASGOW_15.value))

    return agree(readings, judge)


def _was_full(case: Case) -> bool:
    """Whether the newest Glasgow total, however old, is 15."""
    glasgow = full_glasgow(case, None)
    return not isinstance(glasgow, Unknown) and glasgow[0] is Outcome.MET


@dataclass(frozen=True, slots=True)
class NoImpairment:
    """No active impairment among the Conditions, and no Glasgow below 15 in the window."""

    codes: tuple[codes.ValueSet, ...]
    window: Window = GLASGOW_WINDOW
    threshold: str = "none active; Glasgow 15"

    @property
    def reads(self) -> Reads:
        """Conditions and Glasgow."""
        return CONDITION_READS | GLASGOW_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old a Glasgow score may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition; a Glasgow score in the window adds to it."""
        found = find_conditions(case, self.codes)
        glasgow = full_glasgow(case, self.window)
        if isinstance(glasgow, Unknown):
            passed_over = glasgow.why in (Why.ABSENT, Why.NOT_SHARED) or (
                glasgow.why is Why.STALE and _was_full(case)
            )
            if not passed_over:
                found += Found(doubtful=tuple((glasgow.why, e) for e in glasgow.evidence))
        elif glasgow[0] is Outcome.NOT_MET:
            evidence = (*found.evidence, *glasgow[1])
            return not_met(evidence[0], *evidence[1:])
        return absence(
            case,
            found,
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.FUNCTION,),
        )


CNS_IMPAIRMENT_ABSENT = Criterion(
    id="cns-impairment-absent",
    group="cns",
    question="Is there no significant CNS impairment?",
    short="CNS impairment",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("section 4"), LBL24.at("section 2.1")),
    check=NoImpairment(
        (
            codes.FOCAL_DEFICIT,
            codes.ALTERED_MENTAL_STATUS,
            codes.COMA,
            codes.DEMENTIA,
            codes.STROKE_SEQUELAE,
        )
    ),
    if_not_met="Contraindicated by the US label.",
    is_threshold_proposed=True,
    doubts=("Which conditions and scores are significant is our proposal.",),
)


@dataclass(frozen=True, slots=True)
class GoodBrainFunction:
    """Glasgow 15; without one a person confirms, unless there are brain lesions."""

    window: Window = GLASGOW_WINDOW
    threshold: str = "Glasgow 15; no source has a cut-off"

    @property
    def reads(self) -> Reads:
        """Glasgow, orientation and cognitive screens (shown), what LESIONS needs."""
        return (
            asks(Query.FUNCTION, codes.GLASGOW, codes.ORIENTATION, codes.COGNITIVE_SCREEN)
            | CONDITION_READS
            | asks(Query.STAGE, codes.M_CATEGORY)
            | asks(Query.IMAGING, codes.BRAIN_MRI, codes.HEAD_CT)
        )

    @property
    def windows(self) -> Sequence[Window]:
        """How old the assessment may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge Glasgow; show screens, for which no source has a cut-off."""
        screens, remark = self._screens(case)
        glasgow = full_glasgow(case, self.window)
        if not isinstance(glasgow, Unknown):
            outcome, evidence = glasgow
            if outcome is Outcome.MET:
                return met(*evidence, *screens, remark=remark)
            return not_met(evidence[0], *evidence[1:], *screens, remark=remark)
        if case.once(lesions).state is State.PRESENT:
            return unknown(glasgow.why, *glasgow.evidence, *screens, remark=remark)
        asked = "brain function good: orientation and higher functions"
        return confirm(asked, *glasgow.evidence, *screens)

    def _screens(self, case: Case) -> tuple[tuple[Evidence, ...], str | None]:
        wanted = (codes.COGNITIVE_SCREEN, codes.ORIENTATION)
        readings = latest(case, Query.FUNCTION, wanted, self.window)
        if isinstance(readings, Unknown):
            return (), None
        return tuple(r.evidence for r in readings), "screens shown have no cut-off in any source"


BRAIN_FUNCTION_GOOD = Criterion(
    id="brain-function-good",
    group="cns",
    question="Is brain function good?",
    short="brain function",
    headline="{fact}; good brain function was asked for",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(SEED, DUT14.at("table 3")),
    check=GoodBrainFunction(),
    if_not_met="Good brain function was asked for (Saint Louis, as reported).",
    is_threshold_proposed=True,
    doubts=("Glasgow 15 as good brain function is our proposal; no source has a cut-off.",),
    work_up=work_ups.GLASGOW,
)


@dataclass(frozen=True, slots=True)
class SeizureFree:
    """No seizure disorder active or ended within the window."""

    window: Window = proposed(180)

    @property
    def threshold(self) -> str:
        """`none active or ended within 180 days`."""
        return f"none active or ended within {self.window.days} days"

    @property
    def reads(self) -> Reads:
        """Conditions and medicines."""
        return CONDITION_READS | DRUG_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How far back an ended one counts."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row; an anticonvulsant without a seizure Condition asks."""
        found = find_conditions(case, (codes.SEIZURE,), window=self.window) + self._ended(case)
        drugs = find_drugs(
            case, codes.DRUG_ANTICONVULSANT, lambda c, d: counts_now(c, d, self.window)
        ).found
        remark = None
        if not found.sure and (drugs.sure or drugs.doubtful):
            asked = tuple((Why.UNCLASSIFIED, e) for e in drugs.evidence)
            if not found.doubtful:
                remark = "anticonvulsant without a seizure condition: prophylaxis?"
            found += Found(doubtful=asked + drugs.doubtful)
        finding = absence(
            case,
            found,
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.MEDICINES, Query.GIVEN),
        )
        return replace(finding, remark=remark) if remark else finding

    def _ended(self, case: Case) -> Found:
        """Inactive seizure Conditions: by the date on which they ended."""
        sure = []
        doubtful = []
        for condition in case.chart.near(Condition, Kind.CONDITION, codes.SEIZURE):
            if condition.clinical is not Clinical.INACTIVE:
                continue
            verdict = fits(condition, (codes.SEIZURE,))
            if not verdict.is_candidate:
                continue
            evidence = shown(condition, verdict.code)
            recent = self._ended_recently(case, condition)
            if recent is None:
                doubtful.append((Why.UNREADABLE, evidence))
            elif recent and verdict.match is codes.Match.DECIDES and condition.is_confirmed:
                sure.append((condition, evidence))
            elif recent:
                doubtful.append((Why.UNCLASSIFIED, evidence))
        return Found(tuple(sure), tuple(doubtful))

    def _ended_recently(self, case: Case, condition: Condition) -> bool | None:
        """Whether it ended inside the window; None: it is not told when it ended."""
        if condition.abated is not None:
            last_day = case.days(condition.abated)[1]
            return (case.today - last_day).days <= self.window.days
        when = case.usable(condition)
        if when is not None and case.is_within(when, self.window):
            return True  # it began inside the window, so it ended there too
        return None


SEIZURE_FREE = Criterion(
    id="seizure-free",
    group="cns",
    question="No seizure disorder or recent seizure?",
    short="seizures",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), UK20.at("4.3")),
    check=SeizureFree(),
    if_not_met="Trials and the UK text excluded seizure disorders.",
)


@dataclass(frozen=True, slots=True)
class NoAlcoholMisuse:
    """No active alcohol use disorder; a screening score is shown, no source has a cut-off."""

    threshold: str = "no active disorder (scores: no cut-off in the sources)"

    @property
    def reads(self) -> Reads:
        """Conditions, and the screening scores."""
        return CONDITION_READS | asks(Query.FUNCTION, codes.ALCOHOL_SCREEN)

    @property
    def windows(self) -> Sequence[Window]:
        """Active."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition."""
        finding = absence(
            case,
            find_conditions(case, (codes.ALCOHOL_USE,)),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.FUNCTION,),
            remission_remark="alcohol misuse in remission",
        )
        scores = latest(case, Query.FUNCTION, (codes.ALCOHOL_SCREEN,), None)
        if isinstance(scores, Unknown):
            return finding
        return replace(
            finding, evidence=(*finding.evidence, *(reading.evidence for reading in scores))
        )


ALCOHOL = Criterion(
    id="neurotoxicity-risk-alcohol",
    group="cns",
    question="No alcohol misuse?",
    short="alcohol misuse",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(CHU13.at("abstract"),),
    check=NoAlcoholMisuse(),
    if_not_met="Ask before admission; plan for withdrawal: one of 8 seed patients had neurological "
    "symptoms that improved on a withdrawal protocol. Never an exclusion.",
)

PSYCHIATRIC_HISTORY = Criterion(
    id="psychiatric-history",
    group="cns",
    question="No major psychiatric illness that IL-2 could worsen?",
    short="psychiatric illness",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(MOD.at("eligibility"), NCT00003568.at("eligibility"), LBL19.at("table III")),
    check=NoneRecorded(
        (codes.PSYCHIATRIC_MAJOR,), remission_remark="psychiatric illness in remission"
    ),
    if_not_met="Psychosis and confusion (34 %) are known under IL-2.",
)

FUNCTION = (CNS_IMPAIRMENT_ABSENT, BRAIN_FUNCTION_GOOD)
HISTORY = (SEIZURE_FREE, ALCOHOL, PSYCHIATRIC_HISTORY)
