"""
What the chart says of melanoma and of its spread: the facts behind `melanoma-advanced`.

Source: `criteria.md`, row melanoma-advanced, and "Which entry counts", rule 10 (facts of a
tumour).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from rules import codes
from rules.chart import Clinical, Coded, Condition, Entry, Kind, NoValue, Observation, When
from rules.codes import Match, ValueSet, Verdict
from rules.lesions import all_scans, brain_metastasis, m_category_text
from rules.model import Case, Evidence, Why, proposed
from rules.select import newest, shown, trouble_of

STAGE_WINDOW = proposed(365, "stage")

MELANOMA = (
    codes.MELANOMA_CUTANEOUS,
    codes.MELANOMA_METASTATIC,
    codes.MELANOMA_OCULAR,
    codes.MELANOMA_MUCOSAL,
    codes.MELANOMA_SITE_UNSPECIFIED,
)
# Metastases that make the disease distant, once it is known whose they are.
DISTANT = (codes.BRAIN_METASTASIS, codes.LEPTOMENINGEAL, codes.DISTANT_METASTASIS)
# Metastases that do not tell by themselves whether melanoma is advanced.
UNDECIDING = (
    codes.NODAL_METASTASIS,
    codes.SKIN_METASTASIS,
    codes.METASTASIS_UNKNOWN_PRIMARY,
    codes.SECONDARY_CANCER,
)


class Primary(Enum):
    """What a Condition says about the primary."""

    ACTIVE = "active"
    POSSIBLE = "possible"  # unconfirmed, a code that asks, words only, skipped
    PAST = "past"  # history, remission, resolved


@dataclass(frozen=True, slots=True)
class Melanoma:
    """A Condition that is, was or may be melanoma."""

    entry: Entry
    evidence: Evidence
    primary: Primary
    why: Why | None = None  # POSSIBLE only
    is_metastatic: bool = False  # the code itself says metastatic melanoma
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A metastasis on the chart; `is_sure`: an active, confirmed Condition whose code decides."""

    entry: Entry
    evidence: Evidence
    is_distant: bool
    is_sure: bool


def _verdict(condition: Entry) -> Verdict:
    """Melanoma by code; "site unspecified" counts here though its codes ask (the row says so)."""
    unspecified = codes.judge(condition.listed, codes.MELANOMA_SITE_UNSPECIFIED)
    verdict = codes.judge(condition.listed, *MELANOMA)
    is_unspecified = (
        unspecified.match is Match.ASKS
        and unspecified.code is not None
        and unspecified.code.value_set == codes.MELANOMA_SITE_UNSPECIFIED.name
    )
    if verdict.match is Match.ASKS and is_unspecified:
        return Verdict(Match.DECIDES, unspecified.code)
    return verdict


_SITE_REMARKS = {
    codes.MELANOMA_OCULAR.name: "Ocular melanoma: evidence read is cutaneous.",
    codes.MELANOMA_MUCOSAL.name: "Mucosal melanoma: evidence read is cutaneous.",
    codes.MELANOMA_SITE_UNSPECIFIED.name: "Primary site not stated.",
}


def melanomas(case: Case) -> tuple[Melanoma, ...]:
    """Every Condition that is, was or may be melanoma."""
    found = [one for entry in _conditions(case) if (one := _melanoma(case, entry)) is not None]
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.CONDITION and skipped.has_code:
            verdict = _verdict(skipped)
            if verdict.is_candidate or _is_named(skipped, codes.MELANOMA_CUTANEOUS):
                show = shown(skipped, verdict.code)
                found.append(Melanoma(skipped, show, Primary.POSSIBLE, Why.UNCLASSIFIED))
    return tuple(found)


def _conditions(case: Case) -> tuple[Condition, ...]:
    return case.chart.of_kind(Condition, Kind.CONDITION)


def _is_named(entry: Entry, wanted: ValueSet) -> bool:
    return wanted.name in entry.named


def _is_history(condition: Condition) -> bool:
    sets = (codes.MELANOMA_HISTORY, codes.MELANOMA_REMISSION_HISTORY)
    own = {c.value_set for found in condition.listed for c in found}
    personal = codes.judge(condition.listed, codes.MELANOMA_REMISSION_HISTORY)
    asks = codes.judge(condition.listed, codes.MELANOMA_HISTORY)
    return bool(own & {s.name for s in sets}) and (
        personal.match is Match.DECIDES or asks.match is Match.ASKS
    )


