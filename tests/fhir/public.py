"""
Public FHIR data of many origins, and what we make of it: a line for each file and each patient.

    python -m tests.fhir.public            prints the counts of docs/real-charts.md
    pytest tests/fhir --update-golden      rewrites them, and tests/fhir/public-snapshot.txt

The data is not part of this repository: it stands in ../shared/data/public, or IL2_SHARED names
the folder above it.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from cds_hooks import services
from cds_hooks.answer import answer, parse
from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import evaluate, read_document
from cds_hooks.fhir import parts, resources, validity
from rules.chart import Chart
from tests.build import PREFETCH_KEYS

ROOT: Final = Path(__file__).parents[2]
PUBLIC: Final = Path(os.environ.get("IL2_SHARED", ROOT.parent / "shared")) / "data" / "public"
needs_public: Final = pytest.mark.skipif(
    not PUBLIC.is_dir(), reason=f"no {PUBLIC}: IL2_SHARED may name the folder"
)
AS_OF: Final = date(2026, 11, 24)
NOON: Final = datetime.fromisoformat("2026-11-24T12:00:00-06:00")

Json = dict[str, Any]


@cache
def paths() -> tuple[Path, ...]:
    """Every file."""
    return tuple(sorted(path for path in PUBLIC.rglob("*") if path.is_file()))


@cache
def _parsed(path: Path) -> tuple[Any, ...]:
    """The JSON values of a file: one, or one a line; none where it is no JSON."""
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
    try:
        return (json.loads(text),)
    except ValueError:
        return tuple(_lines(text)) if path.suffix == ".ndjson" else ()


def _lines(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that stands for itself: in a file, in a Bundle, in a list, in a prefetch."""

    resource: Json
    full_url: str | None = None

    @property
    def type(self) -> str:
        """The type that it says it is of."""
        return str(self.resource["resourceType"])


def _within(found: Any, full_url: str | None = None) -> Iterator[Found]:
    if isinstance(found, list):
        for one in found:
            yield from _within(one)
    elif isinstance(found, dict) and found.get("resourceType") == "Bundle":
        for entry in found.get("entry") or ():
            if isinstance(entry, dict):
                yield from _within(entry.get("resource"), entry.get("fullUrl"))
    elif isinstance(found, dict) and isinstance(found.get("resourceType"), str):
        yield Found(found, full_url)
    elif isinstance(found, dict) and isinstance(found.get("prefetch"), dict):
        for one in found["prefetch"].values():
            yield from _within(one)


@cache
def all_resources() -> tuple[tuple[str, Json], ...]:
    """Every resource of the data, and the file it is from."""
    return tuple(
        (str(path.relative_to(PUBLIC)), one.resource)
        for path in paths()
        for found in _parsed(path)
        for one in _within(found)
    )


# --- Patients -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Person:
    """One patient, first, and what is theirs: of a Bundle, or single resources of one folder."""

    of: str
    id: str
    found: tuple[Found, ...]

    def bundle(self) -> bytes:
        """A Bundle of it."""
        entries = [
            {"resource": one.resource} | ({"fullUrl": one.full_url} if one.full_url else {})
            for one in self.found
        ]
        whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        return json.dumps(whole).encode()

    def request(self) -> bytes:
        """A call of the service that brings everything along, as a server would have it."""
        answers: dict[str, Any] = dict.fromkeys(PREFETCH_KEYS)
        answers["patient"] = self.found[0].resource
        for one in self.found[1:]:
            for key in _keys_of(one.resource):
                answers[key] = answers[key] or {"resourceType": "Bundle", "entry": []}
                answers[key]["entry"].append({"resource": one.resource})
        whole = {
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/p", "patientId": self.id},
            "prefetch": answers,
        }
        text = json.dumps(whole)
        # a server that takes in a Bundle gives its references their own form
        for one in self.found:
            if one.full_url and one.full_url.startswith("urn:") and one.resource.get("id"):
                text = text.replace(f'"{one.full_url}"', f'"{one.type}/{one.resource["id"]}"')
        return text.encode()


