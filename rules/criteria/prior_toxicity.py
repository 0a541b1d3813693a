"""Section K: what an earlier course of aldesleukin did, and how long ago it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Condition, Entry, Kind, Procedure, Query, Status, When
from rules.codes import Match, ValueSet, Verdict
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    counted,
    fits,
)
from rules.courses import READS as COURSE_READS
from rules.courses import Dose, earlier_doses, follows, last_dose, lasting, without_dose
from rules.drugs import REQUESTED_OR_STATED
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Outcome,
    Reads,
    Weight,
    Why,
    asks,
    unknown,
)
from rules.shown import shown
from rules.sources import LBL19, LBL24


@dataclass(frozen=True, slots=True)
class Longer:
    """A state that forbids retreatment where it went on for longer than so many hours."""

    codes: ValueSet
    hours: int
    name: str

    @property
    def text(self) -> str:
        """`intubation > 72 h`."""
        return f"{self.name} > {self.hours} h"

    def went_on(self, case: Case, entry: Entry) -> bool | None:
        """Whether an entry surely went on for longer; None: its time is not told, or too vague."""
        began, ended = _period(entry)
        if began is None or ended is None or case.is_future(ended):
            return None
        limit = timedelta(hours=self.hours)
        if began.at and ended.at and bool(began.at.tzinfo) == bool(ended.at.tzinfo):
            lasted = ended.at - began.at
            return None if lasted < timedelta(0) else lasted > limit
        (first, first_at_last), (last_at_first, last) = case.days(began), case.days(ended)
        if last < first:
            return None
        # what begins on Monday and ends on Friday went on for more than three whole days
        if last_at_first - first_at_last - timedelta(1) >= limit:
            return True
        return False if last - first + timedelta(1) <= limit else None


def _period(entry: Entry) -> tuple[When | None, When | None]:
    if isinstance(entry, Procedure):
        return entry.began, entry.ended
    return (entry.onset, entry.abated) if isinstance(entry, Condition) else (None, None)


@dataclass(frozen=True, slots=True)
class NoStopEvent:
    """After earlier aldesleukin: no event on record that forbids to give it again."""

    forbidding: tuple[ValueSet, ...] = (
        codes.BOWEL_ISCHAEMIA,
        codes.CARDIAC_TAMPONADE,
        codes.MYOCARDIAL_INFARCTION,
    )
    longer: tuple[Longer, ...] = (
        Longer(codes.INTUBATION, 72, "intubation"),
        Longer(codes.DIALYSIS_PROCEDURE, 72, "dialysis"),
        Longer(codes.COMA, 48, "coma"),
    )
    asking: tuple[ValueSet, ...] = (
        codes.VENTRICULAR_TACHYCARDIA,
        codes.SEVERE_ARRHYTHMIA,
        codes.SEIZURE,
        codes.GI_BLEED,
    )
    # condition-stems.csv has their words ("ventricular tach", "dialysis") under these sets
    words: tuple[ValueSet, ...] = (codes.ARRHYTHMIA, codes.RENAL_FAILURE_DIALYSIS)
    window: Window = proposed(30, "event after a dose")

    @property
    def reads(self) -> Reads:
        """Doses, Conditions and Procedures."""
        return COURSE_READS | CONDITION_READS | asks(Query.PROCEDURES)

    @property
    def threshold(self) -> str:
        """What forbids, and in which time."""
        longer = ", ".join(one.text for one in self.longer)
        return (
            f"none within {self.window.days} d after a dose: bowel ischaemia or perforation, "
            f"tamponade, myocardial infarction, {longer}"
        )

    @property
    def windows(self) -> Sequence[Window]:
        """How long after a dose an event counts; the doses themselves for life."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Search the Conditions and Procedures after each dose."""
        found, doses = self._events(case)
        without = without_dose(case)
        if without is not None:
            events = (evidence for _, evidence in found.doubtful)
            return replace(without, evidence=(*without.evidence, *events))
        finding = absence(
            case,
            found,
            needed=(Query.MEDICINES, *CONDITION_QUERIES),
            kinds=(Kind.CONDITION,),
            others=(Query.GIVEN, Query.PROCEDURES),
            remark_if_found=f"within {self.window.days} days after aldesleukin",
            remark_if_none=_searched(case),
        )
        if finding.outcome is Outcome.MET:
            return _with_dose(case, finding)
        if found.doubtful and finding.outcome is Outcome.UNKNOWN:
            return replace(finding, remark="After aldesleukin: which kind, when or how long?")
        return replace(finding, evidence=(*finding.evidence, *dict.fromkeys(doses)))

    def _events(self, case: Case) -> tuple[Found, list[Evidence]]:
        """Events after a dose: those that surely forbid, those that may; and the doses before."""
        sure: list[tuple[Entry, Evidence]] = []
        doubtful: list[tuple[Why, Evidence]] = []
        before: list[Evidence] = []
        for entry in self._candidates(case):
            verdict, forbids = self._verdict(entry), self._forbids(case, entry)
            dose = _before(case, entry, self.window)
            if dose is None or forbids is False:
                continue
            show = shown(entry, verdict.code)
            if verdict.match is Match.CONFLICTING:
                doubtful.append((Why.CONFLICTING, show))
            elif forbids is None or not _is_reliable(entry):
                doubtful.append((Why.UNCLASSIFIED, show))
            elif isinstance(dose, Why):
                doubtful.append((dose, show))
            else:
                sure.append((entry, show))
                before.append(dose.evidence)
        return Found(tuple(sure), (*doubtful, *self._skipped(case))), before

    def _candidates(self, case: Case) -> list[Condition | Procedure]:
        sets = (*self._sets, *self.words)
        entries: list[Condition | Procedure] = [
            *case.chart.near(Condition, Kind.CONDITION, *sets),
            *case.chart.near(Procedure, Kind.PROCEDURE, *sets),
        ]
        return [one for one in entries if self._verdict(one).is_candidate]

    @property
    def _sets(self) -> tuple[ValueSet, ...]:
        return (*self.forbidding, *(one.codes for one in self.longer), *self.asking)

    def _verdict(self, entry: Entry) -> Verdict:
        """The entry against all sets; what no code tells at all is asked about by more words."""
        verdict = fits(entry, self._sets)
        is_named = any(one.name in entry.named for one in self.words)
        if verdict.match is Match.NONE and is_named and not any(entry.listed):
            return Verdict(Match.ASKS)
        return verdict

    def _forbids(self, case: Case, entry: Entry) -> bool | None:
        """Whether an event forbids retreatment by its code or its time; None: it may."""
        if codes.judge(entry.listed, *self.forbidding).match is Match.DECIDES:
            return True
        # a row that names a period outranks `use` (rule 6)
        times = [
            one.went_on(case, entry)
            for one in self.longer
            if codes.judge(entry.listed, one.codes).match in (Match.DECIDES, Match.ASKS)
        ]
        if True in times:
            return True
        is_more = codes.judge(entry.listed, *self.forbidding, *self.asking).is_candidate
        return None if is_more or not times or None in times else False

    def _skipped(self, case: Case) -> list[tuple[Why, Evidence]]:
        """Rule 9: what had to be skipped has no date either."""
        doubtful: list[tuple[Why, Evidence]] = []
        if not case.once(earlier_doses):
            return doubtful
        for skipped in case.chart.skipped:
            if skipped.kind not in (Kind.CONDITION, Kind.PROCEDURE):
                continue
            verdict = self._verdict(skipped)
            if not skipped.has_code:
                doubtful.append((Why.UNREADABLE, shown(skipped)))
            elif verdict.is_candidate:
                doubtful.append((Why.UNCLASSIFIED, shown(skipped, verdict.code)))
        return doubtful


