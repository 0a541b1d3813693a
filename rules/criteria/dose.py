"""Section M: the dose and schedule of the order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from rules import units, work_ups
from rules.case import Case, Window
from rules.chart import Dosage, Range, Timing
from rules.criteria.weight import WEIGHT_CURRENT, WeightOnFile
from rules.doses import (
    BY_KILOGRAM,
    by_weight,
    counted,
    follow_each_other,
    in_mistaken_units,
    in_words,
    number,
    read_dose,
)
from rules.drugs import Recognised
from rules.intervals import doses_within, hours_between
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
    confirm,
    foremost,
    met,
    not_met,
    unknown,
)
from rules.orders import doubt, further_order, named_orders, several_orders, without_order
from rules.select import Unknown
from rules.sources import CHU13, LBL24
from rules.units import Analyte, Quantity, Span


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that an order tells, held against the label: the verdict, and it in words."""

    verdict: Outcome | Why
    words: str
    evidence: tuple[Evidence, ...] = ()
    to_do: tuple[WorkUp, ...] = ()
    is_overdose: bool = False  # above even the dose of the seed series
    order: str = ""  # which one, where there are several


_ON_FILE = WeightOnFile()

# Judged without it, and said.
UNCOUNTED = "number of doses not told"
NO_DOSE = "no dose told, unless in words"
CEILING = "a highest dose is told, which is not read"
TOGETHER = "several dosages: whether they follow each other is not told"


