"""
Medicines of a class that count: by code, or by name where the code is not listed.

Source: `criteria.md`, section L.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rules import codes, stems
from rules.case import Case, Window, proposed
from rules.chart import Coded, Course, Drug, Kind, Query
from rules.codes import Match, Use, ValueSet, Verdict
from rules.conditions import Found
from rules.model import Evidence, Reads, Why, asks
from rules.shown import shown

REQUEST_WINDOW = proposed(365, "order")
BY_NAME = "by name"

REQUESTED_OR_STATED = (Kind.MEDICATION_REQUEST, Kind.MEDICATION_STATEMENT)
ALL_MEDICINES = (*REQUESTED_OR_STATED, Kind.MEDICATION_ADMINISTRATION)
READS: Reads = asks(Query.MEDICINES) | asks(Query.GIVEN)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A medicine of the class: how sure, how it is called, and whether by name only."""

    drug: Drug
    verdict: Verdict
    evidence: Evidence
    ingredient: str  # the words that told it, in small letters

    @property
    def is_by_name(self) -> bool:
        """Whether the name told it, not a code."""
        return self.verdict.code is None


def recognise(drug: Drug, wanted: ValueSet) -> Recognised | None:
    """Whether an entry is a medicine of the class; None: it is not."""
    verdict = codes.judge(drug.listed, wanted)
    if verdict.match is Match.NONE:
        return _by_name(drug, wanted)
    if not verdict.is_candidate:
        return None
    display = verdict.code.display.casefold() if verdict.code else ""
    label = next(iter(drug.texts), None)
    return Recognised(drug, verdict, shown(drug, verdict.code, label), display)


def is_only(drug: Drug, classes: Sequence[ValueSet], names: Sequence[str]) -> bool:
    """
    Whether all that makes a medicine one of the classes is one ingredient, by code and by name.

    The code of a whole group ("Salicylic acid and derivatives") says nothing on that.
    """
    sets = {one.name for one in classes}
    rows = [code for found in drug.listed for code in found if not code.is_prefix]
    told = [c.display for c in rows if c.value_set in sets and c.use != Use.NEVER]
    told += [
        f"{n.name} {n.note}" for n in drug.drug_names if n.value_set in sets and n.use != Use.NEVER
    ]
    is_the_one = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in names), re.IGNORECASE)
    return bool(told) and all(is_the_one.search(words) for words in told)


def _by_name(drug: Drug, wanted: ValueSet) -> Recognised | None:
    label = next(iter(drug.texts), None)
    if label is None:
        if any(drug.listed):
            return None
        evidence = shown(drug, label=f"{drug.kind.value} without code or name")
        return Recognised(drug, Verdict(Match.ASKS), evidence, "")
    names = [name for name in drug.drug_names if name.value_set == wanted.name]
    uses = {name.use for name in names}
    if not uses - {Use.NEVER}:
        return None
    match = Match.DECIDES if Use.DECIDES in uses else Match.ASKS
    words = " ".join(f"{name.name} {name.note}" for name in names)
    return Recognised(drug, Verdict(match), shown(drug, label=label), words.casefold())


def is_local(drug: Drug) -> bool:
    """
    Whether a medicine acts locally: by every route told, or by the form in its name.

    A route that is not local, or a product whose code names a systemic form, outranks the words.
    """
    known = [c for found in drug.listed for c in found if c.use is not Use.NEVER]
    classes = frozenset(
        {c.value_set for c in known} | {n.value_set for n in drug.drug_names if n.use != Use.NEVER}
    )
    if any(route.codings or route.text for route in drug.routes):
        return all(_is_local_route(route, classes) for route in drug.routes)
    if any(_SYSTEMIC_PRODUCT.search(code.display) for code in known):
        return False
    return stems.is_local_form(drug.texts, classes)


# RxNorm names of products in codes.csv: "prednisone 10 MG Oral Tablet".
_SYSTEMIC_PRODUCT = re.compile(r"\b(?:Oral|Injection|Injectable)\b")


