"""A document → its chart, in one word."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cds_hooks.evaluate import read_document
from rules.chart import Chart, Entry, Query
from tests.build import PATIENT_ID, Resource, chart, patient, request

_E = TypeVar("_E", bound=Entry)


def read(*resources: Resource) -> Chart:
    """The chart of our patient, from a file with these resources."""
    return read_document(chart(*resources), PATIENT_ID)


def asked(answers: Mapping[str, object]) -> Chart:
    """The chart that these prefetch values make; our Patient is added."""
    return read_document(request({"patient": patient(), **answers}))


def the(record: type[_E], document: Chart | Resource) -> _E:
    """The only entry of a kind."""
    whole = document if isinstance(document, Chart) else read(document)
    found = [one for one in whole.entries if isinstance(one, record)]
    assert len(found) == 1, f"{len(found)} entries, {len(whole.skipped)} skipped"
    return found[0]


def codes_of(entry: Entry) -> list[str]:
    """The codes of an entry, as the chart wrote them."""
    return [c.written or c.code for c in entry.codings]


def date_of(entry: Entry) -> str | None:
    """The date of an entry, as the chart wrote it; None: it has none that can be read."""
    return entry.when.text if entry.when else None


def answer_of(value: object, query: Query = Query.LABS) -> str:
    """The state of one query whose prefetch value this is."""
    return asked({query.value: value}).answers[query].value


def bundle(*resources: Any, **fields: Any) -> Resource:
    """A searchset; what is no dict goes in as an entry as it is."""
    entries = [{"resource": one} if isinstance(one, dict) else one for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries} | fields


def outcome(*codes: str, severity: str = "warning") -> Resource:
    """An OperationOutcome with one issue for each of Epic's codes; none: an issue without one."""
    system = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"
    issues = [
        {
            "severity": severity,
            "code": "processing",
            "details": {"coding": [{"system": system, "code": code}]},
        }
        for code in codes
    ]
    bare = {"severity": severity, "code": "processing"}
    return {"resourceType": "OperationOutcome", "issue": issues or [bare]}
