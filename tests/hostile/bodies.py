"""Bodies of the hostile table, each a change of one good request that bears a marker."""

import copy
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.service.running import SERVICE, Body, named

Headers = tuple[tuple[str, str], ...]
MARKER: Final = "KANARI-7Q"  # in every row: the log and the refusals must never show it
MEGABYTE: Final = 1024 * 1024
STORY: Final = "kidney-transplant-1998"  # small, and a card in the colour of a warning
HEADERS: Final[Headers] = (("Host", "127.0.0.1"), ("Content-Type", "application/json"))

Value = Any  # JSON


def good(**fields: Value) -> Body:
    """The good request: the marker in what no card shows."""
    body = named(STORY)
    body["extension"] = {MARKER: MARKER}
    body["context"]["userId"] = f"Practitioner/{MARKER}"
    body["prefetch"]["patient"]["name"] = [{"family": MARKER}]
    return body | fields


def encoded(value: Value) -> bytes:
    """As JSON."""
    return json.dumps(value).encode()


def with_context(**fields: Value) -> bytes:
    """Other fields in the context."""
    body = good()
    body["context"] |= fields
    return encoded(body)


def with_prefetch(**fields: Value) -> bytes:
    """Other prefetch values."""
    body = good()
    body["prefetch"] |= fields
    return encoded(body)


def raw(text: str | bytes, put: Callable[[Body, str], None] | None = None) -> bytes:
    """A piece of JSON as it stands, put somewhere into the good request; else in an own field."""
    body = good()
    if put is None:
        body["x"] = "@@"
    else:
        put(body, "@@")
    written = text if isinstance(text, bytes) else text.encode()
    whole = encoded(body)
    assert whole.count(b'"@@"') == 1
    return whole.replace(b'"@@"', written)


def in_context(body: Body, value: str) -> None:
    """A field of the context."""
    body["context"]["x"] = value


def in_prefetch(body: Body, value: str) -> None:
    """A prefetch key that nobody asked for."""
    body["prefetch"]["x"] = value


def in_labs(body: Body, value: str) -> None:
    """The answer of a query."""
    body["prefetch"]["labs"] = value


def in_problems(body: Body, value: str) -> None:
    """The answer of the query that tells whether the patient is ours."""
    body["prefetch"]["problems"] = value


def in_patient(body: Body, value: str) -> None:
    """A field of the Patient that is not read."""
    body["prefetch"]["patient"]["x"] = value


def in_a_condition(body: Body, value: str) -> None:
    """A field of a Condition that is read."""
    body["prefetch"]["problems"]["entry"][-1]["resource"]["code"]["text"] = value


def in_a_quantity(body: Body, value: str) -> None:
    """The value of a laboratory result."""
    body["prefetch"]["labs"] = bundle(observation(value))


def bundle(*resources: Value, **fields: Value) -> Body:
    """A searchset."""
    entry = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entry} | fields


def observation(value: Value, **fields: Value) -> Body:
    """A creatinine of our patient."""
    return {
        "resourceType": "Observation",
        "id": "creatinine-1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]},
        "subject": {"reference": f"Patient/{good()['context']['patientId']}"},
        "effectiveDateTime": "2026-11-20",
        "valueQuantity": {
            "value": value,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    } | fields


def twice(
    path: tuple[str | int, ...], name: str, second: Value, written: str | None = None
) -> bytes:
    """A second field of the same name in the object at a path; `written`: its name with escapes."""
    body = good()
    part: Any = body
    for step in path:
        part = part[step]
    assert name in part
    part["@@"] = second
    found = encoded(body).replace(b'"@@":', f'"{written or name}":'.encode())
    assert encoded(body) != found
    return found


def nested(depth: int, opening: str, closing: str) -> str:
    """Brackets in brackets."""
    return opening * depth + ("1" if opening.endswith(":") else "") + closing * depth


def subject() -> Body:
    """The reference to our patient."""
    return {"reference": f"Patient/{good()['context']['patientId']}"}


def bundles(depth: int) -> str:
    """Bundles in Bundles."""
    opening = '{"resourceType": "Bundle", "entry": [{"resource": '
    return opening * depth + "null" + "}]}" * depth


def many_entries(number: int, **fields: Value) -> bytes:
    """So many small results in one Bundle."""
    other = {"resourceType": "Observation", "status": "final", "code": {"text": "?"}} | fields
    return with_prefetch(labs=bundle(*({"id": f"n{one}"} | other for one in range(number))))


def many_keys(put: str | None, number: int) -> bytes:
    """So many fields that nobody reads."""
    body = good()
    (body[put] if put else body).update({f"key-{one}": one for one in range(number)})
    return encoded(body)


# --- HTTP ----------------------------------------------------------------------------------------


def message(
    body: bytes,
    *more: tuple[str, str],
    method: str = "POST",
    target: str = SERVICE,
    version: str = "HTTP/1.1",
    headers: Headers = HEADERS,
    length: int | str | None = -1,
) -> bytes:
    """One HTTP message; `length`: another Content-Length than the true one, None for none."""
    told = headers + more
    if length is not None:
        told += (("Content-Length", str(len(body) if length == -1 else length)),)
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in told)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def in_chunks(pieces: Iterator[bytes], *more: tuple[str, str]) -> Iterator[bytes]:
    """The same with the body in chunks, as they come."""
    yield message(b"", ("Transfer-Encoding", "chunked"), *more, length=None)
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def bomb(megabytes: int) -> bytes:
    """Blanks of which gzip makes a thousandth."""
    return gzip.compress(b" " * MEGABYTE, mtime=0) * megabytes


