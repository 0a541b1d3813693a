"""Charts → what no rule understood in them, counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from cds_hooks.mapping import guess
from cds_hooks.mapping.guess import CODE, Guess
from rules import codes, units
from rules.chart import (
    Chart,
    Coded,
    Condition,
    Drug,
    Entry,
    Kind,
    Observation,
    Procedure,
    Range,
    Report,
)
from rules.codes import Coding
from rules.model import Why
from rules.units import Analyte, Quantity
from rules.values import span_of


@dataclass(frozen=True, slots=True)
class Found:
    """A code that no rule understands: of which entries, and in which part of them."""

    kind: Kind
    part: str
    system: str
    code: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that does not fit what the code of its entry measures."""

    analyte: str
    system: str
    code: str  # that told what is measured
    unit: str | None  # as text
    unit_code: str | None  # of whatever system


@dataclass(frozen=True, slots=True)
class Words:
    """An entry, or a coded value, that has words and no code."""

    kind: Kind
    part: str
    text: str


@dataclass(slots=True)
class Tally:
    """How often something occurred, how it was called, and what it might be."""

    entries: int = 0
    files: int = 0
    displays: Counter[str] = field(default_factory=Counter)
    guesses: Counter[Guess] = field(default_factory=Counter)
    _last: int = 0

    def count(self, file: int, guess_: Guess | None, display: str | None = None) -> None:
        """One more, in the file of this number."""
        self.entries += 1
        self.files += file != self._last
        self._last = file
        if display:
            self.displays[display] += 1
        if guess_ is not None:
            self.guesses[guess_] += 1

    @property
    def guess(self) -> Guess | None:
        """What it was most often guessed to be."""
        return self.guesses.most_common(1)[0][0] if self.guesses else None

    @property
    def display(self) -> str:
        """How it was most often called."""
        return self.displays.most_common(1)[0][0] if self.displays else ""


@dataclass(slots=True)
class Mapping:
    """What the charts held that no rule understood."""

    files: int = 0
    unread: int = 0  # files without a resource that could be read
    entries: int = 0
    understood: int = 0
    codes: dict[Found, Tally] = field(default_factory=dict)
    units: dict[Unit, Tally] = field(default_factory=dict)
    words: dict[Words, Tally] = field(default_factory=dict)
    set_aside: Counter[tuple[str, str]] = field(default_factory=Counter)  # kind, reason

    def add(self, chart: Chart) -> None:
        """Count one more file."""
        self.files += 1
        for entry in chart.entries:
            self._entry(entry)
        for skipped in chart.skipped:
            self.set_aside[skipped.kind.value, skipped.reason] += 1
        for reference, reason in chart.of_others:
            kind, _, id_ = reference.partition("/")
            self.set_aside[kind if id_ else "entry", reason] += 1

    def _entry(self, entry: Entry) -> None:
        self.entries += 1
        is_read = guess.is_understood(entry.listed)
        if is_read or _is_known_by_name(entry):
            self.understood += 1
            for part, value in _parts(entry):
                self._value(entry.kind, part, value)
        if is_read and isinstance(entry, Observation):
            self._unit(entry)
        self._codings(entry, is_read=is_read)

    def _codings(self, entry: Entry, *, is_read: bool) -> None:
        """The codes of an entry that no rule understands, or its words if it has no code."""
        known_by_name = _is_known_by_name(entry)
        for coding, listed in zip(entry.codings, entry.listed, strict=True):
            if guess.is_understood([listed]) or (known_by_name and not is_read):
                continue
            if is_read:
                might_be: Guess | None = guess.by_listing(entry.listed, guess.BESIDE)
            elif listed:
                might_be = guess.by_listing([listed], guess.NOT_READ)
            else:
                might_be = guess.by_words(entry.kind, CODE, _said(coding, entry.texts))
            self._coding(entry.kind, CODE, coding, might_be, entry.texts)
        if not entry.codings and entry.texts and not known_by_name:
            might_be = guess.by_words(entry.kind, CODE, entry.texts)
            self._words(Words(entry.kind, CODE, entry.texts[0]), might_be)

    def _value(self, kind: Kind, part: str, value: Coded) -> None:
        """A coded value of an entry that is understood."""
        if guess.is_understood(value.listed) or any(c.system == codes.AJCC for c in value.codings):
            return  # what the AJCC's codes say is read by their words
        texts = (value.text,) if value.text else ()
        for coding, listed in zip(value.codings, value.listed, strict=True):
            might_be = (
                guess.by_listing([listed], guess.NOT_READ)
                if listed
                else guess.by_words(kind, part, _said(coding, texts))
            )
            self._coding(kind, part, coding, might_be, texts)
        if not value.codings and value.text:
            might_be = guess.by_words(kind, part, texts)
            self._words(Words(kind, part, value.text), might_be)

    def _coding(
        self, kind: Kind, part: str, coding: Coding, might_be: Guess | None, texts: Sequence[str]
    ) -> None:
        found = Found(kind, part, coding.system, coding.written or coding.code)
        display = coding.display or next(iter(texts), None)
        self.codes.setdefault(found, Tally()).count(self.files, might_be, display)

    def _words(self, words: Words, might_be: Guess | None) -> None:
        self.words.setdefault(words, Tally()).count(self.files, might_be)

    def _unit(self, entry: Observation) -> None:
        told = _analyte_of(entry)
        if told is None:
            return
        coding, analyte = told
        for quantity in _quantities(entry, analyte):
            unit = Unit(
                analyte.name,
                coding.system,
                coding.written or coding.code,
                quantity.unit,
                quantity.code,
            )
            self.units.setdefault(unit, Tally()).count(self.files, None)


