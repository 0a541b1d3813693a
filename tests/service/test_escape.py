"""Chart text on a card: one short line, and no more of it is looked at than that takes."""

import pytest

from cds_hooks.cards import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("kidney", "kidney", id="short"),
        pytest.param("a" * 60, "a" * 60, id="as long as it may be"),
        pytest.param("a" * 61, "a" * 59 + "…", id="a sign too long"),
        pytest.param("a" * 15_000_000, "a" * 59 + "…", id="megabytes"),
        pytest.param(" " * 9_990 + "kidney", "kidney", id="blanks before it"),
        pytest.param(" " * 10_000 + "kidney", "…", id="too many blanks: it says that more stands"),
        pytest.param("kidney" + " " * 10_000 + "x", "kidney…", id="too many blanks behind it"),
    ],
)
def test_a_long_text_is_cut_and_the_cut_is_shown(text: str, shown: str) -> None:
    assert escape.plain(text) == shown
