"""Who a resource is about, and what it points to (`fhir-notes.md`, reading rule 13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from cds_hooks.fhir.resources import Reference

_TYPE_AND_ID = re.compile(r"(?:(.*)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?")


class Subject(Enum):
    """Whose a resource is."""

    OURS = "ours"
    ANOTHER = "another"
    NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True)
class References:
    """How references are read in one document: the patient, its server, and full URLs."""

    patient_id: str
    base: str | None = None
    full_urls: Mapping[str, str] = field(default_factory=dict)  # fullUrl → Type/id or entry[n]

    def local(self, reference: str | None) -> str | None:
        """`Type/id` of a reference on the same server, or the entry that a full URL names."""
        if not reference or reference.startswith("#"):
            return None
        if reference in self.full_urls:
            return self.full_urls[reference]
        return self._as_written(reference)

    def _as_written(self, reference: str) -> str | None:
        """`Type/id` by the form of a reference on the same server."""
        found = _TYPE_AND_ID.fullmatch(reference)
        if found is None:
            return None
        base, type_name, id_ = found.groups()
        if base and self.base and not _same_base(base, self.base):
            return None
        return f"{type_name}/{id_}"

    def subject(self, reference: Reference | None) -> Subject:
        """Whether a resource is the patient's; one that names nobody is not told."""
        text = reference.reference if reference is not None else None
        if not text:
            return Subject.NOT_TOLD
        ours = f"Patient/{self.patient_id}"
        if self.local(text) == ours:
            return Subject.OURS
        if self._as_written(text) == ours:
            return Subject.NOT_TOLD  # the full URL of another entry is our patient's address
        # a contained, conditional or unknown full URL leads nowhere: whose it is, is not told
        leads_somewhere = text in self.full_urls or _TYPE_AND_ID.fullmatch(text)
        return Subject.ANOTHER if leads_somewhere else Subject.NOT_TOLD


def _same_base(one: str, other: str) -> bool:
    return _bare(one) == _bare(other)


_USUAL_PORT = re.compile(r"^(?:http://([^/]+):80|https://([^/]+):443)(?=/|$)", re.IGNORECASE)


def _bare(url: str) -> str:
    plain = _USUAL_PORT.sub(lambda found: f"http://{found[1] or found[2]}", url.rstrip("/"))
    return re.sub(r"^https?://", "", plain, flags=re.IGNORECASE).casefold()


def base_of(full_url: str | None, reference: str) -> str | None:
    """The server base of a full URL that ends in `Type/id`; None for a urn or another form."""
    if full_url and full_url.endswith("/" + reference) and "://" in full_url:
        return full_url.removesuffix("/" + reference)
    return None
