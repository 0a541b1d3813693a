"""Whatever an EHR sends: nothing is fatal, and what does not count changes nothing."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_hooks.errors import AdvisorError
from cds_hooks.evaluate import evaluate, evaluate_json
from tests.build import (
    ALDESLEUKIN,
    BRAIN_METASTASIS,
    BREAST_CANCER,
    CREATININE,
    GCS,
    HEMIPLEGIA,
    KARNOFSKY,
    LVEF,
    M0,
    OEDEMA,
    PLATELETS,
    PREDNISONE,
    RADIOSURGERY,
    SEIZURE,
    TODAY,
    WORSENED,
    Code,
    Resource,
    aldesleukin_order,
    allergy,
    brain_metastasis,
    brain_mri,
    chart,
    concept,
    condition,
    disease_status,
    ecog,
    encounter,
    head_ct,
    lab,
    lvef,
    m_category,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    observation,
    patient,
    prefetch_of,
    procedure,
    quantity,
    request,
    states,
    tumour_size,
)
from tests.fhir.stories import CHARTS, STORIES, name_of

AUCKLAND: Final = datetime.fromisoformat(f"{TODAY}T09:00:00+13:00")
HAWAII: Final = datetime.fromisoformat(f"{TODAY}T09:00:00-10:00")


# Nothing is fatal ---------------------------------------------------------------------------------

_LESION = brain_metastasis(onset="2026-08-01", id="lesion")
_FULL: Final = nothing_against(
    lesion=(
        _LESION,
        tumour_size("8 mm"),
        tumour_size("8 mm", days_ago=60),
        disease_status(WORSENED, of=_LESION),
        condition(SEIZURE, clinical="resolved", abated_days_ago=400, days_ago=420),
        states(OEDEMA, value=False),
        procedure(RADIOSURGERY),
    ),
    metastasis=condition(Code("http://hl7.org/fhir/sid/icd-10-cm", "C78.00"), stage=[{}]),
    steroid=(
        medication_request(
            PREDNISONE,
            dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"end": "2026-12"}}}}],
        ),
        medication_statement(PREDNISONE),
        medication_administration(PREDNISONE),
        aldesleukin_order(),
    ),
    reaction=allergy(ALDESLEUKIN, severities=["mild"]),
    range=lvef("60 %", referenceRange=[{"low": quantity("55 %"), "age": {"low": {"value": 18}}}]),
)
_FILE: Final[Resource] = json.loads(chart(*_FULL))
_REQUEST: Final[Resource] = json.loads(
    request(prefetch_of(*(one for one in _FULL if one["resourceType"] != "MedicationStatement")))
)


def _paths(found: object, so_far: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value in a document."""
    if so_far:
        yield so_far
    if isinstance(found, dict):
        for key, part in found.items():
            yield from _paths(part, (*so_far, key))
    elif isinstance(found, list):
        for number, part in enumerate(found):
            yield from _paths(part, (*so_far, number))


_PLACES: Final = {id(whole): sorted(_paths(whole), key=str) for whole in (_FILE, _REQUEST)}

_odd = st.sampled_from(
    [
        *("0001-01-01", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "9999", "0000", "2026-02-30"),
        *("", " ", "active", "entered-in-error", "#x", "Patient/p1", "Patient/p2", "NaN", "1e400"),
        *("{", "\u2028", "\x00", "x" * 300, "<script>", "**", "{fact}", "%s"),
        *(0, -1, 10**30, 10**400, 1e-300, 1e300, -0.0, 0.1),
        *([], {}, [None], [[]], {"coding": [None]}, {"value": None}, {"reference": "x"}),
    ]
)
_json = st.recursive(
    _odd | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.just("resourceType"), inner, max_size=3)
    ),
    max_leaves=5,
)


def _put(whole: Resource, place: tuple[str | int, ...], value: object) -> None:
    part: Any = whole
    for step in place[:-1]:
        try:
            part = part[step]
        except (KeyError, IndexError, TypeError):
            return  # an earlier change took this place away
    last = place[-1]
    if isinstance(part, dict):
        part[str(last)] = value
    elif isinstance(part, list) and isinstance(last, int) and last < len(part):
        part[last] = value


def _survives(document: bytes) -> None:
    for as_of in (AUCKLAND, HAWAII):
        try:
            evaluate(document, as_of)
        except AdvisorError:
            return


