"""The general reading rules of fhir-notes.md (section 2), 9 to 19: members, modifiers, answers."""

import json

import pytest

from cds_hooks.evaluate import read_document
from rules.chart import (
    Answer,
    Kind,
    Observation,
    Query,
)
from tests.build import (
    ALDESLEUKIN,
    CREATININE,
    HYPERTENSION,
    LOINC,
    MELANOMA,
    MRI_BRAIN,
    RADIOSURGERY,
    Code,
    Resource,
    allergy,
    chart,
    concept,
    condition,
    encounter,
    lab,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    patient,
    procedure,
    report,
    request,
)
from tests.fhir.reading import answer_of, asked, bundle, codes_of, date_of, outcome, read

DAY, LATER = "2026-11-01", "2026-11-03"
POSITIVE = Code(LOINC, "LA6576-8", "Positive")


# Rule 9: members ----------------------------------------------------------------------------------


def test_rule_9_members_are_kept_and_one_that_is_not_shared_can_be_noticed() -> None:
    member = observation(CREATININE, id="m1", valueInteger=1)
    pointers = [{"reference": "Observation/m1"}, {"reference": "Observation/m2"}, {"display": "x"}]
    found = read(member, observation(POSITIVE, hasMember=[*pointers, None]))
    (panel,) = (o for o in found.of_kind(Observation, Kind.OBSERVATION) if o.members)
    assert panel.members == ("Observation/m1", "Observation/m2", "")
    assert [found.resolve(one) is not None for one in panel.members] == [True, False, False]


# Rule 10: modifiers -------------------------------------------------------------------------------

