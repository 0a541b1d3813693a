"""
The answer to one query: which of the four states it is in, and what of it was asked for.

Source: `cds-hooks.md`, PRE-2 to PRE-6.
"""

from msgspec import Raw

from cds_hooks.fhir import resources, twice
from cds_hooks.fhir.bundles import Contents, Item, contents
from cds_hooks.fhir.resources import Bundle, OperationOutcome
from rules.chart import Answer, Kind, Query


def prefetched(raw: Raw, query: Query) -> tuple[Answer, Contents]:
    """One prefetch value: null is none; an outcome, or what is no resource, has failed."""
    if bytes(raw).strip() == b"null":
        # a read cannot be "known to be none": the Patient exists (PRE-3)
        return (Answer.FAILED if query is Query.PATIENT else Answer.NONE), Contents()
    place = f"{query.value}."
    try:
        one = resources.decode(raw)
    except resources.Unreadable as error:
        if error.type_name is None or not _is_asked(error.type_name, query):
            return Answer.FAILED, Contents(notes=["the value is no resource that can be read"])
        return Answer.CAME, Contents(items=[Item(place + "entry[0]", bytes(raw))])
    if one is None:
        return Answer.FAILED, Contents(notes=["the value is of a type that was not asked for"])
    if isinstance(one, OperationOutcome):
        return Answer.FAILED, Contents(notes=["the EHR could not answer"])
    if not isinstance(one, Bundle):
        if not _is_asked(type(one).__name__, query):
            return Answer.FAILED, Contents(notes=["the value is of a type that was not asked for"])
        return Answer.CAME, Contents(items=[Item(place + "entry[0]", bytes(raw))])
    return asked_for(contents(one, place), query)


def asked_for(found: Contents, query: Query) -> tuple[Answer, Contents]:
    """The state of an answer, and what of it was asked for."""
    held = bool(found.items)
    asked = [item for item in found.items if _is_asked(_type_of(item), query)]
    found.items = asked
    if not found.is_complete:
        return Answer.FAILED, found
    if held and not asked:
        found.notes.append("the answer holds only what was not asked for")
        return Answer.FAILED, found
    return (Answer.CAME if asked else Answer.NONE), found


def _type_of(item: Item) -> str:
    """The type that a resource says it is of; empty: none, or two."""
    if twice.has_two_types(item.raw):
        return ""
    named = resources.part(Raw(item.raw), resources.Named)
    return (named.resourceType if named else None) or ""


def _is_asked(type_name: str, query: Query) -> bool:
    """A resource of another type is passed over (PRE-6); one without a type is not."""
    type_name = resources.OF_OTHER_VERSIONS.get(type_name, type_name)
    if query is Query.PATIENT:
        return type_name == "Patient"
    if query in (Query.MEDICINES, Query.GIVEN) and type_name == "Medication":
        return True
    if type_name == "BodyStructure" and Kind.OBSERVATION in query.kinds:
        return True
    return type_name == "" or any(type_name == kind.value for kind in query.kinds)
