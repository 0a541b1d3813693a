"""Section G, last row: whether the baseline tests are all there. Their values are other rows'."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Query
from rules.codes import ValueSet
from rules.conditions import not_sent
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    WorkUp,
    asks,
    foremost,
    met,
    unknown,
)
from rules.select import Unknown, latest, not_complete
from rules.sources import LBL24
from rules.units import Analyte
from rules.values import span_of


@dataclass(frozen=True, slots=True)
class BaselineTest:
    """A test by its name, what counts as its result (one of several is enough), and its order."""

    name: str
    results: tuple[tuple[ValueSet, Analyte], ...]
    work_up: WorkUp

    def look(self, case: Case, window: Window) -> tuple[Why | None, tuple[Evidence, ...]]:
        """None where there is a final result that can be read, else why not; what there is."""
        looks = [_look(case, codes_, analyte, window) for codes_, analyte in self.results]
        for why, evidence in looks:
            if why is None:
                return None, evidence
        # AST old and ALT never measured: old
        return next((one for one in looks if one[0] is not Why.ABSENT), looks[0])


def _look(
    case: Case, wanted: ValueSet, analyte: Analyte, window: Window
) -> tuple[Why | None, tuple[Evidence, ...]]:
    readings = latest(case, Query.LABS, (wanted,), window)
    if isinstance(readings, Unknown):
        return readings.why, readings.evidence
    spans = [span_of(reading.entry, analyte) for reading in readings]
    evidence = tuple(reading.evidence for reading in readings)
    reasons = [one for one in spans if isinstance(one, Why)]
    return foremost(reasons) if reasons else None, evidence


# The reason of the row, the first that fits: what needs a new blood draw before what needs a look.
_ORDER = {
    Why.ABSENT: "not found",
    Why.STALE: "too old",
    Why.NOT_FINAL: "not final",
    Why.UNREADABLE: "cannot be read",
    Why.UNIT_UNKNOWN: "unit not known",
    Why.CONFLICTING: "contradictory",
    Why.UNCLASSIFIED: "unclear",
}
_FROM_A_NEW_DRAW = (Why.ABSENT, Why.STALE)
# What the metabolic panel brings along.
_IN_METABOLIC_PANEL = (work_ups.CREATININE, work_ups.LIVER_PANEL)


@dataclass(frozen=True, slots=True)
class AllPresent:
    """A final result of each test in the window."""

    tests: tuple[BaselineTest, ...]
    window: Window = proposed(7)

    @property
    def reads(self) -> Reads:
        """All the tests."""
        return asks(Query.LABS, *(one for test in self.tests for one, _ in test.results))

    @property
    def threshold(self) -> str:
        """The tests by name."""
        return f"a final result each: {', '.join(test.name for test in self.tests)}"

    @property
    def windows(self) -> Sequence[Window]:
        """How old a result may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Never not met: what is missing, too old or not readable is named."""
        if missing := not_complete(case, [Query.LABS]):
            return not_sent(missing)
        looks = [(test, *test.look(case, self.window)) for test in self.tests]
        names = {
            reason: [test.name for test, why, _ in looks if why is reason] for reason in _ORDER
        }
        told = [reason for reason in _ORDER if names[reason]]
        if not told:
            return met(*(one for _, _, evidence in looks for one in evidence))
        return unknown(
            told[0],
            *(one for _, why, evidence in looks if why is not None for one in evidence),
            remark="; ".join(f"{_ORDER[reason]}: {', '.join(names[reason])}" for reason in told),
            to_do=_orders([test.work_up for test, why, _ in looks if why in _FROM_A_NEW_DRAW]),
        )


def _orders(work_ups_: Sequence[WorkUp]) -> tuple[WorkUp, ...]:
    """Each once, and none that the metabolic panel brings along."""
    needed = tuple(dict.fromkeys(work_ups_))
    if work_ups.METABOLIC_PANEL not in needed:
        return needed
    return tuple(one for one in needed if one not in _IN_METABOLIC_PANEL)


_TESTS = (
    BaselineTest("haemoglobin", ((codes.HAEMOGLOBIN, units.HAEMOGLOBIN),), work_ups.BLOOD_COUNT),
    BaselineTest("white cells", ((codes.LEUKOCYTES, units.LEUKOCYTES),), work_ups.BLOOD_COUNT),
    BaselineTest("platelets", ((codes.PLATELETS, units.PLATELETS),), work_ups.BLOOD_COUNT),
    BaselineTest("sodium", ((codes.SODIUM, units.SODIUM),), work_ups.METABOLIC_PANEL),
    BaselineTest("potassium", ((codes.POTASSIUM, units.POTASSIUM),), work_ups.METABOLIC_PANEL),
    BaselineTest("creatinine", ((codes.CREATININE, units.CREATININE),), work_ups.CREATININE),
    BaselineTest("bilirubin", ((codes.BILIRUBIN, units.BILIRUBIN),), work_ups.LIVER_PANEL),
    BaselineTest(
        "AST or ALT",
        ((codes.AST, units.AST), (codes.ALT, units.ALT)),
        work_ups.LIVER_PANEL,
    ),
)

BASELINE_LABS_COMPLETE = Criterion(
    id="baseline-labs-complete",
    group="haematology",
    question="Are the baseline tests all present?",
    short="baseline tests",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.1"),),
    check=AllPresent(_TESTS),
    is_threshold_proposed=True,
    doubts=(
        "The label names blood count, chemistry, kidney and liver; the list of tests is our "
        "proposal.",
    ),
)
