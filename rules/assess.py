"""
All criteria over one case, and what they come to.

Source: `criteria.md`, "Overall result", and "Weight of a criterion".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from rules import codes
from rules.adjust import GATE_ROWS
from rules.case import Case
from rules.chart import (
    Answer,
    Clinical,
    Condition,
    Encounter,
    Entry,
    Kind,
    Procedure,
    Query,
    Status,
)
from rules.codes import Match
from rules.conditions import CONDITION_QUERIES, QUERY_NAMES
from rules.criteria.disease import MELANOMA_ADVANCED
from rules.criteria.immune import HYPERSENSITIVITY_ABSENT, ORGAN_ALLOGRAFT_ABSENT
from rules.criteria.regimen import FOLLOWS_OTHER, INTENDED_REGIMEN
from rules.drugs import aldesleukin_orders
from rules.lesions import State, lesions
from rules.melanoma import Primary, melanomas
from rules.model import Assessment, Criterion, Finding, Judged, Outcome, Weight, not_applicable
from rules.model import Status as Overall
from rules.policy import CONFLICT_ROWS
from rules.select import not_complete
from rules.site_rules import PUBLISHED, SiteRules
from rules.staging import points_to_advanced

KNOWLEDGE_VERSION = "2026.11"


class Indicator(Enum):
    """How urgent a card is (CDS Hooks)."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the patient is ours: the facts that come before any criterion."""

    has_order: bool
    is_deceased: bool
    is_hospice: bool
    not_answered: tuple[Query, ...]  # queries for Conditions that cannot be relied on
    has_melanoma: bool  # active, possible or past: anything that gives a card a subject
    points_to_advanced: bool
    is_kidney_cancer: bool

    @property
    def is_known(self) -> bool:
        """
        Whether it can be told at all if the patient is ours.

        Conditions are the gate. With a melanoma among what came, a card; with none, every query
        must have been answered. Else the service answers 412, never an empty list.
        """
        return self.is_deceased or self.has_melanoma or not self.not_answered


def gate(case: Case) -> Gate:
    """The facts of the gate."""
    found = case.once(melanomas)
    return Gate(
        has_order=bool(case.once(aldesleukin_orders)),
        is_deceased=_is_deceased(case),
        is_hospice=_is_hospice(case),
        not_answered=_not_answered(case),
        has_melanoma=bool(found),
        points_to_advanced=points_to_advanced(case),
        is_kidney_cancer=_has_kidney_cancer(case)
        and not any(one.primary is not Primary.PAST for one in found),
    )


def _not_answered(case: Case) -> tuple[Query, ...]:
    """Queries for Conditions that did not come, or hold an entry whose code cannot be read."""
    missing = list(not_complete(case, CONDITION_QUERIES))
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.CONDITION and not skipped.has_code:
            missing += [q for q in CONDITION_QUERIES if q in skipped.queries]
    return tuple(dict.fromkeys(missing))


def _is_deceased(case: Case) -> bool:
    """Patient.deceased[x] decides; a discharge disposition "expired" only where it is silent."""
    patient = case.chart.patient
    if patient.died is not None:
        return not case.is_future(patient.died)
    if patient.deceased is not None:
        return patient.deceased
    stays = case.chart.listed_in(Encounter, Kind.ENCOUNTER, codes.DECEASED_MARKER)
    return any(_has_begun(case, stay) for stay in stays if not stay.is_planned)


def _has_begun(case: Case, entry: Entry) -> bool:
    return entry.when is None or not case.is_future(entry.when)


def _is_hospice(case: Case) -> bool:
    """Hospice care recorded: a Condition going on, a Procedure done, or a discharge to it."""
    chart = case.chart
    conditions = [
        c
        for c in chart.listed_in(Condition, Kind.CONDITION, codes.HOSPICE)
        if c.clinical is Clinical.ACTIVE and c.is_confirmed
    ]
    procedures = [
        p
        for p in chart.listed_in(Procedure, Kind.PROCEDURE, codes.HOSPICE)
        if p.status is Status.FINAL or p.is_running
    ]
    stays = [
        s for s in chart.listed_in(Encounter, Kind.ENCOUNTER, codes.HOSPICE) if not s.is_planned
    ]
    return any(
        codes.judge(entry.listed, codes.HOSPICE).match is Match.DECIDES and _has_begun(case, entry)
        for entry in (*conditions, *procedures, *stays)
    )


