"""A query read whole from the FHIR server: every page, bounded, and what the server said of it."""

import re
from typing import Final
from urllib.parse import urljoin

from cds_hooks.fhir import bundles, resources
from cds_hooks.fhir.bundles import Contents, Item
from cds_hooks.fhir.client import Access, Body, Failure
from cds_hooks.fhir.resources import Bundle, OperationOutcome

_MOST_PAGES: Final = 40
_NO_JSON: Final = re.compile(rb"\s*<")


def query(access: Access, url: str, place: str, otherwise: str | None = None) -> Contents:
    """What a prefetch template asks for: with parameters a search, else a resource by its id."""
    return (
        search(access, url, place, otherwise=otherwise) if "?" in url else read(access, url, place)
    )


def search(
    access: Access,
    reference: str,
    place: str,
    first: bundles.Page | None = None,
    otherwise: str | None = None,
) -> Contents:
    """
    A search with all its pages; what did not come makes it incomplete, with the reason.

    `first`: the page that the EHR sent along, to which `reference` is the next. `otherwise`: what
    is asked of a server that insists on another parameter (`fhir-servers.md`, "What to build for").
    """
    whole = Contents() if first is None else first.contents
    seen: set[str] = set()
    pages = 0
    matches, total = (0, None) if first is None else (first.matches, first.total)
    url: str | None = reference
    while url is not None:
        if url in seen or pages == _MOST_PAGES:
            whole.lack("the pages of the answer have no end")
            return whole
        body = access.read(url)
        if isinstance(body, Failure) and body.wants_parameter and otherwise and not pages:
            whole.notes.append("asked by category: the FHIR server does not take a list of codes")
            url, otherwise = otherwise, None
            continue
        if isinstance(body, Failure):
            whole.lack(body.words)
            return whole
        seen |= {url, body.url}
        found = _page(body, f"{place}page[{pages}].", whole)
        if found is None:
            return whole
        _add(found.contents, whole)
        matches += found.matches
        # some servers estimate it until the last page
        total = total if found.total is None else found.total
        pages += 1
        url = None if found.next_url is None else _next(body, found.next_url)
    bundles.judge_total(total, matches, whole)
    return whole


def _next(body: Body, url: str) -> str:
    try:
        return urljoin(body.url, url)
    except ValueError:
        return url  # no URL at all: it leads nowhere that is read


def read(access: Access, reference: str, place: str) -> Contents:
    """One resource by its id."""
    found = Contents()
    body = access.read(reference)
    if isinstance(body, Failure):
        found.lack(body.words)
        return found
    type_name, _, id_ = reference.partition("/")
    try:
        one = resources.decode(body.content)
    except resources.Unreadable as error:
        if error.type_name != type_name:
            found.lack(f"the FHIR server answered with {_kind(body)}")
            return found
    else:
        if isinstance(one, OperationOutcome):
            return _refused(one, found)
        if type(one).__name__ != type_name or getattr(one, "id", None) != id_:
            found.lack("the FHIR server answered with something else than it was asked for")
            return found
    found.items.append(Item(place, body.content))
    return found


def _page(body: Body, place: str, whole: Contents) -> bundles.Page | None:
    try:
        one = resources.decode(body.content)
    except resources.Unreadable as error:
        kind = "a Bundle that cannot be read" if error.type_name == "Bundle" else _kind(body)
        whole.lack(f"the FHIR server answered with {kind}")
        return None
    if isinstance(one, OperationOutcome):
        _refused(one, whole)
        return None
    if not isinstance(one, Bundle):
        whole.lack("the FHIR server answered with something other than a Bundle")
        return None
    return bundles.page(one, place)


def _refused(said: OperationOutcome, whole: Contents) -> Contents:
    """An OperationOutcome in place of an answer."""
    bundles.outcome(said, whole)
    whole.lack("the FHIR server answered with an OperationOutcome")
    return whole


def _kind(body: Body) -> str:
    if not body.content.strip():
        return "nothing"
    if _NO_JSON.match(body.content):
        return "a page or XML, not JSON"
    return "what is no FHIR resource"


def _add(page: Contents, whole: Contents) -> None:
    whole.items += page.items
    whole.notes += page.notes
    whole.broken += page.broken
    whole.is_complete = whole.is_complete and page.is_complete
