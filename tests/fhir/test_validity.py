"""
What is said of a resource that breaks FHIR R4: the same as fhir.resources finds, and no value.

Where the two differ, the difference is named here with its reason; none of them is silence about a
field that is read.
"""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_hooks.fhir import resources, validity
from rules.chart import Observation
from tests import elements
from tests.build import LOCAL, PLATELETS, Resource, lab, patient
from tests.fhir import public
from tests.fhir.reading import asked, bundle, read, the
from tests.fhir.stories import STORIES

CHECKED: Final = resources.READ_TYPES - {"Bundle", "OperationOutcome"}


def _accepts(one: Resource) -> bool:
    try:
        get_fhir_model_class(one["resourceType"]).model_validate(copy.deepcopy(one))
    except (ValueError, KeyError, TypeError, AttributeError):
        # fhir.resources raises the last three where a type of a contained resource is none
        return False
    return True


def _problem(one: Resource) -> str | None:
    return validity.problem(json.dumps(one).encode())


def _of_checked_types(found: Any) -> Iterator[Resource]:
    if isinstance(found, dict):
        if found.get("resourceType") in CHECKED:
            yield found
        else:
            for part in found.values():
                yield from _of_checked_types(part)
    elif isinstance(found, list):
        for part in found:
            yield from _of_checked_types(part)


@cache
def _of_stories() -> tuple[Resource, ...]:
    return tuple(
        one for path in STORIES for one in _of_checked_types(json.loads(path.read_bytes()))
    )


def test_what_r4_allows_is_current() -> None:
    assert elements.FILE.read_text(encoding="utf-8") == elements.text(), (
        "run `python -m tests.elements` and commit what it writes"
    )


def test_every_type_that_is_read_is_checked() -> None:
    assert {one["resourceType"] for one in _of_stories()} <= CHECKED
    for name in CHECKED:
        said = _problem({"resourceType": name, "neverHeardOf": 1})
        assert said is not None
        assert not said.startswith("cannot")
        assert not said.startswith("`resourceType`")


def test_every_fixture_is_valid() -> None:
    assert len(_of_stories()) > 500
    assert not [said for one in _of_stories() if (said := _problem(one))]


@public.needs_public
def test_it_agrees_with_fhir_resources_on_all_public_data() -> None:
    checked = [
        (file, one) for file, one in public.all_resources() if one["resourceType"] in CHECKED
    ]
    assert len(checked) > 1800
    differ = [
        (file, one.get("id"), said)
        for file, one in checked
        if _accepts(one) is not ((said := _problem(one)) is None)
    ]
    assert not differ
    assert sum(_problem(one) is not None for _, one in checked) > 40


# A table of every kind of breach ------------------------------------------------------------------

