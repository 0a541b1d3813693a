"""
The machine-readable assessment: what `evaluate --json` prints and what travels in a card.

A key without a value is left out, never null, and so is an empty list. Its JSON Schema is
`docs/schema/assessment.schema.json`; a change of shape raises `SCHEMA_VERSION`.
"""

from datetime import datetime
from functools import lru_cache
from typing import Literal, overload

import msgspec
from msgspec import Struct

from rules.assess import KNOWLEDGE_VERSION
from rules.model import Assessment, Criterion, Evidence, Finding, Judged
from rules.settle import Item, Step, plan

SCHEMA_VERSION = "1.1.0"
EXTENSION = "org.il2advisor.assessment"

_Outcome = Literal["met", "not-met", "unknown", "confirm", "not-applicable"]
_Reason = Literal[
    "absent",
    "stale",
    "not-final",
    "unreadable",
    "unit-unknown",
    "conflicting",
    "unclassified",
    "in-report",
    "not-shared",
]
_Status = Literal[
    "not-applicable",
    "contraindication-found",
    "out-of-scope",
    "requirement-not-met",
    "cannot-assess",
    "cautions-found",
    "no-exclusion-found",
]


class EvidenceReport(Struct, frozen=True, omit_defaults=True):
    """An entry of the chart that a finding rests on."""

    reference: str
    code: str | None = None
    value: str | None = None
    unit: str | None = None
    date: str | None = None


class CriterionReport(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One row of the rule book, judged."""

    id: str
    group: str
    question: str
    weight: Literal["contraindication", "requirement", "caution", "information"]
    basis: list[Literal["label-ci", "label-req", "consensus", "study", "caution"]]
    outcome: _Outcome
    threshold: str
    proposed: bool
    citations: list[str]
    reason: _Reason | None = None
    remark: str | None = None
    window: str | None = None
    evidence: list[EvidenceReport] = []


class SkippedReport(Struct, frozen=True):
    """A resource that was set aside, or is of another patient."""

    reference: str
    reason: str


class StepReport(Struct, frozen=True, rename="camel"):
    """One act of the shortest way to an answer, and the criteria that it settles."""

    act: str
    items: list[str]
    settles: list[str]


class AssessmentReport(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """All of it. `complete` is false while rows of the rule book are not built."""

    status: _Status
    as_of: str
    schema_version: str
    knowledge_version: str
    policy: Literal["default", "site"]
    policy_hash: str
    complete: bool
    summary: str
    criteria: list[CriterionReport]
    to_settle: list[StepReport] = []
    skipped: list[SkippedReport] = []
    not_shared: list[str] = []
    notes: list[str] = []


def window_words(criterion: Criterion) -> str | None:
    """All windows of a criterion, in words."""
    return "; ".join(w.text for w in criterion.windows) or None


def citations(criterion: Criterion) -> list[str]:
    """The sources of a criterion, in words."""
    return [source.text for source in criterion.sources]


def _evidence(one: Evidence) -> EvidenceReport:
    return EvidenceReport(
        _short(one.reference), _short(one.code), _short(one.value), _short(one.unit), one.date
    )


_LONGEST = 200  # characters of a chart's text; a FHIR id has at most 64, a number 40 digits


@overload
def _short(text: str) -> str: ...
@overload
def _short(text: None) -> None: ...
def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def remark_of(finding: Finding) -> str | None:
    """The remark; where a search found nothing, how much it read."""
    if finding.remark is None and finding.searched:
        entries = "entry" if finding.searched == 1 else "entries"
        return f"none recognised in the {finding.searched} {entries} read"
    return finding.remark


@lru_cache(maxsize=1024)  # the rows of a few policies
def _as_published(criterion: Criterion) -> CriterionReport:
    """What a row says of every patient; the outcome is still to be filled in."""
    return CriterionReport(
        id=criterion.id,
        group=criterion.group,
        question=criterion.question,
        weight=criterion.weight.value,
        basis=[one.value for one in criterion.basis],
        outcome="unknown",
        threshold=criterion.check.threshold,
        window=window_words(criterion),
        proposed=criterion.is_proposed,
        citations=citations(criterion),
    )


def _criterion(judged: Judged) -> CriterionReport:
    finding = judged.finding
    return msgspec.structs.replace(
        _as_published(judged.criterion),
        outcome=finding.outcome.value,
        reason=finding.why.value if finding.why else None,
        remark=remark_of(finding),
        evidence=[_evidence(one) for one in finding.evidence],
    )


def _step(step: Step) -> StepReport:
    return StepReport(step.act.value, [_item(one) for one in step.items], list(step.settles))


def _item(item: Item) -> str:
    """A test, or an entry of the chart with its day."""
    day = item.evidence.date if item.evidence is not None else None
    return _short(f"{item.name}, {day[:10]}" if day else item.name)


def report(assessment: Assessment, summary: str) -> AssessmentReport:
    """The assessment as it is sent; `summary` is the card's, in the same words."""
    chart = assessment.case.chart
    as_of = assessment.case.as_of
    return AssessmentReport(
        status=assessment.status.value,
        as_of=as_of.isoformat("T", "seconds") if isinstance(as_of, datetime) else str(as_of),
        schema_version=SCHEMA_VERSION,
        knowledge_version=KNOWLEDGE_VERSION,
        policy="site" if assessment.policy.is_site else "default",
        policy_hash=assessment.policy.hash,
        complete=assessment.is_complete,
        summary=summary,
        criteria=[_criterion(one) for one in assessment.judged],
        to_settle=[_step(one) for one in plan(assessment).steps],
        skipped=[
            *(SkippedReport(s.reference, s.reason) for s in chart.skipped),
            *(SkippedReport(reference, reason) for reference, reason in chart.of_others),
        ],
        not_shared=[query.value for query in assessment.not_shared],
        notes=[*chart.notes, *([chart.not_valid] if chart.not_valid else [])],
    )


def schema() -> dict[str, object]:
    """The JSON Schema of the assessment, as it is committed."""
    made = msgspec.json.schema(AssessmentReport)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://il2advisor.org/schema/assessment-{SCHEMA_VERSION}.json",
        "title": f"IL-2 Advisor assessment {SCHEMA_VERSION}",
        **made,
    }
