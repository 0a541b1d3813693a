"""
A chart on a day: the only clock of the rules, and how long an entry stays current.

Source: `criteria.md`, "Which entry counts", rules 1 and 4.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import TypeVar, cast

from rules.chart import Chart, Entry, When

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Window:
    """
    How many days an entry stays current; `is_proposed`: our judgement (P), no source's.

    `is_site`: set by a site's policy in place of our proposal.
    """

    days: int
    is_proposed: bool = True
    what: str = ""
    is_site: bool = False

    @property
    def mark(self) -> str:
        """Whose number it is, where it is no source's: ` (proposed)`, ` (site)`."""
        return " (site)" if self.is_site else " (proposed)" if self.is_proposed else ""

    @property
    def text(self) -> str:
        """`7 d (proposed)`, with what it is for where a rule has several."""
        words = f"{self.days} d{self.mark}"
        return f"{self.what}: {words}" if self.what else words

    def at_site(self, days: int) -> "Window":
        """The same window with the days of a site; unchanged where they are those published."""
        if days == self.days:
            return self
        return Window(days, is_proposed=False, what=self.what, is_site=True)


def proposed(days: int, what: str = "") -> Window:
    """A window that is our proposal: no source read gives look-back windows."""
    return Window(days, what=what)


# Each published window with the one that a site's policy puts in its place.
SiteWindows = tuple[tuple[Window, Window], ...]


@dataclass(frozen=True)
class Case:
    """
    A chart on a day: the only clock of the rules is `as_of`.

    A date: an entry's day is the one written in it, and that same day is not future. An instant
    (with zone): its zone tells the days (criteria.md, "Which entry counts", rule 1).

    `site_windows`: what a site's policy puts in the place of windows that several rules share.
    They take effect in `is_within` and `may_be_within`, so that no rule can miss them.
    """

    chart: Chart
    as_of: date | datetime
    site_windows: SiteWindows = ()

    def __post_init__(self) -> None:
        """An instant without a zone would make "today" a guess."""
        if isinstance(self.as_of, datetime) and self.as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")

    @cached_property
    def zone(self) -> tzinfo | None:
        """The zone that tells the days; None: the days are those written."""
        return self.as_of.tzinfo if isinstance(self.as_of, datetime) else None

    @cached_property
    def today(self) -> date:
        """The day of the assessment."""
        return self.as_of.date() if isinstance(self.as_of, datetime) else self.as_of

    def under(self, windows: SiteWindows) -> "Case":
        """The same case, judged with these windows of a site."""
        return self if windows == self.site_windows else replace(self, site_windows=windows)

    @cached_property
    def published(self) -> "Case":
        """The same case, judged with the windows of the rule book."""
        return self.under(())

    @cached_property
    def _window(self) -> dict[Window, Window]:
        return dict(self.site_windows)

    def window(self, published: Window) -> Window:
        """The window that counts here: the site's, where it has set another."""
        return self._window.get(published, published) if self.site_windows else published

    @cached_property
    def _made(self) -> dict[object, object]:
        return {}

    def once(self, make: "Callable[[Case], _T]") -> _T:
        """`make(self)`, made once for this case: facts that several criteria share."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(_T, self._made[make])

    def days(self, when: When) -> tuple[date, date]:
        """First and last day that a date may mean."""
        if when.at is not None and when.at.tzinfo is not None and self.zone is not None:
            try:
                day = when.at.astimezone(self.zone).date()
            except OverflowError:  # the first and the last day there is have no neighbour
                return when.first, when.last
            return day, day
        return when.first, when.last

    def is_future(self, when: When) -> bool:
        """Whether the whole of a date lies after `as_of`."""
        if isinstance(self.as_of, datetime) and when.at is not None and when.at.tzinfo is not None:
            return when.at > self.as_of
        return self.days(when)[0] > self.today

    def age_days(self, when: When) -> int:
        """Age in calendar days of the earliest day that the date may mean."""
        return (self.today - self.days(when)[0]).days

    def years_since(self, day: date) -> int:
        """Completed years from a day to today."""
        had_its_day = (self.today.month, self.today.day) >= (day.month, day.day)
        return self.today.year - day.year - (0 if had_its_day else 1)

    def is_within(self, when: When, window: Window) -> bool:
        """Whether a date is not older than the window; the last day counts."""
        return self.age_days(when) <= self.window(window).days

    def may_be_within(self, when: When, window: Window) -> bool | None:
        """
        The same for what speaks against: None if a partial date lies on both sides of the edge.

        "Fresh only if its earliest day is" must not make an adverse entry disappear.
        """
        if self.is_within(when, window):
            return True
        latest_age = (self.today - self.days(when)[1]).days
        return None if latest_age <= self.window(window).days else False

    def is_older(self, one: When, other: When) -> bool:
        """Whether one date is surely before the other."""
        if (
            one.at is not None
            and other.at is not None
            and (one.at.tzinfo is None) == (other.at.tzinfo is None)
        ):
            return one.at < other.at
        return self.days(one)[1] < self.days(other)[0]

    def usable(self, entry: Entry) -> When | None:
        """The date of an entry if it can be used: written, readable, and not in the future."""
        if entry.when is None or entry.is_dated_badly or self.is_future(entry.when):
            return None
        return entry.when