@dataclass(frozen=True, slots=True)
class LabelSchedule:
    """Dose, interval and number of every dosage of every order; the worst of them decides."""

    label: Limit = Limit(units.ALDESLEUKIN_DOSE_PER_KG, "600000", "[IU]/kg")
    seed: Limit = Limit(units.ALDESLEUKIN_DOSE_PER_KG, "720000", "[IU]/kg")
    equal_within: Limit = Limit(units.DOSE_DIFFERENCE, "10", "%", Bound.AT_MOST)
    hours: int = 8
    doses_a_cycle: int = 14
    doses_a_course: int = 28
    weight: WeightOnFile = _ON_FILE

    @property
    def reads(self) -> Reads:
        """The order; the weight where the dose is not told by kilogram."""
        return self.weight.reads

    @property
    def threshold(self) -> str:
        """The schedule of the label, and what counts as equal."""
        schedule = f"{number(self.label.value)} IU/kg every {self.hours} h"
        doses = f"<= {self.doses_a_cycle} doses a cycle, <= {self.doses_a_course} a course"
        return f"{schedule}, {doses}; equal: within {self.equal_within.text}"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the weight may be."""
        return self.weight.windows

    def __call__(self, case: Case, /) -> Finding:
        """Judge all that every order tells."""
        if (settled := without_order(case)) is not None:
            return settled
        told = [
            (order, [replace(one, order=name) for one in self._of_order(case, order)])
            for name, order in named_orders(case)
        ]
        orders = several_orders(case)
        against = [
            (order, one) for order, one in told if any(t.verdict is Outcome.NOT_MET for t in one)
        ]
        if against:
            first, *more = (order.evidence for order, _ in against)
            differing = [t for _, one in against for t in one]
            weights = (weight for t in differing for weight in t.evidence)
            finding = not_met(first, *more, *weights, remark=_remark(orders, _words(differing)))
            return replace(finding, is_critical_on_order=any(t.is_overdose for t in differing))
        everything = [t for _, one in told for t in one]
        everything += self._in_all([order for order, _ in told])
        evidence = [
            *(order.evidence for order, _ in told),
            *(weight for t in everything for weight in t.evidence),
        ]
        return _open(case, everything, evidence) or self._settled(orders, everything, evidence)

    def _settled(
        self, orders: str | None, told: Sequence[Told], evidence: Sequence[Evidence]
    ) -> Finding:
        """Nothing is open and nothing differs from the label, but perhaps the dose of the seed."""
        uncounted = UNCOUNTED if any(t.words == UNCOUNTED for t in told) else None
        if all(t.verdict is Outcome.MET for t in told):
            return met(*evidence, remark=_remark(orders, uncounted))
        question = (
            f"{_words(t for t in told if t.verdict is Outcome.CONFIRM)}, "
            f"above the label's {number(self.label.value)}; "
            "the dose of the seed series: is it meant?"
        )
        asked = f"{question} ({uncounted})" if uncounted else question
        return confirm(_remark(orders, asked) or asked, *evidence)

    def _of_order(self, case: Case, order: Recognised) -> Sequence[Told]:
        """All that an order tells; an order that cannot be relied on tells nothing favourable."""
        dosages = order.drug.dosages
        told = [
            t
            for dosage in dosages
            for t in (
                self._dose(case, dosage),
                self._interval(dosage),
                self._count(dosage.timing),
            )
        ]
        if not dosages:
            told.append(Told(Why.UNREADABLE, NO_DOSE))
        if any(dosage.has_ceiling for dosage in dosages):
            told.append(Told(Why.UNREADABLE, CEILING))
        if len(dosages) > 1 and not follow_each_other(dosages):
            told.append(Told(Why.UNCLASSIFIED, TOGETHER))
        told += self._of_course(dosages)
        if (trouble := doubt(case, order)) is not None:
            told.append(Told(*trouble))
        return told

    # --- The dose -------------------------------------------------------------------------------

    def _dose(self, case: Case, dosage: Dosage) -> Told:
        """The dose; of several (ordered by kilogram, and reckoned) the worst, if they agree."""
        if dosage.dose is not None:
            return self._amount(case, dosage.dose)
        if not dosage.doses:
            words = "the dose cannot be read" if dosage.is_dose_unreadable else NO_DOSE
            return Told(Why.UNREADABLE, words)
        told = [self._amount(case, amount) for amount in dosage.doses]
        verdicts = {one.verdict for one in told}
        reasons = [one for one in verdicts if isinstance(one, Why)]
        verdict: Outcome | Why
        if Outcome.NOT_MET in verdicts:
            verdict = Outcome.NOT_MET
        elif reasons:
            verdict = foremost(reasons)
        else:
            verdict = verdicts.pop() if len(verdicts) == 1 else Why.CONFLICTING
        return Told(
            verdict,
            " and ".join(dict.fromkeys(one.words for one in told)),
            tuple(evidence for one in told for evidence in one.evidence),
            tuple(dict.fromkeys(test for one in told for test in one.to_do)),
            is_overdose=any(one.is_overdose for one in told),
        )

    def _amount(self, case: Case, dose: Quantity | Range) -> Told:
        """One dose; where it differs, with the unit that may have been mistaken."""
        read = read_dose(dose)
        if isinstance(read, Why):
            unit = read is Why.UNIT_UNKNOWN
            words = "the unit of the dose is not known" if unit else "the dose cannot be read"
            told = Told(read, words)
        else:
            told = self._held(case, *read)
        if told.verdict not in (Outcome.NOT_MET, Why.UNREADABLE):
            return told
        fits = [
            name
            for name, analyte, other in in_mistaken_units(dose)
            if self._held(case, analyte, other).verdict in (Outcome.MET, Outcome.CONFIRM)
        ]
        mistaken = f" (the number would fit {' or '.join(fits)}: is the unit right?)"
        return replace(told, words=f"{told.words}{mistaken}") if fits else told

    def _held(self, case: Case, analyte: Analyte, dose: Span) -> Told:
        if analyte == BY_KILOGRAM:
            return self._by_kilogram(dose)
        return self._whole_dose(case, dose)

    def _whole_dose(self, case: Case, whole: Span) -> Told:
        """A dose that is not by kilogram: judged only with a weight that is not too old."""
        weights = self.weight.weights(case)
        if isinstance(weights, Unknown):
            words = f"dose {in_words(whole)} IU, and no current weight to judge it by"
            return Told(weights.why, words, weights.evidence, (work_ups.WEIGHT,))
        held = [self._by_kilogram(by_weight(whole, kilograms)) for kilograms, _ in weights]
        verdicts = {one.verdict for one in held}
        verdict = verdicts.pop() if len(verdicts) == 1 else Why.CONFLICTING
        words = f"{held[0].words}, by the weight on file"
        is_overdose = verdict is Outcome.NOT_MET and any(one.is_overdose for one in held)
        return Told(verdict, words, tuple(e for _, e in weights), is_overdose=is_overdose)

    def _by_kilogram(self, dose: Span) -> Told:
        """All doses allowed must lie in one band: equal to the label's, to the seed's, beyond."""
        words = f"dose {in_words(dose)} IU/kg"
        least, most = self._least(self.label.value), self._most(self.label.value)
        highest = self._most(self.seed.value)
        if dose.is_at_most(highest) is False:
            too_much = f"{words}: above {number(highest)}"
            return Told(Outcome.NOT_MET, too_much, is_overdose=True)
        if dose.is_at_least(least) is False:
            return Told(Outcome.NOT_MET, f"{words}: below {number(least)}")
        if dose.is_at_least(least) and dose.is_at_most(most):
            return Told(Outcome.MET, words)
        if dose.is_at_most(most) is False and dose.is_at_most(highest):
            return Told(Outcome.CONFIRM, words)
        return Told(Why.UNREADABLE, f"{words}: on both sides of a limit")

    def _least(self, of: Fraction | int) -> Fraction:
        return of * (100 - self.equal_within.value) / 100

    def _most(self, of: Fraction | int) -> Fraction:
        return of * (100 + self.equal_within.value) / 100

    # --- How often, and how many ----------------------------------------------------------------

    def _interval(self, dosage: Dosage) -> Told:
        hours = hours_between(dosage.timing)
        if isinstance(hours, Why):
            return Told(hours, "how often cannot be read")
        words = f"every {in_words(hours)} h"
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
        if timing is None or most is None:
            return self._uncounted(timing)
        if not 0 < (most if least is None else least) <= most:
            return Told(Why.UNREADABLE, "the number of doses cannot be read")
        doses = Span(None if least is None else Fraction(least), Fraction(most))
        words = f"{in_words(doses)} doses"
        is_few = doses.is_at_most(Fraction(self.doses_a_cycle))
        if is_few is False:
            return Told(Outcome.NOT_MET, f"{words}: more than {self.doses_a_cycle} a cycle")
        if is_few is None:
            return Told(Why.UNREADABLE, f"{words}: on both sides of {self.doses_a_cycle} a cycle")
        return Told(Outcome.MET, words)

    def _uncounted(self, timing: Timing | None) -> Told:
        """No number is told: judged without it, unless too many may fit in a time that is told."""
        fitting = doses_within(timing) if timing else None
        if isinstance(fitting, Why):
            return Told(Why.UNREADABLE, f"{UNCOUNTED}, and for how long cannot be read")
        if fitting is None or fitting.high is None:
            return Told(Outcome.MET, UNCOUNTED)
        words = f"{number(fitting.high)} doses fit in the time of the order"
        if fitting.is_at_most(Fraction(self.doses_a_cycle)):
            return Told(Outcome.MET, words)
        return Told(Why.UNREADABLE, f"{UNCOUNTED}, and {words}: {self.doses_a_cycle} a cycle")

    def _of_course(self, dosages: Sequence[Dosage]) -> Sequence[Told]:
        """The number of all dosages of one order."""
        if len(dosages) < 2:
            return ()
        least, most = counted(dosages)
        if least > self.doses_a_course:
            words = f"{least} doses in all: more than {self.doses_a_course} a course"
            return (Told(Outcome.NOT_MET, words),)
        if most > self.doses_a_course:
            words = f"at most {most} doses in all: on both sides of {self.doses_a_course} a course"
            return (Told(Why.UNREADABLE, words),)
        return ()

    def _in_all(self, orders: Sequence[Recognised]) -> Sequence[Told]:
        """The number of all orders: which of them are of one course is not told."""
        _, most = counted([dosage for one in orders for dosage in one.drug.dosages])
        if len(orders) < 2 or most <= self.doses_a_course:
            return ()
        words = f"{most} doses in all orders: more than {self.doses_a_course}, if of one course"
        return (Told(Why.UNCLASSIFIED, words),)


def _words(told: Iterable[Told]) -> str:
    """All that is told, each thing once, under the order that tells it."""
    by_order: dict[str, dict[str, None]] = {}
    for one in told:
        by_order.setdefault(one.order, {})[one.words] = None
    return "; ".join(
        f"{order}: {'; '.join(words)}" if order else "; ".join(words)
        for order, words in by_order.items()
    )


def _remark(*parts: str | None) -> str | None:
    return "; ".join(one for one in parts if one) or None


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
    remark = _remark(several_orders(case), _words(open_))
    return unknown(foremost(reasons), *evidence, *more, remark=remark, to_do=tests)


DOSE_SCHEDULE = Criterion(
    id="dose-schedule",
    group="setting-and-order",
    question="Does the order match the label schedule?",
    short="dose and schedule",
    headline="the order differs from the US label: {remark}",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.2"), CHU13.at("abstract")),
    check=LabelSchedule(),
    if_not_met="The US label has 600,000 IU/kg (0.037 mg/kg) every 8 h, at most 14 doses a cycle "
    "and 28 a course.",
    is_threshold_proposed=True,
    doubts=(
        "What counts as equal to a dose or an interval (10 %) is our proposal.",
        "No number of doses, but a time in which more fit than a cycle has: asked about.",
        "Several dosages of one order that do not say that they follow each other: asked about.",
        "A highest dose that is told, and the speed of an infusion, are not judged.",
    ),
    is_order_row=True,
)

CRITERIA = (DOSE_SCHEDULE, WEIGHT_CURRENT)
