"""Section F, second part: the liver."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Query
from rules.checks import AtMost, Band, NoneRecorded
from rules.codes import ValueSet
from rules.conditions import CONDITION_QUERIES, CONDITION_READS, find_codeless, find_conditions
from rules.limits import Bound, Limit
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
    foremost,
    met,
    not_met,
    unknown,
)
from rules.ranges import normal_highs
from rules.select import Reading, Unknown, agree, latest, not_complete
from rules.sources import LBL24, NCT00002846, NCT00003027, NCT00003568, NCT00020358
from rules.units import Analyte
from rules.values import decide, span_of

_LAB_WINDOW = proposed(7)

HEPATIC_IMPAIRMENT_ABSENT = Criterion(
    id="hepatic-impairment-absent",
    group="renal-hepatic",
    question="No significant hepatic impairment?",
    short="hepatic impairment",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("boxed warning"), LBL24.at("section 4")),
    check=NoneRecorded(
        (
            codes.HEPATIC_IMPAIRMENT,
            codes.CIRRHOSIS,
            codes.HEPATIC_FAILURE,
            codes.HEPATIC_ENCEPHALOPATHY,
        ),
        threshold="no cirrhosis, hepatic failure or encephalopathy coded",
    ),
    if_not_met="Contraindicated by the US label, which gives no number.",
    is_threshold_proposed=True,
    doubts=(
        'The label says "hepatic impairment" without a number; cirrhosis, hepatic failure and '
        "encephalopathy are our proposal. Liver metastases alone are not impairment.",
    ),
)


@dataclass(frozen=True, slots=True)
class BilirubinLow:
    """Total bilirubin at most 1.5 mg/dL; at most 3.0 where Gilbert's syndrome is coded."""

    bilirubin: AtMost
    with_gilbert: Limit = Limit(units.BILIRUBIN, "3.0", "mg/dL")

    @property
    def reads(self) -> Reads:
        """Bilirubin, and Conditions for Gilbert's syndrome."""
        return self.bilirubin.reads | CONDITION_READS

    @property
    def threshold(self) -> str:
        """`<= 1.5 mg/dL (with Gilbert's syndrome 3.0)`."""
        return f"{self.bilirubin.threshold} (with Gilbert's syndrome {self.with_gilbert.number})"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the value may be."""
        return self.bilirubin.windows

    def __call__(self, case: Case, /) -> Finding:
        """Judge by the usual limit; where that is not kept, Gilbert's syndrome matters."""
        usual = self.bilirubin(case)
        if usual.outcome is Outcome.MET:
            return usual
        wider = replace(self.bilirubin, limit=self.with_gilbert, bands=())(case)
        if (wider.outcome, wider.why) == (usual.outcome, usual.why):
            return usual  # whatever there is of Gilbert's syndrome
        gilbert = find_conditions(case, (codes.GILBERT_SYNDROME,))
        if gilbert.sure:
            return replace(
                wider,
                evidence=(*wider.evidence, *gilbert.evidence),
                remark=f"Gilbert's syndrome recorded: limit {self.with_gilbert.text}",
            )
        unread = {one.reference for one in case.chart.skipped if not one.has_code}
        doubts = [(why, e) for why, e in gilbert.doubtful if e.reference not in unread]
        if doubts:
            return unknown(
                foremost(why for why, _ in doubts),
                *usual.evidence,
                *(evidence for _, evidence in doubts),
                remark="Whether it is Gilbert's syndrome decides which limit holds.",
            )
        if usual.outcome is Outcome.NOT_MET and not_complete(case, CONDITION_QUERIES):
            told = f"{usual.remark}; " if usual.remark else ""
            asked = f"{told}whether Gilbert's syndrome is recorded was not shared"
            return replace(usual, remark=asked)
        return usual


BILIRUBIN_ACCEPTABLE = Criterion(
    id="bilirubin-acceptable",
    group="renal-hepatic",
    question="Bilirubin low enough?",
    short="bilirubin",
    shows_limit=True,
    headline="{fact} is outside what most trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(
        NCT00003027.at("eligibility"),
        NCT00003568.at("eligibility"),
        NCT00020358.at("eligibility"),
    ),
    check=BilirubinLow(
        AtMost(
            codes=codes.BILIRUBIN,
            query=Query.LABS,
            limit=Limit(units.BILIRUBIN, "1.5", "mg/dL", Bound.AT_MOST),
            window=_LAB_WINDOW,
            bands=(Band(Limit(units.BILIRUBIN, "2.0", "mg/dL"), "some trials accepted"),),
        )
    ),
    if_not_met="Limits in the trials read range from 1.4 to 2.0 mg/dL, with Gilbert's syndrome "
    "3.0.",
    is_threshold_proposed=True,
    doubts=("1.5 mg/dL is our proposal between the trials' 1.4 and 2.0.",),
    work_up=work_ups.LIVER_PANEL,
)


