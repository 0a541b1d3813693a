"""Section E, second part: oxygen, effusions, lung disease."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Entry, Observation, Query, When
from rules.checks import AtLeast, NoneRecorded
from rules.codes import Verdict
from rules.criteria.lung_function import FEV1_LITRES, FEV1_PERCENT
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
    not_met,
    unknown,
)
from rules.select import Unknown, fitting, latest, newest
from rules.shown import shown
from rules.sources import LBL19, LBL24, NCT00003568, NCT00020358, UK20
from rules.units import Quantity
from rules.values import values_of

# Of vital-oxygen-therapy this is a flow, the others are concentrations (units.csv, column loinc).
_FLOW = codes.coding(codes.LOINC, "3151-8")


@dataclass(frozen=True, slots=True)
class EnoughOxygen:
    """
    Saturation at rest, without one PaO2; with oxygen given at that time neither is enough.

    "At that time": what was last recorded of flow and of concentration from the day of the
    measurement up to its time (parts of the same Observation are of its time), and whatever was
    recorded since.
    """

    saturation: AtLeast = AtLeast(
        codes=codes.SPO2,
        query=Query.VITALS,
        limit=Limit(units.SPO2, "90", "%", Bound.AT_LEAST),
        window=proposed(7),
    )
    arterial: AtLeast = AtLeast(
        codes=codes.PAO2,
        query=Query.LABS,
        limit=Limit(units.PAO2, "60", "mm[Hg]"),
        window=proposed(7),
        beyond="the UK text has PaO2 below 60 mmHg as a contraindication",
    )
    no_flow: Limit = Limit(units.OXYGEN_FLOW, "0", "L/min")
    room_air: Limit = Limit(units.FIO2, "21", "%")

    @property
    def reads(self) -> Reads:
        """Saturation, oxygen given, PaO2."""
        oxygen = asks(Query.VITALS, codes.OXYGEN_THERAPY)
        return self.saturation.reads | oxygen | self.arterial.reads

    @property
    def threshold(self) -> str:
        """The label's number for holding a dose; the UK text's for PaO2."""
        return (
            f"SpO2 {self.saturation.threshold} without oxygen "
            f"(no SpO2: PaO2 {self.arterial.threshold})"
        )

    @property
    def windows(self) -> Sequence[Window]:
        """How old the measurement may be."""
        return tuple(dict.fromkeys((*self.saturation.windows, *self.arterial.windows)))

    def __call__(self, case: Case, /) -> Finding:
        """Judge the saturation, or PaO2 where there is none; then what oxygen was given."""
        saturation, gas = self.saturation(case), self.arterial(case)
        is_by_gas = saturation.why is Why.ABSENT
        finding = self._with_oxygen(case, gas if is_by_gas else saturation)
        if gas.outcome is Outcome.NOT_MET and not is_by_gas:
            # a saturation that decides, or is not known, never hides a low PaO2
            finding = _and(finding, gas.remark, *gas.evidence)
        return finding

    def _with_oxygen(self, case: Case, measured: Finding) -> Finding:
        oxygen = tuple(self._oxygen(case, measured))
        given = tuple(evidence for is_given, evidence in oxygen if is_given is True)
        reasons = {is_given for is_given, _ in oxygen if isinstance(is_given, Why)}
        if given and measured.outcome is Outcome.MET:
            return not_met(*given, *measured.evidence, remark="oxygen was given at that time")
        if given:
            return _and(measured, "oxygen was given", *given)
        if measured.outcome is not Outcome.MET:
            return measured
        if reasons:
            show = (evidence for _, evidence in oxygen)
            remark = "whether oxygen was given cannot be told"
            why = next(one for one in Why if one in reasons)
            return unknown(why, *measured.evidence, *show, remark=remark)
        return measured if oxygen else _and(measured, "no oxygen recorded at that time")

    def _oxygen(self, case: Case, measured: Finding) -> Iterator[tuple[bool | Why, Evidence]]:
        """Of each entry of that time whether oxygen was given, or why that is not known."""
        flows: list[tuple[Entry, When]] = []
        concentrations: list[tuple[Entry, When]] = []
        found = fitting(case, (codes.OXYGEN_THERAPY,))
        verdict_of = {id(entry): verdict for entry, verdict in found}
        for entry, verdict in found:
            if (when := case.usable(entry)) is None:
                yield Why.UNREADABLE, shown(entry, verdict.code)
            else:
                (flows if _is_flow(verdict) else concentrations).append((entry, when))
        for kind in (flows, concentrations):
            for entry in self._at_that_time(case, kind, measured):
                verdict = verdict_of[id(entry)]
                yield self._is_given(entry, verdict), shown(entry, verdict.code)

    def _at_that_time(
        self, case: Case, entries: Sequence[tuple[Entry, When]], measured: Finding
    ) -> tuple[Entry, ...]:
        """Of entries of one kind; where nothing was measured, all in the window."""
        dates = [one.when for one in measured.evidence if one.when is not None]
        times = [when for when in dates if not case.is_future(when)]
        first_day = min((case.days(time)[0] for time in times), default=None)
        parts_of = {one.reference for one in measured.evidence}
        up_to, surely = [], []
        for entry, when in entries:
            if first_day is None:
                is_before = case.may_be_within(when, self.saturation.window) is False
            else:
                is_before = case.days(when)[1] < first_day
            if is_before:
                continue
            is_since = all(case.is_older(time, when) for time in times)
            if is_since or entry.reference in parts_of:
                surely.append(entry)
            else:
                up_to.append((entry, when))
        return (*surely, *newest(case, up_to))

    def _is_given(self, entry: Entry, verdict: Verdict) -> bool | Why:
        limit = self.no_flow if _is_flow(verdict) else self.room_air
        values = values_of(entry, verdict, limit.analyte)
        if isinstance(values, Why):
            return values
        if not _is_flow(verdict) and _is_fraction(entry) and not values.is_at_least(limit.value):
            return Why.UNREADABLE  # units.csv: as a fraction 0.21 to 1.0 only
        is_none = values.is_at_most(limit.value)
        return Why.UNREADABLE if is_none is None else not is_none


def _and(finding: Finding, remark: str | None, *more: Evidence) -> Finding:
    """The finding with a further remark and further evidence."""
    remarks = [words.rstrip(".") for words in (finding.remark, remark) if words]
    evidence = tuple(dict.fromkeys((*finding.evidence, *more)))
    return replace(finding, evidence=evidence, remark="; ".join(remarks))


def _is_flow(verdict: Verdict) -> bool:
    return verdict.code is not None and verdict.code.code == _FLOW.code


def _is_fraction(entry: Entry) -> bool:
    value = entry.value if isinstance(entry, Observation) else None
    return isinstance(value, Quantity) and "1" in (value.code, value.unit)


RESTING_OXYGEN = Criterion(
    id="resting-oxygen",
    group="pulmonary",
    question="Is resting oxygenation adequate?",
    short="oxygen saturation at rest",
    shows_limit=True,
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(LBL24.at("section 2.4"), UK20.at("4.3")),
    check=EnoughOxygen(),
    if_not_met="Under treatment the US label holds doses below 90 %.",
    is_threshold_proposed=True,
    doubts=(
        "90 % is the label's number for holding a dose; as a baseline it is our proposal.",
        "Which entries tell of oxygen at the time of the measurement is our proposal.",
    ),
    work_up=work_ups.OXYGEN_SATURATION,
)

EFFUSIONS_ABSENT = Criterion(
    id="effusions-absent",
    group="pulmonary",
    question="No ascites or pleural effusion?",
    short="effusions",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"),),
    check=NoneRecorded(
        (codes.ASCITES, codes.PLEURAL_EFFUSION, codes.PERICARDIAL_EFFUSION), threshold="none"
    ),
    if_not_met="A trial read excluded effusions.",
)


@dataclass(frozen=True, slots=True)
class NoLungDisease:
    """No active lung disease among the Conditions; the newest FEV1 is shown beside it."""

    conditions: NoneRecorded

    @property
    def reads(self) -> Reads:
        """Conditions; FEV1, which never decides here."""
        return self.conditions.reads | asks(Query.FUNCTION, codes.FEV1, codes.FEV1_PERCENT)

    @property
    def threshold(self) -> str:
        """None active."""
        return self.conditions.threshold

    @property
    def windows(self) -> Sequence[Window]:
        """Active."""
        return self.conditions.windows

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition."""
        finding = self.conditions(case)
        values = latest(case, Query.FUNCTION, (codes.FEV1, codes.FEV1_PERCENT), None)
        if isinstance(values, Unknown):
            return finding
        beside = [one.evidence for one in values if one.evidence.value is not None]
        return replace(finding, evidence=(*finding.evidence, *beside))


LUNG_DISEASE_ABSENT = Criterion(
    id="lung-disease-absent",
    group="pulmonary",
    question="No COPD, restrictive or symptomatic lung disease?",
    short="lung disease",
    headline="lung disease on record",  # the newest entry shown may be an FEV1
    weight=Weight.CAUTION,
    basis=(Basis.STUDY, Basis.CAUTION),
    sources=(NCT00003568.at("eligibility"), NCT00020358.at("eligibility"), LBL19),
    check=NoLungDisease(NoneRecorded((codes.PULMONARY_DISEASE,))),
    if_not_met="A trial read excluded COPD.",
    doubts=("That asthma is asked about, and does not decide, is our proposal.",),
)

CRITERIA = (FEV1_LITRES, FEV1_PERCENT, RESTING_OXYGEN, EFFUSIONS_ABSENT, LUNG_DISEASE_ABSENT)
