"""
Good requests with damage in them, through the path of a request: cards, or an error of ours.

Damage never becomes an empty list of cards while melanoma and metastases still stand in the chart.
"""

import copy
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_hooks.answer import answer, parse
from cds_hooks.errors import AdvisorError
from cds_hooks.services import HOOKS
from tests.examples import IS_LONG
from tests.hostile.bodies import encoded, places
from tests.service.running import REQUESTS, Body, named

NOW: Final = datetime.fromisoformat("2026-11-24T09:00:00+13:00")
WITH_CARD: Final = sorted(
    path.stem.removeprefix("patient-view-")
    for path in REQUESTS.glob("*.json")
    if path.stem != "patient-view-no-melanoma"
)
# Beside melanoma and metastases these can end in "nothing to say": death, hospice, the stage, whose
# chart it is and whose references are whose.
_OTHERS: Final = ("patient", "stage", "stays", "procedures")


def answered(body: bytes) -> list[Any] | AdvisorError:
    """The cards or the refusal; any other exception is a fault. All of it can be encoded."""
    try:
        found = answer(parse(body, HOOKS), now=NOW, rule_book_url="http://127.0.0.1/rulebook")
    except AdvisorError as error:
        refused = error
    else:
        assert msgspec.json.encode(found.response)
        return found.cards
    assert msgspec.json.encode(refused.outcome())
    assert "elanom" not in refused.message.replace("has melanoma", "")
    return refused


@cache
def whole(story: str) -> bytes:
    """The request of a story."""
    return encoded(named(story))


def check(story: str, body: bytes) -> None:
    """Never fatal; an empty list only where the chart has changed in what tells whose it is."""
    found = answered(body)
    if found == []:
        assert _is_changed(story, json.loads(body))


def _is_changed(story: str, body: Any) -> bool:
    """Whether something of what says that it matters is gone: a Condition, life, whose it is."""
    original = named(story)
    if any(body.get(key) != original.get(key) for key in ("context", "fhirServer")):
        return True
    prefetch, before = body["prefetch"], original["prefetch"]
    if any(prefetch.get(key) != before.get(key) for key in _OTHERS):
        return True
    kept = list(_conditions(prefetch))
    return any(one not in kept for one in _conditions(before))


def _conditions(prefetch: Any) -> Iterator[Any]:
    for key in ("problems", "encounterDx"):
        value = prefetch.get(key)
        entries = value.get("entry") if isinstance(value, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            yield entry.get("resource") if isinstance(entry, dict) else None


@pytest.mark.parametrize("story", WITH_CARD)
def test_undamaged_each_has_a_card(story: str) -> None:
    found = answered(whole(story))
    assert isinstance(found, list)
    assert len(found) == 1
    assert not _is_changed(story, named(story))
    without = named(story)
    without["prefetch"] |= {"problems": None, "encounterDx": None}
    assert _is_changed(story, without)


# --- Bytes ---------------------------------------------------------------------------------------


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """Some bytes flipped, cut out, doubled, put elsewhere, or exchanged."""
    story = draw(st.sampled_from(WITH_CARD))
    body = bytearray(whole(story))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body) - 1))
        size = draw(st.sampled_from([1, 1, 2, 5, 20, 300, 9_000]))
        piece = body[start : start + size]
        match draw(st.sampled_from(["flip", "flip", "cut", "double", "move", "exchange"])):
            case "flip":
                body[start] = draw(st.integers(0, 255) | st.sampled_from(b'"{}[],:\\019eE-.AZ'))
            case "cut":
                del body[start : start + size]
            case "double":
                body[start:start] = piece
            case "move":
                del body[start : start + size]
                there = draw(st.integers(0, len(body)))
                body[there:there] = piece
            case _:
                there = draw(st.integers(0, len(body) - 1))
                other = body[there : there + size]
                body[there : there + len(other)] = piece[: len(other)]
                body[start : start + size] = other
        if not body:
            break
    return story, bytes(body)


@given(_damaged())
@example((WITH_CARD[0], b""))
def test_no_damage_to_the_bytes_is_fatal(damaged: tuple[str, bytes]) -> None:
    check(*damaged)


# --- Values --------------------------------------------------------------------------------------


@cache
def _places(story: str) -> list[tuple[str | int, ...]]:
    return list(places(named(story)))


def walked(story: str, *, is_long: bool) -> list[tuple[str | int, ...]]:
    """The places of a story that are walked; at a desk a small part of them."""
    return _places(story)[:: 7 if is_long else 101]


def _get(body: Body, place: tuple[str | int, ...]) -> Any:
    part: Any = body
    for step in place:
        part = part[step]
    return part


def _put(body: Body, place: tuple[str | int, ...], value: Any) -> None:
    _get(body, place[:-1])[place[-1]] = value


@given(st.data())
def test_no_exchange_of_values_between_fields_is_fatal(data: st.DataObject) -> None:
    story = data.draw(st.sampled_from(WITH_CARD))
    body, original = named(story), named(story)
    for _ in range(data.draw(st.integers(1, 4))):
        one, other = (data.draw(st.sampled_from(_places(story))) for _ in range(2))
        try:
            _put(body, one, copy.deepcopy(_get(original, other)))
            _put(body, other, copy.deepcopy(_get(original, one)))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier exchange took this place away
    check(story, encoded(body))


VALUES: Final[tuple[Any, ...]] = (..., None, {}, [], "", 7, "x" * 70)  # the first: nothing


@pytest.mark.parametrize("story", WITH_CARD)
def test_no_value_that_is_missing_null_or_another_is_fatal(story: str) -> None:
    for place in walked(story, is_long=IS_LONG):
        for value in VALUES:
            body = named(story)
            if value is ...:
                del _get(body, place[:-1])[place[-1]]
            else:
                _put(body, place, value)
            check(story, encoded(body))
