"""Section C, fifth part: oedema and leptomeningeal disease must be absent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rules import codes
from rules.chart import (
    Coded,
    Entry,
    Kind,
    NoValue,
    Observation,
    Query,
    When,
)
from rules.codes import Match, ValueSet, Verdict
from rules.conditions import (
    CONDITION_QUERIES,
    find_conditions,
    not_shared_text,
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
    Case,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    Window,
    asks,
    met,
    not_met,
    unknown,
)
from rules.scans import (
    SCAN_WINDOW,
    Scan,
    newest_scans,
)
from rules.select import (
    Unknown,
    newest,
    not_complete,
    plain_display,
    shown,
    skipped_observations,
    trouble_of,
)
from rules.sources import (
    NCT00003027,
    NCT00003568,
    SARIS,
    SEED,
)


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
        stated = self._stated(case)
        scans = newest_scans(case, self.window)
        coded = [s.codes_any(*self.codes) for s in scans] if isinstance(scans, tuple) else []
        on_scan = [
            replace(s.evidence, label=f"{s.evidence.label} with {plain_display(v.code.display)}")
            for s, v in zip(scans if isinstance(scans, tuple) else (), coded, strict=True)
            if v.match is Match.DECIDES and v.code is not None and not s.contradicts_itself
        ]
        opposed = stated.opposed
        if opposed and not conditions.evidence and not on_scan:
            return unknown(Why.CONFLICTING, *opposed)
        against = [*conditions.evidence, *on_scan, *stated.present]
        if against:
            return not_met(against[0], *against[1:])
        doubtful = [*conditions.doubtful, *stated.unclear]
        doubtful += [
            (Why.CONFLICTING, s.evidence)
            for s, v in zip(scans if isinstance(scans, tuple) else (), coded, strict=True)
            if v.match is Match.DECIDES and s.contradicts_itself
        ]
        if any(v.is_candidate for v in coded) and isinstance(scans, tuple):
            doubtful += [(Why.UNCLASSIFIED, s.evidence) for s in scans]
        if doubtful:
            return unknown(doubtful[0][0], *(one for _, one in doubtful))
        needed = (*CONDITION_QUERIES, Query.IMAGING, Query.FUNCTION, Query.IMAGING_OBSERVATIONS)
        if missing := not_complete(case, needed):
            return unknown(Why.NOT_SHARED, remark=not_shared_text(missing))
        state = case.once(lesions)
        if state.state is State.NONE:
            return met(*state.evidence)
        if isinstance(scans, tuple) and all(s.is_negative for s in scans):
            return met(*(s.evidence for s in scans))
        current = [e for w, e in stated.absent if self._is_not_before(case, w, scans)]
        if current:
            return met(*current)
        if isinstance(scans, Unknown):
            return scans.finding()
        return unknown(Why.IN_REPORT, *(s.evidence for s in scans), remark="read the report")

    def _is_not_before(self, case: Case, when: When, scans: tuple[Scan, ...] | Unknown) -> bool:
        """A statement older than a scan that nobody has read does not speak for that scan."""
        if isinstance(scans, Unknown):
            return scans.why in (Why.ABSENT, Why.STALE)
        return all(case.days(when)[1] >= case.days(s.when)[0] for s in scans if s.is_unread)

    def _stated(self, case: Case) -> "_Stated":
        """
        What Observations in the window state, the newest of each set.

        Only the thing itself, the first set, can be stated absent: no mass effect is not no oedema.
        """
        found = _Stated()
        for wanted in self.codes:
            one = self._stated_of(case, wanted)
            found.unclear += one.unclear
            found.present += one.present
            found.opposed += one.opposed
            if wanted is self.codes[0]:
                found.absent += one.absent
        return found

    def _stated_of(self, case: Case, wanted: ValueSet) -> "_Stated":
        stated = _Stated()
        fitting: list[tuple[Entry, Verdict]] = [
            (one, verdict)
            for one in case.chart.listed_in(Observation, Kind.OBSERVATION, wanted)
            if (verdict := codes.judge(one.listed, wanted)).is_candidate
        ]
        fitting += skipped_observations(case, wanted)
        current: list[tuple[Entry, When]] = []
        verdicts = {id(one): verdict for one, verdict in fitting}
        for one, verdict in fitting:
            when = case.usable(one)
            within = None if when is None else case.may_be_within(when, self.window)
            says = states(one) if isinstance(one, Observation) else None
            if when is None or (within is None and says is not False):
                stated.unclear.append((Why.UNREADABLE, shown(one, verdict.code)))
            elif within:
                current.append((one, when))
        whens = {id(one): when for one, when in current}
        for entry in newest(case, current):
            evidence = shown(entry, verdicts[id(entry)].code)
            trouble = trouble_of(entry, verdicts[id(entry)])
            says = states(entry) if isinstance(entry, Observation) else None
            if trouble is not None:
                stated.unclear.append((trouble, evidence))
            elif says is None:
                empty = isinstance(entry, Observation) and isinstance(entry.value, NoValue)
                stated.unclear.append((Why.UNREADABLE if empty else Why.UNCLASSIFIED, evidence))
            elif says:
                stated.present.append(evidence)
            else:
                stated.absent.append((whens[id(entry)], evidence))
        if stated.present and stated.absent:
            stated.opposed = [*stated.present, *(e for _, e in stated.absent)]
        return stated


@dataclass(slots=True)
class _Stated:
    """What Observations state of a finding; `opposed`: of the same time, and not the same."""

    present: list[Evidence] = field(default_factory=list)
    absent: list[tuple[When, Evidence]] = field(default_factory=list)
    unclear: list[tuple[Why, Evidence]] = field(default_factory=list)
    opposed: list[Evidence] = field(default_factory=list)


def states(observation: Observation) -> bool | None:
    """Whether an Observation coded as a finding states it present, absent (rule 6), or neither."""
    value = observation.value
    if isinstance(value, bool):
        return value
    if isinstance(value, Coded):
        if codes.judge(value.listed, codes.RESULT_NEGATIVE).match is Match.DECIDES:
            return False
        if codes.judge(value.listed, codes.RESULT_POSITIVE).match is Match.DECIDES:
            return True
    return None


def _with_dexamethasone(case: Case, finding: Finding) -> Finding:
    """Dexamethasone alone never decides: it is only mentioned."""
    steroids = find_drugs(
        case, codes.DRUG_CORTICOSTEROID, lambda c, d: counts_now(c, d, Window(14))
    )
    if not any("dexamethasone" in one.ingredient for one in steroids.sure):
        return finding
    note = "dexamethasone is on the medication list: for oedema?"
    remark = f"{finding.remark}; {note}" if finding.remark else note
    return Finding(finding.outcome, finding.why, finding.evidence, remark, finding.searched)


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
)


CRITERIA = (CEREBRAL_OEDEMA_ABSENT, LEPTOMENINGEAL_ABSENT)
