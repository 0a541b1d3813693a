"""
Resources in which an element is named twice: they contradict themselves and cannot be read.

A JSON reader takes the last of two elements of one name, in silence. Which of them was meant is
not known, so such a resource is set aside with the codes of both.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Raw

from rules import codes
from rules.codes import Coding

REASON = "names an element twice"

_Pairs = list[tuple[str, Any]]
_any = msgspec.json.Decoder()
_MOST = 1000  # codings and texts of one resource
_MOST_OF_A_NAME = 20  # in one object


def holds(raw: bytes) -> bool:
    """Whether an object of the resource, at any depth, has two elements of one name."""
    try:
        again = msgspec.json.encode(_any.decode(raw))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _search(raw)
    # a name that was lost took its two quotation marks with it; one written as a code adds a mark
    is_whole = again.count(b'"') == raw.count(b'"') and b"\\u0022" not in raw
    return not is_whole and _search(raw)


def has_two_types(raw: bytes) -> bool:
    """Whether a resource says twice of what type it is: it may be anything."""
    if raw.count(b'"resourceType"') < 2 or not holds_itself(raw):
        return False  # nearly always: those of contained resources are theirs
    try:
        pairs: _Pairs = json.loads(raw, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return True
    return [name for name, _ in pairs].count("resourceType") > 1


_top = msgspec.json.Decoder(dict[str, Raw])


def holds_itself(raw: bytes) -> bool:
    """Whether the object itself, not one inside it, has two elements of one name."""
    try:
        found = _top.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return False  # it is no object: others say so
    again = msgspec.json.encode(found)  # each value as it was
    return again.count(b'"') != raw.count(b'"') or any('"' in name for name in found)


def bundle_holds(raw: bytes, entries: Sequence[Raw]) -> bool:
    """The same of a Bundle, without a second look at its entries where they stand side by side."""
    parts = [bytes(one) for one in entries]
    for between in (b",", b", ") if parts else ():
        start, side_by_side = raw.find(parts[0]), between.join(parts)
        if raw.startswith(side_by_side, start):
            return holds_itself(raw[:start] + b"null" + raw[start + len(side_by_side) :])
    return holds_itself(raw)


class _Twice(Exception):
    pass


class _TooMuch(Exception):
    pass


def _search(raw: bytes) -> bool:
    def look(pairs: _Pairs) -> None:
        if len(dict(pairs)) < len(pairs):
            raise _Twice

    try:
        json.loads(raw, object_pairs_hook=look)
    except _Twice:
        return True
    except (ValueError, RecursionError):
        return False  # what can be read of it is not read by this
    return False


@dataclass(slots=True)
class Everything:
    """All that a resource may be about, whichever of its elements were meant."""

    codings: dict[Coding, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)


def everything(raw: bytes) -> Everything:
    """
    The codings and the texts of concepts, from every element of a name.

    Nothing at all where there are more than any resource has: it may be about whatever there is.
    """
    found = Everything()

    def look(pairs: _Pairs) -> _Pairs:
        found.codings.update(dict.fromkeys(_codings(pairs)))
        if {name for name, _ in pairs} <= _CONCEPT:
            found.texts.update(dict.fromkeys(_all(pairs, "text")))
        found.texts.update(dict.fromkeys(_all(pairs, "display")))
        if len(found.codings) + len(found.texts) > _MOST:
            raise _TooMuch
        return pairs

    try:
        json.loads(raw, object_pairs_hook=look)
    except (_TooMuch, RecursionError, ValueError):
        return Everything()
    return found


_CONCEPT = frozenset({"coding", "text", "extension", "id"})


def _codings(pairs: _Pairs) -> Iterator[Coding]:
    shown = next(iter(_all(pairs, "display")), None)
    for system, code in itertools.product(_all(pairs, "system"), _all(pairs, "code")):
        yield codes.coding(system, code, shown)


def _all(pairs: _Pairs, name: str) -> list[str]:
    found = [value for key, value in pairs if key == name]
    if len(found) > _MOST_OF_A_NAME:
        raise _TooMuch
    return [value for value in found if isinstance(value, str) and value.strip()]
