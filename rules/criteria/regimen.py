"""Section A: whether the order is high-dose IL-2 at all, or another use of the same drug."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Coded, Course, Drug, Kind, Query
from rules.codes import Match
from rules.conditions import absence, not_sent
from rules.drugs import (
    ALL_MEDICINES,
    READS,
    REQUEST_WINDOW,
    counts_now,
    find_drugs,
)
from rules.model import (
    Basis,
    Criterion,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    met,
    not_met,
    unknown,
)
from rules.orders import doubt, further_order, named_orders, several_orders, without_order
from rules.select import not_complete
from rules.sources import AMT24, LBL24, TIL24

FOLLOWS_OTHER = " follows other criteria"
AFTER_LIFILEUCEL = "IL-2 after lifileucel"
SUBCUTANEOUS = "subcutaneous IL-2"


class Route(Enum):
    """How a dosage says that the drug is given."""

    INTO_A_VEIN = "into a vein"
    UNDER_THE_SKIN = "under the skin"
    BOTH = "both are coded"
    OTHER = "words, or a code that is not listed"
    NOT_TOLD = "not told"


def _route(told: Coded) -> Route:
    vein = codes.judge(told.listed, codes.ROUTE_INTRAVENOUS).match is Match.DECIDES
    skin = codes.judge(told.listed, codes.ROUTE_SUBCUTANEOUS).match is Match.DECIDES
    if vein and skin:
        return Route.BOTH
    if vein or skin:
        return Route.INTO_A_VEIN if vein else Route.UNDER_THE_SKIN
    return Route.OTHER if told.codings or told.text else Route.NOT_TOLD


@dataclass(frozen=True, slots=True)
class HighDoseAlone:
    """No lifileucel ordered or just given, and every dosage goes into a vein."""

    window: Window = proposed(30, "lifileucel given")
    orders: Window = REQUEST_WINDOW
    threshold: str = "no lifileucel active, drafted or just given; not subcutaneous"

    @property
    def reads(self) -> Reads:
        """All medicines."""
        return READS

    @property
    def windows(self) -> Sequence[Window]:
        """How far back lifileucel given, and an active order, count."""
        return (self.window, self.orders)

    def __call__(self, case: Case, /) -> Finding:
        """Another use is not-met; what may be another use is unknown."""
        if (settled := without_order(case)) is not None:
            return settled
        cells = find_drugs(case, codes.DRUG_TIL, self._counts).found
        if cells.sure:
            first, *more = cells.evidence
            return not_met(first, *more, remark=AFTER_LIFILEUCEL + FOLLOWS_OTHER)
        by_route = _by_route(case)
        if by_route.outcome is Outcome.NOT_MET:
            return by_route
        if cells.doubtful:
            finding = absence(case, cells, needed=(), kinds=ALL_MEDICINES)
            return replace(finding, remark="An entry may be lifileucel.")
        if missing := not_complete(case, (Query.MEDICINES, Query.GIVEN)):
            return not_sent(missing)
        return by_route

    def _counts(self, case: Case, drug: Drug) -> bool | Why:
        """
        Active, drafted, or given in the window.

        What was ordered or stated and has ended may have been given: unknown, if in the window.
        """
        if drug.course is not Course.PAST or drug.kind is Kind.MEDICATION_ADMINISTRATION:
            return counts_now(case, drug, self.window)
        when = case.usable(drug)
        recent = None if when is None else case.may_be_within(when, self.window)
        if recent is None:
            return Why.UNREADABLE
        return Why.UNCLASSIFIED if recent else False


def _by_route(case: Case) -> Finding:
    """The routes of all dosages of all orders; subcutaneous only if it is sure of all of them."""
    named = named_orders(case)
    orders = [order for _, order in named]
    evidence = [order.evidence for order in orders]
    told = {name: _routes(order.drug) for name, order in named}
    routes = frozenset[Route]().union(*told.values())
    for name, order in named:
        if (trouble := doubt(case, order)) is not None:
            why, words = trouble
            return unknown(why, *evidence, remark=f"{name}: {words}" if name else words)
    if (further := further_order(case)) is not None:
        return unknown(further.why, *evidence, *further.evidence, remark=further.remark)
    if routes == {Route.UNDER_THE_SKIN}:
        first, *more = evidence
        return not_met(first, *more, remark=SUBCUTANEOUS + FOLLOWS_OTHER)
    if routes == {Route.INTO_A_VEIN}:
        return met(*evidence, remark=several_orders(case))
    why, words = _unclear(routes)
    if len(told) > 1:
        each = (f"{name} {_in_words(found)}" for name, found in told.items())
        words = f"{several_orders(case)}: {words} ({', '.join(each)})"
    return unknown(why, *evidence, remark=f"{words}; assumed: into a vein, high-dose IL-2")


def _routes(drug: Drug) -> frozenset[Route]:
    return frozenset(_route(one) for one in drug.routes or (Coded(()),))


def _in_words(routes: frozenset[Route]) -> str:
    return " and ".join(sorted(one.value for one in routes))


def _unclear(routes: frozenset[Route]) -> tuple[Why, str]:
    """Why it cannot be told from the routes how the drug is given."""
    if routes & {Route.UNDER_THE_SKIN, Route.BOTH}:
        return Why.CONFLICTING, "subcutaneous beside another route"
    if Route.OTHER in routes:
        return Why.UNCLASSIFIED, "the route of the order is not recognised"
    return Why.ABSENT, "no route on the order"


INTENDED_REGIMEN = Criterion(
    id="intended-regimen",
    group="disease",
    question="Is the order HD IL-2 alone, not IL-2 with lifileucel?",
    short="intended regimen",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.2"), AMT24, TIL24.at("abstract")),
    check=HighDoseAlone(),
    if_not_met="These rules are for high-dose IL-2 alone; only transplant and allergy were judged.",
    asked="the route of the order",
    is_order_row=True,
)

CRITERIA = (INTENDED_REGIMEN,)
