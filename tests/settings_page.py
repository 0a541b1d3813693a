"""
Writes `docs/settings.md` from the models of the settings.

    python -m tests.settings_page
"""

from pathlib import Path
from typing import Final

from cds_hooks.settings_text import markdown

PAGE: Final = Path(__file__).parents[1] / "docs" / "settings.md"

if __name__ == "__main__":
    PAGE.write_text(markdown(), encoding="utf-8")
