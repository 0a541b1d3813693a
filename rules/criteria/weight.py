"""Section M: the weight on which a dose rests."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Query
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    asks,
    met,
)
from rules.orders import without_order
from rules.select import Unknown, latest
from rules.sources import LBL24
from rules.units import Span
from rules.values import span_of


@dataclass(frozen=True, slots=True)
class WeightOnFile:
    """A weight that can be read, and is not too old."""

    window: Window = proposed(7, "weight")
    threshold: str = "present"

    @property
    def reads(self) -> Reads:
        """The order, and body weight."""
        return asks(Query.MEDICINES) | asks(Query.VITALS, codes.WEIGHT)

    @property
    def windows(self) -> Sequence[Window]:
        """How old the weight may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Met by the newest weight; whatever stands in its way is unknown, never not-met."""
        if (settled := without_order(case)) is not None:
            return settled
        weights = self.weights(case)
        if isinstance(weights, Unknown):
            return weights.finding()
        return met(*(evidence for _, evidence in weights))

    def weights(self, case: Case) -> Sequence[tuple[Span, Evidence]] | Unknown:
        """The newest weight in kg: several only if of the same time."""
        readings = latest(case, Query.VITALS, (codes.WEIGHT,), self.window)
        if isinstance(readings, Unknown):
            return readings
        found = []
        for reading in readings:
            kilograms = span_of(reading.entry, units.WEIGHT)
            if isinstance(kilograms, Why):
                return Unknown(kilograms, tuple(one.evidence for one in readings))
            found.append((kilograms, reading.evidence))
        return found


WEIGHT_CURRENT = Criterion(
    id="weight-current",
    group="setting-and-order",
    question="Is a recent weight on file?",
    short="current weight",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.2"),),
    check=WeightOnFile(),
    work_up=work_ups.WEIGHT,
    is_order_row=True,
)
