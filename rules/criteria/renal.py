"""Section F, first part: the kidney."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Kind, Procedure, Query
from rules.checks import AtLeast, AtMost, Band
from rules.codes import ValueSet
from rules.conditions import (
    ACUTE_WINDOW,
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
    find_procedures,
)
from rules.limits import Limit
from rules.model import (
    Basis,
    Check,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    asks,
    met,
    not_applicable,
    unknown,
)
from rules.select import fitting, newest
from rules.shown import shown
from rules.sources import LBL24, NCT00003027, NCT00003126, NCT00003568, NCT00080977

_LAB_WINDOW = proposed(7)


@dataclass(frozen=True, slots=True)
class CreatinineLow:
    """Creatinine at most 1.5 mg/dL; a clearance of 60 or more only adds a remark."""

    creatinine: AtMost = AtMost(
        codes=codes.CREATININE,
        query=Query.LABS,
        limit=Limit(units.CREATININE, "1.5", "mg/dL"),
        window=_LAB_WINDOW,
        bands=(Band(Limit(units.CREATININE, "2.0", "mg/dL"), "some trials accepted"),),
        beyond="above every trial read",
    )
    clearance: AtLeast = AtLeast(
        codes=codes.CREATININE_CLEARANCE,
        query=Query.LABS,
        limit=Limit(units.CREATININE_CLEARANCE, "60", "mL/min"),
        window=_LAB_WINDOW,
    )

    @property
    def reads(self) -> Reads:
        """Creatinine and clearance."""
        return self.creatinine.reads | self.clearance.reads

    @property
    def threshold(self) -> str:
        """`<= 1.5 mg/dL`."""
        return self.creatinine.threshold

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return self.creatinine.windows

    def __call__(self, case: Case, /) -> Finding:
        """Judge creatinine; look for a clearance where it is too high."""
        finding = self.creatinine(case)
        if finding.outcome is not Outcome.NOT_MET:
            return finding
        clearance = self.clearance(case)
        if clearance.outcome is not Outcome.MET:
            return finding
        return replace(
            finding,
            evidence=(*finding.evidence, *clearance.evidence),
            remark=f"{finding.remark}; clearance >= 60 mL/min: trials accepted",
        )


CREATININE_ACCEPTABLE = Criterion(
    id="creatinine-acceptable",
    group="renal-hepatic",
    question="Is serum creatinine low enough?",
    short="creatinine",
    shows_limit=True,
    headline="{fact} is outside what most trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(
        NCT00003568.at("eligibility"),
        NCT00003126.at("eligibility"),
        NCT00080977.at("eligibility"),
    ),
    check=CreatinineLow(),
    if_not_met="Limits in the trials read range from 1.5 to 2.0 mg/dL.",
    doubts=("1.5 mg/dL is verified as a trial number; as a number of the label it is UNVERIFIED.",),
    work_up=work_ups.CREATININE,
)


# Of the set dialysis-procedure, what by its name goes on for good.
_MAINTENANCE = frozenset(
    f"{codes.SNOMED}|{code}"
    for code in (
        "105502003",  # Dependence on renal dialysis
        "225230008",  # Chronic peritoneal dialysis
        "34897002",  # Hemodialysis, maintenance in hospital
        "428982002",  # Dependence on hemodialysis due to end stage renal disease
        "67970008",  # Hemodialysis, maintenance at home
    )
)


@dataclass(frozen=True, slots=True)
class NoRenalImpairment:
    """No severe kidney disease or dialysis among what is coded, and creatinine is known."""

    creatinine: Check
    diseases: tuple[ValueSet, ...] = (
        codes.CKD_SEVERE,
        codes.KIDNEY_FAILURE,
        codes.RENAL_FAILURE_DIALYSIS,
    )
    dialysis: ValueSet = codes.DIALYSIS_PROCEDURE
    dialysis_window: Window = proposed(30, "dialysis done")
    threshold: str = "no severe kidney disease or dialysis coded; creatinine known"

    @property
    def reads(self) -> Reads:
        """Conditions, Procedures, and what creatinine is judged by."""
        return CONDITION_READS | asks(Query.PROCEDURES) | self.creatinine.reads

    @property
    def windows(self) -> Sequence[Window]:
        """How old creatinine may be; how long acute disease and a dialysis that was done count."""
        values = (replace(one, what="creatinine") for one in self.creatinine.windows)
        return (*values, ACUTE_WINDOW, self.dialysis_window)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row; met only where creatinine, whatever it is, is known too."""
        finding = absence(
            case,
            find_conditions(case, self.diseases) + self._dialysis(case),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.PROCEDURES,),
        )
        if finding.outcome is not Outcome.MET:
            return finding
        creatinine = self.creatinine(case)
        if creatinine.why is not None:
            return unknown(
                creatinine.why,
                *creatinine.evidence,
                remark="No severe kidney disease coded, but creatinine is not known.",
                to_do=(work_ups.CREATININE,),
            )
        high = creatinine.outcome is Outcome.NOT_MET
        remark = "creatinine is above its limit, and judged in its own row" if high else None
        return met(*creatinine.evidence, searched=finding.searched, remark=remark)

    def _dialysis(self, case: Case) -> Found:
        """Dialysis by Procedure that is going on."""
        found = find_procedures(case, (self.dialysis, *self.diseases))
        done = [(p, show) for p, show in found.sure if isinstance(p, Procedure)]
        active = [(p, show, self._goes_on(case, p)) for p, show in done]
        return Found(
            tuple((p, show) for p, show, now in active if now is True),
            (*found.doubtful, *((now, show) for _, show, now in active if isinstance(now, Why))),
        )

    def _goes_on(self, case: Case, dialysis: Procedure) -> bool | Why:
        """
        Whether a dialysis is active: running, or done within the window.

        codes.csv: "past acute dialysis or present dependence is told by date". Older, it is past,
        unless its end is not told or its name says that it is for good: then somebody must look.
        """
        if dialysis.is_running and dialysis.ended is None:
            return True
        when = case.usable(dialysis)
        recent = None if when is None else case.may_be_within(when, self.dialysis_window)
        if recent is None:
            return Why.UNREADABLE
        has_no_end = dialysis.began is not None and dialysis.ended is None
        for_good = any(coding.token in _MAINTENANCE for coding in dialysis.codings)
        if not recent and (dialysis.is_running or has_no_end or for_good):
            return Why.UNCLASSIFIED
        return recent


