"""
A site's policy: one TOML file, read at start; every mistake in it is named at once.

What may be set, with an example, is `docs/policy.md`; `il2-advisor policy show` prints all of it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from cds_hooks.clock import zone_named
from rules.criteria import CRITERIA
from rules.local_codes import ANALYTE_SETS, LocalCode
from rules.model import Weight
from rules.policy import (
    BrainStance,
    Mistake,
    Orderable,
    OverrideReason,
    Policy,
    Repeat,
    RowPolicy,
    ShowCard,
    SuggestionStyle,
)
from rules.policy_mistakes import mistakes, nearest
from rules.site_rules import PUBLISHED, SiteRules

_Place = tuple[str | int, ...]
_Stance = Literal["both-sides", "label"]
_Show = Literal["advanced", "after-checkpoint", "ordered"]
_Repeat = Literal["same", "fold"]
_Style = Literal["grouped", "single"]
_Weight = Literal["contraindication", "requirement", "caution", "information"]
_Word = Field(min_length=1, pattern=r"^\S(?:.*\S)?$")


class BadPolicyFile(Exception):
    """A policy that cannot take effect: every mistake, a line each."""

    def __init__(self, name: str, found: Iterable[Mistake]) -> None:
        self.mistakes = tuple(found)
        lines = "".join(f"\n  {one}" for one in self.mistakes)
        several = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__(f"policy {name}: {several}{lines}")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _PatientView(_Table):
    show: _Show = "advanced"
    repeat: _Repeat = "same"


class _Service(_Table):
    off: bool = False


class _Row(_Table):
    window_days: int | dict[str, int] = {}
    limit: str | dict[str, str] = {}
    weight: _Weight | None = None
    off: bool = False


class _LocalCode(_Table):
    system: str = _Word
    code: str = _Word
    means: str | None = None
    analyte: str | None = None
    answer: str = ""
    display: str = ""


class _Orderable(_Table):
    system: str = _Word
    code: str = _Word
    display: str = _Word


class _OverrideReason(_Table):
    system: str = _Word
    code: str = _Word
    display: str = _Word


class _File(_Table):
    timezone: str | None = None
    brain_stance: _Stance = "both-sides"
    suggestion_style: _Style = "grouped"
    patient_view: _PatientView = _PatientView()
    services: dict[str, _Service] = {}
    windows: dict[str, int] = {}
    criteria: dict[str, _Row] = {}
    local_codes: list[_LocalCode] = []
    orderables: dict[str, _Orderable] | None = None
    override_reasons: list[_OverrideReason] | None = None


_ONE_OF = {
    "brain_stance": get_args(_Stance),
    "show": get_args(_Show),
    "repeat": get_args(_Repeat),
    "suggestion_style": get_args(_Style),
    "weight": get_args(_Weight),
}
_WANTED = {
    "timezone": "give a name like Europe/Zurich",
    "window_days": "give whole days, such as 14; of several windows { name = 14 }",
    "windows": "give whole days, such as 14",
    "limit": 'give the number with its unit, such as "55 %"; of several limits { name = "55 %" }',
    "off": "give true or false",
    "patient_view": "this is a table: [patient_view]",
    "services": "a table for each service: [services.il2-patient-view]",
    "criteria": "a table for each row: [criteria.platelets]",
    "local_codes": "a table for each code: [[local_codes]]",
    "orderables": "a table for each test: [orderables.brain-mri]",
    "override_reasons": "a table for each reason: [[override_reasons]]",
} | {name: f"give one of {', '.join(words)}" for name, words in _ONE_OF.items()}
_MODELS: Mapping[str, type[_Table]] = {
    "patient_view": _PatientView,
    "services": _Service,
    "criteria": _Row,
    "local_codes": _LocalCode,
    "orderables": _Orderable,
    "override_reasons": _OverrideReason,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A policy that holds, and the text that says it."""

    rules: SiteRules
    text: str


def rules(path: str | None) -> SiteRules:
    """The rules under the policy of a file, without one as published; `BadPolicyFile`."""
    return PUBLISHED if path is None else read(path).rules


def read(path: str, before: SiteRules | None = None) -> Read:
    """
    The policy in a file; `BadPolicyFile` names every mistake.

    `before`: what is in force already, of which not everything can change while the service runs.
    """
    text = _text(path)
    policy, found = parse(text)
    if before is not None and policy.timezone != before.policy.timezone:
        why = "is read at start only: put back what it was, or restart the service"
        found = (*found, Mistake("timezone", why))
    if found:
        raise BadPolicyFile(path, found)
    return Read(SiteRules(policy), text)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        why = f"cannot be read: {error.strerror or 'no such file'}"
        raise BadPolicyFile(path, [Mistake("the file", why)]) from None
    except UnicodeDecodeError:
        raise BadPolicyFile(path, [Mistake("the file", "is not UTF-8: save it so")]) from None


def parse(text: str) -> tuple[Policy, tuple[Mistake, ...]]:
    """The policy in a text, as far as it is sound, and every mistake in it."""
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Policy(), (Mistake("the file", f"is no TOML: {error}"),)
    shape, wrong_shape = _shape(written)
    policy, wrong_values = _policy(shape)
    return policy, (*wrong_shape, *wrong_values, *mistakes(policy, CRITERIA))


# --- The shape of the file --------------------------------------------------------------------


