"""
Words that stand for a condition or a medicine where no listed code does.

Source: `condition-stems.csv` (criteria.md, rule 8: they only ever make *unclassified*) and
`drug-stems.csv` (criteria.md, section L: for a medicine the name is the drug).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rules.codes import Use
from rules.tables import rows

_AFTER = r"(?![^\W_])"
_WORD = re.compile(r"[^\W_]+")
_KEY = 2  # letters of a word by which stems are looked up; no stem is shorter


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _pattern(stem: str, match: str) -> str:
    body = r"[^\W\d_]*".join(re.escape(part) for part in stem.casefold().split("*"))
    return body + (_AFTER if match == "word" else "")


@cache
def _condition_stems() -> dict[str, tuple[tuple[re.Pattern[str], str], ...]]:
    """First letters of a stem → its pattern, to be matched at the start of a word, and its set."""
    index: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {}
    for row in rows("condition-stems"):
        if row["match"] != "exclude":
            key = row["stem"].casefold()[:_KEY]
            pattern = re.compile(_pattern(row["stem"], row["match"]))
            index[key] = (*index.get(key, ()), (pattern, row["value_set"]))
    return index


@cache
def _excluding() -> tuple[str, ...]:
    """The words that rule a text out for every row."""
    return tuple(r["stem"].casefold() for r in rows("condition-stems") if r["match"] == "exclude")


def conditions_named(texts: Iterable[str]) -> frozenset[str]:
    """The value sets of which one of the texts holds a stem."""
    index = _condition_stems()
    named: set[str] = set()
    for text in map(_folded, texts):
        found = {
            value_set
            for word in _WORD.finditer(text)
            for pattern, value_set in index.get(word.group()[:_KEY], ())
            if pattern.match(text, word.start())
        }
        if found and not any(word in text for word in _excluding()):
            named |= found
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


def drugs_named(texts: Iterable[str]) -> tuple[DrugName, ...]:
    """The names, of whatever class, that stand as whole words in the texts, unless ruled out."""
    text = _folded(" | ".join(texts))
    found: dict[DrugName, None] = {}
    for word in _WORD.finditer(text):
        for name in _drug_names().get(word.group(), ()):
            stands = text.startswith(name.name, word.start())
            if stands and not _WORD.match(text, word.start() + len(name.name)):
                found[name] = None
    return tuple(name for name in found if not any(w in text for w in name.excluded))


# criteria.md, section L: "`route-local` (topical, inhaled, ophthalmic, otic, nasal, vaginal) or
# such a form in the name"; in the words by which drug-stems.csv excludes them.
_LOCAL_FORMS = frozenset(
    {
        *("topical", "cream", "ointment", "lotion", "shampoo", "scalp", "for hair", "% gel"),
        *("inhal", "nebul"),
        *("ophthalm", "eye drop", "ocular", "intravitreal"),
        *("ml otic", "% otic", "otic drop", "ear drop"),
        "nasal",
        *("vaginal", "vaginal gel"),
    }
)
# "Nasal opioids, sedatives and NSAIDs are systemic."
SYSTEMIC_BY_THE_NOSE = frozenset({"drug-opioid", "drug-sedative-psychotropic", "drug-nsaid"})


@cache
def _own_forms(value_set: str) -> frozenset[str]:
    """
    The further forms of a class: a steroid enema, the patch of an NSAID.

    They are what every name of the class excludes, if there are forms among it.
    """
    each = [
        set(name.excluded)
        for names in _drug_names().values()
        for name in names
        if name.value_set == value_set
    ]
    common = frozenset(set.intersection(*each)) if each else frozenset()
    return common if common & _LOCAL_FORMS else frozenset()


def is_local_form(texts: Iterable[str], classes: frozenset[str]) -> bool:
    """Whether the text of a medicine of these classes names a form that acts locally."""
    text = _folded(" | ".join(texts))
    forms = _LOCAL_FORMS.union(*(_own_forms(one) for one in classes))
    if classes & SYSTEMIC_BY_THE_NOSE:
        forms -= {"nasal"}
    return any(word in text for word in forms)


# criteria.md, section L: "`route-local` (topical, inhaled, ophthalmic, otic, nasal, vaginal)"
_LOCAL_ROUTE = re.compile(
    r"(?:by )?(?:topical|inhal[a-z]*|ophthalmic|otic|(?:intra)?nasal|vaginal)"
    r"(?:ly)?(?: route| use)?"
)


def is_local_route(text: str) -> bool:
    """Whether a route told in words is one of the local ones, and nothing else."""
    return bool(_LOCAL_ROUTE.fullmatch(_folded(text)))