RENAL_IMPAIRMENT_ABSENT = Criterion(
    id="renal-impairment-absent",
    group="renal-hepatic",
    question="No significant renal impairment?",
    short="renal impairment",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("boxed warning"), LBL24.at("section 4")),
    check=NoRenalImpairment(CREATININE_ACCEPTABLE.check),
    if_not_met="Contraindicated by the US label, which gives no number.",
    is_threshold_proposed=True,
    doubts=(
        'The label says "renal impairment" without a number; coded severe disease or dialysis is '
        "our proposal.",
        "Which codes of renal failure are chronic, and that a dialysis done counts for 30 days, "
        "are our proposals.",
    ),
)


@dataclass(frozen=True, slots=True)
class ClearanceHigh:
    """Where creatinine is too high: a measured clearance of 60 mL/min or more."""

    creatinine: Check
    clearance: AtLeast
    one_trial: Limit = Limit(units.CREATININE_CLEARANCE, "75", "mL/min")

    @property
    def reads(self) -> Reads:
        """Creatinine, clearance, and the estimate that is only shown."""
        return self.creatinine.reads | self.clearance.reads | asks(Query.LABS, codes.EGFR)

    @property
    def threshold(self) -> str:
        """`>= 60 mL/min`."""
        return self.clearance.threshold

    @property
    def windows(self) -> Sequence[Window]:
        """How old the clearance may be."""
        return self.clearance.windows

    def __call__(self, case: Case, /) -> Finding:
        """Judge the clearance where creatinine is not met; else the row does not apply."""
        creatinine = self.creatinine(case)
        if creatinine.outcome is not Outcome.NOT_MET:
            known = creatinine.outcome is Outcome.MET
            words = "within its limit" if known else "not known"
            return not_applicable(f"creatinine is {words}", *creatinine.evidence)
        finding = self.clearance(case)
        if finding.why is not None:
            return self._not_known(case, finding.why, finding.evidence)
        evidence = tuple(dict.fromkeys((*finding.evidence, *creatinine.evidence)))
        stricter = replace(self.clearance, limit=self.one_trial)
        below = finding.outcome is Outcome.MET and stricter(case).outcome is not Outcome.MET
        remark = f"one trial asked for {self.one_trial.text}" if below else None
        return replace(finding, evidence=evidence, remark=remark)

    def _not_known(self, case: Case, why: Why, evidence: Sequence[Evidence]) -> Finding:
        """An estimated GFR of the window is shown, and never decides."""
        window = self.clearance.window
        verdicts = {id(e): (e, verdict) for e, verdict in fitting(case, (codes.EGFR,))}
        dated = [(e, when) for e, _ in verdicts.values() if (when := case.usable(e)) is not None]
        current = [(e, when) for e, when in dated if case.is_within(when, window)]
        estimates = [shown(e, verdicts[id(e)][1].code) for e in newest(case, current)]
        if estimates and why is Why.ABSENT:
            why = Why.UNCLASSIFIED
        return unknown(
            why,
            *evidence,
            *estimates,
            remark="An estimated GFR is not a clearance." if estimates else None,
            to_do=(work_ups.CREATININE_CLEARANCE,),
        )


CREATININE_CLEARANCE = Criterion(
    id="creatinine-clearance",
    group="renal-hepatic",
    question="If creatinine is above 1.5: clearance >= 60?",
    short="creatinine clearance",
    shows_limit=True,
    headline="{fact} is below what trials accepted",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003027.at("eligibility")),
    check=ClearanceHigh(
        CREATININE_ACCEPTABLE.check,
        AtLeast(
            codes=codes.CREATININE_CLEARANCE,
            query=Query.LABS,
            limit=Limit(units.CREATININE_CLEARANCE, "60", "mL/min"),
            window=_LAB_WINDOW,
        ),
    ),
    if_not_met="Trials accepted a high creatinine with a clearance of 60 mL/min or more; one "
    "asked for 75.",
    doubts=("One trial (NCT00003027) asked for 75 mL/min.",),
)

CRITERIA = (RENAL_IMPAIRMENT_ABSENT, CREATININE_ACCEPTABLE, CREATININE_CLEARANCE)
