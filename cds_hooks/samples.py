"""The sample patient of `demo`: in the wheel beside this file, in a checkout among the fixtures."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from cds_hooks.protocol.request import ORDER_SELECT

AS_OF = date(2026, 11, 24)
_CHART: Final = "stable-treated-brain-mets.json"
_ORDER: Final = "order-sign-stable-treated-brain-mets.json"


def chart() -> bytes:
    """The chart of the seed study's main case; the person is invented."""
    return _sample("charts", _CHART)


def order(hook: str) -> bytes:
    """A call of a hook of ordering: for this patient aldesleukin is drafted, as in the label."""
    found = _sample("requests/orders", _ORDER)
    if hook != ORDER_SELECT:
        return found
    asked: dict[str, Any] = json.loads(found)
    (entry,) = asked["context"]["draftOrders"]["entry"]
    chosen = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
    context = asked["context"] | {"selections": [chosen]}
    return json.dumps(asked | {"hook": hook, "context": context}).encode()


def _sample(folder: str, name: str) -> bytes:
    packed = files("cds_hooks") / "samples" / name
    if packed.is_file():
        return packed.read_bytes()
    return (Path(__file__).parent.parent / "fixtures" / folder / name).read_bytes()