@given(data=st.data())
def test_no_value_in_any_field_is_fatal(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([_FILE, _REQUEST]))
    whole = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 3))):
        _put(whole, data.draw(st.sampled_from(_PLACES[id(original)])), data.draw(_json))
    _survives(json.dumps(whole).encode())


@given(st.binary(max_size=200) | _json.map(lambda value: json.dumps(value).encode()))
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}')
@example(b'"\\ud800"')
def test_no_document_is_fatal(document: bytes) -> None:
    _survives(document)


@pytest.mark.parametrize(
    "date",
    [
        *("0001-01-01", "0001", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31", "9999", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
    ],
)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: {"creatinine": lab(CREATININE, "1 mg/dL", at=d)}, id="lab"),
        pytest.param(lambda d: {"seizure": condition(SEIZURE, onset=d)}, id="onset of a symptom"),
        pytest.param(
            lambda d: {"lesion": (condition(SEIZURE), condition(BRAIN_METASTASIS, onset=d))},
            id="onset of a lesion",
        ),
        pytest.param(
            lambda d: {"seizure": condition(SEIZURE, clinical="resolved", abatementDateTime=d)},
            id="abatement",
        ),
        pytest.param(lambda d: {"person": patient(birth_date=d)}, id="birth"),
        pytest.param(lambda d: {"scan": brain_mri(effectiveDateTime=d)}, id="scan"),
        pytest.param(
            lambda d: {"lesion": (brain_metastasis(), procedure(RADIOSURGERY, at=d))},
            id="treatment",
        ),
        pytest.param(lambda d: {"pill": medication_request(PREDNISONE, authoredOn=d)}, id="order"),
        pytest.param(
            lambda d: {
                "pill": medication_request(
                    PREDNISONE,
                    dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"end": d}}}}],
                )
            },
            id="end of an order",
        ),
    ],
)
def test_the_first_and_the_last_day_there_is_are_not_fatal(
    date: str, change: Callable[[str], dict[str, Any]]
) -> None:
    document = chart(*nothing_against(**change(date)))
    for as_of in (AUCKLAND, HAWAII):
        assert evaluate(document, as_of).judged


# What does not count changes nothing --------------------------------------------------------------


def _load(path: Path) -> Resource:
    whole: Resource = json.loads(path.read_bytes())
    return whole


def _told(whole: Resource) -> tuple[str, list[dict[str, Any]]]:
    """Status and criteria; the evidence in no order, whichever coding of it is shown."""
    patient_id = whole["context"]["patientId"] if "hook" in whole else _patient_of(whole)
    made = evaluate_json(json.dumps(whole).encode(), as_of=TODAY, patient=patient_id)
    criteria = [one | {"evidence": _sorted(one.get("evidence", []))} for one in made["criteria"]]
    return made["status"], criteria


def _sorted(evidence: list[dict[str, str]]) -> list[str]:
    return sorted(json.dumps(one | {"code": ""}, sort_keys=True) for one in evidence)


def _patient_of(whole: Resource) -> str:
    people = (e["resource"] for e in whole["entry"])
    return next(str(one["id"]) for one in people if one["resourceType"] == "Patient")


def _lists_of_entries(found: object) -> Iterator[list[Any]]:
    """The entries of every Bundle of a document."""
    if isinstance(found, dict):
        if found.get("resourceType") == "Bundle" and "entry" in found:
            yield found["entry"]
        for part in found.values():
            yield from _lists_of_entries(part)


def _turn(found: object) -> None:
    """Every list of codings the other way round."""
    if isinstance(found, dict):
        if isinstance(found.get("coding"), list):
            found["coding"].reverse()
        for part in found.values():
            _turn(part)
    elif isinstance(found, list):
        for part in found:
            _turn(part)


def _reversed(whole: Resource) -> None:
    for entries in _lists_of_entries(whole):
        entries.reverse()


def _dealt(whole: Resource) -> None:
    for entries in _lists_of_entries(whole):
        entries[:] = [*entries[1::3], *entries[::3], *entries[2::3]]


def _repeated(whole: Resource) -> None:
    for entries in _lists_of_entries(whole):
        entries += copy.deepcopy(entries)