def _has_kidney_cancer(case: Case) -> bool:
    return any(
        c.clinical is Clinical.ACTIVE
        and c.is_confirmed
        and codes.judge(c.listed, codes.RENAL_CELL_CARCINOMA).match is Match.DECIDES
        for c in case.chart.listed_in(Condition, Kind.CONDITION, codes.RENAL_CELL_CARCINOMA)
    )


def is_surely_not_ours(case: Case) -> bool:
    """
    Whether the Conditions and medicines alone show that no card can come of the whole chart.

    Only with Conditions that all came and none that is, was or may be melanoma: then nothing else
    on the chart can make the melanoma advanced. False says nothing.
    """
    found = case.once(gate)
    return (
        found.is_known
        and not found.has_order
        and not found.has_melanoma
        and MELANOMA_ADVANCED.assess(case).outcome is Outcome.NOT_MET
    )


# --- The table of overall results -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table looks at."""

    gate: Gate
    judged: tuple[Judged, ...]
    stage_missing: bool

    def any_of(self, outcome: Outcome, *weights: Weight) -> bool:
        """Whether a criterion of one of these weights has the outcome."""
        return any(
            j.finding.outcome is outcome and j.criterion.weight in weights for j in self.judged
        )

    def advanced(self) -> Outcome:
        """The outcome of melanoma-advanced."""
        return _finding(self.judged, MELANOMA_ADVANCED).outcome


def _not_ours(facts: Facts) -> str | None:
    gate_ = facts.gate
    if gate_.is_deceased:
        return "the patient is deceased"
    if gate_.has_order:
        return None
    if gate_.is_hospice and gate_.is_known:
        return "hospice care is recorded, and there is no order"
    advanced = facts.advanced()
    if advanced is Outcome.NOT_MET and gate_.is_known:
        return "no advanced melanoma on record"
    answered = not gate_.not_answered and not _stage_is_open(facts)
    if advanced is Outcome.UNKNOWN and answered and not gate_.points_to_advanced:
        return "no advanced melanoma on record"
    return None


def _stage_is_open(facts: Facts) -> bool:
    """The stage is needed only where a melanoma is on the chart."""
    return facts.gate.has_melanoma and facts.stage_missing


def _finding(judged: Sequence[Judged], criterion: Criterion) -> Finding:
    return next(j.finding for j in judged if j.criterion.id == criterion.id)


def _other_use(judged: Sequence[Judged]) -> str | None:
    """The use of aldesleukin that is ordered, if it is another than high-dose IL-2."""
    finding = _finding(judged, INTENDED_REGIMEN)
    if finding.outcome is not Outcome.NOT_MET or finding.remark is None:
        return None
    return finding.remark.removesuffix(FOLLOWS_OTHER)


# What is judged of an order that follows other criteria: these contraindications hold for it too.
STILL_JUDGED = (INTENDED_REGIMEN, ORGAN_ALLOGRAFT_ABSENT, HYPERSENSITIVITY_ABSENT)


