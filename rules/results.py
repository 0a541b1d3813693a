"""
Results that are positive or negative: told by a code, or by one of a few words.

Source: `criteria.md`, rows hiv-negative ("Coded or 'negative'/'non-reactive' value decides") and
active-infection-absent, rule 5, and `fhir-notes.md`, "General reading rules".
"""

from collections.abc import Iterable, Sequence

from rules import codes
from rules.chart import Coded, NoValue, Observation
from rules.codes import Code, Match, ValueSet
from rules.model import Why

# The whole value, case-folded. The positive words are the plain opposites of those of the row.
_WORDS = {"negative": False, "non-reactive": False, "positive": True, "reactive": True}

# HL7's own words for a result as a whole; H, N and the like never stand for one.
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_INTERPRETED = {f"{_INTERPRETATION}|NEG": False, f"{_INTERPRETATION}|POS": True}


def qualitative(
    entry: Observation,
    *,
    negative: Sequence[ValueSet] = (codes.RESULT_NEGATIVE,),
    positive: Sequence[ValueSet] = (codes.RESULT_POSITIVE,),
    in_words: bool = True,
) -> bool | Why:
    """
    Whether a result is positive, or why that cannot be told.

    The value decides: a coding of the sets, or, if `in_words`, a text that is wholly one of the
    words (of a coded value only where it has no code). Anything else that was answered, an
    organism or a number, is unclassified. An interpretation never stands in for a value, but one
    that says the opposite contradicts it.
    """
    told: set[bool] = set()
    match entry.value:
        case NoValue():
            return Why.UNREADABLE
        case Coded(codings=()) as coded:
            told = _in_words(coded.text) if in_words else set()
        case Coded() as coded:
            told = _coded(coded.listed, negative, positive)
        case str() as text:
            told = _in_words(text) if in_words else set()
        case _:
            pass  # a number or a yes: no source says where it turns positive
    if not told:
        return Why.UNCLASSIFIED
    told |= _coded((codes.listed(c) for c in entry.interpretation), negative, positive)
    told |= {_INTERPRETED[c.token] for c in entry.interpretation if c.token in _INTERPRETED}
    return told.pop() if len(told) == 1 else Why.CONFLICTING


def _in_words(text: str | None) -> set[bool]:
    word = (text or "").strip().casefold()
    return {_WORDS[word]} if word in _WORDS else set()


def _coded(
    listed: Iterable[tuple[Code, ...]], negative: Sequence[ValueSet], positive: Sequence[ValueSet]
) -> set[bool]:
    """What the codings say: both, if they contradict each other."""
    found = tuple(listed)
    says = {False: negative, True: positive}
    return {s for s, sets in says.items() if codes.judge(found, *sets).match is Match.DECIDES}
