"""Section L: interacting drugs."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import codes
from rules.chart import Query
from rules.conditions import CONDITION_READS, absence, find_conditions
from rules.drugs import BY_NAME, REQUEST_WINDOW, REQUESTED_OR_STATED, counts_now, find_drugs
from rules.drugs import READS as DRUG_READS
from rules.model import (
    Basis,
    Case,
    Criterion,
    Finding,
    Reads,
    Weight,
    Window,
    met,
    proposed,
)
from rules.select import not_complete
from rules.sources import LBL19, NCT00002846, RXR, UK20


@dataclass(frozen=True, slots=True)
class NoSystemicSteroid:
    """No systemic steroid ordered, stated or given; hydrocortisone as replacement is accepted."""

    window: Window = proposed(14, "dose given")
    orders: Window = REQUEST_WINDOW
    threshold: str = "none active, or given in the window"

    @property
    def reads(self) -> Reads:
        """All medicines; Conditions that explain hydrocortisone."""
        return DRUG_READS | CONDITION_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How far back a dose given and an active order count."""
        return (self.window, self.orders)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over MedicationRequest or MedicationStatement."""
        drugs = find_drugs(
            case, codes.DRUG_CORTICOSTEROID, lambda c, d: counts_now(c, d, self.window)
        )
        others = drugs.without("hydrocortisone")
        replaced = find_conditions(case, (codes.ADRENAL_INSUFFICIENCY, codes.HYPOPITUITARISM))
        if others != drugs and replaced.sure:
            missing = not_complete(case, (Query.MEDICINES, Query.GIVEN))
            if not (others.sure or others.maybe or others.unread or missing):
                evidence = (*drugs.found.evidence, *(r.evidence for _, r in drugs.maybe))
                remark = "hydrocortisone as replacement"
                return met(*evidence, *replaced.evidence, remark=remark)
            drugs = others
        by_name = bool(drugs.sure) and all(d.is_by_name for d in drugs.sure)
        return absence(
            case,
            drugs.found,
            needed=(Query.MEDICINES,),
            kinds=REQUESTED_OR_STATED,
            others=(Query.GIVEN,),
            remark_if_found=BY_NAME if by_name else None,
        )


SYSTEMIC_CORTICOSTEROID = Criterion(
    id="systemic-corticosteroid",
    group="interacting-drugs",
    question="No systemic steroid?",
    short="systemic steroid",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION, Basis.STUDY),
    sources=(LBL19.at("overdosage"), UK20, NCT00002846.at("eligibility"), RXR),
    check=NoSystemicSteroid(),
    if_not_met="Steroids may blunt the effect; the UK text advises exclusion.",
    doubts=("Which drugs belong to the class is our proposal beyond those the sources name.",),
)

CRITERIA = (SYSTEMIC_CORTICOSTEROID,)
