"""
Whether a resource is valid FHIR R4, and where it first breaks it: a place and words, never a value.

What was read although it breaks R4 is told in a note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Raw

from cds_hooks.fhir import strict, twice, versions
from cds_hooks.fhir.resources import Named, part

# --- What is said -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a resource."""

    problem: str | None  # where it first breaks R4
    is_twice: bool  # it names an element twice: which was meant, cannot be told
    version: str | None = None  # of FHIR that has an element which R4 has not


_VALID: Final = Verdict(problem=None, is_twice=False)
_encoder: Final = msgspec.json.Encoder(enc_hook=str)  # base64 is a kind of text


def examine(raw: bytes) -> Verdict:
    """A resource of a type that is read, which was decoded before."""
    try:
        one = strict.decoder().decode(raw)
    except msgspec.ValidationError as error:
        return Verdict(_words(str(error)), twice.holds(raw), _version(str(error)))
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return Verdict("cannot be read whole", twice.holds(raw))
    is_plain = raw.isascii() and b"\\" not in raw
    # it was taken apart whole: writing it again costs less than another look
    if is_plain and not one.contained and _encoder.encode(one).count(b'"') == raw.count(b'"'):
        return _VALID
    problem = (None if is_plain else _blank(raw)) or _of_contained(one.contained)
    return Verdict(problem, twice.holds(raw))


def problem(raw: bytes) -> str | None:
    """Where a resource of a type that is read first breaks R4; None: it is valid."""
    return examine(raw).problem


_MOST_TOLD: Final = 3
_REFERENCE: Final = re.compile(
    r"[A-Za-z]+/[A-Za-z0-9.\-]{1,64}|(?:[a-zA-Z]+\.)?(?:entry\[\d+\]\.?)+"
)


def note(found: Sequence[tuple[str, str]]) -> str:
    """One line for all (reference, problem) of what was read although it breaks R4."""
    alike: dict[str, list[str]] = {}
    for reference, what in found:
        alike.setdefault(what, []).append(_called(reference))
    told = list(alike.items())[:_MOST_TOLD]
    rest = len(found) - sum(len(references) for _, references in told)
    words = "; ".join(f"{_counted(references)}: {what}" for what, references in told)
    more = f"; and {rest} more" if rest else ""
    count = "1 entry" if len(found) == 1 else f"{len(found)} entries"
    return f"read although not valid FHIR R4: {count} ({words}{more})"


def _counted(references: Sequence[str]) -> str:
    """The first of those with the same problem, and how many more there are."""
    alike = len(references) - 1
    return f"{references[0]} and {alike} alike" if alike else references[0]


def _called(reference: str) -> str:
    """A reference is told if its id is one: an id that breaks R4 may hold anything."""
    type_name = reference.partition("/")[0]
    is_told = type_name != "Patient" and _REFERENCE.fullmatch(reference)
    return reference if is_told else type_name


# A text of nothing but white space that is neither space, tab nor line end, however it is written.
_BLANK = re.compile(
    r'(?<!\\)"(?:[^\S \t\r\n]|\\f|\\u(?:000[bc]|0085|00a0|1680|200[0-9a]|202[89f]|205f|3000))+"',
    re.IGNORECASE,
)


def _blank(raw: bytes) -> str | None:
    return "a text is blank" if _BLANK.search(raw.decode(errors="replace")) else None


def _of_contained(contained: list[Raw]) -> str | None:
    for number, raw in enumerate(contained):
        place = f"`contained[{number}]`"
        named = part(raw, Named)
        kind = named.resourceType if named else None
        if kind not in strict.models()["resources"]:
            return f"{place} is of no type that R4 has"
        if kind in strict.models()["types"] and (inside := problem(bytes(raw))):
            return f"in {place}: {inside}"
    return None


_MESSAGE = re.compile(r"(?P<said>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<name>[^`]*)`")
# what the shapes themselves raise
_SAID = "has more than one value|is missing|says nothing|is no text|is no base64"
_OWN = re.compile(rf"(?P<name>[A-Za-z\[\]]*): (?P<what>{_SAID})")
_EXPECTED = {
    "str": "is no text",
    "array": "is not a list",
    "object": "is no object",
    "int": "is no whole number",
    "float": "is no number",
    "bool": "is neither true nor false",
}


def _words(message: str) -> str:
    """What msgspec says, in words that hold nothing of the chart, not even an unknown name."""
    found = _MESSAGE.fullmatch(message)
    said, place = (found["said"], found["place"] or "") if found else ("", "")
    if field := _FIELD.match(said):
        if field["how"] == "contains unknown":
            if field["name"] in versions.ELEMENTS:
                return f"{_at(place, field['name'])} is of another version of FHIR"
            return f"{_at(place)} has an element that R4 does not have"
        return f"{_at(place, field['name'])} is missing"
    if said.startswith("Expected"):
        return f"{_at(place)} {_unexpected(said)}"
    if own := _OWN.fullmatch(said):
        return f"{_at(place, own['name'])} {own['what']}"
    return f"{_at(place)} is not as R4 has it"


def _version(message: str) -> str | None:
    """The version of FHIR that an unknown element tells of."""
    found = _FIELD.match(message)
    is_unknown = found is not None and found["how"] == "contains unknown"
    return versions.ELEMENTS.get(found["name"]) if found and is_unknown else None


def _unexpected(said: str) -> str:
    if "matching regex" in said:
        for pattern, words in strict.PATTERNS.values():
            if repr(pattern) in said:
                return words
    if "of length >=" in said:
        return "is empty"
    if ">=" in said or "<=" in said:
        return "is out of range"
    expected = said.split("`")[1].split(" | ")[0]
    if said.endswith("got `null`"):
        return "is null"
    return _EXPECTED.get(expected, "is not as R4 has it")


def _at(place: str, name: str = "") -> str:
    path = ".".join(one for one in (place, name) if one)
    return f"`{path}`" if path else "it"
