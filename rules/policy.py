"""
What a site may set, as plain values; `Policy()` is the rule book as it is published.

What each of them does, and what is refused, stands in `rules.adjust`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from rules.local_codes import LocalCode
from rules.model import Weight

# The label against the study (criteria.md, "The conflict"): what `brain_stance` is about.
CONFLICT_ROWS = ("brain-mets-treated", "brain-negative-scan")

# What can be switched off whole: the services that discovery lists.
SERVICE_IDS = ("il2-patient-view", "il2-order-select", "il2-order-sign")


class BrainStance(Enum):
    """Whether visible or untreated brain lesions are shown with both sides, or as the label's."""

    BOTH_SIDES = "both-sides"
    LABEL = "label"  # both rows become requirements


class ShowCard(Enum):
    """When a view of a patient has a card (criteria.md, "Quiet by design")."""

    ADVANCED = "advanced"  # advanced melanoma, or an order
    AFTER_CHECKPOINT = "after-checkpoint"  # and PD-1/PD-L1 therapy recorded, or an order
    ORDERED = "ordered"  # and an aldesleukin order


class Repeat(Enum):
    """What a user sees on opening a chart again whose advice has not changed."""

    SAME = "same"  # the same card
    FOLD = "fold"  # the card with one line in place of its detail


class SuggestionStyle(Enum):
    """How drafted tests are offered: some EHRs take one action a suggestion."""

    GROUPED = "grouped"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Orderable:
    """A site's own code for a test."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """Why a clinician may override a card, as the EHR offers it."""

    system: str
    code: str
    display: str


# Six at most are read (card.md, "What surrounds it"); in the order in which they are used.
MOST_OVERRIDE_REASONS = 6


@dataclass(frozen=True, slots=True)
class RowPolicy:
    """What a site sets of one row; the key "" stands for the only window, or the only limit."""

    windows: Mapping[str, int] = field(default_factory=dict)  # name → days
    limits: Mapping[str, str] = field(default_factory=dict)  # name → "1.4 mg/dL"
    weight: Weight | None = None
    off: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """
    All that a site sets.

    `orderables` None: the codes of the rule book are drafted. `override_reasons` None: ours.
    """

    timezone: str | None = None
    brain_stance: BrainStance = BrainStance.BOTH_SIDES
    show: ShowCard = ShowCard.ADVANCED
    repeat: Repeat = Repeat.SAME
    suggestion_style: SuggestionStyle = SuggestionStyle.GROUPED
    services_off: Mapping[str, bool] = field(default_factory=dict)  # by id
    windows: Mapping[str, int] = field(default_factory=dict)  # those that several rows share
    rows: Mapping[str, RowPolicy] = field(default_factory=dict)
    local_codes: tuple[LocalCode, ...] = ()
    orderables: Mapping[str, Orderable] | None = None
    override_reasons: tuple[OverrideReason, ...] | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something in a policy that cannot be: where it stands, why not, and what to do."""

    place: str
    text: str

    def __str__(self) -> str:
        """A line."""
        return f"{self.place}: {self.text}"
