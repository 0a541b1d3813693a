"""
The shortest way to an answer: the fewest acts that would settle what is open.

An open row is asked for only while its answer can still change the overall result (criteria.md,
"Overall result"): below a contraindication nothing can, below a requirement that is not met only
a contraindication can.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rules import work_ups
from rules.assess import CAUTION, CI, REQ
from rules.case import Case
from rules.chart import Kind, Query
from rules.conditions import QUERY_NAMES
from rules.lesions import State, lesions
from rules.model import Act, Assessment, Criterion, Evidence, Judged, Outcome, Status, Why, WorkUp
from rules.select import not_complete


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do in an act: a test, an entry to look at, or a thing to ask for."""

    name: str
    evidence: Evidence | None = None
    work_up: WorkUp | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One act, what it is done for, and the criteria that are settled once it is done."""

    act: Act
    items: tuple[Item, ...]
    settles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The acts, the ones for the heaviest rows first, and how many rows wait for them."""

    steps: tuple[Step, ...]
    open: tuple[str, ...]  # the criteria that are unknown and could still change the result

    @property
    def settled(self) -> int:
        """How many of the open criteria the acts settle."""
        return len({one for step in self.steps for one in step.settles})

    @property
    def work_ups(self) -> tuple[WorkUp, ...]:
        """The tests among the acts, each once."""
        items = [item for step in self.steps for item in step.items]
        return tuple(dict.fromkeys(i.work_up for i in items if i.work_up is not None))


# One way to settle a row: everything that must be done for it.
Way = tuple[tuple[Act, Item], ...]

_WEIGHTS = (CI, REQ, CAUTION)
_CLOSED = (Status.NOT_APPLICABLE, Status.OUT_OF_SCOPE)


def plan(assessment: Assessment) -> Plan:
    """The fewest acts; every open row that matters is settled by them, or nothing can be done."""
    open_rows = _open_rows(assessment)
    chosen = _fewest(_ways_of(open_rows, assessment.case))
    steps: dict[tuple[Act, str], tuple[dict[Item, None], list[str]]] = {}
    for criterion_id, way in chosen.items():
        for act, item in way:
            steps.setdefault(_step_of(act, item), ({}, []))[0][item] = None
        steps[_step_of(*way[-1])][1].append(criterion_id)
    return Plan(
        steps=tuple(
            Step(act, _without_covered(items), tuple(settles))
            for (act, _), (items, settles) in steps.items()
        ),
        open=tuple(judged.criterion.id for judged in open_rows),
    )


def _open_rows(assessment: Assessment) -> tuple[Judged, ...]:
    """The unknown rows that are heavier than everything that is already not met, worst first."""
    if assessment.status in _CLOSED:
        return ()
    rows: list[Judged] = []
    for weight in _WEIGHTS:
        if assessment.with_outcome(Outcome.NOT_MET, weight):
            # of this weight one is enough for the result
            break
        rows += assessment.with_outcome(Outcome.UNKNOWN, weight)
    return tuple(rows)


def _step_of(act: Act, item: Item) -> tuple[Act, str]:
    """Reports are read one by one; everything else of one kind is done in one go."""
    alone = act is Act.READ_REPORT and item.evidence is not None
    return act, item.evidence.reference if alone and item.evidence else ""


def _fewest(ways: Mapping[str, Sequence[Way]]) -> dict[str, Way]:
    """
    One way for each row, so that the number of acts is smallest.

    Rows with a single way come first; another row takes a way whose acts are needed anyhow. What
    is left has "look at the entry" or "wait" as its first way, one act for all of them.
    """
    chosen = {row: each[0] for row, each in ways.items() if len(each) == 1}
    acts = {act for way in chosen.values() for act, _ in way}
    for row, each in ways.items():
        if row not in chosen:
            at_hand = next((way for way in each if acts >= {act for act, _ in way}), each[0])
            chosen[row] = at_hand
            acts |= {act for act, _ in at_hand}
    return {row: chosen[row] for row in ways}


