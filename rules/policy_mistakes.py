"""
What cannot be set by a site, all of it named at once: where, why not, and what to do instead.

Source: `criteria.md`: "a site's policy may raise a weight, never lower a contraindication".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from rules import codes, units, work_ups
from rules.adjust import (
    GATE_ROWS,
    LONGEST_DAYS,
    SHARED_WINDOWS,
    can_be_off,
    heavier,
    is_lighter,
    named,
    own_limits,
    own_windows,
    site_limit,
)
from rules.case import Window
from rules.limits import Limit
from rules.local_codes import is_read
from rules.model import Criterion, Weight
from rules.policy import (
    MOST_OVERRIDE_REASONS,
    SERVICE_IDS,
    Mistake,
    Policy,
    RowPolicy,
    ShowCard,
)
from rules.units import Span

_OURS = "this row decides whether the patient is ours: it is judged as published"


def mistakes(policy: Policy, criteria: Sequence[Criterion]) -> tuple[Mistake, ...]:
    """Every mistake in the meaning of a policy."""
    return tuple(_mistakes(policy, criteria))


def _mistakes(policy: Policy, criteria: Sequence[Criterion]) -> Iterator[Mistake]:
    for id_ in policy.services_off:
        if id_ not in SERVICE_IDS:
            yield Mistake(f"services.{id_}", f"no service is called so{nearest(id_, SERVICE_IDS)}")
    for name, days in policy.windows.items():
        place = f"windows.{name}"
        if name not in SHARED_WINDOWS:
            yield Mistake(place, f"no window is called so{nearest(name, SHARED_WINDOWS)}")
        elif not _is_sensible(days):
            yield Mistake(place, _WRONG_DAYS)
    by_id = {one.id: one for one in criteria}
    for id_, row in policy.rows.items():
        if id_ in by_id:
            yield from _of_row(by_id[id_], row, f"criteria.{id_}")
        else:
            yield Mistake(f"criteria.{id_}", f"no row is called so{nearest(id_, by_id)}")
    checkpoint = policy.rows.get("first-line-checkpoint")
    if policy.show is ShowCard.AFTER_CHECKPOINT and checkpoint is not None and checkpoint.off:
        yield Mistake(
            "criteria.first-line-checkpoint.off",
            'patient_view.show = "after-checkpoint" needs this row: leave it on, or show = '
            '"advanced"',
        )
    yield from _of_local_codes(policy)
    yield from _of_override_reasons(policy)
    for name in policy.orderables or {}:
        if name not in work_ups.BY_NAME:
            known = nearest(name, work_ups.BY_NAME)
            yield Mistake(f"orderables.{name}", f"no test is called so{known}")


def _of_override_reasons(policy: Policy) -> Iterator[Mistake]:
    reasons = policy.override_reasons
    if reasons is None:
        return
    if not 1 <= len(reasons) <= MOST_OVERRIDE_REASONS:
        yield Mistake("override_reasons", f"give 1 to {MOST_OVERRIDE_REASONS} reasons, or none")
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(reasons, start=1):
        if (one.system, one.code) in seen:
            yield Mistake(f"override_reasons[{number}]", "this code stands there already")
        seen.add((one.system, one.code))


_WRONG_DAYS = f"give whole days from 1 to {LONGEST_DAYS}"


def _is_sensible(days: int) -> bool:
    return 1 <= days <= LONGEST_DAYS


def nearest(wrong: str, known: Iterable[str]) -> str:
    """`: did you mean ...?`, or all there is where nothing is near."""
    names = sorted(known)
    close = get_close_matches(wrong, names, n=3, cutoff=0.6)
    if close:
        return f": did you mean {' or '.join(close)}?"
    if len(names) <= 12:
        return f": there is {', '.join(names)}"
    return ": `il2-advisor policy show` lists them all"


def _of_row(criterion: Criterion, row: RowPolicy, place: str) -> Iterator[Mistake]:
    if row.off and not can_be_off(criterion):
        why = _OURS if criterion.id in GATE_ROWS else "a contraindication cannot be switched off"
        yield Mistake(f"{place}.off", f"{why}: leave it on")
    if row.weight is not None and is_lighter(row.weight, criterion.weight):
        allowed = [weight.value for weight in heavier(criterion.weight)]
        instead = f"leave it, or raise it to {' or '.join(allowed)}" if allowed else "leave it out"
        yield Mistake(
            f"{place}.weight",
            f"{row.weight.value} is lighter than {criterion.weight.value}, as published; a weight "
            f"can only be raised: {instead}",
        )
    for name, days in row.windows.items():
        where = f"{place}.window_days" + (f".{name}" if name else "")
        yield from _of_window(criterion, name, days, where)
    for name, number in row.limits.items():
        where = f"{place}.limit" + (f".{name}" if name else "")
        yield from _of_limit(criterion, name, number, where)


def _of_window(criterion: Criterion, name: str, days: int, place: str) -> Iterator[Mistake]:
    windows = own_windows(criterion)
    window = named(windows, name)
    if window is None:
        yield Mistake(place, _no_window(criterion, name, windows))
    elif not _is_sensible(days):
        yield Mistake(place, _WRONG_DAYS)
    elif criterion.weight is Weight.CONTRAINDICATION and days > window.days:
        yield Mistake(
            place,
            f"{days} days are more than the {window.days} published; of a contraindication a "
            f"window can only be shorter: give {window.days} or less",
        )


def _no_window(criterion: Criterion, name: str, windows: Mapping[str, Window]) -> str:
    """Why a row has no such window to set."""
    if criterion.id in GATE_ROWS:
        return f"{_OURS}: leave it out"
    if name == "" and len(windows) > 1:
        return f"this row has several windows: give {_table(windows)}"
    shared = [n for n, one in SHARED_WINDOWS.items() if one in criterion.check.windows]
    if shared and (name in shared or not windows):
        names = " and ".join(shared)
        return f"this row takes {names} from [windows], which several rows share: set it there"
    if windows:
        return f"no window of this row is called so: there is {', '.join(windows)}"
    sourced = [window for window in criterion.check.windows if not window.is_proposed]
    if sourced:
        return "the window of this row is a source's and cannot be changed: leave it out"
    return "this row has no window (for life, or the present state): leave it out"


def _table(names: Iterable[str]) -> str:
    return "{ " + ", ".join(f"{name} = ..." for name in names) + " }"


def _of_limit(criterion: Criterion, name: str, number: str, place: str) -> Iterator[Mistake]:
    limits = own_limits(criterion)
    published = named(limits, name)
    if published is None:
        yield Mistake(place, _no_limit(criterion, name, limits))
        return
    try:
        own = site_limit(published, number)
    except (ValueError, ArithmeticError):
        yield Mistake(
            place,
            f"this is no number with a unit of {published.analyte.name}: write it like "
            f'"{published.text}"',
        )
        return
    if not units.is_plausible(published.analyte, Span(own.value, own.value)):
        yield Mistake(place, f"no {published.analyte.name} is like that: mind the unit")
    elif criterion.weight is Weight.CONTRAINDICATION and published.is_stricter(own):
        yield Mistake(
            place,
            f"{number} would let more pass than {published.text}, as published; of a "
            "contraindication a limit can only be stricter",
        )


def _no_limit(criterion: Criterion, name: str, limits: Mapping[str, Limit]) -> str:
    if criterion.id in GATE_ROWS:
        return f"{_OURS}: leave it out"
    if limits and name == "":
        return f"this row has several limits: give {_table(limits)}"
    if limits:
        return f"no limit of this row is called so: there is {', '.join(limits)}"
    return (
        f"the threshold of this row (\"{criterion.check.threshold}\") is the label's or a trial's, "
        "or no number; only numbers marked (proposed) can be set: leave it out"
    )


def _of_local_codes(policy: Policy) -> Iterator[Mistake]:
    seen: set[tuple[str, str, str]] = set()
    known = codes.value_set_names()
    useful = [name for name in known if is_read(name) and not codes.speaks_against(name)]
    for one in policy.local_codes:
        if one.means not in known:
            yield Mistake(
                f"{one.place}.means", f"no value set is called so{nearest(one.means, useful)}"
            )
        elif fault := one.fault:
            yield Mistake(one.place, fault)
        elif (*one.key, one.means) in seen:
            yield Mistake(one.place, "stands here twice: leave one out")
        seen.add((*one.key, one.means))


def warnings(policy: Policy) -> tuple[Mistake, ...]:
    """What holds, and yet does nothing."""
    return tuple(
        Mistake(one.place, f"no rule reads {one.means}: it has no effect")
        for one in policy.local_codes
        if not is_read(one.means)
    )
