"""
Any file of FHIR resources → what the rules would read of it.

A chart is read as `evaluate` reads it. For a mapping it does not matter whose a resource is: a
file that is no chart of one patient (single resources, several patients, lines of an export,
requests of other hooks) is read resource by resource.
"""

from collections.abc import Iterator

from msgspec import Raw

from cds_hooks import evaluate as documents
from cds_hooks.errors import AdvisorError
from cds_hooks.fhir import chart as fhir
from cds_hooks.fhir import local, resources, skipped
from cds_hooks.fhir.bundles import contents
from cds_hooks.fhir.medications import Medications
from cds_hooks.fhir.references import References
from cds_hooks.fhir.resources import Bundle, Medication, OperationOutcome
from cds_hooks.fhir.resources import Patient as FhirPatient
from rules.chart import Chart, Entry, Patient, Skipped
from rules.local_codes import LocalRows
from rules.site_rules import PUBLISHED, SiteRules

_NOBODY = References("", None, {})


def read(document: bytes, rules: SiteRules = PUBLISHED) -> Chart:
    """
    What a document holds, with the site's own codes understood.

    Raises the `AdvisorError` of `read_document` if it holds no resource.
    """
    try:
        return documents.read_document(document, rules=rules)
    except AdvisorError:
        found = list(_resources(document.removeprefix(b"\xef\xbb\xbf")))
        if not found:
            raise
        return _chart(found, rules.local_rows)


def _resources(document: bytes) -> Iterator[bytes]:
    """The resources of a document, of each of its lines, or of the prefetch of a request."""
    fields = resources.part(Raw(document), dict[str, Raw])
    if fields is None:
        for line in document.splitlines():
            if resources.part(Raw(line), dict[str, Raw]) is not None:
                yield from _resources(line)
    elif "resourceType" in fields:
        yield from _unpacked(document)
    elif "hook" in fields:
        prefetch = resources.part(fields.get("prefetch", Raw(b"null")), dict[str, Raw])
        for answer in (prefetch or {}).values():
            yield from _unpacked(bytes(answer))


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """The resources of a Bundle; any other as it is."""
    try:
        one = resources.decode(raw)
    except resources.Unreadable:
        one = None
    if isinstance(one, Bundle):
        yield from (item.raw for item in contents(one).items)
    elif resources.is_there(Raw(raw)):
        yield raw


def _chart(found: list[bytes], own: LocalRows) -> Chart:
    """The entries of resources of whatever patient."""
    entries: list[Entry] = []
    aside: list[Skipped] = []
    read_types: list[fhir.Readable] = []
    shared: dict[str, Medication] = {}
    for raw in found:
        try:
            one = resources.decode(raw)
        except resources.Unreadable as error:
            left = skipped.remains(error, "", frozenset())
            aside += [left] if left is not None else []
            continue
        if isinstance(one, Medication):
            shared[f"Medication/{one.id}"] = one
        elif one is not None and not isinstance(one, FhirPatient | OperationOutcome | Bundle):
            read_types.append(one)
    medications = Medications(shared, _NOBODY)
    for number, one in enumerate(read_types):
        reference = f"{type(one).__name__}/{number}"
        try:
            entries += fhir.entries(one, reference, _NOBODY, medications)
        except fhir.SetAside as error:
            left = skipped.decoded(one, reference, str(error), frozenset(), medications)
            aside.append(left)
    return Chart(
        Patient(""),
        tuple(local.understood(entries, own)),
        skipped=tuple(local.understood(aside, own)),
    )
