"""
Which entry counts: the newest usable one, or the reason why none can be used.

Source: `criteria.md`, "Which entry counts". The newest counting entry decides; an older good
one never stands in for a newer one that cannot be read.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from rules import codes, units
from rules.chart import (
    Answer,
    Coded,
    Entry,
    Kind,
    NoValue,
    Observation,
    Query,
    Range,
    ReferenceRange,
    Report,
    Skipped,
    Status,
    Value,
    When,
)
from rules.codes import Code, Coding, Match, ValueSet, Verdict
from rules.model import Case, Evidence, Finding, Outcome, Why, Window, unknown
from rules.units import Analyte, Quantity, Span


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that could be used, and why; what there is, is still shown."""

    why: Why
    evidence: tuple[Evidence, ...] = ()
    remark: str | None = None

    def finding(self) -> Finding:
        """The same as an answer to a criterion."""
        return unknown(self.why, *self.evidence, remark=self.remark)


@dataclass(frozen=True, slots=True)
class Reading:
    """A usable Observation, with its usable date and how it is shown."""

    entry: Observation
    when: When
    evidence: Evidence


def not_complete(case: Case, queries: Iterable[Query]) -> tuple[Query, ...]:
    """The queries of these that were not answered completely."""
    answers = case.chart.answers
    return tuple(q for q in queries if not answers.get(q, Answer.MISSING).is_complete)


# --- How an entry is shown ---------------------------------------------------------------------


def number_text(quantity: Quantity) -> str:
    """The value with the decimals it was written with, and its comparator."""
    return f"{quantity.comparator or ''}{quantity.value:f}"


_SEMANTIC_TAG = re.compile(
    r" \((?:disorder|finding|procedure|situation|regime/therapy|event|body structure|"
    r"qualifier value|observable entity|environment)\)$"
)


def plain_display(display: str) -> str:
    """A SNOMED name without its semantic tag."""
    return _SEMANTIC_TAG.sub("", display)


def coding_text(codings: Sequence[Coding], fallback: str | None = None) -> str | None:
    """What a concept is called: as codes.csv has it, else as the chart shows it."""
    for coding in codings:
        found = codes.listed(coding)
        if found:
            return plain_display(found[0].display)
    return next((c.display for c in codings if c.display), fallback)


# What a clinician calls the things that are measured or read; codes.csv has the long names.
_CALLED = {
    codes.ECOG.name: "ECOG",
    codes.ECOG_ANSWER.name: "ECOG",
    codes.KARNOFSKY.name: "Karnofsky",
    codes.GLASGOW.name: "Glasgow coma score",
    codes.LAB_PREGNANCY_TEST.name: "pregnancy test",
    codes.PREGNANCY_STATUS.name: "pregnancy status",
    codes.LVEF.name: "ejection fraction",
    codes.ECHO_REPORT.name: "echocardiogram",
    codes.STRESS_TEST_REPORT.name: "cardiac stress test",
    codes.STRESS_TEST_PROCEDURE.name: "cardiac stress test",
    codes.BLOOD_PRESSURE.name: "systolic blood pressure",
    codes.CREATININE.name: "creatinine",
    codes.CREATININE_CLEARANCE.name: "creatinine clearance",
    codes.PLATELETS.name: "platelets",
    codes.LEUKOCYTES.name: "white cells",
    codes.NEUTROPHILS.name: "neutrophils",
    codes.HAEMOGLOBIN.name: "haemoglobin",
    codes.SODIUM.name: "sodium",
    codes.POTASSIUM.name: "potassium",
    codes.INR.name: "INR",
    codes.LDH.name: "LDH",
    codes.WALL_MOTION.name: "wall motion",
    codes.FEV1_PERCENT.name: "FEV1 % predicted",
    codes.SPO2.name: "oxygen saturation",
    codes.OXYGEN_THERAPY.name: "inhaled oxygen",
    codes.PAO2.name: "PaO2",
    codes.BRAIN_MRI.name: "brain MRI",
    codes.HEAD_CT.name: "head CT",
    codes.DISEASE_STATUS.name: "disease status",
    codes.STAGE_GROUP.name: "stage",
    codes.M_CATEGORY.name: "M category",
    codes.EGFR.name: "estimated GFR",
    codes.BILIRUBIN.name: "bilirubin",
    codes.AST.name: "AST",
    codes.ALT.name: "ALT",
    codes.BLOOD_CULTURE.name: "blood culture",
    codes.TEMPERATURE.name: "temperature",
    codes.LAB_HIV.name: "HIV test",
}


