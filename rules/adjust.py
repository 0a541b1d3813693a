"""
What of a row a site may set, and the row with a site's values.

A contraindication is never off, never lighter, its limits only stricter, its windows only
shorter; and where its judgement has changed, the published one counts as well (`model.stricter`).
The rows that decide whether the patient is ours are judged as published.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from rules.case import SiteWindows, Window
from rules.conditions import ACUTE_WINDOW
from rules.criteria.cns import GLASGOW_WINDOW
from rules.drugs import REQUEST_WINDOW
from rules.limits import Limit
from rules.model import Criterion, Weight
from rules.policy import CONFLICT_ROWS, BrainStance, Policy, RowPolicy
from rules.scans import SCAN_WINDOW

# Windows of facts that several rows rest on: set once for all of them (`[windows]`).
_SHARED = (SCAN_WINDOW, GLASGOW_WINDOW, ACUTE_WINDOW, REQUEST_WINDOW)

# They decide whether the patient is ours, and what is out of scope: judged as published.
GATE_ROWS = ("melanoma-advanced", "intended-regimen")

LONGEST_DAYS = 3650

_HEAVIEST_FIRST = tuple(Weight)
_T = TypeVar("_T")


def slug(text: str) -> str:
    """`dose given` → `dose-given`: how a name is written in a policy."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


SHARED_WINDOWS: Mapping[str, Window] = {slug(one.what): one for one in _SHARED}


def parts(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every window and limit among the fields of a check, and of the checks and bands in them."""
    if isinstance(value, Window | Limit):
        yield path, value
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from parts(one, (*path, str(number)))
    elif is_dataclass(value):
        for one in fields(value):
            yield from parts(getattr(value, one.name), (*path, one.name))


def _with_parts(
    value: _T, change: Callable[[tuple[str, ...], object], object], path: tuple[str, ...] = ()
) -> _T:
    """The same value with its windows and limits changed; itself where nothing changes."""
    if isinstance(value, Window | Limit):
        return cast(_T, change(path, value))
    if isinstance(value, tuple):
        several = tuple(_with_parts(v, change, (*path, str(n))) for n, v in enumerate(value))
        return value if several == value else cast(_T, several)
    if not is_dataclass(value):
        return value
    changed = {
        one.name: made
        for one in fields(value)
        if (made := _with_parts(old := getattr(value, one.name), change, (*path, one.name))) != old
    }
    return cast(_T, replace(cast(Any, value), **changed)) if changed else value


def _window_name(window: Window) -> str:
    return slug(window.what) or "window"


def _limit_name(path: tuple[str, ...]) -> str:
    """`spo2-limit` is called `spo2`, a lone `limit` keeps its name."""
    return slug("-".join(path[:-1] if len(path) > 1 and path[-1] == "limit" else path))


def own_windows(criterion: Criterion) -> Mapping[str, Window]:
    """The proposed windows that only this row has, by name."""
    if criterion.id in GATE_ROWS:
        return {}
    return {
        _window_name(value): value
        for _, value in parts(criterion.check)
        if isinstance(value, Window) and value.is_proposed and value not in _SHARED
    }


def own_limits(criterion: Criterion) -> Mapping[str, Limit]:
    """The limits of a row that are our proposal (P), by name."""
    if criterion.id in GATE_ROWS:
        return {}
    return {
        _limit_name(path): value
        for path, value in parts(criterion.check)
        if isinstance(value, Limit) and value.proposed is not None
    }


def can_be_off(criterion: Criterion) -> bool:
    """Whether a site may do without the row."""
    return criterion.weight is not Weight.CONTRAINDICATION and criterion.id not in GATE_ROWS


def is_lighter(weight: Weight, than: Weight) -> bool:
    """Whether a weight does less to the overall result."""
    return _HEAVIEST_FIRST.index(weight) > _HEAVIEST_FIRST.index(than)


def heavier(than: Weight) -> tuple[Weight, ...]:
    """The weights that do more, the next one first."""
    return _HEAVIEST_FIRST[: _HEAVIEST_FIRST.index(than)][::-1]


def site_limit(published: Limit, written: str) -> Limit:
    """
    A limit as a site writes it, `55 %`; itself where it is the published number.

    `ValueError` if it is no number with a unit of the analyte; the message says what is.
    """
    number, _, unit = written.strip().partition(" ")
    made = Limit(published.analyte, number, unit.strip() or "{score}", published.proposed, True)
    return published if made.value == published.value else made


def named(found: Mapping[str, _T], name: str) -> _T | None:
    """The window or limit of a name; "" is the only one."""
    if name == "" and len(found) == 1:
        return next(iter(found.values()))
    return found.get(name)


def weight_at_site(criterion: Criterion, row: RowPolicy, stance: BrainStance) -> Weight:
    """The weight of a row at a site: never lighter than published."""
    weights = [criterion.weight]
    if row.weight is not None:
        weights.append(row.weight)
    if stance is BrainStance.LABEL and criterion.id in CONFLICT_ROWS:
        weights.append(Weight.REQUIREMENT)
    return min(weights, key=_HEAVIEST_FIRST.index)


def site_windows(policy: Policy) -> SiteWindows:
    """Each shared window that a site changes, with what it puts in its place."""
    pairs = ((SHARED_WINDOWS[name], days) for name, days in policy.windows.items())
    return tuple((one, one.at_site(days)) for one, days in pairs if one.at_site(days) != one)


def at_site(criterion: Criterion, policy: Policy) -> Criterion:
    """A row as it is judged under a policy that holds (`site_rules.mistakes` finds none)."""
    row = policy.rows.get(criterion.id, RowPolicy())
    windows, limits = own_windows(criterion), own_limits(criterion)
    days = {named(windows, name): value for name, value in row.windows.items()}
    numbers = {named(limits, name): value for name, value in row.limits.items()}

    def change(_: tuple[str, ...], value: object) -> object:
        if isinstance(value, Window) and value in days:
            return value.at_site(days[value])
        if isinstance(value, Limit) and value in numbers:
            return site_limit(value, numbers[value])
        return value

    check = _with_parts(criterion.check, change)
    shared = () if criterion.id in GATE_ROWS else site_windows(policy)
    is_judged_otherwise = check != criterion.check or bool(shared)
    made = replace(criterion, check=check)
    still_ours = not limits or any(not one.is_site for one in own_limits(made).values())
    weight = weight_at_site(criterion, row, policy.brain_stance)
    return replace(
        made,
        weight=weight,
        raised_from=criterion.weight if weight is not criterion.weight else None,
        is_off=row.off,
        is_threshold_proposed=criterion.is_threshold_proposed and still_ours,
        site_windows=shared,
        published=criterion
        if criterion.weight is Weight.CONTRAINDICATION and is_judged_otherwise
        else None,
    )