_KEYS: Final[Mapping[str, str]] = {
    "Condition": "problems",
    "DiagnosticReport": "imaging",
    "Procedure": "procedures",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "Medication": "medicines",
    "MedicationAdministration": "given",
    "AllergyIntolerance": "allergies",
    "Encounter": "stays",
    "Device": "devices",
    "ServiceRequest": "orders",
    "BodyStructure": "imagingObs",
    "Observation": "function",
}
# A word of the category, as a code → the key that is asked for by that category.
_BY_CATEGORY: Final[Mapping[tuple[str, str], str]] = {
    ("Condition", "encounter-diagnosis"): "encounterDx",
    ("DiagnosticReport", "LP29708-2"): "heartLung",
    ("Observation", "imaging"): "imagingObs",
    ("Observation", "social-history"): "social",
    ("Observation", "vital-signs"): "vitals",
    ("Observation", "laboratory"): "labs",
}


def _keys_of(one: Json) -> tuple[str, ...]:
    """The keys whose queries would bring a resource; a code asked for elsewhere, its category."""
    kind = one["resourceType"]
    category = json.dumps(one.get("category"))
    by_category = [
        key for (of, word), key in _BY_CATEGORY.items() if of == kind and f'"{word}"' in category
    ]
    return tuple(by_category) or ((_KEYS[kind],) if kind in _KEYS else ())


def _subject(one: Json) -> str | None:
    """The reference by which a resource names its patient."""
    for name in ("subject", "patient"):
        pointer = one.get(name)
        written = pointer.get("reference") if isinstance(pointer, dict) else None
        if isinstance(written, str):
            return written
    return None


def _patient_id(one: Found) -> str | None:
    """Whose a resource is, by the end of the reference."""
    if one.type == "Patient":
        id_ = one.resource.get("id")
        return id_ if isinstance(id_, str) else None
    found = re.search(
        r"(?:Patient/|urn:uuid:)([A-Za-z0-9.\-]{1,64})$", _subject(one.resource) or ""
    )
    return found[1] if found else None


@cache
def people() -> tuple[Person, ...]:
    """Every patient: those of a Bundle file by file, single resources folder by folder."""
    theirs: dict[tuple[str, str], list[Found]] = {}
    shared: dict[str, list[Found]] = {}  # a Medication is nobody's: whoever points to it
    for path in paths():
        single = path.parent.relative_to(PUBLIC)
        for document in _parsed(path):
            is_single = isinstance(document, dict) and document.get("resourceType") != "Bundle"
            of = f"{single}/*" if is_single else str(path.relative_to(PUBLIC))
            for one in _within(document):
                if one.type == "Medication":
                    shared.setdefault(of, []).append(one)
                elif one.type and (id_ := _patient_id(one)):
                    theirs.setdefault((of, id_), []).append(one)
    return tuple(
        Person(of, id_, (*_patient_first(id_, found), *shared.get(of, ())))
        for (of, id_), found in sorted(theirs.items())
    )


def _patient_first(id_: str, found: list[Found]) -> list[Found]:
    """The Patient before all else; a made one where the data has none."""
    patient = [one for one in found if one.type == "Patient"][:1]
    rest = [one for one in found if one.type != "Patient"]
    urns = {s for one in rest if (s := _subject(one.resource)) and s.startswith("urn:")}
    made = Found({"resourceType": "Patient", "id": id_}, min(urns, default=None))
    return [*(patient or [made]), *rest]


# --- What we make of them -------------------------------------------------------------------------


def _told(chart: Chart) -> str:
    """What was read, set aside and noted; no value of the chart."""
    parts = []
    if kinds := Counter(entry.kind.value for entry in chart.entries):
        parts.append(f"read {_counts(kinds)}")
    if reasons := set_aside(chart):
        parts.append(f"aside {_counts(reasons)}")
    if notes := [*chart.notes, *([chart.not_valid] if chart.not_valid else [])]:
        parts.append(f"notes {'; '.join(notes)}")
    return " | ".join(parts) or "nothing to read"


def set_aside(chart: Chart) -> Counter[str]:
    """The reasons, and how often each."""
    reasons = Counter(one.reason for one in chart.skipped)
    reasons.update(reason for _, reason in chart.of_others)
    return reasons


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(found.items()))


def judged(document: bytes) -> str:
    """What `evaluate` says of a document."""
    try:
        assessment = evaluate(document, AS_OF)
    except AdvisorError as error:
        return f"{error.status} {error}"
    return f"{assessment.status.value} | {_told(assessment.case.chart)}"


