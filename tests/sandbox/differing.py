"""Where two answers, or two charts, differ: by the place, and never by what stands there."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rules.chart import Chart

_SHOWN: Final = 10
_PLACE: Final = re.compile(r"(?:page\[\d+\]\.)?entry\[\d+\]")  # depends on the pages


def answers(one: Any, other: Any) -> list[str]:
    """The paths at which two JSON values differ."""
    return _differing(dict(_leaves(one)), dict(_leaves(other)))


def charts(one: Chart, other: Chart) -> list[str]:
    """The entries, answers and notes in which two charts differ; their order is no difference."""
    return _differing(_parts(one), _parts(other))


def _differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    places = [
        place for place in dict.fromkeys((*one, *other)) if one.get(place) != other.get(place)
    ]
    more = len(places) - _SHOWN
    return places[:_SHOWN] + ([f"{more} more"] if more > 0 else [])


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, object]]:
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from _leaves(inner, f"{place}.{key}" if place else key)
        case list() if value:
            for number, inner in enumerate(value):
                name = inner.get("id", number) if isinstance(inner, dict) else number
                yield from _leaves(inner, f"{place}[{name}]")
        case _:
            yield place, _plain(repr(value))


def _parts(chart: Chart) -> dict[str, object]:
    listed: list[tuple[str, object]] = [
        ("the Patient", chart.patient),
        ("what is not valid", chart.not_valid),
        *((f"the answer to {query.value}", told) for query, told in chart.answers.items()),
        *((one.reference, one) for one in chart.entries),
        *((f"{one.reference}, set aside", one) for one in chart.skipped),
        *((f"{reference}, of another", reason) for reference, reason in chart.of_others),
        *((f"the note {note!r}", note) for note in chart.notes),
    ]
    return _gathered((_plain(place), _plain(repr(one))) for place, one in listed)


def _plain(text: str) -> str:
    return _PLACE.sub("entry", text)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    found: dict[str, list[str]] = {}
    for place, told in pairs:
        found.setdefault(place, []).append(told)
    return {place: sorted(told) for place, told in found.items()}
