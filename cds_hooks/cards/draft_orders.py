"""
What may be done with a draft order of aldesleukin: corrected where no dose is chosen, or deleted.

Offered, never done: a click of the clinician's applies it (SYS-1). An EHR gets its own resource
back whole, with the elements that we do not know (ACT-4).
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from cds_hooks.cards.suggestions import new_id
from cds_hooks.fhir.drafts import Draft
from cds_hooks.protocol.response import DeleteAction, Suggestion, UpdateAction
from rules.criteria.setting_and_order import (
    CATEGORY,
    INPATIENT,
    INPATIENT_ICU_SETTING,
    is_outside,
)
from rules.model import Assessment, Outcome, Status, Weight
from rules.policy import SuggestionStyle
from rules.site_rules import PUBLISHED, SiteRules

# Where the order as a whole is in question: on these the draft can be taken back.
_AGAINST: Final = frozenset({Status.CONTRAINDICATION_FOUND, Status.REQUIREMENT_NOT_MET})

_DELETE: Final = "Delete the draft order of aldesleukin"
_CORRECT: Final = "Order it for an inpatient"


def suggestions(
    assessment: Assessment,
    drafts: Sequence[Draft],
    rules: SiteRules = PUBLISHED,
    new_id: Callable[[], str] = new_id,
) -> list[Suggestion]:
    """Alternatives to signing; none where the order stands as it is, or has no id to name it by."""
    named = [one for one in drafts if one.can_be_changed]
    if not named or assessment.status not in _AGAINST:
        return []
    if corrections := _corrections(assessment, named):
        return _offered(_CORRECT, corrections, new_id, rules)
    return _offered(_DELETE, [_deletion(one) for one in named], new_id, rules)


def _offered(
    label: str,
    actions: Sequence[UpdateAction | DeleteAction],
    new_id: Callable[[], str],
    rules: SiteRules,
) -> list[Suggestion]:
    if rules.policy.suggestion_style is SuggestionStyle.SINGLE:
        return [Suggestion(label=label, uuid=new_id(), actions=[one]) for one in actions]
    return [Suggestion(label=label, uuid=new_id(), actions=list(actions))]


def _deletion(one: Draft) -> DeleteAction:
    return DeleteAction(
        description=f"{_DELETE} ({one.reference})",
        resourceId=one.reference,
    )


def _corrections(assessment: Assessment, drafts: Sequence[Draft]) -> list[UpdateAction]:
    """The setting of care, where that alone speaks against the order."""
    against = [
        judged.criterion.id
        for judged in assessment.with_outcome(Outcome.NOT_MET)
        if judged.criterion.weight in (Weight.CONTRAINDICATION, Weight.REQUIREMENT)
    ]
    if against != [INPATIENT_ICU_SETTING.id]:
        return []
    return [
        UpdateAction(
            description=f"{_CORRECT}: the label asks for a hospital with intensive care",
            resource=changed,
        )
        for one in drafts
        if (changed := _for_an_inpatient(one)) is not None
    ]


def _for_an_inpatient(one: Draft) -> dict[str, Any] | None:
    """The draft as it came but for its category; None: its category cannot be told apart."""
    order: dict[str, Any] = msgspec.json.decode(one.came)
    told = order.get("category")
    categories = [told] if isinstance(told, dict) else told
    if not isinstance(categories, list):
        return None
    kept = [category for category in categories if not _is_outside(category)]
    if len(kept) == len(categories):
        return None
    inpatient = {"coding": [{"system": CATEGORY, "code": INPATIENT, "display": "Inpatient"}]}
    return order | {"category": [*kept, inpatient]}


def _is_outside(category: object) -> bool:
    codings = category.get("coding") if isinstance(category, dict) else None
    return isinstance(codings, list) and any(
        isinstance(coding, dict) and is_outside(coding.get("system"), coding.get("code"))
        for coding in codings
    )
