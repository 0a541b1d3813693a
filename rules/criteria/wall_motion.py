"""Section D, first part: wall motion, the other half of an echo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Kind, Query
from rules.codes import Match
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    absence,
    find_conditions,
)
from rules.heart_tests import HeartTest, Listed, Says, Shows, judged
from rules.model import Basis, Criterion, Finding, Outcome, Reads, Weight, Why, asks, not_met
from rules.sources import LBL24


def _read(listed: Listed) -> Says | None:
    """Normal only by a code that says so; what may be an abnormality asks."""
    is_normal = codes.judge(listed, codes.WALL_MOTION_NORMAL).match is Match.DECIDES
    abnormal = codes.judge(listed, codes.WALL_MOTION_ABNORMALITY)
    if is_normal:
        return Why.CONFLICTING if abnormal.is_candidate else Shows.NORMAL
    if abnormal.match is Match.DECIDES:
        return Shows.ABNORMAL
    return Why.UNCLASSIFIED if abnormal.is_candidate else None


_ECHO = HeartTest(
    names=(codes.ECHO_REPORT, codes.ECHOCARDIOGRAM, codes.WALL_MOTION_STUDY),
    findings=(codes.WALL_MOTION_ABNORMALITY, codes.WALL_MOTION_NORMAL),
    measured=(codes.WALL_MOTION,),
    of_a_part=frozenset({"250949004"}),  # right ventricular wall motion
    read=_read,
)


# An echo report may come as one of cardiology or of imaging.
_QUERIES = (Query.FUNCTION, Query.IMAGING_OBSERVATIONS, Query.HEART_AND_LUNG, Query.IMAGING)


@dataclass(frozen=True, slots=True)
class NormalWallMotion:
    """Coded normal by the newest echo, and no abnormality among the Conditions."""

    window: Window = proposed(90)
    threshold: str = "no impaired wall motion, coded"

    @property
    def reads(self) -> Reads:
        """Observations on wall motion, reports on the heart, Conditions."""
        observed = (*_ECHO.findings, *_ECHO.measured)
        return (
            asks(Query.FUNCTION, *observed)
            | asks(Query.IMAGING_OBSERVATIONS, *observed, *_ECHO.names)
            | asks(Query.HEART_AND_LUNG, *_ECHO.names)
            | asks(Query.IMAGING, *_ECHO.names)
            | CONDITION_READS
        )

    @property
    def windows(self) -> Sequence[Window]:
        """How old the echo may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest echo; a Condition stands whatever the echo says."""
        echo = judged(case, _ECHO.results(case, self.window), self.window, _QUERIES)
        recorded = absence(
            case,
            find_conditions(case, (codes.WALL_MOTION_ABNORMALITY,)),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
        )
        both = (*recorded.evidence, *echo.evidence)
        if recorded.outcome is Outcome.NOT_MET:
            beside = "the newest echo is coded normal" if echo.outcome is Outcome.MET else None
            return not_met(both[0], *both[1:], remark=beside)
        if echo.outcome is Outcome.NOT_MET:
            return echo
        is_open = recorded.outcome is Outcome.UNKNOWN and recorded.why is not Why.ABSENT
        if is_open and (recorded.evidence or echo.outcome is Outcome.MET):
            return replace(recorded, evidence=both)
        return echo


WALL_MOTION_NORMAL = Criterion(
    id="wall-motion-normal",
    group="cardiac",
    question="No impaired wall motion?",
    short="wall motion",
    headline="impaired wall motion",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("section 4"),),
    check=NormalWallMotion(),
    if_not_met="Impaired wall motion is contraindicated by the US label.",
    doubts=("The label does not grade impairment: any coded abnormality counts.",),
    work_up=work_ups.ECHOCARDIOGRAM,
)

CRITERIA = (WALL_MOTION_NORMAL,)
