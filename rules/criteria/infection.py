"""Section H, first part: bacterial infection, fever, central line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from rules import codes, units, work_ups
from rules.case import Case, Window, proposed
from rules.chart import Device, Entry, Kind, Observation, Query
from rules.codes import Match, ValueSet, Verdict
from rules.conditions import (
    ACUTE_WINDOW,
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_codeless,
    find_conditions,
    find_procedures,
    find_skipped,
    not_sent,
    not_shared_text,
)
from rules.drugs import READS as DRUG_READS
from rules.drugs import REQUEST_WINDOW, REQUESTED_OR_STATED, counts_now, find_drugs
from rules.limits import Limit
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    asks,
    foremost,
    in_doubt,
    met,
    not_applicable,
    not_met,
    unknown,
)
from rules.results import qualitative
from rules.select import fitting, not_complete, trouble_of
from rules.shown import shown
from rules.sources import DUT14, LBL19, LBL24, MOD, UK20
from rules.units import Span
from rules.values import span_of


def antibacterials(case: Case) -> Found:
    """Antibacterial medicines ordered, stated or given now; one that acts locally is none."""
    return find_drugs(case, codes.DRUG_ANTIBACTERIAL, lambda c, d: counts_now(c, d, None)).found


@dataclass(frozen=True, slots=True)
class NoUntreatedInfection:
    """No active bacterial infection, no positive blood culture, no antibacterial unexplained."""

    infections: tuple[ValueSet, ...] = (codes.ACTIVE_INFECTION,)
    culture: ValueSet = codes.BLOOD_CULTURE
    culture_window: Window = proposed(14, "blood culture")
    threshold: str = "none active; treated first"

    @property
    def reads(self) -> Reads:
        """Conditions, blood cultures, medicines."""
        return CONDITION_READS | asks(Query.LABS, self.culture) | DRUG_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How far back a culture, the diagnosis of a visit and an order count."""
        return (self.culture_window, ACUTE_WINDOW, REQUEST_WINDOW)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition; cultures and medicines can only speak against."""
        found = find_conditions(case, self.infections) + self._cultures(case)
        drugs = antibacterials(case)
        remark = None
        if not found.sure and (drugs.sure or drugs.doubtful):
            if drugs.sure and not found.doubtful:
                remark = "antibacterial without an infection condition: prophylaxis?"
            asked = tuple((Why.UNCLASSIFIED, evidence) for evidence in drugs.evidence)
            found += Found(doubtful=asked + drugs.doubtful)
        finding = absence(
            case,
            found,
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.LABS, Query.MEDICINES, Query.GIVEN),
        )
        return replace(finding, remark=remark) if remark else finding

    def _cultures(self, case: Case) -> Found:
        """
        The positive cultures of the window, and those that may be; a negative one says nothing.

        The newest day decides, as a whole: bottles are drawn minutes apart, and one positive is
        enough. So a negative culture settles those that are surely of a day before it.
        """
        sure: list[tuple[Entry, Evidence]] = []
        doubtful: list[tuple[Why, Evidence]] = []
        current: list[tuple[date, Entry, Evidence, bool | Why]] = []
        settled = date.min
        for entry, verdict in fitting(case, (self.culture,)):
            evidence, says = shown(entry, verdict.code), _is_positive(entry, verdict)
            when = case.usable(entry)
            recent = None if when is None else case.may_be_within(when, self.culture_window)
            if when is None or recent is None:
                if says is not False:
                    doubtful.append((Why.UNREADABLE, evidence))
            elif recent:
                first, last = case.days(when)
                current.append((last, entry, evidence, says))
                settled = max(settled, first) if says is False else settled
        for day, entry, evidence, says in current:
            if says is True and day >= settled:
                sure.append((entry, evidence))
            elif isinstance(says, Why) and day >= settled:
                doubtful.append((says, evidence))
        lost = find_codeless(case, Query.LABS, self.culture_window)
        return Found(tuple(sure), tuple(doubtful)) + lost


def _is_positive(culture: Entry, verdict: Verdict) -> bool | Why:
    """Whether a culture is coded positive; an organism or a text may be anything."""
    trouble = trouble_of(culture, verdict)
    if trouble is not None or not isinstance(culture, Observation):
        return trouble or Why.UNCLASSIFIED
    return qualitative(culture, in_words=False)


ACTIVE_INFECTION_ABSENT = Criterion(
    id="active-infection-absent",
    group="infection",
    question="No untreated bacterial infection?",
    short="bacterial infection",
    headline="{fact}; untreated infection is named in the boxed warning",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("boxed warning (3)"), UK20.at("4.3")),
    check=NoUntreatedInfection(),
    if_not_met="The boxed warning of the US label: existing bacterial infection is treated first.",
)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A temperature, and whether it is of the window (None: its date does not tell)."""

    evidence: Evidence
    is_current: bool | None
    value: Span | Why

    @property
    def ends(self) -> tuple[Fraction, ...]:
        """The numbers that were written."""
        told = (self.value.low, self.value.high) if isinstance(self.value, Span) else ()
        return tuple(end for end in told if end is not None)


