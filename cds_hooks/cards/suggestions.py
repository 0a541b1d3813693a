"""
The suggestions of a card: the missing work-up, drafted as ServiceRequests.

The drafts are built and checked by fhir.resources once, at start; a request fills in subject,
encounter and date only. Under which codes, and whether as one suggestion or one for each test, is
the site's choice.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import uuid4

from cds_hooks.protocol.response import CreateAction, Suggestion
from rules import work_ups
from rules.model import Assessment, Judged, Why, WorkUp
from rules.policy import SuggestionStyle
from rules.settle import plan
from rules.site_rules import PUBLISHED, SiteRules

Codings = tuple[tuple[str, str, str], ...]


@lru_cache(maxsize=1024)  # the tests of a few policies
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
    for test in work_ups.NAMES:
        if codings := rules.codings_of(test):
            _draft(test.name, codings)


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
    state = next((words for why, words in _STATES.items() if why in reasons), "not clear")
    names = ", ".join(one.criterion.short for one in waiting)
    return state if names in (test.name, "") else f"{state}; settles {names}"


_STATES = {Why.STALE: "too old", Why.ABSENT: "none found"}


def _waits_for(judged: Judged, test: WorkUp) -> bool:
    """Whether a test, or one that it covers, is what a row waits for; any, if it names none."""
    own = (judged.criterion.work_up,) if judged.criterion.work_up else ()
    wanted = judged.finding.to_do or own
    return not wanted or bool({test, *test.covers} & set(wanted))


def new_id() -> str:
    """By which an EHR says that a suggestion was taken (SUG-2)."""
    return str(uuid4())


def suggestions(
    assessment: Assessment,
    patient_id: str,
    encounter_id: str | None,
    rules: SiteRules = PUBLISHED,
    new_id: Callable[[], str] = new_id,
) -> list[Suggestion]:
    """One suggestion that drafts the tests of the shortest way, or one each; none: no order."""
    actions: list[CreateAction] = []
    by_hand: list[str] = []  # no code at this site: only said
    for work_up, reason in _reasons(assessment).items():
        codings = rules.codings_of(work_up)
        if not codings:
            if work_up.codings:
                by_hand.append(work_up.name)
            continue
        order = {
            **_draft(work_up.name, codings),
            "subject": {"reference": f"Patient/{patient_id}"},
            "authoredOn": assessment.case.today.isoformat(),
        }
        if encounter_id:
            order["encounter"] = {"reference": f"Encounter/{encounter_id}"}
        actions.append(CreateAction(description=f"Order {work_up.name}: {reason}", resource=order))
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
