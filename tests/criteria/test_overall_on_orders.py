"""
The overall result where aldesleukin is drafted, and how urgent its card is.

Criteria.md, "Overall result", the column of the order hooks: one row for each status.
"""

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from cds_hooks.evaluate import read_document
from rules.assess import OVERALL_RESULT, Indicator, assess, indicator
from rules.case import Case
from rules.model import Assessment
from tests.build import (
    ALDESLEUKIN,
    ATC,
    ICD10CM,
    KIDNEY_CANCER,
    PATIENT_ID,
    PREDNISONE,
    SNOMED,
    TODAY,
    Code,
    Resource,
    aldesleukin_order,
    allergy,
    chart,
    concept,
    condition,
    ecog,
    gcs,
    lvef,
    medication_administration,
    medication_request,
    nothing_against,
    patient,
    procedure,
)
from tests.criteria.test_dose_schedule import dosage, order
from tests.criteria.test_overall_status import STABLE_BRAIN_LESION
from tests.criteria.test_weight_current import weight

ROOT: Final = Path(__file__).parents[2]
CRITERIA_MD: Final = (
    Path(os.environ.get("IL2_SHARED", ROOT.parent / "shared")) / "knowledge" / "criteria.md"
)
TRANSPLANT: Final = condition(Code(ICD10CM, "Z94.0", "Kidney transplant status"))
LIFILEUCEL: Final = Code(ATC, "L01XL11", "lifileucel")
SUBCUTANEOUS: Final = Code(SNOMED, "34206005", "Subcutaneous route (qualifier value)")
HOSPICE: Final = Code(SNOMED, "170935008", "Full care by hospice (finding)")
INFARCTION: Final = Code(ICD10CM, "I21.9", "Acute myocardial infarction, unspecified")
PERFORATION: Final = Code(ICD10CM, "K63.1", "Perforation of intestine (nontraumatic)")
DRAFT: Final = aldesleukin_order(status="draft", category="inpatient")


def drafted(**changes: Resource | tuple[Resource, ...] | None) -> bytes:
    """A chart with nothing against, a weight, and a draft of the label's schedule."""
    parts: dict[str, Resource | tuple[Resource, ...] | None] = {"order": DRAFT, "weight": weight()}
    return chart(*nothing_against(**(parts | changes)))


def assessed(document: bytes) -> Assessment:
    return assess(Case(read_document(document, PATIENT_ID), date.fromisoformat(TODAY)))


def at_dose(words: str) -> Resource:
    return order(dosage(words), status="draft")


def under_the_skin(words: str = "18000000 [IU]") -> Resource:
    return order(dosage(words, route=concept(SUBCUTANEOUS)), status="draft")


