"""The one place that asks the system for the time; everything else is told `as_of`."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now(zone: tzinfo = UTC) -> datetime:
    """The present instant in a zone."""
    return datetime.now(zone).replace(microsecond=0)


def today(zone: tzinfo = UTC) -> date:
    """The present day in a zone."""
    return now(zone).date()


def zone_named(name: str) -> tzinfo:
    """The time zone of an IANA name; `ValueError` if there is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"no time zone is called {name!r}: use a name like Europe/Zurich"
        ) from error
