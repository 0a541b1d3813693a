"""Section I: transplant and allergy."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window
from rules.chart import Allergy, Entry, Kind, Query
from rules.codes import Match, ValueSet
from rules.conditions import (
    CONDITION_QUERIES,
    CONDITION_READS,
    Found,
    absence,
    find_conditions,
    find_procedures,
    not_sent,
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
    not_met,
    unknown,
)
from rules.select import not_complete
from rules.shown import shown
from rules.sources import LBL19, LBL24


@dataclass(frozen=True, slots=True)
class NoAllograft:
    """No solid organ graft ever, among Conditions and Procedures of any age and status."""

    organ: tuple[ValueSet, ...] = (
        codes.ORGAN_TRANSPLANT,
        codes.SOLID_ORGAN_TRANSPLANT,
        codes.TRANSPLANT_FAILURE,
    )
    to_ask: tuple[ValueSet, ...] = (codes.TISSUE_TRANSPLANT, codes.TRANSPLANT_UNSPECIFIC)
    threshold: str = "none, ever"

    @property
    def reads(self) -> Reads:
        """Conditions and Procedures."""
        return CONDITION_READS | asks(Query.PROCEDURES)

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over Condition, Procedures besides."""
        organ = find_conditions(case, self.organ, for_life=True) + find_procedures(case, self.organ)
        tissue = find_conditions(case, self.to_ask, for_life=True) + find_procedures(
            case, self.to_ask
        )
        asked = tuple((Why.UNCLASSIFIED, evidence) for evidence in tissue.evidence)
        return absence(
            case,
            organ + Found(doubtful=asked + tissue.doubtful),
            needed=CONDITION_QUERIES,
            kinds=(Kind.CONDITION,),
            others=(Query.PROCEDURES,),
        )


ORGAN_ALLOGRAFT_ABSENT = Criterion(
    id="organ-allograft-absent",
    group="immune",
    question="No organ allograft?",
    short="organ allograft",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("section 4"), LBL19),
    check=NoAllograft(),
    if_not_met="Contraindicated by the US label.",
)

# fhir-notes.md, Allergy: this code says "not asked"; it never decides and proves no absence.
_ALLERGIES_NOT_ASKED = codes.coding(codes.SNOMED, "1631000175102")


@dataclass(frozen=True, slots=True)
class NoSevereAllergy:
    """No severe allergy to aldesleukin; an empty allergy list is unknown, never none."""

    threshold: str = "none severe"

    @property
    def reads(self) -> Reads:
        """Allergies."""
        return asks(Query.ALLERGIES)

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Judge by criticality and the severity of reactions."""
        severe: list[Evidence] = []
        mild: list[Evidence] = []
        doubtful: list[tuple[Why, Evidence]] = []
        entries = [
            a
            for a in case.chart.of_kind(Allergy, Kind.ALLERGY)
            if _ALLERGIES_NOT_ASKED.token not in [c.token for c in a.codings]
        ]
        for allergy in entries:
            match, evidence = _to_aldesleukin(allergy)
            if match is None:
                continue
            if match is not Match.DECIDES or not allergy.is_confirmed:
                doubtful.append((Why.UNCLASSIFIED, evidence))
            elif allergy.is_high or "severe" in allergy.severities:
                severe.append(evidence)
            elif allergy.severities and set(allergy.severities) <= {"mild", "moderate"}:
                mild.append(evidence)
            else:
                doubtful.append((Why.UNCLASSIFIED, evidence))
        doubtful += _skipped(case)
        if severe:
            return not_met(severe[0], *severe[1:])
        if doubtful:
            return in_doubt(doubtful)
        if missing := not_complete(case, [Query.ALLERGIES]):
            return not_sent(missing)
        if not entries:
            remark = "An empty allergy list: never asked and none look alike."
            return unknown(Why.ABSENT, remark=remark)
        if mild:
            return met(*mild, searched=len(entries), remark="reaction recorded as not severe")
        return met(searched=len(entries))


def _to_aldesleukin(entry: Entry) -> tuple[Match | None, Evidence]:
    verdict = codes.judge(entry.listed, codes.ALLERGY_ALDESLEUKIN, codes.DRUG_ALDESLEUKIN)
    evidence = shown(entry, verdict.code)
    if verdict.is_candidate:
        return verdict.match, evidence
    if codes.ALLERGY_ALDESLEUKIN.name in entry.named:
        return Match.ASKS, evidence
    return None, evidence


def _skipped(case: Case) -> list[tuple[Why, Evidence]]:
    doubtful: list[tuple[Why, Evidence]] = []
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.ALLERGY:
            match, evidence = _to_aldesleukin(skipped)
            if not skipped.has_code:
                doubtful.append((Why.UNREADABLE, evidence))
            elif match is not None:
                doubtful.append((Why.UNCLASSIFIED, evidence))
    return doubtful


HYPERSENSITIVITY_ABSENT = Criterion(
    id="hypersensitivity-absent",
    group="immune",
    question="No severe hypersensitivity to aldesleukin or an ingredient?",
    short="allergy to aldesleukin",
    headline="severe allergy to aldesleukin{date}",
    weight=Weight.CONTRAINDICATION,
    basis=(Basis.LABEL_CI,),
    sources=(LBL24.at("section 4"),),
    check=NoSevereAllergy(),
    if_not_met="Contraindicated by the US label.",
)

CRITERIA = (ORGAN_ALLOGRAFT_ABSENT, HYPERSENSITIVITY_ABSENT)
