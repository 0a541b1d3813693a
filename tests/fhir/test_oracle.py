"""What we read equals what fhir.resources reads; every fixture is valid and told in its README."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class
from msgspec import Raw, Struct

from cds_hooks import services
from cds_hooks.answer import answer, parse
from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import evaluate
from cds_hooks.fhir import resources
from rules.assess import Indicator, indicator
from tests.build import TODAY
from tests.fhir import public
from tests.fhir.stories import (
    CHARTS,
    MALFORMED,
    ORDERS,
    REFUSED,
    REQUESTS,
    SANDBOX,
    STORIES,
    name_of,
    told,
)


def _resources(found: Any) -> Iterator[dict[str, Any]]:
    """Every resource of a document, a Bundle and what it holds too, at any depth."""
    if isinstance(found, dict):
        if "resourceType" in found:
            yield found
        for part in found.values():
            yield from _resources(part)
    elif isinstance(found, list):
        for part in found:
            yield from _resources(part)


def _of_story(path: Path) -> list[dict[str, Any]]:
    return list(_resources(json.loads(path.read_text("utf-8"), parse_float=Decimal)))


# Read apart from their resource: the field → what it is read as.
_APART: Mapping[str, Any] = {
    "timing": resources.Timing,
    "doseAndRate": list[resources.DoseAndRate],
    "dose": resources.Quantity,
    "doseQuantity": resources.Quantity,
}


def _read_apart(read: Raw, place: str) -> object:
    """What is read apart from its resource; what is only noticed: whether it is there."""
    apart = _APART.get(place.rpartition(".")[2])
    if apart is None or not resources.is_there(read):
        return resources.is_there(read)
    found = resources.part(read, apart)
    assert found is not None, place
    return found


def _differences(lean: object, oracle: Any, place: str) -> Iterator[str]:
    """Where a lean struct differs from the same resource as fhir.resources has it."""
    if isinstance(lean, Raw):
        lean = _read_apart(lean, place)
        if isinstance(lean, bool):
            oracle = oracle is not None
    if isinstance(lean, Struct):
        assert isinstance(oracle, dict), place
        for field in msgspec.structs.fields(lean):
            value = getattr(lean, field.name)
            yield from _differences(value, oracle.get(field.encode_name), f"{place}.{field.name}")
        return
    if isinstance(lean, list):
        if not isinstance(oracle, list) or len(lean) != len(oracle):
            yield f"{place}: {lean} is not {oracle}"
            return
        for number, (one, other) in enumerate(zip(lean, oracle, strict=True)):
            if isinstance(one, Raw):
                continue  # entries and contained resources are compared on their own
            yield from _differences(one, other, f"{place}[{number}]")
    elif not _is_same(lean, oracle):
        yield f"{place}: {lean!r} is not {oracle!r}"


def _is_same(lean: object, oracle: object) -> bool:
    if isinstance(oracle, datetime):
        if not isinstance(lean, str):
            return False
        at = datetime.fromisoformat(lean)
        return at == oracle and at.utcoffset() == oracle.utcoffset()
    if isinstance(oracle, date):
        return lean == oracle.isoformat()
    if isinstance(lean, Decimal):
        # fhir.resources dumps a Decimal as a float
        return isinstance(oracle, int | float) and lean == Decimal(str(oracle))
    return type(lean) is type(oracle) and lean == oracle


@pytest.mark.parametrize("path", STORIES, ids=name_of)
def test_every_lean_field_equals_what_fhir_resources_reads(path: Path) -> None:
    compared = 0
    for one in _of_story(path):
        name = one["resourceType"]
        if name in resources.READ_TYPES:
            lean = resources.decode(json.dumps(one, default=float).encode())
            oracle = get_fhir_model_class(name).model_validate(one).model_dump()
            assert not list(_differences(lean, oracle, name))
            compared += 1
    assert compared > 1


@public.needs_public
def test_every_lean_field_of_the_public_data_equals_what_fhir_resources_reads() -> None:
    compared = 0
    for file, one in public.all_resources():
        name = one["resourceType"]
        if name in resources.READ_TYPES:
            lean = resources.decode(json.dumps(one).encode())
            try:
                oracle = get_fhir_model_class(name).model_validate(one).model_dump()
            except ValueError:
                continue  # not valid R4: `test_validity` says what is told of it
            assert not list(_differences(lean, oracle, name)), file
            compared += 1
    assert compared > 1800


def test_the_comparison_notices_a_difference() -> None:
    lean = resources.Observation(status="final", valueInteger=1)
    assert not list(_differences(lean, {"status": "final", "valueInteger": 1}, "Observation"))
    for changed in (
        {"status": "amended", "valueInteger": 1},
        {"status": "final", "valueInteger": 2},
        {"status": "final"},
        {"status": "final", "valueInteger": 1, "valueString": "1"},
    ):
        assert list(_differences(lean, changed, "Observation"))


@pytest.mark.parametrize("path", [*STORIES, *ORDERS, *REFUSED], ids=name_of)
def test_every_fixture_is_valid_r4(path: Path) -> None:
    for one in _of_story(path):
        get_fhir_model_class(one["resourceType"]).model_validate(one)


# The README ---------------------------------------------------------------------------------------


def test_every_fixture_is_told_in_the_readme_and_nothing_else_is() -> None:
    everything = (*STORIES, *ORDERS, *SANDBOX, *REFUSED, *MALFORMED)
    assert {name_of(path) for path in everything} == set(told())


def _words(path: Path) -> tuple[str, str]:
    """The status expected, and all that is said of it."""
    cell = told()[name_of(path)]
    statuses = [part for part in cell.split("`")[1::2] if part]
    return (statuses[0] if statuses else ""), cell


@pytest.mark.parametrize("path", CHARTS, ids=name_of)
def test_a_chart_has_the_status_that_the_readme_tells(path: Path) -> None:
    status, cell = _words(path)
    assessment = evaluate(path.read_bytes(), date.fromisoformat(TODAY))
    assert assessment.status.value == status
    if "warning" in cell:
        assert indicator(assessment) is Indicator.WARNING
    if "to confirm" in cell:
        assert assessment.of("inpatient-icu-setting").outcome.value == "confirm"


NOON = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")


def _answer(path: Path) -> dict[str, Any]:
    asked = parse(path.read_bytes(), services.HOOKS)
    return answer(asked, now=NOON, rule_book_url="http://localhost").response


@pytest.mark.parametrize("path", REQUESTS, ids=name_of)
def test_a_request_gives_the_card_that_the_readme_tells(path: Path) -> None:
    status, cell = _words(path)
    found = _answer(path)["cards"]
    assert len(found) == (0 if cell.startswith("no card") else 1)
    if found:
        assert found[0]["extension"]["org.il2advisor.assessment"]["status"] == status
        assert ("warning" not in cell) or found[0]["indicator"] == "warning"


@pytest.mark.parametrize("path", REFUSED, ids=name_of)
def test_a_refused_request_has_the_error_that_the_readme_tells(path: Path) -> None:
    with pytest.raises(AdvisorError) as caught:
        _answer(path)
    expected = told()[name_of(path)]
    assert str(caught.value.status) == expected or (
        expected == "4xx" and 400 <= caught.value.status < 500
    )


@pytest.mark.parametrize("path", MALFORMED, ids=name_of)
def test_a_malformed_file_is_refused_or_read_around_as_the_readme_tells(path: Path) -> None:
    status, cell = _words(path)
    if cell.startswith("refuses"):
        with pytest.raises(AdvisorError):
            evaluate(path.read_bytes(), date.fromisoformat(TODAY))
    else:
        assessment = evaluate(path.read_bytes(), date.fromisoformat(TODAY))
        assert assessment.status.value == status
        assert len(assessment.case.chart.skipped) == 1