NOT_MEANT = [{"url": "http://ehr.example/not", "valueBoolean": True}]


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (condition(MELANOMA, modifierExtension=NOT_MEANT), "C43.59"),
        (lab(CREATININE, "1 mg/dL", modifierExtension=NOT_MEANT), "2160-0"),
        (report(MRI_BRAIN, modifierExtension=NOT_MEANT), "24590-2"),
        (procedure(RADIOSURGERY, modifierExtension=NOT_MEANT), "429584001"),
        (allergy(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_request(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_statement(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
        (medication_administration(ALDESLEUKIN, modifierExtension=NOT_MEANT), "70223"),
    ],
)
def test_rule_10_an_unknown_modifier_sets_a_resource_aside_with_its_code(
    resource: Resource, code: str
) -> None:
    found = read(resource)
    (skipped,) = found.skipped
    assert codes_of(skipped) == [code]
    assert skipped.kind.value == resource["resourceType"]
    assert skipped.reason == "has a modifierExtension that is not known here"
    assert not found.entries


def test_rule_10_no_modifier_changes_nothing() -> None:
    assert len(read(condition(MELANOMA, modifierExtension=[])).entries) == 1
    aside = read(encounter() | {"modifierExtension": NOT_MEANT})
    assert [s.kind for s in aside.skipped] == [Kind.ENCOUNTER]
    assert not aside.skipped[0].has_code


@pytest.mark.parametrize(
    ("dated", "expected"),
    [
        ({"effectiveDateTime": DAY, "issued": LATER}, DAY),
        ({"effectivePeriod": {"start": DAY}, "issued": LATER}, DAY),
        ({"effectiveInstant": DAY, "issued": LATER}, DAY),
        ({"issued": LATER}, LATER),
        ({}, None),
    ],
)
def test_rule_10_what_is_set_aside_keeps_its_date(dated: Resource, expected: str | None) -> None:
    aside = observation(CREATININE, days_ago=None, modifierExtension=NOT_MEANT, **dated)
    (skipped,) = read(aside).skipped
    assert date_of(skipped) == expected


def test_rule_10_a_modifier_of_a_component_sets_the_component_aside() -> None:
    part = {"code": concept(POSITIVE), "valueInteger": 1, "modifierExtension": NOT_MEANT}
    found = read(observation(CREATININE, component=[part]))
    assert not [o for o in found.of_kind(Observation, Kind.OBSERVATION) if o.value == 1]


# Rule 11: duplicates ------------------------------------------------------------------------------


def test_rule_11_the_same_resource_under_several_queries_is_one_entry() -> None:
    size = observation(CREATININE, valueInteger=1)
    found = asked({"imagingObs": bundle(size), "function": bundle(size), "labs": size})
    assert len(found.entries) == 1


def test_rule_11_the_same_resource_twice_in_one_answer_is_one_entry() -> None:
    size = observation(CREATININE, valueInteger=1)
    assert len(asked({"labs": bundle(size, size)}).entries) == 1
    assert len(read(size, size).entries) == 1


def test_rule_11_another_order_of_its_fields_makes_no_other_resource() -> None:
    size = observation(CREATININE, valueInteger=1)
    turned = dict(reversed(list(size.items())))
    assert len(asked({"imagingObs": bundle(size), "function": bundle(turned)}).entries) == 1


def test_rule_11_a_resource_without_id_is_told_by_its_content() -> None:
    one, other = (observation(CREATININE, id=None, valueInteger=n) for n in (1, 2))
    assert len(asked({"labs": bundle(one, other, one)}).entries) == 2


def test_rule_11_a_broken_resource_under_several_queries_is_set_aside_once() -> None:
    broken = observation(CREATININE, valueInteger="x")
    found = asked({"imagingObs": bundle(broken), "function": bundle(broken)})
    (skipped,) = found.skipped
    assert skipped.queries == {Query.IMAGING_OBSERVATIONS, Query.FUNCTION}


def test_rule_11_what_is_set_aside_knows_the_queries_that_brought_it() -> None:
    aside = observation(CREATININE, modifierExtension=NOT_MEANT)
    (skipped,) = asked({"imagingObs": bundle(aside), "function": bundle(aside)}).skipped
    assert skipped.queries == {Query.IMAGING_OBSERVATIONS, Query.FUNCTION}
    (in_file,) = read(aside).skipped
    assert in_file.queries == {q for q in Query if Kind.OBSERVATION in q.kinds}


# Rule 12 has test_reading_rules_in_judgements.py, rule 13 test_references.py ----------------------

# Rule 14: none recorded ---------------------------------------------------------------------------


def test_rule_14_in_a_file_a_kind_without_an_entry_is_an_empty_answer() -> None:
    found = read(condition(MELANOMA))
    came = {query for query, state in found.answers.items() if state is Answer.CAME}
    assert came == {Query.PATIENT, Query.PROBLEMS, Query.ENCOUNTER_DIAGNOSES}
    assert {state for query, state in found.answers.items() if query not in came} == {Answer.NONE}


def test_rule_14_what_is_set_aside_or_broken_is_no_empty_answer() -> None:
    for broken in (
        observation(CREATININE, valueInteger="x"),
        observation(CREATININE, modifierExtension=NOT_MEANT),
    ):
        assert read(broken).answers[Query.LABS] is Answer.CAME


# Rules 15 and 16: Bundles, and outcomes in them ---------------------------------------------------

A_LAB = lab(CREATININE, "1.0 mg/dL")
NEXT = [{"relation": "self", "url": "x"}, None, {"relation": "next", "url": "x?page=2"}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(bundle(A_LAB), "came", id="one entry"),
        pytest.param(bundle(A_LAB, total=1), "came", id="as many as it counts"),
        pytest.param(bundle(A_LAB, total=0), "came", id="the total is only a page size"),
        pytest.param(bundle(A_LAB, total="?"), "came", id="a total that is no number"),
        pytest.param(bundle(A_LAB, total=50), "failed", id="it counts more than came"),
        pytest.param(bundle(A_LAB, link=NEXT[:1]), "came", id="a self link"),
        pytest.param(bundle(A_LAB, link=NEXT), "failed", id="a next link"),
        pytest.param(bundle(link=NEXT), "failed", id="empty, and a next link"),
        pytest.param(bundle(), "none", id="no entries"),
        pytest.param({"resourceType": "Bundle"}, "none", id="no entry element"),
        pytest.param(bundle() | {"entry": None}, "none", id="entry null"),
        pytest.param(bundle(outcome("4101")), "none", id="4101: no results"),
        pytest.param(bundle(outcome("4101", severity="error")), "none", id="4101, as an error"),
        pytest.param(bundle(A_LAB, outcome("4119")), "came", id="4119: more may exist"),
        pytest.param(bundle(outcome("4119")), "none", id="4119, empty"),
        pytest.param(bundle(A_LAB, outcome()), "came", id="an outcome without a code"),
        pytest.param(bundle(A_LAB, outcome(severity="error")), "failed", id="an error"),
        pytest.param(bundle(A_LAB, outcome(severity="fatal")), "failed", id="fatal"),
        pytest.param(bundle(A_LAB, outcome("4101", "59204")), "failed", id="two codes, one bad"),
        pytest.param(bundle(bundle(A_LAB)), "came", id="a Bundle in the Bundle"),
        pytest.param(bundle(bundle(A_LAB, link=NEXT)), "failed", id="a next link inside"),
        pytest.param(bundle(bundle(outcome("59204"))), "failed", id="an outcome inside"),
        pytest.param(bundle(A_LAB, {"resourceType": "Binary", "id": "x"}), "came", id="other type"),
        pytest.param(
            bundle({"resourceType": "Binary", "id": "x"}), "failed", id="only other types"
        ),
        pytest.param(bundle(condition(MELANOMA)), "failed", id="only Conditions among labs"),
        pytest.param(bundle(5, A_LAB), "failed", id="an entry that is a number"),
        pytest.param(bundle("x"), "failed", id="an entry that is a text"),
        pytest.param(bundle(None), "failed", id="an entry that is null"),
        pytest.param(bundle([A_LAB]), "failed", id="an entry that is a list"),
    ]
    + [
        pytest.param(bundle(A_LAB, outcome(code)), "failed", id=f"{code}: not shared")
        for code in ("59204", "59205", "4118", "4130", "4131", "4134", "59133")
    ]
    + [
        pytest.param(bundle(A_LAB, outcome(code)), "came", id=f"{code}: unfiltered")
        for code in ("4122", "59100", "59101", "59109")
    ],
)
def test_rules_15_and_16_how_a_bundle_answers(answer: Resource, expected: str) -> None:
    assert answer_of(answer) == expected


@pytest.mark.parametrize(
    ("code", "severity", "words"),
    [
        ("59204", "warning", "withheld or cut"),
        ("4119", "information", "more may exist"),
        ("59100", "warning", "unfiltered"),
        ("99999", "error", "reported an error"),
        ("99999", "warning", None),
        ("4101", "warning", None),
    ],
)
def test_rule_16_what_the_ehr_said_is_noted_with_the_query_and_without_its_text(
    code: str, severity: str, words: str | None
) -> None:
    said = outcome(code, severity=severity)
    said["issue"][0]["diagnostics"] = "Mr Example of 1 High Street"
    said["issue"].append(None)
    notes = asked({"labs": bundle(A_LAB, said)}).notes
    assert len(notes) == (words is not None)
    for note in notes:
        assert note.startswith("labs: ")
        assert words is not None
        assert words in note
        assert "Example" not in note


def test_rule_15_the_entries_of_an_incomplete_answer_are_still_read() -> None:
    found = asked({"labs": bundle(A_LAB, link=NEXT)})
    assert len(found.entries) == 1
    assert found.notes == ("labs: not all pages came (the answer links to another)",)


@pytest.mark.parametrize(
    ("status", "more", "expected"),
    [
        ("204", {}, Answer.CAME),
        ("404 Not Found", {}, Answer.FAILED),
        ("500", {}, Answer.FAILED),
        (None, {"outcome": outcome("4101")}, Answer.CAME),
        ("200", {"outcome": outcome("59204")}, Answer.FAILED),
        ("200", {"outcome": {"resourceType": "OperationOutcome", "issue": 5}}, Answer.FAILED),
    ],
)
def test_rule_15_the_answer_of_a_batch_may_hold_a_status_only(
    status: str | None, more: Resource, expected: Answer
) -> None:
    whole = bundle(A_LAB)
    whole["entry"] += [{"response": {"status": status} | more}]
    found = asked({"labs": whole})
    assert (len(found.entries), found.answers[Query.LABS]) == (1, expected)
    assert not found.of_others


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"fullUrl": "urn:uuid:1"}])
def test_rule_15_an_entry_without_a_resource_is_named_and_the_answer_not_complete(
    entry: Resource,
) -> None:
    whole = bundle(A_LAB)
    whole["entry"].append(entry)
    found = asked({"labs": whole})
    assert (len(found.entries), found.answers[Query.LABS]) == (1, Answer.FAILED)
    assert found.of_others == (("labs.entry[1]", "holds no resource"),)


