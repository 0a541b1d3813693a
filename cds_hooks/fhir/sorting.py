"""
Collected resources, sorted: what was read, what had to be set aside, what is not our patient's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cds_hooks.fhir import chart as read
from cds_hooks.fhir import resources, skipped, twice, versions
from cds_hooks.fhir.collected import Broken, Held
from cds_hooks.fhir.local import understood
from cds_hooks.fhir.medications import Medications
from cds_hooks.fhir.references import References, Subject
from cds_hooks.fhir.resources import Bundle, Medication, OperationOutcome, Patient
from rules.chart import Drug, Entry, Skipped
from rules.local_codes import LocalRows


@dataclass(slots=True)
class Sorted:
    """What was read, what had to be set aside, and what is not our patient's."""

    references: References
    medications: Medications
    local: LocalRows
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    invalid: list[tuple[str, str]] = field(default_factory=list)  # read, and not valid R4
    versions: set[str] = field(default_factory=set)  # of FHIR, of what is not R4

    def add(self, held: Held) -> None:
        """One resource that was decoded."""
        reference, one = held.reference, held.resource
        if isinstance(one, Patient | Medication | Bundle | OperationOutcome):
            return
        subject = read.subject_of(one, self.references)
        made: Sequence[Entry] = ()
        reason = "names no patient" if subject is Subject.NOT_TOLD else None
        if subject is Subject.OURS:
            try:
                made = read.entries(one, reference, self.references, self.medications)
                made = understood(made, self.local)
            except read.SetAside as error:
                reason = str(error)
        verdict = held.verdict(may_matter=any(_may_matter(entry) for entry in made))
        queries = frozenset(held.queries)
        if verdict.is_twice:
            found = skipped.named_twice(type(one).__name__, held.raw, reference, queries)
            self.skipped += understood((found,) if found else (), self.local)
        elif subject is Subject.ANOTHER:
            self.others.append((reference, "is of another patient"))
        elif reason is not None:
            left = skipped.decoded(one, reference, reason, queries, self.medications)
            self.skipped += understood((left,), self.local)
            self._notice(versions.of(one))
        else:
            self.entries += made
            if verdict.problem:
                self.invalid.append((reference, verdict.problem))
                self._notice(verdict.version or versions.of(one))

    def _notice(self, version: str | None) -> None:
        if version is not None:
            self.versions.add(version)

    def add_remains(self, broken: Broken) -> None:
        """One that could not be decoded."""
        error = broken.error
        remains = error.remains or resources.Remains()
        id_ = resources.part(remains.id, str)
        reference = f"{error.type_name}/{id_}" if error.type_name and id_ else broken.place
        raw = remains.subject if resources.is_there(remains.subject) else remains.patient
        subject = self.references.subject(resources.part(raw, resources.Reference))
        if subject is Subject.ANOTHER:
            self.others.append((reference, "is of another patient"))
            return
        queries = frozenset(broken.queries)
        if twice.holds(broken.raw):
            found = skipped.named_twice(error.type_name or "", broken.raw, reference, queries)
        else:
            found = skipped.remains(error, reference, queries)
        if found is not None:
            self.skipped += understood((found,), self.local)
        else:
            self.others.append((reference, error.reason))


def _may_matter(entry: Entry) -> bool:
    """Whether a rule may look for it: it has a code of some value set, or a word of one."""
    names = entry.drug_names if isinstance(entry, Drug) else entry.named
    return bool(names) or any(entry.listed)
