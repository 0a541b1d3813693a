"""Section D, third part: the cardiac stress test, where it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Kind, Query
from rules.codes import ValueSet
from rules.conditions import (
    ACUTE_WINDOW,
    CONDITION_QUERIES,
    CONDITION_READS,
    absence,
    find_conditions,
)
from rules.heart_tests import HeartTest, Listed, Says, Shows, judged
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
    not_applicable,
    unknown,
)
from rules.sources import LBL19, LBL24, NCT00003568, NCT00020358, UK20

_SHOWS = {"normal": Shows.NORMAL, "abnormal": Shows.ABNORMAL}


def _read(listed: Listed) -> Says | None:
    """What the results stand for, column `means`; equivocal asks, unless another one decides."""
    means = {
        code.means
        for found in listed
        for code in found
        if code.value_set == codes.STRESS_TEST_RESULT.name
    }
    if not means:
        return None
    shows = {_SHOWS[word] for word in means if word in _SHOWS}
    if len(shows) > 1:
        return Why.CONFLICTING
    return shows.pop() if shows else Why.UNCLASSIFIED


_STRESS_TEST = HeartTest(
    names=(codes.STRESS_TEST_REPORT,),
    procedures=(codes.STRESS_TEST_PROCEDURE,),
    findings=(codes.STRESS_TEST_RESULT,),
    read=_read,
)
_QUERIES = (
    Query.FUNCTION,
    Query.IMAGING_OBSERVATIONS,
    Query.HEART_AND_LUNG,
    Query.IMAGING,
    Query.PROCEDURES,
)


@dataclass(frozen=True, slots=True)
class NormalStressTest:
    """A normal stress test where age or heart ask for one; one that was done is always judged."""

    older_than: Limit = Limit(units.AGE, "50", "years", Bound.AT_MOST)
    conditions: tuple[ValueSet, ...] = (
        codes.CHEST_PAIN,
        codes.CORONARY_DISEASE,
        codes.HEART_FAILURE_CARDIOMYOPATHY,
        codes.ARRHYTHMIA,
    )
    window: Window = proposed(180, "stress test")
    chest_pain: Window = ACUTE_WINDOW

    @property
    def reads(self) -> Reads:
        """Tests and their results, the date of birth, Conditions."""
        results, names = _STRESS_TEST.findings, (*_STRESS_TEST.names, *_STRESS_TEST.procedures)
        return (
            asks(Query.FUNCTION, *results)
            | asks(Query.IMAGING_OBSERVATIONS, *results, *names)
            | asks(Query.HEART_AND_LUNG, *names)
            | asks(Query.IMAGING, *names)
            | asks(Query.PROCEDURES, *_STRESS_TEST.procedures)
            | asks(Query.PATIENT)
            | CONDITION_READS
        )

    @property
    def threshold(self) -> str:
        """Needed above an age or with a heart condition."""
        return f"normal; needed above {self.older_than.text} or with a heart condition"

    @property
    def windows(self) -> Sequence[Window]:
        """How old the test may be, and how long chest pain at a visit counts."""
        return (self.window, self.chest_pain)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest test; without one, whether it is needed."""
        results = _STRESS_TEST.results(case, self.window)
        test = judged(case, results, self.window, _QUERIES)
        if test.why is Why.ABSENT:
            return self._without_test(case, Why.ABSENT)
        if test.why is Why.STALE and all(one.says is Shows.NORMAL for one in results):
            return self._without_test(case, Why.STALE, *test.evidence)
        return test

    def _without_test(self, case: Case, why: Why, *old: Evidence) -> Finding:
        """Unknown where one is needed or may be, else not applicable."""
        heart = absence(
            case,
            find_conditions(case, self.conditions, window=self.chest_pain),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
        )
        is_older = self._is_older(case)
        if heart.outcome is Outcome.NOT_MET:
            names = ", ".join(dict.fromkeys(one.label for one in heart.evidence))
            return unknown(why, *old, remark=f"needed: {names}")
        if is_older is True:
            return unknown(why, *old, remark=f"needed: older than {self.older_than.text}")
        if isinstance(is_older, Why):
            return unknown(is_older, *old, remark=f"needed above {self.older_than.text}")
        if heart.outcome is Outcome.MET:
            remark = f"not older than {self.older_than.text}, no heart condition recorded"
            return not_applicable(remark, *old)
        asked = "whether a stress test is needed is not known"
        return replace(heart, evidence=(*heart.evidence, *old), remark=asked)

    def _is_older(self, case: Case) -> bool | Why:
        """Whether the patient is older in completed years; the reason if that cannot be told."""
        birth = case.chart.patient.birth
        if birth is None:
            return Why.UNREADABLE if case.chart.patient.is_birth_unreadable else Why.ABSENT
        if birth.first > case.today:
            return Why.UNREADABLE
        if case.years_since(birth.last) > self.older_than.value:
            return True
        return False if case.years_since(birth.first) <= self.older_than.value else Why.UNREADABLE


CARDIAC_STRESS_TEST = Criterion(
    id="cardiac-stress-test",
    group="cardiac",
    question="Is there a normal stress test where needed?",
    short="cardiac stress test",
    headline="abnormal stress test; the older label text asks for a normal one",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ, Basis.STUDY),
    sources=(
        LBL19,
        LBL24.at("section 2.1"),
        NCT00003568.at("eligibility"),
        NCT00020358.at("eligibility"),
        UK20.at("4.3"),
    ),
    check=NormalStressTest(),
    if_not_met="Contraindicated by the older label text.",
    is_threshold_proposed=True,
    doubts=(
        "Needed above 50 years or with a heart condition is our proposal; trials asked above 40 "
        "or above 50.",
    ),
    work_up=work_ups.STRESS_TEST,
)

CRITERIA = (CARDIAC_STRESS_TEST,)
