"""
The words of a card: summary, detail, and the line for each finding.

What a card says comes from the rules; here it gets its order and its grammar.
"""

from collections.abc import Callable, Sequence

from cds_hooks.cards import escape
from rules import statements
from rules.assess import CONFLICT_ROWS, KNOWLEDGE_VERSION, has_conflict
from rules.chart import When
from rules.conditions import QUERY_NAMES
from rules.criteria import ROWS_OF_THE_RULE_BOOK
from rules.lesions import State, lesions
from rules.model import (
    Assessment,
    Case,
    Criterion,
    Evidence,
    Finding,
    Judged,
    Outcome,
    Status,
    Weight,
    Why,
)

LONGEST_SUMMARY = 139
_BEGIN = "High-dose IL-2: "
_COUNTED = (Weight.CONTRAINDICATION, Weight.REQUIREMENT, Weight.CAUTION)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Escape = Callable[[str], str]


# --- Small words ------------------------------------------------------------------------------


def date_words(when: When, case: Case) -> str:
    """As a clinician writes it: 10 Nov; with the year when it is not this one; 1998."""
    first, last = case.days(when)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year)
    month = _MONTHS[first.month - 1]
    if first != last:
        return f"{month} {first.year}"
    year = "" if first.year == case.today.year else f" {first.year}"
    return f"{first.day} {month}{year}"


def _amount(evidence: Evidence) -> str:
    unit = (evidence.unit or "").replace("10*", "x10^")
    return f"{evidence.value} {unit}".strip() if evidence.value is not None else ""


def fact(evidence: Evidence, case: Case, escaped: Escape) -> str:
    """`creatinine 1.8 mg/dL (20 Nov)`."""
    words = escaped(evidence.label)
    if amount := _amount(evidence):
        words += f" {escaped(amount)}"
    if evidence.when is not None:
        words += f" ({escaped(date_words(evidence.when, case))})"
    return words


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _newest_first(finding: Finding, case: Case) -> list[Evidence]:
    def day(one: Evidence) -> int:
        return case.days(one.when)[0].toordinal() if one.when is not None else 0

    return sorted(finding.evidence, key=day, reverse=True)


def _headline(judged: Judged, case: Case, escaped: Escape) -> str:
    """The deciding fact of a finding in a few words, with its date."""
    newest = next(iter(_newest_first(judged.finding, case)), None)
    words = fact(newest, case, escaped) if newest else judged.criterion.short
    date = ""
    if newest is not None and newest.when is not None:
        date = f" ({escaped(date_words(newest.when, case))})"
    change = _change(judged.finding, case, escaped)
    return judged.criterion.headline.format(fact=words, date=date, change=change)


def _change(finding: Finding, case: Case, escaped: Escape) -> str:
    """How a brain lesion changed: the first and last size and the date, or that it is worse."""
    ordered = [e for e in reversed(_newest_first(finding, case)) if e.value is not None]
    last = ordered[-1] if ordered else next(iter(_newest_first(finding, case)), None)
    date = f" ({escaped(date_words(last.when, case))})" if last and last.when else ""
    if last is None or len(ordered) < 2 or ordered[0].unit != last.unit:
        return f"new or worse brain lesion{date}"
    return f"brain lesion grew from {escaped(f'{ordered[0].value} to {_amount(last)}')}{date}"


# --- Summary ----------------------------------------------------------------------------------


def summary(assessment: Assessment) -> str:
    """At most 139 characters: the deciding fact with its date; never "eligible"."""
    incomplete = "" if assessment.is_complete else " (rule book incomplete)"
    for words in _candidates(assessment):
        line = f"{_BEGIN}{words}{incomplete}"
        if len(line) <= LONGEST_SUMMARY:
            return line
    words = next(iter(_candidates(assessment)))
    room = LONGEST_SUMMARY - len(_BEGIN) - len(incomplete) - 1
    return f"{_BEGIN}{words[:room].rstrip()}…{incomplete}"


