"""
What was collected, for a person, as JSON, or as lines for a site's policy.

With `counts` only what cannot be a patient's words leaves: counts, code systems, codes, units, our
own guesses. A code or unit that looks like words is left out too.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from cds_hooks.mapping import guess
from cds_hooks.mapping.collect import Found, Mapping, Tally, Unit, Words
from cds_hooks.rulebook import SYSTEMS, system_name

_MOST_SHOWN = 50  # lines of what nobody has a guess for
_LONGEST = 48
# A code, an address, a unit: one word, and not long.
_ONE_WORD = re.compile(r"[\w.,:/|*%^+\[\]{}()#~-]{1,80}")
# The systems that are no site's own: those we carry, and HL7's.
_HL7 = ("http://terminology.hl7.org/", "http://hl7.org/fhir/")
_HIDDEN = "(in words: not shown)"

_K = TypeVar("_K", Found, Unit, Words)


def _cell(text: str) -> str:
    """One line of printable characters, cut: a terminal obeys control characters."""
    kept = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


def _shared(text: str | None, *, counts: bool) -> str:
    """A code, system or unit as it may be shown."""
    text = text or ""
    return text if not counts or not text or _ONE_WORD.fullmatch(text) else _HIDDEN


def _is_public(system: str) -> bool:
    """Whether it is no site's own list."""
    return system in SYSTEMS or system.startswith(_HL7)


def _system(system: str, *, counts: bool) -> str:
    """What people call a system; a site's own by its whole address."""
    if system in SYSTEMS:
        return SYSTEMS[system]
    shown = system_name(system) if _is_public(system) else system
    return _cell(_shared(shown, counts=counts))


def _sorted(found: Iterable[tuple[_K, Tally]]) -> list[tuple[_K, Tally]]:
    """The commonest first, then by what they are: the order of files does not matter."""
    return sorted(found, key=lambda one: (-one[1].entries, -one[1].files, repr(one[0])))


_WITH_A_GUESS = "Not understood, with a guess by their words: look at these first"
_TITLES = {
    guess.BY_WORDS: _WITH_A_GUESS,
    guess.BESIDE: "Not understood, but beside a code that is: nothing is lost",
    None: "Not understood, without a guess (most are about other things)",
    guess.NOT_READ: "Listed, but read by no row of this version: nothing to do",
}


def _groups(mapping: Mapping) -> dict[str, list[tuple[Found, Tally]]]:
    """The codes, those first that are worth a look."""
    groups: dict[str, list[tuple[Found, Tally]]] = {title: [] for title in _TITLES.values()}
    for found, tally in _sorted(mapping.codes.items()):
        groups[_TITLES[tally.guess.why if tally.guess else None]].append((found, tally))
    return groups


def _might_be(tally: Tally) -> str:
    """`lab-creatinine`, with the analyte where it has another name."""
    if tally.guess is None:
        return ""
    names = [
        f"{name} [{analyte}]"
        if (analyte := guess.analytes().get(name)) and analyte not in name
        else name
        for name in tally.guess.sets[:3]
    ]
    more = len(tally.guess.sets) - len(names)
    return " or ".join(names) + (f" or {more} more" if more > 0 else "")


# --- Text -------------------------------------------------------------------------------------


def as_text(mapping: Mapping, *, counts: bool) -> Iterator[str]:
    """For a person: aligned, the commonest first."""
    yield (
        f"{mapping.files} files read, {mapping.unread} could not be read. "
        f"{mapping.entries} entries, {mapping.understood} of them with a code or name that a rule "
        "reads."
    )
    head = ("entries", "files", "where", "system", "code", "display", "might be")
    for title, found in _groups(mapping).items():
        shown = found if title == _WITH_A_GUESS else found[:_MOST_SHOWN]
        lines = [_code_cells(one, tally, counts=counts) for one, tally in shown]
        yield from _section(f"{title} ({len(found)})", head, lines, len(found) - len(shown))
    yield from _section(
        f"Units that cannot be converted ({len(mapping.units)})",
        ("entries", "files", "measures", "system", "code", "unit", "unit code"),
        [_unit_cells(one, tally, counts=counts) for one, tally in _sorted(mapping.units.items())],
    )
    words = _words(mapping, counts=counts)
    yield from _section(
        f"Words without a code ({len(words)})",
        ("entries", "files", "where", "text", "might be"),
        words[:_MOST_SHOWN],
        len(words) - len(words[:_MOST_SHOWN]),
    )
    yield from _section(
        "Set aside",
        ("entries", "where", "why"),
        [(str(n), kind, why) for (kind, why), n in _set_aside(mapping, counts=counts)],
    )