def _melanoma(case: Case, condition: Condition) -> Melanoma | None:
    verdict = _verdict(condition)
    show = shown(condition, verdict.code)
    if verdict.match is Match.NONE:
        # "in full remission" names no cancer: the melanoma's only if the text says so
        if not _is_named(condition, codes.MELANOMA_CUTANEOUS):
            return None
        if _is_history(condition):
            return Melanoma(condition, show, Primary.PAST)
        verdict = Verdict(Match.ASKS)
    if verdict.match is Match.IGNORED or (verdict.match is Match.ASKS and _is_history(condition)):
        return Melanoma(condition, show, Primary.PAST) if _is_history(condition) else None
    if condition.clinical is Clinical.INACTIVE:
        return Melanoma(condition, show, Primary.PAST)
    why = _doubt(case, condition, verdict)
    if why is not None:
        return Melanoma(condition, show, Primary.POSSIBLE, why)
    code = verdict.code
    return Melanoma(
        condition,
        show,
        Primary.ACTIVE,
        is_metastatic=codes.judge(condition.listed, codes.MELANOMA_METASTATIC).match
        is Match.DECIDES,
        remark=_SITE_REMARKS.get(code.value_set) if code else None,
    )


def _doubt(case: Case, condition: Condition, verdict: Verdict) -> Why | None:
    """Why a Condition of the right code is not surely the thing today."""
    if condition.when is not None and case.is_future(condition.when):
        return Why.UNREADABLE
    if verdict.match is Match.CONFLICTING or condition.clinical is Clinical.CONFLICTING:
        return Why.CONFLICTING
    if (
        verdict.match is Match.ASKS
        or condition.clinical is Clinical.UNCLEAR
        or not condition.is_confirmed
    ):
        return Why.UNCLASSIFIED
    return None


# --- Whose metastasis? ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OtherCancer:
    """An active cancer that is not the melanoma."""

    entry: Entry
    evidence: Evidence
    is_sure: bool


def other_cancers(case: Case) -> tuple[OtherCancer, ...]:
    """Active primary cancers other than melanoma (a Condition coded as both is the melanoma)."""
    found = []
    for condition in _conditions(case):
        verdict = codes.judge(condition.listed, codes.OTHER_ACTIVE_CANCER)
        if not verdict.is_candidate or condition.clinical is Clinical.INACTIVE:
            continue
        if _verdict(condition).is_candidate or _is_metastasis(condition):
            continue
        sure = _doubt(case, condition, verdict) is None
        found.append(OtherCancer(condition, shown(condition, verdict.code), sure))
    return tuple(found)


def _is_metastasis(condition: Condition) -> bool:
    return (
        brain_metastasis(condition).is_candidate
        or codes.judge(condition.listed, *DISTANT, *UNDECIDING).match is Match.DECIDES
    )


class Owner(Enum):
    """Whose a fact of a tumour is."""

    MELANOMA = "melanoma"
    OTHER = "other"
    NOT_TOLD = "not told"


def owner(case: Case, references: Iterable[str]) -> Owner:
    """Whose a fact is, by its links: the melanoma, its metastasis, or another Condition."""
    seen: set[str] = set()
    todo = list(references)
    answers: set[Owner] = set()
    while todo:
        reference = todo.pop()
        if reference in seen:
            continue
        seen.add(reference)
        entry = case.chart.resolve(reference)
        if not isinstance(entry, Condition):
            continue
        if _verdict(entry).is_candidate or _is_history(entry):
            answers.add(Owner.MELANOMA)
        elif entry.related:
            todo.extend(entry.related)
        elif not _is_metastasis(entry):
            answers.add(Owner.OTHER)
    if Owner.MELANOMA in answers:
        return Owner.MELANOMA
    return Owner.OTHER if Owner.OTHER in answers else Owner.NOT_TOLD


# --- Metastases -------------------------------------------------------------------------------


def _own(condition: Condition, *wanted: ValueSet) -> Verdict:
    """As `judge`, but only by codes of the sets themselves and of unspecific metastasis sets."""
    verdict = codes.judge(condition.listed, *wanted)
    names = {one.name for one in wanted} | {codes.CNS_METASTASIS_UNSPECIFIC.name}
    is_own = verdict.code is not None and verdict.code.value_set in names
    return verdict if is_own else codes.NO_MATCH