def _is_local_route(route: Coded, classes: frozenset[str]) -> bool:
    """A coded route counts, else its words; a nose spray of some classes is systemic."""
    verdict = codes.judge(route.listed, codes.ROUTE_LOCAL)
    words = verdict.code.display if verdict.code else route.text or ""
    if verdict.code is None and (any(route.listed) or not stems.is_local_route(words)):
        return False
    return not (classes & stems.SYSTEMIC_BY_THE_NOSE and "nasal" in words.casefold())


_TODAY = Window(0)


def counts_now(
    case: Case, drug: Drug, window: Window | None, orders: Window = REQUEST_WINDOW
) -> bool | Why:
    """
    Whether a systemic medicine counts today: active order (<= 365 d) or statement, or given.

    `window`: how far back a dose given counts, and the end of an order's or statement's period.
    """
    if is_local(drug):
        return False
    if drug.when is not None and case.is_future(drug.when):
        return Why.UNREADABLE
    if drug.kind is Kind.MEDICATION_ADMINISTRATION:
        when = case.usable(drug)
        if when is None:
            return Why.UNREADABLE
        if drug.course is Course.ACTIVE:
            return True  # still running, whenever it began
        recent = case.may_be_within(when, window or _TODAY)
        if not recent:
            return Why.UNREADABLE if recent is None else False
        return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else True
    if drug.course is Course.PAST:
        return False
    if drug.course is Course.DRAFT:
        return counts_as_draft(case)
    if drug.until is not None and case.may_be_within(drug.until, window or _TODAY) is False:
        return False
    if drug.kind is Kind.MEDICATION_REQUEST:
        when = case.usable(drug)
        current = None if when is None else case.may_be_within(when, orders)
        if current is False:
            return False
        if current is None and drug.course is Course.ACTIVE:
            return Why.UNREADABLE
    return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else True


def counts_as_draft(case: Case) -> bool | Why:
    """
    Whether what is drafted counts: "or a draft beside the aldesleukin order" (section L).

    Beside what only may be such an order (on hold, or not readable) it may.
    """
    if case.once(aldesleukin_orders):
        return True
    perhaps = bool(case.once(unclear_orders)) or bool(case.once(_unread_orders))
    return Why.UNCLASSIFIED if perhaps else False


def _unread_orders(case: Case) -> tuple[tuple[Why, Evidence], ...]:
    return unread_drugs(case, codes.DRUG_ALDESLEUKIN, [Kind.MEDICATION_REQUEST])


def counts_ever(case: Case, drug: Drug) -> bool | Why:
    """Whether an entry counts where any time of life will do."""
    if drug.when is not None and case.is_future(drug.when):
        return Why.UNREADABLE
    if drug.course is Course.DRAFT:
        return False
    return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else True


@dataclass(frozen=True, slots=True)
class Drugs:
    """The medicines of a class that count, those that may count, and what could not be read."""

    sure: tuple[Recognised, ...]
    maybe: tuple[tuple[Why, Recognised], ...]
    unread: tuple[tuple[Why, Evidence], ...]

    @property
    def found(self) -> Found:
        """The same as the result of a search."""
        doubtful = tuple((why, one.evidence) for why, one in self.maybe)
        return Found(tuple((r.drug, r.evidence) for r in self.sure), doubtful + self.unread)

    def without(self, ingredient: str, classes: Sequence[ValueSet]) -> "Drugs":
        """All but the medicines of one ingredient alone; what could not be read stays."""
        names = (ingredient,)
        return Drugs(
            tuple(r for r in self.sure if not is_only(r.drug, classes, names)),
            tuple((why, r) for why, r in self.maybe if not is_only(r.drug, classes, names)),
            self.unread,
        )


_DOUBTS = {Match.CONFLICTING: Why.CONFLICTING, Match.ASKS: Why.UNCLASSIFIED}


def find_drugs(case: Case, wanted: ValueSet, counts: Callable[[Case, Drug], bool | Why]) -> Drugs:
    """The medicines of a class that count."""
    sure: list[Recognised] = []
    maybe: list[tuple[Why, Recognised]] = []
    for kind in ALL_MEDICINES:
        for drug in case.chart.of_kind(Drug, kind):
            found = recognise(drug, wanted)
            now = False if found is None else counts(case, drug)
            if found is None or now is False:
                continue
            doubt = _DOUBTS.get(found.verdict.match) or (now if isinstance(now, Why) else None)
            if doubt is not None:
                maybe.append((doubt, found))
            else:
                sure.append(found)
    return Drugs(tuple(sure), tuple(maybe), unread_drugs(case, wanted, ALL_MEDICINES))