def test_rule_15_bundles_in_bundles_are_taken_apart_but_not_without_end() -> None:
    deep = A_LAB
    for _ in range(4):
        deep = bundle(deep)
    assert len(asked({"labs": deep}).entries) == 1
    found = asked({"labs": bundle(deep)})
    assert not found.entries
    assert found.answers[Query.LABS] is Answer.FAILED
    assert found.of_others == (
        ("labs.entry[0].entry[0].entry[0].entry[0]", "is a Bundle nested too deeply"),
    )


def test_rule_15_an_entry_that_is_no_object_is_named_by_its_place() -> None:
    found = asked({"labs": bundle(A_LAB, 5)})
    assert found.of_others == (("labs.entry[1]", "is no Bundle entry"),)


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param({}, id="an empty object"),
        pytest.param({"id": "x", "code": concept(MELANOMA)}, id="no resourceType"),
        pytest.param({"resourceType": None}, id="resourceType null"),
        pytest.param({"resourceType": 5}, id="resourceType a number"),
        pytest.param({"resourceType": ""}, id="resourceType empty"),
    ],
)
def test_rule_15_a_resource_of_no_type_may_be_anything_so_the_answer_is_not_complete(
    thing: Resource,
) -> None:
    found = asked({"problems": bundle(condition(HYPERTENSION), thing)})
    assert not found.answers[Query.PROBLEMS].is_complete
    assert len(found.of_others) == 1
    assert (
        not read(condition(HYPERTENSION), thing | {"id": "x", "resourceType": ""})
        .answers[Query.PROBLEMS]
        .is_complete
    )