def _section(
    title: str, head: Sequence[str], lines: Sequence[Sequence[str]], left: int = 0
) -> Iterator[str]:
    if not lines:
        return
    used = [n for n in range(len(head)) if any(line[n] for line in lines)]
    cells = [[line[n] for n in used] for line in (head, *lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    yield ""
    yield title
    for line in cells:
        padded = (
            cell.rjust(width) if head[n] in ("entries", "files") else cell.ljust(width)
            for n, cell, width in zip(used, line, widths, strict=True)
        )
        yield "  " + "  ".join(padded).rstrip()
    if left:
        yield f"  and {left} more: --json has all"


def _code_cells(found: Found, tally: Tally, *, counts: bool) -> tuple[str, ...]:
    display = "" if counts else _cell(tally.display)
    return (
        str(tally.entries),
        str(tally.files),
        _where(found),
        _system(found.system, counts=counts),
        _cell(_shared(found.code, counts=counts)),
        display,
        _might_be(tally),
    )


def _where(found: Found | Words) -> str:
    return found.kind.value if found.part == "code" else f"{found.kind.value} {found.part}"


def _unit_cells(unit: Unit, tally: Tally, *, counts: bool) -> tuple[str, ...]:
    written = _shared(unit.unit, counts=counts)
    return (
        str(tally.entries),
        str(tally.files),
        unit.analyte,
        _system(unit.system, counts=counts),
        _cell(_shared(unit.code, counts=counts)),
        _cell(written) if written or unit.unit_code else "(none)",
        _cell(_shared(unit.unit_code, counts=counts)),
    )


def _words(mapping: Mapping, *, counts: bool) -> list[tuple[str, ...]]:
    """Entries and values that have words only; with `counts` by kind and guess."""
    if not counts:
        return [
            (
                str(tally.entries),
                str(tally.files),
                _where(words),
                _cell(words.text),
                _might_be(tally),
            )
            for words, tally in _sorted(mapping.words.items())
        ]
    summed: Counter[tuple[str, str]] = Counter()
    for words, tally in mapping.words.items():
        summed[_where(words), _might_be(tally)] += tally.entries
    return [
        (str(n), "", where, "", might_be)
        for (where, might_be), n in sorted(summed.items(), key=lambda one: (-one[1], one[0]))
    ]


def _set_aside(mapping: Mapping, *, counts: bool) -> list[tuple[tuple[str, str], int]]:
    """Kind and reason; with `counts` the reason without the place in the resource."""
    summed: Counter[tuple[str, str]] = Counter()
    for (kind, reason), number in mapping.set_aside.items():
        summed[kind, reason.split(":")[0] if counts else reason] += number
    return sorted(summed.items(), key=lambda one: (-one[1], one[0]))


# --- JSON -------------------------------------------------------------------------------------


def as_json(mapping: Mapping, *, counts: bool) -> dict[str, object]:
    """All of it; a key without a value is left out."""
    return {
        "files": mapping.files,
        "unreadFiles": mapping.unread,
        "entries": mapping.entries,
        "understood": mapping.understood,
        "codes": [
            _filled(
                kind=found.kind.value,
                part=found.part,
                system=_shared(found.system, counts=counts),
                code=_shared(found.code, counts=counts),
                display="" if counts else tally.display,
                **_numbers(tally),
            )
            for group in _groups(mapping).values()
            for found, tally in group
        ],
        "units": [
            _filled(
                analyte=unit.analyte,
                system=_shared(unit.system, counts=counts),
                code=_shared(unit.code, counts=counts),
                unit=_shared(unit.unit, counts=counts),
                unitCode=_shared(unit.unit_code, counts=counts),
                **_numbers(tally),
            )
            for unit, tally in _sorted(mapping.units.items())
        ],
        "words": [
            _filled(where=where, text=text, mightBe=might_be, entries=int(n))
            for n, _, where, text, might_be in _words(mapping, counts=counts)
        ],
        "setAside": [
            {"kind": kind, "reason": reason, "entries": n}
            for (kind, reason), n in _set_aside(mapping, counts=counts)
        ],
    }


def _numbers(tally: Tally) -> dict[str, object]:
    found: dict[str, object] = {"entries": tally.entries, "files": tally.files}
    if tally.guess is not None:
        found |= {"mightBe": list(tally.guess.sets), "guessedBy": tally.guess.why}
    return found


def _filled(**parts: object) -> dict[str, object]:
    return {key: value for key, value in parts.items() if value not in ("", None)}


# --- TOML -------------------------------------------------------------------------------------


def as_toml(mapping: Mapping, *, counts: bool) -> Iterator[str]:
    """The site's own codes with one guess, as lines of its policy; a person must check each."""
    yield "# Guesses: check each against the site's own dictionary, and delete what is wrong."
    for found, tally in _groups(mapping)[_WITH_A_GUESS]:
        system, code = (_shared(text, counts=counts) for text in (found.system, found.code))
        sets = tally.guess.sets if tally.guess else ()
        is_local = found.part == guess.CODE and not _is_public(found.system)
        if not is_local or len(sets) != 1 or _HIDDEN in (system, code):
            continue
        yield ""
        if not counts:
            yield f"# {_cell(tally.display)} ({tally.entries} entries)"
        yield "[[local_codes]]"
        yield f"system = {_quoted(system)}"
        yield f"code = {_quoted(code)}"
        yield f"means = {_quoted(sets[0])}"


def _quoted(text: str) -> str:
    """A TOML string; JSON's form of one is one."""
    return json.dumps(text, ensure_ascii=False)
