"""The main job on a document (a FHIR Bundle, a CDS Hooks request), or on what a server has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Raw

from cds_hooks.answer import drafts_of, of_aldesleukin
from cds_hooks.cards.summary import summary
from cds_hooks.errors import GateNotKnown, Unusable
from cds_hooks.fhir import reader, resources
from cds_hooks.fhir.drafts import Draft
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.resources import Bundle
from cds_hooks.fhir.typed import TypedServer
from cds_hooks.protocol import request
from cds_hooks.protocol.request import HookRequest
from cds_hooks.report import report
from cds_hooks.services import HOOKS
from rules.assess import assess
from rules.case import Case
from rules.chart import Chart, Query
from rules.model import Assessment, Status
from rules.site_rules import PUBLISHED, SiteRules


def read_document(
    document: bytes, patient: str | None = None, rules: SiteRules = PUBLISHED
) -> Chart:
    """
    The chart in a document, with the site's own codes.

    Raises an `AdvisorError` that says what the document lacks: `Unusable`, `BadRequest`, or
    `GateNotKnown` if a request brings no Patient.
    """
    asked = _request(document, patient)
    if asked is not None:
        return _prefetch(asked, drafts_of(asked, None), rules).chart()
    try:
        bundle = resources.decode(document.removeprefix(b"\xef\xbb\xbf"))
    except resources.Unreadable as error:
        if error.type_name == "Bundle":
            raise Unusable(f"the Bundle {error.reason}") from None
        raise Unusable(_WANTED) from None
    if not isinstance(bundle, Bundle):
        raise Unusable(_WANTED)
    return reader.from_bundle(bundle, patient, rules.local_rows)


def _request(document: bytes, patient: str | None) -> HookRequest | None:
    """The CDS Hooks request that a document is; None: it is none."""
    found = request.fields(document, "the document")
    if "resourceType" in found or "hook" not in found:
        return None
    asked = request.parse(found, HOOKS)
    if patient is not None and patient != asked.patient_id:
        raise Unusable("--patient is another patient than context.patientId of the request")
    return asked


def _prefetch(asked: HookRequest, orders: Sequence[Draft], rules: SiteRules) -> reader.Prefetch:
    return reader.Prefetch(
        asked.prefetch, asked.patient_id, asked.fhir_server, rules.local_rows, drafts=orders
    )


_WANTED = (
    "a FHIR Bundle (resourceType Bundle) or a CDS Hooks request (with a hook) is needed; "
    "this is neither"
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What came of a document; `drafts`: of aldesleukin, in a request of a hook of ordering."""

    assessment: Assessment
    drafts: tuple[Draft, ...] = ()


_NO_DRAFT = "no order of aldesleukin is being drafted"


def evaluate_document(
    document: bytes,
    as_of: date | datetime,
    patient: str | None = None,
    rules: SiteRules = PUBLISHED,
) -> Evaluated:
    """
    Assess the patient of a document on a day or at an instant, under a site's policy.

    While orders are drafted, and none of them is for aldesleukin, nothing is to be said of it.
    """
    asked = _request(document, patient)
    if asked is None or not asked.is_order:
        return Evaluated(assess(Case(read_document(document, patient, rules), as_of), rules))
    orders = drafts_of(asked, as_of)
    read = _prefetch(asked, orders, rules)
    ours = of_aldesleukin(asked, read, orders, as_of)
    if ours:
        return Evaluated(assess(Case(read.chart(), as_of), rules), ours)
    found = assess(Case(read.draft_chart(), as_of), rules)
    return Evaluated(replace(found, status=Status.NOT_APPLICABLE, reason=_NO_DRAFT))


def evaluate(
    document: bytes,
    as_of: date | datetime,
    patient: str | None = None,
    rules: SiteRules = PUBLISHED,
) -> Assessment:
    """The assessment of a document alone."""
    return evaluate_document(document, as_of, patient, rules).assessment


def read_server(server: TypedServer, patient: str, rules: SiteRules = PUBLISHED) -> Chart:
    """
    The chart that a FHIR server has of a patient, by the queries of the prefetch templates.

    What did not come is told in the notes. `Unusable` says why there is no Patient.
    """
    with server.reading(templates(rules), patient) as reading:
        found = reading.read([Query.PATIENT], {})[Query.PATIENT]
        if not found.items:
            raise Unusable(f"the Patient did not come: {'; '.join(found.notes) or 'no answer'}")
        came = {Query.PATIENT.value: Raw(found.items[0].raw)}
        try:
            return reader.Prefetch(came, patient, server.url, rules.local_rows, reading).chart()
        except GateNotKnown:
            raise Unusable("the Patient cannot be read: what came is no Patient") from None


def evaluate_at(
    server: TypedServer, patient: str, as_of: date | datetime, rules: SiteRules = PUBLISHED
) -> Assessment:
    """Assess a patient of a FHIR server on a day or at an instant, under a site's policy."""
    return assess(Case(read_server(server, patient, rules), as_of), rules)


def evaluate_json(document: bytes, *, as_of: str, patient: str | None = None) -> dict[str, Any]:
    """The same as plain JSON; `as_of` a date or an instant with its zone."""
    assessment = evaluate(document, day(as_of), patient)
    made: dict[str, Any] = msgspec.to_builtins(report(assessment, summary(assessment)))
    return made


def day(text: str) -> date | datetime:
    """`2026-11-24`, or an instant with a zone; `ValueError` for anything else."""
    if len(text) == len("2026-11-24"):
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone, such as 2026-11-24T08:00:00Z")
    return at