def test_rule_15_a_file_with_a_next_link_is_not_complete() -> None:
    whole = json.loads(chart(A_LAB)) | {"link": NEXT}
    found = read_document(json.dumps(whole).encode())
    assert set(found.answers.values()) == {Answer.FAILED}


# Rule 17: filtering again -------------------------------------------------------------------------


def test_rule_17_what_was_not_asked_for_is_passed_over() -> None:
    found = asked(
        {
            "labs": bundle(A_LAB, condition(MELANOMA)),
            "problems": bundle(lab(CREATININE, "9 mg/dL")),
            "medicines": bundle({"resourceType": "Medication", "id": "m", "code": {}}),
        }
    )
    assert [e.kind for e in found.entries] == [Kind.OBSERVATION]
    assert found.answers[Query.PROBLEMS] is Answer.FAILED


def test_rule_17_what_is_of_another_patient_is_passed_over_and_reported() -> None:
    theirs = lab(CREATININE, "9 mg/dL", id="t1", subject={"reference": "Patient/p2"})
    allergic = allergy(ALDESLEUKIN, id="t2", patient={"reference": "Patient/p2"})
    broken = lab(CREATININE, "9 mg/dL", id="t3", subject={"reference": "Patient/p2"}, issued=5)
    found = asked({"labs": bundle(theirs, broken), "allergies": bundle(allergic)})
    assert not found.entries
    assert not found.skipped
    assert set(found.of_others) == {
        ("Observation/t1", "is of another patient"),
        ("AllergyIntolerance/t2", "is of another patient"),
        ("Observation/t3", "is of another patient"),
    }


