"""
Is there a normal stress test where needed? Criteria.md, section D.

Needed (P) above 50 years or with a heart condition; a coded result within 180 days (P).
"""

from typing import Any

import pytest

from tests.build import (
    ABSENT,
    HL7,
    ICD10CM,
    LOINC,
    OURS,
    PRESENT,
    SNOMED,
    SOMEBODY_ELSE,
    TODAY,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    concept,
    condition,
    finding,
    hypertension,
    nothing_against,
    observation,
    patient,
    procedure,
    report,
    states,
    visit_diagnosis,
    withheld,
)

ROW = "cardiac-stress-test"

TEST = Code(LOINC, "18752-6", "Exercise stress test study")
PERFUSION = Code(LOINC, "39668-9", "SPECT Heart W stress and W radionuclide IV")
SPECT = Code(LOINC, "39649-9", "SPECT Heart")  # stress not stated
AT_REST = Code(LOINC, "24750-2", "NM Heart Views at rest and W Tl-201 IV")
STRESS_ECHO_METHOD = Code(LOINC, "18107-3", "Cardiac Echo Study Proced stress method")
DONE = Code(SNOMED, "76746007", "Cardiovascular stress testing (procedure)")
TREADMILL = Code(SNOMED, "80635001", "Cardiovascular stress test using treadmill (procedure)")
NORMAL = Code(SNOMED, "165082004", "Exercise tolerance test normal (finding)")
PERFUSION_NORMAL = Code(SNOMED, "301121007", "Myocardial perfusion normal (finding)")
ABNORMAL = Code(SNOMED, "165084003", "Exercise tolerance test abnormal (finding)")
REVERSIBLE = Code(SNOMED, "251055003", "Reversible myocardial perfusion defect (finding)")
FIXED = Code(SNOMED, "251057006", "Fixed myocardial perfusion defect (finding)")
EQUIVOCAL = Code(SNOMED, "370367002", "Exercise tolerance test equivocal (finding)")
OTHER = Code(SNOMED, "48724000", "Mitral valve regurgitation (disorder)")
CARDIOLOGY = Code(LOINC, "LP29708-2", "Cardiology")
MASKED: Resource = {"dataAbsentReason": concept(Code(HL7 + "data-absent-reason", "masked"))}

ISCHAEMIC_PAIN = Code(SNOMED, "225566008", "Ischemic chest pain (finding)")
CHEST_PAIN = Code(ICD10CM, "R07.9", "Chest pain, unspecified")
THROAT_PAIN = Code(ICD10CM, "R07.0", "Pain in throat")
NO_CHEST_PAIN = Code(SNOMED, "161971004", "Chest pain not present (situation)")
CORONARY = Code(ICD10CM, "I25.10", "Atherosclerotic heart disease of native coronary artery")
CALCIFIED = Code(ICD10CM, "I25.84", "Coronary atherosclerosis due to calcified coronary lesion")
FAILURE = Code(SNOMED, "42343007", "Congestive heart failure (disorder)")
FIBRILLATION = Code(SNOMED, "49436004", "Atrial fibrillation (disorder)")
EXTRA_BEATS = Code(ICD10CM, "I49.3", "Ventricular premature depolarization")
SOME_ARRHYTHMIA = Code(SNOMED, "698247007", "Cardiac arrhythmia (disorder)")


def result(
    *conclusions: Code, code: Code = TEST, days_ago: int | None = 20, **fields: Any
) -> Resource:
    """A report of cardiology; without conclusions it is in words only."""
    more: Resource = {"category": [concept(CARDIOLOGY)]} | fields
    return report(code, days_ago=days_ago, conclusion=conclusions, **more)


def seen(value: Code | str | None, *, code: Code = TEST, **fields: Any) -> Resource:
    told: Resource = {}
    if isinstance(value, str):
        told = {"valueString": value}
    elif value is not None:
        told = {"valueCodeableConcept": concept(value)}
    return observation(code, **({"days_ago": 20} | told | fields))


def done(outcome: Code | None = None, *, code: Code = DONE, **fields: Any) -> Resource:
    told: Resource = {} if outcome is None else {"outcome": concept(outcome)}
    return procedure(code, **({"days_ago": 20} | told | fields))


