"""docs/conformance.md: every point has a test that cites it, or the reason why it has none."""

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.service.running import ROOT

PAGE: Final = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
CHECKLIST: Final = (
    Path(os.environ.get("IL2_SHARED", ROOT.parent / "shared")) / "spec" / "cds-hooks.md"
)
FOLDERS: Final = ("conformance", "service", "deploy")
AREAS: Final = (
    "GEN|DSC|PFT|REQ|PRE|FHR|HTP|CRD|SRC|SUG|ACT|OVR|LNK|SYS|COD|FBK|SEC|JWT|EXT|HKS|V3|PRD"
)
WHY: Final = ("not yet: ", "binds the client: ", "note: ", "deployment: ")
_POINT: Final = re.compile(rf"\b({AREAS})-(\d+)(?: to (?:\1-)?(\d+))?\b")
_IN_NAME: Final = re.compile(rf"(?<=_)({AREAS.lower()})_(\d+)(?:_to_(\d+))?(?=_)")


@dataclass(frozen=True, slots=True)
class Row:
    """One point of the page."""

    level: str
    words: str
    tests: tuple[str, ...]
    reason: str


def _rows() -> Mapping[str, Row]:
    found: dict[str, Row] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(rf"({AREAS})-\d+", cells[0]):
            point, level, words, tested = cells
            assert point not in found, f"{point} stands twice"
            tests = tuple(re.findall(r"`(test_\w+)`", tested))
            reason = re.sub(r"`test_\w+`,? ?", "", tested).strip(" ·")
            found[point] = Row(level, words, tests, reason)
    return found


def _cited(text: str, pattern: re.Pattern[str]) -> set[str]:
    return {
        f"{area.upper()}-{number}"
        for area, first, last in pattern.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }


def _tests() -> Mapping[str, frozenset[str]]:
    """The points that each test cites in its name or docstring."""
    found: dict[str, frozenset[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    points = _cited(node.name, _IN_NAME)
                    points |= _cited(ast.get_docstring(node) or "", _POINT)
                    if folder == "conformance" and path != Path(__file__):
                        assert points, f"{node.name} cites no point"
                    found[node.name] = frozenset(points)
    return found


ROWS: Final = _rows()
TESTS: Final = _tests()


def test_every_point_has_a_test_or_a_reason() -> None:
    assert ROWS
    for point, row in ROWS.items():
        assert row.level, point
        assert row.words, point
        assert row.tests or row.reason, point
        if row.reason:
            assert row.reason.startswith(WHY), f"{point}: {row.reason}"


def test_every_test_that_the_page_names_cites_its_point() -> None:
    for point, row in ROWS.items():
        for name in row.tests:
            assert name in TESTS, f"{point}: there is no {name}"
            assert point in TESTS[name], f"{name} does not cite {point}"


def test_every_test_that_cites_a_point_stands_in_its_row() -> None:
    """So every test of this folder is on the page."""
    for name, points in TESTS.items():
        for point in sorted(points):
            assert point in ROWS, f"{name} cites {point}, which is no point"
            assert name in ROWS[point].tests, f"the row of {point} lacks {name}"


def test_the_numbers_of_a_section_have_no_gap() -> None:
    for area in AREAS.split("|"):
        numbers = [int(point.split("-")[1]) for point in ROWS if point.startswith(f"{area}-")]
        assert numbers == list(range(1, len(numbers) + 1)), area


@pytest.mark.skipif(not CHECKLIST.exists(), reason="the checklist is not beside this checkout")
def test_every_point_of_the_checklist_stands_on_the_page() -> None:
    text = CHECKLIST.read_text(encoding="utf-8")
    listed = set(re.findall(rf"^\| (?:\*\*)?((?:{AREAS})-\d+)", text, re.MULTILINE))
    listed |= {f"HKS-{number}" for number in re.findall(r"\bHKS-(\d+)", text)}
    assert len(listed) > 150
    assert listed == set(ROWS)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("test_pre_1_pre_9_htp_2_without", {"PRE-1", "PRE-9", "HTP-2"}),
        ("test_pft_7_to_10_none", {"PFT-7", "PFT-8", "PFT-9", "PFT-10"}),
        ("test_v3_10_x", {"V3-10"}),
        ("test_spree_1_x", set()),
    ],
)
def test_a_name_cites_points(text: str, points: set[str]) -> None:
    assert _cited(text, _IN_NAME) == points
    assert _cited("PRD-2, PRE-1 to PRE-3.", _POINT) == {"PRD-2", "PRE-1", "PRE-2", "PRE-3"}
