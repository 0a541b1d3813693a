"""
The rules as they are in force at a site: the criteria under its policy, and what they differ in.

`PUBLISHED` is the rule book without any change. A policy is checked before it takes effect:
`mistakes` names all that is wrong with it at once, and `SiteRules` refuses it otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

from rules import work_ups
from rules.adjust import (
    SHARED_WINDOWS,
    at_site,
    can_be_off,
    named,
    own_limits,
    own_windows,
    site_limit,
    site_windows,
    weight_at_site,
)
from rules.case import SiteWindows
from rules.chart import Query
from rules.criteria import CRITERIA
from rules.local_codes import LocalRows, rows_of
from rules.model import Criterion, PolicyStamp, WorkUp
from rules.policy import SERVICE_IDS, BrainStance, Policy, RowPolicy
from rules.policy_mistakes import mistakes

Setting = str | int | bool | None


class BadPolicy(ValueError):
    """A policy that cannot be; every mistake a line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not as published."""

    place: str
    value: Setting
    published: Setting


@dataclass(frozen=True, eq=False)
class SiteRules:
    """The criteria under a policy. Two are the same only if they are one and the same object."""

    policy: Policy
    published: Sequence[Criterion] = CRITERIA

    def __post_init__(self) -> None:
        """A policy that weakens a contraindication, or names what there is not, is refused."""
        if found := mistakes(self.policy, self.published):
            raise BadPolicy("\n".join(str(one) for one in found))

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every row, with the site's values."""
        return tuple(at_site(one, self.policy) for one in self.published)

    @cached_property
    def queries(self) -> tuple[Query, ...]:
        """What the rows read."""
        read = {query for one in self.criteria for query, _ in one.check.reads}
        return tuple(query for query in Query if query in read)

    @cached_property
    def windows(self) -> SiteWindows:
        """The shared windows that the site has changed."""
        return site_windows(self.policy)

    @cached_property
    def local_rows(self) -> LocalRows:
        """What the site's own codes stand for."""
        return rows_of(self.policy.local_codes)

    def is_off(self, service: str) -> bool:
        """Whether the site has switched off a service, by its id."""
        return self.policy.services_off.get(service, False)

    def codings_of(self, work_up: WorkUp) -> tuple[tuple[str, str, str], ...]:
        """The codes under which a test is ordered here; none: it is only said."""
        if self.policy.orderables is None:
            return work_up.codings
        own = self.policy.orderables.get(work_ups.NAMES.get(work_up, ""))
        return ((own.system, own.code, own.display),) if own else ()

    @cached_property
    def settings(self) -> Mapping[str, Setting]:
        """Every setting of the policy with its effective value, by its place in the file."""
        return _settings(self.policy, self.published)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The settings that are not as published; what a stance brings with it is not repeated."""
        stance = self.policy.brain_stance
        base = {
            **_settings(Policy(brain_stance=stance), self.published),
            "brain_stance": BrainStance.BOTH_SIDES.value,
        }
        places = dict.fromkeys((*base, *self.settings))
        return tuple(
            Difference(place, self.settings.get(place), base.get(place))
            for place in places
            if self.settings.get(place) != base.get(place)
        )

    @cached_property
    def hash(self) -> str:
        """Tells effective policies apart: the same values, the same hash, however written."""
        told = json.dumps(self.settings, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return sha256(told.encode()).hexdigest()[:12]

    @cached_property
    def stamp(self) -> PolicyStamp:
        """What an assessment says of the policy."""
        return PolicyStamp(self.hash, len(self.differences))


def _settings(policy: Policy, criteria: Sequence[Criterion]) -> dict[str, Setting]:
    found: dict[str, Setting] = {
        "timezone": policy.timezone,
        "brain_stance": policy.brain_stance.value,
        "suggestion_style": policy.suggestion_style.value,
        "patient_view.show": policy.show.value,
        "patient_view.repeat": policy.repeat.value,
    }
    for id_ in SERVICE_IDS:
        found[f"services.{id_}.off"] = policy.services_off.get(id_, False)
    for name, window in SHARED_WINDOWS.items():
        found[f"windows.{name}"] = policy.windows.get(name, window.days)
    for one in criteria:
        found |= _row_settings(one, policy)
    for code in policy.local_codes:
        said = f"{code.means} {code.answer}".strip()
        found[f"local_codes {code.key[0]}|{code.key[1]} {code.means}"] = (
            f"{said} {code.display}".strip()
        )
    if policy.override_reasons is None:
        found["override_reasons"] = "the suggested ones"
    else:
        found["override_reasons"] = "the site's"
        for number, reason in enumerate(policy.override_reasons, start=1):
            words = f"{reason.system}|{reason.code} {reason.display}"
            found[f"override_reasons[{number}]"] = words
    if policy.orderables is None:
        found["orderables"] = "the codes of the rule book"
    else:
        found["orderables"] = "the site's codes; every other test as text"
        for name, test in policy.orderables.items():
            found[f"orderables.{name}"] = f"{test.system}|{test.code} {test.display}"
    return found


def _row_settings(criterion: Criterion, policy: Policy) -> dict[str, Setting]:
    row = policy.rows.get(criterion.id, RowPolicy())
    place = f"criteria.{criterion.id}"
    found: dict[str, Setting] = {
        f"{place}.weight": weight_at_site(criterion, row, policy.brain_stance).value
    }
    if can_be_off(criterion):
        found[f"{place}.off"] = row.off
    windows = own_windows(criterion)
    days = {named(windows, name): value for name, value in row.windows.items()}
    for name, window in windows.items():
        which = f".{name}" if len(windows) > 1 else ""
        found[f"{place}.window_days{which}"] = days.get(window, window.days)
    limits = own_limits(criterion)
    numbers = {named(limits, name): value for name, value in row.limits.items()}
    for name, limit in limits.items():
        which = f".{name}" if len(limits) > 1 else ""
        own = site_limit(limit, numbers[limit]) if limit in numbers else limit
        found[f"{place}.limit{which}"] = replace(own, is_site=False).text
    return found


PUBLISHED = SiteRules(Policy())