@dataclass(frozen=True, slots=True)
class Enzyme:
    """An enzyme of the liver that is judged by the laboratory's own upper limit."""

    name: str
    codes: ValueSet
    analyte: Analyte


@dataclass(frozen=True, slots=True)
class TransaminasesLow:
    """AST and ALT at most 3 x their own upper limit of normal; the worse decides."""

    window: Window = _LAB_WINDOW
    times: int = 3
    enzymes: tuple[Enzyme, ...] = (
        Enzyme("AST", codes.AST, units.AST),
        Enzyme("ALT", codes.ALT, units.ALT),
    )

    @property
    def reads(self) -> Reads:
        """Both enzymes."""
        return asks(Query.LABS, *(one.codes for one in self.enzymes))

    @property
    def threshold(self) -> str:
        """`<= 3 × upper limit of normal`."""
        return f"<= {self.times} × upper limit of normal"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the values may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge each; one that was not measured at all leaves the other to decide."""
        each = {enzyme.name: self._verdict(case, enzyme) for enzyme in self.enzymes}
        known = {name: one for name, one in each.items() if not isinstance(one, Unknown)}
        unclear = [one for one in each.values() if isinstance(one, Unknown)]
        missing = [one for one in unclear if one.why is Why.ABSENT]
        only = f"only {' and '.join(known)} measured" if missing else None
        against = _evidence(known.values(), Outcome.NOT_MET)
        good = _evidence(known.values(), Outcome.MET)
        if against:
            return not_met(*against, *good, remark=only)
        if known and len(missing) == len(unclear):
            lost = find_codeless(case, Query.LABS, self.window) if missing else None
            if lost is not None and lost.doubtful:
                return unknown(Why.UNREADABLE, *good, *(e for _, e in lost.doubtful), remark=only)
            return met(*good, remark=only)
        first = next((one for one in unclear if one.why is not Why.ABSENT), unclear[0])
        return unknown(
            first.why, *(e for one in unclear for e in one.evidence), remark=first.remark
        )

    def _verdict(
        self, case: Case, enzyme: Enzyme
    ) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
        """The newest value of one enzyme."""
        readings = latest(case, Query.LABS, (enzyme.codes,), self.window)
        if isinstance(readings, Unknown):
            return readings
        verdict = agree(readings, lambda reading: self._judge(case, enzyme.analyte, reading))
        limits = [normal_highs(case, reading.entry, enzyme.analyte) for reading in readings]
        if isinstance(verdict, Unknown) and verdict.why is Why.UNREADABLE and not all(limits):
            return replace(verdict, remark=f"{enzyme.name} without an upper limit of normal")
        return verdict

    def _judge(self, case: Case, analyte: Analyte, reading: Reading) -> Outcome | Why:
        values = span_of(reading.entry, analyte)
        if isinstance(values, Why):
            return values
        highs = normal_highs(case, reading.entry, analyte)
        if not highs:
            return Why.UNREADABLE
        answers = {values.is_at_most(self.times * high) for high in highs}
        return decide(answers.pop()) if len(answers) == 1 else Why.CONFLICTING


def _evidence(
    verdicts: Iterable[tuple[Outcome, tuple[Evidence, ...]]], outcome: Outcome
) -> tuple[Evidence, ...]:
    return tuple(one for found, shown in verdicts if found is outcome for one in shown)


TRANSAMINASES_ACCEPTABLE = Criterion(
    id="transaminases-acceptable",
    group="renal-hepatic",
    question="AST and ALT at most 3 x ULN?",
    short="AST and ALT",
    shows_limit=True,
    headline="{fact} is outside what trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003027.at("eligibility"), NCT00002846.at("eligibility")),
    check=TransaminasesLow(),
    if_not_met="Trials asked for at most 3 × the upper limit of normal.",
    work_up=work_ups.LIVER_PANEL,
)

CRITERIA = (HEPATIC_IMPAIRMENT_ABSENT, BILIRUBIN_ACCEPTABLE, TRANSAMINASES_ACCEPTABLE)
