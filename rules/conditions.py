"""
Conditions that are, or may be, what a row asks about, and whether they count today.

Source: `criteria.md`, "Which entry counts", rules 2 and 6 to 9.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Clinical, Condition, Entry, Kind, Procedure, Query, Status
from rules.codes import Match, ValueSet, Verdict
from rules.model import Evidence, Finding, Reads, Why, asks, in_doubt, met, not_met, unknown
from rules.select import not_complete
from rules.shown import shown

CONDITION_QUERIES = (Query.PROBLEMS, Query.ENCOUNTER_DIAGNOSES)
CONDITION_READS: Reads = asks(Query.PROBLEMS) | asks(Query.ENCOUNTER_DIAGNOSES)

# Rule 7: how long an encounter diagnosis of an acute set counts.
ACUTE_WINDOW = proposed(30, "acute encounter diagnosis")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: surely the thing, perhaps the thing, the thing in remission."""

    sure: tuple[tuple[Entry, Evidence], ...] = ()
    doubtful: tuple[tuple[Why, Evidence], ...] = ()
    remission: tuple[Evidence, ...] = ()

    def __add__(self, other: "Found") -> "Found":
        """Both searches together."""
        return Found(
            self.sure + other.sure,
            self.doubtful + other.doubtful,
            self.remission + other.remission,
        )

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was surely found."""
        return tuple(one for _, one in self.sure)


def fits(entry: Entry, wanted: Sequence[ValueSet]) -> Verdict:
    """
    The codes of an entry against the sets of a row; unlisted, its words (rule 8).

    "Unlisted" is: not in the sets of this row nor in those that belong to them.
    """
    verdict = codes.judge(entry.listed, *wanted)
    if verdict.match is Match.NONE and any(one.name in entry.named for one in wanted):
        return Verdict(Match.ASKS)
    return verdict


def _counts(
    case: Case, condition: Condition, acute: bool, window: Window | None, for_life: bool
) -> bool | Why:
    """Whether a Condition is going on today as the row means it, or why that is not known."""
    if condition.when is not None and case.is_future(condition.when):
        return Why.UNREADABLE
    if for_life:
        return True
    match condition.clinical:
        case Clinical.INACTIVE:
            ends_later = condition.abated is not None and case.is_future(condition.abated)
            return Why.UNREADABLE if ends_later else False
        case Clinical.CONFLICTING:
            return Why.CONFLICTING
        case Clinical.UNCLEAR:
            return Why.UNCLASSIFIED
        case Clinical.ACTIVE:
            pass
    if not (condition.is_encounter_diagnosis and acute):
        return True
    when = case.usable(condition)
    recent = None if when is None else case.may_be_within(when, window or ACUTE_WINDOW)
    return Why.UNREADABLE if recent is None else recent


def _is_acute(condition: Condition, verdict: Verdict, wanted: Sequence[ValueSet]) -> bool:
    """
    Whether all that the entry may be of the row's sets is acute (rule 7).

    Its words matter only where no code tells (rule 8).
    """
    if verdict.code is None:
        return all(one.name in codes.ACUTE for one in wanted if one.name in condition.named)
    matches = {one: codes.judge(condition.listed, one).match for one in wanted}
    return all(
        one.name in codes.ACUTE
        for one, match in matches.items()
        if match not in (Match.NONE, Match.IGNORED)
    )


def _chronic(condition: Condition, verdict: Verdict, wanted: Sequence[ValueSet]) -> Verdict:
    """What of an acute entry lasts all the same (rule 7); words cannot tell, so perhaps it does."""
    may_last = {code.value_set for code in codes.CHRONIC} & {one.name for one in wanted}
    if verdict.code is None and may_last & condition.named:
        return Verdict(Match.ASKS)
    lasting = [c for c in condition.listed if codes.judge([c], *wanted).code in codes.CHRONIC]
    return codes.judge(lasting, *wanted)


def find_conditions(
    case: Case,
    wanted: Sequence[ValueSet],
    *,
    window: Window | None = None,
    for_life: bool = False,
    passing_over: Callable[[Condition], bool] | None = None,
) -> Found:
    """
    The Conditions of the sets that count today.

    `window`: the row's own, for encounter diagnoses (before the 30 days of the acute sets).
    `for_life`: whatever the clinical status, and dated or not.
    `passing_over`: those that the row names an exception.
    """
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    remission: list[Evidence] = []
    for condition in case.chart.near(Condition, Kind.CONDITION, *wanted):
        verdict = fits(condition, wanted)
        if verdict.match in (Match.NONE, Match.IGNORED):
            continue
        if passing_over is not None and passing_over(condition):
            continue
        if verdict.match is Match.IN_REMISSION and condition.is_confirmed:
            remission.append(shown(condition, verdict.code))
            continue
        is_acute = _is_acute(condition, verdict, wanted)
        counts = _counts(case, condition, is_acute, window, for_life)
        if is_acute and counts is not True:
            chronic = _chronic(condition, verdict, wanted)
            if chronic.is_candidate:
                verdict, counts = chronic, _counts(case, condition, False, window, for_life)
        if counts is False:
            continue
        show = shown(condition, verdict.code)
        if verdict.match is Match.CONFLICTING:
            doubtful.append((Why.CONFLICTING, show))
        elif verdict.match is Match.ASKS or not condition.is_confirmed:
            doubtful.append((Why.UNCLASSIFIED, show))
        elif counts is True:
            sure.append((condition, show))
        else:
            doubtful.append((counts, show))
    return Found(tuple(sure), tuple(doubtful), tuple(remission)) + find_skipped(
        case, Kind.CONDITION, wanted
    )


def find_procedures(case: Case, wanted: Sequence[ValueSet]) -> Found:
    """Procedures of the sets, of any age; one that was only prepared or held is doubtful."""
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    for procedure in case.chart.near(Procedure, Kind.PROCEDURE, *wanted):
        verdict = fits(procedure, wanted)
        if not verdict.is_candidate:
            continue
        show = shown(procedure, verdict.code)
        if procedure.when is not None and case.is_future(procedure.when):
            doubtful.append((Why.UNREADABLE, show))
        elif verdict.match is Match.CONFLICTING:
            doubtful.append((Why.CONFLICTING, show))
        elif verdict.match is Match.ASKS or procedure.status is Status.UNUSABLE:
            doubtful.append((Why.UNCLASSIFIED, show))
        else:
            sure.append((procedure, show))
    return Found(tuple(sure), tuple(doubtful)) + find_skipped(case, Kind.PROCEDURE, wanted)


def find_skipped(case: Case, kind: Kind, wanted: Sequence[ValueSet]) -> Found:
    """Rule 9: a skipped resource whose code fits is unclassified; without a code, unreadable."""
    doubtful: list[tuple[Why, Evidence]] = []
    for skipped in case.chart.skipped:
        if skipped.kind is not kind:
            continue
        if not skipped.has_code:
            doubtful.append((Why.UNREADABLE, shown(skipped)))
        elif (verdict := fits(skipped, wanted)).is_candidate:
            doubtful.append((Why.UNCLASSIFIED, shown(skipped, verdict.code)))
    return Found(doubtful=tuple(doubtful))


def find_codeless(case: Case, query: Query, window: Window) -> Found:
    """
    Rule 9: what an answer held of which not even the code can be read: it may be anything.

    For rows where one entry more would speak against; one surely older than the window is none.
    """
    doubtful = []
    for skipped in case.chart.skipped:
        if skipped.has_code or query not in skipped.queries:
            continue
        when = case.usable(skipped)
        if when is None or case.may_be_within(when, window) is not False:
            doubtful.append((Why.UNREADABLE, shown(skipped)))
    return Found(doubtful=tuple(doubtful))


def absence(
    case: Case,
    found: Found,
    *,
    needed: Sequence[Query],
    kinds: Sequence[Kind],
    others: Sequence[Query] = (),
    remission_remark: str | None = None,
    remark_if_found: str | None = None,
    remark_if_none: str | None = None,
) -> Finding:
    """
    An absence row ("none recorded"): `criteria.md`, "Outcome of one criterion".

    not-met if found; unknown if an entry may be the thing; met only if the `needed` queries came
    completely with at least one entry of `kinds`, and no `others` failed.
    """
    if found.sure:
        return not_met(*found.evidence, remark=remark_if_found)
    if found.doubtful:
        return in_doubt(found.doubtful)
    if missing := not_complete(case, [*needed, *others]):
        return not_sent(missing)
    searched = case.chart.count(kinds)
    if searched == 0:
        return unknown(Why.ABSENT, remark="The answer was empty: that can mean never asked.")
    if found.remission:
        return met(*found.remission, searched=searched, remark=remission_remark)
    return met(searched=searched, remark=remark_if_none)


def counted(number: int, what: str) -> str:
    """`the 1 procedure read`, `the 3 procedures read`."""
    return f"the {number} {what}{'' if number == 1 else 's'} read"


def not_sent(missing: Sequence[Query], *evidence: Evidence) -> Finding:
    """Not known, as what was asked for did not come; what did come is shown."""
    return unknown(Why.NOT_SHARED, *evidence, remark=not_shared_text(missing))


def not_shared_text(missing: Sequence[Query]) -> str:
    """Which of the things asked for did not come."""
    names = ", ".join(QUERY_NAMES[q] for q in missing)
    return f"Not shared by the EHR: {names}."


# What a clinician calls the things that are asked of the EHR.
QUERY_NAMES = {
    Query.PATIENT: "patient",
    Query.PROBLEMS: "problem list",
    Query.ENCOUNTER_DIAGNOSES: "encounter diagnoses",
    Query.PERFORMANCE: "performance status",
    Query.STAGE: "stage",
    Query.LABS: "laboratory values",
    Query.IMAGING_OBSERVATIONS: "imaging findings",
    Query.IMAGING: "imaging reports",
    Query.PROCEDURES: "procedures",
    Query.MEDICINES: "medication orders",
    Query.GIVEN: "medicines given",
    Query.ALLERGIES: "allergies",
    Query.STAYS: "visits and stays",
    Query.FUNCTION: "function tests and scores",
    Query.VITALS: "vital signs",
    Query.SOCIAL: "social history",
    Query.HEART_AND_LUNG: "heart and lung reports",
    Query.DEVICES: "devices",
    Query.ORDERS: "orders of tests",
}
