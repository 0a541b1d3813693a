"""
The summary of a card: five seconds, at most 139 characters, never "eligible".

Counted as clients in JavaScript, Java and C# count, in UTF-16: a rare letter is two (CRD-4).
"""

from collections.abc import Sequence

from cds_hooks.cards import escape
from cds_hooks.cards.words import (
    COUNTED,
    MISSING,
    Escape,
    amount,
    applying,
    counted,
    date_words,
    fact,
    newest_first,
    ranked,
)
from rules.assess import has_conflict
from rules.case import Case
from rules.model import Assessment, Finding, Judged, Outcome, Status, Weight
from rules.policy import CONFLICT_ROWS

LONGEST_SUMMARY = 139


_BEGIN = "High-dose IL-2: "


def summary(assessment: Assessment) -> str:
    """At most 139 characters: the deciding fact with its date; never "eligible"."""
    for words in _candidates(assessment):
        line = f"{_BEGIN}{words}"
        if _length(line) <= LONGEST_SUMMARY:
            return line
    line = f"{_BEGIN}{next(iter(_candidates(assessment)))}"
    while _length(line) >= LONGEST_SUMMARY:  # one is for the sign of the cut
        line = line[:-1].rstrip()
    return f"{line}…"


def _length(text: str) -> int:
    return len(text) + sum(sign > "\uffff" for sign in text)


def _candidates(assessment: Assessment) -> Sequence[str]:
    """The summary from rich to short; the first that fits is taken."""
    match assessment.status:
        case Status.NOT_APPLICABLE:
            return (f"not applicable: {assessment.reason}",)
        case Status.OUT_OF_SCOPE:
            return (
                f"this order follows other criteria ({assessment.reason})",
                "this order follows other criteria",
            )
        case Status.CONTRAINDICATION_FOUND:
            return _contraindication(assessment)
        case Status.REQUIREMENT_NOT_MET:
            return _requirement(assessment)
        case Status.CANNOT_ASSESS if assessment.reason is not None:
            return (f"cannot tell if there is melanoma: {assessment.reason}",)
        case Status.CANNOT_ASSESS:
            return _missing(assessment)
        case Status.CAUTIONS_FOUND:
            return _cautions(assessment)
        case Status.NO_EXCLUSION_FOUND:
            checks = len(applying(assessment))
            asked = len(assessment.with_outcome(Outcome.CONFIRM))
            unknown = len(assessment.with_outcome(Outcome.UNKNOWN, Weight.CAUTION))
            words = f"no exclusion found in {checks} checks"
            confirm = f"; {asked} for you to confirm" if asked else ""
            if assessment.of("dose-schedule").outcome is Outcome.CONFIRM:
                confirm = f"; {asked} for you to confirm, first the dose ordered"
            missing = f"; {counted(unknown, 'caution')} not known" if unknown else ""
            return (words + missing + confirm, words + confirm, words)


def _is_site_s(judged: Judged) -> bool:
    """Whether only the site's policy makes a contraindication of it."""
    return judged.criterion.raised_from is not None or judged.finding.by_site


def _contraindication(assessment: Assessment) -> Sequence[str]:
    """The label's own come before those that a site's policy counts as such."""
    found = assessment.with_outcome(Outcome.NOT_MET, Weight.CONTRAINDICATION)
    worst = min(found, key=_is_site_s)
    whose = "by this site's policy" if _is_site_s(worst) else "on record"
    first = f"contraindication {whose}: {_headline(worst, assessment.case, escape.summary)}"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return (first + more, first)


def _headline(judged: Judged, case: Case, escaped: Escape) -> str:
    """The deciding fact of a finding in a few words, with its date."""
    newest = next(iter(newest_first(judged.finding, case)), None)
    words = fact(newest, case, escaped) if newest else judged.criterion.short
    date = ""
    if newest is not None and newest.when is not None:
        date = f" ({escaped(date_words(newest.when, case))})"
    change = _change(judged.finding, case, escaped)
    remark = escaped(judged.finding.remark or "")
    return judged.criterion.headline.format(fact=words, date=date, change=change, remark=remark)


def _change(finding: Finding, case: Case, escaped: Escape) -> str:
    """How a brain lesion changed: the first and last size and the date, or that it is worse."""
    ordered = [e for e in reversed(newest_first(finding, case)) if e.value is not None]
    last = ordered[-1] if ordered else next(iter(newest_first(finding, case)), None)
    date = f" ({escaped(date_words(last.when, case))})" if last and last.when else ""
    if last is None or len(ordered) < 2 or ordered[0].unit != last.unit:
        return f"new or worse brain lesion{date}"
    return f"brain lesion grew from {escaped(f'{ordered[0].value} to {amount(last)}')}{date}"


def _requirement(assessment: Assessment) -> Sequence[str]:
    found = assessment.with_outcome(Outcome.NOT_MET, Weight.REQUIREMENT)
    cautions = assessment.with_outcome(Outcome.NOT_MET, Weight.CAUTION)
    first = _headline(found[0], assessment.case, escape.summary)
    more = len(found) - 1 + len(cautions)
    others = f"; {counted(more, 'more finding')}" if more else ""
    return (first + others, first)


def _missing(assessment: Assessment) -> Sequence[str]:
    unknown = [j for j in applying(assessment) if j.finding.outcome is Outcome.UNKNOWN]
    ranked = sorted(unknown, key=lambda j: COUNTED.index(j.criterion.weight))
    against = assessment.with_outcome(Outcome.NOT_MET, Weight.CAUTION)
    is_missing = all(j.finding.why in MISSING for j in unknown)
    start = "nothing found against" if is_missing else "nothing certain against"
    if against:
        start = counted(len(against), "caution")
    if has_conflict(assessment):
        start = _CONFLICT_SHORT
    what = "missing or too old" if is_missing else "not settled"
    count = f"{len(unknown)} of {len(applying(assessment))} checks {what}"
    names = [j.criterion.short for j in ranked]
    return (
        *(f"{start}; {count} ({', '.join(names[:n])})" for n in (2, 1) if names),
        f"{start}; {count}",
        count,
    )


_CONFLICT_TREATED = (
    "visible brain lesion: outside the earlier US label, inside the Saint Louis series. "
    "Team decision"
)


_CONFLICT_UNTREATED = (
    "untreated brain lesion: outside the earlier US label; 5.6 % of 36 responded (NCI). "
    "Team decision"
)


_CONFLICT_SHORT = "brain lesion outside the earlier US label"


def _cautions(assessment: Assessment) -> Sequence[str]:
    case = assessment.case
    found = ranked(assessment, Weight.CAUTION)
    if has_conflict(assessment):
        untreated = assessment.of("brain-mets-treated").outcome is Outcome.NOT_MET
        words = _CONFLICT_UNTREATED if untreated else _CONFLICT_TREATED
        others = [j for j in found if j.criterion.id not in CONFLICT_ROWS]
        more = f"; {counted(len(others), 'more caution')}" if others else ""
        return (words + more, words)
    start = f"no exclusion found; {counted(len(found), 'caution')}"
    first = list(dict.fromkeys(_headline(j, case, escape.summary) for j in found))
    return (f"{start}: {', '.join(first[:2])}", f"{start}: {first[0]}", start)