def _answer_text(value: Coded) -> str | None:
    """A coded answer by what it stands for (`ecog 1` is 1), else by its name."""
    for found in value.listed:
        for code in found:
            if code.means:
                return code.means.removeprefix("ecog ").removeprefix("karnofsky ")
    return coding_text(value.codings, value.text)


def _value_text(value: Value) -> tuple[str | None, str | None]:
    match value:
        case Quantity():
            return number_text(value), value.unit or value.code
        case Range():
            ends = [number_text(end) if end else "" for end in (value.low, value.high)]
            known = value.low or value.high
            return "-".join(ends), (known.unit or known.code) if known else None
        case Coded():
            return _answer_text(value), None
        case bool():
            return ("present" if value else "absent"), None
        case int():
            return str(value), None
        case str():
            return value, None
        case NoValue():
            return None, None


def shown(entry: Entry, code: Code | None = None, label: str | None = None) -> Evidence:
    """An entry as evidence; `code` is the row of codes.csv that it matched."""
    value, unit = _value_text(entry.value) if isinstance(entry, Observation) else (None, None)
    own = next(
        (c for c in entry.codings if code is not None and code in codes.listed(c)),
        entry.codings[0] if entry.codings else None,
    )
    if label is None:
        if code is not None and code.value_set in _CALLED:
            label = _CALLED[code.value_set]
        elif code is not None and not code.is_prefix:
            label = plain_display(code.display)
        else:
            label = next(iter(entry.texts), code.display if code else entry.kind.value)
    return Evidence(
        reference=entry.reference,
        label=label,
        code=own.token if own else None,
        value=value,
        unit=unit,
        when=entry.when,
    )


# --- The newest -------------------------------------------------------------------------------


def newest(case: Case, entries: Sequence[tuple[Entry, When]]) -> tuple[Entry, ...]:
    """
    The entries than which none is surely newer: several, if their times cannot be told apart.

    Of the same effective time, those issued last (fhir-notes.md, rule 4).
    """
    same_time: dict[When, list[Entry]] = {}
    for one, when in _unsurpassed(case, entries):
        same_time.setdefault(when, []).append(one)
    top: list[Entry] = []
    for together in same_time.values():
        issued = [(e, e.issued) for e in together if isinstance(e, Observation) and e.issued]
        if len(issued) == len(together):
            top += [e for e, _ in _unsurpassed(case, issued)]
        else:
            top += together
    return tuple(top)


def _unsurpassed(case: Case, entries: Sequence[tuple[Entry, When]]) -> list[tuple[Entry, When]]:
    """
    The entries than which none `case.is_older` is true, found in one pass.

    Two instants of one kind (with, or without offset) are compared as instants, all else by days.
    """
    last_instant: dict[str, datetime] = {}
    last_day: dict[str, date] = {}
    for _, when in entries:
        kind = _precision(when)
        first = case.days(when)[0]
        last_day[kind] = max(first, last_day.get(kind, first))
        if when.at is not None:
            last_instant[kind] = max(when.at, last_instant.get(kind, when.at))
    kept = []
    for entry, when in entries:
        kind = _precision(when)
        if when.at is not None and when.at < last_instant[kind]:
            continue
        others = [day for other, day in last_day.items() if other != kind or when.at is None]
        if not any(case.days(when)[1] < day for day in others):
            kept.append((entry, when))
    return kept or list(entries)


def _precision(when: When) -> str:
    if when.at is None:
        return "day"
    return "instant" if when.at.tzinfo is not None else "local time"


