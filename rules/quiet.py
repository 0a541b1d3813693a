"""
Whether a site's policy wants no card on a view of a patient.

Source: `criteria.md`, "Quiet by design". Where it cannot be told, the card is shown.
"""

from rules import codes
from rules.assess import gate
from rules.case import Case
from rules.chart import Course, Drug, Kind, Query
from rules.drugs import REQUEST_WINDOW, find_drugs
from rules.model import Assessment, Outcome, Why
from rules.policy import ShowCard
from rules.select import not_complete


def hidden_by(assessment: Assessment, show: ShowCard) -> str | None:
    """Why the policy shows no card for this patient; None: it shows one."""
    case = assessment.case.published
    if show is ShowCard.ADVANCED or case.once(gate).has_order or _may_be_ordered(case):
        return None
    if show is ShowCard.ORDERED:
        return "no order of aldesleukin is on record"
    if assessment.of("first-line-checkpoint").outcome is Outcome.NOT_MET:
        return "no PD-1/PD-L1 therapy and no order of aldesleukin are on record"
    return None


def _may_be_ordered(case: Case) -> bool:
    """Whether an order may stand in what did not come, or in what cannot be read."""
    if not_complete(case, [Query.MEDICINES]):
        return True
    found = find_drugs(case, codes.DRUG_ALDESLEUKIN, _may_be_order)
    return bool(found.sure or found.maybe or found.unread)


def _may_be_order(case: Case, drug: Drug) -> bool | Why:
    going_on = drug.course in (Course.ACTIVE, Course.DRAFT, Course.UNCLEAR)
    if drug.kind is not Kind.MEDICATION_REQUEST or not going_on:
        return False
    return drug.when is None or case.may_be_within(drug.when, REQUEST_WINDOW) is not False
