"""
An element named twice: the resource contradicts itself, whichever of them was meant.

Part of reading rules 10 and 12: it is set aside, with the codes of both, and never decides.
"""

import json
from collections.abc import Callable

import pytest

from cds_hooks.errors import BadRequest, GateNotKnown, Unusable
from cds_hooks.evaluate import read_document
from cds_hooks.fhir import parts, twice
from rules.chart import Chart, Query
from tests.build import (
    ALDESLEUKIN,
    HYPERTENSION,
    MELANOMA,
    PATIENT_ID,
    PLATELETS,
    Code,
    Resource,
    chart,
    concept,
    condition,
    lab,
    medication_request,
    nothing_against,
    patient,
    request,
    verdict,
)
from tests.fhir.reading import bundle

REASON = "names an element twice"


def _insert(document: bytes, before: str, added: str) -> bytes:
    """The document with something put before the first occurrence of a text."""
    text = document.decode()
    assert before in text, before
    return text.replace(before, added + before, 1).encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a": 1, "b": {"c": [1, 2]}}', False),
        (b'{"a": 1, "a": 1}', True),
        (b'{"a": 1, "b": 2, "a": null}', True),
        (b'{"a": [{"b": {"c": 1, "c": 2}}]}', True),
        (b'{"a": {"c": 1}, "b": {"c": 1}}', False),
        (b'[{"c": 1}, {"c": 1}]', False),
        (b'{"": 1, "": 2}', True),
        (b'{"a": 1, "\\u0061": 2}', True),
        (b'{"a": "\\u0022\\u0022", "a": "x"}', True),
        (b'{"a": "x", "a": "\\u0022\\u0022\\u0022\\u0022"}', True),
        (b'{"a": "\\u0022\\u0022"}', False),
        (b'{"a": "\\"a\\": 1, \\"a\\": 2"}', False),
        (b'{"a": 1e400, "b": 1e400}', False),
        (b'{"a": 1e400, "a": 1e400}', True),
        ('{"ä": "ü\\\\/\\\\n", "b": 1.50, "c": -0.0}'.encode(), False),
        (b"not json", False),
        (b"[" * 100_000, False),
    ],
)
def test_whether_an_element_is_named_twice(raw: bytes, expected: bool) -> None:
    assert twice.holds(raw) is expected


def _labs(document: Callable[[bytes], bytes]) -> Chart:
    return read_document(document(chart(lab(PLATELETS, "200 10*3/uL", id="plt"))))


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ('"status": "final"', '"status": "entered-in-error", '),
        ('"valueQuantity"', '"valueQuantity": {"value": 20, "unit": "10*3/uL"}, '),
        ('"value":', '"value": 20, '),
        ('"subject"', '"subject": {"reference": "Patient/somebody-else"}, '),
        ('"code": {', '"code": {"text": "anything"}, '),
        ('"id": "plt"', '"note": [{"text": "a", "text": "b"}], '),
        ('"id": "plt"', '"neverHeardOf": {"a": 1, "a": 2}, '),
    ],
)
def test_a_resource_that_names_an_element_twice_is_set_aside(before: str, added: str) -> None:
    found = _labs(lambda document: _insert(document, before, added))
    assert [(one.reference, one.reason) for one in found.skipped] == [("Observation/plt", REASON)]
    assert not found.entries
    assert PLATELETS.code in {one.code for one in found.skipped[0].codings}


def test_the_last_word_of_a_status_does_not_hide_an_entry() -> None:
    found = _labs(
        lambda document: document.replace(
            b'"status": "final"', b'"status": "final", "status": "entered-in-error"'
        )
    )
    assert [one.reason for one in found.skipped] == [REASON]


def test_nor_does_the_last_subject() -> None:
    found = _labs(
        lambda document: _insert(
            document, '"valueQuantity"', '"subject": {"reference": "Patient/other"}, '
        )
    )
    assert [one.reason for one in found.skipped] == [REASON]
    assert not found.of_others


@pytest.mark.parametrize("first", [True, False])
def test_what_is_set_aside_has_the_codes_of_both(first: bool) -> None:
    one, other = (HYPERTENSION, MELANOMA) if first else (MELANOMA, HYPERTENSION)
    document = chart(condition(one, id="c"))
    coded = json.dumps(condition(other)["code"])
    found = read_document(_insert(document, '"code": {', f'"code": {coded}, '))
    codes = {coding.written or coding.code for coding in found.skipped[0].codings}
    assert codes >= {HYPERTENSION.code, MELANOMA.code}


def test_a_hidden_melanoma_leaves_the_gate_open() -> None:
    document = request({"patient": patient(), "problems": bundle(condition(HYPERTENSION))})
    coded = json.dumps(condition(MELANOMA)["code"])
    found = read_document(_insert(document, '"code": {', f'"code": {coded}, '))
    assert [one.reason for one in found.skipped] == [REASON]
    assert Query.PROBLEMS in found.skipped[0].queries


def test_a_value_told_twice_is_unknown_never_met() -> None:
    document = chart(*nothing_against())
    assert verdict(document, "platelets") == "met"
    text = document.decode()
    at = text.index(PLATELETS.code)
    value = text.index('"valueQuantity"', at)
    twofold = text[:value] + '"valueQuantity": {"value": 20}, ' + text[value:]
    assert verdict(twofold.encode(), "platelets").startswith("unknown")


