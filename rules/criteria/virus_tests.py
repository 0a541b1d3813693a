"""Section H, second part: HIV and hepatitis."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Observation, Query
from rules.codes import Match, ValueSet
from rules.conditions import CONDITION_QUERIES, CONDITION_READS, find_conditions, not_sent
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
    in_doubt,
    met,
    not_met,
    unknown,
)
from rules.results import qualitative
from rules.select import Reading, Unknown, agree, latest, not_complete
from rules.sources import NCT00003126, NCT00003568, NCT00020358, NCT00080977


@dataclass(frozen=True, slots=True)
class VirusTest:
    """A test that must be negative."""

    codes: ValueSet
    work_up: WorkUp


@dataclass(frozen=True, slots=True)
class VirusNegative:
    """Every test negative in its newest result, and no such Condition."""

    disease: ValueSet
    tests: tuple[VirusTest, ...]
    window: Window = proposed(365)
    threshold: str = "negative"

    @property
    def reads(self) -> Reads:
        """The tests, and Conditions."""
        return CONDITION_READS | asks(Query.LABS, *(test.codes for test in self.tests))

    @property
    def windows(self) -> Sequence[Window]:
        """How old a result may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """A Condition goes before every test; of the tests all must be known."""
        found = find_conditions(case, (self.disease,))
        results = [(test, self._newest(case, test)) for test in self.tests]
        known = [result for _, result in results if not isinstance(result, Unknown)]
        positive = _evidence(known, Outcome.NOT_MET)
        if against := (*found.evidence, *positive):
            return not_met(against[0], *against[1:])
        if found.doubtful:
            return in_doubt(found.doubtful)
        negative = _evidence(known, Outcome.MET)
        unclear = [(test, one) for test, one in results if isinstance(one, Unknown)]
        if unclear:
            return _not_known(unclear, negative)
        if missing := not_complete(case, CONDITION_QUERIES):
            return not_sent(missing, *negative)
        return met(*negative)

    def _newest(
        self, case: Case, test: VirusTest
    ) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
        """
        The newest result of a test.

        A code that only asks (core antibody, quantitative antibody) asks nothing where its own
        result is negative and the test itself was done: both come from one tube of blood.
        """

        def may_speak(result: Observation) -> bool:
            asks_only = codes.judge(result.listed, test.codes).match is Match.ASKS
            return not asks_only or qualitative(result) is not False

        readings = latest(case, Query.LABS, (test.codes,), self.window, keep=may_speak)
        if isinstance(readings, Unknown) and readings.why is Why.ABSENT:
            readings = latest(case, Query.LABS, (test.codes,), self.window)
        return readings if isinstance(readings, Unknown) else agree(readings, _judge)


def _judge(reading: Reading) -> Outcome | Why:
    says = qualitative(reading.entry)
    if isinstance(says, Why):
        return says
    return Outcome.NOT_MET if says else Outcome.MET


def _evidence(
    known: Sequence[tuple[Outcome, tuple[Evidence, ...]]], outcome: Outcome
) -> tuple[Evidence, ...]:
    return tuple(one for found, shown in known if found is outcome for one in shown)


def _not_known(
    unclear: Sequence[tuple[VirusTest, Unknown]], negative: Sequence[Evidence]
) -> Finding:
    """What is missing is named, and is what there is to do; the negative rest is shown with it."""
    first = next((one for _, one in unclear if one.why is not Why.ABSENT), unclear[0][1])
    evidence = [one for _, result in unclear for one in result.evidence]
    absent = [test.work_up.name for test, one in unclear if one.why is Why.ABSENT]
    return unknown(
        first.why,
        *(evidence or negative),
        remark=f"Not found: {', '.join(absent)}." if absent else None,
        to_do=tuple(test.work_up for test, _ in unclear),
    )


HIV_NEGATIVE = Criterion(
    id="hiv-negative",
    group="infection",
    question="HIV negative?",
    short="HIV",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003126.at("eligibility")),
    check=VirusNegative(codes.HIV, (VirusTest(codes.LAB_HIV, work_ups.HIV),)),
    if_not_met="Trials excluded HIV; the label text that was read does not name it.",
    work_up=work_ups.HIV,
)

HEPATITIS_NEGATIVE = Criterion(
    id="hepatitis-negative",
    group="infection",
    question="Hepatitis B and C negative?",
    short="hepatitis B and C",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(NCT00020358.at("eligibility"), NCT00080977.at("eligibility")),
    check=VirusNegative(
        codes.VIRAL_HEPATITIS,
        (
            VirusTest(codes.LAB_HEPATITIS_B, work_ups.HEPATITIS_B),
            VirusTest(codes.LAB_HEPATITIS_C, work_ups.HEPATITIS_C),
        ),
    ),
    if_not_met="Trials excluded hepatitis B and C; the label text that was read does not name "
    "them.",
)

CRITERIA = (HIV_NEGATIVE, HEPATITIS_NEGATIVE)