def _shape(written: dict[str, Any]) -> tuple[_File, tuple[Mistake, ...]]:
    """What of the file has the right shape, and what has not; the rest is judged all the same."""
    try:
        return _File.model_validate(written), ()
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    for one in errors:
        _take_out(written, one)
    return _File.model_validate(written), tuple(dict.fromkeys(_mistake(one) for one in errors))


def _take_out(written: dict[str, Any], error: ErrorDetails) -> None:
    """
    Take out what is wrong, so that whatever else the file says can be judged.

    Where something is needed a stand-in takes its place: the policy is refused anyway.
    """
    place = error["loc"]
    section = str(place[0])
    if error["type"] != "extra_forbidden" and section in _NEEDED:
        if len(place) >= 3:
            written[section][place[1]][place[2]] = _stand_in(place[2], place[1])
            return
        if len(place) == 2:
            written[section][place[1]] = {
                name: _stand_in(name, place[1]) for name in _NEEDED[section]
            }
            return
    if error["type"] != "extra_forbidden":
        place = place[: _DEPTH.get(section, 1)]
    parent = written
    for step in place[:-1]:
        parent = parent[cast(str, step)]
    parent.pop(cast(str, place[-1]), None)


def _stand_in(name: str | int, which: str | int) -> str:
    words = {"means": "lab-creatinine", "analyte": "creatinine", "answer": ""}
    return words.get(str(name), f"stand-in {which}")


# How deep in the file a setting stands that can be taken out alone.
_DEPTH = {"patient_view": 2, "services": 3, "windows": 2, "criteria": 3}
_NEEDED = {
    "local_codes": ("system", "code", "means"),
    "orderables": ("system", "code", "display"),
    "override_reasons": ("system", "code", "display"),
}


def _mistake(error: ErrorDetails) -> Mistake:
    place = error["loc"]
    if error["type"] == "extra_forbidden":
        return Mistake(_written(place), f"there is no such setting{_instead(place)}")
    if error["type"] == "missing":
        return Mistake(_written(place), "is missing: add it")
    # a union names its own members in the place: not the site's words
    for depth, step in enumerate(place):
        if step in ("window_days", "limit"):
            return Mistake(_written(place[: depth + 1]), _WANTED[str(step)])
    is_named_by_site = len(place) == 2 and place[0] != "patient_view"  # a window, a row, a test
    wanted = _WANTED.get(str(place[0]) if is_named_by_site else str(place[-1]))
    return Mistake(_written(place), wanted or "give words in quotes, without spaces around them")


def _written(place: _Place) -> str:
    """`criteria.platelets.off`, `local_codes[2].code`."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _instead(place: _Place) -> str:
    """What was perhaps meant by a setting that there is not."""
    name = str(place[-1])
    if len(place) == 1:
        return nearest(name, _File.model_fields)
    if name in _File.model_fields:
        return f" here: {name} belongs to the top of the file, before the first [table]"
    return nearest(name, _MODELS[str(place[0])].model_fields)


# --- What it says -----------------------------------------------------------------------------


def _policy(file: _File) -> tuple[Policy, tuple[Mistake, ...]]:
    found: list[Mistake] = []
    if file.timezone is not None:
        try:
            zone_named(file.timezone)
        except ValueError as error:
            found.append(Mistake("timezone", str(error)))
    local: list[LocalCode] = []
    for number, one in enumerate(file.local_codes, start=1):
        means = _means(one, f"local_codes[{number}]")
        if isinstance(means, Mistake):
            found.append(means)
        else:
            own = LocalCode(one.system, one.code, means, one.answer, one.display, number)
            local.append(own)
    policy = Policy(
        timezone=file.timezone,
        brain_stance=BrainStance(file.brain_stance),
        show=ShowCard(file.patient_view.show),
        repeat=Repeat(file.patient_view.repeat),
        suggestion_style=SuggestionStyle(file.suggestion_style),
        services_off={id_: service.off for id_, service in file.services.items()},
        windows=file.windows,
        rows={id_: _row(row) for id_, row in file.criteria.items()},
        local_codes=tuple(local),
        orderables=None
        if file.orderables is None
        else {
            name: Orderable(one.system, one.code, one.display)
            for name, one in file.orderables.items()
        },
        override_reasons=None
        if file.override_reasons is None
        else tuple(
            OverrideReason(one.system, one.code, one.display) for one in file.override_reasons
        ),
    )
    return policy, tuple(found)


def _row(row: _Row) -> RowPolicy:
    days, limit = row.window_days, row.limit
    return RowPolicy(
        windows={"": days} if isinstance(days, int) else days,
        limits={"": limit} if isinstance(limit, str) else limit,
        weight=None if row.weight is None else Weight(row.weight),
        off=row.off,
    )


def _means(one: _LocalCode, place: str) -> str | Mistake:
    """The value set that a code stands for, named itself or by what is measured."""
    if (one.means is None) == (one.analyte is None):
        wanted = 'give either means = "lab-creatinine" (a value set) or analyte = "creatinine"'
        return Mistake(place, wanted)
    if one.means is not None:
        return one.means
    by_name = {name.casefold(): found.name for name, found in ANALYTE_SETS.items()}
    analyte = cast(str, one.analyte).casefold()
    if analyte in by_name:
        return by_name[analyte]
    return Mistake(f"{place}.analyte", f"nothing measured is called so{nearest(analyte, by_name)}")
