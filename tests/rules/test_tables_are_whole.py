"""
The tables of cases are whole: every answer that a criterion can give has a row in its table.

What it can give is not declared but seen: each criterion judges documents of all the tables, and
an answer that its own table lacks is a hole.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Final

import pytest

from cds_hooks.evaluate import read_document
from rules.case import Case
from rules.checks import AskClinician, AtLeast, AtMost, NoneRecorded
from rules.criteria import CRITERIA
from rules.model import Criterion, Finding, Outcome, Why
from tests.build import TODAY
from tests.rulebook import Row, rows_of

_EVERY: Final = 7  # of all documents, each so-manieth is judged by all criteria
_DAY: Final = date.fromisoformat(TODAY)

every_criterion = pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.id)

# What a shape of check can give, whatever its numbers (criteria.md, "Outcome of one criterion").
_VALUE: Final = frozenset(
    {
        *("met", "not-met", "unknown:absent", "unknown:stale", "unknown:not-final"),
        *("unknown:unreadable", "unknown:unit-unknown", "unknown:conflicting"),
        *("unknown:unclassified", "unknown:not-shared"),
    }
)
_ABSENCE: Final = frozenset(
    {
        *("met", "not-met", "unknown:absent", "unknown:unreadable", "unknown:unclassified"),
        *("unknown:conflicting", "unknown:not-shared"),
    }
)


def _words(finding: Finding) -> str:
    return finding.outcome.value + (f":{finding.why.value}" if finding.why else "")


def _case(document: bytes) -> Case:
    return Case(read_document(document), _DAY)


@cache
def _table(criterion: Criterion) -> Mapping[str, Row]:
    """Each answer of a criterion's table, with the first row that expects it."""
    found: dict[str, Row] = {}
    for row in rows_of(criterion):
        expected = row.expected
        if expected == "unknown":  # a row that leaves the reason open is asked for it
            expected = _words(criterion.assess(_case(row.document)))
        found.setdefault(expected, row)
    return found


@every_criterion
def test_every_criterion_has_a_table_in_plain_words(criterion: Criterion) -> None:
    rows = list(rows_of(criterion))
    assert len(rows) >= (1 if isinstance(criterion.check, AskClinician) else 6)
    words = [row.words for row in rows]
    assert len(words) == len(set(words)), "two rows of a table say the same"


@every_criterion
def test_the_table_has_what_its_shape_can_give(criterion: Criterion) -> None:
    match criterion.check:
        case AtMost() | AtLeast():
            assert set(_table(criterion)) >= _VALUE
        case NoneRecorded():
            assert set(_table(criterion)) >= _ABSENCE
        case AskClinician():
            assert set(_table(criterion)) == {"confirm"}
        case _:
            outcomes = {answer.partition(":")[0] for answer in _table(criterion)}
            assert len(outcomes) > 1


@cache
def _documents() -> tuple[bytes, ...]:
    every = [row.document for one in CRITERIA for row in rows_of(one)]
    return tuple(every[::_EVERY])


@cache
def _seen() -> Mapping[str, Mapping[str, int]]:
    """Criterion → each answer that it gave, with the number of the first such document."""
    seen: dict[str, dict[str, int]] = {one.id: {} for one in CRITERIA}
    for number, document in enumerate(_documents()):
        case = _case(document)
        for one in CRITERIA:
            seen[one.id].setdefault(_words(one.assess(case)), number)
    return seen


@every_criterion
def test_no_answer_is_seen_that_the_table_lacks(criterion: Criterion) -> None:
    assert len(_documents()) > 100
    missing = set(_seen()[criterion.id]) - set(_table(criterion))
    assert not missing, [_documents()[_seen()[criterion.id][one]] for one in sorted(missing)]


def _answers() -> Iterator[str]:
    for one in CRITERIA:
        yield from _table(one)


def test_every_outcome_and_every_reason_occurs_in_some_table() -> None:
    told = set(_answers())
    for why in Why:
        assert f"unknown:{why.value}" in told
    for outcome in Outcome:
        assert any(answer.startswith(outcome.value) for answer in told)
