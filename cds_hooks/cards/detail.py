"""The detail of a card: thirty seconds, GitHub Flavored Markdown, about 30 lines."""

from collections.abc import Sequence

from cds_hooks.cards import escape, to_settle
from cds_hooks.cards.words import (
    COUNTED,
    GROUPS,
    MISSING,
    amount,
    applying,
    capital,
    counted,
    date_words,
    fact,
    limit_as_measured,
    limit_words,
    newest_first,
    policy_words,
    ranked,
    sentence,
)
from rules import statements
from rules.assess import KNOWLEDGE_VERSION, has_conflict
from rules.case import Case
from rules.conditions import QUERY_NAMES
from rules.criteria.regimen import INTENDED_REGIMEN
from rules.drugs import aldesleukin_orders
from rules.lesions import State, lesions
from rules.model import Assessment, Criterion, Finding, Judged, Outcome, Status, Weight, Why
from rules.policy import CONFLICT_ROWS
from rules.settle import Plan, plan

_MOST_LINES = {"against": 8, "missing": 8}


def detail(assessment: Assessment, drafts: int = 0) -> str:
    """
    GitHub Flavored Markdown of at most about 30 lines; a section without content is left out.

    `drafts`: how many orders of aldesleukin are being drafted.
    """
    if assessment.status is Status.OUT_OF_SCOPE:
        sections = [_one_line("Out of scope", _another_use(assessment))]
    else:
        sections = _of_melanoma(assessment)
    if drafts > 1:
        twice = f"{drafts} orders of aldesleukin are drafted; what weighs most is told."
        sections.insert(0, _one_line("More than one draft", twice))
    if drafts and any(one.is_by_name for one in assessment.case.once(aldesleukin_orders)):
        by_name = "aldesleukin is recognised by the words of the order, without a code"
        sections.insert(0, _one_line("By name alone", by_name))
    sections += [
        _one_line("Always", " ".join(s.text for s in statements.EVERY_CARD)),
        _last_line(assessment),
    ]
    return "\n\n".join(part for part in sections if part)


def _of_melanoma(assessment: Assessment) -> list[str]:
    way = plan(assessment)
    return [
        _section("Against", _against_lines(assessment), "against"),
        _one_line("Out of scope", _another_use(assessment)),
        _one_line("To settle what is open", to_settle.sentence(way, assessment)),
        _section(_missing_title(assessment), _missing_lines(assessment, way), "missing"),
        _section("Brain lesions", _brain_lines(assessment), None),
        _one_line("Line of therapy", _therapy(assessment)),
        _one_line("Also on record", _also(assessment)),
        _one_line("For you to confirm", _to_confirm(assessment)),
        _one_line("In order", _in_order(assessment)),
    ]


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


def _against_lines(assessment: Assessment) -> list[str]:
    """What speaks against, worst first; rows that rest on the same entries in one line."""
    told = CONFLICT_ROWS if has_conflict(assessment) else ()
    groups: dict[tuple[str, ...], list[Judged]] = {}
    for weight in COUNTED:
        for judged in ranked(assessment, weight):
            criterion = judged.criterion
            in_its_section = criterion.id in told and criterion.raised_from is None
            if not in_its_section and criterion.id != INTENDED_REGIMEN.id:
                entries = tuple(e.reference for e in judged.finding.evidence)
                groups.setdefault(entries or (judged.criterion.id,), []).append(judged)
    return [_against(rows, assessment.case) for rows in groups.values()]


def _another_use(assessment: Assessment) -> str:
    """What else the order is for, which follows other criteria; empty: nothing else."""
    found = assessment.of(INTENDED_REGIMEN.id)
    if found.outcome is not Outcome.NOT_MET:
        is_other = assessment.status is Status.OUT_OF_SCOPE
        return sentence(assessment.reason or "") if is_other else ""
    return _against([Judged(INTENDED_REGIMEN, found)], assessment.case)


def _against(rows: Sequence[Judged], case: Case) -> str:
    """Finding, value, date; the limit where it is a number; whose limit it is."""
    evidence = rows[0].finding.evidence
    facts = ", ".join(fact(e, case, escape.markdown) for e in evidence[:3])
    if len(evidence) > 3:
        facts += f" and {len(evidence) - 3} more"
    limits = ", ".join(_limit(judged) for judged in rows if judged.criterion.shows_limit)
    what = _named([judged.criterion for judged in rows], facts)
    reasons = " ".join(dict.fromkeys(words for judged in rows if (words := _whose(judged))))
    return " ".join(part for part in (f"{capital(what)}{limits}.", reasons) if part)


def _limit(judged: Judged) -> str:
    words = f", limit {escape.markdown(limit_words(judged.criterion), 80)}"
    evidence = judged.finding.evidence
    here = next((h for e in evidence if (h := limit_as_measured(judged.criterion, e))), "")
    return f"{words}, here {escape.markdown(here)}" if here else words


def _whose(judged: Judged) -> str:
    """Whose limit it is, and what else to know."""
    criterion, remark = judged.criterion, judged.finding.remark
    site = criterion.raised_from is not None
    return " ".join(
        part
        for part in (
            criterion.if_not_met,
            f"A {criterion.weight.value} by this site's policy." if site else None,
            sentence(escape.markdown(remark, 200)) if remark else None,
        )
        if part
    )


