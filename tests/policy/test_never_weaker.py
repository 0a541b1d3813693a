"""
What must never break: a policy can only be stricter on contraindications.

Policies are drawn from all that a site may set; charts are the stories, and some made so that
windows and limits matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.evaluate import read_document
from rules.adjust import SHARED_WINDOWS, can_be_off, heavier, own_limits, own_windows
from rules.assess import assess
from rules.case import Case
from rules.criteria import CRITERIA
from rules.limits import Bound, Limit
from rules.model import (
    AS_PUBLISHED,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Status,
    Weight,
    Why,
    confirm,
    met,
    not_applicable,
    not_met,
    stricter,
    unknown,
)
from rules.policy import BrainStance, Policy, RowPolicy
from rules.policy_mistakes import mistakes
from rules.site_rules import SiteRules
from tests.build import (
    HEMIPLEGIA,
    ICD10CM,
    PATIENT_ID,
    SEIZURE,
    SNOMED,
    TODAY,
    Code,
    aldesleukin_order,
    chart,
    condition,
    gcs,
    lvef,
    nothing_against,
    prefetch_of,
    request,
    visit_diagnosis,
)
from tests.fhir.stories import STORIES, name_of
from tests.policy.under import assessed

HOSPICE: Final = Code(SNOMED, "170935008", "Full care by hospice")


def _built() -> Iterator[tuple[str, bytes]]:
    for value in ("40 %", "50 %", "52 %", "54 %", "60 %"):
        for days in (10, 60, 89, 100):
            found = nothing_against(lvef=lvef(value, days_ago=days))
            yield f"ejection fraction {value}, {days} days ago", chart(*found)
    for score in (13, 15):
        for days in (3, 13, 20, 40):
            yield (
                f"Glasgow {score}, {days} days ago",
                chart(*nothing_against(gcs=gcs(score, days_ago=days))),
            )
    for days in (5, 25, 35, 80):
        found = nothing_against(deficit=visit_diagnosis(HEMIPLEGIA, days_ago=days))
        yield f"a deficit at a visit {days} days ago", chart(*found)
    transplant = condition(Code(ICD10CM, "Z94.0", "Kidney transplant status"))
    for days in (5, 200, 400):
        order = aldesleukin_order(days_ago=days)
        yield (
            f"transplant, hospice and an order {days} days ago",
            chart(*nothing_against(a=transplant, b=condition(HOSPICE), order=order)),
        )
    yield "a seizure", chart(*nothing_against(seizure=condition(SEIZURE)))
    for key in ("function", "problems", "medicines", "imaging", "stage"):
        answers = prefetch_of(*nothing_against())
        del answers[key]
        yield f"{key} withheld", request(answers)


@cache
def _charts() -> Mapping[str, Case]:
    day = date.fromisoformat(TODAY)
    found = {name_of(path): Case(read_document(path.read_bytes()), day) for path in STORIES}
    return found | {n: Case(read_document(d, PATIENT_ID), day) for n, d in _built()}


@cache
def _as_published(name: str) -> tuple[Status, Mapping[str, Outcome]]:
    found = assess(_charts()[name])
    return found.status, {j.criterion.id: j.finding.outcome for j in found.judged}


# Policies -----------------------------------------------------------------------------------------


def _numbers(limit: Limit, *, only_stricter: bool) -> st.SearchStrategy[str]:
    number = float(limit.number)
    share = st.integers(0, 10)  # per cent: a saturation of 90 % stays below 100 %
    signs = [1 if limit.proposed is Bound.AT_LEAST else -1]
    if not only_stricter:
        signs.append(-signs[0])
    return st.tuples(st.sampled_from(signs), share).map(
        lambda one: f"{number * (1 + one[0] * one[1] / 100):.4f} {limit.unit}"
    )


def _rows(criterion: Criterion) -> st.SearchStrategy[RowPolicy]:
    strict = criterion.weight is Weight.CONTRAINDICATION
    days = {
        name: st.integers(1, window.days if strict else 3650)
        for name, window in own_windows(criterion).items()
    }
    limits = {
        name: _numbers(limit, only_stricter=strict) for name, limit in own_limits(criterion).items()
    }
    weights = [None, criterion.weight, *heavier(criterion.weight)]
    return st.builds(
        RowPolicy,
        windows=st.fixed_dictionaries({}, optional=days),
        limits=st.fixed_dictionaries({}, optional=limits),
        weight=st.sampled_from(weights),
        off=st.booleans() if can_be_off(criterion) else st.just(False),
    )


_POLICIES: Final = st.builds(
    Policy,
    brain_stance=st.sampled_from(BrainStance),
    windows=st.fixed_dictionaries(
        {}, optional={name: st.integers(1, 3650) for name in SHARED_WINDOWS}
    ),
    rows=st.fixed_dictionaries({}, optional={one.id: _rows(one) for one in CRITERIA}),
)
_CONTRAINDICATIONS: Final = tuple(
    one.id for one in CRITERIA if one.weight is Weight.CONTRAINDICATION
)
_ALL_OFF: Final = Policy(
    windows=dict.fromkeys(SHARED_WINDOWS, 1),
    rows={one.id: RowPolicy(off=True) for one in CRITERIA if can_be_off(one)},
)
_ALL_LONG: Final = Policy(windows=dict.fromkeys(SHARED_WINDOWS, 3650))


@given(
    policy=_POLICIES,
    names=st.sets(st.sampled_from(sorted(_charts())), min_size=12, max_size=12),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_policy_can_only_be_stricter_on_contraindications(
    policy: Policy, names: set[str]
) -> None:
    assert mistakes(policy, CRITERIA) == ()
    _check(policy, sorted(names))


@pytest.mark.parametrize("policy", [_ALL_OFF, _ALL_LONG], ids=["all off, all short", "all long"])
def test_no_chart_is_judged_more_favourably(policy: Policy) -> None:
    _check(policy, _charts())


def _check(policy: Policy, names: Iterable[str]) -> None:
    rules = SiteRules(policy)
    for name in names:
        status, published = _as_published(name)
        found = assess(_charts()[name], rules)
        for row in _CONTRAINDICATIONS:
            outcome, before = found.of(row).outcome, published[row]
            if outcome is Outcome.MET:
                assert before is Outcome.MET, (name, row)
            if outcome is Outcome.NOT_APPLICABLE:
                assert before is Outcome.NOT_APPLICABLE, (name, row)
            if before is Outcome.NOT_MET:
                assert outcome is Outcome.NOT_MET, (name, row)
            if before is Outcome.UNKNOWN:
                assert outcome in (Outcome.UNKNOWN, Outcome.NOT_MET), (name, row)
        if status is Status.CONTRAINDICATION_FOUND:
            assert found.status is Status.CONTRAINDICATION_FOUND, name
        if found.status is Status.NOT_APPLICABLE:
            assert status is Status.NOT_APPLICABLE, name


def test_the_charts_tell_policies_apart() -> None:
    """Else the property would hold for want of a case."""
    outcomes = {
        (row, outcome) for name in _charts() for row, outcome in _as_published(name)[1].items()
    }
    for row in _CONTRAINDICATIONS:
        assert {(row, Outcome.MET), (row, Outcome.NOT_MET), (row, Outcome.UNKNOWN)} & outcomes
    for policy in (_ALL_OFF, _ALL_LONG):
        rules = SiteRules(policy)
        changed = [
            name
            for name, case in _charts().items()
            if {j.criterion.id: j.finding.outcome for j in assess(case, rules).judged}
            != _as_published(name)[1]
        ]
        assert changed


# The stricter of two answers ----------------------------------------------------------------------

_SEEN: Final = Evidence("Observation/1", "it")
_ANSWERS: Final[Mapping[str, Finding]] = {
    "not-met": not_met(_SEEN),
    "unknown": unknown(Why.STALE, _SEEN),
    "confirm": confirm("ask", _SEEN),
    "met": met(_SEEN),
    "not-applicable": not_applicable("no"),
}


def test_the_stricter_answer_counts() -> None:
    order = list(_ANSWERS)
    for mine, at_site in _ANSWERS.items():
        for ours, published in _ANSWERS.items():
            outcome = stricter(at_site, published).outcome
            strongest = order[min(order.index(mine), order.index(ours))]
            # met, where it does not apply as published, is no finding of the rule book
            expected = ours if strongest in ("met", "not-applicable") else strongest
            assert outcome.value == expected, (mine, ours)


def test_where_the_published_rule_outweighs_the_site_s_the_finding_says_so() -> None:
    toml = "[windows]\nacute-encounter-diagnosis = 7"
    seen = visit_diagnosis(HEMIPLEGIA, days_ago=20)
    found = assessed(chart(*nothing_against(deficit=seen)), toml).of("cns-impairment-absent")
    assert found.outcome is Outcome.NOT_MET
    assert found.remark == AS_PUBLISHED
    said: Any = stricter(met(_SEEN), not_met(_SEEN, remark="why")).remark
    assert said == f"why; {AS_PUBLISHED}"
