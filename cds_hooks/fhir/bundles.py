"""
Bundles taken apart: the resources they hold, whether more pages exist, what the server said.

Source: `fhir-notes.md`, reading rules 15 and 16 (Epic's outcomes by code).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Raw

from cds_hooks.fhir import resources
from cds_hooks.fhir.resources import Bundle, OperationOutcome, is_there

# Reading rule 16; 59133 ("search passed 100, cut") from `fhir-servers.md`.
_NOT_SHARED = frozenset({"59204", "59205", "4118", "4130", "4131", "4134", "59133"})
_NO_RESULTS = "4101"
_MORE_MAY_EXIST = "4119"
_UNFILTERED = frozenset({"4122", "59100", "59101", "59109"})

_DEEPEST = 3  # Bundles inside Bundles (batch answers)


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a Bundle, still as bytes, and where it stood."""

    place: str
    raw: bytes
    full_url: str | None = None


@dataclass(slots=True)
class Contents:
    """What a Bundle held."""

    items: list[Item] = field(default_factory=list)
    is_complete: bool = True  # no `next` page, no outcome that says something was withheld
    notes: list[str] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)  # (place, reason)


def contents(bundle: Bundle, place: str = "") -> Contents:
    """The resources of a Bundle, those of Bundles inside it too."""
    found = Contents()
    _collect(bundle, place, found, _DEEPEST)
    return found


def _collect(bundle: Bundle, place: str, found: Contents, depth: int) -> None:
    if any(link is not None and link.relation == "next" for link in bundle.link or ()):
        found.is_complete = False
        found.notes.append("not all pages came (the answer has a next link)")
    for number, raw in enumerate(bundle.entry or ()):
        here = f"{place}entry[{number}]"
        entry = resources.decode_entry(raw)
        if entry is None:
            found.broken.append((here, "is no Bundle entry"))
            found.is_complete = False
            continue
        if not is_there(entry.resource):
            if not is_there(entry.response):  # the answer to a batch may hold a status only
                found.broken.append((here, "holds no resource"))
                found.is_complete = False
            continue
        _one(entry.resource, here, entry.fullUrl, found, depth)


def _one(raw: Raw, here: str, full_url: str | None, found: Contents, depth: int) -> None:
    body = bytes(raw)
    # cheap look before decoding: nearly no resource is one of these two
    if b'"Bundle"' in body or b'"OperationOutcome"' in body:
        try:
            inner = resources.decode(body)
        except resources.Unreadable:
            inner = None
        if isinstance(inner, OperationOutcome):
            outcome(inner, found)
            return
        if isinstance(inner, Bundle):
            if depth == 0:
                found.broken.append((here, "is a Bundle nested too deeply"))
                found.is_complete = False
            else:
                _collect(inner, f"{here}.", found, depth - 1)
            return
    found.items.append(Item(here, body, full_url))


def outcome(said: OperationOutcome, found: Contents) -> None:
    """What a server said inside an answer: by its codes, never by its text."""
    for issue in said.issue or ():
        if issue is None:
            continue
        known = set(_codes(issue))
        if known & _NOT_SHARED:
            found.is_complete = False
            found.notes.append("the EHR withheld or cut part of an answer")
        elif _MORE_MAY_EXIST in known:
            found.notes.append("the EHR says more may exist than this user sees")
        elif known & _UNFILTERED:
            found.notes.append("the EHR ignored part of a query; its answer is unfiltered")
        elif _NO_RESULTS not in known and issue.severity in ("error", "fatal"):
            found.is_complete = False
            found.notes.append("the EHR reported an error inside an answer")


def _codes(issue: resources.Issue) -> Iterator[str]:
    for coding in (issue.details.coding or ()) if issue.details else ():
        if coding is not None and coding.code:
            yield coding.code
