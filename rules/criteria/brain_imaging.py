"""Section C, first part: the brain scan, and whether it is negative."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules import work_ups
from rules.case import Case, Window
from rules.chart import (
    Query,
)
from rules.conditions import (
    CONDITION_QUERIES,
    not_sent,
)
from rules.lesions import (
    LESION_READS,
    State,
    lesions,
)
from rules.model import (
    Basis,
    Criterion,
    Evidence,
    Finding,
    Reads,
    Weight,
    Why,
    met,
    not_met,
    unknown,
)
from rules.scans import (
    IMAGING_READS,
    SCAN_WINDOW,
    Scan,
    newest_scans,
)
from rules.select import (
    Unknown,
    not_complete,
)
from rules.sources import (
    LBL19,
    LBL24,
    UK20,
)
from rules.tumour import (
    SIZE_READS,
    brain_sizes,
)


@dataclass(frozen=True, slots=True)
class BrainImaged:
    """A finished report on a brain MRI or head CT inside the window; never not-met."""

    window: Window = SCAN_WINDOW
    threshold: str = "a report exists"

    @property
    def reads(self) -> Reads:
        """Imaging reports."""
        return IMAGING_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old the report may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest report."""
        scans = newest_scans(case, self.window)
        if isinstance(scans, Unknown):
            if scans.why is Why.STALE and scans.evidence:
                last = scans.evidence[0]
                day = (last.date or "")[:10]
                repeat = f"last {last.label} {day}: repeat before deciding"
                return unknown(Why.STALE, *scans.evidence, remark=repeat)
            if scans.why is Why.ABSENT:
                return unknown(Why.ABSENT, remark="no report shared: not proof of no imaging")
            return scans.finding()
        full = [s for s in scans if s.is_full_mri]
        remark = None if full else "CT, or an MRI limited or without contrast"
        return met(*(s.evidence for s in (full or scans)), remark=remark)


BRAIN_IMAGING_CURRENT = Criterion(
    id="brain-imaging-current",
    group="cns",
    question="Has the brain been imaged recently?",
    short="brain imaging",
    weight=Weight.REQUIREMENT,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL24.at("section 2.1 (CNS evaluation)"), LBL19),
    check=BrainImaged(),
    doubts=("The interval is ours; the label asks for a CNS evaluation.",),
    work_up=work_ups.BRAIN_MRI,
)


@dataclass(frozen=True, slots=True)
class ScanNegative:
    """The newest brain scan, coded: no lesion visible."""

    window: Window = SCAN_WINDOW
    threshold: str = "no lesion visible"

    @property
    def reads(self) -> Reads:
        """What LESIONS needs, sizes."""
        return LESION_READS | SIZE_READS

    @property
    def windows(self) -> Sequence[Window]:
        """How old the scan may be."""
        return (self.window,)

    def __call__(self, case: Case, /) -> Finding:
        """Judge the newest scan and the sizes measured on it."""
        scans = newest_scans(case, self.window)
        if isinstance(scans, Unknown):
            return scans.finding()
        lesion = [s.evidence for s in scans if s.shows_lesion] + self._visible(case, scans)
        negative = [s.evidence for s in scans if s.is_negative]
        opposed = [s.evidence for s in scans if s.contradicts_itself]
        if opposed:
            return unknown(Why.CONFLICTING, *opposed)
        if lesion and negative:
            return unknown(Why.CONFLICTING, *lesion, *negative)
        if lesion:
            return not_met(lesion[0], *lesion[1:])
        missing = not_complete(case, [*CONDITION_QUERIES, Query.FUNCTION])
        if len(negative) == len(scans) and missing:
            # a lesion or its size may stand in what did not come
            return not_sent(missing, *negative)
        if len(negative) == len(scans):
            full = any(s.is_full_mri for s in scans)
            remark = None if full else "CT, or an MRI limited or without contrast"
            return met(*negative, remark=remark)
        unread = [s.evidence for s in scans if s.is_unread]
        return unknown(Why.IN_REPORT, *unread, remark="read the report")

    def _visible(self, case: Case, scans: tuple[Scan, ...]) -> list[Evidence]:
        """Current sizes above zero, measured on the newest scan or after it."""
        if case.once(lesions).state is not State.PRESENT:
            return []
        day = max(case.days(s.when)[0] for s in scans)
        return [
            s.evidence
            for s in case.once(brain_sizes).readable
            if case.is_within(s.when, self.window)
            and case.days(s.when)[1] >= day
            and s.values.low is not None
            and s.values.low > 0
        ]


BRAIN_NEGATIVE_SCAN = Criterion(
    id="brain-negative-scan",
    group="cns",
    question="Is the brain scan negative?",
    short="negative brain scan",
    headline="visible brain lesion{date}",
    weight=Weight.CAUTION,
    basis=(Basis.LABEL_REQ,),
    sources=(LBL19, UK20.at("4.3")),
    check=ScanNegative(),
    if_not_met="The earlier label text asked for a negative scan.",
    doubts=("Older label text; whether the newer text repeats it is UNVERIFIED.",),
    work_up=work_ups.BRAIN_MRI,
)


IMAGING = (BRAIN_IMAGING_CURRENT,)
SCAN = (BRAIN_NEGATIVE_SCAN,)
