"""
Writes what is generated of the rule book: its examples, its page, its list of codes.

    python -m tests.rulebook           writes the files
    python -m tests.rulebook --check   only tells which are not current; exit code 1 if one is not

The examples are rows of the tables in `tests/criteria/test_<id>.py`, in their own words. A few
are chosen for each row, and only those are run.
"""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from cds_hooks.evaluate import read_document
from cds_hooks.report import remark_of
from cds_hooks.rulebook import codes_csv
from cds_hooks.rulebook_page import markdown
from rules import book
from rules.book import Example
from rules.case import Case
from rules.criteria import CRITERIA
from rules.model import Criterion, Evidence, Outcome
from tests.build import TODAY

ROOT: Final = Path(__file__).parents[1]
_COLUMNS: Final = ("criterion", "words", "outcome", "reason", "remark", "evidence")
_MOST_EVIDENCE: Final = 3
_DAY: Final = len("2026-11-24")  # a time of day is left out
# Rows on the edge of a limit, and on the edge of a window: what a reviewer looks at first.
_ON_A_LIMIT: Final = re.compile(r"\blimit\b|\bjust\b|\bexactly\b|\bboundary\b", re.IGNORECASE)
_ON_A_DAY: Final = re.compile(
    r"\b(?:first|last) day\b|\bdays? (?:too|over)\b|\bwindow\b|\btoday\b|\bbirthday\b",
    re.IGNORECASE,
)


class Row(NamedTuple):
    """One row of a table of tests."""

    words: str
    document: bytes
    expected: str


def rows_of(criterion: Criterion) -> Iterator[Row]:
    """The rows of the tables `(document, expected)` in the test module of a criterion."""
    module = import_module(f"tests.criteria.test_{criterion.id.replace('-', '_')}")
    for test in vars(module).values():
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize" and mark.args[0] == ("document", "expected"):
                for found in mark.args[1]:
                    if isinstance(found.id, str) and isinstance(found.values[0], bytes):
                        yield Row(found.id, *found.values)


def chosen(criterion: Criterion) -> Sequence[Row]:
    """For each expected answer a row on a limit or a window's edge, else its first; of met and
    not-met the first, and one on each."""
    by_answer: dict[str, list[Row]] = {}
    for row in rows_of(criterion):
        by_answer.setdefault(row.expected, []).append(row)
    picked: list[Row] = []
    for found in by_answer.values():
        edges = [
            next((row for row in found if edge.search(row.words)), None)
            for edge in (_ON_A_LIMIT, _ON_A_DAY)
        ]
        on_edge = [row for row in edges if row is not None]
        if found[0].expected in ("met", "not-met"):
            picked += dict.fromkeys((found[0], *on_edge))
        else:
            picked += (on_edge or found)[:1]
    return picked


def example(criterion: Criterion, row: Row) -> Example:
    """What the criterion makes of a row: run, never taken from the table."""
    case = Case(read_document(row.document), date.fromisoformat(TODAY))
    found = criterion.assess(case)
    evidence = [_evidence(one) for one in found.evidence[:_MOST_EVIDENCE]]
    if more := len(found.evidence) - len(evidence):
        evidence.append(f"and {more} more")
    return Example(row.words, found.outcome, found.why, remark_of(found), "; ".join(evidence))


def _evidence(one: Evidence) -> str:
    """Without its reference: the builders number what they make."""
    parts = (one.label, one.value, one.unit, f"({one.date[:_DAY]})" if one.date else None)
    return " ".join(part for part in parts if part)


@cache
def examples() -> Mapping[str, Sequence[Example]]:
    """The examples of every criterion, in the order of the answers; one of each unknown."""
    order = list(Outcome)
    found: dict[str, Sequence[Example]] = {}
    for criterion in CRITERIA:
        made: dict[object, Example] = {}
        for row in chosen(criterion):
            one = example(criterion, row)
            made.setdefault(one.why or one.words, one)
        found[criterion.id] = sorted(made.values(), key=lambda one: order.index(one.outcome))
    return found


def _examples_csv() -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for criterion_id, found in examples().items():
        for one in found:
            why = one.why.value if one.why else ""
            cells = (one.words, one.outcome.value, why, one.remark or "", one.evidence or "")
            writer.writerow((criterion_id, *(" ".join(cell.split()) for cell in cells)))
    return text.getvalue()


@cache
def generated() -> Mapping[str, str]:
    """Path below the root → what the file must hold."""
    entries = book.entries(examples=examples())
    return {
        "rules/data/examples.csv": _examples_csv(),
        "docs/rulebook.md": markdown(entries),
        "docs/rulebook-codes.csv": codes_csv(entries).replace("\r\n", "\n"),
    }


def not_current() -> list[str]:
    """The generated files that differ from what would be written now."""
    return [name for name, text in generated().items() if _held(ROOT / name) != text]


def _held(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with --check only tell."""
    old = not_current()
    for name in old:
        if "--check" not in arguments:
            (ROOT / name).write_text(generated()[name], encoding="utf-8", newline="\n")
        sys.stdout.write(f"{name}\n")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
