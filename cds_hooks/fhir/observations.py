"""Observations and their components → entries of the chart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cds_hooks.fhir import parts, resources
from cds_hooks.fhir import resources as fhir
from cds_hooks.fhir.references import References
from rules.chart import (
    Entry,
    Kind,
    NoValue,
    Observation,
    Range,
    ReferenceRange,
    Status,
    Value,
    When,
)
from rules.codes import Coding


@dataclass(frozen=True, slots=True)
class _Whole:
    """What an Observation and its components have in common."""

    reference: str
    status: Status
    dated: parts.Dated
    issued: When | None
    codings: tuple[Coding, ...]
    body_sites: tuple[Coding, ...]
    focus: tuple[str, ...]
    members: tuple[str, ...]


def observation(one: fhir.Observation, reference: str, references: References) -> Sequence[Entry]:
    """An Observation and each of its components with a code, as entries of their own."""
    status = parts.result_status(one.status)
    if status is None:
        return ()
    focus = (references.local(p.reference) for p in one.focus or () if p is not None)
    members = (references.local(m.reference) for m in _members(one))
    whole = _Whole(
        reference=reference,
        status=status,
        dated=parts.Dated(
            one.effectiveDateTime,
            one.effectiveInstant,
            one.effectivePeriod,
            one.effectiveTiming,
            one.issued,
        ),
        issued=parts.Dated(one.issued).when,
        codings=parts.codings(one.code),
        body_sites=parts.codings(one.bodySite),
        focus=tuple(f for f in focus if f) + parts.related(one.extension, references),
        members=tuple(member or "" for member in members),
    )
    components = [
        _entry(whole, component, own)
        for component in one.component or ()
        if component is not None and (own := parts.codings(component.code))
    ]
    return (_entry(whole, one, whole.codings), *components)


def _members(one: fhir.Observation) -> Sequence[fhir.Reference]:
    """The members of a panel, in the words of R4 and of those before it."""
    related = (r.target for r in one.related or () if r is not None and r.type == "has-member")
    return [m for m in (*(one.hasMember or ()), *related) if m is not None]


def _entry(
    whole: _Whole, part: fhir.Observation | fhir.Component, own: tuple[Coding, ...]
) -> Observation:
    is_part = isinstance(part, fhir.Component)
    # a modifier of the whole has set it aside before
    is_modified = is_part and bool(part.modifierExtension)
    return Observation(
        kind=Kind.OBSERVATION,
        reference=whole.reference,
        codings=own,
        texts=parts.texts(part.code),
        when=whole.dated.when,
        is_dated_badly=whole.dated.is_bad,
        status=whole.status,
        value=NoValue.UNREADABLE if is_modified else _value(part),
        issued=whole.issued,
        interpretation=parts.all_codings(part.interpretation),
        ranges=tuple(_ranges(part.referenceRange)),
        body_sites=whole.body_sites,
        focus=whole.focus,
        members=() if is_part else whole.members,
        parent_codings=whole.codings if is_part else (),
    )


_OTHER_VALUES = (
    "valueRatio",
    "valueSampledData",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
    "valueAttachment",
    "valueReference",
)


def _value(one: fhir.Observation | fhir.Component) -> Value:
    """value[x]; two of them, or one beside a data-absent-reason, cannot be read (obs-6)."""
    found: list[Value] = []
    if one.valueQuantity is not None:
        found.append(parts.quantity(one.valueQuantity) or NoValue.UNREADABLE)
    if one.valueCodeableConcept is not None:
        found.append(parts.coded(one.valueCodeableConcept))
    if one.valueString is not None:
        found.append(one.valueString)
    if one.valueBoolean is not None:
        found.append(one.valueBoolean)
    if one.valueInteger is not None:
        found.append(one.valueInteger)
    if one.valueRange is not None:
        low, high = parts.quantity(one.valueRange.low), parts.quantity(one.valueRange.high)
        found.append(Range(low, high))
    if any(resources.is_there(getattr(one, name)) for name in _OTHER_VALUES):
        found.append(NoValue.UNREADABLE)
    if not found:
        # masked, unknown, error: there may be a value that we are not shown
        return NoValue.ABSENT if one.dataAbsentReason is None else NoValue.UNREADABLE
    if len(found) > 1 or one.dataAbsentReason is not None:
        return NoValue.UNREADABLE
    return found[0]


# Codes of Observation.referenceRange that the rules know: v3 and FHIR gender words.
_SEXES = {"M": "male", "male": "male", "F": "female", "female": "female"}
_YEARS = frozenset({"a", "y", "yr", "year", "years"})


def _ranges(found: list[fhir.ReferenceRange | None] | None) -> Iterable[ReferenceRange]:
    """Normal ranges only: no type means normal (R4); one whose ages cannot be read fits nobody."""
    for one in found or ():
        if one is None:
            continue
        if one.type is not None and "normal" not in parts.words(one.type):
            continue
        low_age = _age(one.age.low) if one.age else None
        high_age = _age(one.age.high) if one.age else None
        if "unreadable" in (low_age, high_age):
            continue
        told = {c.code for a in one.appliesTo or () if a for c in a.coding or () if c}
        yield ReferenceRange(
            low=parts.quantity(one.low),
            high=parts.quantity(one.high),
            sexes=frozenset(_SEXES[word] for word in told if word in _SEXES),
            age_low=low_age if isinstance(low_age, int) else None,
            age_high=high_age if isinstance(high_age, int) else None,
        )


def _age(found: fhir.Quantity | None) -> int | Literal["unreadable"] | None:
    """An age in years; months and the like are not reckoned in years."""
    age = parts.quantity(found)
    if age is None:
        return None
    units = {age.code, age.unit} - {None}
    return int(age.value) if units <= _YEARS else "unreadable"
