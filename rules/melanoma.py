"""
What the chart says of melanoma and of metastases, and whose they are.

Source: `criteria.md`, row melanoma-advanced, and "Which entry counts", rule 10 (facts of a
tumour).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from rules import codes
from rules.case import Case
from rules.chart import Clinical, Condition, Entry, Kind
from rules.codes import Match, ValueSet, Verdict
from rules.lesions import brain_metastasis
from rules.model import Evidence, Why
from rules.shown import shown

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


def melanoma_verdict(condition: Entry) -> Verdict:
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
    found = [one for entry in conditions_of(case) if (one := _melanoma(case, entry)) is not None]
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.CONDITION and skipped.has_code:
            verdict = melanoma_verdict(skipped)
            if verdict.is_candidate or _is_named(skipped, codes.MELANOMA_CUTANEOUS):
                show = shown(skipped, verdict.code)
                found.append(Melanoma(skipped, show, Primary.POSSIBLE, Why.UNCLASSIFIED))
    return tuple(found)


def conditions_of(case: Case) -> tuple[Condition, ...]:
    """Every Condition that is about a cancer, by code or by words."""
    return case.once(_cancers)


def _cancers(case: Case) -> tuple[Condition, ...]:
    return case.chart.near(Condition, Kind.CONDITION, *_ABOUT_CANCER)


_ABOUT_CANCER = (
    *MELANOMA,
    *DISTANT,
    *UNDECIDING,
    codes.MELANOMA_HISTORY,
    codes.MELANOMA_REMISSION_HISTORY,
    codes.OTHER_PRIMARY_METASTASIS,
    codes.OTHER_ACTIVE_CANCER,
)


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
    verdict = melanoma_verdict(condition)
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


@dataclass(frozen=True, slots=True)
class OtherCancer:
    """An active cancer that is not the melanoma."""

    entry: Entry
    evidence: Evidence
    is_sure: bool


def other_cancers(case: Case) -> tuple[OtherCancer, ...]:
    """Active primary cancers other than melanoma (a Condition coded as both is the melanoma)."""
    found = []
    for condition in conditions_of(case):
        verdict = codes.judge(condition.listed, codes.OTHER_ACTIVE_CANCER)
        if not verdict.is_candidate or condition.clinical is Clinical.INACTIVE:
            continue
        if melanoma_verdict(condition).is_candidate or _is_metastasis(condition):
            continue
        sure = _doubt(case, condition, verdict) is None
        found.append(OtherCancer(condition, shown(condition, verdict.code), sure))
    return tuple(found)


def _is_metastasis(condition: Condition) -> bool:
    return (
        brain_metastasis(condition).is_candidate
        or codes.judge(condition.listed, *DISTANT, *UNDECIDING).match is Match.DECIDES
    )


_LONGEST_CHAIN = 20  # links followed from one fact; a real chart has two or three


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
    while todo and len(seen) < _LONGEST_CHAIN:
        reference = todo.pop()
        if reference in seen:
            continue
        seen.add(reference)
        entry = case.chart.resolve(reference)
        if not isinstance(entry, Condition):
            continue
        if melanoma_verdict(entry).is_candidate or _is_history(entry):
            answers.add(Owner.MELANOMA)
        elif entry.related:
            todo.extend(entry.related)
        elif not _is_metastasis(entry):
            answers.add(Owner.OTHER)
    if Owner.MELANOMA in answers:
        return Owner.MELANOMA
    return Owner.OTHER if Owner.OTHER in answers else Owner.NOT_TOLD


def _own(condition: Condition, *wanted: ValueSet) -> Verdict:
    """As `judge`, but only by codes of the sets themselves and of unspecific metastasis sets."""
    verdict = codes.judge(condition.listed, *wanted)
    names = {one.name for one in wanted} | {codes.CNS_METASTASIS_UNSPECIFIC.name}
    is_own = verdict.code is not None and verdict.code.value_set in names
    return verdict if is_own else codes.NO_MATCH


def spreads(case: Case) -> tuple[Spread, ...]:
    """Metastases that are going on, of whatever origin; `owner` tells whose."""
    found = []
    for condition in conditions_of(case):
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
