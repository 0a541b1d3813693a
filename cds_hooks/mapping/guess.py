"""
What a code might be, by the words beside it: a hint for a person, never read by a rule.

Medicines and conditions: the names and stems that the rules know (`rules.stems`). All else: the
share of words that a text has in common with the best display of a value set that a row reads.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from rules import codes, stems
from rules.assess import gate
from rules.chart import Kind
from rules.codes import Code, ValueSet
from rules.criteria import CRITERIA
from rules.drugs import ALL_MEDICINES
from rules.reach import value_sets, value_sets_of
from rules.tables import rows

CODE = "code"  # the part of an entry that says what it is

BY_WORDS = "words"
BESIDE = "another code of the entry"
NOT_READ = "listed, read by no row"

_ENOUGH = 0.6  # of all the words, by weight, shared
_CLOSE = 0.8  # of the letters, for words from another language or a typing slip
_NAME = 2  # words that can name a measured thing by themselves
_SHORT = 4  # letters from which a word may be the beginning of another
_LONG = 6  # letters from which a word may be held against others that are close
_WORD = re.compile(r"[^\W\d_]+\d*")
# Words that tell a specimen, a property or a kind of entry, not what is meant; the first parts of
# our own names; and the tags of SNOMED.
_EMPTY = frozenset(
    _WORD.findall(
        "a an and as at by for from in into is no not of on or other per than the to unspecified "
        "with without nos ser plas serum plasma bld blood mass moles volume substance number count "
        "concentration automated manual method level lab vital pft abg observation code value "
        "values score total lookalike unspecific result measured assay disorder finding procedure "
        "event route situation observable entity regime therapy body structure qualifier scale "
        "assessment"
    )
)


@dataclass(frozen=True, slots=True)
class Guess:
    """The sets that a code might belong to, and how that was guessed."""

    sets: tuple[str, ...]
    why: str


# --- What the rules read ----------------------------------------------------------------------


@cache
def known() -> frozenset[str]:
    """The names of the sets that a row or the gate looks for, and of those that belong to them."""
    wanted = {one for criterion in CRITERIA for one in value_sets(criterion).all}
    wanted |= value_sets_of(gate)
    return frozenset().union(*(codes.family(one) for one in wanted))


def is_understood(found: Iterable[tuple[Code, ...]]) -> bool:
    """Whether one of the codings, given by its rows of codes.csv, is in a set that is read."""
    return any(code.value_set in known() for rows_found in found for code in rows_found)


@cache
def _measured() -> frozenset[str]:
    """The sets that are asked for by their codes: what is measured or scored, and reports."""
    read = {one for c in CRITERIA for _, one in c.check.reads if one is not None}
    return frozenset().union(*(codes.family(one) for one in read))


@cache
def analytes() -> dict[str, str]:
    """Value set or LOINC code → the analyte of units.csv whose units its values must have."""
    found: dict[str, str] = {}
    of_set: dict[str, set[str]] = {}
    for row in rows("units"):
        for code in row["loinc"].split():
            found[code] = row["analyte"]
            for listed in codes.listed(codes.coding(codes.LOINC, code)):
                of_set.setdefault(listed.value_set, set()).add(row["analyte"])
    return found | {name: several.pop() for name, several in of_set.items() if len(several) == 1}


# --- Guesses ----------------------------------------------------------------------------------


def by_listing(found: Sequence[tuple[Code, ...]], why: str) -> Guess:
    """The sets in which codes are listed: those that are read, if there are any."""
    names = {code.value_set: None for rows_found in found for code in rows_found}
    read = [name for name in names if name in known()]
    return Guess(tuple(read or names), why)


@cache
def by_words(kind: Kind, part: str, texts: tuple[str, ...]) -> Guess | None:
    """What an entry, or a coded part of one, might be by its words; None: no idea."""
    if any(word in text.casefold() for word in _ruled_out() for text in texts):
        return None
    named: frozenset[str] = frozenset()
    if part == CODE and kind in ALL_MEDICINES:
        named = known() & {name.value_set for name in stems.drugs_named(texts)}
    elif part == CODE and kind in _NAMED:
        named = stems.conditions_named(texts) & known()
    if not named and (pool := _pool(kind, part)):
        named = _most_alike(texts, pool)
    return Guess(tuple(sorted(named)), BY_WORDS) if named else None


@cache
def _ruled_out() -> tuple[str, ...]:
    """The words that rule a text out for every row, such as those of a family history."""
    return tuple(r["stem"].casefold() for r in rows("condition-stems") if r["match"] == "exclude")


_NAMED = (Kind.CONDITION, Kind.PROCEDURE, Kind.ALLERGY)
_MEASURED = (Kind.OBSERVATION, Kind.REPORT, Kind.ORDER, Kind.DEVICE)


@cache
def _pool(kind: Kind, part: str) -> frozenset[str]:
    """The sets that a part of an entry may be about; none, where words would mislead."""
    sites = {name for name in known() if "body-site" in name}
    routes = {name for name in known() if name.startswith("route-")}
    medicines = {name for name in known() if name.startswith("drug-")}
    match part:
        case "body site":
            return frozenset(sites)
        case "route":
            return frozenset(routes)
        case "conclusion":
            return known() - sites - routes - medicines
        case "code" if kind in _MEASURED:
            return _measured()
        case "code" if kind not in _NAMED:
            return frozenset()
        case _:
            return known() - _measured() - sites - routes - medicines


def _words(text: str) -> frozenset[str]:
    """The words that mean something, "platelets" like "platelet"."""
    told = (word for word in _WORD.findall(text.casefold()) if word not in _EMPTY)
    return frozenset(_PLURAL.sub("", word) if len(word) >= _LONG else word for word in told)


_PLURAL = re.compile(r"(?<![su])s$")


@dataclass(frozen=True)
class _Displays:
    """The displays of some sets as words, found by each word; what a word of them weighs."""

    by_word: Mapping[str, tuple[tuple[str, frozenset[str]], ...]]
    weights: Mapping[str, float]

    def weight(self, words: frozenset[str]) -> float:
        """A word that few sets have tells more; one that none has tells most."""
        return sum(self.weights.get(word, 1.0) for word in words)


@cache
def _displays(pool: frozenset[str]) -> _Displays:
    index: dict[str, dict[tuple[str, frozenset[str]], None]] = {}
    for name in sorted(pool):
        texts = [name.replace("-", " "), analytes().get(name, "")]
        for text in (*texts, *(code.display for code in ValueSet(name).codes)):
            told = _words(text)
            for word in told:
                index.setdefault(word, {})[name, told] = None
    return _Displays(
        {word: tuple(found) for word, found in index.items()},
        {word: 1 / len({name for name, _ in found}) for word, found in index.items()},
    )


def _most_alike(texts: Sequence[str], pool: frozenset[str]) -> frozenset[str]:
    """The sets of the displays that share most with one of the texts; a look-alike is none."""
    displays = _displays(pool)
    best, names = _ENOUGH, set[str]()
    for text in texts:
        told = frozenset(_as_known(word, pool) for word in _words(text))
        for name, words in {one for word in told for one in displays.by_word.get(word, ())}:
            score = displays.weight(told & words) / displays.weight(told | words)
            if pool == _measured() and _is_named(told, words):
                score = max(score, _ENOUGH + len(told & words) / 10)
            if score > best:
                best, names = score, {name}
            elif score == best:
                names.add(name)
    return frozenset(names - _lookalikes())


def _is_named(told: frozenset[str], words: frozenset[str]) -> bool:
    """A short name with a laboratory's own words around it, or a part of a long one."""
    return (words <= told and len(words) <= _NAME) or (told <= words and len(told) >= _NAME)


@cache
def _lookalikes() -> frozenset[str]:
    """The sets of what only looks like another."""
    return frozenset(r["value_set"] for r in rows("siblings") if r["kind"] == "lookalike")


@cache
def _as_known(word: str, pool: frozenset[str]) -> str:
    """The word of our displays that a word stands for: begins, or is nearly the same."""
    known_words = _displays(pool).by_word
    if word in known_words or len(word) < _SHORT:
        return word
    longer = [one for one in known_words if one.startswith(word)]
    if longer:
        return min(longer, key=len)
    near = get_close_matches(word, known_words, 1, _CLOSE) if len(word) >= _LONG else []
    return next(iter(near), word)
