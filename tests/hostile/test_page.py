"""`docs/hostile-input.md` is that of the table, and names tests that exist."""

from tests.hostile import page
from tests.hostile.table import ROWS


def test_the_page_is_current() -> None:
    """`python -m tests.hostile.page` writes it."""
    assert page.PAGE.read_text(encoding="utf-8") == page.text()


def test_every_row_stands_on_the_page_once() -> None:
    lines = page.text().splitlines()
    names = [(section, row.name) for section, row in ROWS]
    assert len(set(names)) == len(names)
    assert sum(line.endswith("| `test_the_table` |") for line in lines) == len(ROWS)


def test_every_test_that_the_page_names_exists() -> None:
    assert len({id(test) for test in page.named_tests()}) == len(page.TESTS)
