"""
The suggestion of a card: the missing work-up, drafted as ServiceRequests.

The drafts are built and checked by fhir.resources once, at start; a request fills in subject,
encounter and date only.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from cds_hooks.protocol.response import CreateAction, Suggestion
from rules.criteria import CRITERIA
from rules.model import Assessment, Judged, Why, WorkUp
from rules.settle import plan


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


def _reasons(assessment: Assessment) -> dict[WorkUp, str]:
    """Each test of the shortest way to an answer, and why it is asked for."""
    findings = {judged.criterion.id: judged for judged in assessment.judged}
    reasons: dict[WorkUp, str] = {}
    for step in plan(assessment).steps:
        rows = [findings[row] for row in step.settles]
        for item in step.items:
            if item.work_up is not None:
                reasons[item.work_up] = _why(item.work_up, rows)
    return reasons


def _why(test: WorkUp, rows: Sequence[Judged]) -> str:
    """`too old`, or `none found; settles brain imaging, cerebral oedema`."""
    waiting = [one for one in rows if _waits_for(one, test)]
    reasons = {one.finding.why for one in waiting}
    state = next((words for why, words in _STATES.items() if reasons == {why}), "not clear")
    names = ", ".join(one.criterion.short for one in waiting)
    return state if names in (test.name, "") else f"{state}; settles {names}"


_STATES = {Why.ABSENT: "none found", Why.STALE: "too old"}


def _waits_for(judged: Judged, test: WorkUp) -> bool:
    """Whether a test, or one that it covers, is what a row waits for; any, if it names none."""
    own = (judged.criterion.work_up,) if judged.criterion.work_up else ()
    wanted = judged.finding.to_do or own
    return not wanted or bool({test, *test.covers} & set(wanted))


def suggestion(
    assessment: Assessment, uuid: str, patient_id: str, encounter_id: str | None
) -> Suggestion | None:
    """One suggestion that drafts the tests of the shortest way; None if none can be ordered."""
    wanted = {test: why for test, why in _reasons(assessment).items() if test.codings}
    if not wanted:
        return None
    actions = []
    for work_up, reason in wanted.items():
        order = {
            **_draft(work_up),
            "subject": {"reference": f"Patient/{patient_id}"},
            "authoredOn": assessment.case.today.isoformat(),
        }
        if encounter_id:
            order["encounter"] = {"reference": f"Encounter/{encounter_id}"}
        actions.append(CreateAction(description=f"Order {work_up.name}: {reason}", resource=order))
    return Suggestion(label="Draft the missing work-up", uuid=uuid, actions=actions)
