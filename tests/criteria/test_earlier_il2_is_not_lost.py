"""
What is withheld or damaged never clears a row on earlier IL-2 or on immunity: not met, and not
"does not apply" either (criteria.md, "Outcome of one criterion").
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import pytest

from cds_hooks.evaluate import read_document
from rules.case import Case
from rules.criteria import autoimmunity, prior_course, prior_toxicity
from rules.model import Outcome
from tests.build import (
    ALDESLEUKIN,
    BREAST_CANCER,
    ICD10CM,
    IMPROVED,
    MELANOMA,
    PEMBROLIZUMAB,
    SEIZURE,
    SNOMED,
    STABLE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    chart,
    colonoscopy,
    condition,
    disease_status,
    encounter,
    hypertension,
    medication_administration,
    medication_request,
    prefetch_of,
    procedure,
    request,
    visit_diagnosis,
    vitamin_d,
)

CRITERIA: Final = (*autoimmunity.CRITERIA, *prior_toxicity.CRITERIA, *prior_course.CRITERIA)

PRIMARY: Final = condition(MELANOMA, id="melanoma", days_ago=700)
BREAST: Final = condition(BREAST_CANCER, id="breast", days_ago=700)
INFARCTION: Final = Code(ICD10CM, "I21.9", "Acute myocardial infarction, unspecified")
COLITIS: Final = Code(ICD10CM, "K52.1", "Toxic gastroenteritis and colitis")
STEVENS_JOHNSON: Final = Code(ICD10CM, "L51.1", "Stevens-Johnson syndrome")
BILLED: Final = Code(
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "J9015", "Aldesleukin injection"
)
VENTILATION: Final = Code(SNOMED, "1258985005", "Invasive mechanical ventilation")
ALWAYS: Final = (PRIMARY, hypertension(), colonoscopy(), vitamin_d(), encounter())


def given(days_ago: int, **fields: Any) -> Resource:
    return medication_administration(ALDESLEUKIN, days_ago=days_ago, **fields)


def stay(since: int, until: int, kind: str = "IMP") -> Resource:
    return encounter(kind=kind, days_ago=since, until_days_ago=until)


CHARTS: Final[Mapping[str, tuple[Resource, ...]]] = {
    "an infarction after the second of two courses": (
        *ALWAYS,
        given(400),
        given(200),
        condition(INFARCTION, days_ago=195, clinical="resolved"),
        disease_status(STABLE, of=PRIMARY, days_ago=100),
    ),
    "ventilated for ten days, the dose only billed": (
        *ALWAYS,
        procedure(BILLED, days_ago=200),
        procedure(VENTILATION, days_ago=None, performedPeriod={"start": ago(198), "end": ago(188)}),
    ),
    "a seizure in a visit, the dose only ordered": (
        *ALWAYS,
        medication_request(ALDESLEUKIN, status="completed", days_ago=200),
        visit_diagnosis(SEIZURE, days_ago=195),
    ),
    "improved after the first course, stable after the second": (
        *ALWAYS,
        given(400),
        disease_status(IMPROVED, of=PRIMARY, days_ago=300),
        given(100),
        disease_status(STABLE, of=PRIMARY, days_ago=60),
        aldesleukin_order(),
        stay(105, 95),
    ),
    "improved, and so did a breast cancer later": (
        *ALWAYS,
        BREAST,
        given(100),
        disease_status(STABLE, of=PRIMARY, days_ago=60),
        disease_status(IMPROVED, of=BREAST, days_ago=50),
    ),
    "improved, of which cancer is not told": (
        *ALWAYS,
        BREAST,
        given(100),
        disease_status(IMPROVED, of=None, days_ago=60),
    ),
    "discharged too recently, from a ward and from the hospital": (
        *ALWAYS,
        aldesleukin_order(),
        given(60),
        given(58),
        stay(65, 55, kind="ACUTE"),
        stay(70, 40),
    ),
    "within a course": (*ALWAYS, aldesleukin_order(), given(60), given(10), stay(65, 50)),
    "colitis after pembrolizumab, Stevens-Johnson long ago": (
        *ALWAYS,
        medication_request(PEMBROLIZUMAB, status="completed", days_ago=300),
        condition(COLITIS),
        condition(STEVENS_JOHNSON, onset="2009", clinical="resolved"),
    ),
    "no earlier aldesleukin, no checkpoint drug": (*ALWAYS, aldesleukin_order()),
}

_DAMAGE: Final[Mapping[str, Resource]] = {
    "a modifier that nobody knows": {"modifierExtension": UNKNOWN_MODIFIER},
    "a field that cannot be read": {"modifierExtension": 5},
    "no patient": {"subject": None, "patient": None},
    "no code": {"code": 5, "medicationCodeableConcept": 5, "class": 5},
}
CLEARED: Final = (Outcome.MET, Outcome.NOT_APPLICABLE)


def outcomes(document: bytes) -> Mapping[str, Outcome]:
    case = Case(read_document(document), date.fromisoformat(TODAY))
    return {one.id: one.assess(case).outcome for one in CRITERIA}


def lost(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> list[str]:
    """The rows that are cleared and were not."""
    return [row for row, found in after.items() if found in CLEARED and found != before[row]]


def damaged(resources: tuple[Resource, ...]) -> Iterator[tuple[str, bytes]]:
    for place, one in enumerate(resources):
        for how, fields in _DAMAGE.items():
            worse = {k: v for k, v in (one | fields).items() if v is not None}
            whole = (*resources[:place], worse, *resources[place + 1 :])
            yield f"{one['resourceType']} {one['id']}: {how}", chart(*whole)


@pytest.mark.parametrize("name", CHARTS)
def test_a_query_withheld_clears_no_row(name: str) -> None:
    prefetch = prefetch_of(*CHARTS[name])
    before = outcomes(request(prefetch))
    for key in prefetch:
        if key != "patient":
            less = {other: answer for other, answer in prefetch.items() if other != key}
            assert not lost(before, outcomes(request(less))), key


@pytest.mark.parametrize("name", CHARTS)
def test_a_resource_damaged_clears_no_row(name: str) -> None:
    before = outcomes(chart(*CHARTS[name]))
    for how, document in damaged(CHARTS[name]):
        assert not lost(before, outcomes(document)), how


def test_the_charts_have_something_to_lose() -> None:
    found = [outcomes(chart(*resources)) for resources in CHARTS.values()]
    for criterion in CRITERIA:
        assert {one[criterion.id] for one in found} > {Outcome.NOT_MET}, criterion.id
