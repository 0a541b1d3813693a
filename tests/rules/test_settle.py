"""The shortest way to an answer: the fewest acts, and only for what can still change the result."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache

import pytest

from cds_hooks.evaluate import read_document
from rules import work_ups
from rules.assess import assess
from rules.case import Case
from rules.criteria import CRITERIA
from rules.model import Act, Assessment, Finding, Judged, Why, not_met, unknown
from rules.model import Evidence as Shown
from rules.settle import Item, Plan, Step, plan
from tests.build import (
    ALDESLEUKIN,
    CREATININE,
    IMPROVED,
    PLATELETS,
    TODAY,
    Resource,
    aldesleukin_order,
    brain_metastasis,
    brain_mri,
    chart,
    condition,
    disease_status,
    ecog,
    gcs,
    lab,
    lvef,
    medication_administration,
    nothing_against,
    quantity,
    withheld,
)

LABEL_DOSE: Resource = {
    "timing": {"repeat": {"count": 14, "frequency": 1, "period": 8, "periodUnit": "h"}},
    "doseAndRate": [{"doseQuantity": quantity("600000 [IU]/kg")}],
}


def _plan(document: bytes) -> Plan:
    return plan(_assessed(document))


def _assessed(document: bytes) -> Assessment:
    return assess(Case(read_document(document), date.fromisoformat(TODAY)))


def _of(found: Plan, act: Act) -> list[Step]:
    return [step for step in found.steps if step.act is act]


def _names(steps: Iterable[Step]) -> set[str]:
    return {item.name for step in steps for item in step.items}


@cache
def _in_order() -> Assessment:
    return _assessed(chart(*nothing_against()))


def _with(*rows: tuple[str, Finding]) -> Plan:
    """The plan of a chart in order, but for the findings of these rows."""
    whole = _in_order()
    told = dict(rows)
    judged = tuple(
        Judged(one.criterion, told.get(one.criterion.id, one.finding)) for one in whole.judged
    )
    return plan(replace(whole, judged=judged))


LOOKED_AT = Shown("Observation/1", "creatinine", value="1.0")
READ = Shown("DiagnosticReport/1", "brain MRI")


def test_nothing_is_asked_for_where_nothing_is_open() -> None:
    found = _plan(chart(*nothing_against()))
    assert found == Plan((), ())


def test_tests_of_one_draw_are_one_act() -> None:
    found = _plan(chart(*nothing_against(creatinine=None, platelets=None)))
    (draw,) = found.steps
    assert draw.act is Act.BLOOD_DRAW
    assert {"creatinine-acceptable", "platelets"} <= set(draw.settles)
    assert found.settled == len(found.open)


def test_a_result_that_is_too_old_is_drawn_again() -> None:
    old = lab(CREATININE, "1.0 mg/dL", days_ago=8)
    found = _plan(chart(*nothing_against(creatinine=old)))
    assert [step.act for step in found.steps] == [Act.BLOOD_DRAW]


def test_a_report_in_words_is_read_and_named() -> None:
    found = _plan(chart(*nothing_against(scan=brain_mri(), lesion=brain_metastasis())))
    (report,) = _of(found, Act.READ_REPORT)
    assert [item.name for item in report.items] == ["brain MRI"]
    assert "cerebral-oedema-absent" in report.settles


def test_two_reports_are_two_acts() -> None:
    found = _with(
        ("cerebral-oedema-absent", unknown(Why.IN_REPORT, READ)),
        (
            "leptomeningeal-absent",
            unknown(Why.IN_REPORT, Shown("DiagnosticReport/2", "brain MRI"), LOOKED_AT),
        ),
    )
    assert [(s.act, len(s.items)) for s in found.steps] == [(Act.READ_REPORT, 1)] * 2


def test_a_report_that_is_not_shown_is_still_to_be_read() -> None:
    found = _with(("cerebral-oedema-absent", unknown(Why.IN_REPORT)))
    assert found.steps == (
        Step(Act.READ_REPORT, (Item("cerebral oedema"),), ("cerebral-oedema-absent",)),
    )


def test_words_on_the_problem_list_are_looked_at() -> None:
    found = _plan(chart(*nothing_against(graft=condition(text="Kidney transplant"))))
    (look,) = found.steps
    assert look.act is Act.LOOK
    assert look.settles == ("organ-allograft-absent",)


def test_a_preliminary_grade_is_awaited() -> None:
    found = _plan(chart(*nothing_against(ecog=ecog(1, status="preliminary"))))
    assert [step.act for step in found.steps] == [Act.AWAIT]


def test_an_unclear_value_is_drawn_again_if_there_is_a_draw_anyhow() -> None:
    no_unit = lab(CREATININE, "1.0")
    alone = _plan(chart(*nothing_against(creatinine=no_unit)))
    assert Act.LOOK in {step.act for step in alone.steps}
    beside = _with(
        ("creatinine-acceptable", unknown(Why.UNIT_UNKNOWN, LOOKED_AT)),
        ("platelets", unknown(Why.ABSENT)),
    )
    assert [step.act for step in beside.steps] == [Act.BLOOD_DRAW]
    assert beside.settled == 2


def test_a_draw_that_is_needed_anyhow_is_found_among_other_acts() -> None:
    found = _with(
        ("creatinine-acceptable", unknown(Why.UNIT_UNKNOWN, LOOKED_AT)),
        ("platelets", unknown(Why.ABSENT)),
        ("performance-status", unknown(Why.ABSENT)),
    )
    assert {step.act for step in found.steps} == {Act.BLOOD_DRAW, Act.EXAMINATION}


def test_a_draw_that_nothing_else_needs_is_not_asked_for() -> None:
    found = _with(
        ("creatinine-acceptable", unknown(Why.UNIT_UNKNOWN, LOOKED_AT)),
        ("performance-status", unknown(Why.ABSENT)),
    )
    assert {step.act for step in found.steps} == {Act.LOOK, Act.EXAMINATION}


def test_a_condition_that_is_unclear_is_looked_at_whatever_test_there_is() -> None:
    entry = Shown("Condition/1", "heart failure")
    for shown in ((entry,), (entry, LOOKED_AT), ()):
        found = _with(
            ("lvef-normal", unknown(Why.UNCLASSIFIED, *shown)), ("wall-motion-normal", OPEN)
        )
        assert {step.act for step in found.steps} == {Act.LOOK, Act.HEART}


def test_what_the_ehr_did_not_share_is_looked_up() -> None:
    found = _plan(withheld(*nothing_against(), missing=["allergies"]))
    (look_up,) = found.steps
    assert look_up.act is Act.LOOK_UP
    assert _names([look_up]) == {"allergies"}


def test_a_list_that_came_empty_is_asked_for() -> None:
    found = _plan(chart(*nothing_against(allergy=None)))
    (ask,) = found.steps
    assert (ask.act, _names([ask])) == (Act.ASK, {"allergies"})


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        pytest.param(
            (aldesleukin_order(dosageInstruction=[LABEL_DOSE]),),
            "the route of the order",
            id="an order without a route",
        ),
        pytest.param(
            (medication_administration(ALDESLEUKIN, days_ago=100),),
            "earlier IL-2 and the response to it",
            id="an earlier course, no disease status",
        ),
        pytest.param(
            (
                aldesleukin_order(),
                medication_administration(ALDESLEUKIN, days_ago=100),
                disease_status(IMPROVED, of=None),
            ),
            "earlier IL-2 and the day of discharge",
            id="an earlier course, no stay",
        ),
    ],
)
def test_what_no_test_brings_is_asked_for_by_its_name(
    more: tuple[Resource, ...], asked: str
) -> None:
    """Not "medicines": those are on the chart."""
    (ask,) = _plan(chart(*nothing_against(), *more)).steps
    assert (ask.act, _names([ask])) == (Act.ASK, {asked})


def test_without_a_scan_of_known_lesions_a_scan_settles_them() -> None:
    found = _plan(chart(*nothing_against(scan=None)))
    (scan,) = _of(found, Act.SCAN)
    assert _names([scan]) == {work_ups.BRAIN_MRI.name}
    assert {"brain-imaging-current", "brain-negative-scan", "brain-mets-asymptomatic"} <= set(
        scan.settles
    )


def test_a_panel_brings_the_tests_that_it_covers() -> None:
    found = _with(
        ("creatinine-acceptable", unknown(Why.ABSENT)),
        ("platelets", unknown(Why.ABSENT, to_do=(work_ups.METABOLIC_PANEL,))),
    )
    (draw,) = found.steps
    assert [item.work_up for item in draw.items] == [work_ups.METABOLIC_PANEL]
    assert found.work_ups == (work_ups.METABOLIC_PANEL,)
    assert found.settled == 2


def test_a_row_that_waits_for_two_acts_is_settled_by_the_last() -> None:
    found = _with(("platelets", unknown(Why.ABSENT, to_do=(work_ups.BLOOD_COUNT, work_ups.ECOG))))
    assert [(step.act, step.settles) for step in found.steps] == [
        (Act.BLOOD_DRAW, ()),
        (Act.EXAMINATION, ("platelets",)),
    ]


# Rows that cannot change the status any more ------------------------------------------------------

AGAINST = Shown("Condition/2", "against")
OPEN = unknown(Why.ABSENT)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        pytest.param([("lvef-normal", OPEN)], {"lvef-normal"}, id="a contraindication is open"),
        pytest.param(
            [("organ-allograft-absent", not_met(AGAINST)), ("lvef-normal", OPEN)],
            set(),
            id="one contraindication stands: nothing can change it",
        ),
        pytest.param(
            [
                ("performance-status", not_met(AGAINST)),
                ("lvef-normal", OPEN),
                ("platelets", OPEN),
                ("seizure-free", OPEN),
            ],
            {"lvef-normal"},
            id="a requirement is not met: only a contraindication can change it",
        ),
        pytest.param(
            [
                ("seizure-free", not_met(AGAINST)),
                ("platelets", OPEN),
                ("psychiatric-history", OPEN),
            ],
            {"platelets"},
            id="a caution is found: another one changes nothing",
        ),
        pytest.param([("seizure-free", OPEN)], {"seizure-free"}, id="nothing against: a caution"),
        pytest.param([("first-line-checkpoint", OPEN)], set(), id="information never counts"),
    ],
)
def test_only_what_can_change_the_result_is_asked_for(
    rows: list[tuple[str, Finding]], asked: set[str]
) -> None:
    found = _with(*rows)
    assert set(found.open) == asked
    assert {one for step in found.steps for one in step.settles} == asked


def test_a_patient_who_is_not_ours_is_asked_for_nothing() -> None:
    assert _plan(chart(condition(text="eczema"))) == Plan((), ())


@pytest.mark.parametrize("why", Why)
def test_every_reason_of_every_row_has_a_way(why: Why) -> None:
    for criterion in CRITERIA:
        for shown in ((), (LOOKED_AT,)):
            found = _with((criterion.id, unknown(why, *shown)))
            assert found.settled == len(found.open), criterion.id
            assert all(step.items for step in found.steps)


def test_the_acts_for_the_heaviest_rows_come_first() -> None:
    found = _plan(chart(*nothing_against(lvef=None, creatinine=None, gcs=gcs(15), ecog=None)))
    weights = [
        next(one.weight for one in CRITERIA if one.id in step.settles).value for step in found.steps
    ]
    assert weights == sorted(weights)


def test_an_old_measurement_of_the_heart_is_a_test_of_the_heart() -> None:
    found = _plan(chart(*nothing_against(lvef=lvef("60 %", days_ago=91))))
    assert _names(_of(found, Act.HEART)) == {work_ups.ECHOCARDIOGRAM.name}


def test_platelets_alone_ask_for_a_blood_count_alone() -> None:
    old = lab(PLATELETS, "230 10*3/uL", days_ago=9)
    found = _plan(chart(*nothing_against(platelets=old)))
    (draw,) = found.steps
    assert {item.work_up for item in draw.items} == {work_ups.BLOOD_COUNT}


def test_a_test_whose_report_lies_unread_is_read_and_not_done_again() -> None:
    echo = Shown("DiagnosticReport/2", "echocardiogram")
    found = _with(
        ("lvef-normal", OPEN),
        ("wall-motion-normal", unknown(Why.IN_REPORT, echo)),
        ("platelets", OPEN),
    )
    assert [(step.act, step.settles) for step in found.steps] == [
        (Act.READ_REPORT, ("lvef-normal", "wall-motion-normal")),
        (Act.BLOOD_DRAW, ("platelets",)),
    ]