def fitting(
    case: Case, wanted: Sequence[ValueSet], keep: Callable[[Observation], bool] | None = None
) -> list[tuple[Entry, Verdict]]:
    """Observations of the sets, and what had to be skipped of them."""
    found: list[tuple[Entry, Verdict]] = []
    for entry in case.chart.listed_in(Observation, Kind.OBSERVATION, *wanted):
        verdict = codes.judge(entry.listed, *wanted)
        lost_members = verdict.match is Match.IGNORED and members_missing(case, entry)
        if (verdict.is_candidate or lost_members) and (keep is None or keep(entry)):
            found.append((entry, verdict))
    return found + skipped_observations(case, *wanted)


def skipped_observations(case: Case, *wanted: ValueSet) -> list[tuple[Entry, Verdict]]:
    """Observations of the sets that had to be skipped (rule 9), those with such a component too."""
    return [
        (skipped, verdict)
        for skipped in case.chart.skipped
        if skipped.kind is Kind.OBSERVATION
        and (verdict := codes.judge(skipped.listed, *wanted)).is_candidate
    ]


def members_missing(case: Case, entry: Observation) -> bool:
    """A panel whose members were not shared (fhir-notes.md, rule 9)."""
    return any(case.chart.resolve(member) is None for member in entry.members)


def trouble_of(entry: Entry, verdict: Verdict) -> Why | None:
    """Why an entry of the right kind cannot be used, if so."""
    if isinstance(entry, Skipped):
        return Why.UNCLASSIFIED
    if verdict.match is Match.CONFLICTING:
        return Why.CONFLICTING
    if verdict.match is Match.ASKS:
        return Why.UNCLASSIFIED
    if verdict.match is Match.IGNORED:
        return Why.UNREADABLE
    if isinstance(entry, Observation | Report):
        if entry.status is Status.NOT_FINAL:
            return Why.NOT_FINAL
        if entry.status is Status.UNUSABLE:
            return Why.UNREADABLE
    return None


def pick(
    case: Case,
    query: Query,
    fitting: Sequence[tuple[Entry, Verdict]],
    window: Window | None,
    trouble: Callable[[Entry, Verdict], Why | None] = trouble_of,
    top_of: Callable[[Case, Sequence[tuple[Entry, When]]], tuple[Entry, ...]] = newest,
) -> tuple[tuple[Entry, When, Evidence], ...] | Unknown:
    """
    The newest of the fitting entries, or why it cannot be used.

    Several only if their times cannot be told apart, or as `top_of` says. `window` None: never
    stale.
    """
    evidence = {id(e): shown(e, v.code) for e, v in fitting}
    undated = [e for e, _ in fitting if case.usable(e) is None]
    dated = [(e, when) for e, _ in fitting if (when := case.usable(e)) is not None]
    top = top_of(case, dated)
    show = tuple(evidence[id(e)] for e in (undated or top))
    if not_complete(case, [query]):
        return Unknown(Why.NOT_SHARED, show)
    if not fitting:
        return Unknown(Why.ABSENT)
    if undated:
        only_skipped = all(isinstance(e, Skipped) for e in undated)
        reason = Why.UNCLASSIFIED if only_skipped else Why.UNREADABLE
        return Unknown(reason, show, "An entry has no date that can be used.")
    verdicts = {id(e): v for e, v in fitting}
    troubles = [why for e in top if (why := trouble(e, verdicts[id(e)])) is not None]
    if Why.NOT_FINAL in troubles:
        return Unknown(Why.NOT_FINAL, show)
    newest_ids = {id(one) for one in top}
    whens = [(e, when) for e, when in dated if id(e) in newest_ids]
    if window is not None and not all(case.is_within(when, window) for _, when in whens):
        return Unknown(Why.STALE, show)
    if troubles:
        return Unknown(troubles[0], show)
    return tuple((e, when, evidence[id(e)]) for e, when in whens)


def latest(
    case: Case,
    query: Query,
    wanted: Sequence[ValueSet],
    window: Window | None,
    keep: Callable[[Observation], bool] | None = None,
) -> tuple[Reading, ...] | Unknown:
    """
    The newest usable Observations of the sets: several only if of the same time.

    `keep` restricts them (to a body site, say). Usable: the query answered completely; final,
    amended or corrected; dated inside the window and not in the future; of a code that decides.
    """
    picked = pick(case, query, fitting(case, wanted, keep), window)
    if isinstance(picked, Unknown):
        return picked
    return tuple(
        Reading(entry, when, evidence)
        for entry, when, evidence in picked
        if isinstance(entry, Observation)
    )