def spreads(case: Case) -> tuple[Spread, ...]:
    """Metastases that are going on, of whatever origin; `owner` tells whose."""
    found = []
    for condition in _conditions(case):
        if condition.clinical is Clinical.INACTIVE:
            continue
        brain = brain_metastasis(condition)
        if brain.match is not Match.DECIDES:
            brain = _own(condition, codes.BRAIN_METASTASIS)
        distant = _own(condition, *DISTANT)
        melanoma = _own(condition, codes.MELANOMA_METASTATIC)
        undeciding = _own(condition, *UNDECIDING)
        unknown_primary = _own(condition, codes.METASTASIS_UNKNOWN_PRIMARY)
        told = (brain, melanoma) if unknown_primary.is_candidate else (brain, melanoma, distant)
        verdict = next((v for v in told if v.match is Match.DECIDES), None)
        if verdict is not None:
            sure = _doubt(case, condition, verdict) is None
            found.append(Spread(condition, shown(condition, verdict.code), True, sure))
            continue
        maybe = next((v for v in (brain, distant, melanoma, undeciding) if v.is_candidate), None)
        if maybe is not None:
            found.append(Spread(condition, shown(condition, maybe.code), _points(condition), False))
        elif _is_named_metastasis(condition):
            found.append(Spread(condition, shown(condition), True, False))
    found.extend(
        Spread(skipped, shown(skipped), is_distant=True, is_sure=False)
        for skipped in case.chart.skipped
        if skipped.kind is Kind.CONDITION
        and codes.judge(skipped.listed, *DISTANT, codes.MELANOMA_METASTATIC).match is Match.DECIDES
    )
    return tuple(found)


def _points(condition: Condition) -> bool:
    """Whether an unsure metastasis may be a distant one: nodal and skin alone are not."""
    near = _own(condition, codes.NODAL_METASTASIS, codes.SKIN_METASTASIS)
    far = _own(
        condition,
        codes.METASTASIS_UNKNOWN_PRIMARY,
        codes.SECONDARY_CANCER,
        codes.MELANOMA_METASTATIC,
        *DISTANT,
    )
    return far.is_candidate or not near.is_candidate


def _is_named_metastasis(condition: Condition) -> bool:
    return bool(condition.named & {codes.BRAIN_METASTASIS.name, codes.LEPTOMENINGEAL.name})


def foreign_spread(case: Case) -> bool:
    """A metastasis whose name gives another primary: it points to advanced disease all the same."""
    return any(
        codes.judge(c.listed, codes.OTHER_PRIMARY_METASTASIS).match is not Match.NONE
        and any(
            row.value_set == codes.OTHER_PRIMARY_METASTASIS.name
            for found in c.listed
            for row in found
        )
        for c in _conditions(case)
        if c.clinical is not Clinical.INACTIVE
    )


# --- Stage ------------------------------------------------------------------------------------