@pytest.mark.parametrize(
    ("document", "status", "urgent"),
    [
        # not-applicable: no card
        pytest.param(
            drafted(person=patient(deceasedBoolean=True)), "not-applicable", None, id="deceased"
        ),
        # contraindication-found: critical
        pytest.param(
            drafted(graft=TRANSPLANT), "contraindication-found", "critical", id="a transplant"
        ),
        pytest.param(drafted(gcs=gcs(13)), "contraindication-found", "critical", id="Glasgow 13"),
        pytest.param(
            drafted(lvef=lvef("40 %")), "contraindication-found", "critical", id="ejection fraction"
        ),
        pytest.param(
            drafted(allergy=allergy(ALDESLEUKIN, criticality="high")),
            "contraindication-found",
            "critical",
            id="an allergy to it",
        ),
        pytest.param(
            drafted(
                given=medication_administration(ALDESLEUKIN, days_ago=60),
                event=condition(PERFORATION, days_ago=55),
            ),
            "contraindication-found",
            "critical",
            id="again, after a perforation under IL-2",
        ),
        pytest.param(
            drafted(graft=TRANSPLANT, order=at_dose("6000000 [IU]/kg")),
            "contraindication-found",
            "critical",
            id="a transplant, and ten times the dose: one card",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), TRANSPLANT, DRAFT),
            "contraindication-found",
            "critical",
            id="a transplant, kidney cancer",
        ),
        pytest.param(
            drafted(graft=TRANSPLANT, order=under_the_skin()),
            "contraindication-found",
            "critical",
            id="a transplant, under the skin",
        ),
        # out-of-scope: info
        pytest.param(
            drafted(cells=medication_request(LIFILEUCEL, status="draft")),
            "out-of-scope",
            "info",
            id="lifileucel in the same set",
        ),
        pytest.param(
            drafted(cells=medication_administration(LIFILEUCEL, days_ago=2)),
            "out-of-scope",
            "info",
            id="after lifileucel",
        ),
        pytest.param(
            drafted(order=under_the_skin()), "out-of-scope", "info", id="low dose under the skin"
        ),
        pytest.param(
            drafted(order=under_the_skin("600000 [IU]/kg")),
            "out-of-scope",
            "info",
            id="the label's dose under the skin",
        ),
        pytest.param(
            drafted(order=under_the_skin("6000000 [IU]/kg")),
            "out-of-scope",
            "info",
            id="ten times the dose under the skin: not judged",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), weight(), DRAFT),
            "out-of-scope",
            "info",
            id="kidney cancer",
        ),
        pytest.param(
            chart(condition(KIDNEY_CANCER), weight(), at_dose("6000000 [IU]/kg")),
            "out-of-scope",
            "critical",
            id="kidney cancer, ten times the dose: the row dose-schedule is still judged",
        ),
        # requirement-not-met: warning
        pytest.param(drafted(ecog=ecog(2)), "requirement-not-met", "warning", id="ECOG 2"),
        pytest.param(
            drafted(order=at_dose("60000 [IU]/kg")),
            "requirement-not-met",
            "warning",
            id="a tenth of the dose, into a vein",
        ),
        pytest.param(
            drafted(order=at_dose("6000000 [IU]/kg")),
            "requirement-not-met",
            "critical",
            id="ten times the dose",
        ),
        pytest.param(
            drafted(order=at_dose("60 mg")),
            "requirement-not-met",
            "critical",
            id="mg for million IU",
        ),
        pytest.param(
            drafted(order=aldesleukin_order(status="draft", category="outpatient")),
            "requirement-not-met",
            "warning",
            id="for an outpatient",
        ),
        pytest.param(
            drafted(melanoma=None, metastasis=None),
            "requirement-not-met",
            "warning",
            id="no melanoma",
        ),
        pytest.param(
            drafted(hospice=condition(HOSPICE), ecog=ecog(2)),
            "requirement-not-met",
            "warning",
            id="in hospice, yet ordered",
        ),
        # cannot-assess: warning
        pytest.param(drafted(weight=None), "cannot-assess", "warning", id="never weighed"),
        pytest.param(
            drafted(weight=weight(days_ago=8)),
            "cannot-assess",
            "warning",
            id="weighed too long ago",
        ),
        pytest.param(drafted(lvef=None), "cannot-assess", "warning", id="no ejection fraction"),
        pytest.param(
            drafted(order=at_dose("600000 mg/kg")),
            "cannot-assess",
            "warning",
            id="mg for IU: outside what is plausible",
        ),
        pytest.param(
            drafted(order=at_dose("600000 mL")), "cannot-assess", "warning", id="a dose in mL"
        ),
        pytest.param(
            drafted(order=order({"text": "600,000 units/kg every 8 h"}, status="draft")),
            "cannot-assess",
            "warning",
            id="in words",
        ),
        pytest.param(chart(DRAFT), "cannot-assess", "warning", id="an empty chart"),
        # cautions-found: warning
        pytest.param(
            drafted(steroid=medication_request(PREDNISONE)),
            "cautions-found",
            "warning",
            id="a steroid",
        ),
        pytest.param(
            drafted(steroid=medication_request(PREDNISONE, status="draft")),
            "cautions-found",
            "warning",
            id="a steroid in the same set",
        ),
        pytest.param(
            drafted(**STABLE_BRAIN_LESION),
            "cautions-found",
            "warning",
            id="the conflict is never critical",
        ),
        # no-exclusion-found: info
        pytest.param(drafted(), "no-exclusion-found", "info", id="nothing against"),
        pytest.param(
            drafted(order=at_dose("720000 [IU]/kg")),
            "no-exclusion-found",
            "info",
            id="the seed's dose is asked about",
        ),
        pytest.param(
            drafted(checkpoint=None), "no-exclusion-found", "info", id="information never blocks"
        ),
    ],
)
def test_status_and_indicator_where_it_is_drafted(
    document: bytes, status: str, urgent: str | None
) -> None:
    found = assessed(document)
    assert found.status.value == status
    level = indicator(found, on_order=True)
    assert (level.value if level else None) == urgent


def test_every_status_can_be_met_on_an_order() -> None:
    (mark,) = test_status_and_indicator_where_it_is_drafted.pytestmark  # type: ignore[attr-defined]
    assert {row.values[1] for row in mark.args[1]} == {row.status.value for row in OVERALL_RESULT}


def _published() -> Mapping[str, tuple[str, str]]:
    """Status → what the table of criteria.md has for patient-view and for the order hooks."""
    text = CRITERIA_MD.read_text(encoding="utf-8")
    section = text.split("## Overall result", 1)[1].split("\n**", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {
        cells[0].strip().strip("`"): (cells[-2].split()[0], cells[-1].split()[0]) for cells in rows
    }


@pytest.mark.skipif(not CRITERIA_MD.is_file(), reason=f"no {CRITERIA_MD}: IL2_SHARED names it")
def test_the_table_is_that_of_the_criteria_row_by_row() -> None:
    def word(level: Indicator | None) -> str:
        return "none" if level is None else level.value

    ours = {
        row.status.value: (word(row.patient_view), word(row.order_hooks)) for row in OVERALL_RESULT
    }
    assert list(ours.items()) == list(_published().items())


def test_an_event_after_il2_is_named_in_the_finding() -> None:
    found = assessed(
        drafted(
            given=medication_administration(ALDESLEUKIN, days_ago=60),
            heart=condition(INFARCTION, days_ago=50),
            scan_of=procedure(Code(SNOMED, "73761001", "Colonoscopy"), days_ago=50),
        )
    )
    assert found.of("prior-il2-stop-event-absent").remark == "within 30 days after aldesleukin"
