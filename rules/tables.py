"""The data files of the rule book, read once: rows as they stand in `rules/data`."""

import csv
from importlib.resources import files


def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `rules/data/{name}.csv`, every cell as text, in the order of the file."""
    text = (files("rules") / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
