"""Section C, fourth part: whether the brain lesions were treated."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window
from rules.chart import (
    Entry,
    Kind,
    Procedure,
    Query,
    Status,
    When,
)
from rules.codes import Match, Verdict
from rules.conditions import (
    CONDITION_QUERIES,
    Found,
    counted,
    find_skipped,
    not_sent,
    not_shared_text,
)
from rules.lesions import (
    LESION_READS,
    Lesions,
    if_lesions,
    lesions,
    onsets_after,
)
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    asks,
    in_doubt,
    met,
    none_found,
    not_met,
    unknown,
)
from rules.select import not_complete
from rules.shown import shown
from rules.sources import (
    GUI02,
    LBL19,
    PRO16,
)
from rules.tumour import (
    SIZE_READS,
    Sizes,
    brain_sizes,
)


@dataclass(frozen=True, slots=True)
class LesionsTreated:
    """A completed local therapy of the brain on or after the first metastasis, none newer."""

    threshold: str = "completed local therapy"

    @property
    def reads(self) -> Reads:
        """Procedures, what LESIONS needs, sizes."""
        return LESION_READS | SIZE_READS | asks(Query.PROCEDURES)

    @property
    def windows(self) -> Sequence[Window]:
        """On or after the date of the first brain metastasis."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Find the last treatment, then look for a lesion newer than that."""
        state: Lesions = case.once(lesions)
        found = treatments(case)
        done: list[tuple[When, Evidence]] = []
        before: list[Evidence] = []
        doubtful = list(found.doubtful)
        first = None if state.first is None else case.days(state.first)
        for entry, evidence in found.sure:
            when = case.usable(entry)
            if when is None or first is None:
                doubtful.append((Why.UNREADABLE, evidence))
            elif case.days(when)[0] >= first[1] or case.days(when) == first:
                done.append((when, evidence))
            elif case.days(when)[1] >= first[0]:
                doubtful.append((Why.UNREADABLE, evidence))
            else:
                before.append(evidence)
        if done:
            last = max(done, key=lambda one: case.days(one[0])[1])
            newer, perhaps_newer = self._newer(case, state, last[0])
            if newer:
                return not_met(last[1], *newer, remark="A lesion newer than the last treatment.")
            if perhaps_newer:
                remark = "It may be newer than the last treatment."
                return unknown(Why.UNREADABLE, last[1], *perhaps_newer, remark=remark)
            if missing := not_complete(case, [*CONDITION_QUERIES, Query.FUNCTION]):
                # a newer lesion may stand in what did not come
                return unknown(Why.NOT_SHARED, last[1], remark=not_shared_text(missing))
            return met(*(e for _, e in done))
        if doubtful:
            return in_doubt(doubtful)
        if missing := not_complete(case, [Query.PROCEDURES]):
            return not_sent(missing)
        searched = case.chart.count([Kind.PROCEDURE])
        if searched == 0:
            return unknown(Why.ABSENT, remark="No Procedure was shared: can mean never asked.")
        if before:
            remark = "Treated only before the first brain metastasis on record."
            return not_met(before[0], *before[1:], remark=remark)
        return none_found(searched, f"No brain treatment in {counted(searched, 'procedure')}.")

    def _newer(
        self, case: Case, state: Lesions, last: When
    ) -> tuple[list[Evidence], list[Evidence]]:
        later, perhaps = onsets_after(case, state.conditions, case.days(last)[1])
        sizes: Sizes = case.once(brain_sizes)
        before = {s.lesion for s in sizes.readable if case.days(s.when)[0] <= case.days(last)[1]}
        if before:
            later += [
                s.evidence
                for s in sizes.readable
                if s.lesion not in before and case.days(s.when)[0] > case.days(last)[1]
            ]
        return later, perhaps


def treatments(case: Case) -> Found:
    """Completed local therapies of the brain; without a site, or planned: doubtful or passed by."""
    sure: list[tuple[Entry, Evidence]] = []
    doubtful: list[tuple[Why, Evidence]] = []
    sets = (*_LOCAL_THERAPY, codes.OTHER_BRAIN_RADIOTHERAPY)
    for procedure in case.chart.listed_in(Procedure, Kind.PROCEDURE, *sets):
        verdict = _treatment(procedure)
        if not verdict.is_candidate or procedure.is_planned:
            continue
        if procedure.status is Status.NOT_FINAL:
            continue  # begun or stopped is not completed
        evidence = shown(procedure, verdict.code)
        if verdict.match is Match.CONFLICTING:
            doubtful.append((Why.CONFLICTING, evidence))
        elif verdict.match is Match.ASKS or procedure.status is Status.UNUSABLE:
            doubtful.append((Why.UNCLASSIFIED, evidence))
        else:
            sure.append((procedure, evidence))
    return Found(tuple(sure), tuple(doubtful)) + find_skipped(case, Kind.PROCEDURE, sets)


_LOCAL_THERAPY = (
    codes.RADIOSURGERY,
    codes.METASTASECTOMY,
    codes.RADIOTHERAPY_COURSE,
    codes.WHOLE_BRAIN_RADIOTHERAPY,
)


def _treatment(procedure: Procedure) -> Verdict:
    """A local therapy by code; one without a site in its code decides by the body site."""
    site = codes.judge(
        [codes.listed(c) for c in procedure.body_sites], codes.RADIOTHERAPY_SITE, codes.BRAIN_SITE
    )
    surgery = codes.judge(procedure.listed, codes.RADIOSURGERY, codes.METASTASECTOMY)
    radiotherapy = codes.judge(
        procedure.listed, codes.RADIOTHERAPY_COURSE, codes.WHOLE_BRAIN_RADIOTHERAPY
    )
    if surgery.match in (Match.DECIDES, Match.CONFLICTING):
        return surgery
    asks_site = next((v for v in (surgery, radiotherapy) if v.is_candidate), None)
    if asks_site is None:
        # seeds and implants stand in no set that the row names: somebody must look
        other = codes.judge(procedure.listed, codes.OTHER_BRAIN_RADIOTHERAPY)
        return Verdict(Match.ASKS, other.code) if other.is_candidate else codes.NO_MATCH
    if site.match is Match.DECIDES:
        return Verdict(Match.DECIDES, asks_site.code)
    # no site, one that asks, or one that is not known at all: somebody must look
    elsewhere = any(codes.listed(c) for c in procedure.body_sites)
    if site.is_candidate or not elsewhere:
        return Verdict(Match.ASKS, asks_site.code)
    return codes.NO_MATCH


BRAIN_METS_TREATED = Criterion(
    id="brain-mets-treated",
    group="cns",
    question="If brain lesions: treated?",
    short="treatment of the brain lesions",
    headline="brain lesion without recorded treatment",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ, Basis.STUDY),
    sources=(LBL19, GUI02.at("abstract"), PRO16),
    only_if=if_lesions,
    check=LesionsTreated(),
    if_not_met="The earlier label text asks for treatment first; in the NCI series 5.6 % of 36 "
    "with untreated brain metastases responded, 18.5 % of 27 with treated ones.",
    doubts=("A requirement of the older label text; the newer text was not read on this.",),
    asked="treatment of the brain lesions",
)


CRITERIA = (BRAIN_METS_TREATED,)
