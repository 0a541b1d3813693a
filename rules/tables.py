"""The data files of the rule book, read once: as they stand in `rules/data`."""

import csv
from importlib.resources import files


def text(name: str) -> str:
    """The whole of `rules/data/{name}`."""
    return (files("rules") / "data" / name).read_text(encoding="utf-8")


def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of `rules/data/{name}.csv`, every cell as text, in the order of the file."""
    return tuple(csv.DictReader(text(f"{name}.csv").splitlines()))