def hook_of(body: bytes) -> str:
    """The hook that a call names, if we have it; else that of charts."""
    try:
        named = json.loads(body).get("hook")
    except (ValueError, AttributeError):
        named = None
    return named if named in services.HOOKS else services.PATIENT_VIEW.hook


def answered(body: bytes) -> str:
    """What the service of its hook says to a call."""
    try:
        asked = parse(body, frozenset({hook_of(body)}))
        found = answer(asked, now=NOON, rule_book_url="http://localhost")
    except AdvisorError as error:
        return f"{error.status} {error}"
    return f"{len(found.cards)} cards"


def snapshot() -> str:
    """A line for each file and each patient; those of which the same is said share one."""
    alike: Counter[tuple[str, str]] = Counter()
    for path in paths():
        said = judged(path.read_bytes())
        # what is refused the same way throughout a folder is told once
        folder = path.parent.relative_to(PUBLIC)
        name = f"{folder}/*{path.suffix}" if said.startswith("4") else f"{folder}/{path.name}"
        alike[name, f"evaluate {said}"] += 1
    for person in people():
        said, service = judged(person.bundle()), answered(person.request())
        alike[person.of, f"patient {said} | service {service}"] += 1
    lines = [
        f"{name}: {said}" + (f" ({count} alike)" if count > 1 else "")
        for (name, said), count in sorted(alike.items())
    ]
    return "\n".join(lines) + "\n"


def _charts() -> Iterator[tuple[Person, Chart]]:
    for person in people():
        yield person, read_document(person.bundle(), person.id)


def silent() -> set[tuple[str, str]]:
    """The types and statuses of what was neither read nor set aside."""
    lost = set()
    for person, chart in _charts():
        told = {one.reference for one in (*chart.entries, *chart.skipped)}
        told |= {reference for reference, _ in chart.of_others}
        for number, one in enumerate(person.found):
            id_ = one.resource.get("id")
            reference = f"{one.type}/{id_}" if id_ else f"entry[{number}]"
            if one.type in parts.KINDS and reference not in told:
                status, intent = one.resource.get("status"), one.resource.get("intent")
                lost.add((one.type, str(intent if status == "active" else status)))
    return lost


def _table(heading: str, rows: Mapping[str, int]) -> list[str]:
    lines = [f"| {heading} | |", "|---|---|"]
    return [*lines, *(f"| {name} | {count} |" for name, count in rows.items()), ""]


def _by_count(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _outcome(said: str) -> str:
    """What came of a file, without the numbers of its patients."""
    if not said.startswith("4"):
        return said.partition(" |")[0]
    if "neither" in said:
        return "refused: neither a Bundle nor a CDS Hooks request (a single resource, a card)"
    reason = said[4:].partition(":")[0]
    return "refused: " + re.sub(r"holds \d+ Patients", "holds several Patients", reason)


def counts() -> str:
    """What docs/real-charts.md tells, as Markdown."""
    files = Counter(_outcome(judged(path.read_bytes())) for path in paths())
    services = Counter(
        "no card" if (said := answered(person.request())) == "0 cards" else f"status {said[:3]}"
        for person in people()
    )
    read_types = Counter(
        "of a type that is read" if one["resourceType"] in resources.READ_TYPES else "of another"
        for _, one in all_resources()
    )
    entries: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    for _, chart in _charts():
        entries.update(entry.kind.value for entry in chart.entries)
        aside.update(set_aside(chart))
    found = [
        validity.problem(json.dumps(one).encode())
        for _, one in all_resources()
        if one["resourceType"] in resources.READ_TYPES - {"Bundle", "OperationOutcome"}
    ]
    breaches = Counter(
        re.sub(r"^.*`[^`]*`", "an element", one).replace("it has an", "an") for one in found if one
    )
    lines = [
        *_table(f"`evaluate`, {len(paths())} files", _by_count(files)),
        *_table(f"the service, {len(people())} patients", _by_count(services)),
        *_table(f"{len(all_resources())} resources", _by_count(read_types)),
        *_table(f"{sum(entries.values())} entries read of the patients", _by_count(entries)),
        *_table(f"{sum(aside.values())} resources of theirs set aside", _by_count(aside)),
        *_table(
            f"{sum(breaches.values())} of {len(found)} resources read that fhir.resources refuses",
            _by_count(breaches),
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(counts())
