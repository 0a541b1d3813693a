"""A query read whole: every page of it, sorted into matches, what else came, and outcomes."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from tests.build import Resource
from tests.servers.running import FhirServer

_PAGES: Final = 100  # more than any chart here has; a server that pages in a circle is found out


@dataclass(slots=True)
class Whole:
    """All pages of an answer."""

    matches: list[Resource] = field(default_factory=list)
    included: list[Resource] = field(default_factory=list)
    outcomes: list[Resource] = field(default_factory=list)
    pages: int = 0


def read_whole(server: FhirServer, query: str) -> Whole:
    """A search with all its pages, or the one resource of a read."""
    whole = Whole()
    url = f"{server.base}/{query}"
    while url:
        answer = server.get(url)
        assert answer.status_code == 200, f"{query}: {answer.status_code} {answer.text[:500]}"
        whole.pages += 1
        assert whole.pages <= _PAGES, f"{query}: more than {_PAGES} pages"
        body = answer.json()
        if body["resourceType"] != "Bundle":
            whole.matches.append(body)
            return whole
        for entry in body.get("entry", ()):
            mode = entry.get("search", {}).get("mode", "match")
            kept = {"match": whole.matches, "include": whole.included, "outcome": whole.outcomes}
            kept[mode].append(entry["resource"])
        links = {link["relation"]: link["url"] for link in body.get("link", ())}
        url = urljoin(url, links["next"]) if "next" in links else ""
    return whole
