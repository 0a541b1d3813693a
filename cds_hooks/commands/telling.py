"""A card and an assessment as lines for a person."""

from collections.abc import Iterator, Sequence

from cds_hooks.cards import draft_orders
from cds_hooks.cards.detail import detail
from cds_hooks.cards.suggestions import suggestions
from cds_hooks.cards.summary import summary
from cds_hooks.fhir.drafts import Draft
from rules.assess import indicator
from rules.model import Assessment, Outcome
from rules.quiet import hidden_by
from rules.site_rules import PUBLISHED, SiteRules


def card_text(
    assessment: Assessment, rules: SiteRules = PUBLISHED, drafts: Sequence[Draft] = ()
) -> list[str]:
    """
    A card as plain lines; where there is none, the reason.

    `drafts`: of aldesleukin, where such an order is being made.
    """
    level = indicator(assessment, on_order=bool(drafts))
    if level is None:
        return [f"NO CARD  {summary(assessment)}"]
    lines = []
    if why := hidden_by(assessment, rules.policy.show):
        show = rules.policy.show.value
        lines += [f'NO CARD IN THE EHR  patient_view.show = "{show}", and {why}', ""]
    lines += [f"{level.value.upper()}  {summary(assessment)}", ""]
    lines += detail(assessment, len(drafts)).splitlines()
    offered = (
        *draft_orders.suggestions(assessment, drafts, rules),
        *suggestions(assessment, "", None, rules),
    )
    for one in offered:
        lines += ["", f"SUGGESTION  {one.label}"]
        lines += [f"- {action.description}" for action in one.actions]
    return lines


def assessment_text(
    assessment: Assessment, rules: SiteRules, drafts: Sequence[Draft] = ()
) -> Iterator[str]:
    """Status, card, every finding, what was set aside, and what else to know of the chart."""
    case = assessment.case
    yield f"Status: {assessment.status.value} (as of {case.as_of.isoformat()})"
    yield from card_text(assessment, rules, drafts)
    yield ""
    yield "All criteria:"
    for judged in assessment.judged:
        finding = judged.finding
        words = finding.outcome.value
        if finding.outcome is Outcome.UNKNOWN and finding.why is not None:
            words += f" ({finding.why.value})"
        remark = f": {finding.remark}" if finding.remark else ""
        yield f"  {judged.criterion.id:32} {words}{remark}"
    chart = case.chart
    for skipped in chart.skipped:
        yield f"  set aside: {skipped.reference} {skipped.reason}"
    for reference, reason in chart.of_others:
        yield f"  set aside: {reference} {reason}"
    for note in (*chart.notes, chart.not_valid):
        if note is not None:
            yield f"  note: {note}"