def _rewritten(whole: Resource) -> None:
    """Narrative, notes and an update of everything: nothing that is read."""
    for entries in _lists_of_entries(whole):
        for entry in entries:
            entry["resource"] |= {
                "meta": {"lastUpdated": "2026-11-24T00:00:00Z", "versionId": "7"},
                "text": {"status": "generated", "div": "<div>brain metastasis, ECOG 4</div>"},
                "note": [{"text": "kidney transplant"}],
                "extension_": [],
            }


@pytest.mark.parametrize("change", [_reversed, _dealt, _turn, _repeated, _rewritten])
@pytest.mark.parametrize("path", STORIES, ids=name_of)
def test_order_repetition_and_narrative_change_nothing(
    path: Path, change: Callable[[Resource], None]
) -> None:
    whole = _load(path)
    before = _told(whole)
    change(whole)
    assert _told(whole) == before


_KIDNEY_GRAFT: Final = Code("http://snomed.info/sct", "175902000")


def _alarming(subject: str) -> list[Resource]:
    """One entry of each kind that would change a finding if it counted."""
    hospice = Code("http://terminology.hl7.org/CodeSystem/discharge-disposition", "exp")
    made = [
        *(condition(code, days_ago=2) for code in (BRAIN_METASTASIS, SEIZURE, HEMIPLEGIA)),
        condition(BREAST_CANCER, days_ago=2),
        condition(text="kidney transplant"),
        procedure(_KIDNEY_GRAFT, days_ago=2),
        procedure(RADIOSURGERY, days_ago=2),
        allergy(ALDESLEUKIN, severities=["severe"]),
        lab(CREATININE, "5 mg/dL", days_ago=0),
        lab(PLATELETS, "5 10*3/uL", days_ago=0),
        ecog(4, days_ago=0),
        observation(KARNOFSKY, days_ago=0, valueInteger=10),
        observation(GCS, days_ago=0, valueInteger=3),
        observation(LVEF, days_ago=0, valueQuantity=quantity("10 %")),
        states(OEDEMA, value=True, days_ago=0),
        tumour_size("90 mm", days_ago=0),
        m_category(M0, days_ago=0),
        head_ct(days_ago=0, conclusion="metastasis"),
        medication_request(PREDNISONE, days_ago=0),
        medication_statement(PREDNISONE, days_ago=0),
        medication_administration(PREDNISONE, days_ago=0),
        aldesleukin_order(category="outpatient"),
        encounter() | {"hospitalization": {"dischargeDisposition": concept(hospice)}},
    ]
    for one in made:
        one["patient" if one["resourceType"] == "AllergyIntolerance" else "subject"] = {
            "reference": subject
        }
    return made


def _added(path: Path, resources: list[Resource]) -> tuple[object, object]:
    whole = _load(path)
    before = _told(whole)
    whole["entry"] += [{"resource": one} for one in resources]
    return before, _told(whole)


@pytest.mark.parametrize("path", CHARTS, ids=name_of)
def test_what_is_of_another_patient_changes_nothing(path: Path) -> None:
    stranger = patient(id="somebody-else", birth_date="2020-01-01", deceasedBoolean=True)
    before, after = _added(path, [stranger, *_alarming("Patient/somebody-else")])
    assert before == after


def _in_error(one: Resource) -> Resource:
    if one["resourceType"] in ("Condition", "AllergyIntolerance"):
        verification = concept(Code("x", "entered-in-error"))
        return one | {"verificationStatus": verification, "clinicalStatus": None}
    return one | {"status": "entered-in-error"}


@pytest.mark.parametrize("path", CHARTS, ids=name_of)
def test_what_was_entered_in_error_changes_nothing(path: Path) -> None:
    subject = f"Patient/{_patient_of(_load(path))}"
    before, after = _added(path, [_in_error(one) for one in _alarming(subject)])
    assert before == after


def test_each_of_them_would_change_a_finding_if_it_counted() -> None:
    stories = [
        CHARTS[0].with_stem(name)
        for name in ("no-brain-mets-all-clear", "ordered-inpatient", "untreated-brain-mets")
    ]
    of = {path: f"Patient/{_patient_of(_load(path))}" for path in stories}
    for number, one in enumerate(_alarming("Patient/p1")):
        pairs = (_added(path, [_alarming(of[path])[number]]) for path in stories)
        assert any(before != after for before, after in pairs), one
