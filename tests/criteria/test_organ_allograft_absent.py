"""No organ allograft? Criteria.md, section I: ever, in a lifetime; a contraindication."""

from typing import Any

import pytest

from tests.build import (
    ICD10CM,
    ICD10PCS,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    colonoscopy,
    concept,
    condition,
    finding,
    hypertension,
    prefetch_of,
    procedure,
    request,
    visit_diagnosis,
    withheld,
)

ROW = "organ-allograft-absent"

STATUS = Code(ICD10CM, "Z94.0", "Kidney transplant status")
FAILURE = Code(ICD10CM, "T86.12", "Kidney transplant failure")
TRANSPLANT = Code(SNOMED, "70536003", "Transplant of kidney (procedure)")
TRANSPLANT_PCS = Code(ICD10PCS, "0TY00Z0", "Transplantation of Right Kidney, Allogeneic")
CORNEA = Code(ICD10CM, "Z94.7", "Corneal transplant status")
STEM_CELLS = Code(ICD10CM, "Z94.84", "Stem cells transplant status")
UNSPECIFIED = Code(ICD10CM, "Z94.9", "Transplanted organ and tissue status, unspecified")
AUTOLOGOUS = Code(SNOMED, "58776007", "Autologous bone marrow transplant (procedure)")
DONOR = Code(SNOMED, "313030004", "Donor renal transplantation (procedure)")
WAITING = Code(SNOMED, "471300007", "On waiting list for organ transplant (finding)")
WAITING_ICD = Code(ICD10CM, "Z76.82", "Awaiting organ transplant status")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # A graft, at any time
        pytest.param(with_problems(condition(STATUS)), "not-met", id="kidney transplant status"),
        pytest.param(
            with_problems(
                condition(STATUS, onset="1998", clinical="resolved", abatementDateTime="1999")
            ),
            "not-met",
            id="kidney transplant 1998, resolved",
        ),
        pytest.param(
            with_problems(condition(STATUS, clinical="inactive")), "not-met", id="inactive"
        ),
        pytest.param(with_problems(condition(STATUS, days_ago=None)), "not-met", id="no date"),
        pytest.param(
            with_problems(visit_diagnosis(STATUS, days_ago=5000)), "not-met", id="an old visit"
        ),
        pytest.param(
            with_problems(condition(FAILURE)), "not-met", id="failure: the graft may still be in"
        ),
        pytest.param(
            with_problems(procedure(TRANSPLANT, days_ago=9000)), "not-met", id="the operation"
        ),
        pytest.param(
            with_problems(procedure(TRANSPLANT, at="1998")), "not-met", id="the operation, a year"
        ),
        pytest.param(
            with_problems(procedure(TRANSPLANT, days_ago=None)), "not-met", id="operation, no date"
        ),
        pytest.param(with_problems(procedure(TRANSPLANT_PCS)), "not-met", id="in ICD-10-PCS"),
        pytest.param(
            chart(procedure(TRANSPLANT)), "not-met", id="an operation, and no problem list"
        ),
        pytest.param(
            with_problems(condition(STATUS, UNSPECIFIED)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        # None
        pytest.param(with_problems(), "met", id="none recognised, no operation on record"),
        pytest.param(with_problems(colonoscopy()), "met", id="none recognised"),
        pytest.param(with_problems(procedure(AUTOLOGOUS)), "met", id="the patient's own marrow"),
        pytest.param(with_problems(procedure(DONOR)), "met", id="gave a kidney"),
        pytest.param(with_problems(condition(WAITING)), "met", id="waits for one"),
        pytest.param(with_problems(condition(WAITING_ICD)), "met", id="waits for one, ICD-10-CM"),
        pytest.param(with_problems(procedure(TRANSPLANT, status="not-done")), "met", id="not done"),
        pytest.param(
            with_problems(procedure(TRANSPLANT, status="entered-in-error")), "met", id="an error"
        ),
        pytest.param(with_problems(condition(STATUS, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_problems(condition(STATUS, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(
            with_problems(condition(text="Family history of kidney transplant")),
            "met",
            id="the family's",
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(text="Kidney transplant")),
            "unknown:unclassified",
            id="text only",
        ),
        pytest.param(
            with_problems(procedure(text="Renal allograft, right iliac fossa")),
            "unknown:unclassified",
            id="operation as text only",
        ),
        pytest.param(with_problems(condition(CORNEA)), "unknown:unclassified", id="cornea"),
        pytest.param(with_problems(condition(STEM_CELLS)), "unknown:unclassified", id="stem cells"),
        pytest.param(
            with_problems(condition(UNSPECIFIED)), "unknown:unclassified", id="organ not named"
        ),
        pytest.param(
            with_problems(condition(CORNEA), condition(STATUS)),
            "not-met",
            id="cornea and kidney",
        ),
        pytest.param(
            with_problems(procedure(TRANSPLANT, DONOR)),
            "unknown:conflicting",
            id="received and donated in one entry",
        ),
        pytest.param(
            with_problems(condition(STATUS, verification="unconfirmed")),
            "unknown:unclassified",
            id="unconfirmed",
        ),
        pytest.param(
            with_problems(procedure(TRANSPLANT, at=ago(-1))), "unknown:unreadable", id="tomorrow"
        ),
        # Skipped resources
        pytest.param(
            with_problems(condition(STATUS, subject=None)),
            "unknown:unclassified",
            id="about nobody, but its code can be read",
        ),
        pytest.param(
            with_problems(condition(subject=None, code="Z94.0")),
            "unknown:unreadable",
            id="not even its code can be read",
        ),
        pytest.param(
            with_problems(condition(Code(ICD10CM, "M54.50", "Low back pain"), subject=None)),
            "met",
            id="about nobody, and of no interest",
        ),
        # Nothing to search, or withheld
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(chart(colonoscopy()), "unknown:absent", id="operations, but no problems"),
        pytest.param(withheld(hypertension()), "met", id="every query came, no operation known"),
        pytest.param(
            withheld(hypertension(), missing=["procedures"]),
            "unknown:not-shared",
            id="operations did not come",
        ),
        pytest.param(
            withheld(hypertension(), colonoscopy(), refused=["encounterDx"]),
            "unknown:not-shared",
            id="visits refused",
        ),
        pytest.param(
            withheld(procedure(TRANSPLANT), missing=["problems", "encounterDx"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_organ_allograft_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


NEXT_PAGE = {"link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]}


def outcome(code: str) -> dict[str, object]:
    """What Epic puts beside the entries of an answer."""
    issue = {
        "severity": "warning",
        "code": "processing",
        "details": concept(Code("urn:epic", code)),
    }
    told = {"resourceType": "OperationOutcome", "issue": [issue]}
    return {"entry": [*answer()["entry"], {"resource": told, "search": {"mode": "outcome"}}]}


def answer() -> dict[str, Any]:
    return dict(prefetch_of(hypertension())["problems"])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, "met", id="the whole answer"),
        pytest.param(NEXT_PAGE, "unknown:not-shared", id="more pages follow"),
        pytest.param(outcome("59204"), "unknown:not-shared", id="some was held back"),
        pytest.param(outcome("4119"), "met", id="'maybe more', as nearly always"),
    ],
)
def test_an_answer_is_complete_or_it_is_not(changed: dict[str, object], expected: str) -> None:
    prefetch = prefetch_of(hypertension()) | {"problems": answer() | changed}
    assert_verdict(request(prefetch), ROW, expected)


def test_it_is_a_contraindication() -> None:
    assert finding(with_problems(), ROW)["weight"] == "contraindication"