def _candidates(assessment: Assessment) -> Sequence[str]:
    """The summary from rich to short; the first that fits is taken."""
    case = assessment.case
    match assessment.status:
        case Status.NOT_APPLICABLE:
            return (f"not applicable: {assessment.reason}",)
        case Status.OUT_OF_SCOPE:
            return (
                f"this order follows other criteria ({assessment.reason})",
                "this order follows other criteria",
            )
        case Status.CONTRAINDICATION_FOUND:
            found = assessment.with_outcome(Outcome.NOT_MET, Weight.CONTRAINDICATION)
            first = f"contraindication on record: {_headline(found[0], case, escape.summary)}"
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            return (first + more, first)
        case Status.REQUIREMENT_NOT_MET:
            return _requirement(assessment)
        case Status.CANNOT_ASSESS if assessment.reason is not None:
            return (f"cannot tell if there is melanoma: {assessment.reason}",)
        case Status.CANNOT_ASSESS:
            return _missing(assessment)
        case Status.CAUTIONS_FOUND:
            return _cautions(assessment)
        case Status.NO_EXCLUSION_FOUND:
            checks = len(_applying(assessment))
            asked = len(assessment.with_outcome(Outcome.CONFIRM))
            unknown = len(assessment.with_outcome(Outcome.UNKNOWN, Weight.CAUTION))
            words = f"no exclusion found in {checks} checks"
            confirm = f"; {asked} for you to confirm" if asked else ""
            missing = f"; {_count(unknown, 'caution')} not known" if unknown else ""
            return (words + missing + confirm, words + confirm, words)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _applying(assessment: Assessment) -> list[Judged]:
    """The checks that count: not applicable ones and mere information left out."""
    return [
        j
        for j in assessment.judged
        if j.criterion.weight in _COUNTED and j.finding.outcome is not Outcome.NOT_APPLICABLE
    ]


def _requirement(assessment: Assessment) -> Sequence[str]:
    found = assessment.with_outcome(Outcome.NOT_MET, Weight.REQUIREMENT)
    cautions = assessment.with_outcome(Outcome.NOT_MET, Weight.CAUTION)
    first = _headline(found[0], assessment.case, escape.summary)
    more = len(found) - 1 + len(cautions)
    others = f"; {more} more finding{'' if more == 1 else 's'}" if more else ""
    return (first + others, first)


def _missing(assessment: Assessment) -> Sequence[str]:
    unknown = [j for j in _applying(assessment) if j.finding.outcome is Outcome.UNKNOWN]
    ranked = sorted(unknown, key=lambda j: _COUNTED.index(j.criterion.weight))
    against = assessment.with_outcome(Outcome.NOT_MET, Weight.CAUTION)
    is_missing = all(j.finding.why in _MISSING for j in unknown)
    start = "nothing found against" if is_missing else "nothing certain against"
    if against:
        start = _count(len(against), "caution")
    if has_conflict(assessment):
        start = _CONFLICT_SHORT
    what = "missing or too old" if is_missing else "not settled"
    count = f"{len(unknown)} of {len(_applying(assessment))} checks {what}"
    names = [j.criterion.short for j in ranked]
    return (
        *(f"{start}; {count} ({', '.join(names[:n])})" for n in (2, 1) if names),
        f"{start}; {count}",
        count,
    )


_MISSING = (Why.ABSENT, Why.STALE, Why.NOT_SHARED, Why.NOT_FINAL)
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
    found = assessment.with_outcome(Outcome.NOT_MET, Weight.CAUTION)
    if has_conflict(assessment):
        untreated = assessment.of("brain-mets-treated").outcome is Outcome.NOT_MET
        words = _CONFLICT_UNTREATED if untreated else _CONFLICT_TREATED
        others = [j for j in found if j.criterion.id not in CONFLICT_ROWS]
        more = f"; {_count(len(others), 'more caution')}" if others else ""
        return (words + more, words)
    start = f"no exclusion found; {_count(len(found), 'caution')}"
    first = [_headline(j, case, escape.summary) for j in found]
    return (f"{start}: {', '.join(first[:2])}", f"{start}: {first[0]}", start)


# --- Detail -----------------------------------------------------------------------------------

_MOST_LINES = {"against": 8, "missing": 8}


def detail(assessment: Assessment) -> str:
    """GitHub Flavored Markdown of at most about 30 lines; a section without content is left out."""
    case = assessment.case
    sections = [
        _section("Against", [_against(j, case) for j in _ranked(assessment)], "against"),
        _section(_missing_title(assessment), _missing_lines(assessment), "missing"),
        _section("Brain lesions", _brain_lines(assessment), None),
        _one_line("Line of therapy", _therapy(assessment)),
        _one_line("For you to confirm", _to_confirm(assessment)),
        _one_line(_in_order_title(assessment), _in_order(assessment)),
        _one_line("Always", " ".join(s.text for s in statements.EVERY_CARD)),
        _last_line(assessment),
    ]
    return "\n\n".join(part for part in sections if part)


def _section(title: str, lines: Sequence[str], kind: str | None) -> str:
    if not lines:
        return ""
    shown = list(lines)
    most = _MOST_LINES[kind] if kind else len(shown)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"and {len(shown) - most + 1} more (in the extension)"]
    return "\n".join([f"**{title}**", "", *(f"- {line}" for line in shown)])


def _one_line(title: str, words: str) -> str:
    return f"**{title}** {words}" if words else ""


def _ranked(assessment: Assessment) -> list[Judged]:
    """What speaks against, worst first; what the conflict is about stands in its own section."""
    told = CONFLICT_ROWS if has_conflict(assessment) else ()
    return [
        j
        for weight in _COUNTED
        for j in assessment.with_outcome(Outcome.NOT_MET, weight)
        if j.criterion.id not in told
    ]


