"""Section G: blood."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Kind, Query
from rules.checks import AtLeast, AtMost, Band
from rules.codes import ValueSet
from rules.conditions import (
    ACUTE_WINDOW,
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
)
from rules.criteria.baseline_labs import BASELINE_LABS_COMPLETE
from rules.limits import Limit
from rules.model import (
    Basis,
    Criterion,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    met,
    not_met,
    unknown,
)
from rules.select import Unknown, latest
from rules.sources import (
    DUT14,
    NCT00002846,
    NCT00003027,
    NCT00003126,
    NCT00003568,
    NCT00080977,
    UK20,
)
from rules.units import Span
from rules.values import span_of

_LAB_WINDOW = proposed(7)

PLATELETS = Criterion(
    id="platelets",
    group="haematology",
    question="Are platelets high enough?",
    short="platelets",
    shows_limit=True,
    headline="{fact} is outside what trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(
        NCT00003568.at("eligibility"),
        NCT00080977.at("eligibility"),
        UK20.at("4.3"),
        DUT14.at("table 3"),
    ),
    check=AtLeast(
        codes=codes.PLATELETS,
        query=Query.LABS,
        limit=Limit(units.PLATELETS, "100", "10*9/L"),
        window=_LAB_WINDOW,
        bands=(Band(Limit(units.PLATELETS, "80", "10*9/L"), "some trials accepted"),),
    ),
    if_not_met="Trials read asked for 80 to 100, the UK text for 100.",
    work_up=work_ups.BLOOD_COUNT,
)


_COUNTS = ("white cells", "neutrophils")


@dataclass(frozen=True, slots=True)
class EitherIsEnough:
    """White cells or neutrophils: one that is high enough is enough."""

    white_cells: AtLeast = AtLeast(
        codes=codes.LEUKOCYTES,
        query=Query.LABS,
        limit=Limit(units.LEUKOCYTES, "3.5", "10*9/L"),
        window=_LAB_WINDOW,
    )
    neutrophils: AtLeast = AtLeast(
        codes=codes.NEUTROPHILS,
        query=Query.LABS,
        limit=Limit(units.NEUTROPHILS, "1.5", "10*9/L"),
        window=_LAB_WINDOW,
    )

    @property
    def reads(self) -> Reads:
        """Both counts."""
        return self.white_cells.reads | self.neutrophils.reads

    @property
    def threshold(self) -> str:
        """Both limits."""
        neutrophils = self.neutrophils.threshold
        return f"white cells {self.white_cells.threshold} or neutrophils {neutrophils}"

    @property
    def windows(self) -> Sequence[Window]:
        """How old each may be."""
        return tuple(dict.fromkeys((*self.white_cells.windows, *self.neutrophils.windows)))

    def __call__(self, case: Case, /) -> Finding:
        """Met by either; not met only if both are known and below."""
        both = (self.white_cells(case), self.neutrophils(case))
        evidence = tuple(one for finding in both for one in finding.evidence)
        outcomes = [finding.outcome for finding in both]
        if Outcome.MET in outcomes:
            is_mixed = Outcome.NOT_MET in outcomes
            return met(*evidence, remark="one of the two is high enough" if is_mixed else None)
        reasons = [finding.why for finding in both if finding.why is not None]
        if not reasons:
            return not_met(evidence[0], *evidence[1:])
        # that one of the two is found nowhere says less than what is wrong with the other
        told = [why for why in reasons if why is not Why.ABSENT]
        low = [name for name, one in zip(_COUNTS, both, strict=True) if one.why is None]
        open_ = [name for name in _COUNTS if name not in low]
        remark = f"{low[0]} are below their limit; {open_[0]} can still decide" if low else None
        return unknown((told or reasons)[0], *evidence, remark=remark)


WHITE_CELLS = Criterion(
    id="white-cells",
    group="haematology",
    question="White cells or neutrophils high enough?",
    short="white cells",
    shows_limit=True,
    headline="{fact} is outside what most trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003027.at("eligibility"), UK20.at("4.3")),
    check=EitherIsEnough(),
    if_not_met="Trials read asked for white cells of 3.0 to 4.0 or neutrophils of 1.5, the UK "
    "text for white cells of 4.0.",
    work_up=work_ups.BLOOD_COUNT,
)

HAEMOGLOBIN = Criterion(
    id="haemoglobin",
    group="haematology",
    question="Haemoglobin high enough?",
    short="haemoglobin",
    shows_limit=True,
    headline="{fact} is outside what trials accepted",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003126.at("eligibility"), UK20.at("4.3")),
    check=AtLeast(
        codes=codes.HAEMOGLOBIN,
        query=Query.LABS,
        limit=Limit(units.HAEMOGLOBIN, "9.0", "g/dL"),
        window=_LAB_WINDOW,
    ),
    if_not_met="Trials read asked for 9 g/dL, one for 10; the UK text for a haematocrit of 30 %.",
    work_up=work_ups.BLOOD_COUNT,
)


@dataclass(frozen=True, slots=True)
class NoBleeding:
    """No active bleeding or coagulation disorder among the Conditions, and no INR above a limit."""

    conditions: tuple[ValueSet, ...] = (
        codes.GI_BLEED,
        codes.INTRACRANIAL_HAEMORRHAGE,
        codes.ACTIVE_BLEEDING,
        codes.COAGULOPATHY,
    )
    inr: AtMost = AtMost(
        codes=codes.INR,
        query=Query.LABS,
        limit=Limit(units.INR, "1.2", "{INR}"),
        window=proposed(7, "INR"),
    )
    acute: Window = ACUTE_WINDOW

    @property
    def threshold(self) -> str:
        """No condition; the limit of one trial for INR."""
        return f"none active; INR <= {self.inr.limit.number}"

    @property
    def reads(self) -> Reads:
        """Conditions and INR."""
        return CONDITION_READS | self.inr.reads

    @property
    def windows(self) -> Sequence[Window]:
        """How old an INR may be; how long an acute diagnosis of a visit counts."""
        return (*self.inr.windows, self.acute)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition; an INR in the window adds to it."""
        found = find_conditions(case, self.conditions, window=self.acute)
        inr = self.inr(case)
        if inr.outcome is Outcome.NOT_MET:
            evidence = (*found.evidence, *inr.evidence)
            return not_met(evidence[0], *evidence[1:])
        is_passed_over = inr.why in (None, Why.ABSENT, Why.NOT_SHARED) or (
            inr.why is Why.STALE and self._was_kept(case)
        )
        if inr.why is not None and not is_passed_over:
            found += Found(doubtful=tuple((inr.why, one) for one in inr.evidence))
        finding = absence(
            case,
            found,
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(self.inr.query,),
        )
        if finding.why is Why.STALE:
            return replace(finding, to_do=(work_ups.INR,))
        if finding.outcome is not Outcome.MET:
            return finding
        remark = "judged without a current INR" if inr.why is not None else None
        return replace(finding, evidence=inr.evidence, remark=remark)

    def _was_kept(self, case: Case) -> bool:
        """Whether the newest INR, however old, keeps to the limit."""
        readings = latest(case, self.inr.query, (self.inr.codes,), None)
        if isinstance(readings, Unknown):
            return False
        spans = [span_of(reading.entry, self.inr.limit.analyte) for reading in readings]
        return all(
            isinstance(values, Span) and self.inr.keeps(values, self.inr.limit) is True
            for values in spans
        )


BLEEDING_ABSENT = Criterion(
    id="bleeding-absent",
    group="haematology",
    question="No active bleeding or coagulation disorder?",
    short="bleeding or coagulation disorder",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00002846.at("eligibility"), NCT00080977.at("eligibility")),
    check=NoBleeding(),
    if_not_met="Trials in kidney cancer excluded bleeding; one asked for an INR of 1.2 or less.",
    doubts=("INR 1.2 is the number of one kidney cancer trial.",),
)

CRITERIA = (PLATELETS, WHITE_CELLS, HAEMOGLOBIN, BLEEDING_ABSENT, BASELINE_LABS_COMPLETE)
