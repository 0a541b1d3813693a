"""The whole request, place by place: another shape there, and markup in every text."""

import json
import re
from typing import Any, Final

import pytest

from cds_hooks.services import discovery
from tests.hostile.bodies import places, texts, turned, with_texts
from tests.service.running import REQUESTS, Server, named
from tests.service.test_calls import cards_of
from tests.service.test_refusals import refusal

STORIES: Final = sorted(path.stem.removeprefix("patient-view-") for path in REQUESTS.glob("*.json"))
WALKED: Final = "stable-treated-brain-mets"
PLACES: Final = [place for place in places(named(WALKED)) if turned(named(WALKED), place)]
KEYS: Final = frozenset(discovery()["services"][0]["prefetch"])


def test_the_walk_comes_by_every_level() -> None:
    depths = {len(place) for place in PLACES}
    assert depths >= set(range(1, 9))
    assert {str(place[1]) for place in PLACES if place[0] == "prefetch" and place[1:]} <= KEYS
    assert len(PLACES) > 300


@pytest.mark.parametrize("first", ["context", "prefetch"])
def test_an_array_for_an_object_or_an_object_for_an_array(server: Server, first: str) -> None:
    """At every level, one at a time: refused by name or a card, never a fault or an empty list."""
    body = named(WALKED)
    for place in (one for one in PLACES if one[0] == first):
        answer = server.post(turned(body, place) or {})
        if answer.status_code == 200:
            assert len(cards_of(answer)) == 1, place
        elif place == (first,):
            refusal(answer, 400, f"{first} is not as expected: it must be an object")
        else:
            refusal(answer, 412, "prefetch.")


# What a text of the chart must not become. Each has the word that shows where it went.
WORD: Final = "zzq"
PAYLOADS: Final = {
    "an image": f"<img src=x onerror=alert('{WORD}')>",
    "a script": f"<script>{WORD}</script>",
    "a comment": f"<!-- {WORD} -->",
    "an entity": f"&lt;script&gt;{WORD}&#60;b&#62;",
    "a link": f"[{WORD}](javascript:alert(1))",
    "a link by reference": f"[{WORD}][1]\n\n[1]: https://evil.example/{WORD}",
    "a picture": f"![{WORD}](https://evil.example/x.png)",
    "an address": f"https://evil.example/{WORD}",
    "an address without scheme": f"www.evil.example/{WORD}",
    "an address in brackets": f"<https://evil.example/{WORD}>",
    "addresses of other schemes": f"mailto:{WORD}@evil.example ftp://evil.example/{WORD}",
    "a mail address": f"{WORD}@evil.example",
    "a table": f"{WORD} | {WORD} |\n|---|---|\n| {WORD} | {WORD} |",
    "a list": f"{WORD}\n\n- {WORD}\n* {WORD}\n1. {WORD}",
    "a heading": f"{WORD}\n\n# {WORD}\n\n{WORD}\n===",
    "bold": f"**{WORD}** __{WORD}__ *{WORD}* ~~{WORD}~~",
    "code": f"`{WORD}` ```{WORD}```",
    "a fence": f"\n```\n{WORD}\n```\n",
    "a quote": f"\n> {WORD}",
    "a line of its own": f"{WORD}\u2028- {WORD}\u2029- {WORD}\x0b- {WORD}\x85- {WORD}\r- {WORD}",
    "a backslash at the end": f"{WORD}\\",
    "a backslash before": f"\\[{WORD}\\](x)",
    "right to left": f"\u202e{WORD}\u2066",
    "10,000 characters": WORD * 3_334,
}
# GFM's signs, but for those that an odd number of backslashes makes plain
_MEANT: Final = re.compile(r"(?<!\\)(?:\\\\)*([`*_\[\]|~#<>])")
_NO_TEXT: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINE: Final = re.compile(r"^(?:- |\*\*|\s*$|\|)?")


def _shape(detail: str) -> list[str]:
    """What Markdown makes of each line, by its beginning."""
    return [match.group() if (match := _LINE.match(line)) else "" for line in detail.split("\n")]


def _signs(detail: str) -> list[str]:
    return _MEANT.findall(detail)


@pytest.mark.parametrize("mode", ["in its place", "behind it"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_markup_in_every_text_of_the_chart_stays_text(server: Server, name: str, mode: str) -> None:
    """The card has the shape that it has with a harmless word in the same places."""
    shown = 0
    for story in STORIES:
        harmful, harmless = (
            cards_of(server.post(with_texts(named(story), _payload(text, mode))))
            for text in (PAYLOADS[name], WORD)
        )
        assert len(harmful) == len(harmless)
        for card, plain in zip(harmful, harmless, strict=True):
            _check(card, plain)
            shown += WORD in card["detail"]
    assert shown


def _payload(text: str, mode: str) -> Any:
    return lambda found: text if mode == "in its place" else f"{found} {text}"


def _check(card: Any, plain: Any) -> None:
    detail, summary = card["detail"], card["summary"]
    assert _signs(detail) == _signs(plain["detail"])
    assert _shape(detail) == _shape(plain["detail"])
    for text in (detail, summary):
        assert "<" not in text
        assert not _NO_TEXT.search(text)
        # what GFM makes links of by itself
        assert not re.search(r"(?i)://evil|www\.evil|@evil", text)
    assert "\n" not in summary
    assert len(summary) < 140
    said = json.dumps([card.get("suggestions", []), card["source"], card["links"]])
    assert WORD not in said


def test_every_story_has_texts_to_put_something_in() -> None:
    for story in STORIES:
        assert len(list(texts(with_texts(named(story), str.upper)["prefetch"]))) > 10, story
