"""FHIR date, dateTime and instant as the interval they name; what is none of them is no date."""

import calendar
import re
from datetime import date, datetime

from rules.chart import When

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ]((?:[01]\d|2[0-3]):\d{2})"
    r"(?::(\d{2})(\.\d+)?)?\s?(Z|z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def read(text: str) -> When | None:
    """
    The interval that a FHIR date names; None if it is no date.

    Partial dates (`2026`, `2026-11`) span their days. Times without seconds or zone are read too.
    """
    text = text.strip()
    if len(text) > 40:
        return None
    try:
        plain = _DATE.fullmatch(text)
        if plain:
            return _interval(text, plain)
        timed = _DATE_TIME.fullmatch(text)
        return _instant(text, timed) if timed else None
    except ValueError:
        return None


def _interval(text: str, found: re.Match[str]) -> When:
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None:
        raise ValueError("no year")
    if month is None:
        return When(text, date(year, 1, 1), date(year, 12, 31))
    if day is None:
        last = calendar.monthrange(year, month)[1]
        return When(text, date(year, month, 1), date(year, month, last))
    exact = date(year, month, day)
    return When(text, exact, exact)


def _instant(text: str, found: re.Match[str]) -> When:
    day, minutes, seconds, fraction, zone = found.groups()
    micro = (fraction or "")[:7]
    stamp = f"{day}T{minutes}:{seconds or '00'}{micro.ljust(7, '0') if micro else ''}"
    if zone:
        stamp += "+00:00" if zone in "Zz" else zone
    at = datetime.fromisoformat(stamp)
    written = date.fromisoformat(day)
    return When(text, written, written, at)