def born(day: str | None, *resources: Resource, **fields: Any) -> bytes:
    return chart(patient(birth_date=day, **fields), hypertension(), *resources)


def young(*resources: Resource) -> bytes:
    """Forty years old, with a problem list."""
    return born("1986-03-01", *resources)


def broken(one: Resource) -> Resource:
    """The resource with a field that no reader can take: its code is left."""
    return one | {"modifierExtension": 5}


QUERIES = ("function", "imagingObs", "heartLung", "imaging", "procedures")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Normal
        pytest.param(chart(*nothing_against()), "met", id="nothing against"),
        pytest.param(chart(result(NORMAL)), "met", id="a report, coded normal"),
        pytest.param(
            chart(result(PERFUSION_NORMAL, code=PERFUSION)), "met", id="normal perfusion W stress"
        ),
        pytest.param(
            chart(result(NORMAL, code=TREADMILL)), "met", id="a report under a procedure's code"
        ),
        pytest.param(chart(report(TEST, conclusion=NORMAL)), "met", id="among the imaging reports"),
        pytest.param(chart(result(NORMAL, OTHER)), "met", id="normal, and a leaking valve"),
        pytest.param(chart(seen(NORMAL)), "met", id="an Observation of the test, coded normal"),
        pytest.param(chart(seen(NORMAL, code=DONE)), "met", id="the same in SNOMED"),
        pytest.param(chart(states(NORMAL, value=True)), "met", id="normal: true"),
        pytest.param(chart(states(NORMAL, value=PRESENT)), "met", id="normal: present"),
        pytest.param(chart(done(NORMAL)), "met", id="the outcome of a procedure"),
        pytest.param(
            chart(result(NORMAL, EQUIVOCAL)), "met", id="what decides outweighs what asks"
        ),
        pytest.param(
            chart(result(NORMAL), result(PERFUSION_NORMAL, code=PERFUSION)), "met", id="two normal"
        ),
        # Any defect
        pytest.param(chart(result(ABNORMAL)), "not-met", id="a report, coded abnormal"),
        pytest.param(chart(result(REVERSIBLE)), "not-met", id="a reversible defect"),
        pytest.param(chart(result(FIXED, code=PERFUSION)), "not-met", id="a fixed defect"),
        pytest.param(chart(result(REVERSIBLE, FIXED)), "not-met", id="two defects"),
        pytest.param(chart(result(ABNORMAL, EQUIVOCAL)), "not-met", id="abnormal, and equivocal"),
        pytest.param(chart(seen(ABNORMAL)), "not-met", id="an Observation, coded abnormal"),
        pytest.param(chart(states(REVERSIBLE, value=True)), "not-met", id="a defect: true"),
        pytest.param(chart(done(ABNORMAL)), "not-met", id="the outcome of a procedure, abnormal"),
        pytest.param(
            chart(result(REVERSIBLE, code=Code(OURS, "9"))),
            "not-met",
            id="a defect, under a code of the hospital's own",
        ),
        # Neither
        pytest.param(chart(result(EQUIVOCAL)), "unknown:unclassified", id="equivocal"),
        pytest.param(chart(seen(EQUIVOCAL)), "unknown:unclassified", id="equivocal, Observation"),
        pytest.param(
            chart(result(NORMAL, REVERSIBLE)), "unknown:conflicting", id="normal, and a defect"
        ),
        pytest.param(
            chart(result(NORMAL), result(ABNORMAL)),
            "unknown:conflicting",
            id="normal and abnormal at one time",
        ),
        pytest.param(
            chart(result(PERFUSION_NORMAL, code=SPECT)),
            "unknown:unclassified",
            id="normal perfusion, stress not stated",
        ),
        pytest.param(
            chart(seen(PERFUSION_NORMAL, code=SPECT)),
            "unknown:unclassified",
            id="the same as an Observation",
        ),
        pytest.param(
            chart(result(NORMAL, code=Code(OURS, "9"))),
            "unknown:unclassified",
            id="normal, under a code of the hospital's own",
        ),
        pytest.param(
            chart(result(PERFUSION_NORMAL, code=AT_REST)),
            "unknown:unclassified",
            id="normal at rest",
        ),
        pytest.param(
            chart(states(REVERSIBLE, value=ABSENT)),
            "unknown:unclassified",
            id="no reversible defect is not yet normal",
        ),
        # A result that is not coded
        pytest.param(chart(result()), "unknown:in-report", id="in words"),
        pytest.param(chart(result(OTHER)), "unknown:in-report", id="codes another thing"),
        pytest.param(chart(result(code=SPECT)), "unknown:unclassified", id="in words, stress?"),
        pytest.param(chart(seen("negative")), "unknown:in-report", id="an Observation in words"),
        pytest.param(chart(seen(None, **MASKED)), "unknown:unreadable", id="masked"),
        pytest.param(chart(done()), "unknown:unclassified", id="done, and no more is told"),
        pytest.param(
            chart(done(OTHER)), "unknown:unclassified", id="done, with an outcome nobody lists"
        ),
        pytest.param(
            chart(done(performedDateTime=ago(20)), result()),
            "unknown:in-report",
            id="done, and its report in words",
        ),
        pytest.param(
            chart(result(NORMAL, days_ago=40), result(days_ago=10)),
            "unknown:in-report",
            id="a newer one in words",
        ),
        pytest.param(
            chart(result(NORMAL), done()), "met", id="the procedure of the day of the report"
        ),
        pytest.param(
            chart(result(NORMAL), done(days_ago=5)),
            "unknown:unclassified",
            id="another one was done later",
        ),
        pytest.param(
            chart(result(ABNORMAL, days_ago=40), result(days_ago=10)),
            "not-met",
            id="a newer one in words does not lift an abnormal one",
        ),
        # The newest decides
        pytest.param(
            chart(result(ABNORMAL, days_ago=60), result(NORMAL, days_ago=6)),
            "met",
            id="abnormal, then normal",
        ),
        pytest.param(
            chart(result(NORMAL, days_ago=60), done(ABNORMAL, days_ago=6)),
            "not-met",
            id="normal, then abnormal",
        ),
        # Window, date
        pytest.param(chart(result(NORMAL, days_ago=180)), "met", id="last day of the window"),
        pytest.param(chart(result(NORMAL, days_ago=181)), "unknown:stale", id="a day too old"),
        pytest.param(
            chart(result(ABNORMAL, days_ago=181)), "unknown:stale", id="abnormal, a day too old"
        ),
        pytest.param(chart(result(days_ago=181)), "unknown:stale", id="in words, a day too old"),
        pytest.param(
            chart(result(NORMAL, days_ago=None, effectiveDateTime="2026-06")),
            "met",
            id="a month in the window",
        ),
        pytest.param(
            chart(result(NORMAL, days_ago=None, effectiveDateTime="2026-05")),
            "unknown:stale",
            id="a month of which only the last days are in the window",
        ),
        pytest.param(
            chart(result(NORMAL, days_ago=None)), "unknown:unreadable", id="a report without date"
        ),
        pytest.param(chart(result(NORMAL, days_ago=-1)), "unknown:unreadable", id="tomorrow"),
        pytest.param(chart(result(NORMAL, days_ago=0)), "met", id="today"),
        pytest.param(
            chart(result(NORMAL), done(days_ago=None)),
            "unknown:unreadable",
            id="and a procedure, when?",
        ),
        # Status, person
        pytest.param(
            chart(result(NORMAL, status="preliminary")), "unknown:not-final", id="preliminary"
        ),
        pytest.param(
            chart(done(NORMAL, status="in-progress")), "unknown:not-final", id="still going on"
        ),
        pytest.param(chart(done(status="stopped")), "unknown:not-final", id="stopped"),
        pytest.param(
            chart(done(NORMAL, status="unknown")), "unknown:unreadable", id="status not known"
        ),
        pytest.param(
            chart(result(NORMAL), done(status="preparation", days_ago=-3)),
            "met",
            id="one is planned",
        ),
        pytest.param(
            chart(result(NORMAL), done(ABNORMAL, status="entered-in-error", days_ago=5)),
            "met",
            id="a newer one was an error",
        ),
        pytest.param(
            chart(result(NORMAL), done(status="not-done", days_ago=5)), "met", id="not done"
        ),
        pytest.param(
            chart(result(NORMAL, subject=SOMEBODY_ELSE)), "unknown:absent", id="another patient's"
        ),
        pytest.param(
            chart(result(NORMAL), broken(result(ABNORMAL, days_ago=5))),
            "unknown:unclassified",
            id="a newer report that had to be skipped",
        ),
        pytest.param(
            chart(result(NORMAL), broken(result(ABNORMAL))),
            "unknown:unclassified",
            id="a report of the same time that had to be skipped",
        ),
        pytest.param(
            young(broken(result(code=Code(OURS, "9")))),
            "unknown:unclassified",
            id="not needed, and a report of the hospital's own that had to be skipped",
        ),
        pytest.param(
            young(broken(result(code=Code(OURS, "9"), days_ago=400))),
            "not-applicable",
            id="not needed, and such a report of long ago",
        ),
        pytest.param(
            chart(done(ABNORMAL, code=OTHER)),
            "unknown:absent",
            id="a result under another procedure",
        ),
        pytest.param(
            chart(result(NORMAL), broken(done(ABNORMAL, days_ago=5))),
            "unknown:unclassified",
            id="a procedure that had to be skipped",
        ),
        pytest.param(
            chart(result(NORMAL), broken(procedure(OTHER))), "met", id="skipped, and another thing"
        ),
        # Needed: above 50 completed years
        pytest.param(born("1970-05-17"), "unknown:absent", id="56 years, no test"),
        pytest.param(born("1975-11-24"), "unknown:absent", id="51 today"),
        pytest.param(born("1975-11-25"), "not-applicable", id="51 tomorrow"),
        pytest.param(born("1976-11-24"), "not-applicable", id="50 today"),
        pytest.param(born("1974"), "unknown:absent", id="at least 51, by the year alone"),
        pytest.param(born("1976"), "not-applicable", id="at most 50, by the year alone"),
        pytest.param(born("1975"), "unknown:unreadable", id="50 or 51, by the year alone"),
        pytest.param(born(None), "unknown:absent", id="no date of birth"),
        pytest.param(born("17.5.1986"), "unknown:unreadable", id="a date of birth in other form"),
        pytest.param(born("2027-01-01"), "unknown:unreadable", id="born next year"),
        pytest.param(
            born(None, condition(FAILURE)), "unknown:absent", id="no date of birth, heart failure"
        ),
        # Needed: an active heart condition
        pytest.param(young(), "not-applicable", id="40 years, no heart condition"),
        *(
            pytest.param(young(condition(code)), "unknown:absent", id=f"40 years, {code.display}")
            for code in (ISCHAEMIC_PAIN, CORONARY, FAILURE, FIBRILLATION)
        ),
        pytest.param(
            young(visit_diagnosis(ISCHAEMIC_PAIN, days_ago=30)),
            "unknown:absent",
            id="chest pain at a visit a month ago",
        ),
        pytest.param(
            young(visit_diagnosis(ISCHAEMIC_PAIN, days_ago=31)),
            "not-applicable",
            id="chest pain at a visit, a day earlier",
        ),
        pytest.param(
            young(condition(ISCHAEMIC_PAIN, days_ago=300)),
            "unknown:absent",
            id="chest pain on the problem list",
        ),
        pytest.param(
            young(visit_diagnosis(CORONARY, days_ago=900)),
            "unknown:absent",
            id="coronary disease at an old visit",
        ),
        pytest.param(
            young(condition(CORONARY, clinical="resolved")),
            "not-applicable",
            id="coronary disease that is not active",
        ),
        pytest.param(
            young(condition(EXTRA_BEATS), condition(THROAT_PAIN), condition(NO_CHEST_PAIN)),
            "not-applicable",
            id="extra beats, a sore throat, no chest pain",
        ),
        pytest.param(
            young(condition(FAILURE, verification="refuted")), "not-applicable", id="refuted"
        ),
        # Whether it is needed is not known
        pytest.param(
            young(condition(CHEST_PAIN)), "unknown:unclassified", id="chest pain, cause not told"
        ),
        pytest.param(
            young(condition(CALCIFIED)), "unknown:unclassified", id="coronary calcification"
        ),
        pytest.param(
            young(condition(SOME_ARRHYTHMIA)), "unknown:unclassified", id="some arrhythmia"
        ),
        pytest.param(
            young(condition(text="CHF")), "unknown:unclassified", id="heart failure in words"
        ),
        pytest.param(
            young(broken(condition(FAILURE))),
            "unknown:unclassified",
            id="heart failure that had to be skipped",
        ),
        pytest.param(
            young(condition(subject=None, code="I50.9")),
            "unknown:unreadable",
            id="a problem nobody can read",
        ),
        pytest.param(
            chart(patient(birth_date="1986-03-01")),
            "unknown:absent",
            id="40 years, no problem list",
        ),
        pytest.param(
            withheld(patient(birth_date="1986-03-01"), hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="40 years, diagnoses of visits did not come",
        ),
        pytest.param(
            withheld(patient(birth_date="1986-03-01"), condition(FAILURE), missing=["encounterDx"]),
            "unknown:absent",
            id="40 years, heart failure in what came",
        ),
        # Not needed, and done all the same
        pytest.param(young(result(NORMAL)), "met", id="not needed, normal"),
        pytest.param(young(result(ABNORMAL)), "not-met", id="not needed, abnormal"),
        pytest.param(young(result()), "unknown:in-report", id="not needed, in words"),
        pytest.param(young(result(EQUIVOCAL)), "unknown:unclassified", id="not needed, equivocal"),
        pytest.param(
            young(result(NORMAL, days_ago=400)), "not-applicable", id="not needed, normal long ago"
        ),
        pytest.param(
            young(result(NORMAL, days_ago=400), condition(CHEST_PAIN)),
            "unknown:unclassified",
            id="perhaps needed, normal long ago",
        ),
        pytest.param(
            young(result(NORMAL, days_ago=400), condition(FAILURE)),
            "unknown:stale",
            id="needed, normal long ago",
        ),
        pytest.param(
            young(result(ABNORMAL, days_ago=400)),
            "unknown:stale",
            id="not needed, abnormal long ago",
        ),
        pytest.param(
            young(result(days_ago=400)), "unknown:stale", id="not needed, in words long ago"
        ),
        pytest.param(
            young(broken(result(NORMAL, days_ago=400))),
            "unknown:stale",
            id="not needed, one long ago had to be skipped",
        ),
        pytest.param(
            young(result(code=STRESS_ECHO_METHOD), result(code=AT_REST)),
            "not-applicable",
            id="a stress method and a study at rest are no stress test",
        ),
        pytest.param(
            young(result(code=SPECT)), "unknown:unclassified", id="not needed, SPECT: stress?"
        ),
        # Nothing, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="56 years, nothing"),
        pytest.param(withheld(hypertension()), "unknown:absent", id="known to be none"),
        *(
            pytest.param(
                withheld(hypertension(), result(NORMAL, effectiveDateTime=TODAY), missing=[key]),
                "unknown:not-shared",
                id=f"normal, and {key} did not come",
            )
            for key in QUERIES
            if key != "heartLung"
        ),
        *(
            pytest.param(
                withheld(patient(birth_date="1986-03-01"), hypertension(), missing=[key]),
                "unknown:not-shared",
                id=f"not needed, and {key} did not come",
            )
            for key in QUERIES
        ),
        pytest.param(
            withheld(hypertension(), result(ABNORMAL), refused=["function", "procedures"]),
            "not-met",
            id="abnormal in what came",
        ),
        pytest.param(
            withheld(hypertension(), refused=QUERIES), "unknown:not-shared", id="all refused"
        ),
        pytest.param(
            withheld(hypertension(), result(NORMAL), refused=["problems", "encounterDx"]),
            "met",
            id="normal: whether it was needed does not matter",
        ),
    ],
)
def test_cardiac_stress_test(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(born("1970-05-17"), "older than 50", id="the age"),
        pytest.param(young(condition(FAILURE)), "Congestive heart failure", id="the condition"),
        pytest.param(young(), "no heart condition", id="neither"),
        pytest.param(young(condition(CHEST_PAIN)), "is not known", id="perhaps"),
        pytest.param(
            chart(result(ABNORMAL), result(days_ago=3)), "read its report", id="a later one"
        ),
        pytest.param(chart(done()), "do not tell", id="done"),
    ],
)
def test_it_says_why(document: bytes, words: str) -> None:
    assert words in str(finding(document, ROW)["remark"])


def test_it_is_a_requirement_and_who_needs_it_is_proposed() -> None:
    found = finding(chart(result(ABNORMAL)), ROW)
    assert found["weight"] == "requirement"
    assert found["proposed"]