@pytest.mark.parametrize("is_first", [True, False])
def test_a_resource_of_two_types_may_be_anything(is_first: bool) -> None:
    melanoma = json.dumps(condition(MELANOMA))
    other = '"resourceType": "Binary"'
    twofold = f"{{{other}, {melanoma[1:]}" if is_first else f"{melanoma[:-1]}, {other}}}"
    hypertension = json.dumps(condition(HYPERTENSION))
    answer = f'{{"resourceType": "Bundle", "entry": [{{"resource": {hypertension}}}, '
    answer += f'{{"resource": {twofold}}}]}}'
    body = request({"patient": patient(), "problems": "here"}).decode().replace('"here"', answer)
    found = read_document(body.encode())
    assert found.answers[Query.PROBLEMS].value == "failed"
    assert [reason for _, reason in found.of_others] == [REASON]


def test_a_patient_that_names_an_element_twice_cannot_be_read() -> None:
    added = '"deceasedBoolean": true, "deceasedBoolean": false, '
    with pytest.raises(Unusable, match="Patient of the Bundle cannot be read"):
        read_document(_insert(chart(), '"birthDate"', added))
    with pytest.raises(GateNotKnown, match=r"prefetch\.patient is needed and cannot be read"):
        read_document(_insert(request({"patient": patient()}), '"birthDate"', added))


def test_a_medication_that_names_an_element_twice_is_nobodys_drug() -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "vitamin D"}}
    order = medication_request(ALDESLEUKIN)
    del order["medicationCodeableConcept"]
    order["medicationReference"] = {"reference": "Medication/m"}
    document = _insert(chart(order, drug), '"code": {"text"', '"code": {"text": "aldesleukin"}, ')
    found = read_document(document)
    assert ("Medication/m", REASON) in found.of_others
    (entry,) = found.entries
    assert not entry.has_code


def test_a_contained_resource_counts() -> None:
    document = chart(lab(PLATELETS, "200 10*3/uL", id="plt", contained=[{"resourceType": "Group"}]))
    found = read_document(_insert(document, '"resourceType": "Group"', '"id": "a", "id": "b", '))
    assert [one.reason for one in found.skipped] == [REASON]


def test_a_broken_resource_keeps_the_codes_of_both() -> None:
    document = chart(condition(HYPERTENSION, id="c", recordedDate=5))
    coded = json.dumps(condition(MELANOMA)["code"])
    (one,) = read_document(_insert(document, '"code": {', f'"code": {coded}, ')).skipped
    assert MELANOMA.code in {coding.written or coding.code for coding in one.codings}


@pytest.mark.parametrize("kind", sorted(parts.KINDS))
def test_every_type_that_makes_entries_is_looked_at(kind: str) -> None:
    one: Resource = {"resourceType": kind, "id": "x", "status": "active", "code": {"text": "x"}}
    one |= {name: {"reference": f"Patient/{PATIENT_ID}"} for name in ("subject", "patient")}
    found = read_document(_insert(chart(one), '"status"', '"meta": {"id": "1", "id": "2"}, '))
    assert [(skipped.reference, skipped.reason) for skipped in found.skipped] == [
        (f"{kind}/x", REASON)
    ]


@pytest.mark.parametrize(
    "added",
    [
        ", ".join('"code": {"text": "x"}' for _ in range(30)),
        json.dumps({"code": concept(*(Code("s", str(n)) for n in range(2000)))})[1:-1],
    ],
)
def test_one_that_is_about_too_much_may_be_about_anything(added: str) -> None:
    document = chart(condition(HYPERTENSION, id="c"))
    found = read_document(_insert(document, '"code": {', f"{added}, "))
    assert [(one.reason, one.has_code) for one in found.skipped] == [(REASON, False)]


# Bundles ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "added",
    ['"entry": []', '"link": [{"relation": "next"}]', '"total": 5', '"link": [], "link": []'],
)
def test_a_bundle_that_names_an_element_twice_is_refused(
    added: str, indent: int | None, is_first: bool
) -> None:
    whole = json.loads(chart(lab(PLATELETS, "200 10*3/uL"), lab(PLATELETS, "200 10*3/uL")))
    text = json.dumps(whole | {"link": [], "total": 3}, indent=indent)
    assert len(read_document(text.encode()).entries) == 2
    twofold = f"{{{added}, {text[1:]}" if is_first else f"{text[:-1]}, {added}}}"
    with pytest.raises(BadRequest, match="the document names a field twice"):
        read_document(twofold.encode())
    asked = request({"patient": patient(), "labs": "here"}).decode().replace('"here"', twofold)
    found = read_document(asked.encode())
    assert found.answers[Query.LABS].value == "failed"
    assert not found.entries


def test_the_same_entries_in_two_lists_do_not_hide_a_third() -> None:
    one, other = (json.dumps({"resource": lab(PLATELETS, "200 10*3/uL")}) for _ in range(2))
    lists = f'"entry": [{one},{{"x": 1}},{other}], "entry": [{one},{other}]'
    text = f'{{"resourceType": "Bundle", {lists}}}'.encode()
    with pytest.raises(BadRequest, match="the document names a field twice"):
        read_document(text)


def test_an_entry_with_two_resources_is_none() -> None:
    melanoma = json.dumps(condition(MELANOMA))
    document = chart(lab(PLATELETS, "200 10*3/uL"))
    before = '"resource": {"resourceType": "Observation"'
    found = read_document(_insert(document, before, f'"resource": {melanoma}, '))
    assert [reason for _, reason in found.of_others] == ["is no Bundle entry"]
    assert not found.entries
    assert {state.value for state in found.answers.values()} == {"failed"}


def test_an_entry_in_a_list_of_resources_may_say_resource_often() -> None:
    note = [{"text": 'the "resource", and a "resource"'}]
    inside = {"resourceType": "Parameters", "parameter": [{"resource": {"resourceType": "Group"}}]}
    found = read_document(chart(lab(PLATELETS, "200 10*3/uL", note=note, contained=[inside])))
    assert len(found.entries) == 1
