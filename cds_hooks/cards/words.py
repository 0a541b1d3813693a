"""The small words that summary and detail of a card share: dates, facts, limits, groups."""

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from rules import units
from rules.adjust import parts
from rules.case import Case
from rules.chart import When
from rules.limits import Limit
from rules.model import Assessment, Criterion, Evidence, Finding, Judged, Outcome, Weight, Why

Escape = Callable[[str], str]


COUNTED = (Weight.CONTRAINDICATION, Weight.REQUIREMENT, Weight.CAUTION)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_words(when: When, case: Case) -> str:
    """As a clinician writes it: 10 Nov; with the year when it is not this one; 1998."""
    first, last = case.days(when)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year)
    month = _MONTHS[first.month - 1]
    return day_words(first, case.today) if first == last else f"{month} {first.year}"


def day_words(day: date, today: date) -> str:
    """A day as a clinician writes it: 10 Nov; with the year when it is not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


_ANNOTATION = re.compile(r"\{[^}]*\}")  # UCUM: {INR} and {score} are no units
# UCUM's spelling → as it is written on a ward.
_SPELLED = (("10*", "x10^"), ("mm[Hg]", "mmHg"), ("[degF]", "°F"), ("Cel", "°C"))


def unit_words(text: str) -> str:
    """A unit, or words with units in them, as people write them."""
    for ucum, written in _SPELLED:
        text = text.replace(ucum, written)
    return _ANNOTATION.sub("", text)


def amount(evidence: Evidence) -> str:
    """The value with its unit; empty where there is none."""
    if evidence.value is None:
        return ""
    return f"{evidence.value} {unit_words(evidence.unit or '')}".strip()


def fact(evidence: Evidence, case: Case, escaped: Escape) -> str:
    """`creatinine 1.8 mg/dL (20 Nov)`."""
    words = escaped(evidence.label)
    if measured := amount(evidence):
        in_words = evidence.unit is None and not any(c.isdigit() for c in measured)
        words += f"{': ' if in_words else ' '}{escaped(measured)}"
    if evidence.when is not None:
        words += f" ({escaped(date_words(evidence.when, case))})"
    return words


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text as a sentence."""
    return capital(text if text.endswith((".", "?", "!")) else text + ".")


def counted(number: int, what: str, several: str | None = None) -> str:
    """`1 caution`, `2 cautions`; `several`: the plural, where it is more than an s."""
    return f"{number} {what if number == 1 else several or what + 's'}"


def newest_first(finding: Finding, case: Case) -> list[Evidence]:
    """The evidence of a finding, the newest first, the undated last."""

    def day(one: Evidence) -> int:
        return case.days(one.when)[0].toordinal() if one.when is not None else 0

    return sorted(finding.evidence, key=day, reverse=True)


def ranked(assessment: Assessment, weight: Weight) -> list[Judged]:
    """
    What is not met, of one weight, by the book; cautions the newest first, medicines last.

    A medicine is seen on any list of medicines; what ails the patient comes first.
    """
    found = assessment.with_outcome(Outcome.NOT_MET, weight)
    if weight is not Weight.CAUTION:
        return list(found)

    def rank(judged: Judged) -> tuple[bool, int]:
        newest = next(iter(newest_first(judged.finding, assessment.case)), None)
        when = newest.when if newest is not None else None
        day = assessment.case.days(when)[0].toordinal() if when is not None else 0
        return judged.criterion.group == "interacting-drugs", -day

    return sorted(found, key=rank)


def applying(assessment: Assessment) -> list[Judged]:
    """The checks that count: not applicable ones and mere information left out."""
    return [
        j
        for j in assessment.judged
        if j.criterion.weight in COUNTED and j.finding.outcome is not Outcome.NOT_APPLICABLE
    ]


def limit_words(criterion: Criterion) -> str:
    """The threshold as it is printed, marked where it is our proposal."""
    marked = " (proposed)" if criterion.is_threshold_proposed else ""
    threshold = criterion.check.threshold.replace("<=", "≤").replace(">=", "≥")
    threshold = re.sub(r"^> ", "above ", threshold)
    return f"{unit_words(threshold)}{marked}"


def limit_as_measured(criterion: Criterion, evidence: Evidence) -> str:
    """`132.6 umol/L`: the limit in the unit of the value, where that is not the limit's own."""
    limits = (one for _, one in parts(criterion.check) if isinstance(one, Limit))
    stated = next((one for one in limits if one.text in criterion.check.threshold), None)
    if stated is None or evidence.unit is None or evidence.unit == stated.unit:
        return ""
    value = units.in_unit(stated.analyte, stated.value, evidence.unit)
    if value is None or value == Fraction(stated.number):
        return ""
    unit = unit_words(evidence.unit)
    exact = value * _FOUR_DIGITS
    if exact.denominator == 1:
        return f"{float(value):g} {unit}"
    return f"about {float(value):.3g} {unit}"


_FOUR_DIGITS = 10**4


def policy_words(assessment: Assessment) -> str:
    """`default policy (0a1b2c3d4e5f)`; of a site's policy also what it comes to."""
    policy = assessment.policy
    if not policy.is_site:
        return f"default policy ({policy.hash})"
    places = counted(policy.differences, "place")
    off = sum(j.criterion.is_off for j in assessment.judged)
    switched_off = f", {counted(off, 'check')} switched off" if off else ""
    return f"site policy ({policy.hash}): differs in {places}{switched_off}"


GROUPS = {
    "disease": "Disease",
    "performance": "Performance",
    "cns": "Brain",
    "cardiac": "Heart",
    "pulmonary": "Lungs",
    "renal-hepatic": "Kidney and liver",
    "haematology": "Blood",
    "infection": "Infection",
    "immune": "Transplant, allergy, immunity",
    "pregnancy": "Pregnancy",
    "prior-toxicity": "Earlier IL-2",
    "interacting-drugs": "Medicines",
    "setting-and-order": "Setting and order",
}


MISSING = (Why.ABSENT, Why.STALE, Why.NOT_SHARED, Why.NOT_FINAL)
