"""
The resources of a document, decoded one by one, before it is known who the patient is.

The same one under several queries is kept once; what cannot be decoded is kept as its remains.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Raw, structs

from cds_hooks.fhir import resources, twice, validity, versions
from cds_hooks.fhir.bundles import Item
from cds_hooks.fhir.references import base_of
from cds_hooks.fhir.resources import Medication, Patient
from cds_hooks.fhir.validity import Verdict
from rules.chart import Query


@dataclass(slots=True)
class Held:
    """One resource, where it stood, and the queries that brought it."""

    reference: str
    resource: resources.Resource
    raw: bytes
    queries: set[Query]
    is_draft: bool = False  # incomplete by design: no breach of R4 is told of it
    _verdicts: dict[bool, Verdict] = field(default_factory=dict)

    def verdict(self, *, may_matter: bool) -> Verdict:
        """
        What is wrong with it, looked at once.

        R4 is asked only where a rule may look; two elements of one name, wherever they may hide it.
        """
        if may_matter not in self._verdicts:
            self._verdicts[may_matter] = (
                validity.examine(self.raw)
                if may_matter and not self.is_draft
                else Verdict(problem=None, is_twice=twice.holds(self.raw))
            )
        return self._verdicts[may_matter]


@dataclass(slots=True)
class Broken:
    """One resource that could not be decoded."""

    place: str
    error: resources.Unreadable
    raw: bytes
    queries: set[Query]
    is_draft: bool = False


@dataclass(slots=True)
class Collected:
    """Everything decoded, before it is known who the patient is."""

    held: list[Held] = field(default_factory=list)
    broken: dict[bytes, Broken] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)  # reference → server base of its full URL
    versions: set[str] = field(default_factory=set)  # of FHIR, of types that R4 has not
    drafted: set[str] = field(default_factory=set)  # orders being changed: the chart's are older
    _known: dict[str | bytes, list[Held]] = field(default_factory=dict)

    def add_draft(self, item: Item, query: Query, reference: str) -> None:
        """An order that is being drafted, in the place of the one that the chart has of it."""
        self.add(item, (query,), is_draft=True)
        self.drafted.add(reference)

    def add(self, item: Item, queries: Iterable[Query], *, is_draft: bool = False) -> None:
        """Decode one resource; the same one under several queries is kept once."""
        try:
            one = _decoded(item.raw)
        except resources.Unreadable as error:
            remains = Broken(item.place, error, item.raw, set(), is_draft)
            self.broken.setdefault(item.raw, remains).queries.update(queries)
            return
        if one is None:
            self._notice(item, queries)
            return
        reference = f"{type(one).__name__}/{one.id}" if one.id else item.place
        if reference in self.drafted:
            return
        if item.full_url:
            self.full_urls[item.full_url] = reference
            if base := base_of(item.full_url, reference):
                self.bases[reference] = base
        # the same id is the same resource, unless what we read of it differs
        same = self._known.setdefault(reference if one.id else item.raw, [])
        for held in same:
            if held.resource == one:
                held.queries.update(queries)
                return
        held = Held(reference, one, item.raw, set(queries), is_draft)
        same.append(held)
        self.held.append(held)

    def _notice(self, item: Item, queries: Iterable[Query]) -> None:
        """A type that other versions of FHIR have for one that is read is as one that is broken."""
        remains = resources.part(Raw(item.raw), resources.Remains)
        called = resources.part(remains.resourceType, str) if remains else None
        if remains is None or called not in resources.OF_OTHER_VERSIONS:
            return
        self.versions.add(versions.TYPES[called])
        error = resources.Unreadable(
            f"is of the type {called}, of another version of FHIR",
            resources.OF_OTHER_VERSIONS[called],
            structs.replace(remains, id=resources.ABSENT),
        )
        broken = self.broken.setdefault(item.raw, Broken(item.place, error, item.raw, set()))
        broken.queries.update(queries)

    @property
    def untyped(self) -> frozenset[Query] | None:
        """The queries that brought a resource of no type: it may be anything. None: no such."""
        found = [one.queries for one in self.broken.values() if not one.error.type_name]
        return frozenset().union(*found) if found else None

    def problems(self, patient: tuple[str, Patient]) -> list[tuple[str, str]]:
        """Where the Patient breaks R4."""
        held = next(held for held in self.held if held.resource is patient[1])
        problem = held.verdict(may_matter=True).problem
        return [(patient[0], problem)] if problem else []

    def patients(self) -> list[tuple[str, Patient]]:
        """The Patient resources, one for each reference."""
        found = {
            one.reference: one.resource for one in self.held if isinstance(one.resource, Patient)
        }
        return list(found.items())


def _decoded(raw: bytes) -> resources.Resource | None:
    """One resource; a Patient or a Medication, which is no entry of its own, without a doubt."""
    if twice.has_two_types(raw):
        raise resources.Unreadable(twice.REASON, None, None)
    one = resources.decode(raw)
    if isinstance(one, Patient | Medication) and twice.holds(raw):
        remains = resources.part(Raw(raw), resources.Remains)
        raise resources.Unreadable(twice.REASON, type(one).__name__, remains)
    return one
