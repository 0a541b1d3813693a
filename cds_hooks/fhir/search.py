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


def search(
    access: Access, reference: str, place: str, first: bundles.Page | None = None
) -> Contents:
    """
    A search with all its pages; what did not come makes it incomplete, with the reason.

    `first`: the page that the EHR sent along, to which `reference` is the next.
    """
    whole = Contents() if first is None else first.contents
    seen: set[str] = set()
    matches, total = (0, None) if first is None else (first.matches, first.total)
    url: str | None = reference
    while url is not None:
        if url in seen or len(seen) == _MOST_PAGES:
            whole.lack("the pages of the answer have no end")
            return whole
        seen.add(url)
        body = access.read(url)
        if isinstance(body, Failure):
            whole.lack(body.words)
            return whole
        found = _page(body, f"{place}page[{len(seen) - 1}].", whole)
        if found is None:
            return whole
        _add(found.contents, whole)
        matches += found.matches
        total = found.total if total is None else total
        url = None if found.next_url is None else urljoin(body.url, found.next_url)
    bundles.judge_total(total, matches, whole)
    return whole


def read(access: Access, reference: str, place: str) -> Contents:
    """One resource by its id."""
    body = access.read(reference)
    if isinstance(body, Failure):
        found = Contents()
        found.lack(body.words)
        return found
    return Contents(items=[Item(place, body.content)])


def _page(body: Body, place: str, whole: Contents) -> bundles.Page | None:
    try:
        one = resources.decode(body.content.removeprefix(b"\xef\xbb\xbf"))
    except resources.Unreadable as error:
        kind = "a Bundle that cannot be read" if error.type_name == "Bundle" else _kind(body)
        whole.lack(f"the FHIR server answered with {kind}")
        return None
    if isinstance(one, OperationOutcome):
        bundles.outcome(one, whole)
        whole.lack("the FHIR server answered with an OperationOutcome")
        return None
    if not isinstance(one, Bundle):
        whole.lack("the FHIR server answered with something other than a Bundle")
        return None
    return bundles.page(one, place)


def _kind(body: Body) -> str:
    if _NO_JSON.match(body.content):
        return "a page or XML, not JSON"
    return "what is no FHIR resource"


def _add(page: Contents, whole: Contents) -> None:
    whole.items += page.items
    whole.notes += page.notes
    whole.broken += page.broken
    whole.is_complete = whole.is_complete and page.is_complete
