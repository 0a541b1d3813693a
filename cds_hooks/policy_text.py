"""
A policy as a person reads it: `policy show` as TOML that a site can edit, and as JSON.

What is printed is itself a valid policy file, and means the same.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from cds_hooks.report import window_words
from rules import work_ups
from rules.adjust import (
    SHARED_WINDOWS,
    can_be_off,
    heavier,
    own_limits,
    own_windows,
)
from rules.assess import KNOWLEDGE_VERSION
from rules.model import Criterion, Weight
from rules.policy import SERVICE_IDS
from rules.site_rules import PUBLISHED, Setting, SiteRules

_HEAD = """\
# The policy in force: every setting that a site has, with its effective value.
# Rules {version}, policy {hash}: {differences}.
# A contraindication is never off and never lighter, its limits only stricter, its windows only
# shorter. Limits of the label and of trials cannot be changed. Leave out what you do not change.
"""


def as_json(rules: SiteRules) -> dict[str, object]:
    """The same as data."""
    return {
        "knowledgeVersion": KNOWLEDGE_VERSION,
        "policy": "site" if rules.stamp.is_site else "default",
        "policyHash": rules.hash,
        "settings": dict(rules.settings),
        "differences": [
            {"place": one.place, "value": one.value, "published": one.published}
            for one in rules.differences
        ],
    }


def difference_lines(rules: SiteRules) -> list[str]:
    """`criteria.platelets.window_days = 14 (published: 7)`, a line each."""
    return [
        f"{one.place} = {_shown(one.value)} (published: {_shown(one.published)})"
        for one in rules.differences
    ]


def differences_words(rules: SiteRules) -> str:
    """`as published`, `1 difference`, `2 differences`."""
    number = rules.stamp.differences
    if number == 0:
        return "as published"
    return f"{number} difference{'' if number == 1 else 's'} to the published rules"


def _shown(value: Setting) -> str:
    return "not set" if value is None else _toml(value)


def _toml(value: Setting) -> str:
    """A string, number or truth value of TOML: JSON writes them the same."""
    return json.dumps(value, ensure_ascii=False)


def toml(rules: SiteRules) -> str:
    """Every setting with its effective value, and what else it could be."""
    return "\n".join(_lines(rules)) + "\n"


def _lines(rules: SiteRules) -> Iterator[str]:
    yield _HEAD.format(
        version=KNOWLEDGE_VERSION, hash=rules.hash, differences=differences_words(rules)
    )
    zone = rules.policy.timezone
    line = _setting(rules, "timezone", "timezone", "the zone that tells today")
    yield line if zone else '# timezone = "Europe/Zurich" # not set: UTC'
    stance = 'or "label": brain-mets-treated and brain-negative-scan become requirements'
    yield _setting(rules, "brain_stance", "brain_stance", f'"both-sides" {stance}')
    style = '"grouped" or "single": one suggestion for each test'
    yield _setting(rules, "suggestion_style", "suggestion_style", style)
    yield "\n[patient_view]"
    show = '"advanced", "after-checkpoint" or "ordered"'
    yield _setting(rules, "show", "patient_view.show", show)
    repeat = '"same" or "fold": advice that has not changed in one line'
    yield _setting(rules, "repeat", "patient_view.repeat", repeat)
    for id_ in SERVICE_IDS:
        yield f"\n[services.{id_}]"
        note = "or true: every call is answered without a card, and nothing is evaluated"
        yield _setting(rules, "off", f"services.{id_}.off", note)
    yield "\n[windows] # days, each shared by several rows"
    for name, window in SHARED_WINDOWS.items():
        users = [one.id for one in rules.published if window in one.check.windows]
        note = ", ".join(users) or "wherever it applies"
        yield _setting(rules, name, f"windows.{name}", note)
    for one in rules.published:
        yield from _row(rules, one)
    yield from _local_codes(rules)
    yield from _override_reasons(rules)
    yield from _orderables(rules)


def _setting(rules: SiteRules, name: str, place: str, note: str) -> str:
    value, published = rules.settings[place], PUBLISHED.settings.get(place)
    changed = f"CHANGED, published: {_shown(published)}; " if value != published else ""
    return f"{name} = {_toml(value)} # {changed}{note}"


def _row(rules: SiteRules, one: Criterion) -> Iterator[str]:
    place = f"criteria.{one.id}"
    window = window_words(one)
    says = f"{one.question} {one.check.threshold}{f'; {window}' if window else ''}"
    windows, limits = own_windows(one), own_limits(one)
    raised = heavier(one.weight)
    if not (windows or limits or raised):
        yield f"\n# [{place}] {says}\n# a contraindication of the label: nothing to set"
        return
    yield f"\n[{place}] # {says}"
    if raised:
        yield _setting(rules, "weight", f"{place}.weight", _or(raised))
    if can_be_off(one):
        yield _setting(rules, "off", f"{place}.off", "or true")
    stricter = one.weight is Weight.CONTRAINDICATION
    if windows:
        note = "days, or fewer" if stricter else "days"
        yield _several(rules, "window_days", place, windows, note)
    if limits:
        bounds = ", ".join(
            sorted({limit.proposed.value for limit in limits.values() if limit.proposed})
        )
        note = f"{bounds}; only stricter" if stricter else bounds
        yield _several(rules, "limit", place, limits, note)


def _or(weights: Sequence[Weight]) -> str:
    return "or " + " or ".join(f'"{one.value}"' for one in weights)


def _several(rules: SiteRules, key: str, place: str, names: Mapping[str, object], note: str) -> str:
    """One window or limit as a value, several as a table in one line."""
    if len(names) == 1:
        return _setting(rules, key, f"{place}.{key}", note)
    pairs = {name: f"{place}.{key}.{name}" for name in names}
    inside = ", ".join(f"{name} = {_toml(rules.settings[at])}" for name, at in pairs.items())
    changed = [
        f"{name}: {_shown(PUBLISHED.settings.get(at))}"
        for name, at in pairs.items()
        if rules.settings[at] != PUBLISHED.settings.get(at)
    ]
    mark = f"CHANGED, published: {', '.join(changed)}; " if changed else ""
    return f"{key} = {{ {inside} }} # {mark}{note}"


def _local_codes(rules: SiteRules) -> Iterator[str]:
    yield "\n# A site's own codes, and the value set (or analyte) that each stands for."
    if not rules.policy.local_codes:
        yield '# [[local_codes]]\n# system = "urn:oid:1.2.3"\n# code = "1234"'
        yield '# means = "lab-creatinine" # or: analyte = "creatinine"'
    for one in rules.policy.local_codes:
        yield "[[local_codes]] # CHANGED, published: none"
        yield f"system = {_toml(one.system)}\ncode = {_toml(one.code)}\nmeans = {_toml(one.means)}"
        for name, value in (("answer", one.answer), ("display", one.display)):
            if value:
                yield f"{name} = {_toml(value)}"


def _override_reasons(rules: SiteRules) -> Iterator[str]:
    own = rules.policy.override_reasons
    yield "\n# Why a card may be overridden, as the EHR offers it: one to six, in place of ours."
    if own is None:
        yield '# [[override_reasons]]\n# system = "urn:oid:1.2.3"\n# code = "1234"'
        yield '# display = "Tumour board decision"'
        return
    for one in own:
        yield "[[override_reasons]] # CHANGED, published: the suggested ones"
        yield f"system = {_toml(one.system)}\ncode = {_toml(one.code)}"
        yield f"display = {_toml(one.display)}"


def _orderables(rules: SiteRules) -> Iterator[str]:
    own = rules.policy.orderables
    yield "\n# A site's own codes of tests. With any of them, the other tests appear as text."
    yield f"# Tests: {', '.join(work_ups.BY_NAME)}"
    if own is None:
        yield '# [orderables.brain-mri]\n# system = "urn:oid:1.2.3"\n# code = "1234"'
        yield '# display = "MRI brain with contrast"'
        return
    yield "[orderables] # CHANGED, published: the codes of the rule book"
    for name, one in own.items():
        yield f"[orderables.{name}]\nsystem = {_toml(one.system)}"
        yield f"code = {_toml(one.code)}\ndisplay = {_toml(one.display)}"
