"""
What Schemathesis learns of us (SCHEMATHESIS_HOOKS): how a call gets past the gate, and our checks.
"""

import random
from typing import Any, Final

import schemathesis

from tests.build import aldesleukin_order
from tests.service.running import REQUESTS, named

INSIDES: Final = (b"Traceback", b'File "', b"site-packages", b"msgspec", b"starlette", b"pydantic")
DRAFT: Final = {
    key: value for key, value in aldesleukin_order(status="draft").items() if key != "subject"
}
_STORIES: Final = sorted(
    path.stem.removeprefix("patient-view-") for path in REQUESTS.glob("*.json")
)


def map_body(_: Any, body: Any) -> Any:
    """
    Most of the time a chart of the fixtures with some of what was generated in it.

    By itself no generated chart has a melanoma, so that every one would end at the gate.
    """
    if not isinstance(body, dict) or "hook" not in body:
        return body
    chance = random.Random(repr(body))  # noqa: S311 - the same for the same body
    if chance.random() < 0.1:
        return body
    story = named(chance.choice(_STORIES))
    generated = body["prefetch"] if isinstance(body.get("prefetch"), dict) else {}
    kept = {key: value for key, value in generated.items() if chance.random() < 0.2}
    prefetch = story["prefetch"] | kept
    if chance.random() < 0.9:
        prefetch["patient"] = story["prefetch"]["patient"]
    _plant(chance, prefetch, generated)
    named_fields = {key: body[key] for key in body if chance.random() < 0.8}
    return story | named_fields | {"context": story["context"], "prefetch": prefetch}


def map_case(_: Any, case: Any) -> Any:
    """Most of the time a call for the service of its hook, with aldesleukin among its drafts."""
    body, id_ = case.body, str((case.path_parameters or {}).get("id", ""))
    if not isinstance(body, dict) or not isinstance(body.get("context"), dict):
        return case
    chance = random.Random(repr(body))  # noqa: S311 - the same for the same body
    if id_.startswith("il2-") and chance.random() < 0.9:
        body["hook"] = id_.removeprefix("il2-")
    if id_.startswith("il2-order") and chance.random() < 0.9:
        orders = {"resourceType": "Bundle", "entry": [{"resource": DRAFT}]}
        body["context"] = {"selections": [], **body["context"], "draftOrders": orders}
    return case


def _plant(chance: random.Random, prefetch: Any, generated: Any) -> None:
    """Generated values in fields of resources that are read."""
    values = [part for one in generated.values() if isinstance(one, dict) for part in one.values()]
    entries = [
        entry["resource"]
        for value in prefetch.values()
        if isinstance(value, dict) and isinstance(value.get("entry"), list)
        for entry in value["entry"]
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
    ]
    for _ in range(chance.randint(0, 3)):
        if values and entries:
            resource = chance.choice(entries)
            if resource:
                resource[chance.choice(sorted(resource))] = chance.choice(values)


def no_refusal_is_a_list_of_cards(_: Any, response: Any, __: Any) -> None:
    """A fault or refusal never reads as "nothing to say", and tells nothing of our insides."""
    if response.status_code == 200:
        return
    assert b'"cards"' not in response.content
    assert not [inside for inside in INSIDES if inside in response.content]


schemathesis.hook(map_body)
schemathesis.hook(map_case)
schemathesis.check(no_refusal_is_a_list_of_cards)
