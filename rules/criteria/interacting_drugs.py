"""Section L: interacting drugs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules import codes, units
from rules.aspirin import is_aspirin, mg_a_day
from rules.case import Case, Window, proposed
from rules.chart import Query
from rules.codes import ValueSet
from rules.conditions import CONDITION_READS, absence, find_conditions
from rules.criteria.contrast import IODINATED_CONTRAST
from rules.drugs import (
    BY_NAME,
    REQUEST_WINDOW,
    REQUESTED_OR_STATED,
    Drugs,
    Recognised,
    counts_now,
    find_any,
)
from rules.drugs import READS as DRUG_READS
from rules.limits import Bound, Limit
from rules.model import Basis, Criterion, Finding, Outcome, Reads, Weight, met
from rules.select import not_complete
from rules.sources import LBL19, MEDN, MOD, NCT00002846, RXR, UK20

_AN_INTERACTION = "Named among the interactions of IL-2 (secondary source)."
_CLASS_IS_PROPOSED = (
    "Which drugs belong to the class is our proposal beyond those the sources name."
)


@dataclass(frozen=True, slots=True)
class NoDrug:
    """
    No medicine of the classes ordered or stated as taken now, or given in the window.

    `window` None: only what is active today counts.
    """

    classes: tuple[ValueSet, ...]
    window: Window | None = None
    orders: Window = REQUEST_WINDOW
    remark_if_found: str | None = None

    @property
    def reads(self) -> Reads:
        """All medicines."""
        return DRUG_READS

    @property
    def threshold(self) -> str:
        """The classes stand in the question."""
        return "none active, or given in the window" if self.window else "none active"

    @property
    def windows(self) -> Sequence[Window]:
        """How far back a dose given and an active order count."""
        return (self.window, self.orders) if self.window else (self.orders,)

    def __call__(self, case: Case, /) -> Finding:
        """An absence row over MedicationRequest or MedicationStatement."""
        return self.answer(case, self.find(case))

    def find(self, case: Case) -> Drugs:
        """The medicines of the classes that count."""
        return find_any(case, self.classes, lambda c, d: counts_now(c, d, self.window, self.orders))

    def answer(self, case: Case, drugs: Drugs, remark: str | None = None) -> Finding:
        """None recognised, or those that were."""
        by_name = bool(drugs.sure) and all(one.is_by_name for one in drugs.sure)
        remarks = [self.remark_if_found, remark, BY_NAME if by_name else None]
        return absence(
            case,
            drugs.found,
            needed=(Query.MEDICINES,),
            kinds=REQUESTED_OR_STATED,
            others=(Query.GIVEN,),
            remark_if_found="; ".join(one for one in remarks if one) or None,
        )


@dataclass(frozen=True, slots=True)
class NoSystemicSteroid(NoDrug):
    """No systemic steroid; hydrocortisone as replacement is accepted."""

    classes: tuple[ValueSet, ...] = (codes.DRUG_CORTICOSTEROID,)
    window: Window | None = proposed(14, "dose given")

    @property
    def threshold(self) -> str:
        """What is accepted stands with it."""
        return "none active, or given in the window; hydrocortisone as replacement accepted"

    @property
    def reads(self) -> Reads:
        """All medicines; Conditions that explain hydrocortisone."""
        return DRUG_READS | CONDITION_READS

    def __call__(self, case: Case, /) -> Finding:
        """As for every class, but for hydrocortisone where a Condition explains it."""
        drugs = self.find(case)
        others = drugs.without("hydrocortisone", self.classes)
        replaced = find_conditions(case, (codes.ADRENAL_INSUFFICIENCY, codes.HYPOPITUITARISM))
        if others != drugs and replaced.sure:
            missing = not_complete(case, (Query.MEDICINES, Query.GIVEN))
            if not (others.sure or others.maybe or others.unread or missing):
                evidence = (*drugs.found.evidence, *(r.evidence for _, r in drugs.maybe))
                remark = "hydrocortisone as replacement"
                return met(*evidence, *replaced.evidence, remark=remark)
            drugs = others
        return self.answer(case, drugs)


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
    doubts=(_CLASS_IS_PROPOSED,),
)

IMMUNOSUPPRESSANT = Criterion(
    id="immunosuppressant",
    group="interacting-drugs",
    question="No other immunosuppressant?",
    short="immunosuppressant",
    weight=Weight.CAUTION,
    basis=(Basis.STUDY,),
    sources=(MOD.at("eligibility"),),
    check=NoDrug((codes.DRUG_IMMUNOSUPPRESSANT,), remark_if_found="also look for a transplant"),
    if_not_met="A trial of moderate doses excluded immunosuppressants.",
    doubts=(_CLASS_IS_PROPOSED,),
)

ANTIHYPERTENSIVE = Criterion(
    id="antihypertensive",
    group="interacting-drugs",
    question="No beta-blocker or antihypertensive?",
    short="blood pressure medicine",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(MEDN.at("interactions"), RXR.at("interactions")),
    check=NoDrug(
        (codes.DRUG_BETA_BLOCKER, codes.DRUG_ANTIHYPERTENSIVE),
        remark_if_found="review: deepens hypotension",
    ),
    if_not_met="Named among the interactions of IL-2 (secondary sources).",
    doubts=(_CLASS_IS_PROPOSED,),
)


@dataclass(frozen=True, slots=True)
class NoNephrotoxicDrug(NoDrug):
    """No nephrotoxic drug or NSAID; aspirin up to a daily dose (P) is accepted."""

    classes: tuple[ValueSet, ...] = (codes.DRUG_NEPHROTOXIC, codes.DRUG_NSAID)
    window: Window | None = proposed(7, "dose given")
    aspirin: Limit = Limit(units.ASPIRIN_OF_A_DAY, "100", "mg", Bound.AT_MOST)

    @property
    def threshold(self) -> str:
        """What is accepted stands with it."""
        accepted = f"aspirin up to {self.aspirin.text} a day accepted"
        return f"none active, or given in the window; {accepted}"

    def __call__(self, case: Case, /) -> Finding:
        """The dose of aspirin decides; where it is not certain, aspirin asks as its codes do."""
        drugs = self.find(case)
        aspirin = [r.drug for _, r in drugs.maybe if is_aspirin(r.drug, self.classes)]
        most = self.aspirin.value
        is_low = {id(one): mg_a_day(case, one, aspirin).is_at_most(most) for one in aspirin}
        low = [r for _, r in drugs.maybe if is_low.get(id(r.drug)) is True]
        high = [r for _, r in drugs.maybe if is_low.get(id(r.drug)) is False and self._now(case, r)]
        settled = {id(r.drug) for r in (*low, *high)}
        rest = tuple(one for one in drugs.maybe if id(one[1].drug) not in settled)
        drugs = replace(drugs, sure=(*drugs.sure, *high), maybe=rest)
        finding = self.answer(case, drugs, _remark(drugs))
        if finding.outcome is Outcome.MET and low:
            remark = f"aspirin, at most {self.aspirin.text} a day"
            return replace(finding, evidence=tuple(one.evidence for one in low), remark=remark)
        if finding.outcome is Outcome.UNKNOWN and any(id(r.drug) in is_low for _, r in rest):
            return replace(finding, remark="aspirin: the dose of a day is not certain")
        return finding

    def _now(self, case: Case, one: Recognised) -> bool:
        return counts_now(case, one.drug, self.window, self.orders) is True


_COVER = "indomethacin is itself used as cover during IL-2 (Dutcher 2014)"
_INDOMETHACIN = ("indomethacin", "indometacin")


def _remark(drugs: Drugs) -> str | None:
    named = any(name in one.ingredient for one in drugs.sure for name in _INDOMETHACIN)
    return _COVER if named else None


NEPHROTOXIC_DRUG = Criterion(
    id="nephrotoxic-drug",
    group="interacting-drugs",
    question="No nephrotoxic drug?",
    short="nephrotoxic medicine",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(MEDN.at("interactions"),),
    check=NoNephrotoxicDrug(),
    if_not_met=_AN_INTERACTION,
    is_threshold_proposed=True,
    doubts=(
        _CLASS_IS_PROPOSED,
        "Aspirin up to 100 mg a day is accepted by our proposal, where dose and rhythm are told.",
        "Indomethacin is itself used as cover during IL-2 (DUT14, table 2).",
    ),
)

CARDIOTOXIC_HEPATOTOXIC_DRUG = Criterion(
    id="cardiotoxic-hepatotoxic-drug",
    group="interacting-drugs",
    question="No cardiotoxic or hepatotoxic drug?",
    short="medicine toxic to heart or liver",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(MEDN.at("interactions"),),
    check=NoDrug((codes.DRUG_CARDIOTOXIC, codes.DRUG_HEPATOTOXIC)),
    if_not_met=_AN_INTERACTION,
    doubts=(_CLASS_IS_PROPOSED,),
)

PSYCHOTROPIC_DRUG = Criterion(
    id="psychotropic-drug",
    group="interacting-drugs",
    question="No psychotropic, opioid or sedative?",
    short="psychotropic, opioid or sedative",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(MEDN.at("interactions"), RXR.at("interactions")),
    check=NoDrug((codes.DRUG_SEDATIVE, codes.DRUG_OPIOID, codes.DRUG_ANTIEMETIC)),
    if_not_met="Neurotoxicity of IL-2 is harder to judge (secondary sources on interactions).",
    doubts=(_CLASS_IS_PROPOSED,),
)

INTERFERON_CHEMOTHERAPY = Criterion(
    id="interferon-chemotherapy",
    group="interacting-drugs",
    question="No interferon alfa, dacarbazine, cisplatin, tamoxifen with IL-2?",
    short="interferon alfa or chemotherapy",
    weight=Weight.CAUTION,
    basis=(Basis.CAUTION,),
    sources=(RXR.at("interactions"), MOD.at("eligibility")),
    check=NoDrug(
        (codes.DRUG_INTERFERON, codes.DRUG_CHEMOTHERAPY_WITH_IL2),
        window=Window(14, is_proposed=False, what="dose given (one trial)"),
    ),
    if_not_met="With IL-2: hypersensitivity, rhabdomyolysis, myocardial injury (secondary source).",
    doubts=(_CLASS_IS_PROPOSED,),
)

CRITERIA = (
    SYSTEMIC_CORTICOSTEROID,
    IMMUNOSUPPRESSANT,
    ANTIHYPERTENSIVE,
    NEPHROTOXIC_DRUG,
    CARDIOTOXIC_HEPATOTOXIC_DRUG,
    PSYCHOTROPIC_DRUG,
    IODINATED_CONTRAST,
    INTERFERON_CHEMOTHERAPY,
)