def _is_known_by_name(entry: Entry) -> bool:
    """For a medicine the name is the drug (criteria.md, section L), where no code is listed."""
    if not isinstance(entry, Drug) or any(entry.listed):
        return False
    return any(name.value_set in guess.known() for name in entry.drug_names)


def _said(coding: Coding, texts: Sequence[str]) -> tuple[str, ...]:
    """What a coding is called: its own display, and what the entry says of itself."""
    own = (coding.display,) if coding.display else ()
    return tuple(dict.fromkeys((*own, *texts)))


def _parts(entry: Entry) -> Iterator[tuple[str, Coded]]:
    """The coded values of an entry that rules look at."""
    match entry:
        case Observation():
            if isinstance(entry.value, Coded):
                yield "value", entry.value
            yield "body site", Coded(entry.body_sites)
        case Report():
            yield from (("conclusion", one) for one in entry.conclusions)
        case Condition():
            yield from (("stage", one) for one in entry.stages)
            yield "body site", Coded(entry.body_sites)
        case Procedure():
            yield "body site", Coded(entry.body_sites)
        case Drug():
            yield from (("route", one) for one in entry.routes)
        case _:
            return


def _analyte_of(entry: Observation) -> tuple[Coding, Analyte] | None:
    """What an Observation measures, by the first of its codes that tells; None: none does."""
    names = guess.analytes()
    for coding, listed in zip(entry.codings, entry.listed, strict=True):
        own = names.get(coding.code) if coding.system == codes.LOINC else None
        sets = [code.value_set for code in listed if code.value_set in guess.known()]
        name = own or next((names[one] for one in sets if one in names), None)
        if name is not None:
            return coding, units.analyte(name)
    return None


def _quantities(entry: Observation, analyte: Analyte) -> Iterator[Quantity]:
    """The quantities whose unit cannot be converted."""
    if span_of(entry, analyte) is not Why.UNIT_UNKNOWN:
        return
    value = entry.value
    if isinstance(value, Range):
        ends = [end for end in (value.low, value.high) if end is not None]
        yield from [end for end in ends if units.span(analyte, end) is None][:1]
    elif isinstance(value, Quantity):
        highs = [one.high for one in entry.ranges]
        if not any(units.span(analyte, value, high) for high in highs):
            yield value
    elif isinstance(value, int):
        yield Quantity(Decimal(value))
