"""
FHIR R4 as strict shapes: nothing unknown, nothing of a wrong kind, nothing missing, one value[x].

They are made of `elements.json`, which is read off the models of fhir.resources. To hold a resource
against them costs about as much as `json.loads` of it; fhir.resources costs twenty times that.
"""

import base64
import binascii
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from keyword import iskeyword, kwlist
from typing import Annotated, Any, Final, Union

import msgspec
from msgspec import Meta, Raw, Struct

# White space as Unicode has it, which is a little more than Python's.
_SPACE: Final = r"\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_MONTH: Final = "(?:0[1-9]|1[0-2])"
_LEAP: Final = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][48]|[13579][26]|[2468]0)00)"
_DAY: Final = (
    f"(?!0000)(?:[0-9]{{4}}-(?:{_MONTH}-(?:0[1-9]|1[0-9]|2[0-8])"  # nearly all: first, it is fast
    f"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|{_LEAP}-02-29)"
)
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_PARTIAL: Final = f"(?!0000)[0-9]{{4}}(?:-{_MONTH})?"
_UUID: Final = "[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}"

# Type → what a text must match, and what it is not if it does not.
PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    "code": (rf"^[^{_SPACE}]+(?:[{_SPACE}][^{_SPACE}]+)*\Z", "is no code"),
    "id": (r"^[A-Za-z0-9.\-]{1,64}\Z", "is no id"),
    "date": (rf"^(?:{_DAY}|{_PARTIAL})\Z", "is no R4 date"),
    "dateTime": (rf"^(?:{_DAY}(?:T{_CLOCK}{_ZONE})?|{_PARTIAL})\Z", "is no R4 date"),
    "instant": (rf"^{_DAY}T{_CLOCK}{_ZONE}\Z", "is no R4 instant"),
    "time": (rf"^{_CLOCK}\Z", "is no R4 time"),
    "oid": (r"^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+\Z", "is no OID"),
    "uuid": (rf"^(?:urn:uuid:)?(?i:{_UUID})\Z", "is no UUID"),
}


class Base64(str):
    """Text that must be base64."""


def _base64(of: type, found: Any) -> Base64:
    if of is not Base64 or not isinstance(found, str):
        raise ValueError(": is no text")
    try:
        base64.b64decode(found.encode())
    except (binascii.Error, ValueError):
        raise ValueError(": is no base64") from None
    return Base64(found)


_NUMBERS: Final[Mapping[str, Any]] = {
    "boolean": bool,
    "decimal": float,
    "integer": Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    "unsignedInt": Annotated[int, Meta(ge=0, le=2**31 - 1)],
    "positiveInt": Annotated[int, Meta(ge=1, le=2**31 - 1)],
}


def _primitive(kind: str) -> Any:
    if kind in _NUMBERS:
        return _NUMBERS[kind]
    if kind in PATTERNS:
        return Annotated[str, Meta(pattern=PATTERNS[kind][0])]
    if kind == "base64Binary":
        return Base64
    # R4 gives uri, url, canonical, markdown and xhtml no rule that a text can break
    return Annotated[str, Meta(min_length=1)] if kind == "string" else str


# --- The shapes -------------------------------------------------------------------------------

_BESIDE: Final = "FHIRPrimitiveExtension"  # the type of `_name`, beside a primitive `name`


@dataclass(frozen=True, slots=True)
class _Choice:
    """value[x] and its like: at most one of its forms, or just one."""

    name: str
    told: Callable[[Any], tuple[object, ...]]
    count: int
    is_required: bool


@dataclass(frozen=True, slots=True)
class _Needed:
    """A primitive that must be there, or say in its extension why it is not."""

    name: str
    attribute: str
    beside: str | None


def _methods(choices: list[_Choice], needed: list[_Needed]) -> dict[str, Any]:
    """What a shape checks once its elements are known; msgspec adds the place to what is raised."""

    def check(one: Any) -> None:
        for choice in choices:
            absent = choice.told(one).count(None)
            if absent < choice.count - 1:
                raise ValueError(f"{choice.name}[x]: has more than one value")
            if absent == choice.count and choice.is_required:
                raise ValueError(f"{choice.name}[x]: is missing")
        for need in needed:
            if getattr(one, need.attribute) is None:
                beside = getattr(one, need.beside) if need.beside else None
                if beside is None or not beside.extension:
                    raise ValueError(f"{need.name}: is missing")

    return {"__post_init__": check} if choices or needed else {}


def _says_something(one: Any) -> None:
    if one.id is None and one.extension is None:
        raise ValueError(": says nothing")


def _shape(name: str, told: Mapping[str, Any], *, is_resource: bool) -> type[Struct]:
    """One type. Other types stand in it by name: `decoder` puts them among its attributes."""
    fields: list[Any] = []
    needed: list[_Needed] = []
    for element, written in told["elements"].items():
        kind = written.rstrip("*!~")
        attribute = f"{element}_" if iskeyword(element) else element
        is_primitive, is_list, is_required = kind[0].islower(), "*" in written, "!" in written
        item = f"R4_{kind}" + (" | None" if is_primitive and is_list else "")
        whole = f"list[{item}]" if is_list else item
        if kind == "Resource":
            fields.append((attribute, list[Raw], msgspec.field(default_factory=list)))
        elif is_required and not is_primitive:
            fields.append((attribute, whole))
        else:
            fields.append((attribute, f"{whole} | None", None))
        beside = None
        if is_primitive and "~" not in written:
            beside = f"_{element}"
            extension = f"list[R4_{_BESIDE} | None]" if is_list else f"R4_{_BESIDE}"
            fields.append((beside, f"{extension} | None", None))
        if is_primitive and is_required:
            needed.append(_Needed(element, attribute, beside))
    choices = [
        # no choice has one form only, so that this getter gives a tuple
        _Choice(choice.rstrip("!"), operator.attrgetter(*forms), len(forms), "!" in choice)
        for choice, forms in told.get("choices", {}).items()
    ]
    methods = {"__post_init__": _says_something} if name == _BESIDE else _methods(choices, needed)
    return msgspec.defstruct(
        name,
        fields,
        kw_only=True,
        forbid_unknown_fields=True,
        omit_defaults=True,
        gc=False,
        rename={f"{one}_": one for one in kwlist},
        namespace=methods,
        tag_field="resourceType" if is_resource else None,
        tag=name if is_resource else None,
    )


@cache
def models() -> Mapping[str, Any]:
    """What R4 allows, as committed: the names of all resources, and each type in use."""
    text = files("cds_hooks.fhir").joinpath("elements.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@cache
def decoder() -> msgspec.json.Decoder[Any]:
    """For a resource of a type that is read; made once, of all types together."""
    types, known = models()["types"], frozenset(models()["resources"])
    shapes = {name: _shape(name, told, is_resource=name in known) for name, told in types.items()}
    for name, told in types.items():
        for kind in {one.rstrip("*!~") for one in (*told["elements"].values(), _BESIDE)}:
            if kind != "Resource":
                setattr(shapes[name], f"R4_{kind}", shapes.get(kind) or _primitive(kind))
    resources = tuple(shape for name, shape in shapes.items() if name in known)
    # of as many types as the file has: no `X | Y` can write that
    return msgspec.json.Decoder(Union[resources], dec_hook=_base64)  # noqa: UP007
