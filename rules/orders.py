"""
What every order row asks first: is aldesleukin ordered, and can the order be relied on?

Source: `criteria.md`, "Weight of a criterion" (order rows), and "Which entry counts".
"""

from collections.abc import Sequence

from rules import codes
from rules.case import Case
from rules.chart import Course, Kind, Query
from rules.codes import Match
from rules.conditions import not_shared_text
from rules.drugs import Recognised, aldesleukin_orders, unclear_orders, unread_drugs
from rules.model import Evidence, Finding, Why, foremost, in_doubt, not_applicable, unknown
from rules.select import Unknown, not_complete


def named_orders(case: Case) -> Sequence[tuple[str, Recognised]]:
    """
    Every aldesleukin order with what it is called, `order 2 of 2 (draft)`; one alone has no name.

    The oldest first, what has no date at the end: not as the EHR happened to list them.
    """
    orders = sorted(case.once(aldesleukin_orders), key=_place)
    if len(orders) == 1:
        return [("", orders[0])]
    of = len(orders)
    return [
        (f"order {number} of {of} ({one.drug.course.value})", one)
        for number, one in enumerate(orders, 1)
    ]


def _place(order: Recognised) -> tuple[bool, str, bool, str]:
    drug = order.drug
    when = "" if drug.when is None else drug.when.text
    return (drug.when is None, when, drug.course is Course.DRAFT, drug.reference)


def several_orders(case: Case) -> str | None:
    """`2 orders of aldesleukin (1 active, 1 draft)`; None: there is one at most."""
    courses = [one.drug.course for one in case.once(aldesleukin_orders)]
    if len(courses) < 2:
        return None
    told = [
        f"{courses.count(one)} {one.value}"
        for one in (Course.ACTIVE, Course.DRAFT)
        if one in courses
    ]
    return f"{len(courses)} orders of aldesleukin ({', '.join(told)})"


def without_order(case: Case) -> Finding | None:
    """What an order row answers where no aldesleukin is ordered; None: an order is there."""
    if case.once(aldesleukin_orders):
        return None
    perhaps = _other_entries(case)
    if perhaps:
        return in_doubt(perhaps, remark="An entry may be an order of aldesleukin.")
    if not_complete(case, [Query.MEDICINES]):
        return unknown(Why.NOT_SHARED, remark="Whether there is an order is not known.")
    return not_applicable("No aldesleukin order.")


def further_order(case: Case) -> Unknown | None:
    """Why beside the orders that are known there may be another; None: those are all."""
    entries = _other_entries(case)
    if entries:
        evidence = tuple(one for _, one in entries)
        return Unknown(
            foremost(why for why, _ in entries),
            evidence,
            "there may be another order of aldesleukin",
        )
    if missing := not_complete(case, [Query.MEDICINES]):
        return Unknown(Why.NOT_SHARED, (), not_shared_text(missing))
    return None


def _other_entries(case: Case) -> tuple[tuple[Why, Evidence], ...]:
    """Entries that may be an order of aldesleukin: on hold, or not readable (rule 9)."""
    unclear = tuple((Why.UNCLASSIFIED, one.evidence) for one in case.once(unclear_orders))
    return unclear + unread_drugs(case, codes.DRUG_ALDESLEUKIN, [Kind.MEDICATION_REQUEST])


def doubt(case: Case, order: Recognised) -> tuple[Why, str] | None:
    """Why an order cannot be relied on, and in words; None: it can. A draft needs no date."""
    drug = order.drug
    if order.verdict.match is Match.CONFLICTING:
        return Why.CONFLICTING, "the codes of the order contradict each other"
    if order.verdict.match is Match.ASKS:
        return Why.UNCLASSIFIED, "the product ordered may not be aldesleukin"
    is_new = drug.course is Course.DRAFT and drug.when is None and not drug.is_dated_badly
    if not is_new and case.usable(drug) is None:
        return Why.UNREADABLE, "the order has no date that can be used"
    return None
