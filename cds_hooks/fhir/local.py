"""
A site's own codes in the entries of a chart: each coding learns what it stands for.

Done once, when entries are made, for every coding that an entry holds: its code, the code of an
answer, a body site. Without a map nothing is done at all.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from rules.chart import Entry
from rules.codes import Code, Coding
from rules.local_codes import LocalRows

_E = TypeVar("_E", bound=Entry)
_T = TypeVar("_T")


def understood(entries: Sequence[_E], local: LocalRows) -> Sequence[_E]:
    """The same entries, with the meaning of the site's own codes."""
    return [_with_meaning(one, local) for one in entries] if local else entries


def _with_meaning(value: _T, local: LocalRows) -> _T:
    if isinstance(value, Coding):
        rows = local.get((value.system, value.code), ())
        made = replace(value, stands_for=tuple(_called(row, value) for row in rows))
        return cast(_T, made) if rows else value
    if isinstance(value, tuple):
        several = tuple(_with_meaning(one, local) for one in value)
        return cast(_T, several) if several != value else value
    if not is_dataclass(value):
        return value
    changed = {
        one.name: made
        for one in fields(value)
        if one.init and (made := _with_meaning(old := getattr(value, one.name), local)) != old
    }
    return cast(_T, replace(cast(Any, value), **changed)) if changed else value


def _called(row: Code, coding: Coding) -> Code:
    """Named as the policy says, else as the chart does, else after what it stands for."""
    return replace(row, display=row.display or coding.display or row.value_set.replace("-", " "))
