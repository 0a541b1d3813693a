"""
Words that stand for a condition or a medicine where no listed code does.

Source: `condition-stems.csv` (criteria.md, rule 8: they only ever make *unclassified*) and
`drug-stems.csv` (criteria.md, section L: for a medicine the name is the drug).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rules.codes import Use, ValueSet
from rules.tables import rows

_BEFORE = r"(?<![^\W_])"  # no letter or digit before
_AFTER = r"(?![^\W_])"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _pattern(stem: str, match: str) -> str:
    body = r"[^\W\d_]*".join(re.escape(part) for part in stem.casefold().split("*"))
    return _BEFORE + body + (_AFTER if match == "word" else "")


@cache
def _condition_stems() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str], tuple[str, ...]]:
    """A pattern for each value set, one for all of them, and the words that rule a text out."""
    by_set: dict[str, list[str]] = {}
    excluded = []
    for row in rows("condition-stems"):
        if row["match"] == "exclude":
            excluded.append(row["stem"].casefold())
        else:
            by_set.setdefault(row["value_set"], []).append(_pattern(row["stem"], row["match"]))
    patterns = {name: re.compile("|".join(found)) for name, found in by_set.items()}
    anything = re.compile("|".join(p for found in by_set.values() for p in found))
    return patterns, anything, tuple(excluded)


def conditions_named(texts: Iterable[str]) -> frozenset[str]:
    """The value sets of which one of the texts holds a stem."""
    patterns, anything, excluded = _condition_stems()
    named: set[str] = set()
    for text in map(_folded, texts):
        if anything.search(text) and not any(word in text for word in excluded):
            named |= {name for name, pattern in patterns.items() if pattern.search(text)}
    return frozenset(named)


@dataclass(frozen=True, slots=True)
class DrugName:
    """A row of drug-stems.csv."""

    value_set: str
    name: str
    use: Use
    atc: str
    excluded: tuple[str, ...]
    note: str


@cache
def _drug_names() -> dict[str, tuple[DrugName, ...]]:
    """First word of a name → the names that begin with it."""
    index: dict[str, tuple[DrugName, ...]] = {}
    for row in rows("drug-stems"):
        name = DrugName(
            value_set=row["value_set"],
            name=row["stem"].casefold(),
            use=Use(row["use"]),
            atc=row["atc"],
            excluded=tuple(w.casefold() for w in row["exclude_if_text_contains"].split(";") if w),
            note=row["note"],
        )
        first = _WORD.search(name.name)
        key = first.group() if first else name.name
        index[key] = (*index.get(key, ()), name)
    return index


_WORD = re.compile(r"[^\W_]+")


def drugs_named(texts: Iterable[str], wanted: ValueSet) -> tuple[DrugName, ...]:
    """The names of the class that stand as whole words in the texts, unless ruled out."""
    text = _folded(" | ".join(texts))
    found = []
    for word in _WORD.finditer(text):
        for name in _drug_names().get(word.group(), ()):
            end = word.start() + len(name.name)
            if (
                name.value_set == wanted.name
                and text.startswith(name.name, word.start())
                and not _WORD.match(text, end)
                and not any(w in text for w in name.excluded)
            ):
                found.append(name)
    return tuple(found)


@cache
def _local_forms() -> tuple[str, ...]:
    """
    The forms that act locally: the words that every steroid name of drug-stems.csv excludes.

    criteria.md, section L: "`route-local` … or such a form in the name: ignored".
    """
    each = [
        set(name.excluded)
        for names in _drug_names().values()
        for name in names
        if name.value_set == "drug-systemic-corticosteroid"
    ]
    return tuple(sorted(set.intersection(*each)))


def is_local_form(texts: Iterable[str]) -> bool:
    """Whether the text names a form that acts locally, whatever the code."""
    text = _folded(" | ".join(texts))
    return any(word in text for word in _local_forms())


# criteria.md, section L: "`route-local` (topical, inhaled, ophthalmic, otic, nasal, vaginal)"
_LOCAL_ROUTE = re.compile(_BEFORE + r"(?:topical|inhal|ophthalmic|otic|nasal|vaginal)")


def is_local_route(text: str) -> bool:
    """Whether a route told in words is one of the local ones."""
    return bool(_LOCAL_ROUTE.search(_folded(text)))