_GOOD: Final[Resource] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p"},
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"status": None}, "`status` is missing"),
        ({"status": None, "_status": {"extension": [{"url": "u", "valueCode": "c"}]}}, None),
        ({"_status": {}}, "`_status` says nothing"),
        ({"status": ""}, "`status` is no code"),
        ({"status": " final"}, "`status` is no code"),
        ({"code": "x"}, "`code` is no object"),
        ({"code": {"text": ""}}, "`code.text` is empty"),
        ({"code": {"text": "\u00a0"}}, "a text is blank"),
        ({"code": {"text": "\u00a0x\u00e9"}}, None),
        ({"code": {"text": '"\u00a0'}}, None),
        ({"category": {"text": "x"}}, "`category` is not a list"),
        ({"category": [None]}, "`category[0]` is null"),
        ({"category": [{"coding": [{"code": "a  b"}]}]}, "`category[0].coding[0].code` is no code"),
        ({"effectiveDateTime": "2026-02-29"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2024-02-29"}, None),
        ({"effectiveDateTime": "1900-02-29"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2000-02-29"}, None),
        ({"effectiveDateTime": "2026-04-31"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "0000-01-01"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026"}, None),
        ({"effectiveDateTime": "2026-13"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026-11-24T10:00"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026-11-24T10:00:00"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026-11-24T10:00:60Z"}, None),
        ({"effectiveDateTime": "2026-11-24T10:00:00+14:30"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026-11-24T24:00:00Z"}, "`effectiveDateTime` is no R4 date"),
        ({"effectiveDateTime": "2026-11-24\n"}, "`effectiveDateTime` is no R4 date"),
        ({"effectivePeriod": {"start": "?"}}, "`effectivePeriod.start` is no R4 date"),
        ({"issued": "2026-11-24"}, "`issued` is no R4 instant"),
        ({"valueTime": "10:00"}, "`valueTime` is no R4 time"),
        ({"valueString": "a", "valueInteger": 1}, "`value[x]` has more than one value"),
        ({"valueInteger": 2**31}, "`valueInteger` is out of range"),
        ({"valueQuantity": {"value": "<5"}}, "`valueQuantity.value` is no number"),
        ({"valueQuantity": {"value": 5, "comparator": "<"}}, None),
        ({"component": [{}]}, "`component[0].code` is missing"),
        (
            {"component": [{"code": {}, "x": 1}]},
            "`component[0]` has an element that R4 does not have",
        ),
        ({"x": 1}, "it has an element that R4 does not have"),
        ({"id": "a_b"}, "`id` is no id"),
        ({"text": {"status": "generated"}}, "`text.div` is missing"),
        ({"extension": [{}]}, "`extension[0].url` is missing"),
        (
            {"extension": [{"url": "u", "valueCode": "a", "valueString": "b"}]},
            "`extension[0].value[x]` has more than one value",
        ),
        (
            {"extension": [{"url": "u", "valueBase64Binary": "a"}]},
            "`extension[0].valueBase64Binary` is no base64",
        ),
        (
            {"subject": {"identifier": {"assigner": {"identifier": {"use": ""}}}}},
            "`subject.identifier.assigner.identifier.use` is no code",
        ),
        ({"contained": [{"resourceType": "Patient", "id": "a"}]}, None),
        ({"contained": [{"resourceType": "Nothing"}]}, "`contained[0]` is of no type that R4 has"),
        (
            {"contained": [{"resourceType": "Medication", "code": []}]},
            "in `contained[0]`: `code` is no object",
        ),
    ],
)
def test_where_a_resource_breaks_r4(changed: Resource, expected: str | None) -> None:
    one = {**_GOOD, **changed}
    assert _problem(one) == expected
    assert _accepts(one) is (expected is None)


@pytest.mark.parametrize(
    "one",
    [
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order"},
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "effectiveDateTime": "2026",
        },
    ],
)
def test_a_choice_that_must_be_made(one: Resource) -> None:
    whole = {**one, "subject": {"reference": "Patient/p"}}
    assert _problem(whole) == "`medication[x]` is missing"
    assert not _accepts(whole)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"valueQuantity": {"value": "5"}}, "a number in quotation marks is a text"),
        ({"valueInteger": 5.0}, "R4 writes whole numbers without a point"),
        ({"valueBoolean": "true"}, "a truth value in quotation marks is a text"),
        ({"valueBoolean": 1}, "a number is no truth value"),
        ({"code": None}, "null is no code"),
        ({"effectiveDateTime": 1577836800}, "a number is no date"),
        ({"fhir_comments": "x"}, "R4 has no comments"),
        ({"status__ext": {"id": "x"}}, "a name of the models"),
        ({"subject": {"resourceType": "Reference"}}, "only resources tell their type"),
        ({"contained": [{}]}, "a resource tells its type"),
        ({"id": "x" * 65}, "an id has at most 64 characters"),
        ({"valueQuantity": {"value": 10**400}}, "no machine holds the number"),
        ({"extension": [{"url": "\u00a0"}]}, "a text of nothing but space"),
    ],
)
def test_what_is_told_although_fhir_resources_lets_it_pass(changed: Resource, why: str) -> None:
    one = {**_GOOD, **changed}
    assert _accepts(one), why
    assert _problem(one)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"extension": [{"url": "u", "_valueCode": {"id": "x"}}]},
            "R4 lets the value of an Extension have an extension, the models do not",
        ),
        (
            {"contained": [{"resourceType": "Practitioner", "name": 1}]},
            "a contained resource of a type that is not read is not looked into",
        ),
    ],
)
def test_what_is_not_told_although_fhir_resources_refuses_it(changed: Resource, why: str) -> None:
    """None of these is a field that is read."""
    one = {**_GOOD, **changed}
    assert not _accepts(one), why
    assert _problem(one) is None


# Whatever is done to a fixture --------------------------------------------------------------------

_odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        *("", " ", "x", "a  b", "\t", "2026-02-30", "2026", "2026-11-24T10:00", "final", "\u00a0"),
        *("2026-11-24T10:00:00Z", "10:00:00", "urn:oid:1.2", "12345678"),
        *(-1, 0, 7, 2**31, 1.5, None, [], {}, [None], [{}], [""], ["x"], [[]]),
        *({"value": None}, {"coding": {}}, {"reference": "x"}, {"start": "?"}, {"extension": []}),
    ]
)


