"""No impaired wall motion? Criteria.md, section D: only a code can say so, within 90 days (P)."""

from typing import Any

import pytest

from tests.build import (
    ABSENT,
    HL7,
    ICD10CM,
    LOINC,
    MRI_BRAIN,
    OURS,
    PRESENT,
    SNOMED,
    SOMEBODY_ELSE,
    TODAY,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    lvef,
    nothing_against,
    observation,
    procedure,
    reference,
    report,
    states,
    visit_diagnosis,
    withheld,
)

ROW = "wall-motion-normal"

WALL_MOTION = Code(SNOMED, "60797005", "Cardiac wall motion, function (observable entity)")
LEFT = Code(SNOMED, "250909007", "Left ventricular wall motion (observable entity)")
RIGHT = Code(SNOMED, "250949004", "Right ventricular wall motion (observable entity)")
NORMAL = Code(SNOMED, "373122000", "Normal ventricular wall motion (finding)")
NORMAL_LEFT = Code(
    SNOMED, "371857005", "Normal left ventricular systolic function and wall motion (finding)"
)
HYPOKINESIS = Code(SNOMED, "37706002", "Hypokinesis of cardiac wall (finding)")
SEVERE = Code(SNOMED, "371870001", "Severe hypokinesis of cardiac wall (finding)")
AKINESIA = Code(SNOMED, "195675009", "Cardiac akinesia (finding)")
ANEURYSM = Code(ICD10CM, "I25.3", "Aneurysm of heart")
IMPAIRED_FUNCTION = Code(SNOMED, "275514001", "Impaired left ventricular function (finding)")
ABNORMAL_IMAGING = Code(
    ICD10CM, "R93.1", "Abnormal findings on diagnostic imaging of heart and coronary circulation"
)
EQUIVOCAL = Code(SNOMED, "42425007", "Equivocal (qualifier value)")
MITRAL = Code(SNOMED, "48724000", "Mitral valve regurgitation (disorder)")

ECHO = Code(LOINC, "34552-0", "2D Echo Pnl")
ECHO_SNOMED = Code(SNOMED, "40701008", "Echocardiography (procedure)")
NUCLEAR = Code(LOINC, "39872-7", "SPECT Heart wall motion")
HEART_MRI = Code(LOINC, "24748-6", "MR Heart")
CARDIOLOGY = Code(LOINC, "LP29708-2", "Cardiology")
MASKED: Resource = {"dataAbsentReason": concept(Code(HL7 + "data-absent-reason", "masked"))}


def seen(
    value: Code | str | None, *, code: Code = WALL_MOTION, days_ago: int | None = 20, **fields: Any
) -> Resource:
    """An Observation on wall motion: a coded value, or one in words."""
    told: Resource = {}
    if isinstance(value, str):
        told = {"valueString": value}
    elif value is not None:
        told = {"valueCodeableConcept": concept(value)}
    return observation(code, **({"days_ago": days_ago} | told | fields))


def echo(
    *conclusions: Code, code: Code = ECHO, days_ago: int | None = 20, **fields: Any
) -> Resource:
    """An echo report of cardiology; without conclusions it is in words only."""
    more: Resource = {"category": [concept(CARDIOLOGY)]} | fields
    return report(code, days_ago=days_ago, conclusion=conclusions, **more)


def broken(one: Resource) -> Resource:
    """The resource with a field that no reader can take: its code and date are left."""
    return one | {"modifierExtension": 5}


def panel(*parts: Resource, code: Code = WALL_MOTION) -> Resource:
    return observation(code, days_ago=20, component=list(parts))


