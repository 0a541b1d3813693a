"""What a FHIR server declares: its CapabilityStatement, as far as we ask something of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Raw, Struct

from cds_hooks.fhir import resources
from cds_hooks.fhir.resources import ABSENT

_VERSION: Final = re.compile(r"\d{1,2}\.\d{1,2}(?:\.\d{1,2})?(?:-[A-Za-z0-9.]{1,20})?")
_R4: Final = re.compile(r"4\.0(?:\.\d+)?")
_LONGEST: Final = 60
_MOST_FORMATS: Final = 8


@dataclass(frozen=True, slots=True)
class Declared:
    """One resource type."""

    interactions: frozenset[str]
    parameters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A CapabilityStatement; None: not told."""

    fhir_version: str | None
    software: str | None
    formats: tuple[str, ...]
    types: Mapping[str, Declared]

    @property
    def is_r4(self) -> bool | None:
        """Whether it is FHIR R4, which alone is supported; None: not told."""
        return None if self.fhir_version is None else bool(_R4.fullmatch(self.fhir_version))


class _Coded(Struct, frozen=True):
    code: str | None = None
    name: str | None = None


class _Type(Struct, frozen=True, rename="camel"):
    type: str | None = None
    interaction: list[_Coded | None] | None = None
    search_param: list[_Coded | None] | None = None


class _Rest(Struct, frozen=True):
    mode: str | None = None
    resource: list[Raw] | None = None


class _Software(Struct, frozen=True):
    name: str | None = None
    version: str | None = None


class _Statement(Struct, frozen=True):
    resourceType: str  # noqa: N815
    fhirVersion: Raw = ABSENT  # noqa: N815
    software: Raw = ABSENT
    format: Raw = ABSENT
    rest: list[_Rest | None] | None = None


def statement(content: bytes, secret: str | None = None) -> Statement | None:
    """What an answer declares; None if it is no statement. `secret` is never part of it."""
    try:
        made = msgspec.json.decode(content, type=_Statement)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    if made.resourceType not in ("CapabilityStatement", "Conformance"):  # of R4, of DSTU2
        return None
    version = resources.part(made.fhirVersion, str) or ""
    software = resources.part(made.software, _Software) or _Software()
    named = " ".join(one for one in (software.name, software.version) if one)
    formats = resources.part(made.format, list[str]) or []
    return Statement(
        fhir_version=version if _VERSION.fullmatch(version) else None,
        software=_shown(named, secret) or None,
        formats=tuple(_shown(one, secret) for one in formats[:_MOST_FORMATS]),
        types=_types(made),
    )


def _types(made: _Statement) -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    for rest in made.rest or ():
        if rest is None or rest.mode not in (None, "server"):
            continue
        for raw in rest.resource or ():
            one = resources.part(raw, _Type)
            if one is not None and one.type is not None:
                found[one.type] = Declared(
                    frozenset(c.code for c in one.interaction or () if c and c.code),
                    frozenset(p.name for p in one.search_param or () if p and p.name),
                )
    return found


def _shown(text: str, secret: str | None) -> str:
    """A server's words in one short line, without a secret that it repeats."""
    if secret is not None and secret in text:
        return "(hidden)"
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
