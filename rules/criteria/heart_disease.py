"""Section D, second part: coronary disease, heart failure and arrhythmia."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window
from rules.chart import Kind, Query
from rules.checks import NoneRecorded
from rules.codes import ValueSet
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    absence,
    find_conditions,
    find_procedures,
)
from rules.model import Basis, Criterion, Finding, Reads, Weight, asks
from rules.sources import LBL19, LBL24, NCT00003568


@dataclass(frozen=True, slots=True)
class NoCoronaryDisease:
    """No coronary disease, infarction, angina or revascularisation, ever."""

    codes: tuple[ValueSet, ...] = (
        codes.CORONARY_DISEASE,
        codes.CORONARY_REVASCULARISATION,
        codes.MYOCARDIAL_INFARCTION,
    )
    threshold: str = "no coded coronary disease, infarction, angina, stent or bypass, ever"

    @property
    def reads(self) -> Reads:
        """Conditions and Procedures."""
        return CONDITION_READS | asks(Query.PROCEDURES)

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition, Procedures besides."""
        found = find_conditions(case, self.codes, for_life=True)
        return absence(
            case,
            found + find_procedures(case, self.codes),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.PROCEDURES,),
        )


CORONARY_DISEASE_ABSENT = Criterion(
    id="coronary-disease-absent",
    group="cardiac",
    question="No significant coronary artery disease?",
    short="coronary disease",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("section 4"),),
    check=NoCoronaryDisease(),
    if_not_met="Significant coronary disease is contraindicated by the US label; the clinician may "
    "judge it not significant.",
    is_threshold_proposed=True,
    doubts=('The label does not define "significant"; that any coded one counts is our proposal.',),
)

HEART_FAILURE_ARRHYTHMIA_ABSENT = Criterion(
    id="heart-failure-arrhythmia-absent",
    group="cardiac",
    question="No heart failure or serious arrhythmia?",
    short="heart failure or arrhythmia",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY, Basis.CAUTION),
    sources=(NCT00003568.at("eligibility"), LBL19),
    check=NoneRecorded(
        codes=(
            codes.HEART_FAILURE_CARDIOMYOPATHY,
            codes.HEART_FAILURE,
            codes.ARRHYTHMIA,
            codes.VENTRICULAR_TACHYCARDIA,
            codes.SEVERE_ARRHYTHMIA,
            codes.SUPRAVENTRICULAR_ARRHYTHMIA,
        ),
        accepted=(codes.BENIGN_ARRHYTHMIA, codes.CONDUCTION_DISORDER),
        accepted_remark="benign rhythm or conduction disorder only: not counted (proposed)",
    ),
    if_not_met="A trial excluded heart failure and serious arrhythmia; the earlier label warns.",
    doubts=(
        "That benign rhythms and conduction disorders are accepted is our proposal.",
        "An ECG trace is never read.",
    ),
)

CORONARY = (CORONARY_DISEASE_ABSENT,)
FAILURE_AND_ARRHYTHMIA = (HEART_FAILURE_ARRHYTHMIA_ABSENT,)