def _before(case: Case, entry: Condition | Procedure, window: Window) -> Dose | Why | None:
    """The last dose that an event surely followed in time; why it may be one; None: none."""
    doses = case.once(earlier_doses)
    when = case.usable(entry)
    if when is None:
        return Why.UNREADABLE if doses else None
    began = entry.began if isinstance(entry, Procedure) and entry.began else when
    event = lasting(case, began, when)
    answers = [(follows(event, dose, window), dose) for dose in doses]
    sure = [(dose.lasting.ended, dose) for is_sure, dose in answers if is_sure and dose.lasting]
    if sure:
        return max(sure, key=lambda one: one[0])[1]
    return next((one.doubt or Why.UNREADABLE for is_sure, one in answers if is_sure is None), None)


def _searched(case: Case) -> str:
    conditions = counted(case.chart.count([Kind.CONDITION]), "condition")
    procedures = counted(case.chart.count([Kind.PROCEDURE]), "procedure")
    return f"none recognised after aldesleukin in {conditions} and {procedures}"


def _with_dose(case: Case, finding: Finding) -> Finding:
    """Where no event was found: after which dose, and whether orders were shared at all."""
    if case.chart.count(REQUESTED_OR_STATED) == 0:
        return unknown(Why.ABSENT, remark="No order or statement of any medicine.")
    last = last_dose(case)
    return finding if last is None else replace(finding, evidence=(last.evidence,))


def _is_reliable(entry: Condition | Procedure) -> bool:
    """Confirmed, and really done."""
    if isinstance(entry, Condition):
        return entry.is_confirmed
    return entry.status is not Status.UNUSABLE


PRIOR_IL2_STOP_EVENT_ABSENT = Criterion(
    id="prior-il2-stop-event-absent",
    group="prior-toxicity",
    question="No earlier IL-2 event that forbids retreatment?",
    short="event after earlier IL-2",
    headline="{fact} after earlier IL-2",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL19.at("retreatment"), LBL24.at("section 2.4")),
    check=NoStopEvent(),
    if_not_met="The older US text calls retreatment contraindicated after it; the newer lists it "
    "under permanent discontinuation.",
    doubts=(
        "That an event within 30 days belongs to the dose is our proposal.",
        "Dialysis over 72 hours: older text only; the newer one is not read there.",
    ),
)

CRITERIA = (PRIOR_IL2_STOP_EVENT_ABSENT,)
