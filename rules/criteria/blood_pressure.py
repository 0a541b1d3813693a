"""Section D, last part: blood pressure, and what a clinician knows of vasopressors."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import NoValue, Observation, Query
from rules.checks import AskClinician
from rules.codes import Use
from rules.limits import Bound, Limit
from rules.model import (
    Basis,
    Criterion,
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
from rules.select import Reading, Unknown, latest
from rules.sources import LBL24, NCT00003568
from rules.values import decide, span_of

# "Blood pressure panel with all children optional": it names no pressure of its own.
_PANEL = "85354-9"


@dataclass(frozen=True, slots=True)
class SystolicPressure:
    """The newest systolic pressure; of several at one time the lowest."""

    limit: Limit = Limit(units.BLOOD_PRESSURE, "90", "mmHg", Bound.AT_LEAST)
    window: Window = proposed(7)

    @property
    def reads(self) -> Reads:
        """Blood pressure, as a panel or alone."""
        return asks(Query.VITALS, codes.BLOOD_PRESSURE)

    @property
    def threshold(self) -> str:
        """`>= 90 mmHg`."""
        return f">= {self.limit.text}"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the pressure may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest pressure."""
        wanted = (codes.BLOOD_PRESSURE,)
        readings = latest(
            case, Query.VITALS, wanted, self.window, lambda one: not _is_told_by_parts(case, one)
        )
        if isinstance(readings, Unknown):
            return readings.finding()
        judged = [(one.evidence, self._judge(one)) for one in sorted(readings, key=_low_end)]
        low = [evidence for evidence, verdict in judged if verdict is Outcome.NOT_MET]
        if low:
            return not_met(low[0], *low[1:])
        evidence = tuple(one for one, _ in judged)
        unclear = [why for why in Why if why in [verdict for _, verdict in judged]]
        return unknown(unclear[0], *evidence) if unclear else met(*evidence)

    def _judge(self, reading: Reading) -> Outcome | Why:
        if not _is_systolic(reading.entry):
            return Why.UNREADABLE  # a panel whose systolic pressure did not come
        values = span_of(reading.entry, self.limit.analyte)
        return values if isinstance(values, Why) else decide(values.is_at_least(self.limit.value))


def _is_systolic(one: Observation) -> bool:
    """Whether a coding names a systolic pressure: a panel and a diastolic one do not."""
    return any(
        code.value_set == codes.BLOOD_PRESSURE.name
        and code.use is Use.DECIDES
        and code.code != _PANEL
        for found in one.listed
        for code in found
    )


def _is_told_by_parts(case: Case, one: Observation) -> bool:
    """A panel whose systolic pressure is an entry of its own: the panel itself says nothing."""
    if _is_systolic(one) and one.value is not NoValue.ABSENT:
        return False
    return any(_is_systolic(part) for part in case.chart.parts_of(one))


def _low_end(reading: Reading) -> Fraction:
    """The lowest pressure that a reading allows, by which the lowest comes first."""
    values = span_of(reading.entry, units.BLOOD_PRESSURE)
    return Fraction(0) if isinstance(values, Why) or values.low is None else values.low


SYSTOLIC_BP = Criterion(
    id="systolic-bp",
    group="cardiac",
    question="Is systolic pressure adequate?",
    short="systolic blood pressure",
    shows_limit=True,
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(LBL24.at("section 2.4"),),
    check=SystolicPressure(),
    if_not_met="90 mmHg is the label's limit during treatment; as a baseline it is proposed.",
    is_threshold_proposed=True,
    doubts=("90 mmHg is the label's number during treatment; as a baseline it is our proposal.",),
    work_up=work_ups.BLOOD_PRESSURE,
)

PRESSOR_TOLERANCE = Criterion(
    id="pressor-tolerance",
    group="cardiac",
    question="No reason against vasopressors?",
    short="tolerance of vasopressors",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"),),
    check=AskClinician(threshold="none known", remark="no reason against vasopressors"),
)

CRITERIA = (SYSTOLIC_BP, PRESSOR_TOLERANCE)
