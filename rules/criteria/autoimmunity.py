"""Section I, second part: autoimmune disease, and immune toxicity of checkpoint drugs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Clinical, Condition, Dosage, Drug, Kind, Query, Range, Timing
from rules.codes import Match, ValueSet
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
    fits,
    not_sent,
)
from rules.drugs import READS as DRUG_READS
from rules.drugs import REQUESTED_OR_STATED, counts_ever, counts_now, find_drugs, is_only
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    in_doubt,
    not_applicable,
    unknown,
)
from rules.select import not_complete
from rules.shown import shown
from rules.sources import BUCH19, LBL19, MOD, TO26, UK20
from rules.units import Quantity


@dataclass(frozen=True, slots=True)
class Accepted:
    """A disease of the row that does not warn: it is only shown, with a remark."""

    codes: ValueSet
    remark: str


@dataclass(frozen=True, slots=True)
class NoAutoimmuneDisease:
    """No autoimmune disease active, Stevens-Johnson never; what is accepted is only shown."""

    active: ValueSet = codes.AUTOIMMUNE_DISEASE
    ever: ValueSet = codes.STEVENS_JOHNSON
    accepted: tuple[Accepted, ...] = (
        Accepted(codes.VITILIGO, "Vitiligo does not warn (proposed)."),
        Accepted(
            codes.AUTOIMMUNE_THYROID,
            "Thyroid disease on stable replacement does not warn (proposed); "
            "whether it is stable was not read.",
        ),
    )
    threshold: str = "none active; Stevens-Johnson never"

    @property
    def reads(self) -> Reads:
        """Conditions."""
        return CONDITION_READS

    @property
    def windows(self) -> Sequence[Window]:
        """Active, or for life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition."""
        sets = (self.active, self.ever)
        found = find_conditions(case, sets, passing_over=self._is_accepted)
        found += find_conditions(case, (self.ever,), for_life=True) + self._perhaps_ever(case)
        finding = absence(case, found, needed=CONDITION_QUERIES, kinds=(Kind.CONDITION,))
        return self._with_accepted(case, finding) if finding.outcome is Outcome.MET else finding

    def _is_accepted(self, condition: Condition) -> bool:
        """Whether its codes say an accepted disease, and nothing else that the row asks about."""
        accepted = tuple(one.codes for one in self.accepted)
        own = frozenset().union(*(codes.family(one) for one in accepted))
        others = [found for found in condition.listed if not any(c.value_set in own for c in found)]
        return (
            codes.judge(condition.listed, *accepted).match is Match.DECIDES
            and not codes.judge(others, self.active, self.ever).is_candidate
        )

    def _perhaps_ever(self, case: Case) -> Found:
        """Entries that may be Stevens-Johnson, past ones too: by words, or by the WHO's code."""
        doubtful = tuple(
            (Why.UNCLASSIFIED, shown(condition))
            for condition in case.chart.near(Condition, Kind.CONDITION, self.active)
            if fits(condition, (self.active, self.ever)).match is Match.ASKS
            and self._may_be_ever(condition)
        )
        return Found(doubtful=doubtful)

    def _may_be_ever(self, condition: Condition) -> bool:
        # L51.1 of the WHO's ICD-10 is bullous erythema multiforme, and includes Stevens-Johnson
        own = {code.code for code in self.ever.codes}
        return any(c.code in own for c in condition.codings) or any(
            _STEVENS_JOHNSON in text.casefold() for text in condition.texts
        )

    def _with_accepted(self, case: Case, finding: Finding) -> Finding:
        """The finding with what is accepted, active or perhaps active."""
        for one in self.accepted:
            found = find_conditions(case, (one.codes,))
            evidence = (*found.evidence, *(e for _, e in found.doubtful))
            if evidence:
                finding = replace(
                    finding,
                    evidence=(*finding.evidence, *evidence),
                    remark=" ".join(filter(None, (finding.remark, one.remark))),
                )
        return finding


# The stem of condition-stems.csv, where it stands for autoimmune disease of any kind.
_STEVENS_JOHNSON = "stevens-johnson"

AUTOIMMUNE_DISEASE_ABSENT = Criterion(
    id="autoimmune-disease-absent",
    group="immune",
    question="No autoimmune or inflammatory disease?",
    short="autoimmune disease",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(LBL19.at("warnings"), UK20, MOD.at("eligibility")),
    check=NoAutoimmuneDisease(),
    if_not_met="The older US label warns of new or worse autoimmune disease; the UK text advises "
    "exclusion. A warning, not a contraindication.",
    is_threshold_proposed=True,
    doubts=(
        "That vitiligo and thyroid disease on replacement do not warn is our proposal.",
        "Whether thyroid disease is on stable replacement is not read from the chart.",
    ),
)


@dataclass(frozen=True, slots=True)
class LowDose:
    """At most so many mg a day of one drug; of any other, nothing is said."""

    drug: str
    mg_a_day: int

    @property
    def text(self) -> str:
        """`prednisone, at most 10 mg a day`."""
        return f"{self.drug}, at most {self.mg_a_day} mg a day"

    def a_day(self, drug: Drug) -> Fraction | None:
        """The mg a day of an entry, all its dosages together; None: it cannot be read."""
        told = [_mg_a_day(dosage) for dosage in drug.dosages]
        known = [mg for mg in told if mg is not None]
        return sum(known, Fraction(0)) if known and len(known) == len(told) else None


def _mg_a_day(dosage: Dosage) -> Fraction | None:
    dose = dosage.dose.high if isinstance(dosage.dose, Range) else dosage.dose
    times = None if dosage.timing is None else _times_a_day(dosage.timing)
    if not isinstance(dose, Quantity) or times is None:
        return None
    is_mg = {dose.unit, dose.code} - {None} == {"mg"} and dose.comparator is None
    return Fraction(dose.value) * times if is_mg else None


