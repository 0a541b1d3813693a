"""Section F: kidney and liver."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.chart import Query
from rules.checks import AtLeast, AtMost, Band, Limit
from rules.model import (
    Basis,
    Case,
    Criterion,
    Finding,
    Outcome,
    Reads,
    Weight,
    Window,
    proposed,
)
from rules.sources import NCT00003126, NCT00003568, NCT00080977

_LAB_WINDOW = proposed(7)


@dataclass(frozen=True, slots=True)
class CreatinineLow:
    """Creatinine at most 1.5 mg/dL; a clearance of 60 or more only adds a remark."""

    creatinine: AtMost = AtMost(
        codes=codes.CREATININE,
        query=Query.LABS,
        limit=Limit(units.CREATININE, "1.5", "mg/dL"),
        window=_LAB_WINDOW,
        bands=(
            Band(Limit(units.CREATININE, "2.0", "mg/dL"), "limits in the trials read: 1.5 to 2.0"),
        ),
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

CRITERIA = (CREATININE_ACCEPTABLE,)
