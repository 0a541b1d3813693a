"""Which value sets a row can look for: read off its code, and held against what it really does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from cds_hooks.evaluate import read_document
from rules import codes, reach
from rules.assess import gate
from rules.case import Case
from rules.chart import Chart
from rules.codes import Code, ValueSet, Verdict
from rules.criteria import CRITERIA
from rules.model import Criterion
from rules.reach import value_sets, value_sets_of
from tests.build import TODAY
from tests.rulebook import chosen


def by_id(criterion_id: str) -> Criterion:
    return next(one for one in CRITERIA if one.id == criterion_id)


def test_sets_in_fields_and_in_code_are_the_rows_own() -> None:
    steroid = value_sets(by_id("systemic-corticosteroid"))
    assert steroid.own == (
        codes.DRUG_CORTICOSTEROID, codes.ADRENAL_INSUFFICIENCY, codes.HYPOPITUITARISM
    )  # fmt: skip
    assert codes.ROUTE_LOCAL in steroid.shared
    assert value_sets(by_id("creatinine-acceptable")).own == (
        codes.CREATININE, codes.CREATININE_CLEARANCE
    )  # fmt: skip


def test_sets_behind_a_fact_that_rows_share_are_shared() -> None:
    growing = value_sets(by_id("brain-mets-not-growing"))
    assert codes.TUMOUR_SIZE in growing.own
    assert codes.BRAIN_METASTASIS in growing.shared
    assert growing.all == growing.own + growing.shared


def test_no_set_is_told_twice() -> None:
    for criterion in CRITERIA:
        found = value_sets(criterion).all
        assert len(found) == len(set(found)), criterion.id


def test_what_a_row_declares_is_its_own() -> None:
    for criterion in CRITERIA:
        declared = {one for _, one in criterion.check.reads if one is not None}
        assert declared <= set(value_sets(criterion).own), criterion.id


@dataclass
class Asked:
    """Notes every set that is looked for."""

    names: set[str]

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listed_in, near, judge = Chart.listed_in, Chart.near, codes.judge

        def noted_listed_in(chart: Chart, record: Any, kind: Any, *wanted: ValueSet) -> Any:
            self.names |= {one.name for one in wanted}
            return listed_in(chart, record, kind, *wanted)

        def noted_near(chart: Chart, record: Any, kind: Any, *wanted: ValueSet) -> Any:
            self.names |= {one.name for one in wanted}
            return near(chart, record, kind, *wanted)

        def noted_judge(found: Iterator[tuple[Code, ...]], *wanted: ValueSet) -> Verdict:
            self.names |= {one.name for one in wanted}
            return judge(found, *wanted)

        monkeypatch.setattr(Chart, "listed_in", noted_listed_in)
        monkeypatch.setattr(Chart, "near", noted_near)
        monkeypatch.setattr(codes, "judge", noted_judge)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)
def test_a_row_looks_for_no_set_but_those_read_off_its_code(
    criterion: Criterion, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(set())
    asked.patch(monkeypatch)
    for row in chosen(criterion):
        criterion.assess(Case(read_document(row.document), date.fromisoformat(TODAY)))
    assert asked.names <= {one.name for one in value_sets(criterion).all}


def test_the_gate_has_sets_of_its_own() -> None:
    assert {codes.HOSPICE, codes.RENAL_CELL_CARCINOMA} <= value_sets_of(gate)


# Small things to read, each in the shape that it stands for ---------------------------------------

_BY_WORD = {"gcs": codes.GLASGOW, codes.ECOG: ("a", ["b", codes.LVEF])}


def _with_lambda() -> Sequence[ValueSet]:
    return [one for one in (lambda: (codes.HIV, codes.SODIUM))() if one.codes]


def _with_defaults(one: ValueSet = codes.AST, *, other: ValueSet = codes.EGFR) -> bool:
    return one == other


class _Holder:
    kept = codes.INR

    @property
    def sets(self) -> ValueSet:
        return codes.WEIGHT

    def method(self) -> ValueSet:
        return codes.ALT


@pytest.fixture
def _as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in this module is read as if it were of the rules."""
    own_property: Any = vars(_Holder)["sets"]
    for thing in (_with_lambda, _with_defaults, _Holder, _Holder.method, own_property.fget):
        monkeypatch.setattr(thing, "__module__", "rules.criteria.made_up")
    reach._called.cache_clear()


@pytest.mark.usefixtures("_as_ours")
def test_sets_are_found_in_maps_closures_classes_and_bound_methods() -> None:
    assert value_sets_of(_BY_WORD) == {codes.GLASGOW, codes.ECOG, codes.LVEF}
    assert value_sets_of(_with_lambda) == {codes.HIV, codes.SODIUM}
    assert value_sets_of(_with_defaults) == {codes.AST, codes.EGFR}
    assert value_sets_of(_Holder) == {codes.WEIGHT, codes.ALT}
    assert value_sets_of(_Holder().method) == {codes.ALT}


def test_what_is_not_of_the_rules_is_not_read() -> None:
    assert value_sets_of(_with_lambda, _Holder, 5, None, "text") == frozenset()
