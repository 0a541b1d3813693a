"""
The fixed sentences of a card, each with its citation.

Source: `criteria.md`, "What every card says" and "The conflict"; `evidence.md`, section 1. None
may be made stronger: never "safe", never "prolongs survival", never a ranking above others.
"""

from dataclasses import dataclass

from rules.sources import (
    ASCO23,
    CHU13,
    GUI02,
    LBL19,
    LBL24,
    MBM22,
    SD13,
    SEED,
    Citation,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a card and the sources it rests on."""

    text: str
    sources: tuple[Citation, ...]


NOT_PREFERRED = Statement(
    "IL-2 is not preferred over checkpoint-inhibitor therapy.", (ASCO23.at("abstract"),)
)
HOSPITAL_ONLY = Statement(
    "In hospital only, with intensive care and experienced staff at hand, in cycles of about six "
    "days.",
    (LBL24.at("boxed warning"), LBL24.at("section 2.2"), SD13),
)
PRESENCE_ALONE = Statement(
    "Brain metastases alone do not exclude.", (SEED, CHU13.at("abstract (authors' opinion)"))
)
SMALL_EVIDENCE = Statement(
    "Evidence in brain metastases is small. One retrospective series of 8 patients (1999-2011): "
    "median survival from first dose 8.7 months for all, 6.7 months for the 7 with brain "
    "metastases at first dose; all 7 progressed; no treatment-related deaths; no control group. "
    "It does not show that IL-2 prolongs survival.",
    (CHU13.at("abstract, table 1"),),
)
GUIDELINES_FIRST = Statement(
    "Guidelines consistently put combination immunotherapy or targeted therapy first, with or "
    "without radiosurgery.",
    (MBM22.at("abstract"),),
)
# The conflict between label and study; the first sentence of it is made from the chart.
CONFLICT_LABEL = Statement(
    "CNS impairment is a contraindication; the earlier text asked for treated disease and a "
    "negative scan.",
    (LBL24.at("section 4"), LBL19),
)
CONFLICT_SERIES = Statement(
    "Stable lesions were accepted; all 7 with brain disease at first dose progressed; median "
    "survival 6.7 months.",
    (CHU13.at("abstract, table 1"),),
)
CONFLICT_NCI = Statement(
    "Response 18.5 % of 27 with treated, 5.6 % of 36 with untreated brain metastases; not "
    "randomised.",
    (GUI02.at("abstract"),),
)
CONFLICT_DECISION = Statement(
    "Team decision, outside the earlier label's wording.", (LBL19, LBL24.at("section 4"))
)
REVIEW = Statement("Limits marked (proposed) await review by your clinicians.", ())
EVERY_CARD = (NOT_PREFERRED, HOSPITAL_ONLY)
IF_LESIONS = (PRESENCE_ALONE, SMALL_EVIDENCE, GUIDELINES_FIRST)
CONFLICT = (CONFLICT_LABEL, CONFLICT_SERIES, CONFLICT_NCI, CONFLICT_DECISION)