def _without_covered(items: Iterable[Item]) -> tuple[Item, ...]:
    """A panel brings the values of the tests that it covers."""
    found = tuple(items)
    covered = {test for item in found if item.work_up is not None for test in item.work_up.covers}
    return tuple(item for item in found if item.work_up not in covered)


def _ways_of(open_rows: Sequence[Judged], case: Case) -> dict[str, tuple[Way, ...]]:
    """The ways of each row; a test whose report lies unread is read, not done again."""
    ways = {judged.criterion.id: _ways(judged, case) for judged in open_rows}
    unread = {
        item.work_up: ways[judged.criterion.id]
        for judged in open_rows
        if judged.finding.why is Why.IN_REPORT
        for _, item in _tests(judged, case)
    }
    for judged in open_rows:
        tests = [item.work_up for _, item in _tests(judged, case)]
        if judged.finding.why in (Why.ABSENT, Why.STALE) and len(tests) == 1:
            ways[judged.criterion.id] = unread.get(tests[0], ways[judged.criterion.id])
    return ways


# --- What settles one row ---------------------------------------------------------------------


def _ways(judged: Judged, case: Case) -> tuple[Way, ...]:
    """Every way to settle one unknown row, the cheapest first."""
    finding = judged.finding
    tests = _tests(judged, case)
    match finding.why:
        case Why.ABSENT | Why.STALE:
            return (tests or ((Act.ASK, Item(_asked(judged.criterion))),),)
        case Why.IN_REPORT:
            return (_each(Act.READ_REPORT, judged, Kind.REPORT),)
        case Why.NOT_SHARED:
            return (_look_up(judged.criterion, case),)
        case Why.NOT_FINAL:
            own = _each(Act.AWAIT, judged)
        case _:
            own = _each(Act.LOOK, judged)
    evidence = finding.evidence
    measured = bool(evidence) and all(_is(one, Kind.OBSERVATION) for one in evidence)
    return (own, tests) if tests and measured else (own,)


def _is(one: Evidence, kind: Kind) -> bool:
    return one.reference.startswith(f"{kind.value}/")


def _each(act: Act, judged: Judged, kind: Kind | None = None) -> Way:
    """The act on every entry that the finding shows; on those of a kind, if there are any."""
    shown = judged.finding.evidence
    evidence = [one for one in shown if kind is not None and _is(one, kind)] or shown
    if not evidence:
        return ((act, Item(judged.criterion.short)),)
    return tuple((act, Item(one.label, one)) for one in evidence)


def _tests(judged: Judged, case: Case) -> Way:
    """The tests that bring what is missing; where lesions are not known, a scan of the brain."""
    criterion = judged.criterion
    wanted = judged.finding.to_do or ((criterion.work_up,) if criterion.work_up else ())
    if criterion.only_if is not None and case.once(lesions).state is State.UNDECIDED:
        wanted = (work_ups.BRAIN_MRI,)
    return tuple((test.act, Item(test.name, work_up=test)) for test in wanted)


def _look_up(criterion: Criterion, case: Case) -> Way:
    """What the EHR did not share."""
    missing = not_complete(case, [q for q in Query if q in {a for a, _ in criterion.check.reads}])
    return tuple((Act.LOOK_UP, Item(QUERY_NAMES[query])) for query in missing) or (
        (Act.LOOK_UP, Item(criterion.short)),
    )


# A list that came empty may never have been asked for: what is to be asked then.
_ASKED = (
    (Query.ALLERGIES, "allergies"),
    (Query.MEDICINES, "medicines"),
)


def _asked(criterion: Criterion) -> str:
    if criterion.asked is not None:
        return criterion.asked
    read = {query for query, _ in criterion.check.reads}
    return next((words for query, words in _ASKED if query in read), criterion.short)
