"""Calls of the hooks of ordering."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from cds_hooks.answer import Answer, answer, parse
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.services import HOOKS
from rules.site_rules import PUBLISHED, SiteRules
from tests.build import PATIENT_ID, TODAY, Resource, aldesleukin_order, nothing_against, prefetch_of

NOON: Final = datetime.fromisoformat(f"{TODAY}T12:00:00-06:00")
DRAFT: Final = aldesleukin_order(status="draft") | {"id": "il2"}
FINE: Final = prefetch_of(*nothing_against())


def body(
    *drafts: Resource,
    hook: str = "order-sign",
    prefetch: Mapping[str, object] = FINE,
    full_urls: Mapping[str, str] | None = None,
    **context: object,
) -> Resource:
    """A call; `full_urls`: of drafts by their id."""
    entries: list[Resource] = [{"resource": one} for one in drafts]
    for entry in entries:
        if (url := (full_urls or {}).get(str(entry["resource"].get("id")))) is not None:
            entry["fullUrl"] = url
    chosen: dict[str, object] = {"selections": []} if hook == "order-select" else {}
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/1",
            "patientId": PATIENT_ID,
            "draftOrders": {"resourceType": "Bundle", "entry": entries},
            **chosen,
            **context,
        },
        "prefetch": dict(prefetch),
    }


def sent(
    call: Mapping[str, Any], rules: SiteRules = PUBLISHED, fetching: Fetching | None = None
) -> Answer:
    """Its answer."""
    asked = parse(json.dumps(call).encode(), HOOKS)
    return answer(asked, now=NOON, rule_book_url="http://localhost", rules=rules, fetching=fetching)


def outcome(found: Answer, criterion_id: str) -> str:
    """How a row ended."""
    assert found.assessment is not None
    return found.assessment.of(criterion_id).outcome.name


def actions(found: Answer) -> Sequence[Resource]:
    """Everything that the card offers to do."""
    (card,) = found.cards
    return [action for one in card.get("suggestions", ()) for action in one["actions"]]
