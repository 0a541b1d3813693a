"""
Brain scans: the reports that are one, the newest of them, and what they code.

Source: `criteria.md`, rows brain-imaging-current and brain-negative-scan, and LESIONS.
"""

from dataclasses import dataclass

from rules import codes
from rules.case import Case, Window, proposed
from rules.chart import Entry, Kind, Query, Report, When
from rules.codes import Match, ValueSet, Verdict
from rules.model import Evidence, Reads, Why, asks
from rules.select import Unknown, pick, trouble_of
from rules.shown import shown

SCAN_WINDOW = proposed(28, "brain scan")

IMAGING_READS: Reads = asks(Query.IMAGING, codes.BRAIN_MRI, codes.HEAD_CT)

# codes.csv lists "Magnetic resonance imaging (procedure)" under brain-mri with the remark that it
# needs a brain body site. A DiagnosticReport has none, so it cannot be told to be a brain scan.
_MRI_OF_ANYTHING = "113091000"


@dataclass(frozen=True, slots=True)
class Scan:
    """A report on a brain MRI or head CT."""

    report: Report
    when: When
    evidence: Evidence
    is_full_mri: bool  # an MRI whose code decides: with contrast or contrast not stated

    def codes_any(self, *wanted: ValueSet) -> Verdict:
        """The strongest match among the coded conclusions."""
        return codes.strongest(codes.judge(one.listed, *wanted) for one in self.report.conclusions)

    def has_conclusion(self, token: str) -> bool:
        """Whether a coded conclusion is exactly this code."""
        return any(c.token == token for one in self.report.conclusions for c in one.codings)

    @property
    def contradicts_itself(self) -> bool:
        """Coded negative, and with a finding."""
        return self._is_coded_negative and self.codes_any(*_FINDINGS).is_candidate

    @property
    def _is_coded_negative(self) -> bool:
        return self.codes_any(codes.SCAN_NEGATIVE).match is Match.DECIDES

    @property
    def is_negative(self) -> bool:
        """Coded: no lesion, in every conclusion, and nothing beside it that speaks of one."""
        each = [codes.judge(one.listed, codes.SCAN_NEGATIVE) for one in self.report.conclusions]
        return (
            bool(each)
            and all(verdict.match is Match.DECIDES for verdict in each)
            and not self.contradicts_itself
        )

    @property
    def shows_lesion(self) -> bool:
        """Coded: a brain metastasis."""
        lesion = self.codes_any(codes.BRAIN_METASTASIS).match is Match.DECIDES
        return lesion and not self.contradicts_itself

    @property
    def is_unread(self) -> bool:
        """Free text, or coded without saying whether there is a lesion: somebody must read it."""
        return not (self.is_negative or self.shows_lesion)


def _brain_reports(case: Case) -> list[tuple[Entry, Verdict]]:
    found: list[tuple[Entry, Verdict]] = []
    sets = (codes.BRAIN_MRI, codes.HEAD_CT)
    for report in case.chart.listed_in(Report, Kind.REPORT, *sets):
        verdict = codes.judge(_without_mri_of_anything(report), *sets)
        if verdict.is_candidate:
            found.append((report, verdict))
    for skipped in case.chart.skipped:
        if skipped.kind is Kind.REPORT:
            verdict = codes.judge(skipped.listed, *sets)
            if verdict.is_candidate:
                found.append((skipped, verdict))
    return found


def _without_mri_of_anything(report: Report) -> list[tuple[codes.Code, ...]]:
    pairs = zip(report.codings, report.listed, strict=True)
    return [found for coding, found in pairs if coding.code != _MRI_OF_ANYTHING]


def reports_of_anything(case: Case, since: When | None = None) -> tuple[Evidence, ...]:
    """MRI reports that do not tell what was imaged; `since`: only those not older."""
    return tuple(
        shown(report)
        for report in case.chart.listed_in(Report, Kind.REPORT, codes.BRAIN_MRI)
        if not any(_without_mri_of_anything(report))
        and _MRI_OF_ANYTHING in [c.code for c in report.codings]
        and (since is None or report.when is None or not case.is_older(report.when, since))
    )


def _report_trouble(entry: Entry, verdict: Verdict) -> Why | None:
    """As for an Observation, but a limited MRI (a code that asks) is a scan all the same."""
    if verdict.match is Match.ASKS and isinstance(entry, Report):
        verdict = Verdict(Match.DECIDES, verdict.code)
    return trouble_of(entry, verdict)


def _scan(report: Report, when: When, evidence: Evidence) -> Scan:
    full = codes.judge(report.listed, codes.BRAIN_MRI).match is Match.DECIDES
    return Scan(report, when, evidence, full)


def newest_scans(case: Case, window: Window | None) -> tuple[Scan, ...] | Unknown:
    """The newest brain scan (several if of the same time), or why there is none to use."""
    picked = pick(case, Query.IMAGING, case.once(_brain_reports), window, _report_trouble)
    if isinstance(picked, Unknown):
        untold = reports_of_anything(case) if picked.why is Why.ABSENT else ()
        if untold:
            return Unknown(Why.UNCLASSIFIED, untold, "An MRI, of what is not told.")
        return picked
    return tuple(
        _scan(entry, when, evidence)
        for entry, when, evidence in picked
        if isinstance(entry, Report)
    )


def all_scans(case: Case) -> tuple[Scan, ...]:
    """Every brain scan that was finished and has a usable date, in no order."""
    return tuple(
        _scan(entry, when, shown(entry, verdict.code))
        for entry, verdict in case.once(_brain_reports)
        if isinstance(entry, Report)
        and (when := case.usable(entry)) is not None
        and _report_trouble(entry, verdict) is None
    )


def current_scans(case: Case) -> tuple[Scan, ...]:
    """The finished brain scans inside the window."""
    return tuple(s for s in case.once(all_scans) if case.is_within(s.when, SCAN_WINDOW))


_FINDINGS = (
    codes.BRAIN_METASTASIS,
    codes.LEPTOMENINGEAL,
    codes.CEREBRAL_OEDEMA,
    codes.MASS_EFFECT,
    codes.SCAN_ABNORMAL,
    codes.SECONDARY_CANCER,
)
