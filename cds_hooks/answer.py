"""
The path of one request, in one screen. READ THIS FIRST.

request → chart facts → assessment → cards
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cds_hooks.cards.compose import cards
from cds_hooks.errors import AdvisorError, BadRequest, GateNotKnown
from cds_hooks.fhir import reader
from cds_hooks.fhir.bundles import Item
from cds_hooks.fhir.drafts import Draft, drafts, is_chosen
from cds_hooks.fhir.fetch import Fetching, fetcher
from cds_hooks.fhir.prefetch import templates
from cds_hooks.protocol import request
from cds_hooks.protocol.request import HookRequest
from rules.assess import assess, gate, is_surely_not_ours
from rules.case import Case
from rules.conditions import QUERY_NAMES
from rules.drugs import drafted_aldesleukin
from rules.model import Assessment
from rules.site_rules import PUBLISHED, SiteRules


def parse(body: bytes, hooks: frozenset[str]) -> HookRequest:
    """1. What is asked; 400 with the path of the field."""
    return request.parse(request.fields(body), hooks)


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to one call, and the assessment behind it; None: the gate ended the reading."""

    cards: list[dict[str, Any]]
    assessment: Assessment | None
    fetched: Mapping[str, str] = field(default_factory=dict)  # key → how its query ended

    @property
    def response(self) -> dict[str, Any]:
        """The response as CDS Hooks wants it."""
        return {"cards": self.cards}


def answer(
    asked: HookRequest,
    *,
    now: datetime,
    rule_book_url: str,
    rules: SiteRules = PUBLISHED,
    fetching: Fetching | None = None,
) -> Answer:
    """
    The answer to one call; an `AdvisorError` says why there is none.

    2. where orders are drafted: whether one is for aldesleukin; else there is nothing to say
    3. the Conditions and medicines → a chart; for nearly every patient whose chart is opened they
       show that there is nothing to say
    4. everything → the chart, with the state of each query; what did not come is read from the
       FHIR server of the request, if it may be
    5. whether it can be told that the patient is ours (412), never an empty list by mistake
    6. every criterion under the site's policy, and what they come to
    7. at most one card
    """
    orders = drafts_of(asked, now)
    with fetcher(
        fetching, asked.fhir_server, asked.token, templates(rules), asked.patient_id, asked.scope
    ) as reading:
        read = reader.Prefetch(
            asked.prefetch, asked.patient_id, asked.fhir_server, rules.local_rows, reading, orders
        )
        try:
            ours = of_aldesleukin(asked, read, orders, now)
            case = _case(asked, read, ours, now)
        except AdvisorError as error:
            error.fetched = read.fetched
            raise
    if case is None:
        return Answer([], None, read.fetched)
    assessment = assess(case, rules)
    made = cards(
        assessment,
        patient_id=asked.patient_id,
        encounter_id=asked.encounter_id,
        rule_book_url=rule_book_url,
        rules=rules,
        drafts=ours,
    )
    return Answer(made, assessment, read.fetched)


def drafts_of(asked: HookRequest, now: date | datetime | None) -> tuple[Draft, ...]:
    """
    What is being drafted for this patient, on the hooks of ordering.

    `BadRequest` where aldesleukin is drafted for another patient; other drafts of theirs are
    passed over.
    """
    items = [Item(one.place, bytes(one.resource), one.full_url) for one in asked.draft_orders]
    today = now.date() if isinstance(now, datetime) else now
    found = drafts(items, asked.patient_id, today, asked.fhir_server)
    others = [one for one in found if one.is_of_another]
    if others:
        read = reader.Prefetch({}, asked.patient_id, asked.fhir_server, drafts=others)
        named = drafted_aldesleukin(Case(read.draft_chart(), now or date.max))
        for one in others:
            if one.reference in named:
                raise BadRequest(
                    f"{one.item.place}.resource.subject is another patient than "
                    "context.patientId: both must name the same"
                )
    return tuple(one for one in found if not one.is_of_another)


def of_aldesleukin(
    asked: HookRequest, read: reader.Prefetch, orders: Sequence[Draft], now: date | datetime
) -> tuple[Draft, ...]:
    """The drafts for aldesleukin; none if only others were chosen."""
    if not orders:
        return ()
    found = drafted_aldesleukin(Case(read.draft_chart(), now))
    ours = tuple(one for one in orders if one.reference in found)
    return ours if is_chosen(ours, orders, asked.selections) else ()


def _case(
    asked: HookRequest, read: reader.Prefetch, ours: Sequence[Draft], now: datetime
) -> Case | None:
    """All that can be known of the patient; None: surely nothing to say, by drafts or gate."""
    if asked.is_order:
        return Case(read.chart(), now) if ours else None
    if _is_surely_not_ours(read, now):
        return None
    case = Case(read.chart(), now)
    _check_gate(case)
    return case


def _is_surely_not_ours(read: reader.Prefetch, now: datetime) -> bool:
    """A drug that an order only points to is read where nothing else makes the patient ours."""
    if not is_surely_not_ours(Case(read.gate_chart(), now)):
        return False
    with_drugs = read.gate_chart_with_drugs()
    return with_drugs is None or is_surely_not_ours(Case(with_drugs, now))


def _check_gate(case: Case) -> None:
    found = case.once(gate)
    if not found.is_known:
        names = ", ".join(
            f"prefetch.{query.value} ({QUERY_NAMES[query]})" for query in found.not_answered
        )
        raise GateNotKnown(
            f"it cannot be told whether this patient has melanoma: {names} did not come "
            "completely or cannot be read. Send them, or null where there is none"
        )