LEFT_NORMAL: Resource = {"code": concept(LEFT), "valueCodeableConcept": concept(NORMAL)}
LEFT_AKINETIC: Resource = {"code": concept(LEFT), "valueCodeableConcept": concept(AKINESIA)}
LVEF_PART: Resource = {
    "code": concept(Code(LOINC, "10230-1", "LVEF")),
    "valueQuantity": {"value": 60, "unit": "%"},
}
ECHO_QUERIES = ("function", "imagingObs", "heartLung", "imaging")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Coded normal
        pytest.param(chart(*nothing_against()), "met", id="nothing against"),
        pytest.param(chart(seen(NORMAL)), "met", id="an Observation, coded normal"),
        pytest.param(chart(seen(NORMAL_LEFT, code=LEFT)), "met", id="left ventricle, normal"),
        pytest.param(chart(echo(NORMAL)), "met", id="an echo, coded normal"),
        pytest.param(chart(echo(NORMAL_LEFT, code=ECHO_SNOMED)), "met", id="the echo in SNOMED"),
        pytest.param(chart(echo(NORMAL, code=NUCLEAR)), "met", id="a nuclear study"),
        pytest.param(chart(report(ECHO, conclusion=NORMAL)), "met", id="among the imaging reports"),
        pytest.param(chart(echo(NORMAL, MITRAL)), "met", id="normal, and a leaking valve"),
        pytest.param(chart(states(NORMAL, value=True)), "met", id="normal: true"),
        pytest.param(chart(states(NORMAL, value=PRESENT)), "met", id="normal: present"),
        pytest.param(chart(seen(NORMAL, code=ECHO)), "met", id="an Observation of the echo itself"),
        pytest.param(chart(seen(NORMAL), seen(NORMAL)), "met", id="the same twice"),
        pytest.param(
            chart(panel(LEFT_NORMAL)), "met", id="a part of a panel that has no value itself"
        ),
        # Coded abnormal
        pytest.param(chart(seen(HYPOKINESIS)), "not-met", id="hypokinesis"),
        pytest.param(chart(seen(SEVERE, code=LEFT)), "not-met", id="severe hypokinesis"),
        pytest.param(chart(seen(AKINESIA, code=RIGHT)), "not-met", id="akinesia on the right"),
        pytest.param(chart(echo(AKINESIA)), "not-met", id="an echo, coded akinesia"),
        pytest.param(chart(echo(HYPOKINESIS, SEVERE)), "not-met", id="an echo with two of them"),
        pytest.param(
            chart(echo(HYPOKINESIS, code=HEART_MRI)), "not-met", id="coded by a heart MRI"
        ),
        pytest.param(chart(states(HYPOKINESIS, value=True)), "not-met", id="hypokinesis: true"),
        pytest.param(chart(states(HYPOKINESIS, value=PRESENT)), "not-met", id="coded present"),
        pytest.param(
            chart(states(HYPOKINESIS, value=SEVERE)), "not-met", id="hypokinesis, and how severe"
        ),
        pytest.param(chart(panel(LEFT_AKINETIC)), "not-met", id="a part of a panel"),
        pytest.param(
            chart(echo(HYPOKINESIS, IMPAIRED_FUNCTION)),
            "not-met",
            id="what decides outweighs what asks",
        ),
        # A Condition stands, whatever the echo says
        pytest.param(chart(condition(HYPOKINESIS)), "not-met", id="an active problem"),
        pytest.param(chart(condition(ANEURYSM)), "not-met", id="an aneurysm, in ICD-10-CM"),
        pytest.param(
            chart(condition(AKINESIA, days_ago=2000)), "not-met", id="a problem, until abated"
        ),
        pytest.param(chart(condition(AKINESIA, days_ago=None)), "not-met", id="a problem, when?"),
        pytest.param(chart(visit_diagnosis(AKINESIA)), "not-met", id="a diagnosis of a visit"),
        pytest.param(
            chart(condition(AKINESIA, days_ago=400), seen(NORMAL)),
            "not-met",
            id="a problem, and a newer normal echo: never hidden",
        ),
        pytest.param(
            chart(condition(AKINESIA), echo()), "not-met", id="a problem, and an echo in words"
        ),
        pytest.param(
            chart(seen(NORMAL), condition(AKINESIA, clinical="resolved")), "met", id="resolved"
        ),
        pytest.param(
            chart(seen(NORMAL), condition(AKINESIA, verification="refuted")), "met", id="refuted"
        ),
        pytest.param(
            chart(seen(NORMAL), condition(text="Wall motion abnormality")),
            "unknown:unclassified",
            id="a problem in words, and a normal echo",
        ),
        pytest.param(
            chart(condition(text="LV hypokinesis")), "unknown:unclassified", id="in words only"
        ),
        pytest.param(
            chart(seen(NORMAL), condition(ABNORMAL_IMAGING)),
            "unknown:unclassified",
            id="abnormal imaging of the heart, and a normal echo",
        ),
        pytest.param(
            chart(seen(NORMAL), condition(AKINESIA, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            chart(seen(NORMAL), broken(condition(AKINESIA))),
            "unknown:unclassified",
            id="a problem that had to be skipped",
        ),
        pytest.param(
            chart(seen(AKINESIA), condition(text="LV hypokinesis")),
            "not-met",
            id="in words, and coded by the echo",
        ),
        # Neither
        pytest.param(
            chart(seen(NORMAL), seen(AKINESIA)),
            "unknown:conflicting",
            id="normal and abnormal at one time",
        ),
        pytest.param(chart(echo(NORMAL, AKINESIA)), "unknown:conflicting", id="both in one report"),
        pytest.param(
            chart(states(NORMAL, value=AKINESIA)),
            "unknown:conflicting",
            id="the code says normal, the value akinesia",
        ),
        pytest.param(
            chart(seen(IMPAIRED_FUNCTION)), "unknown:unclassified", id="impaired function asks"
        ),
        pytest.param(
            chart(echo(IMPAIRED_FUNCTION)),
            "unknown:unclassified",
            id="and in a report's conclusion",
        ),
        pytest.param(
            chart(states(IMPAIRED_FUNCTION, value=True)),
            "unknown:unclassified",
            id="impaired function stated",
        ),
        pytest.param(chart(seen(EQUIVOCAL)), "unknown:unclassified", id="a value nobody lists"),
        pytest.param(
            chart(seen("no regional wall motion abnormality")),
            "unknown:unclassified",
            id="a value in words",
        ),
        pytest.param(
            chart(states(HYPOKINESIS, value=EQUIVOCAL)),
            "unknown:unclassified",
            id="hypokinesis: equivocal",
        ),
        pytest.param(
            chart(states(HYPOKINESIS, value=False)),
            "unknown:unclassified",
            id="no hypokinesis is not yet normal wall motion",
        ),
        pytest.param(
            chart(states(HYPOKINESIS, value=ABSENT, days_ago=20), seen(NORMAL)),
            "met",
            id="no hypokinesis, and normal wall motion",
        ),
        pytest.param(
            chart(states(HYPOKINESIS, value=ABSENT, days_ago=20), seen(AKINESIA)),
            "not-met",
            id="no hypokinesis, but akinesia",
        ),
        pytest.param(
            chart(seen(NORMAL, code=RIGHT)),
            "unknown:unclassified",
            id="the right ventricle alone is normal",
        ),
        pytest.param(
            chart(seen(NORMAL, code=RIGHT), seen(NORMAL, code=LEFT)), "met", id="right and left"
        ),
        pytest.param(
            chart(seen(NORMAL, code=RIGHT), seen(AKINESIA, code=LEFT)),
            "not-met",
            id="normal on the right, akinetic on the left",
        ),
        pytest.param(
            chart(echo(NORMAL, code=HEART_MRI)),
            "unknown:unclassified",
            id="coded normal by a study that is no echo",
        ),
        pytest.param(
            chart(echo(NORMAL, Code(OURS, "31", "Apical akinesis"))),
            "unknown:unclassified",
            id="coded normal, and akinesis under a code nobody lists",
        ),
        pytest.param(
            chart(echo(NORMAL, conclusionCode=[concept(NORMAL), concept(text="LV hypokinesis")])),
            "unknown:unclassified",
            id="coded normal, and hypokinesis in words",
        ),
        pytest.param(chart(seen(None)), "unknown:unreadable", id="no value"),
        pytest.param(chart(seen(None, **MASKED)), "unknown:unreadable", id="the value is masked"),
        pytest.param(
            chart(seen(None, code=HYPOKINESIS)), "unknown:unreadable", id="a finding, no value"
        ),
        pytest.param(
            chart(states(NORMAL, value=False, days_ago=20), seen(NORMAL)),
            "unknown:unclassified",
            id="normal, and the same denied",
        ),
        pytest.param(
            chart(observation(WALL_MOTION, hasMember=[{"reference": "Observation/elsewhere"}])),
            "unknown:unreadable",
            id="a panel whose members did not come",
        ),
        # In words
        pytest.param(chart(echo()), "unknown:in-report", id="an echo in words"),
        pytest.param(
            chart(echo(MITRAL)), "unknown:in-report", id="an echo that codes another thing"
        ),
        pytest.param(
            chart(report(ECHO)), "unknown:in-report", id="among the imaging reports, words"
        ),
        pytest.param(
            chart(echo(), lvef("60 %")), "unknown:in-report", id="and an ejection fraction"
        ),
        pytest.param(chart(echo(days_ago=90)), "unknown:in-report", id="in words, last day"),
        pytest.param(chart(echo(days_ago=91)), "unknown:stale", id="in words, a day too old"),
        pytest.param(
            chart(seen(NORMAL, days_ago=40), echo(days_ago=10)),
            "unknown:in-report",
            id="a newer echo in words after a normal one",
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=20), echo(days_ago=20)),
            "met",
            id="the report of the day on which it was coded normal",
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=10), echo(days_ago=40)), "met", id="an older one in words"
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=None, at="2026-11"), echo(days_ago=10)),
            "unknown:in-report",
            id="normal some day of this month: perhaps before the echo in words",
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=91), echo(days_ago=10)),
            "unknown:in-report",
            id="a normal one too old, and a newer one in words",
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=91), echo(days_ago=100)),
            "unknown:stale",
            id="both too old",
        ),
        pytest.param(
            chart(seen(AKINESIA, days_ago=40), echo(days_ago=10)),
            "not-met",
            id="a newer echo in words does not lift akinesia",
        ),
        pytest.param(
            chart(seen("see report", code=ECHO)),
            "unknown:in-report",
            id="an Observation of the echo, in words",
        ),
        pytest.param(
            chart(panel(LVEF_PART, code=ECHO)),
            "unknown:in-report",
            id="an echo panel that measures only the ejection fraction",
        ),
        pytest.param(
            chart(seen(None, code=ECHO, **MASKED)),
            "unknown:unreadable",
            id="an Observation of the echo, masked",
        ),
        # The newest decides
        pytest.param(
            chart(seen(AKINESIA, days_ago=60), seen(NORMAL, days_ago=6)),
            "met",
            id="akinesia, then normal",
        ),
        pytest.param(
            chart(echo(NORMAL, days_ago=60), seen(AKINESIA, days_ago=6)),
            "not-met",
            id="normal, then akinesia",
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=60), seen("normal", days_ago=6)),
            "unknown:unclassified",
            id="an older good one never stands in",
        ),
        # Window, date
        pytest.param(chart(seen(NORMAL, days_ago=90)), "met", id="last day of the window"),
        pytest.param(chart(seen(NORMAL, days_ago=91)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(seen(AKINESIA, days_ago=91)), "unknown:stale", id="akinesia, a day too old"
        ),
        pytest.param(chart(seen(AKINESIA, days_ago=90)), "not-met", id="akinesia, last day"),
        pytest.param(chart(seen(NORMAL, days_ago=None, at=TODAY)), "met", id="today"),
        pytest.param(chart(seen(NORMAL, days_ago=None)), "unknown:unreadable", id="no date"),
        pytest.param(chart(seen(NORMAL, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(
            chart(seen(NORMAL), echo(days_ago=None, issued=None)),
            "unknown:unreadable",
            id="normal, and an echo without a date",
        ),
        # Status, code, person
        pytest.param(chart(seen(NORMAL, status="amended")), "met", id="amended"),
        pytest.param(
            chart(seen(NORMAL, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(seen(AKINESIA, status="preliminary")),
            "unknown:not-final",
            id="the same, akinesia",
        ),
        pytest.param(
            chart(states(HYPOKINESIS, value=False, status="preliminary")),
            "unknown:not-final",
            id="the same, denied",
        ),
        pytest.param(
            chart(echo(NORMAL, status="preliminary")),
            "unknown:not-final",
            id="a preliminary report",
        ),
        pytest.param(
            chart(seen(NORMAL), echo(days_ago=5, status="partial")),
            "unknown:not-final",
            id="a newer echo that is not finished",
        ),
        pytest.param(
            chart(echo(NORMAL, status="unknown")), "unknown:unreadable", id="status not known"
        ),
        pytest.param(
            chart(seen(NORMAL, days_ago=60), seen(AKINESIA, status="entered-in-error")),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            chart(seen(NORMAL, subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(lvef("30 %"), hypertension()),
            "unknown:absent",
            id="an ejection fraction says nothing of wall motion",
        ),
        pytest.param(
            chart(procedure(ECHO_SNOMED, days_ago=10)),
            "unknown:absent",
            id="an echo was done, and no report shared",
        ),
        pytest.param(
            chart(report(Code(OURS, "77"), conclusion=MITRAL)),
            "unknown:absent",
            id="a report of the hospital's own on something else",
        ),
        pytest.param(
            chart(seen(NORMAL), broken(seen(AKINESIA, days_ago=5))),
            "unknown:unclassified",
            id="a newer Observation that had to be skipped",
        ),
        pytest.param(
            chart(seen(NORMAL), broken(seen(AKINESIA, days_ago=50))),
            "met",
            id="an older one that had to be skipped",
        ),
        pytest.param(
            chart(seen(NORMAL), broken(seen(AKINESIA, days_ago=None))),
            "unknown:unclassified",
            id="one without a date that had to be skipped",
        ),
        pytest.param(
            chart(seen(NORMAL), broken(echo(AKINESIA, days_ago=5))),
            "unknown:unclassified",
            id="a newer report that had to be skipped",
        ),
        pytest.param(
            chart(echo(NORMAL), broken(echo(AKINESIA))),
            "unknown:unclassified",
            id="a report of the same time that had to be skipped",
        ),
        pytest.param(
            chart(echo(NORMAL), broken(echo(AKINESIA, code=HEART_MRI, days_ago=5))),
            "unknown:unclassified",
            id="a newer heart MRI that had to be skipped",
        ),
        pytest.param(
            chart(echo(NORMAL), broken(echo(AKINESIA, code=MRI_BRAIN, days_ago=5))),
            "met",
            id="a newer brain MRI that had to be skipped",
        ),
        pytest.param(
            chart(echo(NORMAL), broken(echo(AKINESIA, days_ago=21))),
            "met",
            id="a report of the day before that had to be skipped",
        ),
        pytest.param(
            chart(seen(AKINESIA), broken(echo(days_ago=5))),
            "not-met",
            id="akinesia, and a newer report that had to be skipped",
        ),
        pytest.param(
            chart(seen(NORMAL, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="a modifier that nobody knows",
        ),
        # Nothing, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="no echo"),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
        *(
            pytest.param(
                withheld(hypertension(), seen(NORMAL, category="exam"), missing=[key]),
                "unknown:not-shared",
                id=f"normal, and {key} did not come",
            )
            for key in (*ECHO_QUERIES[1:], "problems", "encounterDx")
        ),
        *(
            pytest.param(
                withheld(hypertension(), echo(AKINESIA), refused=[key]),
                "not-met",
                id=f"akinesia, and {key} was refused",
            )
            for key in ("function", "imagingObs", "imaging", "problems", "encounterDx")
        ),
        pytest.param(
            withheld(hypertension(), missing=ECHO_QUERIES), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(hypertension(), refused=ECHO_QUERIES), "unknown:not-shared", id="refused"
        ),
        pytest.param(
            withheld(condition(AKINESIA), missing=ECHO_QUERIES),
            "not-met",
            id="a problem in the rest",
        ),
    ],
)
def test_wall_motion_normal(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def shown(document: bytes) -> list[str]:
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    return [one["date"][:10] for one in evidence]


def test_a_condition_and_a_normal_echo_are_both_shown() -> None:
    document = chart(condition(AKINESIA, days_ago=400), seen(NORMAL, days_ago=20))
    assert shown(document) == [ago(400), ago(20)]
    assert "coded normal" in str(finding(document, ROW)["remark"])


def test_an_echo_in_words_is_shown_beside_the_abnormal_one_that_it_does_not_lift() -> None:
    document = chart(seen(AKINESIA, days_ago=40), echo(days_ago=10))
    assert shown(document) == [ago(40), ago(10)]
    assert "read its report" in str(finding(document, ROW)["remark"])


def test_a_report_says_what_it_codes() -> None:
    evidence = finding(chart(echo(AKINESIA, MITRAL, SEVERE)), ROW)["evidence"]
    assert isinstance(evidence, list)
    assert [one["value"] for one in evidence] == [
        "Cardiac akinesia, Severe hypokinesis of cardiac wall"
    ]


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        pytest.param((), "met", id="all came"),
        pytest.param(("Observation/elsewhere",), "unknown:unreadable", id="one did not come"),
    ],
)
def test_members_speak_for_their_panel(elsewhere: tuple[str, ...], expected: str) -> None:
    member = seen(NORMAL, code=LEFT)
    links = [{"reference": one} for one in (reference(member), *elsewhere)]
    whole = observation(WALL_MOTION, days_ago=20, hasMember=links)
    assert_verdict(chart(whole, member), ROW, expected)


def test_an_entry_without_a_date_hides_no_abnormal_one() -> None:
    document = chart(seen(AKINESIA), broken(seen(NORMAL, days_ago=None)))
    evidence = finding(document, ROW)["evidence"]
    assert isinstance(evidence, list)
    assert "Cardiac akinesia" in [one.get("value") for one in evidence]


def test_it_is_a_contraindication() -> None:
    assert finding(chart(seen(AKINESIA)), ROW)["weight"] == "contraindication"