def limit_words(criterion: Criterion) -> str:
    """The threshold as it is printed, marked where it is our proposal."""
    marked = " (proposed)" if criterion.is_threshold_proposed else ""
    threshold = criterion.check.threshold.replace("<=", "≤").replace(">=", "≥")
    return f"{threshold}{marked}"


def _against(judged: Judged, case: Case) -> str:
    """Finding, value, date; the limit where it is a number; whose limit it is."""
    criterion, finding = judged.criterion, judged.finding
    facts = ", ".join(fact(e, case, escape.markdown) for e in finding.evidence[:3])
    if len(finding.evidence) > 3:
        facts += f" and {len(finding.evidence) - 3} more"
    what = _named(criterion, facts)
    if criterion.shows_limit:
        what += f", limit {escape.markdown(limit_words(criterion), 80)}"
    words = f"{_capital(what)}."
    if criterion.if_not_met:
        words += f" {criterion.if_not_met}"
    if finding.remark:
        words += f" {_sentence(escape.markdown(finding.remark, 200))}"
    return words


def _named(criterion: Criterion, facts: str) -> str:
    """The facts, and before them what they are about where they do not say it themselves."""
    if not facts:
        return criterion.short
    says_it = criterion.short.split()[0].casefold() in facts.casefold()
    return facts if says_it else f"{criterion.short}: {facts}"


def _sentence(text: str) -> str:
    return _capital(text if text.endswith((".", "?", "!")) else text + ".")


def _missing_title(assessment: Assessment) -> str:
    unknown = assessment.with_outcome(Outcome.UNKNOWN, *_COUNTED)
    if all(j.finding.why in _MISSING for j in unknown):
        return "Missing or too old"
    return "Missing, too old or unclear"


def _missing_lines(assessment: Assessment) -> list[str]:
    """
    What is not known, heaviest first; rows that are open for the same reason in one line.

    The same reason: found nowhere, not shared, the same entry, or that it is not known whether
    there are brain lesions.
    """
    case = assessment.case
    undecided = case.once(lesions).state is State.UNDECIDED
    groups: dict[tuple[Why | None, tuple[str, ...] | None], list[Judged]] = {}
    for weight in _COUNTED:
        for judged in assessment.with_outcome(Outcome.UNKNOWN, weight):
            finding = judged.finding
            waits = judged.criterion.only_if is not None and undecided
            entries = None if waits else tuple(e.reference for e in finding.evidence)
            groups.setdefault((None if waits else finding.why, entries), []).append(judged)
    return [_open_line(entries, rows, case) for (_, entries), rows in groups.items()]


def _open_line(entries: tuple[str, ...] | None, rows: Sequence[Judged], case: Case) -> str:
    names = ", ".join(j.criterion.short for j in rows)
    first = rows[0]
    if entries is None:
        why = _why_words(first, case)
        return f"Whether there are brain lesions: {why}. Open with it: {names}."
    if not entries and first.finding.why in _NOWHERE:
        return f"{_NOWHERE[first.finding.why]}: {names}."
    if len(rows) == 1:
        return _missing_line(first, case)
    newest = _newest_first(first.finding, case)[:2]
    known = ", ".join(fact(e, case, escape.markdown) for e in newest)
    return f"{_capital(known)}: {_why_words(first, case)}. Open with it: {names}."


_NOWHERE = {
    Why.ABSENT: "Not found in what the EHR shared",
    Why.NOT_SHARED: "Not shared by the EHR",
}


def _missing_line(judged: Judged, case: Case) -> str:
    newest = _newest_first(judged.finding, case)[:2]
    known = ", ".join(fact(e, case, escape.markdown) for e in newest)
    what = _named(judged.criterion, known)
    line = f"{_capital(what)}: {_why_words(judged, case)}."
    remark = judged.finding.remark
    return f"{line} {_sentence(escape.markdown(remark, 120))}" if remark else line


def _why_words(judged: Judged, case: Case) -> str:
    """The reason as a person would say it."""
    finding = judged.finding
    newest = next(iter(_newest_first(finding, case)), None)
    match finding.why:
        case Why.ABSENT:
            return "not found in what the EHR shared"
        case Why.STALE:
            windows = judged.criterion.check.windows
            days = windows[0].days if windows else 0
            proposed = " (proposed)" if windows and windows[0].is_proposed else ""
            return f"older than {days} days{proposed}"
        case Why.NOT_FINAL:
            return "the newest result is not final"
        case Why.UNREADABLE:
            return "recorded in a way that cannot be read"
        case Why.UNIT_UNKNOWN:
            return "its unit is not known"
        case Why.CONFLICTING:
            return "entries contradict each other"
        case Why.UNCLASSIFIED:
            return "an entry may be it, please look"
        case Why.IN_REPORT:
            date = date_words(newest.when, case) if newest and newest.when else "the chart"
            return f"only in a report of {escape.markdown(date)}: read it"
        case Why.NOT_SHARED:
            return "not shared by the EHR"
        case None:
            return "not known"


