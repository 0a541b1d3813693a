"""
The suggestion of a card: the missing work-up, drafted as ServiceRequests.

The drafts are built and checked by fhir.resources once, at start; a request fills in subject,
encounter and date only.
"""

from functools import cache
from typing import Any

from cds_hooks.protocol.response import CreateAction, Suggestion
from rules.criteria import CRITERIA
from rules.model import Assessment, Judged, Outcome, Status, Weight, Why, WorkUp

_OPEN = (Why.ABSENT, Why.STALE)
_COUNTED = (Weight.CONTRAINDICATION, Weight.REQUIREMENT, Weight.CAUTION)
# Nothing that a test shows would change these any more.
_SETTLED = (Status.CONTRAINDICATION_FOUND, Status.OUT_OF_SCOPE, Status.NOT_APPLICABLE)


@cache
def _draft(work_up: WorkUp) -> dict[str, Any]:
    """The ServiceRequest of a test, checked by fhir.resources; its subject is a stand-in."""
    from fhir.resources.R4B.servicerequest import ServiceRequest  # slow import

    coding = [
        {"system": system, "code": code, "display": display}
        for system, code, display in work_up.codings
    ]
    drafted = ServiceRequest.model_validate(
        {
            "status": "draft",
            "intent": "order",
            "code": {"coding": coding, "text": work_up.name},
            "subject": {"reference": "Patient/stand-in"},
            "authoredOn": "2000-01-01",
            "reasonCode": [{"text": "Work-up before high-dose IL-2"}],
        }
    )
    made: dict[str, Any] = drafted.model_dump(mode="json", exclude_none=True)
    return {"resourceType": "ServiceRequest", **made}


def warm_up() -> None:
    """Build every draft, so that no request waits for it."""
    for criterion in CRITERIA:
        if criterion.work_up is not None and criterion.work_up.codings:
            _draft(criterion.work_up)


def missing_work_up(assessment: Assessment) -> tuple[Judged, ...]:
    """The open criteria whose test can be ordered: nothing found, or too old."""
    if assessment.status in _SETTLED:
        return ()
    return tuple(
        judged
        for judged in assessment.with_outcome(Outcome.UNKNOWN, *_COUNTED)
        if judged.finding.why in _OPEN
        and judged.criterion.work_up is not None
        and judged.criterion.work_up.codings
    )


def suggestion(
    assessment: Assessment, uuid: str, patient_id: str, encounter_id: str | None
) -> Suggestion | None:
    """One suggestion that drafts all missing tests; None if nothing can be ordered."""
    wanted: dict[WorkUp, list[str]] = {}
    for judged in missing_work_up(assessment):
        if judged.criterion.work_up is not None:
            stale = judged.finding.why is Why.STALE
            reason = f"{judged.criterion.short} {'too old' if stale else 'not found'}"
            wanted.setdefault(judged.criterion.work_up, []).append(reason)
    if not wanted:
        return None
    actions = []
    for work_up, reasons in wanted.items():
        order = {
            **_draft(work_up),
            "subject": {"reference": f"Patient/{patient_id}"},
            "authoredOn": assessment.case.today.isoformat(),
        }
        if encounter_id:
            order["encounter"] = {"reference": f"Encounter/{encounter_id}"}
        actions.append(
            CreateAction(description=f"Order {work_up.name}: {', '.join(reasons)}", resource=order)
        )
    return Suggestion(label="Draft the missing work-up", uuid=uuid, actions=actions)