class Advanced(Enum):
    """What a stage or M category says."""

    YES = "stage IV or M1"
    NO = "lower stage or M0"
    STAGE_III = "stage III"
    M0 = "M0"
    ASKS = "not told"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage or M category with its date and owner."""

    entry: Entry
    evidence: Evidence
    says: Advanced
    owner: Owner
    when: When | None


_AJCC_III = ("III", "IIIA", "IIIB", "IIIC", "IIID", "3")


def _said(value: Coded) -> Advanced:
    text = m_category_text(value)
    if text is not None:
        if text in ("IV", "4") or text in ("M1", "M1A", "M1B", "M1C", "M1D"):
            return Advanced.YES
        if text == "M0":
            return Advanced.M0
        return Advanced.STAGE_III if text in _AJCC_III else Advanced.NO
    if codes.judge(value.listed, codes.STAGE_IV, codes.M1, codes.M1D).match is Match.DECIDES:
        return Advanced.YES
    if codes.judge(value.listed, codes.M0).match is Match.DECIDES:
        return Advanced.M0
    if codes.judge(value.listed, codes.STAGE_III).is_candidate:
        return Advanced.STAGE_III
    return Advanced.ASKS


def may_be_advanced(value: Coded) -> bool:
    """Whether a value that asks is one of stage IV or M1 (IVA, say)."""
    return codes.judge(value.listed, codes.STAGE_IV, codes.M1, codes.M1D).is_candidate


@dataclass(frozen=True, slots=True)
class Staging:
    """The latest stage: what it says, why it cannot be used, and whether any points to IV or M1."""

    says: Advanced | None  # None: no usable stage
    why: Why | None
    evidence: tuple[Evidence, ...]
    points: bool
    when: When | None = None


def staging(case: Case) -> Staging:
    """
    The latest stage group or M category that is the melanoma's, within its window.

    Condition.stage of an active melanoma stands in only where no stage Observation is (rule book:
    "stage Observation before Condition.stage").
    """
    candidates: list[tuple[Entry, Verdict]] = []
    points = False
    foreign = False
    for entry in case.chart.listed_in(
        Observation, Kind.OBSERVATION, codes.STAGE_GROUP, codes.M_CATEGORY
    ):
        verdict = codes.judge(entry.listed, codes.STAGE_GROUP, codes.M_CATEGORY)
        if not verdict.is_candidate:
            continue
        if isinstance(entry.value, Coded):
            points = points or _said(entry.value) is Advanced.YES or may_be_advanced(entry.value)
        if owner(case, entry.focus) is Owner.OTHER:
            continue
        foreign = foreign or (owner(case, entry.focus) is Owner.NOT_TOLD)
        candidates.append((entry, verdict))
    if not candidates:
        return _condition_stage(case, points)
    show = [shown(e, v.code) for e, v in candidates]
    if any(case.usable(e) is None for e, _ in candidates):
        return Staging(None, Why.UNREADABLE, tuple(show), points)
    top = newest(case, [(e, e.when) for e, _ in candidates if e.when is not None])
    verdicts = {id(e): v for e, v in candidates}
    show = [shown(e, verdicts[id(e)].code) for e in top]
    troubles = [why for e in top if (why := trouble_of(e, verdicts[id(e)])) is not None]
    when = top[0].when
    if troubles:
        return Staging(None, troubles[0], tuple(show), points, when)
    if not all(e.when is not None and case.is_within(e.when, STAGE_WINDOW) for e in top):
        return Staging(None, Why.STALE, tuple(show), points, when)
    says = {_of(e) for e in top}
    if foreign and other_cancers(case):
        return Staging(None, Why.CONFLICTING, tuple(show), points, when)
    if Advanced.YES in says and says - {Advanced.YES}:
        return Staging(None, Why.CONFLICTING, tuple(show), points, when)
    if None in says:
        return Staging(None, Why.UNREADABLE, tuple(show), points, when)
    for one in (Advanced.YES, Advanced.ASKS, Advanced.STAGE_III, Advanced.M0):
        if one in says:
            why = None if one in (Advanced.YES, Advanced.M0) else Why.UNCLASSIFIED
            return Staging(one, why, tuple(show), points, when)
    return Staging(Advanced.NO, None, tuple(show), points, when)


def _of(entry: Entry) -> Advanced | None:
    """What a stage Observation says; None: it has no value."""
    value = entry.value if isinstance(entry, Observation) else NoValue.UNREADABLE
    if isinstance(value, NoValue):
        return None
    return _said(value) if isinstance(value, Coded) else Advanced.ASKS


def _condition_stage(case: Case, points: bool) -> Staging:
    for condition in _conditions(case):
        if _verdict(condition).match is not Match.DECIDES:
            continue
        if condition.clinical is not Clinical.ACTIVE or not condition.is_confirmed:
            continue
        for stage in condition.stages:
            said = _said(Coded(stage))
            points = points or said is Advanced.YES or may_be_advanced(Coded(stage))
            if said is Advanced.YES:
                return Staging(said, None, (shown(condition, label="stage"),), True, condition.when)
    return Staging(None, None, (), points)


def history_of_metastasis(case: Case) -> Evidence | None:
    """An Observation "history of metastatic cancer" that is true (false means none)."""
    for entry in case.chart.listed_in(Observation, Kind.OBSERVATION, codes.HISTORY_METASTATIC):
        if entry.value is True and owner(case, entry.focus) is not Owner.OTHER:
            return shown(entry)
    return None


def points_to_advanced(case: Case) -> bool:
    """
    Whether anything on the chart points to advanced disease, of whatever origin and however sure.

    The gate's "distant metastasis, stage IV or M1": with it, a possible melanoma gives a card.
    """
    return (
        any(spread.is_distant for spread in case.once(spreads))
        or case.once(staging).points
        or foreign_spread(case)
        or history_of_metastasis(case) is not None
        or any(scan.shows_lesion for scan in all_scans(case))
    )
