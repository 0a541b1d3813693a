"""Section M: setting and order."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.case import Case, Window
from rules.chart import Encounter, Kind, Query
from rules.checks import AskClinician
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    asks,
    confirm,
    not_met,
    unknown,
)
from rules.orders import further_order, named_orders, several_orders, without_order
from rules.shown import shown
from rules.sources import CHU13, LBL19, LBL24, SD13, SEED

# FHIR R4, MedicationRequest.category: where the medicine is to be given.
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
INPATIENT = "inpatient"
_OUTSIDE = ("outpatient", "community")
_SETTING = "inpatient, intensive care at hand, team experienced with IL-2"


def is_outside(system: str | None, code: str | None) -> bool:
    """Whether a category says that the medicine is given outside a hospital."""
    return system == CATEGORY and code in _OUTSIDE


@dataclass(frozen=True, slots=True)
class InpatientOrder:
    """An order for outpatients is not met; every other one a person confirms, never met."""

    threshold: str = "inpatient, with intensive care and an experienced team"

    @property
    def reads(self) -> Reads:
        """Orders; stays are shown and never decide."""
        return asks(Query.MEDICINES) | asks(Query.STAYS)

    @property
    def windows(self) -> Sequence[Window]:
        """The order."""
        return ()

    def __call__(self, case: Case, /) -> Finding:
        """Judge the category of the order."""
        if (settled := without_order(case)) is not None:
            return settled
        orders = named_orders(case)
        several = several_orders(case)
        evidence = [one.evidence for _, one in orders]
        outside = [
            (name, one.evidence)
            for name, one in orders
            if any(is_outside(c.system, c.code) for c in one.drug.categories)
        ]
        if outside:
            first, *more = (one for _, one in outside)
            which = f": {', '.join(name for name, _ in outside)}" if several else ""
            return not_met(first, *more, remark=f"ordered for outpatients{which}")
        if (further := further_order(case)) is not None:
            return unknown(further.why, *evidence, *further.evidence, remark=further.remark)
        setting = f"{_SETTING}; {several}" if several else _SETTING
        return confirm(setting, *evidence, *_stay(case))


def _stay(case: Case) -> tuple[Evidence, ...]:
    """The newest visit or stay: shown, never decides."""
    stays = [e for e in case.chart.of_kind(Encounter, Kind.ENCOUNTER) if case.usable(e)]
    dated = [(case.days(e.when)[1], e) for e in stays if e.when is not None]
    if not dated:
        return ()
    _, last = max(dated, key=lambda one: one[0])
    name = last.encounter_class.display or last.encounter_class.code if last.encounter_class else ""
    return (shown(last, label=f"visit or stay {name}".strip()),)


INPATIENT_ICU_SETTING = Criterion(
    id="inpatient-icu-setting",
    group="setting-and-order",
    question="Inpatient, intensive care and experienced team at hand?",
    short="inpatient setting",
    headline="ordered for outpatients; the label asks for a hospital with intensive care",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("boxed warning"), LBL24.at("section 2.2"), LBL19.at("boxed warning"), SEED),
    check=InpatientOrder(),
    if_not_met="The label asks for a hospital with intensive care and experienced staff.",
    is_order_row=True,
)

CYCLES_EXPECTATION = Criterion(
    id="cycles-expectation",
    group="setting-and-order",
    question="Is the plan of several six-day admissions understood?",
    short="plan of several admissions",
    weight=Weight.INFORMATION,
    basis=(Basis.CAUTION,),
    sources=(SD13, LBL24.at("section 2.2"), CHU13.at("abstract")),
    check=AskClinician(
        threshold="label: 2 cycles of 5 days a course; seed: up to 4 admissions of about 6 days",
        remark="several admissions of about six days understood",
    ),
)

# The rows on dose and weight stand between them in the rule book.
SETTING = (INPATIENT_ICU_SETTING,)
PLAN = (CYCLES_EXPECTATION,)