@dataclass(frozen=True, slots=True)
class NoFever:
    """The highest temperature of the window is at most 100.5 F."""

    limit: Limit = Limit(units.TEMPERATURE, "100.5", "[degF]")
    window: Window = proposed(3)

    @property
    def reads(self) -> Reads:
        """Temperatures."""
        return asks(Query.VITALS, codes.TEMPERATURE)

    @property
    def threshold(self) -> str:
        """In both scales: 100.5 F is exactly 38.0556 C."""
        return f"<= {self.limit.number} F ({float(self.limit.value):.2f} C)"

    @property
    def windows(self) -> Sequence[Window]:
        """How far back a temperature counts."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """All temperatures of the window, not the newest alone: the highest decides."""
        taken = [self._taken(case, *one) for one in fitting(case, (codes.TEMPERATURE,))]
        high = [one for one in taken if self._is_low(one) is False]
        if fever := [one for one in high if one.is_current]:
            return not_met(_highest(fever))
        doubts = [(Why.UNREADABLE, one.evidence) for one in high if one.is_current is None]
        doubts += [
            (one.value if isinstance(one.value, Why) else Why.UNREADABLE, one.evidence)
            for one in taken
            if self._is_low(one) is None and one.is_current is not False
        ]
        doubts += find_codeless(case, Query.VITALS, self.window).doubtful
        if doubts:
            return _not_known(
                foremost(why for why, _ in doubts), *(evidence for _, evidence in doubts)
            )
        if missing := not_complete(case, [Query.VITALS]):
            return _not_known(Why.NOT_SHARED, remark=not_shared_text(missing))
        if current := [one for one in taken if one.is_current]:
            return met(_highest(current))
        if undated := [one.evidence for one in taken if one.is_current is None]:
            return _not_known(Why.UNREADABLE, *undated)
        if taken:
            last = max(taken, key=lambda one: _day(case, one.evidence))
            return _not_known(Why.STALE, last.evidence)
        return _not_known(Why.ABSENT)

    def _is_low(self, taken: _Taken) -> bool | None:
        """Whether a temperature keeps to the limit; None: it cannot be told."""
        if isinstance(taken.value, Why):
            return None
        return taken.value.is_at_most(self.limit.value)

    def _taken(self, case: Case, entry: Entry, verdict: Verdict) -> _Taken:
        when = case.usable(entry)
        current = None if when is None else case.may_be_within(when, self.window)
        trouble = trouble_of(entry, verdict)
        value: Span | Why
        if trouble is None and isinstance(entry, Observation):
            value = span_of(entry, units.TEMPERATURE)
        else:
            value = trouble or Why.UNREADABLE
        return _Taken(shown(entry, verdict.code), current, value)


def _not_known(why: Why, *evidence: Evidence, remark: str | None = None) -> Finding:
    return unknown(why, *evidence, remark=remark, to_do=(work_ups.TEMPERATURE,))


def _highest(taken: Sequence[_Taken]) -> Evidence:
    return max(taken, key=lambda one: max(one.ends)).evidence


def _day(case: Case, evidence: Evidence) -> date:
    """The last day that an entry may be of."""
    return case.days(evidence.when)[1] if evidence.when else date.min


FEVER_EXPLAINED = Criterion(
    id="fever-explained",
    group="infection",
    question="No unexplained fever?",
    short="temperature",
    shows_limit=True,
    headline="fever: {fact}",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(MOD.at("eligibility"),),
    check=NoFever(),
    if_not_met="Trials of moderate dose excluded unexplained fever; whether this one is explained, "
    "the chart does not tell.",
)


@dataclass(frozen=True, slots=True)
class LineProphylaxis:
    """Where a central line is recorded: whether any antibacterial is ordered."""

    line: ValueSet = codes.CENTRAL_LINE
    threshold: str = "an antibacterial ordered, if there is a central line"

    @property
    def reads(self) -> Reads:
        """Conditions, Procedures and Devices for the line; medicines."""
        return CONDITION_READS | asks(Query.PROCEDURES) | asks(Query.DEVICES) | DRUG_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How long an order counts."""
        return (REQUEST_WINDOW,)

    def __call__(self, case: Case, /) -> Finding:
        """A reminder: without a line it does not apply."""
        sets = (self.line,)
        line = find_conditions(case, sets) + find_procedures(case, sets) + self._devices(case)
        if not line.sure:
            return self._no_line(case, line)
        drugs = antibacterials(case)
        if drugs.sure:
            remark = "which antibacterial, and what for, is not judged"
            return met(*line.evidence, *_unnamed(drugs.evidence), remark=remark)
        if drugs.doubtful:
            maybe = _unnamed(evidence for _, evidence in drugs.doubtful)
            return unknown(foremost(why for why, _ in drugs.doubtful), *line.evidence, *maybe)
        if missing := not_complete(case, [Query.MEDICINES, Query.GIVEN]):
            return not_sent(missing, *line.evidence)
        if case.chart.count(REQUESTED_OR_STATED) == 0:
            return unknown(Why.ABSENT, *line.evidence, remark="No medication entry was shared.")
        return not_met(*line.evidence, remark="no antibacterial found among the medicines")

    def _no_line(self, case: Case, line: Found) -> Finding:
        if line.doubtful:
            return in_doubt(line.doubtful)
        if missing := not_complete(case, [*CONDITION_QUERIES, Query.PROCEDURES, Query.DEVICES]):
            return not_sent(missing)
        return not_applicable("No central line recorded.")

    def _devices(self, case: Case) -> Found:
        """Lines among the devices that are not recorded as taken out."""
        sure: list[tuple[Entry, Evidence]] = []
        doubtful: list[tuple[Why, Evidence]] = []
        for device in case.chart.listed_in(Device, Kind.DEVICE, self.line):
            verdict = codes.judge(device.listed, self.line)
            evidence = shown(device, verdict.code)
            if device.is_active is False:
                continue
            if verdict.match is Match.DECIDES and device.is_active:
                sure.append((device, evidence))
            else:
                doubtful.append((Why.UNCLASSIFIED, evidence))
        skipped = find_skipped(case, Kind.DEVICE, (self.line,))
        return Found(tuple(sure), tuple(doubtful)) + skipped


def _unnamed(medicines: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The card names no drug (the row says so)."""
    return tuple(replace(one, label="antibacterial") for one in medicines)


LINE_PROPHYLAXIS = Criterion(
    id="line-prophylaxis",
    group="infection",
    question="If a central line: gram-positive prophylaxis planned?",
    short="prophylaxis for a central line",
    weight=Weight.INFORMATION,
    basis=(Basis.CONSENSUS,),
    sources=(LBL19.at("boxed warning"), DUT14.at("table 2")),
    check=LineProphylaxis(),
    if_not_met="Central lines raise the risk of gram-positive infection; prophylaxis lowered "
    "staphylococcal infection (older US label).",
    doubts=("A line counts until it is recorded as taken out, however old the entry is.",),
)

CRITERIA = (ACTIVE_INFECTION_ABSENT, FEVER_EXPLAINED, LINE_PROPHYLAXIS)
