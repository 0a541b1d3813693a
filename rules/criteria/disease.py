"""Section A: the disease and the line of therapy."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window
from rules.chart import Kind, Query
from rules.conditions import CONDITION_QUERIES, CONDITION_READS, counted, not_sent, not_shared_text
from rules.melanoma import (
    Melanoma,
    Owner,
    Primary,
    Spread,
    melanomas,
    other_cancers,
    owner,
    spreads,
)
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
    none_found,
    not_applicable,
    not_met,
    unknown,
)
from rules.select import not_complete
from rules.shown import shown
from rules.sources import BCBST, LBL24, NCT00003568, SITC16
from rules.staging import STAGE_WINDOW, Advanced, Staging, history_of_metastasis, staging


@dataclass(frozen=True, slots=True)
class MelanomaIsAdvanced:
    """Active melanoma, and a distant metastasis or the latest stage IV or M1."""

    threshold: str = "stage IV or distant metastasis"
    stage_window: Window = STAGE_WINDOW

    @property
    def reads(self) -> Reads:
        """Conditions, stage; "history of metastatic cancer" stands among the function queries."""
        return (
            CONDITION_READS
            | asks(Query.STAGE, codes.STAGE_GROUP, codes.M_CATEGORY)
            | asks(Query.FUNCTION, codes.HISTORY_METASTATIC)
        )

    @property
    def windows(self) -> Sequence[Window]:
        """A stage Observation grows old, a Condition does not."""
        return (self.stage_window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge by what melanoma there is."""
        found = case.once(melanomas)
        if any(one.primary is Primary.ACTIVE for one in found):
            return self._with_melanoma(case, found)
        possible = [one for one in found if one.primary is Primary.POSSIBLE]
        if possible:
            metastases = [s.evidence for s in case.once(spreads)]
            why = possible[0].why or Why.UNCLASSIFIED
            return unknown(why, *(one.evidence for one in possible), *metastases)
        return self._without_melanoma(case, found)

    def _without_melanoma(self, case: Case, past: Sequence[Melanoma]) -> Finding:
        """No active or possible melanoma: history of one beside active metastases is unknown."""
        active = [s for s in case.once(spreads) if _owner_of(case, s) is not Owner.OTHER]
        stage = case.once(staging)
        evidence = [one.evidence for one in past]
        if past and (active or stage.says is Advanced.YES):
            return unknown(
                Why.UNCLASSIFIED,
                *evidence,
                *(s.evidence for s in active),
                *(stage.evidence if not active else ()),
                remark="Melanoma only as history or in remission, beside active metastases.",
            )
        if missing := not_complete(case, CONDITION_QUERIES):
            return not_sent(missing, *evidence)
        unread = [
            shown(s) for s in case.chart.skipped if s.kind is Kind.CONDITION and not s.has_code
        ]
        if unread:
            return unknown(Why.UNREADABLE, *unread)
        if past:
            return not_met(evidence[0], *evidence[1:], remark="Melanoma in the past, none active.")
        searched = case.chart.count([Kind.CONDITION])
        if searched == 0:
            return unknown(Why.ABSENT, remark="No Condition was shared.")
        return none_found(searched, f"No active melanoma in {counted(searched, 'condition')}.")

    def _with_melanoma(self, case: Case, found: Sequence[Melanoma]) -> Finding:
        active = [one for one in found if one.primary is Primary.ACTIVE]
        evidence = [one.evidence for one in active]
        remark = None if any(one.remark is None for one in active) else active[0].remark
        metastases = [
            s
            for s in case.once(spreads)
            if s.is_distant and s.is_sure and _owner_of(case, s) is not Owner.OTHER
        ]
        stage = case.once(staging)
        own = [s for s in metastases if _owner_of(case, s) is Owner.MELANOMA]
        others = other_cancers(case)
        shown_spread = [s.evidence for s in metastases]
        if metastases and _contradicted(case, stage, metastases):
            return unknown(
                Why.CONFLICTING,
                *evidence,
                *shown_spread,
                *stage.evidence,
                remark="A coded metastasis, and M0.",
            )
        # another primary, or M0, may stand in what did not come
        missing = not_complete(case, [*CONDITION_QUERIES, Query.STAGE])
        is_advanced = bool(own or (metastases and not others)) or stage.says is Advanced.YES
        if is_advanced and not missing:
            seen = [s.evidence for s in own or ([] if others else metastases)]
            return met(*evidence, *(seen or stage.evidence), remark=remark)
        if is_advanced:
            return unknown(
                Why.NOT_SHARED,
                *evidence,
                *shown_spread,
                *stage.evidence,
                remark=not_shared_text(missing),
            )
        if metastases:
            sure = any(one.is_sure for one in others)
            return unknown(
                Why.CONFLICTING if sure else Why.UNCLASSIFIED,
                *evidence,
                *shown_spread,
                *(one.evidence for one in others),
                remark="The metastases name no primary, and another cancer is on the chart.",
            )
        return _not_known(case, evidence, stage)


