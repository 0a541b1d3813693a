"""
The suggestions of a card: the missing work-up, drafted as ServiceRequests.

The drafts are built and checked by fhir.resources once, at start; a request fills in subject,
encounter and date only. Under which codes, and whether as one suggestion or one for each test, is
the site's choice.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from cds_hooks.protocol.response import CreateAction, Suggestion
from rules.model import Assessment, Judged, Outcome, Status, Weight, Why, WorkUp
from rules.policy import SuggestionStyle
from rules.site_rules import PUBLISHED, SiteRules

_OPEN = (Why.ABSENT, Why.STALE)
_COUNTED = (Weight.CONTRAINDICATION, Weight.REQUIREMENT, Weight.CAUTION)
# Nothing that a test shows would change these any more.
_SETTLED = (Status.CONTRAINDICATION_FOUND, Status.OUT_OF_SCOPE, Status.NOT_APPLICABLE)


Codings = tuple[tuple[str, str, str], ...]


@cache
def _draft(name: str, codings: Codings) -> dict[str, Any]:
    """The ServiceRequest of a test, checked by fhir.resources; its subject is a stand-in."""
    from fhir.resources.R4B.servicerequest import ServiceRequest  # slow import

    coding = [
        {"system": system, "code": code, "display": display} for system, code, display in codings
    ]
    drafted = ServiceRequest.model_validate(
        {
            "status": "draft",
            "intent": "order",
            "code": {"coding": coding, "text": name},
            "subject": {"reference": "Patient/stand-in"},
            "authoredOn": "2000-01-01",
            "reasonCode": [{"text": "Work-up before high-dose IL-2"}],
        }
    )
    made: dict[str, Any] = drafted.model_dump(mode="json", exclude_none=True)
    return {"resourceType": "ServiceRequest", **made}


def warm_up(rules: SiteRules = PUBLISHED) -> None:
    """Build every draft, so that no request waits for it."""
    for criterion in rules.criteria:
        if criterion.work_up is not None and (codings := rules.codings_of(criterion.work_up)):
            _draft(criterion.work_up.name, codings)


def missing_work_up(assessment: Assessment) -> tuple[Judged, ...]:
    """The open criteria whose test can be ordered: nothing found, or too old."""
    if assessment.status in _SETTLED:
        return ()
    return tuple(
        judged
        for judged in assessment.with_outcome(Outcome.UNKNOWN, *_COUNTED)
        if judged.finding.why in _OPEN and judged.criterion.work_up is not None
    )


def _new_id() -> str:
    return str(uuid4())


def suggestions(
    assessment: Assessment,
    patient_id: str,
    encounter_id: str | None,
    rules: SiteRules = PUBLISHED,
    new_id: Callable[[], str] = _new_id,
) -> list[Suggestion]:
    """One suggestion that drafts all missing tests, or one each; none if nothing can be ordered."""
    wanted: dict[WorkUp, list[str]] = {}
    for judged in missing_work_up(assessment):
        if judged.criterion.work_up is not None:
            stale = judged.finding.why is Why.STALE
            reason = f"{judged.criterion.short} {'too old' if stale else 'not found'}"
            wanted.setdefault(judged.criterion.work_up, []).append(reason)
    actions: list[CreateAction] = []
    by_hand: list[str] = []  # no code at this site: only said
    for work_up, reasons in wanted.items():
        codings = rules.codings_of(work_up)
        if not codings:
            by_hand.append(work_up.name)
            continue
        order = {
            **_draft(work_up.name, codings),
            "subject": {"reference": f"Patient/{patient_id}"},
            "authoredOn": assessment.case.today.isoformat(),
        }
        if encounter_id:
            order["encounter"] = {"reference": f"Encounter/{encounter_id}"}
        actions.append(
            CreateAction(description=f"Order {work_up.name}: {', '.join(reasons)}", resource=order)
        )
    if not actions:
        return []
    if rules.policy.suggestion_style is SuggestionStyle.SINGLE:
        return [Suggestion(label=_short(a), uuid=new_id(), actions=[a]) for a in actions]
    return [Suggestion(label=_label(by_hand), uuid=new_id(), actions=actions)]


def _short(action: CreateAction) -> str:
    """`Order brain MRI with contrast`: the reason stands in the action."""
    return action.description.partition(":")[0]


def _label(by_hand: Sequence[str]) -> str:
    rest = f" (order by hand: {', '.join(by_hand)})" if by_hand else ""
    return f"Draft the missing work-up{rest}"