def _brain_lines(assessment: Assessment) -> list[str]:
    case = assessment.case
    if case.once(lesions).state is not State.PRESENT:
        return []
    conflict = _conflict(assessment) if has_conflict(assessment) else []
    return [*conflict, *(sentence.text for sentence in statements.IF_LESIONS)]


def _conflict(assessment: Assessment) -> list[str]:
    """Label against study, both sides (criteria.md, "The conflict")."""
    case = assessment.case
    match assessment.of("brain-mets-treated").outcome:
        case Outcome.MET:
            treated = "treated"
        case Outcome.NOT_MET:
            treated = "untreated"
        case _:
            treated = "treatment not known"
    imaging = next(iter(_newest_first(assessment.of("brain-imaging-current"), case)), None)
    scan = date_words(imaging.when, case) if imaging and imaging.when else "not known"
    scan_row = assessment.of("brain-negative-scan")
    sizes = [_amount(e) for e in scan_row.evidence if e.value is not None]
    size = f", {escape.markdown(', '.join(sizes))}" if sizes else ""
    return [
        f"Brain lesion ({treated}, last scan {escape.markdown(scan)}{size}). "
        f"{statements.CONFLICT_DECISION.text}",
        f"**US label:** {statements.CONFLICT_LABEL.text}",
        f"**Saint Louis series (n = 8, no controls):** {statements.CONFLICT_SERIES.text}",
        f"**NCI 1985-2000 (melanoma and kidney cancer):** {statements.CONFLICT_NCI.text}",
    ]


def _therapy(assessment: Assessment) -> str:
    """Prior checkpoint therapy, or that none was found and what is preferred."""
    finding = assessment.of("first-line-checkpoint")
    if finding.outcome is Outcome.MET:
        newest = _newest_first(finding, assessment.case)[0]
        return f"Prior checkpoint therapy: {fact(newest, assessment.case, escape.markdown)}."
    return _sentence(finding.remark or "")


def _to_confirm(assessment: Assessment) -> str:
    asked = assessment.with_outcome(Outcome.CONFIRM)
    return " · ".join(escape.markdown(j.finding.remark or j.criterion.short, 80) for j in asked)


GROUPS = {
    "disease": "Disease",
    "performance": "Performance",
    "cns": "Brain",
    "cardiac": "Heart",
    "pulmonary": "Lungs",
    "renal-hepatic": "Kidney and liver",
    "haematology": "Blood",
    "infection": "Infection",
    "immune": "Transplant and allergy",
    "pregnancy": "Pregnancy",
    "prior-toxicity": "Earlier IL-2",
    "interacting-drugs": "Medicines",
    "setting-and-order": "Setting and order",
}


def _in_order_title(assessment: Assessment) -> str:
    """While the rule book is incomplete, "Heart 1 of 1" must not read as a cleared heart."""
    if assessment.is_complete:
        return "In order"
    return f"In order (of the {len(assessment.judged)} rows built)"


def _in_order(assessment: Assessment) -> str:
    """Met of applying, by organ group; a group with nothing met is left out."""
    counts: dict[str, list[int]] = {}
    for judged in _applying(assessment):
        if judged.finding.outcome is Outcome.CONFIRM:
            continue
        count = counts.setdefault(judged.criterion.group, [0, 0])
        count[0] += judged.finding.outcome is Outcome.MET
        count[1] += 1
    return " · ".join(
        f"{GROUPS[group]} {met} of {all_}" for group, (met, all_) in counts.items() if met
    )


def _last_line(assessment: Assessment) -> str:
    chart = assessment.case.chart
    built = len(assessment.judged)
    book = f"Rules {KNOWLEDGE_VERSION}."
    if not assessment.is_complete:
        book += (
            f" The rule book is incomplete: {built} of {ROWS_OF_THE_RULE_BOOK} rows are built, "
            "the others were not judged."
        )
    parts = [book, statements.REVIEW.text]
    if assessment.not_shared:
        names = ", ".join(QUERY_NAMES[query] for query in assessment.not_shared)
        parts.append(f"Not shared by the EHR: {names}.")
    set_aside = len(chart.skipped) + len(chart.of_others)
    if set_aside:
        parts.append(f"{_count(set_aside, 'entry').replace('entrys', 'entries')} set aside.")
    if chart.notes:
        parts.append(f"{_capital('; '.join(chart.notes))}.")
    return " ".join(parts)
