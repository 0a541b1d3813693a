"""What docs/policy.md says holds."""

import re
from pathlib import Path

from cds_hooks import policy
from rules.adjust import GATE_ROWS, SHARED_WINDOWS
from rules.site_rules import SiteRules

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_the_example_holds_and_changes_what_it_says() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    read, mistakes = policy.parse(example)
    assert mistakes == ()
    assert len(SiteRules(read).differences) == 13


def test_every_shared_window_and_row_of_the_gate_is_named() -> None:
    for name in (*SHARED_WINDOWS, *GATE_ROWS):
        assert f"`{name}`" in PAGE


def test_every_setting_has_a_line() -> None:
    for name in policy._File.model_fields:
        assert name in PAGE
    for name in policy._Row.model_fields:
        assert f"`criteria.ID.{name}`" in PAGE
