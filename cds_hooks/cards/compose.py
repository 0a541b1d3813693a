"""The card of an assessment: at most one on a view of a patient."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import uuid4

import msgspec

from cds_hooks.cards import draft_orders
from cds_hooks.cards.detail import detail
from cds_hooks.cards.suggestions import suggestions
from cds_hooks.cards.summary import summary
from cds_hooks.fhir.drafts import Draft
from cds_hooks.protocol.response import Card, Coding, Link, Source
from cds_hooks.report import EXTENSION, report
from rules import codes, sources
from rules.assess import indicator
from rules.model import Assessment
from rules.quiet import hidden_by
from rules.site_rules import PUBLISHED, SiteRules

_TOPIC = Coding(system=codes.RXNORM, code="70223", display="aldesleukin")

# OVR-2: HL7's non-adherence reason codes (trial use, not yet published there).
_REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
_OVERRIDE_REASONS = [
    Coding(system=_REASONS, code=code, display=display)
    for code, display in (
        ("need-more-info", "More information is needed first"),
        ("patient-contraindication", "The contraindication is known and has been weighed"),
        ("does-not-align-latest-evidence", "Does not fit the latest evidence"),
        ("service-not-available", "Not available here"),
        ("patient-refuses", "The patient does not want it"),
        ("recipient-does-not-trust", "The advice is not trusted"),
    )
]


def _override_reasons(rules: SiteRules) -> list[Coding]:
    own = rules.policy.override_reasons
    if own is None:
        return _OVERRIDE_REASONS
    return [Coding(system=one.system, code=one.code, display=one.display) for one in own]


def _links() -> list[Link]:
    return [
        Link(label=label, url=citation.url)
        for label, citation in (
            ("US label of aldesleukin (Proleukin)", sources.LBL24),
            ("Saint Louis series (2013, 8 patients)", sources.CHU13),
        )
        if citation.url is not None
    ]


def _selection(suggestions_: int) -> Literal["at-most-one", "any"] | None:
    """How many of the suggestions may be taken; None: there are none."""
    if suggestions_ == 0:
        return None
    return "at-most-one" if suggestions_ == 1 else "any"


def cards(
    assessment: Assessment,
    *,
    patient_id: str,
    encounter_id: str | None,
    rule_book_url: str,
    rules: SiteRules = PUBLISHED,
    drafts: Sequence[Draft] = (),
) -> list[dict[str, Any]]:
    """
    No card where it does not matter or the site wants none, else one that stands alone.

    `drafts`: of aldesleukin, where such an order is being made.
    """
    level = indicator(assessment, on_order=bool(drafts))
    if level is None or hidden_by(assessment, rules.policy.show):
        return []
    words = summary(assessment)
    offered = [
        *draft_orders.suggestions(assessment, drafts, rules),
        *suggestions(assessment, patient_id, encounter_id, rules),
    ]
    card = Card(
        uuid=str(uuid4()),
        summary=words,
        detail=detail(assessment, len(drafts)),
        indicator=level.value,
        source=Source(label="IL-2 Advisor", url=rule_book_url, topic=_TOPIC),
        suggestions=offered or None,
        selectionBehavior=_selection(len(offered)),
        overrideReasons=_override_reasons(rules),
        links=_links(),
        extension={EXTENSION: msgspec.to_builtins(report(assessment, words))},
    )
    return [card.as_json()]
