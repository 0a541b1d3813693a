"""
The orders that are being drafted, made readable as orders of the chart.

They are incomplete by design and need not be valid FHIR (REQ-10, PRD-16): what a draft leaves out
because it is one, such as its status and whose it is, the context of the call says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec
from msgspec import Raw

from cds_hooks import forms, objects
from cds_hooks.fhir import resources
from cds_hooks.fhir.bundles import Item
from cds_hooks.fhir.references import References, Subject
from cds_hooks.fhir.resources import Reference
from rules.chart import Query

_QUERIES: Final = {
    "MedicationRequest": Query.MEDICINES,
    "Medication": Query.MEDICINES,
    "ServiceRequest": Query.ORDERS,
}
_DRAFT: Final = Raw(b'"draft"')
_ORDER: Final = Raw(b'"order"')
# As if they had never been written: an EHR may still hold them in its list of drafts.
_WITHDRAWN: Final = frozenset({"entered-in-error", "cancelled", "stopped", "revoked"})


@dataclass(frozen=True, slots=True)
class Draft:
    """One resource being drafted, as an order of the chart and as it came."""

    item: Item
    query: Query | None  # to whose answer it belongs; None: no rule reads such a resource
    reference: str  # `Type/id`, or where it stood
    id: str | None
    came: bytes
    is_of_another: bool  # patient than the call's, by its own words
    is_new: bool  # a draft by its own status: one that is signed again may be under way

    @property
    def can_be_changed(self) -> bool:
        """Whether an action can name it and take it back."""
        return self.is_new and self.id is not None and forms.ID.fullmatch(self.id) is not None


def drafts(
    items: Iterable[Item], patient_id: str, today: date | None, fhir_server: str | None = None
) -> tuple[Draft, ...]:
    """
    The drafts as orders of a patient, made today: whenever a draft was begun, it is ordered now.

    `today` None: no day is told.
    """
    references = References(patient_id, fhir_server)
    return tuple(_draft(one, references, today) for one in items)


def is_chosen(ours: Sequence[Draft], every: Sequence[Draft], selections: Sequence[str]) -> bool:
    """
    Whether one of ours was newly chosen, or it cannot be told what was (order-select).

    `selections` names drafts by `Type/id`; clients write ids, addresses and full URLs as well.
    """
    named = {key for text in selections for key in (text, "/".join(text.split("/")[-2:]))}
    chosen = [one for one in every if named & {one.reference, one.id, one.item.full_url}]
    return any(one in chosen or not one.id for one in ours) if chosen else bool(ours)


def _draft(one: Item, references: References, today: date | None) -> Draft:
    fields = dict(objects.fields(one.raw))
    type_name = _text(fields, "resourceType") or ""
    query = _QUERIES.get(type_name)
    status = _text(fields, "status")
    is_of_another = _is_of_another(fields, references)
    if query is not None and type_name != "Medication":
        if status in _WITHDRAWN:
            query = None
        fields |= {"status": _DRAFT, "intent": _ORDER, "subject": _reference(references.patient_id)}
        fields.pop("authoredOn", None)
        if today is not None:
            fields["authoredOn"] = Raw(msgspec.json.encode(today))
        if bytes(fields.get("category", b"")).lstrip().startswith(b"{"):
            fields["category"] = Raw(b"[" + bytes(fields["category"]) + b"]")
    id_ = _text(fields, "id")
    return Draft(
        item=Item(one.place, msgspec.json.encode(fields), one.full_url),
        query=query,
        reference=f"{type_name}/{id_}" if id_ else one.place,
        id=id_,
        came=one.raw,
        is_of_another=is_of_another,
        is_new=status in (None, "draft"),
    )


def _reference(patient_id: str) -> Raw:
    return Raw(msgspec.json.encode({"reference": f"Patient/{patient_id}"}))


def _text(fields: dict[str, Raw], name: str) -> str | None:
    return resources.part(fields[name], str) if name in fields else None


def _is_of_another(fields: dict[str, Raw], references: References) -> bool:
    named = resources.part(fields["subject"], Reference) if "subject" in fields else None
    return references.subject(named) is Subject.ANOTHER