def _places(found: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if so_far:
        yield so_far
    if not isinstance(found, dict | list):
        return
    for key, part in found.items() if isinstance(found, dict) else enumerate(found):
        if key != "resourceType":
            yield from _places(part, (*so_far, key))


@given(data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_agrees_with_fhir_resources_whatever_is_done_to_a_fixture(data: st.DataObject) -> None:
    one = copy.deepcopy(data.draw(st.sampled_from(_of_stories())))
    for _ in range(data.draw(st.integers(1, 2))):
        places = list(_places(one))
        if places:
            _change(one, data.draw(st.sampled_from(places)), data)
    said, is_accepted = _problem(one), _accepts(one)
    if is_accepted and said is not None:
        assert _is_lax(said), (said, one)
    else:
        assert (said is None) is is_accepted, (said, one)


def _change(one: Resource, place: tuple[Any, ...], data: st.DataObject) -> None:
    inside: Any = one
    for step in place[:-1]:
        inside = inside[step]
    match data.draw(st.sampled_from(["drop", "list", "no list", "odd", "unknown", "twice"])):
        case "drop":
            del inside[place[-1]]
        case "list":
            inside[place[-1]] = [inside[place[-1]]]
        case "no list":
            value = inside[place[-1]]
            inside[place[-1]] = value[0] if isinstance(value, list) and value else value
        case "odd":
            inside[place[-1]] = copy.deepcopy(data.draw(_odd))
        case "unknown" if isinstance(inside, dict):
            inside["neverHeardOf"] = 1
        case "twice" if one["resourceType"] == "Observation":
            one["valueString"], one["valueTime"] = "x", "10:00:00"


def _is_lax(said: str) -> bool:
    """Whether it is a type of value on which fhir.resources is lax, as the table above shows."""
    return said.endswith(
        (
            "is neither true nor false",
            "is no number",
            "is no whole number",
            "is no text",
            "is null",
            "a text is blank",
            "is of no type that R4 has",
        )
    )


def test_nothing_of_the_chart_is_in_what_is_told() -> None:
    marker = "Zanzibar"
    for one in _of_stories()[:200]:
        for place in _places(one):
            changed = copy.deepcopy(one)
            inside: Any = changed
            for step in place[:-1]:
                inside = inside[step]
            for value in (marker, f" {marker}  {marker}", [marker], {marker: marker}):
                inside[place[-1]] = value
                assert marker not in (_problem(changed) or "")


# The note -----------------------------------------------------------------------------------------


def _broken_lab(number: int) -> Resource:
    return lab(PLATELETS, "200 10*3/uL", id=f"lab-{number}", method=[])


def test_what_was_read_although_it_breaks_r4_is_told_in_a_note() -> None:
    whole = read(_broken_lab(1))
    assert the(Observation, whole).value
    assert whole.not_valid == (
        "read although not valid FHIR R4: 1 entry (Observation/lab-1: `method` is no object)"
    )
    assert not whole.notes  # the card has enough to say
    assert not whole.skipped


def test_the_note_tells_those_alike_together() -> None:
    note = asked({"labs": bundle(*(_broken_lab(number) for number in range(12)))}).not_valid
    assert note == (
        "read although not valid FHIR R4: 12 entries "
        "(Observation/lab-0 and 11 alike: `method` is no object)"
    )


def test_the_note_tells_three_problems_and_counts_the_rest() -> None:
    names = ("method", "device", "specimen", "encounter", "subject")
    found = [(f"Observation/{name}", f"`{name}` is no object") for name in (*names, *names)]
    assert validity.note(found) == (
        "read although not valid FHIR R4: 10 entries "
        "(Observation/method and 1 alike: `method` is no object; "
        "Observation/device and 1 alike: `device` is no object; "
        "Observation/specimen and 1 alike: `specimen` is no object; and 4 more)"
    )


def test_an_entry_that_no_rule_looks_for_is_not_told() -> None:
    local = lab(LOCAL, "200 10*3/uL", method=[])
    assert read(local).not_valid is None


def test_a_valid_chart_has_no_note() -> None:
    assert read(lab(PLATELETS, "200 10*3/uL")).not_valid is None


def test_a_patient_that_breaks_r4_is_told() -> None:
    note = asked({"patient": patient(name={"text": "x"})}).not_valid
    assert note == "read although not valid FHIR R4: 1 entry (Patient: `name` is not a list)"


@pytest.mark.parametrize("id_", ["<script>", "a\nb", "**bold**", "a b", "x" * 65])
def test_an_id_that_is_none_is_not_told(id_: str) -> None:
    note = read(lab(PLATELETS, "200 10*3/uL", id=id_)).not_valid
    assert note == "read although not valid FHIR R4: 1 entry (Observation: `id` is no id)"
