"""
A CDS Hooks request, read: which hook, for whom, with which prefetch (REQ-1 to REQ-10).

Unknown fields change nothing. Every refusal names the field, what is wrong, and what to do.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Raw
from msgspec.json import Decoder

from cds_hooks import forms, objects
from cds_hooks.errors import BadRequest
from cds_hooks.objects import NamedTwice

UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

_UUID = re.compile(UUID_PATTERN)
_BOM = b"\xef\xbb\xbf"
_WANTED = "one CDS Hooks request (or, for evaluate, one FHIR Bundle) is needed"

Fields = Mapping[str, Raw]
_T = TypeVar("_T")
_string = Decoder(str).decode
_strings = Decoder(list[str]).decode
_list = Decoder(list[Raw]).decode


# The hooks of ordering, whose context brings the orders that are being drafted.
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"
ORDER_HOOKS = frozenset({ORDER_SELECT, ORDER_SIGN})


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """A resource of `context.draftOrders`: incomplete by design (REQ-10), so still as it came."""

    place: str
    resource: Raw
    full_url: str | None = None


@dataclass(frozen=True, slots=True)
class HookRequest:
    """What the EHR asks."""

    hook: str
    hook_instance: str
    patient_id: str
    encounter_id: str | None
    fhir_server: str | None
    prefetch: Fields
    user_id: str | None = field(default=None, repr=False)  # None: not told, or no string
    token: str | None = field(default=None, repr=False)  # for fhir_server alone, for this call
    scope: str | None = field(default=None, repr=False)  # of the token; it decides nothing (FHR-5)
    draft_orders: tuple[DraftOrder, ...] = ()
    selections: tuple[str, ...] = ()  # the newly chosen orders, as order-select names them

    @property
    def is_order(self) -> bool:
        """Whether it comes while orders are being drafted."""
        return self.hook in ORDER_HOOKS


def fields(body: bytes, what: str = "the body") -> Fields:
    """The top-level fields of a JSON object, each still as bytes; `BadRequest` if it is none."""
    body = body.removeprefix(_BOM)
    try:
        body.decode()
    except UnicodeDecodeError:
        raise BadRequest(f"{what} is not UTF-8: JSON in UTF-8 is needed") from None
    try:
        return objects.fields(body)
    except NamedTwice as twice:
        raise _named_twice(twice, what) from None
    except msgspec.ValidationError:
        raise BadRequest(f"{what} is no JSON object: {_WANTED}") from None
    except RecursionError:
        raise BadRequest(f"{what} is nested too deeply: {_WANTED}") from None
    except (msgspec.DecodeError, ValueError):
        raise BadRequest(f"{what} is no JSON: {_WANTED}") from None


def parse(found: Fields, hooks: frozenset[str]) -> HookRequest:
    """The request of one of these hooks; `BadRequest` with the path of the field otherwise."""
    hook = _text(found, "hook", "the name of the hook, such as patient-view")
    if hook not in hooks:
        raise BadRequest(f"hook is not one of this service: send {' or '.join(sorted(hooks))}")
    instance = _text(found, "hookInstance", "a UUID for this call")
    if not _UUID.fullmatch(instance):
        raise BadRequest("hookInstance is no UUID: send a fresh UUID for each call")
    try:
        return _asked(found, hook, instance)
    except BadRequest as error:
        error.hook_instance = instance
        raise


def _asked(found: Fields, hook: str, instance: str) -> HookRequest:
    context = _object(found, "context")
    if context is None:
        raise BadRequest(f"context is missing: {hook} needs {_NEEDED[hook in ORDER_HOOKS]} in it")
    patient_id = _id(context, "patientId", "Patient")
    if patient_id is None:
        raise BadRequest(
            f"context.patientId is missing: {hook} needs the id of the patient in the FHIR server"
        )
    authorization = _object(found, "fhirAuthorization") or {}
    token = _token(authorization, patient_id)
    return HookRequest(
        hook=hook,
        hook_instance=instance,
        patient_id=patient_id,
        encounter_id=_id(context, "encounterId", "Encounter"),
        fhir_server=_fhir_server(found),
        prefetch=_object(found, "prefetch") or {},
        user_id=_string_or_none(context.get("userId")) or None,
        token=token,
        scope=_string_or_none(authorization.get("scope")),
        draft_orders=_draft_orders(context, hook) if hook in ORDER_HOOKS else (),
        selections=_selections(context) if hook == ORDER_SELECT else (),
    )


_NEEDED = ("userId and patientId", "userId, patientId and draftOrders")


def _draft_orders(context: Fields, hook: str) -> tuple[DraftOrder, ...]:
    """The resources of a Bundle; the official sandbox sends one without a type (PRD-16)."""
    path = "context.draftOrders"
    bundle = _value(context, "draftOrders", objects.fields, path, "a Bundle")
    if bundle is None:
        raise BadRequest(f"{path} is missing: {hook} needs the Bundle of the orders being drafted")
    kind = _value(bundle, "resourceType", _string, f"{path}.resourceType", "the word Bundle")
    if kind not in (None, "Bundle"):
        raise BadRequest(f"{path} is no Bundle: send the orders being drafted in one")
    entries = _value(bundle, "entry", _list, f"{path}.entry", "an array") or ()
    return tuple(_draft_order(raw, f"{path}.entry[{n}]") for n, raw in enumerate(entries))


def _draft_order(raw: Raw, place: str) -> DraftOrder:
    entry = _checked(raw, place, "an object that holds a resource")
    resource = entry.get("resource")
    if resource is None:
        raise BadRequest(f"{place}.resource is missing: each entry holds a draft")
    # what it says is read later, and only as far as a rule needs it
    _checked(resource, f"{place}.resource", "a FHIR resource, an object")
    return DraftOrder(place, resource, _string_or_none(entry.get("fullUrl")))


def _checked(raw: Raw, path: str, what: str) -> Fields:
    """The fields of what must be an object, and not null."""
    try:
        return objects.fields(raw)
    except NamedTwice as twice:
        raise _named_twice(twice, path) from None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise _not_as_expected(path, what) from None


def _selections(context: Fields) -> tuple[str, ...]:
    path = "context.selections"
    found = _value(context, "selections", _strings, path, "an array of strings such as Type/id")
    if found is None:
        raise BadRequest(f"{path} is missing: {ORDER_SELECT} needs the ids of the chosen orders")
    return tuple(found)


def _named_twice(twice: NamedTwice, what: str) -> BadRequest:
    return BadRequest(
        f"{what} names a field twice (its fields {twice.first} and {twice.second}): send each "
        "field once"
    )


def _value(found: Fields, name: str, read: Callable[[Raw], _T], path: str, what: str) -> _T | None:
    raw = found.get(name)
    if raw is None or bytes(raw) == b"null":
        return None
    try:
        return read(raw)
    except NamedTwice as twice:
        raise _named_twice(twice, path) from None
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise _not_as_expected(path, what) from None


def _not_as_expected(path: str, what: str) -> BadRequest:
    return BadRequest(f"{path} is not as expected: it must be {what}")


def _text(found: Fields, name: str, what: str) -> str:
    text = _value(found, name, _string, name, f"a string, {what}")
    if not text:
        raise BadRequest(f"{name} is missing: send {what}")
    return text


def _object(found: Fields, name: str) -> Fields | None:
    return _value(found, name, objects.fields, name, "an object")


def _id(context: Fields, name: str, type_name: str) -> str | None:
    """A bare id; the form `Type/id` that some clients send is taken for the same (HKS-3)."""
    path = f"context.{name}"
    text = _value(context, name, _string, path, "a string, the bare id of the resource")
    if not text:
        return None
    text = text.removeprefix(f"{type_name}/")
    if not forms.ID.fullmatch(text):
        raise BadRequest(f"{path} is no FHIR id: letters, digits, - and . only, at most 64")
    return text


def _fhir_server(found: Fields) -> str | None:
    text = _value(found, "fhirServer", _string, "fhirServer", "a string, the FHIR base URL")
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        ok = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        ok = False
    if not ok:
        raise BadRequest("fhirServer is no http(s) URL: send the base URL of the FHIR server")
    return text


def _token(authorization: Fields, patient_id: str) -> str | None:
    """
    The access token, if there is one that can be sent (FHR-3: odd authorizations are no fault).

    One that serves another patient than the context names is refused (FHR-6).
    """
    told = _string_or_none(authorization.get("patient"))
    if told and told.removeprefix("Patient/") != patient_id:
        raise BadRequest(
            "fhirAuthorization.patient is another patient than context.patientId: both must "
            "name the same"
        )
    token = _string_or_none(authorization.get("access_token"))
    return token if token and forms.TOKEN.fullmatch(token) else None


def _string_or_none(raw: Raw | None) -> str | None:
    try:
        return _string(raw) if raw is not None else None
    except (msgspec.MsgspecError, ValueError):
        return None
