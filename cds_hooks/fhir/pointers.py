"""
What entries only point to and no search brings: the drug of an order, the site of a tumour.

Such resources are read by their id, since servers do not honour `_include` (fhir-notes.md).
"""

import re
from collections.abc import Iterable, Iterator

from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.collected import Held
from cds_hooks.fhir.references import References
from rules.chart import Query

_READ = ("Medication/", "BodyStructure/")
# a letter or slash in the other spelling that JSON has for it
_SPELLED = re.compile(rb"\\(?:/|u00[24-7])")


def may_point(body: bytes) -> bool:
    """Whether anything may point to what did not come along: a look that costs nothing."""
    return any(sign.encode() in body for sign in _READ) or _SPELLED.search(body) is not None


def unread(held: Iterable[Held], references: References) -> dict[str, set[Query]]:
    """`Type/id` of what did not come along, with the queries whose entries point there."""
    everything = tuple(held)
    came = {one.reference for one in everything}
    found: dict[str, set[Query]] = {}
    for one in everything:
        for pointer in _pointers(one.resource):
            local = references.local(pointer.reference)
            if local is not None and local.startswith(_READ) and local not in came:
                found.setdefault(local, set()).update(one.queries)
    return found


def _pointers(one: fhir.Resource) -> Iterator[fhir.Reference]:
    match one:
        case fhir.Observation():
            yield from (focus for focus in one.focus or () if focus is not None)
        case (
            fhir.MedicationRequest() | fhir.MedicationStatement() | fhir.MedicationAdministration()
        ):
            inside = one.medication.reference if one.medication else None
            yield from (p for p in (one.medicationReference, inside) if p is not None)
        case fhir.Medication():
            for ingredient in one.ingredient or ():
                if ingredient is not None and ingredient.itemReference is not None:
                    yield ingredient.itemReference
        case _:
            return
