"""Charts that hypothesis makes: a chart in order, less some entries, with entries of the tables."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from hypothesis import strategies as st

from cds_hooks.evaluate import read_document
from cds_hooks.fhir.resources import READ_TYPES
from rules.assess import assess
from rules.case import Case
from rules.criteria import CRITERIA
from rules.model import Assessment, Outcome, Why
from tests.build import (
    PATIENT_ID,
    TODAY,
    Resource,
    aldesleukin_order,
    chart,
    nothing_against,
    prefetch_of,
    request,
)
from tests.rulebook import rows_of

Answer = tuple[Outcome, Why | None]
_MOST = 6


def _resources(found: Any) -> Iterator[Resource]:
    """Every resource about our patient in a document, but the Patient itself."""
    if isinstance(found, list):
        for one in found:
            yield from _resources(one)
    elif isinstance(found, dict):
        if found.get("resourceType") in (None, "Bundle"):
            for one in found.values():
                yield from _resources(one)
        elif f'"Patient/{PATIENT_ID}"' in json.dumps(found):
            yield found


@cache
def pool() -> Sequence[Resource]:
    """Every resource of the tables of all criteria, once."""
    found: dict[str, Resource] = {}
    for criterion in CRITERIA:
        for row in rows_of(criterion):
            for one in _resources(json.loads(row.document)):
                found.setdefault(json.dumps({**one, "id": ""}, sort_keys=True), one)
    return tuple(found.values())


@st.composite
def charts(draw: st.DrawFn) -> list[Resource]:
    """A chart in order, with or without an order of IL-2, changed here and there."""
    base = list(nothing_against(order=aldesleukin_order() if draw(st.booleans()) else None))
    gone = draw(st.sets(st.integers(1, len(base) - 1), max_size=_MOST))
    more = draw(st.lists(st.sampled_from(pool()), max_size=_MOST, unique_by=lambda one: one["id"]))
    return [one for number, one in enumerate(base) if number not in gone] + more


def assessed(*resources: Resource) -> Assessment:
    """The assessment of a file with these resources."""
    return assess(Case(read_document(chart(*resources), PATIENT_ID), date.fromisoformat(TODAY)))


def asked(resources: Sequence[Resource], withheld: str | None = None) -> Assessment:
    """The assessment of a request with these resources, less one query."""
    # no template asks for statements: fhir-notes.md, "Rejected"
    types = READ_TYPES - {"MedicationStatement"}
    prefetch = prefetch_of(*(one for one in resources if one["resourceType"] in types))
    if withheld is not None:
        del prefetch[withheld]
    return assess(Case(read_document(request(prefetch)), date.fromisoformat(TODAY)))


def alone(assessment: Assessment) -> Mapping[str, Answer]:
    """The same of every criterion by itself: an order of another use sets no row aside."""
    found = {one.id: one.assess(assessment.case) for one in CRITERIA}
    return {row: (finding.outcome, finding.why) for row, finding in found.items()}


def answers(assessment: Assessment) -> Mapping[str, Answer]:
    """Outcome and reason of every criterion."""
    return {j.criterion.id: (j.finding.outcome, j.finding.why) for j in assessment.judged}
