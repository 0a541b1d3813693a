"""Section C, fifth part: oedema and leptomeningeal disease must be absent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rules import codes, work_ups
from rules.case import Case, Window
from rules.chart import (
    Entry,
    NoValue,
    Observation,
    Query,
    When,
)
from rules.codes import Match, ValueSet
from rules.conditions import (
    CONDITION_QUERIES,
    find_conditions,
    not_sent,
)
from rules.drugs import READS as DRUG_READS
from rules.drugs import counts_now, find_drugs
from rules.lesions import (
    LESION_READS,
    State,
    lesions,
)
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
    in_doubt,
    met,
    not_met,
    unknown,
)
from rules.scans import (
    SCAN_WINDOW,
    Scan,
    newest_scans,
)
from rules.select import Unknown, fitting, newest, not_complete, trouble_of
from rules.shown import plain_display, shown
from rules.sources import (
    NCT00003027,
    NCT00003568,
    SARIS,
    SEED,
)
from rules.values import states


@dataclass(frozen=True, slots=True)
class NotOnScan:
    """A finding that must be absent: by Condition, by the newest scan, or stated."""

    codes: tuple[ValueSet, ...]
    window: Window = SCAN_WINDOW
    threshold: str = "none"
    mentions_dexamethasone: bool = False

    @property
    def reads(self) -> Reads:
        """What LESIONS needs, and Observations that state the finding present or absent."""
        stated = asks(Query.FUNCTION, *self.codes) | asks(Query.IMAGING_OBSERVATIONS)
        drugs: Reads = DRUG_READS if self.mentions_dexamethasone else frozenset()
        return LESION_READS | stated | drugs

    @property
    def windows(self) -> Sequence[Window]:
        """How old scan and statement may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Anything that shows it: not-met; then what settles that it is absent."""
        finding = self._judge(case)
        if self.mentions_dexamethasone and finding.outcome is not Outcome.MET:
            return _with_dexamethasone(case, finding)
        return finding

    def _judge(self, case: Case) -> Finding:
        conditions = find_conditions(case, self.codes, window=self.window)
        stated = [self._stated(case, wanted) for wanted in self.codes]
        scans = newest_scans(case, self.window)
        seen = scans if isinstance(scans, tuple) else ()
        coded = [(s, s.codes_any(*self.codes)) for s in seen]
        decided = [(s, v.code) for s, v in coded if v.match is Match.DECIDES and v.code]
        on_scan = [
            replace(s.evidence, label=f"{s.evidence.label} with {plain_display(code.display)}")
            for s, code in decided
            if not s.contradicts_itself
        ]
        opposed = [e for one in stated for e in one.opposed]
        if opposed and not conditions.evidence and not on_scan:
            return unknown(Why.CONFLICTING, *opposed)
        against = [*conditions.evidence, *on_scan, *(e for one in stated for e in one.present)]
        if against:
            return not_met(against[0], *against[1:])
        doubtful = [*conditions.doubtful, *(u for one in stated for u in one.unclear)]
        doubtful += [(Why.CONFLICTING, s.evidence) for s, _ in decided if s.contradicts_itself]
        if any(v.is_candidate for _, v in coded):
            doubtful += [(Why.UNCLASSIFIED, s.evidence) for s in seen]
        if doubtful:
            return in_doubt(doubtful)
        needed = (*CONDITION_QUERIES, Query.IMAGING, Query.FUNCTION, Query.IMAGING_OBSERVATIONS)
        if missing := not_complete(case, needed):
            return not_sent(missing)
        state = case.once(lesions)
        if state.state is State.NONE:
            return met(*state.evidence)
        if seen and all(s.is_negative for s in seen):
            return met(*(s.evidence for s in seen))
        # only the thing itself, the first set, is stated absent: no mass effect is not no oedema
        current = [e for w, e in stated[0].absent if self._is_not_before(case, w, scans)]
        if current:
            return met(*current)
        if isinstance(scans, Unknown):
            return scans.finding()
        return unknown(Why.IN_REPORT, *(s.evidence for s in seen), remark="read the report")

    def _is_not_before(self, case: Case, when: When, scans: tuple[Scan, ...] | Unknown) -> bool:
        """A statement perhaps older than a scan that nobody has read does not speak for it."""
        if isinstance(scans, Unknown):
            return scans.why in (Why.ABSENT, Why.STALE)
        return all(case.days(when)[0] >= case.days(s.when)[1] for s in scans if s.is_unread)

    def _stated(self, case: Case, wanted: ValueSet) -> "_Stated":
        """What the newest Observations in the window state of a finding."""
        stated = _Stated()
        current: list[tuple[Entry, When]] = []
        found = fitting(case, (wanted,))
        for entry, verdict in found:
            when = case.usable(entry)
            within = None if when is None else case.may_be_within(when, self.window)
            if when is None or (within is None and states(entry) is not False):
                stated.unclear.append((Why.UNREADABLE, shown(entry, verdict.code)))
            elif within:
                current.append((entry, when))
        verdicts = {id(entry): verdict for entry, verdict in found}
        whens = {id(entry): when for entry, when in current}
        for entry in newest(case, current):
            verdict = verdicts[id(entry)]
            evidence = shown(entry, verdict.code)
            trouble = trouble_of(entry, verdict)
            says = states(entry)
            if trouble is not None:
                stated.unclear.append((trouble, evidence))
            elif says is None:
                empty = isinstance(entry, Observation) and isinstance(entry.value, NoValue)
                stated.unclear.append((Why.UNREADABLE if empty else Why.UNCLASSIFIED, evidence))
            elif says:
                stated.present.append(evidence)
            else:
                stated.absent.append((whens[id(entry)], evidence))
        return stated


@dataclass(slots=True)
class _Stated:
    """What Observations state of a finding."""

    present: list[Evidence] = field(default_factory=list)
    absent: list[tuple[When, Evidence]] = field(default_factory=list)
    unclear: list[tuple[Why, Evidence]] = field(default_factory=list)

    @property
    def opposed(self) -> list[Evidence]:
        """Present and absent of the same time."""
        if self.present and self.absent:
            return [*self.present, *(evidence for _, evidence in self.absent)]
        return []


def _with_dexamethasone(case: Case, finding: Finding) -> Finding:
    """Dexamethasone alone never decides: it is only mentioned."""
    steroids = find_drugs(
        case, codes.DRUG_CORTICOSTEROID, lambda c, d: counts_now(c, d, Window(14))
    )
    if not any("dexamethasone" in one.ingredient for one in steroids.sure):
        return finding
    note = "dexamethasone is on the medication list: for oedema?"
    remark = f"{finding.remark}; {note}" if finding.remark else note
    return replace(finding, remark=remark)


CEREBRAL_OEDEMA_ABSENT = Criterion(
    id="cerebral-oedema-absent",
    group="cns",
    question="No cerebral oedema or mass effect?",
    short="cerebral oedema",
    headline="cerebral oedema or mass effect{date}; trials excluded it",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003027.at("eligibility"), SARIS.at("abstract"), SEED),
    check=NotOnScan((codes.CEREBRAL_OEDEMA, codes.MASS_EFFECT), mentions_dexamethasone=True),
    if_not_met="Trials excluded brain oedema; IL-2 worsened peritumoural oedema in all 3 glioma "
    "patients of one series.",
    work_up=work_ups.BRAIN_MRI,
)


LEPTOMENINGEAL_ABSENT = Criterion(
    id="leptomeningeal-absent",
    group="cns",
    question="No leptomeningeal disease?",
    short="leptomeningeal disease",
    headline="leptomeningeal disease{date}; trials excluded it",
    weight=Weight.REQUIREMENT,
    basis=(Basis.STUDY,),
    sources=(NCT00003568.at("eligibility"), NCT00003027.at("eligibility")),
    check=NotOnScan((codes.LEPTOMENINGEAL,)),
    if_not_met="Trials excluded leptomeningeal disease.",
    work_up=work_ups.BRAIN_MRI,
)


CRITERIA = (CEREBRAL_OEDEMA_ABSENT, LEPTOMENINGEAL_ABSENT)
