"""If a central line: gram-positive prophylaxis planned? Criteria.md, section H: a reminder."""

import pytest

from tests.build import (
    ICD10CM,
    OPHTHALMIC,
    RXNORM,
    SNOMED,
    SOMEBODY_ELSE,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    assert_verdict,
    chart,
    colonoscopy,
    condition,
    device,
    finding,
    hypertension,
    medication_administration,
    medication_request,
    procedure,
    vitamin_d,
    withheld,
)

ROW = "line-prophylaxis"

PICC = Code(SNOMED, "425196008", "Insertion of peripherally inserted central catheter (procedure)")
PORT = Code(SNOMED, "398013009", "Implantable venous access port (physical object)")
CATHETER = Code(SNOMED, "52124006", "Central venous catheter, device (physical object)")
PACEMAKER = Code(SNOMED, "14106009", "Cardiac pacemaker, device (physical object)")
ADJUSTMENT = Code(ICD10CM, "Z45.2", "Encounter for adjustment of vascular access device")
IMPLANT = Code(ICD10CM, "Z95.828", "Presence of other vascular implants and grafts")

CEFAZOLIN = Code(RXNORM, "2180", "cefazolin")
ORDERED = medication_request(CEFAZOLIN)


def with_line(*resources: Resource) -> bytes:
    """A port; the list of medicines is not empty."""
    return chart(hypertension(), vitamin_d(), device(PORT), *resources)


def without(*resources: Resource) -> bytes:
    return chart(hypertension(), vitamin_d(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # No line
        pytest.param(without(), "not-applicable", id="no line recorded"),
        pytest.param(without(ORDERED), "not-applicable", id="an antibacterial, and no line"),
        pytest.param(without(device(PACEMAKER)), "not-applicable", id="a pacemaker"),
        pytest.param(
            without(device(PORT, status="inactive")), "not-applicable", id="a port taken out"
        ),
        pytest.param(
            without(device(PORT, status="entered-in-error")),
            "not-applicable",
            id="a port, in error",
        ),
        pytest.param(
            without(device(PORT, patient=SOMEBODY_ELSE)),
            "not-applicable",
            id="another patient's port",
        ),
        pytest.param(
            without(procedure(PICC, status="not-done")), "not-applicable", id="insertion not done"
        ),
        # A line: as Device, Procedure, Condition
        pytest.param(with_line(ORDERED), "met", id="a port, and an antibacterial ordered"),
        pytest.param(with_line(), "not-met", id="a port, and none"),
        pytest.param(without(device(CATHETER)), "not-met", id="a central venous catheter"),
        pytest.param(without(device(PORT, status=None)), "not-met", id="a port, status not told"),
        pytest.param(without(procedure(PICC)), "not-met", id="a PICC put in"),
        pytest.param(without(procedure(PICC), ORDERED), "met", id="a PICC, and an antibacterial"),
        pytest.param(
            without(condition(ADJUSTMENT), colonoscopy()), "not-met", id="a visit for its care"
        ),
        pytest.param(
            without(condition(ADJUSTMENT, clinical="resolved")),
            "not-applicable",
            id="a visit for its care, resolved",
        ),
        # Perhaps a line
        pytest.param(
            without(condition(IMPLANT)), "unknown:unclassified", id="some vascular implant"
        ),
        pytest.param(without(device(IMPLANT)), "unknown:unclassified", id="the same as a device"),
        pytest.param(
            without(device(PORT, status="unknown")),
            "unknown:unclassified",
            id="a port, its status unknown",
        ),
        pytest.param(
            without(procedure(PICC, status="preparation")),
            "unknown:unclassified",
            id="insertion prepared",
        ),
        pytest.param(
            without(procedure(PICC, at=ago(-1))), "unknown:unreadable", id="put in tomorrow"
        ),
        pytest.param(
            without(device(PORT, patient=None)), "unknown:unclassified", id="a port of nobody"
        ),
        pytest.param(
            without(device(patient=None, type="port")),
            "unknown:unreadable",
            id="a device of which not even the type can be read",
        ),
        pytest.param(
            with_line(condition(IMPLANT), ORDERED), "met", id="a port, and some vascular implant"
        ),
        # The medicine
        pytest.param(with_line(medication_request(text="cefazolin 2 g IV")), "met", id="by name"),
        pytest.param(
            with_line(medication_administration(CEFAZOLIN, days_ago=0)), "met", id="given today"
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, status="completed")),
            "not-met",
            id="of the past",
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, route=OPHTHALMIC)), "not-met", id="eye drops"
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, status="draft"), aldesleukin_order()),
            "met",
            id="drafted beside the aldesleukin order",
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, status="draft")), "not-met", id="drafted alone"
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, status="on-hold")),
            "unknown:unclassified",
            id="on hold",
        ),
        pytest.param(
            with_line(medication_request(CEFAZOLIN, days_ago=-1)),
            "unknown:unreadable",
            id="ordered tomorrow",
        ),
        # Nothing to search, or withheld
        pytest.param(
            chart(hypertension(), device(PORT)), "unknown:absent", id="no medicine on record"
        ),
        pytest.param(
            withheld(hypertension(), vitamin_d()), "not-applicable", id="every query came"
        ),
        *(
            pytest.param(
                withheld(hypertension(), vitamin_d(), missing=[key]),
                "unknown:not-shared",
                id=f"{key} did not come: a line?",
            )
            for key in ("encounterDx", "procedures", "devices")
        ),
        *(
            pytest.param(
                withheld(hypertension(), vitamin_d(), device(PORT), refused=[key]),
                "unknown:not-shared",
                id=f"a port, {key} refused",
            )
            for key in ("medicines", "given")
        ),
        pytest.param(
            withheld(ORDERED, device(PORT), missing=["encounterDx", "procedures", "given"]),
            "met",
            id="line and medicine in what came",
        ),
    ],
)
def test_line_prophylaxis(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize("document", [with_line(ORDERED), with_line()], ids=["met", "not met"])
def test_no_drug_is_named(document: bytes) -> None:
    found = finding(document, ROW)
    assert "cefazolin" not in str(found).casefold()
    assert found["weight"] == "information"