def _named(criteria: Sequence[Criterion], facts: str) -> str:
    """The facts, and before them what they are about where they do not say it themselves."""
    names = [
        one.short for one in criteria if one.short.split()[0].casefold() not in facts.casefold()
    ]
    if not facts:
        return ", ".join(one.short for one in criteria)
    return f"{', '.join(names)}: {facts}" if names else facts


def _missing_title(assessment: Assessment) -> str:
    unknown = assessment.with_outcome(Outcome.UNKNOWN, *COUNTED)
    if all(j.finding.why in MISSING for j in unknown):
        return "Missing or too old"
    return "Missing, too old or unclear"


def _missing_lines(assessment: Assessment, way: Plan) -> list[str]:
    """
    What is not known, heaviest first; rows that are open for the same reason in one line.

    The same reason: found nowhere, not shared, the same entry, or that it is not known whether
    there are brain lesions. What the way to an answer says already is left out.
    """
    said = {one for step in way.steps for one in step.settles}
    case = assessment.case
    undecided = case.once(lesions).state is State.UNDECIDED
    groups: dict[tuple[Why | None, tuple[str, ...] | None], list[Judged]] = {}
    for weight in COUNTED:
        for judged in assessment.with_outcome(Outcome.UNKNOWN, weight):
            finding = judged.finding
            waits = judged.criterion.only_if is not None and undecided
            if judged.criterion.id in said and _is_said(finding):
                continue
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
    newest = newest_first(first.finding, case)[:2]
    known = ", ".join(fact(e, case, escape.markdown) for e in newest)
    return f"{capital(known)}: {_why_words(first, case)}. Open with it: {names}."


def _is_said(finding: Finding) -> bool:
    """Whether the act that settles a row names all there is to see of it."""
    if finding.why in (Why.IN_REPORT, Why.NOT_FINAL):
        return True
    return finding.why in _NOWHERE and not finding.evidence


_NOWHERE = {
    Why.ABSENT: "Not found in what the EHR shared",
    Why.NOT_SHARED: "Not shared by the EHR",
}


def _missing_line(judged: Judged, case: Case) -> str:
    newest = newest_first(judged.finding, case)[:2]
    known = ", ".join(fact(e, case, escape.markdown) for e in newest)
    what = _named([judged.criterion], known)
    line = f"{capital(what)}: {_why_words(judged, case)}."
    remark = judged.finding.remark
    return f"{line} {sentence(escape.markdown(remark, 120))}" if remark else line


def _why_words(judged: Judged, case: Case) -> str:
    """The reason as a person would say it."""
    finding = judged.finding
    newest = next(iter(newest_first(finding, case)), None)
    match finding.why:
        case Why.ABSENT:
            some = "not all of it was found" if finding.evidence else "not found"
            return f"{some} in what the EHR shared"
        case Why.STALE:
            windows = judged.criterion.windows
            days = windows[0].days if windows else 0
            return f"older than {days} days{windows[0].mark if windows else ''}"
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
    first, *rest = (sentence.text for sentence in statements.IF_LESIONS)
    return [first, *conflict, *rest]


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
    imaging = next(iter(newest_first(assessment.of("brain-imaging-current"), case)), None)
    scan = date_words(imaging.when, case) if imaging and imaging.when else "not known"
    scan_row = assessment.of("brain-negative-scan")
    sizes = [amount(e) for e in scan_row.evidence if e.value is not None]
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
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return ""
    if finding.outcome is Outcome.MET:
        newest = newest_first(finding, assessment.case)[0]
        return f"Prior checkpoint therapy: {fact(newest, assessment.case, escape.markdown)}."
    return sentence(finding.remark or "")


def _also(assessment: Assessment) -> str:
    """What is worth knowing and never part of the result: LDH, a central line."""
    found = assessment.with_outcome(Outcome.NOT_MET, Weight.INFORMATION)
    told = [j for j in found if j.criterion.id != "first-line-checkpoint"]
    return " ".join(_against([judged], assessment.case) for judged in told)


def _to_confirm(assessment: Assessment) -> str:
    """What only a person knows; an order that asks comes first, with what was ordered."""
    asked = sorted(
        assessment.with_outcome(Outcome.CONFIRM), key=lambda j: j.criterion.id != "dose-schedule"
    )
    return " · ".join(escape.markdown(j.finding.remark or j.criterion.short, 120) for j in asked)


def _in_order(assessment: Assessment) -> str:
    """Met of applying, by organ group."""
    counts: dict[str, list[int]] = {}
    for judged in applying(assessment):
        if judged.finding.outcome is Outcome.CONFIRM:
            continue
        count = counts.setdefault(judged.criterion.group, [0, 0])
        count[0] += judged.finding.outcome is Outcome.MET
        count[1] += 1
    return " · ".join(f"{GROUPS[group]} {met} of {all_}" for group, (met, all_) in counts.items())


def _last_line(assessment: Assessment) -> str:
    chart = assessment.case.chart
    book = f"Rules {KNOWLEDGE_VERSION}, {policy_words(assessment)}."
    parts = [book, statements.REVIEW.text]
    if assessment.not_shared:
        names = ", ".join(QUERY_NAMES[query] for query in assessment.not_shared)
        parts.append(f"Not shared by the EHR: {names}.")
    set_aside = len(chart.skipped) + len(chart.of_others)
    if set_aside:
        parts.append(f"{counted(set_aside, 'entry', 'entries')} set aside.")
    if chart.notes:
        notes = "; ".join(escape.markdown(note, 200) for note in chart.notes)
        parts.append(f"{capital(notes)}.")
    return " ".join(parts)