def _owner_of(case: Case, spread: Spread) -> Owner:
    """Whose a metastasis is: a code that names melanoma, or its link."""
    verdict = codes.judge(spread.entry.listed, codes.MELANOMA_METASTATIC)
    if verdict.is_candidate:
        return Owner.MELANOMA
    return owner(case, getattr(spread.entry, "related", ()))


def _contradicted(case: Case, stage: Staging, metastases: Sequence[Spread]) -> bool:
    """M0 against a coded metastasis, unless the metastasis came later."""
    if stage.says is not Advanced.M0 or stage.when is None:
        return False
    since = [case.usable(s.entry) for s in metastases]
    return any(when is None or not case.is_older(stage.when, when) for when in since)


def _not_known(case: Case, melanoma: Sequence[Evidence], stage: Staging) -> Finding:
    """Active melanoma, and nothing that tells whether it is advanced."""
    doubtful = [s.evidence for s in case.once(spreads) if _owner_of(case, s) is not Owner.OTHER]
    history = history_of_metastasis(case)
    if missing := not_complete(case, [*CONDITION_QUERIES, Query.STAGE]):
        return unknown(
            Why.NOT_SHARED, *melanoma, *doubtful, *stage.evidence, remark=not_shared_text(missing)
        )
    if doubtful or history is not None:
        more = (history,) if history is not None else ()
        return unknown(
            Why.UNCLASSIFIED,
            *melanoma,
            *doubtful,
            *more,
            remark="The metastases recorded do not tell whether the melanoma is advanced.",
        )
    return unknown(stage.why or Why.ABSENT, *melanoma, *stage.evidence)


MELANOMA_ADVANCED = Criterion(
    id="melanoma-advanced",
    group="disease",
    question="Is melanoma metastatic (or unresectable)?",
    short="advanced melanoma",
    headline="no advanced melanoma on record, which the label asks for",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 1.2"), BCBST),
    check=MelanomaIsAdvanced(),
    if_not_met="The label's melanoma indication is metastatic melanoma.",
    doubts=("Unresectable stage III: only in trials and payer policy.",),
)


@dataclass(frozen=True, slots=True)
class IsAdult:
    """The age today, from the date of birth; a partial date only if it is certain."""

    years: int = 18

    @property
    def reads(self) -> Reads:
        """The patient."""
        return asks(Query.PATIENT)

    @property
    def threshold(self) -> str:
        """The label says "adults"."""
        return f">= {self.years} y"

    @property
    def windows(self) -> Sequence[Window]:
        """Now."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Judge the age."""
        patient = case.chart.patient
        if patient.is_birth_unreadable:
            return unknown(Why.UNREADABLE, remark="The date of birth cannot be read.")
        if patient.birth is None:
            return unknown(Why.ABSENT, remark="No date of birth.")
        evidence = Evidence(patient.reference, "date of birth", when=patient.birth)
        if patient.birth.first > case.today:
            return unknown(Why.UNREADABLE, evidence, remark="The date of birth is in the future.")
        oldest = case.years_since(patient.birth.first)
        youngest = case.years_since(patient.birth.last)
        if youngest >= self.years:
            return met(evidence)
        if oldest < self.years:
            return not_met(evidence)
        return unknown(Why.UNREADABLE, evidence, remark="The date of birth is too vague.")


ADULT_AGE = Criterion(
    id="adult-age",
    group="disease",
    question="Is the patient an adult?",
    short="adult age",
    shows_limit=True,
    headline="the patient is under 18; the label is for adults",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 1.2"), NCT00003568.at("eligibility")),
    check=IsAdult(),
    if_not_met='The label says "adults".',
    doubts=("18 years is from trials; the label gives no number.",),
)


@dataclass(frozen=True, slots=True)
class AgeIsNoBar:
    """Met at every age: shown so that age alone is not held against anybody."""

    threshold: str = "no upper limit; a physiological age of 70 or less is a ranking only"

    @property
    def reads(self) -> Reads:
        """The patient."""
        return asks(Query.PATIENT)

    @property
    def windows(self) -> Sequence[Window]:
        """Now."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Met with a date of birth that can be used."""
        patient = case.chart.patient
        if patient.is_birth_unreadable:
            return not_applicable("The date of birth cannot be read.")
        if patient.birth is None:
            return not_applicable("No date of birth.")
        evidence = Evidence(patient.reference, "date of birth", when=patient.birth)
        if patient.birth.first > case.today:
            return not_applicable("The date of birth is in the future.", evidence)
        return met(evidence)


AGE_NO_UPPER_LIMIT = Criterion(
    id="age-no-upper-limit",
    group="disease",
    question="Is age alone used against the patient?",
    short="no upper limit of age",
    weight=Weight.INFORMATION,
    basis=(Basis.CAUTION,),
    sources=(SITC16.at("table 1"),),
    check=AgeIsNoBar(),
)

CRITERIA = (MELANOMA_ADVANCED, ADULT_AGE, AGE_NO_UPPER_LIMIT)
