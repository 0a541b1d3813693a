"""The shortest way to an answer, in words: one sentence on the card, a list in the JSON."""

from collections.abc import Sequence

from cds_hooks.cards import escape
from cds_hooks.cards.words import capital, date_words, fact
from rules.case import Case
from rules.model import Act, Assessment
from rules.settle import Item, Plan, Step

_MOST_ITEMS = 5


def sentence(plan: Plan, assessment: Assessment) -> str:
    """`One blood draw (creatinine), the brain MRI report of 3 Nov read: settles 9 of 11.`"""
    if not plan.steps:
        return ""
    acts = ", ".join(_act(step, assessment) for step in plan.steps)
    return f"{capital(acts)}: settles {plan.settled} of {len(plan.open)}."


def _item(one: Item, case: Case) -> str:
    if one.evidence is None:
        return one.name
    return fact(one.evidence, case, escape.markdown)


def _act(step: Step, assessment: Assessment) -> str:
    names = _listed([_item(one, assessment.case) for one in step.items])
    match step.act:
        case Act.BLOOD_DRAW:
            return f"one blood draw ({names})"
        case Act.READ_REPORT:
            open_ = {j.criterion.id: j.criterion.short for j in assessment.judged}
            what = _listed([open_[row] for row in step.settles])
            return f"{_report(step.items[0], assessment.case)} ({what})"
        case Act.EXAMINATION:
            return f"{names} recorded"
        case Act.BEDSIDE:
            return f"{names} measured"
        case Act.SCAN | Act.HEART | Act.LUNGS:
            return names
        case Act.AWAIT:
            return f"the final result of {names}"
        case Act.LOOK:
            return f"a look at {names}"
        case Act.ASK:
            return f"{names} asked and recorded"
        case Act.LOOK_UP:
            return f"{names} looked up (not shared by the EHR)"


def _report(item: Item, case: Case) -> str:
    evidence = item.evidence
    if evidence is None or evidence.when is None:
        return f"the {item.name} report read"
    label = escape.markdown(evidence.label)
    return f"the {label} report of {escape.markdown(date_words(evidence.when, case))} read"


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_ITEMS:
        return ", ".join(names)
    rest = len(names) - _MOST_ITEMS + 1
    return f"{', '.join(names[: _MOST_ITEMS - 1])} and {rest} more"