def _times_a_day(timing: Timing) -> Fraction | None:
    """How often a day at most, where the rhythm is written out in hours, or by the day."""
    times, period = timing.frequency_max or timing.frequency, timing.period
    if times is None or period is None or timing.has_more:
        return None
    if timing.unit == "h" and 0 < period <= 24:
        return Fraction(24 * times) / Fraction(period)
    return Fraction(times) if timing.unit == "d" and period == 1 else None


_ANY_AGE = Window(date.max.toordinal())


@dataclass(frozen=True, slots=True)
class CheckpointToxicitySettled:
    """After a checkpoint drug: no immune toxicity active; an old entry still active asks."""

    toxicity: tuple[ValueSet, ...] = (
        codes.IMMUNE_ADVERSE_EVENT,
        codes.IMMUNE_CHECKPOINT_EFFECT,
        codes.IMMUNE_COLITIS,
        codes.IMMUNE_HEPATITIS,
        codes.IMMUNE_MYOCARDITIS,
        codes.IMMUNE_PNEUMONITIS,
        codes.IMMUNE_OTHER,
    )
    drugs: tuple[ValueSet, ...] = (codes.DRUG_PD1, codes.DRUG_CTLA4, codes.DRUG_LAG3)
    window: Window = proposed(90, "active entry")
    low_steroid: LowDose = LowDose("prednisone", 10)
    threshold: str = "none active"

    @property
    def reads(self) -> Reads:
        """Conditions and medicines."""
        return CONDITION_READS | DRUG_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old an active entry may be before it only asks."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition, where a checkpoint drug is on record."""
        toxicity = self._active(case)
        without = self._without_drug(case, toxicity)
        if without is not None:
            return without
        finding = absence(case, toxicity, needed=CONDITION_QUERIES, kinds=(Kind.CONDITION,))
        if finding.remark is None and self._is_steroid_low(case):
            return replace(finding, remark=f"{self.low_steroid.text} (limit from TIL practice)")
        return finding

    def _without_drug(self, case: Case, toxicity: Found) -> Finding | None:
        """The answer where no checkpoint drug is surely on record; None: one is."""
        each = [find_drugs(case, one, counts_ever) for one in self.drugs]
        if any(drugs.sure for drugs in each):
            return None
        show = (*toxicity.evidence, *(evidence for _, evidence in toxicity.doubtful))
        if doubts := [doubt for drugs in each for doubt in drugs.found.doubtful]:
            return in_doubt(doubts, *show)
        if missing := not_complete(case, (Query.MEDICINES, Query.GIVEN)):
            return not_sent(missing, *show)
        if case.chart.count(REQUESTED_OR_STATED) == 0:
            remark = "No medication entry: whether a checkpoint drug was given is not known."
            return unknown(Why.ABSENT, *show, remark=remark)
        if named := _named_after_the_drug(case):
            remark = "Named after a checkpoint drug, and no such drug is on record."
            return unknown(Why.UNCLASSIFIED, *named, remark=remark)
        return not_applicable("No checkpoint drug on record.")

    def _active(self, case: Case) -> Found:
        """What is active: recent entries surely, older and undated ones perhaps."""
        found = find_conditions(case, self.toxicity, window=_ANY_AGE)
        sure = []
        doubtful = list(found.doubtful)
        for entry, evidence in found.sure:
            when = case.usable(entry)
            recent = None if when is None else case.may_be_within(when, self.window)
            if recent:
                sure.append((entry, evidence))
            else:
                doubtful.append((Why.UNREADABLE if recent is None else Why.UNCLASSIFIED, evidence))
        return Found(tuple(sure), tuple(doubtful))

    def _is_steroid_low(self, case: Case) -> bool:
        """Whether the systemic steroids that are active are the low dose, and nothing else."""
        steroids = find_drugs(
            case, codes.DRUG_CORTICOSTEROID, lambda c, d: counts_now(c, d, window=None)
        )
        if not steroids.sure or steroids.maybe or steroids.unread:
            return False
        drug, sets = (self.low_steroid.drug,), (codes.DRUG_CORTICOSTEROID,)
        if not all(is_only(one.drug, sets, drug) for one in steroids.sure):
            return False
        doses = [self.low_steroid.a_day(one.drug) for one in steroids.sure]
        known = [dose for dose in doses if dose is not None]
        return len(known) == len(doses) and sum(known) <= self.low_steroid.mg_a_day


def _named_after_the_drug(case: Case) -> tuple[Evidence, ...]:
    """Active entries "adverse effect of immune checkpoint inhibitors"."""
    return tuple(
        shown(condition)
        for condition in case.chart.listed_in(
            Condition, Kind.CONDITION, codes.IMMUNE_CHECKPOINT_EFFECT
        )
        if condition.clinical is not Clinical.INACTIVE
    )


CHECKPOINT_TOXICITY_RESOLVED = Criterion(
    id="checkpoint-toxicity-resolved",
    group="immune",
    question="Immune toxicity from checkpoint drugs settled?",
    short="immune toxicity of checkpoint drugs",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(BUCH19.at("abstract"), TO26),
    check=CheckpointToxicitySettled(),
    if_not_met="TIL practice asks for no immune toxicity that needs more than 10 mg prednisone a "
    "day (secondary source); IL-2 after checkpoint drugs: one pneumonitis among 40 patients.",
    doubts=("10 mg prednisone a day is from TIL practice, not from high-dose IL-2 alone.",),
)

CRITERIA = (AUTOIMMUNE_DISEASE_ABSENT, CHECKPOINT_TOXICITY_RESOLVED)
