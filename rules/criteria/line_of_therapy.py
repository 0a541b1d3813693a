"""Section A: the line of therapy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rules import codes
from rules.case import Case, Window
from rules.chart import Coded, Entry, Observation, Query
from rules.drugs import ALL_MEDICINES, BY_NAME, counts_ever, find_drugs
from rules.drugs import READS as DRUG_READS
from rules.model import (
    Basis,
    Criterion,
    Finding,
    Reads,
    Weight,
    Why,
    asks,
    in_doubt,
    met,
    none_found,
    unknown,
)
from rules.select import Unknown, fitting, latest, not_complete, trouble_of
from rules.shown import shown
from rules.sources import AMT24, ASCO23, BCBST, CM204F

NO_CHECKPOINT = (
    "No prior checkpoint therapy found. Combination checkpoint inhibition is preferred first line."
)


@dataclass(frozen=True, slots=True)
class CheckpointGiven:
    """Any PD-1 or PD-L1 agent in life, by code or by name."""

    threshold: str = "any PD-1/PD-L1 agent, alone or combined"

    @property
    def reads(self) -> Reads:
        """All medicines."""
        return DRUG_READS

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Search the medicines."""
        drugs = find_drugs(case, codes.DRUG_PD1, counts_ever)
        if drugs.sure:
            newest = max(
                drugs.sure, key=lambda r: case.days(r.drug.when)[1] if r.drug.when else date.min
            )
            when = newest.drug.when.text[:10] if newest.drug.when else "without a date"
            by_name = f" ({BY_NAME})" if newest.is_by_name else ""
            return met(
                *drugs.found.evidence, remark=f"prior checkpoint therapy found {when}{by_name}"
            )
        if doubtful := drugs.found.doubtful:
            return in_doubt(doubtful, remark=NO_CHECKPOINT)
        if not_complete(case, [Query.MEDICINES, Query.GIVEN]):
            return unknown(Why.NOT_SHARED, remark=NO_CHECKPOINT)
        searched = case.chart.count(ALL_MEDICINES)
        if searched == 0:
            return unknown(Why.ABSENT, remark=NO_CHECKPOINT)
        return none_found(searched, NO_CHECKPOINT)


FIRST_LINE_CHECKPOINT = Criterion(
    id="first-line-checkpoint",
    group="disease",
    question="Has PD-1-based therapy been given?",
    short="checkpoint therapy",
    weight=Weight.INFORMATION,
    basis=(Basis.CONSENSUS,),
    sources=(ASCO23.at("abstract"), BCBST, CM204F.at("abstract")),
    check=CheckpointGiven(),
)


@dataclass(frozen=True, slots=True)
class BrafTested:
    """Any coded result of a BRAF test in life; words are shown and never read."""

    threshold: str = "any coded result"

    @property
    def reads(self) -> Reads:
        """BRAF tests of blood and tissue."""
        return asks(Query.FUNCTION, codes.BRAF)

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Met by any coded result; without one, what stands in the way of the newest."""
        results = [
            shown(entry, verdict.code)
            for entry, verdict in fitting(case, (codes.BRAF,))
            if trouble_of(entry, verdict) is None and _has_coded_result(case, entry)
        ]
        if results:
            return met(*results)
        newest = latest(case, Query.FUNCTION, (codes.BRAF,), None)
        if isinstance(newest, Unknown):
            return newest.finding()
        return unknown(
            Why.UNREADABLE,
            *(one.evidence for one in newest),
            remark="The result is in words or numbers, not known, or there is none.",
        )


def _has_coded_result(case: Case, entry: Entry) -> bool:
    """An answer with a code other than "unknown", on a day that is not in the future."""
    if entry.when is not None and case.is_future(entry.when):
        return False
    value = entry.value if isinstance(entry, Observation) else None
    if not isinstance(value, Coded):
        return False
    return any(not any(code.means == "unknown" for code in found) for found in value.listed)


BRAF_STATUS_KNOWN = Criterion(
    id="braf-status-known",
    group="disease",
    question="Is BRAF V600 status known?",
    short="BRAF V600 status",
    weight=Weight.INFORMATION,
    basis=(Basis.CONSENSUS,),
    sources=(ASCO23.at("abstract"), AMT24),
    check=BrafTested(),
)

CRITERIA = (FIRST_LINE_CHECKPOINT, BRAF_STATUS_KNOWN)