def agree(
    readings: Sequence[Reading], judge: Callable[[Reading], Outcome | Why]
) -> tuple[Outcome, tuple[Evidence, ...]] | Unknown:
    """One verdict of all readings of the same time; different verdicts are conflicting."""
    verdicts = [judge(reading) for reading in readings]
    show = tuple(reading.evidence for reading in readings)
    for verdict in verdicts:
        if isinstance(verdict, Why):
            return Unknown(verdict, show)
    outcomes = {v for v in verdicts if isinstance(v, Outcome)}
    if len(outcomes) > 1:
        return Unknown(Why.CONFLICTING, show)
    return outcomes.pop(), show


# --- Numbers ----------------------------------------------------------------------------------


def span_of(entry: Observation, of: Analyte) -> Span | Why:
    """The values that a result allows in the analyte's unit, or why it cannot be read."""
    return span_of_value(entry.value, of, entry.ranges)


def span_of_value(value: Value, of: Analyte, ranges: Sequence[ReferenceRange] = ()) -> Span | Why:
    """The same for a value that is no result, such as a dose."""
    found: Span | None
    match value:
        case Quantity(unit=None, code=None) as bare if of.unit == "{score}":
            found = units.span(of, replace(bare, unit=of.unit))  # a score needs no unit
        case Quantity() as quantity:
            found = _by_reference(of, quantity, ranges)
        case bool():
            return Why.UNREADABLE
        case int() as whole if of.unit == "{score}":
            found = Span(Fraction(whole), Fraction(whole))
        case int():
            return Why.UNIT_UNKNOWN
        case Range(low=low, high=high):
            return _range_span(of, low, high)
        case _:
            return Why.UNREADABLE
    if found is None:
        return Why.UNIT_UNKNOWN
    return found if units.is_plausible(of, found) else Why.UNREADABLE


def values_of(entry: Entry, verdict: Verdict, of: Analyte) -> Span | Why:
    """The values that an entry found by `fitting` allows, or why it cannot be used."""
    if not isinstance(entry, Observation):
        return Why.UNCLASSIFIED  # one that had to be skipped
    return trouble_of(entry, verdict) or span_of(entry, of)


def _by_reference(of: Analyte, quantity: Quantity, ranges: Sequence[ReferenceRange]) -> Span | None:
    """
    As `units.span`, with the laboratory's upper limits: of haemoglobin they tell which mmol/L.

    All of them must tell the same, whomever they are for; else the unit is not known.
    """
    told = {one.high for one in ranges if one.high is not None}
    highs: set[Quantity | None] = {*told} or {None}
    spans = {units.span(of, quantity, high) for high in highs}
    return spans.pop() if len(spans) == 1 else None


def _range_span(of: Analyte, low: Quantity | None, high: Quantity | None) -> Span | Why:
    low_span = units.span(of, low) if low else Span(None, None)
    high_span = units.span(of, high) if high else Span(None, None)
    if low_span is None or high_span is None:
        return Why.UNIT_UNKNOWN
    if low is None and high is None:
        return Why.UNREADABLE
    both = Span(low_span.low, high_span.high)
    if both.low is not None and both.high is not None and both.low > both.high:
        return Why.UNREADABLE
    return both if units.is_plausible(of, both) else Why.UNREADABLE


def decide(answer: bool | None) -> Outcome | Why:
    """A number that falls on both sides of a limit is not readable enough."""
    if answer is None:
        return Why.UNREADABLE
    return Outcome.MET if answer else Outcome.NOT_MET


# --- Findings ---------------------------------------------------------------------------------


def states(entry: Entry) -> bool | None:
    """Whether an Observation coded as a finding states it present, absent (rule 6), or neither."""
    value = entry.value if isinstance(entry, Observation) else None
    if isinstance(value, bool):
        return value
    if isinstance(value, Coded):
        if codes.judge(value.listed, codes.RESULT_NEGATIVE).match is Match.DECIDES:
            return False
        if codes.judge(value.listed, codes.RESULT_POSITIVE).match is Match.DECIDES:
            return True
    return None