def zipped() -> bytes:
    """The good request, compressed."""
    return gzip.compress(encoded(good()), mtime=0)


def deflated() -> bytes:
    """The same as zlib writes it."""
    return zlib.compress(encoded(good()))


# --- Walks over the whole request ----------------------------------------------------------------


def places(found: Value, so_far: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value; of a list the first two elements stand for the others."""
    if so_far:
        yield so_far
    if isinstance(found, dict):
        for key, part in found.items():
            yield from places(part, (*so_far, key))
    elif isinstance(found, list):
        for number, part in enumerate(found[:2]):
            yield from places(part, (*so_far, number))


def turned(body: Body, place: tuple[str | int, ...]) -> Body | None:
    """An array for the object at a place, an object for the array; None where neither stands."""
    changed = copy.deepcopy(body)
    part: Any = changed
    for step in place[:-1]:
        part = part[step]
    found = part[place[-1]]
    if isinstance(found, dict):
        part[place[-1]] = [found]
    elif isinstance(found, list):
        part[place[-1]] = {str(number): one for number, one in enumerate(found)}
    else:
        return None
    return changed


# Ids, codes, dates, references and the like: not text. A payload there loses the entry instead.
_NO_TEXT: Final = frozenset(
    [
        "resourceType",
        "id",
        "reference",
        "system",
        "code",
        "fullUrl",
        "url",
        "type",
        "status",
        "intent",
        "mode",
        "use",
        "severity",
        "criticality",
        "gender",
        "linkId",
        "priority",
        "hook",
        "hookInstance",
        "fhirServer",
        "patientId",
        "userId",
        "encounterId",
        "lastUpdated",
        "versionId",
        "comparator",
        "relation",
    ]
)
_A_DATE: Final = re.compile(r"\d{4}(?:-\d\d)?")


def texts(found: Value, so_far: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every text: a string that is no id, code, date or reference."""
    if isinstance(found, Mapping):
        for key, part in found.items():
            if isinstance(part, str):
                if key not in _NO_TEXT and not _A_DATE.match(part):
                    yield (*so_far, key)
            else:
                yield from texts(part, (*so_far, key))
    elif isinstance(found, list):
        for number, part in enumerate(found):
            yield from texts(part, (*so_far, number))


def with_texts(body: Body, payload: Callable[[str], str]) -> Body:
    """Something else in every text of the prefetch, and texts where a resource has none."""
    changed = copy.deepcopy(body)
    for resource in _resources(changed["prefetch"]):
        resource["note"] = [{"text": "note"}]
        resource["text"] = {"status": "generated", "div": "narrative"}
        for name in ("code", "vaccineCode", "medicationCodeableConcept", "valueCodeableConcept"):
            if isinstance(resource.get(name), dict):
                resource[name].setdefault("text", "said")
                for coding in resource[name].get("coding", []):
                    coding.setdefault("display", "shown")
    for place in texts(changed["prefetch"]):
        part: Any = changed["prefetch"]
        for step in place[:-1]:
            part = part[step]
        part[place[-1]] = payload(part[place[-1]])
    return changed


def _resources(prefetch: Body) -> Iterator[Body]:
    for value in prefetch.values():
        if isinstance(value, dict):
            if value.get("resourceType") == "Bundle":
                yield from (one["resource"] for one in value.get("entry", []))
            else:
                yield value
