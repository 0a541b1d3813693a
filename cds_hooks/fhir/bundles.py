"""
Bundles taken apart: the resources they hold, whether more pages exist, what the server said.

Source: `fhir-notes.md`, reading rules 15 and 16 (Epic's outcomes by code).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Raw

from cds_hooks.fhir import resources
from cds_hooks.fhir.resources import Bundle, BundleEntry, OperationOutcome, is_there

# Reading rule 16; 59133 ("search passed 100, cut") from `fhir-servers.md`.
_NOT_SHARED = frozenset({"59204", "59205", "4118", "4130", "4131", "4134", "59133"})
_NO_RESULTS = "4101"
_MORE_MAY_EXIST = "4119"
_UNFILTERED = frozenset({"4122", "59100", "59101", "59109"})

# FHIR R4 issue types that say that something was left out, whatever the severity.
_LEFT_OUT = frozenset(
    {
        "security",
        "login",
        "forbidden",
        "suppressed",
        "incomplete",
        "too-costly",
        "throttled",
        "timeout",
        "transient",
        "lock-error",
        "exception",
    }
)
_ERRORS = frozenset({"error", "fatal"})
# The other issue types of FHIR R4: what else a server may say went wrong.
_OTHER_ISSUES = frozenset(
    {
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "unknown",
        "expired",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "business-rule",
        "conflict",
        "no-store",
    }
)
WANTS_PARAMETER = "required"
_MOST_SAID = 3
# Other pages than this one exist.
_OTHER_PAGES = frozenset({"next", "previous", "prev"})

_DEEPEST = 3  # Bundles inside Bundles (batch answers)
_NAMED = 1_000  # places of a Bundle that are named when nothing there can be read


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

    def lack(self, note: str) -> None:
        """Something did not come: the answer is not complete, and this is why."""
        self.is_complete = False
        self.notes.append(note)

    def lose(self, place: str, reason: str) -> None:
        """What stood there cannot be read: the answer is not complete."""
        self.is_complete = False
        if len(self.broken) < _NAMED:
            self.broken.append((place, reason))
        elif len(self.broken) == _NAMED:
            self.broken.append((place, f"{reason}; further ones are not named"))


def contents(bundle: Bundle, place: str = "") -> Contents:
    """The resources of a Bundle, those of Bundles inside it too: all that there is."""
    found = Contents()
    _collect(bundle, place, found, _DEEPEST)
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search that is read to its end."""

    contents: Contents
    matches: int
    total: int | None  # of all pages, by what the server says
    next_url: str | None


def page(bundle: Bundle, place: str) -> Page:
    """One page; whether others exist is for its reader to follow."""
    found = Contents()
    matches = _entries(bundle, place, found, _DEEPEST)
    urls = [one.url for one in bundle.link or () if one is not None and _relation(one) == "next"]
    return Page(found, matches, resources.part(bundle.total, int), urls[0] if urls else None)


def has_earlier_page(bundle: Bundle) -> bool:
    """Whether this is not the first page."""
    relations = {_relation(link) for link in bundle.link or () if link is not None}
    return bool(relations & (_OTHER_PAGES - {"next"}))


def judge_total(total: int | None, matches: int, found: Contents) -> None:
    """Fewer entries than the server counts: something did not come."""
    if total is not None and total > matches:
        found.lack("fewer entries came than the answer counts")


def _collect(bundle: Bundle, place: str, found: Contents, depth: int) -> None:
    relations = {_relation(link) for link in bundle.link or () if link is not None}
    if relations & _OTHER_PAGES:
        found.lack("not all pages came (the answer links to another)")
    matches = _entries(bundle, place, found, depth)
    judge_total(resources.part(bundle.total, int), matches, found)


def _entries(bundle: Bundle, place: str, found: Contents, depth: int) -> int:
    """Take the entries apart; how many of them match the search."""
    matches = 0
    for number, raw in enumerate(bundle.entry or ()):
        here = f"{place}entry[{number}]"
        entry = resources.decode_entry(raw)
        if entry is None:
            found.lose(here, "is no Bundle entry")
            continue
        matches += entry.search is None or entry.search.mode in (None, "match")
        _answered(entry, found)
        if not is_there(entry.resource):
            if entry.response is None:  # the answer to a batch may hold a status only
                found.lose(here, "holds no resource")
            continue
        _one(entry.resource, here, entry.fullUrl, found, depth)
    return matches


def _relation(link: resources.Link) -> str:
    """The link relation in small letters; IANA's may be written as an address."""
    return (link.relation or "").strip().casefold().rsplit("/", 1)[-1]


def _answered(entry: BundleEntry, found: Contents) -> None:
    """The answer to one part of a batch: one that failed left something out."""
    if entry.response is None:
        return
    if (entry.response.status or "").strip().startswith(("4", "5")):
        found.lack("the EHR reported an error inside an answer")
    if is_there(entry.response.outcome):
        said = resources.part(entry.response.outcome, OperationOutcome)
        if said is None:
            found.lack("what the EHR said about its answer cannot be read")
        else:
            outcome(said, found)


def _one(raw: Raw, here: str, full_url: str | None, found: Contents, depth: int) -> None:
    body = bytes(raw)
    # cheap look before decoding: nearly no resource is one of these two
    if b'"Bundle"' in body or b'"OperationOutcome"' in body:
        try:
            inner = resources.decode(body)
        except resources.Unreadable as error:
            if error.type_name in ("Bundle", "OperationOutcome"):
                found.lose(here, error.reason)
                return
            inner = None
        if isinstance(inner, OperationOutcome):
            outcome(inner, found)
            return
        if isinstance(inner, Bundle):
            if depth == 0:
                found.lose(here, "is a Bundle nested too deeply")
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
        severe = (issue.severity or "").casefold() in _ERRORS
        if known & _NOT_SHARED:
            found.lack("the EHR withheld or cut part of an answer")
        elif _MORE_MAY_EXIST in known:
            found.notes.append("the EHR says more may exist than this user sees")
        elif known & _UNFILTERED:
            found.notes.append("the EHR ignored part of a query; its answer is unfiltered")
        elif _NO_RESULTS in known:
            continue
        elif severe or (issue.code or "").casefold() in _LEFT_OUT:
            found.lack("the EHR reported an error inside an answer")


def issue_codes(body: bytes) -> tuple[str, ...]:
    """What an OperationOutcome in place of an answer says, by the issue types that FHIR has."""
    try:
        said = resources.decode(body)
    except resources.Unreadable:
        return ()
    if not isinstance(said, OperationOutcome):
        return ()
    codes = (issue.code for issue in said.issue or () if issue is not None)
    known = (one for one in codes if one in _LEFT_OUT or one in _OTHER_ISSUES)
    return tuple(dict.fromkeys(known))[:_MOST_SAID]


def _codes(issue: resources.Issue) -> Iterator[str]:
    for coding in (issue.details.coding or ()) if issue.details else ():
        if coding is not None and coding.code:
            yield coding.code
