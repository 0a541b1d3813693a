"""On what and with what was measured."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

_MEASURED = ("il2-advisor", "msgspec", "requests", "starlette", "urllib3", "uvicorn")


Facts = dict[str, str | int | float]


def about() -> Facts:
    """System, cores, Python, and the versions of what decides the speed."""
    told: Facts = {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "Python": platform.python_version(),
    }
    return told | {name: version(name) for name in _MEASURED}


def tell(facts: Facts, table: str, rows: Sequence[Any], path: Path | None) -> None:
    """Print what was measured; and write it, if a path is given."""
    print("; ".join(f"{name} {value}" for name, value in facts.items()))
    print(table)
    if path is not None:
        found = {"about": facts, "rows": [asdict(row) for row in rows]}
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