@pytest.mark.parametrize("key", ["nonsense", "Patient", "lab"])
def test_rule_17_a_key_that_was_not_asked_for_is_ignored(key: str) -> None:
    assert not asked({key: bundle(A_LAB)}).entries


# Rule 18: the four states of a prefetch value -----------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(A_LAB, "came", id="a resource"),
        pytest.param(bundle(A_LAB), "came", id="a Bundle"),
        pytest.param(bundle(A_LAB, type="batch-response"), "came", id="a Bundle of a batch"),
        pytest.param(bundle(A_LAB, type="history"), "came", id="a Bundle of another type"),
        pytest.param(None, "none", id="null"),
        pytest.param(outcome(severity="error"), "failed", id="an outcome"),
        pytest.param(outcome("4101"), "failed", id="an outcome, bare"),
        pytest.param("nothing", "failed", id="a text"),
        pytest.param("", "failed", id="an empty text"),
        pytest.param(5, "failed", id="a number"),
        pytest.param(False, "failed", id="a truth value"),
        pytest.param([], "failed", id="a list"),
        pytest.param([A_LAB], "failed", id="a list of resources"),
        pytest.param({}, "failed", id="an empty object"),
        pytest.param({"resourceType": "Binary"}, "failed", id="a resource that is never read"),
        pytest.param(condition(MELANOMA), "failed", id="a resource of another type"),
        pytest.param(condition(MELANOMA, code=5), "failed", id="a broken resource of another type"),
        pytest.param({"resourceType": "Bundle", "entry": 5}, "failed", id="a broken Bundle"),
        pytest.param(
            {"resourceType": "OperationOutcome", "issue": 5}, "failed", id="a broken outcome"
        ),
        pytest.param(A_LAB | {"status": 5}, "came", id="a broken resource"),
    ],
)
def test_rule_18_the_state_of_a_prefetch_value(value: object, expected: str) -> None:
    assert answer_of(value) == expected


def test_rule_18_a_missing_value_is_not_known_and_no_other_query_is_touched() -> None:
    found = asked({"labs": None, "stage": outcome(severity="error"), "problems": bundle()})
    assert found.answers[Query.LABS] is Answer.NONE
    assert found.answers[Query.STAGE] is Answer.FAILED
    assert found.answers[Query.PROBLEMS] is Answer.NONE
    assert found.answers[Query.IMAGING] is Answer.MISSING
    assert found.answers[Query.PATIENT] is Answer.CAME
    assert set(found.answers) == set(Query)


def test_rule_18_without_prefetch_only_the_patient_can_be_missing() -> None:
    body = json.loads(request({"patient": patient()}))
    states = read_document(json.dumps(body).encode()).answers
    assert {q for q, state in states.items() if state is not Answer.MISSING} == {Query.PATIENT}


# Rule 19: narrative is never read -----------------------------------------------------------------


def test_rule_19_narrative_and_notes_are_not_in_the_chart() -> None:
    words = "Kidney transplant 1998"
    more: Resource = {
        "text": {"status": "generated", "div": f"<div>{words}</div>"},
        "note": [{"text": words}],
    }
    found = read(
        condition(HYPERTENSION) | more,
        report(MRI_BRAIN, text=words, presentedForm=[{"title": words}]),
        lab(CREATININE, "1 mg/dL") | more,
    )
    assert len(found.entries) == 3
    assert words not in repr(found)
