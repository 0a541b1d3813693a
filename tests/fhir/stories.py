"""Every fixture, and what fixtures/README.md tells of it."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

FIXTURES: Final = Path(__file__).parents[2] / "fixtures"

CHARTS: Final = sorted((FIXTURES / "charts").glob("*.json"))
REQUESTS: Final = sorted((FIXTURES / "requests").glob("*.json"))
ORDERS: Final = sorted((FIXTURES / "requests" / "orders").glob("*.json"))
SANDBOX: Final = sorted((FIXTURES / "requests" / "sandbox").glob("*.json"))
REFUSED: Final = sorted((FIXTURES / "requests" / "refused").glob("*.json"))
MALFORMED: Final = sorted((FIXTURES / "malformed").glob("*.json"))
STORIES: Final = [*CHARTS, *REQUESTS]


def name_of(path: Path) -> str:
    """`requests/patient-view-no-melanoma`: the name of a story, for test ids."""
    return f"{path.parent.name}/{path.stem}"


@cache
def told() -> Mapping[str, str]:
    """Folder and name of each fixture → the last cell of its row in the README: the expected."""
    expected: dict[str, str] = {}
    folder = ""
    for line in (FIXTURES / "README.md").read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"#+ `([a-z/]+)/`", line):
            folder = heading.group(1).rpartition("/")[2]
        elif row := re.match(r"\| `([^`]+)` \|.*\| ([^|]+) \|$", line):
            expected[f"{folder}/{row.group(1)}"] = row.group(2)
    return expected
