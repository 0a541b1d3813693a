"""The stories that the tests tell, and the parts of an answer that they compare."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import requests

from cds_hooks.services import discovery
from tests.service.running import REQUESTS, Body, assessment_of, request_of

STORIES: Final = sorted(path.stem.removeprefix("patient-view-") for path in REQUESTS.glob("*.json"))
WITH_CARD: Final = [name for name in STORIES if name != "no-melanoma"]
GATE: Final = ("patient", "problems", "encounterDx")
KEYS: Final = tuple(discovery()["services"][0]["prefetch"])
TRANSPLANT: Final = "kidney-transplant-1998"
OUTCOME: Final = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout"}],
}


def blank_words(name: str) -> Body:
    """A request whose displays, texts and units are all empty."""
    blanked = re.sub(r'"(display|text|unit)": "[^"]*"', r'"\1": ""', json.dumps(request_of(name)))
    body: Body = json.loads(blanked)
    return body


def bundle_of(value: Any) -> Body:
    """A prefetch value as a Bundle: null is one without entries."""
    return {"resourceType": "Bundle", "type": "searchset"} if value is None else dict(value)


def more_entries(value: Any, *entries: Any) -> Body:
    """The same answer with these entries after its own."""
    bundle = bundle_of(value)
    return {**bundle, "entry": [*bundle.get("entry", []), *entries]}


def judged(answer: requests.Response) -> list[dict[str, Any]]:
    """What the cards of an answer say, without what is fresh in each answer."""
    assert answer.status_code == 200, answer.text
    return [
        {
            "summary": card["summary"],
            "detail": card["detail"],
            "indicator": card["indicator"],
            **{key: value for key, value in assessment_of(card).items() if key != "asOf"},
        }
        for card in answer.json()["cards"]
    ]


def outcomes(card: Mapping[str, Any]) -> Mapping[str, str]:
    """The outcome of each criterion, by its id."""
    return {one["id"]: one["outcome"] for one in assessment_of(card)["criteria"]}


def message_of(answer: requests.Response) -> str:
    """What an OperationOutcome says."""
    (issue,) = answer.json()["issue"]
    message: str = issue["diagnostics"]
    return message
