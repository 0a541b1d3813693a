"""
A card that was shown before, in one line: `repeat = "fold"` of a site's policy.

Whether advice is the same is judged by all that the card says, but for what differs each time: its
ids, the time of the assessment, the day on a draft, and how many days ago something was.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from cds_hooks.cards.words import day_words
from rules.assess import Indicator
from rules.criteria.prior_course import DAYS_AGO

_EACH_TIME = ("uuid", "asOf", "authoredOn")
_PROSE = ("summary", "detail")
_DAYS_AGO = re.compile(rf"\b\d+(?:-\d+)? {DAYS_AGO}\b")


def may_fold(card: Mapping[str, Any]) -> bool:
    """A critical card is always shown whole."""
    return bool(card["indicator"] != Indicator.CRITICAL.value)


def advice(card: Mapping[str, Any]) -> bytes:
    """What a card says: the same bytes, the same advice."""
    return msgspec.json.encode(_lasting(card))


def _lasting(found: Any) -> Any:
    if isinstance(found, Mapping):
        skipped = (*_EACH_TIME, "value") if found.get("unit") == DAYS_AGO else _EACH_TIME
        return {
            key: _DAYS_AGO.sub(DAYS_AGO, part) if key in _PROSE else _lasting(part)
            for key, part in found.items()
            if key not in skipped
        }
    return [_lasting(one) for one in found] if isinstance(found, list) else found


def folded(card: Mapping[str, Any], since: date, today: date) -> dict[str, Any]:
    """
    The same card with one line in place of its detail.

    Only what is read again is left out. What can be done with the card stays (suggestions, reasons
    to override, links), and so does the assessment in it: a program that reads it needs no memory.
    """
    return {**card, "detail": f"Unchanged since {day_words(since, today)}."}