def find_any(
    case: Case, wanted: Sequence[ValueSet], counts: Callable[[Case, Drug], bool | Why]
) -> Drugs:
    """
    The medicines of several classes that count, each once.

    Of a medicine in two of them, what decides outweighs what asks, and a code the name.
    """
    each = [find_drugs(case, one, counts) for one in wanted]
    sure: dict[int, Recognised] = {}
    for one in sorted((r for found in each for r in found.sure), key=lambda r: r.is_by_name):
        sure.setdefault(id(one.drug), one)
    maybe: dict[int, tuple[Why, Recognised]] = {}
    for why, one in (both for found in each for both in found.maybe):
        if id(one.drug) not in sure:
            maybe.setdefault(id(one.drug), (why, one))
    unread = dict.fromkeys(one for found in each for one in found.unread)
    return Drugs(tuple(sure.values()), tuple(maybe.values()), tuple(unread))


def unread_drugs(
    case: Case, wanted: ValueSet, kinds: Sequence[Kind]
) -> tuple[tuple[Why, Evidence], ...]:
    """
    Medication entries that had to be skipped, and are or may be of the class (rule 9).

    One with neither a listed code nor any text may be of every class.
    """
    unread: list[tuple[Why, Evidence]] = []
    for skipped in case.chart.skipped:
        if skipped.kind not in kinds:
            continue
        if not skipped.has_code:
            unread.append((Why.UNREADABLE, shown(skipped)))
        elif (
            codes.judge(skipped.listed, wanted).is_candidate
            or wanted.name in {name.value_set for name in stems.drugs_named(skipped.texts)}
            or not (skipped.texts or any(skipped.listed))
        ):
            unread.append((Why.UNCLASSIFIED, shown(skipped)))
    return tuple(unread)


def aldesleukin_orders(case: Case) -> tuple[Recognised, ...]:
    """
    The active or drafted orders of aldesleukin: with one, the order rows apply.

    A product that is only probably aldesleukin (a code that asks) is an order too, so that a card
    is not missing; an order without a date as well.
    """
    return _requests(case, Course.ACTIVE, Course.DRAFT)


def drafted_aldesleukin(drafts: Case, chosen: frozenset[str] | None = None) -> tuple[str, ...]:
    """
    The references of the drafts that are, or may be, for aldesleukin; of all, or of the chosen.

    `drafts`: a case of the drafts alone. One that cannot be read and yet says that it is for
    aldesleukin is among them; one whose drug cannot be told is not.
    """
    found = [one.drug.reference for one in aldesleukin_orders(drafts)]
    found += [
        skipped.reference
        for skipped in drafts.chart.skipped
        if skipped.kind is Kind.MEDICATION_REQUEST
        and (
            codes.judge(skipped.listed, codes.DRUG_ALDESLEUKIN).is_candidate
            or codes.DRUG_ALDESLEUKIN.name
            in {name.value_set for name in stems.drugs_named(skipped.texts)}
        )
    ]
    return tuple(one for one in found if chosen is None or one in chosen)


def unclear_orders(case: Case) -> tuple[Recognised, ...]:
    """The orders of aldesleukin that are on hold, or whose status is not known."""
    return _requests(case, Course.UNCLEAR)


def _requests(case: Case, *courses: Course) -> tuple[Recognised, ...]:
    """The requests for aldesleukin in one of these courses, unless surely a year old."""
    found = []
    for drug in case.chart.of_kind(Drug, Kind.MEDICATION_REQUEST):
        if drug.course not in courses:
            continue
        if not (drug.texts or any(drug.listed)):
            continue  # which drug cannot be told: not ours
        order = recognise(drug, codes.DRUG_ALDESLEUKIN)
        when = drug.when
        is_old = when is not None and case.may_be_within(when, REQUEST_WINDOW) is False
        if order is not None and not is_old:
            found.append(order)
    return tuple(found)
