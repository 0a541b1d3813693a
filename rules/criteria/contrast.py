"""Section L: iodinated contrast, which is limited only from the first dose of IL-2 on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Course, Drug, Entry, Kind, Order, Query, When
from rules.conditions import Found, absence, not_sent
from rules.drugs import (
    ALL_MEDICINES,
    BY_NAME,
    REQUEST_WINDOW,
    REQUESTED_OR_STATED,
    Drugs,
    Recognised,
    aldesleukin_orders,
    counts_as_draft,
    find_drugs,
    is_local,
)
from rules.drugs import READS as DRUG_READS
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    asks,
    in_doubt,
    not_applicable,
    unknown,
)
from rules.select import not_complete
from rules.shown import shown
from rules.sources import MEDN, RXR

# --- Which scans ------------------------------------------------------------------------------

# codes.csv has no set of scans with contrast; of its head CTs one says so in its name.
_CT_WITH_CONTRAST = frozenset(
    code for code in codes.HEAD_CT.codes if re.search(r"\bW contrast\b", code.display)
)
_WITHOUT = re.compile(r"\b(?:without|w/o|wo|no)\b|\bnon[ -]?contrast")
_WITH = re.compile(r"\bwith\b|\bw\b(?!/)|\bw/(?!o)")
_IODINATED = re.compile(r"\b(?:cta?|computed tomograph\w*|x-?ray|iodin\w*)\b")
_NOT_IODINATED = re.compile(r"\b(?:mri?|mra|magnetic|us|ultrasound|gadolin\w*|barium)\b")


def _uses_contrast(entry: Entry) -> bool | None:
    """Whether a scan is with iodinated contrast: by code; None: by its words, perhaps."""
    found = [code for each in entry.listed for code in each]
    if any(code in _CT_WITH_CONTRAST for code in found):
        return True
    words = " | ".join((*entry.texts, *(code.display for code in found))).casefold()
    if "contrast" not in words or (_WITHOUT.search(words) and not _WITH.search(words)):
        return False
    is_other = _NOT_IODINATED.search(words) and not _IODINATED.search(words)
    return False if is_other else None


# --- When contrast is limited -----------------------------------------------------------------

_Days = tuple[int, int]  # first and last day that a date may mean, counted from year 1
_EVER = 10_000_000


def _days(case: Case, when: When | None) -> _Days:
    """The days of a date; without one, any day."""
    if when is None:
        return (0, _EVER)
    first, last = case.days(when)
    return first.toordinal(), last.toordinal()


@dataclass(frozen=True, slots=True)
class _Limited:
    """From the first dose, or its plan, to a last day."""

    start: _Days
    end: int

    def holds(self, days: _Days) -> bool | None:
        """Whether contrast on one of these days is limited; None: it cannot be told."""
        first, last = days
        if last < self.start[0] or first > self.end:
            return False
        return True if self.start[1] <= first and last <= self.end else None


def _any_holds(limited: Sequence[_Limited], days: _Days) -> bool | None:
    answers = {one.holds(days) for one in limited}
    return True if True in answers else None if None in answers else False


def _first_dose(case: Case, order: Drug) -> _Days:
    """When an order may begin; one that is not signed yet, and has no date, not before today."""
    is_new = order.course is Course.DRAFT and order.when is None and not order.is_dated_badly
    return (case.today.toordinal(), _EVER) if is_new else _days(case, order.when)


# --- The row ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoContrastSoonAfter:
    """No iodinated contrast from the first dose (or its order) until 14 days after the course."""

    after_last: Window = Window(14, is_proposed=False, what="after the last dose")
    after_first: Window = Window(
        33, is_proposed=False, what="after the first dose: a course and 14 days"
    )
    gap: Window = proposed(21, "a longer gap ends a course")
    orders: Window = REQUEST_WINDOW

    @property
    def reads(self) -> Reads:
        """All medicines, and orders of scans."""
        return DRUG_READS | asks(Query.ORDERS)

    @property
    def threshold(self) -> str:
        """What the UK-derived text says."""
        return f"none from the first dose until {self.after_last.days} d after the last"

    @property
    def windows(self) -> Sequence[Window]:
        """How long contrast is limited; how old an order may be."""
        return (self.after_last, self.after_first, self.gap, self.orders)

    def __call__(self, case: Case, /) -> Finding:
        """Not applicable without an order or a recent dose; else an absence row."""
        doses = find_drugs(case, codes.DRUG_ALDESLEUKIN, self._was_given)
        settled = self._does_not_apply(case, doses)
        if settled is not None:
            return settled
        limited = self._limited(case, doses)
        drugs = find_drugs(case, codes.DRUG_CONTRAST, lambda c, d: self._counts(c, d, limited))
        scans = _scans(case, limited)
        by_name = drugs.sure and not scans.sure and all(one.is_by_name for one in drugs.sure)
        return absence(
            case,
            drugs.found + scans,
            needed=(Query.MEDICINES,),
            kinds=REQUESTED_OR_STATED,
            others=(Query.GIVEN, Query.ORDERS),
            remark_if_found=BY_NAME if by_name else None,
        )

    def _was_given(self, case: Case, drug: Drug) -> bool | Why:
        """Given, or stated as taken; an order that ended may have been given."""
        when = case.usable(drug)
        if drug.kind is Kind.MEDICATION_REQUEST:
            if drug.course in (Course.ACTIVE, Course.DRAFT):
                return False
            old = when is not None and case.may_be_within(when, self.after_first) is False
            return False if old else Why.UNCLASSIFIED
        if when is None:
            return Why.UNREADABLE
        return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else True

    def _does_not_apply(self, case: Case, doses: Drugs) -> Finding | None:
        """Neither ordered nor given in the last days; or it cannot be told."""
        recent = {id(r): self._is_recent(case, r.drug.when) for r in doses.sure}
        if case.once(aldesleukin_orders) or True in recent.values():
            return None
        open_ = [(Why.UNREADABLE, r.evidence) for r in doses.sure if recent[id(r)] is None]
        for why, one in doses.maybe:
            is_order = one.drug.kind is Kind.MEDICATION_REQUEST
            if is_order or self._is_recent(case, one.drug.when) is not False:
                open_.append((why, one.evidence))
        open_ += doses.unread
        if open_:
            remark = "Whether aldesleukin was given is not known."
            return in_doubt(open_, remark=remark)
        if missing := not_complete(case, (Query.MEDICINES, Query.GIVEN)):
            return not_sent(missing)
        if case.chart.count(ALL_MEDICINES) == 0:
            return unknown(Why.ABSENT, remark="No medicine is recorded at all.")
        return not_applicable(
            f"No aldesleukin order, and none given in the last {self.after_last.days} days."
        )

    def _is_recent(self, case: Case, when: When | None) -> bool | None:
        if when is None or case.is_future(when):
            return None
        return case.may_be_within(when, self.after_last)

    def _limited(self, case: Case, doses: Drugs) -> tuple[_Limited, ...]:
        """By the doses of the course that goes on; by the orders that none was given of yet."""
        limited: list[_Limited] = []
        orders: Sequence[Recognised] = case.once(aldesleukin_orders)
        course = self._course(case, [one.drug for one in doses.sure])
        if course:
            limited = [self._from(course[0], last_dose=course[-1][1])]
            orders = [one for one in orders if one.drug.course is Course.DRAFT]
        limited += [self._from(_first_dose(case, one.drug)) for one in orders]
        if doses.unread or any(self._may_be_dose(case, r.drug) for _, r in doses.maybe):
            limited.append(_Limited((0, _EVER), _EVER))  # a dose before the first, or after all
        return tuple(limited)

    def _may_be_dose(self, case: Case, drug: Drug) -> bool:
        """Whether what may be a dose may belong to this course; ended orders tell no dose."""
        when = case.usable(drug)
        old = when is not None and case.may_be_within(when, self.after_first) is False
        return drug.kind is not Kind.MEDICATION_REQUEST and not old

    def _from(self, start: _Days, last_dose: int = 0) -> _Limited:
        end = max(start[1] + self.after_first.days, last_dose + self.after_last.days)
        return _Limited(start, end)

    def _course(self, case: Case, doses: Sequence[Drug]) -> list[_Days]:
        """The days of dosing since the last gap, the first first; empty if the course ended."""
        course: list[_Days] = []
        later = case.today.toordinal()
        for days in sorted((_days(case, one.when) for one in doses), reverse=True):
            if later - days[1] > self.gap.days:
                break
            course.insert(0, days)
            later = days[0]
        return course

    def _counts(self, case: Case, drug: Drug, limited: Sequence[_Limited]) -> bool | Why:
        """Whether contrast given, or ordered now, falls in the days on which it is limited."""
        given = drug.kind is Kind.MEDICATION_ADMINISTRATION
        if is_local(drug) or (drug.course is Course.PAST and not given):
            return False
        beside = counts_as_draft(case) if drug.course is Course.DRAFT else True
        if beside is False:
            return False
        when = case.usable(drug)
        if when is None:
            return Why.UNREADABLE
        if not given and case.may_be_within(when, self.orders) is False:
            return False
        days = _days(case, when)
        answer = _any_holds(limited, days)
        if answer is False and not given:
            # ordered before: it may still be given after
            until = _days(case, drug.until)[1]
            answer = _any_holds(limited, (days[0], max(days[1], until)))
        if not answer:
            return Why.UNREADABLE if answer is None else False
        return Why.UNCLASSIFIED if drug.course is Course.UNCLEAR else beside


def _scans(case: Case, limited: Sequence[_Limited]) -> Found:
    """Orders of scans with contrast: by the day on which they are, or were, to be done."""
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    for order in case.chart.of_kind(Order, Kind.ORDER):
        uses = _uses_contrast(order)
        beside = counts_as_draft(case) if order.course is Course.DRAFT else True
        if uses is False or beside is False:
            continue
        answer = _any_holds(limited, _days_of_scan(case, order))
        if answer is None:
            doubtful.append((Why.UNREADABLE, shown(order)))
        elif answer and (uses is None or order.course is Course.UNCLEAR or beside is not True):
            doubtful.append((Why.UNCLASSIFIED, shown(order)))
        elif answer:
            sure.append((order, shown(order)))
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.ORDER and not skipped.has_code:
            doubtful.append((Why.UNREADABLE, shown(skipped)))
        elif skipped.kind is Kind.ORDER and _uses_contrast(skipped) is not False:
            doubtful.append((Why.UNCLASSIFIED, shown(skipped)))
    return Found(tuple(sure), tuple(doubtful))


def _days_of_scan(case: Case, order: Order) -> _Days:
    """When it is to be done; not told: any day from the order on, until today if it is done."""
    if order.occurs is not None:
        return _days(case, order.occurs)
    ordered = _days(case, order.when)[0]
    done = order.course is Course.PAST
    return (ordered, case.today.toordinal() if done else _EVER)


IODINATED_CONTRAST = Criterion(
    id="iodinated-contrast",
    group="interacting-drugs",
    question="No contrast soon after IL-2?",
    short="iodinated contrast",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(RXR.at("interactions, UK-derived"), MEDN.at("interactions")),
    check=NoContrastSoonAfter(),
    if_not_met="A UK-derived text: no contrast within 2 weeks after treatment. Contrast before "
    "IL-2 is not limited in what was read.",
    doubts=(
        "No set of codes for scans with contrast was read: a scan whose order does not say "
        "contrast is not recognised.",
    ),
)
