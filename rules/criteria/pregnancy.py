"""Section J: pregnancy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Coded, Condition, Entry, Kind, Observation, Query
from rules.checks import AskClinician
from rules.conditions import CONDITION_QUERIES, Found, absence, find_conditions
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
    met,
    not_met,
    unknown,
)
from rules.pregnancy import Pregnancy, answers, is_old, is_recognised
from rules.select import Unknown, fitting, newest, trouble_of
from rules.shown import shown
from rules.sources import CH, LBL24, NCT00003027, NCT00020358


@dataclass(frozen=True, slots=True)
class PregnancyExcluded:
    """The newest test or status says not pregnant, and no Condition says otherwise."""

    pregnancy: Pregnancy
    threshold: str = "negative"

    @property
    def reads(self) -> Reads:
        """All that speaks of pregnancy."""
        return self.pregnancy.reads

    @property
    def windows(self) -> Sequence[Window]:
        """Those of what is recorded."""
        return self.pregnancy.windows

    def __call__(self, case: Case, /) -> Finding:
        """What says pregnant comes first, whoever the patient is."""
        verdict = self.pregnancy.newest(case)
        conditions = absence(
            case,
            self.pregnancy.conditions(case),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.LABS, Query.SOCIAL),
        )
        if conditions.outcome is Outcome.NOT_MET:
            return conditions
        if not isinstance(verdict, Unknown) and verdict[0] is Outcome.NOT_MET:
            return not_met(*verdict[1])
        if (settled := self.pregnancy.not_asked(case)) is not None:
            return settled
        shown_too = verdict.evidence if isinstance(verdict, Unknown) else verdict[1]
        if conditions.outcome is Outcome.UNKNOWN and conditions.why is not Why.ABSENT:
            return replace(conditions, evidence=(*conditions.evidence, *shown_too))
        if isinstance(verdict, Unknown):
            is_missing = verdict.why in (Why.ABSENT, Why.STALE)
            remark = "status must be verified" if is_missing else verdict.remark
            return unknown(verdict.why, *verdict.evidence, remark=remark)
        return met(*verdict[1])


PREGNANCY_STATUS_VERIFIED = Criterion(
    id="pregnancy-status-verified",
    group="pregnancy",
    question="If pregnancy is possible: is it excluded?",
    short="pregnancy status",
    headline="pregnancy is recorded{date}; the label warns of harm to the unborn child",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(
        LBL24.at("section 2.1"),
        LBL24.at("section 5.6"),
        CH,
        NCT00003027.at("eligibility"),
    ),
    check=PregnancyExcluded(Pregnancy()),
    if_not_met="The US label warns of embryo-fetal toxicity (5.6).",
    doubts=(
        "That it is not asked above 55 and below 12 years is our proposal.",
        "A quantitative hCG asks: no cut-off was read.",
        "Section 5.6 was seen in cross-references only; its text is unverified.",
    ),
    work_up=work_ups.PREGNANCY_TEST,
)


@dataclass(frozen=True, slots=True)
class NotBreastfeeding:
    """No breast-feeding recorded; asked of those of whom pregnancy is asked."""

    pregnancy: Pregnancy
    window: Window = proposed(365, "breast-feeding")
    threshold: str = "none recorded"

    @property
    def reads(self) -> Reads:
        """Conditions, the status of breast-feeding, and all that speaks of pregnancy."""
        return self.pregnancy.reads | asks(Query.SOCIAL, codes.BREASTFEEDING_STATUS)

    @property
    def windows(self) -> Sequence[Window]:
        """How old a status, or a diagnosis of a visit, may be; those of pregnancy."""
        return (self.window, *self.pregnancy.windows)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition; the newest Observation may say yes, or no."""
        stated, denied = self._status(case)
        conditions = self._conditions(case)
        if not (is_recognised(case, conditions) or _is_stated(case, stated)):
            settled = self.pregnancy.not_asked(case)
            if settled is not None:
                return settled
        finding = absence(
            case,
            conditions + stated,
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.SOCIAL,),
        )
        return replace(finding, evidence=denied) if finding.outcome is Outcome.MET else finding

    def _conditions(self, case: Case) -> Found:
        """Conditions; a diagnosis of a visit only within the window."""
        found = find_conditions(case, (codes.BREASTFEEDING,))
        sure = [(e, one) for e, one in found.sure if self._counts(case, one) is True]
        undated = [
            (Why.UNREADABLE, one) for _, one in found.sure if self._counts(case, one) is None
        ]
        doubtful = [(w, one) for w, one in found.doubtful if self._counts(case, one) is not False]
        return Found(tuple(sure), (*doubtful, *undated))

    def _counts(self, case: Case, one: Evidence) -> bool | None:
        entry = case.chart.resolve(one.reference)
        if not (isinstance(entry, Condition) and entry.is_encounter_diagnosis):
            return True
        when = case.usable(entry)
        return None if when is None else case.may_be_within(when, self.window)

    def _status(self, case: Case) -> tuple[Found, tuple[Evidence, ...]]:
        """What the newest Observation says: that it is so or may be so, or that it is not."""
        found = [
            (entry, verdict)
            for entry, verdict in fitting(case, (codes.BREASTFEEDING_STATUS,))
            if not is_old(case, entry, self.window)
        ]
        dated = [(e, when) for e, _ in found if (when := case.usable(e)) is not None]
        top = {id(e) for e in newest(case, dated)}
        sure: list[tuple[Entry, Evidence]] = []
        denied: list[Evidence] = []
        doubtful: list[tuple[Why, Evidence]] = []
        for entry, verdict in found:
            if case.usable(entry) is not None and id(entry) not in top:
                continue
            one = shown(entry, verdict.code)
            said = trouble_of(entry, verdict) or self._said(case, entry)
            if isinstance(said, Why):
                doubtful.append((said, one))
            elif said:
                sure.append((entry, one))
            else:
                denied.append(one)
        if sure and denied:
            doubtful += [(Why.CONFLICTING, one) for one in (*(e for _, e in sure), *denied)]
            sure = []
        return Found(tuple(sure), tuple(doubtful)), tuple(denied)

    def _said(self, case: Case, entry: Entry) -> bool | Why:
        """Whether the mother breast-feeds."""
        when = case.usable(entry)
        if when is None or not isinstance(entry, Observation):
            return Why.UNREADABLE
        sets = {code.value_set for code in answers(entry)}
        yes, no = codes.BREASTFEEDING_YES.name in sets, codes.BREASTFEEDING_NO.name in sets
        if yes and no:
            return Why.CONFLICTING
        if yes:
            return True if case.may_be_within(when, self.window) else Why.UNREADABLE
        if no:
            return False
        return Why.UNCLASSIFIED if isinstance(entry.value, Coded) else Why.UNREADABLE


def _is_stated(case: Case, found: Found) -> bool:
    """Whether an Observation says yes, or had to be skipped; not one that says "unknown"."""
    skipped = {one.reference for one in case.chart.skipped}
    return bool(found.sure) or any(
        why is Why.CONFLICTING or one.reference in skipped for why, one in found.doubtful
    )


BREASTFEEDING_ABSENT = Criterion(
    id="breastfeeding-absent",
    group="pregnancy",
    question="Not breast-feeding?",
    short="breast-feeding",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(CH, NCT00003027.at("eligibility")),
    check=NotBreastfeeding(Pregnancy()),
    if_not_met="The Swiss text: not while breast-feeding.",
    doubts=("What the US label says in 8.2 is unverified.",),
)

CONTRACEPTION = Criterion(
    id="contraception",
    group="pregnancy",
    question="Effective contraception, both sexes?",
    short="contraception",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(CH, NCT00020358.at("eligibility")),
    check=AskClinician(threshold="in use", remark="contraception in use (both sexes)"),
)

CRITERIA = (PREGNANCY_STATUS_VERIFIED, BREASTFEEDING_ABSENT, CONTRACEPTION)
