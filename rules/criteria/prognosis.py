"""Section A: what is shown beside the result, brain metastases by their state and LDH."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.chart import Query
from rules.conditions import CONDITION_READS
from rules.lesions import Lesions, State, lesions
from rules.model import (
    Basis,
    Case,
    Criterion,
    Finding,
    Reads,
    Weight,
    Window,
    asks,
    met,
    not_applicable,
)
from rules.sources import CHU13, SEED


@dataclass(frozen=True, slots=True)
class PresenceAlone:
    """Brain metastases are handled by their state: presence alone never gives not-met."""

    threshold: str = "presence alone is no exclusion"

    @property
    def reads(self) -> Reads:
        """What LESIONS needs."""
        return (
            CONDITION_READS
            | asks(Query.STAGE, codes.M_CATEGORY)
            | asks(Query.IMAGING, codes.BRAIN_MRI, codes.HEAD_CT)
        )

    @property
    def windows(self) -> Sequence[Window]:
        """For life."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Met if lesions are present: information only."""
        found: Lesions = case.once(lesions)
        if found.state is State.PRESENT:
            return met(*found.evidence)
        return not_applicable("No brain metastasis is known.")


BRAIN_METASTASES_NOT_EXCLUSION = Criterion(
    id="brain-metastases-not-exclusion",
    group="disease",
    question="Are brain metastases handled by their state, not their presence?",
    short="brain metastases by state",
    weight=Weight.INFORMATION,
    basis=(Basis.STUDY,),
    sources=(SEED, CHU13.at("abstract (authors' opinion, n = 8)")),
    check=PresenceAlone(),
)

CRITERIA = (BRAIN_METASTASES_NOT_EXCLUSION,)
