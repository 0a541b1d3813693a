"""
The rule book as its readers get it: each row with its value sets, examples and reviews.

Pure and without words of its own but the legend; `cds_hooks.rulebook` prints it. The examples in
`rules/data/examples.csv` are written by `python -m tests.rulebook`, which runs each one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rules import reviews, tables
from rules.codes import ValueSet, value_set
from rules.criteria import CRITERIA
from rules.model import Basis, Criterion, Outcome, Weight, Why
from rules.reach import Reached, value_sets
from rules.reviews import Review

# criteria.md, "Outcome of one criterion", "Which entry counts", "Weight of a criterion"
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.MET: "the favourable answer. It rests on an entry of the chart, or on a search of a "
    "list that came completely and with at least one entry. Never on missing data.",
    Outcome.NOT_MET: "an entry of the chart that counts today speaks against.",
    Outcome.UNKNOWN: "the chart does not settle it, for the one reason that is named.",
    Outcome.CONFIRM: "FHIR cannot answer it, only a person can. Never met, and never holds the "
    "result back.",
    Outcome.NOT_APPLICABLE: "the row's own condition for applying is known to be false.",
}
REASONS: Mapping[Why, str] = {
    Why.ABSENT: "no such entry came; or the list came empty, which can mean that nobody asked.",
    Why.STALE: "the newest entry is older than the window. It is shown, whatever it says.",
    Why.NOT_FINAL: "the newest entry is registered, preliminary or partial. An older final one "
    "never stands in for it.",
    Why.UNREADABLE: "an entry has no usable date (none, or in the future) or no usable value "
    "(none, masked, outside the plausible range, or allowing both sides of the limit), or is so "
    "damaged that it may be anything.",
    Why.UNIT_UNKNOWN: "the unit is missing, or is none that can be converted exactly.",
    Why.CONFLICTING: "entries of one time, or codings of one entry, contradict each other.",
    Why.UNCLASSIFIED: "an entry may be the thing: words without a listed code, a code that leaves "
    "it open, an entry that is not confirmed.",
    Why.IN_REPORT: "there is a report in free text that may tell: read it.",
    Why.NOT_SHARED: "the EHR refused, cut or did not send what the row needs.",
}
WEIGHTS: Mapping[Weight, str] = {
    Weight.CONTRAINDICATION: "an absolute contraindication of the US label (label-ci)",
    Weight.REQUIREMENT: "a requirement of the label (label-req) or of most trials",
    Weight.CAUTION: "shown and counted, never an exclusion",
    Weight.INFORMATION: "shown, never part of the result",
}
BASES: Mapping[Basis, str] = {
    Basis.LABEL_CI: "absolute contraindication in the US label",
    Basis.LABEL_REQ: "requirement of the US label",
    Basis.CONSENSUS: "consensus or guideline",
    Basis.STUDY: "trials or series",
    Basis.CAUTION: "warning or expert advice",
}
MARKS: Mapping[str, str] = {
    "(proposed)": "our limit or window, which no source read gives; it awaits review",
    "UNVERIFIED": "not read in the source itself",
    "SECONDARY": "read in a page that reports the source",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A chart of the tests, in the words of its test, and what the row made of it."""

    words: str
    outcome: Outcome
    why: Why | None = None
    remark: str | None = None
    evidence: str | None = None

    @property
    def answer(self) -> str:
        """`unknown (stale)`."""
        return f"{self.outcome.value}{f' ({self.why.value})' if self.why else ''}"


@dataclass(frozen=True, slots=True)
class Sibling:
    """A set that belongs to another; `kind`: lookalike, unspecific or in-remission."""

    kind: str
    value_set: ValueSet


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the rule book with all that stands beside it."""

    criterion: Criterion
    sets: Reached
    examples: tuple[Example, ...]
    reviews: tuple[Review, ...]


def entries(
    criteria: Sequence[Criterion] = CRITERIA,
    examples: Mapping[str, Sequence[Example]] | None = None,
    reviewed: Sequence[Review] | None = None,
) -> tuple[Entry, ...]:
    """The rows with the examples and reviews on file, unless others are given."""
    if examples is None:
        examples = recorded_examples()
    if reviewed is None:
        reviewed = reviews.recorded([one.id for one in criteria])
    return tuple(
        Entry(
            criterion=one,
            sets=value_sets(one),
            examples=tuple(examples.get(one.id, ())),
            reviews=tuple(r for r in reviewed if r.criterion == one.id),
        )
        for one in criteria
    )


def used_sets(found: Sequence[Entry]) -> dict[ValueSet, tuple[str, ...]]:
    """Every set that the rows look for, by name, and the ids of those rows."""
    used: dict[ValueSet, list[str]] = {}
    for entry in found:
        for one in entry.sets.all:
            used.setdefault(one, []).append(entry.criterion.id)
    return {one: tuple(used[one]) for one in sorted(used, key=lambda one: one.name)}


@cache
def siblings(of: ValueSet) -> tuple[Sibling, ...]:
    """The look-alike, unspecific and in-remission sets that belong to a set."""
    return tuple(
        Sibling(row["kind"], value_set(row["value_set"]))
        for row in tables.rows("siblings")
        if of.name in row["belongs_to"].split()
    )


@cache
def recorded_examples() -> Mapping[str, tuple[Example, ...]]:
    """The examples of `examples.csv`, by criterion."""
    found: dict[str, tuple[Example, ...]] = {}
    for row in tables.rows("examples"):
        one = Example(
            words=row["words"],
            outcome=Outcome(row["outcome"]),
            why=Why(row["reason"]) if row["reason"] else None,
            remark=row["remark"] or None,
            evidence=row["evidence"] or None,
        )
        found[row["criterion"]] = (*found.get(row["criterion"], ()), one)
    return found
