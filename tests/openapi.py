"""
Writes `docs/openapi.json`, the description of the HTTP interface.

    python -m tests.openapi
"""

import json
from pathlib import Path
from typing import Final

from cds_hooks import openapi

FILE: Final = Path(__file__).parents[1] / "docs" / "openapi.json"


def text() -> str:
    """What the file must hold."""
    return json.dumps(openapi.document(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