def _within_scope(judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """The findings; where another use is ordered, all but those few do not apply."""
    use = _other_use(judged)
    if use is None:
        return judged
    aside = not_applicable(f"The order follows other criteria: {use}.")
    kept = {one.id for one in STILL_JUDGED}
    return tuple(j if j.criterion.id in kept else Judged(j.criterion, aside) for j in judged)


def _out_of_scope(facts: Facts) -> str | None:
    if (use := _other_use(facts.judged)) is not None:
        return use
    # "no possible melanoma": not while one may hide in what did not come, or in a mere history
    is_no_melanoma = facts.gate.is_kidney_cancer and facts.advanced() is Outcome.NOT_MET
    if facts.gate.has_order and is_no_melanoma:
        return "kidney cancer, the label's other indication; these rules are for melanoma"
    return None


def _gate_cause(found: Gate) -> str | None:
    """Why it cannot be told whether the patient is ours."""
    if found.is_known:
        return None
    names = " and ".join(QUERY_NAMES[query] for query in found.not_answered)
    return f"{names} not shared or unreadable"


CI, REQ, CAUTION = Weight.CONTRAINDICATION, Weight.REQUIREMENT, Weight.CAUTION


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: the status, when it applies, and how urgent its card is."""

    status: Overall
    applies: Callable[[Facts], bool]
    patient_view: Indicator | None  # None: no card
    order_hooks: Indicator | None


# First that fits, from the top (criteria.md, "Overall result").
OVERALL_RESULT: tuple[Row, ...] = (
    Row(Overall.NOT_APPLICABLE, lambda f: _not_ours(f) is not None, None, None),
    Row(
        Overall.CONTRAINDICATION_FOUND,
        lambda f: f.any_of(Outcome.NOT_MET, CI),
        Indicator.WARNING,
        Indicator.CRITICAL,
    ),
    Row(
        Overall.OUT_OF_SCOPE,
        lambda f: _out_of_scope(f) is not None,
        Indicator.INFO,
        Indicator.INFO,
    ),
    Row(
        Overall.REQUIREMENT_NOT_MET,
        lambda f: f.any_of(Outcome.NOT_MET, REQ),
        Indicator.WARNING,
        Indicator.WARNING,
    ),
    Row(
        Overall.CANNOT_ASSESS,
        lambda f: f.any_of(Outcome.UNKNOWN, CI, REQ) or not f.gate.is_known,
        Indicator.INFO,
        Indicator.WARNING,
    ),
    Row(
        Overall.CAUTIONS_FOUND,
        lambda f: f.any_of(Outcome.NOT_MET, CAUTION),
        Indicator.INFO,
        Indicator.WARNING,
    ),
    Row(Overall.NO_EXCLUSION_FOUND, lambda _: True, Indicator.INFO, Indicator.INFO),
)


def assess(case: Case, rules: SiteRules = PUBLISHED) -> Assessment:
    """
    Judge every criterion, then read the overall result off the table.

    Whether the patient is ours is judged as published, whatever the policy of a site: no window
    of a site can make a card disappear.
    """
    case = case.under(rules.windows)
    criteria = rules.criteria
    judged = _within_scope(
        tuple(
            Judged(one, one.assess(case.published if one.id in GATE_ROWS else case))
            for one in criteria
        )
    )
    facts = Facts(case.published.once(gate), judged, bool(not_complete(case, [Query.STAGE])))
    row = next(row for row in OVERALL_RESULT if row.applies(facts))
    return Assessment(
        case=case,
        status=row.status,
        judged=judged,
        policy=rules.stamp,
        reason=_not_ours(facts) or _out_of_scope(facts) or _gate_cause(facts.gate),
        is_complete=not any(one.is_off for one in criteria),
        not_shared=not_shared(case, rules),
    )


def not_shared(case: Case, rules: SiteRules = PUBLISHED) -> tuple[Query, ...]:
    """The queries that the criteria read and that were not answered completely."""
    answers = case.chart.answers
    return tuple(q for q in rules.queries if not answers.get(q, Answer.MISSING).is_complete)


def has_conflict(assessment: Assessment) -> bool:
    """The label against the study: visible or untreated lesions (criteria.md, "The conflict")."""
    if assessment.case.once(lesions).state is not State.PRESENT:
        return False
    return any(assessment.of(row).outcome is Outcome.NOT_MET for row in CONFLICT_ROWS)


def indicator(assessment: Assessment, *, on_order: bool = False) -> Indicator | None:
    """How urgent the card is; None: no card. The conflict makes it a warning, never critical."""
    row = next(row for row in OVERALL_RESULT if row.status is assessment.status)
    level = row.order_hooks if on_order else row.patient_view
    if level is None:
        return None
    if on_order and any(j.finding.is_critical_on_order for j in assessment.judged):
        return Indicator.CRITICAL
    if level is Indicator.INFO and has_conflict(assessment):
        return Indicator.WARNING
    return level
