"""
A plain reader of a FHIR server, independent of ours: one query after the other, all pages of each.

What it gets of a patient is the prefetch that an EHR would send.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urljoin

import requests

from cds_hooks.services import PATIENT_VIEW, discovery
from tests.build import Resource

TIMEOUT: Final = 60
_PAGES: Final = 40
_POINTED_TO: Final = 100
_POINTERS: Final = 2  # an order's drug, and its ingredients
# Type that no search brings → the keys under which a prefetch may hold it.
REFERRED_TO: Final[Mapping[str, frozenset[str]]] = {
    "Medication": frozenset({"medicines", "given"}),
    "BodyStructure": frozenset({"function"}),
}


class Refused(Exception):
    """A query that did not come whole, and why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one patient's queries brought."""

    patient_id: str
    prefetch: Mapping[str, Resource]  # key → the resource, or one Bundle of all pages
    first_pages: Mapping[str, Resource]  # the first page as it came, where others follow
    refused: Mapping[str, str]  # key → why it did not come whole


@dataclass(frozen=True, slots=True)
class PlainReader:
    """Where it reads, with which session."""

    base: str
    session: requests.Session = field(repr=False)

    def get(self, query: str) -> Resource:
        """The resource that comes for a query below the base, or for a whole address."""
        url = urljoin(f"{self.base}/", query)
        if not url.startswith(_origin(self.base)):
            raise Refused("it leads to another server")
        try:
            answer = self.session.get(url, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise Refused(f"no answer ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise Refused(str(answer.status_code))
        try:
            # a value keeps its digits, 1.10 too
            found = json.loads(answer.content, parse_float=Decimal)
        except ValueError:
            raise Refused("200, but no JSON") from None
        if not isinstance(found, dict) or "resourceType" not in found:
            raise Refused("200, but no FHIR resource")
        return found

    def pages(self, query: str) -> Iterator[Resource]:
        """The Bundles of a search."""
        url = urljoin(f"{self.base}/", query)
        for _ in range(_PAGES):
            page = self.get(url)
            if page["resourceType"] != "Bundle":
                raise Refused(f"200, but with {page['resourceType']}")
            yield page
            links = {one.get("relation"): one.get("url") for one in page.get("link", ())}
            if not links.get("next"):
                return
            url = urljoin(url, links["next"])
        raise Refused(f"more than {_PAGES} pages")

    def record(self, patient_id: str) -> Record:
        """All queries of our discovery, and what their answers point to."""
        prefetch: dict[str, Resource] = {}
        first_pages: dict[str, Resource] = {}
        refused: dict[str, str] = {}
        for key, query in queries(patient_id).items():
            try:
                if "?" not in query:
                    prefetch[key] = self.get(query)
                    continue
                pages = list(self.pages(query))
            except Refused as why:
                refused[key] = str(why)
                continue
            prefetch[key] = _bundle(pages)
            if len(pages) > 1:
                first_pages[key] = pages[0]
        for _ in range(_POINTERS):
            self._read_pointed_to(prefetch)
        return Record(patient_id, prefetch, first_pages, refused)

    def _read_pointed_to(self, prefetch: Mapping[str, Resource]) -> None:
        """Medications and BodyStructures, put beside the entries that point to them."""
        for type_name, keys in REFERRED_TO.items():
            for key in sorted(keys & prefetch.keys()):
                entries = prefetch[key]["entry"]
                held = {one["resource"].get("id") for one in entries if "resource" in one}
                named = (self._local(one, type_name) for one in _references(entries))
                wanted = dict.fromkeys(one for one in named if one and one not in held)
                for id_ in list(wanted)[:_POINTED_TO]:
                    try:
                        one = self.get(f"{type_name}/{id_}")
                    except Refused:
                        continue  # ours does not get it either, and says so
                    entries.append({"resource": one, "search": {"mode": "include"}})

    def _local(self, reference: str, type_name: str) -> str | None:
        """The id of a reference to this type on this server."""
        written = reference.removeprefix(f"{self.base}/").partition("/_history/")[0]
        kind, _, id_ = written.partition("/")
        return id_ if kind == type_name and id_ and "/" not in id_ else None


def queries(patient_id: str) -> Mapping[str, str]:
    """Prefetch key → query, from the templates that discovery publishes."""
    (service,) = (one for one in discovery()["services"] if one["id"] == PATIENT_VIEW.id)
    return {
        key: template.replace("{{context.patientId}}", patient_id)
        for key, template in service["prefetch"].items()
    }


def _origin(base: str) -> str:
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"


def _bundle(pages: Iterable[Resource]) -> Resource:
    """All pages as one; what the server counted stays."""
    first, *others = pages
    entries = [entry for page in (first, *others) for entry in page.get("entry", ())]
    total = {"total": first["total"]} if "total" in first else {}
    return {"resourceType": "Bundle", "type": "searchset", **total, "entry": entries}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
