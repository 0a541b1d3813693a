"""Section M: the dose and schedule of the order, and the weight they rest on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Dosage, Query, Timing
from rules.drugs import Recognised, aldesleukin_orders
from rules.intervals import hours_between
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
    WorkUp,
    asks,
    confirm,
    met,
    not_met,
    unknown,
)
from rules.orders import doubt, further_order, without_order
from rules.select import Unknown, latest
from rules.sources import CHU13, LBL24
from rules.units import Span
from rules.values import span_of, span_of_value


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


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that an order tells, held against the label: the verdict, and it in words."""

    verdict: Outcome | Why
    words: str
    evidence: tuple[Evidence, ...] = ()
    to_do: tuple[WorkUp, ...] = ()
    is_overdose: bool = False  # above even the dose of the seed series


# Judged without it, and said.
UNCOUNTED = Told(Outcome.MET, "number of doses not told")
NO_DOSE = "no dose told, unless in words"


@dataclass(frozen=True, slots=True)
class LabelSchedule:
    """Dose, interval and number of every dosage of every order; the worst of them decides."""

    label: Limit = Limit(units.ALDESLEUKIN_DOSE_PER_KG, "600000", "[IU]/kg")
    seed: Limit = Limit(units.ALDESLEUKIN_DOSE_PER_KG, "720000", "[IU]/kg")
    equal_within: Limit = Limit(units.DOSE_DIFFERENCE, "10", "%", Bound.AT_MOST)
    hours: int = 8
    doses_a_cycle: int = 14
    doses_a_course: int = 28
    weight: WeightOnFile = WeightOnFile()

    @property
    def reads(self) -> Reads:
        """The order; the weight where the dose is not told by kilogram."""
        return self.weight.reads

    @property
    def threshold(self) -> str:
        """The schedule of the label, and what counts as equal."""
        schedule = f"{_number(self.label.value)} IU/kg every {self.hours} h"
        number = f"<= {self.doses_a_cycle} doses a cycle, <= {self.doses_a_course} a course"
        return f"{schedule}, {number}; equal: within {self.equal_within.text}"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the weight may be."""
        return self.weight.windows

    def __call__(self, case: Case, /) -> Finding:
        """Judge all that every order tells."""
        if (settled := without_order(case)) is not None:
            return settled
        told = [(one, self._of_order(case, one)) for one in case.once(aldesleukin_orders)]
        against = [
            (order, one) for order, one in told if any(t.verdict is Outcome.NOT_MET for t in one)
        ]
        if against:
            first, *more = (order.evidence for order, _ in against)
            differing = [t for _, one in against for t in one]
            weights = (weight for t in differing for weight in t.evidence)
            finding = not_met(first, *more, *weights, remark=_words(differing))
            return replace(finding, is_critical_on_order=any(t.is_overdose for t in differing))
        everything = [t for _, one in told for t in one]
        evidence = [
            *(order.evidence for order, _ in told),
            *(weight for t in everything for weight in t.evidence),
        ]
        return _open(case, everything, evidence) or self._settled(everything, evidence)

    def _settled(self, told: Sequence[Told], evidence: Sequence[Evidence]) -> Finding:
        """Nothing is open and nothing differs from the label, but perhaps the dose of the seed."""
        uncounted = UNCOUNTED.words if UNCOUNTED in told else None
        if all(t.verdict is Outcome.MET for t in told):
            return met(*evidence, remark=uncounted)
        ordered = ", ".join(dict.fromkeys(t.words for t in told if t.verdict is Outcome.CONFIRM))
        question = (
            f"{ordered}, above the label's {_number(self.label.value)}; "
            "the dose of the seed series: is it meant?"
        )
        return confirm(f"{question} ({uncounted})" if uncounted else question, *evidence)

    def _of_order(self, case: Case, order: Recognised) -> Sequence[Told]:
        """All that an order tells; an order that cannot be relied on tells nothing favourable."""
        told = [
            t
            for dosage in order.drug.dosages
            for t in (
                self._dose(case, dosage),
                self._interval(dosage),
                self._count(dosage.timing),
            )
        ]
        if not order.drug.dosages:
            told.append(Told(Why.UNREADABLE, NO_DOSE))
        counts = [d.timing.count for d in order.drug.dosages if d.timing and d.timing.count]
        if len(counts) > 1 and sum(counts) > self.doses_a_course:
            words = f"{sum(counts)} doses in all: more than {self.doses_a_course} a course"
            told.append(Told(Outcome.NOT_MET, words))
        if (trouble := doubt(case, order)) is not None:
            told.append(Told(*trouble))
        return told

    def _dose(self, case: Case, dosage: Dosage) -> Told:
        """The dose by kilogram, or reckoned with the weight on file."""
        if dosage.dose is None:
            words = "the dose cannot be read" if dosage.is_dose_unreadable else NO_DOSE
            return Told(Why.UNREADABLE, words)
        by_kilogram = span_of_value(dosage.dose, units.ALDESLEUKIN_DOSE_PER_KG)
        if isinstance(by_kilogram, Span):
            return self._held(by_kilogram)
        whole = span_of_value(dosage.dose, units.ALDESLEUKIN_DOSE)
        if isinstance(whole, Span):
            return self._whole_dose(case, whole)
        if Why.UNREADABLE in (by_kilogram, whole):
            return Told(Why.UNREADABLE, "the dose cannot be read")
        return Told(Why.UNIT_UNKNOWN, "the unit of the dose is not known")

    def _whole_dose(self, case: Case, whole: Span) -> Told:
        """A dose that is not by kilogram: judged only with a weight that is not too old."""
        weights = self.weight.weights(case)
        if isinstance(weights, Unknown):
            words = f"dose {_range(whole)} IU, and no current weight to judge it by"
            return Told(weights.why, words, weights.evidence, (work_ups.WEIGHT,))
        held = [self._held(_divided(whole, kilograms)) for kilograms, _ in weights]
        verdicts = {one.verdict for one in held}
        verdict = verdicts.pop() if len(verdicts) == 1 else Why.CONFLICTING
        words = f"{held[0].words}, by the weight on file"
        is_overdose = any(one.is_overdose for one in held)
        return Told(verdict, words, tuple(e for _, e in weights), is_overdose=is_overdose)

    def _held(self, dose: Span) -> Told:
        """All doses allowed must lie in one band: equal to the label's, to the seed's, beyond."""
        words = f"dose {_range(dose)} IU/kg"
        least, most = self._least(self.label.value), self._most(self.label.value)
        highest = self._most(self.seed.value)
        if dose.is_at_most(highest) is False:
            too_much = f"{words}: above {_number(highest)}"
            return Told(Outcome.NOT_MET, too_much, is_overdose=True)
        if dose.is_at_least(least) is False:
            return Told(Outcome.NOT_MET, f"{words}: below {_number(least)}")
        if dose.is_at_least(least) and dose.is_at_most(most):
            return Told(Outcome.MET, words)
        if dose.is_at_most(most) is False and dose.is_at_most(highest):
            return Told(Outcome.CONFIRM, words)
        return Told(Why.UNREADABLE, f"{words}: on both sides of a limit")

    def _least(self, of: Fraction | int) -> Fraction:
        return of * (100 - self.equal_within.value) / 100

    def _most(self, of: Fraction | int) -> Fraction:
        return of * (100 + self.equal_within.value) / 100

    def _interval(self, dosage: Dosage) -> Told:
        hours = hours_between(dosage.timing)
        if isinstance(hours, Why):
            return Told(hours, "how often cannot be read")
        words = f"every {_range(hours)} h"
        shortest, longest = self._least(self.hours), self._most(self.hours)
        if hours.is_at_least(shortest) is False or hours.is_at_most(longest) is False:
            return Told(Outcome.NOT_MET, f"{words}: not every {self.hours} h")
        if not (hours.is_at_least(shortest) and hours.is_at_most(longest)):
            return Told(Why.UNREADABLE, f"{words}: not one interval")
        if dosage.is_as_needed:
            return Told(Why.UNREADABLE, f"{words}, but only as needed")
        return Told(Outcome.MET, words)

    def _count(self, timing: Timing | None) -> Told:
        least = timing.count if timing else None
        most = timing.count_max if timing else None
        most = least if most is None else most
        if most is None:
            return UNCOUNTED
        if not 0 < (most if least is None else least) <= most:
            return Told(Why.UNREADABLE, "the number of doses cannot be read")
        number = Span(None if least is None else Fraction(least), Fraction(most))
        words = f"{_range(number)} doses"
        is_few = number.is_at_most(Fraction(self.doses_a_cycle))
        if is_few is False:
            return Told(Outcome.NOT_MET, f"{words}: more than {self.doses_a_cycle} a cycle")
        if is_few is None:
            return Told(Why.UNREADABLE, f"{words}: on both sides of {self.doses_a_cycle} a cycle")
        return Told(Outcome.MET, words)


def _divided(dose: Span, weight: Span) -> Span:
    """Every dose by kilogram that a dose and a weight allow."""
    low = dose.low / weight.high if dose.low is not None and weight.high is not None else None
    high = dose.high / weight.low if dose.high is not None and weight.low is not None else None
    return Span(low, high, dose.low_open or weight.high_open, dose.high_open or weight.low_open)


def _number(value: Fraction) -> str:
    """`600,000`; a fraction to one decimal."""
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.1f}"


def _range(values: Span) -> str:
    """`600,000`, `500,000 to 700,000`, `at most 600,000`."""
    low = None if values.low is None else _number(values.low)
    high = None if values.high is None else _number(values.high)
    if low is None:
        return f"at most {high}" if high is not None else "of any size"
    if high is None:
        return f"at least {low}"
    return low if low == high else f"{low} to {high}"


def _words(told: Iterable[Told]) -> str:
    """All that is told, each thing once."""
    return "; ".join(dict.fromkeys(t.words for t in told))


def _open(case: Case, told: Sequence[Told], evidence: Sequence[Evidence]) -> Finding | None:
    """What cannot be read, and orders that may be missing; None: all is known."""
    open_ = [t for t in told if isinstance(t.verdict, Why)]
    further = further_order(case)
    if further is not None:
        open_.append(Told(further.why, further.remark or "", further.evidence))
    reasons = [t.verdict for t in open_ if isinstance(t.verdict, Why)]
    if not reasons:
        return None
    more = [one for t in open_ for one in t.evidence]
    tests = tuple(dict.fromkeys(test for t in open_ for test in t.to_do))
    return unknown(reasons[0], *evidence, *more, remark=_words(open_), to_do=tests)


DOSE_SCHEDULE = Criterion(
    id="dose-schedule",
    group="setting-and-order",
    question="Does the order match the label schedule?",
    short="dose and schedule",
    headline="the order differs from the dose schedule of the US label",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.2"), CHU13.at("abstract")),
    check=LabelSchedule(),
    if_not_met="The US label has 600,000 IU/kg (0.037 mg/kg) every 8 h, at most 14 doses a cycle "
    "and 28 a course.",
    is_threshold_proposed=True,
    doubts=("What counts as equal to a dose or an interval (10 %) is our proposal.",),
    is_order_row=True,
)

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

CRITERIA = (DOSE_SCHEDULE, WEIGHT_CURRENT)
